"""A case's time: days with what happened in them, for the page's ordered list, and a small overview.

The list itself is HTML (an ordered list reads, wraps, zooms and is spoken better than any drawing); the
overview above it shows at one glance how long ago the last events were and which clocks run.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from markupsafe import Markup

from kunak.web.drawings.checkmarks import state_mark
from kunak.web.drawings.labels import Sheet, place_name
from kunak.web.drawings.shapes import Happening, TimeWords
from kunak.web.drawings.svg import XY, tag

HEIGHT, LINE, EDGE = 108, 52.0, 16.0
HOUR, DAY, WEEK, MONTH, YEAR = 1.0, 24.0, 168.0, 730.0, 8766.0


@dataclass(frozen=True)
class Day:
    """One day of the list. ``now_after`` says after how many of its entries the present moment comes."""

    day: date
    happenings: tuple[Happening, ...]
    now_after: int | None


def case_days(happenings: Sequence[Happening], now: datetime, zone: tzinfo | None = None) -> tuple[Day, ...]:
    """Happenings by day of the reader's ``zone`` (None: the machine's), oldest first.

    Exactly one day carries ``now_after``: today's, which is there even if nothing happens in it. A late
    clock stands at the time it was due, hence before now.
    """
    ordered = sorted(happenings, key=lambda h: h.at)
    today = now.astimezone(zone).date()
    days = sorted({h.at.astimezone(zone).date() for h in ordered} | {today})
    out = []
    for day in days:
        these = tuple(h for h in ordered if h.at.astimezone(zone).date() == day)
        out.append(Day(day, these, sum(h.at <= now for h in these) if day == today else None))
    return tuple(out)


def case_timeline(
    happenings: Sequence[Happening],
    now: datetime,
    *,
    label: str,
    words: TimeWords | None = None,
    width: int = 900,
    prefix: str = "",
) -> Markup:
    """The overview: past to the left of now, running clocks to the right, late ones as triangles.

    Time is drawn on a logarithmic scale both ways from now, since the last hour and the last year both
    matter. Clocks are named, past events speak when pointed at. Nothing to draw gives an empty string.
    """
    if not happenings:
        return Markup("")
    spoken = words or TimeWords()
    offs = [(h, (h.at - now).total_seconds() / 3600) for h in happenings]
    before = _far(max([HOUR, *(-hours for _, hours in offs)]))
    after = _far(max([HOUR, *(hours for _, hours in offs)]))

    def place(hours: float) -> float:
        return EDGE + (width - 2 * EDGE) * (_far(abs(hours)) * math.copysign(1, hours) + before) / (
            before + after
        )

    sheet = Sheet(width, HEIGHT)
    marks = [(h, (place(hours), LINE)) for h, hours in sorted(offs, key=lambda pair: pair[0].state != "past")]
    sheet.take((0.0, LINE - 10, float(width), LINE + 24))
    return tag(
        "svg",
        tag("title", label, id=f"{prefix}time-title"),
        tag("desc", "; ".join(h.said for h in happenings if h.state != "past"), id=f"{prefix}time-desc"),
        _scale(place, before, after, spoken, width),
        *(state_mark(at, h.state, h.said) for h, at in marks),
        *(_name(h, at, sheet) for h, at in marks if h.state != "past"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {HEIGHT}",
        width=width,
        class_="drawing case-timeline",
        role="img",
        aria_labelledby=f"{prefix}time-title {prefix}time-desc",
        font_family="system-ui,sans-serif",
        fill="currentColor",
    )


def _far(hours: float) -> float:
    """How far from now on the scale: even steps for equal ratios, even near zero."""
    return math.asinh(hours / HOUR)


def _scale(
    place: Callable[[float], float], before: float, after: float, words: TimeWords, width: int
) -> Markup:
    ticks = (
        (HOUR, words.hour),
        (DAY, words.day),
        (WEEK, words.week),
        (MONTH, words.month),
        (YEAR, words.year),
    )
    drawn = [
        tag("path", d=f"M{EDGE} {LINE}H{place(0):.1f}", stroke_width=2),
        tag("path", d=f"M{place(0):.1f} {LINE}H{width - EDGE}", stroke_width=2, stroke_dasharray="2 5"),
    ]
    texts = [tag("text", words.now, x=place(0), y=LINE + 24, text_anchor="middle", font_weight="700")]
    last = {-1: 0.0, 1: 0.0}
    for hours, said in ticks:
        for side, most in ((-1, before), (1, after)):
            x = place(side * hours)
            if _far(hours) > most or abs(x - place(0)) - last[side] < 44:
                continue
            last[side] = abs(x - place(0))
            drawn.append(tag("path", d=f"M{x:.1f} {LINE - 4}v8"))
            texts.append(
                tag("text", f"{'−' if side < 0 else '+'}{said}", x=x, y=LINE + 24, text_anchor="middle")
            )
    drawn.append(tag("path", d=f"M{place(0):.1f} {LINE - 14}v28", stroke_width=2.5))
    lines = tag("g", *drawn, stroke="currentColor", stroke_opacity="0.6", fill="none")
    return tag("g", lines, *texts, class_="axis", font_size=11.5, fill="currentColor")


def _name(h: Happening, at: XY, sheet: Sheet) -> Markup:
    found = place_name(sheet, at, h.said, 12.5, 21)
    if found.cost > 90:
        return Markup("")
    sheet.take(found.box)
    return tag(
        "text",
        h.said,
        x=found.at[0],
        y=found.at[1],
        text_anchor=found.anchor,
        font_size=12.5,
        font_weight="600" if h.state == "late" else None,
    )

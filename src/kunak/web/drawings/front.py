"""The ways as a picture of what is traded for what: hours against risk, exposures as
spikes, cost in words."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from kunak.web.drawings.labels import Sheet, around, place_name
from kunak.web.drawings.marks import PAPER, ink
from kunak.web.drawings.shapes import FrontPoint, FrontWords
from kunak.web.drawings.svg import XY, number, path_data, tag

LEFT, RIGHT, TOP, BOTTOM = 46.0, 18.0, 30.0, 66.0
DISC, SPIKE = 9.5, 4.5


def front_plot(
    points: Sequence[FrontPoint],
    *,
    label: str,
    words: FrontWords | None = None,
    width: int = 560,
    height: int = 320,
    prefix: str = "",
) -> Markup:
    """An SVG with one numbered disc per way: further left is sooner, lower is less risk.

    Each hostile exposure is one spike on the disc. Both axes begin at zero, so that distances compare.
    The groups carry the classes ``way way-N`` as on the map. Nothing to draw gives an empty string.
    """
    if not points:
        return Markup("")
    spoken = words or FrontWords()
    hours, risks = _ticks(max(p.hours for p in points)), _ticks(max(p.risk for p in points))
    wide, tall = width - LEFT - RIGHT, height - TOP - BOTTOM

    def place(p: FrontPoint) -> XY:
        return LEFT + p.hours / hours[-1] * wide, TOP + tall - p.risk / risks[-1] * tall

    spots = _apart([(p, place(p)) for p in points])
    sheet = Sheet(width, height - BOTTOM)
    sheet.take((0.0, 0.0, LEFT - 4, float(height)))
    for _, at in spots:
        sheet.take(around(at, DISC + SPIKE))
    body = (
        _axes(hours, risks, spoken, width, height),
        *(_true_spot(p, place(p), at) for p, at in spots if at != place(p)),
        *(_disc(p, at, sheet) for p, at in spots),
        _key(spoken, height),
    )
    said = "; ".join(
        f"{p.number}: {spoken.hours} {number(p.hours)}, {spoken.risk} {p.risk:.2f}, {p.cost}" for p in points
    )
    return tag(
        "svg",
        tag("title", label, id=f"{prefix}front-title"),
        tag("desc", said, id=f"{prefix}front-desc"),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        class_="drawing front-plot",
        role="img",
        aria_labelledby=f"{prefix}front-title {prefix}front-desc",
        font_family="system-ui,sans-serif",
    )


def _ticks(most: float) -> list[float]:
    """Round steps from 0 to past ``most``: four to six of them."""
    most = max(most, 1e-3) * 1.08
    power = 10 ** math.floor(math.log10(most))
    step = next(s * power for s in (0.2, 0.25, 0.5, 1, 2) if most / (s * power) <= 6)
    return [round(step * n, 6) for n in range(math.ceil(most / step) + 1)]


def _apart(spots: list[tuple[FrontPoint, XY]]) -> list[tuple[FrontPoint, XY]]:
    """Discs that would hide one another, the later moved aside until both can be read."""
    out: list[tuple[FrontPoint, XY]] = []
    for p, (x, y) in sorted(spots, key=lambda s: s[1]):
        while any(math.dist((x, y), at) < DISC * 2.4 for _, at in out):
            x, y = x + 3.0, y - 1.5
        out.append((p, (x, y)))
    return out


def _axes(hours: list[float], risks: list[float], words: FrontWords, width: int, height: int) -> Markup:
    floor, wide, tall = height - BOTTOM, width - LEFT - RIGHT, height - TOP - BOTTOM
    drawn = []
    for n, value in enumerate(hours):
        x = LEFT + wide * n / (len(hours) - 1)
        drawn.append(tag("text", f"{value:g}", x=x, y=floor + 17, text_anchor="middle"))
        drawn.append(tag("path", d=f"M{x:.1f} {floor:.1f}v5", stroke="currentColor"))
    for n, value in enumerate(risks):
        y = floor - tall * n / (len(risks) - 1)
        drawn.append(tag("text", f"{value:g}", x=LEFT - 8, y=y + 4, text_anchor="end"))
        drawn.append(
            tag(
                "path",
                d=f"M{LEFT} {y:.1f}H{width - RIGHT}",
                stroke="currentColor",
                stroke_opacity="1" if n == 0 else "0.25",
            )
        )
    drawn.append(tag("text", words.hours, x=LEFT + wide, y=floor + 35, text_anchor="end", font_weight="600"))
    drawn.append(tag("text", words.risk, x=4, y=14, font_weight="600"))
    drawn.append(tag("text", f"↙ {words.better}", x=LEFT + 6, y=floor - 7, fill_opacity="0.75"))
    return tag("g", *drawn, class_="axis", fill="currentColor", font_size=12.0)


def _disc(p: FrontPoint, at: XY, sheet: Sheet) -> Markup:
    x, y = at
    found = place_name(sheet, at, p.cost, 12.0, DISC + SPIKE + 4.5)
    sheet.take(found.box)
    return tag(
        "g",
        tag("title", f"{p.number}: {p.cost}"),
        tag("path", d=_spikes(x, y, p.exposures), stroke_width=2.6, stroke_linecap="round"),
        tag("circle", cx=x, cy=y, r=DISC, fill=ink(p.number), stroke="none"),
        tag(
            "text",
            str(p.number),
            x=x,
            y=y + 4,
            text_anchor="middle",
            font_size=11.5,
            font_weight="700",
            fill=PAPER["badge"],
            stroke="none",
            class_="badge",
        ),
        tag(
            "text",
            p.cost,
            x=found.at[0],
            y=found.at[1],
            text_anchor=found.anchor,
            font_size=12.0,
            fill="currentColor",
            stroke="none",
        ),
        class_=f"way way-{p.number} ink-{(p.number - 1) % 6 + 1}",
        stroke=ink(p.number),
    )


def _true_spot(p: FrontPoint, true: XY, at: XY) -> Markup:
    """Where a disc that had to give way belongs: a dot, and a line to the disc."""
    return tag(
        "g",
        tag("path", d=path_data([true, at]), stroke_width=1.2),
        tag("circle", cx=true[0], cy=true[1], r=2.2, fill=ink(p.number), stroke="none"),
        class_=f"way way-{p.number} ink-{(p.number - 1) % 6 + 1}",
        stroke=ink(p.number),
    )


def _spikes(x: float, y: float, count: int) -> str:
    """Short strokes round the disc, one per exposure, the first upwards."""
    turns = (2 * math.pi * n / max(count, 6) for n in range(count))
    near, far = DISC + 1.5, DISC + SPIKE
    return "".join(
        f"M{x + near * math.sin(t):.1f} {y - near * math.cos(t):.1f}"
        f"L{x + far * math.sin(t):.1f} {y - far * math.cos(t):.1f}"
        for t in turns
    )


def _key(words: FrontWords, height: int) -> Markup:
    return tag(
        "g",
        tag("circle", cx=0, cy=0, r=5.5, fill="none", stroke="currentColor", stroke_width=1.6),
        tag(
            "path",
            d="M0-8v-3.5M7 4l3 1.8M-7 4l-3 1.8",
            stroke="currentColor",
            stroke_width=2,
            stroke_linecap="round",
        ),
        tag("text", words.exposures, x=16, y=4.5, font_size=12.0, fill="currentColor"),
        transform=f"translate({LEFT + 11:.1f} {height - 13:.1f})",
        class_="key",
    )

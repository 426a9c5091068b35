"""The strip of a journey: its legs and check-ins as they were planned and kept. No position is ever drawn:
a check-in says that a person answered, not where they are."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from kunak.web.drawings.checkmarks import state_mark
from kunak.web.drawings.shapes import StripLeg, StripStop
from kunak.web.drawings.svg import tag, text_width

NAME, SAID = 14.0, 12.5
ROW = 62.0  # height of a stop with its leg where the strip stands upright
LEG_STROKES = {"done": (4.0, "none"), "now": (4.0, "7 5"), "ahead": (2.0, "2 5")}


def journey_strip(
    stops: Sequence[StripStop], legs: Sequence[StripLeg], *, label: str, width: int = 900, prefix: str = ""
) -> Markup:
    """An SVG of the journey. ``legs[i]`` runs from ``stops[i]`` to ``stops[i + 1]``.

    It lies along the page where every text has room, and stands upright where not (as at 360 px).
    ``label`` is its accessible name. Nothing to draw gives an empty string.
    """
    if not stops:
        return Markup("")
    column = width / len(stops)
    lies = all(_widest(stop) + 14 <= column for stop in stops) and all(
        text_width(leg.said, SAID) + 36 <= column for leg in legs
    )
    drawn, height = _lying(stops, legs, column) if lies else _standing(stops, legs)
    spoken = "; ".join(f"{stop.name}: {stop.said}" if stop.said else stop.name for stop in stops)
    return tag(
        "svg",
        tag("title", label, id=f"{prefix}strip-title"),
        tag("desc", spoken, id=f"{prefix}strip-desc"),
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {math.ceil(height)}",
        width=width,
        class_="drawing journey-strip",
        role="img",
        aria_labelledby=f"{prefix}strip-title {prefix}strip-desc",
        font_family="system-ui,sans-serif",
    )


def _widest(stop: StripStop) -> float:
    return max(text_width(stop.name, NAME) * 1.06, text_width(stop.said, SAID))


def _lying(stops: Sequence[StripStop], legs: Sequence[StripLeg], column: float) -> tuple[list[Markup], float]:
    y, drawn = 34.0, []
    for n, leg in enumerate(legs[: len(stops) - 1]):
        x1, x2 = column * (n + 0.5) + 15, column * (n + 1.5) - 15
        drawn.append(_leg(f"M{x1:.1f} {y:.1f}H{x2:.1f}", leg))
        drawn.append(_text(leg.said, (x1 + x2) / 2, y - 12, "middle", SAID, faint=True))
    for n, stop in enumerate(stops):
        x = column * (n + 0.5)
        drawn.append(state_mark((x, y), stop.state))
        drawn.append(_text(stop.name, x, y + 29, "middle", NAME, bold=True))
        drawn.append(_text(stop.said, x, y + 47, "middle", SAID, bold=stop.state == "late"))
    return drawn, y + 58


def _standing(stops: Sequence[StripStop], legs: Sequence[StripLeg]) -> tuple[list[Markup], float]:
    x, drawn = 16.0, []
    for n, leg in enumerate(legs[: len(stops) - 1]):
        y1, y2 = 16 + ROW * n + 15, 16 + ROW * (n + 1) - 15
        drawn.append(_leg(f"M{x:.1f} {y1:.1f}V{y2:.1f}", leg))
        drawn.append(_text(leg.said, x + 24, (y1 + y2) / 2 + 15, "start", SAID, faint=True))
    for n, stop in enumerate(stops):
        y = 16 + ROW * n
        drawn.append(state_mark((x, y), stop.state))
        drawn.append(_text(stop.name, x + 24, y + 1, "start", NAME, bold=True))
        drawn.append(_text(stop.said, x + 24, y + 18, "start", SAID, bold=stop.state == "late"))
    return drawn, 16 + ROW * (len(stops) - 1) + 28


def _leg(path: str, leg: StripLeg) -> Markup:
    wide, dash = LEG_STROKES.get(leg.state, LEG_STROKES["ahead"])
    return tag(
        "path",
        tag("title", leg.said),
        d=path,
        fill="none",
        stroke="currentColor",
        stroke_width=wide,
        stroke_dasharray=dash,
        stroke_opacity="0.55",
        class_=f"leg leg-{leg.state}",
    )


def _text(
    said: str, x: float, y: float, anchor: str, size: float, *, bold: bool = False, faint: bool = False
) -> Markup:
    return tag(
        "text",
        said,
        x=x,
        y=y,
        text_anchor=anchor,
        font_size=size,
        fill="currentColor",
        font_weight="600" if bold else None,
        fill_opacity="0.8" if faint else None,
    )

"""The key under a map: only what the map shows, wrapped to its width."""

from dataclasses import dataclass

from markupsafe import Markup

from kunak.web.drawings.marks import PAPER, crossing_mark, stop_mark
from kunak.web.drawings.shapes import CROSSING, DESTINATION, ORIGIN, MapWords
from kunak.web.drawings.svg import tag, text_width

ROW, SIZE, SWATCH, GAP = 24.0, 12.5, 30.0, 18.0


@dataclass(frozen=True)
class Key:
    drawn: Markup
    height: float


def legend(kinds: tuple[str, ...], words: MapWords, width: float, prefix: str) -> Key:
    """The entries for ``kinds``, left to right, on as many rows as they need."""
    said = {
        ORIGIN: words.origin,
        DESTINATION: words.destination,
        CROSSING: words.crossing,
        "flight": words.flight,
        "ground": words.ground,
        "reach": words.reach,
        "sharing": words.sharing,
    }
    x, row, drawn = 0.0, 0, []
    for kind in kinds:
        wide = SWATCH + text_width(said[kind], SIZE) + GAP
        if x > 0 and x + wide - GAP > width:
            x, row = 0.0, row + 1
        y = row * ROW + ROW / 2
        drawn.append(_swatch(kind, x + 12, y, prefix))
        drawn.append(tag("text", said[kind], x=x + SWATCH, y=y + SIZE * 0.35))
        x += wide
    texts = tag("g", *drawn, font_size=SIZE, fill=PAPER["ink"], class_="key")
    return Key(texts, (row + 1) * ROW if kinds else 0.0)


def _swatch(kind: str, x: float, y: float, prefix: str) -> Markup:
    if kind in (ORIGIN, DESTINATION):
        return stop_mark((x, y), kind, "")
    if kind == CROSSING:
        return crossing_mark((x, y), "")
    if kind in ("reach", "sharing"):
        return tag(
            "rect",
            x=-22,
            y=-14,
            width=44,
            height=28,
            fill=f"url(#{prefix}hatch-{kind})",
            class_=kind,
            stroke=PAPER["border"],
            transform=f"translate({x:.1f} {y:.1f}) scale(.5)",
        )
    shape = f"M{x - 11:.1f} {y + 3:.1f}q11-11 22 0" if kind == "flight" else f"M{x - 11:.1f} {y:.1f}h22"
    return tag("path", d=shape, fill="none", stroke=PAPER["ink"], stroke_width=2, class_="mark-line")

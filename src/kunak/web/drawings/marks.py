"""Colours, dashes and marks. Colours are written as attributes that hold in print and without a stylesheet;
static/drawings.css overrides them by class, for dark screens and for what is pointed at."""

from markupsafe import Markup

from kunak.web.drawings.shapes import DESTINATION, ORIGIN
from kunak.web.drawings.svg import XY, tag

PAPER = {
    "sea": "#e6edf1",
    "land": "#faf8f3",
    "border": "#c3beb2",
    "reach": "#f0dcd5",
    "reach-line": "#c08a7b",
    "sharing": "#f3ecd8",
    "sharing-line": "#c4ad74",
    "ink": "#22262b",
    "faint": "#807a6d",
    "halo": "#fdfcf9",
    "badge": "#ffffff",
}
# After Okabe and Ito (2008), darkened until each holds 4.5:1 on the land; apart for the colour-blind, and
# never alone: the dash and the number say the same.
INKS = ("#0a5fa5", "#b84a00", "#00745a", "#97397f", "#7d5f00", "#4a4f58")
DASHES = ("none", "9 4", "2.5 3", "12 4 2.5 4", "5 3", "16 3 2.5 3 2.5 3")


def ink(number: int) -> str:
    """The colour of way ``number`` (from 1)."""
    return INKS[(number - 1) % len(INKS)]


def dashes(number: int) -> str:
    """The dash pattern of way ``number``; two ways of one colour never have the same."""
    return DASHES[(number - 1 + (number - 1) // len(INKS)) % len(DASHES)]


def hatches(prefix: str) -> Markup:
    """Two hatches, told apart by direction and density as well as by colour. For groups scaled by a half."""
    return tag(
        "defs",
        _hatch(f"{prefix}hatch-reach", "reach", 12, "rotate(45)", 2.8),
        _hatch(f"{prefix}hatch-sharing", "sharing", 22, "rotate(-45)", 2.0),
    )


def _hatch(name: str, kind: str, step: int, turn: str, thick: float) -> Markup:
    return tag(
        "pattern",
        tag("rect", width=step, height=step, fill=PAPER[kind], class_=f"{kind}-tint"),
        tag(
            "path", d=f"M0 0V{step}", stroke=PAPER[f"{kind}-line"], stroke_width=thick, class_=f"{kind}-line"
        ),
        id=name,
        width=step,
        height=step,
        patternUnits="userSpaceOnUse",
        patternTransform=turn,
    )


def stop_mark(at: XY, kind: str, name: str) -> Markup:
    """Origin a filled square, destination a ring with a heart, a stop on the way a small dot."""
    x, y = at
    title = tag("title", name)
    if kind == ORIGIN:
        return tag(
            "g",
            title,
            tag(
                "rect",
                x=x - 5.5,
                y=y - 5.5,
                width=11,
                height=11,
                rx=1.5,
                fill=PAPER["ink"],
                stroke=PAPER["halo"],
                stroke_width=1.5,
                class_="mark-full",
            ),
        )
    if kind == DESTINATION:
        return tag(
            "g",
            title,
            tag(
                "circle",
                cx=x,
                cy=y,
                r=6.0,
                fill=PAPER["halo"],
                stroke=PAPER["ink"],
                stroke_width=2.2,
                class_="mark-open",
            ),
            tag("circle", cx=x, cy=y, r=2.2, fill=PAPER["ink"], class_="mark-full"),
        )
    return tag(
        "g",
        title,
        tag(
            "circle",
            cx=x,
            cy=y,
            r=3.2,
            fill=PAPER["halo"],
            stroke=PAPER["ink"],
            stroke_width=1.4,
            class_="mark-open",
        ),
    )


def crossing_mark(at: XY, name: str) -> Markup:
    """A gate: a diamond with a bar."""
    x, y = at
    return tag(
        "g",
        tag("title", name),
        tag(
            "path",
            d=f"M{x:.1f} {y - 6.5:.1f}l6.5 6.5-6.5 6.5-6.5-6.5z",
            fill=PAPER["halo"],
            stroke=PAPER["ink"],
            stroke_width=1.6,
            class_="mark-open",
        ),
        tag("path", d=f"M{x - 3:.1f} {y:.1f}h6", stroke=PAPER["ink"], stroke_width=1.8, class_="mark-line"),
    )

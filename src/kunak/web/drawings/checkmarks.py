"""Marks for states: each has a shape of its own, so that colour is never alone."""

from markupsafe import Markup

from kunak.web.drawings.svg import XY, tag

TONES = {"done": "#00745a", "past": "#00745a", "due": "#0a5fa5", "late": "#b84a00", "planned": "#76808a"}


def state_mark(at: XY, state: str, title: str = "") -> Markup:
    """Done: a disc with a tick. Due: a clock. Late: a triangle with an exclamation mark. Planned: a ring.

    Past: a small disc. Anything else (a stop without a check-in): a dot.
    """
    x, y = at
    parts = _SHAPES.get(state, _SHAPES["none"])
    tone = TONES.get(state, TONES["planned"])
    return tag(
        "g",
        *([tag("title", title)] if title else []),
        *(
            tag(
                "path",
                d=d,
                fill=tone if full else "none",
                stroke="#fff" if cut else tone,
                class_="cut" if cut else "full" if full else None,
                stroke_width=wide,
            )
            for d, full, cut, wide in parts
        ),
        class_=f"mark state-{state}",
        transform=f"translate({x:.1f} {y:.1f})",
        stroke_linecap="round",
        stroke_linejoin="round",
    )


def _disc(r: float) -> str:
    return f"M{-r} 0a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"


# Each: path, filled?, drawn in the colour of the paper?, width of the stroke.
_SHAPES: dict[str, tuple[tuple[str, bool, bool, float], ...]] = {
    "done": ((_disc(9), True, False, 0), ("M-4 0l3 3.2 5.4-6", False, True, 2.2)),
    "past": ((_disc(4.5), True, False, 0),),
    "due": ((_disc(8.5), False, False, 2.2), ("M0-4.6V0l3.2 2", False, False, 2)),
    "late": (("M0-9.5L10 8H-10z", True, False, 1.5), ("M0-3.6V2M0 5.2v.1", False, True, 2.2)),
    "planned": ((_disc(7), False, False, 1.6),),
    "none": ((_disc(3), True, False, 0),),
}

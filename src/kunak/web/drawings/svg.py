"""Writing SVG: every text escaped, every number short, no style attribute that a strict policy would stop."""

import itertools
from collections.abc import Iterable

from markupsafe import Markup, escape

XY = tuple[float, float]


def number(value: float) -> str:
    """At most one digit after the point, no empty zeros: half a map is numbers."""
    short = f"{value:.1f}".rstrip("0").rstrip(".")
    if short in ("-0", ""):
        return "0"
    return short.replace("0.", ".", 1) if short.startswith(("0.", "-0.")) else short


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element. Children that are plain text are escaped, Markup goes in as it is; None leaves out.

    ``class_`` is written class, ``stroke_width`` stroke-width, ``viewBox`` stays.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    inside = "".join(escape(child) for child in children)
    element = f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"
    return Markup(element)  # noqa: S704 - name is a literal; attributes and children are escaped above


def _attribute(key: str, value: str | float) -> str:
    shown = number(value) if isinstance(value, float) else value
    return f' {key.rstrip("_").replace("_", "-")}="{escape(shown)}"'


def path_data(points: Iterable[XY], *, closed: bool = False, grain: int = 10) -> str:
    """Relative steps between points rounded to 1/``grain``; rounding never adds up.

    With a grain of 10 the path is in units of the sheet; with 2 it is in half units, whole numbers, for a
    group that is scaled by a half: the shortest way to write a coast.
    """
    unit = 10 if grain == 10 else 1
    grains = [(round(x * grain), round(y * grain)) for x, y in points]
    if not grains:
        return ""
    written = f"M{number(grains[0][0] / unit)} {number(grains[0][1] / unit)}l"
    for (x1, y1), (x2, y2) in itertools.pairwise(grains):
        if (x1, y1) != (x2, y2):
            for step in (x2 - x1, y2 - y1):
                short = number(step / unit)
                written += short if short.startswith("-") or written.endswith("l") else f" {short}"
    return written.removesuffix("l") + ("z" if closed else "")


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a plain sans-serif; generous, since the reader's font is not known."""
    return sum(_WIDE.get(letter, 0.7 if letter.isupper() else 0.59) for letter in text) * size


_WIDE = {letter: 0.34 for letter in " .,:;'|ijlItf()!-·"} | dict.fromkeys("mwMWшщжюфыЖШЩЮФЫ@—→", 0.95)

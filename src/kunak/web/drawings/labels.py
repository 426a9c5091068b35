"""Where names and numbers go so that they hide neither each other nor the lines."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kunak.web.drawings.svg import XY, text_width

Box = tuple[float, float, float, float]  # left, top, right, bottom
PAD = 4.0  # clear space before and after a text
# Where a name may stand beside its mark, the best first: (dx, dy, text-anchor).
AROUND = (
    (1.0, 0.0, "start"),
    (-1.0, 0.0, "end"),
    (0.0, 1.0, "middle"),
    (0.0, -1.0, "middle"),
    (0.8, -0.8, "start"),
    (0.8, 0.8, "start"),
    (-0.8, -0.8, "end"),
    (-0.8, 0.8, "end"),
)


@dataclass(frozen=True)
class Placed:
    """A text, the point where it begins, ends or is centred (``anchor``), and how bad the place is."""

    at: XY
    anchor: str
    box: Box
    cost: float
    far: bool  # so far from its mark that a thin line should join them


@dataclass
class Sheet:
    """What is already taken."""

    width: float
    height: float
    taken: list[Box] = field(default_factory=list)
    lines: list[XY] = field(default_factory=list)

    def cost(self, box: Box) -> float:
        """How much a text in this box would hide: a hundred for what must not be, three for a bit of line."""
        left, top, right, bottom = box
        outside = (
            max(0, 3 - left)
            + max(0, 3 - top)
            + max(0, right + 3 - self.width)
            + max(0, bottom + 3 - self.height)
        )
        clashes = sum(overlap(box, other) for other in self.taken)
        hidden = sum(left - 1 < x < right + 1 and top - 1 < y < bottom + 1 for x, y in self.lines)
        return outside * 60 + clashes * 100 + hidden * 3

    def take(self, box: Box) -> None:
        self.taken.append(box)


def overlap(a: Box, b: Box) -> float:
    """0 where two boxes are apart, else 1 and up with the share that is covered."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return 1 + w * h / max(1.0, min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])))


def around(point: XY, size: float) -> Box:
    """A square box of half-width ``size``."""
    return point[0] - size, point[1] - size, point[0] + size, point[1] + size


def place_name(sheet: Sheet, point: XY, name: str, size: float, gap: float) -> Placed:
    """The least bad place for a name beside a mark."""
    wide = text_width(name, size)
    tries = []
    for order, (away, (dx, dy, anchor)) in enumerate((m, a) for m in (1.0, 1.8, 3.0, 4.5) for a in AROUND):
        x, y = point[0] + dx * gap * away, point[1] + dy * (gap * away + size * 0.35)
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        box = (left - PAD, y - size * 0.62, left + wide + PAD, y + size * 0.62)
        tries.append(Placed((x, y + size * 0.35), anchor, box, sheet.cost(box) + order * 0.9, away > 2))
    return min(tries, key=lambda p: p.cost)


def place_number(
    line: Sequence[XY], others: Sequence[XY], taken: Iterable[Box], sheet: Sheet, radius: float
) -> XY:
    """The point of a line farthest from the other lines, from its own ends and from what is taken."""
    boxes = list(taken)
    inner = [
        p for p in line if radius < p[0] < sheet.width - radius and radius < p[1] < sheet.height - radius
    ]

    def lonely(p: XY) -> float:
        near = min((math.dist(p, q) for q in others), default=99.0)
        ends = min(math.dist(p, line[0]), math.dist(p, line[-1]))
        clash = sum(overlap(around(p, radius), box) for box in boxes)
        return min(near, 3 * radius) + 0.5 * min(ends, 3 * radius) - 60 * clash

    return max(inner or line, key=lonely)

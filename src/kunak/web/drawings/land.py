"""The ground under a map: countries cut to the sheet and thinned to what the eye can see."""

import math
from collections.abc import Callable, Iterable

from kunak.web.drawings.outlines import Arc, Outlines, angle
from kunak.web.drawings.projection import View
from kunak.web.drawings.svg import XY

BLEED = 8.0  # how far beyond the sheet countries are cut, so that the cut itself is out of sight
Polygon = list[XY]


class Ground:
    """Countries as seen in one view. A border is thinned once, so neighbours keep meeting."""

    def __init__(self, outlines: Outlines, view: View, detail: float = 0.8) -> None:
        self.outlines = outlines
        self.view = view
        self.detail = detail
        self.reach = view.reach
        self._lines: dict[int, Polygon] = {}

    def country(self, code: str) -> list[Polygon]:
        """The visible pieces of a country, largest first, too small ones left out."""
        pieces = [self._ring(ring) for ring in self.outlines.countries.get(code, ())]
        sized = [(abs(area(p)), p) for p in pieces if len(p) > 2]
        return [p for size, p in sorted(sized, key=lambda s: -s[0]) if size > 12 * self.detail**2]

    def _ring(self, ring: tuple[int, ...]) -> Polygon:
        arcs = [self.outlines.arcs[max(ref, ~ref)] for ref in ring]
        if all(self._far(arc, math.radians(100)) for arc in arcs):
            return []  # the other side of the globe; a ring round the antipode would fill the sheet
        line: Polygon = []
        for ref in ring:
            part = self._line(max(ref, ~ref))
            line += part[:-1] if ref >= 0 else part[:0:-1]
        return cut(line, (-BLEED, -BLEED, self.view.width + BLEED, self.view.height + BLEED))

    def _far(self, arc: Arc, beyond: float) -> bool:
        return angle(arc.middle, self.view.centre) - arc.reach > beyond

    def _line(self, n: int) -> Polygon:
        if n not in self._lines:
            arc = self.outlines.arcs[n]
            points = arc.points
            if self._far(arc, self.reach + 0.05) and len(points) > 4:
                # Out of sight: only how it goes round the sheet matters. Chords stay within the arc's cap.
                points = (*points[: -1 : max(1, len(points) // 6)], points[-1])
            self._lines[n] = thin([self.view.place(p) for p in points], self.detail)
        return self._lines[n]


def area(polygon: Polygon) -> float:
    """Signed, in square units of the sheet."""
    turned = polygon[1:] + polygon[:1]
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, turned, strict=True)) / 2


def thin(line: Polygon, detail: float) -> Polygon:
    """Leave out points that stray less than ``detail`` from the line (Douglas and Peucker, 1973)."""
    near = [line[0]]
    for p in line[1:-1]:  # a cheap first pass: points closer together than the detail
        if abs(p[0] - near[-1][0]) + abs(p[1] - near[-1][1]) > detail:
            near.append(p)
    near.append(line[-1])
    keep = {0, len(near) // 2, len(near) - 1}
    stack = [(0, len(near) // 2), (len(near) // 2, len(near) - 1)]
    while stack:
        a, b = stack.pop()
        far, at = max(((_off(near[i], near[a], near[b]), i) for i in range(a + 1, b)), default=(0.0, 0))
        if far > detail:
            keep.add(at)
            stack += [(a, at), (at, b)]
    return [near[i] for i in sorted(keep)]


def _off(p: XY, a: XY, b: XY) -> float:
    px, py, bx, by = p[0] - a[0], p[1] - a[1], b[0] - a[0], b[1] - a[1]
    length = math.hypot(bx, by)
    return abs(px * by - py * bx) / length if length else math.hypot(px, py)


def cut(polygon: Polygon, box: tuple[float, float, float, float]) -> Polygon:
    """The part of a polygon inside a box (Sutherland and Hodgman, 1974)."""
    for axis, limit, side in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        polygon = _cut_once(polygon, _across(axis, limit), _within(axis, limit, side))
        if not polygon:
            break
    return polygon


def _across(axis: int, limit: float) -> Callable[[XY, XY], XY]:
    def meet(p: XY, q: XY) -> XY:
        t = (limit - p[axis]) / (q[axis] - p[axis])
        other = p[1 - axis] + t * (q[1 - axis] - p[1 - axis])
        return (limit, other) if axis == 0 else (other, limit)

    return meet


def _within(axis: int, limit: float, side: int) -> Callable[[XY], bool]:
    return lambda p: side * (p[axis] - limit) >= 0


def _cut_once(polygon: Polygon, meet: Callable[[XY, XY], XY], inside: Callable[[XY], bool]) -> Polygon:
    out: Polygon = []
    for before, p in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        if inside(p) != inside(before):
            out.append(meet(before, p))
        if inside(p):
            out.append(p)
    return out


def roomiest(polygon: Polygon, box: tuple[float, float, float, float]) -> tuple[XY, float]:
    """A place for a name: the middle of the widest stretch across the polygon, and that stretch's width."""
    west, south, east, north = box
    ys = [p[1] for p in polygon]
    top, bottom = max(min(ys), south), min(max(ys), north)
    best: tuple[XY, float] = ((0.0, 0.0), 0.0)
    for n in range(1, 16):
        y = top + (bottom - top) * n / 16
        for x1, x2 in _stretches(polygon, y):
            left, right = max(x1, west), min(x2, east)
            # towards the middle of the country, all else equal
            worth = (right - left) * (1 - abs(n / 16 - 0.5) * 0.6)
            if worth > best[1] * (1 - abs((best[0][1] - top) / max(bottom - top, 1) - 0.5) * 0.6):
                best = ((left + right) / 2, y), right - left
    return best


def _stretches(polygon: Polygon, y: float) -> Iterable[XY]:
    crossings = sorted(
        x1 + (x2 - x1) * (y - y1) / (y2 - y1)
        for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True)
        if (y1 > y) != (y2 > y)
    )
    return zip(crossings[::2], crossings[1::2], strict=False)

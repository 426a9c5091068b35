"""From the globe to the sheet: Lambert's azimuthal equal-area projection, centred on what is shown.

Centred on the ways themselves it is right at every scale: a street map of one valley and half the globe
come from the same lines, areas compare, and neither a pole nor the date line is a special place.
Formulae: Snyder, Map Projections: A Working Manual (USGS PP 1395, 1987), p. 185.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kunak.web.drawings.outlines import Vector, normal
from kunak.web.drawings.svg import XY

FARTHEST = math.radians(140)  # beyond this from the centre the sheet is bent out of all shape
SMALLEST = 0.022  # radians (about 140 km): a single place is still shown with its surroundings


@dataclass(frozen=True)
class View:
    """What part of the globe goes where on a sheet of ``width`` × ``height``."""

    centre: Vector
    east: Vector
    north: Vector
    scale: float  # sheet units per radian at the centre
    shift: XY
    width: float
    height: float

    def place(self, v: Vector) -> XY:
        """A point of the sphere on the sheet, y downwards. Points near the antipode stay at the rim."""
        x, y = flat(self, v)
        return x * self.scale + self.shift[0], self.shift[1] - y * self.scale

    @property
    def reach(self) -> float:
        """Radians from the centre to the farthest corner of the sheet."""
        corners = [(x, y) for x in (0.0, self.width) for y in (0.0, self.height)]
        far = max(math.dist(corner, self.shift) for corner in corners) / self.scale
        return 2 * math.asin(min(1.0, far / 2))


def flat(view: View, v: Vector) -> XY:
    """Lambert's formula, in radians at the centre, y northwards."""
    c = v[0] * view.centre[0] + v[1] * view.centre[1] + v[2] * view.centre[2]
    x = v[0] * view.east[0] + v[1] * view.east[1]
    y = v[0] * view.north[0] + v[1] * view.north[1] + v[2] * view.north[2]
    if c > _RIM:
        k = math.sqrt(2 / (1 + c))
        return k * x, k * y
    across = math.hypot(x, y) or 1.0
    return _RIM_RADIUS * x / across, _RIM_RADIUS * y / across


_RIM = math.cos(FARTHEST)
_RIM_RADIUS = 2 * math.sin(FARTHEST / 2)


def unflat(view: View, point: XY) -> Vector:
    """The inverse of :func:`flat`."""
    x, y = point
    r = math.hypot(x, y)
    if r < 1e-12:
        return view.centre
    c = 2 * math.asin(min(1.0, r / 2))
    a, b = math.cos(c), math.sin(c) / r
    parts = zip(view.centre, view.east, view.north, strict=True)
    return normal(tuple(a * m + b * (x * e + y * n) for m, e, n in parts))


def fit(points: Sequence[Vector], width: float, height: float, margin: float) -> View:
    """The view that shows all ``points`` as large as possible, ``margin`` units inside the sheet."""
    view = _turned_to(normal(tuple(map(sum, zip(*points, strict=True)))), width, height)
    for _ in range(3):  # the middle of the box moves as the globe turns under it; thrice is near enough
        west, south, east, north = _box(flat(view, p) for p in points)
        view = _turned_to(unflat(view, ((west + east) / 2, (south + north) / 2)), width, height)
    west, south, east, north = _box(flat(view, p) for p in points)
    scale = min(
        (width - 2 * margin) / max(east - west, SMALLEST),
        (height - 2 * margin) / max(north - south, SMALLEST),
    )
    shift = width / 2 - (west + east) / 2 * scale, height / 2 + (south + north) / 2 * scale
    return View(view.centre, view.east, view.north, scale, shift, width, height)


def _turned_to(centre: Vector, width: float, height: float) -> View:
    lon = math.atan2(centre[1], centre[0])
    east = (-math.sin(lon), math.cos(lon), 0.0)
    flatly = math.hypot(centre[0], centre[1])
    north = (-centre[2] * math.cos(lon), -centre[2] * math.sin(lon), flatly)
    return View(centre, east, north, 1.0, (0.0, 0.0), width, height)


def _box(points: Iterable[XY]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def great_circle(a: Vector, b: Vector, steps: int) -> list[Vector]:
    """``steps`` + 1 points from ``a`` to ``b`` along the shortest way over the globe."""
    between = math.acos(max(-1.0, min(1.0, sum(p * q for p, q in zip(a, b, strict=True)))))
    if between < 1e-9:
        return [a] * (steps + 1)
    if between > math.pi - 1e-6:  # antipodes: every way is the shortest; go over a pole's side
        halfway = normal((-a[2], 0.0, a[0]))
        return great_circle(a, halfway, steps // 2) + great_circle(halfway, b, steps - steps // 2)[1:]
    out = []
    for n in range(steps + 1):
        f, g = (math.sin(between * t) / math.sin(between) for t in (1 - n / steps, n / steps))
        out.append(normal(tuple(f * p + g * q for p, q in zip(a, b, strict=True))))
    return out

"""Where each way's line runs on the sheet.

Ways that share a leg run side by side in lanes, like the lines of an underground map, and meet again at the
stop. A flight follows its great circle and is bowed a little besides, so that it never hides a road.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kunak.web.drawings.outlines import vector
from kunak.web.drawings.projection import View, great_circle
from kunak.web.drawings.shapes import FLIGHT, MapStop, MapWay
from kunak.web.drawings.svg import XY

BUNDLE = 22.0  # widest a bundle of parallel lines gets
LANE = 4.4
Leg = tuple[tuple[float, float], tuple[float, float], bool]


@dataclass(frozen=True)
class Course:
    """A way on the sheet: one line per leg."""

    way: MapWay
    legs: tuple[tuple[XY, ...], ...]

    @property
    def points(self) -> list[XY]:
        return [p for leg in self.legs for p in leg]


def courses(ways: Sequence[MapWay], view: View) -> list[Course]:
    """The lines of all ways, lanes given out in the order of the ways."""
    users: dict[Leg, list[int]] = {}
    for way in ways:
        for leg in {_key(*ends) for ends in _legs(way)}:
            users.setdefault(leg, []).append(way.number)
    return [
        Course(
            way,
            tuple(_line(a, b, mode, view, _lane(users[_key(a, b, mode)], way)) for a, b, mode in _legs(way)),
        )
        for way in ways
    ]


def _legs(way: MapWay) -> list[tuple[MapStop, MapStop, str]]:
    pairs = zip(way.stops, way.stops[1:], way.modes, strict=False)
    return [(a, b, mode) for a, b, mode in pairs if (a.lat, a.lon) != (b.lat, b.lon)]


def _key(a: MapStop, b: MapStop, mode: str) -> Leg:
    first, last = sorted([(round(a.lat, 3), round(a.lon, 3)), (round(b.lat, 3), round(b.lon, 3))])
    return first, last, mode == FLIGHT


def _lane(users: list[int], way: MapWay) -> float:
    """How far to the side this way runs, in units of the sheet."""
    width = min(LANE, BUNDLE / max(1, len(users) - 1))
    return (users.index(way.number) - (len(users) - 1) / 2) * width


def _line(a: MapStop, b: MapStop, mode: str, view: View, aside: float) -> tuple[XY, ...]:
    backwards = (a.lat, a.lon) > (b.lat, b.lon)  # the same side of the leg whichever way it is travelled
    start, end = (b, a) if backwards else (a, b)
    ends = vector(start.lat, start.lon), vector(end.lat, end.lon)
    p, q = view.place(ends[0]), view.place(ends[1])
    length = math.dist(p, q)
    if length < 0.5:
        return (p, q) if not backwards else (q, p)
    flying = mode == FLIGHT
    steps = max(6, min(30, round(length / 9)))
    if flying:
        base = [view.place(v) for v in great_circle(*ends, steps)]
    else:
        base = [
            (p[0] + (q[0] - p[0]) * n / steps, p[1] + (q[1] - p[1]) * n / steps) for n in range(steps + 1)
        ]
    nx, ny = _upwards(p, q, length)
    bow = min(46.0, length * 0.11) if flying else 0.0
    line = []
    for n, (x, y) in enumerate(base):
        t = n / steps
        off = bow * math.sin(math.pi * t) + aside * _taper(t * length, (1 - t) * length)
        line.append((x + nx * off, y + ny * off))
    return tuple(reversed(line)) if backwards else tuple(line)


def _upwards(p: XY, q: XY, length: float) -> XY:
    """The unit normal of a leg that points up the sheet (of an upright leg: to the left)."""
    nx, ny = (q[1] - p[1]) / length, -(q[0] - p[0]) / length
    return (-nx, -ny) if ny > 1e-6 or (abs(ny) <= 1e-6 and nx > 0) else (nx, ny)


def _taper(before: float, after: float) -> float:
    """From 0 at a stop to 1 a little way off it, smoothly."""
    t = min(1.0, before / 26, after / 26)
    return t * t * (3 - 2 * t)

"""The outlines of countries, as compiled by tools/build_outlines.py (which says whose worldview they are)."""

import itertools
import json
import math
from dataclasses import dataclass
from functools import cache

from kunak import data

Vector = tuple[float, float, float]  # on the unit sphere: no poles and no date line to stumble over
_VALUES = {
    letter: n for n, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}


def vector(lat: float, lon: float) -> Vector:
    """Degrees to a unit vector."""
    a, b = math.radians(lat), math.radians(lon)
    return math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)


@dataclass(frozen=True)
class Arc:
    """A stretch of coast or border, with the cap of the sphere that holds it."""

    degrees: tuple[tuple[float, float], ...]  # (lon, lat); lon may pass 180 so that the line never jumps
    points: tuple[Vector, ...]
    middle: Vector
    reach: float  # radians


@dataclass(frozen=True)
class Outlines:
    """Arcs, and by ISO2 the rings made of them: ``n`` is arc n, ``~n`` the same backwards."""

    arcs: tuple[Arc, ...]
    countries: dict[str, tuple[tuple[int, ...], ...]]

    def ring_degrees(self, ring: tuple[int, ...]) -> list[tuple[float, float]]:
        """A ring as (lon, lat), unwrapped: each point within 180° of the one before."""
        out: list[tuple[float, float]] = []
        for ref in ring:
            arc = self.arcs[ref].degrees if ref >= 0 else self.arcs[~ref].degrees[::-1]
            turn = 360 * round((out[-1][0] - arc[0][0]) / 360) if out else 0
            out += [(lon + turn, lat) for lon, lat in arc[1 if out else 0 :]]
        return out

    def countries_at(self, lat: float, lon: float) -> tuple[str, ...]:
        """The countries whose outline holds a point; empty at sea."""
        return tuple(code for code, rings in self.countries.items() if self._holds(rings, lat, lon))

    def _holds(self, rings: tuple[tuple[int, ...], ...], lat: float, lon: float) -> bool:
        return sum(_around(self.ring_degrees(ring), lat, lon) for ring in rings) % 2 == 1


def _around(line: list[tuple[float, float]], lat: float, lon: float) -> bool:
    """Whether a ring goes round a point: the point is asked for in every turn the ring may be written in."""
    met = [
        x1 + (x2 - x1) * (lat - y1) / (y2 - y1)
        for (x1, y1), (x2, y2) in itertools.pairwise(line)
        if (y1 > lat) != (y2 > lat)
    ]
    return any(sum(x > lon + turn for x in met) % 2 for turn in (-360, 0, 360))


def _decode(text: str, quantum: float) -> tuple[tuple[float, float], ...]:
    numbers: list[int] = []
    value = shift = 0
    for letter in text:
        bits = _VALUES[letter]
        value |= (bits & 31) << shift
        if bits & 32:
            shift += 5
        else:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    x = y = 0
    points = []
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x * quantum, y * quantum))
    return tuple(points)


def _arc(text: str, quantum: float) -> Arc:
    degrees = _decode(text, quantum)
    points = tuple([vector(lat, lon) for lon, lat in degrees])
    middle = normal(tuple(map(sum, zip(*points, strict=True))))
    return Arc(degrees, points, middle, max(angle(middle, p) for p in points))


def normal(v: tuple[float, ...]) -> Vector:
    """The unit vector of the same direction; of nothing, the point 0° N 0° E."""
    length = math.sqrt(sum(c * c for c in v))
    return (v[0] / length, v[1] / length, v[2] / length) if length > 1e-9 else (1.0, 0.0, 0.0)


def angle(a: Vector, b: Vector) -> float:
    """Radians between two unit vectors."""
    return math.acos(max(-1.0, min(1.0, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])))


@cache
def bundled() -> Outlines:
    """The outlines shipped with the program; read once (about 0.2 s), then kept."""
    raw = json.loads(data.read("outlines.json"))
    arcs = tuple(_arc(text, raw["quantum"]) for text in raw["arcs"])
    countries = {code: tuple(map(tuple, rings)) for code, rings in raw["countries"].items()}
    return Outlines(arcs, countries)

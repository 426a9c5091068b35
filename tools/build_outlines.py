"""Compile Natural Earth's country borders into the one small file that the maps are drawn from.

    python tools/build_outlines.py path/to/countries-10m.json [src/kunak/data/outlines.json]

The input is the TopoJSON of the npm package ``world-atlas`` 2.0.2 (Natural Earth 4.1.0, public domain; the
packaging is ISC). What comes out: country borders by ISO code, in arcs that neighbours share, so that a
border is one line however far it is simplified.

The worldview is chosen, not inherited. Natural Earth draws who holds the ground; Kunak draws what the
United Nations General Assembly treats as whose, except where people's papers and borders work otherwise:

* Crimea is Ukraine (UNGA resolution 68/262).
* Western Sahara is one whole, not Morocco's (north border 27° 40' N).
* Abkhazia and South Ossetia are Georgia; Northern Cyprus is Cyprus; Somaliland is Somalia.
* Kosovo (XK) and Taiwan (TW) have passports and border control of their own, so they have outlines.
* Leased or garrisoned ground goes to the country around it: Baikonur, Guantanamo, Akrotiri, Dhekelia.
* Not mended, because the source has no line for it: the Golan Heights are drawn with Israel; Kashmir and
  Aksai Chin follow the line of control.

Antarctica is left out. Borders are finer (about 700 m) where Kunak's people move by land, coarser elsewhere.
"""

import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.core import get_global

Point = tuple[int, int]  # (longitude, latitude) in the quanta of the source
Ring = list[Point]  # not closed: the last point joins the first
Countries = dict[str, list[Ring]]

QUANTUM = 0.004  # degrees, of the output
FOCUS = (12.0, 33.0, 82.0, 61.0)  # west, south, east, north: where the finer tolerance holds
FINE, COARSE = 0.006, 0.035  # degrees of latitude that a simplified border may stray
ISLET_FINE, ISLET_COARSE = 0.002, 0.03  # square degrees below which an island is not kept
SAHARA = (-18.0, 20.0, 0.0, 28.0)  # the window in which borders are cut; Morocco reaches into it
CRIMEA = (32.3, 44.2, 36.65, 46.3)
NAMED = {
    "Kosovo": "XK",
    "N. Cyprus": "CY",
    "Cyprus U.N. Buffer Zone": "CY",
    "Akrotiri": "CY",
    "Dhekelia": "CY",
    "Somaliland": "SO",
    "Baikonur": "KZ",
    "USNB Guantanamo Bay": "CU",
    "Siachen Glacier": "IN",
}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Source:
    """A TopoJSON file: its arcs in whole quanta, so that shared points are equal, not nearly equal."""

    def __init__(self, topology: dict[str, Any]) -> None:
        self.scale = topology["transform"]["scale"]
        self.shift = topology["transform"]["translate"]
        self.arcs = [self._sum_up(arc) for arc in topology["arcs"]]
        self.shapes = topology["objects"]["countries"]["geometries"]
        self.turn = round(360 / self.scale[0])

    def _sum_up(self, deltas: list[list[int]]) -> list[Point]:
        x = y = 0
        points = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            points.append((x, y))
        return points

    def ring(self, references: list[int]) -> Ring:
        points: Ring = []
        for ref in references:
            arc = self.arcs[ref] if ref >= 0 else self.arcs[~ref][::-1]
            points.extend(arc[:-1])
        # 180° E and 180° W are one meridian: written as one, the two halves of Chukotka meet again
        return [(x % self.turn, y) for x, y in points]

    def degrees(self, p: Point) -> tuple[float, float]:
        return p[0] * self.scale[0] + self.shift[0], p[1] * self.scale[1] + self.shift[1]


def code_of(shape: dict[str, Any]) -> str | None:
    """ISO 3166 alpha-2 by the numeric code that the source gives, or by the name where it gives none."""
    found = get_global("territory_aliases").get(shape.get("id", ""), [])
    return found[0] if len(found) == 1 else NAMED.get(shape["properties"]["name"])


def read_countries(source: Source) -> Countries:
    countries: Countries = {}
    for shape in source.shapes:
        code = code_of(shape)
        if code in (None, "AQ"):
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [source.ring(ring) for polygon in polygons for ring in polygon]
        countries.setdefault(str(code), []).extend(rings)
    return countries


def give_crimea_to_ukraine(source: Source, countries: Countries) -> None:
    west, south, east, north = CRIMEA

    def inside(p: Point) -> bool:
        lon, lat = source.degrees(p)
        return west < lon < east and south < lat < north

    moved = [ring for ring in countries["RU"] if all(map(inside, ring))]
    if not moved:
        raise SystemExit("Crimea is not where it was: look at the new source before using it.")
    countries["RU"] = [ring for ring in countries["RU"] if ring not in moved]
    countries["UA"] += moved


def make_western_sahara_whole(source: Source, countries: Countries) -> None:
    """Cut Morocco along the parallel of Western Sahara's north-east corner; the south joins it."""
    y = max(p[1] for ring in countries["EH"] for p in ring)
    for rings in countries.values():
        rings[:] = [put_points_on(ring, y) if near_sahara(source, ring) else ring for ring in rings]
    north: list[Ring] = []
    for ring in countries["MA"]:
        upper, lower = [[p for p in ring if side * p[1] >= side * y] for side in (1, -1)]
        north += [upper] if len(upper) > 2 else []
        countries["EH"] += [lower] if len(lower) > 2 else []
    countries["MA"] = north


def near_sahara(source: Source, ring: Ring) -> bool:
    west, south, east, north = SAHARA
    return any(west < lon < east and south < lat < north for lon, lat in map(source.degrees, ring))


def put_points_on(ring: Ring, y: int) -> Ring:
    """The ring with a point wherever it crosses the parallel ``y``."""
    out: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        out.append((x1, y1))
        if (y1 - y) * (y2 - y) < 0:
            low, high = sorted([(y1, x1), (y2, x2)])  # the same point whichever way the edge runs
            out.append((round(low[1] + (high[1] - low[1]) * (y - low[0]) / (high[0] - low[0])), y))
    return out


def match_along_date_line(rings: list[Ring]) -> list[Ring]:
    """Every point that either side has on the 180th meridian, on both sides: else the seam stays a border."""
    on_it = sorted({y for ring in rings for x, y in ring if x == 0})
    return [put_points_between(ring, on_it) for ring in rings]


def put_points_between(ring: Ring, latitudes: list[int]) -> Ring:
    out: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        out.append((x1, y1))
        if x1 == x2 == 0:
            between = [y for y in latitudes if min(y1, y2) < y < max(y1, y2)]
            out += [(0, y) for y in (between if y2 > y1 else between[::-1])]
    return out


def dissolve(rings: Iterable[Ring]) -> list[Ring]:
    """Pieces of one country as one: an edge that runs both ways is an inner seam and goes."""
    following: dict[Point, list[Point]] = {}
    edges: dict[tuple[Point, Point], int] = {}
    for ring in rings:
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            if a == b:
                continue
            if edges.get((b, a), 0):
                edges[b, a] -= 1
            else:
                edges[a, b] = edges.get((a, b), 0) + 1
    for (a, b), count in edges.items():
        following.setdefault(a, []).extend([b] * count)
    return [ring for ring in walk(following) if len(ring) > 2]


def walk(following: dict[Point, list[Point]]) -> Iterator[Ring]:
    for start in list(following):
        while following[start]:
            ring, at = [start], following[start].pop()
            while at != start:
                ring.append(at)
                at = following[at].pop()
            yield ring


class Compiler:
    """Cuts rings into shared arcs, simplifies each once, writes them down."""

    def __init__(self, source: Source, countries: Countries) -> None:
        self.source = source
        self.numbers: dict[tuple[Point, ...], int] = {}
        self.arcs: list[str] = []
        self.nodes = find_nodes(countries)
        self.points = 0

    def ring(self, ring: Ring) -> list[int]:
        starts = [i for i, p in enumerate(ring) if p in self.nodes]
        if not starts:
            starts = [ring.index(min(ring))]
        turned = ring[starts[0] :] + ring[: starts[0]] + [ring[starts[0]]]
        cuts = [i for i, p in enumerate(turned) if p in self.nodes or i in (0, len(turned) - 1)]
        return [self.arc(tuple(turned[a : b + 1])) for a, b in itertools.pairwise(cuts)]

    def arc(self, points: tuple[Point, ...]) -> int:
        if points in self.numbers:
            return self.numbers[points]
        if points[::-1] in self.numbers:
            return ~self.numbers[points[::-1]]
        self.numbers[points] = number = len(self.arcs)
        kept = simplify([self.source.degrees(p) for p in points])
        self.points += len(kept)
        self.arcs.append(encode(kept))
        return number


def find_nodes(countries: Countries) -> set[Point]:
    """Points where more than two border lines meet: no simplification may move these."""
    around: dict[Point, set[Point]] = {}
    for rings in countries.values():
        for ring in rings:
            for before, p, after in zip(ring[-1:] + ring[:-1], ring, ring[1:] + ring[:1], strict=True):
                around.setdefault(p, set()).update((before, after))
    return {p for p, others in around.items() if len(others) > 2}


def in_focus(lon: float, lat: float) -> bool:
    return FOCUS[0] < lon < FOCUS[2] and FOCUS[1] < lat < FOCUS[3]


def simplify(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Douglas and Peucker (1973), with the tolerance of the region and longitudes shrunk by latitude."""
    line = unwrap(line)
    closed = line[0] == line[-1]
    keep = {0, len(line) - 1} | ({len(line) // 3, 2 * len(line) // 3} if closed else set())
    spans = sorted(keep)
    stack = list(itertools.pairwise(spans))
    while stack:
        a, b = stack.pop()
        far, at = 0.0, -1
        for i in range(a + 1, b):
            off = distance(line[i], line[a], line[b]) / (FINE if in_focus(*line[i]) else COARSE)
            if off > far:
                far, at = off, i
        if far > 1:
            keep.add(at)
            stack += [(a, at), (at, b)]
    return [line[i] for i in sorted(keep)]


def unwrap(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    out = [line[0]]
    for lon, lat in line[1:]:
        turns = round((out[-1][0] - lon) / 360)
        out.append((lon + 360 * turns, lat))
    return out


def distance(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """From ``p`` to the segment a–b, in degrees of latitude."""
    k = math.cos(math.radians(p[1]))
    px, py, bx, by = (p[0] - a[0]) * k, p[1] - a[1], (b[0] - a[0]) * k, b[1] - a[1]
    length = bx * bx + by * by
    t = max(0.0, min(1.0, (px * bx + py * by) / length)) if length else 0.0
    return math.hypot(px - t * bx, py - t * by)


def encode(line: list[tuple[float, float]]) -> str:
    """Differences in quanta, zigzag, five bits to a letter, the sixth says that more follow."""
    letters: list[str] = []
    last = [0, 0]
    for lon, lat in line:
        for axis, value in enumerate((round(lon / QUANTUM), round(lat / QUANTUM))):
            step, last[axis] = value - last[axis], value
            bits = step << 1 if step >= 0 else ~(step << 1)
            while bits > 31:
                letters.append(ALPHABET[32 | bits & 31])
                bits >>= 5
            letters.append(ALPHABET[bits])
    return "".join(letters)


def area(source: Source, ring: Ring) -> float:
    """In square degrees at the ring's latitude."""
    line = unwrap([source.degrees(p) for p in ring])
    double = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(line, line[1:] + line[:1], strict=True))
    return abs(double) / 2 * math.cos(math.radians(line[0][1]))


def worth_keeping(source: Source, rings: list[Ring]) -> list[Ring]:
    """A country's largest ring always, the others by size."""
    sized = sorted(((area(source, r), r) for r in rings), key=lambda pair: -pair[0])
    return [
        ring
        for n, (size, ring) in enumerate(sized)
        if n == 0 or size > (ISLET_FINE if in_focus(*source.degrees(ring[0])) else ISLET_COARSE)
    ]


def compile_outlines(topology: dict[str, Any]) -> dict[str, Any]:
    source = Source(topology)
    countries = read_countries(source)
    give_crimea_to_ukraine(source, countries)
    make_western_sahara_whole(source, countries)
    for code, rings in countries.items():
        countries[code] = worth_keeping(source, dissolve(match_along_date_line(rings)))
    compiler = Compiler(source, countries)
    rings = {code: [compiler.ring(ring) for ring in rings] for code, rings in sorted(countries.items())}
    print(f"{len(rings)} countries, {len(compiler.arcs)} arcs, {compiler.points} points")
    return {
        "source": "Natural Earth 4.1.0, 1:10m, public domain, by way of world-atlas 2.0.2 (ISC)",
        "worldview": "chosen by this project, see tools/build_outlines.py",
        "quantum": QUANTUM,
        "countries": rings,
        "arcs": compiler.arcs,
    }


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    target = Path(sys.argv[2] if len(sys.argv) > 2 else "src/kunak/data/outlines.json")
    compiled = compile_outlines(json.loads(Path(sys.argv[1]).read_text()))
    target.write_text(json.dumps(compiled, separators=(",", ":")) + "\n")
    print(f"{target}: {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

"""What part of the globe a map of ways shows, and where the lines leave it."""

import math
from collections.abc import Sequence

from kunak.web.drawings.courses import Course
from kunak.web.drawings.outlines import Vector, angle, vector
from kunak.web.drawings.projection import View, great_circle
from kunak.web.drawings.shapes import FLIGHT, MapWay
from kunak.web.drawings.svg import XY

EARTH_KM = 6371.0
REMOTE_KM = 4500.0  # a place farther than this from the start may be left off the sheet …
GAP = 1.8  # … if it is so many times farther than all that is kept …
KEPT = 2 / 3  # … which is at least this share of the places
ARROWS = "→↘↓↙←↖↑↗"


def frame(ways: Sequence[MapWay], around_km: float | None = None) -> list[Vector]:
    """The points that the sheet must hold.

    All of them, unless a few are so remote that the rest would be a knot; or, given ``around_km``, only
    what lies so near the start.
    """
    start = next(vector(s.lat, s.lon) for way in ways for s in way.stops)
    most = around_km if around_km is not None else _kept_km(ways, start)
    points = [vector(stop.lat, stop.lon) for way in ways for stop in way.stops]
    if around_km is None:
        points += [p for way in ways for p in _flown(way, most, start)]
    return [p for p in points if angle(p, start) * EARTH_KM <= most + 1]


def _kept_km(ways: Sequence[MapWay], start: Vector) -> float:
    places = {(s.lat, s.lon) for way in ways for s in way.stops}
    far = sorted(angle(vector(*place), start) * EARTH_KM for place in places)
    for n in range(math.ceil(len(far) * KEPT), len(far)):
        if n > 0 and far[n] > REMOTE_KM and far[n] > GAP * far[n - 1] > 0:
            return far[n - 1]
    return far[-1]


def _flown(way: MapWay, most: float, start: Vector) -> list[Vector]:
    """Great circles of the flights that stay on the sheet: they bend beyond their ends."""
    out: list[Vector] = []
    for a, b, mode in zip(way.stops, way.stops[1:], way.modes, strict=False):
        p, q = vector(a.lat, a.lon), vector(b.lat, b.lon)
        if mode == FLIGHT and max(angle(p, start), angle(q, start)) * EARTH_KM <= most + 1:
            out += great_circle(p, q, 12)
    return out


def exits(lines: Sequence[Course], view: View) -> list[tuple[str, XY]]:
    """For ways whose end is off the sheet: its name with an arrow, and where the line leaves."""
    found: dict[str, XY] = {}
    for course in lines:
        end, inside = course.points[-1:], [p for p in course.points if _on(view, p)]
        if not end or _on(view, end[0]) or not inside:
            continue
        last = inside[-1]
        beyond = course.points[len(course.points) - course.points[::-1].index(last)]
        turn = math.atan2(beyond[1] - last[1], beyond[0] - last[0])
        arrow = ARROWS[round(turn / (math.pi / 4)) % 8]
        name = course.way.stops[-1].name
        left = arrow in "←↖↙"
        found.setdefault(f"{arrow} {name}" if left else f"{name} {arrow}", last)
    return list(found.items())


def _on(view: View, p: XY) -> bool:
    return 0 <= p[0] <= view.width and 0 <= p[1] <= view.height

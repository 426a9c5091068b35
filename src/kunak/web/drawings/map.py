"""The map of ways: plans over the ground, never people (there is no map of people)."""

import math
from collections.abc import Collection, Sequence

from markupsafe import Markup

from kunak.web.drawings.courses import Course, courses
from kunak.web.drawings.framing import exits, frame
from kunak.web.drawings.labels import Sheet, around, place_name, place_number
from kunak.web.drawings.land import Ground, roomiest
from kunak.web.drawings.legend import legend
from kunak.web.drawings.marks import PAPER, crossing_mark, dashes, hatches, ink, stop_mark
from kunak.web.drawings.outlines import Outlines, vector
from kunak.web.drawings.projection import View, fit
from kunak.web.drawings.shapes import CROSSING, DESTINATION, FLIGHT, ORIGIN, STOP, MapStop, MapWay, MapWords
from kunak.web.drawings.svg import XY, path_data, tag, text_width

NARROW = 480  # units of width below which names are set smaller
BADGE = 8.5  # radius of the disc with a way's number
NAME_SIZE = {ORIGIN: 14.0, DESTINATION: 14.0, CROSSING: 12.0, STOP: 12.0}
RANK = {ORIGIN: 0, DESTINATION: 1, CROSSING: 2, STOP: 3}


def ways_map(
    ways: Sequence[MapWay],
    outlines: Outlines,
    *,
    label: str,
    reach: Collection[str] = (),
    sharing: Collection[str] = (),
    words: MapWords | None = None,
    width: int = 960,
    height: int = 560,
    around_start_km: float | None = None,
    prefix: str = "",
) -> Markup:
    """An SVG of all ways: one line each, told apart by colour, dash and number.

    ``label`` is its accessible name. ``reach`` and ``sharing`` are ISO2 codes: states within the
    persecutor's reach, and states that share wanted lists; a state in both is drawn as reach. ``height`` is
    of the map alone; the legend comes under it. The sheet holds every place, but for a few so remote that
    the rest would be a knot (their names stand where the line leaves, with an arrow); ``around_start_km``
    shows only what lies so near the start. ``prefix`` keeps ids apart when a page holds two maps, say one
    for wide and one for narrow screens. Each way is a group with the id ``{prefix}way-N`` and the classes
    ``way way-N``. Nothing to draw gives an empty string.
    """
    spoken = words or MapWords()
    if not any(way.stops for way in ways):
        return Markup("")
    view = fit(frame(ways, around_start_km), float(width), float(height), min(width, height) * 0.08 + 18)
    small = 1.0 if width >= NARROW else 0.86
    lines = courses(ways, view)
    sheet = Sheet(width, height, lines=[p for course in lines for p in course.points])
    marks = _stops(ways, view)
    for _, point in marks:
        sheet.take(around(point, 7))
    badges = _badges(lines, sheet)  # they and the names below reserve their places on the sheet
    names = _names(marks, exits(lines, view), sheet, small)
    ground = Ground(outlines, view)
    land = _land(ground, frozenset(reach), frozenset(sharing) - frozenset(reach), prefix)
    body = (
        tag("rect", width=width, height=height, class_="sea", fill=PAPER["sea"]),
        land,
        _country_names(ground, spoken, sheet),
        _lines(lines, badges, prefix),
        tag("g", *(_mark(stop, point) for stop, point in marks), class_="stops"),
        names,
    )
    key = legend(_legend_kinds(ways, reach, sharing), spoken, width, prefix)
    return tag(
        "svg",
        tag("title", label, id=f"{prefix}map-title"),
        tag("desc", "; ".join(f"{way.number}: {way.label}" for way in ways), id=f"{prefix}map-desc"),
        hatches(prefix),
        tag("svg", *body, width=width, height=height, class_="ground"),
        tag("g", key.drawn, transform=f"translate(0 {height + 8})", class_="legend"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height + 8 + math.ceil(key.height)}",
        width=width,
        class_="drawing ways-map",
        role="img",
        aria_labelledby=f"{prefix}map-title {prefix}map-desc",
        font_family="system-ui,sans-serif",
    )


def _stops(ways: Sequence[MapWay], view: View) -> list[tuple[MapStop, XY]]:
    """Each place once, in its most telling role; the plainest first, so that the telling are on top."""
    best: dict[tuple[float, float], MapStop] = {}
    for stop in (stop for way in ways for stop in way.stops):
        at = (round(stop.lat, 2), round(stop.lon, 2))
        if at not in best or RANK.get(stop.kind, 3) < RANK.get(best[at].kind, 3):
            best[at] = stop
    ordered = sorted(best.values(), key=lambda s: -RANK.get(s.kind, 3))
    placed = [(stop, view.place(vector(stop.lat, stop.lon))) for stop in ordered]
    return [(s, (x, y)) for s, (x, y) in placed if 0 <= x <= view.width and 0 <= y <= view.height]


def _badges(lines: list[Course], sheet: Sheet) -> dict[int, XY]:
    badges: dict[int, XY] = {}
    for course in lines:
        if len(course.points) < 2:
            continue
        others = [p for other in lines if other is not course for p in other.points[::3]]
        badges[course.way.number] = at = place_number(course.points[::2], others, sheet.taken, sheet, BADGE)
        sheet.take(around(at, BADGE + 1))
    return badges


def _names(
    marks: list[tuple[MapStop, XY]], leaving: list[tuple[str, XY]], sheet: Sheet, small: float
) -> Markup:
    """Names of starts and destinations, also those off the sheet; of other stops where there is room."""
    wanted = [(name, at, DESTINATION, 6.0) for name, at in leaving]
    wanted += [(stop.name, at, stop.kind, 10.0) for stop, at in reversed(marks)]
    drawn = []
    for name, point, kind, gap in wanted:
        size = NAME_SIZE.get(kind, 12.0) * small
        found = place_name(sheet, point, name, size, max(gap * small, 11.5) if gap > 6 else gap)
        if not name or (kind in (CROSSING, STOP) and (found.cost > 60 or found.far)):
            continue
        sheet.take(found.box)
        bold = "600" if kind in (ORIGIN, DESTINATION) else None
        if found.far:
            drawn.append(_leader(point, found.box))
        drawn.append(
            tag(
                "text",
                name,
                x=found.at[0],
                y=found.at[1],
                text_anchor=found.anchor,
                font_size=size,
                font_weight=bold,
            )
        )
    return tag(
        "g",
        *drawn,
        class_="names",
        fill=PAPER["ink"],
        stroke=PAPER["halo"],
        stroke_width=3.0,
        stroke_linejoin="round",
        paint_order="stroke",
    )


def _leader(mark: XY, box: tuple[float, float, float, float]) -> Markup:
    """A thin line from a mark to the nearest edge of its name."""
    x, y = min(max(mark[0], box[0] + 3), box[2] - 3), min(max(mark[1], box[1] + 2), box[3] - 2)
    return tag("path", d=path_data([mark, (x, y)]), stroke=PAPER["ink"], stroke_width=0.9, class_="mark-line")


def _land(ground: Ground, reach: frozenset[str], sharing: frozenset[str], prefix: str) -> Markup:
    fills = {"land": PAPER["land"]} | {kind: f"url(#{prefix}hatch-{kind})" for kind in ("sharing", "reach")}
    groups: dict[str, list[str]] = {"land": [], "sharing": [], "reach": []}
    for code in ground.outlines.countries:
        drawn = "".join(path_data(piece, closed=True, grain=2) for piece in ground.country(code))
        if drawn:
            groups["reach" if code in reach else "sharing" if code in sharing else "land"].append(drawn)
    return tag(
        "g",
        *(
            tag("path", d="".join(paths), class_=name, fill=fills[name])
            for name, paths in groups.items()
            if paths
        ),
        class_="lands",
        transform="scale(.5)",
        stroke=PAPER["border"],
        stroke_width=1.6,
        stroke_linejoin="round",
        fill_rule="evenodd",
    )


def _country_names(ground: Ground, words: MapWords, sheet: Sheet) -> Markup:
    size = 11.0
    drawn = []
    box = (4.0, 4.0, sheet.width - 4, sheet.height - 4)
    for code, name in words.countries.items():
        pieces = ground.country(code)[:1]
        if not pieces:
            continue
        (x, y), room = roomiest(pieces[0], box)
        wide = text_width(name, size) * 1.12
        taken = (x - wide / 2, y - size * 0.6, x + wide / 2, y + size * 0.6)
        if room > wide + 8 and sheet.cost(taken) < 4:
            sheet.take(taken)
            drawn.append(tag("text", name, x=x, y=y + size * 0.35, text_anchor="middle"))
    return tag("g", *drawn, class_="countries", font_size=size, fill=PAPER["faint"], letter_spacing=0.8)


def _lines(lines: list[Course], badges: dict[int, XY], prefix: str) -> Markup:
    drawn, halos = [], []
    for course in lines:
        way = course.way
        line = f"{prefix}line-{way.number}"
        halos.append(tag("use", href=f"#{line}"))
        at = badges.get(way.number)
        badge = (
            ()
            if at is None
            else (
                tag(
                    "circle",
                    cx=at[0],
                    cy=at[1],
                    r=BADGE,
                    fill=ink(way.number),
                    stroke=PAPER["halo"],
                    stroke_width=1.5,
                    stroke_dasharray="none",
                ),
                tag(
                    "text",
                    str(way.number),
                    x=at[0],
                    y=at[1] + 3.9,
                    text_anchor="middle",
                    font_size=11,
                    font_weight="700",
                    fill=PAPER["badge"],
                    stroke="none",
                    class_="badge",
                ),
            )
        )
        drawn.append(
            tag(
                "g",
                tag("title", f"{way.number}: {way.label}"),
                tag("path", id=line, d="".join(path_data(leg) for leg in course.legs)),
                *badge,
                id=f"{prefix}way-{way.number}",
                class_=f"way way-{way.number} ink-{(way.number - 1) % 6 + 1}",
                stroke=ink(way.number),
                stroke_dasharray=dashes(way.number),
            )
        )
    halo = tag("g", *halos, class_="halos", stroke=PAPER["halo"], stroke_width=4.6, stroke_opacity="0.75")
    return tag("g", halo, *drawn, fill="none", stroke_width=2.3, stroke_linejoin="round")


def _mark(stop: MapStop, point: XY) -> Markup:
    if stop.kind == CROSSING:
        return crossing_mark(point, stop.name)
    return stop_mark(point, stop.kind, stop.name)


def _legend_kinds(
    ways: Sequence[MapWay], reach: Collection[str], sharing: Collection[str]
) -> tuple[str, ...]:
    kinds = {stop.kind for way in ways for stop in way.stops} | {
        "flight" if mode == FLIGHT else "ground" for way in ways for mode in way.modes
    }
    kinds |= ({"reach"} if reach else set()) | ({"sharing"} if sharing else set())
    return tuple(
        k for k in (ORIGIN, DESTINATION, CROSSING, "flight", "ground", "reach", "sharing") if k in kinds
    )

"""What people look at instead of reading must say the same as the table, to every eye and every reader."""

import importlib.util
import math
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import data
from kunak.web.drawings import case_days, case_timeline, front_plot, journey_strip, ways_map
from kunak.web.drawings.courses import courses
from kunak.web.drawings.framing import exits, frame
from kunak.web.drawings.labels import Sheet, overlap, place_name
from kunak.web.drawings.land import Ground, cut, thin
from kunak.web.drawings.marks import DASHES, INKS, PAPER, dashes, ink
from kunak.web.drawings.outlines import angle, bundled, vector
from kunak.web.drawings.projection import fit, flat, great_circle, unflat
from kunak.web.drawings.shapes import (
    CROSSING,
    DESTINATION,
    ORIGIN,
    STOP,
    FrontPoint,
    Happening,
    MapStop,
    MapWay,
    MapWords,
    StripLeg,
    StripStop,
)

SVG = "{http://www.w3.org/2000/svg}"
NOW = datetime(2026, 4, 12, 14, tzinfo=UTC)
GROZNY = MapStop(43.39, 45.70, "Grozny", ORIGIN)
LARS = MapStop(42.745, 44.628, "Verkhny Lars", CROSSING)
TBILISI = MapStop(41.67, 44.95, "Tbilisi")
ISTANBUL = MapStop(41.26, 28.74, "Istanbul")
BERLIN = MapStop(52.36, 13.5, "Berlin", DESTINATION)
ALMATY = MapStop(43.35, 77.04, "Almaty", DESTINATION)
YEREVAN = MapStop(40.15, 44.40, "Yerevan", DESTINATION)
BELGRADE = MapStop(44.82, 20.31, "Belgrade", DESTINATION)
BUENOS_AIRES = MapStop(-34.82, -58.54, "Buenos Aires", DESTINATION)
VLADIVOSTOK = MapStop(43.4, 132.15, "Vladivostok", ORIGIN)
ANCHORAGE = MapStop(61.17, -150.0, "Anchorage", DESTINATION)


def way(number: int, *stops: MapStop, modes: tuple[str, ...] = ()) -> MapWay:
    label = " → ".join(stop.name for stop in stops)
    return MapWay(number, label, stops, modes or ("flight",) * (len(stops) - 1))


LAND_THEN_AIR = ("car", "border", "flight")
WAYS = (
    way(1, GROZNY, LARS, TBILISI, BERLIN, modes=LAND_THEN_AIR),
    way(2, GROZNY, LARS, TBILISI, ISTANBUL, BELGRADE, modes=(*LAND_THEN_AIR, "flight")),
    way(3, GROZNY, YEREVAN),
    way(4, GROZNY, ALMATY),
)


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def ids(drawing: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', drawing)


def drawn(ways: tuple[MapWay, ...] = WAYS, **options: object) -> str:
    given = {"label": "Ways out", "reach": {"RU", "BY"}, "sharing": {"KZ", "AM"}} | options
    return str(ways_map(ways, bundled(), **given))  # type: ignore[arg-type]


ALL_DRAWINGS = {
    "map": drawn(),
    "strip": str(journey_strip([StripStop("Grozny", "done", "06:10")], [], label="Journey")),
    "front": str(front_plot([FrontPoint(1, 18, 0.2, 3, "€420")], label="Hours and risk")),
    "time": str(case_timeline([Happening(NOW, "Check-in", "late")], NOW, label="Time")),
}


# Whose land it is


@pytest.mark.parametrize(
    ("place", "lat", "lon", "country"),
    [
        ("Simferopol", 44.95, 34.10, "UA"),
        ("Sevastopol", 44.60, 33.55, "UA"),
        ("Kerch", 45.35, 36.47, "UA"),
        ("Krasnodar", 45.04, 38.98, "RU"),
        ("Laayoune", 27.15, -13.20, "EH"),
        ("Tifariti, east of the berm", 26.15, -10.57, "EH"),
        ("Agadir", 30.40, -9.55, "MA"),
        ("Sukhumi", 43.005, 41.03, "GE"),
        ("Tskhinvali", 42.22, 43.96, "GE"),
        ("Pristina", 42.66, 21.16, "XK"),
        ("Taipei", 25.03, 121.50, "TW"),
        ("Kyrenia", 35.32, 33.32, "CY"),
        ("Hargeisa", 9.56, 44.06, "SO"),
        ("Baikonur", 45.60, 63.30, "KZ"),
        ("Ramallah", 31.90, 35.20, "PS"),
        ("Grozny", 43.32, 45.69, "RU"),
        ("Tbilisi", 41.70, 44.80, "GE"),
        ("Astana", 51.17, 71.43, "KZ"),
        ("Dushanbe", 38.56, 68.78, "TJ"),
        ("Nakhchivan", 39.21, 45.41, "AZ"),
        ("Kaliningrad", 54.71, 20.51, "RU"),
        ("Uelen, west of the date line", 66.10, -170.50, "RU"),
        ("Maseru, inside another country", -29.33, 27.55, "LS"),
    ],
)
def test_every_place_lies_in_one_country_the_one_that_was_chosen(place, lat, lon, country):
    assert bundled().countries_at(lat, lon) == (country,), place


def test_the_open_sea_is_nobodys():
    assert bundled().countries_at(0, -30) == ()


def test_no_border_runs_along_the_date_line_through_chukotka():
    for ring in bundled().countries["RU"]:
        line = bundled().ring_degrees(ring)
        assert not any(
            a[0] == b[0] and abs(a[0]) == 180 and abs(a[1] - b[1]) > 0.1 for a, b in pairwise(line)
        )


def test_the_outlines_are_small():
    assert len(data.read("outlines.json")) <= 250_000


def test_pieces_of_a_country_become_one_and_inner_seams_go():
    path = Path(__file__).parents[2] / "tools" / "build_outlines.py"
    spec = importlib.util.spec_from_file_location("build_outlines", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    west, east = [(0, 0), (2, 0), (2, 2), (0, 2)], [(2, 0), (4, 0), (4, 2), (2, 2)]
    (whole,) = tool.dissolve([west, east])
    assert set(whole) == set(west) | set(east)
    assert len(whole) == 6


# The map


def test_each_way_is_a_group_that_can_be_pointed_at_and_says_its_number():
    for number in (1, 2, 3, 4):
        (group,) = [g for g in parsed(drawn()).iter(f"{SVG}g") if g.get("id") == f"way-{number}"]
        assert group.get("class", "").split()[:2] == ["way", f"way-{number}"]
        assert str(number) in [text.text for text in group.iter(f"{SVG}text")]


def test_twelve_ways_are_all_told_apart_without_the_number_by_colour_and_dash():
    assert len({(ink(n), dashes(n)) for n in range(1, 13)}) == 12
    assert len(set(INKS)) == len(set(DASHES)) == 6


def _luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, the definition of contrast ratio."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_line_stands_out_from_every_ground_in_light():
    assert min(contrast(i, PAPER[g]) for i in INKS for g in ("land", "sea", "reach", "sharing")) >= 3.5


def test_every_line_stands_out_from_every_ground_in_dark():
    css = (Path(__file__).parents[2] / "src/kunak/web/static/drawings.css").read_text()
    inks = re.findall(r'\[data-theme="dark"\] \.drawing \.ink-\d \{ stroke: (#\w{6})', css)
    grounds = re.findall(r'dark"\] \.drawing \.(?:sea|land|reach-tint|sharing-tint) \{ fill: (#\w{6})', css)
    assert len(inks) == 6 and len(grounds) == 4
    assert min(contrast(i, g) for i in inks for g in grounds) >= 3.5


def test_a_map_is_named_and_described_for_those_who_hear_it():
    root = parsed(drawn())
    assert root.get("role") == "img"
    said = {e.get("id"): e.text for e in root if e.tag in (f"{SVG}title", f"{SVG}desc")}
    title, desc = (said[name] for name in root.get("aria-labelledby", "").split())
    assert title == "Ways out"
    assert "2: Grozny → Verkhny Lars → Tbilisi → Istanbul → Belgrade" in desc


def test_start_destinations_and_crossing_are_named_on_the_sheet():
    texts = {text.text for text in parsed(drawn()).iter(f"{SVG}text")}
    assert {"Grozny", "Berlin", "Belgrade", "Almaty", "Yerevan"} <= texts
    near = drawn(around_start_km=400)
    assert "Verkhny Lars" in {text.text for text in parsed(near).iter(f"{SVG}text")}


def test_the_legend_explains_what_is_shown_and_nothing_else():
    by_air = drawn((way(1, GROZNY, YEREVAN),), reach=(), sharing={"AM"})
    assert "By air" in by_air and "Shares wanted lists" in by_air
    assert "By land" not in by_air and "Reach of the persecutor" not in by_air and "Border" not in by_air


def test_a_state_in_both_lists_is_drawn_as_reach():
    assert ' class="sharing" fill' not in drawn(reach={"RU", "BY"}, sharing={"BY"})


def test_the_words_and_names_come_from_the_caller():
    words = MapWords(reach="Досягаемость преследователя", countries={"TR": "Турция"})
    texts = {text.text for text in parsed(drawn(words=words)).iter(f"{SVG}text")}
    assert {"Досягаемость преследователя", "Турция"} <= texts


def test_two_maps_on_one_page_share_no_id():
    both = ids(drawn(prefix="wide-")) + ids(drawn(prefix="narrow-", width=328, height=320))
    assert [name for name, count in Counter(both).items() if count > 1] == []


@pytest.mark.parametrize(("width", "height"), [(960, 560), (328, 380)])
def test_twelve_ways_across_a_continent_stay_small(width, height):
    twelve = tuple(way(n, *WAYS[n % 4].stops, modes=WAYS[n % 4].modes) for n in range(1, 13))
    assert len(drawn(twelve, width=width, height=height).encode()) <= 60_000


def test_half_the_globe_stays_small():
    far = (way(1, GROZNY, ISTANBUL, BUENOS_AIRES), way(2, VLADIVOSTOK, ANCHORAGE))
    assert len(drawn(far).encode()) <= 60_000


def test_nothing_to_draw_draws_nothing():
    assert drawn(()) == ""
    assert str(journey_strip([], [], label="Journey")) == ""
    assert str(front_plot([], label="x")) == ""
    assert str(case_timeline([], NOW, label="x")) == ""


def test_a_flight_over_the_date_line_takes_the_short_way():
    over = way(1, VLADIVOSTOK, ANCHORAGE)
    view = fit(frame([over]), 960, 560, 60)
    (course,) = courses([over], view)
    assert len(course.points) > 10
    assert max(math.dist(a, b) for a, b in pairwise(course.points)) < 60
    assert all(0 <= x <= 960 and 0 <= y <= 560 for x, y in course.points)


def test_one_place_across_the_ocean_leaves_the_sheet_and_is_named_where_its_line_leaves():
    far = (*WAYS, way(5, GROZNY, ISTANBUL, BUENOS_AIRES))
    view = fit(frame(far), 960, 560, 60)
    ((said, at),) = exits(courses(far, view), view)
    assert "Buenos Aires" in said and said != "Buenos Aires"
    assert 0 <= at[0] <= 960 and 0 <= at[1] <= 560


def test_ways_that_share_a_road_run_side_by_side_and_meet_at_its_ends():
    pair = (way(1, GROZNY, TBILISI, modes=("car",)), way(2, GROZNY, TBILISI, modes=("bus",)))
    one, other = courses(pair, fit(frame(pair), 960, 560, 60))
    assert math.dist(one.points[0], other.points[0]) < 0.1
    assert math.dist(one.points[-1], other.points[-1]) < 0.1
    assert all(math.dist(a, b) > 3 for a, b in list(zip(one.points, other.points, strict=True))[8:-8])


def test_there_and_back_use_the_same_lanes():
    there, back = way(1, GROZNY, TBILISI, modes=("car",)), way(2, TBILISI, GROZNY, modes=("car",))
    one, other = courses((there, back), fit(frame([there]), 960, 560, 60))
    assert all(math.dist(a, b) > 3 for a, b in list(zip(one.points, other.points[::-1], strict=True))[8:-8])


places = st.builds(
    MapStop,
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.text(max_size=12).filter(str.isprintable),
    st.sampled_from([ORIGIN, STOP, CROSSING, DESTINATION]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(places, min_size=1, max_size=4))
def test_wherever_on_earth_the_map_can_be_drawn(stops):
    whole = drawn((way(1, *stops, modes=("car", "flight", "border")[: len(stops) - 1]),))
    assert parsed(whole).get("viewBox")
    assert "nan" not in whole and "inf" not in re.sub(r"<(title|desc|text)[^<]*", "", whole)


# Safe to stand in a page


@pytest.mark.parametrize("drawing", ALL_DRAWINGS.values(), ids=ALL_DRAWINGS)
def test_a_drawing_is_well_formed_and_asks_for_nothing(drawing):
    assert parsed(drawing).tag == f"{SVG}svg"
    assert not re.search(r"<(script|style|image|foreignObject|a)\b| style=| on\w+=|href=\"[^#]", drawing)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\((?!#)", drawing)
    assert max(Counter(ids(drawing)).values()) == 1


def test_hostile_names_stay_text_everywhere():
    evil = '"><script>alert(1)</script>&'
    drawings = (
        drawn((way(1, MapStop(43, 45, evil, ORIGIN), MapStop(41, 44, evil, DESTINATION)),), label=evil),
        journey_strip([StripStop(evil, "due", evil)] * 2, [StripLeg(evil, "now")], label=evil),
        front_plot([FrontPoint(1, 2, 0.3, 1, evil)], label=evil),
        case_timeline([Happening(NOW, evil, "due")], NOW, label=evil),
    )
    for drawing in drawings:
        assert "<script" not in drawing
        assert evil in "".join(parsed(drawing).itertext())


# The ground it is drawn on


@given(st.floats(-89, 89), st.floats(-179, 179), st.floats(-89, 89), st.floats(-179, 179))
def test_what_is_put_on_the_sheet_can_be_found_on_the_globe_again(lat1, lon1, lat2, lon2):
    here, there = vector(lat1, lon1), vector(lat2, lon2)
    view = fit([here], 100, 100, 10)
    if angle(here, there) < math.radians(135):
        assert angle(unflat(view, flat(view, there)), there) < 1e-6


@given(st.floats(-80, 80), st.floats(-179, 179), st.floats(-80, 80), st.floats(-179, 179))
def test_a_great_circle_has_even_steps_and_both_ends(lat1, lon1, lat2, lon2):
    a, b = vector(lat1, lon1), vector(lat2, lon2)
    line = great_circle(a, b, 10)
    assert len(line) == 11
    assert angle(line[0], a) < 1e-6 and angle(line[-1], b) < 1e-6
    assert max(angle(p, q) for p, q in pairwise(line)) <= angle(a, b) / 10 + 1e-6


def test_areas_compare_a_square_degree_is_as_large_at_the_rim_as_in_the_middle():
    view = fit([vector(45, 45)], 100, 100, 10)

    def size(lat: float, lon: float) -> float:
        corners = [flat(view, vector(lat + a, lon + b)) for a, b in ((0, 0), (0, 1), (1, 1), (1, 0))]
        return abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in pairwise([*corners, corners[0]]))) / 2

    assert size(45, 45) == pytest.approx(size(45, 110), rel=1e-3)


def test_neighbours_share_their_border_point_for_point():
    view = fit([vector(42.7, 44.6), vector(41.7, 44.8)], 960, 560, 60)
    ground = Ground(bundled(), view)
    russia, georgia = ({p for piece in ground.country(c) for p in piece} for c in ("RU", "GE"))
    assert len(russia & georgia) > 20


@given(st.lists(st.tuples(st.floats(-50, 150), st.floats(-50, 150)), min_size=3, max_size=12))
def test_what_is_cut_to_a_box_lies_in_the_box(polygon):
    assert all(
        -1e-6 <= x <= 100 + 1e-6 and -1e-6 <= y <= 100 + 1e-6 for x, y in cut(polygon, (0, 0, 100, 100))
    )


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=30))
def test_thinning_keeps_both_ends_and_invents_nothing(line):
    thinned = thin(line, 1.0)
    assert thinned[0] == line[0] and thinned[-1] == line[-1]
    assert set(thinned) <= set(line)


def test_names_make_way_for_each_other():
    sheet = Sheet(400, 300)
    boxes = []
    for x in (180, 200, 220):
        boxes.append(place_name(sheet, (x, 150), "Mineralnye Vody", 13, 11).box)
        sheet.take(boxes[-1])
    assert all(overlap(a, b) == 0 for a, b in combinations(boxes, 2))


# The strip of a journey

STOPS = (
    StripStop("Grozny", "done", "Checked in 06:10"),
    StripStop("Verkhny Lars", "late", "40 min late"),
    StripStop("Tbilisi", "due", "Due 15:30"),
    StripStop("Berlin", "planned", "13 Apr, 21:00"),
)
LEGS = (StripLeg("car, 4 h", "done"), StripLeg("border", "now"), StripLeg("flight, 5 h", "ahead"))


def test_every_state_of_a_check_in_has_its_own_shape_and_its_words():
    strip = str(journey_strip(STOPS, LEGS, label="Journey"))
    shapes = {
        g.get("class"): tuple(p.get("d") for p in g.iter(f"{SVG}path"))
        for g in parsed(strip).iter(f"{SVG}g")
        if "mark" in g.get("class", "").split()
    }
    assert len(shapes) == len(set(shapes.values())) == 4
    assert {stop.said for stop in STOPS} <= {t.text for t in parsed(strip).iter(f"{SVG}text")}


@pytest.mark.parametrize("width", [328, 900])
def test_a_strip_fits_its_width_lying_on_a_desk_and_standing_on_a_phone(width):
    root = parsed(journey_strip(STOPS, LEGS, label="Journey", width=width))
    _, _, wide, tall = map(float, root.get("viewBox", "").split())
    assert wide == width
    assert (tall > 200) == (width == 328)


# The plot of ways


def test_the_plot_says_the_numbers_of_the_table():
    points = [FrontPoint(1, 18.5, 0.22, 3, "€420"), FrontPoint(2, 52, 0.12, 1, "€180")]
    root = parsed(front_plot(points, label="Hours and risk"))
    desc = root.find(f"{SVG}desc").text
    assert "1: Hours 18.5" in desc and "0.22, €420" in desc
    groups = {
        g.get("class", "").split()[1]: g for g in root.iter(f"{SVG}g") if "way" in g.get("class", "").split()
    }
    assert [groups[f"way-{p.number}"].find(f"{SVG}path").get("d").count("M") for p in points] == [3, 1]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.1, 400), st.floats(0, 1)), min_size=1, max_size=12))
def test_sooner_is_left_of_later_and_discs_never_hide_each_other(pairs):
    points = [FrontPoint(n, h, r, 0, "") for n, (h, r) in enumerate(pairs, 1)]
    circles = [
        (float(c.get("cx")), float(c.get("cy")))
        for c in parsed(front_plot(points, label="x")).iter(f"{SVG}circle")
        if c.get("r") == "9.5"
    ]
    assert len(circles) == len(points)
    assert all(math.dist(a, b) > 19 for a, b in combinations(circles, 2))


# A case's time


def test_days_are_the_readers_days_and_today_is_always_among_them():
    late_evening = Happening(datetime(2026, 4, 10, 22, 30, tzinfo=UTC), "Request", "past")
    soon = Happening(NOW + timedelta(hours=1), "Check-in", "due")
    days = case_days([soon, late_evening], NOW, UTC)
    assert [str(d.day) for d in days] == ["2026-04-10", "2026-04-12"]
    assert [d.now_after for d in days] == [None, 0]
    tbilisi = case_days([late_evening], NOW, datetime.strptime("+0400", "%z").tzinfo)
    assert [str(d.day) for d in tbilisi] == ["2026-04-11", "2026-04-12"]


def test_past_lies_left_of_now_and_clocks_right_and_a_late_one_is_named():
    happenings = [
        Happening(NOW - timedelta(days=30), "Request", "past"),
        Happening(NOW - timedelta(minutes=40), "Check-in, 40 min late", "late"),
        Happening(NOW + timedelta(days=8), "Follow-up", "due"),
    ]
    root = parsed(case_timeline(happenings, NOW, label="Time", width=600))
    at = {
        g.find(f"{SVG}title").text: float(g.get("transform").split("(")[1].split()[0])
        for g in root.iter(f"{SVG}g")
        if g.find(f"{SVG}title") is not None
    }
    now = next(float(t.get("x")) for t in root.iter(f"{SVG}text") if t.text == "now")
    assert at["Request"] < at["Check-in, 40 min late"] < now < at["Follow-up"]
    assert "Check-in, 40 min late" in {t.text for t in root.iter(f"{SVG}text")}

"""What an experienced case worker looked for in real answers, and once found wrong."""

from datetime import date
from itertools import pairwise

import pytest
from ways_world import TODAY, ask, profile, refusal, rulebook, steps, world

from kunak.evacuation.ways.area import lengths
from kunak.evacuation.ways.network import draw
from kunak.evacuation.ways.profile import checked
from kunak.evacuation.ways.risk import band

RIDES = ("car", "bus", "rail")


def crossing(code: str) -> dict[str, str]:
    return next(r for r in world().crossing_rows if r["id"] == code)


def test_a_group_counts_inside_a_list_too() -> None:
    """k2 names EU|GB|…: no flight leaves Belarus for any member of the union."""
    assert {"DE", "GB", "PL"} <= world().members("EU|GB|US", TODAY)
    for state in ("DE", "PL", "FI", "LT", "GB", "CH"):
        banned = rulebook(passports=("BY",), origin="MSQ").no_service("BY", state)
        assert banned is not None and banned["id"] == "k2"
    for asked in ({"passports": ("BY",), "visas": ("PL",), "to": "PL"}, {"visas": ("DE",), "to": "DE"}):
        for plan in ask(origin="MSQ", **asked).plans:
            for leg in plan.legs:
                states = [world().place(c).country for c in (leg.origin, leg.destination)]
                assert not (leg.mode == "flight" and states[0] == "BY" and states[1] in ("DE", "PL", "FI"))


@pytest.mark.parametrize("code", ["by-lv-silene"])
def test_a_crossing_that_its_own_note_calls_closed_is_closed_whatever_its_status(code: str) -> None:
    row = crossing(code)
    assert row["status_2026"] != "closed"
    assert not rulebook().crossing(row, row["country_a"]).allowed
    before = rulebook(as_of=date(2023, 8, 1)).crossing(row, row["country_a"])
    assert before.allowed


@pytest.mark.parametrize(
    ("code", "day", "open_then"),
    [
        ("by-pl-kuznica", date(2021, 10, 31), True),
        ("by-pl-kuznica", date(2023, 1, 1), False),
        ("by-pl-kuznica", TODAY, True),
        ("tj-kg-guliston", date(2022, 1, 1), False),
        ("tj-kg-guliston", date(2025, 3, 1), True),
    ],
)
def test_a_closure_with_an_end_closes_between_its_months(code: str, day: date, open_then: bool) -> None:
    assert rulebook(as_of=day).crossing(crossing(code), crossing(code)["country_a"]).allowed == open_then


@pytest.mark.parametrize("code", ["ru-ee-narva", "ru-lv-terehova", "ru-no-storskog", "ru-pl-bezledy"])
def test_a_short_stay_visa_at_a_land_border_of_the_union_is_no_easy_way_for_a_russian(code: str) -> None:
    row = crossing(code)
    made = steps(visas=("DE",))
    step = made.border(row, "RU", row["country_b"])
    assert step is not None
    assert {"k8", "k9", "k10"} & {w.rule for w in step.why}
    assert any("no short-stay visa" in need for need in step.needs)
    assert step.place > 300  # alone a figure of 0.3 before any list is read
    belarusian = steps(passports=("BY",), origin="MSQ", visas=("DE",))
    silent = belarusian.border(crossing("by-lt-medininkai"), "BY", "LT")
    assert silent is not None and not [w for w in silent.why if w.rule.startswith("k")]
    early = steps(visas=("DE",), as_of=date(2022, 9, 1)).border(row, "RU", row["country_b"])
    assert early is None or not {"k8", "k9", "k10"} & {w.rule for w in early.why}


def test_the_land_border_of_the_union_is_not_the_safest_way_of_a_russian_who_can_fly() -> None:
    plans = ask(origin="LED", to="DE", visas=("DE",)).plans
    (safest,) = (p for p in plans if "safest" in p.tags)
    assert not any(leg.mode == "border" and leg.origin != "ru-ge-lars" for leg in safest.legs)


def test_a_restricted_crossing_and_a_winter_pass_take_longer_than_an_open_one() -> None:
    made = steps(visas=("DE",))
    lars, narva = crossing("ru-ge-lars"), crossing("ru-ee-narva")
    summer = steps(as_of=date(2026, 7, 1)).border(lars, "RU", "GE")
    winter, shut_at_night = made.border(lars, "RU", "GE"), made.border(narva, "RU", "EE")
    assert summer and winter and shut_at_night
    assert summer.wait < winter.wait < shut_at_night.wait
    (leg, *_) = [leg for leg in ask(to="GE").plans[0].legs if leg.mode == "border"]
    assert leg.hours == winter.wait / 60


def test_narva_is_passed_on_foot_alone() -> None:
    assert rulebook().passable(crossing("ru-ee-narva")) == {"foot"}
    assert rulebook(as_of=date(2018, 5, 1)).passable(crossing("ru-ee-narva")) == {"foot", "bus"}
    for plan in ask(origin="LED", to="EE", visas=("EE",), without=("foot",)).plans:
        assert not any(leg.origin == "ru-ee-narva" for leg in plan.legs)


@pytest.mark.parametrize(
    ("origin", "passport", "to", "visas", "beyond"),
    [
        ("LED", "RU", "PL", ("PL",), ("ru-pl-bezledy", "ru-pl-grzechotki")),
        ("RU:Grozny", "RU", "LT", ("LT",), ("ru-lt-kybartai", "ru-lt-panemune")),
        ("GYD", "RU", "TR", (), ("az-tr-dilucu",)),
    ],
)
def test_no_road_leads_into_a_part_of_a_state_that_lies_apart(
    origin: str, passport: str, to: str, visas: tuple[str, ...], beyond: tuple[str, ...]
) -> None:
    """To Kaliningrad and Nakhchivan one flies, or crosses another state; no bus stays inside."""
    start = world().place(origin)
    for code in beyond:
        assert world().part(world().place(code), start.country)
    for plan in ask(passports=(passport,), origin=origin, to=to, visas=visas).plans:
        for leg in plan.legs:
            ends = [world().place(c) for c in (leg.origin, leg.destination)]
            parts = {world().part(p, start.country) for p in ends if start.country in (p.country, p.beyond)}
            assert leg.mode not in RIDES or len(parts) <= 1


def test_nakhchivan_is_its_own_part_and_baku_and_grozny_are_not() -> None:
    for code, state in (("NAJ", "AZ"), ("az-tr-dilucu", "AZ"), ("KGD", "RU"), ("ru-lt-kybartai", "RU")):
        assert world().part(world().place(code), state)
    for code, state in (("GYD", "AZ"), ("ge-az-redbridge", "AZ"), ("GRV", "RU"), ("az-tr-dilucu", "TR")):
        assert not world().part(world().place(code), state)


@pytest.mark.parametrize(
    "asked",
    [
        {"lists": "clear", "to": "AM"},
        {"papers": "internal", "lists": "clear", "to": "BY"},
        {"origin": "DME", "to": "refuge"},
        {"origin": "LED", "to": "DE", "visas": ("DE",)},
    ],
    ids=str,
)
def test_no_plan_changes_from_car_to_bus_halfway_along_one_road(asked: dict[str, object]) -> None:
    for plan in ask(**asked).plans:
        assert not any(a.mode in RIDES and b.mode in RIDES for a, b in pairwise(plan.legs))


def test_who_asks_for_the_state_they_are_in_is_told_so() -> None:
    answer = ask(to="RU")
    assert not answer.plans
    assert "begins in this state" in refusal(answer, "RU")


def test_the_refusal_of_an_identity_card_names_only_where_it_is_good_from() -> None:
    told = refusal(ask(papers="internal", origin="ALA", lists="clear", to="AM"), "AM")
    assert told == "with the identity card of RU only from RU"


def test_hours_on_the_road_are_those_of_a_bus_and_a_car() -> None:
    """2,000 km are no five hours: nothing on wheels is faster than its own speed, and no ride is free."""
    fastest = {"car": 65.0, "bus": 50.0, "rail": 55.0}
    for asked in (
        {"origin": "DME", "without": ("flight",)},
        {"lists": "clear", "to": "AM"},
        {"to": "refuge"},
    ):
        for plan in ask(**asked).plans:
            for leg in plan.legs:
                if leg.mode in RIDES:
                    a, b = world().place(leg.origin), world().place(leg.destination)
                    north = abs(a.lat - b.lat) * 111.0  # km; no road is shorter than this
                    assert leg.hours > north / fastest[leg.mode]
                    assert leg.cost_eur > 0


@pytest.mark.parametrize("passport", ["RU", "AZ", "TJ", "KG", "UZ", "BY"])
def test_a_listed_person_is_never_shown_a_low_figure_out_of_the_reach(passport: str) -> None:
    home = {"RU": "GRV", "AZ": "GYD", "TJ": "DYU", "KG": "OSS", "UZ": "TAS", "BY": "MSQ"}[passport]
    for plan in ask(passports=(passport,), origin=home, lists="listed", to="refuge", visas=("DE",)).plans:
        assert band(plan.risk) == "high"
        assert plan.worst_case.blocked


def test_from_the_outer_border_a_train_or_bus_leads_on_through_the_area() -> None:
    answer = ask(origin="BY:Brest", to="DE", visas=("DE",), without=("flight",))
    assert answer.plans
    for plan in answer.plans:
        last = plan.legs[-1]
        assert (last.destination, last.arrives) == ("DE:Berlin", "inside")
        assert plan.stay.basis == "visa"
        assert last.hours > 9  # Terespol to Berlin are 700 km of road


def test_no_road_leads_over_a_sea() -> None:
    """From the Baltic states none leads to Finland or Sweden but through Russia; none to Iceland or Malta."""
    area = world().members("SCHENGEN", TODAY)
    from_narva = lengths(world(), area, world().place("EE:Narva"), "EE")
    assert not {"FI", "SE", "NO", "IS", "MT"} & set(from_narva)
    assert from_narva["DE"] > 1400  # over Riga, Vilnius and Warsaw
    assert from_narva["PT"] > from_narva["ES"] > from_narva["FR"] > from_narva["DE"]
    for state in ("FI", "SE"):
        for plan in ask(origin="LED", to=state, visas=(state,), without=("flight",)).plans:
            assert "ru-no-storskog" in [leg.origin for leg in plan.legs]  # the one land way round the gulf


def test_a_closed_airport_has_no_edge_at_all() -> None:
    """Simferopol, Rostov, Voronezh … have flights in the feed of 2014; none is drawn."""
    sound, start = checked(world(), profile(origin="DME", lists="clear"))
    drawn = draw(world(), sound, start, True)
    closed = {p.code for p in world().airports} & set(drawn.book.closed_airports)
    assert {"SIP", "ROV", "VOZ"} <= closed
    served = {drawn.spot(n).place.code for n, out in drawn.network.out.items() if out}
    reached = {drawn.spot(e.via).place.code for out in drawn.network.out.values() for e in out}
    assert not closed & (served | reached)

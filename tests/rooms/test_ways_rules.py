"""Papers, reach, borders and aims, and what every plan must be whatever was asked."""

from datetime import date
from itertools import pairwise

import pytest
from ways_world import TODAY, ask, destinations, refusal, rulebook, steps, world

from kunak.evacuation.ways.places import UnknownPlace
from kunak.evacuation.ways.profile import NoPassportState, Profile, UnknownChoice, UnknownState
from kunak.evacuation.ways.routes import as_json
from kunak.evacuation.ways.search import MAX_LEGS

ASKED: list[dict[str, object]] = [
    {},
    {"lists": "listed"},
    {"lists": "clear"},
    {"to": "refuge"},
    {"to": "DE", "visas": ("DE",)},
    {"to": "refuge", "visas": ("FR",), "origin": "RU:Makhachkala"},
    {"without": ("flight",)},
    {"papers": "internal", "lists": "clear"},
    {"papers": "internal", "lists": "clear", "to": "KG"},
    {"origin": "ru-ge-lars"},
    {"passports": ("AZ",), "origin": "GYD"},
    {"passports": ("AZ",), "papers": "internal", "origin": "GYD"},
    {"passports": ("TJ",), "origin": "DYU", "dependants": 2},
    {"passports": ("KG",), "origin": "OSS"},
    {"passports": ("UZ",), "origin": "SKD"},
    {"passports": ("BY",), "origin": "BY:Gomel", "visas": ("LT",), "to": "LT"},
    {"passports": ("RU", "IL"), "to": "IL"},
    {"origin": "EVN"},
    {"as_of": date(2018, 3, 1)},
]
SHARING = {"AM", "AZ", "BY", "KG", "KZ", "MD", "RU", "TJ", "UZ"}


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_every_plan_adds_up_connects_and_keeps_the_rules(asked: dict[str, object]) -> None:
    answer = ask(**asked)
    profile, w = answer.profile, world()
    assert len(answer.plans) <= 12
    for plan in answer.plans:
        assert 1 <= len(plan.legs) <= MAX_LEGS
        assert plan.legs[0].origin == w.place(profile.origin).code
        assert all(a.destination == b.origin for a, b in pairwise(plan.legs))
        assert plan.hours == pytest.approx(sum(leg.hours for leg in plan.legs), abs=0.02)
        assert plan.cost_eur == sum(leg.cost_eur for leg in plan.legs)
        assert plan.exposures == len(plan.exposure_list) == sum(len(leg.exposures) for leg in plan.legs)
        assert 0 < plan.risk < 1
        assert all(leg.why for leg in plan.legs)
        assert plan.legs[-1].arrives in ("enters", "inside")
        end = w.countries[plan.destination]
        assert not (end.criminalises_2018 if profile.as_of.year <= 2019 else end.criminalises_2026)
        assert profile.lists == "clear" or plan.destination not in SHARING
        assert not {leg.mode for leg in plan.legs} & set(profile.without)
        assert plan.worst_case.blocked == bool(plan.exposures)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_no_plan_shown_is_beaten_by_another(asked: dict[str, object]) -> None:
    totals = [(p.hours, p.cost_eur, p.risk, p.exposures) for p in ask(**asked).plans]
    for a in totals:
        assert not any(b != a and all(x < y for x, y in zip(b, a, strict=True)) for b in totals)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_the_safest_the_fastest_and_the_cheapest_are_always_there(asked: dict[str, object]) -> None:
    plans = ask(**asked).plans
    if not plans:
        return
    tagged = {tag: p for p in plans for tag in p.tags}
    assert set(tagged) == {"safest", "fastest", "cheapest"}
    assert tagged["safest"].risk == min(p.risk for p in plans)
    assert tagged["fastest"].hours == min(p.hours for p in plans)
    assert tagged["cheapest"].cost_eur == min(p.cost_eur for p in plans)


def test_without_papers_nothing_is_offered_and_the_answer_says_so() -> None:
    answer = ask(papers="none")
    assert not answer.plans
    assert any(r.destination == "*" and "No papers" in r.why for r in answer.refused)


def test_a_state_that_reads_the_wanted_lists_is_no_final_stop_unless_lists_are_clear() -> None:
    for lists in ("unknown", "listed"):
        assert not destinations(lists=lists) & SHARING
        assert not destinations(lists=lists, papers="internal")
        assert "G-16" in refusal(ask(lists=lists, papers="internal"), "AM")
    assert "AM" in destinations(lists="clear")


def test_the_persecutor_s_state_is_never_entered_again() -> None:
    for asked in ASKED:
        made = steps(**asked)
        for plan in ask(**asked).plans:
            states = [world().place(leg.destination).country for leg in plan.legs if leg.arrives != "inside"]
            assert not set(states) & made.reach.core


def test_no_way_leads_through_states_that_hand_over_where_it_can_be_avoided() -> None:
    handing = {"BY", "KG", "KZ", "TJ", "UZ", "AZ"}
    for plan in (*ask().plans, *ask(to="refuge").plans):
        assert not {world().place(leg.destination).country for leg in plan.legs} & handing


def test_where_it_cannot_be_avoided_the_answer_says_so() -> None:
    answer = ask(passports=("KG",), papers="internal", origin="FRU", lists="clear", to="KZ")
    assert all(p.destination == "KZ" for p in answer.plans) and answer.plans


def test_a_criminalising_state_is_never_an_end() -> None:
    assert not any(world().countries[s].criminalises_2026 for s in destinations())
    assert "punishes" in refusal(ask(to="MY"), "MY")
    assert not ask(to="MY").plans


def test_refuge_is_a_state_of_tier_a_and_a_stay_is_thirty_days_or_more() -> None:
    assert all(world().countries[s].tier == "A" for s in destinations(to="refuge"))
    for plan in ask().plans:
        assert plan.stay.days is not None and plan.stay.days >= 30


def test_a_schengen_visa_opens_the_area_once_and_the_first_entry_counts() -> None:
    book = rulebook(visas=("DE",))
    assert book.entry("LV", "RU", "land").visa == 1
    assert not rulebook().entry("LV", "RU", "land").allowed
    for plan in ask(to="DE", visas=("DE",)).plans:
        entered = [leg for leg in plan.legs if leg.arrives == "enters" and _schengen(leg.destination)]
        assert len(entered) == 1


def _schengen(code: str) -> bool:
    return world().place(code).country in world().members("SCHENGEN", TODAY)


def test_bulgaria_and_romania_are_in_the_area_from_2025_only() -> None:
    assert "BG" not in world().members("SCHENGEN", date(2024, 12, 31))
    assert "BG" in world().members("SCHENGEN", date(2025, 1, 1))


def test_a_connection_needs_no_entry_but_where_a_rule_asks_for_a_visa() -> None:
    book = rulebook()
    assert not book.entry("DE", "RU", "air").allowed
    assert book.transit("DE").allowed
    assert not book.transit("US").allowed
    assert not rulebook(passports=("AF",)).transit("DE").allowed
    assert rulebook(visas=("US",)).transit("US").allowed
    assert not rulebook(papers="internal").transit("TR").allowed


def test_the_land_border_of_russia_and_belarus_is_open_to_their_own_nationals_with_spot_checks_only() -> None:
    row = next(r for r in world().crossing_rows if r["id"] == "ru-by-krasnaya-gorka")
    step = steps().border(row, "RU", "BY")
    assert step is not None and [c.kind for c in step.contacts] == ["spot"]
    assert "o7" in [w.rule for w in step.why]
    assert steps(passports=("UZ",), origin="DME").border(row, "RU", "BY") is None


def test_by_air_russia_and_belarus_have_a_border() -> None:
    step = steps().flight("RU", "BY", from_airside=False, enters=True)
    assert step is not None and [c.kind for c in step.contacts] == ["ticket", "exit", "entry"]


def test_a_passport_that_runs_out_opens_nothing_and_a_short_one_adds_doubt() -> None:
    assert not ask(expiry=date(2026, 12, 1)).plans
    short, long = ask(expiry=date(2027, 3, 1)).plans[0], ask(expiry=date(2030, 1, 1)).plans[0]
    assert dict(short.risk_parts)["papers"] > dict(long.risk_parts)["papers"]


def test_cash_and_the_latest_day_bound_the_ways_and_are_named_when_nothing_is_left() -> None:
    assert all(p.cost_eur <= 20 for p in ask(cash_eur=20).plans)
    poor = ask(cash_eur=1)
    assert not poor.plans and "cash at hand" in refusal(poor, "*")
    late = ask(to="refuge", latest=TODAY)
    assert not late.plans and "latest day" in refusal(late, "*")


def test_the_answer_says_what_waiting_within_reach_adds() -> None:
    assert any("Waiting within reach" in note for note in ask().notes)
    assert not any("Waiting" in note for note in ask(lists="clear").notes)
    assert not any("Waiting" in note for note in ask(origin="TBS").notes)
    assert any("already in Georgia" in note for note in ask(origin="TBS").notes)


def test_a_schengen_visa_used_for_another_member_names_who_decides_a_claim() -> None:
    answer = ask(passports=("UZ",), origin="TAS", to="refuge", visas=("FR",))
    assert any("responsible for a claim" in note for note in answer.notes)


def test_dependants_pay_too() -> None:
    one, three = ask().plans, ask(dependants=2).plans
    assert min(p.cost_eur for p in three) == 3 * min(p.cost_eur for p in one)


def test_nobody_is_sent_into_a_war() -> None:
    assert "nobody is sent here" in refusal(ask(passports=("AZ",), origin="GYD"), "UA")


def test_an_identity_card_of_azerbaijan_reaches_turkey_by_direct_flight() -> None:
    plans = ask(passports=("AZ",), papers="internal", origin="GYD").plans
    assert plans and all(p.destination == "TR" and len(p.legs) <= 2 for p in plans)


def test_the_worst_case_names_the_first_authority_that_reads_a_list() -> None:
    for plan in ask(lists="listed").plans:
        assert plan.worst_case.at == plan.exposure_list[0].where
        assert plan.exposure_list[0].authority in plan.worst_case.why


def test_the_json_has_the_shape_that_was_agreed() -> None:
    told = as_json(ask(to="refuge"))
    assert {"as_of", "profile", "plans", "refused", "data"} <= told.keys()
    plan = told["plans"][0]
    assert {
        "destination",
        "stay",
        "hours",
        "cost_eur",
        "risk",
        "exposures",
        "worst_case",
        "legs",
        "stale",
    } <= plan.keys()
    assert plan["stay"].keys() == {"basis", "days"}
    assert plan["worst_case"].keys() == {"blocked", "at", "why"}
    leg = plan["legs"][0]
    assert {"from", "to", "mode", "hours", "cost_eur", "risk", "why"} <= leg.keys()
    assert {"rule", "layer", "date", "confidence"} <= leg["why"][0].keys()
    assert {"destination", "why"} <= told["refused"][0].keys()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"origin": "XXQ"}, UnknownPlace),
        ({"passports": ("ZZ",)}, UnknownState),
        ({"passports": ()}, NoPassportState),
        ({"papers": "library card"}, UnknownChoice),
        ({"lists": "maybe"}, UnknownChoice),
        ({"to": "paradise"}, UnknownState),
        ({"without": ("teleport",)}, UnknownChoice),
        ({"visas": ("Q1",)}, UnknownState),
    ],
)
def test_what_is_not_known_is_refused_in_a_sentence(
    changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error) as told:
        ask(**changes)
    assert str(told.value).endswith((".", ")."))


def test_places_are_found_as_one_types_them() -> None:
    assert world().find("groz")[0].name == "Grozny"
    assert world().find("GRV")[0].code == "GRV"
    assert world().place("ru:grozny").code == "RU:Grozny"
    assert world().place("TSE").code == "NQZ"
    assert len(world().find("a", 7)) == 7


def test_the_profile_holds_nothing_about_who_the_person_is() -> None:
    assert set(Profile.__dataclass_fields__) == {
        "passports", "papers", "origin", "lists", "to", "visas", "without", "as_of", "expiry", "cash_eur",
        "latest", "dependants", "minors", "persecutor",
    }  # fmt: skip

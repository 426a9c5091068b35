"""Every known fault of the sources is a trap: one test for each, named after it."""

from datetime import date

import pytest
from ways_world import TODAY, ask, destinations, places, profile, refusal, rulebook, steps, world

from kunak.evacuation.ways.routes import find_ways
from kunak.evacuation.ways.world import WaysDamaged, World


def airports_with_flights() -> set[str]:
    w = world()
    return {w.airports[i].code for n in (0, 1) for i in w.flights[n::3]}


def test_grozny_is_its_airport_and_never_the_garrison_at_khankala() -> None:
    grozny = world().place("GRV")
    assert (grozny.lat, grozny.lon) == (43.3883, 45.6989)
    assert not [p for p in world().airports if "khankala" in p.name.lower()]
    assert "GRV" in airports_with_flights()


def test_airports_without_a_code_are_no_places() -> None:
    assert all(len(p.code) == 3 and p.code.isalnum() for p in world().airports)


def test_every_flight_is_between_two_airports_that_exist() -> None:
    w = world()
    assert max(max(w.flights[0::3]), max(w.flights[1::3])) < len(w.airports)
    assert len(w.flights) == 3 * sum(n for _, _, n in w.pairs)


def test_codeshares_are_left_out() -> None:
    pairs = set(zip(world().flights[0::3], world().flights[1::3], strict=True))
    assert len(pairs) == len(world().flights) // 3
    assert len(pairs) < 34_500  # with codeshares there are 37,595


def test_istanbul_is_the_airport_of_today_and_not_ataturk() -> None:
    assert "ISL" not in airports_with_flights()
    ist = world().place("IST")
    assert (round(ist.lat, 2), round(ist.lon, 2)) == (41.28, 28.75)
    assert "ISL" in rulebook().closed_airports
    for plan in ask(passports=("TJ",), origin="DYU").plans:
        assert "ISL" not in places(plan)


def test_azerbaijan_to_armenia_is_refused_whatever_the_index_says() -> None:
    assert world().requirement("AZ", "AM", TODAY).requirement == "180"
    for lists in ("clear", "unknown"):
        answer = ask(passports=("AZ",), origin="GYD", lists=lists)
        assert refusal(answer, "AM") == "passport of AZ is refused in practice, rule o1"
        assert all("AM" not in (world().place(c).country for c in places(p)) for p in answer.plans)


def test_an_e_visa_that_is_decided_at_discretion_opens_nothing() -> None:
    answer = ask(to="AU")
    assert not answer.plans
    assert "rule o4" in refusal(answer, "AU")


def test_an_e_visa_opens_a_state_only_once_it_is_held() -> None:
    assert "must be granted first" in refusal(ask(to="IL"), "IL")
    assert ask(to="IL", visas=("IL",)).plans


def test_every_rule_shows_its_date_and_an_old_one_is_called_stale() -> None:
    plan = ask().plans[0]
    assert all(why.date <= TODAY for leg in plan.legs for why in leg.why)
    assert any("passport index 2026-02-17" in s for s in plan.stale)  # visa-free: older than 180 days
    fresh = ask(as_of=date(2026, 3, 1)).plans[0]
    assert not any("passport index" in s for s in fresh.stale)


def test_a_visa_free_rule_is_stale_after_180_days_and_a_required_visa_after_365() -> None:
    book = rulebook(as_of=date(2026, 11, 23))
    assert book.entry("TR", "RU", "air").why[0].stale
    assert not book.entry("DE", "RU", "air").why[0].stale
    later = rulebook(as_of=date(2027, 2, 18))
    assert later.entry("DE", "RU", "air").why[0].stale


def test_a_pair_that_changed_between_two_indexes_is_told_with_low_confidence() -> None:
    w = world()
    changed = next(
        s for s in w.states()
        if w.requirement("RU", s, date(2025, 6, 1)).requirement != w.requirement("RU", s, TODAY).requirement
    )  # fmt: skip
    assert w.requirement("RU", changed, TODAY).confidence == "low"
    assert w.requirement("RU", "GE", TODAY).confidence == "med"


AZ_GATES = ("ge-az-redbridge", "ge-az-lagodekhi", "ru-az-yarag", "az-ir-astara", "az-tr-dilucu")


@pytest.mark.parametrize("day", [TODAY, date(2021, 1, 1)])
def test_citizens_of_azerbaijan_do_not_leave_by_land(day: date) -> None:
    made = steps(passports=("AZ",), origin="GYD", as_of=day)
    for row in world().crossing_rows:
        if row["id"] in AZ_GATES:
            other = row["country_b"] if row["country_a"] == "AZ" else row["country_a"]
            assert made.border(row, "AZ", other) is None
    assert not ask(passports=("AZ",), origin="GYD", as_of=day, without=("flight",)).plans


def test_the_decree_that_ran_out_on_paper_still_closes_and_is_stale() -> None:
    why = rulebook(passports=("AZ",), origin="GYD").exit_refused("AZ", "land")
    assert why is not None and why.rule == "o3" and why.stale


def test_foreigners_may_leave_azerbaijan_by_land_but_not_enter_it() -> None:
    made = steps(passports=("RU",), origin="GYD")
    row = next(r for r in world().crossing_rows if r["id"] == "ge-az-redbridge")
    out = made.border(row, "AZ", "GE")
    assert out is not None and "k6" in [w.rule for w in out.why]
    assert made.border(row, "GE", "AZ") is None


def test_the_russian_internal_passport_reaches_armenia_by_air_only_and_directly() -> None:
    book = rulebook(papers="internal", lists="clear")
    assert book.entry("AM", "RU", "air").allowed
    assert not book.entry("AM", "GE", "land").allowed
    assert not book.entry("AM", "KZ", "air").allowed
    assert "o9" in book.entry("AM", "RU", "land").text
    for plan in ask(papers="internal", lists="clear").plans:
        assert plan.destination == "AM"
        assert plan.legs[-1].mode == "flight"
        assert world().place(plan.legs[-1].origin).country == "RU"
    assert not ask(papers="internal", lists="clear", without=("flight",)).plans


@pytest.mark.parametrize("state", ["BY", "KZ", "KG"])
def test_children_under_14_need_a_foreign_passport_from_20_january_2026(state: str) -> None:
    before = rulebook(papers="internal", minors=True, as_of=date(2026, 1, 19))
    after = rulebook(papers="internal", minors=True, as_of=date(2026, 1, 20))
    assert before.entry(state, "RU", "air").allowed
    assert "o8" in after.entry(state, "RU", "air").text
    assert rulebook(papers="internal").entry(state, "RU", "air").allowed


def test_children_under_14_always_need_a_foreign_passport_for_armenia() -> None:
    assert (
        not rulebook(papers="internal", minors=True, as_of=date(2024, 1, 1)).entry("AM", "RU", "air").allowed
    )


@pytest.mark.parametrize("mode", ["rail", "bus", "flight"])
def test_identity_is_recorded_at_every_rail_bus_and_air_ticket_in_russia(mode: str) -> None:
    step = steps().inside("RU", mode)
    assert [c.kind for c in step.contacts] == ["ticket"]
    assert "o10" in [w.rule for w in step.why]


def test_a_car_in_russia_leaves_no_ticket() -> None:
    assert not steps().inside("RU", "car").contacts


def test_identity_cards_of_tajikistan_and_azerbaijan_have_not_been_accepted_in_russia_since_2015() -> None:
    for state, home in (("TJ", "DYU"), ("AZ", "GYD")):
        verdict = rulebook(passports=(state,), papers="internal", origin=home).entry("RU", state, "air")
        assert not verdict.allowed and "not accepted" in verdict.text


def test_simferopol_and_the_closed_southern_airports_are_on_no_way() -> None:
    closed = rulebook().closed_airports
    assert {"SIP", "ROV", "EGO", "AAQ", "VOZ", "URS"} <= set(closed)
    assert "KRR" not in closed  # its row reports a reopening, of low confidence
    assert "SIP" in rulebook(as_of=date(2018, 5, 1)).closed_airports  # no lawful entry, open or not


def test_no_flight_goes_from_russia_to_the_union_nor_to_ukraine() -> None:
    book = rulebook()
    assert book.no_service("RU", "DE")["id"] == "o5"  # type: ignore[index]
    assert book.no_service("TR", "UA")["id"] == "o6"  # type: ignore[index]
    assert rulebook(as_of=date(2018, 5, 1)).no_service("RU", "DE") is None


def test_the_finnish_crossings_are_closed_and_the_norwegian_one_is_doubtful() -> None:
    made = steps(visas=("DE",))
    by_id = {r["id"]: r for r in world().crossing_rows}
    assert made.border(by_id["ru-fi-torfyanovka"], "RU", "FI") is None
    doubtful = made.border(by_id["ru-no-storskog"], "RU", "NO")
    assert doubtful is not None
    assert any(w.rule == "ru-no-storskog" and w.confidence == "low" and w.stale for w in doubtful.why)
    assert steps().border(by_id["ru-no-storskog"], "RU", "NO") is None  # without a visa


def test_lars_takes_nobody_on_foot_and_is_doubtful_in_winter() -> None:
    answer = ask(without=("car", "bus"))
    assert all("ru-ge-lars" not in places(p) for p in answer.plans)
    lars = next(r for r in world().crossing_rows if r["id"] == "ru-ge-lars")
    assert rulebook().crossing(lars, "RU").basis == "winter"
    assert rulebook(as_of=date(2026, 7, 1)).crossing(lars, "RU").basis == "open"


def test_the_old_feed_is_marked_on_every_plan_that_flies() -> None:
    for plan in ask(to="refuge").plans:
        assert "June 2014" in plan.services_note
        assert all(leg.feed == "2014" for leg in plan.legs if leg.mode == "flight")


def test_a_replay_of_2018_uses_the_index_of_2019_and_says_what_is_not_replayed() -> None:
    answer = ask(as_of=date(2018, 3, 1), to="GE")
    assert answer.plans
    assert any(w.layer == "passport index 2019-11-23" for leg in answer.plans[0].legs for w in leg.why)
    assert any("Not replayed" in note for note in answer.notes)


def test_a_damaged_file_is_refused_and_never_half_read() -> None:
    for wrong in (b"", b"KUNAKWAYS1", b"KUNAKWAYS1" + b"x" * 40):
        with pytest.raises(WaysDamaged):
            World.from_bytes(wrong)


def test_the_same_question_has_the_same_answer() -> None:
    assert find_ways(world(), profile(to="refuge")) == ask(to="refuge")
    assert destinations() == destinations()


@pytest.mark.parametrize("origin", ["SIP", "UA:Donetsk", "GE:Sukhumi"])
def test_no_road_is_drawn_out_of_occupied_territory(origin: str) -> None:
    answer = ask(passports=(origin[:2] if ":" in origin else "UA",), origin=origin, to="PL")
    assert not answer.plans
    assert "No way is planned from here" in refusal(answer, "*")


def test_states_that_nobody_recognises_are_no_destinations() -> None:
    assert not {"AB", "XO"} & set(world().countries)
    assert not {"AB", "XO"} & destinations(papers="internal", lists="clear")


def test_an_airport_that_is_no_lawful_entry_is_on_no_way() -> None:
    assert {"SUI", "ECN"} <= set(rulebook().closed_airports)


def test_an_airport_reported_open_again_is_doubtful() -> None:
    row = rulebook().reopened_airports["KRR"]
    assert row["confidence"] == "low"
    plans = ask(origin="KRR", to="TR").plans
    whys = [
        w for p in plans for leg in p.legs if leg.mode == "flight" and leg.origin == "KRR" for w in leg.why
    ]
    assert any(w.rule == "closure-KRR" and w.confidence == "low" for w in whys)

"""Triage (F4): triggers, factors, floors that beat the sum, and who may raise and lower."""

from dataclasses import replace
from datetime import timedelta

import pytest
from casework_office import T0, Office, an_office_with_a_case, days, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import casework
from kunak.casework import actions, lists
from kunak.casework.finding import CaseUnknown
from kunak.casework.triage import (
    CLOCKS,
    FACTORS,
    LEVELS,
    SUBTRACTED,
    TRIAGE_VERSION,
    TRIGGERS,
    FactorOutOfRange,
    FactorUnknown,
    TriggerUnknown,
    assess,
    by_sum,
    provisional,
)
from kunak.casework.urgency import (
    LevelUnknown,
    LoweringNeedsSecond,
    NothingProposed,
    NotLessUrgent,
    NotMoreUrgent,
)
from kunak.intake.actions import RequestUnknown
from kunak.intake.form import BY_KEY, NOT_ANSWERS
from kunak.intake.making import SecondNeeded, ValueUnknown

SOME_FACTORS = st.dictionaries(st.sampled_from(tuple(FACTORS)), st.integers(0, 3))


def test_there_are_twelve_hard_triggers_and_ten_factors_of_four_values() -> None:
    assert len(TRIGGERS) == 12
    assert len(FACTORS) == 10
    assert {len(values) for values in FACTORS.values()} == {4}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_any_one_trigger_is_p0_whatever_speaks_for_calm(trigger: str) -> None:
    assert assess([trigger], {SUBTRACTED: 3}).level == "P0"


@given(SOME_FACTORS)
def test_no_sum_makes_p0(factors: dict[str, int]) -> None:
    assert assess([], factors).level != "P0"


@pytest.mark.parametrize(
    ("total", "level"), [(-3, "P3"), (7, "P3"), (8, "P2"), (13, "P2"), (14, "P1"), (27, "P1")]
)
def test_the_sum_alone_gives_its_level_from_the_table(total: int, level: str) -> None:
    assert by_sum(total) == level


def test_what_protects_is_subtracted() -> None:
    assert assess([], {"health": 3, "obstacles": 3, "others_in_danger": 3, "reach": 1}).sum == 10
    assert (
        assess([], {"health": 3, "obstacles": 3, "others_in_danger": 3, "reach": 1, SUBTRACTED: 3}).sum == 7
    )


# Floors beat the sum: each of these sums is below that of its level.
FLOORS = [
    ({"time_window": 3}, "P1", "time_window_72h"),
    ({"time_window": 3, SUBTRACTED: 3}, "P1", "time_window_72h"),
    ({"whereabouts_known": 3, "threat": 2}, "P1", "found_and_threatened"),
    ({"whereabouts_known": 3, "threat": 3, SUBTRACTED: 3}, "P1", "found_and_threatened"),
    ({"exposure": 3, "reach": 2}, "P1", "exposed_to_power"),
    ({"exposure": 3, "reach": 3, SUBTRACTED: 2}, "P1", "exposed_to_power"),
    ({"threat": 2}, "P2", "explicit_threat"),
    ({"threat": 2, SUBTRACTED: 3}, "P2", "explicit_threat"),
    ({"threat": 3, "time_window": 1}, "P2", "explicit_threat"),
]


@pytest.mark.parametrize(("factors", "level", "floor"), FLOORS)
def test_a_low_sum_is_beaten_by_its_floor(factors: dict[str, int], level: str, floor: str) -> None:
    found = assess([], factors)
    assert by_sum(found.sum) > level
    assert found.level == level
    assert floor in {f.code for f in found.floors}


# One step below a floor, and the sum speaks alone.
@pytest.mark.parametrize(
    "factors",
    [
        {"time_window": 2},
        {"whereabouts_known": 3, "threat": 1},
        {"whereabouts_known": 2, "threat": 1, "exposure": 1},
        {"exposure": 3, "reach": 1},
        {"exposure": 2, "reach": 3},
        {"threat": 1, "time_window": 2},
    ],
)
def test_one_step_below_its_floor_the_sum_speaks_alone(factors: dict[str, int]) -> None:
    found = assess([], factors)
    assert (found.floors, found.level) == ((), "P3")


def test_the_scene_of_the_first_night_is_p1_although_its_sum_says_p2() -> None:
    found = assess([], {"time_window": 3, "threat": 1, "reach": 1, "exposure": 2, "obstacles": 2})
    assert (found.sum, by_sum(found.sum), found.level) == (9, "P2", "P1")


@given(SOME_FACTORS, st.sampled_from(tuple(FACTORS)))
def test_a_worse_factor_never_calms_and_more_protection_never_alarms(
    factors: dict[str, int], name: str
) -> None:
    before = assess([], factors)
    more = assess([], {**factors, name: min(3, factors.get(name, 0) + 1)})
    assert more.level >= before.level if name == SUBTRACTED else more.level <= before.level


@given(SOME_FACTORS)
def test_no_floor_is_ever_undercut(factors: dict[str, int]) -> None:
    found = assess([], factors)
    assert all(found.level <= floor.level for floor in found.floors)
    assert found.level <= by_sum(found.sum)
    assert found.level == min([by_sum(found.sum), *(floor.level for floor in found.floors)])


@given(SOME_FACTORS)
def test_what_nobody_could_tell_is_listed_and_adds_nothing(factors: dict[str, int]) -> None:
    found = assess([], factors)
    assert set(found.unknown) == set(FACTORS) - set(factors)
    assert found.sum == assess([], {name: factors.get(name, 0) for name in FACTORS}).sum
    assert found.version == TRIAGE_VERSION


def test_only_what_the_table_holds_is_judged() -> None:
    with pytest.raises(TriggerUnknown):
        assess(["has_a_famous_friend"], {})
    for factor in ("gratitude", "language", "worthiness"):
        with pytest.raises(FactorUnknown):
            assess([], {factor: 3})
    for value in (-1, 4):
        with pytest.raises(FactorOutOfRange):
            assess([], {"threat": value})


def test_the_clocks_are_those_of_the_table() -> None:
    table = {
        "P0": (minutes(15), minutes(30), hours(1), hours(4)),
        "P1": (hours(1), hours(2), hours(12), days(1)),
        "P2": (hours(2), hours(24), hours(72), days(3.5)),
        "P3": (hours(2), hours(72), days(7), days(14)),
    }
    for level, allowed in table.items():
        names = ("acknowledge", "decision", "first_step", "review")
        assert tuple(CLOCKS[level][name] for name in names) == allowed
    assert (CLOCKS["P1"]["assign"], CLOCKS["P2"]["assign"]) == (hours(1), hours(3))
    assert CLOCKS["P3"]["human_answer"] == hours(24)


@pytest.mark.parametrize(
    ("danger", "safe_now", "level"),
    [
        ("now", "yes", "P0"), ("within_hours", "yes", "P1"), ("within_days", "yes", "P2"),
        ("no", "yes", "P3"),
        ("later_or_not_sure", "yes", "P2"), ("declined", "yes", "P2"), ("not_asked", "yes", "P2"),
        ("no", "no", "P1"), ("no", "not_sure", "P2"), ("now", "no", "P0"),
    ],
)  # fmt: skip
def test_before_anyone_judged_a_request_waits_where_its_answers_put_it(
    danger: str, safe_now: str, level: str
) -> None:
    assert provisional(danger, safe_now) == level


@given(st.sampled_from((*BY_KEY["danger"].options, *NOT_ANSWERS)), st.sampled_from(("yes", "not_sure", "no")))
def test_only_a_plain_no_to_danger_by_someone_safe_waits_longest(danger: str, safe_now: str) -> None:
    assert (provisional(danger, safe_now) == "P3") is (danger == "no" and safe_now == "yes")


# Raising is free; lowering takes two and a reason.


def test_anyone_raises_at_once() -> None:
    office = an_office_with_a_case()
    assert office.case().level == "P3"
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="missed_check_in", by="clara")
    assert office.case().level == "P0"


def test_raising_goes_up_only() -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="judgement")
    for level in ("P1", "P2", "P3"):
        with pytest.raises(NotMoreUrgent):
            office.do(actions.raise_priority, subject="C-1", level=level, reason="judgement")
    with pytest.raises(LevelUnknown):
        office.do(actions.raise_priority, subject="C-1", level="P-1", reason="judgement")
    with pytest.raises(ValueUnknown):
        office.do(actions.raise_priority, subject="C-1", level="P0", reason="because")


def test_an_unread_request_is_not_calmed_by_raising_it_to_less_than_it_claims() -> None:
    office = Office()
    office.receive(danger="now")
    given = {"subject": "R-1", "reason": "judgement", "requests": office.requests}
    with pytest.raises(NotMoreUrgent):
        office.do(actions.raise_priority, level="P1", **given)
    office.do(actions.raise_priority, level="P0", **given)
    assert office.case("R-1").level == "P0"


def test_a_second_triage_may_raise_alone_but_lower_only_with_a_second_and_a_reason() -> None:
    office = Office()
    office.receive()
    office.triage(triggers=["child_alone"])
    with pytest.raises(LoweringNeedsSecond):
        office.triage()
    with pytest.raises(LoweringNeedsSecond):
        office.triage(second="boris")
    with pytest.raises(LoweringNeedsSecond):
        office.triage(reasons=["reached_safety"])
    with pytest.raises(SecondNeeded):
        office.triage(second="anna", reasons=["reached_safety"])
    with pytest.raises(ValueUnknown):
        office.triage(second="boris", reasons=["it has been calm"])
    assert office.case("R-1").level == "P0"
    office.triage(second="boris", reasons=["reached_safety"], at=T0 + hours(1))
    assert office.case("R-1").level == "P3"


def test_two_lower_it_with_a_reason_from_the_list_and_calm_is_not_in_it() -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="new_threat")
    lower = {"subject": "C-1", "level": "P2", "second": "boris"}
    with pytest.raises(LoweringNeedsSecond):
        office.do(actions.lower_priority, reasons=[], **lower)
    with pytest.raises(ValueUnknown):
        office.do(actions.lower_priority, reasons=["community_calm"], **lower)
    with pytest.raises(SecondNeeded):
        office.do(actions.lower_priority, reasons=["reached_safety"], **{**lower, "second": "anna"})
    with pytest.raises(NotLessUrgent):
        office.do(actions.lower_priority, reasons=["reached_safety"], **{**lower, "level": "P1"})
    with pytest.raises(NotLessUrgent):
        office.do(actions.lower_priority, reasons=["reached_safety"], **{**lower, "subject": "C-404"})
    with pytest.raises(LevelUnknown):
        office.do(actions.lower_priority, reasons=["reached_safety"], **{**lower, "level": "P9"})
    assert not any("calm" in reason for reason in lists.LOWERING_REASONS)
    office.do(actions.lower_priority, reasons=["reached_safety"], at=T0 + hours(1), **lower)
    assert office.case().level == "P2"


def test_a_proposed_lowering_changes_nothing_until_another_member_confirms_it() -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="new_threat", at=T0 + hours(1))
    with pytest.raises(NothingProposed):
        office.do(actions.confirm_lowering, subject="C-1")
    office.do(actions.propose_lowering, subject="C-1", level="P3", reasons=["reached_safety"])
    assert office.case().level == "P1"
    with pytest.raises(SecondNeeded):
        office.do(actions.confirm_lowering, subject="C-1")
    office.do(actions.confirm_lowering, subject="C-1", by="boris", at=T0 + hours(2))
    assert (office.case().level, office.case().proposed) == ("P3", None)


def test_a_proposal_dies_when_somebody_raises_meanwhile() -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="new_threat", at=T0 + hours(1))
    office.do(actions.propose_lowering, subject="C-1", level="P2", reasons=["reached_safety"])
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="new_threat", at=T0 + hours(2))
    with pytest.raises(NothingProposed):
        office.do(actions.confirm_lowering, subject="C-1", by="boris")
    assert office.case().level == "P0"


def test_a_lowering_that_did_not_know_of_a_new_alarm_does_not_count_and_is_shown() -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="new_threat", at=T0 + hours(1))
    offline = actions.lower_priority(
        office.cases, subject="C-1", level="P3", reasons=["reached_safety"], second="boris", by="clara",
        at=T0 + hours(3), id="offline",
    )  # fmt: skip
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="new_threat", at=T0 + hours(2))
    office.hear(offline)
    assert office.case().level == "P0"
    assert office.case().disputed == ("offline.0",)
    assert any(why.kind == "disputed" for why in office.row("C-1").why)
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="judgement", at=T0 + hours(4))
    assert office.case().disputed == ()


def test_two_members_offline_who_judge_differently_leave_the_more_urgent_level() -> None:
    office = Office()
    office.receive()
    grave = actions.record_triage(
        office.cases, subject="R-1", triggers=["suicide"], factors={}, requests=office.requests, by="anna",
        at=T0, id="a",
    )  # fmt: skip
    calm = actions.record_triage(
        office.cases, subject="R-1", triggers=[], factors={}, requests=office.requests, by="boris",
        at=T0 + minutes(5), id="b",
    )  # fmt: skip
    for order in (grave + calm, calm + grave):
        assert casework.fold(casework.EMPTY, order).get("R-1").level == "P0"


@pytest.mark.parametrize("forged", [{"second": ""}, {"second": "anna"}, {"reasons": ()}, {"basis": "other"}])
def test_a_lowering_written_past_the_rule_lowers_nobody(forged: dict[str, object]) -> None:
    office = an_office_with_a_case()
    office.do(actions.raise_priority, subject="C-1", level="P1", reason="new_threat", at=T0 + hours(1))
    (honest,) = actions.lower_priority(
        office.cases, subject="C-1", level="P3", reasons=["reached_safety"], second="boris", by="anna",
        at=T0 + hours(2), id="x",
    )  # fmt: skip
    assert casework.fold(office.cases, [honest]).get("C-1").level == "P3"
    assert casework.fold(office.cases, [replace(honest, **forged)]).get("C-1").level == "P1"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.integers(0, 50)), min_size=1, max_size=8), st.randoms())
def test_raisings_heard_in_any_order_leave_the_most_urgent(raised, random) -> None:
    office = an_office_with_a_case()
    news = [
        casework.entries.PriorityRaised(
            id=f"r{n}",
            at=T0 + timedelta(minutes=m),
            by="clara",
            subject="C-1",
            level=level,
            reason="judgement",
        )
        for n, (level, m) in enumerate(raised)
    ]
    random.shuffle(news)
    state = office.cases
    for entry in news:
        state = casework.fold(state, [entry])
    assert state.get("C-1").level == min("P3", *(level for level, _ in raised))


def test_triage_needs_a_request_or_a_case_that_is_known() -> None:
    with pytest.raises(RequestUnknown):
        Office().triage("R-404")
    with pytest.raises(CaseUnknown):
        Office().do(actions.write_note, subject="C-404", text="x")


def test_a_triage_holds_codes_and_numbers_and_no_text() -> None:
    office = Office()
    office.receive()
    (triaged,) = office.triage(triggers=["suicide"], factors={"threat": 2})
    assert triaged.compartment == "index"
    assert (triaged.version, triaged.floors, triaged.factors) == (
        TRIAGE_VERSION,
        ("explicit_threat",),
        {"threat": 2},
    )

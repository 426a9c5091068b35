"""Members who are apart prepare and watch one journey: nothing that says danger is ever merged away."""

import contextlib

import pytest
from apart_office import Device, meet
from evacuation_office import LAWYER_CHECKED, T0, a_way, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.errors import Refused
from kunak.evacuation import actions, facts, queries
from kunak.evacuation.refusals import ChecksMissing

BEFORE = T0 - hours(48)
YES = {"consents": {"line-1"}}


def do(device: Device, action, at=BEFORE, **given):
    return device.do(action, at=at, subject="J-1", **given)


def check(device: Device, at=BEFORE, **other) -> None:
    do(device, actions.check_exit_risk, at, **{**LAWYER_CHECKED, **other})


def drafted() -> tuple[Device, Device]:
    """A plan with every check filled, known to anna and boris."""
    anna, boris = Device("anna"), Device("boris")
    do(anna, actions.plan_journey, case="C-1", plan_type="evacuate", trusted_person=True)
    do(anna, actions.choose_way, way=a_way(), coordinator="anna")
    do(anna, actions.link_consent, consent_line="line-1", **YES)
    check(anna)
    do(anna, actions.decide_stop, choice="public", with_name=True)
    paper = facts.Paper(kind="foreign_passport", state="RU")
    do(anna, actions.check_papers, papers=(paper,), enough=True)
    meet(anna, boris)
    return anna, boris


def proposed() -> tuple[Device, Device]:
    anna, boris = drafted()
    do(anna, actions.complete_checks, **YES)
    do(anna, actions.propose_go)
    meet(anna, boris)
    return anna, boris


def ready() -> tuple[Device, Device]:
    anna, boris = proposed()
    do(boris, actions.decide_go, go=True, **YES)
    meet(anna, boris)
    return anna, boris


def moving() -> tuple[Device, Device]:
    anna, boris = ready()
    do(anna, actions.start_journey, T0, **YES)
    meet(anna, boris)
    return anna, boris


# What is checked before travel


def test_of_two_exit_checks_made_apart_each_worse_answer_counts():
    anna, boris = drafted()
    check(anna, wanted="hit", phone="clean")
    check(boris, BEFORE + minutes(1), exit_stop="not_checked", phone="own", dependants=2)
    meet(anna, boris)
    risk = anna.journey().exit_risk
    assert (risk.wanted, risk.exit_stop, risk.phone, risk.dependants) == ("hit", "not_checked", "own", 2)
    assert [x.by for x in boris.journey().standing.exit_risks] == ["anna", "boris"]
    assert {"hit_wanted", "unchecked_exit_stop"} <= set(queries.missing_checks(anna.journey()))


def test_of_two_stop_decisions_the_quieter_counts_and_both_are_kept():
    anna, boris = drafted()
    do(anna, actions.decide_stop, choice="public", with_name=True, after_minutes=30)
    do(boris, actions.decide_stop, choice="lawyer_only", after_minutes=240)
    meet(anna, boris)
    decision = boris.journey().stop_decision
    assert (decision.choice, decision.with_name, decision.after) == ("lawyer_only", False, 240)
    assert len(boris.journey().standing.stop_decisions) == 2
    do(boris, actions.decide_stop, choice="public", with_name=True)
    meet(anna, boris)
    assert anna.journey().stop_decision.choice == "public"


def test_two_ways_chosen_apart_let_nobody_start_until_one_is_kept():
    anna, boris = drafted()
    do(anna, actions.choose_way, way=a_way(2), coordinator="anna")
    do(boris, actions.choose_way, BEFORE + minutes(1), way=a_way(4), coordinator="boris")
    meet(anna, boris)
    assert "settle_way" in queries.missing_checks(anna.journey())
    assert len(anna.journey().standing.ways) == 2
    with pytest.raises(ChecksMissing):
        do(anna, actions.complete_checks, **YES)
    chosen = anna.journey().standing.ways[0]
    do(anna, actions.keep_way, chosen=chosen.id)
    meet(anna, boris)
    assert "settle_way" not in queries.missing_checks(boris.journey())
    assert boris.journey().way == chosen.way


def test_a_way_that_is_not_there_cannot_be_kept():
    anna, _ = drafted()
    with pytest.raises(Refused):
        do(anna, actions.keep_way, chosen="nothing")


def test_papers_that_were_enough_for_one_way_say_nothing_of_one_chosen_apart():
    anna, boris = drafted()
    paper = facts.Paper(kind="internal_passport", state="RU")
    do(boris, actions.choose_way, way=a_way(2), coordinator="anna")
    do(anna, actions.check_papers, BEFORE + hours(1), papers=(paper,), enough=True)
    meet(anna, boris)
    assert "papers" in queries.missing_checks(boris.journey())


def test_a_no_decided_apart_from_a_go_counts():
    for go_first in (True, False):
        anna, boris = proposed()
        clara = Device("clara")
        meet(anna, boris, clara)
        do(boris, actions.decide_go, BEFORE + minutes(1 if go_first else 3), go=True, **YES)
        do(clara, actions.decide_go, BEFORE + minutes(2), go=False, **YES)
        meet(anna, boris, clara)
        assert anna.journey().state == "draft"
        assert {x.go for x in anna.journey().standing.decisions} == {True, False}


def test_a_danger_found_apart_from_the_go_stops_the_start():
    anna, boris = proposed()
    check(anna, wanted="hit")
    do(boris, actions.decide_go, go=True, **YES)
    meet(anna, boris)
    with pytest.raises((ChecksMissing, Refused)):
        do(boris, actions.start_journey, **YES)


def test_the_person_is_looked_for_on_the_way_on_which_they_set_out():
    anna, boris = ready()
    do(anna, actions.start_journey, T0, **YES)
    do(boris, actions.choose_way, T0 + minutes(1), way=a_way(2, destination="FR"), coordinator="boris")
    meet(anna, boris)
    for device in (anna, boris):
        journey = device.journey()
        assert journey.way == a_way()
        assert [c.due for c in journey.schedule] == [leg.check_in_due for leg in a_way().legs]
        assert len(journey.standing.ways) == 2
        assert journey.on_the_way


def test_of_two_schedules_set_apart_on_the_way_the_earlier_sign_is_awaited():
    anna, boris = moving()
    for device in (anna, boris):
        do(device, actions.pause_journey, T0 + hours(1), reason="waiting", next_sign=T0 + hours(9))
    meet(anna, boris)
    do(anna, actions.resume_journey, T0 + hours(2), next_sign=T0 + hours(6))
    do(boris, actions.resume_journey, T0 + hours(2), next_sign=T0 + hours(8))
    meet(anna, boris)
    assert queries.awaited(boris.journey()).due == T0 + hours(6)
    assert len(boris.journey().standing.schedules) == 2


# On the way


def silent() -> tuple[Device, Device, Device]:
    """Nobody has heard of the person for a day; three devices know all there is."""
    anna, boris = moving()
    clara = Device("clara")
    meet(anna, boris, clara)
    return anna, boris, clara


LATE = T0 + hours(30)


@pytest.mark.parametrize("found_later", [-20, 20])
def test_missing_and_found_decided_apart_are_both_kept_and_the_person_stays_missing(found_later):
    anna, boris, _ = silent()
    do(anna, actions.decide_missing, LATE, second="dina")
    do(boris, actions.find_again, LATE + minutes(found_later), second="emil", how="met_in_person",
       next_sign=LATE + hours(3))  # fmt: skip
    meet(anna, boris)
    journey = boris.journey()
    assert journey.missing_since is not None
    assert journey.found_at
    do(boris, actions.find_again, LATE + hours(1), second="emil", how="met_in_person",
       next_sign=LATE + hours(3))  # fmt: skip
    meet(anna, boris)
    assert anna.journey().missing_since is None


def test_a_sign_and_a_missing_decided_apart_are_shown_side_by_side_until_settled():
    anna, boris, _ = silent()
    do(anna, actions.decide_missing, LATE, second="dina")
    do(boris, actions.mark_check_in, LATE - minutes(5), leg=1)
    meet(anna, boris)
    ((mark, step),) = queries.said_apart(anna.journey())
    assert (mark.by, step.by) == ("boris", "dina")
    assert anna.journey().missing_since is not None
    do(anna, actions.find_again, LATE + hours(1), second="dina", how="met_in_person",
       next_sign=LATE + hours(3))  # fmt: skip
    assert not queries.said_apart(anna.journey())


def test_a_step_taken_apart_from_a_sign_is_shown():
    anna, boris = moving()
    late = T0 + hours(6)
    do(anna, actions.take_step, late, step="cover_message")
    do(boris, actions.mark_check_in, late - minutes(10), leg=1)
    meet(anna, boris)
    assert len(queries.said_apart(boris.journey())) == 1
    do(boris, actions.mark_check_in, T0 + hours(8), leg=2)
    assert not queries.said_apart(boris.journey())


def test_being_heard_of_does_not_end_a_duress_sign_that_was_not_known():
    anna, boris, _ = silent()
    do(anna, actions.mark_check_in, LATE, leg=1, sign="duress")
    do(boris, actions.find_again, LATE + minutes(1), second="emil", how="met_in_person",
       next_sign=LATE + hours(3))  # fmt: skip
    meet(anna, boris)
    assert boris.journey().under_control == LATE


def test_safety_confirmed_apart_from_a_duress_sign_does_not_stand():
    anna, boris = moving()
    do(anna, actions.mark_check_in, T0 + hours(14), leg=3, sign="duress")
    do(boris, actions.mark_check_in, T0 + hours(15), leg=3)
    do(boris, actions.record_arrival, T0 + hours(15))
    do(boris, actions.confirm_safe, T0 + hours(16), how="agreed_sign")
    meet(anna, boris)
    journey = boris.journey()
    assert journey.state == "arrived"
    assert journey.on_the_way
    assert "ConfirmedSafe" in {clash.kind for clash in journey.conflicts}
    do(boris, actions.confirm_safe, T0 + hours(17), how="met_in_person", second="emil")
    meet(anna, boris)
    assert anna.journey().state == "confirmed_safe"
    assert anna.journey().under_control is None


@pytest.mark.parametrize("resumed_later", [-5, 5])
def test_going_on_ends_no_stop_at_a_border_that_was_not_known(resumed_later):
    anna, boris = moving()
    do(anna, actions.pause_journey, T0 + hours(1), reason="waiting", next_sign=T0 + hours(9))
    meet(anna, boris)
    do(anna, actions.stop_at_border, T0 + hours(2))
    do(boris, actions.resume_journey, T0 + hours(2) + minutes(resumed_later), next_sign=T0 + hours(6))
    meet(anna, boris)
    assert boris.journey().state == "paused"
    assert boris.journey().stop is not None
    do(boris, actions.resume_journey, T0 + hours(3), next_sign=T0 + hours(6))
    meet(anna, boris)
    assert anna.journey().stop is None


# Any way of being apart

WISHES = {
    "risk": lambda n, at: (actions.check_exit_risk, {**LAWYER_CHECKED, "wanted": facts.CHECKED[n % 3]}),
    "stop": lambda n, at: (actions.decide_stop, {"choice": facts.STOP_CHOICES[n % 4]}),
    "way": lambda n, at: (actions.choose_way, {"way": a_way(n % 4 + 1), "coordinator": "anna"}),
    "mark": lambda n, at: (actions.mark_check_in, {"leg": n % 3 + 1}),
    "duress": lambda n, at: (actions.mark_check_in, {"leg": n % 3 + 1, "sign": "duress"}),
    "step": lambda n, at: (actions.take_step, {"step": "cover_message"}),
    "missing": lambda n, at: (actions.decide_missing, {"second": "zoe"}),
    "found": lambda n, at: (
        actions.find_again,
        {"second": "zoe", "how": "met_in_person", "next_sign": at + hours(3)},
    ),
    "border": lambda n, at: (actions.stop_at_border, {}),
}
TURNS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from((*WISHES, "hear")),
        st.integers(0, 5),
        st.integers(-40, 40),
    ),
    min_size=4,
    max_size=12,
)


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 6), st.booleans(), TURNS, st.randoms(use_true_random=False))
def test_however_members_were_apart_the_journey_is_the_same_and_no_danger_is_lost(
    nodes, begun, turns, chance
):
    first, second = moving() if begun else drafted()
    devices = [first, second, *(Device(f"member{n}") for n in range(2, nodes))]
    meet(*devices)
    for turn, (who, what, value, wrong) in enumerate(turns):
        device, at = devices[who % nodes], T0 + hours(20 + turn) + minutes(wrong)
        if what == "hear":
            other = list(devices[value % nodes].heard.values())
            device.hear(chance.sample(other, chance.randint(0, len(other))))
            continue
        action, wish = WISHES[what](value, at)
        with contextlib.suppress(Refused):
            do(device, action, at, **wish)
    meet(*devices)
    journey = devices[0].journey()
    assert all(device.knows == devices[0].knows for device in devices)
    unanswered = [d for d in journey.doubts if d.until is None]
    answered = {old for x in journey.heard for old in getattr(x, "seen", ())}
    assert all(d.id in {x.id for x in unanswered} | answered for d in journey.doubts)
    assert journey.exit_risk.wanted == min(
        (x.wanted for x in journey.standing.exit_risks), key=("hit", "not_checked", "checked_by_lawyer").index
    )

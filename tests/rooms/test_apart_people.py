"""Members who are apart edit what safety hangs on: every value is kept, and the careful one counts."""

import contextlib
from dataclasses import replace

import pytest
from apart_office import Device, meet, two_devices_with_a_case
from casework_office import T0, days, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import casework, intake
from kunak.casework.consent import holds, stopped_apart
from kunak.errors import Refused
from kunak.intake.contact import ContactChannel, SafeContactPlan, Window
from kunak.intake.queries import contact_permission

PLAN = SafeContactPlan(
    may_contact="as_below",
    channels=(ContactChannel(kind="sms", address="1", seen_by="nobody"),),
    utc_offset_minutes=0,
    windows=(Window(start=8 * 60, end=20 * 60),),
    duress_word="winter",
    safe_word="summer",
    never_say=("the shelter",),
)
note_plan, keep_plan = intake.actions.note_plan, intake.actions.keep_plan


def planned(device: Device, plan: SafeContactPlan, at=T0) -> None:
    device.do(note_plan, at=at, subject="R-1", plan=plan)


def both_planned(first: SafeContactPlan, second: SafeContactPlan) -> tuple[Device, Device]:
    anna, boris = two_devices_with_a_case()
    planned(anna, first)
    planned(boris, second, T0 + minutes(1))
    meet(anna, boris)
    return anna, boris


# The safe-contact plan


def test_a_plan_noted_after_another_stands_alone():
    anna, boris = two_devices_with_a_case()
    planned(anna, PLAN)
    meet(anna, boris)
    planned(boris, replace(PLAN, safe_word="spring"), T0 + minutes(1))
    meet(anna, boris)
    assert [one.plan.safe_word for one in anna.request().plans] == ["spring"]


def test_a_slow_clock_does_not_undo_an_edit_that_was_made_later():
    anna, boris = two_devices_with_a_case()
    planned(anna, PLAN, T0 + days(2))
    meet(anna, boris)
    planned(boris, replace(PLAN, safe_word="spring"), T0 + hours(1))
    meet(anna, boris)
    assert anna.request().plan.safe_word == "spring"


def test_two_plans_made_apart_stand_side_by_side_with_who_and_when():
    anna, boris = both_planned(PLAN, replace(PLAN, duress_word="autumn"))
    for device in (anna, boris):
        assert [(one.by, one.plan.duress_word) for one in device.request().plans] == [
            ("anna", "winter"),
            ("boris", "autumn"),
        ]
        assert device.request().plan.duress_word == "winter / autumn"


@pytest.mark.parametrize(
    "changed",
    [
        {"sender_name": "Aunt"},
        {"may_contact": "only_they"},
        {"channels": (ContactChannel(kind="sms", address="2"),)},
        {"channels": ()},
        {"cover_text": "parcel"},
        {"utc_offset_minutes": 180},
    ],
)
def test_no_message_leaves_while_two_plans_differ_in_what_it_would_show(changed):
    anna, _ = both_planned(PLAN, replace(PLAN, **changed))
    permission = contact_permission(anna.request(), "sms", T0 + hours(3))
    assert (permission.allowed, permission.why) == (False, "plans_differ")
    with pytest.raises(intake.contact.ContactNotAllowed):
        anna.do(intake.actions.write_reply, at=T0 + hours(3), subject="R-1", text="Hello", channel="sms")
    assert contact_permission(anna.request(), "web_code", T0 + hours(3)).allowed


def test_of_two_plans_with_other_hours_only_the_hours_of_both_are_open():
    late = replace(PLAN, windows=(Window(start=18 * 60, end=22 * 60),))
    anna, _ = both_planned(PLAN, late)
    closed = contact_permission(anna.request(), "sms", T0 + hours(1))  # ten o'clock
    assert not closed.allowed
    assert closed.next_at == T0 + hours(9)
    assert contact_permission(anna.request(), "sms", T0 + hours(9)).allowed
    assert not contact_permission(anna.request(), "sms", T0 + hours(12)).allowed


def test_plans_without_a_common_hour_open_none():
    night = replace(PLAN, windows=(Window(start=60, end=120),))
    anna, _ = both_planned(PLAN, night)
    closed = contact_permission(anna.request(), "sms", T0 + hours(1))
    assert (closed.allowed, closed.next_at) == (False, None)


def test_the_plan_to_start_from_allows_no_more_than_each():
    other = replace(PLAN, leave_message="cover_text", never=(Window(start=0, end=600),), never_say=("name",))
    anna, _ = both_planned(PLAN, other)
    plan = anna.request().plan
    assert plan.leave_message == "never"
    assert plan.never == other.never
    assert plan.never_say == ("the shelter", "name")


def test_one_step_settles_which_plan_holds():
    anna, boris = both_planned(PLAN, replace(PLAN, sender_name="Aunt"))
    chosen = anna.request().plans[1]
    anna.do(keep_plan, at=T0 + hours(1), subject="R-1", chosen=chosen.id)
    meet(anna, boris)
    assert [one.plan.sender_name for one in boris.request().plans] == ["Aunt"]
    assert contact_permission(boris.request(), "sms", T0 + hours(3)).allowed


def test_two_plans_are_not_confirmed_as_one():
    anna, _ = both_planned(PLAN, replace(PLAN, sender_name="Aunt"))
    with pytest.raises(intake.actions.PlansDiffer):
        anna.do(intake.actions.reconfirm_plan, at=T0 + hours(1), subject="R-1")
    with pytest.raises(intake.actions.NoPlanYet):
        anna.do(keep_plan, at=T0 + hours(1), subject="R-1", chosen="nothing")


def test_confirming_one_plan_confirms_no_plan_that_was_made_apart():
    anna, boris = two_devices_with_a_case()
    planned(anna, PLAN)
    meet(anna, boris)
    planned(boris, replace(PLAN, safe_word="spring"), T0 + minutes(1))
    anna.do(intake.actions.reconfirm_plan, at=T0 + days(10), subject="R-1")
    meet(anna, boris)
    assert anna.request().plan_confirmed_at == T0 + minutes(1)


# How sure we are


def test_the_lower_grade_counts_and_both_are_kept():
    anna, boris = two_devices_with_a_case()
    grade = intake.actions.note_confidence
    anna.do(grade, at=T0, subject="R-1", person_grade="V3", account_grade="A1")
    boris.do(grade, at=T0 + minutes(1), subject="R-1", person_grade="V1", account_grade="A2")
    meet(anna, boris)
    assert (anna.request().person_grade, anna.request().account_grade) == ("V1", "A1")
    assert [x.by for x in boris.request().grades] == ["anna", "boris"]
    assert not intake.queries.help_allowed(anna.request(), "place")


def test_a_hostile_sign_that_was_seen_apart_is_not_taken_back():
    anna, boris = two_devices_with_a_case()
    note = intake.actions.note_hostile_signs
    anna.do(note, at=T0, subject="R-1", signs=["seized_device"])
    meet(anna, boris)
    anna.do(note, at=T0 + hours(1), subject="R-1", signs=[])
    boris.do(note, at=T0 + minutes(5), subject="R-1", signs=["seized_device", "wants_named_worker"])
    meet(anna, boris)
    assert set(anna.request().hostile_signs) == {"seized_device", "wants_named_worker"}
    assert intake.queries.needs_second_worker(boris.request())


# How urgent


def test_a_lowering_never_wins_over_a_raise_it_did_not_know_whatever_the_clocks_say():
    for later in (-30, 30):
        anna, boris = two_devices_with_a_case()
        boris.do(
            casework.actions.lower_priority, at=T0 + hours(1) + minutes(later), subject="C-1", level="P3",
            reasons=["reached_safety"], second="clara",
        )  # fmt: skip
        anna.do(
            casework.actions.raise_priority, at=T0 + hours(1), subject="C-1", level="P0", reason="new_threat"
        )
        meet(anna, boris)
        assert anna.case().level == boris.case().level == "P0"
        assert {x.level for x in anna.case().judgements} == {"P0", "P3"}
        assert anna.case().disputed


def test_two_triages_made_apart_are_both_shown_and_the_more_urgent_counts():
    anna, boris = two_devices_with_a_case()
    triage = casework.actions.record_triage
    anna.do(triage, at=T0 + minutes(1), subject="C-1", triggers=["child_alone"], factors={})
    boris.do(triage, at=T0 + minutes(2), subject="C-1", triggers=(), factors={"time_window": 3})
    meet(anna, boris)
    case = boris.case()
    assert (case.level, case.triage.triggers) == ("P0", ("child_alone",))
    assert {x.level for x in case.judgements} == {"P0", "P1"}


def test_the_next_judgement_settles_the_level():
    anna, boris = two_devices_with_a_case()
    for device in (anna, boris):
        device.do(casework.actions.raise_priority, at=T0 + hours(1), subject="C-1", level="P0",
                  reason="new_threat")  # fmt: skip
    meet(anna, boris)
    anna.do(
        casework.actions.lower_priority, at=T0 + hours(2), subject="C-1", level="P2",
        reasons=["reached_safety"], second="clara",
    )  # fmt: skip
    meet(anna, boris)
    assert boris.case().level == "P2"
    assert len(boris.case().judgements) == 1
    assert not boris.case().disputed


# Who works on it, and what is needed


def test_workers_assigned_apart_all_stay_until_somebody_looks():
    anna, boris = two_devices_with_a_case()
    assign = casework.actions.assign_workers
    anna.do(assign, at=T0, subject="C-1", workers=["anna", "clara", "dina"])
    boris.do(assign, at=T0, subject="C-1", workers=["boris", "emil"])
    meet(anna, boris)
    assert set(anna.case().workers) == {"anna", "boris", "clara", "dina", "emil"}
    assert len(anna.case().assignments) == 2
    anna.do(assign, at=T0 + hours(1), subject="C-1", workers=["anna"])
    meet(anna, boris)
    assert boris.case().workers == ("anna",)


def test_of_two_states_of_a_need_the_more_open_one_counts():
    anna, boris = two_devices_with_a_case()
    note = casework.actions.note_need
    anna.do(note, at=T0 + hours(1), subject="C-1", need="medicines", need_state="met")
    boris.do(note, at=T0, subject="C-1", need="medicines", need_state="wanted")
    meet(anna, boris)
    assert anna.case().needs == {"medicines": "wanted"}
    assert [x.state for x in anna.case().needs_said["medicines"]] == ["wanted", "met"]


# Consent

YES = {
    "subject": "C-1", "purpose": "p12", "organisation": "Radio Heron", "role": "editor", "scope": ["need"],
    "mode": "written", "understanding": "yes",
}  # fmt: skip


def test_a_withdrawal_beats_a_yes_that_was_asked_for_apart():
    anna, boris = two_devices_with_a_case()
    (first,) = anna.do(casework.actions.give_consent, at=T0, **YES)
    meet(anna, boris)
    anna.do(casework.actions.withdraw_consent, at=T0 + hours(1), subject="C-1", line=first.id)
    (again,) = boris.do(casework.actions.give_consent, at=T0 + hours(2), **YES)
    meet(anna, boris)
    assert not casework.queries.valid_consents(boris.case(), "p12", T0 + hours(3))
    assert stopped_apart(boris.case(), again)


@pytest.mark.parametrize("typed", ["Дог1а", "ДОГIА", "Дог|а "])
def test_a_withdrawal_beats_a_yes_for_the_same_one_typed_otherwise(typed):
    """A palochka, dotless i, ғ or an apostrophe is no other organisation."""
    anna, boris = two_devices_with_a_case()
    (first,) = anna.do(casework.actions.give_consent, at=T0, **{**YES, "organisation": "ДогӀа"})
    meet(anna, boris)
    anna.do(casework.actions.withdraw_consent, at=T0 + hours(1), subject="C-1", line=first.id)
    (again,) = boris.do(casework.actions.give_consent, at=T0 + hours(2), **{**YES, "organisation": typed})
    meet(anna, boris)
    assert again.organisation == typed.strip()
    assert not holds(boris.case(), again, T0 + hours(3))


def test_a_yes_that_was_asked_for_after_the_withdrawal_holds():
    anna, boris = two_devices_with_a_case()
    (first,) = anna.do(casework.actions.give_consent, at=T0, **YES)
    anna.do(casework.actions.withdraw_consent, at=T0 + hours(1), subject="C-1", line=first.id)
    meet(anna, boris)
    (again,) = boris.do(casework.actions.give_consent, at=T0 + hours(2), **YES)
    meet(anna, boris)
    assert holds(anna.case(), again, T0 + hours(3))


def test_stopping_one_line_leaves_another_line_that_was_known():
    anna, boris = two_devices_with_a_case()
    (first,) = anna.do(casework.actions.give_consent, at=T0, **YES)
    (second,) = anna.do(casework.actions.give_consent, at=T0 + minutes(1), **YES)
    anna.do(casework.actions.withdraw_consent, at=T0 + hours(1), subject="C-1", line=first.id)
    meet(anna, boris)
    assert holds(boris.case(), second, T0 + hours(3))


def test_a_yes_used_and_stopped_apart_is_shown_as_both_and_holds_no_longer():
    anna, boris = two_devices_with_a_case()
    (line,) = anna.do(casework.actions.give_consent, at=T0, **YES)
    meet(anna, boris)
    anna.do(casework.actions.use_consent, at=T0 + hours(1), subject="C-1", line=line.id)
    boris.do(casework.actions.withdraw_consent, at=T0 + hours(2), subject="C-1", line=line.id)
    meet(anna, boris)
    case = anna.case()
    assert line.id in case.used
    assert line.id in case.withdrawn
    assert not holds(case, line, T0 + minutes(90))
    assert [recall.line for recall in casework.queries.recalls(case)] == [line.id]


# Any way of being apart

TURNS = st.lists(
    st.tuples(
        st.integers(0, 4),  # whose turn
        st.sampled_from(("note", "plan", "grade", "signs", "raise", "lower", "workers", "need", "hear")),
        st.integers(0, 4),  # which value, or from whom something is heard
        st.integers(-90, 90),  # how wrong the clock is, in minutes
    ),
    min_size=4,
    max_size=14,
)
WISHES = {
    "plan": lambda n: (note_plan, {"subject": "R-1", "plan": replace(PLAN, safe_word=f"word {n}")}),
    "grade": lambda n: (
        intake.actions.note_confidence,
        {"subject": "R-1", "person_grade": f"V{n}", "account_grade": "A0"},
    ),
    "signs": lambda n: (
        intake.actions.note_hostile_signs,
        {"subject": "R-1", "signs": intake.actions.HOSTILE_SIGNS[:n]},
    ),
    "raise": lambda n: (
        casework.actions.raise_priority,
        {"subject": "C-1", "level": f"P{n % 3}", "reason": "new_threat"},
    ),
    "lower": lambda n: (
        casework.actions.lower_priority,
        {"subject": "C-1", "level": "P3", "second": "zoe", "reasons": ["reached_safety"]},
    ),
    "workers": lambda n: (
        casework.actions.assign_workers,
        {"subject": "C-1", "workers": [f"worker {n}"]},
    ),
    "need": lambda n: (
        casework.actions.note_need,
        {"subject": "C-1", "need": "place", "need_state": casework.lists.NEED_STATES[n]},
    ),
}


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 6), TURNS, st.randoms(use_true_random=False))
def test_however_members_were_apart_all_devices_come_to_know_the_same(nodes, turns, chance):
    first, second = two_devices_with_a_case()
    devices = [first, second, *(Device(f"member{n}") for n in range(2, nodes))]
    meet(*devices)
    notes = []
    for turn, (who, what, value, wrong) in enumerate(turns):
        device, at = devices[who % nodes], T0 + hours(2 + turn) + minutes(wrong)
        if what == "hear":  # something of what another knows, in any order
            other = list(devices[value % nodes].heard.values())
            device.hear(chance.sample(other, chance.randint(0, len(other))))
        elif what == "note":
            notes.append(f"note {turn}")
            device.do(casework.actions.write_note, at=at, subject="C-1", text=notes[-1])
        else:
            action, wish = WISHES[what](value)
            with contextlib.suppress(Refused):
                device.do(action, at=at, **wish)
    meet(*devices)
    assert all(device.knows == devices[0].knows for device in devices)
    assert sorted(note.text for note in devices[0].case().notes) == sorted(notes)
    _nothing_unseen_is_gone(devices[0])


def _nothing_unseen_is_gone(device: Device) -> None:
    """Every value that was ever set stands, or somebody who had seen it replaced it."""
    case, request = device.case(), device.request()
    standing = {
        *(x.id for x in (*request.plans, *request.grades, *request.signs, *case.assignments)),
        *(x.id for x in case.judgements),
        *case.disputed,
        *(x.id for said in case.needs_said.values() for x in said),
    }
    replaced = {old for x in device.heard.values() for old in getattr(x, "replaces", ())}
    settable = {x.id for x in device.heard.values() if hasattr(x, "replaces")}
    assert settable <= standing | replaced
    assert case.level == min(x.level for x in case.judgements)

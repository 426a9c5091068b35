"""The work of a case: needs, notes, threats, the follow-up clock, closing."""

from datetime import date

import pytest
from casework_office import T0, an_office_with_a_case, days, hours
from hypothesis import given
from hypothesis import strategies as st

from kunak import casework, intake
from kunak.casework import actions, lists, queries
from kunak.casework.caring import CaseNotClosed, CloseReasonNeeded, SilenceIsNoClosing
from kunak.casework.finding import CaseIsClosed, CaseUnknown
from kunak.casework.followup import STEPS
from kunak.intake.making import SecondNeeded, TextEmpty, ValueUnknown

THREAT = {
    "subject": "C-1",
    "day": date(2031, 3, 5),
    "channel": "call",
    "source": "family",
    "target": "person",
}
CLOSE = {"subject": "C-1", "reasons": ["goals_met"], "second": "boris"}


def a_safe_case(**ticked: str):
    office = an_office_with_a_case(**ticked)
    office.do(actions.start_follow_up, subject="C-1")
    return office


def steps(office, at=None):
    return {step.step: step for step in queries.follow_up(office.case(), at or office.now)}


# Needs, notes


def test_there_are_sixteen_needs_and_each_has_one_state() -> None:
    office = an_office_with_a_case()
    assert len(lists.NEEDS) == 16
    office.do(actions.note_need, subject="C-1", need="papers", need_state="wanted")
    office.do(actions.note_need, subject="C-1", need="papers", need_state="met", at=T0 + hours(1))
    assert office.case().needs == {"papers": "met"}
    for wrong in ({"need": "religion", "need_state": "met"}, {"need": "papers", "need_state": "maybe"}):
        with pytest.raises(ValueUnknown):
            office.do(actions.note_need, subject="C-1", **wrong)


def test_a_note_says_something() -> None:
    office = an_office_with_a_case()
    with pytest.raises(TextEmpty):
        office.do(actions.write_note, subject="C-1", text=" ")
    office.do(actions.write_note, subject="C-1", text=" we spoke ")
    assert [note.text for note in office.case().notes] == ["we spoke"]


# Threats


def test_a_threat_is_logged_in_the_work_and_the_index_learns_only_that_there_is_one() -> None:
    office = an_office_with_a_case()
    arrived, noted = office.do(
        actions.note_threat, text="uncle knows the town", now_known=["country"], **THREAT
    )
    assert (arrived.compartment, noted.compartment) == ("index", "work")
    assert "uncle" not in str(arrived) and noted.arrival == arrived.id
    assert office.case().threats == (noted,)


@pytest.mark.parametrize(
    "wrong", [{"channel": "smoke"}, {"source": "clan"}, {"target": "cat"}, {"now_known": ["everything"]}]
)
def test_a_threat_is_told_in_the_words_of_the_form(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueUnknown):
        an_office_with_a_case().do(actions.note_threat, **{**THREAT, **wrong})


# Follow-up


def test_before_the_person_is_safe_no_follow_up_runs() -> None:
    office = an_office_with_a_case()
    assert queries.follow_up(office.case(), T0 + days(9)) == ()
    office.do(actions.do_follow_up, subject="C-1", step="24h")
    office.do(actions.note_threat, **THREAT)
    assert queries.follow_up(office.case(), T0 + days(9)) == ()


def test_from_confirmed_safe_there_are_nine_steps_to_a_year() -> None:
    office = a_safe_case()
    after = {step.step: step.due - T0 for step in queries.follow_up(office.case(), T0)}
    assert after == {
        "2h": hours(2), "24h": hours(24), "72h": hours(72), "7d": days(7), "14d": days(14), "30d": days(30),
        "90d": days(90), "180d": days(180), "365d": days(365),
    }  # fmt: skip


def test_safety_confirmed_earlier_counts_from_then_and_never_from_tomorrow() -> None:
    office = an_office_with_a_case()
    office.do(actions.start_follow_up, subject="C-1", confirmed_safe_at=T0 + hours(1), at=T0 + hours(5))
    assert office.case().confirmed_safe_at == T0 + hours(1)
    office.do(actions.start_follow_up, subject="C-1", confirmed_safe_at=T0 + days(3), at=T0 + hours(6))
    assert office.case().confirmed_safe_at == T0 + hours(6)


def test_a_step_is_overdue_from_its_hour_and_the_queue_shows_it() -> None:
    office = a_safe_case()
    assert not steps(office, T0 + hours(1.9))["2h"].overdue
    assert steps(office, T0 + hours(2))["2h"].overdue
    (clock,) = [c for c in office.row("C-1", T0 + hours(25)).clocks if c.name == "follow_up"]
    assert (clock.step, clock.due, clock.overdue) == ("24h", T0 + hours(2), True)
    assert office.row("C-1", T0 + hours(1)).next_action == "acknowledge"


def test_a_step_that_was_done_counts_for_those_before_it() -> None:
    office = a_safe_case()
    office.do(actions.do_follow_up, subject="C-1", step="72h", answers={"safe": "yes"}, at=T0 + days(3))
    done = [step.step for step in queries.follow_up(office.case(), office.now) if step.done]
    assert done == ["2h", "24h", "72h"]
    office.do(actions.do_follow_up, subject="C-1", step="2h", at=T0 + days(4))
    assert [s.step for s in queries.follow_up(office.case(), office.now) if s.done] == done
    assert office.case().follow_ups[0].answers == {"safe": "yes"}


def test_what_was_said_at_a_follow_up_is_for_the_workers_only() -> None:
    done, noted = a_safe_case().do(actions.do_follow_up, subject="C-1", step="2h", text="she sleeps badly")
    assert (done.compartment, noted.compartment) == ("index", "work")
    assert "sleeps" not in str(done)


@pytest.mark.parametrize(
    "wrong", [{"step": "tomorrow"}, {"answers": {"faith": "yes"}}, {"answers": {"safe": "9 of 10"}}]
)
def test_a_follow_up_asks_the_questions_of_the_form(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueUnknown):
        a_safe_case().do(actions.do_follow_up, **{"subject": "C-1", "step": "2h", **wrong})


@given(st.sampled_from(tuple(STEPS)[:9]), st.integers(1, 400 * 24))
def test_a_new_threat_starts_again_at_24_hours_whatever_was_done(step: str, after: int) -> None:
    office = a_safe_case()
    office.do(actions.do_follow_up, subject="C-1", step=step, at=T0 + hours(0.5))
    threatened = T0 + hours(after)
    office.do(actions.note_threat, at=threatened, **THREAT)
    left = queries.follow_up(office.case(), threatened)
    assert [s.step for s in left] == list(STEPS)[1:9]
    assert left[0].due == threatened + hours(24)
    assert not any(s.done for s in left)


def test_after_a_year_the_question_comes_yearly_only_with_consent_to_it() -> None:
    office = a_safe_case()
    office.do(actions.do_follow_up, subject="C-1", step="365d", at=T0 + days(365))
    assert "2y" not in steps(office)
    yes = {
        "subject": "C-1", "purpose": "p16", "organisation": "this office", "role": "case worker",
        "scope": ["contact"], "mode": "said_and_repeated_back", "understanding": "yes",
    }  # fmt: skip
    (line,) = office.do(actions.give_consent, **yes)
    assert steps(office)["2y"].due == T0 + days(730)
    assert "3y" not in steps(office)
    office.do(actions.withdraw_consent, subject="C-1", line=line.id)
    assert "2y" not in steps(office)


# Closing


def test_closing_takes_two_and_a_reason() -> None:
    office = an_office_with_a_case()
    with pytest.raises(CloseReasonNeeded) as refused:
        office.do(actions.close_case, **{**CLOSE, "reasons": []})
    assert "goals_met" in refused.value.advice()
    for second in ("", "anna"):
        with pytest.raises(SecondNeeded):
            office.do(actions.close_case, **{**CLOSE, "second": second})
    for wrong in ({"reasons": ["tired"]}, {"checklist": ["photo taken"]}):
        with pytest.raises(ValueUnknown):
            office.do(actions.close_case, **{**CLOSE, **wrong})
    office.do(actions.close_case, checklist=["way_back_given"], **CLOSE)
    assert not office.case().is_open
    assert office.queue() == ()


def test_a_closing_that_one_member_wrote_past_the_rule_closes_nothing() -> None:
    office = an_office_with_a_case()
    forged = casework.entries.CaseClosed(
        id="x",
        at=T0 + hours(1),
        by="anna",
        subject="C-1",
        reasons=("goals_met",),
        checklist=(),
        second="anna",
    )
    office.hear((forged,))
    assert office.case().is_open


def test_silence_closes_nobody_who_was_threatened_within_a_year() -> None:
    office = an_office_with_a_case()
    silent = {**CLOSE, "reasons": ["no_contact_after_ladder"]}
    office.do(actions.note_threat, **THREAT)
    with pytest.raises(SilenceIsNoClosing):
        office.do(actions.close_case, at=T0 + days(364), **silent)
    office.do(actions.close_case, at=T0 + days(365), **silent)


def test_closed_is_not_safe_a_threat_and_a_message_still_come_through_and_anyone_reopens() -> None:
    office = an_office_with_a_case()
    with pytest.raises(CaseNotClosed):
        office.do(actions.reopen_case, subject="C-1")
    office.do(actions.close_case, **CLOSE)
    with pytest.raises(CaseIsClosed):
        office.do(actions.note_need, subject="C-1", need="papers", need_state="wanted")
    office.do(actions.note_threat, at=T0 + days(2), **THREAT)
    office.do(intake.actions.receive_message, subject="R-1", text="help", by="person", at=T0 + days(3))
    row = office.row("C-1")
    assert ([c.name for c in row.clocks], row.status) == (["answer"], "closed")
    office.do(actions.reopen_case, subject="C-1", by="clara", at=T0 + days(4))
    assert office.case().is_open


def test_a_closed_case_is_asked_once_a_year_while_the_person_wants_it() -> None:
    office = a_safe_case()
    office.do(actions.do_follow_up, subject="C-1", step="365d", at=T0 + days(365))
    yes = {
        "subject": "C-1", "purpose": "p16", "organisation": "this office", "role": "case worker",
        "scope": ["contact"], "mode": "written", "understanding": "yes",
    }  # fmt: skip
    office.do(actions.give_consent, at=T0 + days(366), **yes)
    office.do(actions.close_case, at=T0 + days(367), **CLOSE)
    assert office.queue(T0 + days(729)) == ()
    (row,) = office.queue(T0 + days(730))
    assert ([c.step for c in row.clocks], row.next_action) == (["2y"], "follow_up")


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (actions.note_need, {"need": "papers", "need_state": "met"}),
        (actions.write_note, {"text": "x"}),
        (actions.note_threat, {k: v for k, v in THREAT.items() if k != "subject"}),
        (actions.start_follow_up, {}),
        (actions.do_follow_up, {"step": "2h"}),
        (actions.close_case, {"reasons": ["goals_met"], "second": "boris"}),
        (actions.reopen_case, {}),
    ],
)
def test_nothing_is_done_with_a_case_that_is_not_known(action, given) -> None:
    with pytest.raises(CaseUnknown):
        an_office_with_a_case().do(action, subject="C-404", **given)

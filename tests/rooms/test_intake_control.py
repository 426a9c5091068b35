"""Is it they? Challenges, freezing, who trusts a thread again, and the one gate before every word (F2, F3)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from apart_office import Device, meet, two_devices_with_a_case
from casework_office import T0, Office, days, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import intake
from kunak.intake import actions, entries, queries
from kunak.intake.contact import ContactChannel, ContactNotAllowed, SafeContactPlan, Window
from kunak.intake.control import Control
from kunak.intake.lists import CHALLENGE_OUTCOMES, FREEZE_REASONS, OVERRIDE_REASONS, RESTORED_BY
from kunak.intake.making import SecondNeeded, TextEmpty, ValueUnknown
from kunak.intake.neutral import NEUTRAL, agreed_words, is_neutral
from kunak.intake.sending import (
    ChannelRetired,
    NothingToOverride,
    OnlyNeutral,
    ThreadIsFrozen,
    WrongPersonFirst,
)
from kunak.intake.trusting import NoLookAsked, NothingDoubted, WarningNotKnown

WHERE = "The driver waits at the bus station at six."
QUESTION = "What colour was the cup?"
FIRST, FREED, LATER = T0 + hours(1), T0 + hours(5), T0 + hours(6)
ALWAYS = Window(start=0, end=24 * 60)
PLAN = SafeContactPlan(
    may_contact="as_below",
    channels=(
        ContactChannel(kind="call", address="17", seen_by="family"),
        ContactChannel(kind="trusted_person", address="the aunt", seen_by="nobody"),
    ),
    utc_offset_minutes=0,
    windows=(ALWAYS,),
    challenge_question=QUESTION,
    challenge_answer="green",
    duress_word="umbrella",
    wrong_person="hang_up",
)
NEUTRAL_SENTENCE = NEUTRAL["catalogue"]["en"]


def an_office(plan: SafeContactPlan | None = PLAN) -> Office:
    office = Office()
    office.do(
        actions.receive_request, subject="R-1", answers=intake.form.parse({"safe_now": ["yes"]}), received_at=T0,
        mailbox="m", reply_key="00", by="person",
    )  # fmt: skip
    if plan is not None:
        office.do(actions.note_plan, subject="R-1", plan=plan)
    return office


def put(office: Office, outcome: str = "failed", at=FIRST) -> None:
    office.do(actions.put_challenge, subject="R-1", outcome=outcome, at=at)


def burned() -> Office:
    office = an_office()
    put(office)
    put(office, at=T0 + hours(2))
    return office


def frozen(**facts: object) -> Office:
    office = an_office()
    office.do(actions.freeze_thread, subject="R-1", reason="phone_seized", at=T0 + hours(2), **facts)
    return office


def trusted(office: Office, how: str = "met_in_person", at=FREED) -> Office:
    office.do(actions.restore_trust, subject="R-1", how=how, second="boris", at=at)
    return office


def say(office: Office, text: str, channel: str = "web_code", at=LATER) -> None:
    office.do(actions.write_reply, subject="R-1", text=text, channel=channel, at=at)


# Challenges


def test_one_failed_challenge_is_a_slip_and_two_are_not() -> None:
    office = an_office()
    put(office)
    assert not office.request().control.possible
    put(office, at=T0 + hours(2))
    control = office.request().control
    assert control.possible and not control.frozen
    assert control.since == T0 + hours(2)


def test_an_answer_whispered_by_another_is_no_answer_and_a_sign_of_a_hostile_contact() -> None:
    office = an_office()
    office.do(
        actions.note_hostile_signs, subject="R-1", signs=["wants_named_worker"], absent=["seized_device"]
    )
    put(office, "second_voice")
    assert set(office.request().hostile_signs) == {"wants_named_worker", "second_voice_helps"}
    assert [one.no for one in office.request().signs] == [("seized_device",)]
    put(office, "failed", at=T0 + hours(2))
    assert office.request().control.possible


def test_a_passed_challenge_takes_no_failure_back() -> None:
    office = an_office()
    for outcome, at in (("failed", 1), ("passed", 2), ("failed", 3)):
        put(office, outcome, at=T0 + hours(at))
    assert office.request().control.possible


def test_one_word_of_duress_is_enough() -> None:
    office = an_office()
    put(office, "duress_word")
    assert office.request().control.possible


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        (actions.put_challenge, {"outcome": "perhaps"}),
        (actions.freeze_thread, {"reason": "a feeling"}),
        (actions.freeze_thread, {"reason": "phone_seized", "retired": ["pigeon"]}),
        (actions.restore_trust, {"how": "they said so", "second": "boris"}),
        (actions.give_second_look, {"verdict": "hostile"}),
    ],
)
def test_every_word_is_from_its_list(action, wrong) -> None:
    with pytest.raises(ValueUnknown):
        burned().do(action, subject="R-1", **wrong)


def test_no_word_of_question_or_answer_is_in_the_index() -> None:
    office = trusted(burned())
    index = "".join(str(x) for x in office.log if x.compartment == "index")
    assert QUESTION not in index and "green" not in index and "umbrella" not in index
    state = intake.fold(intake.EMPTY, [x for x in burned().log if x.compartment == "index"])
    assert state.get("R-1").control.possible, "whoever reads the index alone knows it too"


# What goes out


def test_to_a_thread_that_is_possibly_under_control_only_neutral_sentences_go() -> None:
    office = burned()
    for text in (WHERE, "All right.", NEUTRAL_SENTENCE + " At six."):
        with pytest.raises(OnlyNeutral):
            say(office, text)
    say(office, NEUTRAL_SENTENCE)
    say(office, f"  {QUESTION}\r\n")
    assert [m.text for m in office.request().messages] == [NEUTRAL_SENTENCE, QUESTION]


def test_the_persons_own_words_are_neutral_and_no_other_plans() -> None:
    assert agreed_words([PLAN, replace(PLAN, cover_text="the parcel is ready")]) == (
        QUESTION,
        "the parcel is ready",
    )
    assert not is_neutral(QUESTION)
    assert is_neutral(QUESTION, [PLAN])


@settings(max_examples=60)
@given(text=st.text(min_size=1, max_size=200), outcome=st.sampled_from(CHALLENGE_OUTCOMES[1:]))
def test_no_text_but_a_neutral_one_is_ever_written_while_it_is_doubted(text: str, outcome: str) -> None:
    office = an_office()
    put(office, outcome)
    put(office, "failed", at=T0 + hours(2))
    with pytest.raises((OnlyNeutral, TextEmpty)):
        say(office, text)
    assert office.request().messages == ()


@pytest.mark.parametrize("channel", intake.form.CHANNELS)
def test_into_a_frozen_thread_nothing_goes_on_no_channel(channel: str) -> None:
    office = frozen()
    with pytest.raises(ThreadIsFrozen):
        say(office, NEUTRAL_SENTENCE, channel)
    with pytest.raises(ThreadIsFrozen):
        anyway(office, channel=channel)
    assert queries.contact_permission(office.request(), channel, T0 + hours(6)).why == "frozen"


def test_answers_that_wait_are_held_back_for_good_and_neutral_ones_only_while_it_is_frozen() -> None:
    office = an_office()
    say(office, WHERE, at=T0 + minutes(90))
    say(office, NEUTRAL_SENTENCE, at=T0 + minutes(91))
    where, neutral = (m.id for m in office.request().messages)
    waiting = lambda: [reply.reply_id for _, reply in queries.undelivered(office.requests)]  # noqa: E731
    assert waiting() == [where, neutral]
    put(office, at=T0 + minutes(92))
    put(office, at=T0 + minutes(93))
    assert waiting() == [neutral]
    assert queries.held_back(office.request()) == {where}
    trusted(office)
    assert waiting() == [neutral], "what it says may not be true any more"
    say(office, WHERE, at=T0 + hours(7))
    assert len(waiting()) == 2
    office.do(actions.freeze_thread, subject="R-1", reason="phone_seized", at=T0 + hours(8))
    assert waiting() == []


def test_no_grade_opens_a_place_while_somebody_else_may_be_writing() -> None:
    office = burned()
    office.do(actions.note_confidence, subject="R-1", person_grade="V4", account_grade="A4")
    assert queries.help_allowed(office.request(), "advice")
    for kind in ("place", "route", "meeting", "small_voucher"):
        assert not queries.help_allowed(office.request(), kind)
    assert queries.help_allowed(trusted(office).request(), "place")


def test_the_plan_that_was_made_freely_stands() -> None:
    for office in (burned(), frozen()):
        for action, facts in (
            (actions.note_plan, {"plan": replace(PLAN, challenge_answer="red")}),
            (actions.reconfirm_plan, {}),
            (actions.keep_plan, {"chosen": office.request().plans[0].id}),
        ):
            with pytest.raises(actions.PlanStands):
                office.do(action, subject="R-1", **facts)


# What comes in


def test_what_comes_while_it_is_frozen_counts_as_said_under_control() -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="hello", by="person", at=T0 + minutes(20))
    office.do(actions.freeze_thread, subject="R-1", reason="phone_seized", at=T0 + minutes(50))
    # Arrivals are noted by the quarter in which they came: 12:50 to 13:05 are one quarter for a letter.
    office.do(actions.receive_message, subject="R-1", text="stop searching", by="person", at=T0 + minutes(55))
    said = [queries.said_under_control(office.request(), m) for m in office.request().messages]
    assert said == [False, True]


def test_what_comes_through_a_retired_code_counts_so_for_ever() -> None:
    office = trusted(frozen())
    office.do(actions.receive_message, subject="R-1", text="it is me", by="person", at=T0 + days(9))
    assert queries.said_under_control(office.request(), office.request().messages[-1])


def test_what_comes_after_trust_was_restored_counts_again() -> None:
    office = trusted(burned())
    office.do(actions.receive_message, subject="R-1", text="it is me", by="person", at=T0 + hours(6))
    assert not queries.said_under_control(office.request(), office.request().messages[-1])


# Handles


def test_what_was_on_the_phone_stays_shut_when_the_thread_is_free_again() -> None:
    office = trusted(frozen())
    for channel in ("web_code", "call"):
        with pytest.raises(ChannelRetired):
            say(office, "hello", channel)
    assert queries.contact_permission(office.request(), "call", T0 + hours(6)).why == "retired"
    with pytest.raises(ChannelRetired):
        office.do(actions.note_plan, subject="R-1", plan=replace(PLAN, safe_word="summer"))


def test_another_way_can_be_agreed_then() -> None:
    office = trusted(frozen())
    new = (*PLAN.channels[1:], ContactChannel(kind="call", address="18", seen_by="nobody"))
    office.do(actions.note_plan, subject="R-1", plan=replace(PLAN, channels=new), at=T0 + hours(6))
    say(office, "hello", "call", at=T0 + hours(7))


def test_a_way_that_was_not_on_the_phone_opens_once_the_plan_is_asked_again() -> None:
    office = trusted(frozen())
    with pytest.raises(ContactNotAllowed, match="reconfirm_first"):
        say(office, "hello", "trusted_person")
    office.do(actions.reconfirm_plan, subject="R-1", at=T0 + hours(6))
    say(office, "hello", "trusted_person", at=T0 + hours(7))


def test_a_mistake_gives_back_what_was_shut() -> None:
    office = trusted(frozen(), "marked_by_mistake")
    assert office.request().control.retired == frozenset()
    office.do(actions.reconfirm_plan, subject="R-1", at=T0 + hours(6))
    say(office, "hello", "call", at=T0 + hours(7))


def test_what_came_and_waited_while_it_was_frozen_by_mistake_is_as_if_nothing_had_been() -> None:
    office = an_office()
    say(office, WHERE, at=T0 + minutes(90))
    office.do(actions.freeze_thread, subject="R-1", reason="phone_seized", at=T0 + hours(2))
    office.do(actions.receive_message, subject="R-1", text="hello", by="person", at=T0 + hours(3))
    assert queries.undelivered(office.requests) == ()
    trusted(office, "marked_by_mistake")
    assert [reply.text for _, reply in queries.undelivered(office.requests)] == [WHERE]
    assert not queries.said_under_control(office.request(), office.request().messages[-1])


def test_the_mailbox_of_a_retired_code_is_emptied_once_for_each_freeze() -> None:
    office = frozen()
    assert queries.mailboxes_to_empty(office.requests) == (("R-1", "m"),)
    office.do(actions.note_emptied, subject="R-1", by="program")
    assert queries.mailboxes_to_empty(office.requests) == ()
    office.do(actions.freeze_thread, subject="R-1", reason="person_held", at=T0 + hours(9))
    assert queries.mailboxes_to_empty(office.requests) == (("R-1", "m"),)


# Trusting again


@pytest.mark.parametrize("how", RESTORED_BY)
def test_two_members_end_it_and_say_by_what_they_know(how: str) -> None:
    for office in (burned(), frozen()):
        with pytest.raises(SecondNeeded):
            office.do(actions.restore_trust, subject="R-1", how=how, second="anna", by="anna")
        assert not trusted(office, how).request().control.possible


def test_there_is_no_trust_to_restore_where_nobody_doubts() -> None:
    with pytest.raises(NothingDoubted):
        trusted(an_office())


def test_an_answer_that_names_one_member_ends_nothing() -> None:
    office = burned()
    alone = entries.TrustRestored(
        id="x", at=T0 + hours(9), by="anna", subject="R-1", how="met_in_person", second="anna",
        seen=office.request().control.known,
    )  # fmt: skip
    office.hear((alone,))
    assert office.request().control.possible


def two_apart() -> tuple[Device, Device]:
    anna, boris = two_devices_with_a_case()
    anna.do(actions.note_plan, at=T0, subject="R-1", plan=PLAN)
    meet(anna, boris)
    return anna, boris


def test_a_doubt_noted_apart_from_the_answer_brings_all_of_them_back() -> None:
    anna, boris = two_apart()
    for at in (1, 2):
        anna.do(actions.put_challenge, at=T0 + hours(at), subject="R-1", outcome="failed")
    meet(anna, boris)
    boris.do(actions.put_challenge, at=T0 + hours(3), subject="R-1", outcome="failed")
    anna.do(actions.restore_trust, at=T0 + hours(4), subject="R-1", how="met_in_person", second="zoe")
    assert not anna.request().control.possible
    meet(anna, boris)
    assert anna.request().control.possible
    anna.do(actions.restore_trust, at=T0 + hours(5), subject="R-1", how="met_in_person", second="zoe")
    meet(anna, boris)
    assert not boris.request().control.possible


def test_two_failures_that_two_members_noted_apart_are_two() -> None:
    anna, boris = two_apart()
    anna.do(actions.put_challenge, at=T0 + hours(1), subject="R-1", outcome="failed")
    boris.do(actions.put_challenge, at=T0 + hours(1), subject="R-1", outcome="failed")
    assert not anna.request().control.possible
    meet(anna, boris)
    assert anna.request().control.possible and boris.request().control.possible


def test_a_slow_clock_does_not_undo_the_answer_of_two() -> None:
    office = burned()
    trusted(office, at=T0 - hours(3))
    assert not office.request().control.possible


ACTS = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose turn
        st.sampled_from(("fail", "duress", "freeze", "restore", "hear")),
        st.integers(0, 2),
        st.integers(-90, 90),  # how wrong the clock is, in minutes
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_however_members_were_apart_nobody_ends_a_doubt_that_they_had_not_heard_of(acts) -> None:
    first, second = two_apart()
    devices = [first, second, Device("carl")]
    meet(*devices)
    for n, (turn, what, other, wrong) in enumerate(acts):
        device, at = devices[turn], T0 + hours(n + 1) + timedelta(minutes=wrong)
        if what == "hear":
            device.hear(devices[other].heard.values())
        elif what == "restore" and device.request().control.standing:
            device.do(actions.restore_trust, at=at, subject="R-1", how="met_in_person", second="zoe")
        elif what == "freeze":
            device.do(actions.freeze_thread, at=at, subject="R-1", reason="phone_seized")
        elif what in ("fail", "duress"):
            outcome = {"fail": "failed", "duress": "duress_word"}[what]
            device.do(actions.put_challenge, at=at, subject="R-1", outcome=outcome)
    meet(*devices)
    control: Control = devices[0].request().control
    assert all(device.request().control == control for device in devices)
    heard = devices[0].heard.values()
    answers = [x for x in heard if isinstance(x, entries.TrustRestored)]
    for doubt in control.doubts:
        known = any(doubt.id in answer.seen for answer in answers)
        assert known or doubt.until is None
    hard = [d for d in control.doubts if d.kind != "failed" and not any(d.id in a.seen for a in answers)]
    assert not hard or control.possible


# A second look


def test_two_signs_ask_another_member_once_and_decide_nothing() -> None:
    office = an_office()
    two = ["asks_where_shelter_is", "wants_named_worker"]
    office.do(actions.note_hostile_signs, subject="R-1", signs=two[:1], absent=["seized_device"])
    assert office.request().looks_asked == ()
    for _ in range(2):
        office.do(actions.note_hostile_signs, subject="R-1", signs=two, absent=["seized_device"])
    (asked,) = office.request().looks_asked
    assert office.request().status == "new" and not office.request().control.possible
    assert "shelter" not in str(next(x for x in office.log if x.id == asked))


def test_who_asked_does_not_give_the_second_look() -> None:
    office = an_office()
    two = ["asks_where_shelter_is", "wants_named_worker"]
    office.do(actions.note_hostile_signs, subject="R-1", signs=two, by="anna")
    with pytest.raises(SecondNeeded):
        office.do(actions.give_second_look, subject="R-1", verdict="goes_on", by="anna")
    office.do(actions.give_second_look, subject="R-1", verdict="only_in_steps", by="anna", second="boris")
    assert office.request().looks_asked == ()
    assert [(look.by, look.verdict) for look in office.request().looks] == [("boris", "only_in_steps")]
    with pytest.raises(NoLookAsked):
        office.do(actions.give_second_look, subject="R-1", verdict="goes_on", by="boris")


def test_new_signs_ask_again_after_a_look_was_given() -> None:
    office = an_office()
    two = ["asks_where_shelter_is", "wants_named_worker"]
    office.do(actions.note_hostile_signs, subject="R-1", signs=two, by="anna")
    office.do(actions.give_second_look, subject="R-1", verdict="goes_on", by="boris")
    office.do(actions.note_hostile_signs, subject="R-1", signs=two, by="anna")
    assert office.request().looks_asked == ()
    office.do(actions.note_hostile_signs, subject="R-1", signs=[*two, "seized_device"], by="anna")
    assert len(office.request().looks_asked) == 1


# Past the plan


def anyway(office: Office, **facts: object) -> None:
    given = {
        "text": "Do not go home.", "channel": "sms", "reason": "arrest_is_coming", "words": "They wait there.",
        "line_read": "hang_up", "second": "boris", "by": "anna", "at": T0 + hours(6), **facts,
    }  # fmt: skip
    office.do(actions.write_anyway, subject="R-1", **given)


@pytest.mark.parametrize("reason", OVERRIDE_REASONS)
def test_two_members_write_where_the_plan_says_no_and_say_why(reason: str) -> None:
    office = an_office()
    anyway(office, reason=reason)
    (override,) = office.request().overrides
    assert (override.refused, override.reason, override.second) == ("channel_not_listed", reason, "boris")
    assert [m.id for m in office.request().messages] == [override.reply]


def test_also_in_an_hour_that_is_never_safe() -> None:
    office = an_office(replace(PLAN, never=(Window(start=0, end=24 * 60),)))
    anyway(office, channel="call")
    assert office.request().overrides[0].refused == "never_window"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"channel": "call"}, NothingToOverride),
        ({"channel": "web_code"}, NothingToOverride),
        ({"channel": "pigeon"}, ValueUnknown),
        ({"reason": "it is late"}, ValueUnknown),
        ({"words": " "}, TextEmpty),
        ({"text": " "}, TextEmpty),
        ({"line_read": "nothing"}, WrongPersonFirst),
        ({"line_read": ""}, WrongPersonFirst),
        ({"second": ""}, SecondNeeded),
        ({"second": "anna"}, SecondNeeded),
    ],
)
def test_one_thing_missing_and_nothing_is_written(facts, refusal) -> None:
    office = an_office()
    before = office.requests
    with pytest.raises(refusal):
        anyway(office, **facts)
    assert office.requests == before


def test_no_two_members_write_past_the_neutral_sentences() -> None:
    with pytest.raises(OnlyNeutral):
        anyway(burned())


def test_an_override_that_names_one_member_is_none() -> None:
    office = an_office()
    alone = entries.ContactOverridden(
        id="x", at=T0, by="anna", subject="R-1", reply="y", channel="sms", refused="no_plan",
        reason="arrest_is_coming", text="…", second="anna",
    )  # fmt: skip
    office.hear((alone,))
    assert office.request().overrides == ()


# Whom the phone tells of


def test_the_list_of_who_must_be_warned_lies_by_itself() -> None:
    office = frozen()
    office.do(
        actions.note_warning, subject="R-1", whom="a friend from work", reach="her own code", at=T0 + hours(3)
    )
    (line,) = office.request().warnings
    office.do(actions.note_warned, subject="R-1", warning=line.id, at=T0 + hours(4))
    assert office.request().warned == {line.id}
    assert queries.warning_list_begun(office.request()) == T0 + hours(3)
    assert {x.compartment for x in office.log if "friend" in str(x) or line.id in str(x)} == {"warning"}
    with pytest.raises(WarningNotKnown):
        office.do(actions.note_warned, subject="R-1", warning="x")


def test_every_reason_to_freeze_freezes() -> None:
    for reason in FREEZE_REASONS:
        office = an_office()
        office.do(actions.freeze_thread, subject="R-1", reason=reason)
        assert office.request().control.frozen

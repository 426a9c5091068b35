"""A request from the first message to its end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from casework_office import T0, Office, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import intake
from kunak.intake import actions, entries, queries
from kunak.intake.form import Answers, TextTooLong, parse
from kunak.intake.making import SecondNeeded, TextEmpty, ValueUnknown

SPOKEN = parse({"safe_now": ["yes"]})


def an_office() -> Office:
    office = Office()
    office.receive()
    return office


@given(st.integers(0, 100_000))
def test_the_time_is_kept_to_the_quarter_of_an_hour_and_never_later(seconds: int) -> None:
    moment = T0 + timedelta(seconds=seconds, microseconds=7)
    kept = actions.rounded(moment)
    assert kept.minute % 15 == kept.second == kept.microsecond == 0
    assert timedelta() <= moment - kept < minutes(15)


def test_no_entry_of_what_the_person_did_tells_the_minute() -> None:
    office = Office()
    office.receive(at=T0 + minutes(7))
    office.do(actions.receive_message, subject="R-1", text="still here", by="person", at=T0 + minutes(29))
    assert {e.at.minute for e in office.log} == {0, 15}


def test_a_clock_that_runs_ahead_does_not_bring_a_request_from_the_future() -> None:
    office = Office()
    office.do(actions.receive_request, subject="R-1", answers=SPOKEN, received_at=T0 + hours(40), by="person")
    assert office.request().received_at == T0


def test_the_index_learns_that_someone_waits_and_nothing_of_what_they_said() -> None:
    office = Office()
    office.receive(danger="now", region="chechnya", who="me", text="my brother read a message")
    office.do(actions.receive_message, subject="R-1", text="he is outside", danger="now", by="person")
    index = [e for e in office.log if e.compartment == "index"]
    assert [type(e) for e in index] == [entries.RequestReceived, entries.MessageArrived]
    assert not any("brother" in str(e) or "chechnya" in str(e) or "outside" in str(e) for e in index)


def test_who_hears_only_the_index_sees_that_a_message_waits() -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="hello", by="person")
    state = intake.fold(intake.EMPTY, [e for e in office.log if e.compartment == "index"])
    request = state.get("R-1")
    assert request is not None
    assert len(request.unanswered) == 1
    assert request.messages == () and request.answers is None and request.plan is None


def test_a_code_is_used_once() -> None:
    office = an_office()
    with pytest.raises(actions.RequestKnownAlready):
        office.receive()


@pytest.mark.parametrize(
    "wrong", [{"channel": "pigeon"}, {"via": "rumour"}, {"hearing_source": "a named man"}]
)
def test_how_a_request_came_is_one_of_a_list(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueUnknown):
        Office().do(
            actions.receive_request, subject="R-1", answers=SPOKEN, received_at=T0, by="anna", **wrong
        )


def test_text_in_the_place_of_a_code_never_reaches_the_index() -> None:
    office = Office()
    forged = Answers(safe_now="come to my house", danger="at number 5", language="tell my father")
    office.do(actions.receive_request, subject="R-1", answers=forged, received_at=T0, by="person")
    request = office.request()
    assert (request.safe_now, request.danger, request.language) == ("unknown",) * 3


def test_the_short_form_of_contact_becomes_the_plan_in_the_contact_compartment() -> None:
    office = Office()
    contact = {"contact_channel": ["email"], "contact_address": ["river@example.org"]}
    office.receive(contact=contact, answer_how="contact_me", region="armenia")
    assert [e.compartment for e in office.log if "river@example.org" in str(e)] == ["contact"]
    plan = office.request().plan
    assert plan is not None and plan.utc_offset_minutes == 240


# The thread


def test_a_reply_answers_what_was_known_and_not_what_came_meanwhile() -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="one", by="person", at=T0 + minutes(1))
    before = office.requests
    office.do(actions.receive_message, subject="R-1", text="two", by="person", at=T0 + minutes(2))
    written = actions.write_reply(
        before, subject="R-1", text="to one", by="boris", at=T0 + minutes(59), id="reply"
    )
    office.hear(written)
    assert [m.text for m in office.request().messages] == ["one", "two", "to one"]
    assert len(office.request().unanswered) == 1


def test_a_message_is_rounded_down_but_stands_after_the_reply_that_it_followed_and_waits() -> None:
    office = an_office()
    office.do(actions.write_reply, subject="R-1", text="hello", at=T0 + minutes(20))
    office.do(actions.receive_message, subject="R-1", text="later", by="person", at=T0 + minutes(29))
    assert [m.text for m in office.request().messages] == ["hello", "later"]
    assert office.request().arrivals[0].at < T0 + minutes(21)
    assert len(office.request().unanswered) == 1


def test_messages_that_need_no_answer_are_marked_read_once() -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="thank you", by="person")
    office.do(actions.mark_read, subject="R-1")
    assert office.request().unanswered == ()
    with pytest.raises(actions.NothingUnanswered):
        office.do(actions.mark_read, subject="R-1")


def test_what_a_person_wrote_is_never_refused_only_cut_where_no_page_of_ours_lets_it_grow() -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="я" * 9000, danger="<script>", by="person")
    assert len(office.request().messages[0].text) == intake.form.MAX_TEXT
    assert office.request().arrivals[0].danger == "unknown"


def test_a_reply_says_something_and_fits_the_page() -> None:
    office = an_office()
    with pytest.raises(TextEmpty):
        office.do(actions.write_reply, subject="R-1", text=" \n ")
    with pytest.raises(TextTooLong):
        office.do(actions.write_reply, subject="R-1", text="x" * 2001)


def test_the_first_reply_acknowledges_and_an_automatic_word_is_not_a_persons() -> None:
    office = an_office()
    office.do(actions.acknowledge, subject="R-1", how="auto", by="program", at=T0 + minutes(1))
    assert (office.request().acknowledged_at, office.request().human_at) == (T0 + minutes(1), None)
    assert office.do(actions.acknowledge, subject="R-1", how="auto") == ()
    office.do(actions.write_reply, subject="R-1", text="we read it", at=T0 + minutes(30))
    assert office.request().human_at == T0 + minutes(30)
    assert office.request().acknowledged_at == T0 + minutes(1)
    assert office.do(actions.acknowledge, subject="R-1") == ()
    with pytest.raises(ValueUnknown):
        office.do(actions.acknowledge, subject="R-1", how="by telepathy")


def test_a_reply_waits_for_its_mailbox_until_it_is_noted_as_delivered() -> None:
    office = an_office()
    office.do(actions.write_reply, subject="R-1", text="hello", language="en")
    ((code, reply),) = queries.undelivered(office.requests)
    assert (code, reply.mailbox, reply.text) == ("R-1", "mailbox-R-1", "hello")
    office.do(actions.note_delivered, subject="R-1", reply=reply.reply_id, by="program")
    assert queries.undelivered(office.requests) == ()
    assert office.do(actions.note_delivered, subject="R-1", reply=reply.reply_id, by="program") == ()


def test_a_thread_is_found_by_its_mailbox() -> None:
    office = an_office()
    assert queries.by_thread(office.requests, office.request().thread) == office.request()
    assert queries.by_thread(office.requests, "another") is None


def test_a_request_by_telephone_has_no_mailbox() -> None:
    office = Office()
    office.do(actions.receive_request, subject="R-1", answers=SPOKEN, received_at=T0, channel="phone")
    office.do(actions.write_reply, subject="R-1", text="when they call again")
    assert queries.web_replies(office.request()) == ()


# Statuses


def close(office: Office, status: str, **given):
    given = {"reasons": actions.REASONS[status][:1], **given}
    return office.do(actions.close_request, subject="R-1", status=status, **given)


@pytest.mark.parametrize("status", actions.REASONS)
def test_every_status_takes_its_own_reasons_and_no_other(status: str) -> None:
    office = an_office()
    office.receive("R-0")
    more = {"second": "boris", "other": "R-0"}
    with pytest.raises(actions.ReasonNeeded) as refused:
        close(office, status, reasons=[], **more)
    assert actions.REASONS[status][0] in refused.value.advice()
    with pytest.raises(ValueUnknown):
        close(office, status, reasons=["it is calm now"], **more)
    close(office, status, **more)
    assert (office.request().status, office.request().reasons) == (status, actions.REASONS[status][:1])
    assert office.request().ended is (status != "waitlisted")


@pytest.mark.parametrize("status", actions.NEEDS_SECOND)
def test_declining_takes_two_people(status: str) -> None:
    office = an_office()
    for second in ("", "anna"):
        with pytest.raises(SecondNeeded):
            close(office, status, second=second)
    assert office.request().status == "new"
    close(office, status, second="boris")
    assert office.request().status == status


def test_a_decline_that_one_member_wrote_past_the_rule_declines_nobody() -> None:
    office = an_office()
    (honest,) = close(office, "declined", second="boris")
    forged = replace(honest, second=honest.by)
    state = intake.fold(intake.EMPTY, [e for e in office.log if e != honest] + [forged])
    assert state.get("R-1").status == "new"


def test_nothing_declines_by_itself_however_the_questions_are_answered() -> None:
    made = {kind for kind in entries.STATUSES}
    office = Office()
    office.receive(danger="no", under_18="yes", language="other", text="asks where the shelter is")
    office.do(actions.note_hostile_signs, subject="R-1", signs=actions.HOSTILE_SIGNS)
    assert not any(type(e) in made for e in office.log)
    assert office.request().status == "new"


def test_a_duplicate_points_to_another_request() -> None:
    office = an_office()
    for other in ("", "R-1", "R-404"):
        with pytest.raises(actions.OtherRequestNeeded):
            close(office, "duplicate", other=other)
    office.receive("R-2")
    close(office, "duplicate", other="R-2")
    assert office.request().other == "R-2"


def test_a_status_that_is_none_is_refused_with_the_list() -> None:
    with pytest.raises(actions.StatusUnknown) as refused:
        an_office().do(actions.close_request, subject="R-1", status="ignored", reasons=["x"])
    assert "waitlisted" in refused.value.advice()


def test_an_ended_request_changes_no_more_until_anyone_reopens_it() -> None:
    office = an_office()
    with pytest.raises(actions.RequestOpen):
        office.do(actions.reopen_request, subject="R-1")
    close(office, "withdrawn")
    for again in (lambda: close(office, "lost"), lambda: office.do(actions.check_safety, subject="R-1")):
        with pytest.raises(actions.RequestEnded):
            again()
    office.do(actions.reopen_request, subject="R-1", by="clara")
    assert (office.request().status, office.request().reasons) == ("new", ())


def test_open_requests_are_those_that_have_not_ended_oldest_first() -> None:
    office = an_office()
    office.receive("R-2", at=T0 + hours(1))
    office.receive("R-0", at=T0 + hours(2))
    close(office, "withdrawn")
    assert [r.code for r in queries.open_requests(office.requests)] == ["R-2", "R-0"]


def test_safety_is_checked_once_and_is_no_step_back() -> None:
    office = an_office()
    office.do(actions.check_safety, subject="R-1")
    assert office.request().status == "safety_checked"
    close(office, "waitlisted")
    office.do(actions.check_safety, subject="R-1")
    assert office.request().status == "waitlisted"


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (actions.receive_message, {"text": "x"}),
        (actions.write_reply, {"text": "x"}),
        (actions.mark_read, {}),
        (actions.acknowledge, {}),
        (actions.check_safety, {}),
        (actions.close_request, {"status": "lost", "reasons": ["no_contact_after_ladder"]}),
        (actions.reopen_request, {}),
        (actions.note_delivered, {"reply": "x"}),
        (actions.note_plan, {"plan": intake.contact.SafeContactPlan()}),
        (actions.reconfirm_plan, {}),
        (actions.note_confidence, {"person_grade": "V1", "account_grade": "A1"}),
        (actions.note_hostile_signs, {"signs": []}),
    ],
)
def test_nothing_is_done_with_a_request_that_is_not_known(action, given) -> None:
    with pytest.raises(actions.RequestUnknown):
        Office().do(action, subject="R-404", **given)


# Confidence (F3)


def test_grades_open_kinds_of_help_and_never_a_workers_name() -> None:
    office = an_office()
    assert queries.help_allowed(office.request(), "advice")
    assert not queries.help_allowed(office.request(), "small_voucher")
    office.do(actions.note_confidence, subject="R-1", person_grade="V3", account_grade="A1")
    assert queries.help_allowed(office.request(), "place")
    with pytest.raises(KeyError):
        queries.help_allowed(office.request(), "name_of_a_worker")


@pytest.mark.parametrize(
    "wrong", [{"person_grade": "V9", "account_grade": "A0"}, {"person_grade": "V0", "account_grade": "9"}]
)
def test_grades_are_those_of_the_list(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueUnknown):
        an_office().do(actions.note_confidence, subject="R-1", **wrong)


def test_two_hostile_signs_call_a_second_worker_and_decide_nothing() -> None:
    office = an_office()
    office.do(actions.note_hostile_signs, subject="R-1", signs=["wants_named_worker"])
    assert not queries.needs_second_worker(office.request())
    office.do(actions.note_hostile_signs, subject="R-1", signs=["wants_named_worker", "seized_device"])
    assert queries.needs_second_worker(office.request())
    assert office.request().status == "new"
    with pytest.raises(ValueUnknown):
        office.do(actions.note_hostile_signs, subject="R-1", signs=["bad spelling"])


@settings(max_examples=40)
@given(st.data())
def test_a_request_is_the_same_in_whatever_order_and_however_often_it_is_heard(data: st.DataObject) -> None:
    office = an_office()
    office.do(actions.receive_message, subject="R-1", text="one", by="person", at=T0 + minutes(20))
    office.do(actions.write_reply, subject="R-1", text="two", at=T0 + minutes(40))
    close(office, "waitlisted")
    office.do(actions.reopen_request, subject="R-1", at=T0 + minutes(41))
    close(office, "declined", second="boris", at=T0 + minutes(42))
    heard = data.draw(st.permutations(office.log)) + data.draw(st.lists(st.sampled_from(office.log)))
    assert intake.fold(intake.EMPTY, heard) == office.requests

"""The clocks of F4 and the queue that they order."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from casework_office import T0, Office, an_office_with_a_case, days, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import casework, intake
from kunak.casework import actions, queries
from kunak.casework.clocks import ORDER
from kunak.casework.triage import CLOCKS, FACTORS, LEVELS, TRIGGERS

DANGERS = ("now", "within_hours", "within_days", "later_or_not_sure", "no", "declined")


# Clocks


def test_a_request_in_danger_now_has_its_clocks_before_anyone_judged_it() -> None:
    office = Office()
    office.receive(danger="now")
    row = office.row()
    assert (row.level, row.provisional, row.status, row.next_action) == ("P0", True, "new", "acknowledge")
    assert office.due("acknowledge") == T0 + minutes(15)
    assert office.due("decision") == T0 + minutes(30)
    assert office.due("first_step") == T0 + hours(1)
    assert [why.code for why in row.why] == ["now"]


def test_a_clock_is_overdue_from_the_moment_that_it_is_due() -> None:
    office = Office()
    office.receive(danger="now")
    assert not office.row(at=T0 + minutes(14.9)).overdue
    row = office.row(at=T0 + minutes(15))
    assert [c.name for c in row.clocks if c.overdue] == ["acknowledge"]


def test_clocks_run_on_across_midnight_and_the_end_of_a_year() -> None:
    office = Office()
    office.receive(danger="within_hours", at=datetime(2031, 12, 31, 23, 45, tzinfo=UTC))
    assert office.due("acknowledge") == datetime(2032, 1, 1, 0, 45, tzinfo=UTC)
    assert office.due("first_step") == datetime(2032, 1, 1, 11, 45, tzinfo=UTC)
    assert office.row(at=datetime(2032, 1, 1, 0, 45, tzinfo=UTC)).overdue


@given(st.integers(-12, 14), st.integers(0, 4000))
def test_the_hour_is_the_same_whatever_time_zone_the_question_comes_from(offset: int, minute: int) -> None:
    office = Office()
    office.receive(danger="within_hours", at=T0.replace(hour=22, minute=30))
    moment = T0 + timedelta(minutes=minute)
    there = moment.astimezone(timezone(timedelta(hours=offset)))
    assert office.queue(there) == office.queue(moment)


def test_a_judgement_by_a_person_measures_the_clocks_from_when_the_request_came() -> None:
    office = Office()
    office.receive(danger="now")
    office.triage(factors={"threat": 2}, at=T0 + minutes(20))
    assert office.row().level == "P2"
    assert office.due("decision") == T0 + hours(24)
    assert office.due("first_step") == T0 + hours(72)
    assert office.due("review") == T0 + minutes(20) + days(3.5)


def test_discovering_p0_late_gives_its_whole_allowance_from_the_discovery() -> None:
    office = Office()
    office.receive(danger="no")
    office.triage(triggers=["persecutor_on_the_way"], at=T0 + hours(1))
    assert office.due("decision") == T0 + hours(1) + minutes(30)


def test_raising_never_gives_more_time() -> None:
    office = Office()
    office.receive(danger="within_hours")
    office.do(
        actions.raise_priority, subject="R-1", level="P0", reason="new_information",
        requests=office.requests, at=T0 + minutes(110),
    )  # fmt: skip
    assert office.due("decision") == T0 + hours(2)


def test_raising_after_the_first_step_starts_the_clocks_again() -> None:
    office = an_office_with_a_case()
    office.do(actions.take_first_step, subject="C-1", step="advice_given", at=T0 + hours(1))
    assert (office.due("decision", "C-1"), office.due("first_step", "C-1")) == (None, None)
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="new_threat", at=T0 + hours(30))
    assert office.due("decision", "C-1") == T0 + hours(30.5)
    assert office.due("first_step", "C-1") == T0 + hours(31)
    office.do(actions.make_decision, subject="C-1", decision="ask_more", at=T0 + hours(30.2))
    office.do(actions.take_first_step, subject="C-1", step="move_arranged", at=T0 + hours(30.3))
    assert (office.due("decision", "C-1"), office.due("first_step", "C-1")) == (None, None)
    office.do(actions.raise_priority, subject="C-1", level="P0", reason="new_threat", at=T0 + hours(50))
    assert office.due("decision", "C-1") == T0 + hours(50.5), "a second alarm at P0 is a new alarm"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LEVELS), st.integers(1, 3000)), max_size=6))
def test_whatever_is_raised_no_clock_runs_longer_than_its_level_allows_from_now(raised) -> None:
    office = Office()
    office.receive(danger="no")
    for n, (level, minute) in enumerate(sorted(raised, key=lambda x: x[1])):
        moment = T0 + minutes(minute) + timedelta(seconds=n)
        before = office.due("decision")
        known = office.cases.get("R-1")
        if known is not None and known.level and level >= known.level and level != "P0":
            continue
        office.do(
            actions.raise_priority, subject="R-1", level=level, reason="judgement",
            requests=office.requests, at=moment,
        )  # fmt: skip
        assert office.due("decision") <= min(before, moment + CLOCKS[level]["decision"])


def test_who_is_told_by_the_program_at_p3_is_answered_by_a_person_within_a_day() -> None:
    office = Office()
    office.receive(danger="no")
    office.do(intake.actions.acknowledge, subject="R-1", how="auto", by="program")
    assert office.due("acknowledge") is None
    assert office.due("human_answer") == T0 + hours(24)
    office.do(intake.actions.acknowledge, subject="R-1", at=T0 + hours(1))
    assert office.due("human_answer") is None


def test_above_p3_only_a_person_acknowledges() -> None:
    office = Office()
    office.receive(danger="within_hours")
    office.do(intake.actions.acknowledge, subject="R-1", how="auto", by="program")
    assert office.due("acknowledge") == T0 + hours(1)
    office.do(intake.actions.write_reply, subject="R-1", text="we read it", at=T0 + minutes(5))
    assert office.due("acknowledge") is None


def test_assigning_workers_stops_its_clock_and_p3_has_none() -> None:
    office = Office()
    office.receive(danger="within_days")
    assert office.due("assign") == T0 + hours(3)
    office.do(actions.assign_workers, subject="R-1", workers=["boris"], requests=office.requests)
    assert office.due("assign") is None
    office.receive("R-2", danger="no")
    assert office.due("assign", "R-2") is None


def test_a_review_starts_the_review_clock_anew() -> None:
    office = an_office_with_a_case()
    assert office.due("review", "C-1") == T0 + days(14)
    office.do(actions.review, subject="C-1", at=T0 + days(10))
    assert office.due("review", "C-1") == T0 + days(24)


def test_who_waits_on_the_list_stays_in_the_queue_and_is_looked_at_every_twelve_hours() -> None:
    office = Office()
    office.receive()
    office.triage()
    office.do(
        intake.actions.close_request, subject="R-1", status="waitlisted", reasons=["no_capacity_now"],
        at=T0 + hours(5),
    )  # fmt: skip
    assert office.due("review") == T0 + hours(17)
    assert office.due("first_step") is None
    assert ("waiting", "waitlisted") in {(why.kind, why.code) for why in office.row().why}
    office.do(actions.review, subject="R-1", requests=office.requests, at=T0 + hours(16))
    assert office.due("review") == T0 + hours(28)


# A later message


def test_a_message_that_nobody_answered_waits_with_the_clock_of_its_level() -> None:
    office = an_office_with_a_case()
    office.do(intake.actions.write_reply, subject="R-1", text="hello")
    office.do(intake.actions.receive_message, subject="R-1", text="and now?", by="person", at=T0 + days(1))
    assert office.due("answer", "C-1") == T0 + days(2)
    assert office.row("C-1").next_action == "answer"
    office.do(intake.actions.write_reply, subject="R-1", text="this", at=T0 + days(1.1))
    assert office.due("answer", "C-1") is None


def test_danger_now_in_a_later_message_lifts_the_row_at_once_and_judges_nothing() -> None:
    office = an_office_with_a_case()
    office.do(
        intake.actions.receive_message, subject="R-1", text="they are here", danger="now", by="person",
        at=T0 + days(3),
    )  # fmt: skip
    row = office.row("C-1")
    assert (row.level, row.provisional, office.case().level) == ("P0", True, "P3")
    assert office.due("answer", "C-1") == T0 + days(3) + minutes(15)
    assert ("claim", "now") in {(why.kind, why.code) for why in row.why}


def test_a_calmer_message_lowers_nobody() -> None:
    office = Office()
    office.receive(danger="now")
    office.triage(triggers=["released_to_family"])
    before = office.due("decision")
    office.do(
        intake.actions.receive_message, subject="R-1", text="please don't make a fuss", danger="no",
        by="person", at=T0 + minutes(15),
    )  # fmt: skip
    office.do(
        intake.actions.receive_message, subject="R-1", text="it can wait", danger="within_days",
        by="person", at=T0 + minutes(30),
    )  # fmt: skip
    assert (office.row().level, office.row().provisional, office.due("decision")) == ("P0", False, before)


def test_an_ended_request_comes_back_only_with_a_new_message_and_leaves_when_it_is_answered() -> None:
    office = Office()
    office.receive()
    close = {"subject": "R-1", "status": "info_given", "reasons": ["advice_was_enough"]}
    office.do(intake.actions.close_request, **close)
    assert office.queue() == ()
    office.do(intake.actions.receive_message, subject="R-1", text="again", by="person", at=T0 + hours(1))
    row = office.row()
    assert [c.name for c in row.clocks] == ["answer"]
    assert (row.next_action, row.status) == ("answer", "info_given")
    office.do(intake.actions.write_reply, subject="R-1", text="hello", at=T0 + hours(2))
    assert office.queue() == ()


# From request to case


def test_a_request_that_became_a_case_is_one_row_and_keeps_its_level_and_its_clocks() -> None:
    office = Office()
    office.receive(danger="within_hours")
    office.triage(factors={"time_window": 3}, at=T0 + minutes(10))
    assert queries.request_status(office.requests, office.cases, "R-1") == "triaged"
    office.open(at=T0 + minutes(20))
    assert [(row.code, row.kind, row.level) for row in office.queue()] == [("C-1", "case", "P1")]
    assert office.due("first_step", "C-1") == T0 + hours(12)
    assert office.due("decision", "C-1") is None, "to open a case is the decision"
    assert queries.request_status(office.requests, office.cases, "R-1") == "accepted"
    assert office.case().workers == ("anna",)


def test_a_case_hears_what_was_noted_under_its_request_even_when_it_is_heard_later() -> None:
    office = Office()
    office.receive()
    office.triage()
    late = actions.raise_priority(
        office.cases, subject="R-1", level="P0", reason="new_information", requests=office.requests,
        by="clara", at=T0 + minutes(9), id="late",
    )  # fmt: skip
    office.open(at=T0 + minutes(10))
    assert office.case().level == "P3"
    office.hear(late)
    assert office.case().level == "P0"
    other = casework.fold(casework.EMPTY, [*reversed(office.log), *office.log])
    assert other == office.cases


def test_a_case_stands_in_the_queue_of_who_has_heard_nothing_of_its_request() -> None:
    office = an_office_with_a_case()
    rows = queries.queue(intake.EMPTY, office.cases, T0 + hours(1))
    assert [(row.code, row.level) for row in rows] == [("C-1", "P3")]


def test_a_case_is_opened_from_a_known_open_request_once() -> None:
    office = an_office_with_a_case()
    for code, request in (("C-1", "R-1"), ("C-2", "R-1")):
        with pytest.raises(casework.opening.CaseKnownAlready):
            office.open(code, request)
    with pytest.raises(intake.actions.RequestUnknown):
        office.open("C-2", "R-404")
    office.receive("R-2")
    office.do(
        intake.actions.close_request, subject="R-2", status="withdrawn", reasons=["person_chose_otherwise"]
    )
    with pytest.raises(intake.actions.RequestEnded):
        office.open("C-2", "R-2")


@pytest.mark.parametrize("workers", [[], ["anna", "boris", "clara", "dina"]])
def test_one_to_three_work_on_a_case(workers: list[str]) -> None:
    office = an_office_with_a_case()
    office.receive("R-2")
    with pytest.raises(casework.opening.TooManyWorkers):
        office.open("C-2", "R-2", workers=workers)
    with pytest.raises(casework.opening.TooManyWorkers):
        office.do(actions.assign_workers, subject="C-1", workers=workers)
    office.do(actions.assign_workers, subject="C-1", workers=["boris", "boris", "clara"])
    assert office.case().workers == ("boris", "clara")


def test_a_triaged_request_is_no_case() -> None:
    office = Office()
    office.receive()
    office.triage()
    assert queries.open_cases(office.cases) == ()
    with pytest.raises(casework.finding.CaseUnknown):
        queries.find_case(office.cases, "R-1")


# The queue


def test_a_row_says_why_it_stands_there() -> None:
    office = Office()
    office.receive(danger="within_days")
    office.triage(triggers=["child_alone"], factors={"time_window": 3, "reach": 1, "health": 0})
    assert [(w.kind, w.code, w.points) for w in office.row().why] == [
        ("trigger", "child_alone", 0),
        ("floor", "time_window_72h", 0),
        ("factor", "time_window", 3),
        ("factor", "reach", 1),
    ]


def test_no_row_holds_a_word_of_what_the_person_said_or_how_they_are_reached() -> None:
    office = Office()
    contact = {"contact_channel": ["email"], "contact_address": ["river@example.org"]}
    told = {"text": "my brother Adam read it", "region": "chechnya", "under_18": "yes", "who": "me"}
    office.receive(contact=contact, answer_how="contact_me", danger="now", **told)
    office.do(intake.actions.receive_message, subject="R-1", text="he left for work", by="person")
    office.triage(factors={"threat": 2})
    office.open()
    office.do(actions.write_note, subject="C-1", text="aunt Zara has the papers")
    shown = repr(office.queue())
    for secret in ("Adam", "chechnya", "river@", "work", "Zara", "mailbox", "under_18", "someone_"):
        assert secret not in shown.replace("'workers'", "").replace("workers=", "")


def eighty(seed: Random) -> Office:
    """A round-up: eighty requests in 48 hours, most of them judged, some of them cases."""
    office = Office()
    for n in range(80):
        code = f"R-{n:02}"
        office.receive(code, at=T0 + minutes(seed.randrange(48 * 60)), danger=seed.choice(DANGERS))
        if seed.random() < 0.7:
            triggers = [seed.choice(TRIGGERS)] if seed.random() < 0.15 else []
            factors = {name: seed.randrange(4) for name in FACTORS}
            office.triage(code, triggers, factors, at=office.now + minutes(seed.randrange(300)))
        if seed.random() < 0.2:
            office.open(f"C-{n:02}", code)
    office.now = T0 + hours(48)
    return office


@pytest.mark.parametrize("chance", range(6))
def test_eighty_requests_stand_in_the_same_order_on_devices_that_heard_them_otherwise(chance: int) -> None:
    seed = Random(chance)
    office = eighty(seed)
    log = list(office.log)
    seed.shuffle(log)
    requests, cases = intake.EMPTY, casework.EMPTY
    for start in range(0, len(log), 37):
        batch = log[start : start + 50]  # batches overlap: some entries are heard twice
        requests, cases = intake.fold(requests, batch), casework.fold(cases, batch)
    there = [row.code for row in queries.queue(requests, cases, office.now + minutes(3))]
    assert there == [row.code for row in office.queue()]
    assert len(there) == 80


@pytest.mark.parametrize("chance", range(6))
def test_among_eighty_no_one_waits_behind_a_less_urgent_one(chance: int) -> None:
    rows = eighty(Random(chance)).queue()
    assert [row.level for row in rows] == sorted(row.level for row in rows)
    for level in LEVELS:
        dues = [intake.actions.rounded(row.clocks[0].due) for row in rows if row.level == level]
        assert dues == sorted(dues), "inside a level the earliest due, so what is overdue, comes first"


def test_inside_a_level_the_sum_orders_those_whose_clocks_end_together_and_then_the_code() -> None:
    office = Office()
    for code, reach in (("R-A", 1), ("R-B", 3), ("R-C", 1)):
        office.receive(code, danger="within_hours")
        office.triage(code, factors={"time_window": 3, "reach": reach})
    office.receive("R-D", danger="within_hours")
    assert [row.code for row in office.queue()] == ["R-D", "R-B", "R-A", "R-C"]


def test_a_great_sum_never_passes_a_more_urgent_level() -> None:
    office = Office()
    office.receive("R-SUM", danger="within_days")
    office.triage("R-SUM", factors=dict.fromkeys((f for f in FACTORS if f != "protective"), 2))
    office.receive("R-P0", at=T0 + hours(40), danger="no")
    office.triage("R-P0", triggers=["suicide"])
    assert [(r.code, r.level, r.sum) for r in office.queue()] == [("R-P0", "P0", 0), ("R-SUM", "P1", 18)]


def test_every_clock_leads_to_an_action() -> None:
    assert set(queries.NEXT_ACTIONS) == set(ORDER)


def test_a_timeline_tells_what_happened_to_some_subjects_in_the_order_of_time() -> None:
    office = an_office_with_a_case()
    office.do(actions.write_note, subject="C-1", text="x", at=T0 + hours(2))
    office.do(intake.actions.write_reply, subject="R-1", text="x", at=T0 + hours(1))
    office.receive("R-2")
    events = queries.timeline(["C-1", "R-1"], office.requests, office.cases)
    assert [e.at for e in events] == sorted(e.at for e in events)
    kinds = [e.kind for e in events]
    assert kinds[0] == "intake.RequestReceived" and kinds[-1] == "casework.NoteWritten"
    assert {e.subject for e in events} == {"C-1", "R-1"}
    assert len({e.id for e in events}) == len(events)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (actions.make_decision, {"decision": "go_away"}),
        (actions.take_first_step, {"step": "prayer"}),
    ],
)
def test_decisions_and_steps_are_those_of_the_lists(action, given) -> None:
    with pytest.raises(intake.making.ValueUnknown):
        an_office_with_a_case().do(action, subject="C-1", **given)

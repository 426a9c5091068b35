"""The honest waiting time: from what was really done, never less than what is known, nothing where nothing is."""

from datetime import timedelta
from random import Random

import pytest
from casework_office import T0, Office, days, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak import casework, intake
from kunak.casework.triage import LEVELS
from kunak.casework.waiting import LEAST, WINDOW, Wait, waits

DANGER = {"P0": "now", "P1": "within_hours", "P2": "within_days", "P3": "no"}


def said(office: Office, at: timedelta = timedelta()) -> dict[str, int | None]:
    return {wait.level: wait.hours for wait in of(office, at).values()}


def of(office: Office, at: timedelta = timedelta()) -> dict[str, Wait]:
    return {wait.level: wait for wait in waits(office.requests, office.cases, office.now + at)}


def an_office(*lives: tuple[str, float, float | None]) -> Office:
    """Requests as (level, minutes after T0 when it came, minutes until a person read it)."""
    office = Office()
    for number, (level, came, read) in enumerate(lives):
        office.receive(f"R-{number}", danger=DANGER[level], at=T0 + minutes(came))
        if read is not None:
            office.do(intake.actions.acknowledge, subject=f"R-{number}", at=T0 + minutes(came + read))
    office.now = T0 + minutes(max(came + (read or 0) for _, came, read in lives))
    return office


def test_where_nothing_ever_happened_nothing_is_said() -> None:
    for wait in of(Office()).values():
        assert (wait.hours, wait.median, wait.most, wait.waiting, wait.oldest) == (
            None,
            None,
            None,
            0,
            timedelta(),
        )


def test_a_queue_that_nobody_has_read_gives_no_figure_but_shows_how_long_it_waits() -> None:
    office = an_office(("P1", 0, None), ("P1", 30, None))
    assert said(office)["P1"] is None
    assert (of(office)["P1"].waiting, of(office)["P1"].oldest) == (2, minutes(30))


def test_two_that_were_read_are_too_few_and_three_are_enough() -> None:
    two = an_office(("P3", 0, 20), ("P3", 60, 20))
    assert said(two)["P3"] is None
    assert said(an_office(("P3", 0, 20), ("P3", 60, 20), ("P3", 120, 20)))["P3"] == 1


def test_a_figure_is_rounded_up_to_hours() -> None:
    office = an_office(*(("P3", 300 * n, 61) for n in range(4)))
    assert said(office)["P3"] == 2
    assert of(office)["P3"].median == of(office)["P3"].most == minutes(61)


def test_nine_of_ten_counts_not_the_middle() -> None:
    office = an_office(*(("P3", 510 * n, 10 if n % 5 else 350) for n in range(10)))
    assert of(office)["P3"].median == minutes(10)
    assert said(office)["P3"] == 6


def test_who_waits_already_makes_it_longer() -> None:
    lives = [("P3", 100 * n, 20) for n in range(5)]
    assert said(an_office(*lives, ("P3", 500, None)))["P3"] == 1
    assert said(an_office(*lives, ("P3", 500, None)), hours(7))["P3"] == 8


def test_a_flood_is_promised_by_the_pace_at_which_the_team_reads() -> None:
    """Six an hour were read while somebody waited; eighty-one before a newcomer take fourteen hours."""
    lives = [("P2", 10 * n, 10) for n in range(12)]
    office = an_office(*lives)
    assert said(office)["P2"] == 1
    flooded = an_office(*lives, *(("P2", 120, None) for _ in range(80)))
    assert said(flooded)["P2"] == 14


def test_the_flood_does_not_make_those_in_danger_now_wait() -> None:
    lives = [("P2", 10 * n, 10) for n in range(12)]
    flooded = said(an_office(*lives, *(("P2", 120, None) for _ in range(80))))
    assert (flooded["P0"], flooded["P1"]) == (1, 1)


def test_of_a_level_that_is_rare_the_calmer_ones_are_told_and_never_the_more_urgent_ones() -> None:
    office = an_office(*(("P1", 300 * n, 150) for n in range(5)))
    assert said(office) == {"P0": 3, "P1": 3, "P2": None, "P3": None}


def test_what_is_less_urgent_is_never_promised_sooner() -> None:
    slow = [("P0", 400 * n, 200) for n in range(4)]
    quick = [("P3", 400 * n + 210, 10) for n in range(4)]
    assert said(an_office(*slow, *quick)) == {"P0": 4, "P1": 4, "P2": 4, "P3": 4}


def test_what_was_read_long_ago_says_nothing_of_today() -> None:
    office = an_office(*(("P3", 60 * n, 20) for n in range(5)))
    assert said(office)["P3"] == 1
    assert said(office, WINDOW)["P3"] is None


def test_the_pace_of_today_beats_that_of_a_better_week() -> None:
    week = [("P3", 60 * n, 5) for n in range(48)]
    today = [("P3", 4005 + 120 * n, 115) for n in range(6)]
    waiting = [("P3", 4725, None)] * 10
    assert said(an_office(*week, *today, *waiting))["P3"] == 22


def test_who_was_spoken_with_waited_for_nobody() -> None:
    office = Office()
    for n in range(LEAST):
        office.do(
            intake.actions.receive_request, subject=f"R-{n}", answers=intake.form.parse({"safe_now": ["yes"]}),
            received_at=office.now, via="worker", channel="phone", by="anna", at=T0 + hours(n),
        )  # fmt: skip
    assert said(office)["P2"] is None


def test_what_the_program_does_is_no_reading() -> None:
    office = Office()
    office.receive("R-1")
    office.do(intake.actions.acknowledge, subject="R-1", how="auto", by="program", at=T0 + minutes(1))
    assert of(office)["P2"].waiting == 1


@pytest.mark.parametrize("act", ["triaged", "opened", "checked", "declined"])
def test_any_act_of_a_member_is_a_reading(act: str) -> None:
    office = Office()
    office.receive("R-1", danger="now")
    office.now = T0 + minutes(25)
    if act == "triaged":
        office.triage()
    elif act == "opened":
        office.open()
    elif act == "checked":
        office.do(intake.actions.check_safety, subject="R-1")
    else:
        office.do(intake.actions.close_request, subject="R-1", status="declined",
                  reasons=["no_capacity_now"], second="boris")  # fmt: skip
    assert (of(office)["P0"].waiting, of(office)["P0"].median) == (0, minutes(25))


def test_a_request_that_the_person_withdrew_unread_waits_no_more() -> None:
    office = Office()
    office.receive("R-1")
    office.do(intake.actions.close_request, subject="R-1", status="withdrawn", by="person",
              reasons=["person_chose_otherwise"], at=T0 + hours(2))  # fmt: skip
    assert of(office)["P2"].waiting == 0


def test_an_hour_that_lies_ahead_says_nothing() -> None:
    office = an_office(*(("P3", 60 * n, 20) for n in range(5)), ("P3", 900, None))
    office.now = T0 + hours(6)
    assert (of(office)["P3"].waiting, of(office)["P3"].hours) == (0, 1)


LIVES = st.lists(
    st.tuples(st.sampled_from(LEVELS), st.integers(0, 6000), st.none() | st.integers(0, 3000)), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(LIVES, st.randoms(use_true_random=False))
def test_it_is_never_less_than_what_is_known_and_the_same_wherever_it_is_asked(lives, random: Random) -> None:
    office = an_office(*lives) if lives else Office()
    found = waits(office.requests, office.cases, office.now)
    told = [wait.hours for wait in found if wait.hours is not None]
    assert told == sorted(told)
    for wait in found:
        for truth in (wait.oldest, wait.most or timedelta()):
            assert wait.hours is None or hours(wait.hours) >= truth
    log = list(office.log)
    random.shuffle(log)
    requests, cases = intake.fold(intake.EMPTY, log[:7]), casework.fold(casework.EMPTY, log)
    assert waits(intake.fold(requests, log), cases, office.now) == found


def test_a_hand_that_reads_the_words_too_says_the_same() -> None:
    """The thread is open to few: what only they heard must not make their figure another one."""
    office = Office()
    for n in range(5):
        office.receive(f"R-{n}", at=T0 + hours(n))
        office.do(intake.actions.write_reply, subject=f"R-{n}", text="We have it.", language="en",
                  at=T0 + hours(n) + minutes(30))  # fmt: skip
    index = [entry for entry in office.log if entry.compartment == "index"]
    fewer = intake.fold(intake.EMPTY, index)
    assert waits(fewer, office.cases, office.now) == waits(office.requests, office.cases, office.now)
    assert of(office, days(0))["P2"].hours == 1

"""The board of a surge and the look at fairness: what they count, and whom they do not point at."""

from casework_office import T0, Office, hours, minutes

from kunak import intake
from kunak.casework import actions
from kunak.casework.board import FEW, FEWEST, FairLine, board, fairness


def of(office: Office, since=T0):
    return board(office.requests, office.cases, office.now, since)


def lines(office: Office, kind: str) -> dict[str, FairLine]:
    found = fairness(office.requests, office.cases, office.now, T0)
    return {line.value: line for line in found if line.kind == kind}


def test_an_office_where_nobody_wrote_has_an_empty_board() -> None:
    empty = of(Office())
    assert (empty.requests, empty.persons, empty.unmet, empty.ends) == (0, 0, (), ())
    assert [(line.waiting, line.median_step) for line in empty.levels] == [(0, None)] * 4
    assert lines(Office(), "channel") == {}


def test_a_level_shows_who_waits_who_is_unread_and_the_median_first_step() -> None:
    office = Office()
    for n, step in enumerate((30, 50, 400)):
        office.receive(f"R-{n}", danger="within_hours", at=T0 + hours(n))
        office.triage(f"R-{n}", factors={"time_window": 3}, at=T0 + hours(n) + minutes(10))
        office.do(actions.take_first_step, subject=f"R-{n}", step="contact_plan_made",
                  requests=office.requests, at=T0 + hours(n) + minutes(step))  # fmt: skip
    office.receive("R-3", danger="within_hours", at=T0 + hours(10))
    p1 = of(office).levels[1]
    assert (p1.level, p1.waiting, p1.unread, p1.came, p1.stepped) == ("P1", 4, 1, 4, 3)
    assert p1.median_step == minutes(50)


def test_who_is_joined_by_a_pointer_counts_as_one_person() -> None:
    office = Office()
    for n in range(4):
        office.receive(f"R-{n}")
    office.do(intake.actions.point_to, subject="R-3", other="R-1")
    assert (of(office).requests, of(office).persons) == (4, 3)


def test_unmet_needs_are_those_that_were_ticked_until_a_case_knows_better() -> None:
    office = Office()
    office.receive("R-1", needs="place_to_sleep")
    office.receive("R-2", needs="lawyer")
    office.triage("R-2")
    office.open("C-2", "R-2")
    office.do(actions.note_need, subject="C-2", need="place", need_state="cannot_meet")
    office.do(actions.note_need, subject="C-2", need="legal", need_state="met")
    unmet = {one.need: (one.wanted, one.cannot) for one in of(office).unmet}
    assert unmet == {"place_to_sleep": (1, 0), "place": (0, 1)}
    assert of(office).known == 2


def test_a_hand_that_may_not_read_what_was_needed_says_of_how_many_it_knows() -> None:
    office = Office()
    office.receive("R-1", needs="lawyer", region="chechnya")
    index = intake.fold(intake.EMPTY, [x for x in office.log if x.compartment == "index"])
    seen = board(index, office.cases, office.now, T0)
    assert (seen.requests, seen.known, seen.unmet) == (1, 0, ())
    assert {line.kind for line in fairness(index, office.cases, office.now, T0)} == {"channel", "language"}


def test_reasons_of_those_whom_we_could_not_help_are_counted() -> None:
    office = Office()
    for n in range(3):
        office.receive(f"R-{n}")
        office.do(intake.actions.close_request, subject=f"R-{n}", status="declined", second="boris",
                  reasons=["no_capacity_now"])  # fmt: skip
    office.receive("R-3")
    office.do(intake.actions.close_request, subject="R-3", status="waitlisted", reasons=["not_verified"])
    assert of(office).ends == (("declined", "no_capacity_now", 3), ("waitlisted", "not_verified", 1))


def test_only_what_came_since_that_hour_is_counted() -> None:
    office = Office()
    office.receive("R-1")
    office.receive("R-2", at=T0 + hours(3))
    assert of(office, T0 + hours(1)).requests == 1


def test_a_region_that_waits_longer_is_seen() -> None:
    office = Office()
    for n in range(8):
        region, wait = ("dagestan", 20) if n % 2 else ("chechnya", 300)
        office.receive(f"R-{n}", region=region, danger="within_hours", at=T0 + hours(6 * n))
        office.do(intake.actions.acknowledge, subject=f"R-{n}", at=T0 + hours(6 * n) + minutes(wait))
    found = lines(office, "region")
    assert (found["chechnya"].median, found["dagestan"].median) == (minutes(300), minutes(20))
    assert found["chechnya"].levels == (0, 4, 0, 0)


def test_who_is_not_read_yet_counts_with_what_they_have_waited() -> None:
    office = Office()
    for n in range(FEWEST):
        office.receive(f"R-{n}")
    office.now = T0 + hours(9)
    assert lines(office, "channel")["web"].longest == hours(9)


def test_a_value_of_fewer_than_three_stands_with_the_others_like_it() -> None:
    office = Office()
    for n, language in enumerate(("ru", "ru", "ru", "ka", "tg")):
        office.receive(f"R-{n}", language=language)
    found = lines(office, "language")
    assert {value: line.requests for value, line in found.items()} == {"ru": 3, FEW: 2}

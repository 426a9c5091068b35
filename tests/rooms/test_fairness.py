"""A flood through one door buries nobody who came through another; few rows stand by their clocks alone."""

from random import Random

import pytest
from casework_office import T0, Office, minutes
from hypothesis import given
from hypothesis import strategies as st

from kunak import casework, intake
from kunak.casework.fairness import FLOOD, IN_TURN, in_turn

DOORS = ("web", "email", "phone", "messenger", "paper", "in_person", "partner")


def flooded(office: Office, door: str = "web", *, rows: int = 200, danger: str = "within_hours") -> None:
    for n in range(rows):
        came(office, f"R-F{n:03}", door, n % 60, danger)


def came(office: Office, code: str, door: str, minute: float, danger: str = "within_hours") -> None:
    office.do(
        intake.actions.receive_request, subject=code, received_at=T0 + minutes(minute), by="person",
        answers=intake.form.parse({"safe_now": ["yes"], "danger": [danger]}), channel=door,
        at=T0 + minutes(minute),
    )  # fmt: skip


def places(office: Office) -> dict[str, int]:
    office.now = T0 + minutes(90)
    return {row.code: place for place, row in enumerate(office.queue())}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_comes_through_another_door_stands_among_the_first_of_their_level(door: str) -> None:
    office = Office()
    flooded(office, "web" if door != "web" else "email")
    came(office, "R-LATE", door, 75)
    assert places(office)["R-LATE"] <= IN_TURN


def test_what_members_have_judged_keeps_its_share_too() -> None:
    office = Office()
    flooded(office)
    came(office, "R-OURS", "phone", 75)
    office.triage("R-OURS", factors={"time_window": 3, "threat": 3}, at=T0 + minutes(80))
    assert places(office)["R-OURS"] <= IN_TURN


def test_a_flood_of_a_calmer_level_stays_below_whoever_is_in_danger_now() -> None:
    office = Office()
    flooded(office, danger="within_hours")
    came(office, "R-NOW", "web", 80, "now")
    assert places(office)["R-NOW"] == 0


def test_a_trigger_noted_by_a_member_stands_among_the_first_of_a_flood_that_claims_danger_now() -> None:
    office = Office()
    flooded(office, danger="now")
    came(office, "R-HELD", "phone", 80)
    office.triage("R-HELD", triggers=["held_or_taken_now"], at=T0 + minutes(85))
    assert places(office)["R-HELD"] <= IN_TURN


def test_nothing_of_a_flood_is_turned_away_or_passed_over() -> None:
    office = Office()
    flooded(office, rows=300)
    assert len(places(office)) == 300
    assert all(row.status == "new" and row.provisional for row in office.queue())


def test_up_to_twenty_the_clocks_alone_order_a_level() -> None:
    office = Office()
    flooded(office, rows=FLOOD)
    came(office, "R-LATE", "phone", 75)
    assert places(office)["R-LATE"] == FLOOD
    came(office, "R-F999", "web", 59)
    assert places(office)["R-LATE"] <= IN_TURN


def test_a_team_that_has_judged_much_is_no_flood() -> None:
    office = Office()
    flooded(office, rows=40)
    for n in range(40):
        office.triage(f"R-F{n:03}", factors={"time_window": 3}, at=T0 + minutes(70))
    came(office, "R-LATE", "phone", 75)
    rows = [row for row in office.queue(T0 + minutes(90)) if row.level == "P1"]
    assert [row.clocks[0].due for row in rows] == sorted(row.clocks[0].due for row in rows)


ROWS = st.lists(st.tuples(st.sampled_from("012"), st.sampled_from("abcd")), max_size=120)


@given(ROWS, st.randoms(use_true_random=False))
def test_every_lane_has_its_share_of_a_flooded_level_and_keeps_its_own_order(rows, random: Random) -> None:
    numbered = sorted(((level, lane, n) for n, (level, lane) in enumerate(rows)), key=lambda row: row[0])
    turned = in_turn(numbered, level=lambda row: row[0], lane=lambda row: row[1], judged="d")
    assert sorted(turned) == sorted(numbered)
    assert [row[0] for row in turned] == [row[0] for row in numbered]
    for level in "012":
        here = [row for row in turned if row[0] == level]
        lanes = {lane: [row for row in here if row[1] == lane] for lane in "abcd"}
        flood = any(len(own) > FLOOD for lane, own in lanes.items() if lane != "d")
        for own in lanes.values():
            assert own == sorted(own, key=lambda row: row[2])
            for nth, row in enumerate(own if flood else ()):
                assert here.index(row) < (nth // IN_TURN + 1) * IN_TURN * sum(map(bool, lanes.values()))
        if not flood:
            assert here == [row for row in numbered if row[0] == level]


def test_two_installations_turn_alike() -> None:
    office = Office()
    flooded(office, rows=60)
    for n, door in enumerate(DOORS):
        came(office, f"R-{door}", door, 61 + n)
    log = list(office.log)
    Random(3).shuffle(log)
    there = casework.queries.queue(intake.fold(intake.EMPTY, log), casework.EMPTY, T0 + minutes(90))
    assert [row.code for row in there] == list(places(office))


def test_however_often_a_person_writes_their_thread_is_one_row() -> None:
    office = Office()
    came(office, "R-1", "web", 0)
    for n in range(30):
        office.do(intake.actions.receive_message, subject="R-1", text="Please answer", danger="now",
                  by="person", at=T0 + minutes(1 + n))  # fmt: skip
    (row,) = office.queue()
    assert (row.code, row.messages, row.level) == ("R-1", 30, "P0")
    office.do(intake.actions.mark_read, subject="R-1")
    assert office.row().messages == 0

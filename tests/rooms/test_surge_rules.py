"""Surge: one switch, who turned it and why; a rota of three groups in which nobody works beyond eight hours."""

from datetime import UTC, datetime, timedelta

import pytest
from casework_office import T0, Office, hours, minutes
from hypothesis import given
from hypothesis import strategies as st

from kunak import intake
from kunak.intake import actions
from kunak.intake.entries import OFFICE, RotaGroupTaken, SurgeBegan
from kunak.intake.making import ValueUnknown
from kunak.intake.surge import (
    GROUPS,
    SHIFT,
    NoSuchHour,
    SurgeOff,
    SurgeOnAlready,
    is_over,
    on_duty,
    surge,
)


def an_office_in_surge(rota_from: int = 9) -> Office:
    office = Office()
    office.do(actions.begin_surge, reason="raids", rota_from=rota_from)
    return office


def test_it_is_off_until_somebody_switches_it_on() -> None:
    assert surge(intake.EMPTY) == surge(Office().requests)
    assert (surge(intake.EMPTY).on, surge(intake.EMPTY).turns) == (False, ())


def test_the_switch_tells_who_turned_it_when_and_why() -> None:
    office = an_office_in_surge()
    office.do(actions.end_surge, reason="calmer_now", by="boris", at=T0 + hours(50))
    turns = surge(office.requests).turns
    assert [(one.on, one.at, one.by, one.reason) for one in turns] == [
        (True, T0, "anna", "raids"),
        (False, T0 + hours(50), "boris", "calmer_now"),
    ]
    assert not surge(office.requests).on


def test_it_stands_in_the_index_and_makes_no_request() -> None:
    office = an_office_in_surge()
    assert {entry.compartment for entry in office.log} == {"index"}
    assert {entry.subject for entry in office.log} == {OFFICE}
    assert (len(office.requests), office.queue()) == (0, ())


def test_what_is_on_is_not_switched_on_and_what_is_off_not_off() -> None:
    office = an_office_in_surge()
    with pytest.raises(SurgeOnAlready):
        office.do(actions.begin_surge, reason="press")
    office.do(actions.end_surge, reason="by_mistake", at=T0 + minutes(1))
    with pytest.raises(SurgeOff):
        office.do(actions.end_surge, reason="calmer_now")
    with pytest.raises(SurgeOff):
        office.do(actions.take_group, group=1)


def test_reasons_hours_and_groups_are_those_of_the_lists() -> None:
    office = Office()
    with pytest.raises(ValueUnknown):
        office.do(actions.begin_surge, reason="boredom")
    for hour in (-1, 24):
        with pytest.raises(NoSuchHour):
            office.do(actions.begin_surge, reason="raids", rota_from=hour)
    office.do(actions.begin_surge, reason="raids")
    with pytest.raises(ValueUnknown):
        office.do(actions.end_surge, reason="boredom")
    with pytest.raises(ValueUnknown):
        office.do(actions.take_group, group=4)


def test_three_groups_follow_one_another_from_the_hour_that_was_said() -> None:
    office = an_office_in_surge(rota_from=22)
    for member, group in (("anna", 1), ("boris", 2), ("clara", 2)):
        office.do(actions.take_group, group=group, by=member)
    now = surge(office.requests)
    night = datetime(2031, 3, 4, 2, 30, tzinfo=UTC)
    assert on_duty(now, night).members == ("anna",)
    assert on_duty(now, night).until == datetime(2031, 3, 4, 6, tzinfo=UTC)
    assert on_duty(now, night + hours(8)).members == ("boris", "clara")
    assert (on_duty(now, night + hours(16)).group, on_duty(now, night + hours(16)).members) == (3, ())


def test_after_eight_hours_it_is_over_for_a_group_and_only_for_it() -> None:
    office = an_office_in_surge(rota_from=9)
    office.do(actions.take_group, group=1)
    office.do(actions.take_group, group=2, by="boris")
    now, end = surge(office.requests), T0.replace(hour=17)
    assert not is_over(now, "anna", end - minutes(1))
    assert is_over(now, "anna", end)
    assert not is_over(now, "boris", end)
    assert not is_over(now, "clara", end), "who is in no group is told nothing"


def test_a_member_is_in_one_group_and_may_leave_it() -> None:
    office = an_office_in_surge()
    office.do(actions.take_group, group=1)
    office.do(actions.take_group, group=3, at=T0 + minutes(1))
    assert [surge(office.requests).members(group) for group in GROUPS] == [(), (), ("anna",)]
    office.do(actions.take_group, group=0, at=T0 + minutes(2))
    assert [surge(office.requests).members(group) for group in GROUPS] == [(), (), ()]


def test_the_next_surge_begins_with_an_empty_rota() -> None:
    office = an_office_in_surge()
    office.do(actions.take_group, group=1)
    office.do(actions.end_surge, reason="caught_up", at=T0 + hours(1))
    assert surge(office.requests).groups == {}
    assert not is_over(surge(office.requests), "anna", T0 + hours(20))
    office.do(actions.begin_surge, reason="press", at=T0 + hours(2))
    assert surge(office.requests).groups == {}


def test_what_another_program_may_have_written_breaks_nothing() -> None:
    strange = [
        SurgeBegan(id="1", at=T0, by="anna", subject=OFFICE, reason="?", rota_from=1_000),
        RotaGroupTaken(id="2", at=T0 + minutes(1), by="anna", subject=OFFICE, group=99),
        SurgeBegan(id="3", at=T0 + minutes(2), by="anna", subject="R-1", reason="raids", rota_from=0),
    ]
    now = surge(intake.fold(intake.EMPTY, strange))
    assert (now.on, now.rota_from, on_duty(now, T0).members) == (True, 1_000 % 24, ())
    assert not is_over(now, "anna", T0)


@given(st.integers(0, 23), st.integers(0, 60 * 24 * 3))
def test_at_every_hour_exactly_one_group_is_on_for_at_most_eight_hours(rota_from: int, minute: int) -> None:
    now = surge(an_office_in_surge(rota_from).requests)
    at = T0 + minutes(minute)
    duty = on_duty(now, at)
    assert duty.group in GROUPS
    assert timedelta() < duty.until - at <= SHIFT
    assert on_duty(now, duty.until).group == duty.group % 3 + 1

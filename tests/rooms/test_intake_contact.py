"""The rule of safe contact (F2): listed channels, windows of the person's own time, and nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from casework_office import T0, Office, days, hours
from hypothesis import given
from hypothesis import strategies as st

from kunak.intake import actions, queries
from kunak.intake.contact import (
    CHOICES,
    DAY,
    RECONFIRM_AFTER,
    ContactChannel,
    ContactNotAllowed,
    PlanValueUnknown,
    SafeContactPlan,
    Window,
    WindowImpossible,
    check_plan,
    may_contact,
    plan_from_short_form,
)
from kunak.intake.form import parse

EMAIL = ContactChannel(kind="email", address="river@example.org", seen_by="nobody")
AFTERNOON = Window(start=13 * 60, end=15 * 60)
PLAN = SafeContactPlan(
    may_contact="as_below", channels=(EMAIL,), utc_offset_minutes=180, windows=(AFTERNOON,)
)
MONDAY = T0.replace(hour=0)  # midnight UTC


def at(hour: float, offset: int = 180) -> datetime:
    """An hour of the person's Monday."""
    return MONDAY + timedelta(hours=hour, minutes=-offset)


def asked(plan: SafeContactPlan | None, moment: datetime, channel: str = "email"):
    return may_contact(plan, channel, moment, moment - days(1))


def test_by_default_only_they_contact_us() -> None:
    assert asked(SafeContactPlan(), T0).why == "only_they_contact_us"


@given(st.sampled_from([None, SafeContactPlan(), PLAN]), st.integers(0, 10_000))
def test_a_reply_under_the_return_code_reaches_nobody_so_it_may_always_lie_there(plan, minute: int) -> None:
    assert may_contact(plan, "web_code", T0 + timedelta(minutes=minute)).allowed


def test_without_a_plan_nobody_is_written_to() -> None:
    assert asked(None, T0).why == "no_plan"


def test_a_channel_that_is_not_listed_is_not_used() -> None:
    assert asked(PLAN, at(14), "call").why == "channel_not_listed"


@pytest.mark.parametrize(("hour", "allowed"), [(12.99, False), (13, True), (14.99, True), (15, False)])
def test_the_window_is_in_the_persons_time_and_ends_before_its_end(hour: float, allowed: bool) -> None:
    assert asked(PLAN, at(hour)).allowed is allowed


@given(st.integers(-24, 28).map(lambda half_hours: half_hours * 30), st.integers(0, DAY - 1))
def test_the_same_hour_of_their_day_counts_the_same_in_every_time_zone(offset: int, minute: int) -> None:
    plan = replace(PLAN, utc_offset_minutes=offset)
    assert asked(plan, at(minute / 60, offset)).allowed is asked(PLAN, at(minute / 60)).allowed


def test_a_plan_whose_time_zone_nobody_knows_allows_no_hour() -> None:
    assert asked(replace(PLAN, utc_offset_minutes=None), at(14)).why == "time_zone_unknown"


def test_a_window_of_monday_night_runs_into_tuesday_and_not_into_wednesday() -> None:
    night = replace(PLAN, windows=(Window(start=22 * 60, end=2 * 60, days=(0,)),))
    assert asked(night, at(23)).allowed
    assert asked(night, at(25.9)).allowed
    assert not asked(night, at(26)).allowed
    assert not asked(night, at(1)).allowed  # the small hours of Monday belong to Sunday night
    assert not asked(night, at(47)).allowed


def test_the_persons_monday_begins_while_it_is_still_sunday_in_utc() -> None:
    early = replace(PLAN, windows=(Window(start=0, end=60, days=(0,)),))
    moment = at(0.5)
    assert moment.weekday() == 6
    assert asked(early, moment).allowed


def test_never_beats_every_window() -> None:
    plan = replace(PLAN, windows=(Window(start=0, end=DAY),), never=(Window(start=20 * 60, end=8 * 60),))
    assert asked(plan, at(21)).why == "never_window"
    assert asked(plan, at(3)).why == "never_window"
    assert asked(plan, at(12)).allowed


@given(st.integers(0, 7 * DAY), st.integers(0, DAY - 1), st.integers(1, DAY), st.sets(st.integers(0, 6)))
def test_the_next_moment_that_is_named_is_allowed_and_is_not_past(
    minute: int, start: int, end: int, on: set[int]
) -> None:
    if start == end:
        return
    plan = replace(
        PLAN, windows=(Window(start=start, end=end, days=tuple(on)),), never=(Window(start=60, end=400),)
    )
    moment = MONDAY + timedelta(minutes=minute)
    answer = asked(plan, moment)
    if answer.next_at is not None:
        assert not answer.allowed
        assert answer.next_at > moment
        assert asked(plan, answer.next_at).allowed


def test_a_window_tomorrow_is_the_next_moment() -> None:
    assert asked(PLAN, at(16)).next_at == at(37)


def test_after_fourteen_days_the_plan_must_be_confirmed_first() -> None:
    assert may_contact(PLAN, "email", at(14), at(14) - RECONFIRM_AFTER + hours(1)).allowed
    assert may_contact(PLAN, "email", at(14), at(14) - RECONFIRM_AFTER).why == "reconfirm_first"
    assert may_contact(PLAN, "email", at(14), None).why == "reconfirm_first"


@pytest.mark.parametrize("field", ["may_contact", "wrong_person", "call_drops", "leave_message", "check_in"])
def test_a_plan_takes_only_what_it_offers(field: str) -> None:
    for value in CHOICES[field]:
        check_plan(replace(PLAN, **{field: value}))
    with pytest.raises(PlanValueUnknown) as refused:
        check_plan(replace(PLAN, **{field: "call the father"}))
    assert "father" not in str(refused.value)


@pytest.mark.parametrize(
    "channel", [ContactChannel(kind="pigeon"), ContactChannel(kind="email", seen_by="god")]
)
def test_a_plan_takes_only_channels_it_offers(channel: ContactChannel) -> None:
    with pytest.raises(PlanValueUnknown):
        check_plan(replace(PLAN, channels=(channel,)))


@pytest.mark.parametrize(
    "window",
    [
        Window(start=60, end=60),
        Window(start=-1, end=60),
        Window(start=0, end=DAY + 1),
        Window(start=0, end=60, days=(7,)),
    ],
)
def test_an_impossible_window_is_refused(window: Window) -> None:
    with pytest.raises(WindowImpossible):
        check_plan(replace(PLAN, never=(window,)))


@given(st.integers(0, 23), st.integers(1, 24))
def test_every_short_form_makes_a_plan_that_holds(start: int, end: int) -> None:
    if start % 24 == end % 24:
        return
    contact = parse(
        {
            "safe_now": ["yes"], "answer_how": ["contact_me"], "contact_channel": ["sms"],
            "contact_address": ["000"], "region": ["georgia"],
            "contact_from": [f"{start:02d}"], "contact_to": [f"{end:02d}"],
            "never_from": [f"{end % 24:02d}"], "never_to": [f"{start or 24:02d}"],
        }
    ).contact  # fmt: skip
    assert contact is not None
    plan = plan_from_short_form(contact)
    check_plan(plan)
    assert asked(plan, at(start, 240), "sms").allowed
    assert asked(plan, at(end, 240), "sms").why == "never_window"


def test_who_names_no_hours_may_be_written_to_at_any_hour() -> None:
    contact = parse(
        {
            "safe_now": ["yes"], "answer_how": ["contact_me"], "contact_channel": ["sms"],
            "contact_address": ["000"], "region": ["georgia"], "contact_days": ["mon"],
        }
    ).contact  # fmt: skip
    assert contact is not None
    plan = plan_from_short_form(contact)
    check_plan(plan)
    assert asked(plan, at(0, 240), "sms").allowed
    assert asked(plan, at(23.9, 240), "sms").allowed
    assert not asked(plan, at(24, 240), "sms").allowed


# Through the room


def test_a_reply_outside_the_plan_is_refused_with_its_reason_and_inside_it_is_written() -> None:
    office = Office()
    office.receive()
    reply = {"subject": "R-1", "text": "parcel is ready", "channel": "email"}
    with pytest.raises(ContactNotAllowed, match="no_plan"):
        office.do(actions.write_reply, **reply)
    office.do(actions.note_plan, subject="R-1", plan=PLAN)
    with pytest.raises(ContactNotAllowed, match="outside_windows"):
        office.do(actions.write_reply, at=at(16), **reply)
    office.do(actions.write_reply, at=at(37), **reply)
    with pytest.raises(ContactNotAllowed, match="reconfirm_first"):
        office.do(actions.write_reply, at=at(37) + days(15), **reply)
    assert queries.plan_is_old(office.request(), office.now)
    office.do(actions.reconfirm_plan, subject="R-1")
    office.do(actions.write_reply, **reply)
    assert [m.channel for m in office.request().messages] == ["email", "email"]


def test_only_a_plan_can_be_confirmed() -> None:
    office = Office()
    office.receive()
    with pytest.raises(actions.NoPlanYet):
        office.do(actions.reconfirm_plan, subject="R-1")
    assert not queries.plan_is_old(office.request(), T0 + days(100))


def test_a_plan_that_does_not_hold_is_not_kept() -> None:
    office = Office()
    office.receive()
    with pytest.raises(PlanValueUnknown):
        office.do(actions.note_plan, subject="R-1", plan=replace(PLAN, may_contact="always"))

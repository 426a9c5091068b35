"""Watching a journey: when a sign is late, what is done about it and when, and who may know which leg."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from evacuation_office import T0, Office, a_leg, a_way, hours, minutes
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.evacuation import EMPTY, actions, checkins, entries, facts, fold, queries, refusals

J = {"subject": "J-1"}
DUE = T0 + hours(5)  # the first sign
GRACE_OVER = DUE + minutes(30)


def late(office: Office, now: datetime, **given):
    return queries.late(office.journey(), now, **given)


# Grace


@given(st.integers(-2000, 4000))
@settings(max_examples=60, deadline=None)
def test_a_sign_is_late_from_the_end_of_its_grace_and_not_a_minute_before(offset):
    office = Office().moving()
    now = DUE + minutes(offset)
    assert bool(queries.due_check_ins(office.journey(), now)) == (offset >= 0)
    found = late(office, now)
    assert (found is not None) == (offset >= 30)
    if found:
        assert found.late_by == minutes(offset)
        assert found.raises_to == "P0"


@pytest.mark.parametrize("so_far", [Office.plan, Office.drafted, Office.ready])
def test_nobody_is_late_who_has_not_set_out(so_far):
    office = Office()
    so_far(office)
    assert late(office, DUE + hours(99)) is None
    assert queries.due_check_ins(office.journey(), DUE + hours(99)) == ()
    assert queries.on_the_way(office.state, DUE + hours(99)) == ()


def test_a_stop_that_another_device_saw_after_an_abort_is_still_a_stop():
    office, other = Office().moving(), Office()
    other.state = office.state
    office.do(actions.abort_journey, **J, reason="turned_back", at=T0)
    other.do(actions.stop_at_border, **J, at=T0 + hours(1))
    both = fold(office.state, [replace(x, id="other") for x in other.log])
    found = queries.late(both.get("J-1"), T0 + hours(2))
    assert (both.get("J-1").state, found.kind, found.level) == ("aborted", "stop", "P0")


@pytest.mark.parametrize(
    ("due_local", "length", "overnight"),
    [
        ("2031-03-02T07:00", 10, True),
        ("2031-03-01T23:30", 2, False),
        ("2031-03-02T00:10", 2, True),
        ("2031-03-02T00:00", 2, True),
        ("2031-03-02T06:00", 1, False),
        ("2031-03-02T05:30", 1, True),
        ("2031-03-01T18:00", 13, False),
        ("2031-03-01T18:00", 40, True),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Bishkek", "Europe/Rome", "UTC", "America/New_York"])
def test_a_leg_is_overnight_by_the_hour_where_the_person_is(due_local, length, overnight, zone):
    local = datetime.fromisoformat(due_local).replace(tzinfo=ZoneInfo(zone))
    offset = int(local.utcoffset().total_seconds() // 60)
    assert checkins.is_overnight(local.astimezone(UTC), length, offset) == overnight
    leg = a_leg(1, check_in_due=local.astimezone(UTC), hours=float(length), utc_offset=offset)
    assert checkins.planned(leg).grace == (120 if overnight else 30)


def test_the_plans_own_grace_and_a_part_of_day_called_night_come_first():
    assert checkins.planned(a_leg(1, grace=45, day_part="night")).grace == 45
    assert checkins.planned(a_leg(1, day_part="night")).grace == 120


@given(st.integers(-720, 840), st.integers(0, 60 * 24 * 3))
@settings(max_examples=60, deadline=None)
def test_a_deadline_is_the_same_instant_on_every_clock(offset, later):
    """Across midnight and time zones: the way is planned and asked about in local time anywhere."""
    there = timezone(minutes(offset))
    utc, local = Office().moving(), Office()
    legs = tuple(
        replace(leg, grace=30, check_in_due=leg.check_in_due.astimezone(there)) for leg in a_way().legs
    )
    local.moving(way=facts.Way(destination="DE", legs=legs))
    now = DUE + minutes(later)
    assert late(utc, now) == late(local, now.astimezone(there))


@given(st.lists(st.integers(-5, 40), max_size=5))
@settings(max_examples=60, deadline=None)
def test_grace_is_lengthened_within_the_plans_rule_and_never_after_it_is_over(wishes):
    office = Office().moving()
    allowed = 0
    for wish in wishes:
        try:
            office.do(actions.extend_grace, **J, minutes=wish, reason="carrier_late", at=DUE + minutes(5))
            allowed += wish
        except refusals.BeyondTheRule:
            assert wish <= 0 or allowed + wish > 30
    assert allowed <= 30
    end = GRACE_OVER + minutes(allowed)
    assert late(office, end - minutes(1)) is None
    assert late(office, end) is not None
    with pytest.raises(refusals.GraceIsOver):
        office.do(actions.extend_grace, **J, minutes=1, reason="carrier_late", at=end)


def test_two_devices_that_both_lengthen_the_grace_stay_within_the_rule_together():
    office, other = Office().moving(), Office()
    other.state = office.state
    for device, moment in ((office, DUE), (other, DUE + minutes(1))):
        device.do(actions.extend_grace, **J, minutes=30, reason="person_asked", at=moment)
    both = fold(office.state, [replace(x, id="other") for x in other.log])
    assert queries.late(both.get("J-1"), GRACE_OVER + minutes(30)) is not None


def test_a_new_schedule_starts_with_its_own_grace_again():
    office = Office().moving()
    office.do(actions.extend_grace, **J, minutes=30, reason="person_asked", at=DUE)
    office.do(actions.pause_journey, **J, reason="waiting", next_sign=DUE + hours(5))
    office.do(actions.resume_journey, **J, next_sign=DUE + hours(9))
    assert late(office, DUE + hours(9) + minutes(29)) is None
    assert late(office, DUE + hours(9) + minutes(30)) is not None


# Shutdown (Sc-5)


@given(
    since=st.integers(-600, 200),
    lasts=st.one_of(st.none(), st.integers(1, 900)),
    where=st.sampled_from(["region-1", "region-2", "elsewhere"]),
    rule=st.sampled_from([60, 240, 0]),
)
@settings(max_examples=120, deadline=None)
def test_a_shutdown_lengthens_grace_only_where_and_when_it_was_and_only_by_the_plans_rule(
    since, lasts, where, rule
):
    office = Office().moving(way=a_way(shutdown_grace=rule))
    begins = DUE + minutes(since)
    told = office.do(actions.flag_shutdown, region=where, since=begins, at=max(begins, T0))
    if lasts is not None and told:
        ends = begins + minutes(lasts)
        office.do(actions.lift_shutdown, flag=told[0].flag, until=ends, at=max(office.now, ends))
    explains = where == "region-1" and since <= 30 and (lasts is None or since + lasts >= 0)
    end = GRACE_OVER + minutes(rule if explains else 0)
    assert late(office, end - minutes(1)) is None
    assert late(office, end) is not None


def test_a_shutdown_is_told_to_every_plan_it_touches_and_names_no_region_there():
    office = Office().moving("J-1")
    office.ready("J-2")
    office.ready("J-3", way=a_way(region="far"))
    told = office.do(actions.flag_shutdown, region="region-2", since=T0, at=T0)
    assert {(x.subject, x.legs, x.compartment) for x in told} == {
        ("J-1", (2,), "index"),
        ("J-2", (2,), "index"),
    }
    assert not any("region-2" in str(x) for x in told)
    with pytest.raises(refusals.NoSuchShutdown):
        office.do(actions.lift_shutdown, flag="other", until=T0)


# The ladder (F13)


@given(
    level=st.sampled_from(facts.LEVELS),
    listed=st.booleans(),
    after=st.integers(0, 60 * 24 * 16),
    taken=st.sets(st.sampled_from(["cover_message", "trusted_person", "second_channel"])),
)
@settings(max_examples=150, deadline=None)
def test_the_ladder_gives_the_step_that_is_due_and_silence_comes_at_the_levels_threshold(
    level, listed, after, taken
):
    office = Office().moving(trusted_person=listed, level=level)
    threshold = {"P0": 2, "P1": 12, "P2": 72, "P3": 14 * 24}[level] * 60
    steps = [("cover_message", 0), ("trusted_person", threshold / 4), ("second_channel", threshold / 2)]
    steps = [(s, at) for s, at in steps if listed or s != "trusted_person"]
    for step, at in steps:
        if step in taken and at <= after:
            office.do(actions.take_step, **J, step=step, at=GRACE_OVER + minutes(at))
    found = late(office, GRACE_OVER + minutes(after))
    assert found.level == level
    assert found.silent_at == GRACE_OVER + minutes(threshold)
    assert found.never == ("never_family_by_reflex", "never_police_by_reflex")
    if after >= threshold:
        assert (found.status, found.step) == ("silent", "decide_missing")
    else:
        open_ = [s for s, at in steps if at <= after and s not in taken]
        assert (found.status, found.step) == ("late", open_[0] if open_ else "")
    assert [r.step for r in found.rungs] == [*(s for s, _ in steps), "decide_missing"]
    assert "family" not in found.step and "police" not in found.step


def test_each_step_is_taken_once_when_it_is_due_and_only_if_somebody_is_listed():
    office = Office().moving(level="P1")
    office.do(actions.take_step, **J, step="cover_message", at=GRACE_OVER + minutes(1))
    with pytest.raises(refusals.StepNotDue):
        office.do(actions.take_step, **J, step="cover_message")
    with pytest.raises(refusals.StepNotDue):
        office.do(actions.take_step, **J, step="second_channel")
    with pytest.raises(refusals.NobodyListed):
        office.do(actions.take_step, **J, step="trusted_person", at=GRACE_OVER + hours(5))
    with pytest.raises(refusals.NotAccepted):
        office.do(actions.take_step, **J, step="call_family")
    found = late(office, GRACE_OVER + hours(1))
    assert (found.step, found.next_step, found.next_at) == ("", "second_channel", GRACE_OVER + hours(6))


def test_a_cover_message_waits_for_its_window_and_the_other_steps_do_not():
    office = Office().moving(level="P1", trusted_person=True)
    opens = GRACE_OVER + hours(8)
    assert late(office, GRACE_OVER + hours(1), window_opens=opens).step == ""
    assert late(office, GRACE_OVER + hours(4), window_opens=opens).step == "trusted_person"


def test_the_cases_level_today_beats_the_level_of_the_plan():
    office = Office().moving(level="P2")
    now = GRACE_OVER + hours(3)
    assert late(office, now).status == "late"
    assert late(office, now, level="P0").status == "silent"
    [row] = queries.on_the_way(office.state, now, levels={"C-J-1": "P0"})
    assert row.late.status == "silent"


def test_two_workers_decide_that_a_silent_person_is_missing():
    office = Office().moving(level="P0")
    with pytest.raises(refusals.NotSilent):
        office.do(actions.decide_missing, **J, second="boris", at=GRACE_OVER + minutes(119))
    with pytest.raises(refusals.SecondMemberNeeded):
        office.do(actions.decide_missing, **J, second="anna", at=GRACE_OVER + hours(2))
    office.do(actions.decide_missing, **J, second="boris")
    found = late(office, office.now)
    assert (found.status, found.step, found.next_step) == ("missing", "", "")
    with pytest.raises(refusals.AlreadyMissing):
        office.do(actions.decide_missing, **J, second="boris")
    after = office.now + hours(1)
    office.do(
        actions.find_again, **J, how="lawyer_saw_them", second="boris", at=after, next_sign=after + hours(3)
    )
    assert late(office, after) is None
    assert queries.due_check_ins(office.journey(), after + hours(3))


def test_a_step_taken_for_one_sign_is_not_taken_for_the_next():
    office = Office().moving(
        way=facts.Way(
            destination="DE",
            legs=(
                a_leg(1),
                a_leg(2, check_in_due=DUE + minutes(10)),
            ),
        )
    )
    office.do(actions.take_step, **J, step="cover_message", at=GRACE_OVER + minutes(5))
    office.sign(1, GRACE_OVER + minutes(15))
    assert late(office, GRACE_OVER + minutes(15)).step == "cover_message"
    office.do(actions.take_step, **J, step="cover_message")
    again = office.now + hours(5)
    office.do(actions.pause_journey, **J, reason="waiting", next_sign=again, grace=0)
    assert late(office, again).step == "cover_message"


def test_a_journey_whose_person_is_missing_is_not_resumed():
    office = Office().moving()
    office.do(actions.stop_at_border, **J, at=T0)
    office.do(actions.decide_missing, **J, second="boris", at=T0 + hours(20))
    with pytest.raises(refusals.AlreadyMissing):
        office.do(actions.resume_journey, **J, next_sign=T0 + hours(22))


def test_a_delay_told_under_control_moves_no_clock():
    office = Office().moving()
    office.sign(1, T0, "duress")
    office.sign(1, T0 + hours(1), "delayed", new_due=T0 + hours(60))
    assert checkins.open_check_ins(office.journey())[0].due == DUE


# Signs


def test_a_sign_for_a_later_leg_answers_for_the_earlier_ones_and_the_next_clock_runs():
    office = Office().moving()
    office.sign(2, DUE + hours(6))
    [row] = queries.on_the_way(office.state, office.now)
    assert (row.leg, row.legs, row.next_due) == (3, 3, T0 + hours(15))
    with pytest.raises(refusals.NoSuchLeg):
        office.sign(1, office.now)
    with pytest.raises(refusals.NoSuchLeg):
        office.sign(4, office.now)


def test_a_delay_that_was_told_moves_the_clock_and_never_makes_it_earlier():
    office = Office().moving()
    office.sign(1, DUE - hours(1), "delayed", new_due=DUE + hours(3))
    assert late(office, DUE + hours(3) + minutes(29)) is None
    assert late(office, DUE + hours(3) + minutes(30)) is not None
    office = Office().moving()
    office.sign(1, DUE - hours(2), "delayed", new_due=DUE - hours(1))
    assert late(office, GRACE_OVER - minutes(1)) is None
    assert late(office, GRACE_OVER) is not None
    for wrong in (None, DUE - hours(1), DUE + timedelta(days=15)):
        with pytest.raises(refusals.NotAhead):
            office.sign(1, DUE, "delayed", new_due=wrong)


def test_a_sign_cannot_have_been_heard_in_the_future():
    office = Office().moving()
    with pytest.raises(refusals.InTheFuture):
        office.sign(1, DUE, heard_at=DUE + minutes(1))


def test_when_every_leg_is_done_the_clock_asks_for_the_arrival():
    office = Office().moving()
    office.sign(3, T0 + hours(15))
    [row] = queries.on_the_way(office.state, T0 + hours(16))
    assert (row.kind, row.late) == ("confirm_safe", None)
    assert late(office, T0 + hours(17)).kind == "confirm_safe"
    office.do(actions.record_arrival, **J, at=T0 + hours(18))
    assert late(office, T0 + hours(19)) is None
    assert late(office, T0 + hours(20)).kind == "confirm_safe"


@given(st.lists(st.sampled_from(["ok", "delayed"]), max_size=4), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_after_a_duress_sign_nothing_the_person_says_makes_them_safe_until_two_have_found_them(signs, wait):
    office = Office().moving()
    office.sign(1, T0 + hours(1), "duress")
    for sign in signs:
        office.sign(1, office.now + minutes(7), sign, new_due=office.now + hours(30))
    now = office.now + minutes(wait)
    found = late(office, now)
    assert (found.status, found.level, found.step) == ("under_control", "P0", "decide_missing")
    with pytest.raises(refusals.UnderControl):
        office.do(actions.take_step, **J, step="cover_message", at=now)
    office.do(actions.find_again, **J, how="met_in_person", second="boris", at=now, next_sign=now + hours(4))
    assert late(office, now + hours(4)) is None
    office.sign(1, now + hours(4))
    assert checkins.passed_leg(office.journey()) == 1


def test_a_duress_sign_that_is_heard_late_undoes_the_ok_that_came_after_it():
    office = Office().moving()
    office.sign(1, DUE)
    office.sign(2, DUE + hours(1), "duress", heard_at=DUE - hours(1))
    assert checkins.passed_leg(office.journey()) == 0
    assert late(office, office.now).status == "under_control"


def test_a_journey_under_control_is_not_resumed():
    office = Office().moving()
    office.do(actions.pause_journey, **J, reason="waiting", next_sign=T0 + hours(9), at=T0 + hours(1))
    office.sign(1, T0 + hours(2), "duress")
    with pytest.raises(refusals.UnderControl):
        office.do(actions.resume_journey, **J, next_sign=T0 + hours(9))


def test_a_pause_has_a_clock_and_resuming_moves_what_is_left():
    office = Office().moving()
    office.sign(1, DUE)
    until = T0 + hours(40)
    office.do(actions.pause_journey, **J, reason="waiting", next_sign=until, at=DUE + hours(1))
    assert late(office, until + minutes(119)) is None
    assert late(office, until + hours(2)).kind == "pause"
    office.do(actions.resume_journey, **J, next_sign=until + hours(6), at=until + hours(3))
    dues = [c.due for c in checkins.open_check_ins(office.journey())]
    assert dues == [until + hours(6), until + hours(11)]


# Stopped at a border (Sc-6)


@pytest.mark.parametrize("choice", facts.STOP_CHOICES)
@pytest.mark.parametrize("with_name", [True, False])
def test_an_exit_stop_is_p0_and_follows_the_decision_made_before_travel(choice, with_name):
    office = Office()
    office.drafted(level="P3")
    office.stop_decision(choice=choice, with_name=with_name, after_minutes=120)
    office.complete()
    office.propose()
    office.decide()
    office.start()
    stopped = T0 + hours(14)
    office.do(actions.stop_at_border, **J, stopped_at=stopped, at=stopped + minutes(3))
    found = late(office, stopped + minutes(3))
    assert (office.journey().state, found.kind, found.level) == ("paused", "stop", "P0")
    steps = {s.step: s.at - stopped for s in queries.stop_clock(office.journey())}
    assert steps["lawyer_there"] == minutes(40)
    name = f"stop_{choice}" + {"public": "_with_name" if with_name else "_without_name"}.get(choice, "")
    assert steps[name] == hours(2)
    assert not any("family" in step for step in steps)
    for other in facts.STOP_CHOICES:
        with pytest.raises(refusals.StopDecisionFixed):
            office.stop_decision(choice=other)


@given(st.sampled_from(facts.STOP_CHOICES), st.sampled_from(facts.STOP_CHOICES), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_on_the_way_the_decision_can_only_become_quieter(before, after, named_before, named_after):
    office = Office().drafted()
    office.stop_decision(choice=before, with_name=named_before)
    office.complete()
    office.propose()
    office.decide()
    office.start()
    order = facts.STOP_CHOICES.index
    quieter = order(after) <= order(before) and named_after <= named_before
    try:
        office.stop_decision(choice=after, with_name=named_after)
    except refusals.StopDecisionFixed:
        assert not quieter
    else:
        assert quieter and office.journey().state == "moving"


def test_a_doubtful_route_reaches_everyone_who_still_has_it_ahead_and_nobody_else():
    office = Office().moving("J-1")
    office.ready("J-2")
    office.drafted("J-3", case="C-3")
    office.moving("J-4", way=a_way(route="another"))
    office.moving("J-5")
    office.sign(2, DUE + hours(5), code="J-5")
    written = office.do(
        actions.mark_route_doubtful, route="route-2", reason="stopped", happened_on="J-1", at=T0 + hours(11)
    )
    demands = {x.subject: x for x in written if isinstance(x, entries.RecheckDemanded)}
    assert set(demands) == {"J-2", "J-3"}
    assert all(x.due == T0 + hours(13) and "route-2" not in str(x) for x in demands.values())
    assert queries.missing_checks(office.journey("J-2")) == ("recheck",)
    with pytest.raises(refusals.RecheckFirst):
        office.start("J-2")
    with pytest.raises(refusals.RecheckFirst):
        office.complete("J-3")
    with pytest.raises(refusals.RouteDoubtful):
        office.way("J-3")
    office.way("J-3", way=a_way(route="another"))
    office.do(actions.recheck_route, subject="J-2")
    office.start("J-2")
    office.papers("J-3")
    office.complete("J-3")


def test_a_doubt_that_the_planners_device_had_not_heard_still_stops_the_start():
    office = Office().ready("J-1")
    other = Office()
    marked = other.do(actions.mark_route_doubtful, route="route-2", reason="closed", at=office.now + hours(1))
    office.state = fold(office.state, [replace(x, id=f"other-{x.id}") for x in marked])
    office.now += hours(2)
    with pytest.raises(refusals.RecheckFirst):
        office.start()
    assert queries.missing_checks(office.journey(), office.state) == ("recheck",)
    office.do(actions.recheck_route, **J)
    office.start()


def test_two_people_clear_a_doubtful_route():
    office = Office()
    office.do(actions.mark_route_doubtful, route="route-2", reason="closed")
    with pytest.raises(refusals.SecondMemberNeeded):
        office.do(actions.clear_route, route="route-2", reason="lawyer_says", second="anna")
    office.do(actions.clear_route, route="route-2", reason="lawyer_says", second="boris")
    assert queries.doubtful_routes(office.state) == frozenset()


# Who sees what


def test_the_board_puts_the_most_urgent_first_and_names_no_place():
    office = Office().moving("J-1", level="P1")
    office.moving("J-2", level="P0")
    office.moving("J-3")
    office.ready("J-4")
    office.sign(1, DUE, code="J-3")
    now = GRACE_OVER + hours(3)
    rows = queries.on_the_way(office.state, now)
    assert [(r.journey, r.late.status if r.late else "") for r in rows] == [
        ("J-2", "silent"),
        ("J-1", "late"),
        ("J-3", ""),
    ]
    assert rows[1].late_by == hours(3.5) and rows[1].ladder_step == "cover_message"
    assert rows[2].late_by is None and rows[2].ladder_step == ""
    for word in ("Origin", "Goal", "XX:", "region", "route", "driver"):
        assert word not in str(rows)


CANARY = {
    "origin": "canary-origin-{n}",
    "destination": "canary-destination-{n}",
    "origin_name": "canary-from-{n}",
    "destination_name": "canary-to-{n}",
    "handover_sign": "canary-sign-{n}",
    "driver": "canary-driver-{n}",
    "fallback_a": "canary-a-{n}",
    "fallback_b": "canary-b-{n}",
    "route": "canary-route-{n}",
    "region": "canary-region-{n}",
}


def a_canary_way() -> facts.Way:
    legs = (a_leg(n, **{k: v.format(n=n) for k, v in CANARY.items()}) for n in (1, 2, 3))
    return facts.Way(destination="DE", destination_name="canary-end", legs=tuple(legs))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_drivers_card_tells_one_leg_and_nothing_of_the_person_or_the_rest(n):
    office = Office().moving(way=a_canary_way())
    card = str(queries.leg_card(office.journey(), n))
    assert f"canary-from-{n}" in card and f"canary-sign-{n}" in card
    for other in {1, 2, 3} - {n}:
        assert f"-{other}" not in card
    for secret in ("J-1", "C-J-1", "canary-driver", "canary-route", "canary-region", "canary-end"):
        assert secret not in card
    assert queries.leg_card(office.journey(), 4) is None


def test_places_live_in_the_place_compartment_alone():
    office = Office().moving(way=a_canary_way())
    office.sign(1, DUE)
    office.do(actions.flag_shutdown, region="canary-region-2", since=DUE)
    office.do(actions.stop_at_border, **J, at=DUE + hours(1))
    office.do(actions.abort_journey, **J, reason="turned_back")
    places = {x.compartment for x in office.log if "canary" in str(x)}
    assert places == {"place"}
    assert "canary" not in str(queries.timeline(office.journey()))
    without = fold(EMPTY, [x for x in office.log if x.compartment != "place"])
    assert "canary" not in str(without)


def test_papers_live_in_the_identity_compartment_and_the_check_does_not_need_them():
    office = Office().drafted()
    assert {x.compartment for x in office.log if "foreign_passport" in str(x)} == {"identity"}
    without = fold(EMPTY, [x for x in office.log if x.compartment != "identity"])
    assert queries.missing_checks(without.get("J-1")) == ("complete", "go")


@given(st.lists(st.sampled_from(["d1", "d2", "d3", "anna"]), min_size=2, max_size=5))
@settings(max_examples=60, deadline=None)
def test_nobody_but_the_coordinator_knows_two_legs_in_a_row(drivers):
    office = Office()
    office.plan()
    legs = tuple(a_leg(n, driver=d) for n, d in enumerate(drivers, start=1))
    twice = any(a == b != "anna" for a, b in pairwise(drivers))
    try:
        office.way(way=facts.Way(destination="DE", legs=legs))
    except refusals.ConsecutiveLegs:
        assert twice
        return
    assert not twice
    for member in ("d1", "d2", "d3"):
        known = queries.legs_known_to(office.journey(), member)
        assert all(b - a > 1 for a, b in pairwise(known))
    assert queries.legs_known_to(office.journey(), "anna") == tuple(range(1, len(drivers) + 1))


def test_the_timeline_tells_all_that_happened_in_order():
    office = Office().moving()
    office.sign(1, DUE)
    office.do(actions.pause_journey, **J, reason="waiting", next_sign=DUE + hours(9), at=DUE + hours(1))
    lines = queries.timeline(office.journey())
    assert [x.what for x in lines][:2] == ["journey_planned", "way_chosen"]
    assert [(x.what, x.detail) for x in lines][-3:] == [
        ("journey_started", ""),
        ("check_in_marked", "ok"),
        ("paused", "waiting"),
    ]
    assert [x.at for x in lines] == sorted(x.at for x in lines)

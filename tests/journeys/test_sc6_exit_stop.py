"""Sc-6, exit stop at the airport: decided before, on the clock when it comes, and the next person warned."""

from datetime import timedelta

import pytest
from bench_office import PASSPHRASES, Desk, a_case, all_known, on_the_way
from evacuation_office import LAWYER_CHECKED
from ways_world import ask, destinations, refusal

from kunak import casework, evacuation
from kunak.evacuation import queries
from kunak.evacuation.refusals import (
    ChecksMissing,
    NeverSkipped,
    NotReady,
    ReasonMissing,
    RecheckFirst,
    RouteDoubtful,
    SecondMemberNeeded,
    StopDecisionFixed,
)
from kunak.workbench import SecondPersonNeeded

do = evacuation.actions
SHARING = ("KZ", "KG", "AM", "BY", "TJ")  # states that read the persecutor's lists


def drafted(**way: object) -> Desk:
    desk = a_case()
    desk.draft(way=desk.way(**way))
    return desk


def complete(desk: Desk, code: str = "J-1") -> None:
    desk.do(do.complete_checks, subject=code, consents=desk.consents())


def papers(desk: Desk, code: str = "J-1") -> None:
    desk.do(do.check_papers, subject=code, papers=(), enough=True)


def decided(desk: Desk, code: str = "J-1") -> None:
    desk.do(do.decide_stop, subject=code, choice="public", with_name=False, after_minutes=120)


def looked_up(desk: Desk, code: str = "J-1", **other: str) -> None:
    desk.do(do.check_exit_risk, subject=code, **{**LAWYER_CHECKED, **other})


def go(desk: Desk, code: str = "J-1", second: str = "otter") -> None:
    desk.do(do.propose_go, subject=code)
    desk.together(second, do.decide_go, subject=code, go=True, consents=desk.consents())


def same_after_a_restart(desk: Desk) -> None:
    known = all_known(desk.bench)
    for member in PASSPHRASES:
        assert all_known(desk.again(member)) == known


# Before


@pytest.mark.parametrize(
    ("done", "missing"),
    [
        ((), "exit_risk, stop_decision, papers"),
        ((papers, decided), "exit_risk"),
        ((papers, looked_up), "stop_decision"),
        ((looked_up, decided), "papers"),
    ],
)
def test_a_plan_is_not_ready_without_the_stop_decision_and_the_exit_risk_check(done, missing: str) -> None:
    desk = drafted()
    for step in done:
        step(desk)
    with pytest.raises(ChecksMissing, match=f"missing: {missing}") as refused:
        complete(desk)
    assert "two people" in refused.value.advice()
    with pytest.raises(NotReady):
        desk.do(do.start_journey, subject="J-1", consents=desk.consents())
    assert desk.journey().state == "draft"


@pytest.mark.parametrize("indicator", queries.EXIT_INDICATORS)
@pytest.mark.parametrize(("found", "code"), [("hit", "hit"), ("not_checked", "unchecked")])
def test_an_indicator_that_is_open_or_hit_is_missing_too(indicator: str, found: str, code: str) -> None:
    desk = drafted()
    papers(desk)
    decided(desk)
    looked_up(desk, **{indicator: found})
    with pytest.raises(ChecksMissing, match=f"{code}_{indicator}"):
        complete(desk)


def test_two_people_go_ahead_without_them_only_with_a_reason() -> None:
    desk = drafted()
    papers(desk)
    with pytest.raises(ReasonMissing):
        desk.together("otter", do.override_checks, subject="J-1", reason=" ")
    with pytest.raises(SecondMemberNeeded):
        desk.do(do.override_checks, subject="J-1", reason="They come tonight.", second="")
    with pytest.raises(SecondPersonNeeded):
        desk.together("heron", do.override_checks, subject="J-1", reason="They come tonight.")
    desk.together("otter", do.override_checks, subject="J-1", reason="They come tonight.")
    complete(desk)
    go(desk, second="wren")
    assert desk.journey().state == "ready"
    assert set(desk.journey().overridden) == {"exit_risk", "stop_decision"}
    same_after_a_restart(desk)


def test_who_proposed_the_go_does_not_decide_it() -> None:
    desk = drafted()
    desk.check()
    desk.propose()
    with pytest.raises(SecondMemberNeeded):
        desk.do(do.decide_go, subject="J-1", go=True, consents=desk.consents())
    at_their_own_desk = Desk(desk.store, "otter", desk.clock)
    at_their_own_desk.do(do.decide_go, subject="J-1", go=True, consents=desk.consents())
    desk.bench.refresh()
    assert desk.journey().state == "ready"
    same_after_a_restart(desk)


def test_a_hit_found_after_the_go_takes_the_go_back() -> None:
    desk = drafted()
    desk.check()
    desk.propose()
    desk.together("otter", do.decide_go, subject="J-1", go=True, consents=desk.consents())
    looked_up(desk, missing_person="hit")
    assert desk.journey().state == "draft"
    with pytest.raises(NotReady):
        desk.do(do.start_journey, subject="J-1", consents=desk.consents())


def test_a_yes_taken_back_stops_the_start() -> None:
    desk = drafted()
    desk.check()
    desk.propose()
    desk.together("otter", do.decide_go, subject="J-1", go=True, consents=desk.consents())
    line = desk.consents()[0]
    desk.do(casework.actions.withdraw_consent, subject="C-1", line=line)
    with pytest.raises(evacuation.refusals.NoValidYes):
        desk.do(do.start_journey, subject="J-1", consents=desk.consents())


# The last leg (G-16)


@pytest.mark.parametrize("lists", ["unknown", "listed"])
def test_no_way_is_offered_that_ends_where_the_lists_are_read(lists: str) -> None:
    for origin in ("GRV", "NAL", "SVO"):
        for aim in ("interim", *SHARING):
            answer = ask(origin=origin, lists=lists, to=aim)
            assert {plan.destination for plan in answer.plans}.isdisjoint(SHARING)
    assert destinations(origin="GRV", lists=lists).isdisjoint(SHARING)
    assert "G-16" in refusal(ask(origin="GRV", lists=lists, to="KZ"), "KZ")


@pytest.mark.parametrize("destination", SHARING)
@pytest.mark.parametrize("wanted", ["not_checked", "hit"])
def test_such_a_way_is_not_made_ready_whoever_agrees(destination: str, wanted: str) -> None:
    desk = drafted(destination=destination)
    desk.check(wanted=wanted)
    with pytest.raises(ChecksMissing, match="shared_lists_end"):
        complete(desk)
    with pytest.raises(NeverSkipped, match="shared_lists_end"):
        desk.together("otter", do.override_checks, subject="J-1", reason="They come tonight.")
    assert desk.journey().state == "draft"


def test_a_move_in_the_country_by_name_that_crosses_the_border_is_no_way_around_it() -> None:
    desk = a_case()
    desk.draft(way=desk.way("KG", mode="border"), plan_type="relocate")
    desk.check(wanted="hit")
    with pytest.raises(ChecksMissing, match="shared_lists_end"):
        complete(desk)


def test_who_is_on_no_list_as_a_lawyer_saw_may_end_there() -> None:
    desk = drafted(destination="KZ")
    desk.check()
    complete(desk)
    assert desk.journey().state == "checked"


# Stopped


def stopped_desk() -> Desk:
    desk = on_the_way()
    desk.clock.later(hours=2)
    desk.do(do.stop_at_border, subject="J-1")
    return desk


def test_stopped_is_p0_at_once_and_the_clock_of_the_stop_decision_is_shown() -> None:
    desk = stopped_desk()
    now = desk.clock()
    (row,) = queries.on_the_way(desk.bench.journeys, now, {"C-1": "P2"})
    assert row.late is not None
    assert (row.state, row.kind, row.late.level, row.late.raises_to) == ("paused", "stop", "P0", "P0")
    assert row.late.never == ("never_family_by_reflex", "never_police_by_reflex")
    since = desk.journey().stop.stopped_at
    clock = [
        (step.step, (step.at - since) / timedelta(minutes=1)) for step in queries.stop_clock(desk.journey())
    ]
    assert clock == [
        ("cover_answer", 0),
        ("lawyer_dispatched", 15),
        ("lawyer_there", 40),
        ("hand_over_risk", 120),
        ("stop_public_without_name", 120),
    ]
    same_after_a_restart(desk)


def test_stopped_at_the_border_is_a_hard_trigger_of_triage() -> None:
    desk = stopped_desk()
    desk.triage("C-1", ("stopped_at_border",))
    (row,) = casework.queries.queue(desk.bench.requests, desk.bench.cases, desk.clock())
    assert (row.code, row.level) == ("C-1", "P0")


@pytest.mark.parametrize("choice", ["public", "partner_pressure"])
def test_what_was_decided_before_is_not_made_louder_while_they_are_held(choice: str) -> None:
    desk = stopped_desk()
    with pytest.raises(StopDecisionFixed):
        desk.do(do.decide_stop, subject="J-1", choice=choice, with_name=True)
    assert desk.journey().stop_decision.with_name is False


def test_let_out_is_believed_from_two_who_know_how_they_heard_it() -> None:
    desk = stopped_desk()
    desk.together("otter", do.find_again, subject="J-1", how="lawyer_saw_them")
    desk.do(do.resume_journey, subject="J-1", next_sign=desk.clock.at + timedelta(hours=3))
    assert desk.journey().state == "moving"
    assert queries.late(desk.journey(), desk.clock.at) is None
    same_after_a_restart(desk)


def test_returned_is_no_end_that_closes_by_lost_contact() -> None:
    desk = stopped_desk()
    desk.do(do.abort_journey, subject="J-1", reason="turned_back")
    with pytest.raises(evacuation.refusals.SafetyUnknown):
        desk.do(do.close_journey, subject="J-1", outcome="safe")
    with pytest.raises(SecondMemberNeeded):
        desk.do(do.confirm_safe, subject="J-1", how="met_in_person")
    assert desk.journey().on_the_way


# After: the route, and the person


def two_on_one_route() -> Desk:
    """J-1 is stopped on route-2; J-2 is ready for it, J-3 a draft, J-4 takes another route."""
    desk = on_the_way()
    for code in ("J-2", "J-3"):
        desk.draft(code)
    desk.draft("J-4", way=desk.way(route="another"))
    desk.check("J-2")
    complete(desk, "J-2")
    go(desk, "J-2")
    desk.clock.later(hours=7)
    desk.do(do.mark_check_in, subject="J-1", leg=1)
    desk.do(do.stop_at_border, subject="J-1")
    return desk


def test_a_route_marked_doubtful_lists_the_plans_on_it_and_asks_for_each_again_within_two_hours() -> None:
    desk = two_on_one_route()
    affected = {journey.code for journey in queries.plans_on(desk.bench.journeys, "route-2")}
    assert affected == {"J-1", "J-2", "J-3"}
    desk.do(do.mark_route_doubtful, route="route-2", reason="stopped", happened_on="J-1")
    now = desk.clock.at
    for code in ("J-2", "J-3"):
        due = desk.journey(code).recheck_due
        assert due is not None
        assert timedelta(hours=1, minutes=59) < due - now <= timedelta(hours=2)
    assert desk.journey("J-4").recheck_due is None
    for refused, action in ((RecheckFirst, do.start_journey), (RouteDoubtful, None)):
        with pytest.raises(refused):
            if action is None:
                desk.do(do.choose_way, subject="J-4", way=desk.way(), coordinator="heron")
            else:
                desk.do(action, subject="J-2", consents=desk.consents())
    same_after_a_restart(desk)


def test_only_two_clear_the_route_and_then_it_can_be_taken_again() -> None:
    desk = two_on_one_route()
    desk.do(do.mark_route_doubtful, route="route-2", reason="stopped", happened_on="J-1")
    desk.do(do.recheck_route, subject="J-2")
    desk.do(do.start_journey, subject="J-2", consents=desk.consents())
    desk.together("wren", do.clear_route, route="route-2", reason="lawyer_says")
    desk.do(do.choose_way, subject="J-4", way=desk.way(), coordinator="heron")
    assert desk.journey("J-2").state == "moving"
    same_after_a_restart(desk)


def test_after_the_arrival_the_follow_up_clock_runs() -> None:
    desk = on_the_way()
    for leg in (1, 2, 3):
        desk.clock.later(hours=5)
        desk.do(do.mark_check_in, subject="J-1", leg=leg)
    desk.do(do.record_arrival, subject="J-1")
    awaited = queries.awaited(desk.journey())
    assert awaited is not None
    assert awaited.kind == "confirm_safe"
    desk.do(do.confirm_safe, subject="J-1", how="agreed_sign")
    safe_at = desk.journey().confirmed_at
    case = desk.bench.cases.get("C-1")
    steps = casework.queries.follow_up(case, desk.clock())
    assert [s.step for s in steps] == ["2h", "24h", "72h", "7d", "14d", "30d", "90d", "180d", "365d"]
    assert steps[0].due == safe_at + timedelta(hours=2)
    desk.clock.later(hours=2)
    (row,) = casework.queries.queue(desk.bench.requests, desk.bench.cases, desk.clock())
    clock = next(clock for clock in row.clocks if clock.name == "follow_up")
    assert (clock.step, clock.overdue) == ("2h", True)
    same_after_a_restart(desk)


def test_places_are_gone_by_the_rule_and_the_record_has_none() -> None:
    desk = on_the_way()
    desk.clock.later(hours=16)
    desk.do(do.record_arrival, subject="J-1")
    desk.do(do.confirm_safe, subject="J-1", how="agreed_sign")
    assert not queries.expired(desk.journey(), desk.clock())
    desk.clock.later(hours=73)
    assert queries.expired(desk.journey(), desk.clock())
    told = repr(queries.timeline(desk.journey()))
    assert "Origin" not in told
    assert "route-" not in told

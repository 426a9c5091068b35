"""Values that members noted while apart stand side by side on the page, and one step settles them."""

from dataclasses import replace

import pytest
from ways_walking import EXIT_RISK, moving, planned
from web_desk import plain

from kunak import casework, evacuation, intake
from kunak.intake.contact import ContactChannel, SafeContactPlan
from kunak.vault import add_member

PLAN = SafeContactPlan(
    may_contact="as_below",
    channels=(ContactChannel(kind="sms", address="1"),),
    utc_offset_minutes=0,
    sender_name="Aunt Vera",
)


def apart(desk, *acts) -> None:
    """Several actions on one and the same state, as by members who had not heard each other."""
    bench = desk.bench
    states = bench.requests, bench.cases, bench.journeys
    for action, facts in acts:
        rooms = {"intake": states[0], "casework": states[1], "evacuation": states[2]}
        bench.act(action, rooms[action.__module__.split(".")[1]], **facts)


def two_plans(desk, request: str) -> None:
    plans = (PLAN, replace(PLAN, sender_name="Cousin Lev"))
    apart(desk, *((intake.actions.note_plan, {"subject": request, "plan": plan}) for plan in plans))


def test_two_plans_stand_side_by_side_and_the_person_says_which_one_holds(desk):
    request, case = desk.open_case()
    two_plans(desk, request)
    assert "Safe-contact plan: noted twice, by members who were apart" in desk.text(f"/cases/{case}")
    page = desk.text(f"/requests/{request}/plan")
    assert "Sender name, as they chose Aunt Vera Cousin Lev" in page
    chosen = desk.bench.requests.get(request).plans[1]
    said = plain(desk.post(f"/requests/{request}/plan/keep", chosen=chosen.id).text)
    assert "Settled" in said
    assert desk.bench.requests.get(request).plan.sender_name == "Cousin Lev"
    assert "noted twice" not in desk.text(f"/cases/{case}")


def test_while_two_plans_differ_the_channel_is_closed_with_a_sentence(desk):
    request = desk.receive()
    two_plans(desk, request)
    page = desk.get(f"/requests/{request}").text
    assert "two plans, made by members who were apart, differ" in page
    answer = desk.post(f"/requests/{request}/replies", form="reply", text="Hello", channel="sms")
    assert answer.status_code == 422


def test_levels_judged_apart_are_shown_with_who_and_when(desk):
    _, case = desk.open_case()
    judged = [{"triggers": ["child_alone"], "factors": {}}, {"triggers": (), "factors": {"time_window": 3}}]
    record = casework.actions.record_triage
    apart(desk, *((record, {"subject": case, "requests": desk.bench.requests, **one}) for one in judged))
    page = desk.text(f"/cases/{case}")
    assert "Level: noted twice, by members who were apart" in page
    assert "The most urgent counts" in page
    assert desk.bench.cases.get(case).level == "P0"
    desk.post(f"/cases/{case}/triage", form="triage", do="save", triggers="child_alone")
    assert "noted twice" not in desk.text(f"/cases/{case}")


def test_more_than_three_workers_assigned_apart_ask_for_a_choice(desk):
    _, case = desk.open_case()
    teams = (["heron", "ibis", "rook"], ["crane", "stork"])
    for member in ("rook", "crane", "stork"):
        add_member(desk.bench.vault, member, f"{member} keeps to itself", desk.clock())
    assign = casework.actions.assign_workers
    apart(desk, *((assign, {"subject": case, "workers": team}) for team in teams))
    assert "more than three. Choose who keeps it." in desk.text(f"/cases/{case}")
    desk.post(f"/cases/{case}/workers", form="workers", workers="heron")
    assert "noted twice" not in desk.text(f"/cases/{case}")


def test_needs_and_grades_noted_apart_are_settled_by_saving_them_again(desk):
    request, case = desk.open_case()
    needs = [{"subject": case, "need": "place", "need_state": state} for state in ("met", "wanted")]
    grades = [{"subject": request, "person_grade": grade, "account_grade": "A1"} for grade in ("V1", "V3")]
    signs = [{"subject": request, "signs": [sign]} for sign in ("seized_device", "wants_named_worker")]
    apart(
        desk,
        *((casework.actions.note_need, one) for one in needs),
        *((intake.actions.note_confidence, one) for one in grades),
        *((intake.actions.note_hostile_signs, one) for one in signs),
    )
    page = desk.text(f"/cases/{case}")
    for what in ("A need (Place)", "How sure we are", "Signs of a hostile contact"):
        assert f"{what}: noted twice" in page
    assert "The more open state counts" in page
    desk.post(f"/cases/{case}/needs", form="needs", place="wanted")
    desk.post(f"/requests/{request}/confidence", form="confidence", person_grade="V1", account_grade="A1",
              sign_seized_device="yes", sign_wants_named_worker="yes")  # fmt: skip
    assert "noted twice" not in desk.text(f"/cases/{case}")


def test_a_yes_noted_apart_from_a_stop_is_told_not_to_hold(desk):
    _, case = desk.open_case()
    yes = {
        "subject": case, "purpose": "p5", "organisation": "Law Office Linden", "role": "lawyer",
        "scope": ["need"], "mode": "written", "understanding": "yes",
    }  # fmt: skip
    (line,) = desk.bench.act(casework.actions.give_consent, desk.bench.cases, **yes)
    apart(
        desk,
        (casework.actions.withdraw_consent, {"subject": case, "line": line.id}),
        (casework.actions.give_consent, yes),
    )
    page = desk.text(f"/cases/{case}/consents")
    assert "they said stop to this recipient" in page
    assert "holds until" not in page


def test_checks_made_apart_are_shown_on_the_journey_and_settled_by_the_next_one(desk):
    _, journey = planned(desk)
    asked = {**dict.fromkeys(evacuation.queries.EXIT_INDICATORS, "checked_by_lawyer"), "subject": journey}
    stops = [{"subject": journey, "choice": choice} for choice in ("public", "silent")]
    apart(
        desk,
        (evacuation.actions.check_exit_risk, {**asked, "wanted": "hit"}),
        (evacuation.actions.check_exit_risk, asked),
        *((evacuation.actions.decide_stop, one) for one in stops),
    )
    page = desk.text(f"/journeys/{journey}")
    assert "Exit risk: noted twice" in page
    assert "The quieter decision counts" in page
    desk.post(f"/journeys/{journey}/exit-risk", **EXIT_RISK)
    desk.post(f"/journeys/{journey}/stop-decision", form="stop-decision", choice="silent")
    assert "noted twice" not in desk.text(f"/journeys/{journey}")


def test_of_two_ways_chosen_apart_one_is_kept_with_one_tap(desk):
    _, journey = planned(desk)
    way = desk.bench.journeys.get(journey).way
    ways = [replace(way, hours=way.hours + more) for more in (1, 2)]
    choose = evacuation.actions.choose_way
    apart(desk, *((choose, {"subject": journey, "way": one, "coordinator": "heron"}) for one in ways))
    page = desk.text(f"/journeys/{journey}")
    assert "Two ways were chosen apart" in page
    chosen = desk.bench.journeys.get(journey).standing.ways[0]
    desk.post(f"/journeys/{journey}/keep-way", chosen=chosen.id)
    assert desk.bench.journeys.get(journey).way == ways[0]
    assert "noted twice" not in desk.text(f"/journeys/{journey}")


@pytest.mark.parametrize("sign", ["ok", "duress"])
def test_a_step_taken_apart_from_a_sign_is_shown_but_never_beside_one_of_duress(desk, sign):
    _, journey = moving(desk)
    due = desk.bench.journeys.get(journey).schedule[0].due
    desk.clock.at = due.replace(microsecond=0)
    desk.clock.later(hours=3)
    apart(
        desk,
        (evacuation.actions.take_step, {"subject": journey, "step": "cover_message"}),
        (evacuation.actions.mark_check_in, {"subject": journey, "leg": 1, "sign": sign}),
    )
    page = desk.text(f"/journeys/{journey}")
    assert ("A sign, and a step as if none had come" in page) is (sign == "ok")

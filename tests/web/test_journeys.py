"""A journey at the desk: from the checks to the follow-up, and what is refused on the way."""

import re

import pytest
from ways_walking import EXIT_RISK, checked, choose, first, moving, planned, say_yes, state, the
from web_desk import OURS, START, THEIRS, plain

from kunak.evacuation.queries import awaited


def test_from_a_way_to_the_follow_up(desk):
    case, journey = planned(desk)
    base = f"/journeys/{journey}"
    assert first(desk.get(base).text) == "Fill what is missing"
    assert "The exit-risk check" in desk.text(base)

    desk.post(f"{base}/exit-risk", **EXIT_RISK)
    desk.post(f"{base}/stop-decision", form="stop-decision", choice="lawyer_only", after_minutes="60")
    desk.post(f"{base}/papers", form="papers", kind_1="foreign_passport", state_1="RU", enough="yes")
    assert first(desk.get(base).text) == "Declare the checks complete"
    desk.post(f"{base}/complete")
    desk.post(f"{base}/propose")
    assert first(desk.get(base).text) == "A second member decides: go or no go"

    refused = desk.post(f"{base}/decide", form="decide", go="go")
    assert refused.status_code == 422
    assert "decided by two different members" in refused.text
    alone = desk.post(f"{base}/decide", form="decide", go="go", second_passphrase=OURS)
    assert "not your own" in alone.text
    assert state(desk, journey) == "checked"

    desk.post(f"{base}/decide", form="decide", go="go", second_passphrase=THEIRS)
    assert state(desk, journey) == "ready"
    desk.post(f"{base}/start")
    assert state(desk, journey) == "moving"

    for leg in range(1, the(desk, journey).legs + 1):
        desk.clock.later(minutes=10)
        desk.post(f"{base}/sign", form=f"sign-{leg}", leg=str(leg), sign="ok")
    assert first(desk.get(base).text) == "Note the arrival"
    desk.post(f"{base}/arrived")
    safe = desk.post(f"{base}/safe", form="safe", safe_how="agreed_sign")
    assert "The follow-up of the case has started" in plain(safe.text)
    assert desk.bench.cases.get(case).follow_up is not None

    desk.post(f"{base}/close", form="close", outcome="safe")
    assert state(desk, journey) == "closed"


def test_a_go_by_two_is_heard_by_both_after_a_restart(desk):
    _, journey = checked(desk)
    desk.post(f"/journeys/{journey}/propose")
    desk.post(f"/journeys/{journey}/decide", form="decide", go="go", second_passphrase=THEIRS)
    for passphrase in (OURS, THEIRS):
        desk.unlock(passphrase)
        assert state(desk, journey) == "ready"


def test_the_second_member_can_decide_at_their_own_machine(desk):
    case, journey = checked(desk)
    desk.post(f"/cases/{case}/workers", form="workers", workers=["heron", "ibis"])  # who decides has read it
    desk.post(f"/journeys/{journey}/propose")
    desk.unlock(THEIRS)
    page = desk.get(f"/journeys/{journey}").text
    assert first(page) == "Decide: go or no go"
    assert 'type="password"' not in page.split("</section>")[0]
    desk.post(f"/journeys/{journey}/decide", form="decide", go="go")
    assert state(desk, journey) == "ready"


def test_a_no_go_opens_the_checks_again(desk):
    _, journey = checked(desk)
    desk.post(f"/journeys/{journey}/propose")
    desk.post(f"/journeys/{journey}/decide", form="decide", go="no_go", second_passphrase=THEIRS)
    assert state(desk, journey) == "draft"


def test_checks_can_be_left_out_by_two_with_a_reason_and_not_without(desk):
    _, journey = planned(desk)
    base = f"/journeys/{journey}"
    assert (
        desk.post(
            f"{base}/override", form="override", override_reason="", second_passphrase=THEIRS
        ).status_code
        == 422
    )
    assert (
        desk.post(f"{base}/override", form="override", override_reason="Tonight or never.").status_code == 422
    )
    desk.post(
        f"{base}/override", form="override", override_reason="Tonight or never.", second_passphrase=THEIRS
    )
    assert "Tonight or never." in desk.text(base)
    desk.post(f"{base}/complete")
    assert state(desk, journey) == "checked"


def test_a_late_sign_climbs_the_ladder_and_never_calls_the_family(desk):
    case, journey = moving(desk)
    base, sign = f"/journeys/{journey}", awaited(the(desk, journey))
    desk.clock.at = sign.grace_over
    desk.clock.later(minutes=1)
    page = desk.text(base)
    assert "A sign is late: take the step that is due" in page
    assert "Never call the family by reflex." in page
    assert "late" in desk.text("/journeys")

    early = desk.post(f"{base}/step", step="second_channel")
    assert early.status_code == 422
    desk.post(f"{base}/step", step="cover_message")
    assert the(desk, journey).steps[-1].step == "cover_message"
    desk.post(f"{base}/alarm")
    assert desk.bench.cases.get(case).level == "P0"

    desk.clock.later(hours=2)
    assert first(desk.get(base).text) == "Silent: two people decide whether the person is missing"
    desk.post(f"{base}/missing", form="missing", second_passphrase=THEIRS)
    assert the(desk, journey).missing_since is not None
    next_sign = desk.clock.at.replace(hour=desk.clock.at.hour // 2, day=desk.clock.at.day + 1)
    desk.post(
        f"{base}/found",
        form="found",
        found_how="live_call_safe_word",
        found_next=next_sign.strftime("%Y-%m-%dT%H:%M"),
        second_passphrase=THEIRS,
    )
    assert the(desk, journey).missing_since is None


def test_the_other_word_changes_nothing_on_the_page_that_answers(desk):
    pages = {}
    desk.get("/readings")  # the clock ticks each time it is asked: what is made once is made
    for sign in ("ok", "duress"):
        desk.clock.at = START
        case, journey = moving(desk)
        desk.clock.later(minutes=5)
        answer = desk.post(f"/journeys/{journey}/sign", form="sign-1", leg="1", sign=sign)
        pages[sign] = answer.text.replace(journey, "J").replace(case, "C")
    assert pages["ok"] == pages["duress"]

    assert the(desk, journey).under_control is not None
    assert desk.bench.cases.get(case).level == "P0"
    assert first(desk.get(f"/journeys/{journey}").text).startswith("Under control")
    assert "under control" in desk.text("/journeys")


def test_a_stop_at_the_border_is_one_tap_and_shows_what_the_person_decided(desk):
    case, journey = moving(desk)
    desk.clock.later(minutes=20)
    page = plain(desk.post(f"/journeys/{journey}/stopped").text)
    assert state(desk, journey) == "paused"
    assert "Decided before travel: a lawyer only" in page
    assert desk.bench.cases.get(case).level == "P0"
    marked = desk.post(f"/journeys/{journey}/doubt", form="doubt", route_leg="1", doubt_reason="stopped")
    assert marked.status_code == 200


def test_a_route_that_became_doubtful_stops_the_plans_of_others(desk):
    _, waiting = planned(desk)
    _, journey = moving(desk)
    desk.post(f"/journeys/{journey}/doubt", form="doubt", route_leg="1", doubt_reason="detained")
    assert first(desk.get(f"/journeys/{waiting}").text).startswith("Look at the way again")
    desk.post(f"/journeys/{waiting}/recheck")
    assert first(desk.get(f"/journeys/{waiting}").text) == "Fill what is missing"


def test_a_yes_that_was_taken_back_stops_everything(desk):
    case, journey = checked(desk)
    line = desk.bench.cases.get(case).consents[-1].id
    desk.post(f"/cases/{case}/consents/withdraw", line=line)
    assert first(desk.get(f"/journeys/{journey}").text).startswith("Ask the person again")
    desk.post(f"/journeys/{journey}/propose")
    refused = desk.post(f"/journeys/{journey}/decide", form="decide", go="go", second_passphrase=THEIRS)
    assert "has run out or was taken back" in plain(refused.text)


def test_pause_go_on_and_abort(desk):
    _, journey = moving(desk)
    base = f"/journeys/{journey}"
    soon = (desk.clock.at.replace(minute=45)).strftime("%Y-%m-%dT%H:%M")
    assert desk.post(f"{base}/pause", form="pause", pause_reason="waiting", pause_until="").status_code == 422
    desk.post(f"{base}/pause", form="pause", pause_reason="waiting", pause_until=soon, pause_grace="60")
    assert state(desk, journey) == "paused"
    desk.post(f"{base}/resume", form="resume", resume_next=soon)
    assert state(desk, journey) == "moving"
    desk.post(f"{base}/abort", form="abort", abort_reason="detained")
    assert state(desk, journey) == "aborted"
    unsafe = desk.post(f"{base}/close", form="close", outcome="safe")
    assert "nobody has confirmed that they are safe" in plain(unsafe.text)
    desk.post(f"{base}/close", form="close", outcome="held")
    assert state(desk, journey) == "closed"


def test_a_shutdown_lengthens_grace_on_every_plan_of_its_region(desk):
    _, journey = moving(desk)
    region = the(desk, journey).way.legs[0].region
    before = awaited(the(desk, journey)).grace_over
    since = desk.clock.at.strftime("%Y-%m-%dT%H:%M")
    desk.post("/journeys/shutdown", form="shutdown", region=region, since=since)
    assert awaited(the(desk, journey)).grace_over > before
    flag = the(desk, journey).shutdowns[0].flag
    desk.post("/journeys/lift", flag=flag)
    assert the(desk, journey).shutdowns[0].until is not None


def test_the_legs_are_set_with_the_person_and_the_card_tells_one_leg_only(desk):
    _, journey = planned(desk)
    base, legs = f"/journeys/{journey}", the(desk, journey).way.legs
    fields = {}
    for leg in legs:
        fields[f"due_{leg.number}"] = leg.check_in_due.strftime("%Y-%m-%dT%H:%M")
        fields[f"handover_{leg.number}"] = f"a blue bag {leg.number}"
    assert desk.get(f"{base}/legs").status_code == 200
    desk.post(f"{base}/legs", form="legs", **fields)
    assert the(desk, journey).way.legs[0].handover_sign == "a blue bag 1"
    card = desk.text(f"{base}/legs/1")
    assert "a blue bag 1" in card
    assert "a blue bag 2" not in card
    assert desk.get(f"{base}/legs/99").status_code == 422


def test_places_are_for_the_coordinator_and_leave_72_hours_after_arrival(desk):
    _, journey = moving(desk)
    place = the(desk, journey).way.legs[0].destination_name
    assert place in desk.get(f"/journeys/{journey}").text
    assert place not in desk.text("/journeys")
    desk.unlock(THEIRS)
    assert place not in desk.text(f"/journeys/{journey}")
    desk.unlock(OURS)
    desk.post(f"/journeys/{journey}/arrived")
    desk.clock.later(hours=73)
    assert place not in desk.text(f"/journeys/{journey}")


def test_a_form_that_holds_nothing_is_a_sentence_not_a_stumble(desk):
    _, journey = moving(desk)
    for verb in ("sign", "grace", "step", "found", "pause", "abort", "safe", "close", "decide"):
        answer = desk.post(f"/journeys/{journey}/{verb}")
        assert answer.status_code == 422, verb
        assert "stumbled" not in answer.text, verb


def test_a_code_that_does_not_exist_is_answered_with_a_sentence(desk):
    answer = desk.get("/journeys/J-2222-2222")
    assert "There is no journey with this code here." in plain(answer.text)


def test_a_second_journey_of_a_case_can_be_planned(desk):
    case, journey = planned(desk)
    desk.post(f"/journeys/{journey}/abort", abort_reason="plan_dropped")
    say_yes(desk, case)
    assert choose(desk, case) != journey


def test_after_an_abort_at_the_border_two_can_still_confirm_that_the_person_is_safe(desk):
    case, journey = moving(desk)
    base = f"/journeys/{journey}"
    desk.post(f"{base}/stopped")
    desk.post(f"{base}/abort", form="abort", abort_reason="turned_back")
    page = desk.get(base).text
    assert f'action="{base}/safe"' in page
    alone = desk.post(f"{base}/safe", form="safe", safe_how="lawyer_saw_them")
    assert alone.status_code == 422
    desk.post(f"{base}/safe", form="safe", safe_how="lawyer_saw_them", second_passphrase=THEIRS)
    assert state(desk, journey) == "confirmed_safe"
    assert desk.bench.cases.get(case).follow_up is not None


def test_an_arrival_that_nobody_confirmed_is_late_and_can_still_be_confirmed(desk):
    _, journey = moving(desk)
    base = f"/journeys/{journey}"
    desk.post(f"{base}/arrived")
    desk.clock.later(hours=3)
    page = desk.get(base).text
    assert "A sign is late" in first(page)
    assert f'action="{base}/safe"' in page


@pytest.mark.parametrize("stage", [planned, checked, moving])
def test_every_field_of_the_page_has_an_id_of_its_own_and_a_label(desk, stage):
    _, journey = stage(desk)
    base = f"/journeys/{journey}"
    for _ in range(3):
        page = desk.get(base).text
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        for field in re.findall(r'<(?:input|select|textarea) id="([^"]+)"', page):
            assert f'<label for="{field}"' in page
        desk.post(f"{base}/stopped")
        desk.clock.later(hours=30)

"""One request: its answers, the thread, acknowledging, ends with reasons, the safe-contact plan."""

import re

import pytest
from web_desk import THEIRS, plain

from kunak.intake import actions as intake_actions
from kunak.web.sentences import language_for, sentence


def test_what_the_person_wrote_and_ticked_is_on_the_page(desk):
    code = desk.receive("My brother has read it.", danger="within_days", region="dagestan", needs=("lawyer",))
    page = desk.text(f"/requests/{code}")
    for said in ("My brother has read it.", "Within days", "Dagestan", "A lawyer", "Russian"):
        assert said in page


def test_acknowledging_stops_its_clock(desk):
    code = desk.receive(danger="now")
    page = plain(desk.post(f"/requests/{code}/acknowledge").text)
    assert "Noted: the person knows that we have it" in page
    assert "acknowledge in" not in page


def test_an_answer_is_written_and_acknowledges(desk):
    code = desk.receive(danger="now")
    page = plain(desk.post(f"/requests/{code}/replies", form="reply", text="We are here.").text)
    assert "We are here." in page
    assert "they have no return code" in page
    assert desk.bench.requests.get(code).human_at is not None


def test_an_empty_answer_is_refused_and_nothing_is_written(desk):
    code = desk.receive()
    answer = desk.post(f"/requests/{code}/replies", form="reply", text="  ")
    assert answer.status_code == 422
    assert "Write something here." in plain(answer.text)
    assert desk.bench.requests.get(code).messages == ()


def test_an_answer_refused_on_a_case_page_shows_the_case_and_what_was_typed(desk):
    request, case = desk.open_case()
    answer = desk.post(f"/requests/{request}/replies", form="reply", text="Hello", channel="call")
    assert answer.status_code == 422
    assert case in answer.text
    assert ">Hello</textarea>" in answer.text


def test_a_sentence_can_begin_the_answer_in_the_persons_language(desk):
    russian, english = desk.receive(language="ru"), desk.receive(language="en")
    assert "ничего доказывать не нужно" in desk.get(f"/requests/{russian}?begin=no_proof").text
    assert "do not need to prove anything" in desk.get(f"/requests/{english}?begin=no_proof").text


@pytest.mark.parametrize(
    ("theirs", "begun"),
    [("fa", "en"), ("fr", "en"), ("ka", "en"), ("other", "en"),
     ("tg", "ru"), ("ce", "ru"), ("hy", "ru"), ("declined", "ru")],
)  # fmt: skip
def test_where_we_lack_their_language_an_answer_begins_in_the_one_they_most_likely_read(theirs, begun):
    assert language_for(theirs) == begun


def test_the_named_wait_is_that_of_the_level(desk):
    code = desk.receive(language="en", danger="now")
    assert "within 15 minutes" in desk.text(f"/requests/{code}?begin=got_it")


@pytest.mark.parametrize(("spoken", "wait"), [("en", "within 12 hours"), ("ru", "в течение 12 часов")])
def test_where_it_really_takes_longer_than_the_clock_the_sentence_says_so(desk, spoken, wait) -> None:
    """Each was read after almost six hours, and one more is waiting."""
    for _ in range(3):
        slow = desk.receive(danger="now")
        desk.clock.later(hours=5, minutes=30)
        desk.post(f"/requests/{slow}/acknowledge")
    code = desk.receive(danger="now", language=spoken)
    assert wait in desk.text(f"/requests/{code}?begin=got_it")


def test_an_hour_is_not_named_where_the_clock_is_longer_and_the_genitive_is_right() -> None:
    assert "within 24 hours" in sentence("got_it", "en", "P3", 3)
    assert "within 1 hour." in sentence("got_it", "en", "P0", 1)
    assert "в течение 21 часа" in sentence("got_it", "ru", "P0", 21)
    assert "в течение 11 часов" in sentence("got_it", "ru", "P0", 11)


def test_there_is_no_way_to_send_outside_the_plan(desk):
    code = desk.receive()
    answer = desk.post(f"/requests/{code}/replies", form="reply", text="Hello", channel="call")
    assert answer.status_code == 422
    assert "safe-contact plan does not allow this now" in plain(answer.text)
    assert "Hello" in answer.text


def test_a_channel_outside_its_window_is_shown_closed_with_the_next_hour(desk):
    code = desk.receive()
    _save_plan(desk, code)
    page = desk.text(f"/requests/{code}")
    assert "Not allowed now: outside the windows of the plan. Next: 10 Apr, 10:00." in page
    assert 'value="call" disabled' in desk.get(f"/requests/{code}").text


def test_inside_the_window_the_channel_is_open(desk):
    code = desk.receive()
    _save_plan(desk, code)
    desk.clock.later(hours=12, minutes=10)  # 10:20 UTC, 13:20 theirs
    answer = desk.post(f"/requests/{code}/replies", form="reply", text="The parcel is ready.", channel="call")
    assert "Your answer is noted" in plain(answer.text)


def test_every_field_of_the_plan_comes_back_as_it_was_written(desk):
    code = desk.receive()
    _save_plan(desk, code)
    plan = desk.bench.requests.get(code).plan
    page = desk.get(f"/requests/{code}/plan").text
    assert plan.windows[0].start == 13 * 60
    assert plan.never[0].days == (4,)
    for kept in ("parcel is ready", "blue heron", "red door", "13:00", "15:30", "+000 0000"):
        assert kept in page
    assert desk.post(f"/requests/{code}/plan", form="plan", **_form_of(page)).status_code == 200
    assert desk.bench.requests.get(code).plan.windows == plan.windows


def test_an_hour_nobody_can_read_is_refused(desk):
    code = desk.receive()
    for given in ("²", "25:00", "1" * 5000, "18:3x"):
        answer = desk.post(f"/requests/{code}/plan", form="plan", window_0_from=given, window_0_to="19")
        assert answer.status_code == 422
        assert "Write the hour like 18:30." in plain(answer.text)


def test_half_a_window_is_refused_and_what_was_typed_stays(desk):
    code = desk.receive()
    answer = desk.post(f"/requests/{code}/plan", form="plan", window_0_from="13:00", safe_word="blue heron")
    assert answer.status_code == 422
    assert "A window needs a start and an end." in plain(answer.text)
    assert "blue heron" in answer.text


@pytest.mark.parametrize("status", ["info_given", "waitlisted", "referred", "withdrawn", "lost"])
def test_an_end_needs_a_reason(desk, status):
    code = desk.receive()
    refused = desk.post(f"/requests/{code}/end", form="end", status=status)
    assert refused.status_code == 422
    assert "Choose at least one." in plain(refused.text)
    reason = intake_actions.REASONS[status][0]
    desk.post(f"/requests/{code}/end", form="end", status=status, reasons=reason)
    assert desk.bench.requests.get(code).status == status


@pytest.mark.parametrize("status", ["declined", "suspected_hostile"])
def test_declining_takes_two_people(desk, status):
    code, reason = desk.receive(), intake_actions.REASONS[status][0]
    alone = desk.post(f"/requests/{code}/end", form="end", status=status, reasons=reason)
    assert alone.status_code == 422
    assert "needs a second member" in plain(alone.text)
    fields = {"status": status, "reasons": reason, "second_passphrase": THEIRS}
    together = desk.post(f"/requests/{code}/end", form="end", **fields)
    assert "The request has its end" in plain(together.text)


def test_a_duplicate_points_to_a_request_that_is_known(desk):
    first, second = desk.receive(), desk.receive()
    fields = {"form": "end", "status": "duplicate", "reasons": "person_says_so"}
    assert desk.post(f"/requests/{second}/end", **fields, other="R-9999-9999").status_code == 422
    desk.post(f"/requests/{second}/end", **fields, other=first.lower())
    assert desk.bench.requests.get(second).other == first


def test_an_ended_request_leaves_the_queue_and_anyone_brings_it_back(desk):
    code = desk.receive()
    desk.post(f"/requests/{code}/end", form="end", status="withdrawn", reasons="person_chose_otherwise")
    assert code not in desk.text("/")
    desk.post(f"/requests/{code}/reopen")
    assert code in desk.text("/")


def test_a_request_by_telephone_goes_to_triage(desk):
    answer = desk.post(
        "/requests/new",
        form="new-request",
        channel="phone",
        safe_now="no",
        danger="now",
        text="She was taken.",
    )
    assert answer.url.path.endswith("/triage")
    code = answer.url.path.split("/")[2]
    request = desk.bench.requests.get(code)
    assert (request.channel, request.via, request.danger) == ("phone", "worker", "now")
    assert request.answers.region == "not_asked"


def test_a_request_by_hand_needs_the_first_answer_and_keeps_the_rest(desk):
    answer = desk.post(
        "/requests/new", form="new-request", channel="paper", text="Long words typed at night."
    )
    assert answer.status_code == 422
    assert "needs an answer" in plain(answer.text)
    assert "Long words typed at night." in answer.text


def test_grades_and_hostile_signs_are_kept(desk):
    code = desk.receive()
    signs = {
        "sign_asks_where_shelter_is": "yes",
        "sign_wants_named_worker": "yes",
        "sign_seized_device": "no",
    }
    desk.post(f"/requests/{code}/confidence", person_grade="V2", account_grade="A1", **signs)
    page = desk.text(f"/requests/{code}")
    assert "V2 vouched for" in page
    assert "a second worker, and information only in steps" in page
    (noted,) = desk.bench.requests.get(code).signs
    assert (noted.yes, noted.no) == (("asks_where_shelter_is", "wants_named_worker"), ("seized_device",))


def _save_plan(desk, code):
    fields = {
        "may_contact": "as_below", "channel_0": "call", "address_0": "+000 0000", "seen_by_0": "nobody",
        "utc_offset_minutes": "180", "window_0_from": "13:00", "window_0_to": "15:30",
        "never_0_from": "18:00", "never_0_to": "23:00", "never_0_days": "4",
        "opening_phrase": "parcel is ready", "safe_word": "blue heron", "duress_word": "red door",
    }  # fmt: skip
    answer = desk.post(f"/requests/{code}/plan", form="plan", **fields)
    assert answer.status_code == 200, plain(answer.text)


def _form_of(page):
    """The plan's form as a browser would send it again: text fields and chosen options."""
    fields = dict(
        re.findall(r'<input id="([^"]+)" name="[^"]+" type="(?:text|number)" value="([^"]*)"', page)
    )
    fields |= {n: v for n, v in re.findall(r'type="radio" name="([^"]+)" value="([^"]*)" checked', page)}
    for name, inside in re.findall(r'<select id="([^"]+)".*?>(.*?)</select>', page, flags=re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        fields[name] = chosen.group(1) if chosen else ""
    return fields | {"utc_offset_minutes": "180"}

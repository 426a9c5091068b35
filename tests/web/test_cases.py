"""A case: opened from a request, worked on, followed up, closed by two; and what its list never tells."""

import pytest
from web_desk import THEIRS, plain

CANARIES = {
    "text": "Canary-Words-Alpha", "address": "canary-address-beta", "note": "Canary-Note-Gamma",
    "threat": "Canary-Threat-Delta", "organisation": "Canary Organisation Epsilon",
}  # fmt: skip


def test_a_request_becomes_a_case_under_another_code(desk):
    request, case = desk.open_case(danger="within_days")
    assert case.startswith("C-")
    page = desk.text("/cases")
    assert case in page
    assert request not in page


def test_the_request_of_a_case_leads_to_the_case(desk):
    request, case = desk.open_case()
    assert desk.get(f"/requests/{request}").url.path == f"/cases/{case}"


def test_a_case_takes_one_to_three_workers(desk):
    request = desk.receive()
    answer = desk.post(f"/requests/{request}/case", form="open-case")
    assert answer.status_code == 422
    assert "One to three members work on a case" in plain(answer.text)


def test_the_page_of_a_case_tells_one_story(desk):
    request, case = desk.open_case(danger="now")
    desk.post(f"/requests/{request}/replies", form="reply", text="We are here.")
    desk.post(f"/cases/{case}/triage", form="triage", do="save", triggers="child_alone")
    page = desk.text(f"/cases/{case}")
    for told in (
        "The request came",
        "Case opened",
        "We wrote back",
        "Triaged",
        "Child alone",
        "We are here.",
    ):
        assert told in page


def test_rows_hold_codes_and_hours_and_nothing_that_anybody_said(desk):
    code = desk.receive(CANARIES["text"], danger="now")
    desk.post(f"/requests/{code}/plan", form="plan", may_contact="as_below", channel_0="call",
              address_0=CANARIES["address"], safe_word="Canary-Safe-Word")  # fmt: skip
    waiting = desk.receive(CANARIES["text"], danger="within_days")
    case = desk.post(f"/requests/{code}/case", workers="heron").url.path.rsplit("/", 1)[-1]
    desk.post(f"/cases/{case}/notes", form="note", note=CANARIES["note"])
    desk.post(f"/cases/{case}/threat", form="threat", text=CANARIES["threat"])
    _consent(desk, case, organisation=CANARIES["organisation"])
    assert CANARIES["note"] in desk.text(f"/cases/{case}")
    for path in ("/", "/cases"):
        page = desk.get(path).text
        assert (case in page) and (waiting in page or path == "/cases")
        assert "anary" not in page


def test_needs_are_kept(desk):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/needs", form="needs", papers="wanted", medicines="in_progress")
    page = desk.text(f"/cases/{case}")
    assert "Papers: wanted" in page
    assert "Medicines: in progress" in page


def test_a_threat_is_logged_and_raising_is_asked_next(desk):
    _, case = desk.open_case()
    answer = desk.post(
        f"/cases/{case}/threat", form="threat", day="2031-04-08", source="family", channel="call",
        now_known=["address", "phone"], words_kept="yes", text="A short call.",
    )  # fmt: skip
    assert answer.url.path == f"/cases/{case}/level"
    page = desk.text(f"/cases/{case}")
    assert "they now know: The address, The phone" in page
    assert "A short call." in page


@pytest.mark.parametrize("day", ["8.4.31", "0001-01-01", "9999-12-31"])
def test_a_date_nobody_can_read_is_refused_and_the_words_stay(desk, day):
    _, case = desk.open_case()
    answer = desk.post(f"/cases/{case}/threat", form="threat", day=day, text="A short call.")
    assert answer.status_code == 422
    assert "year-month-day" in plain(answer.text)
    assert "A short call." in answer.text


def test_a_consent_is_one_line_and_stops_with_one_button(desk):
    _, case = desk.open_case()
    page = plain(_consent(desk, case).text)
    assert "p5 legal advice" in page
    assert "holds until" in page
    line = desk.bench.cases.get(case).consents[0].id
    page = plain(desk.post(f"/cases/{case}/consents/withdraw", line=line).text)
    assert "Stopped. Nothing more may be told" in page
    assert "What became of the data?" in page
    assert "a recipient must still be told to stop" in desk.text(f"/cases/{case}")


def test_a_recall_that_was_answered_is_shown(desk):
    _, case = desk.open_case()
    _consent(desk, case)
    line = desk.bench.cases.get(case).consents[0].id
    desk.post(f"/cases/{case}/consents/withdraw", line=line)
    page = plain(desk.post(f"/cases/{case}/consents/recall", line=line, outcome="destroyed").text)
    assert "destroyed" in page


def test_a_consent_that_was_not_understood_is_refused(desk):
    _, case = desk.open_case()
    answer = _consent(desk, case, understanding="partly")
    assert answer.status_code == 422
    assert "could not say back" in plain(answer.text)
    assert desk.bench.cases.get(case).consents == ()


def test_all_partners_is_no_recipient_and_what_was_typed_stays(desk):
    _, case = desk.open_case()
    answer = _consent(desk, case, organisation="all partners")
    assert answer.status_code == 422
    assert "one organisation and one role" in plain(answer.text)
    assert 'value="all partners"' in answer.text


def test_follow_up_starts_when_safe_and_shows_what_is_due(desk):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/follow-up/start")
    desk.clock.later(hours=3)
    page = desk.text(f"/cases/{case}/follow-up")
    assert "follow-up 60 min late (2 hours)" in page
    desk.post(f"/cases/{case}/follow-up", form="follow-up", step="2h", safe="yes", text="Slept well.")
    assert "✓ 2 hours" in desk.text(f"/cases/{case}")


def test_a_threat_at_follow_up_leads_to_the_log(desk):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/follow-up/start")
    answer = desk.post(f"/cases/{case}/follow-up", form="follow-up", step="2h", threats="yes")
    assert answer.url.path == f"/cases/{case}/threat"


def test_closing_takes_two_and_a_reason(desk):
    _, case = desk.open_case()
    alone = desk.post(f"/cases/{case}/close", form="close", reasons="goals_met")
    assert alone.status_code == 422
    together = desk.post(
        f"/cases/{case}/close", form="close", reasons="goals_met", checklist="way_back_given",
        second_passphrase=THEIRS,
    )  # fmt: skip
    assert "Closed does not mean safe" in plain(together.text)
    desk.post(f"/cases/{case}/reopen")
    assert desk.bench.cases.get(case).is_open


def test_silence_closes_nobody_who_was_threatened(desk):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/threat", form="threat")
    answer = desk.post(
        f"/cases/{case}/close", form="close", reasons="no_contact_after_ladder", second_passphrase=THEIRS
    )
    assert answer.status_code == 422
    assert "not closed for being silent" in plain(answer.text)


def _consent(desk, case, **changed):
    fields = {
        "purpose": "p5", "organisation": "Law Office Linden", "role": "lawyer", "scope": ["need", "region"],
        "mode": "said_and_repeated_back", "given_when": "calm", "understanding": "yes", "age_band": "adult",
    }  # fmt: skip
    return desk.post(f"/cases/{case}/consents", form="consent", **(fields | changed))

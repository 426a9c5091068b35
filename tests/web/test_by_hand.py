"""A request that a worker types in: one page, the return code at the end, nothing twice, nothing lost."""

import re

import pytest
from starlette.testclient import TestClient
from web_desk import plain

from kunak.exchange import ReturnCode
from kunak.exchange.inbox import Inbox
from kunak.exchange.mailbox import MailboxKeys, open_slots
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.desk import mailbox_stream
from kunak.exchange.relay.store import RelayStore
from kunak.intake.form import BY_KEY, CONTACT_QUESTIONS, QUESTIONS
from kunak.vault import seal
from kunak.web.newcomers import BY_HAND, LETTERS

WHOLE = {
    "form": "new-request", "channel": "phone", "safe_now": "yes", "danger": "within_days", "who": "me",
    "region": "dagestan", "needs": ["leave", "lawyer"], "under_18": "no", "answer_how": "contact_me",
    "language": "ru", "text": "They talk about Friday.", "contact_channel": "call",
    "contact_address": "+000 0000", "contact_seen_by": "nobody", "contact_days": ["mon", "tue"],
    "contact_from": "13", "contact_to": "15", "never_from": "18", "never_to": "23",
    "wrong_person": "hang_up", "hearing_source": "partner",
}  # fmt: skip


@pytest.fixture
def store(desk, tmp_path):
    """The desk's office has a public page; returns what its relay keeps."""
    seeds = {
        "intake": desk.bench.vault.intake_seeds()[0],
        "channel": desk.bench.vault.office_secret("channel"),
    }
    kept = RelayStore(tmp_path / "relay")
    app = build_app(
        tmp_path / "relay",
        intake_public=seal.x_wing_public_bytes(seeds["intake"]),
        channel_public=seal.ed25519_public_bytes(seeds["channel"]),
        store=kept,
        now=desk.clock,
    )
    desk.office.inbox = Inbox(
        Post("", intake_seed=seeds["intake"], channel_seed=seeds["channel"], client=TestClient(app),
             now=lambda: desk.clock().timestamp())
    )  # fmt: skip
    return kept


def ticket_on(desk):
    return re.search(r'name="ticket" value="([\d ]+)"', desk.get("/requests/new").text)[1]


def the_request(desk):
    (request,) = desk.bench.requests
    return request


def test_the_page_has_all_of_f1_the_short_f2_the_channel_and_the_source(desk):
    page = desk.get("/requests/new").text
    for question in (*QUESTIONS, *CONTACT_QUESTIONS):
        assert f'name="{question.key}"' in page, question.key
        for option in question.options:
            if option != "web_code":
                assert f'value="{option}"' in page, (question.key, option)
    for name in ("channel", "hearing_source", "text"):
        assert f'name="{name}"' in page


def test_each_letter_leads_to_one_question_and_none_is_taken_by_the_frame(desk, store):
    letters = re.findall(r'accesskey="(\w)"', desk.get("/requests/new").text)
    assert sorted(letters) == sorted({*LETTERS.values(), *"qcjol"})


def test_digits_are_those_of_the_sheet_on_paper(desk):
    page = desk.get("/requests/new").text
    for key in ("safe_now", "danger", "who", "under_18", "answer_how"):
        for number, option in enumerate(BY_KEY[key].options, start=1):
            assert re.search(rf'<option value="{option}"[^>]*>{number} ', page), (key, option)


def test_everything_that_was_typed_is_kept_where_it_belongs(desk, store):
    page = desk.post("/requests/new", ticket=ticket_on(desk), **WHOLE)
    assert page.status_code == 200
    request = the_request(desk)
    told = request.answers
    assert (request.channel, request.via, request.hearing_source) == ("phone", "worker", "partner")
    assert (told.safe_now, told.danger, told.who, told.region) == ("yes", "within_days", "me", "dagestan")
    assert (told.needs, told.under_18, told.text) == (("leave", "lawyer"), "no", "They talk about Friday.")
    plan = request.plan
    assert (plan.channels[0].kind, plan.channels[0].address) == ("call", "+000 0000")
    assert (plan.windows[0].start, plan.windows[0].days, plan.never[0].end) == (13 * 60, (0, 1), 23 * 60)
    assert (plan.utc_offset_minutes, plan.wrong_person) == (180, "hang_up")


def test_the_code_is_shown_in_words_and_digits_and_opens_the_thread(desk, store):
    ticket = ticket_on(desk)
    page = plain(desk.post("/requests/new", ticket=ticket, **WHOLE).text)
    code = ReturnCode.read(ticket)
    assert " · ".join(code.words("ru")) in page
    assert code.digits() in page
    request = the_request(desk)
    desk.post(f"/requests/{request.code}/replies", form="reply", text="We are here.")
    desk.office.stir()
    desk.office.listen()
    keys = MailboxKeys.of(code)
    letters = store.after(mailbox_stream(keys.mailbox), 0, 9)
    assert [reply.text for reply in open_slots((one.sealed for one in letters), keys)] == ["We are here."]


@pytest.mark.parametrize(("language", "spoken"), [("ce", "ru"), ("en", "en"), ("tr", "en"), ("", "en")])
def test_its_words_are_in_a_language_that_the_person_reads(desk, store, language, spoken):
    ticket = ticket_on(desk)
    page = plain(desk.post("/requests/new", ticket=ticket, **{**WHOLE, "language": language}).text)
    assert " · ".join(ReturnCode.read(ticket).words(spoken)) in page


def test_the_code_is_on_no_later_page_and_in_no_entry(desk, store):
    ticket = ticket_on(desk)
    desk.post("/requests/new", ticket=ticket, **WHOLE)
    request = the_request(desk)
    for path in (f"/requests/{request.code}", f"/requests/{request.code}/triage", "/"):
        assert ticket not in desk.text(path)
    code = ReturnCode.read(ticket)
    held = repr(desk.bench.requests.heard)
    for spelled in (ticket, ticket.replace(" ", ""), code.digits(), code.secret.hex()):
        assert spelled not in held
    for language in ("en", "ru"):  # a word of six may stand there by chance: "partner" does, for one
        assert sum(word in held for word in code.words(language)) < 3


def test_sending_twice_takes_in_once_and_shows_the_same_code(desk, store):
    ticket = ticket_on(desk)
    first = desk.post("/requests/new", ticket=ticket, **WHOLE)
    again = desk.post("/requests/new", ticket=ticket, **WHOLE)
    assert the_request(desk).code in first.text
    assert the_request(desk).code in again.text
    assert ticket in plain(again.text)


def test_what_is_refused_keeps_every_answer_and_the_code(desk, store):
    ticket = ticket_on(desk)
    unfinished = {**WHOLE, "contact_address": ""}
    answer = desk.post("/requests/new", ticket=ticket, **unfinished)
    assert answer.status_code == 422
    assert len(desk.bench.requests) == 0
    assert f'name="ticket" value="{ticket}"' in answer.text
    assert "They talk about Friday.</textarea>" in answer.text
    for name, value in (("danger", "within_days"), ("region", "dagestan"), ("contact_from", "13")):
        assert re.search(rf'<select id="{name}".*?<option value="{value}" selected>', answer.text, re.S), name
    for value in ("leave", "lawyer", "mon"):
        assert f'value="{value}" checked' in answer.text


def test_a_ticket_that_is_no_code_is_refused_and_nothing_is_written(desk, store):
    answer = desk.post("/requests/new", ticket="1234 5678", **WHOLE)
    assert answer.status_code == 422
    assert len(desk.bench.requests) == 0


def test_what_came_after_the_lock_is_given_back_without_the_code(desk, store):
    ticket = ticket_on(desk)
    desk.office.end()
    answer = desk.post("/requests/new", ticket=ticket, **WHOLE)
    assert "They talk about Friday." in plain(answer.text)
    assert ticket not in answer.text


def test_danger_now_is_p0_on_the_page_that_follows(desk, store):
    page = plain(desk.post("/requests/new", ticket=ticket_on(desk), form="new-request", safe_now="no",
                           danger="now").text)  # fmt: skip
    assert "P0" in page
    assert "freedom or life" in page


def test_where_nobody_can_tell_the_code_there_is_none(desk, store):
    answer = desk.post("/requests/new", ticket=ticket_on(desk), no_code="yes", **WHOLE)
    assert answer.url.path.endswith("/triage")
    assert the_request(desk).reply_keys is None


def test_an_office_without_a_public_page_gives_no_code(desk):
    ticket = ticket_on(desk)
    answer = desk.post("/requests/new", ticket=ticket, **WHOLE)
    assert answer.url.path.endswith("/triage")
    assert ticket not in answer.text


@pytest.mark.parametrize("channel", BY_HAND)
def test_every_channel_but_the_public_page_can_be_entered(desk, channel):
    desk.post("/requests/new", form="new-request", channel=channel, safe_now="yes")
    assert the_request(desk).channel == channel


def test_nobody_enters_by_hand_what_came_by_the_public_page(desk):
    assert desk.post("/requests/new", form="new-request", channel="web", safe_now="yes").status_code == 422
    assert len(desk.bench.requests) == 0

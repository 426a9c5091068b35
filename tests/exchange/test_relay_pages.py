"""What a person does on the public page: without script, without cookies, in small pages."""

import base64
import html
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_office import Office, bytes_on_the_wire, code_on, hidden, office, press, reply_keys, write

from kunak.exchange.codes import ReturnCode
from kunak.exchange.relay.screens import SCREENS
from kunak.intake.form import QUESTIONS, parse

STILL = ["/", "/h", "/a", "/r", "/t", "/c", "/w", "/p", "/g", "/d"]
PAGE = 15 * 1024


def test_all_of_the_first_questions_arrive_as_they_were_answered(relay: Office):
    page = relay.browser.get("/w")
    page = press(relay.browser, page, "next", safe_now="not_sure")
    page = press(relay.browser, page, "next", danger="within_days")
    page = press(relay.browser, page, "next", who="me", region="dagestan", under_18="no")
    page = press(relay.browser, page, "next", needs=["leave", "papers"])
    page = press(relay.browser, page, "next", answer_how="contact_me", language="ru")
    page = press(
        relay.browser,
        page,
        "next",
        contact_channel="email",
        contact_address="somebody@example.org",
        contact_seen_by="nobody",
        contact_days=["thu", "fri"],
        contact_from="13",
        contact_to="15",
        wrong_person="hang_up",
    )
    page = press(relay.browser, page, "send", text="Friday, please")
    code = code_on(page)
    (report,) = relay.post.collect().reports
    answers = parse(report.answers)
    assert (answers.safe_now, answers.danger, answers.who) == ("not_sure", "within_days", "me")
    assert (answers.region, answers.under_18, answers.needs) == ("dagestan", "no", ("leave", "papers"))
    assert answers.contact is not None
    assert (answers.contact.address, answers.contact.hours) == ("somebody@example.org", (13, 15))
    assert answers.text == "Friday, please"
    assert (report.kind, report.language, report.via, report.channel) == (
        "request",
        "en",
        "relay-plaintext",
        "web",
    )
    assert report.received_at.isoformat() == "2026-03-05T23:45:00+00:00"
    assert code.digits() in page.text


def test_all_of_the_first_questions_take_eight_requests(relay: Office):
    asked: list[str] = []
    relay.browser.event_hooks["request"] = [lambda request: asked.append(request.method)]
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    page = press(relay.browser, page, "next", danger="now")
    page = press(relay.browser, page, "next", who="me", region="europe", under_18="no")
    page = press(relay.browser, page, "next", needs=["leave"])
    page = press(relay.browser, page, "next", answer_how="contact_me", language="en")
    page = press(relay.browser, page, "next", contact_channel="sms", contact_address="1", never_from="09",
                 never_to="10", contact_days=["mon"], utc_offset_minutes="60")  # fmt: skip
    code_on(press(relay.browser, page, "send", text="all of it"))
    assert asked == ["GET", *["POST"] * 7]
    contact = parse(relay.post.collect().reports[0].answers).contact
    assert contact is not None
    assert (contact.never, contact.days, contact.utc_offset_minutes) == ((9, 10), ("mon",), 60)


def test_every_question_but_the_first_can_be_skipped(relay: Office):
    write(relay.browser)
    (report,) = relay.post.collect().reports
    answers = parse(report.answers)
    assert answers.safe_now == "yes"
    assert {answers.danger, answers.who, answers.region, answers.under_18, answers.answer_how} == {"declined"}


def test_the_first_question_wants_an_answer_and_says_so(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next")
    assert "We need an answer to this one question" in page.text
    assert 'name="safe_now"' in page.text


def test_no_answer_is_ticked_before_the_person_ticks_it(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(4):
        assert re.findall(r'value="[^"]+" checked', page.text) == []
        for group in re.findall(r"<fieldset>.*?</fieldset>", page.text, re.S):
            first = re.findall(r'<input type="(?:radio|checkbox)"[^>]*>', group)[0]
            assert 'type="checkbox"' in first or 'value="" checked' in first
        page = press(relay.browser, page, "skip")


def test_every_question_of_the_form_is_on_one_screen():
    shown = [key for screen in SCREENS for key in screen]
    assert len(shown) == len(set(shown))
    assert {question.key for question in QUESTIONS} <= set(shown)


def test_going_back_shows_what_was_answered(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    page = press(relay.browser, page, "next", danger="now")
    page = press(relay.browser, page, "back")
    assert re.search(r'<button name="danger" value="now" class="go" aria-pressed="true">', page.text)
    page = press(relay.browser, page, "back", danger="no")
    assert re.search(r'<button name="safe_now" value="yes" class="go" aria-pressed="true">', page.text)
    assert hidden(page)["danger"] == ["no"]


@pytest.mark.parametrize("text", ["two lines\nof little", "long & <odd>\n" * 150, "ქართული ж " * 199])
def test_a_text_is_not_lost_by_going_back_and_forth(relay: Office, text: str):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(4):
        page = press(relay.browser, page, "skip")
    for _ in range(3):
        page = press(relay.browser, page, "back", text=text)
        assert len(page.text) < 8000
        page = press(relay.browser, page, "skip")
    shown = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.S)
    assert shown
    assert html.unescape(shown[1]) == text
    press(relay.browser, page, "send", text=text)
    assert relay.post.collect().reports[0].answers["text"] == (text,)


@pytest.mark.parametrize("folded", ["no such thing", "0" * 400, "~" * 9])
def test_a_folded_text_that_is_none_is_nothing(relay: Office, folded: str):
    page = relay.browser.post("/w", data={"s": "6", "safe_now": "yes", "go": "send", "z": folded})
    code_on(page)
    assert "text" not in relay.post.collect().reports[0].answers


def test_a_folded_text_cannot_be_unfolded_beyond_its_bound(relay: Office):
    bomb = base64.b85encode(zlib.compress(b"x" * 10_000_000, 9)).decode()
    page = relay.browser.post("/w", data={"s": "6", "safe_now": "yes", "go": "send", "z": bomb})
    assert "The text is too long" in page.text
    assert len(page.text) < 16_000


def test_skipping_a_screen_takes_back_what_was_ticked_there(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    page = press(relay.browser, page, "skip", danger="now")
    assert "danger" not in hidden(page)


def test_another_language_keeps_the_answers(relay: Office):
    page = press(relay.browser, relay.browser.get("/w?l=en"), "next", safe_now="yes")
    page = press(relay.browser, page, "skip")
    page = press(relay.browser, page, "ru", who="me")
    assert '<html lang="ru">' in page.text
    assert hidden(page)["safe_now"] == ["yes"]
    assert re.search(r'name="who" value="me" checked', page.text)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de,fr", "fr"),
        ("de,nl", "en"),
        ("", "en"),
        ("tg,ru;q=0.5", "tg"),
        ("hy-AM", "ru"),
        ("hy-AM,en;q=0.5", "en"),
    ],
)
def test_the_browsers_language_comes_first(relay: Office, wanted: str, language: str):
    page = relay.browser.get("/", headers={"accept-language": wanted})
    assert f'<html lang="{language}">' in page.text


def test_half_a_contact_part_is_asked_for_and_can_be_left_out(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(3):
        page = press(relay.browser, page, "skip")
    page = press(relay.browser, page, "next", answer_how="contact_me")
    page = press(relay.browser, page, "next", contact_channel="sms")
    assert "Something is missing here" in page.text
    page = press(relay.browser, page, "skip", contact_channel="sms")
    press(relay.browser, page, "send")
    (report,) = relay.post.collect().reports
    answers = parse(report.answers)
    assert (answers.answer_how, answers.contact) == ("come_back", None)


def test_half_a_window_of_hours_is_refused_where_it_is_asked(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(3):
        page = press(relay.browser, page, "skip")
    page = press(relay.browser, page, "next", answer_how="contact_me")
    page = press(relay.browser, page, "next", contact_channel="sms", contact_address="1", contact_from="09")
    assert "Something is missing here" in page.text
    page = press(relay.browser, page, "next", contact_channel="sms", contact_address="1", contact_from="")
    press(relay.browser, page, "send")
    contact = parse(relay.post.collect().reports[0].answers).contact
    assert contact is not None
    assert (contact.address, contact.hours) == ("1", (0, 24))


def test_sending_twice_is_sending_once_and_shows_the_same_code(relay: Office):
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(4):
        page = press(relay.browser, page, "skip")
    first = press(relay.browser, page, "send", text="once")
    second = press(relay.browser, page, "send", text="once")
    assert code_on(first) == code_on(second)
    assert len(relay.post.collect().reports) == 1


def test_the_sent_page_says_it_in_the_agreed_words(relay: Office):
    page = write(relay.browser)
    for words in (
        "Thank you. We have it.",
        "If you are in danger now, you do not have to wait for us",
        "Your code:",
        "If you can, remember it and do not write it down.",
    ):
        assert words in page.text


def test_the_first_screen_says_it_in_the_agreed_words(relay: Office):
    english, russian = relay.browser.get("/?l=en").text, relay.browser.get("/?l=ru").text
    for words in (
        "You can write to us here.",
        "You do not have to give your name. You can skip any question. You decide what happens next.",
        "This page does not keep anything on your phone. Your browser history or phone company may still show"
        " that it was opened.",
        "If someone may look at your screen now:",
    ):
        assert words in english
    for words in (
        "Здесь можно написать нам.",
        "Имя указывать не нужно. Любой вопрос можно пропустить. Что делать дальше — решаете вы.",
        "Эта страница ничего не сохраняет на телефоне. Но история браузера или оператор связи могут показать,"
        " что её открывали.",
        "Если кто-то может увидеть экран прямо сейчас:",
        "Уйти со страницы",
        "Как проверить, что вы — это вы?",
        "Мне нужен только совет",
    ):
        assert words in russian


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_link_leads_to_a_page_or_away_to_the_weather(relay: Office, language: str):
    seen: set[str] = set()
    waiting = [f"/?l={language}"]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = relay.browser.get(address)
        assert page.status_code == 200, address
        links = re.findall(r'href="([^"]+)"', page.text)
        assert any("weather" in link or "gismeteo" in link for link in links), f"no way to leave {address}"
        for link in links:
            if link.startswith("/"):
                waiting.append(link)
            elif link.startswith("?"):
                waiting.append(address.split("?")[0] + link)
    only_in_surge = {"/p", "/g"}
    assert {address.split("?")[0] for address in seen} == {*STILL} - only_in_surge


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("path", STILL)
def test_a_page_asks_for_nothing_else_and_tells_nothing_about_itself(relay: Office, path: str, language: str):
    answer = relay.browser.get(path, params={"l": language})
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy.pop("style-src").startswith("'sha256-")
    assert policy == {
        "default-src": "'none'", "img-src": "data:", "script-src": "'self'", "connect-src": "'self'",
        "form-action": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'",
    }  # fmt: skip
    assert re.findall(r"<script.*?</script>", answer.text) == ['<script src="/k.js" defer></script>']
    assert not re.findall(r'(?:src|action)="(?!/)| on[a-z]+=', answer.text)
    assert re.search("<title>(Page|Страница)</title>", answer.text)
    assert "kunak" not in answer.text.lower()
    assert "kunak" not in str(answer.headers).lower()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_step_fits_into_fifteen_kilobytes(tmp_path, language: str):
    relay = office(tmp_path / "relay", invented=True)
    sizes = {path: bytes_on_the_wire(relay.browser.get(path, params={"l": language})) for path in STILL}
    page = relay.browser.get("/w", params={"l": language})
    page = press(relay.browser, page, "next", safe_now="no")
    for step, answers in enumerate(
        (
            {"danger": "later_or_not_sure"},
            {"who": "someone_who_does_not_know", "region": "europe", "under_18": "no"},
            {"needs": ["leave", "place_to_sleep", "someone_to_talk_to", "papers", "money_threat", "other"]},
            {"answer_how": "contact_me", "language": "ru"},
        )
    ):
        sizes[f"step {step}"] = bytes_on_the_wire(page)
        page = press(relay.browser, page, "next", **answers)
    sizes["contact"] = bytes_on_the_wire(page)
    page = press(
        relay.browser, page, "next", contact_channel="email", contact_address="ж" * 120,
        contact_from="13", contact_to="15", never_from="18", never_to="19", utc_offset_minutes="-210",
        contact_days=["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    )  # fmt: skip
    sizes["last"] = bytes_on_the_wire(page)
    sizes["back with a long text"] = bytes_on_the_wire(press(relay.browser, page, "back", text="ქ" * 2000))
    sizes["too long a text"] = bytes_on_the_wire(press(relay.browser, page, "send", text="ქ" * 2001))
    sent = press(relay.browser, page, "send", text="ж" * 2000)
    sizes["sent"] = bytes_on_the_wire(sent)
    code = code_on(sent)
    (report,) = relay.post.collect().reports
    for number in range(8):
        text = ("\"'<&>" * 280)[:1400] if number % 2 else "ж" * 1400
        at = report.received_at.replace(hour=number)
        relay.post.deliver(**reply_keys(report), text=text, at=at, id=f"{number}")
    thread = relay.browser.post("/c", data={"l": language, "code": code.digits()})
    while 'name="page"' in thread.text:
        sizes[f"thread {len(sizes)}"] = bytes_on_the_wire(thread)
        (earlier,) = re.findall(r'name="page" value="(\d+)"', thread.text)
        thread = relay.browser.post("/m", data={**hidden(thread), "page": earlier})
    sizes["oldest messages"] = bytes_on_the_wire(thread)
    sizes["nothing here"] = bytes_on_the_wire(relay.browser.get("/x"))
    assert {name: size for name, size in sizes.items() if size > PAGE} == {}


def test_the_invented_office_says_so_on_every_page(tmp_path):
    relay = office(tmp_path / "relay", invented=True)
    for path in STILL:
        assert "This office is invented" in relay.browser.get(path).text
    assert "This office is invented" in write(relay.browser).text


def test_a_real_office_does_not(relay: Office):
    assert "invented" not in relay.browser.get("/").text


def test_the_code_can_be_shown_in_another_language(relay: Office):
    page = write(relay.browser)
    code = code_on(page)
    again = relay.browser.post("/s", data={**hidden(page), "l": "ru"})
    assert " · ".join(code.words("ru")) in again.text
    assert len(relay.post.collect().reports) == 1


@given(
    st.dictionaries(
        st.sampled_from(
            ["l", "s", "t", "go", "code", "once", "page", "text", "safe_now", "needs", "contact_from"]
        ),
        st.lists(
            st.text(max_size=30) | st.sampled_from(["next", "send", "back", "6", "-1", "yes", "9" * 40]),
            max_size=3,
        ),
    ),
    st.sampled_from(["/w", "/c", "/m", "/s"]),
)
@settings(max_examples=80, deadline=None)
def test_no_form_that_anyone_can_send_breaks_a_page(lasting: Office, fields, path):
    data = {
        name: [value.encode("utf-8", "replace").decode() for value in values]
        for name, values in fields.items()
    }
    answer = lasting.browser.post(path, data=data)
    assert answer.status_code < 500
    assert answer.headers["content-type"].startswith("text/html")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office(tmp_path_factory.mktemp("lasting") / "relay")


def test_a_ticket_that_is_no_code_is_replaced_by_a_new_one(relay: Office):
    page = relay.browser.post("/w", data={"s": "6", "go": "send", "safe_now": "yes", "t": "not a code"})
    assert isinstance(code_on(page), ReturnCode)

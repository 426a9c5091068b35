"""Every page that a person can meet, in each of the thirteen languages: whole, small, marked as what it is."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx2
import pytest
from relay_office import Office, bytes_on_the_wire, hidden, office, press, reply_keys

from kunak.exchange.codes import ReturnCode
from kunak.exchange.relay.words import ANSWERS
from kunak.intake.form import LANGUAGES
from kunak.language import RIGHT_TO_LEFT, SECOND, SPOKEN
from kunak.letters import alike

PAGE = 15 * 1024
NAMES = set(ANSWERS["language"].values())  # each in its own words, whatever the page
STILL = ("/", "/h", "/a", "/r", "/t", "/c", "/p", "/g", "/d")
PARTS = "/j"  # all pages in one, for the script: it comes packed, and is counted with the script
TEXT = "ქ" * 2000  # the longest text in the letters that take most room


class Reading(HTMLParser):
    """What a page says in which language, and what is wrong with how it is written."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root: dict[str, str | None] = {}
        self.stack: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []  # language, text
        self.faults: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.root = given if tag == "html" else self.root
        self.faults += [f"markup in {tag}" for value in given.values() if value and "<span" in value]
        if tag == "span" and self.stack and self.stack[-1][0] in ("option", "title"):
            self.faults.append(f"markup in {self.stack[-1][0]}")
        if tag not in ("meta", "link", "input", "hr"):
            above = self.stack[-1][1] if self.stack else ""
            if tag == "option" and self.stack[-1][0] == "option":
                self.stack.pop()
                above = self.stack[-1][1]
            self.stack.append((tag, given.get("lang") or above))

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self.stack and self.stack[-1][0] not in ("style", "textarea"):
            self.said.append((self.stack[-1][1], data.strip()))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office(tmp_path_factory.mktemp("lasting") / "relay", invented=True)


def every_page(relay: Office, language: str) -> Iterator[tuple[str, httpx2.Response]]:
    """Each page with its name, as a person meets them who skips nothing."""
    browser = relay.browser
    yield from ((path, browser.get(path, params={"l": language})) for path in (*STILL, PARTS))
    page = press(browser, browser.get("/w", params={"l": language}), "next", safe_now="no")
    answers = {
        "danger": "later_or_not_sure", "who": "someone_who_does_not_know", "region": "europe", "under_18": "no",
        "needs": ["leave", "place_to_sleep", "someone_to_talk_to", "papers", "money_threat", "other"],
        "answer_how": "contact_me", "language": "other", "contact_channel": "trusted_person",
        "contact_address": "ქ" * 120, "contact_seen_by": "police_possible", "wrong_person": "cover_message",
        "contact_days": ["mon", "tue", "wed"], "contact_from": "13", "contact_to": "15",
        "never_from": "20", "never_to": "21", "utc_offset_minutes": "-210",
    }  # fmt: skip
    while 'name="text"' not in page.text:
        yield f"question {len(hidden(page))}", page
        names = set(re.findall(r' name="(\w+)"', page.text)) & set(answers)
        page = press(browser, page, "next", **{name: answers[name] for name in names})
    yield "text", page
    yield "too long", press(browser, page, "send", text=TEXT + "ქ")
    yield "back with a long text", press(browser, page, "back", text=TEXT)
    yield "no answer", press(browser, browser.get("/w", params={"l": language}), "next")
    sent = press(browser, page, "send", text=TEXT)
    yield "sent", sent
    yield from thread_pages(relay, language, hidden(sent)["t"][0])


def thread_pages(relay: Office, language: str, digits: str) -> Iterator[tuple[str, httpx2.Response]]:
    browser, form = relay.browser, {"l": language, "code": digits}
    report = relay.post.collect().reports[-1]
    yield "nothing yet", browser.post("/c", data=form)
    for number in range(5):
        at = report.received_at.replace(hour=number)
        relay.post.deliver(**reply_keys(report), text="ж" * 1300, at=at, id=f"{language}{number}")
    yield "thread", browser.post("/c", data=form)
    yield "draft kept", browser.post("/m", data={**form, "go": language, "text": TEXT})
    yield "draft too long", browser.post("/m", data={**form, "go": "send", "text": TEXT + "ქ"})
    yield "written", browser.post("/m", data={**form, "go": "send", "text": "more", "once": "1"})
    yield "sure to stop", browser.post("/m", data={**form, "go": "stop"})
    yield "sure to delete", browser.post("/m", data={**form, "go": "delete"})
    for wrong in ("1 2", "zzzz zzzz zzzz zzzz zzzz zzzz", "1" * 24, ""):
        yield f"wrong code {wrong}", browser.post("/c", data={"l": language, "code": wrong})
    yield "too much", browser.post("/w", data={"l": language, "text": "x" * 40_000})


@pytest.mark.parametrize("language", SPOKEN)
def test_every_page_is_whole_in_every_language(lasting: Office, language: str):
    """Rendered, ≤ 15 KB, turned the right way, no name left to be filled in, every foreign sentence marked."""
    second = SECOND.get(language, "en")
    for name, answer in every_page(lasting, language):
        page = answer.text
        assert answer.status_code in (200, 413), name
        assert name == PARTS or bytes_on_the_wire(answer) <= PAGE, (name, bytes_on_the_wire(answer))
        read = Reading(page)
        assert not read.faults, name
        chosen = "en" if name == "too much" else language  # a form that was not read tells no language
        assert read.root["lang"] == chosen, name
        assert read.root.get("dir", "ltr") == ("rtl" if chosen in RIGHT_TO_LEFT else "ltr"), name
        to_fill_in = re.findall(r"%\(|\{\w+\}|%s", page)
        by_script = ["{all}", "{done}", "{number}"] if name == PARTS else []  # of the code's words, of pieces
        assert sorted(to_fill_in) == by_script, name
        own_or_second = {chosen, second, "en" if chosen == "en" else chosen}
        told = {tongue for tongue, text in read.said if text not in NAMES}
        switch = {"en", "ru", "ka", "fa"}  # “language” in the line that opens the switch
        assert told <= own_or_second | switch, (name, told)


@pytest.mark.parametrize("language", [code for code in SPOKEN if code not in ("en", "ru", "ce")])
def test_a_whole_language_leaves_next_to_nothing_to_another(lasting: Office, language: str):
    for name, answer in every_page(lasting, language):
        if name not in ("too much", PARTS):
            foreign = [text for tongue, text in Reading(answer.text).said if tongue == SECOND[language]]
            assert len([text for text in foreign if len(text) > 30 and " · " not in text]) <= 8, (
                name,
                foreign,
            )


def test_what_a_language_lacks_is_said_in_another_and_marked(lasting: Office):
    page = lasting.browser.get("/", params={"l": "ce"}).text
    assert '<span lang="ru">Здесь можно написать нам.</span>' in page
    assert ">Тхоьга язде</a>" in page
    persian = lasting.browser.get("/t", params={"l": "fa"}).text
    assert 'dir="rtl"' in persian
    assert "Android: Chrome" in persian


@pytest.mark.parametrize("language", [code for code in SPOKEN if code not in ("en", "ru")])
def test_where_no_list_of_words_is_the_digits_come_first(lasting: Office, language: str):
    """Then words of the language that most who read this one can read as well; both open the same."""
    code = ReturnCode(7 * 10**20)
    page = lasting.browser.post("/s", data={"l": language, "t": code.digits()}).text
    first, then = re.findall(r'<p class="c"[^>]*>([^<]+)</p>', page)
    assert first == code.digits()
    assert then == " · ".join(code.words(SECOND[language]))
    assert f'dir="ltr" lang="{SECOND[language]}"' in page
    assert ReturnCode.read(then) == ReturnCode.read(first) == code


@pytest.mark.parametrize("zero", ["۰", "٠", "०"])
def test_digits_of_every_script_open_the_thread(zero: str):
    code = ReturnCode(123_456_789_012_345)
    typed = code.digits().translate({ord("0") + n: ord(zero) + n for n in range(10)})
    assert ReturnCode.read(typed) == code


def test_every_language_is_one_tap_away_in_its_own_name(lasting: Office):
    for language in SPOKEN:
        others = [code for code in SPOKEN if code != language]
        home = lasting.browser.get("/", params={"l": language}).text
        form = lasting.browser.get("/w", params={"l": language}).text
        for code in others:
            assert f'lang="{code}" href="?l={code}">{SPOKEN[code]}</a>' in home
            assert f'name="go" value="{code}" lang="{code}">{SPOKEN[code]}</button>' in form


def test_an_answer_in_another_script_reads_in_its_own_direction(relay: Office):
    page = press(relay.browser, relay.browser.get("/w", params={"l": "fa"}), "next", safe_now="yes")
    while 'name="text"' not in page.text:
        page = press(relay.browser, page, "skip")
    assert re.search(r'<textarea id="text"[^>]* dir="auto"', page.text)
    code = relay.browser.get("/c", params={"l": "fa"}).text
    assert re.search(r'<input type="text" id="code"[^>]* dir="ltr"', code)


def test_no_letter_is_drawn_larger_than_it_is_written(lasting: Office):
    """Georgian capitals are newer than the telephones; Turkish and Azerbaijani have their own i."""
    assert "text-transform" not in lasting.browser.get("/").text
    assert alike("ა") == "ა"


def test_each_language_of_the_pages_can_be_asked_for_in_the_form():
    assert set(SPOKEN) <= set(LANGUAGES) == set(ANSWERS["language"])

"""While many write at once: six questions, an honest word about the time, and help that waits for nobody."""

import re
from collections.abc import Callable

import pytest
from relay_office import CHANNEL_SEED, NIGHT, Office, bytes_on_the_wire, code_on, hidden, press

from kunak.exchange.line import Line
from kunak.exchange.notice import NOTHING_SAID, Notice
from kunak.exchange.relay import screens
from kunak.exchange.telling import tell
from kunak.intake.form import BY_KEY, IN_SURGE, QUESTIONS
from kunak.language import SPOKEN

PAGE = 15 * 1024
MANY = "Many people are writing to us now. We read everything. Who is in danger now comes first."
SURGE = Notice(waiting=(1, 2, 9, 30), surge=True, cards=True)
CARDS = ("/p", "/g", "/d")


@pytest.fixture
def says(relay: Office) -> Callable[[Notice], None]:
    line = Line("", seed=CHANNEL_SEED, client=relay.browser, now=NIGHT.timestamp)
    return lambda notice: tell(line, notice)


def walk(relay: Office, language: str = "en", **first: str) -> list[str]:
    """Through all screens, skipping what is not given; the pages, the last one being that it was sent."""
    page = press(relay.browser, relay.browser.get("/w", params={"l": language}), "next", safe_now="yes")
    pages = [page.text]
    while 'value="send"' not in page.text:
        known = {key: value for key, value in first.items() if f'name="{key}"' in page.text}
        page = press(relay.browser, page, "next" if known else "skip", **known)
        pages.append(page.text)
    pages.append(press(relay.browser, page, "send").text)
    return pages


def asked(pages: list[str]) -> set[str]:
    """The questions that the pages put (what they only carry is hidden)."""
    shown = [re.sub(r'<input type="hidden"[^>]*>', "", page) for page in pages]
    return {key for page in shown for key in BY_KEY if f'name="{key}"' in page}


def test_six_questions_are_put_instead_of_eight(relay: Office, says: Callable[[Notice], None]) -> None:
    first = relay.browser.get("/w").text
    assert asked([first, *walk(relay)]) - {"text"} == {question.key for question in QUESTIONS}
    says(SURGE)
    assert asked([first, *walk(relay)]) - {"text"} == set(IN_SURGE)
    assert len(IN_SURGE) == 6


def test_what_is_sent_in_surge_arrives_with_its_answers(
    relay: Office, says: Callable[[Notice], None]
) -> None:
    says(SURGE)
    walk(relay, danger="now", who="me")
    (report,) = relay.post.collect().reports
    assert (report.answers["danger"], report.answers["who"]) == (("now",), ("me",))
    assert "answer_how" not in report.answers


def test_the_banner_says_how_long_it_really_takes(relay: Office, says: Callable[[Notice], None]) -> None:
    says(SURGE)
    for page in (relay.browser.get("/").text, relay.browser.get("/w").text):
        assert MANY in page
        assert "In danger now: a person reads it within 1 h. All others: within 30 h." in page
    says(SURGE._replace(waiting=(2, 2, 2, 2)))
    assert "A person will read this within 2 hours." in relay.browser.get("/").text
    says(SURGE._replace(waiting=()))
    assert "We do not know how long it takes at the moment." in relay.browser.get("/").text


def test_who_has_sent_it_reads_the_time_of_their_own_danger(
    relay: Office, says: Callable[[Notice], None]
) -> None:
    says(SURGE)
    sent = walk(relay, danger="now")[-1]
    assert MANY in sent
    assert "A person will read this within 1 hour." in sent
    assert "30 hours" not in sent


def test_out_of_surge_nothing_of_it_is_said(relay: Office, says: Callable[[Notice], None]) -> None:
    for notice in (NOTHING_SAID, SURGE._replace(surge=False, cards=False)):
        says(notice)
        for path in ("/", "/w"):
            page = relay.browser.get(path).text
            assert MANY not in page
            assert not any(f'href="{card}?' in page for card in CARDS)


def test_self_help_is_one_tap_away_from_the_first_page(relay: Office, says: Callable[[Notice], None]) -> None:
    says(SURGE)
    home = relay.browser.get("/").text
    for card in CARDS:
        assert f'href="{card}?l=en"' in home
        assert relay.browser.get(card).status_code == 200


@pytest.mark.parametrize("language", SPOKEN)
def test_every_page_of_a_surge_fits_into_fifteen_kilobytes(
    relay: Office, says: Callable[[Notice], None], language: str
) -> None:
    says(SURGE)
    for path in ("/", "/w", "/a", *CARDS):
        page = relay.browser.get(path, params={"l": language})
        assert bytes_on_the_wire(page) <= PAGE, path
    assert max(len(page.encode()) for page in walk(relay, language)) < PAGE - 700


def test_the_script_is_given_the_same_screens(relay: Office, says: Callable[[Notice], None]) -> None:
    def given() -> list[str]:
        return re.findall(r'<section id="screen-(\d)">', relay.browser.get("/j").text)

    assert given() == [str(number) for number in range(len(screens.SCREENS))]
    says(SURGE)
    assert given() == ["0", "1", "2", "3", "4"]
    assert "answer_how" not in relay.browser.get("/j").text


def test_who_is_in_the_middle_of_it_when_surge_begins_or_ends_loses_nothing(
    relay: Office, says: Callable[[Notice], None]
) -> None:
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    for _ in range(3):
        page = press(relay.browser, page, "skip")
    says(SURGE)
    page = press(relay.browser, page, "next", answer_how="contact_me")
    assert 'name="contact_channel"' in page.text, "they had chosen it before"
    page = press(relay.browser, page, "back")
    assert 'name="answer_how"' in page.text
    page = press(relay.browser, page, "skip")
    says(NOTHING_SAID)
    assert code_on(press(relay.browser, page, "send", text="here"))


def test_a_step_never_leads_beyond_the_screens() -> None:
    for surge in (False, True):
        for screen in range(len(screens.SCREENS)):
            for by in (1, -1):
                to = screens.step({}, screen, by, surge=surge)
                assert to in screens.put(surge)
                assert (to - screen) * by >= 0


def test_the_way_back_through_a_surge_is_the_way_there(relay: Office, says: Callable[[Notice], None]) -> None:
    says(SURGE)
    page = press(relay.browser, relay.browser.get("/w"), "next", safe_now="yes")
    seen = [hidden(page)["s"]]
    while 'value="send"' not in page.text:
        page = press(relay.browser, page, "skip")
        seen.append(hidden(page)["s"])
    for before in reversed(seen[:-1]):
        page = press(relay.browser, page, "back")
        assert hidden(page)["s"] == before

"""A request by telephone, typed by keyboard alone: how many keys it takes, and that its code opens a thread.

Somebody who listens types 2.5 keys a second, slowly; so 150 keys are a minute. A key held with Alt counts as
two. With script, a digit ticks a box and Tab leaves a group of boxes; without, Space and Tab do.
"""

from contextlib import suppress
from dataclasses import dataclass

import pytest
from conftest import Demo, accessible, come_in, photograph
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

KEYS_A_SECOND = 2.5
WORDS = "They talk about Friday."
ADDRESS = "+000 0000"
SMALL_SCREEN = {"width": 1366, "height": 625}  # what a browser leaves of 1366 by 768


@dataclass
class Typist:
    """Hands on a keyboard, and how many keys they pressed."""

    page: Page
    keys: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def alt(self, letter: str) -> None:
        """A letter held with Alt: as the keyboard sends it, which the driver's own keys do not."""
        told = {"modifiers": 1, "key": letter, "code": f"Key{letter.upper()}", "isSystemKey": True,
                "text": letter, "unmodifiedText": letter, "windowsVirtualKeyCode": ord(letter.upper())}  # fmt: skip
        keyboard = self.page.context.new_cdp_session(self.page)
        for kind in ("keyDown", "keyUp"):
            keyboard.send("Input.dispatchKeyEvent", {"type": kind, **told})
        keyboard.detach()
        self.keys += 2

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def answer(self, text: str) -> None:
        """Type an answer, then on to the next question."""
        self.type(text)
        self.press("Tab")

    def change(self, digit: str) -> None:
        """Choose in a list, maybe after another choice: a browser without script waits a second in between."""
        self.page.wait_for_timeout(0 if self.page.scripted else 1100)  # type: ignore[attr-defined]
        self.type(digit)

    def tick(self, *numbers: int, of: int) -> None:
        """Tick some of several boxes, then on."""
        if self.page.scripted:  # type: ignore[attr-defined]
            self.answer("".join(str(number) for number in numbers))
            return
        for number in range(1, of + 1):
            self.press(*([" "] if number in numbers else []), "Tab")


def begin(page: Page, demo: Demo) -> Typist:
    come_in(page, demo)
    page.set_viewport_size(SMALL_SCREEN)
    page.goto(f"{demo.worker}/requests/new")
    expect(page.locator("#channel")).to_be_focused()
    return Typist(page)


def type_all(hands: Typist) -> None:
    """All of F1, the channel, the source and the short form of F2."""
    for digit in ("2", "1", "3", "1"):  # by telephone; safe to write; within days; they themselves
        hands.answer(digit)
    hands.answer("Dag")
    hands.tick(1, 3, of=9)  # to leave; a lawyer
    hands.answer("2")  # not under 18
    hands.answer("2")  # we may write or call
    hands.answer("Ru")
    hands.answer(WORDS)
    hands.answer("4")  # by a call
    hands.answer(ADDRESS)
    hands.answer("1")  # nobody else sees it
    hands.tick(1, 2, of=7)  # on Monday and Tuesday
    for hour in ("13", "15", "18", "23"):
        hands.answer(hour)
    hands.press("Tab")  # the region tells their time
    hands.answer("1")  # hang up
    hands.type("2")  # through a partner
    hands.alt("z")


def test_a_whole_request_is_typed_in_under_a_minute(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    type_all(hands)
    expect(page.get_by_role("heading", name="Read their code to them now")).to_be_visible()
    print(f"\n{hands.keys} keys, {hands.keys / KEYS_A_SECOND:.0f} s")
    assert hands.keys / KEYS_A_SECOND < 60
    accessible(page)
    photograph(page, "by-hand-code")
    page.get_by_role("link", name="The request").click()
    told = page.locator("main").inner_text()
    for said in (
        WORDS,
        "Within days",
        "Dagestan",
        "To leave, A lawyer",
        "telephone",
        "a partner organisation",
        "Russian",
    ):
        assert said in told, said
    page.get_by_role("link", name="Safe-contact plan").first.click()
    expect(page.locator("#address_0")).to_have_value(ADDRESS)
    expect(page.locator("#window_0_from")).to_have_value("13:00")
    expect(page.locator("#never_0_to")).to_have_value("23:00")


def test_the_code_that_was_read_aloud_opens_the_thread(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    hands.press("Tab")
    hands.type("1")
    hands.alt("z")
    digits = page.locator(".say-digits").inner_text()
    page.get_by_role("link", name="The request").click()
    page.locator("#text").fill("We are here.")
    page.get_by_role("button", name="Write back").click()
    for _ in range(10):
        page.goto(f"{demo.worker}/")  # looking at the queue starts a round, when something waits to go out
        page.goto(f"{demo.public}/?l=en")
        page.get_by_role("link", name="I already have a code").click()
        page.locator("input[type=text], textarea").first.fill(digits)
        page.locator("main button").first.click()
        with suppress(
            AssertionError
        ):  # with script it takes some seconds to open, and the answer is on its way
            expect(page.locator("main")).to_contain_text("We are here.", timeout=6000)
            return
    raise AssertionError("the answer never came")


def test_all_of_it_stands_on_one_small_screen_in_both_languages(page: Page, demo: Demo) -> None:
    begin(page, demo)
    for other in ("Русский", "English"):
        page.get_by_role("button", name=other).click()
        expect(page.locator("html")).to_have_attribute("lang", {"Русский": "ru", "English": "en"}[other])
        page.wait_for_load_state()  # with its style
        page.select_option("#danger", "now")
        page.select_option("#answer_how", "contact_me")
        low = page.locator("form.entry").evaluate("e => e.getBoundingClientRect().bottom")
        assert low <= SMALL_SCREEN["height"], (other, low)
        accessible(page)
        photograph(page, f"by-hand-{other}")
        page.set_viewport_size(SMALL_SCREEN)


def test_danger_now_is_said_before_anything_is_sent(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    alarm = page.locator(".notice.p0")
    hands.press("Tab", "Tab")
    hands.change("2")
    expect(alarm).not_to_be_visible()
    hands.change("1")
    expect(alarm).to_be_visible()
    hands.change("5")
    expect(alarm).not_to_be_visible()


def test_how_they_may_be_reached_is_asked_only_of_who_wants_it(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    expect(page.locator("#contact_address")).not_to_be_visible()
    hands.alt("a")
    hands.type("2")
    expect(page.locator("#contact_address")).to_be_visible()


@pytest.mark.parametrize(
    ("letter", "question"),
    [("s", "safe_now"), ("g", "danger"), ("w", "who"), ("r", "region"), ("u", "under_18"), ("t", "text"),
     ("a", "answer_how"), ("i", "language"), ("m", "hearing_source"), ("h", "channel")],
)  # fmt: skip
def test_every_question_is_one_key_away(page: Page, demo: Demo, letter: str, question: str) -> None:
    hands = begin(page, demo)
    hands.alt("x")  # somewhere else
    hands.alt(letter)
    expect(page.locator(f"#{question}")).to_be_focused()


def test_the_letter_of_the_needs_leads_to_their_first_box_and_ticks_nothing(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    hands.alt("n")
    if not page.scripted:  # type: ignore[attr-defined]
        hands.press("Tab")
    expect(page.locator("#needs input").first).to_be_focused()
    expect(page.locator("#needs input:checked")).to_have_count(0)


def test_with_script_a_letter_alone_leads_there_from_any_list(page: Page, demo: Demo) -> None:
    if not page.scripted:  # type: ignore[attr-defined]
        pytest.skip("a convenience of the script")
    hands = begin(page, demo)
    hands.press("g")
    expect(page.locator("#danger")).to_be_focused()
    hands.press("n")
    expect(page.locator("#needs input").first).to_be_focused()
    hands.press("t")
    hands.type("gnu")
    expect(page.locator("#text")).to_have_value("gnu")


def test_a_refusal_loses_no_word(page: Page, demo: Demo) -> None:
    hands = begin(page, demo)
    hands.alt("t")
    hands.type(WORDS)
    hands.alt("n")
    if not page.scripted:  # type: ignore[attr-defined]
        hands.press("Tab")
    hands.press(" ")
    hands.alt("z")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#text")).to_have_value(WORDS)
    expect(page.locator("#needs input").first).to_be_checked()

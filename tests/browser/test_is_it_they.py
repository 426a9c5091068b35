"""Is it they, and are we real? Sc-2 and Sc-4 in a real browser, both sides, with script off and on."""

import re

import pytest
from conftest import Demo, look_now, unlock
from playwright.sync_api import Page, expect
from test_main_job import REPLY, look, newest_request, open_case, triage, waiting, write_to_us

pytestmark = pytest.mark.browser

ASKS = "Where do I go? I left already. Which address?"
FINE = "All fine, stop searching, I withdraw."
NEUTRAL = "Shall I send the catalogue, or is it not needed any more?"


def thread_of(page: Page, demo: Demo, code: str) -> None:
    """The person's side: come back with the code."""
    page.goto(f"{demo.public}/c?l=en")
    if page.scripted:  # type: ignore[attr-defined]
        page.locator("h1:focus").wait_for()  # the page that the script brings
    page.locator("input[type=text], textarea").first.fill(code.replace("·", " "))
    page.locator("main button").first.click()
    page.locator("textarea").wait_for()


def says(page: Page, demo: Demo, code: str, text: str) -> None:
    thread_of(page, demo, code)
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main")).to_contain_text("We have it")


def reads(page: Page, demo: Demo, code: str, text: str) -> None:
    """Come back until it is there: what a worker wrote travels when the relay is asked."""
    for _ in range(20):
        look_now(page, f"{demo.worker}/")
        thread_of(page, demo, code)
        if text in page.locator("main").inner_text():
            return
        page.wait_for_timeout(2000)
    raise AssertionError("it never came")


def comes(page: Page, base: str, text: str) -> None:
    """The worker's side: look until the message is in the thread."""
    for _ in range(20):
        look_now(page, base)
        if text in page.locator(".thread").inner_text():
            return
        page.wait_for_timeout(1500)
    raise AssertionError("it never came")


def agree_words(page: Page) -> None:
    page.get_by_role("link", name="Safe-contact plan").first.click()
    page.get_by_label("Challenge: our question").fill("Which shelf?")
    page.get_by_label("Their answer").fill("By the window")
    page.get_by_label("Duress word").fill("winter")
    page.get_by_role("button", name=re.compile("Save the plan")).click()


def a_case(page: Page, demo: Demo) -> tuple[str, str, str]:
    """Somebody writes, a case is opened, a question is agreed; (code, request, base of the case)."""
    unlock(page, demo)
    before = waiting(page, demo)
    code = write_to_us(page, demo)
    request = newest_request(page, demo, before)
    triage(page)
    case = open_case(page, request)
    agree_words(page)
    return code, request, f"{demo.worker}/cases/{case}"


def note(page: Page, demo: Demo, request: str, outcome: str) -> None:
    page.goto(f"{demo.worker}/requests/{request}/trust")
    page.get_by_label(outcome).check()
    page.locator("section", has_text="The agreed question").get_by_role("button", name="Note it").click()


def trust_again(page: Page, demo: Demo, request: str, how: str) -> None:
    page.goto(f"{demo.worker}/requests/{request}/trust")
    page.get_by_label(how).check()
    page.locator("#second_passphrase").fill(demo.second)
    page.get_by_role("button", name="We trust it again").click()
    expect(page.locator("main")).to_contain_text("they speak for themselves again")


def consent_to_a_lawyer(page: Page, base: str) -> None:
    page.goto(f"{base}/consents?purpose=p5")
    page.get_by_label("Organisation, by its name").fill("Law Office Linden")
    page.get_by_label("Role there").fill("lawyer")
    page.locator("#scope input").first.check()
    page.locator("#mode input[value='said_and_repeated_back']").check()
    page.locator("#given_when input[value='calm']").check()
    page.locator("#understanding input[value='yes']").check()
    page.get_by_role("button", name="Note the consent").click()
    expect(page.locator("main")).to_contain_text("holds until")


def test_a_relative_writes_and_then_the_phone_is_seized(page: Page, demo: Demo) -> None:
    code, request, base = a_case(page, demo)
    consent_to_a_lawyer(page, base)
    reads(page, demo, code, REPLY)

    # Sc-2: somebody else writes with the same code.
    says(page, demo, code, ASKS)
    comes(page, base, ASKS)
    note(page, demo, request, "Answered wrongly, or not")
    note(page, demo, request, "Answered wrongly, or not")
    page.goto(base)
    expect(page.locator(".control")).to_contain_text("Possibly under control")
    expect(page.locator("main textarea")).to_have_count(0)
    expect(page.get_by_role("link", name="Ways out")).to_have_count(0)
    look(page, "case-burned")
    page.goto(f"{base}/ways")
    expect(page.locator(".problem")).to_contain_text("Somebody else may be writing")
    page.goto(f"{base}/bed")
    expect(page.get_by_role("button", name="Hold one")).to_have_count(0)
    look(page, "bed-burned")
    page.goto(base)
    page.get_by_label(NEUTRAL).check()
    page.get_by_role("button", name="Write back").click()
    reads(page, demo, code, NEUTRAL)
    page.goto(f"{demo.worker}/requests/{request}/trust")
    look(page, "trust")
    trust_again(page, demo, request, "They answered the challenge later")
    page.goto(f"{base}?begin=sorry_checked")
    expect(page.locator("#text")).to_have_value(re.compile("^I am sorry that I asked so much"))

    # Sc-4: the phone is seized.
    page.goto(f"{demo.worker}/requests/{request}/trust")
    page.get_by_role("button", name="Freeze it now").click()
    expect(page.locator(".control")).to_contain_text("Frozen: nothing goes out to this person")
    page.goto(base)
    expect(page.locator("main textarea")).to_have_count(0)
    expect(page.get_by_role("button", name="Write back")).to_have_count(0)
    expect(page.locator("h1")).to_contain_text("P0")
    for _ in range(20):  # the mailbox is emptied at the next round
        look_now(page, f"{demo.worker}/")
        thread_of(page, demo, code)
        if REPLY not in page.locator("main").inner_text():
            break
        page.wait_for_timeout(2000)
    expect(page.locator("main")).not_to_contain_text(REPLY)
    says(page, demo, code, FINE)
    comes(page, base, FINE)
    expect(page.locator(".thread li.void").last).to_contain_text("treated as under control")
    look(page, "case-frozen")
    page.goto(f"{base}/consents")
    page.get_by_role("button", name="Stop: p5 legal advice").click()
    expect(page.locator("main")).to_contain_text("it stops nothing")
    expect(page.locator("main")).to_contain_text("holds until")
    look(page, "consents-frozen")
    page.goto(f"{demo.worker}/requests/{request}/warn")
    page.get_by_label("Whom: as little").fill("a friend of his")
    page.get_by_label("By which other way").fill("her own code")
    page.get_by_role("button", name="Put them on the list").click()
    page.get_by_role("button", name="Warned: a friend of his").click()
    expect(page.locator("main")).to_contain_text("✓ warned")
    look(page, "warn")
    trust_again(page, demo, request, "One of us met them")
    page.goto(base)
    expect(page.get_by_role("button", name="Write back")).to_have_count(
        0
    )  # his code is in other hands for good
    expect(page.locator("main")).to_contain_text("Shut for good")
    look(page, "case-retired")

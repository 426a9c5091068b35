"""Past the plan, about another, about us: what is asked in doubt, in a real browser, with script off and on."""

import re

import pytest
from conftest import Demo, come_in
from playwright.sync_api import Page, expect
from test_main_job import look

pytestmark = pytest.mark.browser

SENTENCE = "We do not say who does or does not contact us. If you need help yourself, I can listen."


def test_past_the_plan_only_after_the_line_and_with_a_second_hand(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.goto(f"{demo.worker}/cases")
    case = next(
        code
        for code in re.findall(r"C-\w{4}-\w{4}", page.locator("main").inner_text())
        if _is_quiet(page, demo, code)
    )
    page.goto(f"{demo.worker}/cases/{case}")
    page.get_by_role("link", name="A life is in danger and the plan says no").click()
    first = page.locator("main h2, main h1").first
    expect(first).to_contain_text("If somebody else answers:")
    look(page, "anyway")
    page.locator("#channel input[value=sms]").check()
    page.locator("#text").fill("Do not go home.")
    page.locator("#reason input").first.check()
    page.locator("#words").fill("They wait there.")
    page.locator("#second_passphrase").fill(demo.second)
    page.get_by_role("button", name="We write although the plan says no").click()
    expect(page.locator(".problem")).to_contain_text("Read the line on top of the page first")
    page.get_by_label("We have read what to do").check()
    page.locator("#second_passphrase").fill(demo.second)
    page.get_by_role("button", name="We write although the plan says no").click()
    expect(page.locator("main")).to_contain_text("It is noted, with both keys")


def _is_quiet(page: Page, demo: Demo, code: str) -> bool:
    """Whether it is a case of one's own of which nobody doubts who writes."""
    page.goto(f"{demo.worker}/cases/{code}")
    return bool(page.get_by_role("link", name="A life is in danger and the plan says no").count())


def test_who_asks_about_another_and_who_asks_about_us(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.get_by_role("link", name="Office").click()
    page.get_by_role("link", name="Somebody asks about another").click()
    expect(page.locator("main")).to_contain_text(SENTENCE)
    look(page, "asked")
    page.goto(f"{demo.worker}/addresses")
    line = page.locator("table.rows strong [lang=en], table.rows [lang=en] strong").first.inner_text()
    look(page, "addresses")
    page.goto(f"{demo.worker}/addresses/words")
    look(page, "challenge-words")
    page.goto(f"{demo.public}/r?l=en")
    expect(page.locator("main")).to_contain_text(line)
    expect(page.locator("main")).to_contain_text("Group Linden (invented)")
    look(page, "public-real")
    page.get_by_role("link", name="The list as it was signed").click()
    expect(page.locator("body")).to_contain_text("Format: kunak-addresses/1")

"""The pages that stand whether or not anything has happened, in a real browser, with script off and on."""

import re

import pytest
from conftest import Demo, come_in
from playwright.sync_api import Page, expect
from test_main_job import look

pytestmark = pytest.mark.browser


def test_the_late_journey_shows_its_ladder(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.get_by_role("link", name="On the way").click()
    look(page, "journeys")
    page.locator("main a.code, main .code a").filter(has_text="J-").first.click()
    expect(page.locator(".ladder")).to_contain_text("Never call the family by reflex")
    look(page, "journey-late")


STANDING = (
    "/", "/cases", "/journeys", "/requests/new", "/ways", "/office", "/members", "/members/otter",
    "/members/otter/remove", "/together", "/readings", "/shredded", "/retention", "/sync", "/beds", "/passphrase",
    "/papers", "/partner-file", "/addresses", "/addresses/words", "/asked",
)  # fmt: skip


@pytest.mark.parametrize("path", STANDING)
def test_every_standing_page_in_russian(page: Page, demo: Demo, path: str) -> None:
    come_in(page, demo)
    page.get_by_role("button", name="Русский").click()
    page.goto(demo.worker + path)
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    look(page, "ru" + path.replace("/", "-"))


def test_the_queue_is_worked_from_the_keyboard(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.goto(demo.worker)

    def focused() -> str:
        return page.locator(":focus").inner_text()

    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    order = []
    for _ in range(7):
        page.keyboard.press("Tab")
        order.append(focused())
    assert order[:7] == ["Queue", "Cases", "On the way", "Office", "Русский", "heron", "Lock"]
    outline = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline != "none"
    page.locator("main a.next-action, main td a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(journeys|cases|requests)/[JCR]-"))

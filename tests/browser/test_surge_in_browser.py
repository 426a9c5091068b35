"""Surge in a real browser: switched on by the keyboard, told in public, six questions, and over again."""

import re

import pytest
from conftest import Demo, accessible, come_in, look_now, no_overflow, photograph
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

MANY = "Many people are writing to us now. We read everything."


def look(page: Page, name: str) -> None:
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        no_overflow(page)
    accessible(page)
    photograph(page, name)


def press_button(page: Page, name: str) -> None:
    """By the keyboard alone: it can be reached, and Enter does it."""
    button = page.get_by_role("button", name=name)
    button.focus()
    page.keyboard.press("Enter")


def switched(page: Page, demo: Demo, to: str, reason: str) -> None:
    page.goto(f"{demo.worker}/surge")
    page.get_by_role("radio", name=reason).focus()
    page.keyboard.press("Space")
    press_button(page, f"Switch surge {to}")
    expect(page.get_by_role("status")).to_contain_text(f"Surge is {to}.")


def told_in_public(page: Page, demo: Demo, said: bool) -> None:
    """The public page says so after the next round."""
    for _ in range(20):
        look_now(page, f"{demo.worker}/")
        page.goto(f"{demo.public}/?l=en")
        if (MANY in page.locator("main").inner_text()) == said:
            return
        page.wait_for_timeout(1500)
    raise AssertionError("the public page never heard of it")


def questions(page: Page) -> list[str]:
    """Through the public form by skipping; the names of what each screen asked."""
    names: list[str] = []
    page.get_by_role("link", name="Write to us").click()
    page.get_by_role("button", name="Yes").wait_for()
    look(page, "public-surge-question")
    page.get_by_role("button", name="Yes").click()
    names.append("safe_now")
    while not page.get_by_role("button", name="Send").count():
        shown = page.locator("main form [name]:not([type=hidden])").evaluate_all(
            "all => all.map(e => e.name)"
        )
        names += [name for name in dict.fromkeys(shown) if name not in ("go", *names)]
        heading = page.locator("main h1").first.inner_text()
        page.get_by_role("button", name="Skip").click()
        expect(page.locator("main h1").first).not_to_have_text(heading)
    return names


def test_surge_from_the_switch_to_the_public_page_and_back(page: Page, demo: Demo) -> None:
    come_in(page, demo)
    page.get_by_role("link", name="Many at once?").click()
    look(page, "surge-off")
    switched(page, demo, "on", "Raids")
    try:
        page.get_by_role("button", name="Take it").first.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("your group of the rota")
        look(page, "surge-on")
        page.goto(f"{demo.worker}/")
        expect(page.locator("main")).to_contain_text(re.compile(r"on now: group \d until \d\d:00"))
        told_in_public(page, demo, True)
        look(page, "public-surge")
        assert questions(page) == ["safe_now", "danger", "who", "region", "under_18", "needs"]
        page.get_by_role("button", name="Send").click()
        expect(page.locator("main")).to_contain_text("Your code:", timeout=20_000)
        expect(page.locator("main")).to_contain_text(MANY)
        page.goto(f"{demo.public}/?l=en")
        page.get_by_role("link", name="If you are hurt or ill").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("If you are hurt or ill")
        look(page, "public-hurt")
    finally:
        switched(page, demo, "off", "It is calmer now")
    told_in_public(page, demo, False)

"""How many bytes a visit to the public page costs, counted on the line under a real browser."""

import pytest
from counting import Line
from playwright.sync_api import Browser
from relay_alone import Relay
from test_sealing import phone

pytestmark = pytest.mark.browser


def counted(chromium: Browser, relay: Relay, *, script: bool, language: str) -> dict[str, int]:
    """The bytes on the line, both ways and with every header, step by step through the first questions."""
    sizes: dict[str, int] = {}
    line = Line(relay.port)
    with phone(chromium, script=script) as page:
        before = 0

        def step(name: str) -> None:
            nonlocal before
            page.wait_for_load_state("networkidle")
            sizes[name], before = line.bytes - before, line.bytes

        page.goto(f"{line.address}/?l={language}")
        step("first page")
        page.locator("main a.go").first.click()
        page.locator("button[name=safe_now]").first.wait_for()
        step("first question")
        page.locator("button[name=safe_now]").first.click()
        page.locator("button[name=danger]").first.click()
        step("second question")
        for name in ("third", "fourth", "fifth"):
            if name == "fifth":
                page.locator("input[name=answer_how][value=contact_me]").check()
                page.locator("button[name=go][value=next]").click()
            else:
                page.locator("button[name=go][value=skip]").click()
            step(f"{name} question")
        page.locator("button[name=go][value=skip]").click()
        page.locator("textarea").fill("ж" * 900)
        step("last question")
        page.locator("button[name=go][value=send]").click()
        page.locator("#digits").wait_for()
        step("sent")
    line.close()
    return sizes


@pytest.mark.parametrize("language", ["en", "ru", "ka", "fa"])
def test_without_script_each_step_has_fifteen_kilobytes_at_most(
    lasting: Relay, chromium: Browser, language: str
) -> None:
    sizes = counted(chromium, lasting, script=False, language=language)
    print(language, sizes, sum(sizes.values()))
    assert {name: size for name, size in sizes.items() if size > 15 * 1024} == {}


@pytest.mark.parametrize("language", ["en", "ru", "ka", "fa"])
def test_with_script_a_whole_first_visit_has_sixty_kilobytes_at_most(
    lasting: Relay, chromium: Browser, language: str
) -> None:
    sizes = counted(chromium, lasting, script=True, language=language)
    print(language, sizes, sum(sizes.values()))
    assert sum(sizes.values()) <= 60 * 1024

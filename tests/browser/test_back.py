"""The button Back on the public page, with script: where it goes, what it leaves, and what Leave takes away."""

import pytest
from playwright.sync_api import Browser, Page
from relay_alone import Relay
from test_sealing import TEXT, WEATHER, begin, phone, skip_to_the_end

pytestmark = pytest.mark.browser


def half_written(page: Page, relay: Relay) -> None:
    begin(page, relay.address)
    skip_to_the_end(page)
    page.locator("textarea").fill(TEXT)
    assert page.evaluate("history.length") == 2  # what was there before, and this visit


def test_back_leaves_the_site_and_forward_still_finds_it_with_nothing_that_was_written(
    lasting: Relay,
    chromium: Browser,
) -> None:
    with phone(chromium) as page:
        half_written(page, lasting)
        page.go_back()
        assert page.url == "about:blank"
        page.go_forward()
        assert page.url == f"{lasting.address}/"
        assert page.locator("main a.go").first.is_visible()  # the first page, as it was before anything
        assert page.locator("textarea").count() == 0
        assert TEXT not in page.content()


def test_another_page_opened_after_back_takes_its_place(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        half_written(page, lasting)
        page.go_back()
        page.goto("https://www.bbc.com/weather")
        page.go_back()
        assert page.url == "about:blank"
        page.go_forward()
        assert WEATHER.search(page.url)
        assert page.evaluate("history.length") == 2


def test_leave_takes_it_out_of_back_and_forward(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        half_written(page, lasting)
        page.locator("a.leave").click()
        page.wait_for_url(WEATHER)
        assert page.evaluate("history.length") == 2
        page.go_back()
        assert page.url == "about:blank"
        page.go_forward()
        assert WEATHER.search(page.url)

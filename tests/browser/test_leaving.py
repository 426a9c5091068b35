"""Leaving the public page, and what is left of a visit: in a real browser, at a relay that really runs."""

import sqlite3
import urllib.parse
from pathlib import Path

import pytest
from conftest import CHROMIUM, QUIET
from playwright.sync_api import Browser, BrowserContext, Page, expect
from relay_alone import Relay
from test_sealing import REPLY, WEATHER, begin, leave, open_thread, phone, sent, skip_to_the_end

from kunak.exchange.mailbox import MailboxKeys

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("how", ["the link", "Shift three times"])
@pytest.mark.parametrize("where", ["/", "/h", "in the questions"])
def test_leaving_opens_the_weather_in_the_place_of_the_page(
    lasting: Relay, chromium: Browser, how: str, where: str
) -> None:
    with phone(chromium) as page:
        if where == "in the questions":
            begin(page, lasting.address)
        else:
            page.goto(f"{lasting.address}{where}?l=en")
        entries = page.evaluate("history.length")
        leave(page, how)
        assert page.evaluate("history.length") == entries
        page.go_back()
        assert page.url == "about:blank"


def test_the_leave_link_works_without_script(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium, script=False) as page:
        page.goto(f"{lasting.address}/?l=en")
        page.locator("a.leave").click()
        page.wait_for_url(WEATHER)


def test_capital_letters_and_slow_fingers_are_no_wish_to_leave(lasting: Relay, chromium: Browser) -> None:
    with phone(chromium) as page:
        begin(page, lasting.address)
        skip_to_the_end(page)
        page.locator("textarea").focus()
        page.keyboard.type("ABC")
        for letter in "ABCD":
            page.keyboard.press(f"Shift+{letter}")
        page.keyboard.press("Shift")
        page.keyboard.press("Shift")
        page.wait_for_timeout(5200)
        page.keyboard.press("Shift")
        expect(page.locator("textarea")).to_have_value("ABCABCD")


def test_nothing_is_kept_by_the_browser(relay: Relay, chromium: Browser, tmp_path: Path) -> None:
    """A whole visit in a browser with a profile on the disk: then its history is read, and every byte searched."""
    profile = tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=list(QUIET)
    )
    page = context.new_page()
    code = sent(page, relay.address)
    relay.answer(relay.reports()[0], REPLY)
    open_thread(page, relay.address, " ".join(code.words("en")))
    expect(page.locator("p.m")).to_have_text(REPLY)
    nothing_in(page, context)
    context.close()
    with sqlite3.connect(profile / "Default" / "History") as history:
        visited = history.execute("SELECT url, title FROM urls").fetchall()
    ours = [(url, title) for url, title in visited if url.startswith("http")]
    assert {urllib.parse.urlsplit(url).path for url, _ in ours} == {"/"}
    assert {title for _, title in ours} <= {"Page", ""}
    telling = ["canary", code.digits(), code.digits().replace(" ", ""), " ".join(code.words("en"))]
    telling += [" · ".join(code.words("en")), MailboxKeys.of(code).mailbox]
    spelled = [made for one in telling for made in (one.encode(), one.encode("utf-16-le"))]
    found = {
        str(file.relative_to(profile)): one
        for file in profile.rglob("*")
        if file.is_file()
        for one in spelled
        if one in file.read_bytes()
    }
    assert found == {}


def nothing_in(page: Page, context: BrowserContext) -> None:
    assert context.cookies() == []
    kept = page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, (await caches.keys()).length,
          (await indexedDB.databases()).length, (await navigator.serviceWorker.getRegistrations()).length]"""
    )
    assert kept == [0, 0, 0, 0, 0]
    assert page.title() in ("Page", "Страница")
    assert page.evaluate("document.cookie") == ""

"""From the first question to the reply and back in lynx: no script, no cookie, no mouse, no colour, true relay."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from relay_office import NIGHT, reply_keys
from relay_process import office, relay_process
from text_browser import Lynx, browsing, lynx

pytestmark = pytest.mark.slow


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    lynx()
    with relay_process(tmp_path / "office") as (_, port):
        yield port


def fill(browser: Lynx, field: str, words: str) -> str:
    """Type into a field, and leave it."""
    browser.go_to(field)
    browser.type(words)
    for _ in range(12):
        page = browser.type("\t")
        if "Enter text" not in page:
            return page
    raise AssertionError("the field keeps the cursor")


def code_on(page: str) -> str:
    """The digits of the code that the page shows."""
    found = re.findall(r"\b(?:\d{4} ){5}\d{4}\b", page)
    assert len(set(found)) == 1, page
    return found[0]


def test_somebody_writes_and_comes_back_with_the_keyboard_alone(port: int, tmp_path: Path):
    address = f"http://127.0.0.1:{port}/?l=en"
    with browsing(address, tmp_path) as browser:
        browser.press("Write to us")
        browser.press("Not sure")
        browser.press("Within hours")
        browser.press("( ) Me")
        browser.press("Next")
        browser.press("[ ] To leave")
        browser.press("[ ] A doctor")
        browser.press("Next")
        browser.press("( ) I will come back myself with my code.")
        browser.press("Next")
        fill(browser, "2", "two lines of words")
        page = browser.press("Send")
        code = code_on(page)
        assert "Thank you" in page or "your code" in page.lower()
    with office(port) as post:
        (report,) = post.collect().reports
        assert report.via == "relay-plaintext"
        assert {key: value for key, value in report.answers.items() if key != "language"} == {
            "safe_now": ("not_sure",),
            "danger": ("within_hours",),
            "who": ("me",),
            "needs": ("leave", "doctor"),
            "answer_how": ("come_back",),
            "text": ("two lines of words",),
        }
        post.deliver(**reply_keys(report), text="Thank you. How may we call you?", at=NIGHT, id="1")
    with browsing(address, tmp_path) as browser:
        browser.press("I already have a code")
        fill(browser, "2", code)
        page = browser.press("Open")
        assert "Thank you. How may we call you?" in page
        fill(browser, "2", "by the river")
        page = browser.press("Send")
        assert "Thank you. We have it." in page
    with office(port) as post:
        assert [report.text for report in post.collect().reports] == ["", "by the river"]

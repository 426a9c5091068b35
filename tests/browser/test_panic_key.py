"""In a real browser: Escape twice, the button without script, and a page that nobody looks at any more."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from ports import free_port

from kunak.vault import KdfCost
from kunak.workbench import found_office, utc_now

pytestmark = pytest.mark.browser

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS = "heron marsh lantern"
Open = Callable[..., tuple[Page, subprocess.Popen[bytes]]]


@pytest.fixture
def open_office(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """An office of its own, served, and a browser that stands at its door or inside."""
    processes, contexts = [], []

    def begin(
        *options: str, script: bool = True, inside: bool = True
    ) -> tuple[Page, subprocess.Popen[bytes]]:
        found_office(tmp_path / "office", member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
        port = free_port()
        command = [sys.executable, "-m", "kunak.web", str(tmp_path / "office"), "--port", str(port), *options]
        processes.append(subprocess.Popen(command))
        contexts.append(chromium.new_context(java_script_enabled=script))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        for _ in range(100):
            try:
                page.goto(f"http://127.0.0.1:{port}/")
                break
            except Exception:  # not listening yet
                page.wait_for_timeout(100)
        if inside:
            page.get_by_label("Passphrase").fill(OURS)
            page.get_by_role("button", name="Unlock").click()
            page.get_by_role("heading", name="Queue", level=1).wait_for()
        page.wait_for_load_state()
        return page, processes[-1]

    yield begin
    for context in contexts:
        context.close()
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("inside", [False, True], ids=["at the door", "inside"])
def test_escape_twice_destroys_the_keys(open_office: Open, inside: bool) -> None:
    page, process = open_office(inside=inside)
    for _ in range(4):  # as one does in fear
        page.keyboard.press("Escape")
    expect(page.get_by_text("Destroyed. Close this window.")).to_be_visible()
    assert process.wait(10) == 76


def test_escape_twice_works_while_typing(open_office: Open) -> None:
    page, process = open_office()
    page.get_by_role("link", name="heron").click()
    page.wait_for_load_state()
    page.get_by_label("Your passphrase now").press_sequentially("half")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert process.wait(10) == 76


def test_escape_once_or_with_something_between_destroys_nothing(open_office: Open) -> None:
    page, process = open_office()
    for key in ("Escape", "a", "Escape", "Tab"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1000)
    page.keyboard.press("Escape")
    page.goto(page.url)
    expect(page.get_by_role("heading", name="Queue", level=1)).to_be_visible()
    assert process.poll() is None


def test_the_button_works_without_script(open_office: Open) -> None:
    page, process = open_office(script=False)
    button = page.get_by_role("button", name="Destroy now")
    expect(button).not_to_be_visible()
    page.get_by_text("In danger: destroy the keys").click()
    button.click()
    expect(page.get_by_text("Destroyed. Close this window.")).to_be_visible()
    assert process.wait(10) == 76


def test_a_page_that_nobody_touches_leaves_the_screen_and_the_process_ends(open_office: Open) -> None:
    page, process = open_office("--idle-seconds", "2")
    # Where it goes to may be gone already: nobody starts the process again here.
    expect(page.get_by_role("heading", name="Queue", level=1)).not_to_be_visible(timeout=10_000)
    assert process.wait(10) == 75


def test_who_types_is_there_and_what_was_typed_stays(open_office: Open) -> None:
    page, process = open_office("--idle-seconds", "2")
    page.goto(page.url + "requests/new")
    box = page.locator("textarea").first
    for word in range(8):
        box.press_sequentially(f"word{word} ")
        page.wait_for_timeout(500)
    assert process.poll() is None
    page.wait_for_timeout(5000)
    assert process.wait(10) == 75
    expect(box).to_have_value("".join(f"word{word} " for word in range(8)))

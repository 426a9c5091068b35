"""A real browser (Debian's chromium) at a real demo office: its own processes, its own ports."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from ports import free_port
from relay_alone import Relay, relay_alone

sys.path.append(str(Path(__file__).parents[1] / "seizure"))  # how memory is taken

CHROMIUM = os.environ.get("KUNAK_CHROMIUM", "/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000  # for what comes in a second, unless the machine is busy
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Demo:
    """A running demo office and what its terminal said."""

    worker: str
    public: str
    passphrase: str
    second: str
    words: str
    inside: list[Any] = field(default_factory=list)  # of who is inside; nobody is at first


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    """``kunak demo`` in a folder; whatever is left of an earlier one there is gone on with."""
    ports = ("--port", str(free_port()), "--relay-port", str(free_port()))
    process = subprocess.Popen(
        [sys.executable, "-m", "kunak", "demo", str(folder), *ports],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TZ": "UTC"},
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C ends" in line:
            break

    def told(label: str) -> str:
        found = re.search(rf"{label}\s+(.+?)(?:\s{{3,}}.*)?$", printed, re.MULTILINE)
        assert found, printed
        return found[1].strip()

    try:
        yield Demo(
            told("Worker side"),
            told("Public side"),
            told("Passphrase"),
            told("A colleague's"),
            told("Return code"),
        )
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo office that nobody has come into yet: to copy, for making one takes its time.

    Of tests that run side by side the first makes it, for all.
    """
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        together = together.parent
    with (together / "making").open("w") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        folder = together / "made"
        if not folder.exists():
            with running(together / "unfinished"):
                pass
            (together / "unfinished").rename(folder)
        return folder


@contextmanager
def demo_of_ones_own(made: Path, folder: Path) -> Iterator[Demo]:
    """A demo office in which nobody has opened, written or decided anything."""
    shutil.copytree(made, folder)
    with running(folder) as demo:
        yield demo


@pytest.fixture(scope="module")
def demo(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for each file: what a member has opened in the tests of another does not count here."""
    with demo_of_ones_own(made, tmp_path_factory.mktemp("demo") / "office") as demo:
        yield demo


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    with relay_alone(tmp_path / "relay") as relay:
        yield relay


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A relay for the tests of a file that leave nothing there."""
    with relay_alone(tmp_path_factory.mktemp("lasting") / "relay") as relay:
        yield relay


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"no browser at {CHROMIUM}: install Debian's chromium, or set KUNAK_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(params=[False, True], ids=["script off", "script on"])
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh browser, with script and without; it notes every request that goes elsewhere."""
    context = chromium.new_context(java_script_enabled=request.param, viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, demo: Demo, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test if anything is asked of another machine, or its console complains."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.scripted = "script on" in request.node.name  # type: ignore[attr-defined]
    elsewhere: list[str] = []
    complaints: list[str] = []
    ours = (demo.worker, demo.public, "data:")
    page.on("request", lambda r: None if r.url.startswith(ours) else elsewhere.append(r.url))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    yield page
    assert elsewhere == []
    assert [c for c in complaints if "status of 4" not in c] == []  # a refusal is a page, not a fault


def look_now(page: Page, address: str) -> None:
    """Have the office ask the relay, from a page with that button; and see the page as it is then."""
    page.goto(address)
    page.get_by_role("button", name="Look now").first.click()
    page.wait_for_load_state()


def unlock(page: Page, demo: Demo) -> None:
    """Come in as the duty worker."""
    page.goto(demo.worker)
    page.get_by_label("Passphrase").fill(demo.passphrase)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("heading", name="Queue", level=1).wait_for()
    ours = f"kunak-{urllib.parse.urlsplit(demo.worker).port}"
    demo.inside[:] = [cookie for cookie in page.context.cookies(demo.worker) if cookie["name"] == ours]


def come_in(page: Page, demo: Demo) -> None:
    """Be inside, as the duty worker is in another window: by the cookie of this launch, which spares the seconds
    that a passphrase takes. Type it where nobody is inside yet, or the office has locked itself meanwhile."""
    page.context.add_cookies(demo.inside)
    page.goto(demo.worker)
    queue = page.get_by_role("heading", name="Queue", level=1)
    queue.or_(page.get_by_label("Passphrase")).wait_for()
    if not queue.is_visible():
        unlock(page, demo)


def no_overflow(page: Page) -> None:
    """Nothing sticks out sideways, once the page has settled into its new width."""
    for _ in range(20):
        wide = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        if wide[0] <= wide[1]:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url}: {wide}")


def accessible(page: Page) -> None:
    """axe-core finds nothing: contrast, labels, landmarks, order of headings.

    It is a script, so it looks only where the browser runs any; the pages are the same.
    """
    if not page.scripted:  # type: ignore[attr-defined]
        return
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def photograph(page: Page, name: str) -> None:
    """A picture for docs/img, where KUNAK_PICTURES names a folder: 1280 and 360 pixels wide."""
    folder = os.environ.get("KUNAK_PICTURES")
    if not folder:
        return
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})

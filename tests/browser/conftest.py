"""A real browser (Debian's chromium) at a real demo office: its own processes, its own ports."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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


@dataclass(frozen=True)
class Demo:
    """A running demo office and what its terminal said."""

    worker: str
    public: str
    passphrase: str
    second: str
    words: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo") / "office"
    port, relay_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "kunak",
            "demo",
            str(folder),
            "--port",
            str(port),
            "--relay-port",
            str(relay_port),
        ],
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

    yield Demo(
        told("Worker side"),
        told("Public side"),
        told("Passphrase"),
        told("A colleague's"),
        told("Return code"),
    )
    process.send_signal(signal.SIGINT)
    process.wait(20)
    process.stdout.close()


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
    page.set_default_timeout(10_000)
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


def unlock(page: Page, demo: Demo) -> None:
    """Come in as the duty worker."""
    page.goto(demo.worker)
    page.get_by_label("Passphrase").fill(demo.passphrase)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_role("heading", name="Queue", level=1).wait_for()


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

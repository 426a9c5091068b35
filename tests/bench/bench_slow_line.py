"""A telephone on a bad line: when the first page can be seen, and how long until a code is shown. Prints JSON.

    python tests/bench/bench_slow_line.py [--kbit 32] [--round-trip 1.5] [--loss 0.03] [--runs 3]

A real chromium in one network namespace, Debian's nginx (deploy/nginx-relay.conf) before a real relay in another,
TLS with a certificate as large as usual, and between them a line of that speed which loses packets (slow_line.py).
The person answers at once, so all that is measured is waiting: without script; with script by somebody who lets
the first page load to its end; and with script in a hurry, by somebody who presses what they see. Needs root.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))
sys.path.insert(0, str(Path(__file__).parents[1] / "deploy"))

from programs import DEPLOY, NAMES, certificate, nginx
from relay_process import relay_process
from slow_line import SERVER, Line, line

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-domain-reliability",
    f"--host-resolver-rules=MAP {NAMES[0]} {SERVER}",
)  # fmt: skip
PATIENCE_MS = 300_000
USUAL_CHAIN = 2900  # bytes of a certificate with its issuer's, as free authorities give them


@contextmanager
def served(at: Line, folder: Path) -> Iterator[None]:
    """nginx and a relay at the server's end."""
    (folder / "etc").mkdir()
    certificate(folder / "etc", padding=USUAL_CHAIN)
    (folder / "etc" / "not-arrived.html").write_bytes((DEPLOY / "not-arrived.html").read_bytes())
    changes = {
        "        listen [::]:443 ssl default_server;\n": "",
        "        listen [::]:80 default_server;\n": "",
        "/etc/kunak/": f"{folder}/etc/",
        "/run/kunak-nothing": str(folder / "nginx" / "nothing"),
    }
    inside = at.inside(at.server)
    with (
        relay_process(folder / "office", around=inside, port=8430),
        nginx("nginx-relay.conf", folder / "nginx", changes, around=inside),
    ):
        time.sleep(1)
        yield


def visit(browser: Browser, at: Line, way: str) -> dict[str, Any]:
    """One person, from the address to the code."""
    before = (at.up.carried, at.down.carried, at.up.lost + at.down.lost)
    context = browser.new_context(
        java_script_enabled=way != "without_script",
        ignore_https_errors=True,
        viewport={"width": 360, "height": 640},
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_named(request)))
    began = time.monotonic()
    page.goto(f"https://{NAMES[0]}/?l=en", wait_until="commit")
    painted = _first_paint(page)
    if way == "with_script":
        page.wait_for_load_state("load")
    page.locator("main a.go").first.click()
    page.locator("button[name=safe_now]").first.wait_for()
    first_question = time.monotonic() - began
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("button", name="Right now").wait_for()
    while not page.locator("textarea").count():
        heading = page.locator("main").inner_text()
        page.get_by_role("button", name="Skip").click()
        _until_another(page, heading)
    page.locator("textarea").fill("It is not safe at home. I can write at night.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("digits", exact=False).first.wait_for(state="attached")
    page.locator("p.c, #digits").first.wait_for()
    done = time.monotonic() - began
    context.close()
    return {
        "first_paint_s": painted,
        "first_question_s": round(first_question, 1),
        "code_shown_s": round(done, 1),
        "requests": len(asked),
        "asked": asked,
        "bytes_up": at.up.carried - before[0],
        "bytes_down": at.down.carried - before[1],
        "packets_lost": at.up.lost + at.down.lost - before[2],
    }


def _named(request: Request) -> str:
    return f"{request.method} {request.url.split(NAMES[0], 1)[-1]}"[:40]


def _first_paint(page: Page) -> float:
    """Seconds from the beginning of the visit to the first paint with content, by the browser's own account."""
    for _ in range(600):
        found = page.evaluate(
            "() => performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)"
        )
        if found:
            return round(found[0] / 1000, 1)
        time.sleep(0.2)
    return -1.0


def _until_another(page: Page, before: str) -> None:
    for _ in range(3000):
        if page.locator("main").inner_text() != before:
            return
        time.sleep(0.1)
    raise SystemExit("the page does not change")


def run(given: argparse.Namespace, way: str, seed: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as place,
        line(bits_per_s=given.kbit * 1000, round_trip_s=given.round_trip, loss=given.loss, seed=seed) as at,
        served(at, Path(place)),
        sync_playwright() as playing,
    ):
        Path(place).chmod(0o755)
        start = Path(place) / "chromium"
        start.write_text(f'#!/bin/sh\nexec {" ".join(at.inside(at.phone))} {CHROMIUM} "$@"\n')
        start.chmod(0o755)
        browser = playing.chromium.launch(executable_path=str(start), args=list(FLAGS))
        try:
            return visit(browser, at, way)
        finally:
            browser.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kbit", type=float, default=32.0)
    parser.add_argument("--round-trip", type=float, default=1.5)
    parser.add_argument("--loss", type=float, default=0.03)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    said: dict[str, Any] = {"line": vars(given)}
    for way in ("without_script", "with_script", "with_script_in_a_hurry"):
        runs = [run(given, way, seed) for seed in range(given.runs)]
        figures = ("first_paint_s", "first_question_s", "code_shown_s", "requests", "bytes_up", "bytes_down")
        said[way] = {name: statistics.median(one[name] for one in runs) for name in figures}
        said[way]["runs"] = runs
    print(json.dumps(said, indent=2))


if __name__ == "__main__":
    main()

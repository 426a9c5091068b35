"""An invented office and its relay, for tests: the real app, the real store, real keys, few rounds."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from kunak.exchange import Report, ReturnCode
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.store import RelayStore
from kunak.vault import curves, seal

INTAKE_SEED = bytes(range(32))
CHANNEL_SEED = bytes(range(32, 64))
NIGHT = datetime(2026, 3, 5, 23, 52, 41, tzinfo=UTC)
ROUNDS = 10


@dataclass
class Office:
    """The relay's folder and store, someone's browser, the office's post, and how long codes had to wait."""

    folder: Path
    store: RelayStore
    browser: TestClient
    post: Post
    waits: list[float]


def office(folder: Path, *, browser_headers: dict[str, str] | None = None, invented: bool = False) -> Office:
    """Set up a relay under ``folder``."""
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    store = RelayStore(folder)
    app = build_app(
        folder,
        intake_public=curves.intake_public_bytes(INTAKE_SEED),
        channel_public=seal.ed25519_public_bytes(CHANNEL_SEED),
        rounds=ROUNDS,
        brake=Brake(pause=pause),
        now=lambda: NIGHT,
        store=store,
        invented=invented,
    )
    browser = TestClient(app, headers=browser_headers or {})
    return Office(folder, store, browser, post_over(TestClient(app)), waits)


def post_over(client: httpx2.Client, *, channel_seed: bytes = CHANNEL_SEED, late: float = 0) -> Post:
    """The office's post over a client; ``late`` seconds off the relay's clock."""
    return Post(
        "",
        intake_seed=INTAKE_SEED,
        channel_seed=channel_seed,
        client=client,
        now=lambda: NIGHT.timestamp() + late,
    )


def reply_keys(report: Report) -> dict[str, Any]:
    """What the post needs of a report to answer it."""
    return {
        "mailbox": report.mailbox, "reply_key": report.reply_key, "reply_secret": report.reply_secret,
    }  # fmt: skip


def hidden(page: httpx2.Response) -> dict[str, list[str]]:
    """The hidden fields of a page's form."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def press(
    browser: httpx2.Client, page: httpx2.Response, go: str, **answers: str | list[str]
) -> httpx2.Response:
    """Fill a page's form and press a button. Where the answers are buttons, “next” presses the answer."""
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action, "the page has no form"
    tapped = go == "next" and all(
        f'<button name="{name}" value="{value}"' in page.text for name, value in answers.items()
    )
    assert tapped or f'value="{go}"' in page.text, f"the page has no button {go}"
    return browser.post(action.group(1), data={**hidden(page), **answers, "go": "" if tapped else go})


def write(browser: httpx2.Client, *, language: str = "en", text: str = "") -> httpx2.Response:
    """Answer only the first question, skip all others, send; returns the last page."""
    page = press(browser, browser.get("/w", params={"l": language}), "next", safe_now="yes")
    for _ in range(4):
        page = press(browser, page, "skip")
    return press(browser, page, "send", text=text)


def code_on(page: httpx2.Response) -> ReturnCode:
    """The code that a page shows, read from its words."""
    shown = re.findall(r'<p class="c"[^>]*>([^<]+)</p>', page.text)
    assert len(shown) == 2, "the page shows no code"
    assert ReturnCode.read(shown[0]) == ReturnCode.read(shown[1])
    return ReturnCode.read(shown[0])


def bytes_on_the_wire(page: httpx2.Response) -> int:
    """The size of an answer with its headers."""
    return len(page.content) + sum(len(name) + len(value) + 4 for name, value in page.headers.raw) + 17

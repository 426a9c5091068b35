"""Errors at the relay's edge: the sentence a person reads, what to do, and never a traceback."""

import asyncio
from pathlib import Path

import pytest
from relay_office import CHANNEL_SEED, NIGHT, Office

from kunak.errors import KunakError
from kunak.exchange import channel
from kunak.exchange.relay import wire
from kunak.exchange.relay.keys import RelayKeysMissing, enrolments
from kunak.exchange.relay.wire import MOST_FORM, NothingHere, RelayBroken, TooMuch, TooSlow

FORM = {"content-type": "application/x-www-form-urlencoded"}


def reads(text: str, error: KunakError) -> None:
    """The page holds the sentence and the advice, and nothing of the machinery."""
    assert error.sentence() in text
    assert error.advice() in text
    for word in ("Traceback", "Error", "starlette", "kunak."):
        assert word not in text


def test_an_address_that_is_none_says_so_and_no_more(relay: Office) -> None:
    page = relay.browser.get("/nowhere")
    assert page.status_code == NothingHere.status == 404
    reads(page.text, NothingHere())


def test_too_much_is_refused_with_what_to_do(relay: Office) -> None:
    page = relay.browser.post("/w", content=b"text=" + b"x" * MOST_FORM, headers=FORM)
    assert page.status_code == TooMuch.status == 413
    reads(page.text, TooMuch())


def test_a_line_that_is_too_slow_hears_that_nothing_arrived(relay: Office, monkeypatch) -> None:
    monkeypatch.setattr(wire, "SLOWEST", 0.01)
    page = asyncio.run(post_that_stalls(relay.browser.app))
    reads(page, TooSlow())


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x50half a question"])
def test_an_office_that_is_too_slow_finds_nothing(relay: Office, monkeypatch, sent: bytes) -> None:
    monkeypatch.setattr(wire, "SLOWEST", 0.01)
    reads(asyncio.run(post_that_stalls(relay.browser.app, "/o", sent)), NothingHere())


def test_an_office_that_stops_within_its_load_finds_nothing(relay: Office, monkeypatch) -> None:
    monkeypatch.setattr(wire, "SLOWEST", 0.3)
    monkeypatch.setattr(wire, "SLOWEST_RATE", 1e9)
    question = channel.fresh(NIGHT.timestamp(), "piece")._replace(tx=bytes(16))
    sent = channel.ask(question, CHANNEL_SEED, load=bytes(1000))
    reads(asyncio.run(post_that_stalls(relay.browser.app, "/o", sent[:-1])), NothingHere())


async def post_that_stalls(app, path: str = "/w", begun: bytes = b"text=ha") -> str:  # type: ignore[no-untyped-def]
    """Send half a body and then nothing; what the relay answers."""
    said = bytearray()
    parts = iter([{"type": "http.request", "body": begun, "more_body": True}])

    async def receive():  # type: ignore[no-untyped-def]
        part = next(parts, None)
        if part is None:
            await asyncio.sleep(60)
        return part

    async def send(message) -> None:  # type: ignore[no-untyped-def]
        said.extend(message.get("body", b""))

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 8430),
        "headers": [(name.encode(), value.encode()) for name, value in FORM.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    return said.decode()


def test_a_fault_of_ours_is_a_sentence_in_which_nothing_of_theirs_stands(relay: Office, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("what somebody wrote")

    monkeypatch.setattr("kunak.exchange.relay.pages.Pages.show", broken)
    page = relay.browser.get("/w")
    assert page.status_code == 500
    reads(page.text, RelayBroken())
    assert "what somebody wrote" not in page.text


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"intake": "zz", "channel": "00"}'])
def test_a_relay_without_its_offices_keys_says_which_file_to_copy(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "relay-keys.json").write_text(content)
    with pytest.raises(RelayKeysMissing, match="not in this folder, or cannot be read") as refused:
        enrolments(tmp_path)
    assert "relay-keys.json" in refused.value.advice()

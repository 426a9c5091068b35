"""Codes made in quiet hours: given out once, their keys sealed under them, and nobody stands in line for them."""

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from relay_office import CHANNEL_SEED, INTAKE_SEED, ROUNDS, code_on, write
from starlette.testclient import TestClient

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.post import Post
from kunak.exchange.relay import ahead, build_app
from kunak.exchange.relay.ahead import KEPT_S, Ahead
from kunak.exchange.relay.waiting import Line
from kunak.vault import curves, seal


class Made:
    """Keys of codes, and how often they were made."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, code: ReturnCode) -> MailboxKeys:
        self.count += 1
        return MailboxKeys.of(code, 1)


@pytest.fixture
def made() -> Made:
    return Made()


def full(made: Made, most: int = 5, clock=time.monotonic) -> Ahead:
    stock = Ahead(most, made, clock)
    for _ in range(500):
        if len(stock) == most:
            return stock
        time.sleep(0.01)
    raise AssertionError("they are not made")


def test_each_is_given_out_once_and_replaced(made: Made):
    stock = full(made)
    given = {stock.code() for _ in range(40)}
    assert len(given) == 40
    for _ in range(500):
        if len(stock) == 5:
            break
        time.sleep(0.01)
    assert len(stock) == 5


def test_the_keys_are_those_of_the_code_and_are_there_once(made: Made):
    stock = full(made)
    code = stock.code()
    assert stock.keys(code) == MailboxKeys.of(code, 1)
    assert stock.keys(code) is None
    assert stock.keys(ReturnCode.make()) is None


def test_where_none_lies_ready_a_new_one_is_made_without_its_keys(made: Made):
    stock = Ahead(0, made)
    assert stock.keys(stock.code()) is None
    assert made.count == 0


def test_whoever_leaves_the_page_open_too_long_has_them_made_anew(made: Made):
    hours = [0.0]
    stock = full(made, clock=lambda: hours[0])
    early, late = stock.code(), stock.code()
    hours[0] += KEPT_S - 1
    assert stock.keys(early) is not None
    hours[0] += 2
    assert stock.keys(late) is None


def test_a_flood_of_last_pages_keeps_no_more_than_so_many(made: Made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ahead, "MOST_GIVEN", 3)
    stock = full(made)
    given = [stock.code() for _ in range(5)]
    assert [stock.keys(code) is not None for code in given] == [False, False, True, True, True]


def test_from_the_page_on_nothing_in_the_stock_opens_without_the_code(made: Made):
    """Neither the code nor a key of it lies in what the stock holds; only what the code itself opens."""
    stock = full(made)
    code = stock.code()
    keys = MailboxKeys.of(code, 1)
    held = repr([(name, sealed.keys) for name, sealed in stock._given.items()]).encode()
    held += b"".join(sealed.keys for sealed in stock._given.values()) + b"".join(stock._given)
    for secret in (code.secret, keys.token, keys.reply, keys.sign, keys.secret):
        assert secret not in held
    assert len(stock._given) == 1
    assert all(ready != code for ready, _ in stock._ready)
    gc.collect()


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """At a relay at which nobody comes to their turn in the line."""

    async def never(*_: object) -> None:
        raise AssertionError("stood in line")

    monkeypatch.setattr(Line, "keys", never)
    app = build_app(
        tmp_path,
        intake_public=curves.intake_public_bytes(INTAKE_SEED),
        channel_public=seal.ed25519_public_bytes(CHANNEL_SEED),
        rounds=ROUNDS,
        ahead=3,
    )
    for _ in range(500):
        if sum(thread.name == "ahead" for thread in threading.enumerate()):
            time.sleep(0.2)
            break
    yield TestClient(app)


def test_whoever_writes_first_does_not_stand_in_line(browser: TestClient):
    code = code_on(write(browser, text="a report"))
    with Post("", intake_seed=INTAKE_SEED, channel_seed=CHANNEL_SEED, client=browser) as post:
        (report,) = post.collect().reports
    assert report.mailbox == MailboxKeys.of(code, ROUNDS).mailbox
    assert report.answers["text"] == ("a report",)

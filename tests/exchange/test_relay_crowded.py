"""Slow senders: each is cut in time, and however many there are, whoever asks and answers at once gets through."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import h11
import httpx2
import pytest
from relay_office import code_on, press, write
from relay_running import Running, running

from kunak.exchange.relay import hall, wire

pytestmark = pytest.mark.slow

HEAD = b"GET / HTTP/1.1\r\nX: "
FORM = (
    b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 30000\r\n\r\ntext="
)
NOWHERE = FORM.replace(b"/w", b"/there-is-no-such-page")
SLOW = 400


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A relay with less patience than a real one."""
    monkeypatch.setattr(hall, "HEAD_S", 2.0)
    monkeypatch.setattr(hall, "LINGER_S", 0.5)
    monkeypatch.setattr(wire, "SLOWEST", 2.0)
    with running(tmp_path) as relay:
        yield relay


class Dripping:
    """Many connections, each of which sends ``first`` and then a byte every so often until it is cut."""

    def __init__(self, port: int, count: int, first: bytes, drip: bytes = b"x") -> None:
        self.lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self.cut_after: list[float] = []
        self.heard: list[bytes] = []
        self._drip = drip
        self._began = time.monotonic()
        self._ended = threading.Event()
        for line in self.lines:
            line.setblocking(False)
            line.send(first)
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until all are cut."""
        self._thread.join(seconds)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        for line in self.lines:
            line.close()

    def _go_on(self) -> None:
        left = {line: b"" for line in self.lines}
        while left and not self._ended.wait(0.3):
            for line in list(left):
                if self._is_cut(line, left):
                    self.cut_after.append(time.monotonic() - self._began)
                    self.heard.append(left.pop(line))

    def _is_cut(self, line: socket.socket, left: dict[socket.socket, bytes]) -> bool:
        try:
            line.send(self._drip)
            part = line.recv(65536)
            left[line] += part
            return not part
        except BlockingIOError:
            return False
        except OSError:
            return True


@contextmanager
def dripping(port: int, count: int, first: bytes) -> Iterator[Dripping]:
    slow = Dripping(port, count, first)
    try:
        yield slow
    finally:
        slow.close()


def ask(relay: Running, *, at: str = "/w") -> httpx2.Response:
    """A page, over a connection of its own."""
    return httpx2.get(relay.address + at, trust_env=False, timeout=20)


def answer_a_question(relay: Running) -> bool:
    """A page and its form, as a person would."""
    with httpx2.Client(base_url=relay.address, trust_env=False, timeout=60) as browser:
        page = press(browser, browser.get("/w", params={"l": "en"}), "next", safe_now="yes")
        return 'name="danger"' in page.text


def time_of_some(relay: Running) -> float:
    """Seconds until 24 people, eight at a time, have answered a question."""
    began = time.monotonic()
    with ThreadPoolExecutor(8) as people:
        assert list(people.map(answer_a_question, [relay] * 24)) == [True] * 24
    return time.monotonic() - began


@pytest.mark.parametrize("first", [HEAD, FORM], ids=["the head", "the body"])
def test_four_hundred_who_are_slow_are_cut_and_those_who_are_not_get_through(relay: Running, first: bytes):
    alone = time_of_some(relay)
    with dripping(relay.port, SLOW, first) as slow:
        among_them = time_of_some(relay)
        slow.wait(60)
    assert among_them < 5 * alone + 1
    assert len(slow.cut_after) == SLOW
    assert {heard[9:12] for heard in slow.heard} <= {b"408", b""}


@pytest.mark.parametrize("first", [b"", NOWHERE], ids=["nothing", "what nobody wants"])
def test_whoever_sends_nothing_or_goes_on_after_the_answer_is_cut(relay: Running, first: bytes):
    with dripping(relay.port, 20, first) as slow:
        slow.wait(60)
    assert len(slow.cut_after) == 20
    assert {heard[9:12] for heard in slow.heard} <= {b"404", b""}


def test_a_report_arrives_among_four_hundred_who_are_slow(relay: Running):
    with dripping(relay.port, SLOW, FORM), httpx2.Client(base_url=relay.address, timeout=60) as browser:
        assert code_on(write(browser, text="not slow"))


def test_a_body_that_comes_too_slowly_hears_that_it_did_not_arrive(relay: Running):
    with dripping(relay.port, 3, FORM) as slow:
        slow.wait(60)
    for heard in slow.heard:
        assert heard.startswith(b"HTTP/1.1 408")
        assert b"It did not arrive" in heard


def test_where_all_places_are_taken_a_slow_one_gives_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hall, "PLACES", 24)
    with running(tmp_path) as relay, dripping(relay.port, 24, HEAD) as slow:
        for number in range(12):
            assert ask(relay).status_code == 200, number
        time.sleep(0.5)
        assert 1 <= len(slow.cut_after) <= 12


def test_who_waits_for_an_answer_keeps_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hall, "PLACES", 24)
    answered = threading.Event()

    def wrap(app):
        async def waits(scope, receive, send):
            if scope["path"] == "/a":
                await asyncio.to_thread(answered.wait, 30)
            await app(scope, receive, send)

        return waits

    with running(tmp_path, wrap=wrap) as relay, ThreadPoolExecutor(1) as person:
        waiting = person.submit(ask, relay, at="/a")
        time.sleep(0.5)
        for _ in range(3):
            with dripping(relay.port, 24, HEAD), suppress(httpx2.HTTPError):
                ask(relay)
        answered.set()
        assert waiting.result().status_code == 200


def test_who_asks_nothing_gives_the_place_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hall, "PLACES", 8)
    with running(tmp_path) as relay, dripping(relay.port, 4, HEAD) as slow:
        idle = [httpx2.Client(base_url=relay.address, trust_env=False) for _ in range(4)]
        for client in idle:
            assert client.get("/a").status_code == 200
        for _ in range(4):
            assert ask(relay).status_code == 200
        time.sleep(0.3)
        assert slow.cut_after == []
        for client in idle:
            client.close()


def test_a_browser_may_rest_between_two_pages(relay: Running):
    """A new connection costs two round trips and more, of 1.5 s each on a bad line."""
    with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as line:
        for rest in (5.5, 0):
            line.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            heard = b""
            while b"</html>" not in heard:
                heard += line.recv(65536)
            time.sleep(rest)


def test_the_head_of_an_answer_is_written_with_what_follows_it():
    """A relay that is killed between the two would leave a head alone."""
    line = hall._HeadWithBody(h11.SERVER)
    for _ in range(2):
        line.receive_data(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        while not isinstance(line.next_event(), h11.EndOfMessage):
            pass
        assert line.send(h11.Response(status_code=200, headers=[("content-length", "3")])) == b""
        whole = line.send(h11.Data(data=b"yes"))
        assert whole.startswith(b"HTTP/1.1 200") and whole.endswith(b"\r\n\r\nyes")
        assert line.send(h11.EndOfMessage()) == b""
        line.start_next_cycle()

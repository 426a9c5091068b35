"""Invented people who write to a relay: many at once, over HTTP, from processes of their own.

With script: what a browser would have sealed is made before the clock starts, and sent over a new connection. (The
code of each is stretched little, which the relay cannot see; a browser spends half a second on that.) Without
script: each goes through the questions over one connection, page by page, and sends.
"""

import html
import http.client
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from kunak.cli import up
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.report import seal_in_browser, write_report
from kunak.vault import curves

PATIENCE_S = 300.0  # what a browser endures
_BYTES = {"Content-Type": "application/octet-stream"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]+)"')
_CODE = re.compile(r'<p class="c"[^>]*>([^<]+)</p>')
_MOST_PAGES = 20


@dataclass(frozen=True)
class Crowd:
    """Who writes: ``at_once`` people, each one report, all in the same moment; or, with ``seconds``, so many at
    a time, one report after another, for that long. ``prepared`` is how many reports are made beforehand;
    ``processes``, in how many they are."""

    way: str  # script or form
    port: int
    intake: bytes
    at_once: int
    seconds: float = 0.0
    prepared: int = 0
    processes: int = 2


@dataclass
class Heard:
    """What they heard: the texts that were accepted, statuses, seconds of each sending and each whole visit."""

    accepted: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    sending: list[float] = field(default_factory=list)
    visits: list[float] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    def add(self, other: "Heard") -> None:
        """Take in what others heard. Times are of one clock, which all processes share."""
        self.accepted += other.accepted
        self.statuses += other.statuses
        self.sending += other.sending
        self.visits += other.visits
        self.began = min(filter(None, (self.began, other.began)))
        self.ended = max(self.ended, other.ended)


Sending = Callable[["Crowd", str, Heard], None]


def send_all(crowd: Crowd) -> Heard:
    """Let them all write, and hear what they heard."""
    context = get_context("spawn")
    start, queue = context.Barrier(crowd.processes), context.Queue()
    workers = [
        context.Process(target=_work, args=(crowd, n, start, queue), daemon=True)
        for n in range(crowd.processes)
    ]
    for worker in workers:
        worker.start()
    heard = Heard()
    for _ in workers:
        heard.add(queue.get())
    for worker in workers:
        worker.join()
    return heard


def _work(crowd: Crowd, number: int, start: Any, queue: Any) -> None:
    share = crowd.at_once // crowd.processes + (number < crowd.at_once % crowd.processes)
    letters = _letters(crowd, number, crowd.prepared // crowd.processes if crowd.seconds else share)
    started, parts = threading.Barrier(share + 1), [Heard() for _ in range(share)]
    threads = [
        threading.Thread(target=_person, args=(crowd, letters, started, part), daemon=True) for part in parts
    ]
    for thread in threads:
        thread.start()
    start.wait()
    heard = Heard(began=perf_counter())
    started.wait()
    for thread in threads:
        thread.join()
    heard.ended = perf_counter()
    for part in parts:
        part.began, part.ended = heard.began, heard.ended
        heard.add(part)
    queue.put(heard)


def _person(
    crowd: Crowd, letters: Iterator[tuple[str, bytes]], started: threading.Barrier, heard: Heard
) -> None:
    started.wait()
    until = perf_counter() + crowd.seconds
    for text, sealed in letters:
        begun = perf_counter()
        try:
            status, took = _send_sealed(crowd, sealed) if crowd.way == "script" else _walk(crowd, text)
        except (OSError, http.client.HTTPException) as broken:
            heard.statuses[type(broken).__name__] += 1
        else:
            heard.statuses[str(status)] += 1
            heard.sending.append(took)
            heard.visits.append(perf_counter() - begun)
            if status == 200:
                heard.accepted.append(text)
        if perf_counter() >= until:
            return


class _Letters:
    """Texts and what was sealed of them, given to one after another."""

    def __init__(self, made: Iterator[tuple[str, bytes]]) -> None:
        self._made = made
        self._lock = threading.Lock()

    def __iter__(self) -> "_Letters":
        return self

    def __next__(self) -> tuple[str, bytes]:
        with self._lock:
            return next(self._made)


def _letters(crowd: Crowd, number: int, count: int) -> Iterator[tuple[str, bytes]]:
    names = (f"an invented report {crowd.way} {crowd.at_once} {number} {n}" for n in range(10**9))
    if crowd.way == "form":
        return _Letters((text, b"") for text in names)
    at = datetime.now(UTC)
    return _Letters(
        iter([(text, _sealed(text, at, crowd.intake)) for text, _ in zip(names, range(count), strict=False)])
    )


def _sealed(text: str, at: datetime, intake: bytes) -> bytes:
    keys = MailboxKeys.of(ReturnCode.make(), 1)
    report = write_report(
        "request", keys, at=at, language="en", answers={"safe_now": ("yes",), "text": (text,)}
    )
    return bytes.fromhex(report.id) + seal_in_browser(report, keys, intake, curves.BY_X25519)


def _send_sealed(crowd: Crowd, sealed: bytes) -> tuple[int, float]:
    begun = perf_counter()
    line = _Line(crowd.port)
    try:
        status, _ = line.ask("POST", "/j", sealed, _BYTES)
        return status, perf_counter() - begun
    finally:
        line.close()


def _walk(crowd: Crowd, text: str) -> tuple[int, float]:
    """Through the questions; the status and the seconds of the last step."""
    line = _Line(crowd.port)
    try:
        status, page = line.ask("GET", "/w?l=en")
        for _ in range(_MOST_PAGES):
            if status != 200:
                return status, 0.0
            last = 'name="text"' in page
            begun = perf_counter()
            status, page = line.ask("POST", *_pressed(page, text if last else ""))
            if last:
                shown = status == 200 and len(_CODE.findall(page)) == 2
                return (200 if shown else status or 599), perf_counter() - begun
        raise http.client.HTTPException
    finally:
        line.close()


def _pressed(page: str, text: str) -> tuple[str, bytes, dict[str, str]]:
    """The form of a page with a button pressed: the first answer, then skip, at last send."""
    action = _ACTION.search(page)
    if action is None:
        raise http.client.HTTPException
    fields = [(name, html.unescape(value)) for name, value in _HIDDEN.findall(page)]
    if text:
        fields += [("text", text), ("go", "send")]
    elif 'name="safe_now"' in page and 'value="skip"' not in page:
        fields += [("safe_now", "yes"), ("go", "")]
    else:
        fields += [("go", "skip")]
    return action.group(1), urlencode(fields).encode(), _FORM


class _Line(http.client.HTTPConnection):
    """One person's connection."""

    def __init__(self, port: int) -> None:
        super().__init__(up.LOOPBACK, port, timeout=PATIENCE_S)

    def connect(self) -> None:
        """Without waiting for more to send."""
        super().connect()
        with suppress(OSError):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """A status and a page."""
        self.request(method, path, body, headers or {})
        answer = self.getresponse()
        return answer.status, answer.read().decode(errors="replace")

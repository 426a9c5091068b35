"""One office on this machine, as the web process holds it: settings, the workbench once it is unlocked, one
lock around it, the cookie of this launch, and the world that ways are planned in.

The keys live in this process alone. Locking ends the process (exit code 75), and so do some minutes in which
nobody does anything; a supervisor starts it again, locked.
"""

import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from kunak.errors import KunakError, Locked, Refused
from kunak.exchange import collecting
from kunak.exchange.inbox import Inbox
from kunak.exchange.inbox import may_go as inbox_may_go
from kunak.exchange.inbox import note as inbox_note
from kunak.exchange.inbox import note_emptied as inbox_note_emptied
from kunak.exchange.inbox import retired as inbox_retired
from kunak.exchange.inbox import waiting as inbox_waiting
from kunak.exchange.link import Link
from kunak.intake.queries import MailboxReply
from kunak.vault import SqliteStore, WrongPassphrase, wipe
from kunak.vault.keys import DuressGiven, Typed
from kunak.vault.lock import swap_in_the_clear
from kunak.web.faults import Stumbled, note_fault
from kunak.web.opening import begin_again
from kunak.workbench import Workbench, open_store, utc_now
from kunak.workbench.rounds import RELAY, note_round
from kunak.workbench.syncing import relay_of

LISTEN_EVERY_S = 20
NOTE_EVERY_S = 300  # a round in which nothing moved is noted as often
IDLE_S = 180.0
FREE_TRIES = 3
LONGEST_PAUSE_S = 60


class TooManyTries(Refused):
    """Too many wrong passphrases one after another. Wait {seconds} seconds, then try again."""

    code = "too-many-tries"
    status = 429
    hint = "Nothing is destroyed by wrong tries. Check the keyboard layout and Caps Lock."


class StillLocked(Locked):
    """This office is locked."""

    code = "still-locked"
    hint = "Type your passphrase to go on. Nothing was saved by the page you just left."


@dataclass(frozen=True)
class Settings:
    """What a launch is told."""

    directory: Path
    port: int = 8420
    relay: str | None = None  # its address, e.g. http://127.0.0.1:8430; None: the one synced with last
    demo: bool = False  # an invented office: says so on every page
    zone: tzinfo | None = None  # None: the zone of this machine
    idle_s: float = IDLE_S  # without a sign of a person for so many seconds, it locks


def uptime() -> float:
    """Seconds that pass also while the machine sleeps, where the system has such a clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Office:
    """The web process's hold on one office."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        now: Callable[[], datetime] = utc_now,
        ticks: Callable[[], float] = uptime,
    ) -> None:
        self.settings = settings
        self.store = store
        self.now = now
        self.lock = threading.RLock()
        self.bench: Workbench | None = None
        self.inbox: Inbox | None = None
        self.link: Link | None = None
        self.ended = threading.Event()
        self.destroyed = threading.Event()
        self.swap = swap_in_the_clear()
        self._ticks = ticks
        self._seen = ticks()
        self.cookie_name = f"kunak-{settings.port}"  # cookies do not tell ports apart: the name does
        self._cookie = secrets.token_urlsafe(32)
        self._wrong = 0
        self._next_try = 0.0
        self._round = threading.Lock()  # one round of listening at a time
        self.wanted: set[str] = set()  # the attachments that somebody here asked for, by their ids
        self._listened = 0.0  # monotonic seconds
        self._noted = 0.0

    @classmethod
    def at(cls, settings: Settings) -> "Office":
        """The office kept in a directory. Raises what ``open_store`` raises when there is none."""
        return cls(settings, open_store(settings.directory))

    def unlock(self, passphrase: str, keyfile: bytes | None = None) -> str:
        """Open the office; returns the cookie of this launch. Raises Locked or TooManyTries."""
        with self.lock:
            with self.trying():
                bench = self._open(Typed(passphrase, keyfile))
            old, self.bench = self.bench, bench
            if old is not None:
                old.close()
            self._connect(bench)
            self.somebody_is_here()
            return self._cookie

    def _open(self, passphrase: Typed) -> Workbench:
        try:
            return Workbench.unlock(self.store, passphrase, self.now)
        except DuressGiven as given:
            return self._begin_again(given)

    def _begin_again(self, given: DuressGiven) -> Workbench:
        self.bench = None  # not closed: that would write into the new office
        return begin_again(self.settings.directory, self.store, given, self.now)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Around whatever tries a passphrase: after wrong ones it has to wait. Raises TooManyTries.

        A duress passphrase destroys the office wherever it is typed. Where somebody was at work in it
        already, the process then ends as if it had been locked.
        """
        wait = self._next_try - time.monotonic()
        if wait > 0:
            raise TooManyTries(seconds=math.ceil(wait))
        try:
            yield
        except DuressGiven as given:
            self._begin_again(given).close()
            self.end()
            raise StillLocked from None
        except WrongPassphrase:
            self._wrong += 1
            over = self._wrong - FREE_TRIES
            if over >= 0:
                self._next_try = time.monotonic() + min(2.0**over * 2, LONGEST_PAUSE_S)
            raise
        self._wrong = 0

    def opened_by(self, cookie: str | None) -> bool:
        """Whether this cookie was given by this launch, and the office is open."""
        given = (cookie or "").encode()
        return self.bench is not None and hmac.compare_digest(given, self._cookie.encode())

    def somebody_is_here(self) -> None:
        """A person did something: the time without a sign of anybody begins anew."""
        self._seen = self._ticks()

    def is_forsaken(self) -> bool:
        """Whether it is open, and nobody has done anything for too long."""
        return self.bench is not None and self._ticks() - self._seen > self.settings.idle_s

    def destroy(self) -> None:
        """Destroy the slots; on return no passphrase opens anything. Waits for no page that is being made.

        The rest is overwritten by the supervisor, once this process has ended.
        """
        wipe.destroy_keys(self.store)
        self.destroyed.set()

    def end(self) -> None:
        """Let go of the keys and ask the process to end."""
        with self.lock:
            if self.bench is not None:
                self.bench.close()
            self.bench = None
            self._disconnect()
        self.ended.set()

    def stir(self) -> None:
        """Something waits to be delivered: the next look at a page starts a round at once."""
        self._listened = 0.0

    def listen(self) -> None:
        """One round: sync with the office's other devices, take in letters, bring answers. Pages go on while the
        network answers.

        Does nothing while locked, without a relay, while another round runs, or within 20 s of the last one.
        """
        if time.monotonic() - self._listened < LISTEN_EVERY_S or not self._round.acquire(blocking=False):
            return
        try:
            self._listened = time.monotonic()
            if self.inbox is not None:
                self._listen(self.inbox)
        finally:
            self._round.release()

    def _listen(self, inbox: Inbox) -> None:
        """What fails in one step does not keep the others from being done."""
        steps = self._sync, lambda: self._exchange_letters(inbox), lambda: self._fetch_attachments(inbox)
        troubles = [self._trouble_of(step) for step in steps]
        inbox.trouble = next((one for one in troubles if one is not None), None)
        if inbox.trouble is None:
            inbox.heard_at = self.now()

    @staticmethod
    def _trouble_of(step: Callable[[], None]) -> KunakError | None:
        try:
            step()
        except KunakError as trouble:
            return trouble
        except Exception as fault:  # a fault of ours must not end the listening, nor tell a log what came
            note_fault(fault)
            return Stumbled()
        return None

    def _sync(self) -> None:
        """A round with the other devices; then the post has the keys of now."""
        bench, link, inbox = self.bench, self.link, self.inbox
        if bench is None or link is None or inbox is None:
            return
        done = link.round(bench, self._at_the_bench)
        with self._at_the_bench():
            inbox.renew(link.post(bench.vault))
            moved = done.sent or done.received.taken or done.received.turned_away
            if moved or time.monotonic() - self._noted > NOTE_EVERY_S:
                note_round(bench, RELAY, done.received, done.sent)
                self._noted = time.monotonic()

    @contextmanager
    def _at_the_bench(self) -> Iterator[Workbench]:
        """Where the workbench is touched. Raises StillLocked if it was locked meanwhile."""
        with self.lock:
            if self.bench is None:
                raise StillLocked
            yield self.bench

    def _exchange_letters(self, inbox: Inbox) -> None:
        collected = inbox.collect()
        with self.lock:
            if self.bench is None:
                return
            taken, waiting = inbox.take_in(self.bench, collected), inbox_waiting(self.bench)
            retired = inbox_retired(self.bench)
        inbox.forget(taken)
        emptied = inbox.empty(retired)
        delivered = inbox.deliver(waiting, self._may_still_go)
        with self.lock:
            if self.bench is None:
                return
            inbox_note_emptied(self.bench, emptied)
            inbox_note(self.bench, delivered)

    def _fetch_attachments(self, inbox: Inbox) -> None:
        with self._at_the_bench() as bench:
            waiting = collecting.waiting(bench, self.wanted)
        fetched = inbox.fetch(waiting)
        with self._at_the_bench() as bench:
            taken = collecting.take(bench, fetched)
        inbox.release(taken)

    def _may_still_go(self, code: str, reply: MailboxReply) -> bool:
        with self.lock:
            return self.bench is not None and inbox_may_go(self.bench, code, reply)

    def _connect(self, bench: Workbench) -> None:
        self._disconnect()
        address = self.settings.relay or relay_of(bench)
        if address is not None:
            self.link = Link(address)
            self.inbox = Inbox(self.link.post(bench.vault))
        self._listened = self._noted = 0.0

    def _disconnect(self) -> None:
        if self.inbox is not None:
            self.inbox.close()
        if self.link is not None:
            self.link.close()
        self.inbox = self.link = None

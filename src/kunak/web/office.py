"""One office on this machine, as the web process holds it: settings, the workbench once it is unlocked, one
lock around it, the cookie of this launch, and the world that ways are planned in.

The keys live in this process alone. Locking ends the process (exit code 75); a supervisor starts it again,
locked.
"""

import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from kunak.errors import Locked, Refused
from kunak.exchange.inbox import Inbox
from kunak.vault import Store
from kunak.workbench import Workbench, utc_now

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
    relay: str | None = None  # address of the relay, e.g. http://127.0.0.1:8430; None: no public side
    demo: bool = False  # an invented office: says so on every page
    zone: tzinfo | None = None  # None: the zone of this machine


class Office:
    """The web process's hold on one office."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.store = store
        self.now = now
        self.lock = threading.RLock()
        self.bench: Workbench | None = None
        self.inbox: Inbox | None = None
        self.ended = threading.Event()
        self.cookie_name = f"kunak-{settings.port}"  # cookies do not tell ports apart: the name does
        self._cookie = secrets.token_urlsafe(32)
        self._wrong = 0
        self._next_try = 0.0

    def unlock(self, passphrase: str) -> str:
        """Open the office; returns the cookie of this launch. Raises Locked or TooManyTries."""
        with self.lock:
            self._slow_down()
            try:
                bench = Workbench.unlock(self.store, passphrase, self.now)
            except Locked:
                self._wrong += 1
                over = self._wrong - FREE_TRIES
                if over >= 0:
                    self._next_try = time.monotonic() + min(2.0**over * 2, LONGEST_PAUSE_S)
                raise
            self._wrong = 0
            old, self.bench = self.bench, bench
            if old is not None:
                old.close()
            self.inbox = Inbox(self.settings.relay) if self.settings.relay else None
            return self._cookie

    def opened_by(self, cookie: str | None) -> bool:
        """Whether this cookie was given by this launch, and the office is open."""
        given = (cookie or "").encode()
        return self.bench is not None and hmac.compare_digest(given, self._cookie.encode())

    def end(self) -> None:
        """Let go of the keys and ask the process to end."""
        with self.lock:
            if self.bench is not None:
                self.bench.close()
            self.bench = None
            self.inbox = None
        self.ended.set()

    def _slow_down(self) -> None:
        wait = self._next_try - time.monotonic()
        if wait > 0:
            raise TooManyTries(seconds=math.ceil(wait))

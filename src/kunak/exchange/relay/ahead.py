"""Return codes whose keys were made in quiet hours, so that nobody stands in line for their first.

Keys take half a second of a processor. Where a thousand people write without script in the same hour, as many codes
lie ready as the relay was told to keep; each taken one is replaced by a thread that works when nothing else does.

What lies ready is worth nothing to a thief who comes before it is given out: nobody has it, and it dies with the
process. From the moment in which a page carries a code, its keys lie here sealed under that code alone, so
whoever takes the memory needs the page too. They are dropped when the person sends, or after two hours.
"""

import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread, get_native_id
from typing import NamedTuple

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.vault import seal

KEPT_S = 7200.0  # for whoever has the last page open
MOST_GIVEN = 4096  # of them at a time; the one given longest ago is forgotten first
_LAST_OF_ALL = 19  # nice


class _Sealed(NamedTuple):
    given: float  # seconds of the clock
    keys: bytes


class Ahead:
    """The codes that lie ready, ``most`` at best, and those that were given out. ``clock`` is for tests."""

    def __init__(
        self,
        most: int,
        make: Callable[[ReturnCode], MailboxKeys],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._make = make
        self._clock = clock
        self._lock = Lock()
        self._ready: deque[tuple[ReturnCode, bytes]] = deque()
        self._given: OrderedDict[bytes, _Sealed] = OrderedDict()
        self._wanted = Event()
        self._wanted.set()
        if most:
            Thread(target=self._fill, name="ahead", daemon=True).start()

    def __len__(self) -> int:
        return len(self._ready)

    def code(self) -> ReturnCode:
        """A code that nobody has; one that lies ready, if there is one."""
        with self._lock:
            self._forget()
            if not self._ready:
                return ReturnCode.make()
            code, sealed = self._ready.popleft()
            self._given[_name(code)] = _Sealed(self._clock(), sealed)
        self._wanted.set()
        return code

    def keys(self, code: ReturnCode) -> MailboxKeys | None:
        """The keys of a code that was given out by ``code``, once; or None: they have to be made."""
        with self._lock:
            self._forget()
            sealed = self._given.pop(_name(code), None)
        return None if sealed is None else _unsealed(code, sealed.keys)

    def _forget(self) -> None:
        before = self._clock() - KEPT_S
        while self._given and (
            len(self._given) > MOST_GIVEN or next(iter(self._given.values())).given < before
        ):
            self._given.popitem(last=False)

    def _fill(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _LAST_OF_ALL)
        while self._wanted.wait():
            self._wanted.clear()
            while len(self._ready) < self._most:
                code = ReturnCode.make()
                self._ready.append((code, _sealed(code, self._make(code))))


def _name(code: ReturnCode) -> bytes:
    return seal.digest(seal.context("ahead/name", code.secret))


def _key(code: ReturnCode) -> bytes:
    return seal.derive(code.secret, seal.context("ahead/key"))


def _sealed(code: ReturnCode, keys: MailboxKeys) -> bytes:
    return seal.seal(_key(code), b"".join((keys.token, keys.reply, keys.sign, keys.secret)), b"")


def _unsealed(code: ReturnCode, sealed: bytes) -> MailboxKeys:
    plain = seal.unseal(_key(code), sealed, b"")
    return MailboxKeys(*(plain[at : at + seal.KEY_BYTES] for at in range(0, len(plain), seal.KEY_BYTES)))

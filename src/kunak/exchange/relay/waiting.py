"""Standing in line for keys. Making them from a code takes half a second of one processor, on purpose.

Whoever writes or comes back without script needs them made here. As many are made at a time as there are
processors, in threads that give way to everything else, so that pages come meanwhile. The others wait, with their
page open, as long as a browser does without giving up; only who would wait longer hears at once to come back.

There are two rows, one for those who write for the first time and one for those who have a code, and they take
turns: whoever tries codes by the thousand makes those wait who come back without script, nobody else.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import get_native_id
from typing import Literal, TypeVar

from kunak.errors import Refused
from kunak.vault.forgetful import leaving_nothing

T = TypeVar("T")
Row = Literal["new", "back"]

LONGEST_S = 120.0  # browsers, and the telephone companies between, leave a silent line alone for two minutes
_AT_FIRST_S = 0.5  # what one takes, before any was seen
_GIVES_WAY = 10  # nice


class RelayBusy(Refused):
    """Too many people are writing at this moment. Nothing of this was kept."""

    code = "relay-busy"
    hint = "Wait a minute, then try again."
    status = 429


class Line:
    """Those who wait for keys, over all desks of a relay. ``at_once`` and ``clock`` are given by tests."""

    def __init__(self, at_once: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once or min(8, os.cpu_count() or 1)
        self._clock = clock
        self._rows: dict[Row, deque[asyncio.Future[None]]] = {"new": deque(), "back": deque()}
        self._busy = 0
        self._each = _AT_FIRST_S
        self._threads = ThreadPoolExecutor(self._at_once, "keys", initializer=_give_way)

    async def keys(self, row: Row, make: Callable[[], T]) -> T:
        """What ``make`` gives, made when it is one's turn. Raises RelayBusy, and then nothing was done."""
        await self._turn(row)
        began = self._clock()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, leaving_nothing, make)
        finally:
            self._each += (self._clock() - began - self._each) / 8
            self._next(row)

    def waits(self, row: Row) -> float:
        """Seconds that one who came now would stand in a row, as far as can be told."""
        other = self._rows["back" if row == "new" else "new"]
        before = len(self._rows[row]) + min(len(other), len(self._rows[row]) + 1)  # the rows take turns
        return self._each * (before + self._busy) / self._at_once

    async def _turn(self, row: Row) -> None:
        if self.waits(row) > LONGEST_S:
            raise RelayBusy()
        if self._busy < self._at_once:
            self._busy += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._rows[row].append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._next(row)  # it was their turn when they went
            raise

    def _next(self, row: Row) -> None:
        """Let the one go who is first in the other row, else in this one."""
        other: Row = "back" if row == "new" else "new"
        for waiting in (self._rows[other], self._rows[row]):
            while waiting:
                place = waiting.popleft()
                if not place.done():
                    place.set_result(None)
                    return
        self._busy -= 1


def _give_way() -> None:
    with suppress(OSError, AttributeError):  # where the system does not allow it, they are made all the same
        behind = min(os.getpriority(os.PRIO_PROCESS, 0) + _GIVES_WAY, 19)  # 19: the last of all
        os.setpriority(os.PRIO_PROCESS, get_native_id(), behind)

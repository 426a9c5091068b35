"""Slowing those who try codes, without an address and without ever locking anyone out.

Each mailbox may be asked for five times an hour without delay; after that every answer waits a little longer,
up to ten seconds. All together may ask thirty times a minute; after that every answer waits two seconds.
Right, wrong and unknown codes count and wait alike, so the wait tells nothing. All of it is in memory and
forgotten within the hour. (A code has 72 bits: at thirty a minute, guessing one takes 10¹⁴ years.)

Nobody can make another person wait long: a mailbox's id comes out of its code, so whoever does not have the code
cannot ask for that mailbox; and of those who wait here there are never more than ``MOST_WAITING``, so that a flood
of tries does not take all connections: whoever comes then is answered without waiting. The wait is not what
protects a code.
"""

import asyncio
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

from kunak.vault import seal

FREE_PER_HOUR = 5
LONGEST = 10.0
ALL_PER_MINUTE = 30
MOST_WAITING = 256
_CROWDED = 2.0
_REMEMBERED = 4096  # mailboxes; the one asked longest ago is forgotten first


class Brake:
    """The waiting of one relay process. ``pause`` and ``clock`` are given by tests."""

    def __init__(
        self,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._clock = clock
        self._blind = secrets.token_bytes(32)  # memory holds no mailbox id either
        self._tries: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=ALL_PER_MINUTE + 1)
        self._waiting = 0

    async def wait(self, mailbox: str) -> None:
        """Wait as long as this try has to."""
        seconds = self._seconds(mailbox)
        if not seconds or self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        try:
            await self._pause(seconds)
        finally:
            self._waiting -= 1

    def _seconds(self, mailbox: str) -> float:
        now = self._clock()
        key = seal.digest(self._blind + mailbox.encode())
        tries = self._tries.setdefault(key, deque(maxlen=64))
        self._tries.move_to_end(key)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
        _forget_before(tries, now - 3600)
        _forget_before(self._all, now - 60)
        tries.append(now)
        self._all.append(now)
        own = min(LONGEST, 0.5 * max(0, len(tries) - FREE_PER_HOUR))
        return max(own, _CROWDED if len(self._all) > ALL_PER_MINUTE else 0.0)


def _forget_before(times: deque[float], then: float) -> None:
    while times and times[0] < then:
        times.popleft()

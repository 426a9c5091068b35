"""The room for what people sent and the office has not taken in yet: bounded, and nobody's flood takes another's.

Whoever has the address can send; the relay reads nothing of it and knows no addresses, so it cannot tell a flood
from people in need. What it can do:

* Each office has a room of its own. A flood at one leaves the others theirs: as long as there is room in all, an
  office may have more waiting than its share of it; then its share is kept for each that has less.
* While the room is half empty, everything is kept at once. Then what browsers sealed is kept one a second, in the
  order in which it came, each sender waiting with their page open: a flood that comes in a minute would take hours.
* The last quarter is for those who write without script: each costs half a second of the relay's time anyway.
* Who finds no room is told that it did not arrive.

What the office has not taken in thirty days after the day on which it came is let go of, and the office is told how
many those were. The relay notes for that where a day began in the order of arrival, nothing finer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from kunak.exchange.relay.store import ADVANCE, HOLD, PUT, RelayStore
from kunak.exchange.relay.tables import Ask, NotKept, RelayFull
from kunak.exchange.relay.waiting import RelayBusy

MOST_OF_ONE = 65_536  # letters of one office: 1.2 GB at the most, a third of that as people write
MOST_OF_ALL = 262_144  # and twice that, if each office comes to need its share while one has taken the rest
DAYS = 30  # a request that nobody accepted is kept no longer anywhere
EACH_S = 1.0
MOST_WAITING = 100  # of one office: browsers and what is between leave a silent line alone for two minutes
_OF_ALL = "SELECT count(*) FROM blob WHERE stream IN (SELECT letters FROM office)"
_MARK = "INSERT INTO arrived (stream, day, cur) VALUES (?, ?, ?) ON CONFLICT (stream, day) DO NOTHING"
_LAPSED = (
    "INSERT INTO lapsed (stream, day, letters) VALUES (?, ?, ?)"
    " ON CONFLICT (stream, day) DO UPDATE SET letters = lapsed.letters + excluded.letters"
)


class Room:
    """The rooms of all offices of one relay. Days are counted from 1970."""

    def __init__(self, store: RelayStore, of_one: int = MOST_OF_ONE, of_all: int = MOST_OF_ALL) -> None:
        self._tables = store.tables
        self._of_one = of_one
        self._of_all = of_all
        self._swept = 0

    def is_crowded(self, stream: str) -> bool:
        """Whether those who seal in a browser have to wait for their turn: half of an office's room is taken, and
        there is still some for them."""

        def work(ask: Ask) -> bool:
            count = _count(ask, stream)
            most = self._most(ask, count)
            return most // 2 <= count < most * 3 // 4

        return self._tables.read(work)

    def keep(self, stream: str, id: str, sealed: bytes, day: int, *, all_of_it: bool) -> None:
        """Append a letter, once: the same id again changes nothing. ``all_of_it``: in the last quarter too.

        Raises RelayFull, NotKept: then nothing was kept.
        """
        self.sweep(day)

        def work(ask: Ask) -> None:
            ask.rows(HOLD, (stream,))
            if ask.rows("SELECT 1 FROM blob WHERE stream = ? AND id = ?", (stream, id)):
                return
            count = _count(ask, stream)
            most = self._most(ask, count)
            if count >= (most if all_of_it else most * 3 // 4):
                raise RelayFull()
            ((place,),) = ask.rows(ADVANCE, (1, stream))
            ask.rows(PUT, (stream, place, id, sealed))
            ask.rows(_MARK, (stream, day, place))

        self._tables.write(work)

    def lapsed(self, stream: str, day: int) -> int:
        """How many letters of an office were let go of in the last thirty days."""
        self.sweep(day)
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT letters FROM lapsed WHERE stream = ? AND day >= ?", (stream, day - DAYS)
            )
        )
        return sum(letters for (letters,) in rows)

    def sweep(self, day: int) -> None:
        """Once a day, let go of what waited too long. On a full disk, when there is room again."""
        if self._swept == day:
            return

        def work(ask: Ask) -> int:
            ask.rows("DELETE FROM lapsed WHERE day < ?", (day - DAYS,))
            return sum([_let_go(ask, stream, day) for (stream,) in ask.rows("SELECT letters FROM office")])

        with suppress(NotKept):  # an office must be able to collect from a relay that cannot write
            if self._tables.write(work):
                self._tables.wipe()
            self._swept = day

    def _most(self, ask: Ask, count: int) -> int:
        """How many letters an office may have waiting that has ``count`` of them."""
        ((offices,),) = ask.rows("SELECT count(*) FROM office")
        share = min(self._of_one, self._of_all // max(1, int(offices)))
        if count < share // 2:  # it is the same whatever the others have
            return self._of_one
        ((all_of_them,),) = ask.rows(_OF_ALL)
        return self._of_one if all_of_them < self._of_all else share


class Turns:
    """Those who send while an office's room is crowded, one after the other. ``pause`` is given by tests."""

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause = pause
        self._first = asyncio.Lock()  # those who wait for it get it in the order in which they came
        self._waiting = 0

    async def wait(self) -> None:
        """Return when it is one's turn. Raises RelayBusy where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise RelayBusy()
        self._waiting += 1
        try:
            async with self._first:
                await self._pause(EACH_S)
        finally:
            self._waiting -= 1


def _count(ask: Ask, stream: str) -> int:
    ((count,),) = ask.rows("SELECT count(*) FROM blob WHERE stream = ?", (stream,))
    return int(count)


def _let_go(ask: Ask, stream: str, day: int) -> int:
    """Delete what came to a stream before the first day that is still kept; how many letters that was."""
    begun = ask.rows("SELECT day, cur FROM arrived WHERE stream = ? ORDER BY day", (stream,))
    if not begun:  # perhaps letters lie here from before days were noted: their time begins now
        ask.rows(_MARK, (stream, day, 0))
        return 0
    if begun[0][0] >= day - DAYS:
        return 0
    first = min((cur for of_day, cur in begun if of_day >= day - DAYS), default=None)
    if first is None:
        ((head,),) = ask.rows(HOLD, (stream,))
        first = head + 1
    gone = ask.rows("DELETE FROM blob WHERE stream = ? AND cur < ? RETURNING cur", (stream, first))
    ask.rows("DELETE FROM arrived WHERE stream = ? AND day < ?", (stream, day - DAYS))
    if gone:
        ask.rows(_LAPSED, (stream, day, len(gone)))
    return len(gone)

"""What each office last said in public, and on which day: in the store, and for half a minute in memory.

A page must come even when the store does not answer: then it says what it says where nothing is known.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import anyio.to_thread

from kunak.errors import KunakError
from kunak.exchange import notice
from kunak.exchange.notice import NOTHING_SAID, SHOWN_DAYS, Notice
from kunak.exchange.relay.tables import Tables
from kunak.vault import seal

FRESH_S = 30.0  # another process of this relay may have heard a newer one
_SAY = (
    "INSERT INTO notice (rid, day, said) VALUES (?, ?, ?)"
    " ON CONFLICT (rid) DO UPDATE SET day = excluded.day, said = excluded.said"
)


class _Said(NamedTuple):
    looked: float  # monotonic seconds
    day: int
    notice: Notice


_NEVER = _Said(float("-inf"), 0, NOTHING_SAID)


class Notices:
    """The notices of one relay's offices. ``clock`` is given by tests."""

    def __init__(self, tables: Tables, clock: Callable[[], float] = time.monotonic) -> None:
        self._tables = tables
        self._clock = clock
        self._said: dict[str, _Said] = {}

    def tell(self, rid: str, spelled: bytes, day: int) -> None:
        """The office says this from now on. Raises Damaged for what is no notice, NotKept."""
        heard = notice.read(spelled)
        self._tables.write(lambda ask: ask.rows(_SAY, (rid, day, spelled)))
        self._said[rid] = _Said(self._clock(), day, heard)

    def still(self, rid: str, digest: bytes, day: int) -> bool:
        """Whether the office says what has this SHA-256; it has then said so today."""
        rows = self._rows(rid)
        if not any(seal.digest(bytes(said)) == digest for _, said in rows):
            return False
        for heard, said in rows:
            if heard != day:
                self.tell(rid, bytes(said), day)
        return True

    async def look(self, rid: str) -> None:
        """See to it that ``now`` has what was said, not more than half a minute old."""
        if self._clock() - self._said.get(rid, _NEVER).looked < FRESH_S:
            return
        self._said[rid] = await anyio.to_thread.run_sync(self._read, rid)

    def now(self, rid: str, day: int) -> Notice:
        """What may be shown on this day. Said too long ago, or never: NOTHING_SAID."""
        said = self._said.get(rid, _NEVER)
        return said.notice if abs(day - said.day) < SHOWN_DAYS else NOTHING_SAID

    def _read(self, rid: str) -> _Said:
        looked = self._clock()
        try:
            for day, said in self._rows(rid):
                return _Said(looked, day, notice.read(bytes(said)))
        except KunakError:
            return self._said.get(rid, _NEVER)._replace(looked=looked)
        return _NEVER._replace(looked=looked)

    def _rows(self, rid: str) -> list[tuple[int, bytes]]:
        found = self._tables.read(lambda ask: ask.rows("SELECT day, said FROM notice WHERE rid = ?", (rid,)))
        return [(day, said) for day, said in found]

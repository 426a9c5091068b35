"""Parts of attachments, as they wait for the office: sealed, of one size, joined by nothing but a random id.

The id is told to the office inside a sealed report. The relay keeps a hash of it, and answers only who knows it;
which report or mailbox an upload goes with it cannot tell. What is unfinished goes two days after its last part,
everything fourteen days after its first. Parts have a room of their own: when it is full, words still arrive.
"""

from collections.abc import Callable
from datetime import datetime

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.errors import Damaged
from kunak.exchange import channel
from kunak.exchange.attaching import (
    COUNTS,
    ID_BYTES,
    PATH,
    SPELLED_BYTES,
    Spelled,
    read_part,
    spell_there,
)
from kunak.exchange.channel import Answer, Kept, Question
from kunak.exchange.relay.public import PublicPages
from kunak.exchange.relay.tables import Ask, NotKept, RelayFull, Tables
from kunak.exchange.relay.wire import NothingHere, check_ours, read_body
from kunak.vault import seal

DAYS_UNFINISHED = 2
DAYS = 14
MOST_WAITING = 16_384  # parts of all uploads: 1 GiB
_AT_ONCE = channel.ANSWER_BYTES // SPELLED_BYTES  # parts in one answer
_THREADS = 4  # a slow disk keeps so many uploads waiting, and nothing else
_BYTES = "application/octet-stream"
_DAY = 86_400
_PUT = (
    "INSERT INTO upload (id, place, parts, day, sealed) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (id, place) DO NOTHING RETURNING place"
)
_OVER = (
    "DELETE FROM upload WHERE id IN (SELECT id FROM upload GROUP BY id"
    " HAVING min(day) < ? OR (max(day) < ? AND count(*) < max(parts)))"
)


class Uploads:
    """The uploads of one relay. What is wrong raises NothingHere."""

    def __init__(self, tables: Tables, most: int = MOST_WAITING) -> None:
        self._tables = tables
        self._most = most
        self._swept = 0

    def keep(self, part: Spelled, day: int) -> None:
        """Keep one part. The same again changes nothing; other bytes, or another number of parts, are refused.

        Raises RelayFull, NotKept: then nothing was kept.
        """
        self._sweep(day)
        name = name_of(part.upload)

        def work(ask: Ask) -> None:
            if _is_there(ask, name, part):
                return
            ((waiting,),) = ask.rows("SELECT count(*) FROM upload")
            if waiting >= self._most:
                raise RelayFull()
            if not ask.rows(_PUT, (name, part.place, part.parts, day, part.sealed)):
                raise NotKept()  # another part came to this place at this moment: to be looked at again

        self._tables.write(work)

    def there(self, upload: bytes, day: int) -> bytes:
        """Which parts of an upload are there; of one that nobody began, none."""
        self._sweep(day)
        rows = self._tables.read(
            lambda ask: ask.rows("SELECT place FROM upload WHERE id = ?", (name_of(upload),))
        )
        return spell_there(place for (place,) in rows)

    def parts(self, question: Question, day: int) -> Answer:
        """For the office: the parts that are there from one place on, as many as an answer takes."""
        if len(question.names) != 1 or not 0 <= question.part < COUNTS[-1]:
            raise NothingHere()
        self._sweep(day)
        name = name_of(question.names[0])
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT place, parts, sealed FROM upload WHERE id = ? AND place >= ? ORDER BY place LIMIT ?",
                (name, question.part, _AT_ONCE + 1),
            )
        )
        blobs = tuple(Kept(place, b"", bytes(sealed)) for place, _, sealed in rows[:_AT_ONCE])
        return Answer(blobs=blobs, more=len(rows) > _AT_ONCE, head=rows[0][1] if rows else 0)

    def release(self, question: Question) -> Answer:
        """For the office: forget uploads. Those that are not there are passed over."""
        if len(question.names) > channel.MOST_NAMES:
            raise NothingHere()
        gone = [(name_of(upload),) for upload in question.names]
        self._tables.write(lambda ask: ask.many("DELETE FROM upload WHERE id = ?", gone))
        self._tables.wipe()
        return Answer()

    def _sweep(self, day: int) -> None:
        """Once a day, let go of what waited too long."""
        if self._swept == day:
            return
        self._swept = day
        self._tables.write(lambda ask: ask.rows(_OVER, (day - DAYS, day - DAYS_UNFINISHED)))
        self._tables.wipe()


class UploadWay:
    """The one address of an office's pages to which a browser sends parts, and where it asks which are there."""

    def __init__(self, uploads: Uploads, public: PublicPages, now: Callable[[], datetime]) -> None:
        self._uploads = uploads
        self._guarded = public.guarded
        self._now = now
        self._threads: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route(PATH, self._guarded(self.take), methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """An id alone asks which parts are there; a part with its numbers is kept."""
        check_ours(request, _BYTES)
        sent = await read_body(request, SPELLED_BYTES)
        day = int(self._now().timestamp()) // _DAY
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_THREADS)
        answer = await anyio.to_thread.run_sync(self._answer, sent, day, limiter=self._threads)
        return Response(answer, media_type=_BYTES)

    def _answer(self, sent: bytes, day: int) -> bytes:
        if len(sent) == ID_BYTES:
            return self._uploads.there(sent, day)
        try:
            part = read_part(sent)
        except Damaged:
            raise NothingHere() from None
        self._uploads.keep(part, day)
        return b""


def name_of(upload: bytes) -> str:
    """What the relay keeps of an upload's id."""
    return seal.digest(seal.context("relay/upload", upload)).hex()[: 2 * ID_BYTES]


def _is_there(ask: Ask, name: str, part: Spelled) -> bool:
    """Whether the very same part is there. Raises NothingHere where it contradicts what is."""
    rows = ask.rows("SELECT parts, sealed FROM upload WHERE id = ? AND place = ?", (name, part.place))
    if rows:
        parts, sealed = rows[0]
        if (parts, bytes(sealed)) != (part.parts, part.sealed):
            raise NothingHere()
        return True
    begun = ask.rows("SELECT parts FROM upload WHERE id = ? LIMIT 1", (name,))
    if begun and begun[0][0] != part.parts:
        raise NothingHere()
    return False

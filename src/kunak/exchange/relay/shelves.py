"""The offices' own sealed blobs: shelves that the members of one office write to and read from.

A shelf is a stream of its own. The office names its shelves by a keyed hash, and the stream's id is a hash
over that and the office's handle: whoever has the disk can tell neither which shelf is which nor whose it is.

A commit is one transaction, however many pieces it came in, and is done once, however often it is asked for:
its random number is remembered for a day, in the same transaction.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from kunak.exchange import channel
from kunak.exchange.channel import Commit, Heap, Kept, Put
from kunak.exchange.relay.store import ADVANCE, DROP, HOLD
from kunak.exchange.relay.store import PUT as PUT_BLOB
from kunak.exchange.relay.tables import Ask, Tables
from kunak.vault import codec, seal

_AT_ONCE = 500  # values in one statement
_ONCE = "INSERT INTO done (tx, day) VALUES (?, ?) ON CONFLICT (tx) DO NOTHING RETURNING tx"
_PIECE = "INSERT INTO piece (tx, place, day, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (tx, place) DO NOTHING"


class NameTaken(Exception):
    """Something else lies under this name. Told to the office in the answer."""


class PieceMissing(Exception):
    """Not all pieces are there. Told to the office in the answer."""


class Page(NamedTuple):
    """A part of a shelf, its head, and the last that lies at or before where the part begins."""

    blobs: tuple[Kept, ...]
    more: bool
    head: int
    anchor: tuple[int, bytes] | None


class Shelves:
    """The shelves of every office of one relay."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._swept = 0

    def keep_piece(self, rid: str, tx: bytes, place: int, piece: bytes, day: int) -> None:
        """Put one piece of a commit aside until the last one comes. The same piece again changes nothing."""
        values = (_tx(rid, tx), place, day, piece)
        self._tables.write(lambda ask: ask.rows(_PIECE, values))

    def commit(self, rid: str, tx: bytes, pieces: int, last: bytes, day: int) -> tuple[Heap, ...]:
        """Do what the pieces put aside and the last one say, all or nothing, once.

        Returns, for each shelf, its head and the places of what was put there in the order given. Raises
        NameTaken, PieceMissing, NotKept, Damaged: then nothing has changed.
        """

        def work(ask: Ask) -> tuple[tuple[Heap, ...], bool]:
            own = _tx(rid, tx)
            first = ask.rows(_ONCE, (own, day))
            asked = codec.unpack(_whole(ask, own, pieces, last), Commit) if first or not pieces else None
            if asked is None:  # done before, and its pieces are gone
                return (), False
            channel.check_commit(asked)
            heaps = tuple(_do(ask, rid, asked) if first else _done(ask, rid, asked))
            if pieces:
                ask.rows("DELETE FROM piece WHERE tx = ?", (own,))
            return heaps, bool(asked.drop) or pieces > 0

        heaps, deleted = self._tables.write(work)
        self._sweep(day)
        if deleted:
            self._tables.wipe()
        return heaps

    def fetch(self, rid: str, shelf: bytes, names: Sequence[bytes]) -> tuple[tuple[Kept, ...], int, int]:
        """Those of the names that are there, as many as an answer takes; how many names that covers; the
        shelf's head."""
        stream = stream_of(rid, shelf)

        def work(ask: Ask) -> tuple[tuple[Kept, ...], int, int]:
            head = _head(ask, stream)
            sizes = dict(_named(ask, "id, length(sealed)", stream, names))
            room, covered = channel.ANSWER_BYTES, 0
            wanted: list[bytes] = []
            for name in names:
                size = sizes.get(spell(name))
                if size is not None:
                    if wanted and size > room:
                        break
                    room -= size
                    wanted.append(name)
                covered += 1
            rows = _named(ask, "cur, id, sealed", stream, wanted)
            return tuple(Kept(cur, read(id), bytes(sealed)) for cur, id, sealed in rows), covered, head

        return self._tables.read(work)

    def since(self, rid: str, shelf: bytes, cursor: int) -> Page:
        """What was put after a cursor, as much as an answer takes.

        The head is read first: all up to it is then there to be seen, whatever is written meanwhile."""
        stream = stream_of(rid, shelf)

        def work(ask: Ask) -> Page:
            head = _head(ask, stream)
            found = ask.rows(
                "SELECT cur, length(sealed) FROM blob WHERE stream = ? AND cur > ? ORDER BY cur LIMIT ?",
                (stream, cursor, channel.MOST_BLOBS + 1),
            )
            last, more = _fitting(found)
            rows = ask.rows(
                "SELECT cur, id, sealed FROM blob WHERE stream = ? AND cur > ? AND cur <= ? ORDER BY cur",
                (stream, cursor, last),
            )
            blobs = tuple(Kept(cur, read(id), bytes(sealed)) for cur, id, sealed in rows)
            return Page(blobs, more, head, _anchor(ask, stream, cursor) if cursor else None)

        return self._tables.read(work)

    def _sweep(self, day: int) -> None:
        """Once a day, let go of pieces whose last one never came, and of what was done before yesterday."""
        if self._swept == day:
            return
        self._swept = day

        def work(ask: Ask) -> None:
            ask.rows("DELETE FROM piece WHERE day < ?", (day - 1,))
            ask.rows("DELETE FROM done WHERE day < ?", (day - 1,))

        self._tables.write(work)


def stream_of(rid: str, shelf: bytes) -> str:
    """The id of a shelf's stream."""
    return "s:" + spell(seal.digest(seal.context("relay/stream", rid.encode(), shelf))[:16])


def spell(name: bytes) -> str:
    """A name as the table has it."""
    return base64.urlsafe_b64encode(name).decode().rstrip("=")


def read(id: str) -> bytes:
    """A name from the table."""
    return base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))


def _tx(rid: str, tx: bytes) -> str:
    return spell(seal.digest(seal.context("relay/commit", rid.encode(), tx))[:16])


def _whole(ask: Ask, tx: str, pieces: int, last: bytes) -> bytes:
    if not pieces:
        return last
    rows = ask.rows("SELECT sealed FROM piece WHERE tx = ? AND place < ? ORDER BY place", (tx, pieces))
    if len(rows) != pieces:
        raise PieceMissing()
    return b"".join([*(bytes(piece) for (piece,) in rows), last])


def _do(ask: Ask, rid: str, asked: Commit) -> Iterator[Heap]:
    """Every stream that is touched is held, in the order of their ids, before anything is looked at."""
    puts: dict[bytes, list[Put]] = defaultdict(list)
    drops: dict[bytes, list[bytes]] = defaultdict(list)
    for put in asked.put:
        puts[put.shelf].append(put)
    for shelf, name in asked.drop:
        drops[shelf].append(name)
    streams = {stream_of(rid, shelf): shelf for shelf in (*puts, *drops)}
    for stream, shelf in sorted(streams.items()):
        ((head,),) = ask.rows(HOLD, (stream,))
        ask.many(DROP, [(stream, spell(name)) for name in drops[shelf]])
        places, head = _put(ask, stream, head, puts[shelf])
        yield Heap(shelf, head, tuple(places[put.name] for put in puts[shelf]))


def _put(ask: Ask, stream: str, head: int, puts: Sequence[Put]) -> tuple[dict[bytes, int], int]:
    """Append what is not there yet. Raises NameTaken. Returns the place of each name, and the head."""
    known = _named(ask, "id, cur, sealed", stream, dict.fromkeys(put.name for put in puts))
    there = {read(id): (cur, bytes(sealed)) for id, cur, sealed in known}
    places = {name: cur for name, (cur, _) in there.items()}
    new: dict[bytes, Put] = {}
    replaced = []
    for put in puts:
        lies = new[put.name].sealed if put.name in new else there.get(put.name, (0, None))[1]
        if put.replace:
            replaced.append((stream, spell(put.name)))
            new.pop(put.name, None)  # put twice in one commit: the later one counts, at its own place
        elif lies is not None:
            if lies != put.sealed:
                raise NameTaken()
            continue
        new[put.name] = put
    if not new:
        return places, head
    ask.many(DROP, replaced)
    ((head,),) = ask.rows(ADVANCE, (len(new), stream))
    rows = list(zip(range(head - len(new) + 1, head + 1), new.values(), strict=True))
    ask.many(PUT_BLOB, [(stream, cur, spell(put.name), put.sealed) for cur, put in rows])
    return places | {put.name: cur for cur, put in rows}, head


def _done(ask: Ask, rid: str, asked: Commit) -> Iterator[Heap]:
    """What the first time was answered, as far as it still lies there (0: no longer)."""
    for shelf in sorted({put.shelf for put in asked.put} | {shelf for shelf, _ in asked.drop}):
        stream = stream_of(rid, shelf)
        names = [put.name for put in asked.put if put.shelf == shelf]
        head = _head(ask, stream)
        places = {read(id): cur for id, cur in _named(ask, "id, cur", stream, names)}
        yield Heap(shelf, head, tuple(places.get(name, 0) for name in names))


def _named(ask: Ask, columns: str, stream: str, names: Iterable[bytes]) -> list[tuple[Any, ...]]:
    ids = [spell(name) for name in dict.fromkeys(names)]
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))  # only question marks are spliced in
        rows += ask.rows(
            f"SELECT {columns} FROM blob WHERE stream = ? AND id IN ({marks})",  # noqa: S608
            (stream, *some),
        )
    return rows


def _head(ask: Ask, stream: str) -> int:
    rows = ask.rows("SELECT head FROM stream WHERE id = ?", (stream,))
    return int(rows[0][0]) if rows else 0


def _anchor(ask: Ask, stream: str, cursor: int) -> tuple[int, bytes] | None:
    rows = ask.rows(
        "SELECT cur, id FROM blob WHERE stream = ? AND cur <= ? ORDER BY cur DESC LIMIT 1", (stream, cursor)
    )
    return (rows[0][0], read(rows[0][1])) if rows else None


def _fitting(found: Sequence[tuple[int, int]]) -> tuple[int, bool]:
    """The last cursor that fits into an answer (one blob always does), and whether there are more."""
    room, last = channel.ANSWER_BYTES, 0
    for count, (cur, size) in enumerate(found):
        if count and (size > room or count == channel.MOST_BLOBS):
            return last, True
        room -= size
        last = cur
    return last, False

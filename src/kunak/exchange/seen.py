"""What a device remembers of the shelves at its relay, so that a relay cannot lie to it unnoticed.

Of each shelf: its head, and of every blob that was put or seen its cursor and two short keyed hashes, of its
name and of its bytes: 25 bytes each. Each answer is held against that, and each kind of lie has its name.
What no device has ever seen can be hidden from it here; the log notices that, since its segments name each
other.
"""

import struct
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kunak.exchange.channel import Answer, Kept
from kunak.vault import codec, seal
from kunak.vault.stores import REPLACEABLE, StoreDamaged

CONTENT_NAMED = frozenset({"body", "grant", "epoch"})  # the name of a blob there is the SHA-256 of its bytes
_TAG = 8
_RECORD = struct.Struct(f">Q{_TAG}s{_TAG}s?")  # steps from the cursor before, name, bytes, put by us


class RelayRolledBack(StoreDamaged):
    """The relay has gone back to an older state: something that lay there before is gone."""

    code = "relay-rolled-back"
    hint = "Compare with a colleague's device before you go on. Keep your own copy: it is whole."


class RelayDropped(StoreDamaged):
    """The relay does not give back what this device put there and it said it had kept."""

    code = "relay-dropped"
    hint = "Compare with a colleague's device before you go on. Keep your own copy: it is whole."


class RelaySwapped(StoreDamaged):
    """The relay gives something else under a name than what belongs there."""

    code = "relay-swapped"
    hint = "Compare with a colleague's device before you go on. Keep your own copy: it is whole."


class RelayRepeated(StoreDamaged):
    """The relay gives the same thing twice, or an old answer to a new question."""

    code = "relay-repeated"
    hint = "Compare with a colleague's device before you go on. Keep your own copy: it is whole."


class RelayCut(StoreDamaged):
    """The relay's answers end too early or cannot be read, however often it is asked."""

    code = "relay-cut"
    hint = "Try again. If it stays so, something between here and the relay changes what it says."


class _Shelf:
    """What is known of one shelf. Blobs of replaceable shelves come and go, so only the head is."""

    def __init__(self) -> None:
        self.head = 0
        self.cursors: list[int] = []  # in order
        self.known: dict[int, tuple[bytes, bytes, bool]] = {}  # cursor -> tags of name and bytes, put by us
        self.places: dict[bytes, int] = {}  # tag of a name -> cursor

    def note(self, cursor: int, name: bytes, sealed: bytes, ours: bool) -> None:
        if cursor not in self.known:
            if self.cursors and cursor < self.cursors[-1]:
                insort(self.cursors, cursor)
            else:
                self.cursors.append(cursor)
        self.known[cursor] = (name, sealed, ours)
        self.places[name] = cursor
        self.head = max(self.head, cursor)

    def forget(self, name: bytes) -> None:
        cursor = self.places.pop(name, None)
        if cursor is not None:
            del self.known[cursor]
            del self.cursors[bisect_left(self.cursors, cursor)]

    def between(self, after: int, upto: int) -> list[int]:
        """The known cursors above ``after``, up to ``upto``."""
        return self.cursors[bisect_right(self.cursors, after) : bisect_right(self.cursors, upto)]


class _Saved(NamedTuple):
    shelf: str
    head: int
    records: bytes


class Seen:
    """The memory of one device for one relay. ``key`` is the office's; ``memory`` what ``saved`` gave before.

    Whatever does not fit raises RelayRolledBack, RelayDropped, RelaySwapped, RelayRepeated or RelayCut; a
    memory that is none raises Damaged.
    """

    def __init__(
        self, key: bytes, memory: bytes = b"", content_named: frozenset[str] = CONTENT_NAMED
    ) -> None:
        self._key = key
        self._content_named = content_named
        self._shelves: dict[str, _Shelf] = {}
        if memory:
            for saved in codec.unpack(memory, tuple[_Saved, ...]):
                self._shelves[saved.shelf] = _restored(saved)

    def saved(self) -> bytes:
        """All of it as bytes, for the device to keep among its own sealed things."""
        return codec.pack(
            tuple(_Saved(name, shelf.head, _spelled(shelf)) for name, shelf in sorted(self._shelves.items()))
        )

    def expect_gone(self, shelf: str, names: Iterable[bytes]) -> None:
        """These may be missing from now on: this device dropped them, or a colleague's, as the log says."""
        known = self._shelf(shelf)
        for name in names:
            known.forget(self._tag(name))

    def put(
        self, shelf: str, blobs: Sequence[tuple[bytes, bytes]], head: int, cursors: Sequence[int]
    ) -> None:
        """(name, sealed) were put and acknowledged; ``cursors`` say where each lies (0: dropped since)."""
        known = self._shelf(shelf)
        _advance(known, head)
        if shelf in REPLACEABLE:
            return
        if len(blobs) != len(cursors) or any(cursor > head for cursor in cursors):
            raise RelayCut()
        for (name, sealed), cursor in zip(blobs, cursors, strict=True):
            if cursor > 0:
                self._note(shelf, known, Kept(cursor, name, sealed), ours=True)

    def fetched(self, shelf: str, asked: Sequence[bytes], answer: Answer) -> None:
        """The answer to a question for names, all of which it claims to cover."""
        known = self._shelf(shelf)
        _advance(known, answer.head)
        names = [blob.name for blob in answer.blobs]
        if len(set(names)) != len(names):
            raise RelayRepeated()
        if not set(names) <= set(asked):
            raise RelaySwapped()
        if shelf in REPLACEABLE:
            return
        for blob in answer.blobs:
            self._note(shelf, known, blob)
        for name in set(asked) - set(names):
            cursor = known.places.get(self._tag(name))
            if cursor is not None:
                raise _missing(known, cursor)

    def passed(self, shelf: str, after: int, answer: Answer, names: set[bytes]) -> int:
        """The answer to a question for what came after a cursor; how far it goes. ``names`` are those that
        came earlier in the same round."""
        known = self._shelf(shelf)
        _advance(known, answer.head)
        last = after
        for blob in answer.blobs:
            if blob.cursor <= last or (blob.name in names and shelf not in REPLACEABLE):
                raise RelayRepeated()
            last = blob.cursor
            names.add(blob.name)
        if answer.more and not answer.blobs:
            raise RelayCut()
        if shelf in REPLACEABLE:
            return last
        self._anchored(known, after, answer)
        for blob in answer.blobs:
            self._note(shelf, known, blob)
        given = {blob.cursor for blob in answer.blobs}
        for cursor in known.between(after, last if answer.more else max(answer.head, last)):
            if cursor not in given:
                raise _missing(known, cursor)
        return last

    def _anchored(self, known: _Shelf, after: int, answer: Answer) -> None:
        """The last blob known at or before where the answer begins is the one that lies there still."""
        place = bisect_right(known.cursors, after)
        if not place or not after:
            return
        expected = known.cursors[place - 1]
        cursor, name = answer.anchor or (0, b"")
        if cursor < expected:
            raise _missing(known, expected)
        if cursor == expected and known.known[cursor][0] != self._tag(name):
            raise RelayRolledBack()

    def _note(self, shelf: str, known: _Shelf, blob: Kept, ours: bool = False) -> None:
        if shelf in self._content_named and seal.digest(blob.sealed) != blob.name and not ours:
            raise RelaySwapped()
        if blob.cursor < 1:
            raise RelayCut()
        name, sealed = self._tag(blob.name), self._tag(blob.sealed)
        at = known.places.get(name)
        if at is not None and known.known[at][1] != sealed:
            raise RelaySwapped()
        if at is not None and at != blob.cursor:
            raise RelayRepeated()
        there = known.known.get(blob.cursor)
        if there is not None and there[0] != name:
            raise RelayRepeated() if ours else RelayRolledBack()
        known.note(blob.cursor, name, sealed, ours or (there is not None and there[2]))

    def _shelf(self, shelf: str) -> _Shelf:
        return self._shelves.setdefault(shelf, _Shelf())

    def _tag(self, said: bytes) -> bytes:
        """Short, and keyed, so that nobody can look for other bytes with the same."""
        return seal.digest(seal.context("relay/seen", self._key, said))[:_TAG]


def _advance(known: _Shelf, head: int) -> None:
    if head < known.head:
        raise RelayRolledBack()
    known.head = head


def _missing(known: _Shelf, cursor: int) -> StoreDamaged:
    return RelayDropped() if known.known[cursor][2] else RelayRolledBack()


def _spelled(shelf: _Shelf) -> bytes:
    before, records = 0, []
    for cursor in shelf.cursors:
        records.append(_RECORD.pack(cursor - before, *shelf.known[cursor]))
        before = cursor
    return b"".join(records)


def _restored(saved: _Saved) -> _Shelf:
    shelf, cursor = _Shelf(), 0
    if len(saved.records) % _RECORD.size:
        raise codec.NotReadable()
    for step, name, sealed, ours in _RECORD.iter_unpack(saved.records):
        cursor += step
        shelf.note(cursor, name, sealed, ours)
    shelf.head = saved.head
    return shelf

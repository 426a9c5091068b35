"""What was heard, kept packed, so that the next unlocking need not open every body again.

Entries are kept as they were written, never a state that follows from them: states are replayed by the rooms as
they are today, subject by subject, when somebody asks for one. So a snapshot cannot be older than the rules.
Subjects lie in groups, and a group is sealed anew when something was heard about one of its subjects.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, get_args, get_type_hints
from zlib import crc32

from kunak.fold import Entry, Past, bulk
from kunak.vault import Vault, seal
from kunak.vault.codec import BOUNDS, NotReadable, pack, read_again, spell_again, unpack
from kunak.vault.snapshots import HEARING, MOST_PARTS, numbered
from kunak.workbench.hearing import KINDS, Hearing

_BY_NUMBER = tuple(KINDS[name] for name in sorted(KINDS))
_NUMBERS = {kind: number for number, kind in enumerate(_BY_NUMBER)}


class _Subject(NamedTuple):
    """The entries of one subject, packed: the number of each one's kind, and its fields as they were written."""

    subject: str
    kinds: tuple[int, ...]
    entries: bytes


class Heard:
    """All that was heard from the vault, so that it can be kept. What was sealed before stays packed."""

    def __init__(self) -> None:
        self._packed: dict[str, _Subject] = {}
        self._new: dict[str, list[Entry]] = {}
        self.count = 0  # of those that are not packed yet

    def take(self, part: bytes) -> None:
        """Take in a group that was kept. Raises Damaged."""
        told = unpack(part, list[_Subject])
        if not all(0 <= number < len(_BY_NUMBER) for one in told for number in one.kinds):
            raise NotReadable()
        self._packed |= {one.subject: one for one in told}

    def add(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Take note of what is heard, on its way."""
        for entry in entries:
            self._new.setdefault(entry.subject, []).append(entry)
            self.count += 1
            yield entry

    def past(self) -> Past:
        """What is packed, for the rooms."""
        kinds = {
            one.subject: frozenset(map(_BY_NUMBER.__getitem__, one.kinds)) for one in self._packed.values()
        }
        return Past(kinds, self._entries)

    def parts(self, everything: bool) -> Iterator[tuple[bytes, bytes]]:
        """The groups in which something is new, each with its name, packed; or all of them."""
        touched = set(range(MOST_PARTS)) if everything else {_group(subject) for subject in self._new}
        self._pack()
        groups: dict[int, list[_Subject]] = {number: [] for number in touched}
        for one in self._packed.values():
            if (number := _group(one.subject)) in touched:
                groups[number].append(one)
        return ((numbered(number), pack(tuple(group))) for number, group in groups.items())

    def _pack(self) -> None:
        for subject, entries in self._new.items():
            known = self._packed.get(subject)
            spelled = unpack(known.entries, list[tuple[int, bytes]]) if known else []
            spelled += [(_NUMBERS[type(entry)], spell_again(entry)) for entry in entries]
            kinds = tuple(dict.fromkeys(number for number, _ in spelled))
            self._packed[subject] = _Subject(subject, kinds, pack(tuple(spelled)))
        self._new, self.count = {}, 0

    def _entries(self, subject: str, kinds: frozenset[type[Entry]]) -> Iterator[Entry]:
        for number, spelled in unpack(self._packed[subject].entries, list[tuple[int, bytes]]):
            if (kind := _BY_NUMBER[number]) in kinds:
                yield read_again(spelled, kind)


def resume(vault: Vault) -> tuple[Heard, Hearing] | None:
    """What was kept when this hand last sealed a snapshot, if that counts still."""
    heard, hearing = Heard(), list[Hearing]()

    def take(name: bytes, part: bytes) -> None:
        if name == HEARING:
            hearing.append(Hearing.read(part))
        else:
            heard.take(part)

    with bulk():
        if not vault.earlier(schema(), take):
            return None
    if not hearing:
        vault.read_again()
        return None
    return heard, hearing[0]


def seal_snapshot(vault: Vault, heard: Heard, hearing: Hearing) -> bool:
    """Seal all that was heard. Returns whether that could be done. Raises Unreachable."""
    with bulk():
        return vault.seal_snapshot(
            schema(), lambda everything: chain(heard.parts(everything), [(HEARING, hearing.spelled())])
        )


@cache
def schema() -> bytes:
    """A digest of what every kind of entry looks like and may say: what another program kept is not read."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for name, kind in KINDS.items():
        _describe(name, kind, seen)
    return seal.digest(repr((sorted(seen.items()), BOUNDS)).encode())


def _describe(name: str, kind: Any, seen: dict[str, list[tuple[str, str]]]) -> None:
    if name in seen:
        return
    types = get_type_hints(kind)
    seen[name] = [(field.name, repr(types[field.name])) for field in fields(kind)]
    for inner in map(types.get, (field.name for field in fields(kind))):
        for one in _within(inner):
            _describe(one.__qualname__, one, seen)


def _within(kind: Any) -> Iterator[Any]:
    """The dataclasses that a type is made of."""
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
    for part in get_args(kind):
        yield from _within(part)


def _group(subject: str) -> int:
    return crc32(subject.encode()) % MOST_PARTS

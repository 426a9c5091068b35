"""How every room turns what it heard into what it knows.

Devices hear entries late, twice and in any order. So a room never patches its state in the order of
hearing: it keeps, for each subject (one request, one case, one journey), the entries it has heard, sorts
them into one canonical order and replays that subject from the beginning. The state is then a function of
the *set* of entries: the same wherever the log was cut, and hearing an entry again changes nothing.
A subject has tens of entries, so a replay costs microseconds; only touched subjects are replayed.
"""

import gc
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace as replace

S = TypeVar("S")
T = TypeVar("T")
E = TypeVar("E", bound="Entry")
_MUCH = 50_000  # objects made and kept


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened, in the past tense. Frozen; its class is never edited after a release.

    A subclass names its ``room`` and its ``compartment`` (index, work, contact, identity, place): the
    workbench seals it into that compartment's dossier, so who may read it is decided here, by its class.
    """

    room: ClassVar[str]
    compartment: ClassVar[str]

    id: str  # unique; given to the action, never made by a room
    at: datetime  # aware, UTC
    by: str  # a member's code, or "person", or "program"
    subject: str  # the code of the request, case or journey that this is about

    @classmethod
    def kind(cls) -> str:
        """The stable name under which the entry is kept, e.g. ``casework.CaseOpened``."""
        return f"{cls.room}.{cls.__name__}"


@dataclass(frozen=True)
class Ledger(Generic[S]):
    """A room's state: what was heard, and what follows from it, by subject."""

    heard: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    known: Mapping[str, S] = field(default_factory=dict)

    def __iter__(self) -> Iterator[S]:
        return iter(self.known.values())

    def __len__(self) -> int:
        return len(self.known)

    def get(self, subject: str) -> S | None:
        return self.known.get(subject)


@contextmanager
def bulk() -> Iterator[None]:
    """While much is read at once, Python looks for no cycles, and it counts what was much as there to stay.

    Hundreds of thousands of records that all stay hold none; looking through them time and again takes half
    of the reading.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if gc.get_count()[0] > _MUCH:
                gc.freeze()
            gc.enable()


if not TYPE_CHECKING:

    def replace(state, /, **to):
        """``dataclasses.replace`` for the frozen classes of the rooms, which have no more than their fields.

        A replay does little else, and this is seven times as fast: it copies, where that runs ``__init__``.
        """
        made = object.__new__(type(state))
        facts = made.__dict__
        facts.update(state.__dict__)
        number = len(facts)
        facts.update(to)
        if len(facts) != number:
            raise TypeError("no such field")
        return made


class Past:
    """What was heard before and lies packed: the entries of a subject are made when somebody asks for them."""

    def __init__(
        self,
        subjects: Mapping[str, frozenset[type[Entry]]],
        entries: Callable[[str, frozenset[type[Entry]]], Iterable[Entry]],
    ) -> None:
        """``subjects``: the kinds of each one's entries. ``entries`` makes those of one subject and some kinds."""
        self._subjects = subjects
        self._entries = entries

    def __iter__(self) -> Iterator[Entry]:
        for subject, kinds in self._subjects.items():
            yield from self._entries(subject, kinds)

    def about(self, kinds: Iterable[type[Entry]]) -> tuple[str, ...]:
        """The subjects about which entries of some kinds were heard."""
        wanted = frozenset(kinds)
        return tuple(subject for subject, known in self._subjects.items() if not wanted.isdisjoint(known))

    def of(self, subject: str, kinds: Iterable[type[Entry]]) -> tuple[Entry, ...]:
        """One subject's entries of some kinds, in canonical order."""
        return in_order(self._entries(subject, frozenset(kinds)))


class Awaited(Mapping[str, T]):
    """A mapping whose values are made when they are asked for, once. What is made of None is not in it."""

    def __init__(
        self,
        subjects: Iterable[str],
        make: Callable[[str], T | None],
        linked: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """``linked``: of a subject, the others whose values hang on what was heard about it too."""
        self._left = dict.fromkeys(subjects)
        self._make = make
        self._made: dict[str, T] = {}
        self._linked = linked or {}

    def __getitem__(self, subject: str) -> T:
        if subject in self._left:
            made = self._make(subject)
            if made is not None:
                self._made[subject] = made
            self._left.pop(subject, None)
        return self._made[subject]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> dict[str, T]:
        """Every value, made now."""
        if self._left:
            with bulk():
                for subject in tuple(self._left):
                    self.get(subject)
        return self._made

    def touched_by(self, subjects: Iterable[str]) -> dict[str, T]:
        """The values at hand, and those to be made that are linked to one of the subjects."""
        linked = [other for subject in subjects for other in self._linked.get(subject, ())]
        waiting = {other: self[other] for other in linked if other in self}
        return {**self._made, **waiting}

    def values(self) -> ValuesView[T]:
        """Every value, made now."""
        return self.all().values()

    def items(self) -> ItemsView[str, T]:
        """Every subject with its value, made now."""
        return self.all().items()

    def but(self, changed: Mapping[str, T]) -> Mapping[str, T]:
        """The same with some values changed."""
        if not self._left:
            return {**self._made, **changed}
        left = (subject for subject in self._left if subject not in changed)
        other = Awaited(left, self._make, self._linked)
        other._made = {**self._made, **changed}
        return other


def but(known: Mapping[str, T], changed: Mapping[str, T]) -> Mapping[str, T]:
    """A mapping with some values changed; what waits in it to be made waits on."""
    return known.but(changed) if isinstance(known, Awaited) else {**known, **changed}


def batch(entries: Iterable[Entry]) -> Past | tuple[Entry, ...]:
    """Entries that will be gone through more than once."""
    return entries if isinstance(entries, Past) else tuple(entries)


def in_order(entries: Iterable[E]) -> tuple[E, ...]:
    """Each entry once, in the canonical order: by time, ties by id."""
    entries = tuple(entries)
    if len(entries) < 2:
        return entries
    return tuple(sorted({e.id: e for e in entries}.values(), key=lambda e: (e.at, e.id)))


def current(entries: Iterable[E]) -> tuple[E, ...]:
    """Those of one field's entries whose value stands: nothing that was heard replaces them.

    An entry that sets a value which safety hangs on names, in ``replaces``, the ids of the entries whose
    value its author saw. So one entry stands as long as everybody heard everybody, and two or more where
    people edited apart: all of them are kept and shown until the next edit, whose author sees them, replaces
    them.
    The hour decides nothing here, so a slow clock cannot undo an edit. In canonical order.
    """
    known = in_order(entries)
    if len(known) < 2:
        return known
    replaced = {old for entry in known for old in _replaces(entry) if old != entry.id}
    standing = tuple(entry for entry in known if entry.id not in replaced)
    return standing or known  # a ring of entries that replace each other is no work of this program


def ids(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The ids of entries, as ``replaces`` wants them."""
    return tuple(entry.id for entry in entries)


def differing(standing: Sequence[E], *facts: str) -> tuple[E, ...]:
    """The entries that stand beside each other, if they differ in these facts; none if they say the same."""
    said = [tuple(getattr(entry, fact) for fact in facts) for entry in standing]
    return tuple(standing) if any(one != said[0] for one in said[1:]) else ()


def _replaces(entry: Entry) -> tuple[str, ...]:
    return getattr(entry, "replaces", ())


def fold_by_subject(
    ledger: Ledger[S],
    entries: Iterable[Entry],
    *,
    kinds: tuple[type[Entry], ...],
    replay: Callable[[Sequence[Entry]], S | None],
) -> Ledger[S]:
    """Hear ``entries``; ignore kinds the room does not know; replay the subjects they touch.

    ``replay`` gets one subject's entries in canonical order and returns its state, or None while the
    entry that founds it has not been heard yet. Of a ``Past``, which only an empty ledger may hear, the
    subjects are replayed when somebody asks for them.
    """
    if isinstance(entries, Past):
        return _awaiting(entries, kinds, replay)
    news: dict[str, list[Entry]] = {}
    is_ours: dict[type[Entry], bool] = {}
    for entry in entries:
        kind = type(entry)
        if kind not in is_ours:
            is_ours[kind] = issubclass(kind, kinds)
        if is_ours[kind]:
            news.setdefault(entry.subject, []).append(entry)
    if not news:
        return ledger
    heard = {subject: in_order((*ledger.heard.get(subject, ()), *new)) for subject, new in news.items()}
    states = ((subject, replay(entries)) for subject, entries in heard.items())
    known = {subject: state for subject, state in states if state is not None}
    return Ledger(but(ledger.heard, heard), but(ledger.known, known))


def _awaiting(
    past: Past, kinds: tuple[type[Entry], ...], replay: Callable[[Sequence[Entry]], S | None]
) -> Ledger[S]:
    subjects = past.about(kinds)
    heard = Awaited(subjects, lambda subject: past.of(subject, kinds))
    return Ledger(heard, Awaited(subjects, lambda subject: replay(heard[subject])))

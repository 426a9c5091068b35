"""What may be heard: nobody writes in another's name, and what two decide carries two keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from kunak import access, casework, evacuation, intake, signboard
from kunak.fold import Entry
from kunak.vault import Opened, seal
from kunak.vault.bodies import Writer
from kunak.vault.codec import NotReadable, decode_body, encode_body, pack, unpack


@dataclass(frozen=True, kw_only=True)
class Witnessed(Entry):
    """A second member stands behind these entries, with their own key.

    It names the SHA-256 of each body, so that what was agreed to cannot be exchanged afterwards.
    """

    room: ClassVar[str] = "workbench"
    compartment: ClassVar[str] = "index"

    bodies: tuple[str, ...]


KINDS: dict[str, type[Entry]] = {
    kind.kind(): kind
    for kinds in (
        access.entries.KINDS,
        signboard.entries.KINDS,
        intake.entries.KINDS,
        casework.entries.KINDS,
        evacuation.entries.KINDS,
        (Witnessed,),
    )
    for kind in kinds
}


class _Spelled(NamedTuple):
    waiting: list[tuple[str, bytes, str]]
    witnesses: list[tuple[str, list[str]]]
    unread: list[tuple[bytes, Writer]]


class Hearing:
    """Decides what may be heard of what was opened.

    An entry that names a second member waits here until that member's Witnessed has come too, whichever comes
    first; one whose seal is by another hand than its author's is never heard.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Entry, str]] = {}  # hash of the body → entry, who sealed it
        self._witnesses: dict[str, set[str]] = {}  # hash of the body → members
        # What is signed and cannot be read: it does not open, or is no entry. By its place, or by its digest.
        self.unread: dict[bytes, Writer] = {}

    def spelled(self) -> bytes:
        """What waits and who has witnessed what, as a frame."""
        waiting = [(body, body_of(entry), member) for body, (entry, member) in self._waiting.items()]
        witnesses = [(body, sorted(members)) for body, members in self._witnesses.items()]
        return pack(_Spelled(waiting, witnesses, list(self.unread.items())))

    @classmethod
    def read(cls, spelled: bytes) -> "Hearing":
        """The same again. Raises Damaged."""
        told, hearing = unpack(spelled, _Spelled), cls()
        for name, body, member in told.waiting:
            entry = decode_body(body, KINDS)
            if isinstance(entry, Entry):
                hearing._waiting[name] = entry, member
        hearing._witnesses = {body: set(members) for body, members in told.witnesses}
        hearing.unread = dict(told.unread)
        return hearing

    def of(self, bodies: Iterable[Opened]) -> Iterator[Entry]:
        """The entries that may be heard now, of what was opened."""
        for opened in bodies:
            try:
                entry = decode_body(opened.body, KINDS)
            except NotReadable:  # one member's broken program must not close the office to the others
                self.unread[seal.digest(opened.body)] = Writer(opened.member, opened.device)
                continue
            if isinstance(entry, Witnessed):
                yield from self._witnessed(entry, opened.member)
            elif isinstance(entry, Entry):
                two = two_who_decided(entry)
                if two is not None:
                    yield from self._decided(entry, two, opened.member, hash_of(opened.body))
                elif opened.member == entry.by or entry.by in ("person", "program"):
                    yield entry

    def _decided(self, entry: Entry, two: frozenset[str], member: str, body: str) -> Iterator[Entry]:
        if member in two and (two - {member}) <= self._witnesses.get(body, set()):
            yield entry
        else:
            self._waiting[body] = entry, member

    def _witnessed(self, witness: Witnessed, member: str) -> Iterator[Entry]:
        for body in witness.bodies:
            self._witnesses.setdefault(body, set()).add(member)
            if body in self._waiting:
                entry, member_who_sealed = self._waiting.pop(body)
                two = two_who_decided(entry) or frozenset()
                yield from self._decided(entry, two, member_who_sealed, body)


def two_who_decided(entry: Entry) -> frozenset[str] | None:
    """The two members who, it says, decided this; None for what one may do alone."""
    other = getattr(entry, "second", "") or getattr(entry, "first", "")
    return frozenset((entry.by, other)) if other else None


def body_of(entry: Entry) -> bytes:
    """An entry as it is sealed."""
    return encode_body(entry, entry.kind())


def hash_of(body: bytes) -> str:
    """What a witness names a body by."""
    return seal.digest(body).hex()

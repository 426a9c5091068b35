"""The workbench: the one place where keys, store and rooms meet.

It opens the vault, decodes each entry by its kind, lets every room hear it, and runs actions: an action of a
room is a pure function, so the workbench gives it the state, the hour and an id, seals what it returns (each
entry into the dossier of its subject and compartment, all in one segment) and lets the rooms hear that too.
Nothing is heard that was not written first.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from kunak import casework, evacuation, intake
from kunak.errors import KunakError, Refused
from kunak.fold import Entry
from kunak.vault import DEFAULT_COST, Item, KdfCost, Opened, SqliteStore, Store, Vault, seal
from kunak.vault.codec import decode_body, encode_body

Action = Callable[..., tuple[Entry, ...]]

# No vowels, so that no code spells a word; no 0/O or 1/I, so that a code survives being read aloud.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"


STORE = "office.sqlite"  # sealed through and through
RELAY_KEYS = "relay-keys.json"  # the public halves that the office's relay is given
SERVICES = "services.csv"  # the office's own timetables, if it has imported any: public facts, no case


class NoOfficeHere(Refused):
    """There is no office in this folder."""

    code = "no-office-here"
    hint = "Make one with `kunak init FOLDER`, or name the folder that holds it."


class OfficeHereAlready(Refused):
    """There is an office in this folder already; nothing was changed."""

    code = "office-here-already"
    hint = "Start it with `kunak up FOLDER`, or name another folder."


class SecondPersonNeeded(Refused):
    """This needs the passphrase of another member, not your own."""

    code = "second-person-needed"
    hint = "Ask a colleague to read what you are about to do and to type their own passphrase."


def open_store(directory: Path) -> SqliteStore:
    """The store of the office in a folder. Raises NoOfficeHere."""
    if not (directory / STORE).is_file():
        raise NoOfficeHere
    return SqliteStore(directory / STORE)


def found_office(
    directory: Path, *, member: str, passphrase: str, at: datetime, cost: KdfCost = DEFAULT_COST
) -> "Workbench":
    """Found an office in a folder, with its first member. Raises OfficeHereAlready."""
    if (directory / STORE).exists():
        raise OfficeHereAlready
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqliteStore(directory / STORE)
    try:
        vault = Vault.create(store, member=member, passphrase=passphrase, at=at, cost=cost)
    except KunakError:  # nothing was founded: leave nothing that looks like an office
        store.close()
        for left in directory.glob(f"{STORE}*"):
            left.unlink()
        raise
    (directory / RELAY_KEYS).write_text(json.dumps(_public_keys(vault), indent=1) + "\n")
    return Workbench(vault)


def _public_keys(vault: Vault) -> dict[str, str]:
    return {
        "intake": seal.x_wing_public_bytes(vault.intake_seeds()[0]).hex(),
        "channel": seal.ed25519_public_bytes(vault.office_secret("channel")).hex(),
    }


def utc_now() -> datetime:
    """The hour of this machine, in UTC."""
    return datetime.now(UTC)


def new_code(prefix: str) -> str:
    """A random pseudonym, e.g. ``C-7K2M-QX9D``: 38 bits, derived from nothing."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


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
    for kinds in (intake.entries.KINDS, casework.entries.KINDS, evacuation.entries.KINDS, (Witnessed,))
    for kind in kinds
}


class Hearing:
    """Decides what may be heard: nobody writes in another's name, and what two decide carries two keys.

    An entry that names a second member waits here until that member's Witnessed has come too, whichever comes
    first; one whose seal is by another hand than its author's is never heard.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Entry, str]] = {}  # hash of the body → entry, who sealed it
        self._witnesses: dict[str, set[str]] = {}  # hash of the body → members

    def of(self, bodies: Iterable[Opened]) -> Iterator[Entry]:
        """The entries that may be heard now, of what was opened."""
        for opened in bodies:
            entry = decode_body(opened.body, KINDS)
            if isinstance(entry, Witnessed):
                yield from self._witnessed(entry, opened.member)
            elif isinstance(entry, Entry):
                yield from self._said(entry, opened.member, _hash(opened.body))

    def _said(self, entry: Entry, member: str, body: str) -> Iterator[Entry]:
        two = two_who_decided(entry)
        if two is None:
            if member == entry.by or entry.by in ("person", "program"):
                yield entry
        elif member in two and (two - {member}) <= self._witnesses.get(body, set()):
            yield entry
        else:
            self._waiting[body] = entry, member

    def _witnessed(self, witness: Witnessed, member: str) -> Iterator[Entry]:
        for body in witness.bodies:
            self._witnesses.setdefault(body, set()).add(member)
            if body in self._waiting:
                yield from self._said(*self._waiting.pop(body), body)


def two_who_decided(entry: Entry) -> frozenset[str] | None:
    """The two members who, it says, decided this; None for what one may do alone."""
    other = getattr(entry, "second", "") or getattr(entry, "first", "")
    return frozenset((entry.by, other)) if other else None


class Workbench:
    """One member's hand on one office: unlocked, folded, ready to act."""

    def __init__(self, vault: Vault, now: Callable[[], datetime] = utc_now) -> None:
        self.vault = vault
        self.now = now
        self.requests = intake.EMPTY
        self.cases = casework.EMPTY
        self.journeys = evacuation.EMPTY
        self._hearing = Hearing()
        self.refresh()

    @classmethod
    def unlock(cls, store: Store, passphrase: str, now: Callable[[], datetime] = utc_now) -> "Workbench":
        """Open an office with one member's passphrase. Raises Locked when it opens no slot."""
        return cls(Vault.unlock(store, passphrase=passphrase), now)

    @property
    def member(self) -> str:
        """The code of the member whose hand this is."""
        return self.vault.member

    def refresh(self) -> None:
        """Hear what other hands have written since."""
        self._hear(self._hearing.of(self.vault.read_new()))

    def act(self, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """Run an action of a room as this member, now; write and hear what it decided."""
        entries = self._decide(action, state, facts)
        if any(two_who_decided(entry) for entry in entries):
            raise SecondPersonNeeded
        self._seal(self.vault, entries)
        self._hear(entries)
        return entries

    def act_with_second(
        self, passphrase: str, action: Action, state: object, /, **facts: Any
    ) -> tuple[Entry, ...]:
        """Run an action that two members must take: this one, and the one who types ``passphrase``.

        Raises Locked when the passphrase opens no slot, SecondPersonNeeded when it is one's own.
        """
        other = self.second(passphrase)
        try:
            return self.act_together(other, action, state, **facts)
        finally:
            other.close()

    def act_together(self, other: Vault, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """Run an action that two members take, with the other's hand open.

        Each entry is sealed by the hand of its author; what two decided is witnessed by the other's hand.
        """
        entries = self._decide(action, state, {"second": other.member, **facts})
        theirs = tuple(entry for entry in entries if entry.by == other.member)
        ours = tuple(entry for entry in entries if entry.by != other.member)
        self._seal(self.vault, ours, self._witness(self.member, theirs))
        self._seal(other, theirs, self._witness(other.member, ours))
        self.vault.skip_new()
        self._hear(entries)
        return entries

    def second(self, passphrase: str) -> Vault:
        """Another member's hand on the same office."""
        other = self.vault.second(passphrase)
        if other.member == self.member:
            other.close()
            raise SecondPersonNeeded
        return other

    def close(self) -> None:
        """Let go of the keys."""
        self.vault.close()

    def _decide(self, action: Action, state: object, facts: dict[str, Any]) -> tuple[Entry, ...]:
        given = {"by": self.member, "at": self.now(), "id": secrets.token_hex(12), **facts}
        return action(state, **given)

    def _seal(self, hand: Vault, *batches: tuple[Entry, ...]) -> None:
        entries = [entry for batch in batches for entry in batch]
        if entries:
            hand.write([_item(entry) for entry in entries], at=max(entry.at for entry in entries))

    def _witness(self, member: str, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """That ``member`` stands behind those of another's entries which two must decide."""
        shared = [entry for entry in entries if two_who_decided(entry)]
        if not shared:
            return ()
        witness = Witnessed(
            id=secrets.token_hex(12),
            at=max(entry.at for entry in shared),
            by=member,
            subject=shared[0].subject,
            bodies=tuple(_hash(_body(entry)) for entry in shared),
        )
        return (witness,)

    def _hear(self, entries: Iterable[Entry]) -> None:
        heard = tuple(entries)
        self.requests = intake.fold(self.requests, heard)
        self.cases = casework.fold(self.cases, heard)
        self.journeys = evacuation.fold(self.journeys, heard)


def _item(entry: Entry) -> Item:
    return Item(entry.subject, entry.compartment, _body(entry))


def _body(entry: Entry) -> bytes:
    return encode_body(entry, entry.kind())


def _hash(body: bytes) -> str:
    return seal.digest(body).hex()

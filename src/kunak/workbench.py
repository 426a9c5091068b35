"""The workbench: the one place where keys, store and rooms meet.

It opens the vault, decodes each entry by its kind, lets every room hear it, and runs actions: an action of a
room is a pure function, so the workbench gives it the state, the hour and an id, seals what it returns (each
entry into the dossier of its subject and compartment, all in one segment) and lets the rooms hear that too.
Nothing is heard that was not written first.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kunak import casework, evacuation, intake
from kunak.errors import Refused
from kunak.fold import Entry
from kunak.vault import DEFAULT_COST, Item, KdfCost, Opened, SqliteStore, Store, Vault, seal
from kunak.vault.codec import decode_body, encode_body

KINDS: dict[str, type[Entry]] = {
    kind.kind(): kind for room in (intake, casework, evacuation) for kind in room.entries.KINDS
}

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
    """This needs the passphrase of another member: the one given is your own."""

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
    vault = Vault.create(
        SqliteStore(directory / STORE), member=member, passphrase=passphrase, at=at, cost=cost
    )
    (directory / RELAY_KEYS).write_text(json.dumps(_public_keys(vault), indent=1) + "\n")
    return Workbench(vault)


def _public_keys(vault: Vault) -> dict[str, str]:
    return {
        "intake": seal.x_wing_public_bytes(vault.office_secret("intake")).hex(),
        "channel": seal.ed25519_public_bytes(vault.office_secret("channel")).hex(),
    }


def utc_now() -> datetime:
    """The hour of this machine, in UTC."""
    return datetime.now(UTC)


def new_code(prefix: str) -> str:
    """A random pseudonym, e.g. ``C-7K2M-QX9D``: 38 bits, derived from nothing."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


class Workbench:
    """One member's hand on one office: unlocked, folded, ready to act."""

    def __init__(self, vault: Vault, now: Callable[[], datetime] = utc_now) -> None:
        self.vault = vault
        self.now = now
        self.requests = intake.EMPTY
        self.cases = casework.EMPTY
        self.journeys = evacuation.EMPTY
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
        self._hear(_decoded(self.vault))

    def act(self, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """Run an action of a room as this member, now; write and hear what it decided."""
        return self._write(self.vault, action, state, facts)

    def act_with_second(
        self, passphrase: str, action: Action, state: object, /, **facts: Any
    ) -> tuple[Entry, ...]:
        """Run an action that two members must take: this one, and the one who types ``passphrase``.

        What is decided is written and signed by the second member's own key, so nobody can be both.
        Raises Locked when the passphrase opens no slot, SecondPersonNeeded when it is one's own.
        """
        other = self.second(passphrase)
        try:
            return self._write(other, action, state, {"second": other.member, **facts})
        finally:
            other.close()

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

    def _write(self, hand: Vault, action: Action, state: object, facts: dict[str, Any]) -> tuple[Entry, ...]:
        moment = facts.pop("at", None) or self.now()
        entries = action(state, **{"by": self.member, "at": moment, "id": secrets.token_hex(12), **facts})
        hand.write([_item(entry) for entry in entries], at=moment)
        if hand is not self.vault:
            self.vault.skip_new()
        self._hear(entries)
        return entries

    def _hear(self, entries: Iterable[Entry]) -> None:
        heard = tuple(entries)
        self.requests = intake.fold(self.requests, heard)
        self.cases = casework.fold(self.cases, heard)
        self.journeys = evacuation.fold(self.journeys, heard)


def _item(entry: Entry) -> Item:
    return Item(entry.subject, entry.compartment, encode_body(entry, entry.kind()))


def _decoded(vault: Vault) -> Iterable[Entry]:
    for opened in vault.read_new():
        entry = decode_body(opened.body, KINDS)
        if isinstance(entry, Entry) and _signed_by_its_author(entry, opened):
            yield entry


def _signed_by_its_author(entry: Entry, opened: Opened) -> bool:
    """Whether the member whose key sealed this is one of those who, it says, did it.

    A member cannot write in another's name: such an entry is not heard. What the person or the program did is
    written by whichever member's machine noticed it.
    """
    authors = {entry.by, getattr(entry, "second", ""), getattr(entry, "first", "")}
    return opened.member in authors or entry.by in ("person", "program")

"""One member's hand on one office: unlocked, folded, ready to act."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kunak import access, casework, evacuation, intake, signboard
from kunak.errors import KunakError, Refused
from kunak.fold import Entry, batch, bulk
from kunak.vault import Item, Store, Vault
from kunak.vault.bodies import Writer
from kunak.vault.membership import NoSuchMember
from kunak.vault.roles import COMPARTMENTS
from kunak.workbench import snapshots
from kunak.workbench.gate import Gate
from kunak.workbench.hearing import Hearing, Witnessed, body_of, hash_of, two_who_decided
from kunak.workbench.snapshots import Heard

Action = Callable[..., tuple[Entry, ...]]
_NAMING_WORKERS = (casework.entries.CaseOpened, casework.entries.WorkersAssigned)
WORTH_SEALING = 1000  # entries: reading as many takes less than a tenth of a second
OFTEN = 5000  # entries, after which a snapshot is sealed while the office stays open


class SecondPersonNeeded(Refused):
    """This needs the passphrase of another member, not your own."""

    code = "second-person-needed"
    hint = "Ask a colleague to read what you are about to do and to type their own passphrase."


def _now() -> datetime:
    return datetime.now(UTC)


class Workbench:
    """Keys, store and rooms of one member. What a member's keys do not open is never heard here."""

    def __init__(self, vault: Vault, now: Callable[[], datetime] = _now) -> None:
        self.vault = vault
        self.now = now
        self.vault.caught_up()
        self._begin(snapshots.resume(vault))
        self.refresh()

    def _begin(self, kept: tuple[Heard, Hearing] | None = None) -> None:
        self.access = access.EMPTY
        self.signboard = signboard.EMPTY
        self.requests = intake.EMPTY
        self.cases = casework.EMPTY
        self.journeys = evacuation.EMPTY
        self._heard, self._hearing = kept or (Heard(), Hearing())
        self._cases_of: tuple[casework.State, dict[str, casework.Case]] = self.cases, {}
        self._begun, self._lost = self.vault.begun, self.vault.lost
        if kept is not None:
            self._hear(self._heard.past())

    @classmethod
    def unlock(cls, store: Store, passphrase: str, now: Callable[[], datetime] = _now) -> "Workbench":
        """Open an office with one member's passphrase. Raises Locked when it opens no slot."""
        return cls(Vault.unlock(store, passphrase=passphrase), now)

    @property
    def member(self) -> str:
        """The code of the member whose hand this is."""
        return self.vault.member

    def refresh(self) -> None:
        """Hear what other hands have written since, or what this one was given the keys of."""
        self.vault.caught_up()
        if self._lost != self.vault.lost:  # something that was heard may be read no more
            self.vault.read_again()
            self._begin()
        if self._begun != self.vault.begun:  # something that counted does not any more
            self._begin()
        with bulk():
            self._hear(self._heard.add(self._hearing.of(self.vault.read_new())))
        self._hearing.unread |= self.vault.unread

    @property
    def unread(self) -> Mapping[Writer, int]:
        """How many records of each device cannot be read here, though they lie here as they were signed: they do
        not open, or are no entries. Its program is another one, or the keys that it gave are wrong."""
        return Counter((*self._hearing.unread.values(), *self.vault.granted_in_vain()))

    def note_unread(self, unread: Mapping[bytes, Writer]) -> None:
        """Take note of what could not be read elsewhere than in the log as it came."""
        self._hearing.unread |= unread

    def start_over(self) -> None:
        """Forget what was heard and hear anew, e.g. after something was shredded."""
        self.vault.read_again()
        self.vault.caught_up()
        self._begin()
        self.refresh()

    def may_read(self, subject: str, compartment: str) -> bool:
        """Whether this member holds a key of what is written about a code in a compartment."""
        return self.vault.may_read(subject, compartment)

    def readers_of(self, subject: str) -> tuple[str, ...] | None:
        """Who is named to read what is written about a code, where a compartment is read by name.

        None: nobody is named yet, and the vault chooses.
        """
        journey = self.journeys.get(subject)
        case = self.cases.get(journey.case if journey is not None else subject)
        if case is not None and case.workers:
            return case.workers
        by_request = self._case_of(subject)
        if by_request is not None:
            return by_request.workers
        request = self.requests.get(subject)
        return request.readers if request is not None and request.readers else None

    def _case_of(self, request: str) -> casework.Case | None:
        """The case with workers that came of a request."""
        cases, found = self._cases_of
        if cases is not self.cases:
            cases, found = self.cases, {}
            for one in cases:
                if one.request and one.workers:
                    found.setdefault(one.request, one)
            self._cases_of = cases, found
        return found.get(request)

    def act(self, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """Run an action of a room as this member, now; write and hear what it decided."""
        entries = self._decide(action, state, facts)
        if any(two_who_decided(entry) for entry in entries):
            raise SecondPersonNeeded
        self._seal(self.vault, entries)
        self._hear(self._readable(entries))
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
        self._hear(self._readable(entries))
        return entries

    def second(self, passphrase: str) -> Vault:
        """Another member's hand on the same office."""
        other = self.vault.second(passphrase)
        if other.member == self.member:
            other.close()
            raise SecondPersonNeeded
        return other

    def decide(self, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """What an action of a room decides as this member, now; nothing is written yet."""
        return self._decide(action, state, facts)

    def items(self, entries: Iterable[Entry]) -> list[Item]:
        """Entries as the vault writes them: each with those who are named to read it."""
        return [self._item(entry, entries) for entry in entries]

    def heard(self, entries: Iterable[Entry]) -> None:
        """Hear what this hand itself has just written."""
        self._hear(self._readable(entries))

    def seal_snapshot(self, at_least: int = 0) -> bool:
        """Seal what was heard, for a quick unlocking next time, if at least so many entries are new in it.

        Nothing hangs on it: where it cannot be done now, the next unlocking takes longer. Returns whether it was.
        """
        try:
            self.refresh()
            self._hear(self._heard.add(self._hearing.of(self.vault.read_skipped())))
            if self._lost != self.vault.lost or self._heard.count < at_least:
                return False
            return snapshots.seal_snapshot(self.vault, self._heard, self._hearing)
        except KunakError:
            return False

    def close(self) -> None:
        """Let go of the keys, after keeping what makes the next unlocking quick, where that is much."""
        self.seal_snapshot(WORTH_SEALING)
        self.vault.close()

    def _decide(self, action: Action, state: object, facts: dict[str, Any]) -> tuple[Entry, ...]:
        given = {"by": self.member, "at": self.now(), "id": secrets.token_hex(12), **facts}
        decided = action(state, **given)
        self.gate.check(decided)
        self._require_members(decided)
        return decided

    def _require_members(self, entries: Iterable[Entry]) -> None:
        """Return if a case is given to members alone, as its room cannot tell; else raise NoSuchMember."""
        for entry in entries:
            named = entry.workers if isinstance(entry, _NAMING_WORKERS) else ()
            if not set(named) <= set(self.vault.members):
                raise NoSuchMember

    @property
    def gate(self) -> Gate:
        """What all rooms together know that speaks against an entry."""
        return Gate(self.requests, self.cases, self.journeys)

    def _seal(self, hand: Vault, *batches: tuple[Entry, ...]) -> None:
        entries = [entry for batch in batches for entry in batch]
        if entries:
            hand.write(self.items(entries), at=max(entry.at for entry in entries))

    def _item(self, entry: Entry, batch: Iterable[Entry]) -> Item:
        named = None
        if COMPARTMENTS[entry.compartment].sort == "name":
            named = _named_in(batch, entry.subject) or self.readers_of(entry.subject)
        return Item(entry.subject, entry.compartment, body_of(entry), named)

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
            bodies=tuple(hash_of(body_of(entry)) for entry in shared),
        )
        return (witness,)

    def _readable(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of what was just written, that which this hand could read back."""
        return tuple(entry for entry in entries if self.may_read(entry.subject, entry.compartment))

    def _hear(self, entries: Iterable[Entry]) -> None:
        heard = batch(entries)
        self.access = access.fold(self.access, heard)
        self.signboard = signboard.fold(self.signboard, heard)
        self.requests = intake.fold(self.requests, heard)
        self.cases = casework.fold(self.cases, heard)
        self.journeys = evacuation.fold(self.journeys, heard)


def _named_in(batch: Iterable[Entry], subject: str) -> tuple[str, ...] | None:
    """Who is named by an entry of the same batch, which nobody has heard yet."""
    for entry in batch:
        if entry.subject == subject and isinstance(entry, intake.entries.RequestReceived) and entry.readers:
            return entry.readers
        if entry.subject == subject and isinstance(entry, _NAMING_WORKERS):
            return entry.workers
    return None

"""A member's hand on an office: what the floors above see of the vault."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from kunak.errors import KunakError, Locked, Refused
from kunak.vault import epochs, seal
from kunak.vault.bodies import Item, Opened, open_bodies, prepare
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import GrantNotValid, KeyRing, grant
from kunak.vault.epochs import Member
from kunak.vault.keys import DEFAULT_COST, KdfCost, Keystore, Unlocked, new_identity
from kunak.vault.log import Segment, in_time, next_clock
from kunak.vault.office import EPOCH_SHELF, KEYSTORE, Office, admit, is_empty, load_keystore, unlock
from kunak.vault.stores import Blob, Store, Taken

_ATTEMPTS = 5


class OfficeExists(Refused):
    """There is an office in this place already."""

    code = "office-exists"
    hint = "Unlock it, or choose another place for the new one."


class NotAllowedToAdmit(Refused):
    """Only a member who may admit others can do this."""

    code = "not-allowed-to-admit"
    hint = "Ask the member who founded the office."


class IsLocked(Locked):
    """This office is locked."""

    code = "is-locked"
    hint = "Unlock it with your passphrase."


class MemberExists(Refused):
    """This office has a member of this name already."""

    code = "member-exists"
    hint = "Choose another code for the new member."


class Vault:
    """One member's hand on one office: unlocked, verified, ready to read and write."""

    def __init__(self, office: Office, unlocked: Unlocked, founder: "Vault | None" = None) -> None:
        self._office = office
        self._open: Unlocked | None = unlocked
        self._founder = founder  # the hand whose second this is
        self._ring: KeyRing | None = None
        self._granted = 0  # segments whose grants were looked through
        self._read = 0  # segments that read or read_new has given
        self._skip: set[int] = set()  # of those after _read: what need not be given
        self._by_second: set[int] = set()

    @classmethod
    def create(
        cls, store: Store, *, member: str, passphrase: str, at: datetime, cost: KdfCost = DEFAULT_COST
    ) -> "Vault":
        """Found an office in an empty store. Raises OfficeExists, PassphraseNotUsable."""
        if not is_empty(store):
            raise OfficeExists()
        fresh, salt = new_identity(member), secrets.token_bytes(16)
        root = seal.ed25519_public_bytes(fresh.root)
        identity = fresh._replace(office=epochs.office_id(root, salt))
        keystore, unlocked = Keystore.new(cost).with_member(passphrase, identity)
        joining = ((Member(member, root, True), epochs.describe(identity)),)
        epoch, received = epochs.make(identity, None, salt, next_clock(0, _milliseconds(at)), joining)
        office = Office(store, identity.office, (epoch,))
        store.commit(
            (
                Blob(*KEYSTORE, keystore.to_bytes()),
                Blob(EPOCH_SHELF, epochs.blob_name(office.id, 1), received),
                office.tip(),
            )
        )
        return cls(office, unlocked)

    @classmethod
    def unlock(cls, store: Store, *, passphrase: str) -> "Vault":
        """Open an office, verifying its whole log. Raises Locked if the passphrase opens no slot, Damaged."""
        return cls(*unlock(store, passphrase))

    @property
    def _unlocked(self) -> Unlocked:
        if self._open is None:
            raise IsLocked()
        return self._open

    @property
    def member(self) -> str:
        """The code of the member whose hand this is."""
        return self._unlocked.identity.member

    @property
    def members(self) -> tuple[str, ...]:
        """The codes of all members, in the order of joining."""
        return tuple(member.code for member in self._office.epoch.document.members)

    def add_member(self, code: str, passphrase: str, at: datetime) -> None:
        """Admit a member who will work on this machine, with a passphrase of their own.

        They are granted every dossier that this hand can read. Raises NotAllowedToAdmit, MemberExists,
        PassphraseNotUsable.
        """
        office = self._office
        with office.lock:
            ring = self._caught_up()
            mine = office.epoch.member(self.member)
            if mine is None or not mine.admin:
                raise NotAllowedToAdmit()
            if office.epoch.member(code) is not None:
                raise MemberExists()
            identity = new_identity(code, office.id)
            keystore, _ = load_keystore(office.store).with_member(passphrase, identity)
            device = epochs.describe(identity)
            joining = ((Member(code, seal.ed25519_public_bytes(identity.root), False), device),)
            clock = next_clock(office.log.clock, _milliseconds(at))
            epoch, received = epochs.make(self._unlocked.identity, office.epoch, b"", clock, joining)
            granted = [made for dossier in ring for made in grant(office.id, dossier, (device,))]
            segment, blob = office.log.compose(
                self._unlocked.identity, epoch, clock, (), tuple(given for given, _ in granted)
            )
            office.store.commit(
                (
                    Blob(*KEYSTORE, keystore.to_bytes()),
                    Blob(EPOCH_SHELF, epochs.blob_name(office.id, epoch.number), received),
                    *(sealed for _, sealed in granted),
                    blob,
                    office.tip(segment, epoch),
                )
            )
            office.join(epoch)
            self._wrote(segment, blob)

    def second(self, passphrase: str) -> "Vault":
        """Another member's hand on the same office, e.g. for a rule of two persons. Raises Locked."""
        unlocked = load_keystore(self._office.store).open(passphrase)
        admit(self._office, unlocked)
        return Vault(self._office, unlocked, founder=self)

    def write(self, items: Sequence[Item], at: datetime) -> None:
        """Write all items as one segment: after a crash all of them are there, or none. Lasting on return.

        A dossier that does not exist yet is made, and granted to the item's readers. Raises Unreachable.
        """
        for _ in range(_ATTEMPTS if items else 0):
            # Taken: another program wrote as this device in between; we hear it and follow after it.
            with suppress(Taken):
                self._write_once(items, _milliseconds(at))
                return
        if items:
            raise Taken()

    def _write_once(self, items: Sequence[Item], milliseconds: int) -> None:
        with self._office.lock:
            ring = self._caught_up()
            writing = prepare(self._office, self._unlocked.identity, ring, items, milliseconds)
            self._office.store.commit(writing.blobs)
            for dossier in writing.mine:
                ring.add(dossier)
            self._wrote(writing.segment, writing.segment_blob)

    def read(self) -> Iterator[Opened]:
        """All that this hand can read, in the order of the log. Raises Damaged at what does not verify."""
        yield from self._read_from(0, frozenset())

    def read_new(self) -> Iterator[Opened]:
        """What others have written since this hand last read to the end. Raises Damaged."""
        yield from self._read_from(self._read, frozenset(self._skip))

    def skip_new(self) -> None:
        """Count as read what hands made by ``second`` have written: whoever made them knows it already."""
        self._skip |= self._by_second
        self._by_second.clear()

    def office_secret(self, purpose: str) -> bytes:
        """32 bytes that all members derive alike: ``intake`` (X-Wing seed), ``channel`` (Ed25519 seed)."""
        with self._office.lock:
            self._office.catch_up(self._unlocked.identity)
            office, known = self._office.id, self._office.epoch.secrets
        return seal.derive(known.office, seal.context("office/secret", office, purpose.encode()))

    def close(self) -> None:
        """Keep the key ring for next time, if it has grown, and let go of the keys.

        The first hand also closes the store, which opens again when it is asked. What Python has held in
        memory stays there until it is used for something else: only the end of the process locks for sure.
        """
        ring, self._ring, self._open = self._ring, None, None
        if ring is not None and ring.has_grown():
            with suppress(KunakError):  # it is a cache: a full disk must not keep anyone from locking
                self._office.store.commit((ring.blob(),))
        if self._founder is None:
            self._office.store.close()

    def _read_from(self, first: int, skip: frozenset[int]) -> Iterator[Opened]:
        with self._office.lock:
            ring = self._caught_up()
            segments = self._office.log.segments
            end = len(segments)
            wanted = sorted((segments[i] for i in range(first, end) if i not in skip), key=in_time)
        yield from open_bodies(self._office, ring, wanted)
        self._read = max(self._read, end)
        self._skip = {i for i in self._skip if i >= self._read}

    def _caught_up(self) -> KeyRing:
        """The key ring, with all grants to this device in it that the log now has."""
        office, device = self._office, self._unlocked.identity.device
        office.catch_up(self._unlocked.identity)
        ring = self._ring
        if ring is None:
            ring = KeyRing(self._unlocked, office.store.get("local", KeyRing.blob_name(device)))
        granted = {
            given.hash: given
            for segment in office.log.segments[self._granted :]
            for given in segment.skeleton.grants
            if given.device == device and given.dossier not in ring
        }
        found = dict(office.store.fetch(GRANT_SHELF, granted))
        if len(found) != len(granted):
            raise GrantNotValid()
        for name, given in granted.items():
            ring.open_grant(given, found[name])
        self._ring, self._granted = ring, len(office.log.segments)
        return ring

    def _wrote(self, segment: Segment, blob: Blob) -> None:
        self._office.wrote(segment, blob)
        place = len(self._office.log.segments) - 1
        self._skip.add(place)
        if self._founder is not None:
            self._founder._by_second.add(place)


def _milliseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time needs its zone")
    return int(at.timestamp() * 1000)

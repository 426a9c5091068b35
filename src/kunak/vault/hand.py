"""A member's hand on an office: what the floors above see of the vault."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from kunak.errors import KunakError, Locked, Refused
from kunak.vault import epochs, roles, seal, snapshots, trust
from kunak.vault.bodies import Item, Opened, Writer, Writing, open_bodies, prepare
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import Granting, GrantNotValid, KeyRing
from kunak.vault.epochs import Change, Epoch, Member
from kunak.vault.keys import DEFAULT_COST, Identity, KdfCost, Keystore, Unlocked, new_identity
from kunak.vault.log import GONE, SHREDDED, WITHDRAWN, Act, Segment, in_time, next_clock
from kunak.vault.office import (
    EPOCH_SHELF,
    KEYSTORE,
    Office,
    admit,
    epoch_blob,
    is_empty,
    load_keystore,
)
from kunak.vault.stores import Blob, Store, Taken

_ATTEMPTS = 5


class OfficeExists(Refused):
    """There is an office in this place already."""

    code = "office-exists"
    hint = "Unlock it, or choose another place for the new one."


class IsLocked(Locked):
    """This office is locked."""

    code = "is-locked"
    hint = "Unlock it with your passphrase."


class NotYoursToOpen(Locked):
    """The keys on this machine do not open what people send to the office."""

    code = "not-yours-to-open"
    hint = "A colleague of the duty team must do this."


class Vault:
    """One member's hand on one office: unlocked, verified, ready to read and write."""

    def __init__(self, office: Office, unlocked: Unlocked, founder: "Vault | None" = None) -> None:
        self.office = office
        self._open: Unlocked | None = unlocked
        self._founder = founder  # the hand whose second this is
        self._ring: KeyRing | None = None
        self._granted = 0  # segments whose grants were looked through
        self._read = 0  # segments that read or read_new has given
        self._begun = office.times_begun
        self._skip: set[int] = set()  # of those after _read: what need not be given
        self._by_second: set[int] = set()
        self._skipped: list[int] = []  # those before _read that were not given
        self._new_to_read: set[bytes] = set()  # dossiers whose key came after their entries
        self.lost = 0  # how often something that was read before became unreadable
        self.unread: dict[bytes, Writer] = {}  # what was signed, lies here and does not open, by its place

    @classmethod
    def create(
        cls,
        store: Store,
        *,
        member: str,
        passphrase: str,
        at: datetime,
        cost: KdfCost = DEFAULT_COST,
        roles_held: Sequence[str] = roles.FOUNDER_ROLES,
    ) -> "Vault":
        """Found an office in an empty store. Raises OfficeExists, PassphraseNotUsable, UnknownRole."""
        if not is_empty(store):
            raise OfficeExists()
        fresh, salt = new_identity(member), secrets.token_bytes(16)
        root = seal.ed25519_public_bytes(fresh.root)
        identity = fresh._replace(office=epochs.office_id(root, salt))
        keystore, unlocked = Keystore.new(cost).with_member(passphrase, identity)
        founder = epochs.member_of(identity, admin=True, roles=roles.require_roles(roles_held))
        change = Change(joining=((founder, epochs.describe(identity)),))
        epoch, received = epochs.make(identity, None, salt, next_clock(0, milliseconds(at)), change)
        office = Office(store, identity.office, (epoch,))
        store.commit((Blob(*KEYSTORE, keystore.to_bytes()), epoch_blob(received), office.tip()))
        return cls(office, unlocked)

    @classmethod
    def unlock(cls, store: Store, *, passphrase: str) -> "Vault":
        """Open an office, verifying its whole log. Raises Locked if the passphrase opens no slot, Damaged."""
        return cls.of(store, load_keystore(store).open(passphrase))

    @classmethod
    def of(cls, store: Store, unlocked: Unlocked) -> "Vault":
        """Open an office with what a slot of its keystore gave. Raises Locked, Damaged."""
        return cls(snapshots.opened(store, unlocked), unlocked)

    @property
    def _unlocked(self) -> Unlocked:
        if self._open is None:
            raise IsLocked()
        return self._open

    @property
    def identity(self) -> Identity:
        """This hand's own keys. Raises IsLocked."""
        return self._unlocked.identity

    @property
    def member(self) -> str:
        """The code of the member whose hand this is."""
        return self.identity.member

    @property
    def me(self) -> Member:
        """This member as the office's newest epoch lists them. Raises IsLocked when they were removed."""
        found = self.office.epoch.member(self.member)
        if found is None:
            raise IsLocked()
        return found

    @property
    def members(self) -> tuple[str, ...]:
        """The codes of all members, in the order of joining; the office's seal is none."""
        return tuple(one.code for one in self.office.epoch.document.members if not roles.is_seal(one))

    def second(self, passphrase: str) -> "Vault":
        """Another member's hand on the same office, e.g. for a rule of two persons. Raises Locked."""
        unlocked = load_keystore(self.office.store).open(passphrase)
        admit(self.office, unlocked)
        return Vault(self.office, unlocked, founder=self)

    def write(
        self,
        items: Sequence[Item],
        at: datetime,
        *,
        granting: Sequence[Granting] = (),
        acts: Sequence[Act] = (),
        drop: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Write all items as one segment: after a crash all of them are there, or none. Lasting on return.

        A dossier that does not exist yet is made, and granted to those whom ``roles`` names. ``granting`` and
        ``acts`` go into the same segment, ``drop`` out of the store with it. Raises Unreachable,
        NobodyMayRead, QuorumTooSmall.
        """
        if not (items or granting or acts):
            return
        for _ in range(_ATTEMPTS):
            # Taken: another program wrote as this device in between; we hear it and follow after it.
            with suppress(Taken):
                self._write_once(items, milliseconds(at), granting, acts, drop)
                return
        raise Taken()

    def _write_once(
        self,
        items: Sequence[Item],
        hour: int,
        granting: Sequence[Granting],
        acts: Sequence[Act],
        drop: Sequence[tuple[str, bytes]],
    ) -> None:
        with self.office.lock:
            ring = self.caught_up()
            destroys = any(act.sort in (SHREDDED, GONE, WITHDRAWN) for act in acts)
            if destroys:
                drop = (*drop, *snapshots.places(self.office))
            writing = prepare(self.office, self.identity, ring, items, hour, granting=granting, acts=acts)
            self.office.store.commit(writing.blobs, drop)
            for dossier in writing.mine:
                ring.add(dossier)
            self.wrote(writing)
            if destroys:
                self.office.snapshot = None
                self.lost += any(act.sort != WITHDRAWN and act.dossier in ring for act in acts)

    def next_epoch(
        self,
        change: Change,
        at: datetime,
        keystore: Keystore | None = None,
        heirs: tuple[bytes, ...] | None = None,
    ) -> Epoch:
        """Sign and write the next epoch, merging any sides; what was written in those that do not count can be
        opened through it too. ``heirs``: those of the one before, if None.

        Raises Unreachable.
        """
        office = self.office
        with office.lock:
            self.caught_up()
            clock = next_clock(office.log.clock, milliseconds(at))
            epoch, received = epochs.make(
                self.identity,
                office.epoch,
                b"",
                clock,
                change,
                office.lineage.apart,
                self._heirs() if heirs is None else heirs,
            )
            kept = () if keystore is None else (Blob(*KEYSTORE, keystore.to_bytes()),)
            office.store.commit((*kept, epoch_blob(received), office.tip(epoch=epoch)))
            office.join(epoch)
        return epoch

    def _heirs(self) -> tuple[bytes, ...]:
        """What the newest epoch carries for its trustees, and what a side has put there since it parted."""
        frames = (sealed for _, _, sealed in self.office.store.since(EPOCH_SHELF))
        carried = {epochs.tag_of(sealed): epochs.heirs_of(sealed) for sealed in frames}
        before = {epoch.hash: carried.get(epoch.tag, ()) for epoch in self.office.lineage.by_tag.values()}
        heirs = list(carried.get(self.office.epoch.tag, ()))
        for side in self.office.lineage.sides:
            new = (
                one for one in carried.get(side.tag, ()) if one not in before.get(side.document.before, ())
            )
            heirs += [one for one in new if one not in heirs]
        return tuple(heirs)

    def read(self) -> Iterator[Opened]:
        """All that this hand can read, in the order of the log. Raises Damaged at what does not verify."""
        yield from self._read_from(0, frozenset())

    def read_new(self) -> Iterator[Opened]:
        """What others have written, or opened to this hand, since it last read to the end. Raises Damaged."""
        yield from self._read_from(self._read, frozenset(self._skip))

    def read_skipped(self) -> Iterator[Opened]:
        """What this hand wrote itself, and ``read_new`` therefore never gave. Raises Damaged."""
        with self.office.lock:
            ring, segments = self.caught_up(), self.office.log.segments
            wanted = [segments[i] for i in self._skipped]
            self._skipped = []
        yield from open_bodies(self.office, ring, wanted, self.unread)

    def granted_in_vain(self) -> Iterator[Writer]:
        """For each dossier that was granted to this device by a key that does not open, who granted it."""
        with self.office.lock:
            ring, log, device = self.caught_up(), self.office.log, self.identity.device
            closed = {
                to[device][1].hash
                for dossier, to in log.granted.items()
                if device in to and dossier not in ring and dossier not in log.shredded
            }
            segments = log.segments if closed else ()
        for segment in segments:
            if any(given.hash in closed and given.device == device for given in segment.skeleton.grants):
                yield Writer(segment.member, segment.skeleton.device)

    @property
    def begun(self) -> int:
        """How often the log was begun anew: when this changes, all that was read must be read again."""
        return self._begun

    def read_again(self) -> None:
        """Have ``read_new`` give everything once more."""
        self._read = 0
        self._skip.clear()
        self._skipped.clear()

    def skip_new(self) -> None:
        """Count as read what hands made by ``second`` have written: whoever made them knows it already."""
        self._skip |= self._by_second
        self._by_second.clear()

    def may_read(self, subject: str, compartment: str) -> bool:
        """Whether this hand holds a key of what is written about a subject in a compartment."""
        return self.caught_up().about(subject, compartment) is not None

    def readers_by_lot(self, subject: str, compartment: str) -> tuple[str, ...]:
        """Whom the vault would choose to read something by name: this member, if able, and two colleagues.

        Raises NobodyMayRead.
        """
        self.caught_up()
        members = [one for one in trust.trusted(self.office, compartment) if not roles.is_seal(one)]
        return roles.readers(compartment, subject, members, (), self.member)

    def office_secret(self, purpose: str) -> bytes:
        """32 bytes that all members derive alike, e.g. ``channel`` (Ed25519 seed), until one is removed."""
        with self.office.lock:
            self.office.catch_up(self.identity)
            return secret_of(self.office.id, self.office.epoch.secrets.office, purpose)

    def intake_seeds(self) -> tuple[bytes, ...]:
        """X-Wing seeds of what people send, the newest first: an older page seals to an older key.

        Raises NotYoursToOpen where this member's roles do not open letters.
        """
        with self.office.lock:
            self.office.catch_up(self.identity)
            intakes = self.office.epoch.intakes
        if not intakes:
            raise NotYoursToOpen()
        return tuple(secret_of(self.office.id, secret, "intake") for secret in intakes)

    def keep(self, purpose: bytes, plain: bytes) -> None:
        """Keep something for this hand on this machine alone, sealed. It replaces what was kept before."""
        place, aad = self._place_of(purpose)
        sealed = seal.seal(self._unlocked.local_key, seal.pad(plain), aad)
        self.office.store.commit((Blob("local", place, sealed),))

    def kept(self, purpose: bytes) -> bytes | None:
        """What was kept, or None. Raises Damaged if it was changed."""
        place, aad = self._place_of(purpose)
        sealed = self.office.store.get("local", place)
        return None if sealed is None else seal.unpad(seal.unseal(self._unlocked.local_key, sealed, aad))

    def forget(self, *purposes: bytes) -> None:
        """Destroy what was kept."""
        self.office.store.commit((), [("local", self._place_of(purpose)[0]) for purpose in purposes])

    def _place_of(self, purpose: bytes) -> tuple[bytes, bytes]:
        identity = self.identity
        aad = seal.context("kept", identity.office, identity.device, purpose)
        return seal.digest(seal.context("kept/name", self._unlocked.local_key, aad)), aad

    def earlier(self, schema: bytes, take: Callable[[bytes, bytes], None]) -> bool:
        """Have handed over what was kept beside the log when it was last sealed, part by part, each with its name;
        what it holds counts as read. False where there is none that counts: then nothing of it does.

        To be asked before anything is read.
        """
        with self.office.lock:
            kept = snapshots.covers(self.office, self._unlocked, self.caught_up())
            if not kept or self._read:
                return False
            if not snapshots.contents(self.office.store, self._unlocked, kept, schema, take):
                return False
            self._read = kept.segments
        return True

    def seal_snapshot(self, schema: bytes, parts: Callable[[bool], Iterable[tuple[bytes, bytes]]]) -> bool:
        """Seal the log and what the floor above keeps of what it read. Returns whether that could be done.

        ``parts`` is asked for all parts, or (False) for those that changed since the last time. It cannot be done
        while anything is unread. Raises Unreachable.
        """
        with self.office.lock:
            ring = self.caught_up()
            if self._new_to_read or self._skipped or self._read < len(self.office.log.segments):
                return False
            kept = snapshots.covers(self.office, self._unlocked, ring)
            before = kept if kept and kept.schema == schema else None
            self.office.snapshot = None  # until it is written, there is none to add to
            snapshots.write(self.office, self._unlocked, ring, schema, before, parts(before is None))
        return True

    def _drop_snapshot(self) -> None:
        """Destroy it: something in it may be read no more."""
        self.lost, self.office.snapshot = self.lost + 1, None
        self.office.store.commit((), snapshots.places(self.office))

    def close(self) -> None:
        """Keep the key ring for next time, if it has changed, and let go of the keys.

        The first hand also closes the store, which opens again when it is asked. What Python has held in
        memory stays there until it is used for something else: only the end of the process locks for sure.
        """
        ring, self._ring, self._open = self._ring, None, None
        if ring is not None and ring.has_changed():
            with suppress(KunakError):  # it is a cache: a full disk must not keep anyone from locking
                self.office.store.commit((ring.blob(),))
        if self._founder is None:
            self.office.store.close()

    def caught_up(self) -> KeyRing:
        """The key ring, with all grants to this device in it that the log now has."""
        with self.office.lock:  # pages and a round of syncing may ask at once
            return self._caught_up()

    def _caught_up(self) -> KeyRing:
        office, device = self.office, self.identity.device
        office.catch_up(self.identity)
        if self._begun != office.times_begun:
            self._begun, self._granted, self._read = office.times_begun, 0, 0
            self._skip.clear()
            self._skipped.clear()
            self._by_second.clear()
            self.unread.clear()
            self._drop_snapshot()
        ring = self._ring
        if ring is None:
            ring = KeyRing(self._unlocked, office.store.get("local", KeyRing.blob_name(device)))
            if kept := snapshots.covers(office, self._unlocked, ring):
                self._granted, self._new_to_read = kept.segments, ring.ids() - set(kept.readable)
        self._open_grants(ring, office.log.segments[self._granted :])
        self._ring, self._granted = ring, len(office.log.segments)
        return ring

    def _open_grants(self, ring: KeyRing, segments: Sequence[Segment]) -> None:
        log, device = self.office.log, self.identity.device
        touched = {
            given.dossier for one in segments for given in one.skeleton.grants if given.device == device
        }
        held = {dossier: log.granted.get(dossier, {}).get(device) for dossier in touched}
        wanted = {
            given.hash: given
            for dossier, known in held.items()
            if known and dossier not in ring and dossier not in log.shredded
            for _, given in (known,)
        }
        found = dict(self.office.store.fetch(GRANT_SHELF, wanted))
        if len(found) != len(wanted):
            raise GrantNotValid()
        for name, given in wanted.items():
            if ring.open_grant(given, found[name]):
                self._new_to_read.add(given.dossier)
        done = [act for one in segments for act in one.skeleton.acts]
        gone = [act for act in done if act.dossier in log.shredded or device not in log.holders(act.dossier)]
        if any([ring.forget(act.dossier) for act in gone]):
            self._drop_snapshot()

    def _read_from(self, first: int, skip: frozenset[int]) -> Iterator[Opened]:
        with self.office.lock:
            ring = self.caught_up()
            if self._read == 0:
                first = 0
            segments = self.office.log.segments
            end = len(segments)
            wanted = [segments[i] for i in range(first, end) if i not in skip]
            skipped = [i for i in range(first, end) if i in skip]
            late = self._new_to_read if first else frozenset()
            earlier = [
                one for one in segments[:first] if any(part.dossier in late for part in one.skeleton.bodies)
            ]
            self._new_to_read = set()
        yield from open_bodies(self.office, ring, sorted(earlier + wanted, key=in_time), self.unread)
        if end > self._read:
            self._skipped += [i for i in skipped if i >= self._read]
            self._read = end
        self._skip = {i for i in self._skip if i >= self._read}

    def wrote(self, writing: Writing) -> None:
        """Take note of a segment of this hand that is in the store."""
        self.office.wrote(writing.segment, writing.segment_blob)
        place = len(self.office.log.segments) - 1
        self._skip.add(place)
        if self._founder is not None:
            self._founder._by_second.add(place)


def secret_of(office: bytes, secret: bytes, purpose: str) -> bytes:
    """32 bytes for a purpose, from a secret that an epoch carries."""
    return seal.derive(secret, seal.context("office/secret", office, purpose.encode()))


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs its zone")
    return int(at.timestamp() * 1000)

"""An office as one process knows it: its store, its epochs, its log. Shared by the hands that work here."""

from collections.abc import Iterator, Sequence
from threading import RLock
from typing import NamedTuple

from kunak.errors import Locked, Refused
from kunak.vault import epochs, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import TAG_BYTES, Epoch, EpochNotValid
from kunak.vault.keys import Identity, Keystore, KeystoreDamaged, Unlocked
from kunak.vault.log import SHELF, ChainBroken, Head, Log, Segment, head_of
from kunak.vault.stores import Blob, Store

KEYSTORE = ("keystore", b"keystore")
EPOCH_SHELF = "epoch"


class RolledBack(ChainBroken):
    """Something that was written here is missing: this is an older copy of the office, or a part of one."""

    code = "office-rolled-back"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class NoOffice(Refused):
    """There is no office here."""

    code = "no-office"
    hint = "Look whether this is the right place, or found an office here."


class NotAMember(Locked):
    """This passphrase belongs to someone who is no member of this office now."""

    code = "not-a-member"
    hint = "Ask the member who founded the office."


class _Tip(NamedTuple):
    """How far the office had come when this machine last wrote."""

    epoch: int
    epoch_hash: bytes
    heads: tuple[Head, ...]


class Office:
    """Store, epochs, log. ``lock`` is held while any hand reads what is new or writes."""

    def __init__(self, store: Store, office: bytes, first: Sequence[Epoch]) -> None:
        self.store = store
        self.id = office
        self.lock = RLock()
        self.log = Log(office)
        self.epochs: list[Epoch] = list(first)
        self._by_tag = {epoch.tag: epoch for epoch in first}
        self._by_number = {epoch.number: epoch for epoch in first}
        self._cursor = 0
        self._made: set[bytes] = set()
        self._tip_seen: bytes | None = b""

    @property
    def epoch(self) -> Epoch:
        """The newest epoch."""
        return self.epochs[-1]

    def epoch_of(self, segment: Segment) -> Epoch:
        """The epoch in which a segment was written."""
        return self._by_number[segment.skeleton.epoch]

    def catch_up(self, identity: Identity) -> None:
        """Read and verify what has been written since. Raises Damaged.

        Segments are read before epochs, and the tip before both: another program may write in between, and
        what is read later may then be ahead of what was read before, never behind.
        """
        with self.lock:
            cursor, news = self._cursor, []
            tip = self.store.get("local", _tip_name(self.id))
            for place, name, sealed in self.store.since(SHELF, self._cursor):
                cursor = place
                if name not in self._made:
                    news.append((name, sealed))
            self._hear_epochs(identity)
            if not self.epochs:
                raise EpochNotValid()
            self.log.hear(news, self._by_tag)
            self._cursor = cursor
            self._made.clear()
            if tip != self._tip_seen:
                self._check_tip(tip)
                self._tip_seen = tip

    def join(self, epoch: Epoch) -> None:
        """Take in an epoch that this process made itself, once it is in the store."""
        self.epochs.append(epoch)
        self._by_tag[epoch.tag] = epoch
        self._by_number[epoch.number] = epoch

    def wrote(self, segment: Segment, blob: Blob) -> None:
        """Take in a segment that this process made itself, once it is in the store."""
        self.log.append(segment)
        self._made.add(blob.name)

    def tip(self, extra: Segment | None = None, epoch: Epoch | None = None) -> Blob:
        """A blob that says how far the office has come on this machine, ``extra`` and ``epoch`` included.

        It is written with every segment, so that a record lost from the end of the log is missed.
        """
        heads = {head.device: head for head in self.log.heads()}
        if extra is not None:
            heads[extra.skeleton.device] = head_of(extra)
        newest = epoch or self.epoch
        tip = pack(_Tip(newest.number, newest.hash, tuple(heads.values())))
        sealed = newest.tag + seal.seal(_tip_key(newest), seal.pad(tip), _tip_aad(self.id))
        return Blob("local", _tip_name(self.id), sealed)

    def _check_tip(self, received: bytes | None) -> None:
        """Return if all that was here when this machine last wrote still is; else raise Damaged."""
        epoch = self._by_tag.get((received or b"")[:TAG_BYTES])
        if received is None or epoch is None:
            raise RolledBack()
        tip = unpack(seal.unpad(seal.unseal(_tip_key(epoch), received[TAG_BYTES:], _tip_aad(self.id))), _Tip)
        if (tip.epoch, tip.epoch_hash) != (epoch.number, epoch.hash):
            raise RolledBack()
        if not all(self.log.knows(head) for head in tip.heads):
            raise RolledBack()

    def _hear_epochs(self, identity: Identity) -> None:
        received = list(_epochs_from(self.store, self.id, self.epoch.number + 1 if self.epochs else 1))
        if not received:
            return
        for epoch in _opened(received, identity):
            epochs.check(epoch, self.epoch if self.epochs else None)
            self.join(epoch)


def is_empty(store: Store) -> bool:
    """Whether there is no office in this store, nor any part of one."""
    return store.get(*KEYSTORE) is None and next(iter(store.since(EPOCH_SHELF)), None) is None


def load_keystore(store: Store) -> Keystore:
    """The keystore that lies in a store. Raises NoOffice, Damaged."""
    received = store.get(*KEYSTORE)
    if received is None:
        raise NoOffice() if is_empty(store) else KeystoreDamaged()
    return Keystore.load(received)


def unlock(store: Store, passphrase: str) -> tuple[Office, Unlocked]:
    """Open an office and verify all of its log. Raises NoOffice, Locked, Damaged."""
    unlocked = load_keystore(store).open(passphrase)
    office = Office(store, unlocked.identity.office, ())
    admit(office, unlocked)
    return office, unlocked


def admit(office: Office, unlocked: Unlocked) -> None:
    """Catch up as this hand; return if it belongs to the newest epoch; else raise Locked or Damaged."""
    identity = unlocked.identity
    if identity.office != office.id:
        raise KeystoreDamaged()
    office.catch_up(identity)
    device = office.epoch.device(identity.device)
    if device is None:
        raise NotAMember()
    if device != epochs.describe(identity):
        raise EpochNotValid()


def _epochs_from(store: Store, office: bytes, number: int) -> Iterator[tuple[int, bytes]]:
    while (received := store.get(EPOCH_SHELF, epochs.blob_name(office, number))) is not None:
        yield number, received
        number += 1


def _opened(received: list[tuple[int, bytes]], identity: Identity) -> list[Epoch]:
    """The epochs, oldest first, opened from the newest that is wrapped to this device backwards."""
    known, opened = None, []
    for number, frame in reversed(received):
        if known is None:
            known = epochs.open_wrapped(frame, identity, number)
        if known is None:
            continue  # after this device's time
        epoch = epochs.open_document(frame, identity.office, number, known)
        opened.append(epoch)
        known = epochs.secrets_before(epoch) if number > 1 else None
    return opened[::-1]


def _tip_name(office: bytes) -> bytes:
    return seal.digest(seal.context("tip/name", office))


def _tip_key(epoch: Epoch) -> bytes:
    return seal.derive(epoch.secrets.epoch, seal.context("tip"))


def _tip_aad(office: bytes) -> bytes:
    return seal.context("tip", office)

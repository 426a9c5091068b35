"""An office as one process knows it: its store, its epochs, its log. Shared by the hands that work here."""

from collections.abc import Iterator, Sequence
from threading import RLock
from typing import NamedTuple

from kunak.vault import epochs, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Epoch, EpochNotValid
from kunak.vault.keys import Identity, Keystore, KeystoreDamaged, Unlocked, WrongPassphrase
from kunak.vault.log import SHELF, ChainBroken, Head, Log, Segment
from kunak.vault.stores import Blob, Store

KEYSTORE = ("keystore", b"keystore")
EPOCH_SHELF = "epoch"


class RolledBack(ChainBroken):
    """Something that was written here is missing: this is an older copy of the office, or a part of one."""

    code = "office-rolled-back"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class _Tip(NamedTuple):
    """How far this hand had come when it last wrote."""

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

    @property
    def epoch(self) -> Epoch:
        """The newest epoch."""
        return self.epochs[-1]

    def epoch_of(self, segment: Segment) -> Epoch:
        """The epoch in which a segment was written."""
        return self._by_number[segment.skeleton.epoch]

    def catch_up(self, identity: Identity) -> None:
        """Read and verify what has been written since. Raises Damaged."""
        with self.lock:
            self._hear_epochs(identity)
            cursor, news = self._cursor, []
            for place, name, sealed in self.store.since(SHELF, self._cursor):
                cursor = place
                if name not in self._made:
                    news.append((name, sealed))
            self.log.hear(news, self._by_tag)
            self._cursor = cursor
            self._made.clear()

    def join(self, epoch: Epoch) -> None:
        """Take in an epoch that this process made itself, once it is in the store."""
        self.epochs.append(epoch)
        self._by_tag[epoch.tag] = epoch
        self._by_number[epoch.number] = epoch

    def wrote(self, segment: Segment, blob: Blob) -> None:
        """Take in a segment that this process made itself, once it is in the store."""
        self.log.append(segment)
        self._made.add(blob.name)

    def tip(self, unlocked: Unlocked, extra: Segment | None = None, epoch: Epoch | None = None) -> Blob:
        """A blob that says how far this hand has come, ``extra`` and ``epoch`` included."""
        heads = {head.device: head for head in self.log.heads()}
        if extra is not None:
            skeleton = extra.skeleton
            heads[skeleton.device] = Head(skeleton.device, skeleton.seq, extra.hash)
        newest = epoch or self.epoch
        tip = _Tip(newest.number, newest.hash, tuple(heads.values()))
        sealed = seal.seal(unlocked.local_key, seal.pad(pack(tip)), self._tip_aad(unlocked.identity))
        return Blob("local", _tip_name(unlocked.identity.device), sealed)

    def check_tip(self, unlocked: Unlocked) -> None:
        """Return if all that this hand had seen when it last wrote is there; else raise RolledBack."""
        sealed = self.store.get("local", _tip_name(unlocked.identity.device))
        if sealed is None:
            raise RolledBack()
        opened = seal.unpad(seal.unseal(unlocked.local_key, sealed, self._tip_aad(unlocked.identity)))
        tip = unpack(opened, _Tip)
        known = self._by_number.get(tip.epoch)
        if known is None or known.hash != tip.epoch_hash:
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

    def _tip_aad(self, identity: Identity) -> bytes:
        return seal.context("tip", self.id, identity.device)


def load_keystore(store: Store) -> Keystore:
    """The keystore that lies in a store. Raises WrongPassphrase if there is none, or Damaged."""
    received = store.get(*KEYSTORE)
    if received is None:
        raise KeystoreDamaged()
    return Keystore.load(received)


def unlock(store: Store, passphrase: str) -> tuple[Office, Unlocked]:
    """Open an office and verify all of its log. Raises Locked or Damaged."""
    unlocked = load_keystore(store).open(passphrase)
    office = Office(store, unlocked.identity.office, ())
    office.catch_up(unlocked.identity)
    if not office.epochs:
        raise EpochNotValid()
    admit(office, unlocked)
    return office, unlocked


def admit(office: Office, unlocked: Unlocked) -> None:
    """Return if this hand belongs to the newest epoch and nothing it saw is missing; else raise."""
    identity = unlocked.identity
    if identity.office != office.id:
        raise KeystoreDamaged()
    device = office.epoch.device(identity.device)
    if device is None:
        office.check_tip(unlocked)  # an older copy is told apart from a member who was removed
        raise WrongPassphrase()
    if device != epochs.describe(identity):
        raise EpochNotValid()
    office.check_tip(unlocked)


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


def _tip_name(device: bytes) -> bytes:
    return seal.digest(seal.context("tip/name", device))

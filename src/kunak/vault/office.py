"""An office as one process knows it: its store, its epochs, its log. Shared by the hands that work here."""

from collections.abc import Collection, Iterable, Sequence
from threading import RLock
from typing import NamedTuple

from kunak.errors import Locked, Refused
from kunak.fold import bulk
from kunak.vault import epochs, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import TAG_BYTES, Epoch, EpochNotValid
from kunak.vault.folded import Snapshot
from kunak.vault.keys import Identity, Keystore, KeystoreDamaged, Unlocked
from kunak.vault.lineage import Lineage
from kunak.vault.log import SHELF, ChainBroken, Head, Heard, Log, Segment, Terms, blob_name, head_of
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

    epochs: tuple[bytes, ...]  # hashes of those that lead, the newest last
    heads: tuple[Head, ...]


class Office:
    """Store, epochs, log. ``lock`` is held while any hand reads what is new or writes."""

    def __init__(self, store: Store, office: bytes, first: Sequence[Epoch]) -> None:
        self.store = store
        self.id = office
        self.lock = RLock()
        self.log = Log(office)
        self.lineage = Lineage(office, first)
        self.standing: tuple[object, object] | None = None  # what ``trust`` found, and when
        self.times_begun = 0  # how often the log was read again from the beginning
        self.snapshot: Snapshot | None = None  # that it was opened through, or that was sealed last
        self._cursor = 0
        self._last = b""  # the name of the blob at the cursor
        self._epoch_cursor = 0
        self._epochs_heard_by: set[bytes] = set()  # devices whose keys were tried on all of them
        self._made: set[bytes] = set()
        self._tip_seen: bytes | None = b""

    @property
    def epoch(self) -> Epoch:
        """The newest epoch of those that lead."""
        return self.lineage.newest

    @property
    def heard_to(self) -> int:
        """The cursor in the store of segments up to which all is in the log."""
        return self._cursor

    @property
    def heard_last(self) -> bytes:
        """The name of the segment's blob at that cursor."""
        return self._last

    def go_on(self, log: Log, cursor: int, last: bytes) -> None:
        """Take up a log that was verified before, and where it ends in the store of segments."""
        self.log, self._cursor, self._last = log, cursor, last

    def follow_tip(self) -> None:
        """Let those epochs lead that led when this machine last wrote. Raises Damaged."""
        self.lineage.lead(self._tip(self.store.get("local", tip_name(self.id))).epochs)

    @property
    def terms(self) -> Terms:
        """What a segment of this machine's own shelf is examined against."""
        return terms_of(self.lineage)

    def epoch_of(self, segment: Segment) -> Epoch:
        """The epoch in which a segment was written."""
        return self.lineage.by_tag[segment.skeleton.epoch]

    def members_holding(self, dossier: bytes) -> set[str]:
        """The members of today whose devices hold a dossier's key, or a share of it."""
        devices = (self.epoch.device(device) for device in self.log.holders(dossier))
        return {device.member for device in devices if device is not None}

    def catch_up(self, identity: Identity) -> None:
        """Read and verify what has been written since. Raises Damaged.

        Segments are read before epochs, and the tip before both: another program may write in between, and
        what is read later may then be ahead of what was read before, never behind.
        """
        with self.lock, bulk():
            cursor, last, news = self._cursor, self._last, []
            tip = self.store.get("local", tip_name(self.id))
            for place, name, sealed in self.store.since(SHELF, self._cursor):
                cursor, last = place, name
                if name not in self._made:
                    news.append((name, sealed))
            before = self.lineage.counting, self.lineage.cuts
            self.hear_epochs(identity)
            told = None if tip == self._tip_seen else self._tip(tip)
            if told is not None:
                self.lineage.lead(told.epochs)
            if self.log.segments and self.lineage.takes_from(*before):
                self.begin_again(identity)  # another program has taken in what made it not count
                return
            self.log.hear(news, self.terms)
            self._cursor, self._last = cursor, last
            self._made.clear()
            if told is not None and not all(self.log.knows(head) for head in told.heads):
                raise RolledBack()
            self._tip_seen = tip

    def begin_again(self, identity: Identity) -> None:
        """Forget the log and read it anew: something that counted does not any more."""
        self.log = Log(self.id)
        self._cursor, self._last, self._tip_seen = 0, b"", b""
        self.snapshot = None
        self._made.clear()
        self.times_begun += 1
        self.catch_up(identity)

    def join(self, epoch: Epoch) -> None:
        """Take in an epoch that this process made itself, once it is in the store."""
        self.lineage.add((epoch,))

    def wrote(self, segment: Segment, blob: Blob) -> None:
        """Take in a segment that this process made itself, once it is in the store."""
        self.log.append(segment)
        self._made.add(blob.name)

    def tip(self, *extra: Segment, epoch: Epoch | None = None) -> Blob:
        """A blob that says how far the office has come on this machine, ``extra`` and ``epoch`` included.

        It is written with every segment, so that a record lost from the end of the log is missed.
        """
        heads = {head.device: head for head in self.log.heads()}
        for segment in extra:
            heads[segment.skeleton.device] = head_of(segment)
        newest = epoch or self.epoch
        leading = [known.hash for known in self.lineage.leading if known.number < newest.number]
        return self.tip_of(newest, (*leading, newest.hash), heads.values())

    def tip_without(self, lineage: Lineage, names: Collection[bytes]) -> Blob:
        """The tip under another lineage, some segments (by the names of their blobs) left out."""
        heads = []
        for head in self.log.heads():
            seq = head.seq
            while seq and blob_name(self.id, head.device, seq) in names:
                seq -= 1
            if seq:
                heads.append(self.log.head_at(head.device, seq))
        return self.tip_of(lineage.newest, (epoch.hash for epoch in lineage.leading), heads)

    def took(self, accepted: Iterable[Heard]) -> None:
        """Take in segments of others, once they are in the store."""
        for heard in accepted:
            self.log.append(heard.segment)
            self._made.add(heard.name)

    def tip_of(self, newest: Epoch, leading: Iterable[bytes], heads: Iterable[Head]) -> Blob:
        """The tip that says just this."""
        tip = pack(_Tip(tuple(leading), tuple(heads)))
        sealed = newest.tag + seal.seal(_tip_key(newest), seal.pad(tip), _tip_aad(self.id))
        return Blob("local", tip_name(self.id), sealed)

    def _tip(self, received: bytes | None) -> _Tip:
        """What this machine's tip says. Raises Damaged where there is none, or an epoch it names is gone."""
        epoch = self.lineage.by_tag.get((received or b"")[:TAG_BYTES])
        if received is None or epoch is None:
            raise RolledBack()
        tip = unpack(seal.unpad(seal.unseal(_tip_key(epoch), received[TAG_BYTES:], _tip_aad(self.id))), _Tip)
        if not set(tip.epochs) <= self.lineage.hashes:
            raise RolledBack()
        return tip

    def hear_epochs(self, identity: Identity) -> None:
        """Open and check the epochs that were written since. Raises Damaged."""
        coming = list(self.store.since(EPOCH_SHELF, self._epoch_cursor))
        if any(seal.digest(sealed) != name for _, name, sealed in coming):
            raise EpochNotValid()
        received = [sealed for _, _, sealed in coming]
        if received or identity.device not in self._epochs_heard_by:  # else nothing more can be opened
            self.lineage.hear(received, identity)
            self._epochs_heard_by = {*(() if received else self._epochs_heard_by), identity.device}
        if coming:
            self._epoch_cursor = coming[-1][0]
        self.lineage.require()


def terms_of(lineage: Lineage) -> Terms:
    """What a segment is examined against under a lineage."""
    return Terms(lineage.by_tag, lineage.cuts, lineage.belongs, lineage.is_stranger)


def epoch_blob(received: bytes) -> Blob:
    """Where an epoch lies."""
    return Blob(EPOCH_SHELF, seal.digest(received), received)


def is_empty(store: Store) -> bool:
    """Whether there is no office in this store, nor any part of one."""
    return store.get(*KEYSTORE) is None and next(iter(store.since(EPOCH_SHELF)), None) is None


def load_keystore(store: Store) -> Keystore:
    """The keystore that lies in a store. Raises NoOffice, Damaged."""
    received = store.get(*KEYSTORE)
    if received is None:
        raise NoOffice() if is_empty(store) else KeystoreDamaged()
    return Keystore.load(received)


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


def open_office(store: Store, unlocked: Unlocked) -> Office:
    """The office of an unlocked identity, its whole log verified. Raises Locked, Damaged."""
    office = Office(store, unlocked.identity.office, ())
    admit(office, unlocked)
    return office


def tip_name(office: bytes) -> bytes:
    """Where a machine's tip lies."""
    return seal.digest(seal.context("tip/name", office))


def _tip_key(epoch: Epoch) -> bytes:
    return seal.derive(epoch.secrets.epoch, seal.context("tip"))


def _tip_aad(office: bytes) -> bytes:
    return seal.context("tip", office)

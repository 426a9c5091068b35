"""The lineage of an office's epochs: which of them lead, which are sides, which cannot be opened here.

Two admins who are apart may both make the next epoch. Then this rule decides, on each device by itself:

1. An epoch signed by someone whom the other one removes does not lead.
2. An epoch that others have been built on (by anyone) does not give way any more. So nobody, and least of all
   an admin who was removed since, can slip another past under an office that has gone on.
3. Otherwise the one that others have been built on leads, else the one with the lower hash.

Devices that had both before either was built upon agree by 3; one that was apart for long follows those who
went on. If both were built upon, the office has split: each keeps to its own, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence

from kunak.vault import epochs
from kunak.vault.epochs import Epoch, EpochNotValid, Secrets
from kunak.vault.keys import Identity
from kunak.vault.log import Skeleton


class Lineage:
    """All epochs that this machine can open; ``leading`` goes from the first to the newest."""

    def __init__(self, office: bytes, first: Sequence[Epoch] = ()) -> None:
        self._office = office
        self.by_tag: dict[bytes, Epoch] = {}
        self.hashes: set[bytes] = set()
        self.leading: list[Epoch] = []
        self._unopened: dict[bytes, bytes] = {}  # by tag
        self._merged: set[bytes] = set()  # hashes of epochs whose secrets a leading one carries
        self._devices: set[bytes] = set()  # that belong or belonged
        self.add(first)

    @property
    def newest(self) -> Epoch:
        """The newest that leads. Raises EpochNotValid where there is none."""
        self.require()
        return self.leading[-1]

    def require(self) -> None:
        """Return if there is an epoch that leads; else raise EpochNotValid."""
        if not self.leading:
            raise EpochNotValid()

    @property
    def sides(self) -> tuple[Epoch, ...]:
        """Epochs that do not lead, that no leading one has merged, and whose signer is an admin still."""
        return tuple(
            epoch
            for epoch in sorted(self.by_tag.values(), key=lambda one: (one.number, one.hash))
            if epoch.hash not in self._merged and epoch not in self.leading
            if not _removes(self.newest, epoch)
        )

    def copy(self) -> "Lineage":
        """Another one that knows the same, to try something on."""
        other = Lineage(self._office)
        other.by_tag, other.hashes = dict(self.by_tag), set(self.hashes)
        other.leading, other._unopened = list(self.leading), dict(self._unopened)
        other._merged, other._devices = set(self._merged), set(self._devices)
        return other

    def hear(self, received: Iterable[bytes], identity: Identity) -> None:
        """Open what can be opened, and check it. Raises Damaged for what is no epoch of this office."""
        for frame in received:
            self._unopened.setdefault(epochs.tag_of(frame), frame)
        opened = [epoch for frame in self._unopened.values() if (epoch := self._wrapped(frame, identity))]
        opened += self._behind(opened)
        for epoch in opened:
            self._unopened.pop(epoch.tag, None)
        self.add(epoch for epoch in opened if epoch.tag not in self.by_tag)

    def add(self, opened: Iterable[Epoch]) -> None:
        """Take in opened epochs. Raises Damaged where one does not follow from the one before."""
        new = list(opened)
        if not new:
            return
        for epoch in new:
            self.by_tag[epoch.tag] = epoch
        by_hash = {epoch.hash: epoch for epoch in self.by_tag.values()}
        for epoch in new:
            before = by_hash.get(epoch.document.before)
            if before is None and epoch.number != 1:
                raise EpochNotValid()
            epochs.check(epoch, before)
        self.hashes = set(by_hash)
        self.lead()

    def _wrapped(self, frame: bytes, identity: Identity) -> Epoch | None:
        known = epochs.wrapped_to(frame, identity)
        return None if known is None else epochs.open_document(frame, self._office, known)

    def _behind(self, opened: Sequence[Epoch]) -> list[Epoch]:
        """The epochs whose secrets these carry, and those behind them in turn."""
        found: dict[bytes, Epoch] = {epoch.tag: epoch for epoch in opened}
        wanting = list(opened)
        while wanting:
            for known in epochs.earlier(wanting.pop()):
                tag = epochs.tag_for(self._office, known.epoch)
                if tag in found or tag in self.by_tag or tag not in self._unopened:
                    continue
                given = Secrets(known.epoch, known.office, b"")
                epoch = epochs.open_document(self._unopened[tag], self._office, given)
                if epoch.hash != known.hash:
                    raise EpochNotValid()
                found[tag] = epoch
                wanting.append(epoch)
        return [epoch for epoch in found.values() if epoch not in opened]

    def lead(self, trusted: Iterable[bytes] = ()) -> None:
        """Find out which lead; ``trusted``: hashes of those that led when this machine last wrote."""
        children = epochs.by_before(self.by_tag.values())
        kept = {epoch.hash for epoch in self.leading} | set(trusted)
        self.leading = [epoch for epoch in self.by_tag.values() if epoch.number == 1][:1]
        while self.leading and (following := children.get(self.leading[-1].hash)):
            self.leading.append(_leading(following, children, kept))
        self._merged = {known.hash for epoch in self.leading for known in epochs.earlier(epoch)}
        self._devices = {device.id for epoch in self.leading for device in epoch.document.devices}

    def belongs(self, skeleton: Skeleton) -> bool:
        """Whether a segment is of a time that counts: its epoch leads or was merged, or is a side and its
        device is known to an epoch that leads."""
        epoch = self.by_tag[skeleton.epoch]
        return epoch.hash in self._merged or epoch in self.leading or skeleton.device in self._devices


def _leading(siblings: Sequence[Epoch], children: Mapping[bytes, list[Epoch]], kept: set[bytes]) -> Epoch:
    standing = [one for one in siblings if not any(_removes(other, one) for other in siblings)] or siblings
    settled = [one for one in standing if one.hash in children]
    ours = [one for one in settled if one.hash in kept]
    return min(ours or settled or standing, key=lambda one: one.hash)


def _removes(epoch: Epoch, other: Epoch) -> bool:
    """Whether ``epoch`` takes away the right by which ``other`` was signed."""
    signer = epoch.member(other.document.signer)
    return epoch is not other and (signer is None or not signer.admin)

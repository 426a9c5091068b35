"""The lineage of an office's epochs: which of them lead, which are sides, which cannot be opened here.

Two admins who are apart may both make the next epoch, and go on from there. Then this rule decides, on each device
by itself, between the two **branches**: an epoch and those that lead of what was built on it.

1. A branch gives way to one in which somebody who signed one of its own epochs was an admin and is none any more.
   So nobody, and least of all an admin who was removed since, can slip another past under an office that went on.
2. If each does that to the other, the office has split over who may decide. Then it is for a third: those branches
   stand in which somebody signed who was an admin where they parted and whom none of them removes. An admin who was
   removed cannot make a third, and a third can do no more here than they could anyway. Until one has signed
   (``tending`` does it for them), each device keeps to the branch that led when it last wrote.
3. Otherwise all come to the same as soon as they have heard the same: the epoch that others were built on leads,
   of several the one with the lowest hash. What the other branch changed is merged by the next admin's device.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from kunak.errors import Damaged
from kunak.vault import epochs, seal
from kunak.vault.epochs import Cut, Device, Earlier, Epoch, EpochNotValid, Secrets
from kunak.vault.keys import Identity
from kunak.vault.log import Skeleton


class Lineage:
    """All epochs that this machine can open; ``leading`` goes from the first to the newest."""

    def __init__(self, office: bytes, first: Sequence[Epoch] = ()) -> None:
        self._office = office
        self.by_tag: dict[bytes, Epoch] = {}
        self.hashes: set[bytes] = set()
        self.leading: list[Epoch] = []
        self._unopened: dict[bytes, bytes] = {}  # by digest: a tag can be copied by whoever sees it
        self._merged: set[bytes] = set()  # hashes of sides whose secrets a leading one carries
        self._carried: set[bytes] = set()  # hashes of all epochs whose secrets a leading one carries
        # Epochs that do not lead, that no leading one has merged, and whose signer is an admin still.
        self.sides: tuple[Epoch, ...] = ()
        self.counting: frozenset[bytes] = frozenset()  # hashes of those that lead, were merged, or are sides
        self.cuts: dict[
            bytes, Cut
        ] = {}  # of each removed device the lowest that any epoch which counts tells
        self._devices: dict[bytes, Device] = {}  # that belong or belonged
        self._counted: frozenset[bytes] = frozenset()  # devices of the epochs that count
        # Where the office has split and no third has decided: the epoch that leads here, then those that do not.
        self.split: tuple[Epoch, ...] = ()
        self.thirds: frozenset[str] = frozenset()  # who may decide there
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

    def copy(self) -> "Lineage":
        """Another one that knows the same, to try something on."""
        other = Lineage(self._office)
        other.by_tag, other.hashes = dict(self.by_tag), set(self.hashes)
        other.leading, other._unopened = list(self.leading), dict(self._unopened)
        other._merged, other._carried = set(self._merged), set(self._carried)
        other._devices = dict(self._devices)
        other.sides, other.counting, other._counted = self.sides, self.counting, self._counted
        other.cuts, other.split, other.thirds = dict(self.cuts), self.split, self.thirds
        return other

    def hear(
        self, received: Iterable[bytes], identity: Identity, beside: Iterable[bytes] | None = None
    ) -> tuple[bytes, ...]:
        """Open what can be opened, check it, and return the frames that were.

        ``beside``: other frames, among which may be those that lie behind these; where it is given, even empty,
        and what is before is not there, nothing is taken yet. Raises Damaged for what is no epoch of this
        office.
        """
        for frame in received:
            epochs.tag_of(frame)
            self._unopened.setdefault(seal.digest(frame), frame)
        others = () if beside is None else tuple(beside)
        opened = {
            epoch.tag: (frame, epoch)
            for frame in self._unopened.values()
            if epochs.tag_of(frame) not in self.by_tag and (epoch := self._wrapped(frame, identity))
        }
        if opened:  # else there is nothing that they could lie behind
            self._behind(opened, (*self._unopened.values(), *others))
        new = [epoch for _, epoch in opened.values()]
        known = self.hashes | {epoch.hash for epoch in new}
        if beside is not None and not all(one.number == 1 or one.document.before in known for one in new):
            return ()
        frames = tuple(frame for frame, _ in opened.values())
        for frame in frames:
            self._unopened.pop(seal.digest(frame), None)
        self.add(new)
        return frames

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

    def _behind(self, opened: dict[bytes, tuple[bytes, Epoch]], frames: Sequence[bytes]) -> None:
        """Add the epochs whose secrets these carry, and those behind them in turn."""
        by_tag: dict[bytes, list[bytes]] = {}
        for frame in frames:
            by_tag.setdefault(epochs.tag_of(frame), []).append(frame)
        wanting = [epoch for _, epoch in opened.values()]
        while wanting:
            for known in epochs.earlier(wanting.pop()):
                tag = epochs.tag_for(self._office, known.epoch)
                if tag in opened or tag in self.by_tag:
                    continue
                for frame in by_tag.get(tag, ()):
                    epoch = self._of(frame, known)
                    if epoch is not None:
                        opened[tag] = frame, epoch
                        wanting.append(epoch)
                        break

    def _of(self, frame: bytes, known: Earlier) -> Epoch | None:
        """The epoch whose secrets are known; None for another that only bears its tag."""
        try:
            epoch = epochs.open_document(frame, self._office, Secrets(known.epoch, known.office, b""))
        except Damaged:
            return None
        return epoch if epoch.hash == known.hash else None

    def lead(self, trusted: Iterable[bytes] = ()) -> None:
        """Find out which lead; ``trusted``: hashes of those that led when this machine last wrote."""
        tree = _Tree(self.by_tag.values(), frozenset(trusted) or frozenset(one.hash for one in self.leading))
        first = next((epoch for epoch in self.by_tag.values() if epoch.number == 1), None)
        self.leading = tree.branch(first) if first else []
        self.split, self.thirds = tree.split(self.leading)
        self._find_merged()
        self._devices = {device.id: device for epoch in self.leading for device in epoch.document.devices}
        self.sides = self._sides() if self.leading else ()
        self.counting = frozenset(epoch.hash for epoch in (*self.leading, *self.sides)) | self._merged
        counting = [epoch for epoch in self.by_tag.values() if epoch.hash in self.counting]
        self._counted = frozenset(device.id for epoch in counting for device in epoch.document.devices)
        self.cuts = {}
        for cut in (cut for epoch in counting for cut in epoch.document.cuts):
            known = self.cuts.get(cut.device, cut)
            self.cuts[cut.device] = min(known, cut, key=lambda one: (one.seq, one.hash))

    @property
    def apart(self) -> tuple[Epoch, ...]:
        """Epochs that do not lead and whose secrets no leading one carries: sides, and what does not count."""
        there = {epoch.hash for epoch in self.leading} | self._carried
        return tuple(sorted((e for e in self.by_tag.values() if e.hash not in there), key=_in_order))

    def _find_merged(self) -> None:
        """Which a leading epoch carries, and which of those were sides then, by the admins of the one before it."""
        self._carried, self._merged = set(), set()
        known = {epoch.hash: epoch for epoch in self.by_tag.values()}
        count = {epoch.hash for epoch in self.leading}
        for before, epoch in pairwise(self.leading):
            carried = {one.hash for one in epochs.earlier(epoch)} - {before.hash}
            self._carried |= carried
            for side in sorted((known[one] for one in carried if one in known), key=_in_order):
                if side.document.before in count | self._merged and not _removes(before, side):
                    self._merged.add(side.hash)

    def _sides(self) -> tuple[Epoch, ...]:
        """A side that is built on one which does not count does not count either: its list of members is the
        word of whoever signed the one below it, who may have written himself into it under an admin's name."""
        count = {epoch.hash for epoch in self.leading} | self._merged
        found = []
        for epoch in self.apart:
            if epoch.document.before not in count or _removes(self.newest, epoch):
                continue
            found.append(epoch)
            count.add(epoch.hash)
        return tuple(found)

    def takes_from(self, counting: frozenset[bytes], cuts: Mapping[bytes, Cut]) -> bool:
        """Whether something may not count any more that counted under these epochs and cuts of before."""
        return not (counting <= self.counting and self.cuts.items() <= cuts.items())

    def belongs(self, skeleton: Skeleton) -> bool:
        """Whether a segment is of a time that counts: its epoch leads, was merged or is a side; or its device is
        known to an epoch that leads, with the very keys that its own epoch gives it."""
        epoch = self.by_tag[skeleton.epoch]
        if epoch.hash in self.counting:
            return True
        known = self._devices.get(skeleton.device)
        return known is not None and known == epoch.device(skeleton.device)

    def is_stranger(self, device: bytes) -> bool:
        """Whether a device stands in no epoch that counts, so that nobody needs to have what it wrote."""
        return device not in self._counted


class _Tree:
    """Epochs by what they were built on, and which branch leads where there are several."""

    def __init__(self, known: Iterable[Epoch], kept: frozenset[bytes]) -> None:
        """``kept``: hashes of those that led when this machine last wrote."""
        self._by_hash = {epoch.hash: epoch for epoch in known}
        self._children = epochs.by_before(self._by_hash.values())
        self._kept = kept
        # Hashes of epochs on which branches are built that remove each other; and who may decide between them.
        self._undecided: dict[bytes, frozenset[str]] = {}

    def split(self, leading: Sequence[Epoch]) -> tuple[tuple[Epoch, ...], frozenset[str]]:
        """Where those that lead part from others, and nobody has decided: the one that leads, then the others;
        and who may decide."""
        for before, epoch in pairwise(leading):
            if before.hash in self._undecided:
                others = (one for one in self._children[before.hash] if one is not epoch)
                return (epoch, *others), self._undecided[before.hash]
        return (), frozenset()

    def branch(self, epoch: Epoch) -> list[Epoch]:
        """An epoch, and those that lead of what was built on it."""
        found = [epoch]
        while following := self._children.get(found[-1].hash):
            found.append(following[0] if len(following) == 1 else self._first(following))
        return found

    def _first(self, siblings: Sequence[Epoch]) -> Epoch:
        branches = {one.hash: self.branch(one) for one in siblings}
        removed = {key: self._removed_in(branch) for key, branch in branches.items()}
        signers = {key: {one.document.signer for one in branch} for key, branch in branches.items()}

        def gives_way(one: Epoch) -> bool:
            others = (other.hash for other in siblings if other is not one)
            return any(removed[other] & signers[one.hash] for other in others)

        standing = [one for one in siblings if not gives_way(one)]
        if not standing:  # each takes away another's right
            before = self._by_hash[siblings[0].document.before]
            thirds = frozenset(_admins(before).difference(*removed.values()))
            standing = [one for one in siblings if signers[one.hash] & thirds]
            if not standing:
                self._undecided[before.hash] = thirds
                standing = [one for one in siblings if one.hash in self._kept] or list(siblings)
        settled = [one for one in standing if one.hash in self._children]
        return min(settled or standing, key=lambda one: one.hash)

    def _removed_in(self, branch: Iterable[Epoch]) -> set[str]:
        """Who was an admin somewhere in a branch, or where it begins, and was none right after."""
        found: set[str] = set()
        for epoch in branch:
            found |= _admins(self._by_hash[epoch.document.before]) - _admins(epoch)
        return found


def _in_order(epoch: Epoch) -> tuple[int, bytes]:
    return epoch.number, epoch.hash


def _admins(epoch: Epoch) -> set[str]:
    return {member.code for member in epoch.document.members if member.admin}


def _removes(epoch: Epoch, other: Epoch) -> bool:
    """Whether ``epoch`` takes away the right by which ``other`` was signed."""
    signer = epoch.member(other.document.signer)
    return epoch is not other and (signer is None or not signer.admin)

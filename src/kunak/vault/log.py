"""The log: for each device a chain of signed segments, and what each device had seen of the others.

A segment is one act of writing. Its skeleton lists the bodies and grants by hash; they lie apart, so that one
can be deleted and the chain still verifies. The skeleton is signed once, then sealed under the header key of
its epoch.

Why one signature for each chain and reading is enough: a segment names the hash of the one before it, so the
signature on a device's newest segment covers all of its past. Someone who slips a segment of their own into
another's chain cannot make the owner's next segment name it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import TAG_BYTES, Epoch
from kunak.vault.keys import Identity
from kunak.vault.stores import Blob

SHELF = "segment"
NOTHING = bytes(32)  # what the first segment of a device names as the one before it
COUNTER_BITS = 16


class ChainBroken(Damaged):
    """The history of this office has a gap, or a record that does not belong in it."""

    code = "log-chain-broken"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


class TwoHistories(Damaged):
    """One device appears to have written two different histories."""

    code = "log-two-histories"
    hint = "A copy of the device may be in use. Write nothing more on it; tell the office's admin."


class Head(NamedTuple):
    """Where a device's chain ends, or ended."""

    device: bytes
    seq: int
    hash: bytes


class Part(NamedTuple):
    """A body, by the hash of its sealed bytes (its name on the shelf) and their length."""

    dossier: bytes
    hash: bytes
    length: int


class Grant(NamedTuple):
    """A dossier's key wrapped to a device, by the hash of its sealed bytes."""

    dossier: bytes
    device: bytes
    hash: bytes


class Skeleton(NamedTuple):
    """What a device signs."""

    office: bytes
    epoch: int
    device: bytes
    seq: int  # from 1
    prev: bytes  # hash of this device's segment before
    deps: tuple[Head, ...]  # heads of other devices, those that moved since prev
    clock: int  # hybrid: milliseconds since 1970 << 16 | counter
    bodies: tuple[Part, ...]
    grants: tuple[Grant, ...]


class _Signed(NamedTuple):
    skeleton: bytes
    signature: bytes


class Segment(NamedTuple):
    """A verified segment."""

    skeleton: Skeleton
    member: str
    hash: bytes


class _Heard(NamedTuple):
    segment: Segment
    signed: _Signed
    signing: bytes  # the device's public key


def blob_name(office: bytes, device: bytes, seq: int) -> bytes:
    """Where a segment lies: one place for one (device, seq), so that a store cannot take two."""
    return seal.digest(seal.context("segment/name", office, device, seq.to_bytes(8, "big")))


def next_clock(latest: int, milliseconds: int) -> int:
    """The hybrid logical clock (Kulkarni et al. 2014): not behind the hour, and after all that was seen."""
    return max(milliseconds << COUNTER_BITS, latest + 1)


class Log:
    """All verified segments of an office, in the order of hearing."""

    def __init__(self, office: bytes) -> None:
        self._office = office
        self.segments: list[Segment] = []
        self.clock = 0
        self._hashes: dict[bytes, list[bytes]] = {}  # device -> hash of each of its segments
        self._named: dict[bytes, dict[bytes, int]] = {}  # device -> the heads it has named so far

    def head(self, device: bytes) -> Head:
        """Where a device's chain ends; seq 0 before its first segment."""
        hashes = self._hashes.get(device)
        return Head(device, len(hashes), hashes[-1]) if hashes else Head(device, 0, NOTHING)

    def heads(self) -> tuple[Head, ...]:
        """Where each chain ends."""
        return tuple(self.head(device) for device in self._hashes)

    def knows(self, head: Head) -> bool:
        """Whether this very segment is in the log."""
        hashes = self._hashes.get(head.device, [])
        return 0 < head.seq <= len(hashes) and hashes[head.seq - 1] == head.hash

    def compose(
        self,
        identity: Identity,
        epoch: Epoch,
        clock: int,
        bodies: tuple[Part, ...],
        grants: tuple[Grant, ...],
    ) -> tuple[Segment, Blob]:
        """The next segment of this device, signed and sealed. Not in the log until ``append``."""
        before, named = self.head(identity.device), self._named.get(identity.device, {})
        skeleton = Skeleton(
            office=self._office,
            epoch=epoch.number,
            device=identity.device,
            seq=before.seq + 1,
            prev=before.hash,
            deps=tuple(
                head
                for head in self.heads()
                if head.device != identity.device and head.seq > named.get(head.device, 0)
            ),
            clock=clock,
            bodies=bodies,
            grants=grants,
        )
        spelled = pack(skeleton)
        signature = seal.ed25519_from_seed(identity.signing).sign(seal.context("segment", spelled))
        frame = pack(_Signed(spelled, signature))
        name = blob_name(self._office, skeleton.device, skeleton.seq)
        sealed = epoch.tag + seal.seal(epoch.header_key, seal.pad(frame), _aad(self._office, name))
        return Segment(skeleton, identity.member, seal.digest(frame)), Blob(SHELF, name, sealed)

    def append(self, segment: Segment) -> None:
        """Take in a segment that this process made itself, once it is in the store."""
        self._take(segment)

    def hear(self, received: Iterable[tuple[bytes, bytes]], epochs: Mapping[bytes, Epoch]) -> None:
        """Verify and take in (name, sealed) blobs; ``epochs`` by tag. All or none. Raises Damaged."""
        chains: dict[bytes, list[_Heard]] = {}
        for name, sealed in received:
            heard = self._opened(name, sealed, epochs)
            if self.knows(head_of(heard.segment)):
                continue  # heard again
            chains.setdefault(heard.segment.skeleton.device, []).append(heard)
        for device, chain in chains.items():
            chain.sort(key=lambda heard: heard.segment.skeleton.seq)
            self._check_chain(self.head(device), chain)
        self._check_deps(chains)
        news = [heard.segment for chain in chains.values() for heard in chain]
        for segment in sorted(news, key=in_time):
            self._take(segment)

    def _opened(self, name: bytes, sealed: bytes, epochs: Mapping[bytes, Epoch]) -> _Heard:
        epoch = epochs.get(sealed[:TAG_BYTES])
        if epoch is None:
            raise ChainBroken()
        frame = seal.unpad(seal.unseal(epoch.header_key, sealed[TAG_BYTES:], _aad(self._office, name)))
        signed = unpack(frame, _Signed)
        skeleton = unpack(signed.skeleton, Skeleton)
        device = epoch.device(skeleton.device)
        if device is None or (skeleton.office, skeleton.epoch) != (self._office, epoch.number):
            raise ChainBroken()
        if not (0 < skeleton.seq < 1 << 63 and 0 <= skeleton.clock < 1 << 63):
            raise ChainBroken()
        if name != blob_name(self._office, skeleton.device, skeleton.seq):
            raise ChainBroken()
        return _Heard(Segment(skeleton, device.member, seal.digest(frame)), signed, device.signing)

    def _check_chain(self, head: Head, chain: list[_Heard]) -> None:
        """Each follows the one before; the newest is signed by its device, and with it all of them."""
        for heard in chain:
            skeleton = heard.segment.skeleton
            if skeleton.seq <= head.seq:
                raise TwoHistories()
            if skeleton.seq != head.seq + 1 or skeleton.prev != head.hash:
                raise ChainBroken()
            head = head_of(heard.segment)
        newest = chain[-1]
        seal.verify(newest.signing, newest.signed.signature, seal.context("segment", newest.signed.skeleton))

    def _check_deps(self, chains: Mapping[bytes, list[_Heard]]) -> None:
        """What a device says it had seen of another is there: nothing was lost at the end of a chain."""
        for chain in chains.values():
            for heard in chain:
                for dep in heard.segment.skeleton.deps:
                    if not self.knows(dep) and not _is_in(dep, self.head(dep.device).seq, chains):
                        raise ChainBroken()

    def _take(self, segment: Segment) -> None:
        skeleton = segment.skeleton
        self.segments.append(segment)
        self._hashes.setdefault(skeleton.device, []).append(segment.hash)
        self.clock = max(self.clock, skeleton.clock)
        named = self._named.setdefault(skeleton.device, {})
        for dep in skeleton.deps:
            named[dep.device] = max(named.get(dep.device, 0), dep.seq)


def in_time(segment: Segment) -> tuple[int, bytes, int]:
    """The order of the log: by the hybrid clock, ties by device."""
    return segment.skeleton.clock, segment.skeleton.device, segment.skeleton.seq


def head_of(segment: Segment) -> Head:
    """The head of a chain that ends with this segment."""
    return Head(segment.skeleton.device, segment.skeleton.seq, segment.hash)


def _is_in(dep: Head, known: int, chains: Mapping[bytes, list[_Heard]]) -> bool:
    chain = chains.get(dep.device, [])
    place = dep.seq - known - 1
    return 0 <= place < len(chain) and chain[place].segment.hash == dep.hash


def _aad(office: bytes, name: bytes) -> bytes:
    return seal.context("segment", office, name)

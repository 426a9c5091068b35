"""The log: for each device a chain of signed segments, and what each device had seen of the others.

A segment is one act of writing. Its skeleton lists the bodies and grants by hash; they lie apart, so that one
can be deleted and the chain still verifies. The skeleton is signed once, then sealed under the header key of
its epoch.

Why one signature for each chain and reading is enough: a segment names the hash of the one before it, so the
signature on a device's newest segment covers all of its past. Someone who slips a segment of their own into
another's chain cannot make the owner's next segment name it.

What comes from elsewhere is ``examined`` first: a segment is accepted once everything that it builds on is
here; until then it waits, with the reason why. What can never be accepted is told apart by name.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import TAG_BYTES, Cut, Epoch
from kunak.vault.keys import Identity
from kunak.vault.late import Late
from kunak.vault.stores import Blob

SHELF = "segment"
NOTHING = bytes(32)  # what the first segment of a device names as the one before it
COUNTER_BITS = 16
TOLERANCE_MS = 24 * 60 * 60 * 1000  # how far ahead of this machine's clock a segment may be

ENTRY, ATTACHED = range(2)  # sorts of bodies
KEY, SHARE, RELEASE, PART, SUM = range(5)  # sorts of grants
SHREDDED, GONE, WITHDRAWN, ENDED, VOUCHED, SEEN = range(6)  # sorts of acts

# Why a segment waits.
GAP, UNKNOWN_EPOCH, AHEAD, INCOMPLETE, REMOVED, OTHER_HISTORY, FORGED = WAITING = (
    "gap", "unknown-epoch", "clock-ahead", "incomplete", "removed-device", "other-history", "forged",
)  # fmt: skip


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
    """A body, by the hash of its sealed bytes (its name on the shelf) and their length.

    ``sort``: ENTRY, or ATTACHED (a part of an attachment, which opens with a key that an entry tells).
    """

    dossier: bytes
    hash: bytes
    length: int
    sort: int = 0


class Grant(NamedTuple):
    """Something about a dossier that is wrapped to a device, by the hash of its sealed bytes.

    ``sort``: KEY (the dossier's key), SHARE (one share of it), RELEASE (a share lent for one opening), PART
    and SUM (what two holders pass on so that a newcomer gets a share; see ``replacing``).
    """

    dossier: bytes
    device: bytes
    sort: int
    x: int  # the place of the share it is about; 0 for a key
    hash: bytes


class Act(NamedTuple):
    """What is done besides writing into a dossier.

    ``sort``: SHREDDED (its bodies and keys are to be destroyed everywhere), GONE (the writing device has
    destroyed them), WITHDRAWN (the device ``what`` is to forget its key), ENDED (what was
    lent, its sealed bytes hashing to ``what``, is to be destroyed), VOUCHED (the writing member stands
    behind a root key or a role, marked ``what`` as in ``trust``; there is no dossier), SEEN
    (nothing but what deps say).
    """

    sort: int
    dossier: bytes
    what: bytes = b""


class Skeleton(NamedTuple):
    """What a device signs, together with the office's id."""

    epoch: bytes  # tag of the epoch
    device: bytes
    seq: int  # from 1
    prev: bytes  # hash of this device's segment before
    deps: tuple[Head, ...]  # heads of other devices, those that moved since prev
    clock: int  # hybrid: milliseconds since 1970 << 16 | counter
    bodies: tuple[Part, ...]
    grants: tuple[Grant, ...]
    acts: tuple[Act, ...]


class Signed(NamedTuple):
    """A skeleton's bytes and its device's signature: the frame that a segment's hash is over."""

    skeleton: bytes
    signature: bytes


class Segment(NamedTuple):
    """A segment whose place is known."""

    skeleton: Skeleton
    member: str
    hash: bytes


class Heard(NamedTuple):
    """An opened segment, not yet believed."""

    name: bytes
    segment: Segment
    signed: Signed
    signing: bytes  # the device's public key


class Examined(NamedTuple):
    """What became of the segments that were examined: taken, or (name, why) of those that wait."""

    accepted: tuple[Heard, ...]
    waiting: tuple[tuple[bytes, str], ...]


class Terms(NamedTuple):
    """What a segment is examined against. Without ``horizon`` and ``is_here`` these are not asked."""

    epochs: Mapping[bytes, Epoch]  # by tag
    cuts: Mapping[bytes, Cut]  # of removed devices
    belongs: Callable[[Skeleton], bool]  # whether its epoch counts
    is_stranger: Callable[[bytes], bool]  # whether a device is of no epoch that counts
    horizon: int | None = None  # clocks beyond it are from the future
    is_here: Callable[[Part | Grant], bool] | None = None  # whether what a segment names came with it


def blob_name(office: bytes, device: bytes, seq: int) -> bytes:
    """Where a segment lies: one place for one (device, seq), so that a store cannot take two."""
    return seal.digest(seal.then(_named(office, device), seq.to_bytes(8, "big")))


@lru_cache(maxsize=256)
def _named(office: bytes, device: bytes) -> bytes:
    return seal.context("segment/name", office, device)


def next_clock(latest: int, milliseconds: int) -> int:
    """The hybrid logical clock (Kulkarni et al. 2014): not behind the hour, and after all that was seen."""
    return max(milliseconds << COUNTER_BITS, latest + 1)


class Log:
    """All verified segments of an office, in the order of hearing, and what follows from them."""

    def __init__(self, office: bytes) -> None:
        self._office = office
        self.segments: Late[Segment] = Late()
        self.clock = 0
        self.bodies: dict[bytes, list[bytes]] = {}  # dossier -> names of its bodies
        self.granted: dict[bytes, dict[bytes, tuple[int, Grant]]] = {}  # dossier -> device -> (clock, grant)
        self.wrapped: dict[
            bytes, list[bytes]
        ] = {}  # dossier -> names of all grants that were ever made of it
        self.lent: dict[
            bytes, tuple[Segment, Grant]
        ] = {}  # releases, parts, sums, by the hash of their bytes
        self.dead_grants: dict[bytes, None] = {}  # names of grants whose bytes are to be destroyed
        self.shredded: dict[bytes, int] = {}  # dossier -> clock of its shredding
        self.gone: dict[bytes, set[bytes]] = {}  # shredded dossier -> devices that have destroyed it
        self._hashes: dict[bytes, list[bytes]] = {}  # device -> hash of each of its segments
        self._named: dict[bytes, dict[bytes, int]] = {}  # device -> the heads it has named so far
        self.founded: dict[bytes, tuple[int, str]] = {}  # dossier -> clock of its first grant, and whose
        self.vouched_by: dict[bytes, set[bytes]] = {}  # mark of what is vouched for -> devices that do
        self.last_epoch: dict[bytes, bytes] = {}  # device -> tag of the epoch of its newest segment
        self._clocks: dict[bytes, int] = {}
        self._begun: dict[bytes, int] = {}  # dossier -> clock of its first body
        self._withdrawn: dict[tuple[bytes, bytes], int] = {}
        self._given: dict[
            tuple[bytes, bytes], list[tuple[int, Grant]]
        ] = {}  # all that ``granted`` chooses from

    def head(self, device: bytes) -> Head:
        """Where a device's chain ends; seq 0 before its first segment."""
        hashes = self._hashes.get(device)
        return Head(device, len(hashes), hashes[-1]) if hashes else Head(device, 0, NOTHING)

    def head_at(self, device: bytes, seq: int) -> Head:
        """A segment of a device's chain, by its number."""
        return Head(device, seq, self._hashes[device][seq - 1])

    def seen_by(self, device: bytes) -> Mapping[bytes, int]:
        """How far a device had seen the other chains when it last wrote, by device."""
        return self._named.get(device, {})

    def heads(self) -> tuple[Head, ...]:
        """Where each chain ends."""
        return tuple(self.head(device) for device in self._hashes)

    def knows(self, head: Head) -> bool:
        """Whether this very segment is in the log."""
        hashes = self._hashes.get(head.device, [])
        return 0 < head.seq <= len(hashes) and hashes[head.seq - 1] == head.hash

    def last_heard(self, device: bytes) -> int:
        """The clock of a device's newest segment; 0 if it has written none."""
        return self._clocks.get(device, 0)

    def begun_at(self, dossier: bytes) -> float | None:
        """When a dossier's first entry was written, in seconds since 1970 by its writer's clock."""
        clock = self._begun.get(dossier)
        return None if clock is None else (clock >> COUNTER_BITS) / 1000

    def is_withdrawn(self, dossier: bytes, device: bytes) -> bool:
        """Whether a device was told to forget a dossier's key."""
        return (dossier, device) in self._withdrawn

    def withdrawn_at(self, dossier: bytes, device: bytes) -> int:
        """The clock at which a device was last told to forget a dossier's key; 0 if it never was."""
        return self._withdrawn.get((dossier, device), 0)

    def holders(self, dossier: bytes) -> frozenset[bytes]:
        """The devices that hold a dossier's key, or a share of it."""
        return frozenset(self.granted.get(dossier, ()))

    def compose(
        self,
        identity: Identity,
        epoch: Epoch,
        clock: int,
        *,
        bodies: tuple[Part, ...] = (),
        grants: tuple[Grant, ...] = (),
        acts: tuple[Act, ...] = (),
    ) -> tuple[Segment, Blob]:
        """The next segment of this device, signed and sealed. Not in the log until ``append``."""
        before, named = self.head(identity.device), self._named.get(identity.device, {})
        skeleton = Skeleton(
            epoch=epoch.tag,
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
            acts=acts,
        )
        spelled = pack(skeleton)
        signature = seal.ed25519_from_seed(identity.signing).sign(_statement(self._office, spelled))
        frame = pack(Signed(spelled, signature))
        blob = seal_frame(self._office, epoch, skeleton.device, skeleton.seq, frame)
        return Segment(skeleton, identity.member, seal.digest(frame)), blob

    def append(self, segment: Segment) -> None:
        """Take in a segment that this process made itself, once it is in the store."""
        self._take(segment)

    def things_of(self, dossiers: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
        """The names of all bodies of these dossiers, and of all grants that were ever made of them."""
        wanted = tuple(dossiers)
        return (
            [name for dossier in wanted for name in self.bodies.get(dossier, ())],
            [name for dossier in wanted for name in self.wrapped.get(dossier, ())],
        )

    def dead(self) -> tuple[list[bytes], list[bytes]]:
        """The names of the bodies and of the grants that may lie nowhere any more."""
        bodies, grants = self.things_of(self.shredded)
        return bodies, [*grants, *self.dead_grants]

    def hear(self, received: Iterable[tuple[bytes, bytes]], terms: Terms) -> None:
        """Take in what lies on this machine's own segment shelf. All or none. Raises Damaged."""
        opened = [open_segment(self._office, name, sealed, terms.epochs) for name, sealed in received]
        examined = self.examine(opened, terms)
        whys = {why for _, why in examined.waiting}
        if FORGED in whys:
            raise seal.NotSigned()
        if whys:
            raise TwoHistories() if OTHER_HISTORY in whys else ChainBroken()
        self.take(examined.accepted)

    def take(self, accepted: Iterable[Heard]) -> None:
        """Take in what ``examine`` accepted."""
        for heard in accepted:
            self._take(heard.segment)

    def examine(self, opened: Iterable[Heard], terms: Terms) -> Examined:
        """Which of these may be taken now, in their order; and why the others wait."""
        waiting: dict[bytes, str] = {}
        candidates: list[Heard] = []
        for device, chain in self._chains(opened).items():
            run = self._linked(self.head(device), chain, waiting)
            while run and not self._is_signed(run[-1]):
                waiting[run.pop().name] = FORGED
            candidates += run
        accepted = self._in_turn(sorted(candidates, key=lambda one: in_time(one.segment)), terms, waiting)
        return Examined(tuple(accepted), tuple(waiting.items()))

    def _chains(self, opened: Iterable[Heard]) -> dict[bytes, list[Heard]]:
        chains: dict[bytes, list[Heard]] = {}
        for heard in opened:
            if not self._hashes or not self.knows(head_of(heard.segment)):
                chains.setdefault(heard.segment.skeleton.device, []).append(heard)
        for chain in chains.values():
            chain.sort(key=lambda heard: heard.segment.skeleton.seq)
        return chains

    def _is_signed(self, heard: Heard) -> bool:
        try:
            seal.verify(
                heard.signing, heard.signed.signature, _statement(self._office, heard.signed.skeleton)
            )
        except seal.NotSigned:
            return False
        return True

    def _linked(self, head: Head, chain: list[Heard], waiting: dict[bytes, str]) -> list[Heard]:
        """The part of a chain that goes on from its head without a gap."""
        run: list[Heard] = []
        _, seq, prev = head
        clock = self._clocks.get(head.device, -1)
        for heard in chain:
            skeleton = heard.segment.skeleton
            if skeleton.seq <= seq or (skeleton.seq == seq + 1 and skeleton.prev != prev):
                # Only the device itself can have another history: what another slipped in is no such thing.
                waiting[heard.name] = OTHER_HISTORY if self._is_signed(heard) else FORGED
            elif skeleton.seq != seq + 1:
                waiting[heard.name] = GAP
            elif skeleton.clock <= clock:
                waiting[heard.name] = FORGED  # no program of ours writes before what it has written
            else:
                seq, prev, clock = skeleton.seq, heard.segment.hash, skeleton.clock
                run.append(heard)
        return run

    def _in_turn(self, candidates: list[Heard], terms: Terms, waiting: dict[bytes, str]) -> list[Heard]:
        acting = [heard for heard in candidates if heard.segment.skeleton.acts]
        while True:
            accepted: list[Heard] = []
            whys: dict[bytes, str] = {}
            turn = _Turn(self, terms, acting)
            left, before = candidates, len(candidates) + 1
            # Again for those that came before what they build on: a clock that was set back by hand.
            while left and len(left) < before:
                before, left = (
                    len(left),
                    [heard for heard in left if self._is_left(heard, turn, accepted, whys)],
                )
            # What destroys something and must wait itself excuses nobody from having it.
            if not any(heard.name in whys for heard in acting):
                waiting.update(whys)
                return accepted
            acting = [heard for heard in acting if heard.name not in whys]

    @staticmethod
    def _is_left(heard: Heard, turn: "_Turn", accepted: list[Heard], whys: dict[bytes, str]) -> bool:
        """Try one in its turn; returns whether it lacks something that may come in the next pass."""
        why = turn.why_not(heard.segment)
        if why is None:
            whys.pop(heard.name, None)
            accepted.append(heard)
            turn.taken(heard.segment)
        else:
            whys[heard.name] = why
        return why == GAP

    def _take(self, segment: Segment) -> None:
        skeleton = segment.skeleton
        self.segments.append(segment)
        self._hashes.setdefault(skeleton.device, []).append(segment.hash)
        self.clock = max(self.clock, skeleton.clock)
        self._clocks[skeleton.device] = skeleton.clock
        self.last_epoch[skeleton.device] = skeleton.epoch
        named = self._named.setdefault(skeleton.device, {})
        for dep in skeleton.deps:
            named[dep.device] = max(named.get(dep.device, 0), dep.seq)
        for part in skeleton.bodies:
            if skeleton.clock < self._begun.get(part.dossier, skeleton.clock + 1):
                self._begun[part.dossier] = skeleton.clock
            self.bodies.setdefault(part.dossier, []).append(part.hash)
        for given in skeleton.grants:
            self.wrapped.setdefault(given.dossier, []).append(given.hash)
            if given.sort in (KEY, SHARE):
                self._found(given.dossier, skeleton.clock, segment.member)
                self._grant(given, skeleton.clock)
            elif given.hash not in self.dead_grants:
                self.lent[given.hash] = segment, given
        for act in skeleton.acts:
            self._act(act, skeleton, segment.member)

    def _found(self, dossier: bytes, clock: int, member: str) -> None:
        """Note who granted a dossier first: its founder made the key, and may have kept it."""
        self.founded[dossier] = min(self.founded.get(dossier, (clock, member)), (clock, member))

    def _grant(self, given: Grant, clock: int) -> None:
        """The first grant to a device counts, and none from before it was withdrawn: in any order of hearing.

        Nor does one that was withdrawn and is only repeated: its bytes are to be destroyed.
        """
        place = given.dossier, given.device
        if clock < self._withdrawn.get(place, 0):
            self.dead_grants[given.hash] = None
        self._given.setdefault(place, []).append((clock, given))
        self._choose(place)

    def _choose(self, place: tuple[bytes, bytes]) -> None:
        dossier, device = place
        living = [one for one in self._given.get(place, ()) if one[1].hash not in self.dead_grants]
        self._given[place] = living
        devices = self.granted.setdefault(dossier, {})
        if living:
            devices[device] = self.first_of(living)
        else:
            devices.pop(device, None)

    @staticmethod
    def first_of(grants: list[tuple[int, Grant]]) -> tuple[int, Grant]:
        """The grant that counts among those that stand, each with its clock."""
        return min(grants, key=lambda one: (one[0], one[1].hash))

    def _act(self, act: Act, skeleton: Skeleton, member: str) -> None:
        if act.sort == SHREDDED:
            self.shredded[act.dossier] = max(skeleton.clock, self.shredded.get(act.dossier, 0))
            self.gone.setdefault(act.dossier, set()).add(skeleton.device)
        elif act.sort == GONE:
            # Whoever has destroyed it says so for ever, even if the word on which they did counts no more.
            self.shredded.setdefault(act.dossier, skeleton.clock)
            self.gone.setdefault(act.dossier, set()).add(skeleton.device)
        elif act.sort == WITHDRAWN:
            self._withdraw(act, skeleton.clock)
        elif act.sort == ENDED:
            # Of what was lent only: nobody ends a colleague's key. Who ends something has seen it, so have we.
            if self.lent.pop(act.what, None) is not None:
                self.dead_grants[act.what] = None
        elif act.sort == VOUCHED:
            self.vouched_by.setdefault(act.what, set()).add(skeleton.device)

    def _withdraw(self, act: Act, clock: int) -> None:
        place = act.dossier, act.what
        self._withdrawn[place] = max(clock, self._withdrawn.get(place, 0))
        for given_at, given in self._given.get(place, ()):
            if given_at < clock:
                self.dead_grants[given.hash] = None
        self._choose(place)


class _Turn:
    """One pass over candidates in the order of their clocks: is all here that each builds on?

    What later ones among them say was shredded or withdrawn need not be here: elsewhere it is gone already.
    """

    def __init__(self, log: Log, terms: Terms, acting: Iterable[Heard]) -> None:
        self._log, self._terms = log, terms
        self._reached: dict[bytes, int] = {}
        self._taken: dict[tuple[bytes, int], bytes] = {}  # (device, seq) -> hash
        self._gone = set(log.shredded)
        self._withdrawn: dict[tuple[bytes, bytes], int] = {}
        for skeleton in (heard.segment.skeleton for heard in acting):
            for act in skeleton.acts:
                self._hear(act, skeleton.clock)

    def _hear(self, act: Act, clock: int) -> None:
        if act.sort in (SHREDDED, GONE):
            self._gone.add(act.dossier)
        elif act.sort == WITHDRAWN:
            place = act.dossier, act.what
            self._withdrawn[place] = max(clock, self._withdrawn.get(place, 0))

    def taken(self, segment: Segment) -> None:
        """Later ones may build on this one."""
        skeleton = segment.skeleton
        self._reached[skeleton.device] = skeleton.seq
        self._taken[skeleton.device, skeleton.seq] = segment.hash

    def why_not(self, segment: Segment) -> str | None:
        """Why a segment cannot be taken now, or None."""
        skeleton = segment.skeleton
        if self._terms.cuts and self._is_cut(head_of(segment)):
            return REMOVED
        if not self._terms.belongs(skeleton):
            return UNKNOWN_EPOCH
        if self._terms.horizon is not None and skeleton.clock > self._terms.horizon:
            return AHEAD
        unknown = [dep for dep in skeleton.deps if not self._is_known(dep)]
        if any(map(self._differs, unknown)):
            return OTHER_HISTORY
        if not self._follows(skeleton) or not all(map(self._is_excused, unknown)):
            return GAP
        return None if self._is_whole(skeleton) else INCOMPLETE

    def _follows(self, skeleton: Skeleton) -> bool:
        reached = self._reached.get(skeleton.device)
        if reached is None:
            reached = self._log.head(skeleton.device).seq
        return skeleton.seq == reached + 1

    def _is_known(self, head: Head) -> bool:
        return self._taken.get((head.device, head.seq)) == head.hash or self._log.knows(head)

    def _differs(self, dep: Head) -> bool:
        """Whether the writer of one that is not known saw another history of a device than this one."""
        there = 0 < dep.seq <= self._log.head(dep.device).seq or (dep.device, dep.seq) in self._taken
        return there and not self._is_excused(dep)

    def _is_cut(self, head: Head) -> bool:
        """Whether it lies beyond what counts of a removed device."""
        cut = self._terms.cuts.get(head.device)
        return cut is not None and (head.seq > cut.seq or (head.seq == cut.seq and head.hash != cut.hash))

    def _is_excused(self, head: Head) -> bool:
        """Whether nobody needs to have it: of a removed device, or of one that stands in no epoch that counts."""
        return self._is_cut(head) or self._terms.is_stranger(head.device)

    def _is_whole(self, skeleton: Skeleton) -> bool:
        is_here = self._terms.is_here
        if is_here is None:
            return True
        named: list[Part | Grant] = [part for part in skeleton.bodies if part.dossier not in self._gone]
        named += [given for given in skeleton.grants if self._is_needed(given, skeleton.clock)]
        return all(map(is_here, named))

    def _is_needed(self, given: Grant, clock: int) -> bool:
        if (
            given.sort not in (KEY, SHARE)
            or given.dossier in self._gone
            or given.hash in self._log.dead_grants
        ):
            return False
        place = given.dossier, given.device
        return clock >= max(self._withdrawn.get(place, 0), self._log.withdrawn_at(*place))


def in_time(segment: Segment) -> tuple[int, bytes, int]:
    """The order of the log: by the hybrid clock, ties by device."""
    return segment.skeleton.clock, segment.skeleton.device, segment.skeleton.seq


def head_of(segment: Segment) -> Head:
    """The head of a chain that ends with this segment."""
    return Head(segment.skeleton.device, segment.skeleton.seq, segment.hash)


def seal_frame(office: bytes, epoch: Epoch, device: bytes, seq: int, frame: bytes) -> Blob:
    """A segment's blob from its frame."""
    name = blob_name(office, device, seq)
    return Blob(SHELF, name, epoch.tag + seal.seal(epoch.header_key, seal.pad(frame), _aad(office, name)))


def open_frame(office: bytes, name: bytes, sealed: bytes, epoch: Epoch) -> bytes:
    """The frame in a segment's blob. Raises Damaged."""
    return seal.unpad(_opener(office, epoch.header_key).open(sealed[TAG_BYTES:], name))


@lru_cache(maxsize=64)
def _opener(office: bytes, header_key: bytes) -> seal.Opener:
    return seal.Opener(header_key, _sealed_for(office))


def open_segment(office: bytes, name: bytes, sealed: bytes, epochs: Mapping[bytes, Epoch]) -> Heard:
    """A segment's blob, opened but not yet believed. Raises Damaged; ChainBroken for an unknown epoch."""
    epoch = epochs.get(sealed[:TAG_BYTES])
    if epoch is None:
        raise ChainBroken()
    frame = open_frame(office, name, sealed, epoch)
    signed = unpack(frame, Signed)
    skeleton = unpack(signed.skeleton, Skeleton)
    device = epoch.device(skeleton.device)
    if device is None or skeleton.epoch != epoch.tag:
        raise ChainBroken()
    if not (0 < skeleton.seq < 1 << 63 and 0 <= skeleton.clock < 1 << 63):
        raise ChainBroken()
    if name != blob_name(office, skeleton.device, skeleton.seq):
        raise ChainBroken()
    return Heard(name, Segment(skeleton, device.member, seal.digest(frame)), signed, device.signing)


def _statement(office: bytes, spelled: bytes) -> bytes:
    return seal.context("segment", office, spelled)


def _aad(office: bytes, name: bytes) -> bytes:
    return seal.then(_sealed_for(office), name)


@lru_cache(maxsize=16)
def _sealed_for(office: bytes) -> bytes:
    return seal.context("segment", office)

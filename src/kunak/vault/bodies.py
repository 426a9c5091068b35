"""Bodies: what was written, each sealed for its one place in the log and opened only there."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from struct import Struct
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import roles, seal, trust
from kunak.vault.dossiers import (
    Dossier,
    Granting,
    KeyRing,
    entry_key,
    grant,
    grant_shares,
    new_dossier,
)
from kunak.vault.epochs import Epoch
from kunak.vault.keys import Identity
from kunak.vault.log import ATTACHED, ENTRY, Act, Part, Segment, next_clock
from kunak.vault.office import Office
from kunak.vault.stores import Blob

SHELF = "body"
_AT_ONCE = 2000
_MANY = 4000  # segments
_MOST_PASSED = 16 << 20  # bytes that are passed by and kept for later
_NUMBERS = Struct(">QQ")


class BodyMissing(Damaged):
    """A record is listed in this office's history, but it is not there, or is another one."""

    code = "body-missing"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class Item(NamedTuple):
    """Something to write: an encoded entry, and the dossier it belongs to."""

    subject: str
    compartment: str
    body: bytes
    readers: tuple[str, ...] | None = None  # who is named, where a compartment is read by name
    parts: tuple[Blob, ...] = ()  # of attachments whose keys are in the body


class Opened(NamedTuple):
    """Something that was written, verified and unsealed."""

    subject: str
    compartment: str
    member: str  # whose key signed it
    body: bytes
    device: bytes = b""  # which signed it


class Writer(NamedTuple):
    """Whose device signed something."""

    member: str
    device: bytes


class Writing(NamedTuple):
    """All that one act of writing puts into the store."""

    segment: Segment
    segment_blob: Blob
    blobs: tuple[Blob, ...]  # segment_blob among them
    mine: tuple[Dossier, ...]  # dossiers that it founds and its writer can read


class _Destination(NamedTuple):
    dossier: Dossier
    is_new: bool


def prepare(
    office: Office,
    identity: Identity,
    ring: KeyRing,
    items: Sequence[Item],
    milliseconds: int,
    *,
    granting: Sequence[Granting] = (),
    acts: Sequence[Act] = (),
) -> Writing:
    """The next segment of this device: a sealed body for each item, grants of the dossiers it founds, and
    whatever else is to be granted or done in the same act."""
    epoch, seq = office.epoch, office.log.head(identity.device).seq + 1
    destinations = _destinations(items, ring, office, identity)
    new = {to.dossier.id: to.dossier for to in destinations if to.is_new}.values()
    granted = [*(made for dossier in new for made in _granted(office, dossier)), *granting]
    bodies = []
    for place, (item, to) in enumerate(zip(items, destinations, strict=True)):
        aad = _aad(office.id, to.dossier.id, epoch.tag, identity.device, seq, place)
        sealed = seal.seal(_key(ring, to.dossier, epoch), seal.pad(item.body), aad)
        bodies.append(Blob(SHELF, seal.digest(sealed), sealed))
    parts = [
        Part(to.dossier.id, body.name, len(body.sealed), ENTRY)
        for to, body in zip(destinations, bodies, strict=True)
    ]
    attached = [
        (to.dossier.id, blob) for item, to in zip(items, destinations, strict=True) for blob in item.parts
    ]
    parts += [Part(dossier, blob.name, len(blob.sealed), ATTACHED) for dossier, blob in attached]
    segment, blob = office.log.compose(
        identity,
        epoch,
        next_clock(office.log.clock, milliseconds),
        bodies=tuple(parts),
        grants=tuple(given for given, _ in granted),
        acts=tuple(acts),
    )
    mine = {given.dossier for given, _ in granted if given.device == identity.device}
    return Writing(
        segment,
        blob,
        (
            *(sealed for _, sealed in granted),
            *(part for _, part in attached),
            *bodies,
            blob,
            office.tip(segment),
        ),
        tuple(dossier for dossier in new if dossier.id in mine and not roles.is_quorum(dossier.compartment)),
    )


def open_bodies(
    office: Office, ring: KeyRing, segments: Sequence[Segment], unread: dict[bytes, Writer]
) -> Iterator[Opened]:
    """All bodies of these segments that this ring can read, in their order. Raises Damaged.

    What lies here as it was signed and does not open all the same goes into ``unread``, by its place in the log:
    whoever wrote it must not keep the others from reading.
    """
    shredded = office.log.shredded
    sought = (
        (segment, place, dossier)
        for segment in segments
        for place, part in enumerate(segment.skeleton.bodies)
        if part.sort == ENTRY
        if (dossier := ring.get(part.dossier)) is not None and part.dossier not in shredded
    )
    openers: dict[tuple[bytes, bytes], seal.Opener] = {}
    in_row = _InRow(office, segments)
    while some := list(islice(sought, _AT_ONCE)):
        found = in_row.found([one.skeleton.bodies[at].hash for one, at, _ in some])
        for segment, at, dossier in some:
            skeleton = segment.skeleton
            place = dossier.id, skeleton.epoch
            opener = openers.get(place)
            if opener is None:
                key = ring.entry_key(dossier, office.epoch_of(segment))
                opener = openers[place] = seal.Opener(key, _written_into(office.id, *place))
            yield from _open(opener, segment, at, dossier, found.get(skeleton.bodies[at].hash), unread)


class _InRow:
    """Looks bodies up; where many are asked for, about in the order in which they lie, it reads along the shelf."""

    def __init__(self, office: Office, segments: Sequence[Segment]) -> None:
        self._store = office.store
        attached = sum(
            part.length for one in segments for part in one.skeleton.bodies if part.sort == ATTACHED
        )
        reads_along = len(segments) >= _MANY and attached < _MOST_PASSED
        self._coming = office.store.since(SHELF) if reads_along else None
        self._passed: dict[bytes, bytes] = {}
        self._size = 0

    def found(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        """Those of the names that are there."""
        if self._coming is None:
            return dict(self._store.fetch(SHELF, names))
        wanted = {name for name in names if name not in self._passed}
        while wanted and self._size < _MOST_PASSED:
            ahead = next(self._coming, None)
            if ahead is None:
                break
            _, name, sealed = ahead
            self._passed[name] = sealed
            self._size += len(sealed)
            wanted.discard(name)
        found = {name: self._passed.pop(name) for name in names if name in self._passed}
        self._size -= sum(map(len, found.values()))
        if wanted:  # they lie far from each other, or were replaced meanwhile
            found.update(self._store.fetch(SHELF, wanted))
        return found


def open_briefly(
    office: Office, dossiers: Mapping[bytes, Dossier], unread: dict[bytes, Writer]
) -> Iterator[Opened]:
    """All bodies of some dossiers whose keys are at hand for a moment and not in the ring; ``unread`` as above.

    Raises Damaged.
    """
    sought = [
        (segment, at, dossiers[part.dossier])
        for segment in office.log.segments
        for at, part in enumerate(segment.skeleton.bodies)
        if part.dossier in dossiers and part.sort == ENTRY
    ]
    found = dict(office.store.fetch(SHELF, (one.skeleton.bodies[at].hash for one, at, _ in sought)))
    for segment, at, dossier in sought:
        skeleton = segment.skeleton
        key = entry_key(dossier, office.epoch_of(segment))
        opener = seal.Opener(key, _written_into(office.id, dossier.id, skeleton.epoch))
        yield from _open(opener, segment, at, dossier, found.get(skeleton.bodies[at].hash), unread)


def _open(
    opener: seal.Opener,
    segment: Segment,
    place: int,
    dossier: Dossier,
    sealed: bytes | None,
    unread: dict[bytes, Writer],
) -> Iterator[Opened]:
    part, skeleton = segment.skeleton.bodies[place], segment.skeleton
    if sealed is None or seal.digest(sealed) != part.hash:
        raise BodyMissing()
    where = _NUMBERS.pack(skeleton.seq, place)
    try:
        if len(sealed) != part.length:
            raise seal.NotOpened()
        body = seal.unpad(opener.open(sealed, skeleton.device, where))
    except (
        Damaged
    ):  # these are the bytes that were signed: the store is whole, and the writer's program is not
        unread[skeleton.device + where] = Writer(segment.member, skeleton.device)
        return
    yield Opened(dossier.subject, dossier.compartment, segment.member, body, skeleton.device)


def _destinations(
    items: Sequence[Item], ring: KeyRing, office: Office, identity: Identity
) -> list[_Destination]:
    """The dossier of each item: the one at hand if those who hold it are those who may, else a new one."""
    made: dict[tuple[str, str], _Destination] = {}
    for subject, compartment, _, named, _ in items:
        if compartment not in roles.COMPARTMENTS:
            raise ValueError("no such compartment")
        if (subject, compartment) not in made:
            made[subject, compartment] = _destination(subject, compartment, named, ring, office, identity)
    return [made[item.subject, item.compartment] for item in items]


def _destination(
    subject: str,
    compartment: str,
    named: tuple[str, ...] | None,
    ring: KeyRing,
    office: Office,
    identity: Identity,
) -> _Destination:
    known = ring.about(subject, compartment)
    wanted = roles.readers(
        compartment,
        subject,
        trust.trusted(office, compartment),
        named if named is not None else (known.readers if known else ()),
        identity.member,
    )
    if known is not None and _is_theirs(office, known.id, wanted):
        return _Destination(known, False)
    generation = known.generation + 1 if known else 0
    return _Destination(new_dossier(subject, compartment, wanted, generation), True)


def _is_theirs(office: Office, dossier: bytes, readers: Sequence[str]) -> bool:
    """Whether nobody but these can have its key: not its holders, nor its founder, who made it.

    Anybody can grant a dossier about any code. Were it written into all the same, who planted it would read.
    """
    _, founder = office.log.founded.get(dossier, (0, ""))
    return founder in readers and office.members_holding(dossier) <= set(readers)


def _key(ring: KeyRing, dossier: Dossier, epoch: Epoch) -> bytes:
    """The key of an entry. Nothing remembers it where this hand may write and not read."""
    return ring.entry_key(dossier, epoch) if dossier.id in ring else entry_key(dossier, epoch)


def _granted(office: Office, dossier: Dossier) -> Iterator[Granting]:
    if roles.is_quorum(dossier.compartment):
        theirs = [(one, trust.devices(office, (one,), dossier.compartment)) for one in dossier.readers]
        return grant_shares(office.id, dossier, theirs)
    return grant(office.id, dossier, trust.devices(office, dossier.readers, dossier.compartment))


def _aad(office: bytes, dossier: bytes, epoch: bytes, device: bytes, seq: int, place: int) -> bytes:
    """What binds a body to its place."""
    return seal.then(_written_into(office, dossier, epoch), device, _NUMBERS.pack(seq, place))


def _written_into(office: bytes, dossier: bytes, epoch: bytes) -> bytes:
    return seal.context("body", office, dossier, epoch)

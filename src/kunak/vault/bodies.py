"""Bodies: what was written, each sealed for its one place in the log and opened only there."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from struct import Struct
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.dossiers import Dossier, KeyRing, grant, new_dossier
from kunak.vault.epochs import Device, Epoch
from kunak.vault.keys import Identity
from kunak.vault.log import Part, Segment, next_clock
from kunak.vault.office import Office
from kunak.vault.stores import Blob

SHELF = "body"
COMPARTMENTS = frozenset({"index", "work", "contact", "identity", "place", "evidence", "staff", "numbers"})
_AT_ONCE = 500
_NUMBERS = Struct(">QQQ")


class BodyMissing(Damaged):
    """A record is listed in this office's history, but it is not there, or is another one."""

    code = "body-missing"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class Item(NamedTuple):
    """Something to write: an encoded entry, and the dossier it belongs to."""

    subject: str
    compartment: str
    body: bytes
    readers: tuple[str, ...] | None = None  # member codes, if the dossier is new; None: all members


class Opened(NamedTuple):
    """Something that was written, verified and unsealed."""

    subject: str
    compartment: str
    member: str  # whose key signed it
    body: bytes


class Writing(NamedTuple):
    """All that one act of writing puts into the store."""

    segment: Segment
    segment_blob: Blob
    blobs: tuple[Blob, ...]  # segment_blob among them
    mine: tuple[Dossier, ...]  # dossiers that it founds and its writer can read


class _Destination(NamedTuple):
    dossier: Dossier
    new_for: tuple[Device, ...]  # empty if the dossier existed


class _Sought(NamedTuple):
    segment: Segment
    place: int
    dossier: Dossier

    @property
    def part(self) -> Part:
        return self.segment.skeleton.bodies[self.place]


def prepare(
    office: Office, identity: Identity, ring: KeyRing, items: Sequence[Item], milliseconds: int
) -> Writing:
    """The next segment of this device, a sealed body for each item, grants of the dossiers it founds."""
    epoch, seq = office.epoch, office.log.head(identity.device).seq + 1
    destinations = _destinations(items, ring, epoch)
    new = {to.dossier.id: to for to in destinations if to.new_for}.values()
    granted = [made for to in new for made in grant(office.id, to.dossier, to.new_for)]
    bodies = []
    for place, (item, to) in enumerate(zip(items, destinations, strict=True)):
        aad = _aad(office.id, to.dossier.id, epoch.number, identity.device, seq, place)
        sealed = seal.seal(ring.entry_key(to.dossier, epoch), seal.pad(item.body), aad)
        bodies.append(Blob(SHELF, seal.digest(sealed), sealed))
    parts = (
        Part(to.dossier.id, body.name, len(body.sealed))
        for to, body in zip(destinations, bodies, strict=True)
    )
    segment, blob = office.log.compose(
        identity,
        epoch,
        next_clock(office.log.clock, milliseconds),
        tuple(parts),
        tuple(given for given, _ in granted),
    )
    mine = tuple(to.dossier for to in new if identity.device in {device.id for device in to.new_for})
    return Writing(
        segment, blob, (*(sealed for _, sealed in granted), *bodies, blob, office.tip(segment)), mine
    )


def open_bodies(office: Office, ring: KeyRing, segments: Iterable[Segment]) -> Iterator[Opened]:
    """All bodies of these segments that this ring can read, in their order. Raises Damaged."""
    sought = (
        _Sought(segment, place, dossier)
        for segment in segments
        for place, part in enumerate(segment.skeleton.bodies)
        if (dossier := ring.get(part.dossier)) is not None
    )
    while some := list(islice(sought, _AT_ONCE)):
        found = dict(office.store.fetch(SHELF, (one.part.hash for one in some)))
        for one in some:
            yield _open(office, ring, one, found.get(one.part.hash))


def _open(office: Office, ring: KeyRing, one: _Sought, sealed: bytes | None) -> Opened:
    skeleton, part, dossier = one.segment.skeleton, one.part, one.dossier
    if sealed is None or len(sealed) != part.length or seal.digest(sealed) != part.hash:
        raise BodyMissing()
    key = ring.entry_key(dossier, office.epoch_of(one.segment))
    aad = _aad(office.id, dossier.id, skeleton.epoch, skeleton.device, skeleton.seq, one.place)
    body = seal.unpad(seal.unseal(key, sealed, aad))
    return Opened(dossier.subject, dossier.compartment, one.segment.member, body)


def _destinations(items: Sequence[Item], ring: KeyRing, epoch: Epoch) -> list[_Destination]:
    """The dossier of each item, made where this hand can read none."""
    made: dict[tuple[str, str], _Destination] = {}
    for subject, compartment, _, readers in items:
        if compartment not in COMPARTMENTS:
            raise ValueError("no such compartment")
        if (subject, compartment) not in made:
            known = ring.about(subject, compartment)
            made[subject, compartment] = (
                _Destination(known, ())
                if known
                else _Destination(new_dossier(subject, compartment), _devices_of(readers, epoch))
            )
    return [made[item.subject, item.compartment] for item in items]


def _devices_of(readers: tuple[str, ...] | None, epoch: Epoch) -> tuple[Device, ...]:
    devices = tuple(
        device for device in epoch.document.devices if readers is None or device.member in readers
    )
    if not devices:
        raise ValueError("a dossier needs a reader")
    return devices


def _aad(office: bytes, dossier: bytes, epoch: int, device: bytes, seq: int, place: int) -> bytes:
    """What binds a body to its place."""
    return seal.context("body", office, dossier, device, _NUMBERS.pack(epoch, seq, place))

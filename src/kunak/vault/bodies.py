"""Bodies: what was written, each sealed for its one place in the log and opened only there."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.dossiers import Dossier, KeyRing
from kunak.vault.log import Segment
from kunak.vault.office import Office
from kunak.vault.stores import Blob

SHELF = "body"
_AT_ONCE = 500


class BodyMissing(Damaged):
    """A record is listed in this office's history, but it is not there, or is another one."""

    code = "body-missing"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class Opened(NamedTuple):
    """Something that was written, verified and unsealed."""

    subject: str
    compartment: str
    member: str  # whose key signed it
    body: bytes


class _Sought(NamedTuple):
    segment: Segment
    place: int
    dossier: Dossier


def seal_body(key: bytes, body: bytes, aad: bytes) -> Blob:
    """A body as a blob, named by the hash of its sealed bytes."""
    sealed = seal.seal(key, seal.pad(body), aad)
    return Blob(SHELF, seal.digest(sealed), sealed)


def body_aad(office: bytes, dossier: bytes, epoch: int, device: bytes, seq: int, place: int) -> bytes:
    """What binds a body to its place: office, dossier, epoch, device, seq, and its place in the segment."""
    numbers = epoch.to_bytes(8, "big"), seq.to_bytes(8, "big"), place.to_bytes(8, "big")
    return seal.context("body", office, dossier, numbers[0], device, numbers[1], numbers[2])


def open_bodies(office: Office, ring: KeyRing, segments: Iterable[Segment]) -> Iterator[Opened]:
    """All bodies of these segments that this ring can read, in their order. Raises Damaged."""
    sought = (
        _Sought(segment, place, dossier)
        for segment in segments
        for place, part in enumerate(segment.skeleton.bodies)
        if (dossier := ring.get(part.dossier)) is not None
    )
    while some := list(islice(sought, _AT_ONCE)):
        found = dict(office.store.fetch(SHELF, (_part_hash(one) for one in some)))
        for one in some:
            yield _open(office, ring, one, found.get(_part_hash(one)))


def _part_hash(one: _Sought) -> bytes:
    return one.segment.skeleton.bodies[one.place].hash


def _open(office: Office, ring: KeyRing, one: _Sought, sealed: bytes | None) -> Opened:
    skeleton = one.segment.skeleton
    part = skeleton.bodies[one.place]
    if sealed is None or len(sealed) != part.length or seal.digest(sealed) != part.hash:
        raise BodyMissing()
    key = ring.entry_key(one.dossier, office.epoch_of(one.segment))
    aad = body_aad(office.id, one.dossier.id, skeleton.epoch, skeleton.device, skeleton.seq, one.place)
    body = seal.unpad(seal.unseal(key, sealed, aad))
    return Opened(one.dossier.subject, one.dossier.compartment, one.segment.member, body)

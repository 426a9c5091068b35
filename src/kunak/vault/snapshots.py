"""Snapshots: what an unlocking verified and read, sealed under this hand's own key, so that the next one is quick.

A snapshot is a cache. It opens for one device and one member alone, and counts only while everything that it
rests on is as it was: the same epochs, each chain on the store still holding the very segment at which the
snapshot's chain ended, the same place in the store, every key by which its contents were read still in the
ring, the same program. What was written since is verified and read as ever. One that does not count, or was
changed by so much as a byte, is destroyed, and everything is read from the log; nobody sees an error.

So that nothing shredded stays in one, those of all who work on this machine are destroyed in the same commit
that says what is shredded or whose key is withdrawn, and as soon as somebody else's word of it is heard.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from kunak.errors import Damaged, KunakError
from kunak.fold import bulk
from kunak.vault import folded, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.dossiers import KeyRing
from kunak.vault.folded import Snapshot
from kunak.vault.keys import Unlocked
from kunak.vault.log import SHELF, ChainBroken, Segment, blob_name, head_of, open_segment
from kunak.vault.office import Office, admit, open_office
from kunak.vault.stores import Blob, Store

SHELF_HERE = "local"
MOST_SLICES = 128  # half a million segments; an office with more is read from its log
MOST_PARTS = 128  # numbered parts of what the floor above keeps
HEARING = b"hearing"
MOST_PIECES = 256  # of the log's frame: far more than so many segments give
_HEAD = b"head"
_FORMAT = b"1"
_AT_ONCE = 2 << 20  # bytes in one commit
_PIECE = 1 << 20  # bytes
_PARTS_AT_ONCE = 4


def opened(store: Store, unlocked: Unlocked) -> Office:
    """The office of an unlocked identity, through a snapshot if one counts. Raises Locked, Damaged."""
    kept = _head(store, unlocked)
    if kept is not None:
        with suppress(Damaged), bulk():
            office = Office(store, unlocked.identity.office, ())
            if _taken_up(office, unlocked, kept):
                admit(office, unlocked)
                office.snapshot = kept
                return office
    if store.get(SHELF_HERE, _place(unlocked.identity.office, unlocked.identity.device, _HEAD)) is not None:
        store.commit((), _places(unlocked.identity.office, unlocked.identity.device))
    return open_office(store, unlocked)


def covers(office: Office, unlocked: Unlocked, ring: KeyRing) -> Snapshot | None:
    """The snapshot that this office was opened through, if this hand still holds all keys that it rests on."""
    kept = office.snapshot
    if kept is None or kept.member != unlocked.identity.member:
        return None
    is_held = ring.ids().issuperset(kept.readable) and office.log.shredded.keys().isdisjoint(kept.readable)
    return kept if is_held else None


def contents(
    store: Store, unlocked: Unlocked, kept: Snapshot, schema: bytes, take: Callable[[bytes, bytes], None]
) -> bool:
    """Hand over what the floor above kept, part by part, each with its name. False where it is of another program
    or damaged; what was handed over until then does not count."""
    if kept.schema != schema:
        return False
    inner = {*map(_piece, range(MOST_PIECES)), *map(_slice, range(MOST_SLICES))}
    wanted = [part for part in kept.marks if part not in inner]
    found = 0
    try:
        for part, plain in _parts(store, unlocked, kept, wanted):
            take(part, plain)
            found += 1
    except Damaged:
        return False
    return found == len(wanted)


def write(
    office: Office,
    unlocked: Unlocked,
    ring: KeyRing,
    schema: bytes,
    before: Snapshot | None,
    changed: Iterable[tuple[bytes, bytes]],
) -> None:
    """Seal a snapshot of the log as it is, with those parts of the floor above that changed since the last one.

    ``before``: that last one; where there is none, all parts must be given. Parts are written a few megabytes at
    a time, the head last: cut off in between, none of it counts. Raises Unreachable.
    """
    if len(office.log.segments) > MOST_SLICES * folded.SLICE:
        return
    marks: dict[bytes, bytes] = {}
    put: list[Blob] = []
    for part, plain in chain(changed, _of_the_log(office, before)):
        marks[part] = secrets.token_bytes(16)
        put.append(_blob(unlocked, part, marks[part], plain))
        if sum(len(blob.sealed) for blob in put) > _AT_ONCE:
            office.store.commit(put)
            put.clear()
    kept = Snapshot(
        folded.SHAPES,
        schema,
        unlocked.identity.member,
        *_lineage(office),
        office.heard_to,
        office.heard_last,
        len(office.log.segments),
        office.log.heads(),
        tuple(ring.ids()),
        {**_unchanged(before), **marks},
    )
    office.store.commit((*put, _blob(unlocked, _HEAD, b"", pack(kept)), ring.blob()))
    office.snapshot = kept


def _of_the_log(office: Office, before: Snapshot | None) -> Iterator[tuple[bytes, bytes]]:
    """The log's frame in pieces, and its slices from the first that is not full in the last snapshot."""
    frame = folded.folded(office.log)
    for number, start in enumerate(range(0, len(frame), _PIECE)):
        yield _piece(number), frame[start : start + _PIECE]
    first = before.segments // folded.SLICE if before else 0
    for number, one in enumerate(folded.slices(office.log, first)):
        yield _slice(first + number), one


def _unchanged(before: Snapshot | None) -> dict[bytes, bytes]:
    """The marks of parts that may stand as they are: all but the pieces of the log, which are always new."""
    pieces = set(map(_piece, range(MOST_PIECES)))
    return {} if before is None else {part: mark for part, mark in before.marks.items() if part not in pieces}


def places(office: Office) -> list[tuple[str, bytes]]:
    """Where the snapshots of all who work on this machine may lie."""
    known = (epoch.document.devices for epoch in office.lineage.by_tag.values())
    devices = dict.fromkeys(device.id for devices in known for device in devices)
    return [place for device in devices for place in _places(office.id, device)]


def numbered(number: int) -> bytes:
    """The name of a numbered part of what the floor above keeps, below MOST_PARTS."""
    return b"part/%d" % number


def _places(office: bytes, device: bytes) -> list[tuple[str, bytes]]:
    named = [_HEAD, HEARING, *map(numbered, range(MOST_PARTS)), *map(_slice, range(MOST_SLICES))]
    named += map(_piece, range(MOST_PIECES))
    return [(SHELF_HERE, _place(office, device, part)) for part in named]


def _piece(number: int) -> bytes:
    return b"log/%d" % number


def _slice(number: int) -> bytes:
    return b"segments/%d" % number


def _taken_up(office: Office, unlocked: Unlocked, kept: Snapshot) -> bool:
    """Have an office go on from a snapshot if that counts. Raises Damaged."""
    office.hear_epochs(unlocked.identity)
    office.follow_tip()
    if (kept.epochs, kept.known) != _lineage(office) or not _is_on_the_store(office, kept):
        return False
    slices = [_slice(number) for number in range(-(-kept.segments // folded.SLICE))]
    pieces = [piece for piece in map(_piece, range(MOST_PIECES)) if piece in kept.marks]
    parts = dict(_parts(office.store, unlocked, kept, [*pieces, *slices[-1:]]))
    if len(parts) != len(pieces) + 1:
        return False
    frame = bytearray()
    for piece in pieces:
        frame += parts.pop(piece)
    log = folded.unfolded(
        office.id,
        bytes(frame),
        parts[slices[-1]],
        len(slices) - 1,
        lambda: _earlier(office, unlocked, kept, slices[:-1]),
    )
    if log.heads() != kept.heads or len(log.segments) != kept.segments:
        return False
    office.go_on(log, kept.cursor, kept.last)
    return True


def _earlier(office: Office, unlocked: Unlocked, kept: Snapshot, slices: list[bytes]) -> list[Segment]:
    """The segments of the full slices; from the shelf of segments where those are not here any more, e.g. because
    another program has sealed a snapshot since. Raises Damaged."""
    with suppress(Damaged):
        parts = dict(_parts(office.store, unlocked, kept, slices))
        if len(parts) == len(slices):
            return folded.unpacked(parts[name] for name in slices)
    last = {segment.hash for segment in office.log.segments[len(slices) * folded.SLICE :]}
    lying = (
        open_segment(office.id, name, sealed, office.lineage.by_tag).segment
        for _, name, sealed in office.store.since(SHELF)
    )
    known = [one for one in lying if office.log.knows(head_of(one)) and one.hash not in last]
    if len(known) != len(slices) * folded.SLICE:
        raise ChainBroken()
    return known


def _is_on_the_store(office: Office, kept: Snapshot) -> bool:
    """Whether each chain on the store still holds the segment at which the snapshot's chain ended."""
    at = next(iter(office.store.since(SHELF, kept.cursor - 1)), None) if kept.cursor else None
    if at is None or at[:2] != (kept.cursor, kept.last):
        return False
    names = {blob_name(office.id, head.device, head.seq): head for head in kept.heads}
    found = dict(office.store.fetch(SHELF, names))
    return len(found) == len(names) and all(
        open_segment(office.id, name, sealed, office.lineage.by_tag).segment.hash == names[name].hash
        for name, sealed in found.items()
    )


def _lineage(office: Office) -> tuple[tuple[bytes, ...], bytes]:
    known = seal.digest(b"".join(sorted(office.lineage.hashes)))
    return tuple(epoch.hash for epoch in office.lineage.leading), known


def _head(store: Store, unlocked: Unlocked) -> Snapshot | None:
    try:
        sealed = store.get(SHELF_HERE, _place(unlocked.identity.office, unlocked.identity.device, _HEAD))
        if sealed is None:
            return None
        kept = unpack(_unsealed(unlocked, _HEAD, b"", sealed), Snapshot)
    except KunakError:
        return None
    is_ours = kept.shapes == folded.SHAPES and kept.member == unlocked.identity.member
    return kept if is_ours else None


def _parts(
    store: Store, unlocked: Unlocked, kept: Snapshot, wanted: Iterable[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Those of some parts of a snapshot that are there. Raises Damaged."""
    office, device = unlocked.identity.office, unlocked.identity.device
    waiting = iter(wanted)
    while some := {_place(office, device, part): part for part in islice(waiting, _PARTS_AT_ONCE)}:
        for place, sealed in store.fetch(SHELF_HERE, some):
            part = some[place]
            yield part, _unsealed(unlocked, part, kept.marks.get(part, b""), sealed)


def _blob(unlocked: Unlocked, part: bytes, mark: bytes, plain: bytes) -> Blob:
    identity = unlocked.identity
    sealed = seal.seal(_key(unlocked), seal.pad(plain), _aad(unlocked, part, mark))
    return Blob(SHELF_HERE, _place(identity.office, identity.device, part), sealed)


def _unsealed(unlocked: Unlocked, part: bytes, mark: bytes, sealed: bytes) -> bytes:
    return seal.unpad(seal.unseal(_key(unlocked), sealed, _aad(unlocked, part, mark)))


def _key(unlocked: Unlocked) -> bytes:
    return seal.derive(unlocked.local_key, seal.context("snapshot/key"))


def _aad(unlocked: Unlocked, part: bytes, mark: bytes) -> bytes:
    identity = unlocked.identity
    return seal.context("snapshot", _FORMAT, identity.office, identity.device, part, mark)


def _place(office: bytes, device: bytes, part: bytes) -> bytes:
    return seal.digest(seal.context("snapshot/name", office, device, part))

"""A parcel: what one device has to tell others, in one small sealed file for a stick, a mail, a folder.

    magic ‖ length ‖ epochs                                 as they lie in the store (wrapped, signed)
    then, each readable by itself: length ‖ tag ‖ seal(parcel key of the epoch, pad(chunk))

Inside the seal a segment is written in short: what a reader can find by itself (the hash of a body that comes
along, the segment before, its own name) is left out, and ids stand once. The reader spells the frame as its
writer did and the signature tells whether it is the same to the last bit; where it would not be, the frame goes
whole. So 50 small updates take less than 20 KB, and whoever finds the stick sees neither how many there are
nor by how many devices. A file that is cut anywhere still gives all whole chunks before the cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from struct import Struct
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.codec import pack, unpack
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.epochs import TAG_BYTES, Device, Epoch, tag_of
from kunak.vault.hand import Vault
from kunak.vault.log import (
    SHELF,
    Act,
    Grant,
    Head,
    Part,
    Segment,
    Signed,
    Skeleton,
    open_frame,
    seal_frame,
)
from kunak.vault.office import EPOCH_SHELF, Office
from kunak.vault.receiving import Received, receive
from kunak.vault.roles import is_seal
from kunak.vault.stores import Blob
from kunak.vault.sync import with_things
from kunak.vault.tending import acknowledge, tend

MAGIC = b"kunak\x01"
CHUNK_BYTES = 48 * 1024
_LENGTH = Struct(">I")
_MOST_CHUNK = 64 * 1024 * 1024


class NotAParcel(Damaged):
    """This file is no parcel of this program."""

    code = "not-a-parcel"
    hint = "Look whether it is the right file. A parcel is made with `kunak bundle out`."


class ParcelOfAnotherOffice(Damaged):
    """Nothing in this parcel can be opened here: it is of another office, or of a time after you left it."""

    code = "parcel-not-ours"
    hint = "Ask the colleague who made it to sync first and to make it again."


class Taken(NamedTuple):
    """What a parcel brought. ``cut``: the file ends in the middle; copy it again for the rest."""

    received: Received
    cut: bool


class _Short(NamedTuple):
    """A segment in short. ``device`` and dossiers are places in the chunk's list of ids."""

    device: int
    seq: int
    prev: bytes | None  # None: the segment before it in this chunk, or the one that the reader has
    deps: tuple[tuple[int, int, bytes], ...]
    clock: int
    bodies: tuple[tuple[int, int, bytes, bytes], ...]  # (dossier, sort, sealed body or empty, hash if none)
    lengths: tuple[int, ...]  # of bodies that do not come along
    grants: tuple[tuple[int, int, int, int, bytes, bytes], ...]  # …, sealed grant or empty, hash if none
    acts: tuple[Act, ...]
    signature: bytes
    frame: bytes = b""  # whole, where the short form does not give it back


class _Chunk(NamedTuple):
    ids: tuple[bytes, ...]
    segments: tuple[_Short, ...]


class _Epochs(NamedTuple):
    received: tuple[bytes, ...]


def lacking(vault: Vault) -> dict[bytes, int]:
    """How far the device that has seen least has come with each chain: a parcel from there serves all."""
    log, me = vault.office.log, vault.identity.device
    others = [device.id for device in _writing(vault.office) if device.id != me]
    heads = {head.device: head.seq for head in log.heads()}

    def seen(device: bytes, chain: bytes) -> int:
        return heads[chain] if device == chain else log.seen_by(device).get(chain, 0)

    return {chain: min((seen(device, chain) for device in others), default=0) for chain in heads}


def _writing(office: Office) -> Iterator[Device]:
    """The devices that write: not those of the office's seal, which lie on no machine."""
    seals = {member.code for member in office.epoch.document.members if is_seal(member)}
    return (device for device in office.epoch.document.devices if device.member not in seals)


def write(vault: Vault, since: Mapping[bytes, int] | None = None) -> bytes:
    """A parcel with what was written after ``since`` (device → seq); by default what anyone may lack.

    Raises IsLocked, Unreachable.
    """
    office = vault.office
    with office.lock:
        vault.caught_up()
        after = lacking(vault) if since is None else since
        segments = [
            one for one in office.log.segments if one.skeleton.seq > after.get(one.skeleton.device, 0)
        ]
        told = pack(_Epochs(_epochs_lacking(vault) if since is None else _all_epochs(vault)))
        parts = [MAGIC, _LENGTH.pack(len(told)), told]
        for epoch, chunk in _chunks(office, with_things(vault, segments)):
            sealed = epoch.tag + seal.seal(_key(epoch), seal.pad(pack(chunk)), _aad(office))
            parts += [_LENGTH.pack(len(sealed)), sealed]
        return b"".join(parts)


def _all_epochs(vault: Vault) -> tuple[bytes, ...]:
    return tuple(sealed for _, _, sealed in vault.office.store.since(EPOCH_SHELF))


def _epochs_lacking(vault: Vault) -> tuple[bytes, ...]:
    """All but those that every device has written in, or after."""
    office, log = vault.office, vault.office.log
    last = [log.last_epoch.get(device.id, b"") for device in _writing(office)]
    numbers = [office.lineage.by_tag[tag].number if tag in office.lineage.by_tag else 0 for tag in last]
    known = {epoch.tag for epoch in office.lineage.leading if epoch.number <= min(numbers)}
    return tuple(sealed for sealed in _all_epochs(vault) if tag_of(sealed) not in known)


def read(vault: Vault, received: bytes, at: datetime) -> Taken:
    """Take in a parcel. Raises NotAParcel, ParcelOfAnotherOffice, Unreachable, IsLocked."""
    pieces, cut = _pieces(received)
    if not pieces:
        raise NotAParcel()
    epochs = [Blob(EPOCH_SHELF, seal.digest(one), one) for one in unpack(pieces[0], _Epochs).received]
    result = receive(vault, epochs, at)
    opened = 0
    for piece in pieces[1:]:
        epoch = vault.office.lineage.by_tag.get(piece[:TAG_BYTES])
        if epoch is None:
            continue
        chunk = unpack(seal.unpad(seal.unseal(_key(epoch), piece[TAG_BYTES:], _aad(vault.office))), _Chunk)
        result = result.then(receive(vault, _blobs(vault.office, epoch, chunk), at))
        opened += 1
    if len(pieces) > 1 and not opened:
        raise ParcelOfAnotherOffice()
    tend(vault, at)
    acknowledge(vault, at)
    return Taken(result, cut)


def _pieces(received: bytes) -> tuple[list[bytes], bool]:
    """The whole pieces of a file, and whether it is cut."""
    if received[: len(MAGIC)] != MAGIC:
        raise NotAParcel()
    pieces: list[bytes] = []
    place = len(MAGIC)
    while place < len(received):
        if len(received) - place < _LENGTH.size:
            return pieces, True
        (length,) = _LENGTH.unpack_from(received, place)
        place += _LENGTH.size
        if length > min(_MOST_CHUNK, len(received) - place):
            return pieces, True
        pieces.append(received[place : place + length])
        place += length
    return pieces, False


def _chunks(office: Office, segments: Iterator[tuple[Segment, list[Blob]]]) -> Iterator[tuple[Epoch, _Chunk]]:
    """Chunks of one epoch each, oldest first, of about CHUNK_BYTES."""
    waiting: list[tuple[Segment, list[Blob]]] = []
    size = 0
    for segment, blobs in segments:
        other = waiting and waiting[0][0].skeleton.epoch != segment.skeleton.epoch
        if waiting and (other or size > CHUNK_BYTES):
            yield office.epoch_of(waiting[0][0]), _chunk(office, waiting)
            waiting, size = [], 0
        waiting.append((segment, blobs))
        size += sum(len(blob.sealed) for blob in blobs)
    if waiting:
        yield office.epoch_of(waiting[0][0]), _chunk(office, waiting)


def _chunk(office: Office, segments: Sequence[tuple[Segment, list[Blob]]]) -> _Chunk:
    ids: dict[bytes, int] = {}
    last: dict[bytes, bytes] = {}
    shortened = []
    for segment, blobs in segments:
        epoch = office.epoch_of(segment)
        (own,) = [blob for blob in blobs if blob.shelf == SHELF]
        things = {blob.name: blob.sealed for blob in blobs if blob.shelf != SHELF}
        frame = open_frame(office.id, own.name, own.sealed, epoch)
        short = _shortened(segment.skeleton, unpack(frame, Signed).signature, things, ids, last)
        if _frame(short, tuple(ids), epoch, last) != frame:
            short = short._replace(frame=frame)
        shortened.append(short)
        last[segment.skeleton.device] = segment.hash
    return _Chunk(tuple(ids), tuple(shortened))


def _frame(short: _Short, ids: Sequence[bytes], epoch: Epoch, last: Mapping[bytes, bytes]) -> bytes:
    """A segment's frame, to the bit, from its short form. Raises NotAParcel."""
    return short.frame or pack(Signed(pack(_lengthened(short, ids, epoch.tag, last)), short.signature))


def _shortened(
    skeleton: Skeleton,
    signature: bytes,
    things: Mapping[bytes, bytes],
    ids: dict[bytes, int],
    last: Mapping[bytes, bytes],
) -> _Short:
    def place(identity: bytes) -> int:
        return ids.setdefault(identity, len(ids))

    def with_or_without(name: bytes) -> tuple[bytes, bytes]:
        return (things[name], b"") if name in things else (b"", name)

    return _Short(
        device=place(skeleton.device),
        seq=skeleton.seq,
        prev=None if last.get(skeleton.device) == skeleton.prev else skeleton.prev,
        deps=tuple((place(dep.device), dep.seq, dep.hash) for dep in skeleton.deps),
        clock=skeleton.clock,
        bodies=tuple(
            (place(part.dossier), part.sort, *with_or_without(part.hash)) for part in skeleton.bodies
        ),
        lengths=tuple(part.length for part in skeleton.bodies if part.hash not in things),
        grants=tuple(
            (place(given.dossier), place(given.device), given.sort, given.x, *with_or_without(given.hash))
            for given in skeleton.grants
        ),
        acts=skeleton.acts,
        signature=signature,
    )


def _lengthened(short: _Short, ids: Sequence[bytes], tag: bytes, last: Mapping[bytes, bytes]) -> Skeleton:
    """The skeleton as its writer spelled it. Raises NotAParcel where the short form does not hold together."""
    if len(short.lengths) != sum(not sealed for _, _, sealed, _ in short.bodies):
        raise NotAParcel()
    lengths = iter(short.lengths)
    try:
        device = ids[short.device]
        return Skeleton(
            epoch=tag,
            device=device,
            seq=short.seq,
            prev=last[device] if short.prev is None else short.prev,
            deps=tuple(Head(ids[place], seq, named) for place, seq, named in short.deps),
            clock=short.clock,
            bodies=tuple(
                Part(ids[place], seal.digest(sealed) if sealed else name, len(sealed) or next(lengths), sort)
                for place, sort, sealed, name in short.bodies
            ),
            grants=tuple(
                Grant(ids[dossier], ids[to], sort, x, seal.digest(sealed) if sealed else name)
                for dossier, to, sort, x, sealed, name in short.grants
            ),
            acts=short.acts,
        )
    except (IndexError, KeyError):
        raise NotAParcel() from None


def _blobs(office: Office, epoch: Epoch, chunk: _Chunk) -> Iterator[Blob]:
    """The blobs of a chunk, sealed anew for this machine's shelf. Raises Damaged."""
    last: dict[bytes, bytes] = {}
    for short in chunk.segments:
        frame = _frame(short, chunk.ids, epoch, last)
        skeleton = unpack(unpack(frame, Signed).skeleton, Skeleton)
        if not 0 < skeleton.seq < 1 << 63:
            raise NotAParcel()
        last[skeleton.device] = seal.digest(frame)
        for shelf, things in (
            (BODY_SHELF, [body[2] for body in short.bodies]),
            (GRANT_SHELF, [given[4] for given in short.grants]),
        ):
            yield from (Blob(shelf, seal.digest(sealed), sealed) for sealed in things if sealed)
        yield seal_frame(office.id, epoch, skeleton.device, skeleton.seq, frame)


def _key(epoch: Epoch) -> bytes:
    return seal.derive(epoch.secrets.epoch, seal.context("parcel"))


def _aad(office: Office) -> bytes:
    return seal.context("parcel", office.id)

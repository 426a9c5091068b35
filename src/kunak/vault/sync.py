"""Syncing with another store that several devices can reach: a relay, a folder, a database.

First what is there comes here (``receiving``: nothing of it is trusted), then what is missing there goes there,
then what was shredded is dropped there. Each step may be cut off at any point and done again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeVar

from kunak.errors import Damaged
from kunak.vault import seal, travel
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.codec import pack, unpack
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.epochs import TAG_BYTES
from kunak.vault.hand import Vault
from kunak.vault.log import INCOMPLETE, SHELF, Heard, Segment, blob_name, head_of, open_frame, open_segment
from kunak.vault.office import EPOCH_SHELF
from kunak.vault.receiving import Received, receive, waiting_segments
from kunak.vault.stores import Blob, Store, Taken
from kunak.vault.tending import acknowledge, tend

T = TypeVar("T")
AT_ONCE = 400  # segments in one batch
MOST_BYTES = 192 * 1024  # of one batch that goes out, unless one segment is larger
MOST_IN_MEMORY = 8 << 20  # bytes of bodies in one batch that comes in, unless one segment has more


class OtherCopyDiffers(Damaged):
    """Another copy of this office holds a different record in the place of one of yours."""

    code = "other-copy-differs"
    hint = (
        "A device may have been copied, or an old backup put back. "
        "Tell the office's admin; nothing was overwritten."
    )


class StoreRolledBack(Damaged):
    """The place where this office's devices meet has gone back to an older state: something is gone from it."""

    code = "store-rolled-back"
    hint = (
        "Perhaps an old backup was put back. Your own copy is whole. Tell the office's admin; then let each "
        "device sync anew with that place, which brings back what it has."
    )


class Synced(NamedTuple):
    """What a round did. ``received`` says what waits here, by reason."""

    received: Received
    sent: int  # segments
    put_back: int = 0  # bodies and grants that had been lost there (``sync_anew``)


class _Memory(NamedTuple):
    """What this hand remembers of another store."""

    cursor: int = 0  # of its segments
    epoch_cursor: int = 0
    there: tuple[tuple[bytes, int], ...] = ()  # (device, how far its chain is there)
    epochs: tuple[bytes, ...] = ()  # names of those that are there
    dropped: int = 0  # shredded dossiers and dead grants that were dropped there, how many
    last: bytes = b""  # name of the segment that was seen at the cursor
    epoch_last: bytes = b""  # of the epoch
    awaited: tuple[bytes, ...] = ()  # names of what was put there since: seen in the next round, or lost


def sync(vault: Vault, remote: Store, place: bytes, at: datetime) -> Synced:
    """One round with another store. ``place`` names it, so that the next round can go on from this one.

    Raises Unreachable or Damaged as the other store does, OtherCopyDiffers, StoreRolledBack.
    """
    memory = _remembered(vault, place)
    memory, received = _pull(vault, remote, memory, at)
    tend(vault, at)
    acknowledge(vault, at)
    vault.caught_up()
    reached = vault.office.heard_to  # what is written meanwhile counts as shared next time
    memory, sent = _push(vault, remote, memory)
    memory = _drop(vault, remote, memory)
    _remember(vault, place, memory)
    travel.note_shared(vault.office.store, reached)
    return Synced(received, sent)


def sync_anew(vault: Vault, remote: Store, place: bytes, at: datetime) -> Synced:
    """A round that forgets what was there before, e.g. after StoreRolledBack: all that is lacking goes there, also
    bodies and grants of segments that lie there still."""
    _remember(vault, place, _Memory())
    done = sync(vault, remote, place, at)
    put_back = 0
    for batch in _batches(vault, vault.office.log.segments):
        blobs = [blob for _, things in batch for blob in things]
        lacking = _lacking(remote, blobs)
        if lacking:
            _put(vault, remote, lacking)
            put_back += len(lacking)
    return done._replace(put_back=put_back)


def _lacking(remote: Store, blobs: Sequence[Blob]) -> list[Blob]:
    """Those of some blobs that are not there."""
    there: set[tuple[str, bytes]] = set()
    for shelf in {blob.shelf for blob in blobs}:
        wanted = [blob.name for blob in blobs if blob.shelf == shelf]
        there |= {(shelf, name) for name, _ in remote.fetch(shelf, wanted)}
    return [blob for blob in blobs if (blob.shelf, blob.name) not in there]


def take_from(vault: Vault, remote: Store, at: datetime) -> Received:
    """Take in all that another store has, and write nothing there. Raises Unreachable, Damaged."""
    return _pull(vault, remote, _Memory(), at)[1]


def went_on(
    coming: Iterable[tuple[int, bytes, bytes]], cursor: int, last: bytes
) -> Iterator[tuple[int, bytes, bytes]]:
    """What came after what was seen last, of what lies there from just before it on.

    ``last``, seen at ``cursor``, must lie there still: segments and epochs are never dropped, and no place in a
    store is given twice. Raises StoreRolledBack.
    """
    waiting = iter(coming)
    if last and next(waiting, (0, b"", b""))[:2] != (cursor, last):
        raise StoreRolledBack()
    yield from waiting


def _pull(vault: Vault, remote: Store, memory: _Memory, at: datetime) -> tuple[_Memory, Received]:
    memory, received = _pull_epochs(vault, remote, memory, at)
    memory, received = _pull_segments(vault, remote, memory, at, received)
    _require_there(remote, memory.awaited)
    return memory._replace(awaited=()), received.then(_complete(vault, remote, at, received))


def _pull_epochs(vault: Vault, remote: Store, memory: _Memory, at: datetime) -> tuple[_Memory, Received]:
    before, epochs = memory, []
    coming = remote.since(EPOCH_SHELF, memory.epoch_cursor - bool(memory.epoch_last))
    for cursor, name, sealed in went_on(coming, memory.epoch_cursor, memory.epoch_last):
        epochs.append(Blob(EPOCH_SHELF, name, sealed))
        memory = memory._replace(epoch_cursor=cursor, epoch_last=name)
    received = receive(vault, epochs, at)
    if received.put_off:  # to be read again next time
        memory = memory._replace(epoch_cursor=before.epoch_cursor, epoch_last=before.epoch_last)
    own = {name for _, name, _ in vault.office.store.since(EPOCH_SHELF)}
    seen = {blob.name for blob in epochs}
    there = dict.fromkeys((*before.epochs, *(name for name in seen if name in own)))
    return memory._replace(epochs=tuple(there), awaited=_without(memory.awaited, seen)), received


def _pull_segments(
    vault: Vault, remote: Store, memory: _Memory, at: datetime, received: Received
) -> tuple[_Memory, Received]:
    again: _Memory | None = None  # where the first lies that found no room here: to be read again from there
    coming = went_on(remote.since(SHELF, memory.cursor - bool(memory.last)), memory.cursor, memory.last)
    while some := list(islice(coming, AT_ONCE)):
        segments, before = [Blob(SHELF, name, sealed) for _, name, sealed in some], received.put_off
        for few in _that_fit(vault, segments):
            received = received.then(receive(vault, (*few, *_things(vault, remote, few)), at))
        if received.put_off > before:
            again = again or memory
        memory = memory._replace(
            cursor=some[-1][0],
            last=some[-1][1],
            there=_reached(vault, memory, segments),
            awaited=_without(memory.awaited, {blob.name for blob in segments}),
        )
    if again is not None:
        memory = memory._replace(cursor=again.cursor, last=again.last)
    return memory, received


def _without(names: Iterable[bytes], seen: Collection[bytes]) -> tuple[bytes, ...]:
    return tuple(name for name in names if name not in seen)


def _complete(vault: Vault, remote: Store, at: datetime, received: Received) -> Received:
    """Fetch what waiting segments name: when they came, their epoch may have been unknown, and nobody could tell
    what to ask for."""
    after = Received(waiting=received.waiting)
    if received.waiting.get(INCOMPLETE):
        for few in _that_fit(vault, list(waiting_segments(vault.office))):
            after = after.then(receive(vault, _things(vault, remote, few), at))
    return after


def _require_there(remote: Store, awaited: Collection[bytes]) -> None:
    """Return if what was put there and did not come back lies there all the same; else raise StoreRolledBack.

    It may have been there before, and been passed over while its epoch was not known here.
    """
    lost = set(awaited)
    for shelf in (SHELF, EPOCH_SHELF):
        if lost:
            lost -= {name for name, _ in remote.fetch(shelf, lost)}
    if lost:
        raise StoreRolledBack()


def _that_fit(vault: Vault, segments: Sequence[Blob]) -> Iterator[list[Blob]]:
    """The segments in their order, few enough at a time that all they name fits into memory."""
    named = {
        one.name: sum(part.length for part in one.segment.skeleton.bodies) for one in _heard(vault, segments)
    }
    return _packed(segments, lambda blob: named.get(blob.name, 0), MOST_IN_MEMORY)


def _packed(things: Iterable[T], weight: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Things in their order, as many at a time as weigh no more than ``most``; at least one."""
    some: list[T] = []
    size = 0
    for thing in things:
        weighs = weight(thing)
        if some and size + weighs > most:
            yield some
            some, size = [], 0
        some.append(thing)
        size += weighs
    if some:
        yield some


def _things(vault: Vault, remote: Store, segments: Sequence[Blob]) -> Iterator[Blob]:
    """The bodies and grants that these segments name and that are not here."""
    office, log = vault.office, vault.office.log
    bodies, grants = [], []
    for segment in _opened(vault, segments):
        if not log.knows(head_of(segment)):
            bodies += [part.hash for part in segment.skeleton.bodies if part.dossier not in log.shredded]
            grants += [given.hash for given in segment.skeleton.grants if given.dossier not in log.shredded]
    for shelf, names in ((BODY_SHELF, bodies), (GRANT_SHELF, grants)):
        here = {name for name, _ in office.store.fetch(shelf, names)}
        wanted = [name for name in names if name not in here]
        yield from (Blob(shelf, name, sealed) for name, sealed in remote.fetch(shelf, wanted))


def _reached(vault: Vault, memory: _Memory, segments: Sequence[Blob]) -> tuple[tuple[bytes, int], ...]:
    """How far each chain is there, now that these were seen there."""
    there = dict(memory.there)
    for segment in _opened(vault, segments):
        device, seq = segment.skeleton.device, segment.skeleton.seq
        if seq == there.get(device, 0) + 1:
            there[device] = seq
    return tuple(there.items())


def _push(vault: Vault, remote: Store, memory: _Memory) -> tuple[_Memory, int]:
    office = vault.office
    new = [
        Blob(EPOCH_SHELF, name, sealed)
        for _, name, sealed in office.store.since(EPOCH_SHELF)
        if name not in memory.epochs
    ]
    there_already = (
        {name for name, _ in remote.fetch(EPOCH_SHELF, [blob.name for blob in new])} if new else ()
    )
    if any(blob.name not in there_already for blob in new):
        remote.commit([blob for blob in new if blob.name not in there_already])
    if new:
        memory = memory._replace(epochs=(*memory.epochs, *(blob.name for blob in new)))
    there, sent = dict(memory.there), 0
    awaited = {blob.name for blob in new}
    lacking = [one for one in office.log.segments if one.skeleton.seq > there.get(one.skeleton.device, 0)]
    for batch in _batches(vault, lacking):
        _put(vault, remote, [blob for _, blobs in batch for blob in blobs])
        for segment, _ in batch:
            there[segment.skeleton.device] = segment.skeleton.seq
        sent += len(batch)
    put = {one.skeleton.device: one.skeleton.seq for one in lacking}
    awaited |= {blob_name(office.id, device, seq) for device, seq in put.items()}
    return memory._replace(there=tuple(there.items()), awaited=tuple(sorted(awaited))), sent


def with_things(vault: Vault, segments: Sequence[Segment]) -> Iterator[tuple[Segment, list[Blob]]]:
    """Each segment with its blobs: grants and bodies that are still here, then the segment."""
    office = vault.office
    waiting = iter(segments)
    while some := list(islice(waiting, AT_ONCE)):
        names = {one.hash: blob_name(office.id, one.skeleton.device, one.skeleton.seq) for one in some}
        found = {
            SHELF: dict(office.store.fetch(SHELF, names.values())),
            BODY_SHELF: dict(
                office.store.fetch(BODY_SHELF, (part.hash for one in some for part in one.skeleton.bodies))
            ),
            GRANT_SHELF: dict(
                office.store.fetch(GRANT_SHELF, (given.hash for one in some for given in one.skeleton.grants))
            ),
        }
        for one in some:
            places = [(GRANT_SHELF, given.hash) for given in one.skeleton.grants]
            places += [(BODY_SHELF, part.hash) for part in one.skeleton.bodies]
            places.append((SHELF, names[one.hash]))
            yield (
                one,
                [Blob(shelf, name, found[shelf][name]) for shelf, name in places if name in found[shelf]],
            )


def _batches(vault: Vault, segments: Sequence[Segment]) -> Iterator[list[tuple[Segment, list[Blob]]]]:
    def weight(one: tuple[Segment, list[Blob]]) -> int:
        return sum(len(blob.sealed) + len(blob.name) for blob in one[1])

    return _packed(with_things(vault, segments), weight, MOST_BYTES)


def _put(vault: Vault, remote: Store, blobs: Sequence[Blob]) -> None:
    """Put a batch; what is there already under another seal is left, if it is the same record.

    Where one segment is larger than a batch (an attachment), what it names goes first, in several commits:
    whoever sees the segment finds everything there.
    """
    things = [blob for blob in blobs if blob.shelf != SHELF]
    *first, last = [*_packed(things, lambda blob: len(blob.sealed), MOST_BYTES)] or [[]]
    for some in first:
        _put_once(vault, remote, some)
    _put_once(vault, remote, (*last, *(blob for blob in blobs if blob.shelf == SHELF)))


def _put_once(vault: Vault, remote: Store, blobs: Sequence[Blob]) -> None:
    try:
        remote.commit(blobs)
    except Taken:
        remote.commit([blob for blob in blobs if not _is_there(vault, remote, blob)])


def _is_there(vault: Vault, remote: Store, blob: Blob) -> bool:
    other = remote.get(blob.shelf, blob.name)
    if other is None:
        return False
    if other == blob.sealed:
        return True
    if blob.shelf != SHELF or _frame(vault, blob.name, other) != _frame(vault, blob.name, blob.sealed):
        raise OtherCopyDiffers()
    return True


def _drop(vault: Vault, remote: Store, memory: _Memory) -> _Memory:
    log = vault.office.log
    dead = len(log.shredded) + len(log.dead_grants)
    if dead == memory.dropped:
        return memory
    bodies, grants = log.dead()
    drop = [(BODY_SHELF, name) for name in bodies] + [(GRANT_SHELF, name) for name in grants]
    for start in range(0, len(drop), AT_ONCE):
        remote.commit((), drop[start : start + AT_ONCE])
    return memory._replace(dropped=dead)


def _opened(vault: Vault, blobs: Sequence[Blob]) -> Iterator[Segment]:
    return (heard.segment for heard in _heard(vault, blobs))


def _heard(vault: Vault, blobs: Sequence[Blob]) -> Iterator[Heard]:
    office = vault.office
    for blob in blobs:
        if blob.sealed[:TAG_BYTES] in office.lineage.by_tag:
            try:
                yield open_segment(office.id, blob.name, blob.sealed, office.lineage.by_tag)
            except Damaged:
                continue  # receiving will turn it away


def _frame(vault: Vault, name: bytes, sealed: bytes) -> bytes | None:
    epoch = vault.office.lineage.by_tag.get(sealed[:TAG_BYTES])
    try:
        return None if epoch is None else open_frame(vault.office.id, name, sealed, epoch)
    except Damaged:
        return None


def _remembered(vault: Vault, place: bytes) -> _Memory:
    kept = vault.kept(_purpose(place))
    return _Memory() if kept is None else unpack(kept, _Memory)


def _remember(vault: Vault, place: bytes, memory: _Memory) -> None:
    vault.keep(_purpose(place), pack(memory))


def _purpose(place: bytes) -> bytes:
    return seal.context("sync/memory", place)

"""The verified log, folded small: what follows from its segments, as a frame that can be kept and taken up again.

The segments themselves are packed in slices that never change once they are full, and are unpacked when somebody
looks back at them: what an unlocking needs is in the frame.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from kunak.fold import bulk
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.late import Late
from kunak.vault.log import Grant, Head, Log, Segment

SLICE = 4096  # segments
_HASH = 32


class _Chain(NamedTuple):
    device: bytes
    hashes: bytes  # of each segment, in a row
    named: list[tuple[bytes, int]]
    clock: int
    epoch: bytes


class _File(NamedTuple):
    """What the log tells of one dossier."""

    dossier: bytes
    bodies: list[bytes]
    begun: int | None
    founded: tuple[int, str] | None
    wrapped: list[bytes]
    given: list[tuple[bytes, list[tuple[int, Grant]]]]
    shredded: int | None
    gone: list[bytes] | None
    withdrawn: list[tuple[bytes, int]]


class _Folded(NamedTuple):
    clock: int
    chains: list[_Chain]
    files: list[_File]
    lent: list[tuple[Segment, Grant]]
    dead: list[bytes]
    vouched: list[tuple[bytes, list[bytes]]]


class Snapshot(NamedTuple):
    """What a snapshot rests on, and the marks by which its parts are told from those of others."""

    shapes: bytes  # of the frames of the log; another program spells others
    schema: bytes  # of what the floor above keeps
    member: str
    epochs: tuple[bytes, ...]  # those that lead
    known: bytes  # digest of all epochs that were known
    cursor: int  # how far the store of segments had been read
    last: bytes  # the name of the blob there
    segments: int
    heads: tuple[Head, ...]
    readable: tuple[bytes, ...]  # dossiers whose keys or shares were in the ring
    marks: dict[bytes, bytes]  # part -> its mark


SHAPES = seal.digest(
    repr([(one.__name__, one.__annotations__) for one in (_Chain, _File, _Folded, Segment, Grant)]).encode()
)


def folded(log: Log) -> bytes:
    """What follows from the segments of a log."""
    chains = [
        _Chain(
            device,
            b"".join(hashes),
            list(log._named.get(device, {}).items()),
            log._clocks[device],
            log.last_epoch[device],
        )
        for device, hashes in log._hashes.items()
    ]
    given: dict[bytes, list[tuple[bytes, list[tuple[int, Grant]]]]] = {}
    for (dossier, device), grants in log._given.items():
        given.setdefault(dossier, []).append((device, grants))
    withdrawn: dict[bytes, list[tuple[bytes, int]]] = {}
    for (dossier, device), clock in log._withdrawn.items():
        withdrawn.setdefault(dossier, []).append((device, clock))
    dossiers = dict.fromkeys((*log.bodies, *log.wrapped, *given, *log.shredded, *log.gone, *withdrawn))
    files = [
        _File(
            dossier,
            log.bodies.get(dossier, []),
            log._begun.get(dossier),
            log.founded.get(dossier),
            log.wrapped.get(dossier, []),
            given.get(dossier, []),
            log.shredded.get(dossier),
            list(log.gone[dossier]) if dossier in log.gone else None,
            withdrawn.get(dossier, []),
        )
        for dossier in dossiers
    ]
    vouched = [(mark, list(devices)) for mark, devices in log.vouched_by.items()]
    return pack(_Folded(log.clock, chains, files, list(log.lent.values()), list(log.dead_grants), vouched))


def slices(log: Log, first: int) -> Iterator[bytes]:
    """The segments from slice number ``first`` on, packed; the last may not be full."""
    for start in range(first * SLICE, len(log.segments), SLICE):
        yield pack(tuple(log.segments[start : start + SLICE]))


def unfolded(
    office: bytes, frame: bytes, last: bytes, full: int, earlier: Callable[[], list[Segment]]
) -> Log:
    """The log that was folded. ``last``: its last slice; before that are ``full`` ones, which ``earlier`` unpacks
    when somebody looks back at them. Raises Damaged."""
    told = unpack(frame, _Folded)
    log = Log(office)
    log.segments = Late(full * SLICE, earlier, unpacked([last]))
    log.clock = told.clock
    for chain in told.chains:
        hashes = [chain.hashes[at : at + _HASH] for at in range(0, len(chain.hashes), _HASH)]
        log._hashes[chain.device] = hashes
        log._named[chain.device] = dict(chain.named)
        log._clocks[chain.device] = chain.clock
        log.last_epoch[chain.device] = chain.epoch
    for file in told.files:
        _unfold(log, file)
    log.lent = {given.hash: (segment, given) for segment, given in told.lent}
    log.dead_grants = dict.fromkeys(told.dead)
    log.vouched_by = {mark: set(devices) for mark, devices in told.vouched}
    return log


def _unfold(log: Log, file: _File) -> None:
    dossier = file.dossier
    tables: tuple[tuple[dict[bytes, Any], Any], ...] = (
        (log.bodies, file.bodies or None),
        (log._begun, file.begun),
        (log.founded, file.founded),
        (log.wrapped, file.wrapped or None),
        (log.shredded, file.shredded),
        (log.gone, None if file.gone is None else set(file.gone)),
        (log.granted, {} if file.given else None),
    )
    for table, told in tables:
        if told is not None:
            table[dossier] = told
    for device, clock in file.withdrawn:
        log._withdrawn[dossier, device] = clock
    for device, grants in file.given:
        log._given[dossier, device] = grants
        if grants:
            log.granted[dossier][device] = grants[0] if len(grants) == 1 else log.first_of(grants)


def unpacked(packed: Iterable[bytes]) -> list[Segment]:
    """The segments of some slices. Raises Damaged."""
    with bulk():
        return [segment for one in packed for segment in unpack(one, list[Segment])]

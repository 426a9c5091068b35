"""Taking in what comes from elsewhere: another device, a relay, a stick. Nothing of it is trusted.

What verifies and has all that it builds on is taken. What has not waits on a shelf of its own on this machine,
sealed as it came, and is tried again each time; so nothing is lost, in whatever order things arrive. What is
no record of this office at all is turned away.

What nothing that is here opens may be anything: whoever keeps the place where devices meet can make as much of it
as they like. So there is room for some of it, and what came first stays. What found no room is put off: it is read
again where it lies, in the next round, together with what may open it by then.

A new epoch may take away what counted before: the later segments of a device that was removed, or what was
written under a change of members that does not lead. That goes back to the waiting shelf, in the same commit.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.codec import pack, unpack
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.epochs import TAG_BYTES
from kunak.vault.hand import Vault, milliseconds
from kunak.vault.lineage import Lineage
from kunak.vault.log import (
    COUNTER_BITS,
    FORGED,
    SHELF,
    SHREDDED,
    TOLERANCE_MS,
    UNKNOWN_EPOCH,
    Grant,
    Heard,
    Log,
    Part,
    Segment,
    head_of,
    open_segment,
)
from kunak.vault.office import EPOCH_SHELF, Office, epoch_blob, terms_of
from kunak.vault.stores import Blob

WAITING_SHELF = "waiting"
MOST_STRANGE = 20_000  # records that nothing opens yet, that wait here at the same time
MOST_STRANGE_BYTES = 16 << 20  # of them; an office's week is some megabytes


class _Kept(NamedTuple):
    """A blob on the waiting shelf, as it came."""

    shelf: str
    name: bytes
    sealed: bytes


@dataclass(frozen=True)
class Received:
    """What became of what came: segments taken, records that wait (by reason), records turned away; and how many of
    those that wait do so where they came from, because there was no room here."""

    taken: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    turned_away: int = 0
    put_off: int = 0

    def then(self, later: "Received") -> "Received":
        """This, and ``later`` after it: what waits is what waits at the end."""
        return Received(
            self.taken + later.taken,
            later.waiting,
            self.turned_away + later.turned_away,
            self.put_off + later.put_off,
        )


def receive(vault: Vault, blobs: Iterable[Blob], at: datetime) -> Received:
    """Take in blobs of the shelves epoch, segment, body and grant. Raises Unreachable, IsLocked."""
    office = vault.office
    with office.lock:
        vault.caught_up()
        coming = _Coming(office, vault.identity.device, blobs)
        coming.take_epochs(vault)
        opened = coming.open_segments()
        horizon = milliseconds(at) + TOLERANCE_MS << COUNTER_BITS
        examined = office.log.examine(opened, office.terms._replace(horizon=horizon, is_here=coming.is_here))
        whys = dict(examined.waiting)
        forged = [whys.pop(name) for name, why in examined.waiting if why == FORGED]
        coming.keep(examined.accepted, whys)
        vault.caught_up()
        counted = Counter([*whys.values(), *([UNKNOWN_EPOCH] * len(coming.unopened))])
        away = coming.turned_away + len(forged)
        return Received(len(examined.accepted), dict(counted), away, coming.put_off)


def waiting_segments(office: Office) -> Iterator[Blob]:
    """The segments that wait on this machine."""
    for _, _, sealed in office.store.since(WAITING_SHELF):
        kept = unpack(sealed, _Kept)
        if kept.shelf == SHELF:
            yield Blob(*kept)


class _Coming:
    """Blobs on their way in, together with those that waited."""

    def __init__(self, office: Office, device: bytes, blobs: Iterable[Blob]) -> None:
        self._office, self._device = office, device
        self._waited: set[bytes] = set()  # names on the waiting shelf
        self._by_shelf: dict[str, dict[bytes, bytes]] = {}
        self.unopened: list[Blob] = []  # of epochs that are not known here
        self.turned_away = 0
        self.put_off = 0
        self._early: list[bytes] = []  # epochs that nothing which is here opens yet
        for _, name, sealed in office.store.since(WAITING_SHELF):
            waited = unpack(sealed, _Kept)
            self._waited.add(name)
            self._by_shelf.setdefault(waited.shelf, {})[waited.name] = waited.sealed
        for blob in blobs:
            self._by_shelf.setdefault(blob.shelf, {})[blob.name] = blob.sealed

    def take_epochs(self, vault: Vault) -> None:
        """Take the epochs that verify into the store, and put back what they make not count."""
        trial, new = self._office.lineage.copy(), []
        waiting = self._strange_epochs()
        news = True
        while news:
            news = False
            for sealed in list(waiting.values()):
                try:
                    after = trial.copy()
                    opened = after.hear((sealed,), vault.identity, waiting.values())
                except Damaged:
                    self.turned_away += 1
                    waiting.pop(seal.digest(sealed))
                    continue
                if opened:
                    news, trial = True, after
                    new += [epoch_blob(frame) for frame in opened]
                    waiting = {name: frame for name, frame in waiting.items() if frame not in opened}
        self._early = list(waiting.values())
        if new:
            self._lead_anew(vault, trial, new)

    def _strange_epochs(self) -> dict[bytes, bytes]:
        """The epochs that came and are not in the store, by what they hash to."""
        came = {seal.digest(sealed): sealed for sealed in self._by_shelf.get(EPOCH_SHELF, {}).values()}
        here = {name for name, _ in self._office.store.fetch(EPOCH_SHELF, came)}
        return {name: sealed for name, sealed in came.items() if name not in here}

    def _lead_anew(self, vault: Vault, trial: Lineage, new: list[Blob]) -> None:
        """Put epochs into the store, and back onto the waiting shelf what does not count any more."""
        office = self._office
        back = _not_counting(office, trial)
        put = [*new, *(_waiting(blob) for blob in back)]
        office.store.commit(
            (*put, office.tip_without(trial, {blob.name for blob in back})),
            [(SHELF, blob.name) for blob in back],
        )
        for blob in put:
            if blob.shelf == WAITING_SHELF:
                self._waited.add(blob.name)
        for blob in back:
            self._by_shelf.setdefault(SHELF, {})[blob.name] = blob.sealed
        if back:
            office.begin_again(vault.identity)
        vault.caught_up()

    def open_segments(self) -> list[Heard]:
        """The segments that open and are not in the log."""
        office, opened = self._office, []
        for name, sealed in self._by_shelf.get(SHELF, {}).items():
            if sealed[:TAG_BYTES] not in office.lineage.by_tag:
                self.unopened.append(Blob(SHELF, name, sealed))
                continue
            try:
                heard = open_segment(office.id, name, sealed, office.lineage.by_tag)
            except Damaged:
                self.turned_away += 1
                continue
            if not office.log.knows(head_of(heard.segment)):
                opened.append(heard)
        return opened

    def is_here(self, named: Part | Grant) -> bool:
        """Whether a body is here, whole, under the hash that its segment names; or a grant to this device."""
        if isinstance(named, Grant) and named.device != self._device:
            return True
        shelf = GRANT_SHELF if isinstance(named, Grant) else BODY_SHELF
        sealed = self._by_shelf.get(shelf, {}).get(named.hash)
        if sealed is None:
            return self._office.store.get(shelf, named.hash) is not None
        return seal.digest(sealed) == named.hash

    def keep(self, accepted: Collection[Heard], whys: Mapping[bytes, str]) -> None:
        """Put what was taken and what waits into the store, in one commit; then into the log."""
        office, segments = self._office, self._by_shelf.get(SHELF, {})
        waiting = [Blob(SHELF, name, segments[name]) for name in whys]
        staying = {blob.name: blob for blob in (*self._with_things(waiting), *self._strange())}
        taken = [Blob(SHELF, one.name, segments[one.name]) for one in accepted]
        new = [blob for blob in staying.values() if blob.name not in self._waited]
        gone = [(WAITING_SHELF, name) for name in self._waited - staying.keys()]
        if not (taken or new or gone):
            return
        shredded = office.log.shredded.keys() | {
            act.dossier for one in accepted for act in one.segment.skeleton.acts if act.sort == SHREDDED
        }
        things = self._things((one.segment for one in accepted), shredded)
        tip = office.tip(*(one.segment for one in accepted))
        office.store.commit((*things, *taken, *new, tip), gone)
        office.took(accepted)

    def _with_things(self, waiting: Iterable[Blob]) -> Iterator[Blob]:
        """Waiting segments that open, and what came with them, as they lie on the waiting shelf."""
        by_tag = self._office.lineage.by_tag
        for blob in waiting:
            yield _waiting(blob)
            segment = open_segment(self._office.id, blob.name, blob.sealed, by_tag).segment
            yield from map(_waiting, self._things((segment,), self._office.log.shredded))

    def _strange(self) -> Iterator[Blob]:
        """What nothing opens yet, as it lies on the waiting shelf, as far as there is room: what waited before, and
        what came now. Nobody can tell what belongs to such segments: what came with them waits too."""
        blobs = [*map(epoch_blob, self._early), *self.unopened]
        if self.unopened:
            blobs += [
                Blob(shelf, *one)
                for shelf in (BODY_SHELF, GRANT_SHELF)
                for one in self._by_shelf.get(shelf, {}).items()
            ]
        count = size = 0
        for blob in sorted(map(_waiting, blobs), key=lambda one: one.name not in self._waited):
            if count < MOST_STRANGE and size + len(blob.sealed) <= MOST_STRANGE_BYTES:
                count, size = count + 1, size + len(blob.sealed)
                yield blob
            else:
                self.put_off += 1

    def _things(self, segments: Iterable[Segment], shredded: Collection[bytes]) -> Iterator[Blob]:
        """The bodies and grants that came and that these segments name; none of what was shredded."""
        for segment in segments:
            named = [(BODY_SHELF, part.dossier, part.hash) for part in segment.skeleton.bodies]
            named += [(GRANT_SHELF, given.dossier, given.hash) for given in segment.skeleton.grants]
            for shelf, dossier, name in named:
                sealed = self._by_shelf.get(shelf, {}).get(name)
                if sealed is not None and seal.digest(sealed) == name and dossier not in shredded:
                    yield Blob(shelf, name, sealed)


def _not_counting(office: Office, lineage: Lineage) -> list[Blob]:
    """The segments on this machine's shelf that do not count any more under another lineage."""
    if not lineage.takes_from(office.lineage.counting, office.lineage.cuts):
        return []
    there = {name: sealed for _, name, sealed in office.store.since(SHELF)}
    opened = [open_segment(office.id, name, sealed, lineage.by_tag) for name, sealed in there.items()]
    examined = Log(office.id).examine(opened, terms_of(lineage))
    return [Blob(SHELF, name, there[name]) for name, _ in examined.waiting]


def _waiting(blob: Blob) -> Blob:
    spelled = pack(_Kept(*blob))
    return Blob(WAITING_SHELF, seal.digest(spelled), spelled)

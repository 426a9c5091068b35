"""What this device remembers of its rounds: with what it synced, when, and what waits here for which reason."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from kunak.vault.codec import pack, unpack
from kunak.vault.log import COUNTER_BITS
from kunak.vault.receiving import Received, receive
from kunak.workbench.bench import Workbench

RELAY, FOLDER, STICK_OUT, STICK_IN = WAYS = ("relay", "folder", "stick-out", "stick-in")
_KEPT = b"rounds"
_NEVER = datetime.min.replace(tzinfo=UTC)


class Round(NamedTuple):
    """The last round of one way: how many records went out, came in, or were turned away."""

    way: str  # one of WAYS
    at: str  # ISO 8601
    sent: int = 0
    taken: int = 0
    turned_away: int = 0


class Heard(NamedTuple):
    """When a device last wrote anything that has come here."""

    member: str
    device: bytes
    at: datetime | None
    is_this: bool


class TwoHistories(NamedTuple):
    """Admins who removed each other, apart: whom this machine follows, whom others may, and who can settle it."""

    follows: str
    others: tuple[str, ...]
    thirds: tuple[str, ...]


class _Rounds(NamedTuple):
    rounds: tuple[Round, ...]


def note_round(bench: Workbench, way: str, received: Received | None = None, sent: int = 0) -> None:
    """Remember a round that has just been."""
    taken, away = (received.taken, received.turned_away) if received else (0, 0)
    made = Round(way, bench.now().isoformat(), sent, taken, away)
    others = tuple(one for one in rounds(bench) if one.way != way)
    bench.vault.keep(_KEPT, pack(_Rounds((made, *others))))


def rounds(bench: Workbench) -> tuple[Round, ...]:
    """The last round of each way, newest first."""
    kept = bench.vault.kept(_KEPT)
    known = () if kept is None else unpack(kept, _Rounds).rounds
    return tuple(sorted(known, key=lambda one: one.at, reverse=True))


def look_again(bench: Workbench) -> Mapping[str, int]:
    """Try again what waits on this machine; how many records still wait, by reason."""
    received = receive(bench.vault, (), bench.now())
    if received.taken:
        bench.refresh()
    return received.waiting


def heard_of(bench: Workbench) -> tuple[Heard, ...]:
    """Each device of the office and when it was last heard of, the longest silent first."""
    office, own = bench.vault.office, bench.vault.identity.device
    devices = office.epoch.document.devices
    found = [
        Heard(one.member, one.id, _hour(office.log.last_heard(one.id)), one.id == own) for one in devices
    ]
    return tuple(sorted(found, key=lambda one: one.at or _NEVER))


def _hour(clock: int) -> datetime | None:
    return datetime.fromtimestamp((clock >> COUNTER_BITS) / 1000, UTC) if clock else None


def two_histories(bench: Workbench) -> TwoHistories | None:
    """Where the office has split over who may decide; None where it has not, as far as this device can open it."""
    bench.vault.caught_up()
    lineage = bench.vault.office.lineage
    if not lineage.split:
        return None
    ours, *theirs = (epoch.document.signer for epoch in lineage.split)
    return TwoHistories(ours, tuple(theirs), tuple(sorted(lineage.thirds)))

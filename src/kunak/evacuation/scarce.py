"""Scarce things (a bed, a seat), and what follows when members who are apart give the same one twice.

The rule: the earlier claim, by hour and then by id, keeps it; the later one is displaced, for all to see,
until somebody finds another place and lets it go. Nothing is merged, and what is free is never counted over.
All of it follows from the set of entries alone, so every device comes to the same answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak.evacuation import bed_entries as b
from kunak.fold import Entry, current, replace

STAGES: Mapping[type[Entry], str] = {
    b.BedHeld: "held",
    b.SeatTaken: "assigned",
    b.BedAssigned: "assigned",
    b.BedOccupied: "occupied",
    b.BedLeaving: "leaving",
    b.BedCleaning: "cleaning",
    b.BedFreed: "freed",
    b.SeatLeft: "freed",
}
# Of stages noted apart, the one that keeps the place longest counts: nobody gets a bed with somebody in it.
_KEEPS = ("occupied", "leaving", "assigned", "held", "cleaning", "freed")
_WATCHED = timedelta(days=7)
MOVE_AT = 2  # notes of something suspicious within seven days


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim on a scarce thing. ``displaced`` says why it holds no longer (given_twice, burned, closed),
    or is empty. ``apart`` are the stages that members noted without knowing of each other."""

    id: str
    at: datetime
    by: str
    until: datetime | None  # of a hold that nobody confirmed
    stage: str
    ended_at: datetime | None = None
    displaced: str = ""
    apart: tuple[Entry, ...] = ()

    @property
    def ends(self) -> datetime | None:
        """From when on it takes no place any more."""
        return self.ended_at or self.until

    def state(self, now: datetime) -> str:
        """held, assigned, occupied, leaving, cleaning, freed, lapsed (the hold ran out) or displaced."""
        if self.ended_at is not None:
            return "freed"
        if self.until is not None and self.until <= now:
            return "lapsed"
        return "displaced" if self.displaced else self.stage

    def takes(self, now: datetime) -> bool:
        """Whether it takes a place now."""
        kept = self.displaced != "given_twice"
        return kept and self.at <= now and (self.ends is None or now < self.ends)


@dataclass(frozen=True, kw_only=True)
class Scarce:
    """A bed (a place for so many) or some seats."""

    code: str
    kind: str  # bed, seats
    capacity: int
    listed: tuple[b.BedListed | b.SeatsOffered, ...]
    described: tuple[b.BedDescribed | b.SeatsDescribed, ...]
    claims: tuple[Claim, ...]
    watched: tuple[b.BedWatched, ...]
    burned_at: datetime | None
    closed_at: datetime | None
    last_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether somebody new may go there."""
        return self.burned_at is None and self.closed_at is None

    def free(self, now: datetime) -> int:
        """How many places are free now; never less than none."""
        if not self.is_open:
            return 0
        return max(0, self.capacity - sum(claim.takes(now) for claim in self.claims))

    def risk(self, now: datetime) -> str:
        """green, watch, move (two notes within seven days) or burned."""
        if self.burned_at is not None:
            return "burned"
        recent = sum(now - note.at < _WATCHED for note in self.watched)
        return "move" if recent >= MOVE_AT else "watch" if recent else "green"

    def to_move(self, now: datetime) -> tuple[Claim, ...]:
        """Whoever is or is about to be there, in the order in which they move: who is inside first."""
        there = [c for c in self.claims if c.takes(now) and c.stage != "cleaning"]
        return tuple(sorted(there, key=lambda c: (_KEEPS.index(c.stage), c.at, c.id)))


def replay(heard: Sequence[Entry]) -> Scarce | None:
    """A bed or some seats, from all that was heard of them; None until they are listed."""
    listed = current(x for x in heard if isinstance(x, b.BedListed | b.SeatsOffered))
    if not listed:
        return None
    capacity = min(x.capacity for x in listed)
    is_bed = isinstance(listed[0], b.BedListed)
    burned = _first(heard, b.BedBurned)
    closed = _first(heard, b.BedClosed, b.SeatsWithdrawn)
    claims = allotted(capacity, [_claim(x, heard) for x in heard if isinstance(x, b.BedHeld | b.SeatTaken)])
    return Scarce(
        code=listed[0].subject,
        kind="bed" if is_bed else "seats",
        capacity=capacity,
        listed=listed,
        described=current(x for x in heard if isinstance(x, b.BedDescribed if is_bed else b.SeatsDescribed)),
        claims=tuple(_shut(claim, burned, closed) for claim in claims),
        watched=tuple(x for x in heard if isinstance(x, b.BedWatched)),
        burned_at=burned,
        closed_at=closed,
        last_at=heard[-1].at,
    )


def allotted(capacity: int, claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims in order, each kept or displaced: whoever came when all places were taken has none."""
    settled: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.at, c.id)):
        taken = sum(one.takes(claim.at) for one in settled)
        settled.append(claim if taken < capacity else replace(claim, displaced="given_twice"))
    return tuple(settled)


def _claim(first: b.BedHeld | b.SeatTaken, heard: Iterable[Entry]) -> Claim:
    stages = [x for x in heard if type(x) in STAGES and getattr(x, "claim", "") == first.id]
    standing = current(stages) or (first,)
    stage = min((STAGES[type(x)] for x in standing), key=_KEEPS.index)
    confirmed = isinstance(first, b.SeatTaken) or _in_time(first, stages)
    return Claim(
        id=first.id,
        at=first.at,
        by=first.by,
        until=None if confirmed else getattr(first, "until", None),
        stage=stage,
        ended_at=max(x.at for x in standing) if stage == "freed" else None,
        apart=standing if len({type(x) for x in standing}) > 1 else (),
    )


def _in_time(held: b.BedHeld, stages: Iterable[Entry]) -> bool:
    """Whether somebody took the hold up before it ran out."""
    return any(x.at < held.until for x in stages if not isinstance(x, b.BedFreed))


def _shut(claim: Claim, burned: datetime | None, closed: datetime | None) -> Claim:
    """Nobody stays in a burned place; and a claim on a closed one was made apart from its closing."""
    if claim.displaced or claim.ended_at is not None:
        return claim
    cause = "burned" if burned is not None else "closed" if closed is not None else ""
    return replace(claim, displaced=cause)


def _first(heard: Iterable[Entry], *kinds: type[Entry]) -> datetime | None:
    return min((x.at for x in heard if isinstance(x, kinds)), default=None)

"""Beds and seats: listing them, keeping one for a case or a journey, moving on, letting go; and who has one.

A bed's page tells no case, and a case tells no bed: the two meet in the id of a claim, which says nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kunak.errors import Refused
from kunak.evacuation import bed_entries as b
from kunak.evacuation.ground import one_of, two_people
from kunak.evacuation.model import State
from kunak.evacuation.scarce import Claim, Scarce
from kunak.fold import Entry, ids
from kunak.intake.making import Maker

HOLD = timedelta(hours=6)
_TICK = timedelta(microseconds=1)
MOST = 60  # people in one place, or seats in one vehicle

# From each stage, what may follow.
NEXT: Mapping[str, tuple[str, ...]] = {
    "held": ("assigned", "occupied", "freed"),
    "assigned": ("occupied", "freed"),
    "occupied": ("leaving", "cleaning", "freed"),
    "leaving": ("occupied", "cleaning", "freed"),
    "cleaning": ("freed",),
    "lapsed": ("freed",),
    "displaced": ("freed",),
}
_KINDS: Mapping[str, type[Entry]] = {
    "assigned": b.BedAssigned,
    "occupied": b.BedOccupied,
    "leaving": b.BedLeaving,
    "cleaning": b.BedCleaning,
    "freed": b.BedFreed,
}


class NoSuchBed(Refused):
    """No bed and no seats are known under this code, or none is kept here."""

    code = "no-such-bed"
    hint = "Look at the list of beds; another device may not have synchronised yet."


class NoneFree(Refused):
    """No place that fits is free now."""

    code = "no-place-free"
    hint = "Ask for less, look for a host family, a voucher or a partner's bed, or wait for one to be let go."


class PlaceShut(Refused):
    """This place is closed or burned: nobody new goes there."""

    code = "place-shut"
    hint = "Take another one."


class PlaceInUse(Refused):
    """Somebody is there, or is expected there."""

    code = "place-in-use"
    hint = "Find each of them another place first. If those who hunt know of it, mark it as burned."


class CapacityImpossible(Refused):
    """A place takes from one to {most} people."""

    code = "capacity-impossible"
    hint = "Give the number of beds or seats."


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a case or a journey may know of a place that is kept for it: everything but where it is."""

    claim: str
    state: str  # as Claim.state, or unknown: the register has not been heard yet
    until: datetime | None
    displaced: str = ""
    leg: int | None = None
    apart: tuple[Entry, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether another place must be found now."""
        return self.state in ("displaced", "lapsed")


def list_bed(
    state: State,
    *,
    subject: str,
    capacity: int,
    bed_type: str,
    region: str,
    accepts: Collection[str],
    exit_route_known: bool = False,
    note: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """List a place, or correct what is listed of it. Raises CapacityImpossible, NotAccepted."""
    _check_capacity(capacity)
    one_of(bed_type, b.BED_TYPES)
    for accepted in accepts:
        one_of(accepted, b.ACCEPTS)
    known = state.beds.get(subject)
    made = Maker(id=id, at=_after(known, at), by=by, subject=subject)
    listed = made(b.BedListed, capacity=capacity, replaces=ids(known.listed) if known else ())
    described = made(
        b.BedDescribed, bed_type=bed_type, region=region, note=note, exit_route_known=exit_route_known,
        accepts=tuple(x for x in b.ACCEPTS if x in accepts),
        replaces=ids(known.described) if known else (),
    )  # fmt: skip
    return listed, described


def offer_seats(
    state: State,
    *,
    subject: str,
    capacity: int,
    route: str,
    day_part: str = "",
    driver: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Somebody can take people along on a route. Raises CapacityImpossible."""
    _check_capacity(capacity)
    known = state.beds.get(subject)
    made = Maker(id=id, at=_after(known, at), by=by, subject=subject)
    offered = made(b.SeatsOffered, capacity=capacity, replaces=ids(known.listed) if known else ())
    where = {"route": route, "day_part": day_part, "driver": driver}
    return offered, made(b.SeatsDescribed, replaces=ids(known.described) if known else (), **where)


def hold_bed(state: State, *, subject: str, case: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Keep a bed for a case, for six hours. What the case had and lost is let go with it.

    Raises NoSuchBed, PlaceShut, NoneFree.
    """
    bed = _free(state, subject, at)
    made = Maker(id=id, at=_after(bed, at), by=by, subject=subject)
    held = made(b.BedHeld, until=made.at + HOLD)
    asked = b.BedAskedFor(id=f"{id}.1", at=held.at, by=by, subject=case, claim=held.id)
    lost = [kept.claim for kept in kept_for(state, case, at) if kept.lost]
    let_go = (_stage(state, claim, "freed", f"{id}.{n}", by, at) for n, claim in enumerate(lost, start=2))
    return (held, asked, *let_go)


def take_seat(
    state: State, *, subject: str, journey: str, leg: int, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Keep a seat for a leg of a journey. Raises NoSuchBed, PlaceShut, NoneFree."""
    seats = _free(state, subject, at)
    taken = Maker(id=id, at=_after(seats, at), by=by, subject=subject)(b.SeatTaken)
    asked = b.SeatAskedFor(id=f"{id}.1", at=taken.at, by=by, subject=journey, claim=taken.id, leg=leg)
    lost = [kept.claim for kept in kept_for(state, journey, at) if kept.lost and kept.leg == leg]
    let_go = (_stage(state, claim, "freed", f"{id}.{n}", by, at) for n, claim in enumerate(lost, start=2))
    return (taken, asked, *let_go)


def move_on(
    state: State,
    *,
    subject: str,
    claim: str,
    to: str,
    known_enough: bool = True,
    second: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """The next stage of a place that is kept for a case or journey (``subject``): one of NEXT.

    ``known_enough``: whether we are sure enough of the person for a place (F3); else two members say so.
    Raises NoSuchBed, NotAccepted, SecondMemberNeeded.
    """
    kept = next((k for k in kept_for(state, subject, at) if k.claim == claim), None)
    if kept is None or kept.state not in NEXT:
        raise NoSuchBed
    one_of(to, NEXT[kept.state])
    alone = known_enough or to not in ("assigned", "occupied")
    if not alone:
        two_people(by, second)
    two = {"second": second} if not alone else {}
    return (_stage(state, claim, to, id, by, at, **two),)


def watch_bed(state: State, *, subject: str, sign: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Something was noticed there. Raises NoSuchBed, NotAccepted."""
    bed = find_bed(state, subject)
    one_of(sign, b.WATCH_SIGNS)
    return (Maker(id=id, at=_after(bed, at), by=by, subject=subject)(b.BedWatched, sign=sign),)


def burn_bed(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The place is burned: at once, by anyone. Everybody there loses it, and their cases say so."""
    bed = find_bed(state, subject)
    return (Maker(id=id, at=_after(bed, at), by=by, subject=subject)(b.BedBurned),)


def close_bed(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Nobody new goes there; the same for seats. Raises NoSuchBed, PlaceShut, PlaceInUse."""
    place = find_bed(state, subject)
    if not place.is_open:
        raise PlaceShut
    if any(claim.takes(_after(place, at)) for claim in place.claims):
        raise PlaceInUse
    kind: type[Entry] = b.BedClosed if place.kind == "bed" else b.SeatsWithdrawn
    return (Maker(id=id, at=_after(place, at), by=by, subject=subject)(kind),)


def find_bed(state: State, code: str) -> Scarce:
    """The bed or seats under a code. Raises NoSuchBed."""
    place = state.beds.get(code)
    if place is None:
        raise NoSuchBed
    return place


def fitting(
    state: State, now: datetime, *, accepts: Collection[str] = (), region: str = "", bed_type: str = ""
) -> tuple[Scarce, ...]:
    """Beds with a free place that take such people, the safest first. What is not described fits no wish."""
    found = [bed for bed in state.beds if bed.kind == "bed" and bed.free(now)]
    wanted = [bed for bed in found if _fits(bed, accepts, region, bed_type)]
    risks = ("green", "watch", "move", "burned")
    return tuple(sorted(wanted, key=lambda bed: (risks.index(bed.risk(now)), -bed.free(now), bed.code)))


def kept_for(state: State, subject: str, now: datetime) -> tuple[Kept, ...]:
    """What is kept for a case or a journey and not over: at most one bed is right; two are shown as two."""
    claims = {claim.id: claim for place in state.beds for claim in place.claims}
    asked = state.asked.get(subject) or ()
    kept = (_kept(x, claims.get(x.claim), now) for x in asked)
    return tuple(k for k in kept if k.state != "freed")


def _kept(asked: b.BedAskedFor | b.SeatAskedFor, claim: Claim | None, now: datetime) -> Kept:
    leg = asked.leg if isinstance(asked, b.SeatAskedFor) else None
    if claim is None:
        return Kept(claim=asked.claim, state="unknown", until=None, leg=leg)
    return Kept(
        claim=claim.id,
        state=claim.state(now),
        until=claim.until,
        displaced=claim.displaced,
        leg=leg,
        apart=claim.apart,
    )


def _stage(state: State, claim: str, to: str, id: str, by: str, at: datetime, **facts: Any) -> Entry:
    place = next(p for p in state.beds if any(c.id == claim for c in p.claims))
    kind = b.SeatLeft if place.kind == "seats" else _KINDS[to]
    known = tuple(x.id for x in _stages(state.beds.heard[place.code], claim))
    when = _after(place, at)
    return kind(id=id, at=when, by=by, subject=place.code, claim=claim, replaces=known, **facts)  # type: ignore[call-arg]


def _stages(heard: Iterable[Entry], claim: str) -> Iterable[Entry]:
    return (x for x in heard if getattr(x, "claim", "") == claim)


def _free(state: State, code: str, at: datetime) -> Scarce:
    place = find_bed(state, code)
    if not place.is_open:
        raise PlaceShut
    if not place.free(_after(place, at)):
        raise NoneFree
    return place


def _fits(bed: Scarce, accepts: Collection[str], region: str, bed_type: str) -> bool:
    """Whether every description that stands fits the wish."""
    if not (accepts or region or bed_type):
        return True
    said = [x for x in bed.described if isinstance(x, b.BedDescribed)]
    return bool(said) and all(
        set(accepts) <= set(x.accepts) and region in ("", x.region) and bed_type in ("", x.bed_type)
        for x in said
    )


def _check_capacity(capacity: int) -> None:
    if not 1 <= capacity <= MOST:
        raise CapacityImpossible(most=MOST)


def _after(place: Scarce | None, at: datetime) -> datetime:
    """Later than all that was heard of it: a slow clock must not put a claim before what it follows."""
    return at if place is None else max(at, place.last_at + _TICK)

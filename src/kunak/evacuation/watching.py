"""On the way: signs, the ladder of a missed one, shutdowns, and routes that became doubtful."""

from datetime import datetime, timedelta

from kunak.evacuation import entries as e
from kunak.evacuation import facts
from kunak.evacuation.checkins import (
    TAKEN_BY_ONE,
    Late,
    awaited,
    late,
    open_check_ins,
)
from kunak.evacuation.ground import (
    ahead,
    find,
    one_of,
    over,
    reschedule,
    stamp,
    travelling,
    two_people,
)
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import State
from kunak.evacuation.queries import doubtful_routes, plans_on
from kunak.evacuation.refusals import (
    AlreadyMissing,
    BeyondTheRule,
    GraceIsOver,
    InTheFuture,
    NobodyListed,
    NoSuchLeg,
    NoSuchShutdown,
    NothingToAnswer,
    NothingToRecheck,
    NotLate,
    NotMoving,
    NotSilent,
    StepNotDue,
    UnderControl,
)
from kunak.evacuation.standing import known_signs
from kunak.fold import Entry

RECHECK_WITHIN = timedelta(hours=2)  # everyone else on a doubtful route (NEEDS Sc-6)
EXTENSION_REASONS = ("person_asked", "carrier_late")
# Ways of hearing from someone that are hard to force.
SAFE_SIGNS = ("met_in_person", "live_call_safe_word", "trusted_person_saw_them", "lawyer_saw_them")


def mark_check_in(
    state: State,
    *,
    subject: str,
    leg: int,
    sign: str = "ok",
    heard_at: datetime | None = None,
    new_due: datetime | None = None,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """A sign came: ok, delayed (with the new due time) or duress. A sign for a later leg answers for the
    earlier ones. ``heard_at`` defaults to now.

    Raises NotOnTheWay, NoSuchLeg, InTheFuture, NotAhead, NotAccepted.
    """
    journey = travelling(state, subject)
    one_of(sign, facts.SIGNS)
    heard_at = heard_at or at
    if heard_at > at:
        raise InTheFuture
    if sign != "duress" and leg not in {c.leg for c in open_check_ins(journey)}:
        raise NoSuchLeg
    if sign == "delayed":
        ahead(new_due, at)
    delay = new_due if sign == "delayed" else None
    common = {**stamp(journey, by, at), "seen": known_signs(journey)}
    return (e.CheckInMarked(id=id, leg=leg, sign=sign, heard_at=heard_at, new_due=delay, **common),)


def take_step(
    state: State, *, subject: str, step: str, level: str = "", by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Note that a step of the ladder was taken: cover_message, trusted_person or second_channel.

    The window of the safe-contact plan is for the caller to hold. Raises NotLate, NobodyListed, StepNotDue,
    UnderControl, AlreadyMissing, NotAccepted.
    """
    journey = find(state, subject)
    one_of(step, TAKEN_BY_ONE)
    where = _ladder(journey, at, level)
    if where.status == "under_control":
        raise UnderControl
    if where.status == "missing":
        raise AlreadyMissing
    rung = next((r for r in where.rungs if r.step == step), None)
    if rung is None:
        raise NobodyListed
    if rung.at > at or rung.taken is not None:
        raise StepNotDue
    seen = known_signs(journey)
    return (e.CheckInMissed(id=id, leg=where.leg, step=step, seen=seen, **stamp(journey, by, at)),)


def decide_missing(
    state: State, *, subject: str, level: str = "", by: str, second: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Two workers decide that the person is missing: when silent, or under control.

    Raises SecondMemberNeeded, NotLate, NotSilent, AlreadyMissing.
    """
    journey = find(state, subject)
    two_people(by, second)
    where = _ladder(journey, at, level)
    if where.status == "missing":
        raise AlreadyMissing
    if where.status == "late":
        raise NotSilent
    return (e.MissingDecided(id=id, first=by, seen=known_signs(journey), **stamp(journey, second, at)),)


def find_again(
    state: State,
    *,
    subject: str,
    how: str,
    next_sign: datetime | None = None,
    by: str,
    second: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Two people note that the person was heard of in a way that is hard to force; the clocks start anew.

    On a leg, ``next_sign`` is when the next sign is now due, and later ones move with it. Raises
    SecondMemberNeeded, NotAccepted, NothingToAnswer, NotAhead.
    """
    journey = find(state, subject)
    two_people(by, second)
    one_of(how, SAFE_SIGNS)
    troubled = journey.missing_since or journey.under_control or journey.stop or late(journey, at)
    if not journey.on_the_way or not troubled:
        raise NothingToAnswer
    common = stamp(journey, second, at)
    found = e.FoundAgain(id=f"{id}.0", first=by, how=how, seen=known_signs(journey), **common)
    if journey.state != "moving":
        return (found,)
    return (found, *reschedule(journey, ahead(next_sign, at), f"{id}.1", common["by"], common["at"]))


def extend_grace(
    state: State, *, subject: str, minutes: int, reason: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """More grace for the sign that is awaited on a leg: in all at most as much as its own grace, and only
    while the clock still runs. Raises NotMoving, GraceIsOver, BeyondTheRule, NotAccepted."""
    journey = find(state, subject)
    one_of(reason, EXTENSION_REASONS)
    sign = awaited(journey)
    if journey.state != "moving" or sign is None or sign.kind != "leg":
        raise NotMoving
    if at >= sign.grace_over:
        raise GraceIsOver
    rule = next(c.grace for c in journey.schedule if c.leg == sign.leg)
    present = (x for x in journey.extensions if x.leg == sign.leg and x.schedule == journey.schedules)
    left = rule - sum(x.minutes for x in present)
    if not 0 < minutes <= left:
        raise BeyondTheRule(minutes=max(left, 0))
    common = stamp(journey, by, at)
    return (e.GraceExtended(id=id, leg=sign.leg, minutes=minutes, reason=reason, **common),)


def flag_shutdown(
    state: State, *, region: str, since: datetime, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The internet of a region is shut down: every plan not over with a leg there is told which legs.

    Each plan then lengthens its grace by its own rule. The region itself is not written. Raises InTheFuture.
    """
    if since > at:
        raise InTheFuture
    touched = [(j, legs) for j in state if not over(j) and (legs := _legs_in(j, region))]
    return tuple(
        e.ShutdownFlagged(id=f"{id}.{n}", legs=legs, since=since, flag=id, **stamp(j, by, at))
        for n, (j, legs) in enumerate(touched)
    )


def lift_shutdown(
    state: State, *, flag: str, until: datetime, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """It works again, on every journey that was told. Raises NoSuchShutdown, InTheFuture."""
    if until > at:
        raise InTheFuture
    touched = [j for j in state if any(s.flag == flag and s.until is None for s in j.shutdowns)]
    if not touched:
        raise NoSuchShutdown
    return tuple(
        e.ShutdownLifted(id=f"{id}.{n}", flag=flag, until=until, **stamp(j, by, at))
        for n, j in enumerate(touched)
    )


def mark_route_doubtful(
    state: State, *, route: str, reason: str, happened_on: str = "", by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Something happened on a route: everyone else who still has it ahead is looked at within two hours.

    ``happened_on``: the journey on which it happened, if it was one of ours; it is written nowhere. The
    entries that reach the others name no route. Whoever does this must read places, else nobody is found.
    Raises NotAccepted.
    """
    one_of(reason, facts.DOUBTS)
    known = state.routes.heard.get(route, ())
    when = max([at, *(entry.at + timedelta(microseconds=1) for entry in known)])
    marked = e.RouteMarkedDoubtful(id=f"{id}.0", at=when, by=by, subject=route, reason=reason)
    others = [j for j in plans_on(state, route) if j.code != happened_on]
    due = at + RECHECK_WITHIN
    demands = (
        e.RecheckDemanded(id=f"{id}.{n}", due=due, **stamp(j, by, at)) for n, j in enumerate(others, start=1)
    )
    return (marked, *demands)


def clear_route(
    state: State, *, route: str, reason: str, by: str, second: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Two people hold that a doubtful route can be used again, and say why.

    Raises SecondMemberNeeded, NotAccepted, NothingToRecheck.
    """
    two_people(by, second)
    one_of(reason, facts.CLEARED)
    if route not in doubtful_routes(state):
        raise NothingToRecheck
    when = max(at, state.routes.heard[route][-1].at + timedelta(microseconds=1))
    return (e.RouteCleared(id=id, at=when, by=second, subject=route, first=by, reason=reason),)


def _ladder(journey: Journey, at: datetime, level: str) -> Late:
    where = late(journey, at, level)
    if where is None:
        raise NotLate
    return where


def _legs_in(journey: Journey, region: str) -> tuple[int, ...]:
    legs = () if journey.way is None else journey.way.legs
    return tuple(leg.number for leg in legs if leg.region == region)

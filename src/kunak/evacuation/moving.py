"""From the first step to the end: ready → moving ⇄ paused → arrived or aborted → confirmed_safe → closed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kunak.evacuation import entries as e
from kunak.evacuation.checkins import TAKEN_BY_ONE, Late, awaited, late, open_check_ins, shifted
from kunak.evacuation.model import Journey, State
from kunak.evacuation.preparing import find, one_of, stamp, still_missing, two_people
from kunak.evacuation.queries import plans_on
from kunak.evacuation.refusals import (
    AlreadyMissing,
    BeyondTheRule,
    ChecksMissing,
    GraceIsOver,
    InTheFuture,
    JourneyOver,
    NobodyListed,
    NoSuchLeg,
    NoSuchShutdown,
    NotAhead,
    NotArrived,
    NotClosable,
    NothingToAnswer,
    NotLate,
    NotMoving,
    NotOnTheWay,
    NotPaused,
    NotReady,
    NotSilent,
    SafetyUnknown,
    StepNotDue,
    UnderControl,
)
from kunak.fold import Entry

LONGEST_AHEAD = timedelta(days=14)  # for a next sign that is agreed on the way
RECHECK_WITHIN = timedelta(hours=2)  # everyone else on a doubtful route (NEEDS Sc-6)
EXTENSION_REASONS = ("person_asked", "carrier_late")
PAUSE_REASONS = ("person_asked", "abort_sign", "waiting", "danger_ahead", "illness", "other")
ABORT_REASONS = (
    "person_asked",
    "abort_sign",
    "turned_back",
    "detained",
    "charged",
    "handed_over",
    "missing",
    "plan_dropped",
    "route_doubtful",
    "other",
)
# Ways of hearing from someone that are hard to force.
SAFE_SIGNS = ("met_in_person", "live_call_safe_word", "trusted_person_saw_them", "lawyer_saw_them")
OUTCOMES = ("safe", "never_began", "missing", "held")


def start_journey(
    state: State, *, subject: str, consents: Iterable[str], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """ready → moving. Everything is looked at once more: what changed since the go stops the start.

    ``consents``: ids of the case's p4 lines that are valid now. Raises NotReady, NoValidYes, RecheckFirst,
    ChecksMissing.
    """
    journey = find(state, subject)
    if journey.state != "ready":
        raise NotReady
    if missing := still_missing(journey, consents):
        raise ChecksMissing(missing=", ".join(missing))
    return (e.JourneyStarted(id=id, **stamp(journey, by, at)),)


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
    journey = _travelling(state, subject)
    one_of(sign, e.SIGNS)
    heard_at = heard_at or at
    if heard_at > at:
        raise InTheFuture
    if sign != "duress" and leg not in {c.leg for c in open_check_ins(journey)}:
        raise NoSuchLeg
    if sign == "delayed":
        _ahead(new_due, at)
    delay = new_due if sign == "delayed" else None
    common = stamp(journey, by, at)
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
    return (e.CheckInMissed(id=id, leg=where.leg, step=step, **stamp(journey, by, at)),)


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
    return (e.MissingDecided(id=id, first=by, **stamp(journey, second, at)),)


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
    found = e.FoundAgain(id=f"{id}.0", first=by, how=how, **common)
    if journey.state != "moving":
        return (found,)
    return (found, *_reschedule(journey, _ahead(next_sign, at), f"{id}.1", common["by"], common["at"]))


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
    touched = [(j, legs) for j in state if not _over(j) and (legs := _legs_in(j, region))]
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


def stop_at_border(
    state: State, *, subject: str, stopped_at: datetime | None = None, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person was told to wait: moving or paused → paused, level P0; the clock of the stop-decision runs.

    Raises NotOnTheWay, InTheFuture.
    """
    journey = _travelling(state, subject)
    stopped_at = stopped_at or at
    if stopped_at > at:
        raise InTheFuture
    sign = awaited(journey)
    leg = 1 if sign is None else sign.leg
    return (e.StoppedAtBorder(id=id, leg=leg, stopped_at=stopped_at, **stamp(journey, by, at)),)


def pause_journey(
    state: State,
    *,
    subject: str,
    reason: str,
    next_sign: datetime,
    grace: int = 120,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """moving → paused, until a next sign that is due like any other (``grace`` in minutes).

    Raises NotMoving, NotAhead, NotAccepted.
    """
    journey = find(state, subject)
    if journey.state != "moving":
        raise NotMoving
    one_of(reason, PAUSE_REASONS)
    due = _ahead(next_sign, at)
    return (e.Paused(id=id, reason=reason, next_sign=due, grace=grace, **stamp(journey, by, at)),)


def resume_journey(
    state: State, *, subject: str, next_sign: datetime, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """paused → moving; the next sign falls due at ``next_sign`` and the later ones move with it.

    Raises NotPaused, UnderControl, AlreadyMissing, NotAhead.
    """
    journey = find(state, subject)
    if journey.state != "paused":
        raise NotPaused
    if journey.under_control is not None:
        raise UnderControl
    if journey.missing_since is not None:
        raise AlreadyMissing
    due = _ahead(next_sign, at)
    common = stamp(journey, by, at)
    resumed = e.Resumed(id=f"{id}.0", **common)
    return (resumed, *_reschedule(journey, due, f"{id}.1", by, common["at"]))


def abort_journey(
    state: State, *, subject: str, reason: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The journey ends here; always allowed until it is over. Raises JourneyOver, NotAccepted."""
    journey = find(state, subject)
    if _over(journey):
        raise JourneyOver
    one_of(reason, ABORT_REASONS)
    return (e.Aborted(id=id, reason=reason, **stamp(journey, by, at)),)


def record_arrival(
    state: State, *, subject: str, arrived_at: datetime | None = None, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """moving → arrived; the places are forgotten 72 hours later. Raises NotMoving, InTheFuture."""
    journey = find(state, subject)
    if journey.state != "moving":
        raise NotMoving
    arrived_at = arrived_at or at
    if arrived_at > at:
        raise InTheFuture
    return (e.Arrived(id=id, arrived_at=arrived_at, **stamp(journey, by, at)),)


def confirm_safe(
    state: State, *, subject: str, how: str, by: str, second: str = "", at: datetime, id: str
) -> tuple[Entry, ...]:
    """arrived, or aborted on the way → confirmed_safe; the follow-up of the case starts.

    Of a person who is under control, stopped or missing as far as we know, two people confirm it, by a sign
    that is hard to force. Raises NotArrived, NotAccepted, SecondMemberNeeded.
    """
    journey = find(state, subject)
    if journey.state not in ("arrived", "aborted") or not journey.on_the_way:
        raise NotArrived
    doubted = bool(journey.under_control or journey.missing_since or journey.stop)
    one_of(how, SAFE_SIGNS if doubted else (*SAFE_SIGNS, "agreed_sign"))
    if doubted:
        two_people(by, second)
    signer, first = (second, by) if second and second != by else (by, "")
    return (e.ConfirmedSafe(id=f"{id}.0", how=how, first=first, **stamp(journey, signer, at)),)


def close_journey(
    state: State, *, subject: str, outcome: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The end of work on the journey. Of a person who set out and is not safe, only as missing or held.

    Raises NotClosable, SafetyUnknown, NotAccepted.
    """
    journey = find(state, subject)
    one_of(outcome, OUTCOMES)
    if journey.state not in ("confirmed_safe", "aborted"):
        raise NotClosable
    if outcome not in _true_outcomes(journey):
        raise SafetyUnknown
    return (e.JourneyClosed(id=id, outcome=outcome, **stamp(journey, by, at)),)


def mark_route_doubtful(
    state: State, *, subject: str, route: str, reason: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Something happened on a route: everyone else who still has it ahead is looked at within two hours.

    ``subject`` is the journey on which it happened; the entries that reach the others name no route.
    Raises NoSuchLeg when that journey has no leg on the route.
    """
    journey = find(state, subject)
    if journey.way is None or route not in {leg.route for leg in journey.way.legs if leg.route}:
        raise NoSuchLeg
    marked = e.RouteMarkedDoubtful(id=f"{id}.0", route=route, reason=reason, **stamp(journey, by, at))
    others = [j for j in plans_on(state, route) if j.code != subject]
    due = at + RECHECK_WITHIN
    demands = (
        e.RecheckDemanded(id=f"{id}.{n}", due=due, cause=marked.id, **stamp(j, by, at))
        for n, j in enumerate(others, start=1)
    )
    return (marked, *demands)


def _travelling(state: State, subject: str) -> Journey:
    """A journey whose person is between start and end, by the state or by what another device saw."""
    journey = find(state, subject)
    if not journey.on_the_way or journey.state in ("arrived", "aborted"):
        raise NotOnTheWay
    return journey


def _over(journey: Journey) -> bool:
    return journey.state in ("aborted", "arrived", "confirmed_safe", "closed")


def _ladder(journey: Journey, at: datetime, level: str) -> Late:
    where = late(journey, at, level)
    if where is None:
        raise NotLate
    return where


def _ahead(sign: datetime | None, at: datetime) -> datetime:
    if sign is None or not at < sign <= at + LONGEST_AHEAD:
        raise NotAhead(days=LONGEST_AHEAD.days)
    return sign


def _reschedule(journey: Journey, next_sign: datetime, id: str, by: str, at: datetime) -> tuple[Entry, ...]:
    """What is left of the schedule, moved so that its first sign falls due at ``next_sign``."""
    ahead = open_check_ins(journey)
    if not ahead:
        return ()
    done = tuple(c for c in journey.schedule if c.leg < ahead[0].leg)
    check_ins = (*done, *shifted(ahead, next_sign - ahead[0].due))
    return (e.CheckInsScheduled(id=id, at=at, by=by, subject=journey.code, check_ins=check_ins),)


def _legs_in(journey: Journey, region: str) -> tuple[int, ...]:
    legs = () if journey.way is None else journey.way.legs
    return tuple(leg.number for leg in legs if leg.region == region)


def _true_outcomes(journey: Journey) -> tuple[str, ...]:
    if journey.state == "confirmed_safe":
        return ("safe",)
    if journey.begun_at is None:
        return ("never_began",)
    known_held = journey.abort_reason in ("detained", "charged", "handed_over")
    return (*(["missing"] if journey.missing_since else []), *(["held"] if known_held else []))

"""From the first step to the end: ready → moving ⇄ paused → arrived or aborted → confirmed_safe → closed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from kunak.casework.entries import FollowUpStarted
from kunak.evacuation import entries as e
from kunak.evacuation.checkins import awaited
from kunak.evacuation.deciding import still_missing
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
from kunak.evacuation.refusals import (
    AlreadyMissing,
    ChecksMissing,
    InTheFuture,
    JourneyOver,
    NotArrived,
    NotClosable,
    NotMoving,
    NotPaused,
    NotReady,
    SafetyUnknown,
    UnderControl,
)
from kunak.evacuation.standing import known_signs
from kunak.evacuation.watching import SAFE_SIGNS
from kunak.fold import Entry, ids

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
    if missing := still_missing(state, journey, consents):
        raise ChecksMissing(missing=", ".join(missing))
    common, known = stamp(journey, by, at), journey.standing
    before = ids(known.schedules)
    started = e.JourneyStarted(id=id, check_ins=journey.schedule, replaces=before, **common)
    ways = tuple(
        replace(chosen, id=f"{id}.1", under_way=True, replaces=ids(known.ways), **common)
        for chosen in known.ways[-1:]
    )
    return (started, *ways)


def stop_at_border(
    state: State, *, subject: str, stopped_at: datetime | None = None, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person was told to wait: moving or paused → paused, level P0; the clock of the stop-decision runs.

    Raises NotOnTheWay, InTheFuture.
    """
    journey = travelling(state, subject)
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
    due = ahead(next_sign, at)
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
    due = ahead(next_sign, at)
    common = stamp(journey, by, at)
    resumed = e.Resumed(id=f"{id}.0", seen=known_signs(journey), **common)
    return (resumed, *reschedule(journey, due, f"{id}.1", by, common["at"]))


def abort_journey(
    state: State, *, subject: str, reason: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The journey ends here; always allowed until it is over. Raises JourneyOver, NotAccepted."""
    journey = find(state, subject)
    if over(journey):
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
    one_of(how, SAFE_SIGNS if journey.doubted else (*SAFE_SIGNS, "agreed_sign"))
    if journey.doubted:
        two_people(by, second)
    signer, first = (second, by) if second and second != by else (by, "")
    common = {**stamp(journey, signer, at), "seen": known_signs(journey)}
    confirmed = e.ConfirmedSafe(id=f"{id}.0", how=how, first=first, **common)
    follow_up = FollowUpStarted(
        id=f"{id}.1", at=confirmed.at, by=signer, subject=journey.case, confirmed_safe_at=confirmed.at
    )
    return (confirmed, follow_up)


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


def _true_outcomes(journey: Journey) -> tuple[str, ...]:
    if journey.state == "confirmed_safe":
        return ("safe",)
    if journey.begun_at is None:
        return ("never_began",)
    known_held = journey.abort_reason in ("detained", "charged", "handed_over")
    return (*(["missing"] if journey.missing_since else []), *(["held"] if known_held else []))

"""When a sign is due, when it is late, and what is done about it, step by step (NEEDS F8, F13, Sc-5).

All arithmetic is on instants in UTC, so midnight and time zones cannot move a deadline; the local hour only
decides whether a leg is overnight. Nothing in the ladder is a call to the family or to the police: that is
never done by reflex, and ``NEVER`` says so wherever the ladder is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from kunak.evacuation.facts import CheckIn, Leg
from kunak.evacuation.journey import Extension, Journey, Mark, Step

GRACE_ON_A_LEG = 30  # minutes
GRACE_OVERNIGHT = 120
CONFIRM_WITHIN = timedelta(hours=2)  # after arrival, or after an abort on the way

# From the end of grace until the person counts as silent (NEEDS F13).
THRESHOLDS: Mapping[str, timedelta] = MappingProxyType(
    {
        "P0": timedelta(hours=2),
        "P1": timedelta(hours=12),
        "P2": timedelta(hours=72),
        "P3": timedelta(days=14),
    }
)
# The steps, and at which share of the threshold each falls due (the shares are Kunak's own choice). The last
# is reached when the person is silent: two workers decide whether they are missing.
LADDER: Mapping[str, float] = MappingProxyType(
    {"cover_message": 0.0, "trusted_person": 0.25, "second_channel": 0.5, "decide_missing": 1.0}
)
TAKEN_BY_ONE = ("cover_message", "trusted_person", "second_channel")
NEVER = ("never_family_by_reflex", "never_police_by_reflex")


@dataclass(frozen=True, kw_only=True)
class Due:
    """A sign that is awaited. ``kind``: leg, pause, stop (at a border), confirm_safe."""

    kind: str
    leg: int
    due: datetime
    grace_over: datetime


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the ladder: when it falls due, and when it was taken, if it was."""

    step: str
    at: datetime
    taken: datetime | None


@dataclass(frozen=True, kw_only=True)
class Late:
    """A sign that is missed, and where on its ladder we stand.

    ``status``: late, silent (the threshold has passed), under_control (a duress sign), missing (two workers
    decided). ``step`` is due now, or "" when the last one is taken and the next not yet due; ``next_step``
    follows at ``next_at``. A missed sign on the way is a P0 trigger (F4): ``raises_to`` says so.
    """

    kind: str
    leg: int
    due: datetime
    late_by: timedelta
    level: str
    status: str
    step: str
    next_step: str
    next_at: datetime | None
    silent_at: datetime
    rungs: tuple[Rung, ...]
    raises_to: str = "P0"
    never: tuple[str, ...] = NEVER


def is_overnight(due: datetime, hours: float, utc_offset: int) -> bool:
    """Whether a leg of so many hours that ends at ``due`` touches 00:00–05:00 local time.

    ``utc_offset`` is in minutes east of UTC.
    """
    end = due + timedelta(minutes=utc_offset)
    start = end - timedelta(hours=hours)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight <= end:
        if start < midnight + timedelta(hours=5) and midnight <= end:
            return True
        midnight += timedelta(days=1)
    return False


def planned(leg: Leg) -> CheckIn:
    """The check-in at the end of a leg: 30 minutes of grace, overnight two hours, unless the plan says."""
    grace = leg.grace
    if grace is None:
        overnight = leg.day_part == "night" or is_overnight(leg.check_in_due, leg.hours, leg.utc_offset)
        grace = GRACE_OVERNIGHT if overnight else GRACE_ON_A_LEG
    return CheckIn(leg=leg.number, due=leg.check_in_due, grace=grace, shutdown_grace=leg.shutdown_grace)


def passed_leg(journey: Journey) -> int:
    """The last leg whose end the person freely said they reached; a later sign answers for earlier legs."""
    freely = (m.leg for m in journey.marks if m.sign == "ok" and journey.spoken_freely(m.heard_at))
    return max(freely, default=0)


def open_check_ins(journey: Journey) -> tuple[CheckIn, ...]:
    """What of the present schedule is still ahead, with the delays the person told."""
    passed = passed_leg(journey)
    return tuple(_delayed(journey, c) for c in journey.schedule if c.leg > passed)


def shifted(check_ins: Iterable[CheckIn], by: timedelta) -> tuple[CheckIn, ...]:
    """The same check-ins, all later (or earlier) by so much."""
    return tuple(replace(c, due=c.due + by) for c in check_ins)


def awaited(journey: Journey) -> Due | None:
    """The one sign whose clock runs now, or None when nobody is on the way."""
    if not journey.on_the_way:
        return None
    if journey.state == "paused" or journey.stop is not None:
        return _paused(journey)
    ended = {"arrived": journey.arrived_at, "aborted": journey.aborted_at}.get(journey.state)
    if ended is None:
        return _on_a_leg(journey)
    due = ended + CONFIRM_WITHIN
    return Due(kind="confirm_safe", leg=journey.legs, due=due, grace_over=due)


def late(
    journey: Journey, now: datetime, level: str = "", window_opens: datetime | None = None
) -> Late | None:
    """Where the ladder of a missed sign stands at ``now``, or None when nothing is late.

    ``level`` is the case's level today (default: the one the journey was planned at); a duress sign and a
    stop at a border are P0 whatever it says. ``window_opens``: when the safe-contact plan next allows a cover
    message; None when it does now.
    """
    sign = awaited(journey)
    if sign is None:
        return None
    forced = journey.under_control
    begins = sign.grace_over if forced is None else min(forced, sign.grace_over)
    if now < begins:
        return None
    level = "P0" if forced or sign.kind == "stop" else level or journey.level
    silent_at = begins + THRESHOLDS[level]
    rungs = tuple(_rungs(journey, sign, begins, THRESHOLDS[level], window_opens))
    status = _status(journey, now, silent_at)
    step = _step(status, rungs, now)
    ahead = () if status == "missing" else tuple(r for r in rungs if r.taken is None and r.step != step)
    return Late(
        kind=sign.kind,
        leg=sign.leg,
        due=sign.due,
        late_by=max(now - sign.due, timedelta()),
        level=level,
        status=status,
        step=step,
        next_step=ahead[0].step if ahead else "",
        next_at=ahead[0].at if ahead else None,
        silent_at=silent_at,
        rungs=rungs,
    )


def _status(journey: Journey, now: datetime, silent_at: datetime) -> str:
    if journey.missing_since is not None:
        return "missing"
    if journey.under_control is not None:
        return "under_control"
    return "silent" if now >= silent_at else "late"


def _step(status: str, rungs: tuple[Rung, ...], now: datetime) -> str:
    if status == "missing":
        return ""
    if status in ("under_control", "silent"):
        # Under control, whoever holds the person reads what we write: no message, no second channel.
        return "decide_missing"
    return next((r.step for r in rungs if r.taken is None and r.at <= now), "")


def _rungs(
    journey: Journey, sign: Due, begins: datetime, threshold: timedelta, window_opens: datetime | None
) -> Iterator[Rung]:
    for step, share in LADDER.items():
        if step == "trusted_person" and not journey.trusted_person:
            continue
        at = begins + threshold * share
        if step == "cover_message" and window_opens is not None:
            at = max(at, window_opens)
        yield Rung(step=step, at=at, taken=_taken(journey, sign, step))


def _taken(journey: Journey, sign: Due, step: str) -> datetime | None:
    if step == "decide_missing":
        return journey.missing_since
    return min((s.at for s in journey.steps if s.step == step and _of(sign, s)), default=None)


def _of(sign: Due, step: Step) -> bool:
    """Whether a step was taken for this sign: on the same leg, and not before it was due."""
    return step.leg == sign.leg and step.at >= sign.due


def _paused(journey: Journey) -> Due | None:
    leg = passed_leg(journey) + 1
    if journey.stop is not None:
        since = journey.stop.stopped_at
        return Due(kind="stop", leg=leg, due=since, grace_over=since)
    if journey.pause is None:
        return None
    due = journey.pause.next_sign
    return Due(kind="pause", leg=leg, due=due, grace_over=due + timedelta(minutes=journey.pause.grace))


def _on_a_leg(journey: Journey) -> Due | None:
    ahead = open_check_ins(journey)
    if not ahead:
        # Every leg is done, so the last sign was the arrival: the clock is the one that asks to record it.
        signs = [m.heard_at for m in journey.marks if m.sign == "ok"]
        ends = [*signs, *(c.due for c in journey.schedule[-1:])]
        if not ends:
            return None
        return Due(
            kind="confirm_safe", leg=journey.legs, due=max(ends), grace_over=max(ends) + CONFIRM_WITHIN
        )
    first = ahead[0]
    return Due(kind="leg", leg=first.leg, due=first.due, grace_over=_grace_over(journey, first))


def _grace_over(journey: Journey, check_in: CheckIn) -> datetime:
    """Due, plus the plan's grace, plus what was added within its rule, plus its shutdown grace if it counts.

    A shutdown counts when it covers any moment between due and the end of the ordinary grace: one that ended
    before, or began when the person was late already, explains nothing.
    """
    added = sum(_present(journey, check_in.leg, journey.extensions))
    end = check_in.due + timedelta(minutes=check_in.grace + min(added, check_in.grace))
    for shutdown in journey.shutdowns:
        over = shutdown.until is not None and shutdown.until < check_in.due
        if check_in.leg in shutdown.legs and shutdown.since <= end and not over:
            return end + timedelta(minutes=check_in.shutdown_grace)
    return end


def _present(journey: Journey, leg: int, extensions: Iterable[Extension]) -> Iterator[int]:
    return (x.minutes for x in extensions if x.leg == leg and x.schedule == journey.schedules)


def _delayed(journey: Journey, check_in: CheckIn) -> CheckIn:
    said = [m.new_due for m in journey.marks if m.leg == check_in.leg and _delays(journey, m)]
    latest = said[-1] if said else None
    return check_in if latest is None else replace(check_in, due=max(latest, check_in.due))


def _delays(journey: Journey, mark: Mark) -> bool:
    current = mark.schedule == journey.schedules and mark.new_due is not None
    return current and mark.sign == "delayed" and journey.spoken_freely(mark.heard_at)

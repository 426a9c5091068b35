"""What every action of a journey stands on: the journey itself, two people, accepted codes, and the hour."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from kunak.evacuation import entries as e
from kunak.evacuation.checkins import open_check_ins, shifted
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import State
from kunak.evacuation.refusals import (
    NoSuchJourney,
    NotAccepted,
    NotAhead,
    NotOnTheWay,
    SecondMemberNeeded,
)
from kunak.fold import Entry, ids

BEFORE_TRAVEL = ("draft", "checked", "ready")
LONGEST_AHEAD = timedelta(days=14)  # for a next sign that is agreed on the way
_TICK = timedelta(microseconds=1)


def find(state: State, subject: str) -> Journey:
    """The journey of this code. Raises NoSuchJourney."""
    journey = state.get(subject)
    if journey is None:
        raise NoSuchJourney
    return journey


def after(journey: Journey, at: datetime) -> datetime:
    """``at``, but later than all that was heard: what answers an entry must sort behind it, even when two
    machines' clocks differ or one clock stood still."""
    return max(at, journey.last_at + _TICK)


def one_of(value: str, accepted: Iterable[str]) -> None:
    """Raises NotAccepted unless ``value`` is among the accepted codes."""
    choices = tuple(accepted)
    if value not in choices:
        raise NotAccepted(accepted=", ".join(choices))


def two_people(by: str, second: str) -> None:
    """Raises SecondMemberNeeded unless two different members stand behind this."""
    if not second or second == by:
        raise SecondMemberNeeded


def stamp(journey: Journey, by: str, at: datetime) -> dict[str, Any]:
    """What every entry about this journey carries."""
    return {"at": after(journey, at), "by": by, "subject": journey.code}


def travelling(state: State, subject: str) -> Journey:
    """A journey whose person is between start and end, by the state or by what another device saw."""
    journey = find(state, subject)
    if not journey.on_the_way or journey.state in ("arrived", "aborted"):
        raise NotOnTheWay
    return journey


def over(journey: Journey) -> bool:
    return journey.state in ("aborted", "arrived", "confirmed_safe", "closed")


def ahead(sign: datetime | None, at: datetime) -> datetime:
    if sign is None or not at < sign <= at + LONGEST_AHEAD:
        raise NotAhead(days=LONGEST_AHEAD.days)
    return sign


def reschedule(journey: Journey, next_sign: datetime, id: str, by: str, at: datetime) -> tuple[Entry, ...]:
    """What is left of the schedule, moved so that its first sign falls due at ``next_sign``."""
    ahead = open_check_ins(journey)
    if not ahead:
        return ()
    done = tuple(c for c in journey.schedule if c.leg < ahead[0].leg)
    check_ins = (*done, *shifted(ahead, next_sign - ahead[0].due))
    before = ids(journey.standing.schedules)
    return (
        e.CheckInsScheduled(
            id=id, at=at, by=by, subject=journey.code, check_ins=check_ins, under_way=True, replaces=before
        ),
    )

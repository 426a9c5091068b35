"""Surge: many write at once. One switch, and what hangs on it; a rota of three groups, so that people last.

While it is on the public page puts six questions instead of eight, says how long an answer really takes, and puts
self-help forward (``exchange.notice``). Nothing in it decides about anyone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak.errors import Refused
from kunak.fold import Entry, replace
from kunak.intake import entries as e
from kunak.intake.lists import SURGE_OVER, SURGE_REASONS
from kunak.intake.making import Maker, check_listed
from kunak.intake.model import State

GROUPS = (1, 2, 3)
SHIFT = timedelta(hours=8)  # nobody works longer: tired people make mistakes, and leak
_DAY = timedelta(days=1)


class SurgeOnAlready(Refused):
    """Surge is on."""

    code = "surge-on-already"
    hint = "A colleague may have switched it on; look who and why."


class SurgeOff(Refused):
    """Surge is off."""

    code = "surge-off"
    hint = "A coordinator switches it on."


class NoSuchHour(Refused):
    """A rota begins at a whole hour of the day, 0 to 23."""

    code = "no-such-hour"
    hint = "Give the hour in UTC."


@dataclass(frozen=True, kw_only=True)
class Switched:
    """One turn of the switch: who, when, why."""

    on: bool
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Surge:
    """How it stands. ``groups``: for each member who took one, which; ``turns``: every turn, oldest first."""

    on: bool = False
    since: datetime | None = None
    rota_from: int = 0
    groups: dict[str, int]
    turns: tuple[Switched, ...] = ()

    def members(self, group: int) -> tuple[str, ...]:
        """Who works in a group."""
        return tuple(sorted(member for member, taken in self.groups.items() if taken == group))


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Who is on at an hour: the group, its members, and when it hands over."""

    group: int
    members: tuple[str, ...]
    until: datetime


def surge(state: State) -> Surge:
    """How the switch stands, from all that was heard."""
    now = Surge(groups={})
    for entry in state.heard.get(e.OFFICE, ()):
        now = _hear(now, entry)
    return now


def begin_surge(
    state: State, *, reason: str, rota_from: int = 0, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Switch it on. Raises SurgeOnAlready, NoSuchHour."""
    check_listed("reason", (reason,), SURGE_REASONS)
    if surge(state).on:
        raise SurgeOnAlready
    if not 0 <= rota_from <= 23:
        raise NoSuchHour
    made = Maker(id=id, at=at, by=by, subject=e.OFFICE)
    return (made(e.SurgeBegan, reason=reason, rota_from=rota_from),)


def end_surge(state: State, *, reason: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Switch it off. Raises SurgeOff."""
    check_listed("reason", (reason,), SURGE_OVER)
    if not surge(state).on:
        raise SurgeOff
    return (Maker(id=id, at=at, by=by, subject=e.OFFICE)(e.SurgeEnded, reason=reason),)


def take_group(state: State, *, group: int, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Work in a group of the rota from now on, 1 to 3; 0: in none. Raises SurgeOff."""
    check_listed("group", (str(group),), [str(one) for one in (0, *GROUPS)])
    if not surge(state).on:
        raise SurgeOff
    return (Maker(id=id, at=at, by=by, subject=e.OFFICE)(e.RotaGroupTaken, group=group),)


def on_duty(now: Surge, at: datetime) -> Duty:
    """The group whose eight hours these are."""
    hours = (at - _begins(now, at)) // SHIFT
    group = GROUPS[hours]
    until = _begins(now, at) + (hours + 1) * SHIFT
    return Duty(group=group, members=now.members(group), until=until)


def is_over(now: Surge, member: str, at: datetime) -> bool:
    """Whether this member's eight hours are over, or have not begun: they are to hand over and rest."""
    taken = now.groups.get(member, 0)
    return now.on and taken in GROUPS and taken != on_duty(now, at).group


def _begins(now: Surge, at: datetime) -> datetime:
    """When the first group last began."""
    today = at.replace(hour=now.rota_from, minute=0, second=0, microsecond=0)
    return today if today <= at else today - _DAY


def _hear(now: Surge, entry: Entry) -> Surge:
    match entry:
        case e.SurgeBegan():
            turns = _turned(now.turns, entry, on=True)
            hour = entry.rota_from % 24
            return Surge(on=True, since=entry.at, rota_from=hour, groups={}, turns=turns)
        case e.SurgeEnded():
            return replace(now, on=False, since=None, groups={}, turns=_turned(now.turns, entry, on=False))
        case e.RotaGroupTaken() if now.on:
            return replace(now, groups={**now.groups, entry.by: entry.group})
    return now


def _turned(
    turns: Sequence[Switched], entry: e.SurgeBegan | e.SurgeEnded, *, on: bool
) -> tuple[Switched, ...]:
    return (*turns, Switched(on=on, at=entry.at, by=entry.by, reason=entry.reason))

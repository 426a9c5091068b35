"""How long it really takes until a person reads: what the office may promise, and what it must not.

Measured from what was done in the last days, on the index alone, so that every device of the office comes to the
same figure. What people are told is the longest of three: how long nine of ten waited; how long somebody of that
level waits already; and how long those who are there now will take, at the pace at which the team reads while
somebody waits. Rounded up to hours. Where too little was done to measure it, there is no figure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from kunak import intake
from kunak.casework.model import Case, State
from kunak.casework.triage import LEVELS, provisional
from kunak.fold import Entry
from kunak.intake.model import Request

WINDOW = timedelta(days=7)
LATELY = timedelta(days=1)
LEAST = 3  # read requests from which something can be said
ENOUGH_LATELY = 5  # read in the last day, so that the pace of the week does not hide that of today
NOBODY = ("person", "program")
_HOUR = timedelta(hours=1)
_NONE = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What requests of one level wait for a person. ``level`` is the one that the person's own ticks give.

    ``hours``: what people are told, None where nothing can be said. ``median`` and ``most`` (nine of ten):
    of those who were read in the last seven days; None if there were none. ``waiting``: how many nobody has
    read yet; ``oldest``: how long the first of them waits.
    """

    level: str
    hours: int | None
    median: timedelta | None
    most: timedelta | None
    read: int
    waiting: int
    oldest: timedelta


@dataclass(frozen=True)
class _One:
    level: str
    came: datetime
    read: datetime | None

    def until(self, now: datetime) -> timedelta:
        return max(_NONE, (self.read or now) - self.came)


def waits(requests: intake.State, cases: State, now: datetime) -> tuple[Wait, ...]:
    """What is to be said of each level, P0 first. What is less urgent is never promised sooner."""
    ones = tuple(_ones(requests, cases, now))
    pace = _pace(ones, now)
    found: list[Wait] = []
    for level in LEVELS:
        least = max((wait.hours or 0 for wait in found), default=0)
        found.append(_wait(level, ones, pace, now, least))
    return tuple(found)


def first_read(request: Request, requests: intake.State, cases: State, case: Case | None) -> datetime | None:
    """When a member first did anything about a request. None: nobody has."""
    return _earliest(
        [*_acts(requests, request.code), *_acts(cases, request.code), *_acts(cases, _code(case))]
    )


def _ones(requests: intake.State, cases: State, now: datetime) -> Iterable[_One]:
    """The requests that came by themselves, those that were read within the window or not at all."""
    by_request = {case.request: case for case in cases if case.is_case and case.request}
    for request in requests:
        if request.received_at > now or not _came_by_itself(request, requests):
            continue
        read = first_read(request, requests, cases, by_request.get(request.code))
        if now - (read or now) <= WINDOW and (read is not None or not request.ended):
            yield _One(provisional(request.danger, request.safe_now), request.received_at, read)


def _came_by_itself(request: Request, requests: intake.State) -> bool:
    """Whether nobody of the office took it in: who was spoken with waited for nobody."""
    heard = requests.heard.get(request.code, ())
    return any(x.by in NOBODY for x in heard if isinstance(x, intake.entries.RequestReceived))


def _wait(level: str, ones: Sequence[_One], pace: float | None, now: datetime, least: int) -> Wait:
    mine = [one for one in ones if one.level == level]
    ages = [one.until(now) for one in mine if one.read is None]
    read = sorted(one.until(now) for one in mine if one.read is not None)
    oldest = max(ages, default=_NONE)
    ahead = sum(one.read is None and one.level <= level for one in ones)
    return Wait(
        level=level,
        hours=_hours(_measured(level, ones, now), oldest, ahead, pace, least),
        median=read[(len(read) - 1) // 2] if read else None,
        most=_nine_of_ten(read) if read else None,
        read=len(read),
        waiting=len(ages),
        oldest=oldest,
    )


def _hours(
    measured: timedelta | None, oldest: timedelta, ahead: int, pace: float | None, least: int
) -> int | None:
    if measured is None or pace is None:
        return None
    longest = max(measured / _HOUR, oldest / _HOUR, (ahead + 1) / pace)
    return max(1, least, ceil(longest))


def _measured(level: str, ones: Sequence[_One], now: datetime) -> timedelta | None:
    """What nine of ten waited; where too few of a level were read, with those of the calmer levels, who waited
    longer. Never with the more urgent ones."""
    for end in range(LEVELS.index(level) + 1, len(LEVELS) + 1):
        levels = LEVELS[LEVELS.index(level) : end]
        read = sorted(one.until(now) for one in ones if one.read is not None and one.level in levels)
        if len(read) >= LEAST:
            return _nine_of_ten(read)
    return None


def _nine_of_ten(waited: Sequence[timedelta]) -> timedelta:
    return waited[ceil(0.9 * len(waited)) - 1]


def _pace(ones: Sequence[_One], now: datetime) -> float | None:
    """How many are read in an hour in which somebody waits: of the last day if enough were, else of the week."""
    for span, enough in ((LATELY, ENOUGH_LATELY), (WINDOW, LEAST)):
        begin = now - span
        read = [one for one in ones if one.read is not None and one.read >= begin]
        if len(read) >= enough:
            return len(read) / max(_busy(ones, begin, now) / _HOUR, 1 / 60)
    return None


def _busy(ones: Iterable[_One], begin: datetime, now: datetime) -> timedelta:
    """For how long, since then, anybody waited."""
    busy, until = _NONE, begin
    for came, read in sorted((one.came, one.read or now) for one in ones):
        if read > until:
            busy += read - max(came, until)
            until = read
    return busy


def _acts(state: intake.State | State, code: str) -> Iterable[Entry]:
    heard = state.heard.get(code, ()) if code else ()
    return (x for x in heard if x.by not in NOBODY and x.compartment == "index")


def _earliest(entries: Iterable[Entry]) -> datetime | None:
    return min((entry.at for entry in entries), default=None)


def _code(case: Case | None) -> str:
    return case.code if case is not None else ""

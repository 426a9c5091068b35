"""The board of a surge, and the weekly look at fairness: the work in figures, for the team that does it.

Codes, hours and counts, for this office's eyes; what is published is another room's matter. Where a question is
answered from what only few may read (the region, what was needed), it says of how many requests it is known here. A
value that fewer than three requests have stands in one line with the others like it: one person is no comparison.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak import intake
from kunak.casework.clocks import level_now
from kunak.casework.model import Case, State
from kunak.casework.queries import QueueRow, queue
from kunak.casework.triage import LEVELS
from kunak.casework.waiting import first_read
from kunak.intake.model import Request
from kunak.intake.pointing import persons

FEWEST = 3  # requests that one line of the fairness table is about
FEW = "few"  # the line of the values that fewer have
KINDS = ("channel", "language", "region")


@dataclass(frozen=True, kw_only=True)
class LevelLine:
    """One level: how many wait, how many of them nobody has read, and the first protective step.

    ``stepped`` of ``came`` requests had one; ``median_step``: how long it took them, None where none had.
    """

    level: str
    waiting: int
    unread: int
    came: int
    stepped: int
    median_step: timedelta | None


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """One need: of how many requests and cases it was asked for, and of how many it cannot be met."""

    need: str
    wanted: int
    cannot: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """How it stands since some hour. ``known`` of ``requests``: those whose needs this hand may read."""

    requests: int
    persons: int
    levels: tuple[LevelLine, ...]
    unmet: tuple[Unmet, ...]
    known: int
    ends: tuple[tuple[str, str, int], ...]  # (status, reason, how many), the most frequent first


@dataclass(frozen=True, kw_only=True)
class FairLine:
    """Those who have one value: how many, of which levels (P0 first), and how long they waited to be read.

    Who is not read yet counts with what they have waited so far.
    """

    kind: str
    value: str
    requests: int
    levels: tuple[int, ...]
    median: timedelta
    longest: timedelta


def board(requests: intake.State, cases: State, now: datetime, since: datetime) -> Board:
    """How the requests stand that came since an hour; who waits, whenever they came."""
    came = _came(requests, cases, since, now)
    rows = queue(requests, cases, now)
    known = [(request, case) for request, case in came if request.answers is not None]
    joined = persons(requests)
    return Board(
        requests=len(came),
        persons=len({joined[request.code] for request, _ in came}),
        levels=tuple(_level(level, rows, came) for level in LEVELS),
        unmet=_unmet(known),
        known=len(known),
        ends=_ends(request for request, case in came if case is None or not case.is_case),
    )


def fairness(requests: intake.State, cases: State, now: datetime, since: datetime) -> tuple[FairLine, ...]:
    """Level and waiting time by channel, language and region: whoever waits longer without a reason is seen."""
    found: dict[tuple[str, str], list[tuple[str, timedelta]]] = defaultdict(list)
    for request, case in _came(requests, cases, since, now):
        level, _ = level_now(case, request)
        read = first_read(request, requests, cases, case)
        waited = max(timedelta(0), (read or now) - request.received_at)
        for kind, value in _values(request):
            found[kind, value].append((level, waited))
    return tuple(line for kind in KINDS for line in _lines(kind, found))


def _came(
    requests: intake.State, cases: State, since: datetime, now: datetime
) -> list[tuple[Request, Case | None]]:
    by_request = {case.request: case for case in cases if case.is_case and case.request}
    return [
        (request, by_request.get(request.code) or cases.get(request.code))
        for request in requests
        if since <= request.received_at <= now
    ]


def _level(level: str, rows: Iterable[QueueRow], came: Sequence[tuple[Request, Case | None]]) -> LevelLine:
    here = [row for row in rows if row.level == level]
    mine = [(request, case) for request, case in came if level_now(case, request)[0] == level]
    steps = sorted(
        max(timedelta(0), min(case.stepped) - request.received_at)
        for request, case in mine
        if case is not None and case.stepped
    )
    return LevelLine(
        level=level,
        waiting=len(here),
        unread=sum(row.provisional for row in here),
        came=len(mine),
        stepped=len(steps),
        median_step=_median(steps),
    )


def _unmet(known: Iterable[tuple[Request, Case | None]]) -> tuple[Unmet, ...]:
    wanted: Counter[str] = Counter()
    cannot: Counter[str] = Counter()
    for request, case in known:
        if case is not None and case.needs:
            wanted.update(need for need, state in case.needs.items() if state in ("wanted", "in_progress"))
            cannot.update(need for need, state in case.needs.items() if state == "cannot_meet")
        elif request.answers is not None and not request.ended:
            wanted.update(need for need in request.answers.needs)
    needs = sorted({*wanted, *cannot}, key=lambda need: (-cannot[need] - wanted[need], need))
    return tuple(Unmet(need=need, wanted=wanted[need], cannot=cannot[need]) for need in needs)


def _ends(requests: Iterable[Request]) -> tuple[tuple[str, str, int], ...]:
    said = Counter(
        (request.status, reason)
        for request in requests
        if request.ended or request.status == "waitlisted"
        for reason in request.reasons
    )
    ordered = sorted(said.items(), key=lambda one: (-one[1], one[0]))
    return tuple((status, reason, count) for (status, reason), count in ordered)


def _values(request: Request) -> Iterable[tuple[str, str]]:
    yield "channel", request.channel
    yield "language", request.language
    if request.answers is not None:
        yield "region", request.answers.region


def _lines(kind: str, found: dict[tuple[str, str], list[tuple[str, timedelta]]]) -> Iterable[FairLine]:
    mine = {value: said for (of, value), said in found.items() if of == kind}
    few = [one for said in mine.values() if len(said) < FEWEST for one in said]
    enough = sorted((value, said) for value, said in mine.items() if len(said) >= FEWEST)
    for value, said in (*enough, *([(FEW, few)] if few else [])):
        waited = sorted(wait for _, wait in said)
        yield FairLine(
            kind=kind,
            value=value,
            requests=len(said),
            levels=tuple(sum(level == one for level, _ in said) for one in LEVELS),
            median=_median(waited) or timedelta(0),
            longest=waited[-1],
        )


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    return spans[(len(spans) - 1) // 2] if spans else None

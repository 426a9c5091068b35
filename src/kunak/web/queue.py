"""The front page: whose sign is missing on the way, then everyone who waits for us, most urgent first.

Codes and hours only. A missed sign is a hard trigger (F4), so nobody has to look on another page to see one.

In a flood, texts that are copies of each other are folded under the first of them, and long levels are cut: never
at P0, where every row stands for itself until a person has read it.
"""

from dataclasses import dataclass

from starlette.responses import Response

from kunak import evacuation
from kunak.casework import queries, triage
from kunak.casework.fairness import FLOOD
from kunak.casework.queries import QueueRow
from kunak.intake.likeness import copies
from kunak.intake.pointing import persons
from kunak.web.overview import alarms, openings_waiting
from kunak.web.places import home, row_page
from kunak.web.surge import banner
from kunak.web.visit import Visit, page, post

MOST_SHOWN = 100  # rows of one level, unless all are asked for
_NOW = triage.LEVELS[0]


@dataclass(frozen=True)
class Group:
    """One level: its rows, each with the copies that are folded under it, and how many are not shown."""

    level: str
    rows: tuple[tuple[QueueRow, tuple[QueueRow, ...]], ...]
    count: int
    cut: int


def show(visit: Visit) -> Response:
    """The queue, by level; above it who is late on the way, or stopped, or whose route must be looked at."""
    levels = {case.code: case.level for case in visit.bench.cases}
    moving = evacuation.queries.on_the_way(visit.bench.journeys, visit.now, levels)
    rows = queries.queue(visit.bench.requests, visit.bench.cases, visit.now)
    return visit.render(
        "queue.html",
        groups=_groups(visit, rows),
        travellers=[row for row in moving if row.late or row.recheck_due],
        count=len(rows),
        persons=_persons(visit, rows),
        late=sum(row.overdue for row in rows),
        unread=sum(row.provisional for row in rows),
        row_page=row_page,
        alarms=alarms(visit),
        openings=openings_waiting(visit),
        **banner(visit),
    )


def look(visit: Visit) -> Response:
    """Ask the relay at once, however short ago it was asked; back to the page where somebody waits for it."""
    code = visit.posted().text("code", limit=32)
    to = home(visit.bench, code) if code else "/"
    visit.office.stir()
    return visit.go(to)


def _groups(visit: Visit, rows: tuple[QueueRow, ...]) -> list[Group]:
    by_level = {level: [row for row in rows if row.level == level] for level in triage.LEVELS}
    return [_group(visit, level, found) for level, found in by_level.items() if found]


def _group(visit: Visit, level: str, rows: list[QueueRow]) -> Group:
    folded = {} if level == _NOW else _copies(visit, rows)
    hidden = {code for others in folded.values() for code in others}
    by_code = {row.code: row for row in rows}
    shown = [
        (row, tuple(by_code[code] for code in folded.get(row.code, ())))
        for row in rows
        if row.code not in hidden
    ]
    whole = level == _NOW or visit.asked("all") == level
    kept = shown if whole else shown[:MOST_SHOWN]
    return Group(level, tuple(kept), len(rows), len(shown) - len(kept))


def _copies(visit: Visit, rows: list[QueueRow]) -> dict[str, tuple[str, ...]]:
    """Of a level that is flooded: the unread requests that are copies of another, as far as one may read them."""
    unread = [row for row in rows if row.provisional and row.kind == "request"]
    if len(unread) <= FLOOD:
        return {}
    texts = []
    for row in unread:
        request = visit.bench.requests.get(row.code)
        if request is not None and request.answers is not None:
            texts.append((row.code, request.answers.text))
    return copies(texts)


def _persons(visit: Visit, rows: tuple[QueueRow, ...]) -> int:
    """Of how many persons the rows may be, as far as workers have said so."""
    joined = persons(visit.bench.requests)
    cases = visit.bench.cases
    requests = (case.request if (case := cases.get(row.code)) and case.request else row.code for row in rows)
    return len({joined.get(code, code) for code in requests})


ROUTES = [page("/", "queue", show, listens=True), post("/look", "look", look)]

"""Where things are: the page of a code, and the page on which a next action is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kunak.casework import queries
from kunak.casework.model import Case
from kunak.casework.queries import Event, QueueRow
from kunak.intake.model import Request
from kunak.web.visit import NoSuchPage, Visit
from kunak.web.words import tables
from kunak.workbench import Workbench


@dataclass(frozen=True)
class Line:
    """One line of a page's time line: a code of a words table, who did it, and the code it is about."""

    at: datetime
    by: str
    table: str
    code: str
    where: str


# Where an action is done, after the page of the code; the others stand on top of it.
_WHERE = {
    "triage": "/triage",
    "decide": "/decide",
    "assign": "/workers",
    "take_first_step": "/step",
    "follow_up": "/follow-up",
    "attachments": "#attachments",
}


def home(bench: Workbench, code: str) -> str:
    """The page of a code: of the case, also when the code is that of its request."""
    case = bench.cases.get(code)
    if case is not None and case.is_case:
        return f"/cases/{code}"
    if bench.requests.get(code) is None:
        raise NoSuchPage
    opened = queries.case_of_request(bench.cases, code)
    return f"/cases/{opened.code}" if opened else f"/requests/{code}"


def next_page(base: str, action: str) -> str:
    """The page on which an action is done; ``base`` is the page of the code."""
    return base + _WHERE.get(action, "#next")


def told(events: Iterable[Event]) -> tuple[Line, ...]:
    """Events as lines. Kinds without words (halves of another line) are left out."""
    words = tables()["event"]
    return tuple(
        Line(at=event.at, by=event.by, table="event", code=event.kind, where=event.subject)
        for event in events
        if event.kind in words
    )


def row_page(row: QueueRow) -> str:
    """The page on which a row's next action is done."""
    return next_page(f"/{row.kind}s/{row.code}", row.next_action)


def the_request(visit: Visit) -> Request:
    """The request of this page. Raises NoSuchPage."""
    request = visit.bench.requests.get(visit.code)
    if request is None:
        raise NoSuchPage
    return request


def the_case(visit: Visit) -> Case:
    """The case of this page, open or closed. Raises NoSuchPage."""
    case = visit.bench.cases.get(visit.code)
    if case is None or not case.is_case:
        raise NoSuchPage
    return case


def find(bench: Workbench, code: str) -> tuple[Case, Request | None]:
    """What is known under the code of a case or a request. Raises NoSuchPage."""
    request = bench.requests.get(code)
    case = bench.cases.get(code)
    if case is not None and case.is_case:
        return case, bench.requests.get(case.request)
    if request is None:
        raise NoSuchPage
    return case or Case(code=code), request

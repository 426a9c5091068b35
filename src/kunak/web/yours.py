"""What a member holds no key to: said in a sentence, with who reads it, instead of an empty page."""

from typing import NamedTuple

from kunak.casework import Case
from kunak.evacuation import Journey
from kunak.intake.model import Request
from kunak.workbench import Workbench


class NotYours(NamedTuple):
    """Codes of the table "not_yours"; who reads it; whether this member is named, and their keys are on the way."""

    what: str
    readers: tuple[str, ...]
    coming: bool = False


def of_request(bench: Workbench, request: Request) -> NotYours | None:
    """What somebody wrote in, where these keys do not open it."""
    if request.answers is not None or bench.may_read(request.code, "work"):
        return None
    readers = tuple(bench.readers_of(request.code) or ())
    return _said(bench, "request", readers)


def of_case(bench: Workbench, case: Case, request: Request | None) -> NotYours | None:
    """The work file of a case."""
    if bench.may_read(case.code, "work"):
        return None
    if bench.member in case.workers:  # either nothing is written yet, or the keys come with the next sync
        return of_request(bench, request) if request is not None else None
    return _said(bench, "case", case.workers)


def of_journey(bench: Workbench, journey: Journey) -> NotYours | None:
    """The checks of a journey: whoever decides about it must have read them."""
    case = bench.cases.get(journey.case)
    if bench.may_read(journey.code, "work"):
        return None
    return _said(bench, "journey", case.workers if case else ())


def _said(bench: Workbench, what: str, readers: tuple[str, ...]) -> NotYours:
    others = tuple(code for code in readers if code != bench.member)
    return NotYours(what, others, bench.member in readers)

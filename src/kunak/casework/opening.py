"""Opening a case, saying who works on it, and the marks that stop its clocks."""

from collections.abc import Collection
from datetime import datetime

from kunak import intake
from kunak.casework import entries as e
from kunak.casework.finding import case_of_request, find_subject
from kunak.casework.lists import DECISIONS, FIRST_STEPS, MOST_WORKERS
from kunak.casework.model import State
from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake.making import Maker, check_listed


class TooManyWorkers(Refused):
    """One to three members work on a case."""

    code = "too-many-workers"
    hint = "Fewer people know less that can be taken from them."


class CaseKnownAlready(Refused):
    """There is a case already under this code or for this request."""

    code = "case-known-already"
    hint = "Open that one."


def open_case(
    state: State,
    *,
    subject: str,
    request: str,
    workers: Collection[str],
    requests: intake.State,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Accept a request as a case, under a new code, with one to three workers."""
    found = intake.actions.find_request(requests, request)
    if found.ended:
        raise intake.actions.RequestEnded(status=found.status)
    if state.get(subject) is not None or case_of_request(state, request) is not None:
        raise CaseKnownAlready
    made = Maker(id=id, at=at, by=by, subject=subject)
    known = state.get(request)
    before = ids(known.assignments) if known is not None else ()
    return (made(e.CaseOpened, request=request, workers=_workers(workers), replaces=before),)


def assign_workers(
    state: State,
    *,
    subject: str,
    workers: Collection[str],
    requests: intake.State = intake.EMPTY,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Say who works on it now: one to three members."""
    before = ids(find_subject(state, requests, subject).assignments)
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.WorkersAssigned, workers=_workers(workers), replaces=before),)


def make_decision(
    state: State,
    *,
    subject: str,
    decision: str,
    requests: intake.State = intake.EMPTY,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """A person decided; the decision clock stops."""
    find_subject(state, requests, subject)
    check_listed("decision", (decision,), DECISIONS)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.DecisionMade, decision=decision),)


def take_first_step(
    state: State,
    *,
    subject: str,
    step: str,
    requests: intake.State = intake.EMPTY,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """The first protective step was taken; its clock stops."""
    find_subject(state, requests, subject)
    check_listed("step", (step,), FIRST_STEPS)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.FirstStepTaken, step=step),)


def review(
    state: State, *, subject: str, requests: intake.State = intake.EMPTY, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Somebody looked at it again; the review clock starts anew."""
    find_subject(state, requests, subject)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.Reviewed),)


def _workers(workers: Collection[str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(workers))
    if not 1 <= len(chosen) <= MOST_WORKERS:
        raise TooManyWorkers
    return chosen

"""Questions of casework's state: the queue, the status of a request, the timeline of a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kunak import intake
from kunak.casework.clocks import Clock, fetchable, level_now, running
from kunak.casework.clocks import follow_up as follow_up
from kunak.casework.consent import recalls as recalls
from kunak.casework.consent import valid_consents as valid_consents
from kunak.casework.consent import vital_interest_due as vital_interest_due
from kunak.casework.fairness import in_turn
from kunak.casework.finding import case_of_request as case_of_request
from kunak.casework.finding import find_case as find_case
from kunak.casework.model import Case, State
from kunak.fold import Ledger, in_order
from kunak.intake.actions import rounded
from kunak.intake.model import Request

NEXT_ACTIONS = {
    "answer": "answer", "acknowledge": "acknowledge", "human_answer": "answer", "decision": "decide",
    "assign": "assign", "first_step": "take_first_step", "review": "review", "follow_up": "follow_up",
    "attachments": "attachments",
}  # fmt: skip
_JUDGED = "judged"  # the lane of rows that a member has read
_UNREAD_SUM = 99  # inside a level, what nobody has judged yet comes before what somebody has


@dataclass(frozen=True, kw_only=True)
class Why:
    """One ground for a row's place, in codes.

    ``kind``: trigger, floor, factor (``points`` 1–3, subtracted for protective), claim (what the person
    ticked), raised, lowered, waiting (message, waitlisted, second_look, frozen or possibly_under_control),
    disputed or proposed.
    """

    kind: str
    code: str
    points: int = 0


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One request or case that waits for someone. No personal data: codes and hours only.

    ``sum`` is None before anyone triaged it. ``clocks`` run now, earliest first, and ``next_action`` is what
    stops the first of them. However often a person writes, their thread is one row: ``messages`` counts those
    that nobody has answered, ``attachments`` those that wait at the relay. ``same``: the requests that may be
    about the same person.
    """

    code: str
    kind: str
    level: str
    provisional: bool
    why: tuple[Why, ...]
    clocks: tuple[Clock, ...]
    next_action: str
    received_at: datetime
    age: timedelta
    sum: int | None
    status: str
    workers: tuple[str, ...]
    channel: str = ""
    messages: int = 0
    attachments: int = 0
    same: tuple[str, ...] = ()

    @property
    def overdue(self) -> bool:
        """Whether any of its clocks has run out."""
        return any(clock.overdue for clock in self.clocks)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a timeline."""

    at: datetime
    kind: str
    by: str
    subject: str
    id: str


def queue(requests: intake.State, cases: State, now: datetime) -> tuple[QueueRow, ...]:
    """Everyone who waits for us, most urgent first.

    A request that became a case appears as the case; a closed case or an ended request appears only while
    a message of the person is unanswered (a closed case also for the yearly question). The order is level,
    then the earliest due (to the quarter hour), then the sum, then who came first, then the code; within a
    level no channel buries another (``casework.fairness``). It depends on nothing else, so that two
    installations with the same entries show the same queue.
    """
    by_request = {case.request for case in cases if case.is_case}
    pairs = [(case, requests.get(case.request)) for case in cases if case.is_case]
    pairs += [(cases.get(r.code) or Case(code=r.code), r) for r in requests if r.code not in by_request]
    rows = [_row(case, request, now) for case, request in pairs if _waits(case, request, now)]
    return in_turn(sorted(rows, key=_place), level=lambda row: row.level, lane=_lane, judged=_JUDGED)


def _lane(row: QueueRow) -> str:
    """Whose share of the team's time a row takes: what nobody has read, that of the door it came through."""
    return row.channel if row.provisional else _JUDGED


def request_status(requests: intake.State, cases: State, code: str) -> str:
    """The status of F1: intake's own, or ``triaged`` or ``accepted`` where casework knows more."""
    request = intake.actions.find_request(requests, code)
    if case_of_request(cases, code) is not None:
        return "accepted"
    record = cases.get(code)
    if request.status in ("new", "safety_checked") and record is not None and record.level:
        return "triaged"
    return request.status


def open_cases(state: State) -> tuple[Case, ...]:
    """Cases with active work, by code. (Iterating a state also yields triaged requests.)"""
    return tuple(sorted((case for case in state if case.is_open), key=lambda case: case.code))


def explain(case: Case, request: Request | None) -> tuple[Why, ...]:
    """Why it stands where it stands: the newest ground first."""
    return (*_waiting(case, request), *_judged(case), *_claimed(case, request))


def timeline(subjects: Iterable[str], *states: Ledger[Any]) -> tuple[Event, ...]:
    """Everything that was heard about some subjects (a case, its request, its journeys), oldest first."""
    wanted = tuple(dict.fromkeys(subjects))
    heard = [entry for state in states for subject in wanted for entry in state.heard.get(subject, ())]
    return tuple(
        Event(at=entry.at, kind=entry.kind(), by=entry.by, subject=entry.subject, id=entry.id)
        for entry in in_order(heard)
    )


def _waits(case: Case, request: Request | None, now: datetime) -> bool:
    if request is not None and request.unanswered:
        return True
    if case.is_case:
        late = any(clock.name == "follow_up" and clock.overdue for clock in running(case, request, now))
        return case.is_open or (late and bool(valid_consents(case, "p16", now)))
    return request is not None and not request.ended


def _row(case: Case, request: Request | None, now: datetime) -> QueueRow:
    level, is_provisional = level_now(case, request)
    clocks = running(case, request, now)
    received = request.received_at if request is not None else case.opened_at or case.levels[0].at
    return QueueRow(
        code=case.code,
        kind="case" if case.is_case else "request",
        level=level,
        provisional=is_provisional,
        why=explain(case, request),
        clocks=clocks,
        next_action=_next_action(case, clocks),
        received_at=received,
        age=now - received,
        sum=case.triage.sum if case.triage is not None else None,
        status=_status(case, request),
        workers=case.workers,
        channel=request.channel if request is not None else "",
        messages=len(request.unanswered) if request is not None else 0,
        attachments=len(fetchable(request, now)),
        same=tuple(dict.fromkeys(p.other for p in request.pointers)) if request is not None else (),
    )


def _status(case: Case, request: Request | None) -> str:
    if case.is_case:
        return "open" if case.is_open else "closed"
    if request is not None and request.status not in ("new", "safety_checked"):
        return request.status
    return "triaged" if case.level or request is None else request.status


def _next_action(case: Case, clocks: tuple[Clock, ...]) -> str:
    action = NEXT_ACTIONS[clocks[0].name] if clocks else "review"
    return "triage" if action in ("decide", "assign") and not case.level else action


def _place(row: QueueRow) -> tuple[object, ...]:
    due = rounded(row.clocks[0].due) if row.clocks else datetime.max.replace(tzinfo=row.received_at.tzinfo)
    total = _UNREAD_SUM if row.sum is None else row.sum
    return row.level, due, -total, row.received_at, row.code


def _waiting(case: Case, request: Request | None) -> Iterable[Why]:
    if request is not None and request.unanswered:
        yield Why(kind="waiting", code="message")
    if request is not None and request.control.possible:
        yield Why(kind="waiting", code="frozen" if request.control.frozen else "possibly_under_control")
    if request is not None and request.looks_asked:
        yield Why(kind="waiting", code="second_look")
    if request is not None and request.status == "waitlisted":
        yield Why(kind="waiting", code="waitlisted")
    if case.disputed:
        yield Why(kind="disputed", code="look_again")
    if case.proposed is not None:
        yield Why(kind="proposed", code=case.proposed.level)


def _judged(case: Case) -> Iterable[Why]:
    if case.levels and case.levels[-1].how != "triaged":
        yield Why(kind=case.levels[-1].how, code=case.levels[-1].reason)
    if case.triage is None:
        return
    yield from (Why(kind="trigger", code=trigger) for trigger in case.triage.triggers)
    yield from (Why(kind="floor", code=floor) for floor in case.triage.floors)
    factors = sorted(case.triage.factors.items(), key=lambda item: -item[1])
    yield from (Why(kind="factor", code=name, points=points) for name, points in factors if points)


def _claimed(case: Case, request: Request | None) -> Iterable[Why]:
    """What the person ticked, as long as nobody has judged, or when they wrote of danger again."""
    if request is None:
        return
    claims = [a.danger for a in request.unanswered if a.danger in ("now", "within_hours", "within_days")]
    if not case.level:
        claims = [request.danger, *claims]
        if request.safe_now != "yes":
            claims.append(f"safe_{request.safe_now}")
    yield from (Why(kind="claim", code=claim) for claim in dict.fromkeys(claims))

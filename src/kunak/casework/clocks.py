"""Which clocks run for a request or a case, and when each is due (F4).

A clock starts when the request came, with the allowance of its level. Raising makes it due at the earlier of
what it was and the new allowance from now on; raising after it was stopped starts it again. Lowering
measures it anew from its start. So no raising ever gives more time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak.casework.consent import valid_consents
from kunak.casework.followup import FollowUpDue, schedule
from kunak.casework.model import Case, LevelSet
from kunak.casework.triage import CLOCKS, claimed, provisional
from kunak.intake.model import Request

WAITLIST_REVIEW = timedelta(hours=12)  # someone waitlisted is looked at again twice a day
ORDER = ("answer", "acknowledge", "human_answer", "decision", "assign", "first_step", "review", "follow_up")


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A running clock. ``name`` is one of ORDER; ``step`` says which follow-up."""

    name: str
    due: datetime
    overdue: bool
    step: str = ""


def level_now(case: Case | None, request: Request | None) -> tuple[str, bool]:
    """The level that orders the queue, and whether it is provisional: only claimed, judged by nobody."""
    claims = [level for _, level in _claims(request)]
    judged = case.level if case is not None else ""
    stands = judged or (provisional(request.danger, request.safe_now) if request is not None else "P2")
    level = min([stands, *claims])
    return level, not judged or level < judged


def running(case: Case, request: Request | None, now: datetime) -> tuple[Clock, ...]:
    """Every clock that runs now, earliest first; ties in the order of ORDER."""
    levels = _history(case, request)
    start = request.received_at if request is not None else levels[0].at
    dues: dict[str, datetime | None] = {
        "answer": _answer_due(request, level_now(case, request)[0]),
        "decision": _due("decision", start, levels, _decided(case, request)),
        "assign": None if case.workers else _due("assign", start, levels, ()),
        "first_step": _due("first_step", start, levels, case.stepped),
        "review": _review_due(case, request, levels),
        **_acknowledging(request, levels),
    }
    if request is not None and request.ended:
        dues = {"answer": dues["answer"]}
    clocks = [Clock(name=name, due=due, overdue=due <= now) for name, due in dues.items() if due is not None]
    return tuple(sorted((*clocks, *_follow_up_clock(case, now)), key=lambda c: (c.due, ORDER.index(c.name))))


def follow_up(case: Case, now: datetime) -> tuple[FollowUpDue, ...]:
    """The follow-up of a case, step by step; the yearly question while consent p16 holds."""
    return schedule(case.follow_up, now, yearly=bool(valid_consents(case, "p16", now)))


def _history(case: Case, request: Request | None) -> list[LevelSet]:
    """The levels in the order of time, from what the person claimed when they wrote."""
    claims = [LevelSet(at=at, level=level, how="raised", reason="claimed") for at, level in _claims(request)]
    changes = sorted((*case.levels, *claims), key=lambda change: change.at)
    if request is not None:
        first = provisional(request.danger, request.safe_now)
        return [LevelSet(at=request.received_at, level=first, how="claimed"), *changes]
    if changes:
        return changes
    return [LevelSet(at=_opened(case), level="P2", how="claimed")]


def _opened(case: Case) -> datetime:
    return case.opened_at or min((*case.decided, *case.stepped, *case.reviewed))


def _claims(request: Request | None) -> list[tuple[datetime, str]]:
    """The levels that unanswered messages claim, each with its hour."""
    if request is None:
        return []
    return [(a.at, level) for a in request.unanswered if (level := claimed(a.danger)) is not None]


def _due(name: str, start: datetime, levels: list[LevelSet], stops: Iterable[datetime]) -> datetime | None:
    """When a clock is due, or None when it was stopped after its last start or the level has no such clock."""
    stopped = sorted(stops)
    begun, level = start, levels[0].level
    due = _at(begun, level, name)
    for change in levels[1:]:
        if change.how == "raised" or change.level < level:
            if any(begun <= s <= change.at for s in stopped) and change.at > begun:
                begun, due = change.at, _at(change.at, change.level, name)
            else:
                due = _earlier(due, _at(change.at, change.level, name))
        elif change.level > level:
            due = _at(begun, change.level, name)
        level = change.level
    return None if any(s >= begun for s in stopped) else due


def _at(begun: datetime, level: str, name: str) -> datetime | None:
    allowance = CLOCKS[level].get(name)
    return begun + allowance if allowance is not None else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known) if known else None


def _acknowledging(request: Request | None, levels: list[LevelSet]) -> dict[str, datetime | None]:
    """At P3 the program may acknowledge and a person answers in a day; above, only a person's word counts."""
    if request is None or request.human_at is not None:
        return {}
    human_due = _due("human_answer", request.received_at, levels, ())
    if levels[-1].level != "P3":
        return {"acknowledge": _due("acknowledge", request.received_at, levels, ())}
    stops = () if request.acknowledged_at is None else (request.acknowledged_at,)
    return {"acknowledge": _due("acknowledge", request.received_at, levels, stops), "human_answer": human_due}


def _decided(case: Case, request: Request | None) -> tuple[datetime, ...]:
    """Waitlisting is a decision too."""
    if request is not None and request.status == "waitlisted":
        return (*case.decided, request.status_at)
    return case.decided


def _answer_due(request: Request | None, level: str) -> datetime | None:
    """The oldest unanswered message is due like a first acknowledgement by a person."""
    if request is None or not request.unanswered:
        return None
    allowances = CLOCKS[level]
    return min(a.at for a in request.unanswered) + allowances.get("human_answer", allowances["acknowledge"])


def _review_due(case: Case, request: Request | None, levels: list[LevelSet]) -> datetime | None:
    """Looked at again after the last time that anyone judged, decided, acted or reviewed."""
    waits = request is not None and request.status == "waitlisted"
    if not case.levels and not case.is_case and not waits:
        return None  # unread: the clock to decide runs instead
    seen = (*(c.at for c in case.levels), *_decided(case, request), *case.stepped, *case.reviewed)
    allowance = CLOCKS[levels[-1].level]["review"]
    return max(seen) + (min(allowance, WAITLIST_REVIEW) if waits else allowance)


def _follow_up_clock(case: Case, now: datetime) -> tuple[Clock, ...]:
    """Of the steps that are not done, the last overdue one, or else the next."""
    left = [step for step in follow_up(case, now) if not step.done]
    if not left:
        return ()
    late = [step for step in left if step.overdue]
    step = late[-1] if late else left[0]
    due = late[0].due if late else step.due
    return (Clock(name="follow_up", due=due, overdue=step.overdue, step=step.step),)

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
from kunak.intake.attached import Attached
from kunak.intake.model import Request

WAITLIST_REVIEW = timedelta(hours=12)  # someone waitlisted is looked at again twice a day
ORDER = (
    "answer",
    "acknowledge",
    "human_answer",
    "decision",
    "assign",
    "first_step",
    "review",
    "follow_up",
    "attachments",
)


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
    """Every clock that runs now, earliest first; ties in the order of ORDER.

    An ended request and a closed case have only what the person still waits for.
    """
    dues = {"answer": _answer_due(request, level_now(case, request)[0])}
    ended = not case.is_open if case.is_case else request is not None and request.ended
    if not ended:
        dues |= {**_working(case, request), "attachments": _attachments_due(request, now)}
    clocks = [Clock(name=name, due=due, overdue=due <= now) for name, due in dues.items() if due is not None]
    return tuple(sorted((*clocks, *_follow_up_clock(case, now)), key=lambda c: (c.due, ORDER.index(c.name))))


def follow_up(case: Case, now: datetime) -> tuple[FollowUpDue, ...]:
    """The follow-up of a case, step by step; the yearly question while consent p16 holds."""
    return schedule(case.follow_up, now, yearly=bool(valid_consents(case, "p16", now)))


def _working(case: Case, request: Request | None) -> dict[str, datetime | None]:
    """The clocks of F4. Who waits on the list has been told so, and is looked at every 12 hours instead."""
    levels = _history(case, request)
    start = request.received_at if request is not None else levels[0].at
    dues = {**_acknowledging(request, levels), "review": _review_due(case, request, levels)}
    if _waitlisted(case, request):
        return dues
    return {
        **dues,
        "decision": _due("decision", start, levels, case.decided),
        "assign": None if case.workers else _due("assign", start, levels, ()),
        "first_step": _due("first_step", start, levels, case.stepped),
    }


def _waitlisted(case: Case, request: Request | None) -> bool:
    return not case.is_case and request is not None and request.status == "waitlisted"


def _history(case: Case, request: Request | None) -> list[LevelSet]:
    """The levels in the order of time, from what the person claimed when they wrote."""
    claims = [LevelSet(at=at, level=level, how="claimed") for at, level in _claims(request)]
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
    """When a clock is due; None when it was stopped since it last started, or the level has no such clock."""
    stopped = sorted(stops)
    begun, level = start, levels[0].level
    due = _at(begun, level, name)
    for change in levels[1:]:
        if change.how == "claimed" and change.level > level:
            continue  # a person's calmer message lowers nothing
        if change.level < level or (change.level == level and change.how in ("raised", "claimed")):
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


def _answer_due(request: Request | None, level: str) -> datetime | None:
    """The oldest unanswered message is due like a first acknowledgement by a person."""
    if request is None or not request.unanswered:
        return None
    allowances = CLOCKS[level]
    return min(a.at for a in request.unanswered) + allowances.get("human_answer", allowances["acknowledge"])


def _attachments_due(request: Request | None, now: datetime) -> datetime | None:
    """When the relay lets go of the first attachment that nobody has fetched; then there is nothing to do."""
    return min((one.lapses for one in fetchable(request, now)), default=None)


def fetchable(request: Request | None, now: datetime) -> list[Attached]:
    """The attachments that this hand could fetch from the relay and has not."""
    attachments = request.attachments if request is not None else ()
    return [one for one in attachments if one.waits and now < one.lapses]


def _review_due(case: Case, request: Request | None, levels: list[LevelSet]) -> datetime | None:
    """Looked at again after the last time that anyone judged, decided, acted or reviewed."""
    seen = [*(c.at for c in case.levels), *case.decided, *case.stepped, *case.reviewed]
    allowance = CLOCKS[levels[-1].level]["review"]
    if request is not None and _waitlisted(case, request):
        seen.append(request.status_at)
        allowance = min(allowance, WAITLIST_REVIEW)
    return max(seen) + allowance if seen else None  # nobody has read it: the clock to decide runs instead


def _follow_up_clock(case: Case, now: datetime) -> tuple[Clock, ...]:
    """Due since the first step that is not done; of several late ones only the last is still asked."""
    left = [step for step in follow_up(case, now) if not step.done]
    if not left:
        return ()
    asked = [step for step in left if step.overdue][-1:] or left[:1]
    return (Clock(name="follow_up", due=left[0].due, overdue=left[0].overdue, step=asked[0].step),)

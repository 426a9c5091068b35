"""The follow-up clock (F13): when to ask again after the person is confirmed safe."""

from dataclasses import dataclass
from datetime import datetime, timedelta

YEAR = timedelta(days=365)
STEPS: dict[str, timedelta] = {
    "2h": timedelta(hours=2), "24h": timedelta(hours=24), "72h": timedelta(hours=72),
    "7d": timedelta(days=7), "14d": timedelta(days=14), "30d": timedelta(days=30),
    "90d": timedelta(days=90), "180d": timedelta(days=180), "365d": YEAR,
    **{f"{years}y": years * YEAR for years in range(2, 31)},
}  # fmt: skip
RESTART_AT = "24h"
LAST_WITHOUT_CONSENT = "365d"  # after it, once a year, and only with consent p16
_ORDER = {step: place for place, step in enumerate(("", *STEPS))}

QUESTIONS = (
    "safe", "threats", "place", "papers", "food_money", "sleep", "company", "health_appointments", "lawyer",
    "stop_doing",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FollowUpRun:
    """The follow-up clock: from when it counts, its first step, and the last step that was done."""

    since: datetime
    first: str = "2h"
    done: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUpDue:
    """One step of the clock."""

    step: str
    due: datetime
    done: bool
    overdue: bool


def later(one: str, other: str) -> str:
    """The later of two steps; the empty string comes before all."""
    return max(one, other, key=lambda step: _ORDER.get(step, 0))


def schedule(run: FollowUpRun | None, now: datetime, *, yearly: bool) -> tuple[FollowUpDue, ...]:
    """Every step of a run with its hour. ``yearly`` (consent p16 holds) adds the next yearly question.

    A step counts as done when it or a later one was done: who was asked at 72 hours was asked.
    """
    if run is None:
        return ()
    last = _ORDER[LAST_WITHOUT_CONSENT]
    if yearly:
        last = max(last, _ORDER[run.done]) + 1
    first = _ORDER[run.first]
    due = []
    for step, after in STEPS.items():
        if first <= _ORDER[step] <= last:
            done = _ORDER[step] <= _ORDER[run.done]
            moment = run.since + after
            due.append(FollowUpDue(step=step, due=moment, done=done, overdue=not done and moment <= now))
    return tuple(due)

"""The safe-contact plan (F2): how, when and with which words a person may be reached, and the rule of it.

Times are minutes of the person's own day, at a fixed offset from UTC: a room reads no time-zone tables, and
an offset that was right when it was asked can go wrong when clocks change, which is one more reason why a
plan must be confirmed again after 14 days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak.errors import Refused
from kunak.intake.form import CHANNELS, ShortContact

RECONFIRM_AFTER = timedelta(days=14)
DAY = 24 * 60  # minutes
_DAY_NUMBERS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}

CHOICES: dict[str, tuple[str, ...]] = {
    "may_contact": ("only_they", "as_below"),
    "channel": CHANNELS,
    "seen_by": ("nobody", "family", "police_possible", "unknown"),
    "wrong_person": ("hang_up", "cover_message", "nothing"),
    "call_drops": ("do_not_call_back", "wait", "they_call"),
    "leave_message": ("never", "cover_text"),
    "check_in": ("none", "each_leg", "12h", "daily", "72h", "weekly"),
    "missed_then": ("cover_message", "trusted_person", "second_channel"),
}


class PlanValueUnknown(Refused):
    """The safe-contact plan has a value for “{field}” that it does not offer."""

    code = "plan-value-unknown"
    hint = "Choose from: {accepted}."


class WindowImpossible(Refused):
    """A window of the safe-contact plan does not name two different times of day."""

    code = "window-impossible"
    hint = "Give a start and an end between 00:00 and 24:00; a window may run past midnight."


class ContactNotAllowed(Refused):
    """The safe-contact plan does not allow this now ({why})."""

    code = "contact-not-allowed"
    hint = "Leave a reply for the return code, wait for a window of the plan, or confirm the plan again."


@dataclass(frozen=True, kw_only=True)
class Window:
    """Minutes of the person's day from ``start`` up to ``end``; past midnight when end is before start.

    ``days`` are 0 (Monday) to 6 and name the day on which the window starts; empty means every day.
    """

    start: int
    end: int
    days: tuple[int, ...] = ()

    def holds(self, local: datetime) -> bool:
        """Whether a moment of the person's local time lies in the window."""
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return self._on(today) and self.start <= minute < self.end
        started_today = self._on(today) and minute >= self.start
        return started_today or (self._on((today - 1) % 7) and minute < self.end)

    def _on(self, day: int) -> bool:
        return not self.days or day in self.days


@dataclass(frozen=True, kw_only=True)
class ContactChannel:
    """One way to reach the person, and who else may see what comes there."""

    kind: str
    address: str = ""
    seen_by: str = "unknown"


@dataclass(frozen=True, kw_only=True)
class SafeContactPlan:
    """F2, whole. Defaults are the careful ones: only they contact us, never leave a message."""

    may_contact: str = "only_they"
    channels: tuple[ContactChannel, ...] = ()
    utc_offset_minutes: int | None = None
    windows: tuple[Window, ...] = ()
    never: tuple[Window, ...] = ()
    sender_name: str = ""
    opening_phrase: str = ""
    never_say: tuple[str, ...] = ()
    challenge_question: str = ""
    challenge_answer: str = ""
    safe_word: str = ""
    duress_word: str = ""
    wrong_person: str = "nothing"
    call_drops: str = "do_not_call_back"
    wait_minutes: int = 0
    leave_message: str = "never"
    cover_text: str = ""
    may_know_alive: tuple[str, ...] = ()
    check_in: str = "none"
    missed_grace_minutes: int = 30
    missed_then: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Whether we may reach the person on a channel now, why, and when next if not now.

    ``why``: return_code, in_window, no_plan, only_they_contact_us, channel_not_listed, reconfirm_first,
    time_zone_unknown, never_window, outside_windows.
    """

    allowed: bool
    why: str
    next_at: datetime | None = None


def may_contact(
    plan: SafeContactPlan | None, channel: str, at: datetime, confirmed_at: datetime | None = None
) -> Permission:
    """The rule of F2: no contact on a channel that is not listed or at an hour that is not offered.

    A reply under the return code reaches nobody until the person comes for it, so it is always allowed.
    Everything else needs a plan that was noted or confirmed within 14 days (``confirmed_at``), the listed
    channel, one of its windows and none of its never-windows. ``at`` is aware, UTC.
    """
    if channel == "web_code":
        return Permission(allowed=True, why="return_code")
    if plan is None:
        return Permission(allowed=False, why="no_plan")
    if plan.may_contact == "only_they":
        return Permission(allowed=False, why="only_they_contact_us")
    if channel not in {c.kind for c in plan.channels}:
        return Permission(allowed=False, why="channel_not_listed")
    if needs_reconfirming(confirmed_at, at):
        return Permission(allowed=False, why="reconfirm_first")
    return _by_the_hour(plan, at)


def needs_reconfirming(confirmed_at: datetime | None, at: datetime) -> bool:
    """Whether the plan was last confirmed 14 days ago or longer, or never."""
    return confirmed_at is None or at - confirmed_at >= RECONFIRM_AFTER


def check_plan(plan: SafeContactPlan) -> None:
    """Refuse a plan whose closed values or windows are not ones that the form offers."""
    for field in ("may_contact", "wrong_person", "call_drops", "leave_message", "check_in"):
        _check_values(field, (getattr(plan, field),))
    _check_values("channel", (c.kind for c in plan.channels))
    _check_values("seen_by", (c.seen_by for c in plan.channels))
    _check_values("missed_then", plan.missed_then)
    for window in (*plan.windows, *plan.never):
        _check_window(window)


def plan_from_short_form(contact: ShortContact) -> SafeContactPlan:
    """The plan that the public page's few questions make. A worker completes it with the person."""
    days = tuple(_DAY_NUMBERS[day] for day in contact.days)
    return SafeContactPlan(
        may_contact="as_below",
        channels=(ContactChannel(kind=contact.channel, address=contact.address, seen_by=_seen(contact)),),
        utc_offset_minutes=contact.utc_offset_minutes,
        windows=_windows(contact.hours, days),
        never=() if contact.never is None else _windows(contact.never, ()),
        wrong_person=contact.wrong_person if contact.wrong_person in CHOICES["wrong_person"] else "nothing",
    )


def _by_the_hour(plan: SafeContactPlan, at: datetime) -> Permission:
    if plan.utc_offset_minutes is None:
        return Permission(allowed=False, why="time_zone_unknown")
    offset = timedelta(minutes=plan.utc_offset_minutes)
    why = _hour(plan, at + offset)
    if why == "in_window":
        return Permission(allowed=True, why=why)
    return Permission(allowed=False, why=why, next_at=_next(plan, at, offset))


def _hour(plan: SafeContactPlan, local: datetime) -> str:
    if any(window.holds(local) for window in plan.never):
        return "never_window"
    return "in_window" if any(window.holds(local) for window in plan.windows) else "outside_windows"


def _next(plan: SafeContactPlan, at: datetime, offset: timedelta) -> datetime | None:
    """The next moment that is allowed, within eight days: some window's start or some never-window's end."""
    local = at + offset
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    edges = {0, *(w.start for w in plan.windows), *(w.end for w in plan.never)}
    moments = (midnight + timedelta(days=d, minutes=edge % DAY) for d in range(9) for edge in sorted(edges))
    good = [m for m in moments if m > local and _hour(plan, m) == "in_window"]
    return min(good) - offset if good else None


def _windows(hours: tuple[int, int], days: tuple[int, ...]) -> tuple[Window, ...]:
    start, end = hours
    if (start, end) == (0, 24):
        return (Window(start=0, end=DAY, days=days),)
    return (Window(start=(start % 24) * 60, end=end * 60 or DAY, days=days),)


def _seen(contact: ShortContact) -> str:
    return contact.seen_by if contact.seen_by in CHOICES["seen_by"] else "unknown"


def _check_values(field: str, values: Iterable[str]) -> None:
    if any(value not in CHOICES[field] for value in values):
        raise PlanValueUnknown(field=field, accepted=", ".join(CHOICES[field]))


def _check_window(window: Window) -> None:
    in_range = 0 <= window.start < DAY and 0 < window.end <= DAY and window.start != window.end
    if not in_range or any(day not in range(7) for day in window.days):
        raise WindowImpossible

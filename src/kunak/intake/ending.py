"""The statuses of a request: checked, ended, reopened."""

from collections.abc import Collection
from datetime import datetime

from kunak.errors import Refused
from kunak.fold import Entry
from kunak.intake import entries as e
from kunak.intake.finding import find_request
from kunak.intake.lists import NEEDS_SECOND, REASONS
from kunak.intake.making import Maker, check_listed, check_second
from kunak.intake.model import Request, State


class RequestEnded(Refused):
    """This request has ended ({status})."""

    code = "request-ended"
    hint = "Reopen it first; anyone may."


class RequestOpen(Refused):
    """This request is open."""

    code = "request-open"
    hint = "There is nothing to reopen."


class ReasonNeeded(Refused):
    """The status “{status}” needs a reason."""

    code = "reason-needed"
    hint = "Choose at least one of: {accepted}."


class StatusUnknown(Refused):
    """A request cannot get the status “{status}”."""

    code = "status-unknown"
    hint = "Choose one of: {accepted}."


class OtherRequestNeeded(Refused):
    """A duplicate points to another request that is known."""

    code = "other-request-needed"
    hint = "Give the code of the request that came first."


def check_safety(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """A worker has looked at how the person can be written to safely."""
    _open(state, subject)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.SafetyChecked),)


def close_request(
    state: State,
    *,
    subject: str,
    status: str,
    reasons: Collection[str],
    second: str = "",
    other: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Give the request one of the statuses of REASONS, with reasons from its list.

    ``declined`` and ``suspected_hostile`` need a ``second`` member; ``duplicate`` the code of the ``other``
    request. ``waitlisted`` is no end: it stays in the queue.
    """
    _open(state, subject)
    kind = next((kind for kind, name in e.STATUSES.items() if name == status), None)
    if kind is None:
        raise StatusUnknown(status=status, accepted=", ".join(REASONS))
    if not reasons:
        raise ReasonNeeded(status=status, accepted=", ".join(REASONS[status]))
    check_listed("reason", reasons, REASONS[status])
    facts: dict[str, object] = {"reasons": tuple(r for r in REASONS[status] if r in reasons)}
    if status in NEEDS_SECOND:
        check_second(by, second)
        facts["second"] = second
    if status == "duplicate":
        if other == subject or state.get(other) is None:
            raise OtherRequestNeeded
        facts["other"] = other
    return (Maker(id=id, at=at, by=by, subject=subject)(kind, **facts),)


def reopen_request(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Back to the queue: free for anyone, with no reason asked."""
    if find_request(state, subject).status in ("new", "safety_checked"):
        raise RequestOpen
    return (Maker(id=id, at=at, by=by, subject=subject)(e.RequestReopened),)


def _open(state: State, subject: str) -> Request:
    request = find_request(state, subject)
    if request.ended:
        raise RequestEnded(status=request.status)
    return request

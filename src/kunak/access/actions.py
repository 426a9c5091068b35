"""Deciding about access: each action gives entries, or raises Refused."""

from collections.abc import Sequence
from datetime import datetime

from kunak.access import entries as e
from kunak.access.lists import BY_TWO, CHAT_HOURS, COMPARTMENTS, MORE, PURPOSES, SHRED_REASONS
from kunak.access.model import Opening, State
from kunak.access.queries import find_opening
from kunak.errors import Refused
from kunak.fold import Entry


class PurposeNeeded(Refused):
    """What two open is opened for one purpose, from the list."""

    code = "purpose-needed"
    hint = "Choose what it is for."


class CompartmentUnknown(Refused):
    """This is none of what can be named here: {accepted}."""

    code = "compartment-unknown"
    hint = "Choose one of those that are offered."


class OpeningNotKnown(Refused):
    """There is no such request to open something, or it is over."""

    code = "opening-not-known"
    hint = "Look at the list of requests again."


class OwnRequest(Refused):
    """You asked for this yourself: a colleague must release it."""

    code = "own-request"
    hint = "A colleague does it on their own device."


class PlaceAndIdentity(Refused):
    """Whoever reads where this person is may not read who they are."""

    code = "place-and-identity"
    hint = "Let another colleague open it."


class ReasonUnknown(Refused):
    """Shredding needs a reason, from the list."""

    code = "shred-reason-unknown"
    hint = "Choose why it is destroyed."


class ChatTimeNotOffered(Refused):
    """Chats are kept from 24 hours to 14 days after they were answered."""

    code = "chat-time-not-offered"
    hint = "Choose from: {offered} hours."


def ask_opening(
    state: State,
    *,
    subject: str,
    what: str,
    purpose: str,
    opening: str,
    dossiers: Sequence[str],
    reads_place: bool,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Ask a colleague to open something together. ``reads_place``: whether the asker reads places of it."""
    _require_listed((what,), BY_TWO)
    if purpose not in PURPOSES:
        raise PurposeNeeded
    if what == "identity" and reads_place:
        raise PlaceAndIdentity
    asked = e.OpeningAsked(
        id=f"{id}.0",
        at=at,
        by=by,
        subject=subject,
        what=what,
        purpose=purpose,
        opening=opening,
        dossiers=tuple(dossiers),
    )
    return (asked,)


def release_opening(
    state: State, *, opening: str, asker_reads_place: bool, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Lend one's share for it."""
    found = _answerable(state, opening, by)
    if found.what == "identity" and asker_reads_place:
        raise PlaceAndIdentity
    return (e.OpeningReleased(id=f"{id}.0", at=at, by=by, subject=found.subject, opening=opening),)


def refuse_opening(state: State, *, opening: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Say no."""
    found = _answerable(state, opening, by)
    return (e.OpeningRefused(id=f"{id}.0", at=at, by=by, subject=found.subject, opening=opening),)


def end_opening(state: State, *, opening: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """It was closed, or is over."""
    found = find_opening(state, opening)
    if found is None or found.state == "ended":
        raise OpeningNotKnown
    return (e.OpeningEnded(id=f"{id}.0", at=at, by=by, subject=found.subject, opening=opening),)


def note_readings(
    state: State, *, readings: Sequence[e.Reading], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Put what was opened since the last time into the reading log."""
    if not readings:
        return ()
    return (e.ReadingsNoted(id=f"{id}.0", at=at, by=by, subject=e.month_of(at), readings=tuple(readings)),)


def allow_more(
    state: State, *, member: str, second: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """A second member agrees that this one opens more files this shift."""
    allowed = e.MoreOpeningsAllowed(
        id=f"{id}.0", at=at, by=by, subject=e.OFFICE, member=member, second=second, more=MORE
    )
    return (allowed,)


def place_canary(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Mark an invented case that nobody should open."""
    return (e.CanaryPlaced(id=f"{id}.0", at=at, by=by, subject=subject),)


def touch_canary(
    state: State, *, touched: str, member: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Raise the alarm."""
    return (e.CanaryTouched(id=f"{id}.0", at=at, by=by, subject=e.OFFICE, touched=touched, member=member),)


def see_alarm(state: State, *, alarm: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Take an alarm up."""
    return (e.AlarmSeen(id=f"{id}.0", at=at, by=by, subject=e.OFFICE, alarm=alarm),)


def shred(
    state: State,
    *,
    shredded: str,
    reason: str,
    what: Sequence[str] = (),
    dossiers: Sequence[str] = (),
    second: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Have all that is about a code destroyed, or some compartments of it."""
    if reason not in SHRED_REASONS:
        raise ReasonUnknown
    _require_listed(what, COMPARTMENTS)
    entry = e.SubjectShredded(
        id=f"{id}.0",
        at=at,
        by=by,
        subject=e.OFFICE,
        shredded=shredded,
        what=tuple(what),
        reason=reason,
        dossiers=tuple(dossiers),
        second=second,
    )
    return (entry,)


def set_chat_time(state: State, *, hours: int, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Decide how long chats are kept after they were answered."""
    if hours not in CHAT_HOURS:
        raise ChatTimeNotOffered(offered=", ".join(map(str, CHAT_HOURS)))
    return (e.ChatTimeSet(id=f"{id}.0", at=at, by=by, subject=e.OFFICE, hours=hours),)


def _require_listed(given: Sequence[str], accepted: Sequence[str]) -> None:
    if not set(given) <= set(accepted):
        raise CompartmentUnknown(accepted=", ".join(accepted))


def _answerable(state: State, opening: str, by: str) -> Opening:
    found = find_opening(state, opening)
    if found is None or found.state != "asked":
        raise OpeningNotKnown
    if found.asked_by == by:
        raise OwnRequest
    return found

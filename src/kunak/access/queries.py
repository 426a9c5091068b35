"""Questions of the room's state."""

from datetime import datetime, timedelta

from kunak.access.entries import OFFICE, SubjectShredded
from kunak.access.lists import CHAT_KEPT, MOST_OPENINGS, SHIFT
from kunak.access.model import Alarm, Opening, State


def find_opening(state: State, opening: str) -> Opening | None:
    """A request by its id."""
    return next((one for known in state for one in known.openings if one.id == opening), None)


def openings_for(state: State, member: str) -> tuple[Opening, ...]:
    """Requests of colleagues that wait for an answer, oldest first."""
    waiting = [
        one for known in state for one in known.openings if one.state == "asked" and one.asked_by != member
    ]
    return tuple(sorted(waiting, key=lambda one: one.asked_at))


def openings_of(state: State, member: str) -> tuple[Opening, ...]:
    """A member's own requests, newest first."""
    own = [one for known in state for one in known.openings if one.asked_by == member]
    return tuple(sorted(own, key=lambda one: one.asked_at, reverse=True))


def most_openings(state: State, member: str, now: datetime) -> int:
    """How many different files a member may open in the shift that ends now."""
    office = state.get(OFFICE)
    allowed = office.allowances if office else ()
    return MOST_OPENINGS + sum(one.more for one in allowed if one.member == member and now - one.at < SHIFT)


def alarms(state: State) -> tuple[Alarm, ...]:
    """Canaries that were touched and that nobody has taken up."""
    office = state.get(OFFICE)
    return tuple(one for one in (office.alarms if office else ()) if not one.seen_by)


def is_canary(state: State, code: str) -> bool:
    """Whether a case is invented so that nobody should open it. Known to those who can open it."""
    known = state.get(code)
    return known is not None and known.is_canary


def shreddings(state: State) -> tuple[SubjectShredded, ...]:
    """What was shredded, newest first."""
    office = state.get(OFFICE)
    return tuple(sorted(office.shreddings if office else (), key=lambda one: one.at, reverse=True))


def chat_kept(state: State) -> timedelta:
    """How long chats are kept after they were answered."""
    office = state.get(OFFICE)
    return timedelta(hours=office.chat_hours if office else CHAT_KEPT)

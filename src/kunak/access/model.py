"""What the room knows of one subject."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kunak.access import entries as e
from kunak.access.lists import CHAT_HOURS, CHAT_KEPT
from kunak.fold import Entry, Ledger, fold_by_subject, replace


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A request to open what two must open. ``state``: asked, released, refused, ended."""

    id: str
    subject: str
    what: str
    purpose: str
    asked_by: str
    asked_at: datetime
    dossiers: tuple[str, ...]
    state: str = "asked"
    answered_by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """More openings than a shift has, allowed by a second member."""

    member: str
    more: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A canary was touched."""

    id: str
    code: str
    member: str
    at: datetime
    seen_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Access:
    """All of it, about one subject."""

    subject: str
    openings: tuple[Opening, ...] = ()
    readings: tuple[tuple[str, e.Reading], ...] = ()  # (member, reading); only where two have opened them
    is_canary: bool = False
    allowances: tuple[Allowance, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    shreddings: tuple[e.SubjectShredded, ...] = ()
    chat_hours: int = CHAT_KEPT


State = Ledger[Access]
_ID = re.compile("[0-9a-f]{32}")  # of an opening, of a dossier
EMPTY: State = Ledger()


def fold(state: State, entries: Iterable[Entry]) -> State:
    """Hear a batch of entries."""
    return fold_by_subject(state, entries, kinds=e.KINDS, replay=_replay)


def _replay(entries: Sequence[Entry]) -> Access:
    access = Access(subject=entries[0].subject)
    for entry in entries:
        access = _hear_office(_hear_opening(access, entry), entry)
    return access


def _hear_opening(access: Access, entry: Entry) -> Access:
    match entry:
        case e.OpeningAsked() if _are_ids(entry.opening, *entry.dossiers):
            asked = Opening(
                id=entry.opening,
                subject=entry.subject,
                what=entry.what,
                purpose=entry.purpose,
                asked_by=entry.by,
                asked_at=entry.at,
                dossiers=entry.dossiers,
            )
            return replace(access, openings=(*access.openings, asked))
        case e.OpeningReleased():
            return _answered(access, entry.opening, entry, "released")
        case e.OpeningRefused():
            return _answered(access, entry.opening, entry, "refused")
        case e.OpeningEnded():
            return _changed(access, entry.opening, state="ended")
        case e.ReadingsNoted():
            more = tuple((entry.by, reading) for reading in entry.readings)
            return replace(access, readings=(*access.readings, *more))
    return access


def _hear_office(access: Access, entry: Entry) -> Access:
    match entry:
        case e.CanaryPlaced():
            return replace(access, is_canary=True)
        case e.MoreOpeningsAllowed():
            allowed = Allowance(member=entry.member, more=entry.more, at=entry.at)
            return replace(access, allowances=(*access.allowances, allowed))
        case e.CanaryTouched():
            alarm = Alarm(id=entry.id, code=entry.touched, member=entry.member, at=entry.at)
            return replace(access, alarms=(*access.alarms, alarm))
        case e.AlarmSeen():
            seen = (replace(one, seen_by=entry.by) if one.id == entry.alarm else one for one in access.alarms)
            return replace(access, alarms=tuple(seen))
        case e.SubjectShredded() if _are_ids(*entry.dossiers):
            return replace(access, shreddings=(*access.shreddings, entry))
        case e.ChatTimeSet() if entry.hours in CHAT_HOURS:
            return replace(access, chat_hours=entry.hours)
    return access


def _are_ids(*given: str) -> bool:
    """Whether these are ids as the vault makes them. What names another is no work of this program: not heard."""
    return all(_ID.fullmatch(one) for one in given)


def _answered(access: Access, opening: str, entry: Entry, state: str) -> Access:
    """The first answer counts, and nobody answers their own request."""
    one = next((known for known in access.openings if known.id == opening), None)
    if one is None or one.state != "asked" or one.asked_by == entry.by:
        return access
    return _changed(access, opening, state=state, answered_by=entry.by, answered_at=entry.at)


def _changed(access: Access, opening: str, **to: object) -> Access:
    changed = (replace(one, **to) if one.id == opening else one for one in access.openings)  # type: ignore[arg-type]
    return replace(access, openings=tuple(changed))

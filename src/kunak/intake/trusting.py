"""Is it they? Signs of a hostile contact, challenges, freezing a thread, and the two members who trust it again."""

from collections.abc import Collection
from datetime import datetime

from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake import entries as e
from kunak.intake.finding import find_request
from kunak.intake.form import CHANNELS
from kunak.intake.lists import (
    ACCOUNT_GRADES,
    CHALLENGE_OUTCOMES,
    FREEZE_REASONS,
    HOSTILE_SIGNS,
    PERSON_GRADES,
    RESTORED_BY,
    SECOND_LOOK_FROM,
    SECOND_LOOKS,
)
from kunak.intake.making import Maker, SecondNeeded, check_listed, check_second, checked_text
from kunak.intake.model import State

MOST_LINE = 200  # letters of one line of the warning list
# What was on the phone, where nobody says otherwise: all ways by which it could write or be written to.
ON_A_PHONE = ("web_code", "email", "messenger", "sms", "call")


class NothingDoubted(Refused):
    """Nobody doubts that it is they who write here."""

    code = "nothing-doubted"
    hint = "There is no trust to restore."


class NoLookAsked(Refused):
    """Nobody has asked for a second look at this, or it was given already."""

    code = "no-look-asked"
    hint = "Open the page of the request again."


class WarningNotKnown(Refused):
    """There is no such line on the list of who must be warned, or its fourteen days are over."""

    code = "warning-not-known"
    hint = "Look at the list again."


def note_confidence(
    state: State, *, subject: str, person_grade: str, account_grade: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """How sure we are of the person (V0–V4) and of the account (A0–A4), F3."""
    request = find_request(state, subject)
    check_listed("person_grade", (person_grade,), PERSON_GRADES)
    check_listed("account_grade", (account_grade,), ACCOUNT_GRADES)
    made = Maker(id=id, at=at, by=by, subject=subject)
    grades = {"person_grade": person_grade, "account_grade": account_grade}
    return (made(e.ConfidenceNoted, replaces=ids(request.grades), **grades),)


def note_hostile_signs(
    state: State,
    *,
    subject: str,
    signs: Collection[str],
    absent: Collection[str] = (),
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Which signs of a hostile contact were seen (F3), and which were looked for and not seen (``absent``).

    It decides nothing. Two or more ask another member to look, once for each set of signs.
    """
    request = find_request(state, subject)
    check_listed("signs", (*signs, *absent), HOSTILE_SIGNS)
    seen = tuple(s for s in HOSTILE_SIGNS if s in signs)
    made = Maker(id=id, at=at, by=by, subject=subject)
    checked = made(
        e.HostileSignsChecked,
        yes=seen,
        no=tuple(s for s in HOSTILE_SIGNS if s in absent and s not in signs),
        replaces=ids(request.signs),
    )
    is_new = not set(seen) <= set(request.hostile_signs)
    if len(seen) < SECOND_LOOK_FROM or request.looks_asked or not is_new:
        return (checked,)
    return checked, made(e.SecondLookAsked)


def give_second_look(
    state: State, *, subject: str, verdict: str, second: str = "", by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Another member has looked, at their own machine or here with their passphrase (``second``).

    Raises NoLookAsked; SecondNeeded where it is the member who asked.
    """
    request = find_request(state, subject)
    check_listed("verdict", (verdict,), SECOND_LOOKS)
    if not request.looks_asked:
        raise NoLookAsked
    looker = second or by
    asked_by = {x.by for x in state.heard[subject] if x.id in request.looks_asked}
    if asked_by <= {looker}:
        raise SecondNeeded
    made = Maker(id=id, at=at, by=looker, subject=subject)
    return (made(e.SecondLookGiven, verdict=verdict, seen=request.looks_asked),)


def put_challenge(
    state: State, *, subject: str, outcome: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The agreed question was put, and what came of it. An answer whispered by another is no answer: it is a
    sign of a hostile contact too, and noted as one.

    Two that were not passed, or one word of duress: the thread is possibly under control.
    """
    request = find_request(state, subject)
    check_listed("outcome", (outcome,), CHALLENGE_OUTCOMES)
    made = Maker(id=id, at=at, by=by, subject=subject)
    put = made(e.ChallengePut, outcome=outcome, seen=request.control.known)
    if outcome != "second_voice" or "second_voice_helps" in request.hostile_signs:
        return (put,)
    signs = (*request.hostile_signs, "second_voice_helps")
    absent = tuple(sign for one in request.signs for sign in getattr(one, "no", ()))
    noted = note_hostile_signs(state, subject=subject, signs=signs, absent=absent, by=by, at=at, id=f"{id}.s")
    return (put, *noted)


def freeze_thread(
    state: State,
    *,
    subject: str,
    reason: str,
    retired: Collection[str] = ON_A_PHONE,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Nothing goes out any more, and what comes counts as said under control: at once, by anyone.

    ``retired``: the kinds of channels that are good no more, whoever writes there later.
    """
    request = find_request(state, subject)
    check_listed("reason", (reason,), FREEZE_REASONS)
    check_listed("channel", retired, CHANNELS)
    made = Maker(id=id, at=at, by=by, subject=subject)
    kinds = tuple(kind for kind in CHANNELS if kind in retired)
    return (made(e.ThreadFrozen, reason=reason, retired=kinds, seen=request.control.known),)


def note_emptied(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """What lay in the mailbox of a return code that others have is gone from the relay."""
    freezes = tuple(doubt.id for doubt in find_request(state, subject).control.doubts if doubt.freezes)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.MailboxEmptied, freeze=freezes),)


def restore_trust(
    state: State, *, subject: str, how: str, second: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Two members know that the person speaks freely again, and by what. Retired channels stay retired, unless
    it was all a mistake. Raises NothingDoubted, SecondNeeded, ValueUnknown."""
    request = find_request(state, subject)
    check_listed("how", (how,), RESTORED_BY)
    if not request.control.standing:
        raise NothingDoubted
    check_second(by, second)
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.TrustRestored, how=how, second=second, seen=request.control.known),)


def note_warning(
    state: State, *, subject: str, whom: str, reach: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Somebody of whom the phone tells must be warned, by another way. The list is gone after fourteen days."""
    find_request(state, subject)
    made = Maker(id=id, at=at, by=by, subject=subject)
    facts = {"whom": checked_text(whom, MOST_LINE), "reach": checked_text(reach, MOST_LINE)}
    return (made(e.WarningNoted, **facts),)


def note_warned(
    state: State, *, subject: str, warning: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """They have been warned."""
    if warning not in {one.id for one in find_request(state, subject).warnings}:
        raise WarningNotKnown
    return (Maker(id=id, at=at, by=by, subject=subject)(e.PersonWarned, warning=warning),)

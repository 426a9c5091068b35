"""The work of a case: needs, notes, threats, follow-up, closing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from kunak.casework import entries as e
from kunak.casework.finding import find_case, find_open_case
from kunak.casework.followup import QUESTIONS, STEPS
from kunak.casework.lists import (
    CLOSE_CHECKLIST,
    CLOSE_REASONS,
    NEED_STATES,
    NEEDS,
    NOW_KNOWN,
    RECENT_THREAT,
    THREAT_CHANNELS,
    THREAT_SOURCES,
    THREAT_TARGETS,
)
from kunak.casework.model import Case, State
from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake.form import clean_text
from kunak.intake.making import Maker, check_listed, check_second, checked_text


class SilenceIsNoClosing(Refused):
    """Someone threatened in the last twelve months is not closed for being silent."""

    code = "silence-is-no-closing"
    hint = "Start the ladder of missed contact; two members decide whether the person is missing."


class CloseReasonNeeded(Refused):
    """Closing a case needs a reason."""

    code = "close-reason-needed"
    hint = "Choose one: {accepted}."


class CaseNotClosed(Refused):
    """This case is open."""

    code = "case-not-closed"
    hint = "There is nothing to reopen."


def note_need(
    state: State, *, subject: str, need: str, need_state: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """One need of F5 and where it stands. (``state`` is the room's; the need's is ``need_state``.)"""
    case = find_open_case(state, subject)
    check_listed("need", (need,), NEEDS)
    check_listed("need_state", (need_state,), NEED_STATES)
    before = ids(case.needs_said.get(need, ()))
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.NeedNoted, need=need, state=need_state, replaces=before),)


def write_note(state: State, *, subject: str, text: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """A note for the workers of the case."""
    find_case(state, subject)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.NoteWritten, text=checked_text(text)),)


def note_threat(
    state: State,
    *,
    subject: str,
    day: date | None,
    channel: str,
    source: str,
    target: str,
    now_known: Collection[str] = (),
    words_kept: bool = False,
    text: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Log a threat (F13); ``day`` None when it is not known. A running follow-up starts again at 24 hours.

    Also for a closed case: closed is not safe.
    """
    find_case(state, subject)
    check_listed("channel", (channel,), THREAT_CHANNELS)
    check_listed("source", (source,), THREAT_SOURCES)
    check_listed("target", (target,), THREAT_TARGETS)
    check_listed("now_known", now_known, NOW_KNOWN)
    made = Maker(id=id, at=at, by=by, subject=subject)
    arrival = made(e.ThreatArrived, threat=f"{id}.1")
    noted = made(
        e.ThreatNoted, arrival=arrival.id, day=day, channel=channel, source=source, target=target,
        now_known=tuple(k for k in NOW_KNOWN if k in now_known), words_kept=words_kept,
        text=clean_text(text),
    )  # fmt: skip
    return arrival, noted


def start_follow_up(
    state: State, *, subject: str, confirmed_safe_at: datetime | None = None, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person is confirmed safe (by default now): the follow-up clock starts."""
    find_open_case(state, subject)
    moment = min(confirmed_safe_at or at, at)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.FollowUpStarted, confirmed_safe_at=moment),)


def do_follow_up(
    state: State,
    *,
    subject: str,
    step: str,
    answers: Mapping[str, str] | None = None,
    text: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """A step of the follow-up was done. Answers (yes, no, unknown) by question; any may be left out."""
    find_case(state, subject)
    check_listed("step", (step,), STEPS)
    said = dict(answers or {})
    check_listed("question", said, QUESTIONS)
    check_listed("answer", tuple(said.values()), ("yes", "no", "unknown"))
    made = Maker(id=id, at=at, by=by, subject=subject)
    noted = made(e.FollowUpNoted, step=step, answers=said, text=clean_text(text))
    return made(e.FollowUpDone, step=step), noted


def close_case(
    state: State,
    *,
    subject: str,
    reasons: Collection[str],
    checklist: Collection[str] = (),
    second: str,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Two members end active work (F14), with reasons. Silence does not close anyone threatened in a year."""
    case = find_open_case(state, subject)
    if not reasons:
        raise CloseReasonNeeded(accepted=", ".join(CLOSE_REASONS))
    check_listed("reason", reasons, CLOSE_REASONS)
    check_listed("checklist", checklist, CLOSE_CHECKLIST)
    check_second(by, second)
    if "no_contact_after_ladder" in reasons and threatened_within_a_year(case, at):
        raise SilenceIsNoClosing
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.CaseClosed, reasons=tuple(r for r in CLOSE_REASONS if r in reasons),
            checklist=tuple(c for c in CLOSE_CHECKLIST if c in checklist), second=second,
        ),
    )  # fmt: skip


def reopen_case(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Work goes on: free for anyone, as often as needed."""
    if find_case(state, subject).is_open:
        raise CaseNotClosed
    return (Maker(id=id, at=at, by=by, subject=subject)(e.CaseReopened),)


def threatened_within_a_year(case: Case, at: datetime) -> bool:
    """Whether a threat was logged in the last 365 days."""
    return case.threatened_at is not None and at - case.threatened_at < RECENT_THREAT

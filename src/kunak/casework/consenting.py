"""Writing the consent ledger: giving, withdrawing, using up, calling back, and the vital interest (R10)."""

from collections.abc import Collection
from datetime import datetime

from kunak.casework import entries as e
from kunak.casework.consent import (
    AGE_BANDS,
    COUNTS,
    GIVEN_WHEN,
    GUARDIAN,
    MODES,
    NEEDS_ABOUT,
    NEVER_IN_RESEARCH,
    ONE_USE,
    OUTCOMES,
    OWN_AT_16,
    PURPOSES,
    SCOPE,
    UNDERSTANDING,
    VALIDITY,
    VITAL_DANGERS,
    AboutNeeded,
    ConsentTooLong,
    ConsentUnderControl,
    CountsAreTold,
    GivenByAnother,
    LineNotWithdrawn,
    LineUnknown,
    NotUnderstood,
    ScopeNeeded,
    named,
    recipient,
)
from kunak.casework.finding import find_case
from kunak.casework.model import Case, State
from kunak.fold import Entry
from kunak.intake.making import Maker, check_listed, check_second
from kunak.letters import alike


def give_consent(
    state: State,
    *,
    subject: str,
    purpose: str,
    organisation: str,
    role: str,
    scope: Collection[str],
    mode: str,
    understanding: str,
    given_when: str = "calm",
    about: str = "",
    valid_until: datetime | None = None,
    conditions: str = "",
    age_band: str = "adult",
    guardian_is_danger: bool = False,
    second: str = "",
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Write one line. Without ``valid_until`` it ends after the purpose's longest validity.

    Raises RecipientNotNamed, NotUnderstood, ConsentUnderControl, ConsentTooLong, AboutNeeded, ScopeNeeded,
    GivenByAnother, ValueUnknown, SecondNeeded or CaseUnknown.
    """
    case = find_case(state, subject)
    if purpose == COUNTS:
        raise CountsAreTold
    _check_codes(
        purpose=purpose, mode=mode, understanding=understanding, given_when=given_when, age_band=age_band
    )
    check_listed("scope", scope, SCOPE)
    if given_when == "under_control":
        raise ConsentUnderControl
    if understanding != "yes":
        raise NotUnderstood
    _check_scope(purpose, scope)
    _check_age(purpose, mode, age_band, guardian_is_danger, by, second)
    if purpose in NEEDS_ABOUT and not about.strip():
        raise AboutNeeded
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.ConsentGiven,
            purpose=purpose, about=about.strip(), organisation=named(organisation), role=named(role),
            scope=tuple(s for s in SCOPE if s in scope), mode=mode, given_when=given_when,
            understanding=understanding, valid_until=_until(purpose, at, valid_until),
            conditions=conditions.strip(), age_band=age_band, guardian_is_danger=guardian_is_danger,
            second=second, seen=_stops_known(case, purpose, named(organisation), named(role)),
        ),
    )  # fmt: skip


def withdraw_consent(
    state: State, *, subject: str, line: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person said stop. Any member may write it; it acts at once and asks for nothing else."""
    case = find_case(state, subject)
    stopped = _line(case, line)
    seen = tuple(x.id for x in case.consents if x.id != line and recipient(x) == recipient(stopped))
    return (Maker(id=id, at=at, by=by, subject=subject)(e.ConsentWithdrawn, line=line, seen=seen),)


def note_void_withdrawal(
    state: State, *, subject: str, line: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """A stop was said in the person's name while somebody may have been forcing them (R9): it is kept that it was
    said, and changes no line. Whether that is so, the workbench knows; see its gate."""
    _line(find_case(state, subject), line)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.WithdrawalHeardUnderControl, line=line),)


def use_consent(
    state: State, *, subject: str, line: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """A yes that was good once (one text, one outlet, one telling) has been used."""
    found = _line(find_case(state, subject), line)
    check_listed("purpose", (found.purpose,), ONE_USE)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.ConsentUsed, line=line),)


def answer_recall(
    state: State, *, subject: str, line: str, outcome: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """What the recipient of a withdrawn line did, as it is told to the person."""
    case = find_case(state, subject)
    _line(case, line)
    if line not in case.withdrawn:
        raise LineNotWithdrawn
    check_listed("outcome", (outcome,), OUTCOMES)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.RecallAnswered, line=line, outcome=outcome),)


def use_vital_interest(
    state: State,
    *,
    subject: str,
    danger: str,
    organisation: str,
    role: str,
    scope: Collection[str],
    second: str,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Tell one named recipient the least facts without consent, to prevent death or disappearance (R10).

    It is no consent and appears in no ``valid_consents``. Two members; reviewed within 72 hours.
    """
    find_case(state, subject)
    check_listed("danger", (danger,), VITAL_DANGERS)
    check_listed("scope", scope, SCOPE)
    check_second(by, second)
    if not scope:
        raise ScopeNeeded
    return (
        Maker(id=id, at=at, by=by, subject=subject)(
            e.VitalInterestUsed, danger=danger, organisation=named(organisation), role=named(role),
            scope=tuple(s for s in SCOPE if s in scope), second=second,
        ),
    )  # fmt: skip


def review_vital_interest(
    state: State, *, subject: str, used: str, person_told: bool, second: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Two members look back at it, and at whether the person has been told."""
    case = find_case(state, subject)
    if used not in {v.id for v in case.vital}:
        raise LineUnknown
    check_second(by, second)
    made = Maker(id=id, at=at, by=by, subject=subject)
    return (made(e.VitalInterestReviewed, used=used, person_told=person_told, second=second),)


def _stops_known(case: Case, purpose: str, organisation: str, role: str) -> tuple[str, ...]:
    """The withdrawals for this purpose and recipient that are known when the person is asked again."""
    wanted = (purpose, alike(organisation), alike(role))
    lines = {x.id for x in case.consents if recipient(x) == wanted}
    return tuple(x.id for x in case.withdrawals if x.line in lines)


def _line(case: Case, line: str) -> e.ConsentGiven:
    found = next((x for x in case.consents if x.id == line), None)
    if found is None:
        raise LineUnknown
    return found


def _until(purpose: str, at: datetime, wanted: datetime | None) -> datetime:
    longest = at + VALIDITY[purpose]
    if wanted is not None and not at < wanted <= longest:
        raise ConsentTooLong(days=VALIDITY[purpose].days)
    return wanted or longest


def _check_codes(*, purpose: str, mode: str, understanding: str, given_when: str, age_band: str) -> None:
    check_listed("purpose", (purpose,), PURPOSES)
    check_listed("mode", (mode,), MODES)
    check_listed("understanding", (understanding,), UNDERSTANDING)
    check_listed("given_when", (given_when,), GIVEN_WHEN)
    check_listed("age_band", (age_band,), AGE_BANDS)


def _check_scope(purpose: str, scope: Collection[str]) -> None:
    if not scope or (purpose == "p14" and any(s in NEVER_IN_RESEARCH for s in scope)):
        raise ScopeNeeded


def _check_age(
    purpose: str, mode: str, age_band: str, guardian_is_danger: bool, by: str, second: str
) -> None:
    """R8 and R11: an adult alone; 16–17 alone for advice, safety and medical help; else guardian and assent.

    Where the guardian is the danger, the child's own yes counts with the note of two members.
    """
    if age_band == "adult":
        if mode == GUARDIAN:
            raise GivenByAnother
        return
    if guardian_is_danger:
        if mode == GUARDIAN:
            raise GivenByAnother
        check_second(by, second)
        return
    alone = age_band == "16_17" and purpose in OWN_AT_16
    if not alone and mode != GUARDIAN:
        raise GivenByAnother

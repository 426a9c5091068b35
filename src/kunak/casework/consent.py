"""The consent ledger (F6): one purpose, one named recipient, and a yes that ends.

Rules R1–R11 live here. There is no override: what is not in ``valid_consents`` may not move. No queue, clock
or level reads this ledger, so that help never depends on a yes (R2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kunak.casework import entries as e
from kunak.casework.model import Case
from kunak.errors import Refused
from kunak.intake.form import MAX_LINE
from kunak.intake.making import checked_text
from kunak.letters import alike

_D = timedelta(days=1)
# The longest validity by purpose; ours where F6 names none: p1 (a year, renewed), p3 (the default stay of 30
# days + 7), p4 (90 days, and 72 hours after the arrival whichever is first), p9, p12, p13, p14 and p17.
VALIDITY: dict[str, timedelta] = {
    "p1": 365 * _D, "p2": 30 * _D, "p3": 37 * _D, "p4": 90 * _D, "p5": 90 * _D, "p6": 365 * _D,
    "p7": 730 * _D, "p8": 365 * _D, "p9": 90 * _D, "p10": 60 * _D, "p11": 60 * _D, "p12": 60 * _D,
    "p13": 60 * _D, "p14": 365 * _D, "p16": 365 * _D, "p17": 30 * _D,
}  # fmt: skip
COUNTS = "p15"  # told, not asked
PURPOSES = tuple(VALIDITY)
EVERY_PURPOSE = tuple(f"p{n}" for n in range(1, 18))
NEEDS_ABOUT = ("p2", "p6", "p8", "p9", "p10", "p13")  # which service, forum, proceeding, body, state, outlet
ONE_USE = ("p12", "p13", "p17")
AFTER_ARRIVAL = timedelta(hours=72)  # of p4
SCOPE = (
    "need", "region", "age_band", "account_summary", "full_account", "identity", "papers", "contact",
    "medical", "image", "voice",
)  # fmt: skip
NEVER_IN_RESEARCH = ("full_account", "identity", "papers", "contact", "medical", "image", "voice")
GUARDIAN = "guardian_and_child_assent"
MODES = ("said_and_repeated_back", "written", "recorded", "through_interpreter", "by_code_word", GUARDIAN)
GIVEN_WHEN = ("calm", "in_crisis", "under_control")
UNDERSTANDING = ("yes", "partly", "no")
AGE_BANDS = ("adult", "16_17", "under_16")
OWN_AT_16 = ("p1", "p2", "p3", "p4", "p5")  # advice, safety, medical (R11)
OUTCOMES = ("stopped", "returned", "destroyed", "cannot_be_undone")
VITAL_DANGERS = ("imminent_death", "enforced_disappearance")
VITAL_REVIEW_AFTER = timedelta(hours=72)

# Recipients that are a category and no one (R4), compared in lower case without surrounding spaces.
_NOBODY = frozenset({
    "partners", "partner organisations", "organisations", "ngos", "lawyers", "whoever", "as needed",
    "future uses", "others",
    "партнёры", "партнеры", "организации", "юристы", "по необходимости", "другие", "нко",
})  # fmt: skip
_EVERYBODY = ("all", "any", "anyone", "every", "everyone", "everybody", "все", "всем", "любой", "любая",
              "любые", "любому", "каждый")  # fmt: skip


class RecipientNotNamed(Refused):
    """A consent names one organisation and one role there, never a category."""

    code = "recipient-not-named"
    hint = "Write one line for each organisation, by its name."


class NotUnderstood(Refused):
    """A yes that the person could not say back in their own words is not a consent."""

    code = "not-understood"
    hint = "Explain again, in smaller steps, and ask what they will know and what could go wrong."


class ConsentUnderControl(Refused):
    """What is said in custody, after capture or under someone's control is never a consent."""

    code = "consent-under-control"
    hint = "Note it as a threat; ask again when the person is free to speak."


class ConsentTooLong(Refused):
    """A consent for this purpose ends after {days} days at most, and not before it begins."""

    code = "consent-too-long"
    hint = "Choose an earlier day; it can be asked again."


class AboutNeeded(Refused):
    """This purpose needs the one service, forum, state or outlet that it is for."""

    code = "about-needed"
    hint = "Write which one; one line for each."


class ScopeNeeded(Refused):
    """A consent names what may be told, and for research only what points at nobody."""

    code = "scope-needed"
    hint = "Tick the groups of data that the person said yes to."


class GivenByAnother(Refused):
    """Nobody consents for another: not for an adult, and not for a child without the child's own yes."""

    code = "given-by-another"
    hint = "Ask the person. Under 18: guardian and assent, or two members when the guardian is the danger."


class CountsAreTold(Refused):
    """That people are counted is told to everyone and asked of no one."""

    code = "counts-are-told"
    hint = "Tell the person what is counted; write no line."


class LineUnknown(Refused):
    """No such line is in the consent ledger of this case."""

    code = "line-unknown"
    hint = "Reload the page; the line may be of another case."


class LineNotWithdrawn(Refused):
    """This consent was not withdrawn, so there is nothing to call back."""

    code = "line-not-withdrawn"
    hint = "Withdraw it first."


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A recipient who must be told to stop, because the person withdrew. ``outcome`` empty: not answered."""

    line: str
    organisation: str
    role: str
    withdrawn_at: datetime
    outcome: str = ""


def valid_consents(case: Case, purpose: str, now: datetime) -> tuple[e.ConsentGiven, ...]:
    """The lines of a purpose that hold now. Expired, withdrawn, used and void ones are absent (R5, R6)."""
    return tuple(line for line in case.consents if line.purpose == purpose and holds(case, line, now))


def holds(case: Case, line: e.ConsentGiven, now: datetime) -> bool:
    """Whether one line holds now."""
    void = line.given_when == "under_control" or line.understanding != "yes" or _alone_for_a_child(line)
    ended = line.id in case.withdrawn or line.id in case.used or bool(stopped_apart(case, line))
    return not void and not ended and line.at <= now < ends_at(case, line)


def stopped_apart(case: Case, line: e.ConsentGiven) -> tuple[e.ConsentWithdrawn, ...]:
    """Withdrawals for the same purpose and recipient, of an earlier line, that this line's author did not
    know, and whose author did not know this line. They beat it (R6): ask the person again."""
    known = {x.id: x for x in case.consents}
    return tuple(
        stop
        for stop in case.withdrawals
        if stop.line in known
        and stop.line != line.id
        and recipient(known[stop.line]) == recipient(line)
        and stop.id not in line.seen
        and line.id not in stop.seen
    )


def recipient(line: e.ConsentGiven) -> tuple[str, str, str]:
    """What a person says stop to: a purpose and whom it was for, however its name was typed."""
    return line.purpose, alike(line.organisation), alike(line.role)


def _alone_for_a_child(line: e.ConsentGiven) -> bool:
    """Where the guardian is the danger, a child's yes counts with the note of two members (R11)."""
    return line.guardian_is_danger and line.age_band != "adult" and line.second in ("", line.by)


def ends_at(case: Case, line: e.ConsentGiven) -> datetime:
    """When a line ends by itself: p4 not later than 72 hours after the person is confirmed safe."""
    safe_at = case.confirmed_safe_at
    if line.purpose == "p4" and safe_at is not None and safe_at >= line.at:
        return min(line.valid_until, safe_at + AFTER_ARRIVAL)
    return line.valid_until


def recalls(case: Case) -> tuple[Recall, ...]:
    """Every recipient of a withdrawn line, and what became of the data there (R7)."""
    return tuple(
        Recall(
            line=line.id,
            organisation=line.organisation,
            role=line.role,
            withdrawn_at=case.withdrawn[line.id],
            outcome=case.recalls.get(line.id, ""),
        )
        for line in case.consents
        if line.id in case.withdrawn
    )


def vital_interest_due(case: Case) -> tuple[tuple[str, datetime], ...]:
    """Uses of the vital interest that two members must still look back at: the id of each, and by when."""
    return tuple((v.id, v.at + VITAL_REVIEW_AFTER) for v in case.vital if v.id not in case.vital_reviewed)


def named(recipient: str) -> str:
    """One name, cleaned. Raises RecipientNotNamed for a category, a list or nothing (R3, R4)."""
    name = recipient.strip()
    words = name.casefold().split()
    listed = any(mark in name for mark in ",;/+\n")
    if not words or listed or len(name) > MAX_LINE or words[0] in _EVERYBODY or " ".join(words) in _NOBODY:
        raise RecipientNotNamed
    return checked_text(name, MAX_LINE)

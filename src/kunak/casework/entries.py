"""What casework writes.

The subject is the case code. Triage, a level, a decision, a first step and workers may also be noted under a
request code, before there is a case: CaseOpened names its request, and the case then inherits all of it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from kunak.fold import Entry


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "casework"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class _Work(Entry):
    room: ClassVar[str] = "casework"
    compartment: ClassVar[str] = "work"


@dataclass(frozen=True, kw_only=True)
class Triaged(_Index):
    """A person judged how urgent this is. When that is less urgent than before: with whom, why, from where.

    ``basis`` is the id of the entry that set the level before; ``replaces`` names all that stood.
    """

    level: str
    sum: int
    triggers: tuple[str, ...]
    floors: tuple[str, ...]
    factors: dict[str, int]
    version: str
    reasons: tuple[str, ...] = ()
    second: str = ""
    basis: str = ""
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PriorityRaised(_Index):
    """Anyone may, at once."""

    level: str
    reason: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PriorityLoweringProposed(_Index):
    """One member thinks that this is less urgent now; it stays as it is until a second agrees."""

    level: str
    reasons: tuple[str, ...]
    basis: str


@dataclass(frozen=True, kw_only=True)
class PriorityLowered(_Index):
    """Two members lowered it, knowing the levels that they replace; one that they did not know stands."""

    level: str
    reasons: tuple[str, ...]
    second: str
    basis: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CaseOpened(_Index):
    """Agreed, continuing work with one person, from one request, by at most three workers."""

    request: str
    workers: tuple[str, ...]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorkersAssigned(_Index):
    """Who works on this now: at most three. Who was assigned apart stays until somebody looks."""

    workers: tuple[str, ...]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DecisionMade(_Index):
    """A person decided what we do. Stops the decision clock."""

    decision: str


@dataclass(frozen=True, kw_only=True)
class FirstStepTaken(_Index):
    """The first protective step was taken. Stops the first-step clock."""

    step: str


@dataclass(frozen=True, kw_only=True)
class Reviewed(_Index):
    """Someone looked at it again; the review clock starts anew."""


@dataclass(frozen=True, kw_only=True)
class ThreatArrived(_Index):
    """There is a new threat, and no word of it here. A running follow-up starts again at 24 hours."""

    threat: str


@dataclass(frozen=True, kw_only=True)
class FollowUpStarted(_Index):
    """The person is confirmed safe; the follow-up clock starts."""

    confirmed_safe_at: datetime


@dataclass(frozen=True, kw_only=True)
class FollowUpDone(_Index):
    """This step of the follow-up, and every earlier one, was done."""

    step: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(_Index):
    """Two members ended active work. It says nothing of safety."""

    reasons: tuple[str, ...]
    checklist: tuple[str, ...]
    second: str


@dataclass(frozen=True, kw_only=True)
class CaseReopened(_Index):
    """Work goes on. The person may come back at any time."""


@dataclass(frozen=True, kw_only=True)
class NeedNoted(_Work):
    """One need (F5) and where it stands."""

    need: str
    state: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoteWritten(_Work):
    """A note of the work."""

    text: str


@dataclass(frozen=True, kw_only=True)
class FollowUpNoted(_Work):
    """What the person said at a follow-up, by question; skipped questions are left out."""

    step: str
    answers: dict[str, str]
    text: str


@dataclass(frozen=True, kw_only=True)
class ThreatNoted(_Work):
    """A threat (F13). ``arrival`` is the id of its ThreatArrived."""

    arrival: str
    day: date | None
    channel: str
    source: str
    target: str
    now_known: tuple[str, ...]
    words_kept: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(_Work):
    """One line of the ledger: a purpose, one named recipient, what data, how said, until when (F6).

    ``seen``: ids of the withdrawals for this purpose and recipient that its author knew. One that they did
    not know beats this line: nobody asked the person again after their no.
    """

    purpose: str
    about: str
    organisation: str
    role: str
    scope: tuple[str, ...]
    mode: str
    given_when: str
    understanding: str
    valid_until: datetime
    conditions: str
    age_band: str
    guardian_is_danger: bool
    second: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(_Work):
    """The person said stop, anyhow, to anyone. It holds from this moment.

    ``seen``: ids of the lines of the same purpose and recipient that its author knew and did not stop here.
    """

    line: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithdrawalHeardUnderControl(_Work):
    """A stop came in the person's name while somebody may have been forcing them: void, and kept as said.

    It changes no line (R9). When they are free to speak they are asked.
    """

    line: str


@dataclass(frozen=True, kw_only=True)
class ConsentUsed(_Work):
    """A yes that was good for one use has been used."""

    line: str


@dataclass(frozen=True, kw_only=True)
class RecallAnswered(_Work):
    """What became of the data at the recipient of a withdrawn line, as told to the person."""

    line: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class VitalInterestUsed(_Work):
    """Minimum facts went to one recipient without consent, to prevent death or disappearance: two members."""

    danger: str
    organisation: str
    role: str
    scope: tuple[str, ...]
    second: str


@dataclass(frozen=True, kw_only=True)
class VitalInterestReviewed(_Work):
    """Two members looked at it afterwards, and whether the person has been told."""

    used: str
    person_told: bool
    second: str


LEVEL_KINDS: tuple[type[Entry], ...] = (Triaged, PriorityRaised, PriorityLoweringProposed, PriorityLowered)
CONSENT_KINDS: tuple[type[Entry], ...] = (
    ConsentGiven,
    ConsentWithdrawn,
    WithdrawalHeardUnderControl,
    ConsentUsed,
    RecallAnswered,
    VitalInterestUsed,
    VitalInterestReviewed,
)
KINDS: tuple[type[Entry], ...] = (
    *LEVEL_KINDS,
    CaseOpened,
    WorkersAssigned,
    DecisionMade,
    FirstStepTaken,
    Reviewed,
    ThreatArrived,
    FollowUpStarted,
    FollowUpDone,
    CaseClosed,
    CaseReopened,
    NeedNoted,
    NoteWritten,
    FollowUpNoted,
    ThreatNoted,
    *CONSENT_KINDS,
)

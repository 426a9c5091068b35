"""What intake writes. The subject of every entry is the request code.

What a person said is split by who needs it: the index tells the duty team that someone waits and how urgent
they say it is; words are in ``work``; how they can be reached is in ``contact``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

from kunak.fold import Entry
from kunak.intake.contact import SafeContactPlan

OFFICE = "office"  # the subject of what is about no request


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class _Work(Entry):
    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "work"


@dataclass(frozen=True, kw_only=True)
class _Contact(Entry):
    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "contact"


@dataclass(frozen=True, kw_only=True)
class _Chat(Entry):
    """The words of the thread: apart from the work file, because they are forgotten sooner."""

    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "chat"


@dataclass(frozen=True, kw_only=True)
class _Warning(Entry):
    """Who must be warned: apart from everything else, because it names others and dies after fourteen days."""

    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "warning"


@dataclass(frozen=True, kw_only=True)
class _Evidence(Entry):
    """What a person sent to be kept as it is: for documenters and lawyers."""

    room: ClassVar[str] = "intake"
    compartment: ClassVar[str] = "evidence"


@dataclass(frozen=True, kw_only=True)
class RequestReceived(_Index):
    """Someone wrote. ``received_at`` is rounded to a quarter of an hour; no more of the visit is kept.

    ``thread``: an opaque mark by which a later message finds its request on any device of the office.
    ``readers``: the members, three at most, who hold the keys to what was written, until a case says
    otherwise.
    """

    received_at: datetime
    channel: str
    via: str
    language: str
    hearing_source: str
    danger: str
    safe_now: str
    thread: str = ""
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AnswersGiven(_Work):
    """F1 in the person's own choice of answers, and their free text."""

    safe_now: str
    danger: str
    who: str
    region: str
    needs: tuple[str, ...]
    under_18: str
    answer_how: str
    language: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ReplyKeysGiven(_Contact):
    """Where a reply waits for the person: opaque strings that the relay's mailbox understands.

    Replies are sealed with ``secret``, then to ``public_key``.
    """

    mailbox: str
    public_key: str
    verify_key: str = ""
    fetch: str = ""
    secret: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageArrived(_Index):
    """The person wrote again; how urgent they say it is, no word of it."""

    danger: str


@dataclass(frozen=True, kw_only=True)
class MessageReceived(_Chat):
    """The words of a later message. ``arrival`` is the id of its MessageArrived."""

    arrival: str
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class ReplyWritten(_Chat):
    """What we wrote back, and on which channel of the plan."""

    text: str
    language: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class ReplyDelivered(_Work):
    """A reply (the id of its ReplyWritten) lies in the mailbox of the return code."""

    reply: str


@dataclass(frozen=True, kw_only=True)
class MessagesAnswered(_Index):
    """These arrivals (ids) have been read and answered, or need no answer."""

    arrivals: tuple[str, ...]
    replied: bool


@dataclass(frozen=True, kw_only=True)
class RequestAcknowledged(_Index):
    """The person has been told that we have their request. ``how``: auto (by program) or human."""

    how: str


@dataclass(frozen=True, kw_only=True)
class SafetyChecked(_Index):
    """A worker has looked at how this person can be written to safely."""


@dataclass(frozen=True, kw_only=True)
class InfoGiven(_Index):
    """The request ended with advice."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Waitlisted(_Index):
    """We cannot now and look again: every 12 hours it is back on top of someone's queue."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Referred(_Index):
    """Another organisation does this; the person agreed to be introduced."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Declined(_Index):
    """We cannot. Two people decided so."""

    reasons: tuple[str, ...]
    second: str


@dataclass(frozen=True, kw_only=True)
class SuspectedHostile(_Index):
    """Two people hold this contact for one made under control or to harm."""

    reasons: tuple[str, ...]
    second: str


@dataclass(frozen=True, kw_only=True)
class Duplicate(_Index):
    """The same person as another request, by the person's own word: a pointer, never a merge."""

    reasons: tuple[str, ...]
    other: str


@dataclass(frozen=True, kw_only=True)
class Withdrawn(_Index):
    """The person does not want this any more."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Lost(_Index):
    """No contact, after every way of the safe-contact plan was tried."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RequestReopened(_Index):
    """Back in the queue. Anyone may, at any time."""


@dataclass(frozen=True, kw_only=True)
class SafeContactPlanNoted(_Contact):
    """How, when and with which words this person may be reached (F2).

    It holds in place of the plans that its author saw (``replaces``); of two made apart, both stand.
    """

    plan: SafeContactPlan
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SafeContactReconfirmed(_Contact):
    """The person said that the plan still holds: the one that its author saw (``plans``, ids)."""

    plans: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConfidenceNoted(_Work):
    """How sure we are (F3): of the person V0–V4, of the account A0–A4."""

    person_grade: str
    account_grade: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostileSignsNoted(_Work):
    """Which signs of a hostile contact (F3) were seen. Decides nothing by itself.

    It takes back only signs that its author saw (``replaces``): one noted apart stays.
    """

    signs: tuple[str, ...]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostileSignsChecked(_Work):
    """Each sign of a hostile contact (F3) that somebody looked for: seen (``yes``) or not (``no``).

    Decides nothing by itself. It takes back only what its author saw (``replaces``).
    """

    yes: tuple[str, ...]
    no: tuple[str, ...]
    replaces: tuple[str, ...] = ()

    @property
    def signs(self) -> tuple[str, ...]:
        """Those that were seen."""
        return self.yes


@dataclass(frozen=True, kw_only=True)
class SecondLookAsked(_Index):
    """Two or more signs were seen: another member is to look. Which signs does not stand here."""


@dataclass(frozen=True, kw_only=True)
class SecondLookGiven(_Index):
    """Another member has looked, and how it goes on. ``seen``: the SecondLookAsked that it answers."""

    verdict: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChallengePut(_Index):
    """The agreed question was put in the thread, or the agreed word waited for; no word of it stands here.

    ``outcome``: passed, failed, second_voice (another helped with the answer) or duress_word. ``seen``: what
    its author knew of challenges, freezes and trust restored.
    """

    outcome: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ThreadFrozen(_Index):
    """Nothing goes out to this person, and what comes in their name counts as said under control.

    ``retired``: kinds of channels that are good no more, whatever follows: whoever has the phone has them.
    """

    reason: str
    retired: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrustRestored(_Index):
    """Two members know that the person speaks freely again. It answers the doubts that they knew (``seen``);
    one noted apart brings all of them back."""

    how: str
    second: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailboxEmptied(_Work):
    """The relay has forgotten what lay in the mailbox of a return code that others have."""

    freeze: tuple[str, ...]  # ids of the ThreadFrozen that it answers


@dataclass(frozen=True, kw_only=True)
class ReplyWrittenAnyway(_Chat):
    """What two members wrote where the safe-contact plan says no. Why stands in its ContactOverridden."""

    text: str
    language: str
    channel: str
    second: str


@dataclass(frozen=True, kw_only=True)
class ContactOverridden(_Work):
    """Two members wrote where the safe-contact plan says no (``refused``), to save a life; and why."""

    reply: str  # the id of the ReplyWrittenAnyway
    channel: str
    refused: str
    reason: str
    text: str
    second: str


@dataclass(frozen=True, kw_only=True)
class WarningNoted(_Warning):
    """Somebody whom the seized phone tells of, and another way to reach them."""

    whom: str
    reach: str


@dataclass(frozen=True, kw_only=True)
class PersonWarned(_Warning):
    """They have been warned: not to meet anyone who suddenly writes, even a friend."""

    warning: str


@dataclass(frozen=True, kw_only=True)
class PointedTo(_Index):
    """A worker thinks that this request and another are about the same person.

    A pointer: nothing is merged, nothing is decided by it, and each thread is answered for itself. Whether the
    person wrote twice or somebody else tells of them does not stand here: it would say who knows whom.
    """

    other: str


@dataclass(frozen=True, kw_only=True)
class PointerTakenBack(_Index):
    """It is not so, or not sure enough: the pointers (ids) that its author saw are gone."""

    pointers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SurgeBegan(_Index):
    """Many write at once: fewer questions, an honest answer about the time, a rota. Subject: OFFICE.

    ``rota_from``: the hour of the day (UTC) at which the first of the three groups begins its eight hours.
    """

    reason: str
    rota_from: int


@dataclass(frozen=True, kw_only=True)
class SurgeEnded(_Index):
    """It is over. Subject: OFFICE."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class RotaGroupTaken(_Index):
    """Its author works in this group of the rota, 1 to 3; in none: 0. Subject: OFFICE."""

    group: int


class KeptParts(NamedTuple):
    """An attachment as docs/format.md spells it in an entry: key, names of its parts, length, SHA-256."""

    key: str
    parts: tuple[str, ...]
    length: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AttachmentAnnounced(_Chat):
    """The person attached something. ``sort`` is the type that the sender says; ``kilobytes`` are rounded up."""

    sort: str
    kilobytes: int
    evidence: bool


@dataclass(frozen=True, kw_only=True)
class AttachmentWaits(_Chat):
    """What finds and opens an attachment (the id of its AttachmentAnnounced) at the relay."""

    attachment: str
    sort: str
    kilobytes: int
    opens: str


@dataclass(frozen=True, kw_only=True)
class EvidenceWaits(_Evidence):
    """The same of one that the person wants kept as it is."""

    attachment: str
    sort: str
    kilobytes: int
    opens: str


@dataclass(frozen=True, kw_only=True)
class UnreadEvidenceWaits(_Work):
    """The same where no member reads evidence: with the work on the request, which outlives the thread."""

    attachment: str
    sort: str
    kilobytes: int
    opens: str


@dataclass(frozen=True, kw_only=True)
class AttachmentKept(_Chat):
    """An attachment arrived whole and lies here."""

    attachment: str
    kept: KeptParts


@dataclass(frozen=True, kw_only=True)
class EvidenceKept(_Evidence):
    """The same of one that the person wants kept as it is."""

    attachment: str
    kept: KeptParts


@dataclass(frozen=True, kw_only=True)
class UnreadEvidenceKept(_Work):
    """The same where no member reads evidence."""

    attachment: str
    kept: KeptParts


@dataclass(frozen=True, kw_only=True)
class AttachmentLost(_Chat):
    """An attachment did not arrive whole."""

    attachment: str


STATUSES: dict[type[Entry], str] = {
    InfoGiven: "info_given",
    Waitlisted: "waitlisted",
    Referred: "referred",
    Declined: "declined",
    SuspectedHostile: "suspected_hostile",
    Duplicate: "duplicate",
    Withdrawn: "withdrawn",
    Lost: "lost",
}
ATTACHMENT_KINDS: tuple[type[Entry], ...] = (
    AttachmentAnnounced,
    AttachmentWaits,
    EvidenceWaits,
    UnreadEvidenceWaits,
    AttachmentKept,
    EvidenceKept,
    UnreadEvidenceKept,
    AttachmentLost,
)
CONTROL_KINDS: tuple[type[Entry], ...] = (ChallengePut, ThreadFrozen, TrustRestored)
SURGE_KINDS: tuple[type[Entry], ...] = (SurgeBegan, SurgeEnded, RotaGroupTaken)
KINDS: tuple[type[Entry], ...] = (
    RequestReceived,
    AnswersGiven,
    ReplyKeysGiven,
    MessageArrived,
    MessageReceived,
    ReplyWritten,
    ReplyDelivered,
    MessagesAnswered,
    RequestAcknowledged,
    SafetyChecked,
    *STATUSES,
    RequestReopened,
    PointedTo,
    PointerTakenBack,
    *SURGE_KINDS,
    SafeContactPlanNoted,
    SafeContactReconfirmed,
    ConfidenceNoted,
    HostileSignsNoted,
    HostileSignsChecked,
    SecondLookAsked,
    SecondLookGiven,
    *CONTROL_KINDS,
    MailboxEmptied,
    ReplyWrittenAnyway,
    ContactOverridden,
    WarningNoted,
    PersonWarned,
    *ATTACHMENT_KINDS,
)

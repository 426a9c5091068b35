"""What intake knows of one request, from the entries it has heard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kunak.fold import Entry, Ledger, current, fold_by_subject, replace
from kunak.intake import attached, control
from kunak.intake import entries as e
from kunak.intake.attached import Attached
from kunak.intake.contact import SafeContactPlan
from kunak.intake.control import FREE, Control
from kunak.intake.plans import StandingPlan, combined, standing

Signs = e.HostileSignsNoted | e.HostileSignsChecked
ENDED = ("info_given", "referred", "declined", "suspected_hostile", "duplicate", "withdrawn", "lost")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A later message as the index knows it: that it came, and how urgent the person says it is."""

    id: str
    at: datetime
    danger: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of the thread. ``by`` is "person" or a member's code."""

    id: str
    at: datetime
    by: str
    text: str
    language: str
    channel: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One approach for help. Parts of compartments that were not heard stay None or empty.

    ``status``: new, safety_checked, waitlisted, or one of ENDED. *Triaged* and *accepted* are casework's to
    say: see casework.queries.request_status. ``plans``, ``grades`` and ``signs`` hold all that stands, more
    than one where members edited apart; ``plan``, the grades and ``hostile_signs`` are what rules act on
    meanwhile: the plan that allows least, the lower grade, every sign.
    """

    code: str
    received_at: datetime
    channel: str
    via: str
    language: str
    hearing_source: str
    danger: str
    safe_now: str
    thread: str = ""
    readers: tuple[str, ...] = ()
    status: str = "new"
    status_at: datetime
    reasons: tuple[str, ...] = ()
    other: str = ""  # of a duplicate: the request it points to
    acknowledged_at: datetime | None = None  # by the program or a person
    human_at: datetime | None = None  # by a person
    pointers: tuple[e.PointedTo, ...] = ()  # to other requests, by a worker's word
    arrivals: tuple[Arrival, ...] = ()
    answered: frozenset[str] = frozenset()
    answers: e.AnswersGiven | None = None
    reply_keys: e.ReplyKeysGiven | None = None
    messages: tuple[Message, ...] = ()
    attachments: tuple[Attached, ...] = ()
    delivered: frozenset[str] = frozenset()  # ids of replies that lie in the mailbox
    plans: tuple[StandingPlan, ...] = ()
    plan: SafeContactPlan | None = None
    plan_confirmed_at: datetime | None = None
    grades: tuple[e.ConfidenceNoted, ...] = ()
    person_grade: str = "V0"
    account_grade: str = "A0"
    signs: tuple[Signs, ...] = ()
    hostile_signs: tuple[str, ...] = ()
    looks_asked: tuple[str, ...] = ()  # ids of the second looks that nobody has given yet
    looks: tuple[e.SecondLookGiven, ...] = ()
    control: Control = FREE
    retired_addresses: frozenset[tuple[str, str]] = frozenset()  # (kind of channel, address)
    emptied: frozenset[str] = frozenset()  # ids of the freezes after which the mailbox was emptied
    overrides: tuple[e.ContactOverridden, ...] = ()
    warnings: tuple[e.WarningNoted, ...] = ()
    warned: frozenset[str] = frozenset()

    @property
    def ended(self) -> bool:
        """Whether the request has an end, so that only a new message brings it back."""
        return self.status in ENDED

    @property
    def unanswered(self) -> tuple[Arrival, ...]:
        """Later messages that nobody has answered or marked as read, oldest first."""
        return tuple(a for a in self.arrivals if a.id not in self.answered)


State = Ledger[Request]
EMPTY: State = Ledger()


def fold(state: State, entries: Iterable[Entry]) -> State:
    """Hear a batch of entries."""
    return fold_by_subject(state, entries, kinds=e.KINDS, replay=_replay)


def _replay(entries: Sequence[Entry]) -> Request | None:
    first = next((x for x in entries if isinstance(x, e.RequestReceived)), None)
    if first is None:
        return None
    request = Request(
        code=first.subject,
        received_at=first.received_at,
        channel=first.channel,
        via=first.via,
        language=first.language,
        hearing_source=first.hearing_source,
        danger=first.danger,
        safe_now=first.safe_now,
        thread=first.thread,
        readers=first.readers,
        status_at=first.received_at,
    )
    for entry in entries:
        request = _hear_status(_hear_thread(_hear_person(request, entry), entry), entry)
    return _standing(request, entries)


def _standing(request: Request, entries: Sequence[Entry]) -> Request:
    """What of the values that safety hangs on stands, and the careful reading of it."""
    noted = standing(entries)
    grades = current(x for x in entries if isinstance(x, e.ConfidenceNoted))
    signs = current(x for x in entries if isinstance(x, Signs))
    held = control.standing(entries)
    looks = tuple(x for x in entries if isinstance(x, e.SecondLookGiven))
    looked = _looked(entries, looks)
    return replace(
        request,
        plans=noted,
        plan=combined([one.plan for one in noted]),
        plan_confirmed_at=min((one.confirmed_at for one in noted), default=None),
        grades=grades,
        person_grade=min((x.person_grade for x in grades), default="V0"),
        account_grade=min((x.account_grade for x in grades), default="A0"),
        signs=signs,
        hostile_signs=tuple(dict.fromkeys(sign for x in signs for sign in x.signs)),
        looks_asked=tuple(x.id for x in entries if isinstance(x, e.SecondLookAsked) and x.id not in looked),
        looks=looks,
        control=held,
        retired_addresses=frozenset(_retired(entries, held)),
        pointers=_pointers(entries),
        attachments=attached.standing(entries),
        emptied=frozenset(f for x in entries if isinstance(x, e.MailboxEmptied) for f in x.freeze),
        overrides=tuple(x for x in entries if isinstance(x, e.ContactOverridden) and _two(x)),
        warnings=tuple(x for x in entries if isinstance(x, e.WarningNoted)),
        warned=frozenset(x.warning for x in entries if isinstance(x, e.PersonWarned)),
    )


def _looked(entries: Sequence[Entry], looks: Sequence[e.SecondLookGiven]) -> set[str]:
    """The second looks that were asked for and given, by another than who asked."""
    asked = {x.id: x.by for x in entries if isinstance(x, e.SecondLookAsked)}
    return {one for look in looks for one in look.seen if asked.get(one, look.by) != look.by}


def _retired(entries: Sequence[Entry], held: Control) -> Iterator[tuple[str, str]]:
    """Every address of a retired kind that was in any plan when the first phone was taken, and since."""
    for doubt in held.doubts:
        for entry in entries if doubt.retired and not doubt.mistaken else ():
            if isinstance(entry, e.SafeContactPlanNoted) and entry.at <= doubt.since:
                yield from ((c.kind, c.address) for c in entry.plan.channels if c.kind in doubt.retired)


def _two(entry: e.ContactOverridden | e.ReplyWrittenAnyway) -> bool:
    return entry.second not in ("", entry.by)


def _pointers(entries: Sequence[Entry]) -> tuple[e.PointedTo, ...]:
    """The pointers that nobody who saw them has taken back. No program makes one, whatever it writes."""
    gone = {old for x in entries if isinstance(x, e.PointerTakenBack) for old in x.pointers}
    made = (x for x in entries if isinstance(x, e.PointedTo) and x.by not in ("person", "program"))
    return tuple(x for x in made if x.id not in gone and x.other != x.subject)


def _hear_person(request: Request, entry: Entry) -> Request:
    match entry:
        case e.AnswersGiven():
            return replace(request, answers=entry)
        case e.ReplyKeysGiven():
            return replace(request, reply_keys=entry)
    return request


def _hear_thread(request: Request, entry: Entry) -> Request:
    match entry:
        case e.MessageArrived():
            arrival = Arrival(id=entry.id, at=entry.at, danger=entry.danger)
            return replace(request, arrivals=(*request.arrivals, arrival))
        case e.MessageReceived():
            return _with_message(request, entry, channel="")
        case e.ReplyWritten():
            return _with_message(request, entry, channel=entry.channel)
        case e.ReplyWrittenAnyway() if _two(entry):
            return _with_message(request, entry, channel=entry.channel)
        case e.ReplyDelivered():
            return replace(request, delivered=request.delivered | {entry.reply})
        case e.MessagesAnswered():
            return replace(request, answered=request.answered | set(entry.arrivals))
    return request


def _with_message(
    request: Request, entry: e.MessageReceived | e.ReplyWritten | e.ReplyWrittenAnyway, channel: str
) -> Request:
    message = Message(
        id=entry.id, at=entry.at, by=entry.by, text=entry.text, language=entry.language, channel=channel
    )
    return replace(request, messages=(*request.messages, message))


def _hear_status(request: Request, entry: Entry) -> Request:
    match entry:
        case e.RequestAcknowledged():
            human_at = request.human_at or (entry.at if entry.how == "human" else None)
            return replace(request, acknowledged_at=request.acknowledged_at or entry.at, human_at=human_at)
        case e.SafetyChecked() if request.status == "new":
            return replace(request, status="safety_checked", status_at=entry.at)
        case e.RequestReopened():
            return replace(request, status="new", status_at=entry.at, reasons=(), other="")
    if type(entry) in e.STATUSES and _agreed(entry):
        return replace(
            request,
            status=e.STATUSES[type(entry)],
            status_at=entry.at,
            reasons=getattr(entry, "reasons", ()),
            other=getattr(entry, "other", ""),
        )
    return request


def _agreed(entry: Entry) -> bool:
    """What takes two members counts only with two different ones."""
    if not isinstance(entry, e.Declined | e.SuspectedHostile):
        return True
    return entry.second not in ("", entry.by)

"""What can be done with a request. Every action returns the entries to write, or raises a Refused."""

from datetime import datetime, timedelta

from kunak.errors import Refused
from kunak.fold import Entry
from kunak.intake import attached
from kunak.intake import entries as e
from kunak.intake.attached import Attached, Sent
from kunak.intake.contact import ContactNotAllowed as ContactNotAllowed
from kunak.intake.contact import SafeContactPlan, check_plan, plan_from_short_form
from kunak.intake.ending import OtherRequestNeeded as OtherRequestNeeded
from kunak.intake.ending import ReasonNeeded as ReasonNeeded
from kunak.intake.ending import RequestEnded as RequestEnded
from kunak.intake.ending import RequestOpen as RequestOpen
from kunak.intake.ending import StatusUnknown as StatusUnknown
from kunak.intake.ending import check_safety as check_safety
from kunak.intake.ending import close_request as close_request
from kunak.intake.ending import reopen_request as reopen_request
from kunak.intake.finding import RequestUnknown as RequestUnknown
from kunak.intake.finding import find_request as find_request
from kunak.intake.form import HEARING_SOURCES, MAX_TEXT, NOT_ASKED, Answers, clean_text, offered
from kunak.intake.lists import ACCOUNT_GRADES as ACCOUNT_GRADES
from kunak.intake.lists import CHANNELS_IN as CHANNELS_IN
from kunak.intake.lists import DECLINE_REASONS as DECLINE_REASONS
from kunak.intake.lists import HOSTILE_SIGNS as HOSTILE_SIGNS
from kunak.intake.lists import NEEDS_SECOND as NEEDS_SECOND
from kunak.intake.lists import PERSON_GRADES as PERSON_GRADES
from kunak.intake.lists import REASONS as REASONS
from kunak.intake.lists import SURGE_OVER as SURGE_OVER
from kunak.intake.lists import SURGE_REASONS as SURGE_REASONS
from kunak.intake.lists import VIAS as VIAS
from kunak.intake.making import Maker, check_listed
from kunak.intake.making import rounded as rounded
from kunak.intake.model import Request, State
from kunak.intake.plans import differ
from kunak.intake.pointing import point_to as point_to
from kunak.intake.pointing import take_back as take_back
from kunak.intake.sending import ChannelRetired
from kunak.intake.sending import write_anyway as write_anyway
from kunak.intake.sending import write_reply as write_reply
from kunak.intake.surge import begin_surge as begin_surge
from kunak.intake.surge import end_surge as end_surge
from kunak.intake.surge import take_group as take_group
from kunak.intake.trusting import freeze_thread as freeze_thread
from kunak.intake.trusting import give_second_look as give_second_look
from kunak.intake.trusting import note_confidence as note_confidence
from kunak.intake.trusting import note_emptied as note_emptied
from kunak.intake.trusting import note_hostile_signs as note_hostile_signs
from kunak.intake.trusting import note_warned as note_warned
from kunak.intake.trusting import note_warning as note_warning
from kunak.intake.trusting import put_challenge as put_challenge
from kunak.intake.trusting import restore_trust as restore_trust


class RequestKnownAlready(Refused):
    """A request is already known under this code."""

    code = "request-known-already"
    hint = "Take a new code."


class NoPlanYet(Refused):
    """There is no safe-contact plan to confirm."""

    code = "no-plan-yet"
    hint = "Make the plan with the person first."


class PlansDiffer(Refused):
    """Two safe-contact plans, noted by members who were apart, stand beside each other."""

    code = "plans-differ"
    hint = "Ask the person which one holds and keep that one, or note a new plan in place of both."


class PlanStands(Refused):
    """This thread is possibly under someone's control: the plan that was made freely stands."""

    code = "plan-stands"
    hint = "Change it when two members know that the person speaks freely again."


class NothingUnanswered(Refused):
    """No message of this request waits for an answer."""

    code = "nothing-unanswered"
    hint = "Another member may have answered it."


def receive_request(
    state: State,
    *,
    subject: str,
    answers: Answers,
    received_at: datetime,
    channel: str = "web",
    via: str = "worker",
    hearing_source: str = "unknown",
    mailbox: str = "",
    reply_key: str = "",
    reply_secret: str = "",
    verify_key: str = "",
    fetch: str = "",
    thread: str = "",
    readers: tuple[str, ...] = (),
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Take in a request under a new code. Times are rounded down to a quarter of an hour.

    ``mailbox`` and the keys are opaque: where a reply will wait, and what it is sealed to; leave them empty
    for a request that came by telephone. ``thread`` marks them for the other devices, ``readers`` are those
    who will hold the keys.
    """
    if state.get(subject) is not None:
        raise RequestKnownAlready
    check_listed("channel", (channel,), CHANNELS_IN)
    check_listed("via", (via,), VIAS)
    check_listed("hearing_source", (hearing_source,), HEARING_SOURCES)
    moment = rounded(min(received_at, at))  # never in the future, whatever the sender's clock says
    made = Maker(id=id, at=moment, by=by, subject=subject)
    taken: list[Entry] = [
        made(
            e.RequestReceived,
            received_at=moment, channel=channel, via=via, language=offered("language", answers.language),
            hearing_source=hearing_source, danger=offered("danger", answers.danger),
            safe_now=offered("safe_now", answers.safe_now), thread=thread, readers=readers,
        ),
        made(
            e.AnswersGiven,
            safe_now=answers.safe_now, danger=answers.danger, who=answers.who, region=answers.region,
            needs=answers.needs, under_18=answers.under_18, answer_how=answers.answer_how,
            language=answers.language, text=answers.text,
        ),
    ]  # fmt: skip
    if mailbox:
        keys = {"public_key": reply_key, "secret": reply_secret, "verify_key": verify_key, "fetch": fetch}
        taken.append(made(e.ReplyKeysGiven, mailbox=mailbox, **keys))
    if answers.contact is not None:
        taken.append(made(e.SafeContactPlanNoted, plan=plan_from_short_form(answers.contact)))
    return tuple(taken)


def receive_message(
    state: State,
    *,
    subject: str,
    text: str,
    language: str = NOT_ASKED,
    danger: str = NOT_ASKED,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """The person wrote again under their code. Also an ended request hears it, and is back in the queue.

    The time is rounded down to a quarter of an hour, but never to before the last message of the thread.
    What a person wrote is never refused: more than MAX_TEXT characters, which no page of ours sends, are cut.
    """
    request = find_request(state, subject)
    # Not before what was said last: a thread in which answers stand above their questions misleads.
    said = [message.at + timedelta(microseconds=1) for message in request.messages]
    made = Maker(id=id, at=max([rounded(at), *said]), by=by, subject=subject)
    arrival = made(e.MessageArrived, danger=offered("danger", danger))
    words, tongue = clean_text(text)[:MAX_TEXT], offered("language", language)
    return arrival, made(e.MessageReceived, arrival=arrival.id, text=words, language=tongue)


def note_delivered(
    state: State, *, subject: str, reply: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """A reply now lies in the mailbox of the return code. Noted once; a second time writes nothing."""
    if reply in find_request(state, subject).delivered:
        return ()
    return (Maker(id=id, at=at, by=by, subject=subject)(e.ReplyDelivered, reply=reply),)


def announce_attachments(
    state: State, *, subject: str, sent: tuple[Sent, ...], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person's report attaches these; what it brings is fetched by whoever may read it."""
    find_request(state, subject)
    return attached.announce(subject=subject, sent=sent, by=by, at=rounded(at), id=id)


def keep_attachment(
    state: State, *, subject: str, attachment: str, kept: e.KeptParts, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """It was fetched whole. Noted once; a second time, or of one that is not waited for, writes nothing."""
    one = _awaited(state, subject, attachment)
    return () if one is None else attached.keep(attached=one, kept=kept, subject=subject, by=by, at=at, id=id)


def lose_attachment(
    state: State, *, subject: str, attachment: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """It did not arrive whole. Noted once; of one that is not waited for it writes nothing."""
    one = _awaited(state, subject, attachment)
    return () if one is None else attached.lose(attached=one, subject=subject, by=by, at=at, id=id)


def _awaited(state: State, subject: str, attachment: str) -> Attached | None:
    known = find_request(state, subject).attachments
    return next((one for one in known if one.id == attachment and one.waits), None)


def mark_read(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The messages known so far need no answer."""
    seen = tuple(a.id for a in find_request(state, subject).unanswered)
    if not seen:
        raise NothingUnanswered
    return (Maker(id=id, at=at, by=by, subject=subject)(e.MessagesAnswered, arrivals=seen, replied=False),)


def acknowledge(
    state: State, *, subject: str, how: str = "human", by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The person was told that we have it, by the program (auto) or a human. Again, it writes nothing."""
    check_listed("how", (how,), ("auto", "human"))
    request = find_request(state, subject)
    if request.human_at is not None or (how == "auto" and request.acknowledged_at is not None):
        return ()
    return (Maker(id=id, at=at, by=by, subject=subject)(e.RequestAcknowledged, how=how),)


def note_plan(
    state: State, *, subject: str, plan: SafeContactPlan, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Keep the safe-contact plan made with the person, in place of all known; it counts as confirmed now.

    Raises PlanStands while another may be writing, ChannelRetired for an address that others have.
    """
    request = _freely(state, subject)
    check_plan(plan)
    if request.retired_addresses & {(channel.kind, channel.address) for channel in plan.channels}:
        raise ChannelRetired
    before = tuple(one.id for one in request.plans)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.SafeContactPlanNoted, plan=plan, replaces=before),)


def keep_plan(
    state: State, *, subject: str, chosen: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Of plans that stand beside each other, the person says that the ``chosen`` one (its id) holds."""
    plan = next((one.plan for one in find_request(state, subject).plans if one.id == chosen), None)
    if plan is None:
        raise NoPlanYet
    return note_plan(state, subject=subject, plan=plan, by=by, at=at, id=id)


def reconfirm_plan(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The person said that the plan still holds. Raises NoPlanYet, PlanStands, or PlansDiffer while two stand."""
    request = _freely(state, subject)
    if not request.plans:
        raise NoPlanYet
    if differ(request.plans):
        raise PlansDiffer
    held = tuple(one.id for one in request.plans)
    return (Maker(id=id, at=at, by=by, subject=subject)(e.SafeContactReconfirmed, plans=held),)


def _freely(state: State, subject: str) -> Request:
    """The request, if the person speaks for themselves in it as far as anyone knows. Raises PlanStands."""
    request = find_request(state, subject)
    if request.control.possible:
        raise PlanStands
    return request

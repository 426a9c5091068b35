"""The one gate in front of every word to a person (F2, F3): may it go, on this channel, at this hour?

A frozen thread lets nothing out. One that is possibly under control lets neutral sentences out. A retired
channel is good no more. What is left is the person's own plan; past it only two members go, to save a life, and
they are shown first what to do when somebody else answers.
"""

from datetime import datetime

from kunak.errors import Refused
from kunak.fold import Entry
from kunak.intake import entries as e
from kunak.intake.contact import ContactNotAllowed, Permission
from kunak.intake.finding import find_request
from kunak.intake.form import CHANNELS, NOT_ASKED
from kunak.intake.lists import OVERRIDE_REASONS
from kunak.intake.making import Maker, check_listed, check_second, checked_text
from kunak.intake.model import Message, Request, State
from kunak.intake.neutral import is_neutral
from kunak.intake.plans import permitted

NEVER = ("frozen", "retired")  # why a channel is shut that no two members open
WEB_CODE = "web_code"


class ThreadIsFrozen(Refused):
    """This thread is frozen: nothing goes out to this person, on no channel."""

    code = "thread-is-frozen"
    hint = "Whoever has the phone would read it. Two members end it, once the person was heard of freely."


class ChannelRetired(Refused):
    """This channel or address was on a phone that others have, and is good no more."""

    code = "channel-retired"
    hint = "Agree on another one with the person, when you know that it is they."


class OnlyNeutral(Refused):
    """This thread is possibly under someone's control: only a neutral sentence goes to it."""

    code = "only-neutral"
    hint = "Choose one of the sentences offered. They confirm nothing and name no place."


class NothingToOverride(Refused):
    """The plan allows this message now, so nothing has to be overridden."""

    code = "nothing-to-override"
    hint = "Write it in the ordinary way."


class WrongPersonFirst(Refused):
    """What to do when somebody else answers has not been read, or has changed since."""

    code = "wrong-person-first"
    hint = "Read the line on top of the page, tick that you have, and send it again."


def permission(request: Request, channel: str, at: datetime) -> Permission:
    """Whether anything may go to this person on this channel at this hour, and why.

    ``why`` is one of those of ``contact.Permission``, or frozen, retired.
    """
    if request.control.frozen:
        return Permission(allowed=False, why="frozen")
    if is_retired(request, channel):
        return Permission(allowed=False, why="retired")
    found = permitted(request.plans, channel, at)
    if found.allowed and channel != WEB_CODE and _freed_since_agreed(request):
        return Permission(allowed=False, why="reconfirm_first")
    return found


def is_retired(request: Request, channel: str) -> bool:
    """Whether a channel is good no more: every address that the plans have there was retired, or their code."""
    if channel == WEB_CODE:
        return WEB_CODE in request.control.retired
    listed = {(c.kind, c.address) for one in request.plans for c in one.plan.channels if c.kind == channel}
    return bool(listed & request.retired_addresses) or (not listed and channel in request.control.retired)


def check_words(request: Request, text: str) -> None:
    """Raise OnlyNeutral for what may not be said while another may be reading."""
    if request.control.possible and not is_neutral(text, (one.plan for one in request.plans)):
        raise OnlyNeutral


def may_be_delivered(request: Request, reply: Message) -> bool:
    """Whether a reply may still be laid into the mailbox of the return code.

    One that was written before the thread came under control stays here for good, also when it is free again:
    what it says may not be true any more.
    """
    if request.control.frozen or is_retired(request, WEB_CODE):
        return False
    if is_neutral(reply.text, (one.plan for one in request.plans)):
        return True
    return not request.control.possible and not request.control.doubted_after(reply.at)


def write_reply(
    state: State,
    *,
    subject: str,
    text: str,
    language: str = NOT_ASKED,
    channel: str = WEB_CODE,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Answer the person, as their safe-contact plan allows. Answers all messages known so far.

    Raises ThreadIsFrozen, ChannelRetired, OnlyNeutral, ContactNotAllowed, TextEmpty, TextTooLong.
    """
    request = find_request(state, subject)
    found = permission(request, channel, at)
    if not found.allowed:
        raise _refusal(found)
    check_words(request, text)
    return _written(
        request, Maker(id=id, at=at, by=by, subject=subject), checked_text(text), language, channel
    )


def write_anyway(
    state: State,
    *,
    subject: str,
    text: str,
    channel: str,
    reason: str,
    words: str,
    line_read: str,
    language: str = NOT_ASKED,
    second: str,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Two members write where the plan says no, to save a life: why, in a code (``reason``) and in ``words``.

    ``line_read``: what is to be done when somebody else answers, as it stood on the page that they read; the
    plan's own code, or nothing where there is no plan. No two members write into a frozen thread, on a retired
    channel, or past the neutral sentences. Raises what ``write_reply`` raises, and NothingToOverride,
    WrongPersonFirst, SecondNeeded, ValueUnknown.
    """
    request = find_request(state, subject)
    check_listed("channel", (channel,), CHANNELS)
    found = permission(request, channel, at)
    if found.allowed:
        raise NothingToOverride
    if found.why in NEVER:
        raise _refusal(found)
    check_words(request, text)
    check_listed("reason", (reason,), OVERRIDE_REASONS)
    if line_read != wrong_person_line(request):
        raise WrongPersonFirst
    check_second(by, second)
    made = Maker(id=id, at=at, by=by, subject=subject)
    said = {"text": checked_text(text), "language": language, "channel": channel}
    reply = made(e.ReplyWrittenAnyway, second=second, **said)
    facts = {"channel": channel, "refused": found.why, "reason": reason, "text": checked_text(words, 500)}
    return reply, made(e.ContactOverridden, reply=reply.id, second=second, **facts)


def wrong_person_line(request: Request) -> str:
    """What is to be done when somebody else answers: the code of the plan, ``nothing`` where there is none."""
    return "nothing" if request.plan is None else request.plan.wrong_person


def _refusal(found: Permission) -> Refused:
    if found.why == "frozen":
        return ThreadIsFrozen()
    return ChannelRetired() if found.why == "retired" else ContactNotAllowed(why=found.why)


def _freed_since_agreed(request: Request) -> bool:
    """Whether the thread was under control after the plan was last agreed: it is asked again first."""
    freed = max((answer.at for answer in request.control.restored), default=None)
    agreed = request.plan_confirmed_at
    return freed is not None and (agreed is None or agreed < freed)


def _written(request: Request, made: Maker, text: str, language: str, channel: str) -> tuple[Entry, ...]:
    reply = made(e.ReplyWritten, text=text, language=language, channel=channel)
    seen = tuple(a.id for a in request.unanswered)
    written = (reply, made(e.MessagesAnswered, arrivals=seen, replied=True))
    if request.human_at is None:
        return (*written, made(e.RequestAcknowledged, how="human"))
    return written

"""Questions of intake's state."""

from dataclasses import dataclass
from datetime import datetime

from kunak.intake.contact import Permission, needs_reconfirming
from kunak.intake.lists import SECOND_LOOK_FROM
from kunak.intake.making import QUARTER, rounded
from kunak.intake.model import Message, Request, State
from kunak.intake.sending import WEB_CODE, is_retired, may_be_delivered, permission

# The least grade of confidence in the person for each kind of help (F3).
_LEAST_GRADE = {"advice": "V0", "small_voucher": "V1", "place": "V3", "route": "V3", "meeting": "V3"}


@dataclass(frozen=True, kw_only=True)
class MailboxReply:
    """A reply that is to lie in the mailbox of a return code."""

    reply_id: str
    at: datetime
    mailbox: str
    public_key: str
    secret: str
    text: str
    language: str


def open_requests(state: State) -> tuple[Request, ...]:
    """Requests that have not ended, oldest first. Which of them became cases is casework's to say."""
    return tuple(sorted((r for r in state if not r.ended), key=lambda r: (r.received_at, r.code)))


def contact_permission(request: Request, channel: str, at: datetime) -> Permission:
    """Whether this person may be reached on this channel at this hour."""
    return permission(request, channel, at)


def plan_is_old(request: Request, at: datetime) -> bool:
    """Whether there is a plan that must be confirmed again with the person."""
    return request.plan is not None and needs_reconfirming(request.plan_confirmed_at, at)


def web_replies(request: Request) -> tuple[MailboxReply, ...]:
    """The replies for the mailbox of the return code, oldest first; none when the person left no keys."""
    keys = request.reply_keys
    if keys is None:
        return ()
    return tuple(
        MailboxReply(
            reply_id=m.id,
            at=m.at,
            mailbox=keys.mailbox,
            public_key=keys.public_key,
            secret=keys.secret,
            text=m.text,
            language=m.language,
        )
        for m in request.messages
        if m.channel == WEB_CODE
    )


def undelivered(state: State) -> tuple[tuple[str, MailboxReply], ...]:
    """Replies that are to be laid into their mailboxes, each with its request's code."""
    return tuple(
        (request.code, reply)
        for request in state
        for reply in web_replies(request)
        if reply.reply_id not in request.delivered and reply.reply_id not in held_back(request)
    )


def mailboxes_to_empty(state: State) -> tuple[tuple[str, str], ...]:
    """(request code, mailbox) of the retired return codes whose mailbox the relay has not emptied since."""
    return tuple(
        (request.code, request.reply_keys.mailbox)
        for request in state
        if request.reply_keys is not None
        and WEB_CODE in request.control.retired
        and _freezes_unanswered(request)
    )


def _freezes_unanswered(request: Request) -> bool:
    return not {doubt.id for doubt in request.control.doubts if doubt.freezes} <= request.emptied


def held_back(request: Request) -> frozenset[str]:
    """Ids of the replies that lie in no mailbox and are laid into none: another may be reading there."""
    written = (m for m in request.messages if m.channel == WEB_CODE and m.id not in request.delivered)
    return frozenset(m.id for m in written if not may_be_delivered(request, m))


def said_under_control(request: Request, message: Message) -> bool:
    """Whether a message of the person's counts as said under control: it came while another may have been
    writing, or at any time since through a mailbox that others have."""
    if message.by != "person":
        return False
    # Arrivals are noted by the quarter of an hour in which they came, so a doubt counts from its quarter on.
    last = rounded(message.at) + QUARTER
    since = request.control.retired_at
    through_retired = is_retired(request, WEB_CODE) and since is not None and since < last
    return request.control.held(last) or request.control.held(message.at) or through_retired


def by_thread(state: State, thread: str) -> Request | None:
    """The request that a later message belongs to, by its mark."""
    return next((request for request in state if request.thread == thread), None)


def help_allowed(request: Request, kind: str) -> bool:
    """Whether the grade of confidence in the person is enough for a kind of help (F3) with no second member.

    ``kind``: advice, small_voucher, place, route or meeting. While another may be writing, advice alone.
    """
    least = _LEAST_GRADE[kind]
    return request.person_grade >= least and (least == "V0" or not request.control.possible)


def needs_second_worker(request: Request) -> bool:
    """Two or more hostile signs: a second worker, and information only in steps."""
    return len(request.hostile_signs) >= SECOND_LOOK_FROM


def warning_list_begun(request: Request) -> datetime | None:
    """When the list of who must be warned was begun; its fourteen days run from then."""
    return min((one.at for one in request.warnings), default=None)

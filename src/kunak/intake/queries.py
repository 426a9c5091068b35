"""Questions of intake's state."""

from dataclasses import dataclass
from datetime import datetime

from kunak.intake.contact import Permission, needs_reconfirming
from kunak.intake.model import Request, State
from kunak.intake.plans import permitted

# The least grade of confidence in the person for each kind of help (F3).
_LEAST_GRADE = {"advice": "V0", "small_voucher": "V1", "place": "V3", "route": "V3", "meeting": "V3"}
_SECOND_WORKER_FROM = 2  # hostile signs


@dataclass(frozen=True, kw_only=True)
class MailboxReply:
    """A reply that is to lie in the mailbox of a return code."""

    reply_id: str
    at: datetime
    mailbox: str
    public_key: str
    text: str
    language: str


def open_requests(state: State) -> tuple[Request, ...]:
    """Requests that have not ended, oldest first. Which of them became cases is casework's to say."""
    return tuple(sorted((r for r in state if not r.ended), key=lambda r: (r.received_at, r.code)))


def contact_permission(request: Request, channel: str, at: datetime) -> Permission:
    """Whether this person may be reached on this channel at this hour."""
    return permitted(request.plans, channel, at)


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
            text=m.text,
            language=m.language,
        )
        for m in request.messages
        if m.channel == "web_code"
    )


def undelivered(state: State) -> tuple[tuple[str, MailboxReply], ...]:
    """Replies that do not lie in their mailboxes yet, each with its request's code."""
    return tuple(
        (request.code, reply)
        for request in state
        for reply in web_replies(request)
        if reply.reply_id not in request.delivered
    )


def by_thread(state: State, thread: str) -> Request | None:
    """The request that a later message belongs to, by its mark."""
    return next((request for request in state if request.thread == thread), None)


def help_allowed(request: Request, kind: str) -> bool:
    """Whether the grade of confidence in the person is enough for a kind of help (F3) with no second member.

    ``kind``: advice, small_voucher, place, route or meeting.
    """
    return request.person_grade >= _LEAST_GRADE[kind]


def needs_second_worker(request: Request) -> bool:
    """Two or more hostile signs: a second worker, and information only in steps."""
    return len(request.hostile_signs) >= _SECOND_WORKER_FROM

"""A request that came by telephone, on paper, in a message or in person, typed in by a worker.

One page with all of F1, the channel, where the person heard of us and the short form of F2. Every answer has
a digit, every question a letter, the same with script and without. The person gets a return code as if they
had written on the public page: it stands in the form from the start, so that sending twice takes in once.
"""

from starlette.responses import Response

from kunak.casework.triage import provisional
from kunak.exchange.codes import ReturnCode
from kunak.exchange.inbox import take_in_by_hand
from kunak.intake import actions
from kunak.intake.form import (
    CONTACT_QUESTIONS,
    FREE_TEXT,
    HEARING_SOURCES,
    LANGUAGES,
    NOT_ANSWERS,
    QUESTIONS,
    Answers,
    Question,
    parse,
)
from kunak.web.sentences import language_for
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import new_code

# Question key -> words table, where they differ.
_TABLES = {
    "who": "who_short",
    "answer_how": "answer_how_short",
    "needs": "first_need",
    "contact_channel": "channel",
    "contact_seen_by": "seen_by",
    "contact_days": "weekday",
}
_HOURS = ("contact_from", "contact_to", "never_from", "never_to")
_SPOKEN = ("danger", "who", "region", "under_18", "answer_how", "language")
BY_HAND = tuple(channel for channel in actions.CHANNELS_IN if channel != "web")
# The letter that leads to a question, pressed with Alt (in Firefox with Alt and Shift). Not those of the
# frame (q c j o l), of a browser's own menus and address line (d e f).
LETTERS = {
    "channel": "h", "safe_now": "s", "danger": "g", "who": "w", "region": "r", "needs": "n", "under_18": "u",
    "answer_how": "a", "language": "i", "text": "t", "contact_channel": "k", "hearing_source": "m",
    "no_code": "x", "send": "z",
}  # fmt: skip


def show(visit: Visit) -> Response:
    """The questions, none of which but the first must be answered."""
    return visit.render(
        "new_request.html",
        ask={q.key: _options(visit, q) for q in (*QUESTIONS, *CONTACT_QUESTIONS) if not q.is_text},
        free=FREE_TEXT,
        channels=options(visit.say, "channel_in", BY_HAND),
        sources=options(visit.say, "hearing_source", HEARING_SOURCES),
        letters=LETTERS,
        ticket=_ticket(visit) or ReturnCode.make().digits(),
        coded=visit.office.inbox is not None,
    )


def receive(visit: Visit) -> Response:
    """Take the request in; then its return code, once, to be read aloud."""
    form = visit.posted()
    channel = form.one_of("channel", BY_HAND, default="phone")
    source = form.one_of("hearing_source", HEARING_SOURCES, default="unknown")
    form.check()
    given = {name: tuple(v for v in values if v) for name, values in visit.answers.items()}
    answers = parse({name: values for name, values in given.items() if values}, asked=_put(given))
    ticket = _ticket(visit)
    if visit.office.inbox is None or not ticket or form.yes("no_code"):
        return visit.go(f"/requests/{_without_code(visit, answers, channel, source)}/triage", said="received")
    code = ReturnCode.read(ticket)
    request = take_in_by_hand(visit.bench, code, answers, channel=channel, hearing_source=source)
    spoken = language_for(answers.language) if answers.language in LANGUAGES else visit.language
    return visit.render(
        "taken_in.html",
        code=request,
        level=provisional(answers.danger, answers.safe_now),
        words=code.words(spoken),
        digits=code.digits().split(),
        ticket=code.digits(),
        spoken=spoken,
    )


def _without_code(visit: Visit, answers: Answers, channel: str, source: str) -> str:
    """Take in a request whose person has no way to come back by themselves; returns its code."""
    code = new_code("R")
    visit.bench.act(
        actions.receive_request,
        visit.bench.requests,
        subject=code,
        answers=answers,
        received_at=visit.now,
        channel=channel,
        hearing_source=source,
    )
    return code


def _ticket(visit: Visit) -> str:
    return next(iter(visit.answers.get("ticket", ())), "")


def _put(given: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the worker left empty was not asked; *declined* is chosen when the person would not say."""
    return tuple(q.key for q in QUESTIONS if given.get(q.key))


def _options(visit: Visit, question: Question) -> list[tuple[str, str]]:
    """(code, words) of the answers, in the order of their digits, which are those on paper too."""
    if question.key == "utc_offset_minutes":
        return [(code, _offset(int(code))) for code in question.options]
    if question.key in _HOURS:
        return [(code, f"{code}:00") for code in question.options]
    codes = question.options
    if question.key in _SPOKEN:
        codes = (*codes, *(code for code in NOT_ANSWERS if code != "not_asked"))
    return options(visit.say, _TABLES.get(question.key, question.key), codes)


def _offset(minutes: int) -> str:
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


ROUTES = [
    page("/requests/new", "new-request", show),
    post("/requests/new", "receive-request", receive, back=show),
]

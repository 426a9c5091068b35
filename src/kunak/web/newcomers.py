"""A request that came by telephone, on paper or in person, entered by a worker with the questions of F1."""

from starlette.responses import Response

from kunak.intake import actions
from kunak.intake.form import (
    CONTACT_QUESTIONS,
    FREE_TEXT,
    HEARING_SOURCES,
    QUESTIONS,
    Question,
    parse,
)
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import new_code

# Question key -> words table, where they differ.
_TABLES = {
    "needs": "first_need",
    "contact_channel": "channel",
    "contact_seen_by": "seen_by",
    "contact_days": "weekday",
}


def show(visit: Visit) -> Response:
    """The questions, none of which but the first must be answered."""
    by_hand = tuple(channel for channel in actions.CHANNELS_IN if channel != "web")
    return visit.render(
        "new_request.html",
        questions=[(q, _options(visit, q)) for q in QUESTIONS],
        contact=[(q, _options(visit, q)) for q in CONTACT_QUESTIONS],
        free=FREE_TEXT,
        channels=options(visit.say, "channel_in", by_hand),
        sources=options(visit.say, "hearing_source", HEARING_SOURCES),
    )


def receive(visit: Visit) -> Response:
    """Take the request in under a new code."""
    form = visit.posted()
    channel = form.one_of("channel", actions.CHANNELS_IN, default="phone")
    source = form.one_of("hearing_source", HEARING_SOURCES, default="unknown")
    form.check()
    given = {name: tuple(v for v in values if v) for name, values in visit.answers.items()}
    answers = parse({name: values for name, values in given.items() if values}, asked=_put(given))
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
    return visit.go(f"/requests/{code}/triage", said="received")


def _put(given: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the worker left empty was not asked; *declined* is ticked when the person would not say."""
    return tuple(q.key for q in QUESTIONS if given.get(q.key))


def _options(visit: Visit, question: Question) -> list[tuple[str, str]]:
    if question.is_text:
        return []
    if question.key == "utc_offset_minutes":
        return [(code, _offset(int(code))) for code in question.options]
    if question.key in ("contact_from", "contact_to", "never_from", "never_to"):
        return [(code, f"{code}:00") for code in question.options]
    table = _TABLES.get(question.key, question.key)
    codes = question.options
    if question.skippable and not question.multiple and question.key in _SPOKEN:
        codes = (*codes, "unknown", "declined")
    return options(visit.say, table, codes)


_SPOKEN = ("danger", "who", "region", "under_18", "answer_how", "language")


def _offset(minutes: int) -> str:
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


ROUTES = [
    page("/requests/new", "new-request", show),
    post("/requests/new", "receive-request", receive, back=show),
]

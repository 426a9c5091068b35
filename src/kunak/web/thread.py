"""The thread with a person, and the form to write back: the same on the pages of a request and of a case."""

from collections.abc import Mapping

from kunak.casework.waiting import waits
from kunak.intake import queries as intake_queries
from kunak.intake.control import FREE, Control
from kunak.intake.model import Request
from kunak.intake.neutral import NEUTRAL, THIRD_PARTY, agreed_words
from kunak.web.sentences import SENTENCES, language_for, sentence
from kunak.web.visit import Visit
from kunak.web.words import options

LONGEST_REPLY = 1300  # letters; what one slot of a mailbox holds in any script
ASKS_ABOUT_ANOTHER = "asks_about_third_person"


def thread(visit: Visit, request: Request, level: str) -> dict[str, object]:
    """What the thread with the person and the form to write back need."""
    language = language_for(request.language)
    offered = beginnings(request)
    asked = visit.asked("begin")
    permissions = {
        channel: intake_queries.contact_permission(request, channel, visit.now) for channel in _ways(request)
    }
    return {
        "request": request,
        "control": visit.bench.gate.control(request.code),
        "permissions": permissions,
        "channels": options(visit.say, "channel", permissions),
        "shut": [code for code, found in permissions.items() if not found.allowed],
        "begun": sentence(asked, language, level, _really(visit, level)) if asked in offered else "",
        "beginnings": offered,
        "neutral": neutral(request, language),
        "reply_language": language,
        "plan_is_old": intake_queries.plan_is_old(request, visit.now),
        "under_control": {m.id for m in request.messages if intake_queries.said_under_control(request, m)},
        "held_back": intake_queries.held_back(request),
    }


def _really(visit: Visit, level: str) -> int:
    """How many hours people of this level really wait now; 0 where it is not known."""
    found = waits(visit.bench.requests, visit.bench.cases, visit.now)
    return next((wait.hours or 0 for wait in found if wait.level == level), 0)


def no_thread() -> dict[str, object]:
    """The same where no request is known."""
    return {"request": None, "control": FREE}


def beginnings(request: Request) -> Mapping[str, Mapping[str, str]]:
    """The sentences to begin with. For somebody who asks about another there is one, and no other."""
    if ASKS_ABOUT_ANOTHER in request.hostile_signs:
        return {THIRD_PARTY: SENTENCES[THIRD_PARTY]}
    return SENTENCES


def neutral(request: Request, language: str) -> list[tuple[str, str]]:
    """What may be said while another may be writing: (words, what it is for), as the page offers them."""
    agreed = [(words, "") for words in agreed_words(one.plan for one in request.plans)]
    return [*((spoken[language], code) for code, spoken in NEUTRAL.items()), *agreed]


def control_of(visit: Visit, code: str) -> Control:
    """Whether the person of a code may be under control, as far as this screen may show it.

    Right after a sign or a word of duress was noted, the page that answers looks as after any other.
    """
    return FREE if visit.asked("said") in ("marked", "challenge-noted") else visit.bench.gate.control(code)


def _ways(request: Request) -> tuple[str, ...]:
    listed = () if request.plan is None else (channel.kind for channel in request.plan.channels)
    return tuple(dict.fromkeys(("web_code", *listed)))

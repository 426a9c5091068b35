"""The thread with a person, and the form to write back: the same on the pages of a request and of a case."""

from kunak.intake import queries as intake_queries
from kunak.intake.model import Request
from kunak.web.sentences import SENTENCES, language_for, sentence
from kunak.web.visit import Visit
from kunak.web.words import options

LONGEST_REPLY = 1300  # letters; what one slot of a mailbox holds in any script


def thread(visit: Visit, request: Request, level: str) -> dict[str, object]:
    """What the thread with the person and the form to write back need."""
    language = language_for(request.language)
    begun = sentence(visit.asked("begin"), language, level)
    permissions = {
        channel: intake_queries.contact_permission(request, channel, visit.now) for channel in _ways(request)
    }
    return {
        "request": request,
        "permissions": permissions,
        "channels": options(visit.say, "channel", permissions),
        "begun": begun,
        "beginnings": SENTENCES,
        "reply_language": language,
        "plan_is_old": intake_queries.plan_is_old(request, visit.now),
    }


def _ways(request: Request) -> tuple[str, ...]:
    listed = () if request.plan is None else (channel.kind for channel in request.plan.channels)
    return tuple(dict.fromkeys(("web_code", *listed)))

"""Past the plan, to save a life: two members, after reading what to do when somebody else answers. And what is said
to somebody who asks about another: one sentence, whatever we know."""

from starlette.responses import Response

from kunak.intake import actions, queries
from kunak.intake.contact import SafeContactPlan
from kunak.intake.form import CHANNELS, NOT_ASKED
from kunak.intake.lists import OVERRIDE_REASONS
from kunak.intake.neutral import NEUTRAL, THIRD_PARTY
from kunak.intake.sending import NEVER, WEB_CODE, wrong_person_line
from kunak.web.forms import N_
from kunak.web.places import find, home, the_request
from kunak.web.readings import opened
from kunak.web.thread import LONGEST_REPLY
from kunak.web.visit import Visit, page, post
from kunak.web.words import options

LONGEST_WHY = 500


def show(visit: Visit) -> Response:
    """First what to do when somebody else answers; then why the plan says no; then the message."""
    request = the_request(visit)
    asked = {
        kind: queries.contact_permission(request, kind, visit.now) for kind in CHANNELS if kind != WEB_CODE
    }
    shut = {kind: found for kind, found in asked.items() if not found.allowed}
    return visit.render(
        "anyway.html",
        request=request,
        home=home(visit.bench, visit.code),
        control=visit.bench.gate.control(request.code),
        plan=request.plan or SafeContactPlan(),
        line=wrong_person_line(request),
        permissions=shut,
        channels=options(visit.say, "channel", [kind for kind, one in shut.items() if one.why not in NEVER]),
        reasons=options(visit.say, "override_reason", OVERRIDE_REASONS),
        most=LONGEST_REPLY,
        most_why=LONGEST_WHY,
    )


def write(visit: Visit) -> Response:
    """Write where the plan says no, with a second member's key."""
    form = visit.posted()
    request = the_request(visit)
    facts = {
        "channel": form.one_of("channel", [kind for kind in CHANNELS if kind != WEB_CODE]),
        "text": form.text("text", limit=LONGEST_REPLY, required=True),
        "reason": form.one_of("reason", OVERRIDE_REASONS),
        "words": form.text("words", limit=LONGEST_WHY, required=True),
    }
    if not form.yes("line_read"):
        form.fault("line_read", N_("Read the line on top of the page first."))
    form.check()
    language = request.language if request.language != NOT_ASKED else visit.language
    visit.together(
        actions.write_anyway,
        visit.bench.requests,
        subject=visit.code,
        line_read=form.raw("line"),
        language=language,
        **facts,
    )
    return visit.go(home(visit.bench, visit.code), said="overridden")


def show_asked(visit: Visit) -> Response:
    """Somebody asks about another: the one sentence, and where to log that they asked."""
    return visit.render("asked.html", spoken=NEUTRAL[THIRD_PARTY])


def log_asked(visit: Visit) -> Response:
    """To the log of threats of the case that it concerns, if there is one."""
    form = visit.posted()
    code = form.text("about", limit=20, required=True).upper()
    form.check()
    case, request = find(visit.bench, code)
    if case.is_case:
        return visit.go(f"/cases/{case.code}/threat")
    return visit.go(f"/requests/{request.code if request else code}/confidence")


ROUTES = [
    page("/requests/{code}/anyway", "anyway", opened(show)),
    post("/requests/{code}/anyway", "anyway-write", write, back=show),
    page("/asked", "asked", show_asked),
    post("/asked", "asked-log", log_asked, back=show_asked),
]

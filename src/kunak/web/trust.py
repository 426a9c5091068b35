"""Is it they? One page for it: the agreed question, freezing the thread, a second look, the two who trust again;
and beside it the list of those whom a phone that was taken tells of."""

from starlette.responses import Response

from kunak.intake import actions, queries
from kunak.intake.form import CHANNELS
from kunak.intake.lists import CHALLENGE_OUTCOMES, FREEZE_REASONS, RESTORED_BY, SECOND_LOOKS
from kunak.intake.trusting import MOST_LINE, ON_A_PHONE
from kunak.web.places import home, the_request
from kunak.web.readings import opened
from kunak.web.thread import control_of
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import threads
from kunak.workbench.retention import BY_NAME


def show(visit: Visit) -> Response:
    """What is known of who writes in this thread, and what can be done about it."""
    request = the_request(visit)
    say = visit.say
    control = control_of(visit, request.code)
    return visit.render(
        "trust.html",
        request=request,
        home=home(visit.bench, visit.code),
        control=control,
        thread_doubted=request.control.standing and control.possible,
        plans=[one.plan for one in request.plans],
        outcomes=options(say, "challenge", CHALLENGE_OUTCOMES),
        reasons=options(say, "freeze_reason", FREEZE_REASONS),
        kinds=options(say, "channel", CHANNELS),
        on_a_phone=ON_A_PHONE,
        ways_back=options(say, "restored_by", RESTORED_BY),
        verdicts=options(say, "second_look", SECOND_LOOKS),
    )


def challenge(visit: Visit) -> Response:
    """What came of the agreed question. Whatever it was, the page that answers looks the same."""
    form = visit.posted()
    outcome = form.one_of("outcome", CHALLENGE_OUTCOMES)
    form.check()
    threads.put_challenge(visit.bench, visit.code, outcome)
    return visit.go(f"/requests/{visit.code}/trust", said="challenge-noted")


def freeze(visit: Visit) -> Response:
    """Freeze the thread both ways: at once, by anyone."""
    form = visit.posted()
    reason = form.one_of("freeze_reason", FREEZE_REASONS, default="phone_seized")
    retired = form.some_of("retired", CHANNELS)
    form.check()
    threads.freeze(visit.bench, visit.code, reason, retired)
    visit.office.stir()
    return visit.go(f"/requests/{visit.code}/trust", said="frozen")


def restore(visit: Visit) -> Response:
    """Two members trust the thread again."""
    form = visit.posted()
    how = form.one_of("how", RESTORED_BY)
    form.check()
    visit.together(actions.restore_trust, visit.bench.requests, subject=visit.code, how=how)
    return visit.go(home(visit.bench, visit.code), said="trusted")


def look(visit: Visit) -> Response:
    """Another member has looked at the signs: at their own machine, or here with their passphrase."""
    form = visit.posted()
    verdict = form.one_of("verdict", SECOND_LOOKS)
    form.check()
    visit.together(actions.give_second_look, visit.bench.requests, subject=visit.code, verdict=verdict)
    return visit.go(f"/requests/{visit.code}/trust", said="looked")


def show_warnings(visit: Visit) -> Response:
    """Who must be warned, by another way than the phone that was taken; and when the list is gone."""
    request = the_request(visit)
    begun = queries.warning_list_begun(request)
    return visit.render(
        "warn.html",
        request=request,
        gone=None if begun is None else begun + BY_NAME["exposed_contacts"].kept,
        most=MOST_LINE,
    )


def add_warning(visit: Visit) -> Response:
    """One more who must be warned."""
    form = visit.posted()
    whom = form.text("whom", limit=MOST_LINE, required=True)
    reach = form.text("reach", limit=MOST_LINE, required=True)
    form.check()
    visit.bench.act(actions.note_warning, visit.bench.requests, subject=visit.code, whom=whom, reach=reach)
    return visit.go(f"/requests/{visit.code}/warn", said="saved")


def warned(visit: Visit) -> Response:
    """They have been warned."""
    warning = visit.posted().raw("warning")
    visit.bench.act(actions.note_warned, visit.bench.requests, subject=visit.code, warning=warning)
    return visit.go(f"/requests/{visit.code}/warn", said="warned")


ROUTES = [
    page("/requests/{code}/trust", "trust", opened(show)),
    post("/requests/{code}/challenge", "challenge", challenge, back=show),
    post("/requests/{code}/freeze", "freeze", freeze, back=show),
    post("/requests/{code}/restore", "restore", restore, back=show),
    post("/requests/{code}/look", "look", look, back=show),
    page("/requests/{code}/warn", "warnings", opened(show_warnings)),
    post("/requests/{code}/warn", "warning-add", add_warning, back=show_warnings),
    post("/requests/{code}/warned", "warning-warned", warned, back=show_warnings),
]

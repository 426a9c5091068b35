"""The work of a case: needs, notes, threats, follow-up."""

from starlette.responses import Response

from kunak.casework import actions, lists, queries
from kunak.casework.followup import QUESTIONS
from kunak.web.places import the_case
from kunak.web.readings import opened
from kunak.web.visit import Visit, page, post
from kunak.web.words import options

ANSWERS = ("yes", "no", "unknown")


def show_needs(visit: Visit) -> Response:
    """Every need of F5 and where it stands."""
    states = options(visit.say, "need_state", lists.NEED_STATES)
    return visit.render("needs.html", case=the_case(visit), needs=lists.NEEDS, states=states)


def save_needs(visit: Visit) -> Response:
    """Keep the needs that changed."""
    case, form = the_case(visit), visit.posted()
    states = {
        need: form.one_of(need, lists.NEED_STATES, default=case.needs.get(need, "none"))
        for need in lists.NEEDS
    }
    form.check()
    for need, state in states.items():
        if state != case.needs.get(need, "none") or len(case.needs_said.get(need, ())) > 1:
            visit.bench.act(
                actions.note_need, visit.bench.cases, subject=case.code, need=need, need_state=state
            )
    return _done(visit)


def write_note(visit: Visit) -> Response:
    """A note for the workers of the case."""
    form = visit.posted()
    text = form.text("note", limit=2000, required=True)
    form.check()
    visit.bench.act(actions.write_note, visit.bench.cases, subject=visit.code, text=text)
    return _done(visit)


def show_notes(visit: Visit) -> Response:
    """All notes, the newest first, and a new one."""
    return visit.render("notes.html", case=the_case(visit))


def show_threat(visit: Visit) -> Response:
    """Log a threat."""
    say = visit.say
    return visit.render(
        "threat.html",
        case=the_case(visit),
        channels=options(say, "threat_channel", lists.THREAT_CHANNELS),
        sources=options(say, "threat_source", lists.THREAT_SOURCES),
        targets=options(say, "threat_target", lists.THREAT_TARGETS),
        known=options(say, "now_known", lists.NOW_KNOWN),
    )


def save_threat(visit: Visit) -> Response:
    """Keep a threat; a running follow-up starts again. Whether to raise the level is asked next."""
    form = visit.posted()
    facts = {
        "day": form.day("day"),
        "channel": form.one_of("channel", lists.THREAT_CHANNELS, default="unknown"),
        "source": form.one_of("source", lists.THREAT_SOURCES, default="unknown"),
        "target": form.one_of("target", lists.THREAT_TARGETS, default="person"),
        "now_known": form.some_of("now_known", lists.NOW_KNOWN),
        "words_kept": form.yes("words_kept"),
        "text": form.text("text", limit=2000),
    }
    form.check()
    visit.bench.act(actions.note_threat, visit.bench.cases, subject=visit.code, **facts)
    return visit.go(f"/cases/{visit.code}/level", said="threat-noted")


def show_follow_up(visit: Visit) -> Response:
    """The step that is due, its questions, and the clock so far."""
    case = the_case(visit)
    steps = queries.follow_up(case, visit.now)
    left = [step for step in steps if not step.done]
    late = [step for step in left if step.overdue]
    return visit.render(
        "follow_up.html",
        case=case,
        steps=steps,
        due=late[-1] if late else left[0] if left else None,
        questions=QUESTIONS,
        answers=options(visit.say, "follow_up_answer", ANSWERS),
    )


def follow_up(visit: Visit) -> Response:
    """Keep what the person said; earlier steps count as done with it."""
    case, form = the_case(visit), visit.posted()
    step = form.one_of("step", [step.step for step in queries.follow_up(case, visit.now)])
    said = {name: form.one_of(name, ANSWERS, default="") for name in QUESTIONS}
    text = form.text("text", limit=2000)
    form.check()
    given = {name: answer for name, answer in said.items() if answer}
    visit.bench.act(
        actions.do_follow_up, visit.bench.cases, subject=case.code, step=step, answers=given, text=text
    )
    if given.get("threats") == "yes":
        return visit.go(f"/cases/{case.code}/threat", said="saved")
    return _done(visit)


def start_follow_up(visit: Visit) -> Response:
    """The person is confirmed safe: the clock starts."""
    visit.bench.act(actions.start_follow_up, visit.bench.cases, subject=visit.code)
    return _done(visit)


def _done(visit: Visit) -> Response:
    return visit.go(f"/cases/{visit.code}", said="saved")


ROUTES = [
    page("/cases/{code}/needs", "needs", opened(show_needs)),
    post("/cases/{code}/needs", "needs-save", save_needs, back=show_needs),
    page("/cases/{code}/notes", "notes", opened(show_notes)),
    post("/cases/{code}/notes", "note", write_note, back=show_notes),
    page("/cases/{code}/threat", "threat", opened(show_threat)),
    post("/cases/{code}/threat", "threat-save", save_threat, back=show_threat),
    page("/cases/{code}/follow-up", "follow-up", opened(show_follow_up)),
    post("/cases/{code}/follow-up", "follow-up-save", follow_up, back=show_follow_up),
    post("/cases/{code}/follow-up/start", "follow-up-start", start_follow_up, back=show_follow_up),
]

"""Cases: the list by next action, and the page of one case as one story (request, case, journeys)."""

from collections.abc import Iterable

from markupsafe import Markup
from starlette.responses import Response

from kunak import evacuation
from kunak.casework import Case, actions, clocks, consent, lists, queries
from kunak.casework.clocks import Clock
from kunak.evacuation import Journey
from kunak.web import apart, yours
from kunak.web.drawings import case_timeline
from kunak.web.drawings.shapes import Happening, TimeWords
from kunak.web.forms import N_, Form
from kunak.web.places import Line, home, next_page, row_page, the_case, the_request, told
from kunak.web.readings import opened
from kunak.web.surge import colleagues, suggested
from kunak.web.thread import no_thread, thread
from kunak.web.together_pages import kept_of
from kunak.web.visit import Visit, page, post
from kunak.web.words import options, tables
from kunak.workbench import new_code
from kunak.workbench.handing_on import hand_on


def show_all(visit: Visit) -> Response:
    """Every open case by its next action: codes, levels, teams; nothing about anyone."""
    rows = [
        row for row in queries.queue(visit.bench.requests, visit.bench.cases, visit.now) if row.kind == "case"
    ]
    return visit.render("cases.html", rows=rows, row_page=row_page, placeless=_placeless(visit))


def _placeless(visit: Visit) -> list[str]:
    """Codes of the cases that lost their place: given twice, burned, or a hold that ran out."""
    state = visit.bench.journeys
    lost = {
        c for c in state.asked.known for kept in evacuation.beds.kept_for(state, c, visit.now) if kept.lost
    }
    return sorted(code for code in lost if visit.bench.cases.get(code) is not None)


def show(visit: Visit) -> Response:
    """One case."""
    return tell(visit, the_case(visit))


def tell(visit: Visit, case: Case) -> Response:
    """The page of a case: the next action on top, then everything its workers need."""
    request = visit.bench.requests.get(case.request)
    level, provisional = clocks.level_now(case, request)
    rows = queries.queue(visit.bench.requests, visit.bench.cases, visit.now)
    row = next((row for row in rows if row.code == case.code), None)
    journeys = sorted((j for j in visit.bench.journeys if j.case == case.code), key=lambda j: j.code)
    running = row.clocks if row else ()
    followed = queries.follow_up(case, visit.now)
    events = _story(visit, case, journeys)
    return visit.render(
        "case.html",
        case=case,
        level=level,
        provisional=provisional,
        running=running,
        next_action=row.next_action if row else "",
        why=queries.explain(case, request),
        base=f"/cases/{case.code}",
        next_page=next_page,
        journeys=journeys,
        followed=[step for step in followed if step.done or step.overdue]
        + [step for step in followed if not step.done and not step.overdue][:2],
        wanted=[need for need in lists.NEEDS if case.needs.get(need, "none") != "none"],
        lines=[
            (line, consent.holds(case, line, visit.now), consent.ends_at(case, line))
            for line in case.consents
        ],
        recalls=[recall for recall in queries.recalls(case) if not recall.outcome],
        aparts=(*apart.of_request(visit, request), *apart.of_case(visit, case, f"/cases/{case.code}")),
        places=evacuation.beds.kept_for(visit.bench.journeys, case.code, visit.now),
        events=events,
        drawing=_drawing(visit, events, running),
        not_yours=yours.of_case(visit.bench, case, request),
        by_two=kept_of(visit.bench, case.code),
        **(thread(visit, request, level) if request else no_thread()),
    )


def show_opening(visit: Visit) -> Response:
    """Who works on the new case."""
    request = the_request(visit)
    known = visit.bench.cases.get(request.code)
    return visit.render(
        "open_case.html",
        request=request,
        members=colleagues(visit),
        chosen=suggested(visit, known.workers if known else ()),
        home=home(visit.bench, visit.code),
    )


def open_case(visit: Visit) -> Response:
    """Accept the request as a case, under a new code."""
    workers = _workers(visit, visit.posted())
    code = new_code("C")
    visit.bench.act(
        actions.open_case,
        visit.bench.cases,
        subject=code,
        request=visit.code,
        workers=workers,
        requests=visit.bench.requests,
    )
    hand_on(visit.bench, code)
    return visit.go(f"/cases/{code}", said="opened")


def show_closing(visit: Visit) -> Response:
    """What must be so before a case is closed."""
    case = the_case(visit)
    return visit.render(
        "close_case.html",
        case=case,
        recently_threatened=actions.threatened_within_a_year(case, visit.now),
        reasons=options(visit.say, "close_reason", lists.CLOSE_REASONS),
        checklist=options(visit.say, "close_checklist", lists.CLOSE_CHECKLIST),
    )


def close_case(visit: Visit) -> Response:
    """Two members end active work."""
    form = visit.posted()
    reasons = form.some_of("reasons", lists.CLOSE_REASONS, required=True)
    checklist = form.some_of("checklist", lists.CLOSE_CHECKLIST)
    form.check()
    visit.together(
        actions.close_case, visit.bench.cases, subject=visit.code, reasons=reasons, checklist=checklist
    )
    return visit.go(f"/cases/{visit.code}", said="closed")


def reopen_case(visit: Visit) -> Response:
    """Work goes on: for anyone, without a reason."""
    visit.bench.act(actions.reopen_case, visit.bench.cases, subject=visit.code)
    return visit.go(f"/cases/{visit.code}", said="reopened")


def _workers(visit: Visit, form: Form) -> tuple[str, ...]:
    workers = form.some_of("workers", visit.bench.vault.members)
    form.check()
    return workers


def _story(visit: Visit, case: Case, journeys: Iterable[Journey]) -> tuple[Line, ...]:
    """The case, its request and its journeys as one time line, the newest first."""
    events = queries.timeline((case.code, case.request), visit.bench.requests, visit.bench.cases)
    lines = [*told(events)]
    for journey in journeys:
        lines += [
            Line(at=moment.at, by=moment.by, table="journey-event", code=moment.what, where=journey.code)
            for moment in evacuation.queries.timeline(journey)
        ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _drawing(visit: Visit, lines: Iterable[Line], running: tuple[Clock, ...]) -> Markup:
    """The overview: what lies behind, and the clocks that run."""
    known = tables()
    past = [
        Happening(at=line.at, said=visit.say(known[line.table][line.code]), state="past") for line in lines
    ]
    clocks_ = [
        Happening(
            at=clock.due, said=visit.say(known["clock"][clock.name]), state="late" if clock.overdue else "due"
        )
        for clock in running
    ]
    words = TimeWords(
        now=visit.say(N_("now")),
        hour=visit.say(N_("hour")),
        day=visit.say(N_("day")),
        week=visit.say(N_("week")),
        month=visit.say(N_("month")),
        year=visit.say(N_("year")),
    )
    label = visit.say(N_("Time line of this case, with the clocks that run"))
    return case_timeline([*past, *clocks_], visit.now, label=label, words=words, prefix="case-")


ROUTES = [
    page("/cases", "cases", show_all, listens=True),
    page("/requests/{code}/case", "case-opening", show_opening),
    post("/requests/{code}/case", "case-open", open_case, back=show_opening),
    page("/cases/{code}", "case", opened(show), listens=True),
    page("/cases/{code}/close", "case-closing", show_closing),
    post("/cases/{code}/close", "case-close", close_case, back=show_closing),
    post("/cases/{code}/reopen", "case-reopen", reopen_case, back=show),
]

"""How urgent it is, who decides and who works on it: the same pages for a request and for a case."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from kunak.casework import Case, actions, clocks, lists, triage
from kunak.web.forms import Form
from kunak.web.places import find, home
from kunak.web.surge import colleagues, suggested
from kunak.web.visit import Page, Visit, page, post
from kunak.web.words import options
from kunak.workbench import Action
from kunak.workbench.handing_on import hand_on


def show_triage(visit: Visit) -> Response:
    """The form of F4, filled with the last triage."""
    case, _ = find(visit.bench, visit.code)
    return _triage_page(visit, case, None)


def judge(visit: Visit) -> Response:
    """Show what the answers give, or save them."""
    case, _ = find(visit.bench, visit.code)
    form = visit.posted()
    triggers = form.some_of("triggers", triage.TRIGGERS)
    factors = _factors(form)
    reasons = form.some_of("reasons", lists.LOWERING_REASONS)
    form.check()
    if form.raw("do") != "save":
        visit.kept = True
        return _triage_page(visit, case, triage.assess(triggers, factors))
    visit.together(
        actions.record_triage,
        visit.bench.cases,
        subject=case.code,
        triggers=triggers,
        factors=factors,
        reasons=reasons,
        requests=visit.bench.requests,
    )
    return visit.go(home(visit.bench, visit.code), said="triaged")


def show_level(visit: Visit) -> Response:
    """Raise or lower."""
    case, request = find(visit.bench, visit.code)
    level, provisional = clocks.level_now(case, request)
    return visit.render(
        "level.html",
        case=case,
        level=level,
        provisional=provisional,
        home=home(visit.bench, visit.code),
        up=[
            pair
            for pair in options(visit.say, "level_means", triage.LEVELS)
            if not case.level or pair[0] < case.level or pair[0] == "P0"
        ],
        down=[
            pair
            for pair in options(visit.say, "level_means", triage.LEVELS)
            if case.level and pair[0] > case.level
        ],
        raise_reasons=options(visit.say, "raise_reason", lists.RAISE_REASONS),
        lowering_reasons=options(visit.say, "lowering_reason", lists.LOWERING_REASONS),
    )


def raise_level(visit: Visit) -> Response:
    """More urgent: free, at once, by anyone."""
    case, _ = find(visit.bench, visit.code)
    form = visit.posted()
    level = form.one_of("level", triage.LEVELS)
    reason = form.one_of("reason", lists.RAISE_REASONS)
    form.check()
    visit.bench.act(
        actions.raise_priority,
        visit.bench.cases,
        subject=case.code,
        level=level,
        reason=reason,
        requests=visit.bench.requests,
    )
    return visit.go(home(visit.bench, visit.code), said="raised")


def lower_level(visit: Visit) -> Response:
    """Less urgent: two members, and a reason from the list."""
    case, _ = find(visit.bench, visit.code)
    form = visit.posted()
    level = form.one_of("lower_to", triage.LEVELS)
    reasons = form.some_of("reasons", lists.LOWERING_REASONS, required=True)
    form.check()
    visit.together(actions.lower_priority, visit.bench.cases, subject=case.code, level=level, reasons=reasons)
    return visit.go(home(visit.bench, visit.code), said="lowered")


def show_decide(visit: Visit) -> Response:
    """What we do."""
    return _choose(visit, "decide", "decision", lists.DECISIONS)


def decide(visit: Visit) -> Response:
    """Keep the decision; the decision clock stops. The ones with a page of their own lead there."""
    case, request = find(visit.bench, visit.code)
    form = visit.posted()
    decision = form.one_of("chosen", lists.DECISIONS)
    form.check()
    here = home(visit.bench, visit.code)
    if decision == "open_case" and not case.is_case and request is not None:
        return visit.go(f"{here}/case")
    visit.bench.act(
        actions.make_decision,
        visit.bench.cases,
        subject=case.code,
        decision=decision,
        requests=visit.bench.requests,
    )
    ends = {"answer_with_advice": "info_given", "refer": "referred", "wait_and_look_again": "waitlisted"}
    if decision in ends and not case.is_case:
        return visit.go(f"{here}/end?status={ends[decision]}")
    return visit.go(here, said="saved")


def show_step(visit: Visit) -> Response:
    """The first protective step."""
    return _choose(visit, "step", "first_step", lists.FIRST_STEPS)


def step(visit: Visit) -> Response:
    """Keep the first protective step; its clock stops."""
    case, _ = find(visit.bench, visit.code)
    form = visit.posted()
    chosen = form.one_of("chosen", lists.FIRST_STEPS)
    form.check()
    return _keep(visit, case, actions.take_first_step, step=chosen)


def show_workers(visit: Visit) -> Response:
    """Who works on it."""
    case, _ = find(visit.bench, visit.code)
    return visit.render(
        "workers.html",
        case=case,
        home=home(visit.bench, visit.code),
        action=visit.path,
        members=colleagues(visit),
        chosen=suggested(visit, case.workers),
    )


def assign(visit: Visit) -> Response:
    """Keep who works on it: one to three members."""
    case, _ = find(visit.bench, visit.code)
    form = visit.posted()
    workers = form.some_of("workers", visit.bench.vault.members)
    form.check()
    done = _keep(visit, case, actions.assign_workers, workers=workers)
    hand_on(visit.bench, visit.code)
    return done


def review(visit: Visit) -> Response:
    """Looked at again; the review clock starts anew."""
    case, _ = find(visit.bench, visit.code)
    return _keep(visit, case, actions.review)


def _triage_page(visit: Visit, case: Case, found: triage.Assessment | None) -> Response:
    last = case.triage
    before: dict[str, object] = {} if last is None else {"triggers": last.triggers}
    if last is not None:
        before.update({name: str(value) for name, value in last.factors.items()})
    factors = [
        (
            name,
            [
                (str(points), f"{points} · {words}")
                for points, (_, words) in enumerate(options(visit.say, name, codes))
            ],
        )
        for name, codes in triage.FACTORS.items()
    ]
    return visit.render(
        "triage.html",
        case=case,
        code=visit.code,
        home=home(visit.bench, visit.code),
        found=found,
        before=before,
        triggers=options(visit.say, "trigger", triage.TRIGGERS),
        factors=factors,
        lowering_reasons=options(visit.say, "lowering_reason", lists.LOWERING_REASONS),
    )


def _keep(visit: Visit, case: Case, action: Action, **chosen: object) -> Response:
    """Write what was chosen, for a case or for a request that is none yet, and go back to its page."""
    bench = visit.bench
    bench.act(action, bench.cases, subject=case.code, requests=bench.requests, **chosen)
    return visit.go(home(bench, visit.code), said="saved")


def _factors(form: Form) -> dict[str, int]:
    given = {name: form.one_of(name, ("0", "1", "2", "3"), default="") for name in triage.FACTORS}
    return {name: int(value) for name, value in given.items() if value}


def _choose(visit: Visit, what: str, table: str, codes: tuple[str, ...]) -> Response:
    case, _ = find(visit.bench, visit.code)
    return visit.render(
        "choose.html",
        case=case,
        what=what,
        home=home(visit.bench, visit.code),
        action=visit.path,
        choices=options(visit.say, table, codes),
    )


def _both(name: str, act: Page, show: Page | None = None) -> list[BaseRoute]:
    """The same page under a request's and under a case's address."""
    routes: list[BaseRoute] = []
    for room in ("requests", "cases"):
        path = f"/{room}/{{code}}/{name}"
        if show is not None:
            routes.append(page(path, f"{room}-{name}", show))
        routes.append(post(path, f"{room}-{name}-save", act, back=show))
    return routes


ROUTES = [
    *_both("triage", judge, show_triage),
    *_both("level", raise_level, show_level),
    *_both("lower", lower_level, show_level),
    *_both("decide", decide, show_decide),
    *_both("step", step, show_step),
    *_both("workers", assign, show_workers),
    *_both("review", review),
]

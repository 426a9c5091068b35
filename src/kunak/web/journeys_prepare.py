"""Before travel: the checks of F8 as short forms, what two people go ahead without, the go, the start."""

from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from kunak.casework.queries import valid_consents
from kunak.evacuation import Journey, actions, facts
from kunak.evacuation.ground import find
from kunak.evacuation.queries import EXIT_INDICATORS, expired
from kunak.evacuation.refusals import NoSuchLeg
from kunak.evacuation.ways.world import World
from kunak.web.forms import N_, Form
from kunak.web.journeys_acting import CODE, act, form_routes, go_back, together
from kunak.web.visit import Visit, page, post
from kunak.web.ways_data import world
from kunak.web.ways_form import read_states
from kunak.web.words import options

MEMBER_CODE = 24  # the longest code of a member, driver or companion
DAY_PARTS = ("", "night", "morning", "day", "evening")


def check_exit_risk(visit: Visit) -> Response:
    """What was looked up before an exit, and the person's own preparations."""
    form = visit.posted()
    found = {name: form.one_of(name, facts.CHECKED) for name in EXIT_INDICATORS}
    found["cameras"] = form.one_of("cameras", facts.CAMERAS)
    found["minors_consent"] = form.one_of("minors_consent", facts.MINORS_CONSENT)
    found["medication"] = form.one_of("medication", facts.MEDICATION)
    found["phone"] = form.one_of("phone", facts.PHONES)
    dependants = form.number("dependants", low=0, high=20, default=0)
    told = {name: form.yes(name) for name in ("sim_rule_told", "story_rehearsed", "cash_in_hand")}
    form.check()
    act(visit, actions.check_exit_risk, dependants=dependants, **found, **told)
    return go_back(visit, "saved")


def decide_stop(visit: Visit) -> Response:
    """What the person wants done if they are stopped."""
    form = visit.posted()
    choice = form.one_of("choice", facts.STOP_CHOICES)
    after = form.number("after_minutes", low=0, high=24 * 60, default=120)
    with_name = form.yes("with_name")
    if with_name and choice != "public":
        form.fault("with_name", N_("A name goes with “say it in public” only."))
    form.check()
    act(visit, actions.decide_stop, choice=choice, with_name=with_name, after_minutes=after)
    return go_back(visit, "saved")


def check_papers(visit: Visit) -> Response:
    """Which papers there are, and whether they are enough for this way."""
    form = visit.posted()
    known = world(visit.office.settings.directory)
    papers = tuple(p for n in (1, 2) if (p := _paper(form, n, known)) is not None)
    enough = form.one_of("enough", ("yes", "no")) == "yes"
    if not papers:
        form.fault("kind_1", N_("Choose which paper there is, or “none”."))
    form.check()
    act(visit, actions.check_papers, papers=papers, enough=enough)
    return go_back(visit, "saved")


def keep_way(visit: Visit) -> Response:
    """Of ways that were chosen apart, one is kept."""
    act(visit, actions.keep_way, chosen=visit.posted().raw("chosen"))
    return go_back(visit, "kept-one")


def link_consent(visit: Visit) -> Response:
    """Link the person's yes to the travel operation."""
    line = visit.posted().raw("line")
    act(visit, actions.link_consent, consent_line=line, consents=_consents(visit))
    return go_back(visit, "saved")


def override(visit: Visit) -> Response:
    """Two people go ahead without some checks."""
    reason = visit.posted().text("override_reason", limit=500)
    together(visit, actions.override_checks, reason=reason)
    return go_back(visit, "saved")


def complete(visit: Visit) -> Response:
    """The checks are complete."""
    act(visit, actions.complete_checks, consents=_consents(visit))
    return go_back(visit, "checked")


def reopen(visit: Visit) -> Response:
    """Somebody doubts: the checks are open again."""
    act(visit, actions.reopen_checks)
    return go_back(visit, "saved")


def propose(visit: Visit) -> Response:
    """The first of two holds that it can begin."""
    act(visit, actions.propose_go)
    return go_back(visit, "proposed")


def decide(visit: Visit) -> Response:
    """The second person decides, at this machine with their own passphrase, or at their own."""
    form = visit.posted()
    go = form.one_of("go", ("go", "no_go")) == "go"
    form.check()
    together(visit, actions.decide_go, go=go, consents=_consents(visit))
    return go_back(visit, "go" if go else "no-go")


def recheck(visit: Visit) -> Response:
    """Someone looked at the doubtful route again: it still holds."""
    act(visit, actions.recheck_route)
    return go_back(visit, "saved")


def start(visit: Visit) -> Response:
    """The journey begins."""
    act(visit, actions.start_journey, consents=_consents(visit))
    return go_back(visit, "started")


def show_legs(visit: Visit) -> Response:
    """The legs, to be set with the person: for the movement coordinator."""
    journey = _with_places(visit)
    legs = journey.way.legs if journey.way else ()
    given: dict[str, object] = {}
    for leg in legs:
        given.update({f"{name}_{leg.number}": value for name, value in _as_given(visit, leg).items()})
    return visit.render(
        "journey_legs.html",
        journey=journey,
        legs=legs,
        given=given,
        day_parts=DAY_PARTS,
        pairs=lambda codes, table: options(visit.say, table, codes),
    )


def set_legs(visit: Visit) -> Response:
    """Check-ins, handover signs, fallbacks and who knows which leg."""
    journey = _with_places(visit)
    if journey.way is None:
        raise NoSuchLeg
    form = visit.posted()
    legs = tuple(_leg(form, leg) for leg in journey.way.legs)
    form.check()
    way = replace(journey.way, legs=legs)
    act(visit, actions.choose_way, way=way, coordinator=journey.coordinator)
    return go_back(visit, "saved")


def _with_places(visit: Visit) -> Journey:
    """The journey, for its coordinator and while its places are not gone. Raises NoSuchLeg."""
    journey = find(visit.bench.journeys, visit.code)
    if journey.way is None or journey.coordinator != visit.bench.member or expired(journey, visit.now):
        raise NoSuchLeg
    return journey


def _as_given(visit: Visit, leg: facts.Leg) -> dict[str, object]:
    """A leg as its fields show it."""
    due = leg.check_in_due.astimezone(visit.office.settings.zone)
    return {
        "due": due.strftime("%Y-%m-%dT%H:%M"),
        "day": leg.day.isoformat() if leg.day else "",
        "day_part": leg.day_part,
        "grace": "" if leg.grace is None else leg.grace,
        "shutdown_grace": leg.shutdown_grace,
        "handover": leg.handover_sign,
        "abort": "\n".join(leg.abort_signs),
        "fallback_a": leg.fallback_a,
        "fallback_b": leg.fallback_b,
        "driver": leg.driver,
        "knows": " ".join(leg.who_knows),
        "region": leg.region,
    }


def _leg(form: Form, leg: facts.Leg) -> facts.Leg:
    n = leg.number
    due = form.moment(f"due_{n}", required=True) or leg.check_in_due
    grace = form.number(f"grace_{n}", low=0, high=24 * 60) if form.raw(f"grace_{n}") else None
    return replace(
        leg,
        check_in_due=due,
        day=form.day(f"day_{n}") or leg.day,
        day_part=form.one_of(f"day_part_{n}", DAY_PARTS, default=""),
        grace=grace,
        shutdown_grace=form.number(f"shutdown_grace_{n}", low=0, high=48 * 60, default=240),
        handover_sign=form.text(f"handover_{n}", limit=200),
        abort_signs=form.lines(f"abort_{n}", limit=500, most=6),
        fallback_a=form.text(f"fallback_a_{n}", limit=300),
        fallback_b=form.text(f"fallback_b_{n}", limit=300),
        driver=form.text(f"driver_{n}", limit=MEMBER_CODE),
        who_knows=tuple(form.text(f"knows_{n}", limit=100).replace(",", " ").split()),
        region=form.text(f"region_{n}", limit=40) or leg.region,
    )


def _paper(form: Form, n: int, known: World) -> facts.Paper | None:
    kind = form.one_of(f"kind_{n}", facts.PAPER_KINDS, default="") if form.raw(f"kind_{n}") else ""
    if not kind:
        return None
    states = read_states(form, f"state_{n}", known)
    return facts.Paper(
        kind=kind,
        state=states[0] if states else "",
        expires=form.day(f"expires_{n}"),
        taken_by=form.one_of(f"taken_{n}", facts.TAKEN_BY, default=""),
        replacement_route=form.text(f"replacement_{n}", limit=300),
    )


def _consents(visit: Visit) -> tuple[str, ...]:
    """Ids of the lines p4 of the case that hold now."""
    journey = find(visit.bench.journeys, visit.code)
    case = visit.bench.cases.get(journey.case)
    return tuple(line.id for line in valid_consents(case, "p4", visit.now)) if case else ()


def routes(back: Callable[[Visit], Response]) -> list[Route]:
    """The routes of this module; refused forms go back to the journey's page."""
    verbs = {
        "exit-risk": check_exit_risk,
        "stop-decision": decide_stop,
        "papers": check_papers,
        "keep-way": keep_way,
        "consent": link_consent,
        "override": override,
        "complete": complete,
        "reopen": reopen,
        "propose": propose,
        "decide": decide,
        "recheck": recheck,
        "start": start,
    }
    return [
        *form_routes(verbs, back),
        page(f"{CODE}/legs", "journey-legs", show_legs),
        post(f"{CODE}/legs", "journey-legs-set", set_legs, back=show_legs),
    ]

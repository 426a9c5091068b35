"""Journeys: the board of everybody on the way, the page of one journey, the card of one leg."""

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_datetime
from starlette.responses import Response

from kunak.evacuation import actions, beds, facts, queries
from kunak.evacuation.ground import find, over
from kunak.evacuation.refusals import NoSuchLeg
from kunak.web import apart, journeys_prepare, journeys_view, journeys_watch, yours
from kunak.web.journeys_view import View
from kunak.web.readings import of_journey, opened
from kunak.web.thread import control_of
from kunak.web.together_pages import kept_by_two
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.web.words_ways import DETAIL_TABLES
from kunak.workbench.gate import WithheldUnderControl

WIDE, NARROW = 940, 330  # px, of the two drawings of the strip; the page shows the one that fits


def board(visit: Visit) -> Response:
    """Everybody who set out and is not yet confirmed safe, the late ones first. No place on it."""
    bench, now = visit.bench, visit.now
    bench.refresh()
    levels = {case.code: case.level for case in bench.cases}
    on_the_way = queries.on_the_way(bench.journeys, now, levels)
    moving = {row.journey for row in on_the_way}
    rest = [j for j in bench.journeys if j.code not in moving and j.state != "closed"]
    return visit.render(
        "journeys.html",
        rows=on_the_way,
        preparing=sorted((j for j in rest if not over(j)), key=lambda j: j.last_at, reverse=True),
        over=sorted((j for j in rest if over(j)), key=lambda j: j.last_at, reverse=True),
        regions=_regions(visit),
        region_choices=[(region, region) for region in _regions(visit)],
        shutdowns=_shutdowns(visit),
        filling=visit.filling("shutdown"),
    )


def shutdown(visit: Visit) -> Response:
    """The internet of a region is shut down: each plan lengthens its grace by its own rule."""
    form = visit.posted()
    region = form.one_of("region", _regions(visit))
    since = form.moment("since", required=True)
    form.check()
    bench = visit.bench
    bench.act(actions.flag_shutdown, bench.journeys, region=region, since=since)
    return visit.go("/journeys", said="saved")


def lift(visit: Visit) -> Response:
    """It works again."""
    form = visit.posted()
    flag = form.one_of("flag", _shutdowns(visit))
    form.check()
    bench = visit.bench
    bench.act(actions.lift_shutdown, bench.journeys, flag=flag, until=visit.now)
    return visit.go("/journeys", said="saved")


def show(visit: Visit) -> Response:
    """One journey: state and next action on top."""
    bench = visit.bench
    bench.refresh()
    journey = find(bench.journeys, visit.code)
    if visit.asked("said") == "marked":
        journey = journeys_view.quietly(journey)
    case = bench.cases.get(journey.case)
    request = bench.requests.get(case.request) if case else None
    control = control_of(visit, journey.code)
    shown = journeys_view.view(
        bench.journeys, journey, case, request, bench.member, visit.now, withheld=control.possible
    )
    return visit.render(
        "journey.html",
        shown=shown,
        aparts=apart.of_journey(visit, journey),
        seats=beds.kept_for(bench.journeys, journey.code, visit.now),
        journey=journey,
        case=case,
        control=control,
        request=request,
        not_yours=yours.of_journey(bench, journey),
        by_two=kept_by_two(bench, (journey.code,)),
        strips=_strips(visit, shown),
        timeline=reversed(queries.timeline(journey)),
        facts=facts,
        lists=actions,
        details=DETAIL_TABLES,
        indicators=queries.EXIT_INDICATORS,
        pairs=lambda codes, table: options(visit.say, table, codes),
    )


def card(visit: Visit) -> Response:
    """What the driver of one leg may know: no code, no name, no other leg. A leg that was set before somebody
    else may have been writing is burned: no card of it is made until the legs are set anew."""
    bench = visit.bench
    journey = find(bench.journeys, visit.code)
    since = bench.gate.control(journey.code).since
    if since is not None and any(way.at < since for way in journey.standing.ways):
        raise WithheldUnderControl
    number = int(visit.request.path_params["n"])
    known = number in queries.legs_known_to(journey, bench.member)
    leg = queries.leg_card(journey, number) if known and not queries.expired(journey, visit.now) else None
    if leg is None:
        raise NoSuchLeg
    return visit.render("journey_card.html", leg=leg, journey=journey)


def places(visit: Visit) -> Response:
    """The places of a journey by themselves, for those who move the person. Nothing is written from here."""
    bench = visit.bench
    journey = find(bench.journeys, visit.code)
    shown = journeys_view.view(bench.journeys, journey, None, None, bench.member, visit.now)
    return visit.render("journey_places.html", shown=shown, journey=journey)


def _strips(visit: Visit, shown: View) -> Mapping[str, object]:
    def when(moment: datetime) -> str:
        local = moment.astimezone(visit.office.settings.zone)
        return format_datetime(local, "d MMM, HH:mm", tzinfo=local.tzinfo, locale=visit.language)

    return {
        name: journeys_view.strip(shown, visit.now, visit.say, when, width=width, prefix=name)
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    }


def _regions(visit: Visit) -> tuple[str, ...]:
    """Regions of legs that are not over, as far as this member may read places."""
    legs = (leg for j in visit.bench.journeys if not over(j) and j.way for leg in j.way.legs)
    return tuple(sorted({leg.region for leg in legs if leg.region}))


def _shutdowns(visit: Visit) -> dict[str, datetime]:
    """Shutdowns that last, with their beginning."""
    return {s.flag: s.since for j in visit.bench.journeys for s in j.shutdowns if s.until is None}


ROUTES = [
    page("/journeys", "journeys", board, listens=True),
    post("/journeys/shutdown", "journeys-shutdown", shutdown, back=board),
    post("/journeys/lift", "journeys-lift", lift, back=board),
    page("/journeys/{code}", "journey", opened(show, of_journey)),
    page("/journeys/{code}/places", "journey-places", opened(places, of_journey)),
    page("/journeys/{code}/legs/{n:int}", "journey-card", opened(card, of_journey)),
    *journeys_prepare.routes(show),
    *journeys_watch.routes(show),
]

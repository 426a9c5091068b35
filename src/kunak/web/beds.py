"""Beds and seats: the register, and the place that is kept for one case or one journey.

The two never meet on a screen. A page of the register shows no case; the page of a case asks what the person
needs, the program picks the bed, and the case then only says that one is held.
"""

from datetime import datetime

from starlette.responses import Response

from kunak.evacuation import beds
from kunak.evacuation.bed_entries import ACCEPTS, BED_TYPES, WATCH_SIGNS, BedDescribed, SeatsDescribed
from kunak.evacuation.ground import find
from kunak.evacuation.scarce import STAGES, Scarce
from kunak.intake.queries import help_allowed
from kunak.web.places import the_case
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import new_code


def show_all(visit: Visit) -> Response:
    """Every place: what is free, and what was noticed there. No case."""
    places = sorted(visit.bench.journeys.beds, key=lambda place: (not place.is_open, place.code))
    return visit.render(
        "beds.html",
        beds=[place for place in places if place.kind == "bed"],
        seats=[place for place in places if place.kind == "seats"],
        types=options(visit.say, "bed_type", BED_TYPES),
        accepts=options(visit.say, "accepts", ACCEPTS),
        most=beds.MOST,
    )


def list_bed(visit: Visit) -> Response:
    """A new place."""
    form = visit.posted()
    facts = {
        "capacity": form.number("capacity", low=1, high=beds.MOST),
        "bed_type": form.one_of("bed_type", BED_TYPES),
        "region": form.text("region", limit=60, required=True),
        "accepts": form.some_of("accepts", ACCEPTS, required=True),
        "exit_route_known": form.yes("exit_route_known"),
        "note": form.text("note", limit=500),
    }
    form.check()
    code = new_code("B")
    visit.bench.act(beds.list_bed, visit.bench.journeys, subject=code, **facts)
    return visit.go(f"/beds/{code}", said="listed")


def offer_seats(visit: Visit) -> Response:
    """Somebody can take people along."""
    form = visit.posted()
    facts = {
        "capacity": form.number("seats", low=1, high=beds.MOST),
        "route": form.text("route", limit=60, required=True),
        "day_part": form.text("day_part", limit=60),
        "driver": form.text("driver", limit=24),
    }
    form.check()
    code = new_code("S")
    visit.bench.act(beds.offer_seats, visit.bench.journeys, subject=code, **facts)
    return visit.go(f"/beds/{code}", said="listed")


def show(visit: Visit) -> Response:
    """One place: its claims in order, and nothing of whose they are."""
    place = beds.find_bed(visit.bench.journeys, visit.code)
    return visit.render(
        "bed.html",
        place=place,
        where=[x for x in place.described if isinstance(x, BedDescribed | SeatsDescribed)],
        claims=_claims(place, visit.now),
        moving=place.to_move(visit.now) if place.burned_at else (),
        signs=options(visit.say, "watch_sign", WATCH_SIGNS),
    )


def watch(visit: Visit) -> Response:
    """Somebody noticed something there."""
    form = visit.posted()
    sign = form.one_of("sign", WATCH_SIGNS)
    form.check()
    visit.bench.act(beds.watch_bed, visit.bench.journeys, subject=visit.code, sign=sign)
    return visit.go(f"/beds/{visit.code}", said="saved")


def burn(visit: Visit) -> Response:
    """The place is burned: at once, by anyone."""
    visit.bench.act(beds.burn_bed, visit.bench.journeys, subject=visit.code)
    return visit.go(f"/beds/{visit.code}", said="burned")


def close(visit: Visit) -> Response:
    """Nobody new goes there."""
    visit.bench.act(beds.close_bed, visit.bench.journeys, subject=visit.code)
    return visit.go(f"/beds/{visit.code}", said="saved")


def show_kept(visit: Visit) -> Response:
    """The bed of one case: how it stands and what may follow; or what the person needs."""
    case = the_case(visit)
    bench = visit.bench
    request = bench.requests.get(case.request)
    regions = {x.region for bed in bench.journeys.beds for x in bed.described if isinstance(x, BedDescribed)}
    control = bench.gate.control(case.code)
    return visit.render(
        "case_bed.html",
        case=case,
        request=request,
        control=control,
        places=beds.kept_for(bench.journeys, case.code, visit.now),
        steps=beds.NEXT,
        stages=lambda entry: STAGES[type(entry)],
        sure=request is not None and help_allowed(request, "place"),
        free=len(beds.fitting(bench.journeys, visit.now)),
        accepts=options(visit.say, "accepts", ACCEPTS),
        types=options(visit.say, "bed_type", BED_TYPES),
        regions=[] if control.possible else [(region, region) for region in sorted(regions)],
    )


def hold(visit: Visit) -> Response:
    """Hold a bed that fits, for six hours. Which one it is stays in the register."""
    case, form, bench = the_case(visit), visit.posted(), visit.bench
    accepts = form.some_of("accepts", ACCEPTS)
    region = form.text("region", limit=60)
    bed_type = form.one_of("bed_type", BED_TYPES, default="")
    form.check()
    found = beds.fitting(bench.journeys, visit.now, accepts=accepts, region=region, bed_type=bed_type)
    if not found:
        raise beds.NoneFree
    bench.act(beds.hold_bed, bench.journeys, subject=found[0].code, case=case.code)
    return visit.go(f"/cases/{case.code}/bed", said="held")


def move_on(visit: Visit) -> Response:
    """The next stage of the bed of a case; two members where we are not sure enough of the person."""
    case, form, bench = the_case(visit), visit.posted(), visit.bench
    to = form.one_of("to", {step for steps in beds.NEXT.values() for step in steps})
    form.check()
    request = bench.requests.get(case.request)
    visit.together(
        beds.move_on,
        bench.journeys,
        subject=case.code,
        claim=form.raw("claim"),
        to=to,
        known_enough=request is not None and help_allowed(request, "place"),
    )
    return visit.go(f"/cases/{case.code}/bed", said="moved-on")


def show_seats(visit: Visit) -> Response:
    """Seats on the legs of one journey: those that are kept, and those that are free."""
    bench = visit.bench
    journey = find(bench.journeys, visit.code)
    control = bench.gate.control(journey.code)
    free = [seats for seats in bench.journeys.beds if seats.kind == "seats" and seats.free(visit.now)]
    return visit.render(
        "journey_seats.html",
        journey=journey,
        places=beds.kept_for(bench.journeys, journey.code, visit.now),
        legs=[(str(n), str(n)) for n in range(1, journey.legs + 1)],
        free=[] if control.possible else [(seats.code, _told(seats)) for seats in free],
        control=control,
        request=bench.gate.request(journey.code),
    )


def take_seat(visit: Visit) -> Response:
    """Keep a seat for one leg."""
    form, bench = visit.posted(), visit.bench
    journey = find(bench.journeys, visit.code)
    leg = form.number("leg", low=1, high=max(journey.legs, 1))
    seats = form.one_of("seats", [place.code for place in bench.journeys.beds if place.kind == "seats"])
    form.check()
    bench.act(beds.take_seat, bench.journeys, subject=seats, journey=journey.code, leg=leg)
    return visit.go(f"/journeys/{journey.code}/seats", said="seat-taken")


def leave_seat(visit: Visit) -> Response:
    """Let a seat go."""
    bench, claim = visit.bench, visit.posted().raw("claim")
    bench.act(beds.move_on, bench.journeys, subject=visit.code, claim=claim, to="freed")
    return visit.go(f"/journeys/{visit.code}/seats", said="moved-on")


def _claims(place: Scarce, now: datetime) -> list[tuple[int, str, datetime | None]]:
    """Each claim that is not over, by its number: how it stands, and until when."""
    numbered = enumerate(place.claims, start=1)
    stand = [(number, claim.state(now), claim.until) for number, claim in numbered]
    return [(number, state, until) for number, state, until in stand if state not in ("freed", "lapsed")]


def _told(seats: Scarce) -> str:
    """Seats by their code and, for whoever may read places, by their route and hour."""
    where = [f"{x.route} {x.day_part}".strip() for x in seats.described if isinstance(x, SeatsDescribed)]
    return " · ".join([seats.code, *where])


ROUTES = [
    page("/beds", "beds", show_all),
    post("/beds", "bed-list", list_bed, back=show_all),
    post("/beds/seats", "seats-offer", offer_seats, back=show_all),
    page("/beds/{code}", "bed", show),
    post("/beds/{code}/watch", "bed-watch", watch, back=show),
    post("/beds/{code}/burn", "bed-burn", burn, back=show),
    post("/beds/{code}/close", "bed-close", close, back=show),
    page("/cases/{code}/bed", "case-bed", show_kept),
    post("/cases/{code}/bed", "case-bed-hold", hold, back=show_kept),
    post("/cases/{code}/bed/step", "case-bed-step", move_on, back=show_kept),
    page("/journeys/{code}/seats", "journey-seats", show_seats),
    post("/journeys/{code}/seats", "journey-seat-take", take_seat, back=show_seats),
    post("/journeys/{code}/seats/leave", "journey-seat-leave", leave_seat, back=show_seats),
]

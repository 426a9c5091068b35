"""From a plan of the planner to the way of a journey: legs with check-ins, kept as plain facts: its
sentences in English, as plain strings, which a page says in its own language where it knows them.

The planner's times are planning figures, so the check-ins that follow from them are proposals, to be
corrected with the person before the checks are complete.
"""

from datetime import datetime, timedelta

from kunak.evacuation import facts
from kunak.evacuation.ways.answer import Leg, Plan, Why
from kunak.evacuation.ways.places import Place
from kunak.evacuation.ways.world import World
from kunak.web.ways_view import place_name

STEP = timedelta(minutes=15)
FURTHEST = timedelta(days=90)


def departure_bounds(now: datetime) -> tuple[datetime, datetime]:
    """The earliest and the latest moment at which a journey may be planned to begin: from this quarter of an
    hour on, since a form is filled in minutes."""
    return now - STEP, now + FURTHEST


def plan_type(world: World, plan: Plan) -> str:
    """evacuate if the way crosses a border, else relocate."""
    start = world.place(plan.legs[0].origin).country
    return "evacuate" if plan.destination != start else "relocate"


def way_of(world: World, plan: Plan, departure: datetime) -> facts.Way:
    """The way as a journey keeps it, its first leg beginning at ``departure`` (UTC)."""
    due, legs = departure, []
    for number, leg in enumerate(plan.legs, start=1):
        start, due = due, _up(due + max(timedelta(hours=leg.hours), STEP))
        legs.append(_leg(world, number, leg, start, due))
    worst = plan.worst_case
    return facts.Way(
        destination=plan.destination,
        destination_name=world.country(plan.destination),
        legs=tuple(legs),
        stay_basis=plan.stay.basis,
        stay_days=plan.stay.days,
        hours=plan.hours,
        cost_eur=float(plan.cost_eur),
        risk=plan.risk,
        worst_blocked=worst.blocked,
        worst_at=place_name(world, worst.at) if worst.at else "",
        worst_why=str(worst.why),
        stale=tuple(str(sentence) for sentence in plan.stale),
    )


def _leg(world: World, number: int, leg: Leg, start: datetime, due: datetime) -> facts.Leg:
    origin, destination = world.place(leg.origin), world.place(leg.destination)
    local = start + timedelta(minutes=_offset(origin))
    return facts.Leg(
        number=number,
        origin=leg.origin,
        destination=leg.destination,
        origin_name=place_name(world, leg.origin),
        destination_name=place_name(world, leg.destination),
        mode=leg.mode,
        check_in_due=due,
        hours=leg.hours,
        cost_eur=float(leg.cost_eur),
        risk=leg.risk,
        why=tuple(_why(why) for why in leg.why),
        day=local.date(),
        day_part=_day_part(local),
        utc_offset=_offset(destination),
        route=f"{leg.mode}:{leg.origin}:{leg.destination}",
        region=destination.country,
        exposures=tuple(str(exposure.authority) for exposure in leg.exposures),
    )


def _why(why: Why) -> facts.Why:
    return facts.Why(rule=str(why.rule), layer=why.layer, dated=why.date, confidence=why.confidence)


def _up(moment: datetime) -> datetime:
    """The next full quarter of an hour: nobody keeps a check-in at 14:07."""
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not over else moment - over + STEP


def _offset(place: Place) -> int:
    """Minutes east of UTC by the sun, to the hour: enough to tell night from day, and in no table."""
    return round(place.lon / 15) * 60


def _day_part(local: datetime) -> str:
    parts = ((6, "night"), (11, "morning"), (18, "day"), (23, "evening"))
    return next((part for until, part in parts if local.hour < until), "night")

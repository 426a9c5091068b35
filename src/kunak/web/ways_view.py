"""What the page of ways shows of the planner's answer: rows, reasons, drawings. Nothing is computed here
that the planner does not say; places get their names, plans their numbers."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from kunak.evacuation.ways.answer import Answer, Exposure, Leg, Plan, Refusal, Why
from kunak.evacuation.ways.places import distance
from kunak.evacuation.ways.risk import band
from kunak.evacuation.ways.words import state_name
from kunak.evacuation.ways.world import World
from kunak.language import catalogue
from kunak.web.drawings.front import front_plot
from kunak.web.drawings.map import ways_map
from kunak.web.drawings.outlines import bundled
from kunak.web.drawings.shapes import (
    CROSSING,
    DESTINATION,
    ORIGIN,
    STOP,
    FrontPoint,
    FrontWords,
    MapStop,
    MapWay,
    MapWords,
)
from kunak.web.retelling import state_in

Say = Callable[[str], str]
NEAR_KM = 900.0  # of the second map, around the start, where a continent's map is a knot


@dataclass(frozen=True)
class Size:
    """How large the drawings are, in px. A page holds them twice and shows those that fit."""

    name: str
    width: int
    map_height: int
    plot_height: int


WIDE, NARROW = Size("wide", 600, 440, 290), Size("narrow", 340, 330, 260)


@dataclass(frozen=True)
class Pictures:
    """The drawings of one answer, in one size."""

    size: str
    map: Markup
    near: Markup
    front: Markup


def pictures(world: World, answer: Answer, language: str) -> tuple[Pictures, ...]:
    """Map, the map around the start, and plot, in both sizes."""
    reach = answer.profile.persecutor or answer.profile.passports
    return _pictures(world, answer.plans, reach, language)


@lru_cache(maxsize=4)  # a map takes 0.2 s, and putting the rows in another order changes nothing on it
def _pictures(
    world: World, plans: tuple[Plan, ...], reach: tuple[str, ...], language: str
) -> tuple[Pictures, ...]:
    say = catalogue(language).gettext
    return tuple(
        Pictures(
            size.name,
            draw_map(world, plans, reach, language, size),
            draw_map(world, plans, reach, language, size, near=True),
            draw_front(plans, say, size),
        )
        for size in (WIDE, NARROW)
    )


@dataclass(frozen=True)
class Row:
    """A plan in the table. ``number`` is the same in the table, on the map and on the plot."""

    number: int
    key: str  # names these very legs; a number would name another plan once the data change
    plan: Plan
    name: str
    modes: tuple[str, ...]
    via: tuple[str, ...]
    old_feed: bool
    legs: tuple["LegRow", ...]
    worst_at: str
    worst_short: str
    band: str  # low, medium or high, beside the figure


@dataclass(frozen=True)
class LegRow:
    """A leg with the names of its ends and the reasons why it is allowed."""

    leg: Leg
    origin: str
    destination: str
    whys: tuple[Why, ...]
    exposures: tuple[Exposure, ...]


@dataclass(frozen=True)
class RefusedGroup:
    """States that are not offered for one reason."""

    why: str
    rule: str
    states: tuple[str, ...]


def rows(world: World, answer: Answer, sort: str) -> tuple[Row, ...]:
    """The plans, numbered as the planner gave them and ordered as asked."""
    keys: dict[str, Callable[[Row], object]] = {
        "hours": lambda r: r.plan.hours,
        "cost": lambda r: r.plan.cost_eur,
        "risk": lambda r: r.plan.risk,
        "exposures": lambda r: (r.plan.exposures, r.plan.risk),
    }
    found = [_row(world, number, plan) for number, plan in enumerate(answer.plans, start=1)]
    return tuple(sorted(found, key=keys[sort])) if sort in keys else tuple(found)  # type: ignore[arg-type]


def by_key(answer: Answer, key: str) -> Plan | None:
    """The plan with this key, if it is still among the answers."""
    return next((plan for plan in answer.plans if plan_key(plan) == key), None)


def plan_key(plan: Plan) -> str:
    """A short name of a plan's legs, the same as long as they are the same."""
    legs = "|".join(f"{leg.mode} {leg.origin} {leg.destination}" for leg in plan.legs)
    return hashlib.sha256(legs.encode()).hexdigest()[:16]


def refused(world: World, refusals: Iterable[Refusal]) -> tuple[RefusedGroup, ...]:
    """What is not offered, one group for each reason; the most particular reasons first, since a reason that
    holds for few states is the one that somebody will ask about."""
    groups: dict[tuple[str, str], list[str]] = {}
    for refusal in refusals:
        name = "" if refusal.destination == "*" else state_name(world, refusal.destination)
        groups.setdefault((refusal.why, refusal.rule), []).append(name)
    made = [
        RefusedGroup(why, rule, tuple(sorted(n for n in names if n))) for (why, rule), names in groups.items()
    ]
    return tuple(sorted(made, key=lambda g: (len(g.states), g.why)))


def about_state(world: World, answer: Answer, state: str) -> tuple[tuple[Refusal, ...], tuple[int, ...]]:
    """What the answer says of one state: its refusals, and the numbers of the plans that end there."""
    said = tuple(r for r in answer.refused if r.destination in (state, "*"))
    ends = tuple(n for n, plan in enumerate(answer.plans, start=1) if plan.destination == state)
    return said, ends


def draw_map(
    world: World,
    plans: Sequence[Plan],
    reach: Sequence[str],
    language: str,
    size: Size,
    *,
    near: bool = False,
) -> Markup:
    """The map of all plans; ``near``: only what lies around the start, if any way leads far from it."""
    if near and not _far(world, plans):
        return Markup("")
    say = catalogue(language).gettext
    sharing = [c.code for c in world.countries.values() if c.shares_wanted]
    named = {c.code: state_in(language, c.code, c.name) for c in world.countries.values()}
    ways = [
        _map_way(world, number, plan, named[plan.destination]) for number, plan in enumerate(plans, start=1)
    ]
    return ways_map(
        ways,
        bundled(),
        label=say("Map of the ways around the start") if near else say("Map of the ways"),
        reach=reach,
        sharing=sharing,
        words=MapWords(
            origin=say("Start"),
            destination=say("Destination"),
            crossing=say("Border crossing"),
            flight=say("By air"),
            ground=say("By land (not the road itself)"),
            reach=say("Reach of the persecutor"),
            sharing=say("Shares wanted lists"),
            countries=named,
        ),
        width=size.width,
        height=size.map_height,
        around_start_km=NEAR_KM if near else None,
        prefix=f"{size.name}-near-" if near else f"{size.name}-",
    )


def _far(world: World, plans: Sequence[Plan]) -> bool:
    """Whether any way leads so far that what lies around the start is a knot on the map."""
    return any(
        distance(world.place(plan.legs[0].origin), world.place(leg.destination)) > 2 * NEAR_KM
        for plan in plans
        for leg in plan.legs
    )


def draw_front(plans: Sequence[Plan], say: Say, size: Size) -> Markup:
    """The plans as points: hours against risk."""
    points = [
        FrontPoint(n, p.hours, p.risk, p.exposures, f"€{p.cost_eur}") for n, p in enumerate(plans, start=1)
    ]
    words = FrontWords(
        hours=say("Hours"),
        risk=say("Risk (a planning figure)"),
        exposures=say("Each spike: one hostile exposure"),
        better=say("better"),
    )
    return front_plot(
        points,
        label=say("Hours against risk of each way"),
        words=words,
        width=size.width,
        height=size.plot_height,
        prefix=f"{size.name}-",
    )


def _row(world: World, number: int, plan: Plan) -> Row:
    legs = tuple(
        LegRow(leg, place_name(world, leg.origin), place_name(world, leg.destination), leg.why, leg.exposures)
        for leg in plan.legs
    )
    return Row(
        number=number,
        key=plan_key(plan),
        plan=plan,
        name=state_name(world, plan.destination),
        modes=tuple(dict.fromkeys(leg.mode for leg in plan.legs)),
        via=_via(world, plan),
        old_feed=any(leg.feed for leg in plan.legs),
        legs=legs,
        worst_at=place_name(world, plan.worst_case.at) if plan.worst_case.at else "",
        worst_short=short_name(world, plan.worst_case.at) if plan.worst_case.at else "",
        band=band(plan.risk),
    )


def place_name(world: World, code: str) -> str:
    """A place as the page writes it: its name, with the code of an airport."""
    place = world.place(code)
    return f"{place.name} ({place.code})" if place.kind == "airport" else place.name


def short_name(world: World, code: str) -> str:
    """A place as a map writes it: town, this side of a crossing, the code of an airport with a long name."""
    place = world.place(code)
    if place.kind == "crossing":
        return place.name.split(" – ")[0]
    return place.code if place.kind == "airport" and len(place.name) > 16 else place.name[:24]


def _via(world: World, plan: Plan) -> tuple[str, ...]:
    """The states on the way, start and end left out."""
    states: list[str] = []
    for leg in plan.legs[:-1]:
        place = world.place(leg.destination)
        states.append(place.beyond or place.country)
    start = world.place(plan.legs[0].origin).country if plan.legs else ""
    return tuple(state_name(world, s) for s in dict.fromkeys(states) if s not in (start, plan.destination))


def _map_way(world: World, number: int, plan: Plan, name: str) -> MapWay:
    codes = [plan.legs[0].origin, *(leg.destination for leg in plan.legs)]
    stops = tuple(_map_stop(world, codes, n) for n in range(len(codes)))
    return MapWay(number, name, stops, tuple(leg.mode for leg in plan.legs))


def _map_stop(world: World, codes: Sequence[str], n: int) -> MapStop:
    place = world.place(codes[n])
    if n == 0:
        kind = ORIGIN
    elif n == len(codes) - 1:
        kind = DESTINATION
    else:
        kind = CROSSING if place.kind == "crossing" else STOP
    return MapStop(place.lat, place.lon, short_name(world, codes[n]), kind)

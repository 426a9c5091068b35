"""The door of the planner: from a profile to all ways that are not worse in every respect than another."""

from kunak.evacuation.ways import choosing
from kunak.evacuation.ways.answer import (
    Answer,
    Exposure,
    Leg,
    Plan,
    Refusal,
    Stay,
    Why,
    WorstCase,
    as_json,
)
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.land import from_origin
from kunak.evacuation.ways.network import atlas_for
from kunak.evacuation.ways.noting import minutes_left, notes, occupied, refusals_without_way
from kunak.evacuation.ways.places import Place
from kunak.evacuation.ways.profile import Profile, checked
from kunak.evacuation.ways.search import INF, MAX_LEGS, Edge, Way, front
from kunak.evacuation.ways.telling import tell
from kunak.evacuation.ways.world import World

__all__ = [
    "Answer",
    "Exposure",
    "Leg",
    "Plan",
    "Profile",
    "Refusal",
    "Stay",
    "Why",
    "WorstCase",
    "as_json",
    "find_ways",
]

TAGS = ("safest", "fastest", "cheapest")
START = -1  # the node of the origin: nothing leads back to it


def find_ways(world: World, profile: Profile) -> Answer:
    """The ways out, at most 12 of the exact front. States that hand over to the persecutor are passed only if
    no way avoids them. Raises UnknownPlace, UnknownState, UnknownChoice or NoPassportState."""
    profile, origin = checked(world, profile)
    beyond_rule = occupied(world, profile, origin)
    if beyond_rule:
        return Answer(profile, (), (beyond_rule,), dict(world.layers))
    atlas, start, ways = _avoiding(world, profile, origin)
    through = not ways and bool(atlas.aims.states)
    if through:
        further = atlas_for(world, profile, origin, through_reach=True)
        start, ways = _search(further, origin, profile)
        atlas = further if ways else atlas
    return Answer(
        profile=profile,
        plans=_plans(atlas, origin, ways),
        refused=(*atlas.aims.refused, *refusals_without_way(atlas, profile, start, ways)),
        data=dict(world.layers),
        found=len(ways),
        notes=notes(atlas, profile, ways, through),
    )


def _avoiding(world: World, profile: Profile, origin: Place) -> tuple[Atlas, list[Edge], list[Way]]:
    atlas = atlas_for(world, profile, origin, through_reach=False)
    return atlas, *_search(atlas, origin, profile)


def _search(atlas: Atlas, origin: Place, profile: Profile) -> tuple[list[Edge], list[Way]]:
    start = from_origin(atlas, origin) if atlas.network.out else []
    ways = front(
        atlas.network,
        start,
        start_node=START,
        visas=(1 << len(profile.visas)) - 1,
        max_legs=MAX_LEGS,
        max_minutes=minutes_left(profile),
        max_cost=INF if profile.cash_eur is None else profile.cash_eur,
    )
    return start, ways


def _plans(atlas: Atlas, origin: Place, ways: list[Way]) -> tuple[Plan, ...]:
    if not ways:
        return ()
    named: dict[int, list[str]] = {}
    for tag in TAGS:
        named.setdefault(choosing.best(ways, tag), []).append(tag)
    return tuple(tell(atlas, ways[i], origin, tuple(named.get(i, ()))) for i in choosing.choose(ways))

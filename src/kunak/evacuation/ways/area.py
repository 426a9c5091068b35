"""By road or rail through the Schengen area, from a crossing of its outer border to a state that is aimed at.

The way ends in that state's capital. Its length runs over the capitals of the states between, along land
borders inside the area, so that no line is drawn over a sea; a state that none of them leads to is not
reached.
"""

from heapq import heappop, heappush

from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.figures import RAIL_STATES
from kunak.evacuation.ways.places import Place, distance
from kunak.evacuation.ways.world import World

AREA_KM = 3000


def capitals(world: World, states: frozenset[str]) -> list[Place]:
    """The capitals of some states, as far as the data has them as towns."""
    named = (world.known(f"{s}:{world.countries[s].capital}") for s in sorted(states))
    return [place for place in named if place is not None]


def lengths(world: World, area: frozenset[str], start: Place, state: str) -> dict[str, float]:
    """Kilometres from a place of one state to the capital of each other that land borders lead to."""
    by_state = {p.country: p for p in capitals(world, area)}
    far: dict[str, float] = {}
    waiting: list[tuple[float, str]] = [(0.0, state)]
    while waiting:
        km, here = heappop(waiting)
        if here in far:
            continue
        far[here] = km
        at = start if here == state else by_state[here]
        for beside in world.countries[here].borders:
            if beside in by_state and beside not in far:
                heappush(waiting, (km + distance(at, by_state[beside]), beside))
    far.pop(state)
    return far


def onward(atlas: Atlas, state: str, start: Place) -> list[tuple[int, float, bool]]:
    """Town nodes of aimed-at states, the kilometres to them, and whether rail leads there."""
    if state not in atlas.book.schengen:
        return []
    far = lengths(atlas.world, atlas.book.schengen, start, state)
    return [
        (atlas.first_town() + i, far[town.country], {state, town.country} <= RAIL_STATES)
        for i, town in enumerate(atlas.towns)
        if town.country in atlas.aims.states and far.get(town.country, AREA_KM + 1) <= AREA_KM
        and town.name == atlas.world.countries[town.country].capital
    ]  # fmt: skip

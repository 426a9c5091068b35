"""Crossings and the roads and rails to them, as edges; and what an origin reaches by ground.

Ground links are estimates from distance inside one state: from a crossing to the next served airports and to
the state's other crossings, and from the origin to served airports, crossings and the towns of own services.
"""

from kunak.evacuation.ways import area, figures, risk
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.places import Place, distance
from kunak.evacuation.ways.search import Edge

NEAR_CROSSING_KM, NEAR_CROSSING = 800, 4  # the served airports linked to a crossing
BETWEEN_CROSSINGS_KM = 1500  # from one border of a state to its next
ORIGIN_AIRPORTS_KM, ORIGIN_AIRPORTS = 1500, 8  # what the origin reaches by road or rail
ORIGIN_CROSSINGS_KM = 2500
TRANSFER_KM = 100  # between the airports of one city
RIDES = ("bus", "car", "rail")


def crossings(atlas: Atlas) -> None:
    """Every crossing, in each direction that is open to the profile."""
    for k, row in enumerate(atlas.world.crossing_rows):
        sides = row["country_a"], row["country_b"]
        for role, a in enumerate(sides):
            b = sides[1 - role]
            if atlas.may(a) and atlas.may(b) and b != atlas.reach.home and atlas.standing(a, False):
                _crossing(atlas, k, role, a, b)


def transfers(atlas: Atlas) -> None:
    """From one served airport to another of the same state near by."""
    airports, out = atlas.world.airports, atlas.network.out
    for state, xs in atlas.served.items():
        here = (
            sorted((airports[x].lat, x) for x in xs if 2 * x in out) if atlas.standing(state, False) else []
        )
        for i, (lat, x) in enumerate(here):
            for north, y in here[i + 1 :]:
                if north - lat > 1.0:  # degrees: over 110 km
                    break
                if distance(airports[x], airports[y]) <= TRANSFER_KM:
                    link(atlas, 2 * x, 2 * y, ["bus", "car"])
                    link(atlas, 2 * y, 2 * x, ["bus", "car"])


def rides(atlas: Atlas, k: int) -> list[str]:
    """By which rides a crossing can be approached; empty if it takes none that the person can use. Where one
    may cross on foot, one may come by any road."""
    taken = set(atlas.book.passable(atlas.world.crossing_rows[k]))
    without = set(atlas.profile.without)
    if "foot" in taken - without:
        taken |= {"bus", "car"}
    return [m for m in RIDES if m in taken - without]


def _crossing(atlas: Atlas, k: int, role: int, a: str, b: str) -> None:
    modes = rides(atlas, k)
    step = atlas.steps.border(atlas.world.crossing_rows[k], a, b)
    if step is None or not modes:
        return
    approach, beyond = atlas.crossing_node(k, role), atlas.crossing_node(k, 3 - role)
    edge = atlas.edge(beyond, True, step.wait, 0, step, "border")
    atlas.add(approach, edge._replace(risk=edge.risk + atlas.search_units(a, step.wait)))
    here = atlas.world.crossings[k]
    for x in nearest(atlas, a, here, NEAR_CROSSING_KM, NEAR_CROSSING):
        link(atlas, 2 * x, approach, modes)
    if b not in atlas.aims.states:
        _onward(atlas, k, b, here, beyond)


def _onward(atlas: Atlas, k: int, b: str, here: Place, beyond: int) -> None:
    for x in nearest(atlas, b, here, NEAR_CROSSING_KM, NEAR_CROSSING):
        link(atlas, beyond, 2 * x, list(RIDES))
    for other, place in enumerate(atlas.world.crossings):
        if (
            other != k
            and b in (place.country, place.beyond)
            and distance(here, place) <= BETWEEN_CROSSINGS_KM
        ):
            link(atlas, beyond, atlas.crossing_node(other, int(place.country != b)), rides(atlas, other))

    for node, km, rail in area.onward(atlas, b, here):
        modes = [m for m in RIDES if m not in atlas.profile.without and (rail or m != "rail")]
        for edge in _rides(atlas, node, km, modes, True):
            atlas.add(beyond, edge)


def nearest(atlas: Atlas, state: str, here: Place, within: float, count: int) -> list[int]:
    """The nearest airports of a state that have a service, ties by code."""
    airports, part = atlas.world.airports, atlas.world.part(here, state)
    near = sorted(
        (distance(here, airports[x]), x)
        for x in atlas.served.get(state, ())
        if atlas.world.part(airports[x], state) == part
    )
    return [x for km, x in near[:count] if km <= within]


def link(atlas: Atlas, start: int, end: int, modes: list[str]) -> None:
    for edge in ground(atlas, atlas.spot(start).place, end, modes):
        atlas.add(start, edge)


def ground(atlas: Atlas, start: Place, end: int, modes: list[str]) -> list[Edge]:
    """Road and rail inside one state, from distance alone."""
    spot = atlas.spot(end)
    if atlas.world.part(start, spot.state) != atlas.world.part(spot.place, spot.state):
        return []
    km = distance(start, spot.place)
    without = atlas.profile.without
    usable = [m for m in modes if m not in without and (m != "rail" or _has_rail(spot.state, km))]
    return _rides(atlas, end, km, usable, False)


def _rides(atlas: Atlas, end: int, km: float, modes: list[str], enters: bool) -> list[Edge]:
    state, out = atlas.spot(end).state, []
    for mode in modes:
        minutes = figures.ground_minutes(mode, km)
        step = atlas.steps.inside(state, mode)
        edge = atlas.edge(end, enters, minutes, figures.ground_fare(mode, km), step, mode)
        more = atlas.search_units(state, minutes) + round(km * risk.ROAD_PER_100_KM / 100)
        out.append(edge._replace(risk=edge.risk + more, ride=True))
    return out


def _has_rail(state: str, km: float) -> bool:
    return state in figures.RAIL_STATES and km >= figures.RAIL_FROM_KM


def from_origin(atlas: Atlas, origin: Place) -> list[Edge]:
    """The first edges of a way: what leaves the origin itself, and what it reaches by ground."""
    out: list[Edge] = []
    for node in _standing_at(atlas, origin):
        out.extend(atlas.network.out.get(node, ()))
    for node, modes in _within_reach_of(atlas, origin):
        if atlas.spot(node).place.code != origin.code:
            out.extend(ground(atlas, origin, node, modes))
    return out


def _within_reach_of(atlas: Atlas, origin: Place) -> list[tuple[int, list[str]]]:
    """Nodes that an origin reaches by ground in its state, and by which rides."""
    home = atlas.reach.home
    near = nearest(atlas, home, origin, ORIGIN_AIRPORTS_KM, ORIGIN_AIRPORTS)
    out = [(2 * x, list(RIDES)) for x in near]
    for k, place in enumerate(atlas.world.crossings):
        node = atlas.crossing_node(k, int(place.country != home))
        open_here = home in (place.country, place.beyond) and node in atlas.network.out
        if open_here and distance(origin, place) <= ORIGIN_CROSSINGS_KM:
            out.append((node, rides(atlas, k)))
    for i, town in enumerate(atlas.towns):
        if town.country == home and distance(origin, town) <= ORIGIN_AIRPORTS_KM:
            out.append((atlas.first_town() + i, list(RIDES)))
    return out


def _standing_at(atlas: Atlas, origin: Place) -> list[int]:
    if origin.kind == "airport":
        return [2 * i for i, p in enumerate(atlas.world.airports) if p.code == origin.code]
    if origin.kind == "crossing":
        k = atlas.world.crossings.index(origin)
        return [atlas.crossing_node(k, 0)]
    return [atlas.first_town() + i for i, town in enumerate(atlas.towns) if town.code == origin.code]

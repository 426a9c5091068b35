"""An office's own services, as edges. They replace the feed's flight of the same origin and destination."""

from kunak.evacuation.ways import figures, risk
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.land import RIDES, ground, nearest
from kunak.evacuation.ways.places import Place, Service
from kunak.evacuation.ways.search import Edge
from kunak.evacuation.ways.steps import Step

TOWN_AIRPORTS_KM = 100


def services(atlas: Atlas) -> None:
    """Every own service between places that the profile's rules connect."""
    by_code = _nodes(atlas)
    for service in atlas.world.services:
        if service.mode in atlas.profile.without:
            continue
        a, b = atlas.world.place(service.origin), atlas.world.place(service.destination)
        if not (atlas.may(a.country) and atlas.may(b.country)) or _closed(atlas, service, a, b):
            continue
        for start in by_code[a.code]:
            for end in by_code[b.code]:
                _service(atlas, service, start, end)
    for i, town in enumerate(atlas.towns):
        _to_airports(atlas, town, atlas.first_town() + i)


def _nodes(atlas: Atlas) -> dict[str, list[int]]:
    """The nodes at which own services start and end."""
    world, out = atlas.world, {}
    codes = {c for s in world.services for c in (s.origin, s.destination)}
    airports = {p.code: i for i, p in enumerate(world.airports)} if codes else {}
    towns = {t.code: i for i, t in enumerate(atlas.towns)}
    for code in codes:
        place = world.place(code)
        if place.kind == "airport":
            out[place.code] = [2 * airports[place.code], 2 * airports[place.code] + 1]
        elif place.kind == "town":
            out[place.code] = [atlas.first_town() + towns[place.code]]
        else:
            k = world.crossings.index(place)
            out[place.code] = [atlas.crossing_node(k, role) for role in (0, 1)]
    return out


def _closed(atlas: Atlas, service: Service, a: Place, b: Place) -> bool:
    closed = atlas.book.closed_airports
    if service.mode != "flight":
        return False
    return a.code in closed or b.code in closed or atlas.book.no_service(a.country, b.country) is not None


def _service(atlas: Atlas, service: Service, start: int, end: int) -> None:
    a, b = atlas.spot(start), atlas.spot(end)
    airside = (a.side == "airside", b.side == "airside")
    if service.mode != "flight" and any(airside):
        return
    step = step_of(atlas, service.mode, start, end)
    if step is None or b.state == atlas.reach.home != a.state or not atlas.standing(a.state, airside[0]):
        return
    inside = atlas.same_area(a.state, b.state)
    around = around_flight(*airside, inside) if service.mode == "flight" else 0
    minutes = round(service.hours * 60) + around
    edge = atlas.edge(end, not airside[1], minutes, service.price, step, service.mode)
    within = minutes if inside else around if service.mode == "flight" else minutes // 2
    more = atlas.search_units(a.state, within) + (risk.FLIGHT if service.mode == "flight" else 0)
    atlas.add(start, edge._replace(risk=edge.risk + more))
    atlas.own[start, end, service.mode] = service
    if service.mode == "flight":
        served = atlas.served.setdefault(a.state, [])
        if start >> 1 not in served:
            served.append(start >> 1)


def around_flight(from_airside: bool, to_airside: bool, inside: bool) -> int:
    """Minutes beside the block time of a flight."""
    arrive = 0 if to_airside or inside else figures.ENTER
    return (figures.CONNECT if from_airside else figures.DEPART) + arrive


def step_of(atlas: Atlas, mode: str, start: int, end: int) -> Step | None:
    """The step between two nodes by a mode other than a border; None if the rules do not allow it."""
    a, b = atlas.spot(start), atlas.spot(end)
    if atlas.same_area(a.state, b.state):
        return atlas.steps.inside(a.state, mode) if "airside" not in (a.side, b.side) else None
    if mode == "flight":
        return atlas.steps.flight(
            a.state, b.state, from_airside=a.side == "airside", enters=b.side != "airside"
        )  # fmt: skip
    return atlas.steps.across(mode, a.state, b.state)


def _to_airports(atlas: Atlas, town: Place, node: int) -> None:
    """A town's airports, both ways."""
    if not atlas.standing(town.country, False):
        return
    for x in nearest(atlas, town.country, town, TOWN_AIRPORTS_KM, 3):
        edges: list[Edge] = ground(atlas, town, 2 * x, list(RIDES))
        for edge in edges:
            atlas.add(node, edge)
        for edge in ground(atlas, atlas.world.airports[x], node, list(RIDES)):
            atlas.add(2 * x, edge)

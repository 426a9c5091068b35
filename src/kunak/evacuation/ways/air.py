"""The flights of the feed, as edges."""

from typing import NamedTuple

from kunak.evacuation.ways import figures, risk
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.search import Edge
from kunak.evacuation.ways.steps import Step


class Variant(NamedTuple):
    """One way of taking every flight between two states: its sides, the step, minutes and search added."""

    start: int  # 0 landside, 1 airside
    end: int
    step: Step
    around: int  # minutes beside the block time
    search: int  # units
    inside: bool


def flights(atlas: Atlas) -> None:
    """Every flight of the feed that the profile's rules allow and no own service replaces."""
    if "flight" in atlas.profile.without:
        return
    world, at = atlas.world, 0
    own = {(s.origin, s.destination) for s in world.services if s.mode == "flight"}
    closed = {i for i, p in enumerate(world.airports) if p.code in atlas.book.closed_airports}
    for a, b, n in world.pairs:
        ways = variants(atlas, a, b)
        for i in range(at, at + 3 * n, 3) if ways else ():
            x, y, km = world.flights[i : i + 3]
            if x in closed or y in closed:
                continue
            atlas.served.setdefault(a, []).append(x)
            if not own or (world.airports[x].code, world.airports[y].code) not in own:
                _add(atlas, ways, x, y, b, figures.air_minutes(km), figures.air_fare(km))
        at += 3 * n
    atlas.served.update({s: sorted(set(xs)) for s, xs in atlas.served.items()})


def variants(atlas: Atlas, a: str, b: str) -> list[Variant]:
    """How flights from one state to another may be taken; empty if they may not."""
    if not atlas.may(a) or not atlas.may(b) or atlas.book.no_service(a, b):
        return []
    if atlas.same_area(a, b):
        return _inside(atlas, a, b)
    if b == atlas.reach.home:
        return []  # never back
    return [
        v for airside in (False, True) if atlas.standing(a, airside) for v in _out_of(atlas, a, b, airside)
    ]


def _inside(atlas: Atlas, a: str, b: str) -> list[Variant]:
    """Domestic, or between members of one area: landside to landside, once lawfully in."""
    if not atlas.standing(a, False) or not (a == b or atlas.lawful(b)):
        return []
    step = atlas.steps.inside(a, "flight")
    return [Variant(0, 0, step, figures.DEPART, atlas.search_units(a, figures.DEPART), True)]


def _out_of(atlas: Atlas, a: str, b: str, airside: bool) -> list[Variant]:
    around = figures.CONNECT if airside else figures.DEPART
    search = 0 if airside else atlas.search_units(a, figures.DEPART)
    out = []
    for end in (0, 1):
        step = atlas.steps.flight(a, b, from_airside=airside, enters=not end)
        if step is not None:
            enter = 0 if end else figures.ENTER
            out.append(Variant(int(airside), end, step, around + enter, search, False))
    return out


def _add(atlas: Atlas, ways: list[Variant], x: int, y: int, b: str, minutes: int, fare: int) -> None:
    """The hot loop of drawing: plain tuples, nothing looked up twice."""
    out, target, heads = atlas.network.out, atlas.network.target, 1 + atlas.profile.dependants
    aimed = b in atlas.aims.states
    for v in ways:
        to, step, node = 2 * y + v.end, v.step, 2 * x + v.start
        units = step.papers + step.place + v.search + risk.FLIGHT
        if v.inside:  # over the reach's own territory the time in the air counts too
            units += atlas.search_units(b, minutes)
        edge = Edge(
            target if aimed and not v.end else to, minutes + v.around, heads * (fare + step.fee), units,
            len(step.contacts), step.contacts, step.visa, "flight", to,
        )  # fmt: skip
        if node in out:
            out[node].append(edge)
        else:
            out[node] = [edge]

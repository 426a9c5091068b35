"""Drawing the network of one profile: only steps that its rules allow become edges."""

from dataclasses import replace

from kunak.evacuation.ways import area
from kunak.evacuation.ways.aims import aims
from kunak.evacuation.ways.air import flights
from kunak.evacuation.ways.atlas import Atlas
from kunak.evacuation.ways.land import crossings, transfers
from kunak.evacuation.ways.own import services
from kunak.evacuation.ways.places import Place
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.reach import Reach
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.search import Network
from kunak.evacuation.ways.steps import Steps
from kunak.evacuation.ways.world import World

REMEMBERED = 6  # networks kept for further origins of a profile already seen


def atlas_for(world: World, profile: Profile, origin: Place, *, through_reach: bool) -> Atlas:
    """The atlas of a profile, from memory if one was drawn that differs only in its origin inside the same
    state, in cash or in the latest day. ``through_reach``: states that hand over may be passed."""
    key = (replace(profile, origin=origin.country, cash_eur=None, latest=None), through_reach)
    known = world.networks
    if key not in known:
        while len(known) >= REMEMBERED:
            known.pop(next(iter(known)))
        known[key] = draw(world, profile, origin, through_reach)
    found: Atlas = known[key]
    return found


def draw(world: World, profile: Profile, origin: Place, through_reach: bool) -> Atlas:
    """Draw the network of a checked profile."""
    book = Rulebook(world, profile)
    reach = Reach(world, profile, origin, book)
    ends = aims(world, profile, reach, book)
    barred = reach.core - {reach.home}  # the persecutor's states are left once and never entered
    if not through_reach:
        barred |= reach.territory - {reach.home} - ends.states
    codes = sorted({c for s in world.services for c in (s.origin, s.destination)})
    served = [p for p in map(world.place, codes) if p.kind == "town"]
    ends_by_land = area.capitals(world, ends.states & book.schengen)
    towns = list(dict.fromkeys((*served, *ends_by_land)))
    size = 2 * len(world.airports) + 4 * len(world.crossings) + len(towns) + 1
    steps = Steps(world, profile, book, reach)
    allowed = frozenset(world.countries) - barred
    atlas = Atlas(
        world, profile, book, reach, steps, ends, allowed, Network(size, size - 1), towns
    )  # fmt: skip
    if profile.papers != "none" and ends.states:
        flights(atlas)
        services(atlas)
        crossings(atlas)
        transfers(atlas)
    return atlas

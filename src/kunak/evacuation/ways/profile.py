"""Whose way out: the papers, the place, the limits. Never who the person is."""

from dataclasses import dataclass, replace
from datetime import date

from kunak.errors import Refused
from kunak.evacuation.ways.places import RIDES, Place
from kunak.evacuation.ways.world import World

PAPERS = ("foreign", "internal", "none")
LISTS = ("clear", "unknown", "listed")
AIMS = ("interim", "refuge")


class UnknownState(Refused):
    """There is no state “{state}” in the data: a state is two letters of ISO 3166, such as RU or DE."""

    code = "unknown-state"


class UnknownChoice(Refused):
    """“{value}” is not accepted for {option}: it takes {accepted}."""

    code = "unknown-choice"


class NoPassportState(Refused):
    """No state is named whose papers the person holds."""

    code = "no-passport-state"
    hint = "Name one state or more, such as RU; papers may still be none."


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the planner is told. ``to`` is interim, refuge or a state; ``persecutor`` defaults to the states
    of the papers. ``dependants`` travel along and cost; ``minors``: some are under 14."""

    passports: tuple[str, ...]
    papers: str = "foreign"
    origin: str
    lists: str = "unknown"
    to: str = "interim"
    visas: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    as_of: date
    expiry: date | None = None
    cash_eur: int | None = None
    latest: date | None = None
    dependants: int = 0
    minors: bool = False
    persecutor: tuple[str, ...] = ()


def checked(world: World, profile: Profile) -> tuple[Profile, Place]:
    """The profile with its codes in one spelling, and its origin. Its errors say what is accepted."""
    if not profile.passports:
        raise NoPassportState
    for option, value, accepted in (("papers", profile.papers, PAPERS), ("lists", profile.lists, LISTS)):
        if value not in accepted:
            raise UnknownChoice(option=option, value=value, accepted=", ".join(accepted))
    for mode in profile.without:
        if mode not in RIDES:
            raise UnknownChoice(option="without", value=mode, accepted=", ".join(RIDES))
    to = profile.to if profile.to in AIMS else _state(world, profile.to)
    origin = world.place(profile.origin)
    return replace(
        profile,
        passports=_states(world, profile.passports),
        visas=_states(world, profile.visas),
        persecutor=_states(world, profile.persecutor),
        without=tuple(sorted(set(profile.without))),
        to=to,
        origin=origin.code,
    ), origin


def _states(world: World, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_state(world, c) for c in codes))


def _state(world: World, code: str) -> str:
    known = code.strip().upper()
    if known not in world.countries:
        raise UnknownState(state=code)
    return known

"""The door of the planner: from a profile to all ways that are not worse in every respect than another."""

from kunak.evacuation.answer import (
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
from kunak.evacuation.profile import Profile, checked
from kunak.evacuation.world import World

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


def find_ways(world: World, profile: Profile) -> Answer:
    """The ways out. Raises UnknownPlace, UnknownState, UnknownChoice or NoPassportState."""
    profile, _ = checked(world, profile)
    return Answer(profile, (), (), dict(world.layers))

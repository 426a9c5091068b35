"""The bundled world, read once, and questions to it in one line."""

from dataclasses import replace
from datetime import date
from functools import cache

from kunak import data
from kunak.evacuation.ways.aims import aims
from kunak.evacuation.ways.profile import Profile, checked
from kunak.evacuation.ways.reach import Reach
from kunak.evacuation.ways.routes import Answer, Plan, find_ways
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.steps import Steps
from kunak.evacuation.ways.world import World

TODAY = date(2026, 11, 23)
BASE = Profile(passports=("RU",), papers="foreign", origin="GRV", lists="unknown", as_of=TODAY)


@cache
def world() -> World:
    return World.from_bytes(data.read("ways.bin"))


def profile(**changes: object) -> Profile:
    return replace(BASE, **changes)  # type: ignore[arg-type]


def ask(**changes: object) -> Answer:
    return _answered(profile(**changes))


@cache
def _answered(asked: Profile) -> Answer:
    return find_ways(world(), asked)


def rulebook(**changes: object) -> Rulebook:
    return Rulebook(world(), checked(world(), profile(**changes))[0])


def steps(**changes: object) -> Steps:
    sound, origin = checked(world(), profile(**changes))
    book = Rulebook(world(), sound)
    return Steps(world(), sound, book, Reach(world(), sound, origin, book))


def refusal(answer: Answer, state: str) -> str:
    return next((r.why for r in answer.refused if r.destination == state), "")


def destinations(**changes: object) -> frozenset[str]:
    """Every state that a profile may aim at, whether or not it comes out best."""
    made = steps(**changes)
    return aims(world(), made.profile, made.reach, made.book).states


def places(plan: Plan) -> list[str]:
    return [plan.legs[0].origin, *(leg.destination for leg in plan.legs)]

"""The question of ways as a form: whose papers, from where, with which limits. Never who the person is.

Nothing of it is saved: a result page carries the question along in hidden fields of its own forms, posted,
so that neither the address bar nor the history ever holds it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from kunak.evacuation.ways.places import RIDES, Place, UnknownPlace
from kunak.evacuation.ways.profile import AIMS, LISTS, PAPERS, Profile
from kunak.evacuation.ways.world import World
from kunak.letters import alike
from kunak.web.forms import N_, Answers, Form
from kunak.web.retelling import state_named

TAKEN = ("", "police", "family")
SORTS = ("spread", "hours", "cost", "risk", "exposures")
FIELDS = (
    "passports", "papers", "expiry", "taken", "origin", "lists", "aim", "to_state", "visas", "without",
    "dependants", "minors", "cash_eur", "latest", "persecutor",
)  # fmt: skip
DEFAULTS: Mapping[str, object] = {"papers": "foreign", "lists": "unknown", "aim": "interim", "taken": ""}
NEAR = 5  # how many near matches an unknown place is answered with


@dataclass(frozen=True)
class Question:
    """What was asked: the planner's profile, and what only the page needs."""

    profile: Profile
    taken: str
    sort: str
    about: str  # a state whose refusal is asked for, ISO2 or empty


def read_question(form: Form, world: World, today: date) -> Question:
    """The question that was posted; faults are noted in the form. Raises NotFilled through ``form.check``."""
    passports = read_states(form, "passports", world)
    if not passports:
        form.fault("passports", N_("Name at least one state, for example RU."))
    papers = form.one_of("papers", PAPERS)
    taken = form.one_of("taken", TAKEN, default="")
    if taken and papers == "foreign":
        form.fault("papers", N_("A paper that was taken cannot be used: choose what the person still has."))
    origin = _origin(form, world, passports)
    profile = Profile(
        passports=passports,
        papers=papers,
        origin=origin,
        lists=form.one_of("lists", LISTS),
        to=_aim(form, world),
        visas=read_states(form, "visas", world),
        without=form.some_of("without", RIDES),
        as_of=today,
        expiry=form.day("expiry"),
        cash_eur=form.number("cash_eur", low=0, high=100_000) if form.raw("cash_eur") else None,
        latest=_latest(form, today),
        dependants=form.number("dependants", low=0, high=20, default=0),
        minors=form.number("minors", low=0, high=20, default=0) > 0,
        persecutor=read_states(form, "persecutor", world),
    )
    about = read_states(form, "about", world)
    question = Question(
        profile, taken, form.one_of("sort", SORTS, default="spread"), about[0] if about else ""
    )
    form.check()
    return question


def carried(answers: Answers) -> list[tuple[str, str]]:
    """The question as (name, value) pairs, for the hidden fields of the forms on its result."""
    return [(name, value) for name in FIELDS for value in answers.get(name, ()) if value]


def suggestions(world: World, home: Iterable[str] = ()) -> list[Place]:
    """Towns to suggest where one is typed: those of the states that read each other's lists, and beside."""
    states = {c.code for c in world.countries.values() if c.shares_wanted} | {"GE", "TR", *home}
    towns = (p for p in world.towns.values() if p.country in states)
    return sorted(towns, key=lambda p: (p.country, p.name))


def find_place(world: World, typed: str, home: tuple[str, ...]) -> Place | list[Place]:
    """The place that was typed, by code or by name; else the places it might have been.

    A name that stands in several states is taken in one of ``home``'s; a town before its airport, since
    that is where a person is.
    """
    try:
        return world.place(typed)
    except UnknownPlace:
        pass
    named = [p for p in world.find(typed, limit=40) if alike(p.name) == alike(typed)]
    named.sort(key=lambda p: (p.country not in home, p.kind != "town", p.code))
    if named and (named[0].country in home or len({p.country for p in named}) == 1):
        return named[0]
    return named[:NEAR] or _near(world, typed)


def _near(world: World, typed: str) -> list[Place]:
    by_name: dict[str, Place] = {alike(p.name): p for p in world.airports}
    by_name.update({alike(p.name): p for p in world.towns.values()})
    close = [by_name[n] for n in get_close_matches(alike(typed), by_name, n=NEAR, cutoff=0.7)]
    begun = [p for p in world.find(typed, limit=NEAR) if p not in close]
    return (close + begun)[:NEAR]


def _origin(form: Form, world: World, home: tuple[str, ...]) -> str:
    typed = form.text("origin", limit=80, required=True)
    if not typed or len(typed) > 80:
        return ""
    found = find_place(world, typed, home)
    if isinstance(found, Place):
        return found.code
    if found:
        near = ", ".join(p.code for p in found)
        form.fault("origin", N_("No place is called that in the data. Near it: %(near)s."), near=near)
    else:
        form.fault(
            "origin",
            N_(
                "No place is called that in the data. Type an airport (GRV) or a town (Grozny, or RU:Grozny)."
            ),
        )
    return ""


def _aim(form: Form, world: World) -> str:
    aim = form.one_of("aim", (*AIMS, "state"))
    if aim != "state":
        return aim
    states = read_states(form, "to_state", world)
    if len(states) != 1:
        form.fault("to_state", N_("Name one state, for example DE."))
        return "interim"
    return states[0]


def _latest(form: Form, today: date) -> date | None:
    latest = form.day("latest")
    if latest is not None and latest < today:
        form.fault("latest", N_("This day has passed."))
    return latest


def read_states(form: Form, name: str, world: World) -> tuple[str, ...]:
    """States by two letters or by name, separated by commas, each once."""
    found: dict[str, None] = {}
    for typed in form.text(name, limit=200).replace(";", ",").split(","):
        wanted = typed.strip()
        if not wanted:
            continue
        code = _state(world, wanted)
        if code:
            found[code] = None
        else:
            form.fault(name, N_("“%(typed)s” is no state in the data: two letters, or its English name."),
                       typed=wanted[:40])  # fmt: skip
    return tuple(found)


def _state(world: World, wanted: str) -> str:
    if wanted.upper() in world.countries:
        return wanted.upper()
    english = next((c.code for c in world.countries.values() if alike(c.name) == alike(wanted)), "")
    other = english or state_named(wanted)
    return other if other in world.countries else ""

"""Where a way may end, and why other states are refused."""

from collections.abc import Callable
from dataclasses import dataclass

from kunak.evacuation.ways.answer import Refusal
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.reach import Reach
from kunak.evacuation.ways.rows import Verdict
from kunak.evacuation.ways.rules import STAY_DAYS, Rulebook
from kunak.evacuation.ways.steps import criminalises
from kunak.evacuation.ways.words import said
from kunak.evacuation.ways.world import World


@dataclass(frozen=True)
class Aims:
    """The states where a way may end, and the refusals of all others that were asked for."""

    states: frozenset[str]
    refused: tuple[Refusal, ...]


def aims(world: World, profile: Profile, reach: Reach, book: Rulebook) -> Aims:
    """Judge every state that is asked for: tier A for refuge, A and B for interim, or the one named."""
    allowed, out = set(), []
    if profile.to == reach.home:
        out.append(Refusal(reach.home, "the journey begins in this state", "reach"))
    for state in sorted(asked(world, profile) - {reach.home}):
        refusal = _judge(world, profile, reach, book, state)
        if refusal is None:
            allowed.add(state)
        else:
            out.append(refusal)
    return Aims(frozenset(allowed), tuple(out))


def asked(world: World, profile: Profile) -> set[str]:
    """The states a profile asks for. For a stay also those that let the person in but hand over, so that
    the answer says why they are not offered."""
    tiers = {"refuge": ("A",), "interim": ("A", "B")}.get(profile.to)
    if tiers is None:
        return {profile.to}
    named = {c.code for c in world.countries.values() if c.tier in tiers}
    sharing = {c.code for c in world.countries.values() if c.shares_wanted}
    return named | (sharing if profile.to == "interim" else set())


def _judge(world: World, profile: Profile, reach: Reach, book: Rulebook, state: str) -> Refusal | None:
    def no(why: str, rule: str = "") -> Refusal:
        return Refusal(state, why, rule)

    if state in reach.core:
        return no(said("the persecutor's own reach"), "reach")
    verdict = best_entry(book, reach, state)
    if not verdict.allowed:
        return no(verdict.text, _rule(verdict))
    if state in reach.sharing and profile.lists != "clear":
        return no(said("reads the persecutor's wanted lists: one gets in and cannot get out (G-16)"), "G-16")
    if criminalises(world, state, profile.as_of.year):
        return no(said("its own law punishes the same people"), "attributes")
    if profile.to == "interim":
        return _stay(no, reach, state, verdict)
    return None


def _stay(no: Callable[..., Refusal], reach: Reach, state: str, verdict: Verdict) -> Refusal | None:
    if state in reach.territory:
        return no(said("hands over to the persecutor"), "reach")
    if verdict.basis not in ("visa", "citizenship") and (verdict.days or 0) < STAY_DAYS:
        days = said("{days} days", days=verdict.days) if verdict.days else said("an unknown number of days")
        text = said("lets the person stay {days}, an interim stay is {wanted}", days=days, wanted=STAY_DAYS)
        return no(text, _rule(verdict))
    return None


def best_entry(book: Rulebook, reach: Reach, state: str) -> Verdict:
    """Entry by air or by land from where the journey begins, whichever is allowed."""
    verdicts = [book.entry(state, reach.home, how) for how in ("air", "land")]
    return max(verdicts, key=lambda v: (v.allowed, v.days or 0))


def _rule(verdict: Verdict) -> str:
    """What speaks in a refusal: a curated rule by its id, the passport index by its name."""
    if not verdict.why:
        return "papers"
    why = verdict.why[0]
    return why.layer if why.layer.startswith("passport index") else why.rule

"""The shapes of an answer, and its JSON."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from kunak.evacuation.ways.profile import Profile


@dataclass(frozen=True)
class Why:
    """The rule that speaks for one step, the layer it stands in, its date, and how sure it is."""

    rule: str
    layer: str
    date: date
    confidence: str  # high, med, low
    text: str = ""
    stale: bool = False


@dataclass(frozen=True)
class Exposure:
    """One contact with an authority that could stop the person or hand them over."""

    authority: str  # e.g. "RU exit control"
    state: str
    where: str  # place code
    could: str  # what it could do
    kind: str  # ticket, exit, spot, entry, airside


@dataclass(frozen=True)
class Stay:
    """On what ground the person may stay, and for how many days (None: the data does not say)."""

    basis: str
    days: int | None


@dataclass(frozen=True)
class WorstCase:
    """Where the way ends if the person turns out to be on a list."""

    blocked: bool
    at: str  # place code, or empty
    why: str


@dataclass(frozen=True)
class Leg:
    """One segment. ``arrives``: enters, airside (no border passed), inside (no border on the way)."""

    origin: str
    destination: str
    mode: str
    hours: float
    cost_eur: int
    risk: float
    why: tuple[Why, ...]
    papers: tuple[str, ...]  # what the papers must allow here
    arrives: str
    exposures: tuple[Exposure, ...]
    feed: str = ""  # "2014" where the old feed is the only one to say that the service exists


@dataclass(frozen=True)
class Plan:
    """One way out. ``risk`` is a planning figure to order ways, not a probability."""

    destination: str
    stay: Stay
    hours: float
    cost_eur: int
    risk: float
    risk_parts: tuple[tuple[str, float], ...]
    exposures: int
    exposure_list: tuple[Exposure, ...]
    worst_case: WorstCase
    legs: tuple[Leg, ...]
    stale: tuple[str, ...]
    tags: tuple[str, ...]  # safest, fastest, cheapest
    services_note: str


@dataclass(frozen=True)
class Refusal:
    """A destination (ISO2, or ``*`` for all) that is not offered, and why."""

    destination: str
    why: str
    rule: str = ""


@dataclass(frozen=True)
class Answer:
    """All that the planner says for one profile. ``found``: size of the whole front, ``plans`` at most 12."""

    profile: Profile
    plans: tuple[Plan, ...]
    refused: tuple[Refusal, ...]
    data: dict[str, str]
    found: int = 0
    notes: tuple[str, ...] = ()


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer in the shape of docs/ways.md; its sentences are plain English strings."""
    return {
        "as_of": answer.profile.as_of.isoformat(),
        "profile": _profile(answer.profile),
        "plans": [_plan(p) for p in answer.plans],
        "refused": [
            {"destination": r.destination, "why": str(r.why), "rule": r.rule} for r in answer.refused
        ],
        "data": answer.data,
        "found": answer.found,
        "notes": [str(note) for note in answer.notes],
    }


def _profile(p: Profile) -> dict[str, Any]:
    return {
        "passports": list(p.passports),
        "papers": p.papers,
        "from": p.origin,
        "lists": p.lists,
        "to": p.to,
        "visas": list(p.visas),
        "without": list(p.without),
        "expiry": p.expiry.isoformat() if p.expiry else None,
        "cash_eur": p.cash_eur,
        "latest": p.latest.isoformat() if p.latest else None,
        "dependants": p.dependants,
        "minors": p.minors,
        "persecutor": list(p.persecutor),
    }


def _plan(p: Plan) -> dict[str, Any]:
    return {
        "destination": p.destination,
        "stay": {"basis": p.stay.basis, "days": p.stay.days},
        "hours": p.hours,
        "cost_eur": p.cost_eur,
        "risk": p.risk,
        "risk_parts": dict(p.risk_parts),
        "exposures": p.exposures,
        "exposure_list": [_exposure(e) for e in p.exposure_list],
        "worst_case": {"blocked": p.worst_case.blocked, "at": p.worst_case.at, "why": str(p.worst_case.why)},
        "legs": [_leg(leg) for leg in p.legs],
        "stale": [str(sentence) for sentence in p.stale],
        "tags": list(p.tags),
        "services_note": str(p.services_note),
    }


def _exposure(e: Exposure) -> dict[str, Any]:
    said = {"authority": str(e.authority), "could": str(e.could)}
    return {**said, "state": e.state, "where": e.where, "kind": e.kind}


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "from": leg.origin,
        "to": leg.destination,
        "mode": leg.mode,
        "hours": leg.hours,
        "cost_eur": leg.cost_eur,
        "risk": leg.risk,
        "arrives": leg.arrives,
        "papers": [str(need) for need in leg.papers],
        "exposures": [str(e.authority) for e in leg.exposures],
        "feed": leg.feed,
        "why": [
            {
                "rule": str(w.rule),
                "layer": w.layer,
                "date": w.date.isoformat(),
                "confidence": w.confidence,
                "text": str(w.text),
                "stale": w.stale,
            }
            for w in leg.why
        ],
    }

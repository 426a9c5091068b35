"""Triage (F4): how urgent, by hard triggers, factors and floors, and the clocks that follow.

The weights are starting values for practitioners to correct; ``TRIAGE_VERSION`` is kept with every triage so
that a later table never re-reads an earlier judgement. The sum only orders people inside a level. Worthiness,
fame, language, gratitude and gender expression are not factors, and calm in the community lowers nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from kunak.errors import Refused

TRIAGE_VERSION = "F4-1"
LEVELS = ("P0", "P1", "P2", "P3")  # the lesser string is the more urgent level

TRIGGERS: tuple[str, ...] = (
    "held_or_taken_now", "persecutor_on_the_way", "released_to_family", "threat_to_kill_24h", "forced_24h",
    "check_in_missed", "phone_seized_72h", "stopped_at_border", "sexual_violence_72h", "untreated_injury",
    "suicide", "child_alone",
)  # fmt: skip

# Each factor with the codes of its values 0, 1, 2, 3.
FACTORS: dict[str, tuple[str, str, str, str]] = {
    "time_window": ("none_known", "within_30d", "within_7d", "within_72h"),
    "threat": ("none", "vague", "explicit", "explicit_with_means"),
    "reach": ("private_person", "family", "family_with_police_ties", "federal_or_cross_border"),
    "whereabouts_known": ("no", "region", "town", "address"),
    "exposure": ("none", "rumour", "outed_or_named", "phone_list_video_charge"),
    "earlier_harm": ("none", "threats_extortion", "detention_beating", "torture_near_killing"),
    "obstacles": ("none", "money", "papers_dependants_injury", "wanted_exit_stop_locked_in"),
    "health": ("none", "ongoing_care", "treatment_gap_7d", "urgent"),
    "others_in_danger": ("none", "one", "several", "chain_in_progress"),
    "protective": ("none", "trusted_person", "safe_place_7d", "left_reach"),
}
SUBTRACTED = "protective"
P1_FROM, P2_FROM = 14, 8

_M, _H, _D = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Allowances by level and clock. P0 names no time to assign: whoever decides within 30 minutes has it. At P3
# the acknowledgement may be the program's, so a person's own answer has a clock of its own there.
CLOCKS: dict[str, dict[str, timedelta]] = {
    "P0": {
        "acknowledge": 15 * _M, "decision": 30 * _M, "assign": 30 * _M, "first_step": _H, "review": 4 * _H,
    },
    "P1": {"acknowledge": _H, "decision": 2 * _H, "assign": _H, "first_step": 12 * _H, "review": _D},
    "P2": {"acknowledge": 2 * _H, "decision": _D, "assign": 3 * _H, "first_step": 3 * _D, "review": 84 * _H},
    "P3": {
        "acknowledge": 2 * _H, "human_answer": _D, "decision": 3 * _D, "first_step": 7 * _D,
        "review": 14 * _D,
    },
}  # fmt: skip


class TriggerUnknown(Refused):
    """“{trigger}” is not one of the hard triggers."""

    code = "trigger-unknown"
    hint = "Choose from: {accepted}."


class FactorUnknown(Refused):
    """“{factor}” is not one of the factors of triage."""

    code = "factor-unknown"
    hint = "Choose from: {accepted}."


class FactorOutOfRange(Refused):
    """The factor “{factor}” takes 0, 1, 2 or 3."""

    code = "factor-out-of-range"
    hint = "Leave it out when it is not known."


@dataclass(frozen=True, kw_only=True)
class Floor:
    """A rule that beats the sum: the level is at least this."""

    code: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A level and everything it stands on. ``unknown`` names the factors nobody could tell (counted as 0)."""

    level: str
    sum: int
    triggers: tuple[str, ...] = ()
    floors: tuple[Floor, ...] = ()
    factors: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    version: str = TRIAGE_VERSION


def assess(triggers: Collection[str], factors: Mapping[str, int]) -> Assessment:
    """The level by F4. Any trigger is P0; else the sum gives a level and the floors may raise it.

    ``factors`` maps factor codes to 0–3; one left out is unknown and adds nothing.
    Raises TriggerUnknown, FactorUnknown or FactorOutOfRange.
    """
    _check(triggers, factors)
    total = sum(-value if name == SUBTRACTED else value for name, value in factors.items())
    floors = _floors(factors)
    level = min([by_sum(total), *(floor.level for floor in floors)])
    return Assessment(
        level="P0" if triggers else level,
        sum=total,
        triggers=tuple(t for t in TRIGGERS if t in triggers),
        floors=floors,
        factors={name: factors[name] for name in FACTORS if name in factors},
        unknown=tuple(name for name in FACTORS if name not in factors),
    )


def by_sum(total: int) -> str:
    """P1 from 14, P2 from 8, else P3. No sum makes P0."""
    if total >= P1_FROM:
        return "P1"
    return "P2" if total >= P2_FROM else "P3"


def provisional(danger: str, safe_now: str) -> str:
    """The level at which a request waits to be read, from what the person ticked: never a decision.

    Who does not say is not safe for that: an unanswered question waits as P2. Someone who is not safe to
    write waits as P1 at least, who is not sure as P2 at least.
    """
    claimed = {"now": "P0", "within_hours": "P1", "within_days": "P2", "no": "P3"}.get(danger, "P2")
    return min(claimed, {"no": "P1", "not_sure": "P2"}.get(safe_now, "P3"))


def claimed(danger: str) -> str | None:
    """The level that a later message claims, or None when it says nothing of danger."""
    return {"now": "P0", "within_hours": "P1", "within_days": "P2"}.get(danger)


def _floors(factors: Mapping[str, int]) -> tuple[Floor, ...]:
    """Floors of F4. *With any time window* is read as whichever it is, also when none is known."""
    value = {name: factors.get(name, 0) for name in FACTORS}
    rules = (
        ("time_window_72h", "P1", value["time_window"] == 3),
        ("found_and_threatened", "P1", value["whereabouts_known"] == 3 and value["threat"] >= 2),
        ("exposed_to_power", "P1", value["exposure"] == 3 and value["reach"] >= 2),
        ("explicit_threat", "P2", value["threat"] >= 2),
    )
    return tuple(Floor(code=code, level=level) for code, level, holds in rules if holds)


def _check(triggers: Collection[str], factors: Mapping[str, int]) -> None:
    for trigger in triggers:
        if trigger not in TRIGGERS:
            raise TriggerUnknown(trigger=trigger, accepted=", ".join(TRIGGERS))
    for factor, value in factors.items():
        if factor not in FACTORS:
            raise FactorUnknown(factor=factor, accepted=", ".join(FACTORS))
        if value not in (0, 1, 2, 3):
            raise FactorOutOfRange(factor=factor)

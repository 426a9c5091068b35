"""The curated rows in force on a day, and how the answer refers to them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from kunak.evacuation.ways.answer import Why
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.words import quoted
from kunak.evacuation.ways.world import Row, World

# Days after which a rule of a class is shown as stale.
AGES = {
    "visa-free": 180,
    "visa on arrival": 180,
    "e-visa": 180,
    "visa required": 365,
    "no admission": 365,
    "overrides": 365,
    "identity cards": 365,
    "attributes": 365,
    "closures": 180,
    "crossings": 90,
    "transit": 180,
    "routes 2014": 30,
    "service": 30,
}
SPELL = {"eta": "e-visa", "visa free": "visa-free"}


@dataclass(frozen=True)
class Verdict:
    """Whether a border opens: the ground, the days, the rules that say so; ``visa`` is the bit it uses up."""

    allowed: bool
    basis: str
    days: int | None
    why: tuple[Why, ...]
    text: str
    visa: int = 0


def refused(text: str, *why: Why) -> Verdict:
    return Verdict(False, "refused", None, tuple(why), text)


class RowsInForce:
    """The rows as they stand for one profile on its day."""

    def __init__(self, world: World, profile: Profile) -> None:
        self.world, self.profile, self.at = world, profile, profile.as_of
        self.schengen = world.members("SCHENGEN", self.at)
        self._members: dict[str, frozenset[str]] = {}

    @cached_property
    def overrides(self) -> list[Row]:
        return [r for r in self.world.tables["overrides"] if self._in_force(r)]

    @cached_property
    def closed_airports(self) -> dict[str, Row]:
        """A closure ends only on the day its row reports a reopening."""
        return {r["iata"]: r for r in self.world.tables["closures"] if self._in_force(r, "from", "to")}

    @cached_property
    def reopened_airports(self) -> dict[str, Row]:
        """Airports whose closure is reported to have ended: open, and doubtful."""
        today = self.at.isoformat()
        return {r["iata"]: r for r in self.world.tables["closures"] if r["to"] and r["to"] < today}

    @cached_property
    def avoided(self) -> dict[str, Row]:
        return {r["iso2"]: r for r in self.world.tables["avoid"] if r["valid_from"] <= self.at.isoformat()}

    def _in_force(self, row: Row, start: str = "valid_from", end: str = "valid_to") -> bool:
        """A ban whose decree has run out on paper still stands (and is stale): only a newer row opens."""
        today = self.at.isoformat()
        ended = bool(row[end]) and today > row[end] and row.get("effect") != "deny"
        return row[start] <= today and not ended

    def matches(self, pattern: str, state: str) -> bool:
        """``*``, a state, a group, several joined by ``|``; with ``!`` in front, all others."""
        if pattern == "*":
            return True
        name = pattern.removeprefix("!")
        if name not in self._members:
            self._members[name] = self.world.members(name, self.at)
        return (state in self._members[name]) != (name != pattern)

    def override(self, direction: str, effect: str, nationality: str, destination: str) -> Row | None:
        for r in self.overrides:
            if (
                r["direction"] == direction
                and r["effect"] == effect
                and self.matches(r["nationality"], nationality)
                and self.matches(r["destination"], destination)
            ):
                return r
        return None

    def why(self, row: Row, layer: str, rule: str, text: str = "") -> Why:
        """The answer's reference to a curated row; its date is the newest its source names."""
        named = re.findall(r"\d{4}-\d\d-\d\d", row.get("source", ""))
        day = date.fromisoformat(max(named) if named else self.world.layers[layer])
        ran_out = row.get("valid_to", "") and row["valid_to"] < self.at.isoformat()
        stale = bool(ran_out) or self.old(day, layer)
        return Why(
            rule, layer, day, row.get("confidence", "low"), text or quoted(row.get("reason", "")), stale
        )

    def old(self, day: date, kind: str) -> bool:
        return self.at - day > timedelta(days=AGES[SPELL.get(kind, kind)])

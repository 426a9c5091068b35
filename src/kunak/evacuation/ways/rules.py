"""Which papers open which border, by which rule, of what date, how sure.

The layers, lowest first; a higher one wins and is the one that speaks:

1. passport index: the class of a pair of states (scraped, lowest trust);
2. identity cards: where a person without a foreign passport is let in;
3. overrides: what is known to differ from the index (deny, discretionary, foreign passport required);
4. attributes: where nobody is sent or led, whatever the papers allow;
5. closures and crossings: whether the place itself is open on the day.

A visa held is a paper, not a layer: it opens its state (a Schengen state's opens the area once). An e-visa or
an electronic authorisation is no right to enter until it is granted: it counts once it is named as held.
"""

from datetime import timedelta
from functools import cached_property

from kunak.evacuation.ways.answer import Why
from kunak.evacuation.ways.gates import Gates
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.rows import AGES, SPELL, Verdict, refused
from kunak.evacuation.ways.words import LayerName, Said, quoted, said
from kunak.evacuation.ways.world import Layer, Row, World

STAY_DAYS = 30  # of an interim stay, and the least that a passport must outlast the arrival
HALF_YEAR = 180

CLASSES = {
    "visa-free": said("visa-free, days not in the data"),
    "visa on arrival": said("visa on arrival"),
    "visa required": said("visa required"),
    "no admission": said("no admission"),
    "e-visa": said("an e-visa or electronic authorisation must be granted first"),
    "?": said("not in the data"),
    "-1": said("own state"),
}


class Rulebook(Gates):
    """The rules as they stand for one profile on its day."""

    def __init__(self, world: World, profile: Profile) -> None:
        super().__init__(world, profile)
        self._entries: dict[tuple[str, str, str], Verdict] = {}
        self._transits: dict[str, Verdict] = {}

    # --- entry

    def entry(self, state: str, came_from: str, how: str) -> Verdict:
        """Whether the person is let into a state by air or land, on the best of their papers."""
        key = (state, came_from if self.profile.papers == "internal" else "", how)
        if key not in self._entries:
            self._entries[key] = self._entry(state, came_from, how)
        return self._entries[key]

    def _entry(self, state: str, came_from: str, how: str) -> Verdict:
        if state in self.avoided:
            row = self.avoided[state]
            text = said("nobody is sent here: {reason}", reason=quoted(row["reason"]))
            return refused(text, self.why(row, "attributes", f"avoid-{state}"))
        verdicts = [self._entry_of(p, state, came_from, how) for p in self.profile.passports]
        return max(verdicts, key=lambda v: (v.allowed, v.basis != "visa", v.days or 0))

    def _entry_of(self, passport: str, state: str, came_from: str, how: str) -> Verdict:
        if self.profile.papers == "none":
            return refused(said("no papers: no official border lets a person through without any"))
        denied = self.override("entry", "deny", passport, state)
        if denied:
            text = said("passport of {passport} is refused in practice", passport=passport)
            by_rule = said("{text}, rule {rule}", text=text, rule=denied["id"])
            return refused(by_rule, self.why(denied, "overrides", denied["id"], text))
        if self.profile.papers == "internal":
            return self._by_card(passport, state, came_from, how)
        if passport == state:
            text = said("passport of {passport}: own state", passport=passport)
            return Verdict(True, "citizenship", None, (), text)
        return self._by_passport(passport, state)

    def _by_passport(self, passport: str, state: str) -> Verdict:
        if self._expires_within(STAY_DAYS):
            return refused(
                said(
                    "the passport of {passport} runs out within {days} days of the journey",
                    passport=passport,
                    days=STAY_DAYS,
                )
            )
        index = self.world.requirement(passport, state, self.at)
        kind = SPELL.get(index.requirement, index.requirement)
        kind = "visa-free" if kind.isdigit() else kind
        by_index = self._by_index(passport, state, kind, index)
        if by_index.allowed:
            return by_index
        return self._by_visa(passport, state) or by_index

    def _by_index(self, passport: str, state: str, kind: str, layer: Layer) -> Verdict:
        stale = kind in AGES and self.old(layer.date, kind)
        pair = f"{passport}→{state}"
        days = int(layer.requirement) if layer.requirement.isdigit() else None
        spoken = _spoken(kind, days)
        why = Why(pair, layer.layer, layer.date, layer.confidence, spoken, stale)
        if kind in ("visa-free", "visa on arrival"):
            text = said("passport of {passport}: {rule}", passport=passport, rule=spoken)
            return Verdict(True, kind, days, (why,), text)
        discretionary = self.override("entry", "evisa_is_discretionary", passport, state)
        if kind == "e-visa" and discretionary:
            row = self.why(discretionary, "overrides", discretionary["id"])
            text = said("an ordinary visa, decided at discretion, rule {rule}", rule=discretionary["id"])
            return refused(text, row)
        source = LayerName(layer.layer)
        text = said(
            "passport of {passport}: {rule} ({source})", passport=passport, rule=spoken, source=source
        )
        return refused(text, why)

    def _by_visa(self, passport: str, state: str) -> Verdict | None:
        for bit, issuer in enumerate(self.profile.visas):
            area = issuer in self.schengen and state in self.schengen
            if issuer == state or area:
                held = {"passport": passport, "issuer": issuer}
                text = (
                    said("passport of {passport} with the visa of {issuer} (Schengen)", **held)
                    if area
                    else said("passport of {passport} with the visa of {issuer}", **held)
                )
                why = Why(f"visa-{issuer}", "papers held", self.at, "high", said("as named for this person"))
                return Verdict(True, "visa", None, (why,), text, 1 << bit)
        return None

    def _expires_within(self, days: int) -> bool:
        return self.profile.expiry is not None and self.profile.expiry - self.at < timedelta(days=days)

    @property
    def short_passport(self) -> bool:
        """Less than six months left: many states ask for that much."""
        return self._expires_within(HALF_YEAR)

    # --- identity cards

    @cached_property
    def card_states(self) -> frozenset[str]:
        """Where an identity card of the person's is accepted at all."""
        rows = (r for r in self.world.tables["id_rules"] if self._in_force(r) and r["modes"] != "none")
        return frozenset(r["destination"] for r in rows if r["nationality"] in self.profile.passports)

    def _by_card(self, passport: str, state: str, came_from: str, how: str) -> Verdict:
        rows = [
            r for r in self.world.tables["id_rules"] if r["nationality"] == passport and self._in_force(r)
        ]
        here = next((r for r in rows if r["destination"] == state), None)
        if here is None:
            return refused(
                said(
                    "no rule lets the identity card of {passport} in; a foreign passport is needed",
                    passport=passport,
                )
            )
        rule = f"id-{passport}-{state}"
        why = self.why(here, "identity cards", rule, quoted(here["notes"]))
        if here["modes"] == "none":
            text = said("the identity card of {passport} is not accepted", passport=passport)
            return refused(said("{text}, rule {rule}", text=text, rule=rule), why)
        minor = self._minor(passport, here)
        if minor is not None:
            return minor
        around = {passport}
        if here["modes"] == "any":
            around.update(r["destination"] for r in rows if r["modes"] == "any")
        if came_from not in around:
            text = said(
                "with the identity card of {passport} only from {states}",
                passport=passport,
                states=", ".join(sorted(around)),
            )
            return refused(text, why)
        if here["modes"] not in ("any", how):
            return self._wrong_way(passport, state, here, why)
        index = self.world.requirement(passport, state, self.at).requirement
        days = int(index) if index.isdigit() else None
        shown = quoted(here["document"])
        text = said("identity card of {passport} ({document})", passport=passport, document=shown)
        return Verdict(True, "identity card", days, (why,), text)

    def _wrong_way(self, passport: str, state: str, row: Row, why: Why) -> Verdict:
        extra = self.override("entry", "foreign_passport_required", passport, state)
        more = (self.why(extra, "overrides", extra["id"]),) if extra else ()
        if row["modes"] == "air":
            text = said("with the identity card of {passport} by air only", passport=passport)
        else:
            text = said("with the identity card of {passport} by land only", passport=passport)
        named = said("{text}, rule {rule}", text=text, rule=extra["id"]) if extra else text
        return refused(named, *more, why)

    def _minor(self, passport: str, row: Row) -> Verdict | None:
        """Children under 14: a foreign passport where a row says so; unknown counts as needed."""
        if not self.profile.minors or int(row["age_min"]) == 0:
            return None
        text = said("children under 14 need a foreign passport")
        o8 = self.override("entry", "foreign_passport_required", f"{passport}_child_u14", row["destination"])
        if o8:
            by_rule = said("{text}, rule {rule}", text=text, rule=o8["id"])
            return refused(by_rule, self.why(o8, "overrides", o8["id"]))
        if passport == "RU" and row["modes"] == "any":
            return None  # until o8 a birth certificate was enough
        rule = f"id-{passport}-{row['destination']}"
        return refused(
            said("{text}, rule {rule}", text=text, rule=rule), self.why(row, "identity cards", rule)
        )

    # --- connections

    def transit(self, state: str) -> Verdict:
        """Whether a connection without passing the border is allowed at the airports of a state."""
        if state not in self._transits:
            self._transits[state] = self._transit(state)
        return self._transits[state]

    def _transit(self, state: str) -> Verdict:
        if self.profile.papers != "foreign":
            return refused(said("a connection needs a foreign passport"))
        if state in self.avoided:
            row = self.avoided[state]
            text = said("nobody is led through here: {reason}", reason=quoted(row["reason"]))
            return refused(text, self.why(row, "attributes", f"avoid-{state}"))
        enter = self.entry(state, "", "air")
        if enter.allowed and not enter.visa:
            text = said("{text}, not used: the border is not passed", text=enter.text)
            return Verdict(True, "airside", None, enter.why, text)
        rows = [r for r in self.world.tables["transit"] if self._transit_row(r, state)]
        held = state in self.profile.visas or enter.visa
        if not held and any(r["effect"] == "visa_needed" for r in rows):
            row = next(r for r in rows if r["effect"] == "visa_needed")
            return refused(said("a connection needs a visa"), self.why(row, "transit", row["id"]))
        row = rows[-1]
        return Verdict(
            True, "airside", None, (self.why(row, "transit", row["id"]),), said("onward ticket, same booking")
        )

    def _transit_row(self, row: Row, state: str) -> bool:
        return (
            row["valid_from"] <= self.at.isoformat()
            and self.matches(row["state"], state)
            and all(self.matches(row["nationality"], p) for p in self.profile.passports)
        )


def _spoken(kind: str, days: int | None) -> Said:
    if kind == "visa-free" and days:
        return said("visa-free for {days} days", days=days)
    return CLASSES.get(kind) or quoted(kind)

"""One step of a way: whether it is allowed, by what, and what it exposes. The same function draws the network
and tells the plan, so that what is searched and what is shown cannot differ."""

from dataclasses import dataclass, field, replace

from kunak.evacuation.ways import figures, risk
from kunak.evacuation.ways.answer import Why
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.reach import Reach
from kunak.evacuation.ways.risk import Contact
from kunak.evacuation.ways.rows import Verdict
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.words import said
from kunak.evacuation.ways.world import Row, World


@dataclass(frozen=True)
class Step:
    """The part of a leg that does not depend on its length. ``papers`` and ``place`` are units of risk."""

    why: tuple[Why, ...] = ()
    needs: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    papers: int = 0
    place: int = 0
    visa: int = 0
    fee: int = 0  # EUR per person, of a visa on arrival
    wait: int = 0  # minutes at a land border
    basis: Verdict | None = field(default=None, compare=False)


DOUBT = {"restricted": risk.RESTRICTED_CROSSING, "winter": risk.WINTER_CROSSING}
WAITS = {"restricted": figures.BORDER_RESTRICTED, "winter": figures.BORDER_WINTER}
NO_SHORT_STAY = said(
    "a residence permit, a long-stay visa or a written exception: no short-stay visa opens it"
)
VISA_FEE = 40  # EUR, of a visa on arrival: a planning figure


class Steps:
    """All steps that the rules allow one profile; None where they do not."""

    def __init__(self, world: World, profile: Profile, book: Rulebook, reach: Reach) -> None:
        self.world, self.profile, self.book, self.reach = world, profile, book, reach
        self._flights: dict[tuple[str, str, bool, bool], Step | None] = {}

    def inside(self, state: str, mode: str) -> Step:
        """Within one area, no border on the way."""
        contacts = tuple(self.reach.ticket(state, mode))
        row = self.book.recorded(state, mode) if contacts else None
        why = (self.book.why(row, "overrides", row["id"]),) if row else ()
        needs = (said("the ticket is sold on the name in the paper shown"),) if row else ()
        return Step(why, needs, contacts)

    def flight(self, a: str, b: str, *, from_airside: bool, enters: bool) -> Step | None:
        """A flight out of one area into another: exit (unless connecting), then entry or a connection.

        Whether there is a service at all is asked before.
        """
        # from where one comes matters only inside the reach and with an identity card
        special = self.profile.papers == "internal" or self.reach.reaches(a)
        key = (a if special else "", b, from_airside, enters)
        if key not in self._flights:
            self._flights[key] = self._flight(a, b, from_airside, enters)
        return self._flights[key]

    def _flight(self, a: str, b: str, from_airside: bool, enters: bool) -> Step | None:
        if not from_airside and self.book.exit_refused(a, "air"):
            return None
        verdict = self.book.entry(b, a, "air") if enters else self.book.transit(b)
        if not verdict.allowed:
            return None
        leaving = [] if from_airside else self.reach.leaving(a, "flight", spot=False)
        arriving = self.reach.arriving(b, enters, spot=False)
        more = self.inside(a, "flight").why if leaving else ()
        return self._crossed(a, b, verdict, [*leaving, *arriving], more, enters)

    def border(self, row: Row, a: str, b: str) -> Step | None:
        """An official crossing passed from a to b."""
        place = self.book.crossing(row, a)
        if not place.allowed or self.book.exit_refused(a, "land"):
            return None
        verdict = self.book.entry(b, a, "land")
        if not verdict.allowed:
            return None
        open_row = self.book.uncontrolled(a, b)
        shut = self.book.turned_back(a, b) if verdict.basis == "visa" else None
        more = tuple(self.book.why(r, "overrides", r["id"]) for r in (open_row, shut) if r)
        spot = open_row is not None
        contacts = [*self.reach.leaving(a, "border", spot), *self.reach.arriving(b, True, spot)]
        step = self._crossed(a, b, verdict, contacts, (*place.why, *more), True)
        doubt = DOUBT.get(place.basis, 0) + (risk.SHORT_STAY_REFUSED if shut else 0)
        return replace(
            step,
            needs=(*step.needs, NO_SHORT_STAY) if shut else step.needs,
            place=step.place + doubt + risk.LAND_BORDER,
            wait=WAITS.get(place.basis, figures.BORDER),
        )

    def across(self, mode: str, a: str, b: str) -> Step | None:
        """A bus, train or car of an office's own over the border: some open crossing must take the mode."""
        best: Step | None = None
        for row in self.world.crossing_rows:
            if {row["country_a"], row["country_b"]} == {a, b} and mode in self.book.passable(row):
                step = self.border(row, a, b)
                if step and (best is None or step.place < best.place):
                    best = step
        if best is None:
            return None
        ticket = self.inside(a, mode)
        return replace(
            best,
            why=(*ticket.why, *best.why),
            needs=(*ticket.needs, *best.needs),
            contacts=(*ticket.contacts, *best.contacts),
        )

    def _crossed(
        self, a: str, b: str, verdict: Verdict, contacts: list[Contact], more: tuple[Why, ...], enters: bool
    ) -> Step:
        needs = [said("exit from {state}", state=a)] if a in self.reach.core else []
        if self.profile.minors and a in self.reach.core:
            needs.append(said("the consent papers for the children's exit"))
        if enters:
            needs.append(said("entry to {state}: {ground}", state=b, ground=verdict.text))
        else:
            needs.append(said("connection in {state}: {ground}", state=b, ground=verdict.text))
        return Step(
            why=(*more, *verdict.why),
            needs=tuple(needs),
            contacts=tuple(contacts),
            papers=self._papers(a, verdict, enters),
            place=self._place(b, enters),
            visa=verdict.visa,
            fee=VISA_FEE if enters and verdict.basis == "visa on arrival" else 0,
            basis=verdict,
        )

    def _papers(self, a: str, verdict: Verdict, enters: bool) -> int:
        total = risk.ENTRY.get(verdict.basis, 0) if enters else risk.AIRSIDE
        if any(w.confidence == "low" for w in verdict.why):
            total += risk.LOW_CONFIDENCE
        if enters and self.book.short_passport and self.profile.papers == "foreign":
            total += risk.SHORT_PASSPORT
        if self.profile.minors and a in self.reach.core:
            total += risk.MINOR_AT_EXIT
        return total

    def _place(self, b: str, enters: bool) -> int:
        total = 0
        if criminalises(self.world, b, self.profile.as_of.year):
            total += risk.CRIMINALISES_ENTERED if enters else risk.CRIMINALISES_AIRSIDE
        if self.world.countries[b].tier not in ("A", "B"):
            total += risk.TIER_C_ENTERED if enters else risk.TIER_C_AIRSIDE
        return total


def criminalises(world: World, state: str, year: int) -> bool:
    """The attribute of 2018 speaks up to 2019, that of 2026 from 2020 on."""
    c = world.countries[state]
    return bool(c.criminalises_2018 if year <= 2019 else c.criminalises_2026)

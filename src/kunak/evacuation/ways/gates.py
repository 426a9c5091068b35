"""Leaving a state, the services between states, and the official crossings."""

import re
from dataclasses import replace
from functools import cached_property

from kunak.evacuation.ways.answer import Why
from kunak.evacuation.ways.rows import RowsInForce, Verdict, refused
from kunak.evacuation.ways.words import quoted, said
from kunak.evacuation.ways.world import Row

CLOSED = re.compile(r"\bclosed (\d{4}-\d\d)(?:\.\.(\d{4}-\d\d))?")  # as the notes of crossings say it
REOPENED = re.compile(r"\breopened (\d{4}-\d\d)")
WINTER = (11, 12, 1, 2, 3)  # months in which a mountain road may be shut for days
STATUSES = {
    "open": said("open"),
    "restricted": said("restricted"),
    "closed_passengers": said("closed to passengers"),
    "closed": said("the crossing is closed"),
}


class Gates(RowsInForce):
    """What does not depend on the kind of paper shown."""

    def exit_refused(self, state: str, how: str) -> Why | None:
        """The rule that keeps the person from leaving a state this way, if there is one."""
        if state not in self.profile.passports:
            return None  # the ban is on a state's own citizens
        for r in self.overrides:
            if (r["direction"], r["effect"], r["mode"], r["nationality"]) == ("exit", "deny", how, state):
                return self.why(r, "overrides", r["id"])
        return None

    def no_service(self, a: str, b: str) -> Row | None:
        """The rule by which no scheduled flight links two states, either way."""
        for row, these, those in self._service_bans:
            if (a in these and b in those) or (b in these and a in those):
                return row
        return None

    @cached_property
    def _service_bans(self) -> list[tuple[Row, set[str], set[str]]]:
        states = self.world.countries
        return [
            (
                r,
                {c for c in states if self.matches(r["nationality"], c)},
                {c for c in states if self.matches(r["destination"], c)},
            )
            for r in self.overrides
            if r["effect"] == "no_service"
        ]

    def recorded(self, state: str, mode: str) -> Row | None:
        """The rule by which a ticket bought in a state is recorded with the name."""
        spoken = {"flight": "air", "rail": "rail", "bus": "interregional_bus"}.get(mode)
        for r in self.overrides:
            if (
                r["effect"] == "identity_recorded"
                and r["nationality"] == state
                and spoken in r["mode"].split("|")
            ):
                return r
        return None

    def uncontrolled(self, a: str, b: str) -> Row | None:
        """The rule by which the land border between two states has no systematic control for this person."""
        for r in self.overrides:
            if r["effect"] == "no_systematic_control" and {r["nationality"], r["destination"]} == {a, b}:
                return r
        return None

    def crossing(self, row: Row, leaving: str) -> Verdict:
        """Whether an official crossing lets passengers through in one direction on the day.

        The status of 2018 speaks up to 2019, that of 2026 from 2020 on; a closure that the note dates closes
        whatever the status says.
        """
        status = row["status_2018" if self.at.year <= 2019 else "status_2026"]
        text = STATUSES.get(status) or quoted(status)
        if row["notes"]:
            text = said("{status}: {notes}", status=text, notes=quoted(row["notes"]))
        why = self.why(row, "crossings", row["id"], text)
        since = self._noted_closure(row["notes"])
        if since:
            return refused(said("closed since {month}", month=since), why)
        if status == "open" and "winter" in row["notes"] and self.at.month in WINTER:
            return Verdict(True, "winter", None, (replace(why, confidence="low"),), "")
        if status == "open":
            return self._mutual(row) or Verdict(True, "open", None, (why,), "")
        if status == "restricted":
            return Verdict(True, "restricted", None, (replace(why, confidence="low", stale=True),), "")
        if status == "closed_passengers":
            return self._foreigners_leave(leaving, why) or refused(STATUSES[status], why)
        return refused(text, why)

    def _noted_closure(self, notes: str) -> str:
        """The month from which a crossing is closed on the day by its own note; one without an end lasts."""
        closed, opened = CLOSED.search(notes), REOPENED.search(notes)
        if closed is None:
            return ""
        since, until = closed[1], closed[2] or (opened[1] if opened else "")
        day = self.at.isoformat()[:7]
        return since if since <= day and (not until or day < until) else ""

    def passable(self, row: Row) -> frozenset[str]:
        """How one may pass a crossing: its modes, or on foot alone where its note says so today."""
        if "foot only" in row["notes"] and self.at.year > 2019:
            return frozenset({"foot"})
        return frozenset(row["modes"].split(";"))

    def turned_back(self, a: str, b: str) -> Row | None:
        """The rule by which a land border out of RU or BY refuses short-stay visas of all these passports."""
        for r in self.overrides if a in ("RU", "BY") else ():
            if (
                r["effect"] == "short_stay_refused"
                and self.matches(r["destination"], b)
                and all(self.matches(r["nationality"], p) for p in self.profile.passports)
            ):
                return r
        return None

    def _mutual(self, row: Row) -> Verdict | None:
        """RU–BY crossings are for the two states' nationals only."""
        third = (
            self._for_all("third_country_refused")
            if {row["country_a"], row["country_b"]} == {"RU", "BY"}
            else None
        )
        if third is None:
            return None
        text = said("not an international crossing, rule {rule}", rule=third["id"])
        return refused(text, self.why(third, "overrides", third["id"]))

    def _foreigners_leave(self, leaving: str, crossing: Why) -> Verdict | None:
        row = self._for_all(f"foreigners_may_leave_{leaving}")
        if row is None:
            return None
        return Verdict(True, "restricted", None, (self.why(row, "overrides", row["id"]), crossing), "")

    def _for_all(self, effect: str) -> Row | None:
        """The override of an effect that speaks of every nationality the person has."""
        for r in self.overrides:
            if r["effect"] == effect and all(
                self.matches(r["nationality"], p) for p in self.profile.passports
            ):
                return r
        return None

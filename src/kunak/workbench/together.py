"""Opening what two must open: asking, releasing, looking, closing. ``vault.openings`` holds the keys."""

from datetime import datetime

from kunak.access import actions, queries
from kunak.fold import Entry
from kunak.vault import openings
from kunak.vault.openings import Openings
from kunak.workbench.bench import Workbench
from kunak.workbench.hearing import Hearing


class Together:
    """What one member has opened with a colleague's help, while this process lives."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._open = Openings(bench.vault)

    def ask(self, subject: str, what: str, purpose: str) -> str:
        """Ask colleagues to open something of a code; returns the opening's id.

        Raises NotYoursToOpenTogether, NothingToOpen, PlaceAndIdentity, PurposeNeeded.
        """
        wanted = openings.sought(self._bench.vault, subject, what)
        opening = openings.new_opening().hex()
        self._bench.act(
            actions.ask_opening,
            self._bench.access,
            subject=subject,
            what=what,
            purpose=purpose,
            opening=opening,
            dossiers=tuple(dossier.hex() for dossier in wanted),
            reads_place=reads_place(self._bench, self._bench.member, subject),
        )
        return opening

    def release(self, opening: str) -> None:
        """Lend this member's share for a colleague's request. Raises OpeningNotKnown, OwnRequest,
        PlaceAndIdentity, NothingToOpen, NotYoursToOpenTogether."""
        bench = self._bench
        found = queries.find_opening(bench.access, opening)
        if found is None:
            raise actions.OpeningNotKnown
        entries = bench.decide(
            actions.release_opening,
            bench.access,
            opening=opening,
            asker_reads_place=reads_place(bench, found.asked_by, found.subject),
        )
        openings.release(
            bench.vault,
            bytes.fromhex(opening),
            [bytes.fromhex(dossier) for dossier in found.dossiers],
            found.asked_by,
            bench.items(entries),
            bench.now(),
        )
        bench.heard(entries)

    def refuse(self, opening: str) -> None:
        """Say no to a colleague's request."""
        self._bench.act(actions.refuse_opening, self._bench.access, opening=opening)

    def look(self, opening: str) -> tuple[tuple[Entry, ...], datetime]:
        """What the opening shows, and until when. Nothing of it is kept or heard by the rooms.

        Raises OpeningNotKnown, NotReleased, OpeningOver, Damaged.
        """
        found = queries.find_opening(self._bench.access, opening)
        if found is None or found.asked_by != self._bench.member or found.state == "ended":
            raise actions.OpeningNotKnown
        wanted = [bytes.fromhex(dossier) for dossier in found.dossiers]
        opened = list(self._open.read(bytes.fromhex(opening), wanted, self._bench.now()))
        until = self._open.until(bytes.fromhex(opening)) or self._bench.now()
        return tuple(Hearing().of(opened)), until

    def close(self, opening: str) -> None:
        """Close it: the keys are forgotten, and what was lent is destroyed."""
        self._open.end(bytes.fromhex(opening), self._bench.now())
        self._bench.act(actions.end_opening, self._bench.access, opening=opening)

    def tend(self) -> None:
        """End what is over."""
        now = self._bench.now()
        self._open.end_all(now)
        for one in queries.openings_of(self._bench.access, self._bench.member):
            if one.state == "released" and one.answered_at and now - one.answered_at > openings.WAITS:
                self._bench.act(actions.end_opening, self._bench.access, opening=one.id)


def reads_place(bench: Workbench, member: str, subject: str) -> bool:
    """Whether a member's devices hold a key to where this person is, as far as this machine can tell."""
    office, ring = bench.vault.office, bench.vault.caught_up()
    codes = related(bench, subject)
    places = [one for one in ring if one.compartment == "place" and one.subject in codes]
    if member == bench.member:
        return bool(places)
    known = any(member in office.members_holding(one.id) for one in places)
    found = office.epoch.member(member)
    has_role = found is not None and "movement" in found.roles
    return known or (has_role and any(bench.journeys.get(code) is not None for code in codes))


def related(bench: Workbench, subject: str) -> frozenset[str]:
    """All codes of the same person's work: request, case, journeys."""
    journey = bench.journeys.get(subject)
    case = bench.cases.get(journey.case if journey is not None else subject)
    if case is not None and not case.is_case:
        case = next((one for one in bench.cases if one.request == subject), case)
    codes = {subject}
    if case is not None:
        codes |= {case.code, *((case.request,) if case.request else ())}
        codes |= {one.code for one in bench.journeys if one.case == case.code}
    return frozenset(codes)

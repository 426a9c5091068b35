"""Opening what two must open: asking, releasing, looking, closing. ``vault.openings`` holds the keys."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from kunak.access import actions, queries
from kunak.access.model import Opening
from kunak.fold import Entry
from kunak.vault import openings
from kunak.vault.codec import pack, unpack
from kunak.vault.openings import NotReleased, OpeningOver, Openings
from kunak.workbench.bench import Workbench
from kunak.workbench.hearing import Hearing

_KEPT = b"together/begun"


class _Begun(NamedTuple):
    """When each opening was looked at first on this device: a process that ends does not begin it anew."""

    openings: tuple[tuple[str, str], ...]  # (id, ISO 8601)


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
        now, begun = self._bench.now(), self._begun().get(opening)
        if begun is not None and now >= begun + openings.LASTS:
            self._destroy(found)
            raise OpeningOver
        opened = list(self._open.read(bytes.fromhex(opening), _dossiers(found), now))
        if begun is None:
            self._keep({**self._begun(), opening: now})
        hearing = Hearing()
        entries = tuple(hearing.of(opened))
        self._bench.note_unread(self._open.unread | hearing.unread)
        return entries, (begun or now) + openings.LASTS

    def close(self, opening: str) -> None:
        """Close it: the keys are forgotten, and what was lent is destroyed."""
        found = queries.find_opening(self._bench.access, opening)
        if found is not None:
            self._destroy(found)
        self._bench.act(actions.end_opening, self._bench.access, opening=opening)
        self._keep({one: at for one, at in self._begun().items() if one != opening})

    def tend(self) -> None:
        """End what is over."""
        now = self._bench.now()
        for opening, begun in self._begun().items():
            if now >= begun + openings.LASTS:
                self._close_if_open(opening)
        self._open.end_all(now)
        for one in queries.openings_of(self._bench.access, self._bench.member):
            if one.state == "released" and one.answered_at and now - one.answered_at > openings.WAITS:
                self._bench.act(actions.end_opening, self._bench.access, opening=one.id)

    def _destroy(self, found: Opening) -> None:
        opening, now = bytes.fromhex(found.id), self._bench.now()
        if self._open.until(opening) is None:
            with suppress(NotReleased):  # begun by a process that ended: find what was lent to it
                next(iter(self._open.read(opening, _dossiers(found), now)), None)
        self._open.end(opening, now)

    def _close_if_open(self, opening: str) -> None:
        found = queries.find_opening(self._bench.access, opening)
        if found is not None and found.state == "released":
            self.close(opening)
        else:
            self._keep({one: at for one, at in self._begun().items() if one != opening})

    def _begun(self) -> dict[str, datetime]:
        kept = self._bench.vault.kept(_KEPT)
        known = () if kept is None else unpack(kept, _Begun).openings
        return {opening: datetime.fromisoformat(at) for opening, at in known}

    def _keep(self, begun: dict[str, datetime]) -> None:
        if begun != self._begun():
            told = tuple((opening, at.isoformat()) for opening, at in begun.items())
            self._bench.vault.keep(_KEPT, pack(_Begun(told)))


def _dossiers(found: Opening) -> list[bytes]:
    return [bytes.fromhex(dossier) for dossier in found.dossiers]


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

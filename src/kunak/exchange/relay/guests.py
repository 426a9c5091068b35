"""Places where a newcomer, who has no key of the office yet, and the office leave something for each other.

The office opens a place with the public key that a joining code gives; only who knows the code can leave
anything there, so strangers can fill nothing. A place lasts until the day after tomorrow at most, its ask is
replaced by a later one, and an office has few at a time.
"""

from typing import NamedTuple

from kunak.exchange import channel
from kunak.exchange.channel import Answer, Letter, Question, default_rid
from kunak.exchange.relay.tables import Ask, RelayFull, Tables
from kunak.exchange.relay.wire import NothingHere
from kunak.vault import seal

DAYS = 2
MOST_OPEN = 32  # of one office
_OPENED, _ASKED = -2, -1  # parts; the answer's are counted from 0
_PUT = (
    "INSERT INTO guest (rid, part, day, office, sealed) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (rid, part) DO UPDATE SET sealed = excluded.sealed"
)


class Guest(NamedTuple):
    """A newcomer who is expected: their handle and the office that expects them."""

    rid: str
    public: bytes
    office: str


class Guests:
    """The places of all offices of one relay. What is not there raises NothingHere."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find(self, rid: str, day: int) -> Guest | None:
        """Who is expected under this handle."""
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT sealed, office FROM guest WHERE rid = ? AND part = ? AND day >= ?",
                (rid, _OPENED, day - DAYS),
            )
        )
        return next((Guest(rid, bytes(public), office) for public, office in rows), None)

    def expect(self, office: str, public: bytes, day: int) -> Answer:
        """Open a place. Again changes nothing. Raises RelayFull."""
        if len(public) != seal.KEY_BYTES:
            raise NothingHere()
        rid = default_rid(public)

        def work(ask: Ask) -> None:
            ask.rows("DELETE FROM guest WHERE day < ?", (day - DAYS,))
            ((count,),) = ask.rows(
                "SELECT count(*) FROM guest WHERE office = ? AND part = ? AND rid <> ?",
                (office, _OPENED, rid),
            )
            if count >= MOST_OPEN:
                raise RelayFull()
            ask.rows(_PUT, (rid, _OPENED, day, office, public))

        self._tables.write(work)
        return Answer()

    def asked(self, office: str, rid: str, day: int) -> Answer:
        """What the newcomer left."""
        return self._read(self._own(office, rid, day), _ASKED)

    def tell(self, office: str, question: Question, load: bytes, day: int) -> Answer:
        """Leave a part of the answer."""
        if not 0 <= question.part < channel.MOST_PIECES:
            raise NothingHere()
        return self._put(self._own(office, question.mailbox, day), question.part, load, day)

    def ask(self, guest: Guest, load: bytes, day: int) -> Answer:
        """Leave something for the office."""
        if len(load) > channel.MOST_ASK:
            raise NothingHere()
        return self._put(guest, _ASKED, load, day)

    def told(self, guest: Guest, part: int) -> Answer:
        """A part of the answer, and whether there is another."""
        if not 0 <= part < channel.MOST_PIECES:
            raise NothingHere()
        return self._read(guest, part)

    def leave(self, guest: Guest) -> Answer:
        """Destroy the place."""
        self._tables.write(lambda ask: ask.rows("DELETE FROM guest WHERE rid = ?", (guest.rid,)))
        self._tables.wipe()
        return Answer()

    def _own(self, office: str, rid: str, day: int) -> Guest:
        guest = self.find(rid, day)
        if guest is None or guest.office != office:
            raise NothingHere()
        return guest

    def _put(self, guest: Guest, part: int, sealed: bytes, day: int) -> Answer:
        self._tables.write(lambda ask: ask.rows(_PUT, (guest.rid, part, day, guest.office, sealed)))
        return Answer()

    def _read(self, guest: Guest, part: int) -> Answer:
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT part, sealed FROM guest WHERE rid = ? AND part = ?", (guest.rid, part)
            )
        )
        following = self._tables.read(
            lambda ask: ask.rows("SELECT 1 FROM guest WHERE rid = ? AND part = ?", (guest.rid, part + 1))
        )
        letters = tuple(Letter(0, str(place), bytes(sealed)) for place, sealed in rows)
        return Answer(letters, more=part >= 0 and bool(following))

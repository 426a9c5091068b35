"""The offices that a relay serves, and the newest keys of each.

Files say which offices there are and their first keys. From then on only an admin's signature changes the
keys of an office, and they lie in the relay's store: an old file put back, or a relay started again, does not
give a removed member's key its power back. What a channel key of before may still do is read the one shelf that
the admin named, so that a member who was away finds the way to the newer key.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kunak.exchange.channel import Keys
from kunak.exchange.relay.keys import Enrolment
from kunak.exchange.relay.shelves import spell
from kunak.exchange.relay.store import INTAKE
from kunak.exchange.relay.tables import Ask, Tables
from kunak.vault import seal

_ENROL = (
    "INSERT INTO office (rid, serial, channel, intake, admins, letters) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (rid) DO NOTHING"
)
# An office whose first file named no admins, and whose later one does.
_NAME_ADMINS = "UPDATE office SET admins = ? WHERE rid = ? AND channel = ? AND serial = 0 AND admins = ?"
MOST_FORMER = 16  # channel keys of before that still open the lobby
_FORMER = (
    "INSERT INTO former (rid, serial, channel, lobby) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (rid, serial) DO NOTHING"
)
_REKEY = (
    "UPDATE office SET serial = ?, channel = ?, intake = ?, admins = ?"
    " WHERE rid = ? AND serial < ? RETURNING rid"
)


class Office(NamedTuple):
    """One office as the relay knows it now. ``letters`` is the stream of what people sent to it."""

    rid: str
    keys: Keys
    letters: str


class Former(NamedTuple):
    """A channel key of before, and the shelf that it still reads (none: empty)."""

    channel: bytes
    lobby: bytes


class Offices:
    """The offices of one relay. The first is the one whose pages lie at the address itself."""

    def __init__(self, tables: Tables, named: Sequence[Enrolment]) -> None:
        self._tables = tables
        self._served = frozenset(office.rid for office in named)
        self.first = named[0].rid
        tables.write(lambda ask: _enrol(ask, named))

    def serves(self, rid: str) -> bool:
        """Whether this is one of the offices of this relay."""
        return rid in self._served

    def now(self, rid: str) -> Office | None:
        """The office with its newest keys; asked anew, since another process may have changed them."""
        if rid not in self._served:
            return None
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT serial, channel, intake, admins, letters FROM office WHERE rid = ?", (rid,)
            )
        )
        for serial, channel, intake, admins, letters in rows:
            return Office(rid, Keys(serial, bytes(channel), bytes(intake), _cut(bytes(admins))), letters)
        return None

    def rekey(self, rid: str, keys: Keys) -> bool:
        """Let these keys be the office's from now on; False if newer ones are known. Twice is fine."""
        if self._tables.write(lambda ask: _rekey(ask, rid, keys)):
            return True
        office = self.now(rid)
        return office is not None and office.keys == keys._replace(lobby=b"")

    def former(self, rid: str) -> tuple[Former, ...]:
        """The channel keys of before, the newest first."""
        rows = self._tables.read(
            lambda ask: ask.rows(
                "SELECT channel, lobby FROM former WHERE rid = ? ORDER BY serial DESC LIMIT ?",
                (rid, MOST_FORMER),
            )
        )
        return tuple(Former(bytes(channel), bytes(lobby)) for channel, lobby in rows)


def _rekey(ask: Ask, rid: str, keys: Keys) -> bool:
    before = ask.rows("SELECT serial, channel FROM office WHERE rid = ?", (rid,))
    values = (keys.serial, keys.channel, keys.intake, b"".join(keys.admins), rid, keys.serial)
    if not ask.rows(_REKEY, values):
        return False
    for serial, channel in before:
        if bytes(channel) != keys.channel:
            ask.rows(_FORMER, (rid, serial, bytes(channel), keys.lobby))
    return True


def _enrol(ask: Ask, named: Sequence[Enrolment]) -> None:
    first_of_all = not ask.rows("SELECT rid FROM office LIMIT 1")
    rows = [
        (rid, keys.serial, keys.channel, keys.intake, b"".join(keys.admins), _letters(rid))
        for rid, keys in named
    ]
    if first_of_all:  # older relays, of one office, had this stream
        rows[0] = (*rows[0][:-1], INTAKE)
    ask.many(_ENROL, rows)
    ask.many(
        _NAME_ADMINS, [(b"".join(keys.admins), rid, keys.channel, b"") for rid, keys in named if keys.admins]
    )


def _letters(rid: str) -> str:
    return "i:" + spell(seal.digest(seal.context("relay/letters", rid.encode()))[:16])


def _cut(admins: bytes) -> tuple[bytes, ...]:
    return tuple(admins[start : start + 32] for start in range(0, len(admins), 32))

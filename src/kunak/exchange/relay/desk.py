"""The relay's work with codes: sealing what a person sends, opening what waits for them. All in memory.

For a browser that runs the script it does neither: it keeps what comes sealed, and hands out slots as they lie.

Deriving keys takes half a second of one processor on purpose: for that people stand in line
(``kunak.exchange.relay.waiting``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import anyio.to_thread

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import SLOTS, MailboxKeys, Reply, fill, mailbox_id, open_slots
from kunak.exchange.notice import day_of
from kunak.exchange.relay.ahead import Ahead
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.offices import Office
from kunak.exchange.relay.room import Room, Turns
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.waiting import Line, Row
from kunak.exchange.relay.wire import NothingHere
from kunak.exchange.report import keep_sealed, seal_report, write_report
from kunak.vault import seal
from kunak.vault.forgetful import leaving_nothing

T = TypeVar("T")


def mailbox_stream(mailbox: str) -> str:
    """The stream in which a mailbox's slots are kept."""
    return f"m:{mailbox}"


@dataclass
class Desk:
    """The desk of one office at its relay. ``office`` gives its newest keys, or None when it is no longer
    served. ``rounds`` below the standard are for tests alone."""

    store: RelayStore
    office: Callable[[], Office | None]
    rounds: int
    brake: Brake
    now: Callable[[], datetime]
    line: Line
    ahead: Ahead
    room: Room
    turns: Turns

    def new_code(self) -> ReturnCode:
        """A code for whoever is about to write."""
        return self.ahead.code()

    async def send(
        self,
        kind: str,
        code: ReturnCode,
        *,
        language: str,
        answers: dict[str, tuple[str, ...]] | None = None,
        text: str = "",
        once: str = "",
    ) -> None:
        """Seal one report and keep it, once. NotKept, RelayBusy, ReportTooLong: then nothing is kept."""

        def work(keys: MailboxKeys) -> None:
            office = self._served()
            report = write_report(
                kind, keys, at=self.now(), language=language, answers=answers, text=text, once=once
            )
            kept = seal_report(report, keys, office.keys.intake)
            self.room.keep(office.letters, report.id, kept, self._day(), all_of_it=True)
            if kind == "delete":
                self.store.forget_stream(mailbox_stream(keys.mailbox))

        keys = self.ahead.keys(code) if kind == "request" else None
        if keys is not None:
            await anyio.to_thread.run_sync(work, keys)
        else:
            await self._with_keys("new" if kind == "request" else "back", code, work)

    async def read(self, code: ReturnCode) -> list[Reply]:
        """The replies that wait under a code. A wrong code, a new one and one with nothing to read take the
        same way: the same wait, the same number of slots, each tried with the key."""

        def slots(keys: MailboxKeys) -> tuple[str, list[Reply]]:
            kept = self.store.after(mailbox_stream(keys.mailbox), 0, SLOTS)
            filled = fill([letter.sealed for letter in kept], keys.mailbox, self.store.filler_key)
            return keys.mailbox, open_slots(filled, keys)

        mailbox, replies = await self._with_keys("back", code, slots)
        await self.brake.wait(mailbox)
        return replies

    def intake(self) -> bytes:
        """The intake key of now."""
        return self._served().keys.intake

    async def keep(self, id: str, sealed: bytes) -> None:
        """Keep what a browser sealed, once for an id. NothingHere for what no page of ours sends; RelayBusy,
        NotKept: then nothing was kept."""

        def look() -> bool:
            return self.room.is_crowded(self._served().letters)

        def work() -> None:
            office = self._served()
            try:
                kept = keep_sealed(sealed, self.now(), office.keys.intake)
            except seal.NotOpened:
                raise NothingHere() from None
            self.room.keep(office.letters, id, kept, self._day(), all_of_it=False)

        if await anyio.to_thread.run_sync(look):
            await self.turns.wait()
        await anyio.to_thread.run_sync(work)

    async def slots(self, token: bytes, sign_public: bytes, *, delete: bool = False) -> list[bytes]:
        """The slots of the mailbox of a token and a signing key; with ``delete``, after they were emptied.

        The same number and size whether there is such a mailbox or not, after the same wait.
        """
        mailbox = mailbox_id(seal.digest(token), sign_public)

        def work() -> list[bytes]:
            kept = self.store.after(mailbox_stream(mailbox), 0, SLOTS)
            if delete and kept:
                self.store.forget_stream(mailbox_stream(mailbox))
                kept = []
            return fill([letter.sealed for letter in kept], mailbox, self.store.filler_key)

        slots = await anyio.to_thread.run_sync(leaving_nothing, work)
        await self.brake.wait(mailbox)
        return slots

    def _served(self) -> Office:
        office = self.office()
        if office is None:
            raise NothingHere()
        return office

    def _day(self) -> int:
        return day_of(self.now())

    async def _with_keys(self, row: Row, code: ReturnCode, work: Callable[[MailboxKeys], T]) -> T:
        keys = await self.line.keys(row, lambda: MailboxKeys.of(code, self.rounds))
        return await anyio.to_thread.run_sync(leaving_nothing, work, keys)

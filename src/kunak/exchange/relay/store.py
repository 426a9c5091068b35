"""What the relay keeps: streams of sealed blobs, in one of the places of ``kunak.exchange.relay.tables``.

One stream for each office holds what people sent to it, one more each mailbox to which an office has replied;
the offices' own shelves are in ``kunak.exchange.relay.shelves``. Nothing is kept when writing fails, and the
caller hears that.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from kunak.exchange.channel import Letter
from kunak.exchange.relay.postgres import PostgresTables
from kunak.exchange.relay.tables import (
    Ask,
    NotKept,
    RelayFull,
    RelayStoreDamaged,
    SqliteTables,
    Tables,
)

__all__ = ["INTAKE", "NotKept", "RelayFull", "RelayStore", "RelayStoreDamaged", "private_files"]

INTAKE = "intake"  # the stream of the first office that was enrolled; the others have longer names
_FEW = 8  # blobs that the reserve suffices to delete at a time
HOLD = (
    "INSERT INTO stream (id, head) VALUES (?, 0)"
    " ON CONFLICT (id) DO UPDATE SET head = stream.head RETURNING head"
)
ADVANCE = "UPDATE stream SET head = head + ? WHERE id = ? RETURNING head"
PUT = "INSERT INTO blob (stream, cur, id, sealed) VALUES (?, ?, ?, ?)"
DROP = "DELETE FROM blob WHERE stream = ? AND id = ?"


class RelayStore:
    """Blobs by stream, in an SQLite file under ``folder``, or in the PostgreSQL database at ``address``.

    ``uploads`` are the tables for what is large. As files they lie apart: rebuilding them must not keep a report
    waiting.
    """

    def __init__(self, folder: Path, address: str = "") -> None:
        if address:
            self.tables: Tables = PostgresTables(address)
            self.uploads: Tables = self.tables
        else:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError:
                raise RelayStoreDamaged() from None
            self.tables = SqliteTables(folder / "relay.db")
            self.uploads = SqliteTables(folder / "uploads.db")
        self.filler_key: bytes = self.tables.write(_filler_key)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        assert isinstance(self.tables, SqliteTables)
        return self.tables.path

    @property
    def _sql(self) -> sqlite3.Connection:
        assert isinstance(self.tables, SqliteTables)
        return self.tables.sql

    def close(self) -> None:
        """Let go of the file or the connections. What was written stays."""
        self.tables.close()
        if self.uploads is not self.tables:
            self.uploads.close()

    def keep(self, stream: str, id: str, sealed: bytes, *, newest: int | None = None) -> None:
        """Append a blob, once: the same id again changes nothing. With ``newest``, older blobs beyond that
        number are deleted. Raises NotKept, and then nothing has changed."""

        def work(ask: Ask) -> None:
            ask.rows(HOLD, (stream,))
            if ask.rows("SELECT 1 FROM blob WHERE stream = ? AND id = ?", (stream, id)):
                return
            ((place,),) = ask.rows(ADVANCE, (1, stream))
            ask.rows(PUT, (stream, place, id, sealed))
            if newest is not None:
                ask.rows(
                    "DELETE FROM blob WHERE stream = ? AND cur NOT IN"
                    " (SELECT cur FROM blob WHERE stream = ? ORDER BY cur DESC LIMIT ?)",
                    (stream, stream, newest),
                )

        self.tables.write(work)

    def after(self, stream: str, cursor: int, limit: int) -> list[Letter]:
        """At most ``limit`` blobs behind a cursor, in order."""
        rows = self.tables.read(
            lambda ask: ask.rows(
                "SELECT cur, id, sealed FROM blob WHERE stream = ? AND cur > ? ORDER BY cur LIMIT ?",
                (stream, cursor, limit),
            )
        )
        return [Letter(place, id, bytes(sealed)) for place, id, sealed in rows]

    def forget(self, stream: str, ids: Iterable[str]) -> None:
        """Delete blobs. Ids that are not there are passed over."""
        gone = [(stream, id) for id in ids]
        try:
            self._drop(gone)
        except NotKept:  # on a full disk a few at a time, with what is kept for that
            self.tables.give_room()
            for start in range(0, len(gone), _FEW):
                self._drop(gone[start : start + _FEW])

    def _drop(self, gone: list[tuple[str, str]]) -> None:
        self.tables.write(lambda ask: ask.many(DROP, gone))
        self.tables.wipe()

    def forget_stream(self, stream: str) -> None:
        """Delete a stream and all its blobs."""

        def work(ask: Ask) -> None:
            ask.rows("DELETE FROM blob WHERE stream = ?", (stream,))
            ask.rows("DELETE FROM stream WHERE id = ?", (stream,))

        self.tables.write(work)
        self.tables.wipe()


def _filler_key(ask: Ask) -> bytes:
    """The key of the slots that hold nothing: kept, so that they look the same after a restart."""
    ask.rows(
        "INSERT INTO filler (id, bytes) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (secrets.token_bytes(32),)
    )
    ((key,),) = ask.rows("SELECT bytes FROM filler WHERE id = 1")
    return bytes(key)


def private_files() -> None:
    """Files made from now on are for this user alone."""
    os.umask(0o077)

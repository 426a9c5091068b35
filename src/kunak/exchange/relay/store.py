"""What the relay keeps: streams of sealed blobs. The SQL is plain, so that a larger store can speak it too.

One stream holds what people sent to the office, one more each mailbox to which the office has replied. A
blob's place comes from the stream's head in the same transaction. There is no column for an address, a
browser or a time. Nothing is kept when writing fails, and the caller hears that.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from kunak.errors import Damaged, Unreachable
from kunak.exchange.channel import Letter

INTAKE = "intake"
_TABLES = """
CREATE TABLE IF NOT EXISTS stream (id TEXT PRIMARY KEY, head BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS blob (
    stream TEXT NOT NULL, cur BIGINT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (stream, cur), UNIQUE (stream, id)
);
CREATE TABLE IF NOT EXISTS filler (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
"""


class NotKept(Unreachable):
    """It did not arrive, and nothing was kept."""

    code = "relay-not-kept"
    hint = "Please try again in a few minutes."


class RelayStoreDamaged(Damaged):
    """The relay's store cannot be read."""

    code = "relay-store-damaged"
    hint = "Restore it from a copy, or start in a new folder: answers that wait under codes are lost then."


class RelayStore:
    """Blobs by stream, in an SQLite file under ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "relay.db"
        self._lock = Lock()
        try:
            self.path.touch(mode=0o600)
            self._sql = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
            self._sql.execute("PRAGMA journal_mode = WAL")
            self._sql.execute(
                "PRAGMA synchronous = FULL"
            )  # a code is shown only for what survives a power cut
            self._sql.execute("PRAGMA secure_delete = ON")
            self._sql.execute("PRAGMA temp_store = MEMORY")
            self._sql.executescript(_TABLES)
            self.filler_key = self._filler_key()
        except (sqlite3.DatabaseError, OSError):
            raise RelayStoreDamaged() from None

    def close(self) -> None:
        """Close the file. What was written stays."""
        with self._lock:
            self._sql.close()

    def keep(self, stream: str, id: str, sealed: bytes, *, newest: int | None = None) -> None:
        """Append a blob, once: the same id again changes nothing. With ``newest``, older blobs beyond that
        number are deleted. Raises NotKept, and then nothing has changed."""
        with self._writing():
            self._sql.execute(
                "INSERT INTO stream (id, head) VALUES (?, 0) ON CONFLICT (id) DO NOTHING", (stream,)
            )
            if self._sql.execute("SELECT 1 FROM blob WHERE stream = ? AND id = ?", (stream, id)).fetchone():
                return
            ((place,),) = self._sql.execute(
                "UPDATE stream SET head = head + 1 WHERE id = ? RETURNING head", (stream,)
            ).fetchall()
            self._sql.execute(
                "INSERT INTO blob (stream, cur, id, sealed) VALUES (?, ?, ?, ?)", (stream, place, id, sealed)
            )
            if newest is not None:
                self._sql.execute(
                    "DELETE FROM blob WHERE stream = ? AND cur NOT IN"
                    " (SELECT cur FROM blob WHERE stream = ? ORDER BY cur DESC LIMIT ?)",
                    (stream, stream, newest),
                )

    def after(self, stream: str, cursor: int, limit: int) -> list[Letter]:
        """At most ``limit`` blobs behind a cursor, in order."""
        with self._reading():
            rows = self._sql.execute(
                "SELECT cur, id, sealed FROM blob WHERE stream = ? AND cur > ? ORDER BY cur LIMIT ?",
                (stream, cursor, limit),
            ).fetchall()
        return [Letter(place, id, sealed) for place, id, sealed in rows]

    def forget(self, stream: str, ids: Iterable[str]) -> None:
        """Delete blobs. Ids that are not there are passed over."""
        with self._writing():
            self._sql.executemany(
                "DELETE FROM blob WHERE stream = ? AND id = ?", [(stream, id) for id in ids]
            )

    def forget_stream(self, stream: str) -> None:
        """Delete a stream and all its blobs."""
        with self._writing():
            self._sql.execute("DELETE FROM blob WHERE stream = ?", (stream,))
            self._sql.execute("DELETE FROM stream WHERE id = ?", (stream,))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                self._sql.execute("BEGIN IMMEDIATE")
                yield
                self._sql.execute("COMMIT")
            except sqlite3.Error:
                self._undo()
                raise NotKept() from None
            except BaseException:
                self._undo()
                raise

    def _undo(self) -> None:
        with suppress(sqlite3.Error):  # a store that fails at this too has not committed either
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error:
                raise RelayStoreDamaged() from None

    def _filler_key(self) -> bytes:
        """The key of the slots that hold nothing: kept, so that they look the same after a restart."""
        self._sql.execute(
            "INSERT INTO filler (id, bytes) VALUES (1, ?) ON CONFLICT (id) DO NOTHING",
            (secrets.token_bytes(32),),
        )
        (key,) = self._sql.execute("SELECT bytes FROM filler WHERE id = 1").fetchone()
        return bytes(key)


def private_files() -> None:
    """Files made from now on are for this user alone."""
    os.umask(0o077)

"""A store in one SQLite file: a worker's laptop, a small relay.

Why these settings. ``journal_mode=WAL``: one fsync for a commit, readers are not stopped by a writer, and
every frame has a checksum, so that a torn write is told from a whole one. Its price is that older pages stay
in the ``-wal`` file until it is emptied: they are sealed, and after a drop the file is emptied at once.
``synchronous=FULL``: a commit that returned is on the disk. ``secure_delete``: freed bytes become zeros; but a
page that SQLite rebuilds keeps old copies in its unused room, so what must leave no trace needs a ``VACUUM``.
``temp_store=MEMORY``: no sort ever spills to a file. ``trusted_schema=OFF``, ``cell_size_check=ON``: a file
made by somebody else gets no code run and is checked more closely.

The SQL is the portable kind (no sequences, no rowid tricks), so that a server's database can follow.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Any

from kunak.errors import KunakError
from kunak.vault.stores import REPLACEABLE, Blob, Busy, Full, NotReached, StoreDamaged, Taken

APPLICATION = 0x6B756E61  # "kuna", in the file's header
LAYOUT = 1

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS shelf (shelf TEXT NOT NULL PRIMARY KEY, head BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS blob (
  shelf TEXT NOT NULL, cur BIGINT NOT NULL, name BLOB NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY (shelf, cur), UNIQUE (shelf, name)
);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {LAYOUT};
COMMIT;
"""

_SETTINGS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8192",  # KiB: the index of names, by which bodies are looked up, fits
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA synchronous = FULL",
)

_ERRORS: dict[int, type[KunakError]] = {
    sqlite3.SQLITE_FULL: Full,
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_CANTOPEN: NotReached,
    sqlite3.SQLITE_PERM: NotReached,
    sqlite3.SQLITE_READONLY: NotReached,
    sqlite3.SQLITE_IOERR: NotReached,
}

_PASSING = frozenset(
    {"local", "waiting"}
)  # dropped each day; what was lasting in them is dropped elsewhere too
_AT_ONCE = 2000  # names in one question; blobs in one answer


class SqliteStore:
    """Keeps blobs in the SQLite file at ``path``, which it makes when asked the first question."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = RLock()
        self._opened: sqlite3.Connection | None = None
        self._traces = False  # of something that was dropped: the file could not be rebuilt yet

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """One transaction. After a drop the file is rebuilt, so that nothing lingers in it or beside it."""
        with self._asking() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany("DELETE FROM blob WHERE shelf = ? AND name = ?", drop)
                for blob in put:
                    self._put(db, blob)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # SQLite has already gone back by itself after some errors
                    db.execute("ROLLBACK")
                raise
            if drop:
                self._traces = self._traces or any(shelf not in _PASSING for shelf, _ in drop)
                self._wipe(db)

    def _wipe(self, db: sqlite3.Connection) -> None:
        """Leave no byte of what was dropped. The commit has been done: what fails here is done next time.

        The rebuilt file is put together in memory, never in a temporary file.
        """
        with suppress(sqlite3.Error):  # the disk is full, or somebody else is reading
            if self._traces:
                db.execute("VACUUM")
                self._traces = False
        with suppress(sqlite3.Error):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @staticmethod
    def _put(db: sqlite3.Connection, blob: Blob) -> None:
        place = (blob.shelf, blob.name)
        if blob.shelf in REPLACEABLE:
            db.execute("DELETE FROM blob WHERE shelf = ? AND name = ?", place)
        else:
            there = db.execute("SELECT sealed FROM blob WHERE shelf = ? AND name = ?", place).fetchone()
            if there is not None:
                if there[0] != blob.sealed:
                    raise Taken()
                return
        (cursor,) = db.execute(
            "INSERT INTO shelf (shelf, head) VALUES (?, 1)"
            " ON CONFLICT (shelf) DO UPDATE SET head = shelf.head + 1 RETURNING head",
            (blob.shelf,),
        ).fetchone()
        db.execute(
            "INSERT INTO blob (shelf, cur, name, sealed) VALUES (?, ?, ?, ?)",
            (blob.shelf, cursor, blob.name, blob.sealed),
        )

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        for _, sealed in self.fetch(shelf, (name,)):
            return sealed
        return None

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those that are there."""
        wanted = iter(dict.fromkeys(names))
        while some := tuple(islice(wanted, _AT_ONCE)):
            marks = ",".join("?" * len(some))
            question = f"SELECT name, sealed FROM blob WHERE shelf = ? AND name IN ({marks})"  # noqa: S608
            with self._asking() as db:  # only question marks are spliced in
                rows = db.execute(question, (shelf, *some)).fetchall()
            for name, sealed in rows:
                if not isinstance(name, bytes) or not isinstance(sealed, bytes):
                    raise StoreDamaged()
                yield name, sealed

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what came after ``cursor``, oldest first."""
        question = "SELECT cur, name, sealed FROM blob WHERE shelf = ? AND cur > ? ORDER BY cur LIMIT ?"
        while True:
            with self._asking() as db:
                rows = db.execute(question, (shelf, cursor, _AT_ONCE)).fetchall()
            for cur, name, sealed in rows:
                if not _is_row(cur, name, sealed) or cur <= cursor:
                    raise StoreDamaged()
                cursor = cur
                yield cur, name, sealed
            if len(rows) < _AT_ONCE:
                return

    def close(self) -> None:
        """Close the file; SQLite then empties and removes the write-ahead file. A later question opens it."""
        with self._lock:
            if self._opened is not None:
                if self._traces:
                    self._wipe(self._opened)
                self._opened.close()
                self._opened = None

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        """The open file, for one thread at a time, with SQLite's errors turned into ours."""
        with self._lock:
            try:
                if self._opened is None:
                    self._opened = self._open()
                yield self._opened
            except sqlite3.Error as error:
                raise self._said_as_ours(error) from None  # SQLite's own sentence may quote the file's bytes
            except UnicodeDecodeError:  # its sentence about a file's schema is no text
                raise StoreDamaged() from None
            except OSError:
                raise NotReached() from None

    def _open(self) -> sqlite3.Connection:
        # Made here, before SQLite would, so that nobody else may read it; -wal and -shm inherit the mode.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            for setting in _SETTINGS:
                db.execute(setting).fetchall()
            made_by = (_pragma(db, "application_id"), _pragma(db, "user_version"))
            # Only a file without a single byte is new; SQLite itself would also take a cut one for empty. We
            # look after the first question, which takes back what a program killed here left half made.
            if os.path.getsize(self.path) == 0:
                db.executescript(_SCHEMA)
            elif made_by != (APPLICATION, LAYOUT):
                raise StoreDamaged()
            db.execute("PRAGMA journal_mode = WAL").fetchall()
        except BaseException:
            db.close()
            raise
        return db

    def _said_as_ours(self, error: sqlite3.Error) -> KunakError:
        code = getattr(error, "sqlite_errorcode", 0)
        if code == sqlite3.SQLITE_IOERR_SHORT_READ:
            return StoreDamaged()
        ours = _ERRORS.get(code & 0xFF, StoreDamaged)
        if code & 0xFF == sqlite3.SQLITE_READONLY and os.access(self.path, os.W_OK):
            return StoreDamaged()  # it is the file's own header that says so
        return ours()


def _pragma(db: sqlite3.Connection, name: str) -> Any:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def _is_row(cur: object, name: object, sealed: object) -> bool:
    return isinstance(cur, int) and isinstance(name, bytes) and isinstance(sealed, bytes)

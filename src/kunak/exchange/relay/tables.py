"""Where the relay's tables lie: an SQLite file by default, or a PostgreSQL server. One set of statements for
both.

The schema is the portable one: the place of a blob (``cur``) comes from the head of its stream in the same
transaction; no sequences, LISTEN or advisory locks. So the same statements run on CockroachDB, and on Citus
with ``blob`` distributed by ``stream``. There is no column for an address, a browser, a member, or a time
finer than a day.

Work is given as a function, because a server's database may ask to have a transaction done again.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any, Protocol, TypeVar

from kunak.errors import Damaged, Unreachable
from kunak.exchange.relay.reserve import Reserve

_REST_S = 1.0  # at least, between two rebuildings of a file

T = TypeVar("T")
Rows = list[tuple[Any, ...]]

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS stream (id TEXT PRIMARY KEY, head BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS blob (stream TEXT NOT NULL, cur BIGINT NOT NULL, id TEXT NOT NULL,"
    " sealed {bytes} NOT NULL, PRIMARY KEY (stream, cur), UNIQUE (stream, id))",
    "CREATE TABLE IF NOT EXISTS office (rid TEXT PRIMARY KEY, serial BIGINT NOT NULL,"
    " channel {bytes} NOT NULL, intake {bytes} NOT NULL, admins {bytes} NOT NULL,"
    " letters TEXT NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS former (rid TEXT NOT NULL, serial BIGINT NOT NULL,"
    " channel {bytes} NOT NULL, lobby {bytes} NOT NULL, PRIMARY KEY (rid, serial))",
    "CREATE TABLE IF NOT EXISTS guest (rid TEXT NOT NULL, part BIGINT NOT NULL, day BIGINT NOT NULL,"
    " office TEXT NOT NULL, sealed {bytes} NOT NULL, PRIMARY KEY (rid, part))",
    "CREATE TABLE IF NOT EXISTS piece (tx TEXT NOT NULL, place BIGINT NOT NULL, day BIGINT NOT NULL,"
    " sealed {bytes} NOT NULL, PRIMARY KEY (tx, place))",
    "CREATE TABLE IF NOT EXISTS done (tx TEXT PRIMARY KEY, day BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS upload (id TEXT NOT NULL, place BIGINT NOT NULL, parts BIGINT NOT NULL,"
    " day BIGINT NOT NULL, sealed {bytes} NOT NULL, PRIMARY KEY (id, place))",
    "CREATE TABLE IF NOT EXISTS arrived (stream TEXT NOT NULL, day BIGINT NOT NULL, cur BIGINT NOT NULL,"
    " PRIMARY KEY (stream, day))",
    "CREATE TABLE IF NOT EXISTS lapsed (stream TEXT NOT NULL, day BIGINT NOT NULL, letters BIGINT NOT NULL,"
    " PRIMARY KEY (stream, day))",
    "CREATE TABLE IF NOT EXISTS notice (rid TEXT PRIMARY KEY, day BIGINT NOT NULL, said {bytes} NOT NULL)",
    "CREATE TABLE IF NOT EXISTS filler (id INTEGER PRIMARY KEY, bytes {bytes} NOT NULL)",
)


class NotKept(Unreachable):
    """It did not arrive, and nothing was kept."""

    code = "relay-not-kept"
    hint = "Please try again in a few minutes."


class RelayFull(NotKept):
    """There is no room left here. It did not arrive, and nothing was kept."""

    code = "relay-full"
    hint = "Please try again in a few minutes."


class RelayStoreDamaged(Damaged):
    """The relay's store cannot be read."""

    code = "relay-store-damaged"
    hint = "Restore it from a copy, or start in a new folder: answers that wait under codes are lost then."


class Ask(Protocol):
    """One transaction, while it lasts. Values stand for question marks."""

    def rows(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """What a statement gives back."""
        ...

    def many(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        """The same statement for each row of values."""
        ...


class Tables(Protocol):
    """A place for the tables. What it raises: NotKept (RelayFull) when writing, RelayStoreDamaged or
    Unreachable when reading; whatever the work itself raises goes through, and nothing is written then."""

    def write(self, work: Callable[[Ask], T]) -> T:
        """Do the work in one transaction, lasting on return; perhaps more than once, the last time counts."""
        ...

    def read(self, work: Callable[[Ask], T]) -> T:
        """Ask without writing."""
        ...

    def wipe(self) -> None:
        """Overwrite what was deleted, as far as the place can; what takes long, soon and in its own time."""
        ...

    def give_room(self) -> None:
        """Nothing can be written for want of room, and something is to be deleted: do what can be done."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class SqliteTables:
    """The tables in one SQLite file, for its user alone. Raises RelayStoreDamaged.

    Freed bytes become zeros at once. Pages that SQLite rebuilds keep old copies in their unused room, so the
    whole file is rebuilt soon after something was deleted: by a thread that takes at most a twentieth of the
    time for it, since nobody is answered meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._traces = Event()  # something was deleted since the file was last rebuilt
        self._closed = Event()
        try:
            path.touch(mode=0o600)
            self.sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            self.sql.execute("PRAGMA journal_mode = WAL")
            self.sql.execute("PRAGMA synchronous = FULL")  # what was said to be kept survives a power cut
            self.sql.execute("PRAGMA secure_delete = ON")
            self.sql.execute("PRAGMA temp_store = MEMORY")
            for statement in SCHEMA:
                self.sql.execute(statement.format(bytes="BLOB"))
        except (sqlite3.DatabaseError, OSError):
            raise RelayStoreDamaged() from None
        self._reserve = Reserve(path.with_suffix(".reserve"))
        self._reserve.keep()
        self._traces.set()  # a program that was killed may have left some
        self._rebuilding = Thread(target=self._rebuild, name="rebuilding", daemon=True)
        self._rebuilding.start()

    def rows(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """What a statement gives back."""
        return self.sql.execute(statement, values).fetchall()

    def many(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        """The same statement for each row of values."""
        self.sql.executemany(statement, values)

    def write(self, work: Callable[[Ask], T]) -> T:
        """One transaction, one writer at a time."""
        with self._lock, self._writing():
            return work(self)

    def read(self, work: Callable[[Ask], T]) -> T:
        """Ask without writing."""
        with self._lock:
            try:
                return work(self)
            except sqlite3.Error:
                raise RelayStoreDamaged() from None

    def wipe(self) -> None:
        """Empty the write-ahead file at once, and have the rest rebuilt soon."""
        with self._lock, suppress(sqlite3.Error):
            self.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._traces.set()

    def give_room(self) -> None:
        """Empty the write-ahead file, and give up the reserve until the file has been rebuilt."""
        self.wipe()
        self._reserve.give_up()

    def close(self) -> None:
        """Close the file. What was written stays."""
        left = self._traces.is_set()
        self._closed.set()
        self._traces.set()  # it may be waiting for that
        self._rebuilding.join()
        with self._lock:
            if left:
                self._rebuilt()
            self.sql.close()

    def _rebuild(self) -> None:
        rest = _REST_S
        while not self._closed.wait(rest):
            self._traces.wait()
            if not self._closed.is_set():
                rest = max(_REST_S, 20 * self._rebuilt())

    def _rebuilt(self) -> float:
        """Rebuild the file; how many seconds that took. On a full disk it is tried again."""
        with self._lock, suppress(sqlite3.Error):
            began = time.monotonic()
            self.sql.execute("VACUUM")
            self.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._traces.clear()
            self._reserve.keep()
            return time.monotonic() - began
        return 0.0

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.sql.execute("BEGIN IMMEDIATE")
            yield
            self.sql.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
            raise (RelayFull() if full else NotKept()) from None
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        with suppress(sqlite3.Error):  # a store that fails at this too has not committed either
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")

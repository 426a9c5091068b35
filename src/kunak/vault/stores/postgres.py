"""A store in a PostgreSQL database that many offices share: a relay at scale, an office's own server.

The SQL is the portable kind: two tables, ``cur`` taken from the head of its stream in the same transaction;
no sequences, LISTEN or advisory locks. The same statements are meant for CockroachDB, and for Citus with both
tables distributed (``stream`` by ``id``, ``blob`` by ``stream``).

Why no reader ever misses a blob. A commit first raises the head of every stream that it touches, and the
database holds that row for it until the commit has ended. So the cursors of one stream are given to one
commit at a time: whoever gets a higher one has waited until the lower ones were committed, or will never be.
A commit becomes visible before its rows are let go, and each statement under READ COMMITTED sees all commits
that were visible when it began; hence whoever sees a cursor sees every lower one that will ever be. The same
holds for the look at what lies there already: it comes after the head is held, and nobody can put there in
between.

Why two commits do not wait for each other in a ring. Every commit takes its heads in one order, by name.
Should the database give one up all the same (CockroachDB does so freely), the commit is done again.

How a commit whose answer was lost is found out about. Each store holds a receipt: one more row of ``stream``,
raised by one in every commit. After the connection broke, the row is asked for, with a statement that waits
until the old transaction has ended: it stands where the commit would have put it, or it was not committed.

What the server must be set to: fsync on, and, where a copy takes over when it fails, synchronous replication.
A copy that lags behind has lost what was acknowledged; the vault then says that the office was rolled back.
"""

import logging
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any

from kunak.errors import KunakError
from kunak.vault.stores import REPLACEABLE, Blob, Busy, NotReached, StoreDamaged, Taken, Unsure, sqlstate

if TYPE_CHECKING:
    import psycopg
else:
    try:
        import psycopg
    except ImportError:  # the extra is not installed: PostgresMissing is raised when a store is asked for
        psycopg = None

# It warns of connections that broke, with what the server said; we say so in our own words.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS stream (id TEXT NOT NULL PRIMARY KEY, head BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS blob (stream TEXT NOT NULL, cur BIGINT NOT NULL, id BYTEA NOT NULL,"
    " sealed BYTEA NOT NULL, PRIMARY KEY (stream, cur), UNIQUE (stream, id))",
)
_ARE_THERE = (
    "SELECT id, head FROM stream WHERE false",
    "SELECT stream, cur, id, sealed FROM blob WHERE false",
)
_RAISE = (
    "INSERT INTO stream (id, head) VALUES (%s, %s)"
    " ON CONFLICT (id) DO UPDATE SET head = stream.head + excluded.head RETURNING head"
)
_SETTINGS = (
    # A server may be set to answer before a commit is on its disk: not to us.
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
    # A program that vanished in the middle lets go of what it held.
    "SET idle_in_transaction_session_timeout = '10s'",
)
_CONNECTING: dict[str, Any] = {  # a server that went silent is noticed within half a minute
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

_AT_ONCE = 500  # names in one question; blobs in one answer
_ATTEMPTS = 8


class DatabaseNotReached(NotReached):
    """The database of this office cannot be reached, or does not let this program in."""

    code = "database-not-reached"
    hint = "Look whether the database runs, and whether its address and password are right."


class PostgresMissing(NotReached):
    """This office lies in PostgreSQL, and what is needed to speak with it is not installed."""

    code = "postgres-missing"
    hint = "Install kunak[postgres], then do it again."


class _Gone(Exception):
    """The connection broke. Never leaves this module."""


class PostgresStore:
    """Keeps an office's blobs in the database at ``dsn`` (as libpq spells it), apart from other spaces.

    ``space`` is the office's own random name there, 8 to 64 hexadecimal digits: it says nothing, but whoever
    knows it and the way into the database can ask for this office's sealed blobs. The two tables are made
    when they are missing; ``options=-csearch_path=…`` in the dsn gives them a schema of their own.
    """

    patience: float = 5.0  # seconds to wait for another program that holds a stream
    waits: Sequence[float] = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds before asking again about a lost answer

    def __init__(self, dsn: str, space: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{8,64}", space):
            raise ValueError("a space is 8 to 64 hexadecimal digits")
        self._dsn = dsn
        self._space = space
        self._lock = RLock()
        self._opened: psycopg.Connection[Any] | None = None
        self._receipt = f"{space}/~{secrets.token_hex(8)}"
        self._stands: int | None = None  # where the receipt stood at the last answer
        self._awaited: int | None = None  # where it stands if the commit whose answer was lost has happened

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """One transaction; done again, a bounded number of times, if the database gave it up."""
        put, drop = tuple(put), tuple(drop)
        if not put and not drop:
            return
        with self._lock:
            trouble: type[KunakError] = Busy
            for attempt in range(_ATTEMPTS):
                time.sleep(secrets.randbelow(10) * 0.001 * attempt)
                met = self._commit_once(put, drop)
                if met is None:
                    return
                trouble = met
            raise trouble()

    def _commit_once(
        self, put: tuple[Blob, ...], drop: tuple[tuple[str, bytes], ...]
    ) -> type[KunakError] | None:
        """None once it is committed; else it has not happened and may be tried again, and this is why."""
        try:
            with self._asking() as db:
                try:
                    db.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                    stands = self._write(db, put, drop)
                    self._awaited = stands
                    db.execute("COMMIT")
                except BaseException:
                    self._go_back(db)
                    raise
                self._stands, self._awaited = stands, None
                return None
        except _GivenUp:
            return Busy
        except _Gone:
            pass
        return None if self._awaited is not None and self._find_out() else DatabaseNotReached

    def _write(
        self, db: "psycopg.Connection[Any]", put: tuple[Blob, ...], drop: tuple[tuple[str, bytes], ...]
    ) -> int:
        streams: dict[str, list[Blob]] = defaultdict(list)
        dropped: dict[str, list[bytes]] = defaultdict(list)
        for blob in put:
            streams[self._stream(blob.shelf)].append(blob)
        for shelf, name in drop:
            dropped[self._stream(shelf)].append(name)
        (stands,) = _one(db.execute(_RAISE, (self._receipt, 1)))
        for stream in sorted({*streams, *dropped}):
            blobs, gone = streams[stream], dropped[stream]
            (head,) = _one(db.execute(_RAISE, (stream, len(blobs))))
            if gone:
                db.execute("DELETE FROM blob WHERE stream = %s AND id = ANY(%s)", (stream, gone))
            if blobs:
                _put(db, stream, blobs, head)
        return int(stands)

    def _find_out(self) -> bool:
        """Whether the commit whose answer was lost has happened. Raises Unsure if nobody can tell."""
        for wait in self.waits:
            time.sleep(wait)
            awaited = self._awaited
            with suppress(DatabaseNotReached, Busy, _Gone, _GivenUp), self._asking():
                return self._stands == awaited
        raise Unsure()

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        for _, sealed in self.fetch(shelf, (name,)):
            return sealed
        return None

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those that are there."""
        wanted = iter(dict.fromkeys(names))
        while some := list(islice(wanted, _AT_ONCE)):
            question = "SELECT id, sealed FROM blob WHERE stream = %s AND id = ANY(%s)"
            for name, sealed in self._ask(question, (self._stream(shelf), some)):
                if not isinstance(name, bytes) or not isinstance(sealed, bytes):
                    raise StoreDamaged()
                yield name, sealed

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what came after ``cursor``, oldest first."""
        question = "SELECT cur, id, sealed FROM blob WHERE stream = %s AND cur > %s ORDER BY cur LIMIT %s"
        while True:
            rows = self._ask(question, (self._stream(shelf), cursor, _AT_ONCE))
            for cur, name, sealed in rows:
                if not (isinstance(name, bytes) and isinstance(sealed, bytes)) or cur <= cursor:
                    raise StoreDamaged()
                cursor = cur
                yield cur, name, sealed
            if len(rows) < _AT_ONCE:
                return

    def close(self) -> None:
        """End the connection, and take the receipt away. A later question connects again."""
        with self._lock:
            if self._stands is not None and self._awaited is None:
                with suppress(KunakError, _Gone, _GivenUp), self._asking() as db:
                    db.execute("DELETE FROM stream WHERE id = %s", (self._receipt,))
                    self._stands = None
            self._let_go()

    def _stream(self, shelf: str) -> str:
        return f"{self._space}/{shelf}"

    def _ask(self, question: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows; asked again if the connection broke, e.g. while nobody asked anything."""
        for _ in range(_ATTEMPTS):
            with suppress(_Gone, _GivenUp), self._asking() as db:
                return db.execute(question, values).fetchall()
        raise DatabaseNotReached()

    @contextmanager
    def _asking(self) -> "Iterator[psycopg.Connection[Any]]":
        """The connection, for one thread at a time, with the database's errors turned into ours."""
        if psycopg is None:
            raise PostgresMissing()
        with self._lock:
            try:
                if self._opened is None:
                    self._connect()
                yield self._opened  # type: ignore[misc]
            except psycopg.Error as error:  # its sentence may quote what was stored: it goes no further
                if self._has_broken(error):
                    self._let_go()
                    raise _Gone() from None
                if sqlstate.is_given_up(error.sqlstate):
                    raise _GivenUp() from None
                raise sqlstate.ours(error.sqlstate)() from None

    def _connect(self) -> None:
        """Connect, make the tables if they are missing, and wait for the end of a commit that is in doubt."""
        try:
            given = psycopg.conninfo.conninfo_to_dict(self._dsn)
            db = psycopg.connect(**{**_CONNECTING, **given, "autocommit": True})
        except psycopg.Error:
            raise DatabaseNotReached() from None
        try:
            for setting in (*_SETTINGS, f"SET lock_timeout = {int(self.patience * 1000)}"):
                db.execute(setting)
            _make_tables(db)
            if self._awaited is not None:
                (self._stands,) = _one(db.execute(_RAISE, (self._receipt, 0)))
                self._awaited = None
        except BaseException:
            db.close()
            raise
        self._opened = db

    def _go_back(self, db: "psycopg.Connection[Any]") -> None:
        """End the transaction that failed. Where that cannot be done the connection ends, and it with it."""
        try:
            if db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                db.execute("ROLLBACK")
            if not db.broken:
                self._awaited = None  # the database itself said that it has not happened
        except psycopg.Error:
            pass  # it broke: _asking lets go of it

    def _has_broken(self, error: "psycopg.Error") -> bool:
        broken = self._opened is not None and self._opened.broken
        return broken or sqlstate.is_gone(error.sqlstate)

    def _let_go(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


class _GivenUp(Exception):
    """The database gave this transaction up for another one. Never leaves this module."""


def _put(db: "psycopg.Connection[Any]", stream: str, blobs: list[Blob], head: int) -> None:
    """Put into a stream whose head is held. A cursor that was raised and is not used is given to nobody."""
    names = list({blob.name for blob in blobs})
    if blobs[0].shelf in REPLACEABLE:
        db.execute("DELETE FROM blob WHERE stream = %s AND id = ANY(%s)", (stream, names))
        last = {blob.name: place for place, blob in enumerate(blobs)}  # put twice: the later one counts
        new = [blob for place, blob in enumerate(blobs) if last[blob.name] == place]
    else:
        question = "SELECT id, sealed FROM blob WHERE stream = %s AND id = ANY(%s)"
        there = dict(db.execute(question, (stream, names)).fetchall())
        new = []
        for blob in blobs:
            if blob.name not in there:
                new.append(blob)
            if there.setdefault(blob.name, blob.sealed) != blob.sealed:
                raise Taken()
    rows = [(stream, head - len(new) + i, blob.name, blob.sealed) for i, blob in enumerate(new, 1)]
    insert = "INSERT INTO blob (stream, cur, id, sealed) VALUES (%s, %s, %s, %s)"
    if len(rows) == 1:
        db.execute(insert, rows[0])
    elif rows:
        with db.cursor() as cursor:
            cursor.executemany(insert, rows)


def _make_tables(db: "psycopg.Connection[Any]") -> None:
    """Look before making: a program that may only read and write rows must not be refused for that."""
    for question, statement in zip(_ARE_THERE, _SCHEMA, strict=True):
        try:
            db.execute(question)
        except psycopg.errors.UndefinedTable:
            # Two programs that make the same table at once: one of them may be told that it is there.
            with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
                db.execute(statement)
            db.execute(question)


def _one(cursor: "psycopg.Cursor[tuple[Any, ...]]") -> tuple[Any, ...]:
    row = cursor.fetchone()
    if row is None:
        raise StoreDamaged()
    return row

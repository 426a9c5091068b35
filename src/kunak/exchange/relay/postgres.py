"""The relay's tables in PostgreSQL: many offices, one server. The statements are those of the SQLite file.

READ COMMITTED is enough: whoever writes into a stream first holds the row of its head, so cursors of one
stream become visible in their order, and what is looked up after that cannot change. Streams are held in
order of their ids, so two commits never wait for each other; a database that gives one up all the same
(CockroachDB does so freely) has it done again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar

from kunak.exchange.relay.tables import SCHEMA, Ask, NotKept, RelayFull, RelayStoreDamaged, Rows
from kunak.vault.stores.postgres import DatabaseNotReached, PostgresMissing

if TYPE_CHECKING:
    import psycopg
else:
    try:
        import psycopg
    except ImportError:  # the extra is not installed: PostgresMissing is raised when it is asked for
        psycopg = None

T = TypeVar("T")
CONNECTIONS = 8  # at once; more questions wait for one
_ATTEMPTS = 8
_AGAIN = ("40001", "40P01")  # given up for another transaction
_FULL = ("53100", "54000")
_SETTINGS = (
    "SET synchronous_commit = on",  # what was said to be kept survives a power cut
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET client_min_messages = 'error'",
)


class PostgresTables:
    """The tables in the database at ``address`` (``postgresql://…``, or libpq's spelling).

    Raises PostgresMissing and DatabaseNotReached.
    """

    def __init__(self, address: str) -> None:
        if psycopg is None:
            raise PostgresMissing()
        self._address = address
        self._idle: LifoQueue[psycopg.Connection[Any]] = LifoQueue()
        self._places = BoundedSemaphore(CONNECTIONS)
        with self._connection() as connection:
            self._make(connection)

    def write(self, work: Callable[[Ask], T]) -> T:
        """One transaction; done again, a bounded number of times, if the database gave it up."""
        for attempt in range(_ATTEMPTS):
            time.sleep(0.005 * attempt)
            try:
                with self._connection() as connection, connection.transaction():
                    return work(_Asking(connection))
            except psycopg.Error as error:
                if error.sqlstate in _AGAIN or _gone(error):
                    continue  # every piece of the relay's work may be done twice, so a lost answer is no harm
                raise (RelayFull() if error.sqlstate in _FULL else NotKept()) from None
            except DatabaseNotReached:
                raise NotKept() from None
        raise NotKept()

    def read(self, work: Callable[[Ask], T]) -> T:
        """Ask without writing; once more on a new connection if one that lay idle turns out to be dead."""
        for _ in range(CONNECTIONS + 1):
            try:
                with self._connection() as connection:
                    return work(_Asking(connection))
            except psycopg.Error as error:
                if not _gone(error):
                    raise RelayStoreDamaged() from None
        raise DatabaseNotReached()

    def wipe(self) -> None:
        """PostgreSQL keeps deleted rows until it is vacuumed; docs/threats.md says what to do about it."""

    def give_room(self) -> None:
        """The server keeps room for that itself, or nobody can."""

    def close(self) -> None:
        """Close the connections that lie idle."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _connection(self) -> "Iterator[psycopg.Connection[Any]]":
        with self._places:
            connection = self._next()
            try:
                yield connection
            finally:
                if connection.closed or connection.broken:
                    connection.close()
                else:
                    self._idle.put(connection)

    def _next(self) -> "psycopg.Connection[Any]":
        with suppress(Empty):
            return self._idle.get_nowait()
        try:
            connection = psycopg.connect(self._address, autocommit=True, connect_timeout=10)
            for setting in _SETTINGS:
                connection.execute(setting.encode())
        except psycopg.Error:  # its own sentence may quote the address, and with it a password
            raise DatabaseNotReached() from None
        return connection

    @staticmethod
    def _make(connection: "psycopg.Connection[Any]") -> None:
        try:
            for statement in SCHEMA:
                with suppress(psycopg.errors.UniqueViolation):  # another relay makes it at the same moment
                    connection.execute(statement.format(bytes="BYTEA").encode())
        except psycopg.Error:
            raise DatabaseNotReached() from None


def _gone(error: "psycopg.Error") -> bool:
    """Whether the connection broke, which an idle one does when the server was restarted."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


class _Asking:
    """One connection under the plain names of Ask."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def rows(self, statement: str, values: Sequence[object] = ()) -> Rows:
        cursor = self._connection.execute(_spelled(statement), values, binary=True)
        return cursor.fetchall() if cursor.description else []

    def many(self, statement: str, values: Sequence[Sequence[object]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_spelled(statement), values)


def _spelled(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()

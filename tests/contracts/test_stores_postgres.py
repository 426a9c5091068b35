"""What only a database server can suffer: cut at every message, held, full, given up, closed to us."""

import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from shutil import rmtree
from tempfile import mkdtemp

import psycopg
import pytest
from postgres_server import as_owner, server_or_skip
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kunak.vault import Item, KdfCost, Vault
from kunak.vault.stores import Blob, Busy, Full, NotReached, StoreDamaged, Taken, Unsure
from kunak.vault.stores.postgres import DatabaseNotReached, PostgresMissing, PostgresStore

pytestmark = pytest.mark.slow

KEPT, REPLACED = "body", "local"
SHELVES = (KEPT, "grant", REPLACED)
CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
AT = datetime(2031, 5, 5, tzinfo=UTC)


def blob(name: bytes, sealed: bytes = b"sealed", shelf: str = KEPT) -> Blob:
    return Blob(shelf, name, sealed)


def everything(store: PostgresStore) -> dict[str, list[tuple[bytes, bytes]]]:
    return {shelf: [(name, sealed) for _, name, sealed in store.since(shelf)] for shelf in SHELVES}


@pytest.fixture(scope="session")
def dsn() -> str:
    return server_or_skip()


@pytest.fixture
def space() -> str:
    return secrets.token_hex(16)


@pytest.fixture
def store(dsn: str, space: str) -> Iterator[PostgresStore]:
    made = PostgresStore(dsn, space)
    yield made
    made.close()


@pytest.fixture
def raw(dsn: str) -> "Iterator[psycopg.Connection]":
    """Another program, which knows the tables."""
    with psycopg.connect(dsn, autocommit=True) as db:
        yield db


@pytest.fixture
def own_schema(dsn: str, raw: psycopg.Connection) -> Iterator[str]:
    """A dsn with tables of its own."""
    name = f"s{secrets.token_hex(6)}"
    raw.execute(f"CREATE SCHEMA {name}")
    yield make_conninfo(dsn, options=f"-csearch_path={name}")
    raw.execute(f"DROP SCHEMA {name} CASCADE")


def says_nothing_of_the_server(error: Exception) -> bool:
    """Whether a traceback would print our own sentence alone: the server's may quote what was stored."""
    return error.__cause__ is None and (error.__context__ is None or error.__suppress_context__)


# Cut at every message.


class Cutter:
    """A socket in front of the server that forwards message by message and cuts the connection at one.

    ``at`` counts the client's messages from now on; ``heard`` says whether the server still gets that one.
    """

    def __init__(self, dsn: str) -> None:
        self._server = f"{conninfo_to_dict(dsn)['host']}/.s.PGSQL.5432"
        self._folder = mkdtemp()
        self.dsn = make_conninfo(dsn, host=self._folder)
        self.at: int | None = None
        self.heard = False
        self.away = False  # after the cut nobody is let in
        self.stays_away = False
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{self._folder}/.s.PGSQL.5432")
        self._door.listen()
        threading.Thread(target=self._let_in, daemon=True).start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        rmtree(self._folder)

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                if self.away:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._there, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(client, server), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        first = True
        with client, server, suppress(OSError, EOFError):
            while True:
                message = _message(client, typed=not first)
                farewell, first = not first and message[:1] == b"X", False
                if (
                    not farewell and self._cuts_at_this()
                ):  # who leaves may be heard while the next one is counted
                    client.shutdown(socket.SHUT_RDWR)  # no answer gets back any more
                    if self.heard:
                        server.sendall(message)
                    server.shutdown(socket.SHUT_WR)
                    while server.recv(65536):  # until the server has done what it heard
                        pass
                    return
                server.sendall(message)

    def _cuts_at_this(self) -> bool:
        if self.at is None:
            return False
        self.at -= 1
        if self.at >= 0:
            return False
        self.at, self.away = None, self.stays_away
        return True

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while some := server.recv(65536):
                client.sendall(some)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _message(sender: socket.socket, typed: bool) -> bytes:
    """One message of PostgreSQL's protocol: a letter (not in the first one), its length, the rest."""
    head = _exactly(sender, 5 if typed else 4)
    return head + _exactly(sender, int.from_bytes(head[-4:], "big") - 4)


def _exactly(sender: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        some = sender.recv(size - len(got))
        if not some:
            raise EOFError
        got += some
    return got


@pytest.fixture
def cutter(dsn: str) -> Iterator[Cutter]:
    made = Cutter(dsn)
    yield made
    made.close()


BEFORE = [blob(b"a"), blob(b"k", b"old", REPLACED), blob(b"d")]
PUT = [blob(b"b"), blob(b"c"), blob(b"k", b"new", REPLACED), blob(b"g", shelf="grant")]
DROP = [(KEPT, b"d")]


def cuts_of_one_commit(cutter: Cutter, act: Callable[[PostgresStore, int], bool]) -> int:
    """Do it cut at each message of a commit, until it runs through uncut; how many messages that were."""
    for at in range(0, 200, 1 if cutter.heard else 3):  # what the server never heard differs less
        store = PostgresStore(cutter.dsn, secrets.token_hex(16))
        store.waits = (0.0, 0.01)
        store.commit(BEFORE)
        cut = act(store, at)
        cutter.away = False
        store.close()
        if not cut:
            return at
    raise AssertionError


@pytest.mark.parametrize("heard", [False, True])
def test_a_connection_cut_at_any_message_and_made_again_loses_and_doubles_nothing(
    cutter: Cutter, dsn: str, heard: bool
) -> None:
    cutter.heard = heard

    def act(store: PostgresStore, at: int) -> bool:
        *_, (cursor, _, _) = store.since(KEPT)
        cutter.at = at
        store.commit(PUT, DROP)
        cut, cutter.at = cutter.at is None, None
        assert everything(store) == {
            KEPT: [(b"a", b"sealed"), (b"b", b"sealed"), (b"c", b"sealed")],
            "grant": [(b"g", b"sealed")],
            REPLACED: [(b"k", b"new")],
        }
        # Done once, not twice: the head has been raised once for each.
        assert [place - cursor for place, _, _ in store.since(KEPT, cursor)] == [1, 2]
        return cut

    assert cuts_of_one_commit(cutter, act) > 30


@pytest.mark.parametrize("heard", [False, True])
def test_a_connection_cut_at_any_message_while_the_server_stays_away_leaves_all_or_nothing(
    cutter: Cutter, dsn: str, heard: bool
) -> None:
    """And only where the answer to the last message was lost is it not known which."""
    cutter.heard, cutter.stays_away = heard, True
    met: list[tuple[type[Exception], bool]] = []

    def act(store: PostgresStore, at: int) -> bool:
        before = everything(store)
        cutter.at = at
        try:
            store.commit(PUT, DROP)
        except NotReached as error:
            met.append((type(error), heard))
            assert says_nothing_of_the_server(error)
            with pytest.raises(DatabaseNotReached):
                store.get(KEPT, b"a")
            cutter.away = False
            found = everything(store)
            other = PostgresStore(dsn, store._space)
            assert found == everything(other)
            other.close()
            if found == before:
                store.commit(PUT, DROP)
            else:
                assert isinstance(error, Unsure) and heard
            store.commit([each for each in PUT if each.shelf != REPLACED], DROP)  # again: it changes nothing
        cut, cutter.at = cutter.at is None, None
        assert {name for name, _ in everything(store)[KEPT]} == {b"a", b"b", b"c"}
        assert everything(store)[REPLACED] == [(b"k", b"new")]
        return cut

    cuts_of_one_commit(cutter, act)
    kinds = [kind for kind, _ in met]
    assert kinds == sorted(kinds, key=lambda kind: kind is Unsure)  # the doubt comes with the last messages
    assert kinds.count(Unsure) < 8
    assert set(kinds) == {Unsure, DatabaseNotReached} or not heard


def test_a_vault_that_did_not_hear_whether_it_wrote_goes_on_from_what_is_there(
    cutter: Cutter, dsn: str
) -> None:
    store = PostgresStore(cutter.dsn, secrets.token_hex(16))
    store.waits = (0.0,)
    vault = Vault.create(store, member="anna", passphrase="anna keeps bees", at=AT, cost=CHEAP)
    cutter.heard = cutter.stays_away = True
    bodies: list[bytes] = []
    for number in range(400):
        body = b"%d" % number
        cutter.at = 3 * number
        try:
            vault.write([Item("C-1", "index", body)], AT)
        except NotReached as error:
            cutter.away = False
            written = [opened.body for opened in vault.read()]
            assert written == bodies or (isinstance(error, Unsure) and written == [*bodies, body])
            if written == bodies:
                continue
        bodies.append(body)
        if cutter.at is not None:
            break
    else:
        raise AssertionError
    cutter.at = None
    assert len(bodies) > 1
    other = Vault.unlock(PostgresStore(dsn, store._space), passphrase="anna keeps bees")
    assert [opened.body for opened in other.read()] == bodies
    other.close()
    vault.close()


def test_a_connection_that_the_server_ended_is_made_again(
    store: PostgresStore, raw: psycopg.Connection
) -> None:
    store.commit([blob(b"a")])
    for ask in (lambda: store.get(KEPT, b"a"), lambda: store.commit([blob(b"b")])):
        raw.execute("SELECT pg_terminate_backend(%s, 5000)", (backend(store),))
        ask()
    assert [name for _, name, _ in store.since(KEPT)] == [b"a", b"b"]


def backend(store: PostgresStore) -> int:
    with store._asking() as db:
        return db.info.backend_pid


# Others at work.


def test_offices_in_one_database_do_not_see_each_other(dsn: str) -> None:
    one, other = (PostgresStore(dsn, secrets.token_hex(16)) for _ in range(2))
    one.commit([blob(b"a", b"one's")])
    other.commit([blob(b"a", b"other's")])
    assert (one.get(KEPT, b"a"), other.get(KEPT, b"a")) == (b"one's", b"other's")
    assert list(one.since(KEPT)) == [(1, b"a", b"one's")]
    one.close()
    other.close()


@pytest.mark.parametrize("space", ["", "office", "AB" * 8, "a" * 65, "' OR true --"])
def test_a_space_is_hexadecimal(space: str) -> None:
    with pytest.raises(ValueError, match="space"):
        PostgresStore("", space)


def test_two_programs_see_each_others_commits_and_cannot_both_take_a_name(
    dsn: str, store: PostgresStore
) -> None:
    other = PostgresStore(dsn, store._space)
    store.commit([blob(b"a", b"one's")])
    assert other.get(KEPT, b"a") == b"one's"
    with pytest.raises(Taken):
        other.commit([blob(b"a", b"other's")])
    other.close()


def test_programs_that_write_the_same_names_at_once_agree_on_who_was_first(dsn: str, space: str) -> None:
    stores = [PostgresStore(dsn, space) for _ in range(4)]
    taken: list[tuple[bytes, int]] = []

    def write(who: int) -> None:
        for i in range(15):
            names = [b"%d" % i, b"m%d" % (i * 7 % 15)][:: 1 if who % 2 else -1]
            try:
                stores[who].commit(
                    [blob(name, b"%d" % who, shelf) for name in names for shelf in SHELVES[:2]]
                )
                taken.extend((name, who) for name in names)
            except Taken:
                pass

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) >= 30
    found = everything(stores[0])
    assert dict(found[KEPT]) == dict(found["grant"]) == {name: b"%d" % who for name, who in taken}
    for each in stores:
        each.close()


def test_a_stream_that_another_program_holds_is_busy_and_can_be_read(
    store: PostgresStore, raw: psycopg.Connection
) -> None:
    store.patience = 0.02
    store.commit([blob(b"a")])
    with raw.transaction():
        raw.execute("UPDATE stream SET head = head WHERE id = %s", (store._stream(KEPT),))
        with pytest.raises(Busy):
            store.commit([blob(b"b")])
        assert store.get(KEPT, b"a") == b"sealed"
        store.commit([blob(b"b", shelf="grant")])
    store.commit([blob(b"b")])


def test_a_commit_that_the_database_gave_up_for_another_one_is_done_again(
    dsn: str, space: str, raw: psycopg.Connection
) -> None:
    """The other program takes two streams in the wrong order, so that each waits for the other."""
    store = PostgresStore(make_conninfo(dsn, options="-cdeadlock_timeout=10ms"), space)
    store.commit([blob(b"a"), blob(b"a", shelf="grant")])
    hold = "UPDATE stream SET head = head WHERE id = %s"
    writer = threading.Thread(target=store.commit, args=([blob(b"b"), blob(b"b", shelf="grant")],))
    with raw.transaction():
        raw.execute(hold, (store._stream("grant"),))
        writer.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
        while raw.execute(waits, (store._opened.info.backend_pid,)).fetchone() == (0,):  # type: ignore[union-attr]
            raw.execute("SELECT pg_stat_clear_snapshot()")
        raw.execute("SET LOCAL deadlock_timeout = '20s'")  # it is the other one that is given up
        raw.execute(hold, (store._stream(KEPT),))
    writer.join()
    assert everything(store)[KEPT] == everything(store)["grant"] == [(b"a", b"sealed"), (b"b", b"sealed")]
    store.close()


def test_a_closed_store_leaves_nothing_but_its_blobs(store: PostgresStore, raw: psycopg.Connection) -> None:
    store.commit([blob(b"a")])
    store.close()
    rows = raw.execute("SELECT id FROM stream WHERE id LIKE %s", (f"{store._space}%",)).fetchall()
    assert rows == [(store._stream(KEPT),)]


# No room, no way in, no tables of ours.


def test_a_full_disk_writes_nothing_and_says_so(own_schema: str, space: str) -> None:
    """The system refuses the server's process to let a file grow: to PostgreSQL, that is a full disk."""
    store = PostgresStore(own_schema, space)
    store.commit([blob(b"a"), blob(b"k", b"old", REPLACED)])
    before, process = everything(store), backend(store)
    limit_files(process, (1 << 20) + 4096)  # its log's files have 1 MiB
    with pytest.raises(Full) as met:
        store.commit([blob(b"k", b"new", REPLACED), blob(b"big", os.urandom(2_000_000))])
    assert says_nothing_of_the_server(met.value)
    assert backend(store) == process
    assert everything(store) == before
    store.commit([blob(b"small")])
    limit_files(process, "unlimited")
    store.commit([blob(b"k", b"new", REPLACED), blob(b"big", b"x" * 2_000_000)])
    assert store.get(KEPT, b"big") == b"x" * 2_000_000
    store.close()


def limit_files(process: int, size: int | str) -> None:
    limit = ["prlimit", "--pid", str(process), f"--fsize={size}:"]
    subprocess.run(limit, check=True, cwd="/", **as_owner())  # type: ignore[call-overload]


@pytest.mark.parametrize("wrong", [{"host": "/no such folder"}, {"dbname": "none"}, {"user": "nobody here"}])
def test_a_database_that_cannot_be_reached_or_does_not_let_us_in_is_not_reached(
    dsn: str, space: str, wrong: dict[str, str]
) -> None:
    for act in (lambda s: s.get(KEPT, b"a"), lambda s: s.commit([blob(b"a")])):
        with pytest.raises(DatabaseNotReached) as met:
            act(PostgresStore(make_conninfo(dsn, **wrong), space))
        assert says_nothing_of_the_server(met.value)
    with pytest.raises(DatabaseNotReached):
        PostgresStore("no = dsn = at all", space).get(KEPT, b"a")


def test_without_the_extra_it_says_what_to_install() -> None:
    program = """
import sys
sys.modules["psycopg"] = None
from kunak.vault.stores.postgres import PostgresMissing, PostgresStore
try:
    PostgresStore("host=/nowhere", "ab" * 8).get("body", b"a")
except PostgresMissing as error:
    print(error.told())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "Install kunak[postgres]" in told
    assert PostgresMissing.code == "postgres-missing"


def test_a_program_that_may_only_read_and_write_rows_can_work(
    own_schema: str, space: str, raw: psycopg.Connection
) -> None:
    first = PostgresStore(own_schema, space)
    first.commit([blob(b"a")])
    first.close()
    schema, role = conninfo_to_dict(own_schema)["options"].split("=")[1], f"r{secrets.token_hex(6)}"
    raw.execute(f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}")
    store = PostgresStore(make_conninfo(own_schema, user=role), space)
    try:
        with pytest.raises(NotReached):
            store.get(KEPT, b"a")
        raw.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}")
        store.commit([blob(b"b")], [(KEPT, b"a")])
        assert [name for _, name, _ in store.since(KEPT)] == [b"b"]
        store.close()
    finally:
        raw.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_tables_of_another_program_are_damaged(own_schema: str, space: str) -> None:
    with psycopg.connect(own_schema) as db:
        db.execute("CREATE TABLE stream (id TEXT, head INT, whose TEXT); CREATE TABLE blob (cur INT)")
    with pytest.raises(StoreDamaged):
        PostgresStore(own_schema, space).get(KEPT, b"a")


def test_a_head_that_was_set_back_is_damaged_and_nothing_is_written(
    store: PostgresStore, raw: psycopg.Connection
) -> None:
    """As after a restore of one table alone: a cursor would be given twice."""
    store.commit([blob(b"a"), blob(b"b")])
    raw.execute("UPDATE stream SET head = 0 WHERE id = %s", (store._stream(KEPT),))
    with pytest.raises(StoreDamaged) as met:
        store.commit([blob(b"c")])
    assert says_nothing_of_the_server(met.value)
    assert [name for _, name, _ in store.since(KEPT)] == [b"a", b"b"]


def test_programs_that_come_at_once_make_the_tables_once(own_schema: str, space: str) -> None:
    stores = [PostgresStore(own_schema, space) for _ in range(6)]
    together = threading.Barrier(len(stores))

    def write(store: PostgresStore, number: int) -> None:
        together.wait()
        store.commit([blob(b"%d" % number)])

    threads = [threading.Thread(target=write, args=(s, i)) for i, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(name for _, name, _ in stores[0].since(KEPT)) == [b"%d" % i for i in range(6)]
    for each in stores:
        each.close()

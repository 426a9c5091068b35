"""A program that writes into an office and is killed at one step of its store: what is there afterwards?

    python killing.py KIND FOLDER POINT…      prints what was found, as JSON

KIND says where the office lies, and what a step is:

* ``sqlite``: SIGKILL at the n-th statement, or when the n-th commit has returned;
* ``sqlite-bytes``: death by the system inside a write, after exactly n bytes of the file that grows first;
* ``postgres``: SIGKILL before or after the n-th statement;
* ``postgres-server``: SIGKILL of all processes of the server before or after the program's n-th statement;
* ``bundle``: SIGKILL before, in the middle of, or after the n-th call that writes, flushes, cuts, renames.

The program founds an office, writes segments of three items, and in between replaces one blob by another in
one commit (a drop and a put). It says through a pipe what was acknowledged. Each point has an office of its
own.
"""

import json
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
import postgres_server

from kunak.errors import Unreachable
from kunak.vault import Item, KdfCost, SqliteStore, Store, Vault
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.stores.postgres import PostgresStore

PASSPHRASE = "anna keeps bees"
CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
AT = datetime(2031, 5, 5, tzinfo=UTC)
SCRATCH = "scratch"  # a shelf that no vault knows
KINDS = ("sqlite", "sqlite-bytes", "postgres", "postgres-server", "bundle")


class Steps:
    """Counts steps, and does something at one of them."""

    def __init__(self, point: int, at_the_point: Callable[[], object]) -> None:
        self._left = point
        self._at_the_point = at_the_point

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            self._at_the_point()

    def is_last(self) -> bool:
        return self._left == 1


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def open_store(kind: str, folder: Path) -> Store:
    if kind.startswith("sqlite"):
        return SqliteStore(folder / "office.db")
    if kind == "bundle":
        return BundleStore(folder / "office.bundle")
    return PostgresStore(postgres_server.server(), sha256(bytes(folder)).hexdigest()[:32])


# What a step is.


def count_statements_of_sqlite(store: SqliteStore, step: Steps) -> None:
    make, commit = store._open, store.commit

    def traced() -> sqlite3.Connection:
        db = make()
        db.set_trace_callback(step)
        return db

    def told(*what: Any) -> None:
        commit(*what)
        step()

    store._open, store.commit = traced, told  # type: ignore[method-assign]


def die_after_bytes(point: int) -> None:
    """The system lets no file of this process grow beyond ``point`` bytes, and ends it when it tries."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (point, point))


def count_statements_of_postgres(step: Steps) -> None:
    for owner, name in ((psycopg.Connection, "execute"), (psycopg.Cursor, "executemany")):
        setattr(owner, name, between(step, getattr(owner, name)))


def count_calls_that_write(step: Steps) -> None:
    whole = os.pwrite

    def half(file: int, what: bytes, at: int) -> int:
        if step.is_last():
            whole(file, what[: len(what) // 2], at)
        step()
        return whole(file, what, at)

    os.pwrite = half
    for name in ("fsync", "ftruncate", "rename", "unlink", "pwrite"):
        setattr(os, name, between(step, getattr(os, name)))


def between(step: Steps, call: Callable[..., Any]) -> Callable[..., Any]:
    def stepped(*given: Any, **named: Any) -> Any:
        step()
        done = call(*given, **named)
        step()
        return done

    return stepped


# The program, and what is there when it is dead.


def bodies(number: int) -> list[bytes]:
    return [b"%d" % number * 50] * 3


def work(store: Store, told: Callable[[str], object]) -> None:
    """Write until death, telling of everything that has been acknowledged."""
    vault = Vault.create(store, member="anna", passphrase=PASSPHRASE, at=AT, cost=CHEAP)
    told("founded")
    for number in count():
        items = zip(("index", "work", "place"), bodies(number), strict=True)
        vault.write([Item(f"C-{number % 7}", kind, body) for kind, body in items], AT)
        told("written")
        drop = [(SCRATCH, b"%d" % (number - 1))] if number else []
        store.commit([Blob(SCRATCH, b"%d" % number, bodies(number)[0])], drop)
        told("replaced")


def look(store: Store, told: list[str]) -> str:
    """What is there; raises where a promise was broken: something lost, or something half there."""
    founded, written, replaced = (told.count(word) for word in ("founded", "written", "replaced"))
    if not founded and not list(store.since("epoch")):
        assert store.get("keystore", b"keystore") is None
        Vault.create(store, member="anna", passphrase=PASSPHRASE, at=AT, cost=CHEAP).close()
        return "nothing"
    vault = Vault.unlock(store, passphrase=PASSPHRASE)
    found = [opened.body for opened in vault.read()]
    segments = len(found) // 3
    assert found == [body for number in range(segments) for body in bodies(number)]
    assert written <= segments <= written + 1
    there = [(name, sealed) for _, name, sealed in store.since(SCRATCH)]
    assert there in [
        [(b"%d" % number, bodies(number)[0])] if number >= 0 else [] for number in (replaced - 1, replaced)
    ]
    vault.write([Item("C-1", "index", b"after")], AT)
    again = Vault.unlock(store, passphrase=PASSPHRASE)
    assert [opened.body for opened in again.read()] == [*found, b"after"]
    again.close()
    vault.close()
    beyond = segments > written or there[-1:] == [(b"%d" % replaced, bodies(replaced)[0])] or not founded
    return "one more" if beyond else "what was told"


def whole_file(path: Path) -> bool:
    db = sqlite3.connect(path)
    try:
        return bool(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
    finally:
        db.close()


def child(kind: str, folder: Path, point: int, pipe: int) -> None:
    store, step = open_store(kind, folder), Steps(point, die)
    if kind == "sqlite":
        assert isinstance(store, SqliteStore)
        count_statements_of_sqlite(store, step)
    elif kind == "sqlite-bytes":
        die_after_bytes(point)
    elif kind == "postgres":
        count_statements_of_postgres(step)
    else:
        count_calls_that_write(step)
    work(store, lambda word: os.write(pipe, word.encode() + b"\n"))


def killed(kind: str, folder: Path, point: int) -> tuple[str, int]:
    """One life and death; what was found, and how many things had been acknowledged."""
    folder.mkdir(parents=True)
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            child(kind, folder, point, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading) as pipe:
        told = pipe.read().split()
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == (signal.SIGXFSZ if kind == "sqlite-bytes" else signal.SIGKILL)
    store = open_store(kind, folder)
    found = look(store, told)
    store.close()
    assert not kind.startswith("sqlite") or whole_file(folder / "office.db")
    return found, len(told)


class Server:
    """A server of our own, all of whose processes can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        postgres_server.make(folder)
        self._running = postgres_server.start(folder)
        self.dsn = postgres_server.socket_dsn(folder)

    def kill(self) -> None:
        master = self._running.pid
        os.kill(master, signal.SIGSTOP)  # it starts nobody new
        for each in _children(master):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._running.kill()
        self._running.wait()

    def start(self) -> None:
        self._running = postgres_server.start(self.folder)

    def stop(self) -> None:
        postgres_server.stop(self._running)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(parent):
                found.append(int(stat.parent.name))
    return found


def server_killed(server: Server, point: int) -> tuple[str, int]:
    """The program lives on; the server does not."""
    store = PostgresStore(server.dsn, f"{point:08x}")
    store.waits = ()  # nobody starts it again as long as we wait
    step, told = Steps(point, server.kill), list[str]()
    real = (psycopg.Connection.execute, psycopg.Cursor.executemany)
    count_statements_of_postgres(step)
    try:
        work(store, told.append)
    except Unreachable:
        pass
    finally:
        psycopg.Connection.execute, psycopg.Cursor.executemany = real  # type: ignore[method-assign]
    server.start()
    found = look(store, told)
    store.close()
    return found, len(told)


def kill_all(kind: str, folder: Path, points: list[int]) -> dict[str, object]:
    """All points, one after the other. Any broken promise raises."""
    began, found, told = time.monotonic(), dict[str, int](), 0
    server = Server(folder / "server") if kind == "postgres-server" else None
    for point in points:
        if server is not None:
            state, acknowledged = server_killed(server, point)
        else:
            state, acknowledged = killed(kind, folder / str(point), point)
        found[state] = found.get(state, 0) + 1
        told += acknowledged
    if server is not None:
        server.stop()
    seconds = round(time.monotonic() - began, 1)
    return {
        "kind": kind,
        "points": len(points),
        "acknowledged": told,
        "lost": 0,  # it would have raised
        "half written": 0,
        "found": found,
        "seconds": seconds,
    }


if __name__ == "__main__":
    print(json.dumps(kill_all(sys.argv[1], Path(sys.argv[2]), [int(each) for each in sys.argv[3:]])))

"""A private PostgreSQL server for one run of the tests: on a socket of its own, ended with the run.

All worker processes of a run share it. Each holds a lock on the file ``users`` as long as it lives, however
it ends; a keeper process, which is this file run as a program, waits until nobody holds it, ends the server
and removes the folder.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import IO, NoReturn

import pytest

REQUIRED = "KUNAK_POSTGRES_REQUIRED"
RUN = "KUNAK_TEST_RUN"
USER = "kunak"
_held: list[IO[str]] = []  # open for as long as this process lives


class NoServer(Exception):
    """PostgreSQL is not installed here."""


def programs() -> Path:
    """Where the newest PostgreSQL's programs are; Debian keeps them off the path."""
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda each: int(each.split("/")[4]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise NoServer
    return Path(found[-1] if found else str(on_path)).parent


def socket_dsn(folder: Path) -> str:
    return f"host={folder} user={USER} dbname=postgres"


def owner() -> str | None:
    """Whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def as_owner() -> dict[str, object]:
    who = owner()
    return {} if who is None else {"user": who, "group": pwd.getpwnam(who).pw_gid, "extra_groups": ()}


def make(folder: Path) -> None:
    """A new cluster in ``folder``; small segments of its log, so that a test can limit the size of files."""
    initdb = [programs() / "initdb", "--pgdata", folder / "data", "--username", USER, "--auth", "trust"]
    folder.mkdir(mode=0o700)
    if owner() is not None:
        shutil.chown(folder, owner())
    ways = ["--no-sync", "--encoding", "UTF8", "--locale", "C", "--wal-segsize", "1", "--no-instructions"]
    subprocess.run(
        [*initdb, *ways],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        **as_owner(),  # type: ignore[call-overload]
    )


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """The server of a cluster, once it answers: fsync on, as everything that a promise rests on."""
    settings = ["listen_addresses=", "shared_buffers=16MB", "max_connections=60", "fsync=on"]
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server = subprocess.Popen(
        [programs() / "postgres", "-D", folder / "data", "-k", folder, *(f"--{each}" for each in settings)],
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
        **as_owner(),  # type: ignore[call-overload]
    )
    os.close(log)
    ready = [programs() / "pg_isready", "-q", "-h", folder]
    for _ in range(1500):
        if subprocess.run(ready, check=False).returncode == 0:
            return server
        if server.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError((folder / "log").read_text(errors="replace"))


def stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGQUIT)  # at once: nobody wants its files any more
    server.wait()


@cache
def server() -> str:
    """The dsn of this run's server, started by whoever asks first. Raises NoServer."""
    programs()
    if "PYTEST_XDIST_TESTRUNUID" not in os.environ:  # programs that a test starts share it, too
        os.environ.setdefault(RUN, f"{os.getpid()}-{time.time_ns()}")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or os.environ[RUN]
    short = sha256(run.encode()).hexdigest()[:12]  # a socket's path may have 107 bytes only
    folder = Path(tempfile.gettempdir(), f"kunak-pg-{short}")
    with open(f"{folder}.starting", "w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not (folder / "users").exists():
            make(folder)
            users = open(folder / "users", "w")  # noqa: SIM115 (held as long as this process lives)
            fcntl.flock(users, fcntl.LOCK_SH)
            keeper = subprocess.Popen(
                [sys.executable, __file__, folder],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
            assert keeper.stdout is not None
            assert keeper.stdout.readline() == b"ready\n", (folder / "log").read_text(errors="replace")
            keeper.stdout.close()
            keeper.returncode = 0  # it outlives us; nobody waits for it
        else:
            users = open(folder / "users")  # noqa: SIM115
            fcntl.flock(users, fcntl.LOCK_SH)
    _held.append(users)
    return socket_dsn(folder)


def server_or_skip() -> str:
    """The same; a test without a server is skipped, or fails where a server is required."""
    try:
        return server()
    except NoServer:
        _skip()


def make_or_skip(folder: Path) -> None:
    """``make``; a test without the programs is skipped, or fails where a server is required."""
    try:
        make(folder)
    except NoServer:
        _skip()


def _skip() -> NoReturn:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail("PostgreSQL is required here and not installed")
    pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")


def keep(folder: Path) -> None:
    """Run the server until nobody uses it."""
    running = start(folder)
    print("ready", flush=True)
    with open(folder / "users") as users, open(f"{folder}.starting", "w") as starting:
        while True:
            fcntl.flock(users, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_UN)
            fcntl.flock(starting, fcntl.LOCK_EX)  # nobody comes in between
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                fcntl.flock(starting, fcntl.LOCK_UN)
        stop(running)
        shutil.rmtree(folder)
        os.unlink(f"{folder}.starting")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))

"""A PostgreSQL database for one test, and the ways in which it can be stolen."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import postgres_server
import psycopg

OFFICES = "offices"  # the schema of offices' stores: a relay's tables have the same names


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database of its own on the server of this run; dropped afterwards."""
    name = f"seized_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            dsn = server.replace("dbname=postgres", f"dbname={name}")
            with psycopg.connect(dsn, autocommit=True) as inside:
                inside.execute(f"CREATE SCHEMA {OFFICES}".encode())
            yield dsn
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def dumped(dsn: str) -> bytes:
    """All of it, as `pg_dump` writes it."""
    program = [postgres_server.programs() / "pg_dump", f"--dbname={dsn}"]
    return subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout


def files_of(dsn: str) -> list[tuple[str, bytes]]:
    """The database's own files as they lie on the server's disk, and the server's write-ahead log."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (place,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        (oid,) = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("",)
    return [*_files(Path(place, "base", str(oid))), *_files(Path(place, "pg_wal"))]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield f"{folder.name}/{path.name}", path.read_bytes()

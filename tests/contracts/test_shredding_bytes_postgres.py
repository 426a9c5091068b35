"""What PostgreSQL keeps of what was dropped: docs/threats.md says it, and says what ends it.

A server of its own, because its settings matter: by default old segments of the write-ahead log are used again
with their bytes in them.
"""

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import postgres_server
import psycopg
import pytest

from kunak.vault.stores import Blob
from kunak.vault.stores.postgres import PostgresStore

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "threats.md"
SIZES = (300, 700, 5000)  # bytes: in the table itself, and beside it


@pytest.fixture
def server() -> Iterator[str]:
    """A server that is set as docs/threats.md says."""
    folder = Path(tempfile.gettempdir(), f"kunak-pg-{secrets.token_hex(6)}")
    postgres_server.make_or_skip(folder)
    with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write("\n".join(["autovacuum = off", *advice("ini")]) + "\n")
    running = postgres_server.start(folder)
    yield postgres_server.socket_dsn(folder)
    postgres_server.stop(running)
    shutil.rmtree(folder)


def advice(language: str) -> list[str]:
    """The lines of the page's example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [line for line in found.splitlines() if line.strip()]


def test_deleted_bytes_stay_in_its_files_until_what_the_page_says_is_done(server: str) -> None:
    blobs = [Blob("body", secrets.token_bytes(32), secrets.token_bytes(size)) for size in SIZES * 10]
    store = PostgresStore(server, "ab" * 16)
    store.commit(blobs)
    gone, stays = blobs[:20], blobs[20:]
    store.commit((), [(blob.shelf, blob.name) for blob in gone])
    assert [blob for blob in gone if store.get(blob.shelf, blob.name) is not None] == []
    assert left_of(gone, server, "base") == len(gone)
    assert left_of(gone, server, "pg_wal") == len(gone)
    with psycopg.connect(server, autocommit=True) as database:
        database.execute("VACUUM")
        assert left_of(gone, server, "base") > 0  # it marks them as free, and writes over none
        for statement in advice("sql"):
            database.execute(statement.encode())
    assert left_of(gone, server, "base") == 0
    assert left_of(gone, server, "pg_wal") == 0
    assert left_of(stays, server, "base") == len(stays)
    assert all(store.get(blob.shelf, blob.name) == blob.sealed for blob in stays)
    store.close()


def left_of(blobs: list[Blob], dsn: str, folder: str) -> int:
    """Of how many blobs any piece lies in the files of a folder of the server."""
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("CHECKPOINT")
        (place,) = database.execute("SHOW data_directory").fetchone() or ("",)
    files = [path.read_bytes() for path in Path(place, folder).rglob("*") if path.is_file()]
    return sum(any(_lies_in(blob.sealed, found) for found in files) for blob in blobs)


def _lies_in(sealed: bytes, found: bytes) -> bool:
    starts = range(0, len(sealed) - 24, 100)
    return any(sealed[start : start + 24] in found for start in starts)

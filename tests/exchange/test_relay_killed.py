"""The relay's own command as a process, with two offices, in a file and in PostgreSQL: killed, and again."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from ports import free_port
from relay_running import SPACE, fresh_database, keys_of, seed_of

from kunak.exchange.remote import RemoteStore
from kunak.vault.stores import Blob, NotReached

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    return fresh_database() if request.param == "postgres" else ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "offices").mkdir()
    for number in range(2):
        rid, keys = keys_of(number)
        said = {"rid": rid, "intake": keys.intake.hex(), "channel": keys.channel.hex(), "admins": []}
        (tmp_path / "offices" / f"{number}.json").write_text(json.dumps(said))
    return tmp_path


@contextmanager
def process(folder: Path, database: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = free_port()
    command = [sys.executable, "-m", "kunak.exchange.relay", str(folder), "--port", str(port)]
    started = subprocess.Popen(command, env={**os.environ, "KUNAK_RELAY_STORE": database})
    try:
        for _ in range(1000):
            if started.poll() is not None:
                raise AssertionError("the relay ended")
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield started, port
    finally:
        started.kill()
        started.wait()


def device(port: int, number: int, memory: bytes = b"") -> RemoteStore:
    return RemoteStore(
        f"http://127.0.0.1:{port}",
        channel_seed=seed_of(number),
        rid=keys_of(number).rid,
        space=SPACE,
        memory=memory,
        waits=(0.01,),
    )


def segment(name: str) -> Blob:
    return Blob("segment", name.encode(), name.encode() * 50)


def test_killed_at_whatever_moment_it_has_what_it_said_it_kept(folder: Path, database: str) -> None:
    """The device's memory would name anything that is missing."""
    memories, kept = {0: b"", 1: b""}, set()
    for life in range(3):
        office = life % 2
        with process(folder, database) as (relay, port):
            remote = device(port, office, memories[office])
            with suppress(NotReached):
                for number in range(400):
                    remote.commit([segment(f"{life} {number}"), segment(f"{life} {number} too")])
                    kept.add((office, f"{life} {number}"))
                    if number == 7 + 5 * life:
                        relay.kill()
            assert number > 7
            memories[office] = remote.memory()
            remote.close()
    with process(folder, database) as (_, port):
        found = set()
        for office, memory in memories.items():
            remote = device(port, office, memory)
            found |= {(office, name.decode()) for _, name, _ in remote.since("segment")}
            remote.close()
    halves = {(office, name) for office, name in found if not name.endswith("too")}
    assert kept <= halves
    assert found == halves | {(office, f"{name} too") for office, name in halves}
    assert (folder / "relay").exists() == (not database)

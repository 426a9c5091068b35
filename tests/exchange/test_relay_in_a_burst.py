"""The relay, its database or its disk goes while many people write: whoever saw a code finds their message, and the
others saw a sentence that says it did not arrive, or a line that broke. Sent again, each is there once."""

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres_server
import pytest
from relay_process import Burst, office, relay_process, texts
from relay_running import fresh_database

pytestmark = pytest.mark.slow

PEOPLE = 60
NOT_ARRIVED = ("did not arrive", "nothing was kept")


def everything(count: int = PEOPLE) -> list[str]:
    return sorted(f"report {number}" for number in range(count))


def after(count: int, burst: Burst, do: Callable[[], None]) -> Callable[[], None]:
    """Do something as soon as so many have arrived."""

    def wait() -> None:
        while len(burst.arrived()) < count:
            time.sleep(0.001)
        do()

    return wait


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    return fresh_database() if request.param == "postgres" else ""


def test_the_relay_is_killed(tmp_path: Path, database: str):
    with relay_process(tmp_path, database) as (relay, port):
        address = f"http://127.0.0.1:{port}"
        burst = Burst.ready(address, PEOPLE)
        burst.send(address, after(15, burst, relay.kill))
    assert 15 <= len(burst.arrived()) < PEOPLE
    for sender in burst.others():
        assert sender.trouble, "whoever got an answer from a relay that was killed had arrived"
    with relay_process(tmp_path, database, port=port):
        assert set(burst.arrived()) <= set(texts(port))
        burst.send(address)
        assert burst.arrived() == everything()
        assert texts(port) == everything()


@pytest.fixture
def cluster() -> Iterator[Path]:
    """A PostgreSQL server of its own, which may be killed."""
    folder = Path("/tmp", f"kunak-pg-burst-{os.getpid()}")
    postgres_server.make_or_skip(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def test_the_database_is_killed(tmp_path: Path, cluster: Path):
    server = postgres_server.start(cluster)
    try:
        with relay_process(tmp_path, postgres_server.socket_dsn(cluster)) as (_, port):
            address = f"http://127.0.0.1:{port}"
            burst = Burst.ready(address, PEOPLE)
            burst.send(address, after(15, burst, lambda: _kill(server)))
            assert 15 <= len(burst.arrived()) < PEOPLE
            for sender in burst.others():
                assert (sender.trouble, sender.status) == ("", 503), sender
                assert all(words in sender.sentence for words in NOT_ARRIVED), sender.sentence
            server = postgres_server.start(cluster)
            assert set(burst.arrived()) <= set(texts(port))
            burst.send(address)
            assert burst.arrived() == everything()
            assert texts(port) == everything()
    finally:
        postgres_server.stop(server)


def _kill(server: "subprocess.Popen[bytes]") -> None:
    """As a machine without power does: the server and whatever works for it."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def test_the_disk_is_full(tmp_path: Path):
    with relay_process(tmp_path) as (relay, port):
        address = f"http://127.0.0.1:{port}"
        burst = Burst.ready(address, PEOPLE)
        grown = max(file.stat().st_size for file in (tmp_path / "relay").iterdir())
        _, hard = resource.prlimit(relay.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (grown + 150_000, hard))
        burst.send(address)
        _said_that_it_did_not_arrive(burst, port)
        resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
        burst.send(address)
        assert burst.arrived() == everything()
        assert texts(port) == everything()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_the_disk_is_really_full(tmp_path: Path):
    """A disk of its own, of which the relay's files are all."""
    (tmp_path / "relay").mkdir()
    mounted = 'mount -t tmpfs -o size=1000k,mode=700 tmpfs "$0" && exec "$@"'
    around = ("unshare", "--mount", "sh", "-c", mounted, str(tmp_path / "relay"))
    with relay_process(tmp_path, around=around) as (_, port):
        address = f"http://127.0.0.1:{port}"
        burst = Burst.ready(address, PEOPLE)
        burst.send(address)
        _said_that_it_did_not_arrive(burst, port)
        with office(port) as post:  # what the office has fetched makes room
            collected = post.collect()
            post.forget(report.id for report in collected.reports)
        time.sleep(1.5)  # the file is rebuilt in its own time
        there = {report.answers["text"][0] for report in collected.reports}
        burst.send(address)
        assert set(texts(port)) == set(burst.arrived()) - there


def _said_that_it_did_not_arrive(burst: Burst, port: int) -> None:
    assert 0 < len(burst.arrived()) < PEOPLE
    for sender in burst.others():
        assert (sender.trouble, sender.status) == ("", 503), sender
        assert all(words in sender.sentence for words in NOT_ARRIVED), sender.sentence
    assert texts(port) == burst.arrived()

"""The offices that the tests of the worker side work in: real ones, sealed, in a folder."""

import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from two_desks import join, settle
from web_desk import CHEAP, ORIGIN, OURS, START, THEIRS, Clock, Desk

from kunak.vault import add_member, membership
from kunak.web.app import build_app
from kunak.web.office import Office, Settings
from kunak.workbench import found_office, joining, open_store

sys.path.append(str(Path(__file__).parents[1] / "exchange"))  # a relay that really runs


@pytest.fixture(scope="session")
def office_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with two members, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("office")
    bench = found_office(folder, member="heron", passphrase=OURS, at=START, cost=CHEAP)
    add_member(bench.vault, "ibis", THEIRS, START)
    bench.close()
    return folder


@pytest.fixture
def locked_desk(office_folder: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose office has not been unlocked."""
    for file in office_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    clock = Clock()
    office = Office(Settings(directory=tmp_path, zone=UTC), open_store(tmp_path), clock)
    client = TestClient(build_app(office), base_url=ORIGIN)
    yield Desk(client, office, clock)
    client.close()
    office.end()


@pytest.fixture
def colleague(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A case worker and lawyer, otter, at a machine of their own: let in by heron, vouched for by ibis."""
    monkeypatch.setattr(joining, "COST", CHEAP)
    other = join(desk, tmp_path / "otter", "otter", ("case-worker", "lawyer"))
    ibis = desk.bench.second(THEIRS)
    membership.vouch(ibis, "otter", desk.clock())
    ibis.close()
    settle(desk, other)
    yield other
    other.client.close()
    other.office.end()


@pytest.fixture
def desk(locked_desk: Desk) -> Desk:
    """A desk that has just been unlocked."""
    locked_desk.unlock()
    return locked_desk

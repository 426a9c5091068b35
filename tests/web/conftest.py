"""A real office in a folder: SQLite, sealed, two members, a cheap Argon2, and a hand that clicks in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kunak.intake import actions as intake_actions
from kunak.intake.form import parse
from kunak.vault import KdfCost
from kunak.web.app import build_app
from kunak.web.office import Office, Settings
from kunak.workbench import Workbench, found_office, new_code, open_store

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, THEIRS = "heron marsh lantern", "second pair of eyes"
START = datetime(2031, 4, 9, 22, 10, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8420"


@dataclass
class Clock:
    """The hour of the test."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Desk:
    """A browser at the desk, and what stands behind it."""

    client: TestClient
    office: Office
    clock: Clock
    seen: list[str] = field(default_factory=list)

    @property
    def bench(self) -> Workbench:
        assert self.office.bench is not None
        return self.office.bench

    def unlock(self, passphrase: str = OURS) -> None:
        answer = self.post("/unlock", passphrase=passphrase)
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **headers: str):  # type: ignore[no-untyped-def]
        return self.client.get(path, headers={"sec-fetch-site": "same-origin", **headers})

    def post(self, path: str, /, follow: bool = True, **fields):  # type: ignore[no-untyped-def]
        own = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
        return self.client.post(path, data=fields, headers=own, follow_redirects=follow)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return plain(answer.text)

    def receive(self, text: str = "", **answers: str | tuple[str, ...]) -> str:
        """A request that somebody sent, with its code."""
        given = {"safe_now": "yes", "language": "ru", **answers}
        ticked = {key: (value,) if isinstance(value, str) else value for key, value in given.items()}
        code = new_code("R")
        self.bench.act(
            intake_actions.receive_request,
            self.bench.requests,
            subject=code,
            answers=parse(ticked | ({"text": (text,)} if text else {})),
            received_at=self.clock(),
            by="person",
        )
        return code

    def open_case(self, **answers: str) -> tuple[str, str]:
        """A request and the case that it became."""
        request = self.receive(**answers)
        answer = self.post(f"/requests/{request}/case", workers=self.bench.member)
        return request, answer.url.path.rsplit("/", 1)[-1]


def plain(html: str) -> str:
    """What a page says, without markup."""
    body = re.sub(r"<(style|script|svg).*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.fixture(scope="session")
def office_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with two members, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("office")
    bench = found_office(folder, member="heron", passphrase=OURS, at=START, cost=CHEAP)
    bench.vault.add_member("ibis", THEIRS, START)
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
def desk(locked_desk: Desk) -> Desk:
    """A desk that has just been unlocked."""
    locked_desk.unlock()
    return locked_desk

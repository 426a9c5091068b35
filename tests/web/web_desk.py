"""A real office in a folder: SQLite, sealed, two members, a cheap Argon2, and a hand that clicks in it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from kunak.intake import actions as intake_actions
from kunak.intake.form import parse
from kunak.vault import KdfCost
from kunak.web.office import Office
from kunak.workbench import Workbench, new_code

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, THEIRS = "heron marsh lantern", "second pair of eyes"
START = datetime(2031, 4, 9, 22, 10, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8420"


@dataclass
class Clock:
    """The hour of the test. It ticks, because two things never happen at quite the same time."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
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

    def upload(self, path: str, /, **files: bytes):  # type: ignore[no-untyped-def]
        own = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
        named = {name: (f"{name}.bin", content) for name, content in files.items()}
        return self.client.post(path, files=named, headers=own, follow_redirects=True)

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

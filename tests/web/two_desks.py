"""Two machines of one office that only exchange by files: how somebody joins, and how a stick is carried."""

import re
from datetime import UTC
from pathlib import Path

from starlette.testclient import TestClient
from web_desk import ORIGIN, Desk

from kunak.web.app import build_app
from kunak.web.office import Office, Settings
from kunak.workbench import joining, open_store

OWN = "three kites over water"


def code_of(page: str) -> bytes:
    """The joining code that a page shows, in words."""
    words = re.search(r'<p class="big spelled"><strong>(.*?)</strong>', page)
    assert words
    return joining.read_code(words[1])


def join(desk: Desk, folder: Path, member: str, roles: tuple[str, ...]) -> Desk:
    """A newcomer with a machine of their own; all files go by hand, the code by voice."""
    code = code_of(desk.post("/members/invite", form="invite", member=member, roles=roles).text)
    admitted = desk.upload("/members/admit", ask=joining.ask(folder, member, code))
    assert "give them the answer" in admitted.text, admitted.text
    joining.finish(folder, code, desk.get("/members/answer").content, OWN).close()
    return sit_down(folder, desk)


def sit_down(folder: Path, beside: Desk) -> Desk:
    """An unlocked desk on another machine, at the same hour."""
    office = Office(Settings(directory=folder, zone=UTC), open_store(folder), beside.clock)
    client = TestClient(build_app(office), base_url=ORIGIN)
    other = Desk(client, office, beside.clock)
    other.unlock(OWN)
    return other


def carry(giving: Desk, taking: Desk) -> None:
    """A bundle on a stick, from one machine to the other."""
    made = giving.post("/sync/out")
    assert made.headers["content-disposition"].startswith("attachment")
    taken = taking.upload("/sync/in", bundle=made.content)
    assert "The bundle is taken in." in taken.text, taken.text


def settle(one: Desk, other: Desk) -> None:
    """The stick goes to and fro until both know all that the other may tell them."""
    for _ in range(3):
        carry(one, other)
        carry(other, one)

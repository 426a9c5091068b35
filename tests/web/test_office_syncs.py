"""The running office syncs with its relay by itself, and its pages wait for nobody."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from web_desk import CHEAP, OURS, Desk

from kunak.exchange.link import Link
from kunak.exchange.relay import build_app
from kunak.exchange.relay.keys import enrolment
from kunak.vault import Item, MemoryStore, joining, membership
from kunak.web.office import Settings
from kunak.workbench import Workbench, relay_id
from kunak.workbench.founding import public_keys
from kunak.workbench.rounds import RELAY, rounds
from kunak.workbench.syncing import note_relay

pytestmark = pytest.mark.slow


class Gate:
    """A relay that can be made to let everybody wait."""

    def __init__(self, app) -> None:
        self._app = app
        self.open, self.somebody_waits = threading.Event(), threading.Event()
        self.open.set()

    async def __call__(self, scope, receive, send) -> None:
        while not self.open.is_set():
            self.somebody_waits.set()
            await asyncio.sleep(0.01)
        await self._app(scope, receive, send)


class Far:
    """The office's relay, and a colleague's device at the other end of it."""

    def __init__(self, desk: Desk, folder: Path, sock: socket.socket) -> None:
        anna = desk.bench.vault
        keys = public_keys(anna)
        named = enrolment(intake=keys.intake, channel=keys.channel, rid=relay_id(anna), admins=keys.admins)
        self.gate = Gate(build_app(folder, offices=[named]))
        config = uvicorn.Config(self.gate, log_config=None, lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [sock]}, daemon=True)
        self.thread.start()
        self.address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.desk, self.link = desk, Link(self.address)
        store = MemoryStore()
        code = joining.invite(anna, "otter", ("duty", "case-worker"), desk.clock()).code
        asked = joining.ask(store, "otter", code, CHEAP)
        _, answered = joining.answer(anna, asked, desk.clock(), CHEAP)
        self.bench = Workbench(joining.finish(store, code, answered, "otter's own words", CHEAP), desk.clock)

    def close(self) -> None:
        self.gate.open.set()
        self.link.close()
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def far(desk: Desk, tmp_path: Path) -> Iterator[Far]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        made = Far(desk, tmp_path / "relay", sock)
        desk.office.settings = Settings(directory=tmp_path, relay=made.address)
        desk.unlock()
        yield made
        desk.office.end()
        made.close()


def listen(desk: Desk) -> None:
    desk.office.stir()
    desk.office.listen()


def test_what_a_colleague_wrote_on_another_device_stands_in_the_queue(desk: Desk, far: Far) -> None:
    listen(desk)
    far.link.round(far.bench)
    code = desk.receive(text="help")
    listen(desk)
    far.link.round(far.bench)
    assert far.bench.requests.get(code) is not None
    far.bench.vault.write([Item("C-1", "index", b"no entry of any room")], desk.clock())
    far.link.round(far.bench)
    listen(desk)
    assert desk.office.inbox is not None
    assert desk.office.inbox.trouble is None
    assert rounds(desk.bench)[0].way == RELAY


def test_pages_are_answered_while_the_relay_lets_everybody_wait(desk: Desk, far: Far) -> None:
    listen(desk)
    far.gate.open.clear()
    far.gate.somebody_waits.clear()
    desk.office.stir()
    listening = threading.Thread(target=desk.office.listen)
    listening.start()
    assert far.gate.somebody_waits.wait(10)
    assert desk.get("/unlock").status_code == 200
    assert desk.bench.requests is not None
    code = desk.receive(text="in the meantime")
    with desk.office.lock:
        assert code in {request.code for request in desk.bench.requests}
    assert listening.is_alive()
    far.gate.open.set()
    listening.join()
    assert desk.office.inbox is not None
    assert desk.office.inbox.trouble is None


def test_it_can_be_locked_while_a_round_is_on_its_way(desk: Desk, far: Far) -> None:
    listen(desk)
    far.gate.open.clear()
    far.gate.somebody_waits.clear()
    desk.office.stir()
    listening = threading.Thread(target=desk.office.listen)
    listening.start()
    assert far.gate.somebody_waits.wait(10)
    desk.post("/lock")
    far.gate.open.set()
    listening.join()
    assert desk.office.bench is None


def test_after_a_removal_the_round_tells_the_relay_and_the_removed_device_is_refused(
    desk: Desk, far: Far
) -> None:
    listen(desk)
    far.link.round(far.bench)
    membership.remove_member(desk.bench.vault, "otter", desk.clock())
    listen(desk)
    assert desk.office.inbox is not None
    assert desk.office.inbox.trouble is None
    with pytest.raises(Exception, match="does not know this office"):
        far.link.round(far.bench)


def test_a_relay_that_is_away_is_said_on_the_page_and_the_office_works(desk: Desk, far: Far) -> None:
    far.server.should_exit = True
    far.thread.join()
    listen(desk)
    assert "The relay does not answer." in desk.text("/")


def test_without_an_address_the_one_used_last_is_used(desk: Desk, far: Far) -> None:
    note_relay(desk.bench, far.address)
    desk.office.settings = Settings(directory=desk.office.settings.directory)
    desk.post("/unlock", passphrase=OURS)
    assert desk.office.link is not None
    assert desk.office.link.address == far.address

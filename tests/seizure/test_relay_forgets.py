"""Whatever people do at a relay without script: a moment later nothing of it is in the memory of its process."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread
from urllib.parse import urlencode

import pytest
from machine import said_at, until
from memory import NotPermitted, image
from outside import Outside
from ports import free_port
from searching import Search

from kunak.exchange.relay.screens import LAST
from kunak.exchange.relay.wire import MOST_FORM
from kunak.vault import curves, seal

pytestmark = pytest.mark.slow

REQUIRED = os.environ.get("KUNAK_SEIZURE_REQUIRED") == "1"
MOMENT_S = 60.0  # keys are made even for who has gone, and give way to all else; the rest takes two seconds
FORM = "application/x-www-form-urlencoded"


class People(Outside):
    """Those outside; some write by hand."""

    def text(self) -> str:
        """One more text."""
        return self.typed.text("letters")

    def by_hand(self, head: str, body: bytes) -> None:
        """Bytes are sent, and after a moment the line is cut."""
        with socket.create_connection(("127.0.0.1", self.relay_port)) as line:
            line.sendall(f"POST {head}\r\nhost: x\r\ncontent-type: {FORM}\r\n".encode() + body)
            time.sleep(0.3)

    def search(self) -> Search:
        """For all that they wrote and were given."""
        return Search(self.typed.sorts, *self.secrets())


def sends(people: People) -> None:
    people.first_contact(people.person())


def hesitates(people: People) -> None:
    people.hesitate(people.person())


def writes_at_length(people: People) -> None:
    browser = people.person()
    long = {**people.answers(), "text": (people.text() + " ") * 100}
    for screen in (0, LAST - 1, LAST):
        assert browser.post("/w", data={**long, "s": str(screen), "l": "ru", "go": "en"}).status_code == 200
    much = {**people.answers(), "text": people.text() + "x" * MOST_FORM}
    assert browser.post("/w", data={**much, "s": str(LAST), "go": "send"}).status_code == 413


def answers_wrongly(people: People) -> None:
    browser, sent = people.person(), {"s": str(LAST), "l": "ru", "go": "send"}
    browser.post("/w", data={**people.answers(), **sent, "safe_now": people.text()})
    browser.post("/w", data={**people.answers(), **sent, "contact_channel": ""})
    for address, kind in (("/w", FORM), ("/w", "text/plain"), ("/nowhere", FORM), ("/o", FORM)):
        broken = f"text={people.text()}&other=%ff".encode()
        assert browser.post(address, content=broken, headers={"content-type": kind}).status_code == 404


def comes_back(people: People) -> None:
    browser = people.person()
    code = people.first_contact(browser)
    words, digits = code.words("ru"), code.digits()
    for spelled in (" ".join(words), digits, "".join(words), digits[:-1], " ".join((*words[:5], "xyzzyq"))):
        assert browser.post("/c", data={"code": spelled, "l": "ru"}).status_code == 200
    assert browser.post("/s", data={"t": digits, "l": "ru"}).status_code == 200


def acts_in_the_thread(people: People) -> None:
    browser = people.person()
    fields = {"code": people.first_contact(browser).digits(), "l": "ru"}
    for go in ("send", "stop", "stop-yes", "en", "delete-yes"):
        more = {"text": people.text(), "once": secrets.token_hex(8), "go": go}
        assert browser.post("/m", data={**fields, **more}).status_code == 200
    too_long = {"text": people.text() * 300, "once": "1", "go": "send"}
    assert browser.post("/m", data={**fields, **too_long}).status_code == 200


def asks_by_script(people: People) -> None:
    browser = people.person()
    own = people.codes[people.first_contact(browser)]
    for emptied in (b"\0", b"\1"):
        asked = emptied + own.token + own.sign_public
        answer = browser.post("/k", content=asked, headers={"content-type": "application/octet-stream"})
        assert answer.status_code == 200


def is_cut_off(people: People) -> None:
    body = urlencode(people.answers()).encode()
    whole = body + f"&s={LAST}&l=ru&go=send".encode()
    people.by_hand("/w HTTP/1.1", b"content-length: %d\r\n\r\n%b" % (len(body) + 1000, body))
    people.by_hand("/w HTTP/1.1", b"content-length: %d\r\n\r\n%b" % (len(whole), whole))
    chunks = b"20\r\n" + body[:32] + b"\r\nzz\r\n" + body
    people.by_hand("/w HTTP/1.1", b"transfer-encoding: chunked\r\n\r\n" + chunks)
    people.by_hand(f"/w?{people.text()} no HTTP", body)


def many_at_once(people: People) -> None:
    crowd = [Thread(target=people.first_contact, args=(people.person(),)) for _ in range(4)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()


WAYS = [
    sends, hesitates, writes_at_length, answers_wrongly, comes_back, acts_in_the_thread, asks_by_script,
    is_cut_off, many_at_once,
]  # fmt: skip


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The process of a relay, and its port."""
    folder, port = tmp_path_factory.mktemp("relay"), free_port()
    public = {
        "intake": curves.intake_public_bytes(bytes(32)).hex(),
        "channel": seal.ed25519_public_bytes(bytes(32)).hex(),
    }
    (folder / "relay-keys.json").write_text(json.dumps(public))
    command = [sys.executable, "-m", "kunak.exchange.relay", str(folder), "--port", str(port)]
    with subprocess.Popen(command) as process:
        until(lambda: said_at(port), "the relay answers")
        yield process.pid, port
        process.terminate()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_moment_later_nothing_is_left_of(way: Callable[[People], None], relay: tuple[int, int]) -> None:
    pid, port = relay
    people = People(port)
    try:
        way(people)
        search, until_when = people.search(), time.monotonic() + MOMENT_S
        while seen := [(one.sort, one.spelling, one.shown) for one in search.of(image(pid))]:
            assert time.monotonic() < until_when, seen
    except NotPermitted as reason:
        assert not REQUIRED
        pytest.skip(str(reason))
    finally:
        people.go()

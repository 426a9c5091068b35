"""Parts of attachments at the relay: any order, once each, within bounds, some days, for who knows the id."""

import contextlib
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from relay_office import NIGHT, Office
from relay_running import Cutter, fresh_database, running

from kunak.exchange import attaching, channel
from kunak.exchange.attaching import (
    COUNTS,
    PART_BYTES,
    SPELLED_BYTES,
    THERE_BYTES,
    Attached,
    AttachmentNotSent,
    Sender,
    attach,
    open_parts,
    read_part,
    seal_part,
    spell_part,
)
from kunak.exchange.channel import Answer
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.tables import RelayFull
from kunak.exchange.relay.uploads import DAYS, DAYS_UNFINISHED, Uploads
from kunak.exchange.relay.wire import NothingHere

BYTES = {"content-type": "application/octet-stream"}
PLAIN = random.Random(6).randbytes(5 * PART_BYTES + 100)
TODAY = int(NIGHT.timestamp()) // 86_400


def post(relay: Office, body: bytes, **headers: str):
    return relay.browser.post("/u", content=body, headers={**BYTES, **headers})


def part(attached: Attached, place: int, plain: bytes = PLAIN) -> bytes:
    return spell_part(attached, place, seal_part(attached, plain, place))


def lacking(relay: Office, attached: Attached) -> list[int]:
    answer = post(relay, attached.upload)
    assert (answer.status_code, len(answer.content)) == (200, THERE_BYTES)
    return attaching.missing(attached, answer.content)


# Over HTTP


def test_parts_come_in_any_order_and_who_knows_the_id_learns_which_are_there(relay: Office) -> None:
    made = attach(PLAIN, "jpg")
    assert lacking(relay, made) == list(range(made.parts))
    for place in (4, 0, 5):
        assert post(relay, part(made, place)).status_code == 200
    assert lacking(relay, made) == [1, 2, 3]
    assert lacking(relay, attach(PLAIN, "jpg")) == list(range(made.parts))


def test_the_same_part_again_changes_nothing_and_another_in_its_place_is_refused(relay: Office) -> None:
    made = attach(PLAIN, "jpg")
    first = part(made, 0)
    assert {post(relay, first).status_code for _ in range(3)} == {200}
    usual = relay.browser.get("/there-is-no-such-page").content
    other_bytes, other_count = first[:-1] + bytes((first[-1] ^ 1,)), made._replace(parts=8)
    for body in (other_bytes, part(other_count, 0), part(other_count, 1)):
        answer = post(relay, body)
        assert (answer.status_code, answer.content) == (404, usual)
    assert lacking(relay, made) == [1, 2, 3, 4, 5]


def odd_bodies() -> dict[str, tuple[bytes, dict[str, str]]]:
    made = attach(PLAIN, "jpg")
    good = part(made, 1)
    return {
        "nothing": (b"", {}),
        "half an id": (good[:15], {}),
        "an id and more": (good[:17], {}),
        "cut": (good[:-1], {}),
        "a place too high": (part(made._replace(parts=1), 1), {}),
        "another number of parts": (part(made._replace(parts=5), 1), {}),
        "as a form": (good, {"content-type": "application/x-www-form-urlencoded"}),
        "from another page": (good, {"sec-fetch-site": "cross-site"}),
    }


@pytest.mark.parametrize("case", odd_bodies())
def test_what_no_page_of_ours_sends_finds_nothing(relay: Office, case: str) -> None:
    body, headers = odd_bodies()[case]
    answer, usual = post(relay, body, **headers), relay.browser.get("/there-is-no-such-page")
    assert (answer.status_code, answer.content) == (404, usual.content)
    assert relay.store.uploads.read(lambda ask: ask.rows("SELECT 1 FROM upload")) == []


def test_more_than_a_part_is_refused_before_it_came(tmp_path: Path) -> None:
    with running(tmp_path) as relay, socket.create_connection(("127.0.0.1", relay.port), timeout=10) as line:
        line.sendall(
            b"POST /u HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Length: %d\r\n\r\n" % (SPELLED_BYTES + 1)
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_no_get_tells_anything(relay: Office) -> None:
    made = attach(PLAIN, "jpg")
    post(relay, part(made, 0))
    usual = relay.browser.get("/there-is-no-such-page").content
    for path in ("/u", f"/u/{made.upload.hex()}", f"/u?{made.upload.hex()}"):
        assert relay.browser.get(path).content == usual


# What is kept, in a file and in PostgreSQL


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelayStore]:
    made = RelayStore(tmp_path, fresh_database() if request.param == "postgres" else "")
    yield made
    made.close()


def fill(uploads: Uploads, attached: Attached, places: range, day: int = TODAY) -> None:
    for place in places:
        uploads.keep(read_part(part(attached, place)), day)


def asked(upload: bytes, begin: int = 0, verb: str = "parts") -> channel.Question:
    return channel.fresh(0, verb)._replace(names=(upload,), part=begin)


def all_parts(uploads: Uploads, attached: Attached, day: int = TODAY) -> list[bytes]:
    """What the office gets, in as many answers as it takes."""
    got: list[bytes] = []
    answer = Answer(more=True)
    while answer.more:
        answer = uploads.parts(asked(attached.upload, len(got)), day)
        assert sum(len(blob.sealed) for blob in answer.blobs) <= channel.ANSWER_BYTES
        got += [blob.sealed for blob in answer.blobs]
    return got


def test_the_office_gets_all_parts_in_order_and_has_them_forgotten(store: RelayStore) -> None:
    uploads, made, other = Uploads(store.uploads), attach(PLAIN, "jpg"), attach(PLAIN, "jpg")
    fill(uploads, made, range(made.parts)[::-1])
    fill(uploads, other, range(2))
    assert b"".join(open_parts(made, all_parts(uploads, made))) == PLAIN
    assert uploads.parts(asked(made.upload), TODAY).head == made.parts
    uploads.release(asked(made.upload))
    assert uploads.parts(asked(made.upload), TODAY) == Answer()
    assert len(all_parts(uploads, other)) == 2


def test_the_store_holds_no_id(store: RelayStore) -> None:
    uploads, made = Uploads(store.uploads), attach(PLAIN, "jpg")
    fill(uploads, made, range(1))
    ((name, *rest),) = store.uploads.read(lambda ask: ask.rows("SELECT id, place, parts, day FROM upload"))
    assert rest == [0, made.parts, TODAY]
    assert len(name) == 32
    assert made.upload.hex() not in name


def test_when_it_is_full_nothing_more_is_kept_what_is_there_stays_and_words_still_arrive(
    store: RelayStore,
) -> None:
    uploads, made, late = Uploads(store.uploads, most=8), attach(PLAIN, "jpg"), attach(PLAIN, "jpg")
    fill(uploads, made, range(made.parts))
    fill(uploads, late, range(2))
    with pytest.raises(RelayFull):
        fill(uploads, late, range(2, 3))
    fill(uploads, late, range(2))  # what is there already is no more
    store.keep("a", "words", b"sealed")
    assert len(all_parts(uploads, made)) == made.parts
    uploads.release(asked(made.upload))
    fill(uploads, late, range(2, 3))


def test_full_is_said_as_full(relay: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = attach(PLAIN, "jpg")
    monkeypatch.setattr(
        "kunak.exchange.relay.uploads.Uploads.keep", lambda *_: (_ for _ in ()).throw(RelayFull())
    )
    assert post(relay, part(made, 0)).status_code == 503
    with pytest.raises(AttachmentNotSent):
        Sender(relay.browser, pause=lambda _: None).send(made, PLAIN)


@pytest.mark.parametrize(
    ("finished", "days", "there"),
    [
        (False, DAYS_UNFINISHED, True),
        (False, DAYS_UNFINISHED + 1, False),
        (True, DAYS_UNFINISHED + 1, True),
        (True, DAYS, True),
        (True, DAYS + 1, False),
    ],
)
def test_what_nobody_finishes_or_claims_is_let_go(
    store: RelayStore, finished: bool, days: int, there: bool
) -> None:
    uploads, made = Uploads(store.uploads), attach(PLAIN, "jpg")
    fill(uploads, made, range(made.parts if finished else 3))
    assert (Uploads(store.uploads).there(made.upload, TODAY + days) != bytes(THERE_BYTES)) is there


def test_a_part_a_day_does_not_keep_an_upload_for_ever(store: RelayStore) -> None:
    uploads, made = Uploads(store.uploads), attach(bytes(20 * PART_BYTES), "jpg")
    for place in range(DAYS + 1):
        fill(uploads, made, range(place, place + 1), TODAY + place)
    assert uploads.there(made.upload, TODAY + DAYS) != bytes(THERE_BYTES)
    assert uploads.there(made.upload, TODAY + DAYS + 1) == bytes(THERE_BYTES)


@pytest.mark.parametrize("odd", [{"names": ()}, {"names": (b"a", b"b")}, {"part": -1}, {"part": COUNTS[-1]}])
def test_an_odd_question_of_an_office_finds_nothing(store: RelayStore, odd: dict[str, object]) -> None:
    with pytest.raises(NothingHere):
        Uploads(store.uploads).parts(asked(bytes(16))._replace(**odd), TODAY)  # type: ignore[arg-type]


# Over a line that breaks


class Dropping(Cutter):
    """A line that breaks after so many bytes of every connection."""

    def __init__(self, port: int, each: int) -> None:
        self._each = each
        super().__init__(port)

    def _carry(self, way: str, source: socket.socket, sink: socket.socket, broken: bool) -> None:
        carried: Callable[[bytes], bytes] = _at_most(self._each if way == "up" else 1 << 30)
        with contextlib.suppress(OSError):
            while some := carried(source.recv(8192)):
                sink.sendall(some)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _at_most(left: int) -> Callable[[bytes], bytes]:
    def carried(some: bytes) -> bytes:
        nonlocal left
        taken = some[: max(left, 0)]
        left -= len(some)
        return taken

    return carried


def test_it_arrives_whole_over_a_line_that_drops_every_second_part(tmp_path: Path) -> None:
    made, waits = attach(PLAIN, "jpg"), list[float]()
    with running(tmp_path) as relay:
        line = Dropping(relay.port, each=2 * PART_BYTES)
        try:
            with httpx2.Client(base_url=line.address, timeout=10, trust_env=False) as client:
                sender = Sender(client, pause=waits.append)
                sender.send(made, PLAIN)
            assert line.connections > made.parts // 2
        finally:
            line.close()
        assert len(waits) >= made.parts // 2
        assert sender.posted < 2 * made.parts + len(waits)
        uploads = Uploads(relay.store.uploads)
        day = relay.store.uploads.read(lambda ask: ask.rows("SELECT max(day) FROM upload"))[0][0]
        assert b"".join(open_parts(made, all_parts(uploads, made, day))) == PLAIN


def test_a_line_that_lets_no_part_through_is_given_up_and_gone_on_with_later(tmp_path: Path) -> None:
    made, waits = attach(PLAIN, "jpg"), list[float]()
    with running(tmp_path) as relay:
        with httpx2.Client(base_url=relay.address, trust_env=False) as client:
            for place in (0, 1):
                client.post("/u", content=part(made, place), headers=BYTES)
        line = Dropping(relay.port, each=PART_BYTES // 2)
        try:
            with (
                httpx2.Client(base_url=line.address, timeout=10, trust_env=False) as client,
                pytest.raises(AttachmentNotSent),
            ):
                Sender(client, pause=waits.append).send(made, PLAIN)
        finally:
            line.close()
        assert max(waits) == 15.0
        with httpx2.Client(base_url=relay.address, trust_env=False) as client:
            sender = Sender(client)
            sender.send(made, PLAIN)
            assert sender.posted == made.parts - 2

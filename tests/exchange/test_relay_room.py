"""Junk of the right size, sent by anybody: it is bounded, takes nobody else's room, and vanishes; and whoever does
not get through is told so."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from relay_office import INTAKE_SEED, NIGHT, ROUNDS
from relay_process import Sender, browser_at
from relay_running import Running, fresh_database, keys_of, running, seed_of

from kunak.exchange import report as reports
from kunak.exchange.codes import ReturnCode
from kunak.exchange.inbox import MOST_NEWER, Inbox
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.post import Collected, Post
from kunak.exchange.relay import room
from kunak.exchange.relay.offices import Offices
from kunak.exchange.relay.room import DAYS, EACH_S, MOST_WAITING, Room, Turns
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.tables import NotKept, RelayFull
from kunak.exchange.relay.waiting import RelayBusy
from kunak.exchange.report import (
    ReportNewer,
    keep_sealed,
    open_report,
    seal_in_browser,
    why_unread,
    write_report,
)
from kunak.vault import codec, curves

BYTES = {"content-type": "application/octet-stream"}
KEYS = MailboxKeys.of(ReturnCode(7), ROUNDS)
PUBLIC = curves.intake_public_bytes(INTAKE_SEED)
SMALL = 8  # letters of one office
TODAY = int(NIGHT.timestamp()) // 86_400


def junk() -> bytes:
    return os.urandom(16) + curves.BY_X25519 + os.urandom(32 + 4096 + 16)


def send(address: str, body: bytes, base: str = "") -> httpx2.Response:
    with browser_at(address) as browser:
        return browser.post(f"{base}/j", content=body, headers=BYTES)


def flood(address: str, count: int, base: str = "") -> list[int]:
    """That many at once, each over a connection of its own; what each was answered."""
    with ThreadPoolExecutor(12) as threads:
        return list(threads.map(lambda _: send(address, junk(), base).status_code, range(count)))


def post(relay: Running, number: int = 0) -> Post:
    return Post(
        relay.address,
        intake_seed=bytes((number,)) + INTAKE_SEED[1:],
        channel_seed=seed_of(number),
        rid=keys_of(number).rid,
    )


def in_one_round(relay: Running, number: int = 0) -> tuple[list[str], Inbox]:
    """What one round of the office reads, with all that the round does at the relay."""
    inbox = Inbox(post(relay, number))
    collected = inbox.collect()
    nothing_to_write = Collected((), collected.damaged, *collected_rest(collected))
    inbox.forget(inbox.take_in(SimpleNamespace(), nothing_to_write))  # type: ignore[arg-type]
    inbox.close()
    return [report.answers["text"][0] for report in collected.reports], inbox


def collected_rest(collected: Collected) -> tuple:
    return (
        collected.cursor, collected.letters, collected.junk, collected.newer, collected.lapsed,
    )  # fmt: skip


def letters_at(relay: Running, number: int = 0) -> int:
    with post(relay, number) as office:
        found = office.collect()
    return len(found.letters) + len(found.damaged)


def honest(relay: Running, text: str, *, by_script: bool) -> Sender:
    sender = Sender(text, by_script=by_script)
    with browser_at(relay.address) as browser:
        sender.get_ready(browser)
        sender.send(browser)
    return sender


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A real relay of two offices, with little room; a turn is short."""
    monkeypatch.setattr(room, "EACH_S", 0.01)
    with running(tmp_path, offices=2, room=lambda store: Room(store, SMALL)) as relay:
        yield relay


# A flood, over HTTP, at a relay that runs


def test_a_flood_is_bounded_and_each_who_does_not_get_through_is_told(relay: Running) -> None:
    answered = flood(relay.address, 60)
    assert answered.count(200) == SMALL * 3 // 4
    assert set(answered) == {200, 503}
    size = bytes_of(relay.store)
    assert set(flood(relay.address, 40)) == {503}
    assert bytes_of(relay.store) == size
    refused = send(relay.address, junk())
    assert "There is no room left here. It did not arrive, and nothing was kept." in refused.text
    late = honest(relay, "by script", by_script=True)
    assert (late.arrived, late.status) == (False, 503)


def test_whoever_writes_without_script_still_gets_through_and_is_told_when_not(relay: Running) -> None:
    flood(relay.address, 40)
    quarter = SMALL // 4
    sent = [honest(relay, f"no script {number}", by_script=False) for number in range(quarter + 1)]
    assert [sender.arrived for sender in sent] == [True] * quarter + [False]
    assert "There is no room left here. It did not arrive, and nothing was kept." in sent[-1].sentence
    texts, _ = in_one_round(relay)
    assert texts == [f"no script {number}" for number in range(quarter)]


def test_a_flood_at_one_office_leaves_the_other_its_room(relay: Running) -> None:
    flood(relay.address, 40)
    other = f"/{keys_of(1).rid}"
    assert set(flood(relay.address, SMALL * 3 // 4, other)) == {200}
    assert letters_at(relay, 1) == SMALL * 3 // 4


def test_junk_is_gone_after_the_offices_round_and_there_is_room_again(relay: Running) -> None:
    assert honest(relay, "before it", by_script=True).arrived
    flood(relay.address, 40)
    texts, inbox = in_one_round(relay)
    assert (texts, inbox.junk, inbox.unopened) == (["before it"], SMALL * 3 // 4 - 1, 0)
    assert letters_at(relay) == 0
    assert honest(relay, "after it", by_script=True).arrived
    assert in_one_round(relay)[0] == ["after it"]


def test_the_same_report_again_arrives_though_the_room_is_full(relay: Running) -> None:
    report = write_report("request", KEYS, at=NIGHT, language="en", answers={"text": ("once",)})
    body = bytes.fromhex(report.id) + seal_in_browser(report, KEYS, keys_of(0).keys.intake)
    assert send(relay.address, body).status_code == 200
    flood(relay.address, 40)
    assert send(relay.address, body).status_code == 200
    assert in_one_round(relay)[0] == ["once"]


# Turns


def test_half_full_they_take_turns_in_the_order_in_which_they_came_and_few_wait() -> None:
    waited: list[float] = []
    order: list[int] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    async def one(turns: Turns, number: int) -> None:
        await turns.wait()
        order.append(number)

    async def crowd() -> None:
        turns = Turns(pause)
        waiting = [asyncio.create_task(one(turns, number)) for number in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(RelayBusy):
            await turns.wait()
        await asyncio.gather(*waiting)
        await turns.wait()

    asyncio.run(crowd())
    assert order == list(range(MOST_WAITING))
    assert waited == [EACH_S] * (MOST_WAITING + 1)
    assert MOST_WAITING * EACH_S <= 120  # seconds that a line may be silent


def test_turns_begin_when_half_of_the_room_is_taken(relay: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    async def wait(_: Turns) -> None:
        turns.append(letters_now(relay.store))

    monkeypatch.setattr(Turns, "wait", wait)
    for _ in range(SMALL):
        send(relay.address, junk())
    assert turns == list(range(SMALL // 2, SMALL * 3 // 4))


def bytes_of(store: RelayStore) -> int:
    ((pages,),) = store.tables.read(lambda ask: ask.rows("PRAGMA page_count"))
    ((size,),) = store.tables.read(lambda ask: ask.rows("PRAGMA page_size"))
    return int(pages) * int(size)


def letters_now(store: RelayStore) -> int:
    ((count,),) = store.tables.read(lambda ask: ask.rows("SELECT count(*) FROM blob"))
    return int(count)


# What waits, in days: the same in a file and in PostgreSQL


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelayStore]:
    store = RelayStore(tmp_path, fresh_database() if request.param == "postgres" else "")
    Offices(store.tables, [keys_of(0), keys_of(1)])
    yield store
    store.close()


def streams(store: RelayStore) -> tuple[str, ...]:
    rows = store.tables.read(lambda ask: ask.rows("SELECT letters FROM office ORDER BY rid"))
    return tuple(letters for (letters,) in rows)


def ids(store: RelayStore, stream: str) -> list[str]:
    return [letter.id for letter in store.after(stream, 0, 99)]


def put(rooms: Room, stream: str, id: str, day: int) -> None:
    rooms.keep(stream, id, b"sealed", day, all_of_it=True)


def test_what_nobody_took_in_is_let_go_of_after_thirty_days_and_counted(store: RelayStore) -> None:
    rooms, (mine, other) = Room(store), streams(store)
    for id, day in (("a", 0), ("b", 0), ("c", 1), ("d", 20)):
        put(rooms, mine, id, TODAY + day)
    put(rooms, other, "e", TODAY + 5)
    assert rooms.lapsed(mine, TODAY + DAYS) == 0
    assert ids(store, mine) == ["a", "b", "c", "d"]
    assert rooms.lapsed(mine, TODAY + DAYS + 1) == 2
    assert ids(store, mine) == ["c", "d"]
    put(rooms, mine, "f", TODAY + DAYS + 2)  # a sender's visit sweeps as well
    assert (ids(store, mine), rooms.lapsed(mine, TODAY + DAYS + 2)) == (["d", "f"], 3)
    assert (rooms.lapsed(other, TODAY + DAYS + 2), ids(store, other)) == (0, ["e"])
    assert (
        rooms.lapsed(mine, TODAY + 3 * DAYS) == 2
    )  # "d" and "f"; of the others nobody needs to hear any more
    assert (ids(store, mine), ids(store, other)) == ([], [])


def test_what_lay_there_before_days_were_noted_has_its_thirty_days_from_then(store: RelayStore) -> None:
    mine, _ = streams(store)
    store.keep(mine, "old", b"sealed")
    rooms = Room(store)
    rooms.sweep(TODAY)
    put(rooms, mine, "new", TODAY + 1)
    rooms.sweep(TODAY + DAYS)
    assert ids(store, mine) == ["old", "new"]
    rooms.sweep(TODAY + DAYS + 1)
    assert ids(store, mine) == ["new"]


def test_the_rooms_of_all_offices_have_a_bound(store: RelayStore) -> None:
    rooms, (mine, other) = Room(store, of_one=16, of_all=8), streams(store)
    for number in range(8):  # twice its share: the other has nothing waiting
        put(rooms, mine, str(number), TODAY)
    with pytest.raises(RelayFull):
        put(rooms, mine, "one more", TODAY)
    put(rooms, mine, "3", TODAY)  # it is there
    for number in range(4):
        put(rooms, other, str(number), TODAY)  # its share, all the same
    with pytest.raises(RelayFull):
        put(rooms, other, "one more", TODAY)
    store.forget(other, ["0"])
    put(rooms, other, "one more", TODAY)
    store.forget(mine, map(str, range(5)))
    put(rooms, mine, "one more", TODAY)
    assert ids(store, mine) == [*map(str, range(5, 8)), "one more"]


def test_an_office_among_many_may_have_as_much_waiting_as_one_alone(store: RelayStore) -> None:
    rooms, (mine, _) = Room(store, of_one=16, of_all=20), streams(store)
    for number in range(16):
        put(rooms, mine, str(number), TODAY)
    with pytest.raises(RelayFull):
        put(rooms, mine, "one more", TODAY)


def test_a_full_disk_keeps_no_office_from_collecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path) as relay:
        assert honest(relay, "on the full disk", by_script=True).arrived
        rooms, (mine,) = Room(relay.store), streams(relay.store)

        def full(_: object) -> None:
            raise NotKept()

        with monkeypatch.context() as patch:
            patch.setattr(relay.store.tables, "write", full)
            assert rooms.lapsed(mine, TODAY + 10_000) == 0
        assert in_one_round(relay)[0] == ["on the full disk"]
        rooms.sweep(TODAY + 10_000)  # the day is not taken for done


def test_the_office_hears_how_many_were_let_go_of(tmp_path: Path) -> None:
    with running(tmp_path) as relay:
        (mine,) = streams(relay.store)
        assert honest(relay, "nobody came", by_script=True).arrived
        mark = "UPDATE arrived SET day = day - ? WHERE stream = ?"
        relay.store.tables.write(lambda ask: ask.rows(mark, (DAYS + 1, mine)))
    with running(tmp_path) as relay:  # started again, it looks
        texts, inbox = in_one_round(relay)
    assert (texts, inbox.lapsed) == ([], 1)


def test_the_relay_notes_no_finer_time_than_the_day(store: RelayStore) -> None:
    rooms, (mine, _) = Room(store), streams(store)
    for id in ("a", "b", "c"):
        put(rooms, mine, id, TODAY)
    rows = store.tables.read(lambda ask: ask.rows("SELECT day, cur FROM arrived WHERE stream = ?", (mine,)))
    assert rows in ([(TODAY, 0)], [(TODAY, 1)])


# What is junk, and what is not


def kept(inside: bytes, intake: bytes = PUBLIC) -> bytes:
    return keep_sealed(inside, NIGHT, intake)


def as_a_browser(said: bytes, kind: str = "request") -> bytes:
    """Something signed and sealed as a page does it, with other words inside."""
    signature = curves.sign(KEYS.sign, reports._to_sign(said))
    padded = reports.pad_to(signature + said, reports.SIZES)
    return curves.seal_to(
        curves.BY_X25519, curves.intake_part(PUBLIC, curves.BY_X25519), reports._INFO, padded
    )


def a_report() -> reports.Report:
    return write_report("request", KEYS, at=NIGHT, language="en", answers={"text": ("real",)})


def test_what_opens_under_no_key_or_is_no_report_is_junk() -> None:
    body = codec.encode_body(a_report(), "exchange.Report")
    forged = reports.replace(a_report(), mailbox="0" * 32)
    for inside in (
        curves.BY_X25519 + os.urandom(32 + 4096 + 16),
        as_a_browser(b"no entry at all"),
        as_a_browser(body.replace(b'"request"', b'"gossip"')),
        as_a_browser(codec.encode_body(forged, "exchange.Report")),
    ):
        assert why_unread(kept(inside), INTAKE_SEED) == "junk"


def test_what_another_key_of_the_office_may_open_is_no_junk() -> None:
    newer, older = bytes(32), INTAKE_SEED
    inside = curves.BY_X25519 + os.urandom(32 + 4096 + 16)
    not_for_this_hand = kept(inside, curves.intake_public_bytes(newer))
    assert why_unread(not_for_this_hand, older) == "other"
    assert why_unread(b"\x01" * 5000, older) == "other"
    assert why_unread(not_for_this_hand, newer, older) == "junk"
    late = seal_in_browser(a_report(), KEYS, PUBLIC)  # by a page older than the relay's keys
    assert open_report(kept(late, curves.intake_public_bytes(newer)), newer, older).answers == {
        "text": ("real",)
    }


def test_what_a_newer_kunak_wrote_waits() -> None:
    letter = kept(as_a_browser(codec.encode_body(a_report(), "exchange.Spoken")))
    assert why_unread(letter, INTAKE_SEED) == "newer"
    with pytest.raises(ReportNewer):
        open_report(letter, INTAKE_SEED)
    with pytest.raises(ValueError, match="read"):
        why_unread(kept(seal_in_browser(a_report(), KEYS, PUBLIC)), INTAKE_SEED)


def test_what_looks_newer_waits_at_the_relay_and_cannot_fill_it() -> None:
    inbox = Inbox(SimpleNamespace())  # type: ignore[arg-type]
    names = tuple(map(str, range(MOST_NEWER + 10)))
    first = Collected((), names[:5], 5, newer=names[:5])
    assert inbox.take_in(SimpleNamespace(), first) == ()  # type: ignore[arg-type]
    rest = Collected((), (*names[5:], "another key's"), 9, newer=names[5:])
    assert inbox.take_in(SimpleNamespace(), rest) == names[:10]  # type: ignore[arg-type]
    assert (inbox.unopened, inbox.junk) == (MOST_NEWER + 1, 0)
    assert MOST_NEWER < room.MOST_OF_ONE // 4

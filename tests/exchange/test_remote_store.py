"""The relay as a store: the same promises as every other store, over a line that breaks wherever it can."""

import inspect
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import test_stores
from hypothesis import given, settings
from relay_running import SPACE, Cutter, Running, fresh_database, running, seed_of
from test_stores import ACTS, KEPT, REPLACED, blob, everything

from kunak.exchange import channel
from kunak.exchange.line import RelayNotOurs, RelayUnreachable
from kunak.exchange.relay.shelves import Shelves
from kunak.exchange.relay.tables import SqliteTables
from kunak.exchange.remote import CommitTooLarge, RemoteStore
from kunak.vault import MemoryStore, Store, codec, seal
from kunak.vault.stores import Blob, Full, Taken, Unsure

# The whole contract, asked of the relay by every test of it that takes a store.
globals().update(
    {
        name: test
        for name, test in vars(test_stores).items()
        if name.startswith("test_") and list(inspect.signature(test).parameters)[:1] == ["store"]
    }
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def relay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One relay for many tests, over each kind of store."""
    database = fresh_database() if request.param == "postgres" else ""
    with running(tmp_path_factory.mktemp("relay"), database=database) as relay:
        yield relay


@pytest.fixture
def store(relay: Running) -> Iterator[Store]:
    empty(relay)
    remote = relay.remote()
    yield remote
    remote.close()


def empty(relay: Running) -> None:
    """As if no office had written anything yet."""

    def work(ask: object) -> None:
        for table in ("stream", "blob", "piece", "done"):
            ask.rows(f"DELETE FROM {table}")  # type: ignore[attr-defined]

    relay.store.tables.write(work)


def rows(relay: Running, statement: str) -> list[tuple]:
    return relay.store.tables.read(lambda ask: ask.rows(statement))


@settings(max_examples=15, deadline=None)
@given(ACTS)
def test_it_answers_as_a_store_in_memory_does(relay: Running, acts: list) -> None:
    empty(relay)
    remote, memory = relay.remote(), MemoryStore()
    for put, drop in acts:
        refused = []
        for each in (remote, memory):
            try:
                each.commit(put, drop)
                refused.append(False)
            except Taken:
                refused.append(True)
        assert refused[0] == refused[1]
        assert everything(remote) == everything(memory)
    remote.close()


def test_two_devices_of_one_office_see_each_others_blobs_and_cannot_both_take_a_name(relay: Running) -> None:
    empty(relay)
    one, other = relay.remote(), relay.remote()
    one.commit([blob(b"a", b"one's")])
    assert other.get(KEPT, b"a") == b"one's"
    with pytest.raises(Taken):
        other.commit([blob(b"b"), blob(b"a", b"other's")])
    assert one.get(KEPT, b"b") is None
    other.commit([blob(b"c")])
    assert [name for _, name, _ in one.since(KEPT)] == [b"a", b"c"]


def test_devices_that_write_at_once_lose_nothing_and_miss_nothing(relay: Running) -> None:
    empty(relay)
    seen: dict[int, list[bytes]] = {who: [] for who in range(3)}

    def work(who: int) -> None:
        device, cursor = relay.remote(), 0
        for i in range(12):
            device.commit([blob(b"%d-%d" % (who, i)), blob(b"%d-%d" % (who, i), shelf="grant")])
            came = list(device.since(KEPT, cursor))
            seen[who] += [name for _, name, _ in came]
            cursor = came[-1][0] if came else cursor
        barrier.wait()
        seen[who] += [name for _, name, _ in device.since(KEPT, cursor)]
        device.close()

    barrier = threading.Barrier(3)
    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for names in seen.values():
        assert len(names) == 36 and set(names) == {b"%d-%d" % (w, i) for w in range(3) for i in range(12)}


def test_a_commit_larger_than_a_question_is_still_all_or_nothing(store: RemoteStore, relay: Running) -> None:
    parts = [blob(bytes((i,)) * 8, bytes((i,)) * 900_000) for i in range(4)]
    store.commit([blob(b"z", b"here")])
    with pytest.raises(Taken):
        store.commit([*parts, blob(b"z", b"other")])
    assert everything(store)[KEPT] == [(b"z", b"here")]
    store.commit(parts)
    assert [sealed for _, _, sealed in store.since(KEPT)][1:] == [part.sealed for part in parts]
    assert rows(relay, "SELECT DISTINCT tx FROM piece") != []  # of the refused one: swept in two days
    assert len(rows(relay, "SELECT DISTINCT tx FROM piece")) == 1


def test_pieces_whose_last_one_never_came_are_swept(relay: Running) -> None:
    empty(relay)
    shelves = Shelves(relay.store.tables)
    shelves.keep_piece("0" * 32, bytes(16), 0, b"half", day=100)
    put = codec.pack(channel.Commit((channel.Put(bytes(16), b"n", b"s"),)))
    shelves.commit("0" * 32, bytes(range(16)), 0, put, day=101)
    assert len(rows(relay, "SELECT tx FROM piece")) == 1
    Shelves(relay.store.tables).commit("0" * 32, bytes(range(1, 17)), 0, put, day=103)
    assert rows(relay, "SELECT tx FROM piece") == []
    assert rows(relay, "SELECT day FROM done") == [(103,)]


def test_more_than_the_relay_takes_at_once_is_refused_before_it_is_sent(store: RemoteStore) -> None:
    with pytest.raises(CommitTooLarge, match="16 MiB") as refused:
        store.commit([blob(bytes((i,)), bytes(1_000_000)) for i in range(17)])
    assert isinstance(refused.value, Full)
    assert everything(store)[KEPT] == []


def test_a_commit_that_is_asked_for_again_is_done_once(store: RemoteStore, relay: Running) -> None:
    """Its answer was lost; meanwhile a colleague dropped what it had put."""
    question = store._line.fresh("commit")._replace(tx=b"t" * 16)
    load = codec.pack(channel.Commit((channel.Put(store._shelf(KEPT), b"a", b"sealed"),)))
    first = store._ask(question, load)
    colleague = relay.remote()
    colleague.commit([], [(KEPT, b"a")])
    again = store._ask(question, load)
    assert [heap.cursors for heap in (*first.heaps, *again.heaps)] == [(1,), (0,)]
    assert store.get(KEPT, b"a") is None


def test_a_large_commit_whose_answer_was_lost_is_found_to_be_done(
    store: RemoteStore, relay: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = store._line.ask
    lost = iter([True])

    def loses_the_first_commit(question: channel.Question, load: bytes = b"") -> channel.Answer:
        answer = sent(question, load)
        if question.verb == "commit" and next(lost, False):
            raise RelayUnreachable()
        return answer

    monkeypatch.setattr(store._line, "ask", loses_the_first_commit)
    store.commit([blob(bytes((i,)), bytes((i,)) * 800_000) for i in range(1, 4)])
    assert rows(relay, "SELECT tx FROM piece") == []
    assert len(everything(store)[KEPT]) == 3


@pytest.mark.slow
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_line_cut_at_any_byte_changes_nothing_but_the_time_it_takes(relay: Running, way: str) -> None:
    """A commit, then a question; the line is cut at every byte of the commit, and at every few of both. Each
    commit is done once, as the places of its blobs show."""
    empty(relay)
    whole, cursor, every = relay.remote(), 0, isinstance(relay.store.tables, SqliteTables)
    for cut in range(0, 10_000, 1 if every else 9):
        line = Cutter(relay.port, **{way: cut})
        with httpx2.Client(base_url=line.address, trust_env=False, verify=False) as client:
            remote = relay.remote(client=client, waits=(0.001,) * 4)
            remote.commit([blob(b"%d" % cut), blob(b"%d too" % cut)], [(KEPT, b"%d" % (cut - 9))])
            cut_in_commit = line.connections > 1
            found = list((whole if every else remote).since(KEPT, cursor))
        line.close()
        assert found == [(cursor + 1, b"%d" % cut, b"sealed"), (cursor + 2, b"%d too" % cut, b"sealed")]
        cursor += 2
        if not cut_in_commit if every else line.connections == 1:  # nothing was left to be cut
            break
    assert 200 < cut < 2000


def test_a_question_that_is_repeated_on_the_way_is_answered_once(store: RemoteStore, relay: Running) -> None:
    question = channel.ask(
        channel.fresh(
            store._now() if hasattr(store, "_now") else __import__("time").time(), "since"
        )._replace(shelf=store._shelf(KEPT)),
        seed_of(0),
        store._line._rid,
    )
    with httpx2.Client(base_url=relay.address, trust_env=False) as client:
        assert [client.post("/o", content=question).status_code for _ in range(3)] == [200, 404, 404]


def test_questions_that_arrive_in_another_order_lose_nothing(store: RemoteStore, relay: Running) -> None:
    shelf = store._shelf(KEPT)
    asked = []
    for number in range(4):
        load = codec.pack(channel.Commit((channel.Put(shelf, bytes((number + 1,)), b"sealed"),)))
        question = store._line.fresh("commit")._replace(tx=bytes((number,)) * 16)
        asked.append(channel.ask(question, seed_of(0), store._line._rid, load))
    with httpx2.Client(base_url=relay.address, trust_env=False) as client:
        for body in [asked[2], asked[0], asked[2], asked[3], asked[1], asked[0]]:
            client.post("/o", content=body)
    assert [name for _, name, _ in store.since(KEPT)] == [b"\x03", b"\x01", b"\x04", b"\x02"]


def test_a_relay_that_is_not_there_is_unreachable_and_a_commit_to_it_unsure() -> None:
    remote = RemoteStore(
        "http://127.0.0.1:9", channel_seed=seed_of(0), rid="0" * 32, space=SPACE, waits=(0.001,)
    )
    with pytest.raises(RelayUnreachable):
        remote.get(KEPT, b"a")
    with pytest.raises(Unsure):
        remote.commit([blob(b"a")])


def test_a_device_of_another_office_is_told_that_it_is_not_known(relay: Running) -> None:
    with pytest.raises(RelayNotOurs):
        relay.remote(channel_seed=seed_of(9)).get(KEPT, b"a")


def test_a_full_disk_at_the_relay_writes_nothing_and_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as relay:
        remote = relay.remote()
        remote.commit([blob(b"a"), blob(b"k", b"old", REPLACED)])
        before = everything(remote)
        with sqlite3.connect(relay.store.path) as other:
            (pages,) = other.execute("PRAGMA page_count").fetchone()
        relay.store._sql.execute(f"PRAGMA max_page_count = {pages}")
        for put in (
            [blob(b"big", bytes(50_000))],
            [blob(b"k", b"new", REPLACED), blob(b"b", bytes(2_000_000))],
        ):
            with pytest.raises(Full):
                remote.commit(put)
            assert everything(remote) == before
        relay.store._sql.execute("PRAGMA max_page_count = 1000000")
        remote.commit([blob(b"big", bytes(50_000))])
        assert remote.get(KEPT, b"big") == bytes(50_000)


def test_shelves_tell_nothing_to_who_has_the_disk(tmp_path: Path) -> None:
    with running(tmp_path, offices=2) as relay:
        for number in range(2):
            relay.remote(number).commit([blob(b"a" * 20, b"sealed", shelf) for shelf in ("body", "segment")])
        streams = [id for (id,) in rows(relay, "SELECT id FROM stream")]
        assert len(set(streams)) == 4
        assert {len(id) for id in streams} == {24}
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert not any(word in kept for word in (b"segment", b"body\0", SPACE))
        own = {seal.digest(shelf.encode()).hex()[:16] for shelf in ("body", "segment")}
        assert not any(each.encode() in kept for each in own)


def test_dropped_bytes_are_in_no_file_of_the_relay(tmp_path: Path) -> None:
    gone = [bytes((i,)) + seal.digest(bytes((i,))) * 200 for i in range(3)]
    with running(tmp_path) as relay:
        remote = relay.remote()
        remote.commit([Blob(KEPT, bytes((i + 1,)), each) for i, each in enumerate(gone)])
        remote.commit([blob(b"stays")], [(KEPT, bytes((i + 1,))) for i in range(3)])
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert not any(seal.digest(bytes((i,))) in kept for i in range(3))

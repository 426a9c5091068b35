"""What the Store protocol promises, asked of every store, with faults."""

import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_office import STORES

from kunak.errors import Damaged, Unreachable
from kunak.vault import SqliteStore, Store
from kunak.vault.stores import Blob, Busy, Full, NotReached, StoreDamaged, Taken

KEPT = "body"
REPLACED = "local"
SHELVES = (KEPT, "grant", REPLACED)


@pytest.fixture(params=STORES.values(), ids=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = request.param(tmp_path)
    yield made
    made.close()


def blob(name: bytes, sealed: bytes = b"sealed", shelf: str = KEPT) -> Blob:
    return Blob(shelf, name, sealed)


def everything(store: Store) -> dict[str, list[tuple[bytes, bytes]]]:
    return {shelf: [(name, sealed) for _, name, sealed in store.since(shelf)] for shelf in SHELVES}


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert store.get(KEPT, b"a") is None
    assert list(store.since(KEPT)) == []
    assert list(store.fetch(KEPT, [b"a"])) == []


def test_what_was_put_is_given_back_byte_for_byte(store: Store) -> None:
    odd = [bytes(range(256)), b"\0", b"", b"x" * 300_000]
    store.commit([blob(bytes((i,)), sealed) for i, sealed in enumerate(odd, 1)])
    assert [store.get(KEPT, bytes((i,))) for i in range(1, 5)] == odd


def test_a_shelf_is_read_in_the_order_of_putting_and_shelves_do_not_mix(store: Store) -> None:
    store.commit([blob(b"c"), blob(b"a", b"1"), blob(b"a", b"2", "grant")])
    store.commit([blob(b"b")])
    assert [name for _, name, _ in store.since(KEPT)] == [b"c", b"a", b"b"]
    assert everything(store)["grant"] == [(b"a", b"2")]


def test_asked_again_from_the_last_cursor_it_gives_what_came_since(store: Store) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    *_, (cursor, _, _) = store.since(KEPT)
    assert list(store.since(KEPT, cursor)) == []
    store.commit([blob(b"x", shelf="grant"), blob(b"c")])
    assert [name for _, name, _ in store.since(KEPT, cursor)] == [b"c"]


def test_a_long_shelf_is_read_whole_and_in_order(store: Store) -> None:
    names = [i.to_bytes(2, "big") for i in range(1234)]
    store.commit([blob(name, name * 3) for name in names])
    cursors, found, _ = zip(*store.since(KEPT), strict=True)
    assert list(found) == names
    assert sorted(set(cursors)) == list(cursors)
    assert dict(store.fetch(KEPT, [*names, b"not there", names[0]])) == {name: name * 3 for name in names}


def test_the_same_bytes_under_the_same_name_change_nothing(store: Store) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    before = list(store.since(KEPT))
    store.commit([blob(b"a"), blob(b"a")])
    assert list(store.since(KEPT)) == before


def test_other_bytes_under_a_taken_name_are_refused_and_nothing_of_that_commit_is_kept(store: Store) -> None:
    store.commit([blob(b"a", b"first"), blob(b"k", b"old", REPLACED)])
    before = everything(store)
    with pytest.raises(Taken):
        store.commit([blob(b"b"), blob(b"k", b"new", REPLACED), blob(b"a", b"second")], [(KEPT, b"a2")])
    with pytest.raises(Taken):
        store.commit([blob(b"n", b"1"), blob(b"n", b"2")])
    assert everything(store) == before


def test_a_replaceable_blob_gets_a_new_cursor(store: Store) -> None:
    store.commit([blob(b"k", b"old", REPLACED), blob(b"l", b"other", REPLACED)])
    *_, (cursor, _, _) = store.since(REPLACED)
    store.commit([blob(b"k", b"new", REPLACED)])
    assert [(name, sealed) for _, name, sealed in store.since(REPLACED, cursor)] == [(b"k", b"new")]
    assert everything(store)[REPLACED] == [(b"l", b"other"), (b"k", b"new")]


def test_what_is_dropped_is_gone_and_its_cursor_is_not_given_again(store: Store) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    *_, (cursor, _, _) = store.since(KEPT)
    store.commit([], [(KEPT, b"b"), (KEPT, b"never there")])
    assert store.get(KEPT, b"b") is None
    store.commit([blob(b"b", b"another")])
    assert [(name, sealed) for _, name, sealed in store.since(KEPT, cursor)] == [(b"b", b"another")]


def test_in_one_commit_drops_come_before_puts(store: Store) -> None:
    store.commit([blob(b"a", b"old")])
    store.commit([blob(b"a", b"new")], [(KEPT, b"a")])
    assert store.get(KEPT, b"a") == b"new"


@pytest.mark.parametrize("cut", range(5))
def test_a_commit_that_breaks_off_at_any_blob_has_not_happened(store: Store, cut: int) -> None:
    store.commit([blob(b"a"), blob(b"k", b"old", REPLACED), blob(b"d")])
    before = everything(store)

    class BreaksOff(list[Blob]):
        def __iter__(self) -> Iterator[Blob]:
            for place, each in enumerate(list.__iter__(self)):
                if place == cut:
                    raise KeyboardInterrupt
                yield each
            if cut == len(self):
                raise KeyboardInterrupt

    some = BreaksOff([blob(b"b"), blob(b"k", b"new", REPLACED), blob(b"c"), blob(b"g", shelf="grant")])
    with pytest.raises(KeyboardInterrupt):
        store.commit(some, [(KEPT, b"d")])
    assert everything(store) == before
    store.commit([blob(b"b")])
    assert store.get(KEPT, b"b") == b"sealed"


def test_a_closed_store_opens_again_when_asked(store: Store) -> None:
    store.commit([blob(b"a")])
    store.close()
    assert store.get(KEPT, b"a") == b"sealed"


def test_threads_that_write_at_once_lose_nothing(store: Store) -> None:
    def write(who: int) -> None:
        for i in range(20):
            store.commit([blob(b"%d-%d" % (who, i)), blob(b"k", b"%d" % who, REPLACED)])

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name for _, name, _ in store.since(KEPT)} == {
        b"%d-%d" % (w, i) for w in range(4) for i in range(20)
    }
    assert len(everything(store)[REPLACED]) == 1


Act = tuple[list[Blob], list[tuple[str, bytes]]]
ACTS = st.lists(
    st.tuples(
        st.lists(
            st.builds(
                Blob, st.sampled_from(SHELVES), st.sampled_from((b"a", b"b", b"c")), st.binary(max_size=2)
            ),
            max_size=4,
        ),
        st.lists(st.tuples(st.sampled_from(SHELVES), st.sampled_from((b"a", b"b", b"c"))), max_size=2),
    ),
    max_size=6,
)


OTHERS = [name for name in STORES if name != "memory"]


@pytest.mark.parametrize("other", OTHERS)
@settings(max_examples=25, deadline=None)
@given(acts=ACTS)
def test_all_stores_answer_alike(
    tmp_path_factory: pytest.TempPathFactory,
    other: str,
    acts: list[Act],
) -> None:
    stores = [STORES[name](tmp_path_factory.mktemp("alike")) for name in ("memory", other)]
    for put, drop in acts:
        refused = []
        for each in stores:
            try:
                each.commit(put, drop)
                refused.append(False)
            except Taken:
                refused.append(True)
        assert len(set(refused)) == 1
        assert everything(stores[0]) == everything(stores[1])
    for each in stores:
        each.close()


REQUESTS = [[blob(b"%d" % i, b"%d" % i * 9), blob(b"g%d" % (i // 2), b"shared", "grant")] for i in range(4)]


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=15, deadline=None)
@given(order=st.lists(st.integers(0, 3), max_size=8))
def test_requests_that_come_twice_or_in_another_order_leave_the_same_blobs(
    tmp_path_factory: pytest.TempPathFactory, name: str, order: list[int]
) -> None:
    store = STORES[name](tmp_path_factory.mktemp("order"))
    for number in (*order, 3, 1, 0, 2):
        store.commit(REQUESTS[number])
    for shelf in (KEPT, "grant"):
        found = [(each, sealed) for _, each, sealed in store.since(shelf)]
        assert sorted(found) == sorted({b[1:] for put in REQUESTS for b in put if b.shelf == shelf})
    store.close()


def test_whoever_asks_again_from_the_last_cursor_while_others_write_misses_nothing(store: Store) -> None:
    """Commits that touch the same shelves in different orders must neither stop each other nor be missed."""
    writers = 3

    def write(who: int) -> None:
        for i in range(12):
            put = [blob(b"%d-%d" % (who, i), b"x" * 50, shelf) for shelf in SHELVES]
            store.commit(put if who % 2 else put[::-1])

    threads = [threading.Thread(target=write, args=(who,)) for who in range(writers)]
    for thread in threads:
        thread.start()
    heard: list[bytes] = []
    cursor, alive = 0, True
    while alive:
        alive = any(thread.is_alive() for thread in threads)  # looked at before asking the last time
        for place, name, _ in store.since(KEPT, cursor):
            assert place > cursor
            cursor = place
            heard.append(name)
    assert sorted(heard) == sorted(b"%d-%d" % (who, i) for who in range(writers) for i in range(12))


# What only a file of SQLite can suffer; see test_stores_bundle.py and test_stores_postgres.py for the others.


def test_two_programs_see_each_others_commits_and_cannot_both_take_a_name(tmp_path: Path) -> None:
    one, other = SqliteStore(tmp_path / "office.db"), SqliteStore(tmp_path / "office.db")
    one.commit([blob(b"a", b"one's")])
    assert other.get(KEPT, b"a") == b"one's"
    with pytest.raises(Taken):
        other.commit([blob(b"a", b"other's")])
    one.close()
    other.close()


def test_a_full_disk_writes_nothing_and_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    store.commit([blob(b"a")])
    before = everything(store)
    limit_pages(store, 12)
    with pytest.raises(Full):
        for i in range(100):
            store.commit([blob(b"%d" % i, b"x" * 1000), blob(b"k", b"%d" % i, REPLACED)])
    full = everything(store)
    assert len(full[KEPT]) - len(before[KEPT]) == int(full[REPLACED][0][1]) + 1
    with pytest.raises(Full):
        store.commit([blob(b"k", b"new", REPLACED), blob(b"big", b"x" * 50_000)])
    assert everything(store) == full
    store.close()
    assert everything(store) == full
    store.commit([blob(b"big", b"x" * 50_000)])
    assert store.get(KEPT, b"big") == b"x" * 50_000
    store.close()


def limit_pages(store: SqliteStore, pages: int) -> None:
    with store._asking() as db:
        db.execute(f"PRAGMA max_page_count = {pages}")


def test_a_store_that_another_program_holds_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(tmp_path / "office.db")
    store.commit([blob(b"a")])
    with store._asking() as db:
        db.execute("PRAGMA busy_timeout = 1")
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        store.commit([blob(b"b")])
    holder.execute("ROLLBACK")
    holder.close()
    store.commit([blob(b"b")])
    store.close()


@pytest.mark.parametrize("place", ["no such folder/office.db", "."])
def test_a_place_that_cannot_be_opened_is_not_reached(tmp_path: Path, place: str) -> None:
    with pytest.raises(NotReached):
        SqliteStore(tmp_path / place).get(KEPT, b"a")


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    store.commit([blob(b"a")])
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
    assert {path.name for path in tmp_path.iterdir()} == {"office.db", "office.db-wal", "office.db-shm"}
    store.close()


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 4096, b"x"])
def test_a_file_of_something_else_is_damaged_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "office.db"
    path.write_bytes(content)
    with pytest.raises(Damaged):
        SqliteStore(path).get(KEPT, b"a")
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_damaged(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "office.db")
    db.execute("CREATE TABLE blob (shelf, cur, name, sealed)")
    db.close()
    with pytest.raises(StoreDamaged):
        SqliteStore(tmp_path / "office.db").get(KEPT, b"a")


def test_dropped_bytes_are_in_no_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    gone = [os.urandom(5000) for _ in range(3)]
    store.commit([blob(bytes((i,)), each) for i, each in enumerate(gone, 1)])
    store.commit([blob(b"stays")], [(KEPT, bytes((i,))) for i in range(1, 4)])
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(each[i : i + 40] in found for each in gone for i in range(0, 4960, 40))
    store.close()


def test_a_torn_write_leaves_the_state_before_it_or_the_state_after(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    states, lengths, wal = [], [], tmp_path / "office.db-wal"
    for i in range(4):
        store.commit([blob(b"%d" % i, os.urandom(900)), blob(b"k", b"%d" % i, REPLACED)])
        states.append(everything(store))
        lengths.append(wal.stat().st_size)
    written = wal.read_bytes()
    seen = set()
    for cut in range(lengths[0], lengths[-1], 331):
        torn = tmp_path / "torn"
        torn.mkdir()
        shutil.copy(store.path, torn / "office.db")
        (torn / "office.db-wal").write_bytes(written[:cut])
        copy = SqliteStore(torn / "office.db")
        found = everything(copy)
        copy.close()
        shutil.rmtree(torn)
        assert found in states
        at = states.index(found)
        assert lengths[at] <= cut  # never more than was written,
        assert at + 1 == len(states) or cut < lengths[at + 1]  # and nothing that was written whole is lost
        seen.add(at)
    assert seen == {0, 1, 2}
    store.close()


def test_a_file_that_lost_its_end_is_damaged(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    store.commit([blob(b"%d" % i, b"x" * 900) for i in range(30)])
    store.close()
    whole = store.path.read_bytes()
    for length in range(1, len(whole) - 4096, 1777):
        store.path.write_bytes(whole[:length])
        with pytest.raises(StoreDamaged):
            everything(store)
        store.close()


def test_a_changed_byte_anywhere_in_the_file_gives_the_right_bytes_or_an_error_of_ours(
    tmp_path: Path,
) -> None:
    """The store need not notice a changed blob, but no other exception may come out, and nothing may hang."""
    store = SqliteStore(tmp_path / "office.db")
    for i in range(5):
        store.commit([blob(b"%d" % i, b"x" * 900, shelf) for shelf in SHELVES])
    store.close()
    whole = store.path.read_bytes()
    for place in range(0, len(whole), 61):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        store.path.write_bytes(changed)
        try:
            everything(store)
            store.commit([blob(b"new")], [(KEPT, b"1")])
        except (Damaged, Unreachable) as error:
            assert isinstance(error, StoreDamaged), (place, error)
        finally:
            store.close()
            for name in ("office.db-wal", "office.db-shm"):
                (tmp_path / name).unlink(missing_ok=True)


def test_nor_are_those_of_which_a_rebuilt_page_kept_a_copy(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    gone = come_and_go(store)
    assert pieces_in(tmp_path, gone) == 0
    store.close()


def test_while_somebody_reads_they_stay_until_it_is_closed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    with store._asking() as db:
        db.execute("PRAGMA busy_timeout = 1")
    reader = sqlite3.connect(store.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM blob").fetchone()
    gone = come_and_go(store)
    assert pieces_in(tmp_path, gone) > 0
    reader.execute("ROLLBACK")
    reader.close()
    store.close()
    assert pieces_in(tmp_path, gone) == 0


def come_and_go(store: SqliteStore) -> list[bytes]:
    """Small blobs come, and most are dropped in no order, one by one: pages are rebuilt around those that go."""
    order, live, gone = random.Random(27), dict[bytes, bytes](), list[bytes]()
    for _ in range(100):
        new = {
            order.randbytes(32): order.randbytes(order.randint(60, 400)) for _ in range(order.randint(1, 4))
        }
        store.commit([blob(name, sealed) for name, sealed in new.items()])
        live |= new
        if order.random() < 0.8:
            dropped = order.sample(sorted(live), min(len(live), order.randint(1, 5)))
            store.commit([], [(KEPT, name) for name in dropped])
            gone += [live.pop(name) for name in dropped]
    return gone


def pieces_in(folder: Path, sealed: list[bytes]) -> int:
    """How many of these have a piece left in the files of a folder."""
    found = b"".join(path.read_bytes() for path in folder.iterdir())
    return sum(any(one[at : at + 32] in found for at in range(0, len(one) - 31, 64)) for one in sealed)

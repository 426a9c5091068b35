"""What only an append-only file can suffer: cut, changed, half written, full, held, swapped for another."""

import errno
import fcntl
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from kunak.errors import Damaged
from kunak.vault.stores import Blob, Busy, Full, NotReached, StoreDamaged, Taken, Unsure
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.stores.record import FIRST_LINE

KEPT, REPLACED = "body", "local"
SHELVES = (KEPT, "grant", REPLACED)


def blob(name: bytes, sealed: bytes = b"sealed", shelf: str = KEPT) -> Blob:
    return Blob(shelf, name, sealed)


def everything(store: BundleStore) -> dict[str, list[tuple[int, bytes, bytes]]]:
    return {shelf: list(store.since(shelf)) for shelf in SHELVES}


def at(path: Path) -> dict[str, list[tuple[int, bytes, bytes]]]:
    store = BundleStore(path)
    try:
        return everything(store)
    finally:
        store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BundleStore]:
    made = BundleStore(tmp_path / "office.bundle")
    yield made
    made.close()


class Written:
    """A small bundle: its bytes, and after each commit its length and what it said."""

    def __init__(self, store: BundleStore, size: int = 40) -> None:
        self.states, self.lengths = [everything(store)], [0]
        for i in range(4):
            store.commit([blob(b"%d" % i, os.urandom(size)), blob(b"k", b"%d" % i, REPLACED)])
            self.states.append(everything(store))
            self.lengths.append(store.path.stat().st_size)
        self.bytes = store.path.read_bytes()


def test_a_file_cut_at_any_byte_gives_the_whole_commits_before_the_cut_and_can_be_written(
    store: BundleStore, tmp_path: Path
) -> None:
    written, path = Written(store), tmp_path / "cut"
    for cut in range(len(written.bytes) + 1):
        path.write_bytes(written.bytes[:cut])
        before = max(i for i, length in enumerate(written.lengths) if length <= cut)
        assert at(path) == written.states[before]
        assert path.read_bytes() == written.bytes[:cut]  # asking changes nothing
        if cut % 5 == 0:
            cut_store = BundleStore(path)
            cut_store.commit([blob(b"new")])
            cut_store.close()
            assert at(path)[KEPT][:-1] == written.states[before][KEPT]
            assert at(path)[KEPT][-1][1:] == (b"new", b"sealed")


def test_a_changed_byte_anywhere_is_damage_and_never_an_end_or_another_value(
    store: BundleStore, tmp_path: Path
) -> None:
    written, path = Written(store), tmp_path / "changed"
    for place in range(len(written.bytes)):
        changed = bytearray(written.bytes)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(StoreDamaged):
            at(path)
        with pytest.raises(StoreDamaged):
            BundleStore(path).commit([blob(b"new")])
        assert path.read_bytes() == changed


def test_a_byte_that_changes_while_the_file_is_open_is_noticed_when_it_is_asked_for(
    store: BundleStore,
) -> None:
    written = Written(store)
    with open(store.path, "r+b") as file:
        file.seek(written.lengths[2] - 60)
        file.write(b"changed")
    with pytest.raises(StoreDamaged):
        list(store.since(KEPT))
    with pytest.raises(StoreDamaged):
        store.get(KEPT, b"1")
    assert store.get(KEPT, b"0") == written.states[1][KEPT][0][2]


def test_bytes_that_never_came_to_the_disk_are_an_end_in_the_last_record_and_damage_in_any_other(
    store: BundleStore, tmp_path: Path
) -> None:
    written, path = Written(store, size=2000), tmp_path / "zeros"
    for first in range(0, len(written.bytes), 512):
        holes = bytearray(written.bytes)
        begin = max(first, written.lengths[3]) if first + 512 > written.lengths[3] else first
        holes[begin : first + 512] = bytes(len(holes[begin : first + 512]))
        path.write_bytes(holes)
        if begin >= written.lengths[3]:
            assert at(path) == written.states[3]
        else:
            with pytest.raises(StoreDamaged):
                at(path)
    path.write_bytes(written.bytes[: written.lengths[3]] + bytes(len(written.bytes) - written.lengths[3]))
    assert at(path) == written.states[3]
    path.write_bytes(bytes(len(FIRST_LINE)))  # the very first write, grown and not come
    assert at(path) == written.states[0]


def test_records_that_were_swapped_repeated_or_taken_out_are_damage(
    store: BundleStore, tmp_path: Path
) -> None:
    written = Written(store)
    _, a, b, c, d = written.lengths
    first, second, third, fourth = (
        written.bytes[i:j] for i, j in ((len(FIRST_LINE), a), (a, b), (b, c), (c, d))
    )
    for records in (
        (first, third, second, fourth),
        (first, second, second, third, fourth),
        (first, third, fourth),
        (second, third, fourth),
    ):
        (tmp_path / "other").write_bytes(FIRST_LINE + b"".join(records))
        with pytest.raises(StoreDamaged):
            at(tmp_path / "other")


@pytest.mark.parametrize("content", [b"not a bundle" * 100, b"x", b"kunak-bundle/2\r\n", b"\0" * 300])
def test_a_file_of_something_else_is_damaged_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "office.bundle"
    path.write_bytes(content)
    with pytest.raises(Damaged):
        at(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("place", ["no such folder/office.bundle", "."])
def test_a_place_that_cannot_be_opened_is_not_reached(tmp_path: Path, place: str) -> None:
    with pytest.raises(NotReached):
        BundleStore(tmp_path / place).get(KEPT, b"a")


def test_a_file_that_may_only_be_read_is_read_and_not_written() -> None:
    folder = Path(mkdtemp())  # root may write everywhere: ask as somebody else
    store, me = BundleStore(folder / "office.bundle"), os.geteuid()
    store.commit([blob(b"a")])
    store.close()
    store.path.chmod(0o444)
    folder.chmod(0o755)
    try:
        if me == 0:
            os.seteuid(65534)
        assert store.get(KEPT, b"a") == b"sealed"
        with pytest.raises(NotReached):
            store.commit([blob(b"b")])
    finally:
        os.seteuid(me)
        store.close()
        shutil.rmtree(folder)


def test_only_the_owner_may_read_the_file_also_after_it_was_written_anew(store: BundleStore) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    assert store.path.stat().st_mode & 0o777 == 0o600
    store.commit([], [(KEPT, b"a")])
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in store.path.parent.iterdir()] == ["office.bundle"]


@contextmanager
def at_most(bytes_of_a_file: int) -> Iterator[None]:
    """A disk that is full: the system itself refuses to let any file of this process grow further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_a_file, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 30, 59, 400, 999])
def test_a_full_disk_writes_nothing_and_says_so(store: BundleStore, room: int) -> None:
    store.commit([blob(b"a"), blob(b"keystore", b"old", "keystore"), blob(b"d")])
    before, bytes_before = everything(store), store.path.read_bytes()
    with at_most(len(bytes_before) + room):
        with pytest.raises(Full):
            store.commit([blob(b"big", os.urandom(1000))])
        assert everything(store) == before
        with pytest.raises(Full):  # also when the file must be written anew
            store.commit([blob(b"big", os.urandom(1500))], [(KEPT, b"d")])
        assert everything(store) == before
    assert store.path.read_bytes() == bytes_before
    assert [path.name for path in store.path.parent.iterdir()] == ["office.bundle"]
    store.commit([blob(b"big", b"x" * 1000)], [(KEPT, b"d")])
    assert at(store.path) == everything(store) != before


def test_a_disk_that_fails_to_make_it_last_has_nothing_of_it(
    store: BundleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    before, real, failures = everything(store), os.fsync, [OSError(errno.EIO, "")]

    def fails(file: int) -> None:
        if failures:
            raise failures.pop()
        real(file)

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(NotReached) as met:
        store.commit([blob(b"c")])
    assert not isinstance(met.value, Unsure)
    assert everything(store) == at(store.path) == before
    failures.extend(OSError(errno.EIO, "") for _ in range(2))
    with pytest.raises(Unsure):  # not even taking it back lasts
        store.commit([blob(b"c")])
    assert [name for _, name, _ in everything(store)[KEPT]][:2] == [b"a", b"b"]
    store.commit([blob(b"c")])
    assert [name for _, name, _ in at(store.path)[KEPT]] == [b"a", b"b", b"c"]


def test_a_store_that_another_program_holds_is_busy(store: BundleStore) -> None:
    store.commit([blob(b"a")])
    store.patience = 0.02
    with open(store.path, "rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_SH)
        assert store.get(KEPT, b"a") == b"sealed"
        with pytest.raises(Busy):
            store.commit([blob(b"b")])
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            store.get(KEPT, b"a")
    store.commit([blob(b"b")])


def test_two_programs_see_each_others_commits_and_cannot_both_take_a_name(store: BundleStore) -> None:
    other = BundleStore(store.path)
    store.commit([blob(b"a", b"one's")])
    assert other.get(KEPT, b"a") == b"one's"
    with pytest.raises(Taken):
        other.commit([blob(b"a", b"other's")])
    other.commit([blob(b"b")], [(KEPT, b"a")])  # the file is now another one
    assert [name for _, name, _ in store.since(KEPT)] == [b"b"]
    other.close()


def test_programs_that_write_and_drop_at_once_lose_nothing(store: BundleStore) -> None:
    def work(who: int) -> None:
        mine = BundleStore(store.path)
        for i in range(15):
            mine.commit([blob(b"%d-%d" % (who, i), os.urandom(30)), blob(b"t%d" % who)])
            assert mine.get(KEPT, b"%d-%d" % (who, i)) is not None
            mine.commit([], [(KEPT, b"t%d" % who)])
        mine.close()

    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [name for _, name, _ in store.since(KEPT)]
    assert sorted(names) == sorted(b"%d-%d" % (who, i) for who in range(3) for i in range(15))


def test_dropped_bytes_are_in_no_file_and_no_longer_in_the_old_one(store: BundleStore) -> None:
    gone = [os.urandom(500) for _ in range(3)]
    store.commit([blob(bytes((i,)), each) for i, each in enumerate(gone, 1)])
    store.commit([blob(b"stays", b"s" * 90), blob(b"keystore", gone[0], "keystore")])
    with open(store.path, "rb") as old:
        store.commit([], [(KEPT, bytes((i,))) for i in range(1, 4)])
        assert not any(old.read())
    store.commit([blob(b"keystore", b"another", "keystore")])  # whoever was taken out of it is out
    found = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert not any(each[i : i + 20] in found for each in gone for i in range(0, 480, 20))
    assert at(store.path)[KEPT] == [(4, b"stays", b"s" * 90)]


def test_a_copy_under_another_name_is_not_written_over(store: BundleStore, tmp_path: Path) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    os.link(store.path, tmp_path / "copy")
    store.commit([], [(KEPT, b"a")])
    assert [name for _, name, _ in at(tmp_path / "copy")[KEPT]] == [b"a", b"b"]


def test_a_cursor_is_not_given_again_after_all_was_dropped(store: BundleStore) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    store.commit([], [(KEPT, b"a"), (KEPT, b"b")])
    store.close()
    store.commit([blob(b"c")])
    assert everything(store)[KEPT] == [(3, b"c", b"sealed")]


def test_what_a_killed_program_left_beside_the_file_is_written_over(store: BundleStore) -> None:
    store.commit([blob(b"a"), blob(b"b")])
    beside = store.path.with_name(".office.bundle.new")
    beside.write_bytes(b"half of it")
    with open(beside, "rb") as left:
        store.commit([], [(KEPT, b"a")])
        assert left.read() == bytes(10)
    assert [path.name for path in store.path.parent.iterdir()] == ["office.bundle"]


def test_a_cache_that_is_replaced_a_thousand_times_does_not_fill_the_disk(store: BundleStore) -> None:
    for i in range(1000):
        store.commit([blob(b"tip", b"%d" % i * 100, REPLACED)])
    assert store.path.stat().st_size < 200_000
    assert at(store.path)[REPLACED] == [(1000, b"tip", b"999" * 100)]

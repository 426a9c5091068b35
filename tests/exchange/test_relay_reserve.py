"""A relay whose disk is full can still be emptied: it keeps a little room for that."""

from pathlib import Path

import pytest

from kunak.exchange.relay.reserve import BYTES, Reserve
from kunak.exchange.relay.store import NotKept, RelayStore


def test_the_room_is_there_from_the_start_and_again_after_it_was_needed(tmp_path: Path):
    store = RelayStore(tmp_path)
    reserve = tmp_path / "relay.reserve"
    assert (reserve.stat().st_size, reserve.stat().st_mode & 0o077) == (BYTES, 0)
    store.tables.give_room()
    assert not reserve.exists()
    store.close()  # the file is rebuilt
    assert reserve.stat().st_size == BYTES


def test_what_was_cut_short_is_made_anew(tmp_path: Path):
    (tmp_path / "relay.reserve").write_bytes(b"half")
    Reserve(tmp_path / "relay.reserve").keep()
    assert (tmp_path / "relay.reserve").stat().st_size == BYTES


def test_where_there_is_no_room_for_it_nothing_is_left(tmp_path: Path):
    Reserve(tmp_path / "no such folder" / "reserve").keep()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_deleted_at_once_is_deleted_a_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = RelayStore(tmp_path)
    for number in range(30):
        store.keep("a", str(number), b"sealed")
    real, most = store._drop, []

    def little_room(gone: list[tuple[str, str]]) -> None:
        most.append(len(gone))
        if len(gone) > 8:
            raise NotKept()
        real(gone)

    monkeypatch.setattr(store, "_drop", little_room)
    store.forget("a", [str(number) for number in range(30)])
    assert store.after("a", 0, 99) == []
    assert most == [30, 8, 8, 8, 6]
    store.close()

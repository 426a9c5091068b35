"""Destroying: after it no passphrase opens, and the bytes of the keystore are on no file of the office."""

import sqlite3
from pathlib import Path

import pytest
from vault_office import ANNA, AT, BORIS, CHEAP, bodies

from kunak.errors import Damaged, Locked
from kunak.vault import Item, SqliteStore, Vault, wipe
from kunak.vault.keys import Keystore
from kunak.vault.office import load_keystore
from kunak.workbench import RELAY_KEYS, SERVICES, STORE, found_office, open_store

ROCKS, NEW, KIT = "anna counts rocks", "anna paints doors", b"k" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An office with a few entries, a kit and a duress passphrase, left open, as after a power cut."""
    place = tmp_path / "office"
    found_office(place, member="anna", passphrase=ANNA, at=AT, cost=CHEAP).close()
    store = open_store(place)
    keystore = load_keystore(store).with_recovery(ANNA, KIT).with_duress(ANNA, ROCKS)
    wipe.replace_keys(store, keystore)
    vault = Vault.unlock(store, passphrase=ANNA)
    vault.write([Item("C-1", "index", b"one"), Item("C-1", "contact", b"two")], AT)
    return place


def secrets_of(keystore: Keystore) -> list[bytes]:
    """Parts of what lay in the keystore, each short enough to lie on one page of the file."""
    frame = keystore._frame
    return [slot.sealed[20:60] for slot in (*frame.slots, *frame.records)]


def on_disk(folder: Path) -> bytes:
    """All bytes of all files in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def nothing_opens(folder: Path, *also: str) -> bool:
    for passphrase in (ANNA, BORIS, ROCKS, *also):
        with pytest.raises((Locked, Damaged)):
            Vault.unlock(open_store(folder), passphrase=passphrase)
    return True


def test_the_names_of_an_offices_files_are_those_of_the_workbench(folder: Path) -> None:
    assert wipe.STORE == STORE
    assert {RELAY_KEYS, SERVICES} < set(wipe.OURS)
    assert {path.name for path in wipe.ours_in(folder)} == {path.name for path in folder.iterdir()}


def test_after_destroying_the_keys_nothing_opens_and_no_byte_of_them_is_left(folder: Path) -> None:
    store = open_store(folder)
    parts = secrets_of(load_keystore(store))
    assert all(part in on_disk(folder) for part in parts)
    wipe.destroy_keys(store)
    left = on_disk(folder)
    assert not any(part in left for part in parts)
    assert nothing_opens(folder)
    assert list(store.since("local")) == []


def test_while_another_program_reads_the_keys_go_all_the_same(folder: Path) -> None:
    store = open_store(folder)
    parts = secrets_of(load_keystore(store))
    reader = sqlite3.connect(folder / STORE, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM blob").fetchone()[0] > 0
    wipe.destroy_keys(store)
    assert not any(part in on_disk(folder) for part in parts)
    reader.close()
    assert nothing_opens(folder)


@pytest.mark.parametrize("harm", ["cut", "scribbled", "read by a newer program"])
def test_a_damaged_office_can_be_destroyed_too(folder: Path, harm: str) -> None:
    store = open_store(folder)
    parts = secrets_of(load_keystore(store))
    store.close()
    file = folder / STORE
    spelled = bytearray(file.read_bytes())
    if harm == "scribbled":
        spelled[:100] = b"x" * 100
    elif harm == "cut":
        del spelled[-1500:]
    else:
        spelled[60:64] = b"\0\0\0\x63"
    file.write_bytes(bytes(spelled))
    wipe.destroy_keys(SqliteStore(file))
    assert not any(part in on_disk(folder) for part in parts)


def test_where_sqlite_can_write_nothing_new_the_file_is_overwritten_in_place(folder: Path) -> None:
    store = open_store(folder)
    parts = secrets_of(load_keystore(store))
    store.close()
    for side in folder.glob(f"{STORE}-*"):
        side.unlink()
    (folder / f"{STORE}-wal").mkdir()  # as good as a full disk
    wipe.destroy_keys(store)
    assert not any(part in on_disk(folder) for part in parts)
    assert set((folder / STORE).read_bytes()) == {0}


def test_where_there_is_no_office_any_more_nothing_is_made(folder: Path) -> None:
    store = open_store(folder)
    wipe.destroy_all(folder)
    wipe.destroy_keys(store)
    assert not folder.exists()


def test_everything_of_the_office_goes_and_nothing_else(folder: Path) -> None:
    (folder / "relay").mkdir()
    (folder / "relay" / "relay.sqlite").write_bytes(b"sealed")
    (folder / ".gone-1234").mkdir()
    (folder / ".gone-1234" / "left").write_bytes(b"sealed")
    (folder / SERVICES).write_text("origin,destination\n")
    (folder / "diary.txt").write_text("mine")
    wipe.destroy_all(folder)
    assert [path.name for path in folder.iterdir()] == ["diary.txt"]
    (folder / "diary.txt").unlink()
    wipe.destroy_all(folder)
    assert not folder.exists()


def test_files_are_overwritten_before_they_are_unlinked(folder: Path) -> None:
    file = folder / STORE
    with file.open("rb") as kept:
        wipe.destroy_all(folder)
        kept.seek(0)
        assert set(kept.read()) == {0}


def test_when_time_is_short_files_are_only_unlinked(folder: Path) -> None:
    with (folder / STORE).open("rb") as kept:
        wipe.destroy_all(folder, overwrite_for_s=0)
        assert set(kept.read()) != {0}
    assert not folder.exists()


def test_a_link_in_the_folder_leads_to_no_harm_elsewhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (folder / "relay").symlink_to(tmp_path)
    wipe.destroy_all(folder)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_replaced_keystore_leaves_nothing_of_the_old_passphrase(folder: Path) -> None:
    store = open_store(folder)
    before = load_keystore(store)
    wipe.replace_keys(store, before.with_passphrase_changed(ANNA, NEW))
    after = on_disk(folder)
    gone = set(before._frame.slots) - set(load_keystore(store)._frame.slots)
    assert len(gone) == 1
    assert not any(slot.sealed[20:60] in after for slot in gone)
    with pytest.raises(Locked):
        Vault.unlock(store, passphrase=ANNA)
    assert bodies(Vault.unlock(store, passphrase=NEW)) == [b"one", b"two"]

"""Packing for a journey: nothing readable is left; what would be lost is said before, and what is left."""

from pathlib import Path

import pytest
from test_vault_wipe import on_disk, secrets_of
from vault_office import ANNA, AT, CHEAP

from kunak.vault import Item, MemoryStore, Vault, travel
from kunak.vault.log import SHELF as SEGMENTS
from kunak.vault.office import load_keystore
from kunak.vault.sync import sync
from kunak.workbench import STORE, found_office, open_store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office in which something was written; temporary files go to a folder of this test."""
    (tmp_path / "tmp").mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "tmp"))
    monkeypatch.setattr(travel, "temporary_folders", lambda: (tmp_path / "tmp",))
    place = tmp_path / "office"
    found_office(place, member="anna", passphrase=ANNA, at=AT, cost=CHEAP).close()
    vault = Vault.unlock(open_store(place), passphrase=ANNA)
    vault.write([Item("C-1", "index", b"one")], AT)
    return place


def kinds(folder: Path, *also: Path) -> dict[str, str]:
    return {path.name: kind for path, kind in travel.look(folder, also)}


def test_after_packing_there_is_nothing_to_find_and_no_byte_of_the_keys(folder: Path, tmp_path: Path) -> None:
    store = open_store(folder)
    parts = secrets_of(load_keystore(store))
    travel.pack(store, folder)
    assert kinds(folder) == {}
    assert not folder.exists()
    assert not any(part in on_disk(tmp_path) for part in parts)


def test_what_is_left_is_named_for_what_it_is(folder: Path, tmp_path: Path) -> None:
    (folder / "notes.txt").write_text("what is this?")
    found = kinds(folder)
    assert found.pop(STORE) == "office"
    assert {found[name] for name in found if name.startswith(STORE)} <= {"side"}
    assert (found["relay-keys.json"], found["notes.txt"]) == ("keys", "unknown")
    assert set(found.values()) <= set(travel.KINDS)


def test_elsewhere_only_what_is_of_this_program_is_named(folder: Path, tmp_path: Path) -> None:
    travel.pack(open_store(folder), folder)
    elsewhere = tmp_path / "home" / "old"
    found_office(elsewhere, member="anna", passphrase=ANNA, at=AT, cost=CHEAP).close()
    (elsewhere / STORE).rename(elsewhere / "holiday.jpg")
    (elsewhere / "letter.txt").write_text("not of this program")
    (elsewhere / "carried").write_bytes(b"kunak-bundle/1\r\n")
    (elsewhere / ".gone-12").mkdir()
    (elsewhere / ".gone-12" / "rest").write_bytes(b"sealed")
    (tmp_path / "tmp" / "etilqs_1234").write_bytes(b"sorted")
    (tmp_path / "tmp" / "other-wal").write_bytes(bytes.fromhex("377f0682") + bytes(40))
    assert kinds(folder, tmp_path / "home") == {
        "holiday.jpg": "office",
        "relay-keys.json": "keys",
        "carried": "bundle",
        "rest": "left-over",
        "etilqs_1234": "temporary",
        "other-wal": "side",
    }


def test_a_file_under_two_of_the_folders_is_named_once(folder: Path, tmp_path: Path) -> None:
    found = [path for path, _ in travel.look(folder, (tmp_path, folder))]
    assert len(found) == len(set(found)) > 0


def test_the_folders_for_temporary_files_are_looked_into(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    assert tmp_path.resolve() in travel.temporary_folders()


def test_what_nobody_else_has_is_not_packed_away_unsaid(folder: Path) -> None:
    store = open_store(folder)
    with pytest.raises(travel.NeverShared):
        travel.require_shared(store)
    last = max(cursor for cursor, _, _ in store.since(SEGMENTS))
    travel.note_shared(store, last)
    travel.require_shared(store)
    vault = Vault.unlock(store, passphrase=ANNA)
    vault.write([Item("C-1", "index", b"two")], AT)
    vault.write([Item("C-1", "index", b"three")], AT)
    with pytest.raises(travel.NotShared) as refused:
        travel.require_shared(store)
    assert "nobody else: 2." in refused.value.told()
    travel.note_shared(store, last + 2)
    travel.require_shared(store)


def test_a_sync_notes_that_it_lies_elsewhere_too(folder: Path) -> None:
    store = open_store(folder)
    vault = Vault.unlock(store, passphrase=ANNA)
    with pytest.raises(travel.NeverShared):
        travel.require_shared(store)
    sync(vault, MemoryStore(), b"the relay", AT)
    travel.require_shared(store)
    vault.write([Item("C-1", "index", b"two")], AT)
    with pytest.raises(travel.NotShared):
        travel.require_shared(store)

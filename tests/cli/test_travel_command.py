"""``kunak travel``: packing, verifying, and the card for officials, as a person types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.vault import Item, KdfCost, Vault, travel
from kunak.workbench import STORE, found_office, open_store, utc_now

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS = "heron marsh lantern"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with something in it that nobody else has."""
    monkeypatch.setattr(travel, "temporary_folders", lambda: ())
    place = tmp_path / "office"
    found_office(place, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
    vault = Vault.unlock(open_store(place), passphrase=OURS)
    vault.write([Item("C-1", "index", b"one")], utc_now())
    vault.close()
    return place


def kunak(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_what_would_be_lost_is_refused_and_then_not_even_a_ticket_is_left(folder: Path) -> None:
    refused = kunak("travel", "pack", folder)
    assert refused.exit_code == 2
    assert (
        "Nothing shows that what was written on this machine has ever reached anybody else" in refused.output
    )
    assert Vault.unlock(open_store(folder), passphrase=OURS).member == "heron"
    packed = kunak("travel", "pack", folder, "--even-unsynced")
    assert packed.exit_code == 0
    assert "The keys are destroyed" in packed.output
    assert "Nothing of this program's data is left" in packed.output
    assert not folder.exists()


def test_what_was_shared_can_be_packed(folder: Path) -> None:
    store = open_store(folder)
    travel.note_shared(store, max(cursor for cursor, _, _ in store.since("segment")))
    store.close()
    assert kunak("travel", "pack", folder).exit_code == 0


def test_packing_names_what_it_leaves_alone(folder: Path) -> None:
    (folder / "diary.txt").write_text("mine")
    packed = kunak("travel", "pack", folder, "--even-unsynced")
    assert packed.exit_code == 2
    assert f"{folder / 'diary.txt'}: a file that this program does not know" in packed.output
    assert travel.StillThere(count=1).told() in packed.output


def test_verifying_names_every_file_that_is_left_and_fails(folder: Path, tmp_path: Path) -> None:
    found = kunak("travel", "verify", folder)
    assert found.exit_code == 2
    assert f"{folder / STORE}: a store of this program" in found.output
    assert f"{folder / 'relay-keys.json'}: the public keys" in found.output
    (tmp_path / "stick").mkdir()
    (folder / STORE).rename(tmp_path / "stick" / "a.jpg")
    elsewhere = kunak("travel", "verify", tmp_path / "gone", "--also", tmp_path / "stick")
    assert elsewhere.exit_code == 2
    assert "a.jpg: a store of this program" in elsewhere.output


def test_verifying_where_nothing_is_says_so_and_what_it_cannot_see(tmp_path: Path, folder: Path) -> None:
    clean = kunak("travel", "verify", tmp_path / "gone")
    assert clean.exit_code == 0
    assert "Nothing of this program's data is left" in clean.output
    assert "What this cannot see" in clean.output


def test_the_card_for_officials_is_there_in_both_languages() -> None:
    english, russian = kunak("travel", "card").output, kunak("travel", "card", "--language", "ru").output
    assert "I cannot open them, and nobody can from here." in english
    assert "адвокат" in russian
    assert len(english.split("\n\n")) == len(russian.split("\n\n")) == 6

"""``kunak drill``: what is rehearsed is really done, and a thing that does not hold fails loudly."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from postgres_server import server_or_skip

from kunak.cli import drill, main
from kunak.errors import KunakError
from kunak.vault import Item, KdfCost, Vault, add_member, membership, succession, sync
from kunak.vault.keys import WrongPassphrase
from kunak.vault.membership import Removal
from kunak.vault.stores.postgres import DatabaseNotReached
from kunak.workbench import NoOfficeHere, drills_places, found_office, open_store, utc_now
from kunak.workbench.drills import DrillFailed

pytestmark = pytest.mark.slow

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, THEIRS, DURESS = "heron marsh lantern", "otter river pebble", "nothing to see here"


@pytest.fixture(autouse=True)
def aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the rehearsals lie; nothing may be left of them."""
    place = tmp_path / "aside"
    place.mkdir()
    monkeypatch.setattr(drill, "_cost", CHEAP)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An office of two, with a seal in force."""
    place = tmp_path / "office"
    bench = found_office(place, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP)
    add_member(bench.vault, "otter", THEIRS, utc_now(), admin=True)
    succession.make(bench.vault, succession.deal(3, 2), utc_now())
    otter = bench.vault.second(THEIRS)
    succession.vouch(otter, utc_now())
    otter.close()
    body = b'{"kind":"rehearsed","fields":{}}'
    bench.vault.write([Item("C-1", "index", body), Item("C-1", "identity", body)], utc_now())
    bench.close()
    return place


def kunak(*arguments: object, language: str = "en") -> Result:
    return CliRunner(env={"KUNAK_LANGUAGE": language}).invoke(main, ["drill", *map(str, arguments)])


def fails(told: Result, what: str, count: int = 1) -> None:
    assert f"DOES NOT HOLD: {what}" in told.output
    refuses(told, DrillFailed(count=count))


def refuses(told: Result, error: KunakError) -> None:
    assert told.exit_code == error.exit_code
    assert told.output.strip().endswith(error.told())


def test_all_drills_hold_and_leave_nothing_behind(aside: Path) -> None:
    told = kunak("--only", "quorum", "--only", "device", "--only", "member", "--only", "database")
    assert told.exit_code == 0, told.output
    assert "DOES NOT HOLD" not in told.output
    assert told.output.count("It took 0 min") == 4
    assert told.output.count("Exposed:") == 4
    assert "No PostgreSQL was named" in told.output
    assert told.output.strip().endswith("All checks hold.")
    assert list(aside.iterdir()) == []


def test_a_relay_that_really_runs_is_lost_and_filled_again(aside: Path) -> None:
    told = kunak("--only", "relay")
    assert told.exit_code == 0, told.output
    assert "noticed by heron" in told.output
    assert "Filled anew from the devices" in told.output
    assert list(aside.iterdir()) == []


def test_a_real_database_is_put_back_and_nothing_of_the_rehearsal_stays_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)  # the server of this run has its place
    dsn = server_or_skip()
    told = kunak("--only", "database", "--postgres", dsn)
    assert told.exit_code == 0, told.output
    assert told.output.count("It holds: The old backup is noticed by") == 3
    assert "No PostgreSQL" not in told.output
    with psycopg.connect(dsn) as connection:
        left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kunak_drill%'")
        assert left.fetchall() == []


def test_a_database_that_is_not_there_is_a_failed_rehearsal(tmp_path: Path) -> None:
    told = kunak("--only", "database", "--postgres", f"host={tmp_path} dbname=none")
    assert DatabaseNotReached().sentence() in told.output
    assert told.exit_code != 0


# Each of these breaks the thing itself, and the drill must say so.


def test_a_rollback_that_nobody_notices_fails_the_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(coming: Iterable[tuple[int, bytes, bytes]], *_: object) -> Iterator[tuple[int, bytes, bytes]]:
        yield from list(coming)[1:]

    monkeypatch.setattr(sync, "went_on", blind)
    monkeypatch.setattr(sync, "_require_there", lambda *_: None)
    told = kunak("--only", "database")
    assert "DOES NOT HOLD: The old backup is noticed by heron." in told.output
    assert told.exit_code == DrillFailed.exit_code


def test_a_seal_in_force_by_one_persons_word_fails_the_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kunak.vault.trust.holders", lambda office: office.epoch.document.members)
    monkeypatch.setattr("kunak.vault.trust.devices", lambda office, codes, _: office.epoch.devices_of(codes))
    monkeypatch.setattr("kunak.vault.trust.trusted", lambda office, _: office.epoch.document.members)
    fails(kunak("--only", "quorum"), "Before a second member vouched, the seal held no key.", 1)


def test_a_list_that_leaves_something_out_fails_the_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    real = membership.remove_member

    def short(vault: Vault, *given: object) -> Removal:
        done = real(vault, *given)  # type: ignore[arg-type]
        return done._replace(could_read=done.could_read[1:])

    monkeypatch.setattr(membership, "remove_member", short)
    fails(kunak("--only", "member"), "The list of what it could read leaves nothing out.")


def test_a_drill_that_comes_to_no_end_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseNotReached

    monkeypatch.setattr(drills_places.StorePlace, "anew", away)
    told = kunak("--only", "database")
    assert f"it came to no end. {DatabaseNotReached().sentence()}" in told.output
    refuses(told, DrillFailed(count=1))


# On a copy of one's own office.


def test_ones_own_office_is_rehearsed_on_a_copy_and_not_changed(folder: Path, aside: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = kunak(folder, "--passphrase", OURS)
    assert told.exit_code == 0, told.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(aside.iterdir()) == []
    assert "It holds: The office has a seal." in told.output
    assert told.output.count("taken unlocked") == 2
    assert "It holds: This device notices when an old backup is put back." in told.output


def test_an_office_without_a_seal_and_with_one_admin_is_told_what_does_not_hold(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    bench = found_office(alone, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP)
    bench.vault.write([Item("C-1", "staff", b'{"kind":"rehearsed","fields":{}}')], utc_now())
    bench.close()
    told = kunak(alone, "--passphrase", OURS, "--only", "quorum", "--only", "device")
    assert "DOES NOT HOLD: All that this device reads, another device or the seal can open too" in told.output
    assert "DOES NOT HOLD: If an admin's device is lost, another admin can remove it." in told.output
    fails(told, "The office has a seal.", 3)


def test_a_wrong_passphrase_or_folder_is_named(folder: Path, tmp_path: Path) -> None:
    refuses(kunak(folder, "--passphrase", "no such passphrase"), WrongPassphrase())
    refuses(kunak(tmp_path, "--passphrase", OURS), NoOfficeHere())


def test_a_duress_passphrase_destroys_here_too(folder: Path) -> None:
    store = open_store(folder)
    keystore = drill.load_keystore(store).with_duress(OURS, DURESS)
    drill.wipe.replace_keys(store, keystore)
    store.close()
    told = kunak(folder, "--passphrase", DURESS)
    assert told.exit_code == 0
    vault = Vault.unlock(open_store(folder), passphrase=DURESS)
    assert list(vault.read()) == []


def test_it_speaks_russian_too() -> None:
    told = kunak("--only", "database", language="ru")
    assert "Раскрылось бы:" in told.output
    assert "It holds" not in told.output

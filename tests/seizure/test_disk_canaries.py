"""A stolen disk: an office with a canary in every field of every kind of entry, and none of them on the disk.

The office is filled by another process, which is stopped in order or killed; then all that it left is
searched, the write-ahead files, its log and the names of files included.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from canaries import KINDS, MARKS, Canaries, files_in
from searching import SPELLINGS, Search

from kunak.fold import Entry
from kunak.vault import SqliteStore, Vault
from kunak.vault.codec import decode_body
from kunak.vault.roles import COMPARTMENTS, is_quorum

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
REGISTRY = {kind.kind(): kind for kind in KINDS}
ANNA, BORIS = "Zimorodok7000q keeps bees", "зимородок7001q mends nets"

PROGRAM = f"""
import sys, time
from pathlib import Path
from canaries import AT, Canaries
from kunak.vault import Item, KdfCost, SqliteStore, Vault, add_member
from kunak.vault.codec import encode_body
from kunak.vault.roles import DOCUMENTER, FOUNDER_ROLES

roles = (*FOUNDER_ROLES, DOCUMENTER)  # so that every kind has a reader
canaries = Canaries()
store = SqliteStore(Path(sys.argv[1]) / "office.db")
cheap = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
vault = Vault.create(store, member=canaries.text(), passphrase={ANNA!r}, at=AT, cost=cheap, roles_held=roles)
add_member(vault, canaries.text(), {BORIS!r}, AT, roles_held=roles)
second = vault.second({BORIS!r})
for place, entry in enumerate(canaries.every_kind()):
    item = Item(entry.subject, entry.compartment, encode_body(entry, entry.kind()))
    (vault, second)[place % 2].write([item], AT)
assert len(list(vault.read())) > 0
if sys.argv[2] == "close":
    second.close()
    vault.close()
print("filled", flush=True)
if sys.argv[2] == "linger":
    time.sleep(60)
"""


@pytest.fixture(scope="module", params=["closed", "killed"])
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a process that filled an office has left on the disk."""
    folder = tmp_path_factory.mktemp(request.param)
    office, temporary = folder / "office", folder / "tmp"
    office.mkdir()
    temporary.mkdir()
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(office), "close" if request.param == "closed" else "linger"],
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=temporary,
            env={
                **os.environ,
                "PYTHONPATH": str(HERE),
                "TMPDIR": str(temporary),
                "SQLITE_TMPDIR": str(temporary),
            },
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"filled\n", (folder / "said.log").read_text()
        if request.param == "killed":
            process.send_signal(signal.SIGKILL)
        process.communicate()
    yield folder
    SqliteStore(office / "office.db").close()


def search() -> Search:
    """The search for every canary that the other process made, and for the passphrases."""
    return Search(dict.fromkeys([*texts(), ANNA.split()[0], BORIS.split()[0]], "seen"))


def texts() -> list[str]:
    """The canaries of the other process: made in the same order, so the same."""
    canaries = Canaries()
    canaries.text()
    canaries.text()
    assert len(list(canaries.every_kind())) == len(KINDS)
    return canaries.texts


def test_there_is_a_canary_in_every_room_and_compartment() -> None:
    assert {kind.room for kind in KINDS} == {
        "access",
        "signboard",
        "intake",
        "casework",
        "evacuation",
        "workbench",
    }
    assert {kind.compartment for kind in KINDS} <= set(COMPARTMENTS)
    assert {"index", "work", "contact", "identity", "place", "readings"} <= {one.compartment for one in KINDS}
    assert len(texts()) > 4 * len(KINDS)


def test_a_killed_process_leaves_its_write_ahead_file_to_be_searched(disk: Path) -> None:
    names = {Path(name).name for name, _ in files_in(disk) if (disk.parent / name).is_file()}
    if "killed" in disk.name:
        assert {"office.db", "office.db-wal", "office.db-shm", "said.log"} <= names
    else:
        assert names == {"office.db", "said.log"}


def test_no_canary_is_on_the_disk(disk: Path) -> None:
    assert all(any(mark in text for mark in MARKS) for text in texts())
    assert list(search().of(files_in(disk))) == []


def test_no_word_that_tells_what_an_entry_is_about_is_on_the_disk(disk: Path) -> None:
    words = ["subject", "compartment", "identity", "contact", '"kind"', KINDS[0].kind()]
    spelled = {spell(word) for word in words for spell in SPELLINGS.values()}
    spelled |= {kind.kind().encode() for kind in KINDS}
    assert [each for each in spelled for _, found in files_in(disk / "office") if each in found] == []


def test_passphrases_are_canaries_too() -> None:
    assert MARKS[0] in ANNA
    assert MARKS[1] in BORIS


def test_the_search_would_have_found_them(disk: Path, tmp_path: Path) -> None:
    one, other = texts()[:2]
    for text in (one, other, ANNA.split()[0]):
        for spell in SPELLINGS.values():
            (tmp_path / "planted").write_bytes(b"\xff\x00" + spell(text) + b"\x00")
            assert list(search().of(files_in(tmp_path))), (text, spell(text))
    (tmp_path / "planted").unlink()
    (tmp_path / f"case-{one}.db").write_bytes(b"")
    assert list(search().of(files_in(tmp_path)))


def test_with_the_passphrase_every_entry_is_there(disk: Path) -> None:
    store = SqliteStore(disk / "office" / "office.db")
    vault = Vault.unlock(store, passphrase=ANNA)
    expected = [entry for entry in _made_again() if not is_quorum(entry.compartment)]
    assert [decode_body(opened.body, REGISTRY) for opened in vault.read()] == expected
    assert vault.members == tuple(texts()[:2])
    store.close()


def _made_again() -> Iterator[Entry]:
    canaries = Canaries()
    canaries.text()
    canaries.text()
    yield from canaries.every_kind()

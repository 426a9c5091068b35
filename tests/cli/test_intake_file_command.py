"""``kunak intake-file`` as it is typed: making the template, looking, taking in, destroying the file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kunak.cli import main
from kunak.vault import KdfCost
from kunak.workbench import Workbench, found_office, open_store, utc_now

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS = "heron marsh lantern"
ROWS = """safe_now,danger,text,phone,name,teip
yes,no,They talk of Friday at home.,,,
no,now,,+000 1111,Zarema,canaryteip
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    found_office(folder, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def kunak(*arguments: object) -> tuple[int, str]:
    runner = CliRunner(env={"KUNAK_LANGUAGE": "en"})
    done = runner.invoke(main, ["intake-file", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def taken(office: Path) -> dict[str, str]:
    """What each request of the office says of danger."""
    store = open_store(office)
    bench = Workbench.unlock(store, OURS)
    try:
        return {request.code: request.danger for request in bench.requests}
    finally:
        bench.close()
        store.close()


@pytest.mark.parametrize(("kind", "begins"), [("json", b"{"), ("schema", b"{"), ("xlsform", b"PK")])
def test_what_a_partner_fills_in_is_written_to_a_new_file(tmp_path: Path, kind: str, begins: bytes) -> None:
    out = tmp_path / "out"
    assert kunak("template", out, "--as", kind)[0] == 0
    assert out.read_bytes().startswith(begins)
    code, said = kunak("template", out, "--as", kind)
    assert (code, "something of that name is there already" in said) == (2, True)


def test_as_many_blanks_as_wanted(tmp_path: Path) -> None:
    kunak("template", tmp_path / "out", "--blanks", "7")
    assert len(json.loads((tmp_path / "out").read_text())["requests"]) == 7


def test_looking_needs_no_office_and_shows_nothing_that_stands_in_a_row(rows: Path) -> None:
    code, said = kunak("check", rows)
    assert code == 0
    assert "Rows that can be read: 2." in said
    assert "Never read: teip (clan)" in said
    for held in ("Zarema", "1111", "canaryteip", "Friday"):
        assert held not in said


def test_a_bad_row_is_named_and_the_exit_code_tells(rows: Path) -> None:
    rows.write_text("safe_now,danger\nno,secretword\nperhaps,now\nno,no\n")
    code, said = kunak("check", rows)
    assert code == 2
    first, second = [line for line in said.splitlines() if "was not read" in line]
    assert first.startswith("Row 3 was not read. Somebody is in danger now: take it down by hand.")
    assert second.startswith("Row 2 was not read. This is not one of the answers")
    assert "secretword" not in said and "perhaps" not in said


def test_taking_in_says_codes_and_levels_the_most_urgent_first_and_each_once(
    office: Path, rows: Path
) -> None:
    code, said = kunak("read", office, rows, "--passphrase", OURS, "--keep")
    assert code == 0
    held = taken(office)
    lines = [line for line in said.splitlines() if "(row" in line]
    assert [line.split()[0] for line in lines] == ["P0", "P3"]
    assert sorted(line.split()[1] for line in lines) == sorted(held)
    again = kunak("read", office, rows, "--passphrase", OURS, "--keep")[1]
    assert "Taken in: 0." in again and "Here already: 2." in again
    assert taken(office) == held


def test_the_file_is_destroyed_on_request_and_only_then(office: Path, rows: Path, tmp_path: Path) -> None:
    other_name = tmp_path / "link"
    other_name.hardlink_to(rows)
    assert "still there" in kunak("read", office, rows, "--passphrase", OURS)[1]
    assert rows.exists()
    assert "gone from there" in kunak("read", office, rows, "--passphrase", OURS, "--destroy")[1]
    assert not rows.exists()
    assert set(other_name.read_bytes()) == {0}


def test_a_file_with_rows_that_nothing_else_holds_is_not_destroyed(office: Path, rows: Path) -> None:
    rows.write_text("safe_now,danger\nno,secretword\nno,now\n")
    code, said = kunak("read", office, rows, "--passphrase", OURS, "--destroy")
    assert code == 2
    assert "The file is not destroyed" in said
    assert rows.exists()
    assert list(taken(office).values()) == ["now"]


def test_what_is_no_such_file_is_refused_before_the_passphrase_matters(office: Path, rows: Path) -> None:
    rows.write_bytes(b"PK\x03\x04")
    code, said = kunak("read", office, rows, "--passphrase", "wrong")
    assert code == 2
    assert "This is a spreadsheet" in said


def test_words_that_tell_of_such_kinds_and_names_without_a_way_are_said_by_row(rows: Path) -> None:
    rows.write_text("safe_now,text,name\nno,They know of my HIV.,Zarema\n")
    said = kunak("check", rows)[1]
    assert "Row 2: the words seem to tell of health and diagnoses." in said
    assert "Row 2: a name was left out" in said
    assert "Zarema" not in said

"""``kunak ways`` as a reader of transcripts would meet it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.cli.bench_ways import profiles

ASK = ["ways", "--passport", "AZ", "--papers", "foreign", "--from", "GYD", "--lists", "unknown"]


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def test_the_table_names_the_way_the_rules_and_what_is_refused() -> None:
    told = run(*ASK, "--as-of", "2026-11-23")
    assert told.exit_code == 0
    assert "GYD → TBS" in told.output
    assert "not a probability" in told.output
    assert "Armenia: passport of AZ is refused in practice, rule o1" in told.output


def test_the_json_is_json() -> None:
    told = run(*ASK, "--json", "--as-of", "2026-11-23")
    answer = json.loads(told.output)
    assert answer["as_of"] == "2026-11-23"
    assert answer["plans"][0]["destination"] == "GE"
    assert {
        "destination": "AM",
        "why": "passport of AZ is refused in practice, rule o1",
        "rule": "o1",
    } in answer["refused"]


@pytest.mark.parametrize(
    ("wrong", "accepted"),
    [
        (["--from", "XXQ"], "RU:Grozny"),
        (["--passport", "ZZ"], "two letters"),
        (["--papers", "some"], "foreign, internal, none"),
        (["--lists", "maybe"], "clear, unknown, listed"),
        (["--to", "nowhere"], "two letters"),
        (["--without", "broom"], "flight, rail, bus, car, foot"),
        (["--as-of", "tomorrow"], "2026-05-31"),
        (["--cash", "much"], "--help"),
        (["--shoes", "red"], "--passport"),
        (["--lists", ""], "clear, unknown, listed"),
        (["--services", "/nowhere/at/all.csv"], "UTF-8"),
    ],
)
def test_what_is_not_accepted_ends_in_one_sentence_and_exit_code_2(wrong: list[str], accepted: str) -> None:
    told = run(*ASK, *wrong)
    assert told.exit_code == 2
    assert accepted in told.stderr
    assert told.stdout == ""
    assert len(told.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "wrong", [["ways", "fly"], ["ways", "import-services"], ["ways", "import-services", "a", "--x"]]
)
def test_a_command_that_is_not_there_is_one_sentence_too(wrong: list[str]) -> None:
    told = run(*wrong)
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1


def test_services_are_imported_into_the_office_s_folder_and_used(tmp_path: Path) -> None:
    csv = tmp_path / "new.csv"
    csv.write_text(
        "origin,destination,mode,days,hours,price,source,date\nGYD,TBS,flight,1234567,1.5,55,seen,2026-11-20\n"
    )
    office = tmp_path / "office"
    for _ in range(2):  # a second import of the same file changes nothing
        told = run("ways", "import-services", str(csv), "--into", str(office))
        assert told.exit_code == 0
        assert "1 services taken, 1 in services.csv" in told.output
    answer = run(*ASK, "--json", "--as-of", "2026-11-23", "--services", str(office / "services.csv"))
    assert json.loads(answer.output)["plans"][0]["legs"][0]["cost_eur"] == 55


def test_an_import_with_a_faulty_row_changes_nothing(tmp_path: Path) -> None:
    csv, office = tmp_path / "new.csv", tmp_path / "office"
    csv.write_text(
        "origin,destination,mode,days,hours,price,source,date\nGYD,XXQ,flight,1,1,5,x,2026-11-20\n"
    )
    told = run("ways", "import-services", str(csv), "--into", str(office))
    assert told.exit_code == 2
    assert "row 2: destination 'XXQ' is not a place in the data" in told.stderr
    assert not office.exists()


def test_the_measurement_asks_two_hundred_different_profiles() -> None:
    made = profiles()
    assert len(made) == len(set(made)) == 200
    assert {p.passports[0] for p in made} == {"RU", "AZ", "TJ", "KG", "UZ", "BY"}
    assert {p.papers for p in made} == {"foreign", "internal", "none"}
    assert {p.lists for p in made} == {"clear", "unknown", "listed"}

"""``kunak ways`` as a reader of transcripts would meet it."""

import json
import re
from datetime import date
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
        (["--as-of", "2026-02-31"], "2026-05-31"),
        (["--expiry", "soon"], "2026-05-31"),
        (["--latest", "never"], "2026-05-31"),
        (["--visa", "DE,QQ"], "two letters"),
        (["--persecutor", "Caesar"], "two letters"),
        (["--from", "RU:Atlantis"], "RU:Grozny"),
        (["--from", "ru-ge-nowhere"], "ru-ge-lars"),
        (["--dependants", "-1"], "--help"),
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


@pytest.mark.parametrize(("origin", "to"), [("GRV", "refuge"), ("ru-ge-lars", "TR"), ("RU:Nalchik", "DE")])
def test_the_json_keeps_every_key_and_type_that_was_agreed(origin: str, to: str) -> None:
    asked = ["ways", "--passport", "RU", "--papers", "foreign", "--from", origin, "--lists", "unknown"]
    told = run(
        *asked, "--to", to, "--visa", "DE,FR", "--without", "rail,foot", "--as-of", "2026-11-23", "--json"
    )
    assert told.exit_code == 0 and told.stderr == ""
    answer = json.loads(told.stdout)
    assert date.fromisoformat(answer["as_of"]) and isinstance(answer["profile"], dict)
    assert all(date.fromisoformat(day) for day in answer["data"].values())
    assert all({"destination", "why"} <= r.keys() for r in answer["refused"])
    assert 0 < len(answer["plans"]) <= 12
    for plan in answer["plans"]:
        assert re.fullmatch("[A-Z]{2}", plan["destination"])
        assert plan["stay"].keys() == {"basis", "days"}
        assert 0 <= plan["risk"] <= 1 and type(plan["risk"]) is float
        assert type(plan["exposures"]) is int and isinstance(plan["stale"], list)
        assert type(plan["worst_case"]["blocked"]) is bool
        assert plan["worst_case"].keys() == {"blocked", "at", "why"}
        for leg in plan["legs"]:
            assert {"from", "to", "mode", "hours", "cost_eur", "risk", "why"} <= leg.keys()
            assert leg["mode"] in {"flight", "bus", "car", "border"}  # rail and foot were excluded
            for place in (leg["from"], leg["to"]):
                assert re.fullmatch(r"[A-Z0-9]{3}|[a-z]{2}-[a-z]{2}-[a-z0-9-]+|[A-Z]{2}:.+", place)
            for why in leg["why"]:
                assert date.fromisoformat(why["date"]) and why["rule"] and why["layer"]
                assert why["confidence"] in {"high", "med", "low"}

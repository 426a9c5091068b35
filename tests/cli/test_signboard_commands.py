"""``kunak challenge``, ``kunak address``, ``kunak verify-address``: typed as people type them."""

import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.cli.signboard import NoSecretYet, NotWritten
from kunak.exchange import addresses, challenge
from kunak.signboard import queries
from kunak.vault import KdfCost, add_member
from kunak.workbench import Workbench, found_office, open_store, utc_now
from kunak.workbench.signing import CoordinatorsSign, NoSigningKey

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, THEIRS = "heron marsh lantern", "ibis without a seal"
OURS_AT = ("https://write.example/", "messenger: quince")
SOON = (utc_now().date() + timedelta(days=60)).isoformat()


def kunak(*arguments: object, language: str = "en", typed: str = "") -> Result:
    return CliRunner(env={"KUNAK_LANGUAGE": language}).invoke(main, [*map(str, arguments)], input=typed)


def types(*arguments: object, code: int = 0) -> str:
    told = kunak(*arguments)
    assert told.exit_code == code, told.output
    return told.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("office") / "office"
    bench = found_office(place, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP)
    add_member(bench.vault, "ibis", THEIRS, utc_now(), roles_held=("duty",))
    bench.close()
    return place


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    place = tmp_path / "office"
    place.mkdir()
    for file in made.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return place


def words_in(told: str, language: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.startswith("  ")]
    wanted = re.compile("[a-z]+( [a-z]+){11}" if language == "en" else "[а-я]+( [а-я]+){11}")
    return next(line for line in lines if wanted.fullmatch(line))


# The line of the day


def test_both_sides_show_the_same_line_whichever_words_the_partner_typed(
    folder: Path, tmp_path: Path
) -> None:
    told = types("challenge", "new", folder, "--passphrase", OURS)
    ours = types("challenge", "today", folder, "--passphrase", OURS)
    for language in ("en", "ru"):
        theirs = types("challenge", "today", "--words", words_in(told, language))
        assert theirs == ours
    partner = tmp_path / "partner"
    found_office(partner, member="otter", passphrase="otter's own", at=utc_now(), cost=CHEAP).close()
    taken = types(
        "challenge", "take", partner, "--words", words_in(told, "ru"), "--passphrase", "otter's own"
    )
    assert "the same on both sides" in taken
    assert types("challenge", "today", partner, "--passphrase", "otter's own") == ours
    again = types("challenge", "words", folder, "--passphrase", OURS)
    assert words_in(again, "en") == words_in(told, "en")


def test_a_secret_that_somebody_took_makes_no_line_of_the_office_once_there_is_a_new_one(
    folder: Path,
) -> None:
    taken = words_in(types("challenge", "new", folder, "--passphrase", OURS), "en")
    assert types("challenge", "today", "--words", taken) == types(
        "challenge", "today", folder, "--passphrase", OURS
    )
    made = words_in(types("challenge", "new", folder, "--passphrase", OURS), "en")
    ours = types("challenge", "today", folder, "--passphrase", OURS)
    assert types("challenge", "today", "--words", taken) != ours
    assert types("challenge", "today", "--words", made) == ours


def test_today_is_one_of_the_month_on_paper(folder: Path) -> None:
    told = types("challenge", "new", folder, "--passphrase", OURS)
    words = words_in(told, "en")
    month = types("challenge", "month", "--words", words)
    today = utc_now().date().isoformat()
    line = challenge.line(challenge.read(words), utc_now().date(), "en")
    assert any(row.startswith(today) and line in row for row in month.splitlines())
    february = types("challenge", "month", folder, "--month", "2032-02", "--passphrase", OURS)
    assert len(february.strip().splitlines()) == 29


def test_a_page_of_one_day_has_no_script_and_nothing_of_any_other_day(folder: Path, tmp_path: Path) -> None:
    words = words_in(types("challenge", "new", folder, "--passphrase", OURS), "en")
    out = tmp_path / "today.html"
    for _ in range(2):  # the next day it is written over
        types("challenge", "page", "--words", words, "--out", out)
    page = out.read_text()
    lines = challenge.lines(challenge.read(words), utc_now().date())
    assert all(line in page for line in lines.values())
    assert "<script" not in page and "http" not in page and len(page) < 600
    out.write_text("something of theirs")
    refused = kunak("challenge", "page", "--words", words, "--out", out)
    assert refused.exit_code == 2
    assert NotWritten().sentence() in refused.output
    assert out.read_text() == "something of theirs"


def test_without_a_secret_there_is_no_line(folder: Path) -> None:
    for asked in (
        ("today", folder, "--passphrase", OURS),
        ("today",),
        ("month", folder, "--passphrase", OURS),
    ):
        refused = kunak("challenge", *asked)
        assert refused.exit_code == 2
        assert NoSecretYet().sentence() in refused.output
    wrong = kunak("challenge", "today", "--words", "river lemon seven window")
    assert "These are not the twelve words" in wrong.output


# The list of addresses


def a_list(folder: Path, out: Path, *more: str) -> str:
    types("address", "key", folder, "--name", "Office of the Quince", "--passphrase", OURS)
    given = [word for one in OURS_AT for word in ("--address", one)]
    return types(
        "address", "make", folder, *given, "--until", SOON, "--out", out, *more, "--passphrase", OURS
    )


def test_a_list_goes_round_and_is_shown_with_all_signatures(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.txt"
    a_list(folder, out, "--retired", "https://old.example/")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for name in ("Group Linden", "Group Birch"):
        told = types("address", "sign", out, "--key-file", tmp_path / f"{name}.key", "--name", name)
        assert f"signed by {name}, key" in told
        assert stat.S_IMODE((tmp_path / f"{name}.key").stat().st_mode) == 0o600
    taken = types("address", "take", folder, out, "--passphrase", OURS)
    assert taken.count("signed by") == 3
    types("address", "show", folder, "--passphrase", OURS)
    bench = Workbench.unlock(open_store(folder), OURS)
    shown = addresses.read(queries.shown_list(bench.signboard))
    bench.close()
    assert {one.name for one in shown.signatures} == {"Office of the Quince", "Group Linden", "Group Birch"}
    assert shown.retired == ("https://old.example/",)
    types("address", "show", folder, "--nothing", "--passphrase", OURS)
    bench = Workbench.unlock(open_store(folder), OURS)
    assert queries.shown_list(bench.signboard) == ""
    bench.close()


def test_another_office_signs_with_its_own_key(folder: Path, tmp_path: Path) -> None:
    out, partner = tmp_path / "list.txt", tmp_path / "partner"
    a_list(folder, out)
    found_office(partner, member="otter", passphrase="otter's own", at=utc_now(), cost=CHEAP).close()
    told = types(
        "address", "sign", out, "--office", partner, "--name", "Group Alder", "--passphrase", "otter's own"
    )
    key = types("address", "key", partner, "--passphrase", "otter's own").splitlines()[1]
    assert f"signed by Group Alder, key {key}" in told


def test_the_same_key_signs_again_under_another_name(folder: Path) -> None:
    first = types("address", "key", folder, "--name", "One", "--passphrase", OURS).splitlines()
    second = types("address", "key", folder, "--name", "Two", "--passphrase", OURS).splitlines()
    assert (first[0], second[0]) == ("One", "Two")
    assert first[1] == second[1]


def test_who_is_no_coordinator_signs_nothing(folder: Path) -> None:
    refused = kunak("address", "key", folder, "--name", "Ours", "--passphrase", THEIRS)
    assert refused.exit_code == 2
    assert CoordinatorsSign().sentence() in refused.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("key",), NoSigningKey().sentence()),
        (("show",), "There is no such list of addresses"),
        (("make", "--address", "x", "--until", "2001-01-01"), "no key yet"),
    ],
)
def test_what_is_not_there_is_not_signed_or_shown(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    command, *more = arguments
    refused = kunak("address", command, folder, *more, "--passphrase", OURS)
    assert refused.exit_code == 2
    assert told in refused.output


def test_a_list_that_would_mislead_is_not_made(folder: Path) -> None:
    types("address", "key", folder, "--name", "Ours", "--passphrase", OURS)
    refused = kunak(
        "address", "make", folder, "--address", "x", "--until", "2001-01-01", "--passphrase", OURS
    )
    assert "The list of addresses cannot be made like this" in refused.output


def test_a_key_of_ones_own_is_named_and_whole(folder: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "list.txt", tmp_path / "key"
    a_list(folder, out)
    assert kunak("address", "sign", out, "--key-file", key).exit_code == 2
    key.write_text("not a key")
    refused = kunak("address", "sign", out, "--key-file", key, "--name", "Group Linden")
    assert "This is no secret" in refused.output


def test_another_list_is_not_taken(folder: Path, tmp_path: Path) -> None:
    mine, other = tmp_path / "list.txt", tmp_path / "other.txt"
    a_list(folder, other, "--retired", "https://old.example/")
    a_list(folder, mine)
    assert kunak("address", "take", folder, other, "--passphrase", OURS).exit_code == 2


# Is it theirs?


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("address", "day", "code", "said"),
    [
        ("https://write.example", None, 0, {"en": "It is theirs", "ru": "Это их адрес"}),
        ("https://writé.example", None, 10, {"en": "looks much like", "ru": "очень похож"}),
        ("https://trap.net", None, 10, {"en": "is not on the list", "ru": "нет в списке"}),
        ("https://old.example", None, 11, {"en": "theirs no more", "ru": "больше не их"}),
        ("https://write.example", "2099-01-01", 12, {"en": "out of date", "ru": "устарел"}),
    ],
)
def test_it_says_in_words_and_in_a_number_whether_it_is_theirs(
    folder: Path,
    tmp_path: Path,
    language: str,
    address: str,
    day: str | None,
    code: int,
    said: dict[str, str],
) -> None:
    out = tmp_path / "list.txt"
    a_list(folder, out, "--retired", "https://old.example/")
    on = ("--on", day) if day else ()
    told = kunak("verify-address", out, address, *on, language=language)
    assert told.exit_code == code
    assert said[language] in told.output
    assert "Office of the Quince" in told.output


def test_a_signer_that_is_asked_for_must_have_signed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.txt"
    a_list(folder, out)
    key = types("address", "key", folder, "--passphrase", OURS).splitlines()[1]
    ask = ("verify-address", out, "https://write.example")
    assert "a key above" not in types(*ask, "--signer", key[:17])
    assert kunak(*ask, "--signer", "00" * 32).exit_code == 13
    unfit = kunak(*ask, "--signer", "Office of the Quince")
    assert unfit.exit_code == 2
    assert "anybody can take a name" in unfit.output


def test_a_changed_list_is_believed_in_nothing(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.txt"
    a_list(folder, out)
    out.write_text(out.read_text().replace("write.example", "trap.example"))
    refused = kunak("verify-address", out, "https://trap.example")
    assert refused.exit_code == 5
    assert "Believe none of it" in refused.output
    out.write_text("no list")
    assert kunak("verify-address", out, "https://trap.example").exit_code == 5

"""Every wrong command is one sentence with what to do, the exit code of its family, and no traceback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.cli.up import PortTaken, ProcessFailed
from kunak.cli.ways import DayUnfit, FileUnfit, OptionMissing, OptionUnfit, UnknownOption
from kunak.demo import NotADemo
from kunak.errors import KunakError
from kunak.workbench.founding import MemberCodeUnfit

ASK = {"--passport": "AZ", "--papers": "foreign", "--from": "GYD", "--lists": "unknown"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def ways(**changes: str | None) -> list[str]:
    options = {**ASK, **{f"--{name}": value for name, value in changes.items()}}
    return ["ways", *(part for name, value in options.items() if value is not None for part in (name, value))]


def refuses(told: Result, error: type[KunakError], **facts: object) -> None:
    """One line: the sentence, and the advice where there is one."""
    expected = error(**facts)
    line = " ".join(filter(None, (expected.sentence(), expected.advice())))
    assert told.output.strip().splitlines()[-1] == line
    assert told.exit_code == error.exit_code
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    ("option", "accepted"),
    [
        ("passport", "states such as RU"),
        ("papers", "foreign, internal, none"),
        ("from", "an IATA code, a crossing id or ISO2:Town, such as GRV or RU:Grozny"),
        ("lists", "clear, unknown, listed"),
    ],
)
def test_a_missing_option_says_what_it_takes(option: str, accepted: str) -> None:
    refuses(run(*ways(**{option: None})), OptionMissing, option=f"--{option}", accepted=accepted)


def test_an_unknown_option_is_answered_with_those_there_are() -> None:
    told = run(*ways(), "--shoes", "red")
    assert told.exit_code == UnknownOption.exit_code == 2
    assert "There is no option --shoes here; accepted are" in told.output
    assert "--passport" in told.output


def test_a_value_that_cannot_be_read_names_the_help() -> None:
    told = run(*ways(cash="much"))
    assert told.exit_code == OptionUnfit.exit_code == 2
    assert told.output.startswith("The options cannot be read: ")
    assert "kunak ways --help" in told.output


@pytest.mark.parametrize("option", ["--as-of", "--latest", "--expiry"])
def test_a_day_that_is_none_shows_one(option: str) -> None:
    refuses(run(*ways(), option, "tomorrow"), DayUnfit, value="tomorrow", option=option)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00origin"])
def test_a_file_that_is_no_text_says_how_to_save_it(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "lines.csv"
    if content is not None:
        file.write_bytes(content)
    told = run("ways", "import-services", str(file), "--into", str(tmp_path))
    refuses(told, FileUnfit, name="lines.csv")


@pytest.mark.parametrize("code", ["Anna", "ab", "a" * 21, "1heron", "анна", "heron!"])
def test_a_members_code_that_does_not_fit_says_what_does(tmp_path: Path, code: str) -> None:
    told = run(
        "init", str(tmp_path / "office"), "--member", code, "--passphrase", "five random words here too"
    )
    refuses(told, MemberCodeUnfit)
    assert not (tmp_path / "office").exists()


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("command", ["relay", "demo"])
def test_a_busy_port_is_a_sentence_and_nothing_was_made(tmp_path: Path, busy: int, command: str) -> None:
    folder = tmp_path / "office"
    refuses(run(command, str(folder), "--port", str(busy)), PortTaken, port=busy)
    assert not folder.exists()


def test_a_process_that_does_not_start_is_named(tmp_path: Path) -> None:
    refuses(run("relay", str(tmp_path), "--port", str(free())), ProcessFailed, name="relay")


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    told = run("demo", str(tmp_path), "--port", str(free()), "--relay-port", str(free()))
    refuses(told, NotADemo)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("letter.txt", "mine")]

"""``kunak paper`` as it is typed: what it writes, where, and that a code is never an argument."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pypdfium2
from click.testing import CliRunner

from kunak.cli import main
from kunak.exchange import ReturnCode

CODE = ReturnCode(123456789123456789123)


def kunak(*arguments: str, given: str = "") -> tuple[int, str]:
    done = CliRunner(env={"KUNAK_LANGUAGE": "en"}).invoke(main, arguments, input=given)
    return done.exit_code, done.output


def text_of(path: Path) -> str:
    return " ".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path.read_bytes())
    )


def test_a_form_is_written_that_only_its_owner_may_read(tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    code, said = kunak("paper", "form", "--languages", "en,ru", str(out))
    assert (code, "Print it, then delete the file" in said) == (0, True)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "Where roughly?" in text_of(out)


def test_what_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    out.write_text("mine")
    code, said = kunak("paper", "card", str(out))
    assert code == 2
    assert "something of that name is there already" in said
    assert out.read_text() == "mine"


def test_languages_that_are_none_are_refused_by_name_of_what_is_accepted(tmp_path: Path) -> None:
    code, said = kunak("paper", "form", "--languages", "en,xx", str(tmp_path / "sheet.pdf"))
    assert code == 2
    assert "en" in said and "ka" in said
    assert not (tmp_path / "sheet.pdf").exists()


def test_a_code_comes_by_standard_input_in_words_and_stands_in_digits(tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    code, said = kunak("paper", "card", str(out), "--with-code", given=" ".join(CODE.words("en")) + "\n")
    assert code == 0
    digits = "".join(ch for ch in text_of(out) if ch.isdigit())
    assert digits == CODE.digits().replace(" ", "")
    assert CODE.digits() not in said and CODE.words("en")[0] not in said


def test_a_code_that_is_none_is_refused_without_being_said_again(tmp_path: Path) -> None:
    code, said = kunak("paper", "card", str(tmp_path / "sheet.pdf"), "--with-code", given="1234 5678\n")
    assert code == 2
    assert "1234" not in said
    assert not (tmp_path / "sheet.pdf").exists()


def test_the_real_process_takes_the_code_from_a_pipe(tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    done = subprocess.run(
        [sys.executable, "-m", "kunak", "paper", "card", str(out), "--with-code", "--address", "notes.example"],
        input=CODE.digits() + "\n", capture_output=True, text=True, env={**os.environ, "KUNAK_LANGUAGE": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert CODE.digits() not in done.stdout + done.stderr
    assert "notes.example" in text_of(out)

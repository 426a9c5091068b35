"""``kunak kit``: a printed page that opens a member's keys when the passphrase is forgotten."""

import re
import stat
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.cli.kit import PageNotWritten
from kunak.vault import Item, KdfCost, Vault, succession
from kunak.vault.keys import RecoveryNotOpened, WrongPassphrase
from kunak.vault.office import load_keystore
from kunak.vault.paper import RecoveryKit, spell, spell_digits
from kunak.vault.spelling import AnotherPaper, PaperNotRight
from kunak.workbench import found_office, open_store, utc_now

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, NEW, DURESS = "heron marsh lantern", "otter river pebble", "nothing to see here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "office"
    found_office(place, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
    vault = Vault.unlock(open_store(place), passphrase=OURS)
    vault.write([Item("C-1", "index", b"one")], utc_now())
    vault.close()
    return place


def kunak(*arguments: object, typed: str = "") -> Result:
    return CliRunner(env={"KUNAK_LANGUAGE": "en"}).invoke(main, [*map(str, arguments)], input=typed)


def made(folder: Path, page: Path, *more: str) -> Result:
    return kunak("kit", folder, "--out", page, "--passphrase", OURS, *more)


def words_on(page: Path) -> str:
    """The words, as somebody copies them from the page."""
    listed = re.search(r'<ol class="words">(.*?)</ol>', page.read_text())
    assert listed
    return " ".join(unescape(re.sub(r"<span>\d+</span>|<[^>]+>", " ", listed[1])).split())


def test_the_kit_opens_the_members_keys_under_a_new_passphrase(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "kit.html"
    told = made(folder, page)
    assert told.exit_code == 0
    assert "Print it, then destroy the file" in told.output
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    opened = kunak("kit", "open", folder, "--new-passphrase", NEW, typed=words_on(page) + "\n")
    assert opened.exit_code == 0, opened.output
    vault = Vault.unlock(open_store(folder), passphrase=NEW)
    assert [one.body for one in vault.read()] == [b"one"]
    with pytest.raises(WrongPassphrase):
        load_keystore(open_store(folder)).open(OURS)


def test_a_second_kit_puts_the_first_out_of_use(folder: Path, tmp_path: Path) -> None:
    made(folder, tmp_path / "first.html")
    made(folder, tmp_path / "second.html", "--language", "ru")
    assert 'lang="ru"' in (tmp_path / "second.html").read_text()
    for name, code in (("first", RecoveryNotOpened.exit_code), ("second", 0)):
        written = tmp_path / f"{name}.txt"
        written.write_text(words_on(tmp_path / f"{name}.html"))
        told = kunak("kit", "open", folder, "--kit", written, "--new-passphrase", NEW)
        assert told.exit_code == code, told.output


def test_a_page_is_never_written_over_another_and_then_nothing_changes(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "kit.html"
    page.write_text("mine")
    before = load_keystore(open_store(folder)).to_bytes()
    for place in (page, tmp_path / "nowhere" / "kit.html"):
        told = made(folder, place)
        assert told.exit_code == 2
        assert PageNotWritten().told() in told.output
    assert page.read_text() == "mine"
    assert load_keystore(open_store(folder)).to_bytes() == before


def test_a_slip_of_the_pen_is_named_and_the_kit_of_another_office_opens_nothing(
    folder: Path, tmp_path: Path
) -> None:
    made(folder, tmp_path / "kit.html")
    words = words_on(tmp_path / "kit.html").split()
    swapped = " ".join([words[1], words[0], *words[2:]])
    told = kunak("kit", "open", folder, "--new-passphrase", NEW, typed=swapped + "\n")
    assert PaperNotRight().told() in told.output
    strange = tmp_path / "strange.txt"
    strange.write_text(" ".join(_spelled(RecoveryKit.new(bytes(32)))))
    told = kunak("kit", "open", folder, "--kit", strange, "--new-passphrase", NEW)
    assert RecoveryNotOpened().told() in told.output
    card = tmp_path / "card.txt"
    card.write_text(" ".join(_spelled_card()))
    told = kunak("kit", "open", folder, "--kit", card, "--new-passphrase", NEW)
    assert AnotherPaper().told() in told.output


def _spelled(kit: RecoveryKit) -> tuple[str, ...]:
    return spell(*kit.held(), "en")


def _spelled_card() -> tuple[str, ...]:
    return spell_digits(*succession.deal(2, 2).cards[0].held())


def test_a_duress_passphrase_destroys_here_too_and_no_page_is_written(folder: Path, tmp_path: Path) -> None:
    done = kunak("passphrase", folder, "--duress", "--passphrase", OURS, "--new-passphrase", DURESS)
    assert done.exit_code == 0
    told = kunak("kit", folder, "--out", tmp_path / "kit.html", "--passphrase", DURESS)
    assert told.exit_code == 0
    assert not (tmp_path / "kit.html").exists()
    vault = Vault.unlock(open_store(folder), passphrase=DURESS)
    assert list(vault.read()) == []

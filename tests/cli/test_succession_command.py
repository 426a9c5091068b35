"""``kunak succession``: making a seal, vouching for it, and taking an office over, as people type it."""

import re
import stat
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.cli.kit import PageNotWritten
from kunak.errors import KunakError
from kunak.vault import Item, KdfCost, Vault, add_member
from kunak.vault import succession as sealing
from kunak.vault.membership import NotAllowedToAdmit
from kunak.vault.paper import spell_digits
from kunak.vault.restoring import SuccessorsUnfit
from kunak.vault.succession import CardsDoNotOpen, CardsMixed, CardsOutOfUse, NoSeal, SealNeedsTwo
from kunak.workbench import STORE, OfficeHereAlready, found_office, open_store, succession, utc_now
from kunak.workbench.succession import NoCopyHere

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, THEIRS, NEXT, SECOND = (
    "heron marsh lantern",
    "otter river pebble",
    "wren hedge thimble",
    "crane lake button",
)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "COST", CHEAP)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An office of two, with a name that two open and an index."""
    place = tmp_path / "office"
    bench = found_office(place, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP)
    add_member(bench.vault, "otter", THEIRS, utc_now())
    bench.vault.write([Item("C-1", "index", b"one"), Item("C-1", "identity", b"a name")], utc_now())
    bench.close()
    return place


def kunak(*arguments: object, typed: str = "", language: str = "en") -> Result:
    return CliRunner(env={"KUNAK_LANGUAGE": language}).invoke(main, [*map(str, arguments)], input=typed)


def made(folder: Path, cards: Path, *more: object) -> Result:
    asked = ("--trustees", 3, "--needed", 2, "--out", cards, "--passphrase", OURS)
    return kunak("succession", "make", folder, *asked, *more)


def sealed(folder: Path, cards: Path) -> None:
    assert made(folder, cards).exit_code == 0
    assert kunak("succession", "vouch", folder, "--passphrase", THEIRS).exit_code == 0


def words_on(page: Path) -> str:
    listed = re.search(r'<ol class="words">(.*?)</ol>', page.read_text())
    assert listed
    return " ".join(unescape(re.sub(r"<span>\d+</span>|<[^>]+>", " ", listed[1])).split())


def typed_out(cards: Path, *numbers: int) -> list[object]:
    """Cards as text files, and the options that name them."""
    named: list[object] = []
    for number in numbers:
        file = cards / f"{number}.txt"
        file.write_text(words_on(cards / f"card-{number}.html") + "\n")
        named += ["--card", file]
    return named


def restored(copy: Path, to: Path, *more: object, typed: str = "") -> Result:
    who = ("--code", "wren", "--passphrase", NEXT, "--second-code", "crane", "--second-passphrase", SECOND)
    return kunak("succession", "restore", copy, to, *who, *more, typed=typed)


def refuses(told: Result, error: KunakError) -> None:
    assert told.exit_code == error.exit_code
    assert told.output.strip().endswith(error.told())


def test_a_seal_is_made_vouched_for_and_says_how_it_stands(folder: Path, tmp_path: Path) -> None:
    refuses(kunak("succession", "status", folder, "--passphrase", OURS), NoSeal())
    told = made(folder, tmp_path / "cards")
    assert told.exit_code == 0
    assert "3 pages are in" in told.output
    assert "until a second member who saw this vouches" in told.output
    pages = sorted((tmp_path / "cards").iterdir())
    assert [page.name for page in pages] == ["card-1.html", "card-2.html", "card-3.html"]
    assert {stat.S_IMODE(page.stat().st_mode) for page in pages} == {0o600}
    status = kunak("succession", "status", folder, "--passphrase", OURS).output
    assert "Made by heron" in status
    assert "Not in force: a second member must vouch for it." in status
    assert "you may vouch" in kunak("succession", "status", folder, "--passphrase", THEIRS).output
    assert kunak("succession", "vouch", folder, "--passphrase", THEIRS).exit_code == 0
    status = kunak("succession", "status", folder, "--passphrase", OURS).output
    assert "In force" in status
    assert "it holds the keys of" in status


def test_two_successors_go_on_with_two_cards_and_the_folder_of_a_device(folder: Path, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    sealed(folder, cards)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = restored(folder, tmp_path / "new", *typed_out(cards, 1, 3))
    assert told.exit_code == 0, told.output
    assert "Removed, with all their devices: heron, otter." in told.output
    assert "Make a new seal now" in told.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [STORE, "relay-keys.json"]
    vault = Vault.unlock(open_store(tmp_path / "new"), passphrase=NEXT)
    assert b"one" in [opened.body for opened in vault.read()]
    assert vault.members == ("wren", "crane")


def test_cards_can_be_typed_and_a_slip_is_asked_for_again(folder: Path, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    sealed(folder, cards)
    first, second = (words_on(cards / f"card-{number}.html") for number in (2, 3))
    slip = " ".join(["zzzz", *first.split()[1:]])
    told = restored(folder, tmp_path / "new", typed=f"{slip}\n{first}\n{second}\n\n")
    assert told.exit_code == 0, told.output
    assert "Words that are not in the list, by their place: 1." in told.output


def test_a_backup_file_will_do_and_who_goes_on_stays(folder: Path, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    sealed(folder, cards)
    backup = tmp_path / "backup.bin"
    backup.write_bytes((folder / STORE).read_bytes())
    told = restored(backup, tmp_path / "new", *typed_out(cards, 1, 2), "--going-on", "otter")
    assert told.exit_code == 0, told.output
    assert "Removed, with all their devices: heron." in told.output


def test_one_successor_is_told_what_stays_closed(folder: Path, tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    sealed(folder, cards)
    vault = Vault.unlock(open_store(folder), passphrase=OURS)
    vault.write([Item("C-2", "identity", b"another name")], utc_now())
    vault.close()
    to, who = tmp_path / "new", ("--code", "wren", "--passphrase", NEXT)
    told = kunak("succession", "restore", folder, to, *typed_out(cards, 1, 2), *who, "--role", "lawyer")
    assert told.exit_code == 0, told.output
    assert "1 more that two open together" in told.output
    assert "stays closed as long as you are alone" in told.output
    vault = Vault.unlock(open_store(to), passphrase=NEXT)
    assert vault.me.roles == ("lawyer",)


def test_what_goes_wrong_is_named_and_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    cards, to = tmp_path / "cards", tmp_path / "new"
    refuses(restored(tmp_path, to, "--card", _a_card(tmp_path)), NoCopyHere())
    sealed(folder, cards)
    two = typed_out(cards, 1, 2)
    refuses(restored(folder, folder, *two), OfficeHereAlready())
    told = kunak("succession", "restore", folder, to, *two, "--code", "heron", "--passphrase", NEXT)
    refuses(told, SuccessorsUnfit())
    refuses(restored(folder, to, "--card", _a_card(tmp_path), *two), CardsMixed(numbers="1"))
    refuses(
        restored(folder, to, "--card", _a_card(tmp_path), "--card", _a_card(tmp_path, 1)), CardsDoNotOpen()
    )
    sealed(folder, tmp_path / "newer")
    refuses(restored(folder, to, *two), CardsOutOfUse())
    assert not to.exists() or not list(to.iterdir())
    assert kunak("succession", "end", folder, "--passphrase", OURS).exit_code == 0
    refuses(kunak("succession", "status", folder, "--passphrase", OURS), NoSeal())


def _a_card(tmp_path: Path, number: int = 0) -> Path:
    """A card of an office that nobody here knows."""
    file = tmp_path / f"strange-{number}.txt"
    file.write_text(" ".join(_STRANGE[number]))
    return file


def _strange() -> list[tuple[str, ...]]:
    return [spell_digits(*card.held()) for card in sealing.deal(3, 2).cards]


_STRANGE = _strange()


def test_pages_are_not_mixed_with_others_and_go_when_there_will_be_no_seal(
    folder: Path, tmp_path: Path
) -> None:
    cards = tmp_path / "cards"
    cards.mkdir()
    (cards / "letter.txt").write_text("mine")
    refuses(made(folder, cards), PageNotWritten())
    assert (cards / "letter.txt").read_text() == "mine"
    alone = tmp_path / "alone"
    found_office(alone, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
    refuses(made(alone, tmp_path / "none"), SealNeedsTwo())
    assert not (tmp_path / "none").exists()
    told = kunak(
        "succession", "make", folder, "--trustees", 3, "--needed", 2, "--out", tmp_path / "theirs",
        "--passphrase", THEIRS,
    )  # fmt: skip
    refuses(told, NotAllowedToAdmit())
    assert not (tmp_path / "theirs").exists()


def test_it_speaks_russian_too(folder: Path, tmp_path: Path) -> None:
    asked = ("--trustees", 3, "--needed", 2, "--out", tmp_path / "cards", "--passphrase", OURS)
    told = kunak("succession", "make", folder, *asked, "--language", "ru", language="ru")
    assert "доверенн" in told.output
    assert 'lang="ru"' in (tmp_path / "cards" / "card-1.html").read_text()

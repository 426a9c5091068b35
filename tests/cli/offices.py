"""Offices in folders, worked in by typing commands."""

from pathlib import Path

from click.testing import CliRunner, Result

from kunak.cli import main
from kunak.vault import Item, KdfCost
from kunak.workbench import Workbench, founding, joining, open_store

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
HERON, OTTER = "heron marsh lantern seven", "otter cliff candle nine"


class Office:
    """Heron's folder and otter's, on two machines as it were; a stick lies between them."""

    def __init__(self, place: Path) -> None:
        self.heron, self.otter, self.stick = place / "heron", place / "otter", place / "stick"
        self.stick.mkdir()

    def types(self, *words: str, code: int = 0) -> str:
        """A command as heron; the folder and the passphrase are filled in."""
        return types(self.heron, HERON, *words, code=code)

    def types_otter(self, *words: str, code: int = 0) -> str:
        """A command as otter, in otter's folder."""
        return types(self.otter, OTTER, *words, code=code)

    def found(self) -> None:
        self.types("init", "--member", "heron", *roles("duty", "case-worker", "lawyer"))

    def joined(self) -> None:
        """Otter has joined by a stick."""
        self.found()
        code = code_in(self.types("invite", "--member", "otter", *roles("duty", "case-worker")))
        ask = ("join", "--member", "otter", "--code", code, "--folder", str(self.stick))
        assert "Your ask is in" in self.types_otter(*ask)
        assert "otter is let in." in self.types("admit", "--folder", str(self.stick))
        assert "You belong to the office now." in self.types_otter(*ask)

    def write(self, *items: Item) -> None:
        """Items that heron writes."""
        bench = Workbench.unlock(open_store(self.heron), HERON)
        bench.vault.write(items, bench.now())
        bench.close()

    def exchange(self) -> None:
        for command in (self.types, self.types_otter, self.types):
            command("sync", "--folder", str(self.stick))


def types(folder: Path, passphrase: str, *words: str, code: int = 0) -> str:
    """One command; its exit code must be ``code``."""
    grouped = 2 if words[0] in ("together", "bundle") else 1
    told = run(*words[:grouped], str(folder), *words[grouped:], "--passphrase", passphrase)
    assert told.exit_code == code, told.output
    return told.output


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"KUNAK_LANGUAGE": "en"})


def roles(*names: str) -> list[str]:
    return [part for name in names for part in ("--role", name)]


def code_in(said: str) -> str:
    """The words of the code that ``kunak invite`` printed."""
    return said.split("\n\n")[1].strip().splitlines()[0].strip()


def cheap(monkeypatch: object) -> None:
    """Passphrases that cost nothing."""
    monkeypatch.setattr(joining, "COST", CHEAP)  # type: ignore[attr-defined]
    monkeypatch.setattr(founding, "COST", CHEAP)  # type: ignore[attr-defined]

"""What two must open, opened by two: separate processes, a store each, nothing between them but the relay's
process, or a file on a stick."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from relay_at_work import relay
from vault_office import CHEAP

from kunak.evacuation.entries import PapersChecked
from kunak.evacuation.facts import Paper
from kunak.vault import Item, joining
from kunak.workbench import Workbench, found_office, open_store, utc_now
from kunak.workbench import joining as newcomers
from kunak.workbench.hearing import body_of

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
HERON, OTTER = "heron's own words", "otter's own words"
CASE = "J-2222-3333"


class Terminal:
    """A member's process, and the folder that its office lies in."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self.folder, self._passphrase = folder, passphrase
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "a_member_at_work.py")]
        environment = {**os.environ, "KUNAK_LANGUAGE": "en"}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def types(self, *words: str, after: int = 0, code: int = 0) -> str:
        """One command, ``after`` minutes; returns what it said."""
        group, rest = (words[:2], words[2:]) if words[0] in ("together", "bundle") else (words[:1], words[1:])
        arguments = [*group, str(self.folder), *rest, "--passphrase", self._passphrase]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([after, arguments]), file=self._process.stdin, flush=True)
        ended, said = json.loads(self._process.stdout.readline())
        assert ended == code, said
        return str(said)

    def is_killed(self) -> None:
        """The process is killed, and the member begins anew."""
        self.close()
        self._process = self._start()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heron's folder and otter's, who has joined; each with what the other may know."""
    place = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(newcomers, "COST", CHEAP)
        heron = found_office(
            place / "heron",
            member="heron",
            passphrase=HERON,
            at=utc_now(),
            cost=CHEAP,
            roles_held=("duty", "case-worker", "lawyer"),
        )
        code = joining.invite(heron.vault, "otter", ("duty", "case-worker"), utc_now()).code
        asked = newcomers.ask(place / "otter", "otter", code)
        (invitation,) = joining.open_invitations(heron.vault, utc_now())
        _, answered = newcomers.answer(heron.vault, invitation, asked, utc_now())
        newcomers.finish(place / "otter", code, answered, OTTER).close()
        paper = PapersChecked(
            id="p.0", at=utc_now(), by="heron", subject=CASE, papers=(Paper(kind="passport", state="AZ"),)
        )
        heron.vault.write([Item(CASE, "identity", body_of(paper))], utc_now())
        heron.close()
    return place


@pytest.fixture
def terminals(made: Path, tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """Both members at work, on copies of their folders."""
    for member in ("heron", "otter"):
        (tmp_path / member).mkdir()
        for file in (made / member).iterdir():
            (tmp_path / member / file.name).write_bytes(file.read_bytes())
    both = Terminal(tmp_path / "heron", HERON), Terminal(tmp_path / "otter", OTTER)
    yield both
    for one in both:
        one.close()


def both_know(heron: Terminal, otter: Terminal, exchange: Callable[[Terminal, Terminal], None]) -> None:
    """Ask, release, look, over: whatever it is that carries what they write."""
    exchange(heron, otter)
    mark = (
        heron.types("together", "ask", CASE, "identity", "--purpose", "papers_for_travel")
        .split()[1]
        .strip(".")
    )
    heron.types("together", "look", mark, code=3)
    exchange(heron, otter)
    assert f"{CASE} identity" in otter.types("together", "list")
    otter.types("together", "look", mark, code=2)
    otter.types("together", "release", mark)
    exchange(otter, heron)
    assert "released by otter" in heron.types("together", "list")
    shown = heron.types("together", "look", mark, after=5)
    assert "kind: passport; state: AZ" in shown
    heron.is_killed()
    assert "PapersChecked" in heron.types("together", "look", mark, after=34)
    assert "The time for this opening is over." in heron.types("together", "look", mark, after=36, code=3)
    assert "over" in heron.types("together", "list", after=38)
    exchange(heron, otter)
    assert "Nobody asks you for anything" in otter.types("together", "list", after=40)


def the_log_of(terminal: Terminal, passphrase: str) -> None:
    """Who asked, for what, who released it, that it is over: on each machine."""
    bench = Workbench.unlock(open_store(terminal.folder), passphrase)
    (opening,) = (one for known in bench.access for one in known.openings)
    told = (
        opening.subject,
        opening.what,
        opening.purpose,
        opening.asked_by,
        opening.answered_by,
        opening.state,
    )
    assert told == (CASE, "identity", "papers_for_travel", "heron", "otter", "ended")
    shares = {share.compartment for share in bench.vault.caught_up().shares.values()}
    assert shares == {"identity", "readings"}
    bench.close()


def test_through_the_relay(terminals: tuple[Terminal, Terminal]) -> None:
    heron, otter = terminals
    with relay(heron.folder) as address:

        def exchange(one: Terminal, other: Terminal) -> None:
            for terminal in (one, other):
                terminal.types("sync", "--relay", address, after=1)

        both_know(heron, otter, exchange)
    the_log_of(heron, HERON)
    the_log_of(otter, OTTER)


def test_through_a_file_on_a_stick(terminals: tuple[Terminal, Terminal], tmp_path: Path) -> None:
    heron, otter = terminals
    carried: list[Path] = []

    def exchange(one: Terminal, other: Terminal) -> None:
        carried.append(tmp_path / f"notes-{len(carried)}.bin")
        one.types("bundle", "out", str(carried[-1]), after=1)
        other.types("bundle", "in", str(carried[-1]), after=1)

    both_know(heron, otter, exchange)
    the_log_of(heron, HERON)
    the_log_of(otter, OTTER)
    assert not any(CASE.encode() in file.read_bytes() for file in carried)

"""Destroying an office for real: processes, the supervisor, the terminal; and changing a passphrase there."""

import re
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from ports import free_port
from test_starting import Running, _listening_process, answers, wait_for

from kunak.cli import main
from kunak.vault import KdfCost, Vault
from kunak.vault.keys import WrongPassphrase
from kunak.workbench import STORE, found_office, open_store, utc_now

pytestmark = pytest.mark.slow

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
OURS, NEW, ROCKS = "heron marsh lantern", "seven calm herons", "heron counts rocks"


def founded(folder: Path) -> Path:
    found_office(folder, member="heron", passphrase=OURS, at=utc_now(), cost=CHEAP).close()
    return folder


def kunak(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def up(folder: Path) -> tuple[Running, str, str]:
    port, relay_port = free_port(), free_port()
    running = Running("up", str(folder), "--port", str(port), "--relay-port", str(relay_port))
    running.until("Ctrl-C ends all of it.")
    return running, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{relay_port}"


def browser(worker: str) -> httpx2.Client:
    headers = {"Origin": worker, "Sec-Fetch-Site": "same-origin"}
    return httpx2.Client(base_url=worker, headers=headers, trust_env=False, follow_redirects=True)


def ended(running: Running) -> str:
    """What it printed, once it has ended by itself."""
    assert running.process.stdout is not None
    said = running.process.stdout.read()
    running.process.stdout.close()
    assert running.process.wait(60) == 0
    return said


def test_the_button_ends_every_process_and_leaves_nothing_of_the_office(tmp_path: Path) -> None:
    folder = founded(tmp_path / "office")
    running, worker, relay = up(folder)
    with browser(worker) as page:
        assert page.post("/unlock", data={"passphrase": OURS}).status_code == 200
        assert "Destroyed" in page.post("/panic").text
    assert "The keys were destroyed" in ended(running)
    assert not folder.exists()
    assert not answers(worker + "/unlock")
    assert not answers(relay)


def test_kunak_panic_destroys_an_office_that_is_running_and_ends_it(tmp_path: Path) -> None:
    folder = founded(tmp_path / "office")
    (folder / "diary.txt").write_text("mine")
    running, worker, _ = up(folder)
    with browser(worker) as page:
        assert page.post("/unlock", data={"passphrase": OURS}).status_code == 200
        done = kunak("panic", folder)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "The keys are destroyed" in done.stdout
    assert "The keys were destroyed" in ended(running)
    assert not answers(worker + "/unlock")
    assert [path.name for path in folder.iterdir()] == ["diary.txt"]


def test_kunak_panic_where_there_is_no_office_says_so(tmp_path: Path) -> None:
    done = kunak("panic", tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "There is no office in this folder" in done.stderr


def test_after_duress_the_office_runs_on_empty_and_its_relay_starts_anew_with_its_keys(
    tmp_path: Path,
) -> None:
    folder = founded(tmp_path / "office")
    set_ = kunak("passphrase", folder, "--duress", "--passphrase", OURS, "--new-passphrase", ROCKS)
    assert (set_.exit_code, set_.stdout) == (0, "Done.\n")
    running, worker, relay = up(folder)
    try:
        before, holder = (folder / STORE).stat().st_ino, _listening_process(relay)
        with browser(worker) as page:
            opened = page.post("/unlock", data={"passphrase": ROCKS})
            assert (opened.status_code, opened.url.path) == (200, "/")
            assert "Nobody waits for us now" in opened.text
            assert (folder / STORE).stat().st_ino != before
            wait_for(lambda: answers(relay) and _listening_process(relay) != holder, "the old relay is there")
            assert page.get("/").status_code == 200
    finally:
        assert running.interrupt() == 0
    assert Vault.unlock(open_store(folder), passphrase=ROCKS).members == ("heron",)


def test_a_passphrase_is_changed_in_the_terminal_with_and_without_a_keyfile(tmp_path: Path) -> None:
    folder, stone = founded(tmp_path / "office"), tmp_path / "stone.bin"
    stone.write_bytes(b"any bytes")
    own = ("--passphrase", OURS, "--new-passphrase", NEW, "--new-keyfile", stone)
    assert kunak("passphrase", folder, *own).exit_code == 0
    for passphrase in (OURS, NEW):
        with pytest.raises(WrongPassphrase):
            Vault.unlock(open_store(folder), passphrase=passphrase)
    back = ("--passphrase", NEW, "--keyfile", stone, "--new-passphrase", OURS)
    assert kunak("passphrase", folder, *back).exit_code == 0
    assert Vault.unlock(open_store(folder), passphrase=OURS).member == "heron"


def test_a_duress_passphrase_can_be_forgotten_and_works_in_the_terminal_too(tmp_path: Path) -> None:
    folder = founded(tmp_path / "office")
    duress = ("--passphrase", OURS, "--new-passphrase", ROCKS)
    assert kunak("passphrase", folder, "--duress", *duress).exit_code == 0
    assert kunak("passphrase", folder, "--forget-duress", *duress).exit_code == 0
    refused = kunak("passphrase", folder, "--passphrase", ROCKS, "--new-passphrase", NEW)
    assert refused.exit_code == 3
    assert re.match(r"This passphrase does not open this office\.", refused.stderr)
    assert kunak("passphrase", folder, "--duress", *duress).exit_code == 0
    before = (folder / STORE).stat().st_ino
    given = kunak("passphrase", folder, "--passphrase", ROCKS, "--new-passphrase", NEW)
    assert (given.exit_code, given.stdout) == (0, "Done.\n")
    assert (folder / STORE).stat().st_ino != before
    with pytest.raises(WrongPassphrase):
        Vault.unlock(open_store(folder), passphrase=OURS)

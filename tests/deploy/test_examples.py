"""The other files of deploy/: each is what it says, as far as the program it is for can tell without a network."""

import os
import runpy
import subprocess
import time
from pathlib import Path

import pytest
from programs import DEPLOY, example, program

ROOT = Path(__file__).parents[2]
WRITER = runpy.run_path(str(ROOT / "tools" / "write_not_arrived.py"), run_name="tools.write_not_arrived")


@pytest.fixture
def torrc(tmp_path: Path) -> Path:
    (tmp_path / "tor").mkdir(mode=0o700)
    file = tmp_path / "torrc"
    file.write_text(example("torrc", {"/var/lib/tor": str(tmp_path / "tor")}))
    return file


def tor(torrc: Path, *more: str) -> list[str]:
    return [program("tor"), "-f", str(torrc), "--DataDirectory", str(torrc.parent / "tor"), *more]


def test_tor_takes_its_file(torrc: Path):
    checked = subprocess.run([*tor(torrc), "--verify-config"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "Configuration was valid" in checked.stdout
    warned = [line for line in checked.stdout.splitlines() if "[warn]" in line and "as root" not in line]
    assert warned == []


def test_tor_makes_the_address_and_writes_no_log(torrc: Path):
    """Without a network. What it says before it has read its file is of no visitor."""
    name = torrc.parent / "tor" / "kunak" / "hostname"
    with (torrc.parent / "said").open("wb") as said:
        running = subprocess.Popen(tor(torrc, "--DisableNetwork", "1"), stdout=said, stderr=subprocess.STDOUT)
    try:
        for _ in range(200):
            if name.exists():
                break
            time.sleep(0.05)
        assert name.read_text().strip().endswith(".onion")
        time.sleep(0.5)
        opened = {os.readlink(entry) for entry in Path(f"/proc/{running.pid}/fd").iterdir()}
        said_at_first = (torrc.parent / "said").read_text()
    finally:
        running.terminate()
        running.wait(20)
    assert said_at_first == (torrc.parent / "said").read_text(), "and not a word when it ended"
    assert not [name for name in opened if name.endswith(".log")]
    assert "/dev/null" in opened


def test_systemd_takes_the_unit_and_finds_it_well_shut_in(tmp_path: Path):
    command = program("systemd-analyze")
    unit = tmp_path / "kunak-relay.service"
    unit.write_text(example("kunak-relay.service", {"/opt/kunak/bin/python": "/usr/bin/env"}))
    checked = subprocess.run([command, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    judged = subprocess.run(
        [command, "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


def test_the_page_of_a_server_whose_relay_is_gone_is_what_the_catalogues_say():
    """After a change of a translation: python tools/write_not_arrived.py"""
    page = (DEPLOY / "not-arrived.html").read_text(encoding="utf-8")
    assert page == WRITER["page"]()
    assert len(page.encode()) < 15 * 1024
    for word in ("http-equiv", "<script", "src="):
        assert word not in page


@pytest.mark.parametrize("name", sorted(file.name for file in DEPLOY.iterdir()))
def test_the_page_on_deploying_names_every_example(name: str):
    assert name in (ROOT / "docs" / "deploy.md").read_text()

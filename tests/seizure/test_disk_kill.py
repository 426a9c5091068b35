"""A process killed at work: nothing that it was told is written is lost, nothing half written is believed."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import killing
import pytest

from kunak.vault import SqliteStore, Vault

pytestmark = pytest.mark.slow

PASSPHRASE = "anna keeps bees"
PROGRAM = f"""
import sys
from datetime import UTC, datetime
from itertools import count
from kunak.vault import Item, SqliteStore, Vault

vault = Vault.unlock(SqliteStore(sys.argv[1]), passphrase={PASSPHRASE!r})
at = datetime(2031, 5, 5, tzinfo=UTC)
for number in count(len(list(vault.read())) // 3):
    body = b"%d" % number
    vault.write([Item(f"C-{{number % 7}}", each, body * 50) for each in ("index", "work", "place")], at)
    print(number, flush=True)
"""


def test_a_process_killed_at_any_moment_loses_nothing_it_was_told_is_written(tmp_path: Path) -> None:
    path, chance, acknowledged = tmp_path / "office.db", random.Random(7), -1
    subprocess.run([sys.executable, "-c", FOUND, str(path)], check=True)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = int(process.stdout.readline())
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        told, _ = process.communicate()
        acknowledged = max([acknowledged, first, *map(int, told.split())])
        store = SqliteStore(path)
        bodies = [opened.body for opened in Vault.unlock(store, passphrase=PASSPHRASE).read()]
        store.close()
        written = len(bodies) // 3
        assert bodies == [b"%d" % number * 50 for number in range(written) for _ in range(3)]
        assert acknowledged < written <= acknowledged + 2
        acknowledged = written - 1


FOUND = f"""
import sys
from datetime import UTC, datetime
from kunak.vault import KdfCost, SqliteStore, Vault

cheap = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
at = datetime(2031, 5, 5, tzinfo=UTC)
Vault.create(SqliteStore(sys.argv[1]), member="anna", passphrase={PASSPHRASE!r}, at=at, cost=cheap).close()
"""

# A few of the points of tests/bench/bench_kill.py, which tries five hundred of each kind.
POINTS = {
    "sqlite": (1, 9, 17, 24, 25, 60, 61, 77, 98, 120, 151, 202),
    "sqlite-bytes": (1, 513, 4097, 24577, 32769, 57701, 90003, 140009, 190001, 250007, 320011, 400009),
    "postgres": (1, 8, 14, 21, 22, 40, 63, 64, 87, 100, 125, 140),
    "bundle": (1, 4, 7, 8, 9, 25, 31, 44, 58, 90, 121, 160),
}


@pytest.mark.parametrize("kind", POINTS)
def test_a_process_killed_at_a_step_of_its_store_loses_nothing_and_leaves_nothing_half_written(
    kind: str, tmp_path: Path
) -> None:
    if kind == "postgres":
        killing.postgres_server.server_or_skip()  # the program asks for the same one
    points = POINTS[kind]
    program = [sys.executable, killing.__file__, kind, str(tmp_path / "offices"), *map(str, points)]
    told = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = json.loads(told)
    assert (found["points"], found["lost"], found["half written"]) == (len(points), 0, 0)
    assert found["acknowledged"] > len(points)
    assert sum(found["found"].values()) == len(points)

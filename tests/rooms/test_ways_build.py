"""The tool that builds the file of ways, on a small excerpt of the real sources."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.routes import find_ways
from kunak.evacuation.ways.world import World

ROOT = Path(__file__).parents[2]
EXCERPT = ROOT / "tests" / "data" / "ways"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    target = tmp_path_factory.mktemp("built") / "ways.bin"
    command = [sys.executable, ROOT / "tools" / "build_ways.py", EXCERPT, target]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return target.read_bytes(), told.stdout


def served(world: World) -> set[tuple[str, str]]:
    code = [p.code for p in world.airports]
    return {(code[a], code[b]) for a, b in zip(world.flights[0::3], world.flights[1::3], strict=True)}


def test_it_says_what_it_left_out(built: tuple[bytes, str]) -> None:
    assert "codeshare" in built[1] and "unknown airport code" in built[1]


def test_grozny_gets_its_airport_from_the_overlay_and_its_flight(built: tuple[bytes, str]) -> None:
    world = World.from_bytes(built[0])
    assert ("GRV", "DME") in served(world)
    assert world.place("GRV").lat == 43.3883


def test_flights_to_istanbul_go_where_its_code_is_now(built: tuple[bytes, str]) -> None:
    pairs = served(World.from_bytes(built[0]))
    assert ("TBS", "IST") in pairs
    assert not [p for p in pairs if "ISL" in p]


def test_a_code_that_changed_is_known_by_both(built: tuple[bytes, str]) -> None:
    world = World.from_bytes(built[0])
    assert world.place("TSE") == world.place("NQZ")
    assert world.place("NQZ").country == "KZ"


def test_the_excerpt_is_enough_to_plan_with(built: tuple[bytes, str]) -> None:
    world = World.from_bytes(built[0])
    asked = Profile(passports=("TJ",), origin="DYU", as_of=date(2026, 11, 23))
    plans = find_ways(world, asked).plans
    assert plans and {p.destination for p in plans} == {"GE"}


def test_the_shipped_file_is_small() -> None:
    assert (ROOT / "src" / "kunak" / "data" / "ways.bin").stat().st_size <= 3_000_000

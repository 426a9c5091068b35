"""The page of attacks names tests that exist, and all tests of attacks stand on it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
TESTS = {
    name: path.name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"\btest_\w+", PAGE)) - {"test_vault_damage"}
    assert named
    assert sorted(named - TESTS.keys()) == []


def test_every_attack_that_is_tried_on_several_devices_is_on_the_page() -> None:
    files = {"test_attacks.py", "test_vault_insiders.py"}
    assert sorted(name for name, file in TESTS.items() if file in files and name not in PAGE) == []

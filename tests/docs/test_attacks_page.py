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


def test_every_attack_from_outside_and_from_inside_names_a_test_that_holds_it() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    without = [
        row for row in rows if row != "| attack | refused as | held by |" and "test_" not in row.split("|")[3]
    ]
    assert len(rows) > 60
    assert without == []


def test_every_outsider_attack_on_what_is_exchanged_is_on_the_page() -> None:
    """What anybody can do who has an address of the relay, and no key: each file of tests about it is heard of."""
    outside = PAGE.split("## From inside")[0]
    files = {TESTS[name] for name in re.findall(r"\btest_\w+", outside) if name in TESTS}
    assert files >= {
        "test_relay_sealed.py",
        "test_relay_room.py",
        "test_relay_uploads.py",
        "test_relay_crowded.py",
        "test_relay_edge.py",
        "test_notice.py",
        "test_addresses.py",
        "test_real_page.py",
        "test_codes_alike.py",
        "test_lying_relay.py",
        "test_sc4_phone_seized.py",
    }

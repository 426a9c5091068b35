"""docs/threats.md says what the thefts found, word for word as the tool writes it."""

import runpy
from pathlib import Path

from findings import SORTS, kept
from thefts import THEFTS

from kunak.vault.roles import ROLES

ROOT = Path(__file__).parents[2]
LIMITS = (
    "Not deniable",
    "Flash disks",
    "Swap and hibernation files",
    "A relay that runs",
    "any copy of the store",
    "malicious current member",
    "Malware or a camera on an unlocked machine",
    "in its memory",
)
PROMISES = (
    "guarantee",
    "100%",
    "unbreakable",
    "military",
    "completely safe",
    "you are anonymous",
    "untraceable",
)
WRITER = runpy.run_path(str(ROOT / "tools" / "write_threats.py"), run_name="tools.write_threats")


def test_the_page_is_what_the_tool_would_write() -> None:
    text = (ROOT / "docs" / "threats.md").read_text()
    assert text == WRITER["page"](text), "run `python tools/write_threats.py` and commit docs/threats.md"


def test_the_page_has_a_row_for_every_theft_and_names_every_sort() -> None:
    table = WRITER["table"](kept())
    assert all(theft.stolen in table for theft in THEFTS)
    assert all(words in table for sort, words in SORTS.items() if sort != "a trace")


WITH_CARDS = {"trustees-enough"}  # what the cards are for
MEMORY_OF_MEMBERS = ("laptop-unlocked", "opening", "laptop-removed", "laptop-duress")


def test_no_single_theft_yields_identities_originals_the_reading_log_or_what_is_others() -> None:
    never = {"identity", "originals", "readings", "others' files", "others' keys", "later", "a trace"}
    for key, found in kept().items():
        assert key in WITH_CARDS or not never & set(found or ()), key


def test_what_two_opened_is_seen_only_where_it_was_opened() -> None:
    assert {key for key, found in kept().items() if "opened" in (found or ())} == {"opening"}


def test_what_people_wrote_and_what_members_typed_does_not_stay_in_memory() -> None:
    for key, found in kept().items():
        assert key in ("relay-live", "laptop-unlocked") or not {"letters", "replies"} & set(found or ()), key
        assert key == "relay-live" or "return codes" not in (found or ()), key
        assert "passphrases" not in (found or ()), key


def test_only_the_memory_of_an_unlocked_desk_holds_any_file_or_key() -> None:
    told_by_people = {"letters", "replies", "return codes"}
    for key, found in kept().items():
        if not key.startswith(MEMORY_OF_MEMBERS) and not key.startswith("trustees"):
            assert set(found or ()) <= told_by_people, key
    assert {"work", "contact", "place"}.isdisjoint(kept()["laptop-duress"] or ())


def test_no_role_sees_where_somebody_is_and_who_they_are_or_what_was_written_of_the_case() -> None:
    for theft in THEFTS:
        found = set(kept()[theft.key] or ())
        if theft.whose in ROLES:
            assert not ({"place"} <= found and found & {"identity", "opened", "work", "contact"}), theft.key


def test_the_page_says_plainly_what_is_not_covered() -> None:
    text = " ".join((ROOT / "docs" / "threats.md").read_text().split())
    for said in LIMITS:
        assert said in text, said


def test_neither_page_promises_safety_or_anonymity() -> None:
    for page in (ROOT / "docs" / "threats.md", ROOT / "SECURITY.md"):
        text = " ".join(page.read_text().lower().split())
        assert "promises nobody safety or anonymity" in text
        for promise in PROMISES:
            assert promise not in text, (page.name, promise)

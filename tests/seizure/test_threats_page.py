"""docs/threats.md says what the thefts found, word for word as the tool writes it."""

import runpy
from pathlib import Path

from findings import SORTS, kept
from thefts import THEFTS

ROOT = Path(__file__).parents[2]
WRITER = runpy.run_path(str(ROOT / "tools" / "write_threats.py"), run_name="tools.write_threats")


def test_the_page_is_what_the_tool_would_write() -> None:
    text = (ROOT / "docs" / "threats.md").read_text()
    assert text == WRITER["page"](text), "run `python tools/write_threats.py` and commit docs/threats.md"


def test_the_page_has_a_row_for_every_theft_and_names_every_sort() -> None:
    table = WRITER["table"](kept())
    assert all(theft.stolen in table for theft in THEFTS)
    assert all(words in table for sort, words in SORTS.items() if sort != "a trace")


def test_no_single_theft_yields_identities_or_both_of_what_no_role_reads_together() -> None:
    for key, found in kept().items():
        assert not {"identity", "originals", "readings", "passphrases"} & set(found or ()), key

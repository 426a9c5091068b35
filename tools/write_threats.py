"""Write the table of docs/threats.md from what the thefts of tests/seizure found.

python tools/write_threats.py            write the table from tests/seizure/found.json
python tools/write_threats.py --look     carry out every theft first, and keep what is found (needs root);
                                         with a word: only those of the story that has it in its name
python tools/write_threats.py --look --anew   the same, and forget what was once left over by chance: only after
                                         the code was changed so that it is left over no more
python tools/write_threats.py --check    exit 1 if the page is not what it would be
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "seizure"), str(ROOT / "tests" / "contracts")]

from findings import SORTS, Finding, carried_out, keep, kept  # noqa: E402
from living import lived  # noqa: E402
from theft import Theft  # noqa: E402
from thefts import STORIES, THEFTS  # noqa: E402

PAGE = ROOT / "docs" / "threats.md"
BEGIN, END = "<!-- found by tests/seizure: begin -->", "<!-- found by tests/seizure: end -->"
HEAD = """
| stolen or seized | taken and searched | found in it | what it tells besides |
| --- | --- | --- | --- |
"""


def look(wanted: str, *, anew: bool) -> None:
    """Carry out every theft, or those of one story, and keep what they yield."""
    findings: list[Finding] = []
    for story, thefts in STORIES.items():
        if wanted in story:
            with tempfile.TemporaryDirectory() as folder, lived(Path(folder)) as life:
                if story == "the office at work":
                    life.start()
                findings += carried_out(life, thefts)
    for each in findings:
        print(f"{each.theft.key}: {each.refused or each.blind or ', '.join(sorted(each.sorts)) or 'nothing'}")
    if any(each.blind for each in findings):
        sys.exit("the search was blind; nothing was kept")
    keep(findings, anew=anew)


def table(found: Mapping[str, list[str] | None]) -> str:
    """The table between the two marks, with what was looked for."""
    sought = ", ".join(SORTS[sort] for sort in SORTS if sort != "a trace")
    rows = "".join(_row(theft, found[theft.key]) for theft in THEFTS)
    return f"Looked for: {sought}.\n{HEAD}{rows}"


def page(text: str) -> str:
    """The page with its table as it should be."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table(kept())}{END}{after}"


def _row(theft: Theft, found: list[str] | None) -> str:
    if found is None:
        seen = "*not looked at: it could not be carried out where the tests ran*"
    else:
        seen = ", ".join(SORTS[sort] for sort in found)
        seen = f"**{seen}**" if seen else "nothing"
    return f"| {theft.stolen} | {theft.searched} | {seen} | {theft.besides} |\n"


if __name__ == "__main__":
    if "--look" in sys.argv:
        words = [word for word in sys.argv[1:] if not word.startswith("--")]
        look(" ".join(words), anew="--anew" in sys.argv)
    text = page(PAGE.read_text())
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == text else "docs/threats.md is old: run tools/write_threats.py")
    PAGE.write_text(text)

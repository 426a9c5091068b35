"""Collect every sentence that a user can read, and hold a catalogue against it.

    python tools/collect_sentences.py                 list what src/kunak/locale/ru.po lacks
    python tools/collect_sentences.py --merge A.po …  add what other catalogues translate, drop what nobody
                                                      says any more, and write ru.po in order

Sentences stand in templates and code as ``_("…")``, in tables of words, and as docstrings and hints of
errors; the planner's in ``said("…")`` and, quoted, in the bundled data.
"""

import runpy
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from kunak import data
from kunak.evacuation.ways.words import quotations
from kunak.evacuation.ways.world import World

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kunak"
CATALOGUE = SOURCE / "locale" / "ru.po"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {
    "**/templates/**.html": {
        "extensions": "jinja2.ext.i18n,jinja2.ext.do",
        "silent": "false",
        "trimmed": "false",
    }
}
HEADER = """\
# Russian. A draft, made by machine and by hand; reviewed by: (nobody yet).
# A native editor with hotline experience is asked to go through it."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "N_": None}
OF_THE_PLANNER = {"said": None}


def sentences() -> Iterator[tuple[str, ...]]:
    """Every msgid: (singular,) or (singular, plural)."""
    found = extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS, strip_comment_tags=True)
    planner = extract_from_dir(
        SOURCE / "evacuation", METHODS, OPTIONS, OF_THE_PLANNER, strip_comment_tags=True
    )
    for _file, _line, message, _comments, _context in chain(found, planner):
        yield message if isinstance(message, tuple) else (message,)
    for quotation in quotations(World.from_bytes(data.read("ways.bin"))):
        yield (quotation,)
    writer = runpy.run_path(str(ROOT / "tools" / "write_errors.py"), run_name="tools.write_errors")
    writer["import_everything"]()
    for family in writer["FAMILIES"]:
        for error in [family, *writer["below"](family)]:
            yield (" ".join(cleandoc(error.__doc__ or "").split()),)
            if error.hint:
                yield (error.hint,)


def wanted() -> list[tuple[str, ...]]:
    """Every msgid once, in order; a plural form beats the same sentence without one."""
    once: dict[str, tuple[str, ...]] = {}
    for message in sentences():
        if message[0] and len(message) >= len(once.get(message[0], ())):
            once[message[0]] = message
    return [once[key] for key in sorted(once)]


def catalogue(path: Path) -> Catalog:
    """A .po file."""
    with path.open("rb") as file:
        return read_po(file, locale="ru")


def missing() -> list[str]:
    """What the Russian catalogue lacks."""
    have = catalogue(CATALOGUE)
    return [m[0] for m in wanted() if not _translated(have, m)]


def _translated(have: Catalog, message: tuple[str, ...]) -> bool:
    found = have.get(message[0])
    if found is None:
        return False
    strings = found.string if isinstance(found.string, (tuple, list)) else (found.string,)
    return all(strings) and len(strings) == (3 if len(message) == 2 else 1)


def merge(paths: list[Path]) -> None:
    """Write ru.po: what is said today, translated by the first of these that knows it."""
    known = [catalogue(p) for p in [*paths, CATALOGUE] if p.exists()]
    out = Catalog(locale="ru", project="kunak", header_comment=HEADER, fuzzy=False)
    out.creation_date = out.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # a date would change every run
    for message in wanted():
        source = next((c for c in known if _translated(c, message)), None)
        string = source.get(message[0]).string if source else ("" if len(message) == 1 else ("", "", ""))
        out.add(message[0] if len(message) == 1 else message[:2], string)
    with CATALOGUE.open("wb") as file:
        write_po(file, out, width=110, omit_header=False, sort_output=True)


if __name__ == "__main__":
    if "--merge" in sys.argv:
        merge([Path(p) for p in sys.argv[sys.argv.index("--merge") + 1 :]])
    if CATALOGUE.exists():
        print(*missing(), sep="\n")
    else:
        print(*(m[0] for m in wanted()), sep="\n")

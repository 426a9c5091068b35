"""Write docs/errors.md from the errors themselves: their codes, sentences and hints.

python tools/write_errors.py            write the page
python tools/write_errors.py --check    exit 1 if the page is not what it would be
"""

import importlib
import pkgutil
import sys
from inspect import cleandoc
from pathlib import Path

import kunak
from kunak.errors import Damaged, KunakError, Locked, Refused, Unreachable

PAGE = Path(__file__).parent.parent / "docs" / "errors.md"
FAMILIES = {
    Refused: "It cannot be done as asked. Nothing was changed. Commands end with exit code 2.",
    Locked: "It is locked for you. Commands end with exit code 3.",
    Unreachable: "Something needed cannot be reached now. Commands end with exit code 4.",
    Damaged: "What was read is damaged and will not be used. Commands end with exit code 5.",
}
HEAD = """# Errors

Every error that a user can meet, with its stable code, the sentence they read and what to do. No error
carries what somebody said, a name or a place of a person; `{words in braces}` are option names, codes,
numbers and the like. Written by `python tools/write_errors.py` from the code; a test compares.
"""


def import_everything() -> None:
    """Import every module, so that every error class exists."""
    for module in pkgutil.walk_packages(kunak.__path__, "kunak."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def below(family: type[KunakError]) -> list[type[KunakError]]:
    """Every class below a family, by code."""
    found: set[type[KunakError]] = set()
    waiting = [family]
    while waiting:
        children = waiting.pop().__subclasses__()
        found.update(children)
        waiting.extend(children)
    return sorted((c for c in found if c.__module__.startswith("kunak.")), key=lambda c: (c.code, c.__name__))


def sentence(error: type[KunakError]) -> str:
    """The docstring on one line."""
    return " ".join(cleandoc(error.__doc__ or "").split())


def page() -> str:
    """The whole page."""
    import_everything()
    parts = [HEAD]
    for family, meaning in FAMILIES.items():
        parts.append(f"\n## {family.__name__} (HTTP {family.status})\n\n{meaning}\n\n")
        parts.append("| code | sentence | what to do |\n| --- | --- | --- |\n")
        parts += [f"| `{e.code}` | {sentence(e)} | {e.hint or '–'} |\n" for e in below(family)]
    return "".join(parts)


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == text else "docs/errors.md is old: run python tools/write_errors.py")
    PAGE.write_text(text)

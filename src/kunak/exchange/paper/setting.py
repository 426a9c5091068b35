"""Setting a sheet: a template beside this file, filled with data, becomes a PDF in memory.

The sheet is tagged and held to PDF/UA-1, so that it can be read aloud; and what no font of this machine has
the letters of is an error, never a row of empty boxes.
"""

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from kunak.errors import Refused
from kunak.exchange.paper import words
from kunak.language import SPOKEN, direction, told

LANGUAGES = tuple(SPOKEN)
_HERE = Path(str(files("kunak.exchange.paper")))


class DocumentsMissing(Refused):
    """Sheets for printing need a part of Kunak that is not installed here."""

    code = "documents-missing"
    hint = "Install it with “pip install kunak[documents]”, then try again."


class LettersMissing(Refused):
    """No font of this computer has all letters of these languages."""

    code = "letters-missing"
    hint = "Install the fonts “Noto Sans” or “DejaVu Sans”, or choose other languages."


class TwoLanguages(Refused):
    """A sheet is in one language or in two of these: {accepted}."""

    code = "two-languages"
    hint = "Name them like this: en,ru."


def checked(languages: Sequence[str]) -> tuple[str, ...]:
    """One or two languages, each once. Raises TwoLanguages."""
    chosen = tuple(dict.fromkeys(languages))
    if not 1 <= len(chosen) <= 2 or any(language not in LANGUAGES for language in chosen):
        raise TwoLanguages(accepted=", ".join(LANGUAGES))
    return chosen


def said(sentence: str, languages: Sequence[str], **facts: object) -> list[dict[str, str]]:
    """A sentence in each language, as a template shows it; once where two fall back on the same."""
    ours = [told(language, sentence) for language in languages]
    lines = {one.text: one.language or language for one, language in zip(ours, languages, strict=True)}
    return [
        {"text": text.format(**facts) if facts else text, "lang": language, "dir": direction(language)}
        for text, language in lines.items()
    ]


def title(languages: Sequence[str]) -> dict[str, str]:
    """What a sheet is called; it runs as its first language does, whatever that is said in."""
    return {**said(words.TITLE, languages[:1])[0], "dir": direction(languages[0])}


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """A sheet as PDF. Raises DocumentsMissing, LettersMissing."""
    typst = _typst()
    try:
        made = typst.compile(
            (_HERE / template).read_bytes(),
            root=str(_HERE),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=["ua-1"],
        )
    except typst.TypstError as fault:
        # Its words may quote what stands on the sheet: they go no further.
        if "could not be displayed" not in fault.message:
            raise RuntimeError(f"{template} cannot be set") from None
    else:
        return _without_maker(made)
    raise LettersMissing


def _typst() -> ModuleType:
    try:
        return import_module("typst")
    except ImportError:
        raise DocumentsMissing from None


def _without_maker(sheet: bytes) -> bytes:
    """The sheet without the name and version of the program that made it. Of the same length: a PDF tells
    where its parts lie by counting bytes."""
    for start, end in ((b"/Creator(", b")"), (b"<xmp:CreatorTool>", b"</xmp:CreatorTool>")):
        before, mark, rest = sheet.partition(start)
        name, close, after = rest.partition(end)
        if mark and close:
            sheet = before + mark + b" " * len(name) + close + after
    return sheet

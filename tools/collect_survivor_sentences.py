"""Collect every sentence that people on the public pages can read, and hold eleven catalogues against it.

    python tools/collect_survivor_sentences.py            how each catalogue stands
    python tools/collect_survivor_sentences.py --list     with every sentence that it leaves to another language
    python tools/collect_survivor_sentences.py --update   drop what nobody says any more, add what is new (empty:
                                                          it is said in Russian or English until someone
                                                          translates it), write the catalogues in order and the
                                                          table in docs/languages.md

The sentences stand in the relay's templates, in its tables of words, on paper, and as docstrings and hints of the
errors that a person can meet there. Translations, doubts (``fuzzy``), remarks and the reviewer's name are kept.
"""

import importlib
import pkgutil
import re
import runpy
import sys
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import kunak.exchange
from kunak.errors import Damaged, KunakError
from kunak.language import SECOND, SPOKEN

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "kunak"
READ_BY_THEM = (SOURCE / "exchange" / "relay", SOURCE / "exchange" / "paper")
FOLDER = SOURCE / "locale" / "survivor"
PAGE = ROOT / "docs" / "languages.md"
OTHERS = sorted(code for code in SPOKEN if code not in ("en", "ru"))
RUSSIAN = runpy.run_path(str(ROOT / "tools" / "collect_sentences.py"), run_name="tools.collect")
METHODS, OPTIONS, KEYWORDS = (RUSSIAN[name] for name in ("METHODS", "OPTIONS", "KEYWORDS"))

# Where errors come from that a person can meet, and those of them that only an office or its relay's keeper can.
MODULES = (
    "kunak.exchange.relay.",
    "kunak.exchange.codes",
    "kunak.exchange.report",
    "kunak.exchange.attaching",
)
NOT_SHOWN = ("AddressTaken", "AttachmentNotSent", "NothingHere", "RelayKeysMissing")

# How many forms a sentence about a number has. Where a noun stays as it is after a number, one is enough.
ONE_FORM = "nplurals=1; plural=0;"
PLURALS = {
    "uk": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    "fr": "nplurals=2; plural=(n > 1);",
}
HEADER = """\
# {english}. A draft made by machine; no native speaker has gone through it unless X-Reviewer names one.
# A sentence marked "fuzzy", or left empty, is not shown: the page says it in {second} instead.
# How to work on it: docs/languages.md
msgid ""
msgstr ""
"Project-Id-Version: kunak\\n"
"Language: {code}\\n"
"Last-Translator: machine draft\\n"
"X-Reviewer: {reviewer}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
ENGLISH = {
    "az": "Azerbaijani", "ce": "Chechen", "fa": "Persian", "fr": "French", "ka": "Georgian", "kk": "Kazakh",
    "ky": "Kyrgyz", "ru": "Russian", "tg": "Tajik", "tr": "Turkish", "uk": "Ukrainian", "uz": "Uzbek",
    "en": "English",
}  # fmt: skip


def sentences() -> Iterator[tuple[str, ...]]:
    """Every msgid: (singular,) or (singular, plural)."""
    for folder in READ_BY_THEM:
        for _file, _line, message, _comments, _context in extract_from_dir(
            folder, METHODS, OPTIONS, KEYWORDS, strip_comment_tags=True
        ):
            yield message if isinstance(message, tuple) else (message,)
    for error in errors():
        yield (" ".join(cleandoc(error.__doc__ or "").split()),)
        if error.hint:
            yield (error.hint,)


def errors() -> list[type[KunakError]]:
    """The errors that a person can meet. What is wrong with the store is told as something else."""
    writer = runpy.run_path(str(ROOT / "tools" / "write_errors.py"), run_name="tools.write_errors")
    for module in pkgutil.walk_packages(kunak.exchange.__path__, "kunak.exchange."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    every = (error for family in writer["FAMILIES"] for error in writer["below"](family))
    return [
        error
        for error in every
        if error.__module__.startswith(MODULES)
        and not issubclass(error, Damaged)
        and error.__name__ not in NOT_SHOWN
    ]


@cache
def wanted() -> dict[str, tuple[str, ...]]:
    """Every msgid once, in order; a plural form beats the same sentence without one."""
    once: dict[str, tuple[str, ...]] = {}
    for message in sentences():
        if message[0] and len(message) >= len(once.get(message[0], ())):
            once[message[0]] = message
    return {key: once[key] for key in sorted(once)}


def path_of(code: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / f"{code}.po"


def catalogue(code: str) -> Catalog:
    """A catalogue as it is written; an empty one if there is none."""
    path = path_of(code)
    written = path.read_bytes() if path.exists() else header(code).encode()
    return read_po(BytesIO(written), locale=code)


def reviewer(code: str) -> str:
    """Who has gone through a catalogue, or nothing."""
    text = path_of(code).read_text(encoding="utf-8") if path_of(code).exists() else ""
    found = re.search(r'"X-Reviewer: (.*)\\n"', text)
    return found.group(1) if found else ""


def header(code: str) -> str:
    """The head of a catalogue."""
    return HEADER.format(
        code=code,
        english=ENGLISH[code],
        second=ENGLISH[SECOND[code]],
        reviewer=reviewer(code),
        plurals=PLURALS.get(code, ONE_FORM),
    )


def is_said(message: Message) -> bool:
    """Whether a page says it so: whole, and not marked doubtful."""
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings) and not message.fuzzy


def key(message: Message) -> str:
    """The msgid, of a plural the first."""
    return str(message.id[0] if isinstance(message.id, (tuple, list)) else message.id)


def falling_back(code: str) -> list[str]:
    """The sentences that a language leaves to another one: lacking, or doubtful."""
    said = {key(message) for message in catalogue(code) if message.id and is_said(message)}
    return [one for one in wanted() if one not in said]


def strays(code: str) -> list[str]:
    """What a catalogue translates that nobody says."""
    every = wanted()
    return [key(message) for message in catalogue(code) if message.id and key(message) not in every]


def written(code: str) -> str:
    """A catalogue as it should be: every sentence that is said today, with what is known of it."""
    known = catalogue(code)
    out = read_po(BytesIO(header(code).encode()), locale=code)
    for message in wanted().values():
        have = known.get(message[0])
        plural = len(message) == 2
        string = have.string if have and isinstance(have.string, (tuple, list)) == plural else ""
        out.add(
            message[:2] if plural else message[0],
            string or (("",) * out.num_plurals if plural else ""),
            flags=(have.flags - {"python-format"}) if have and string else (),
            user_comments=have.user_comments if have else (),
        )
    text = BytesIO()
    write_po(text, out, width=110, omit_header=True, sort_output=True)
    return header(code) + text.getvalue().decode().rstrip("\n") + "\n"


def table() -> str:
    """How every language stands, for docs/languages.md."""
    every = len(wanted())
    rows = [
        "| language | code | says the rest in | sentences said | state |",
        "| --- | --- | --- | --- | --- |",
        f"| English | en | | {every} of {every} | the source |",
        f"| Russian | ru | English | {every} of {every} | kept with the code; a draft for a native editor |",
    ]
    for code in OTHERS:
        state = f"reviewed by {reviewer(code)}" if reviewer(code) else "a draft; reviewed by: (nobody yet)"
        said = f"{every - len(falling_back(code))} of {every}"
        rows.append(f"| {ENGLISH[code]} | {code} | {ENGLISH[SECOND[code]]} | {said} | {state} |")
    return "\n".join(rows)


def page() -> str:
    """docs/languages.md with the table as it should be."""
    before, _old, after = re.split(
        r"(?s)(?<=-->\n)(.*?)(?=<!-- /table)", PAGE.read_text(encoding="utf-8"), maxsplit=1
    )
    return f"{before}\n{table()}\n\n{after}"


def main() -> None:
    """Say how each catalogue stands."""
    for code in OTHERS:
        if "--update" in sys.argv:
            FOLDER.mkdir(exist_ok=True)
            path_of(code).write_text(written(code), encoding="utf-8")
        lacking = falling_back(code)
        print(f"{code}: {len(wanted()) - len(lacking)} of {len(wanted())} said")
        if "--list" in sys.argv:
            print(*(f"    {one}" for one in lacking), sep="\n")
    if "--update" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Build the word lists of return codes: src/kunak/data/words-{en,ru}.txt, 4,096 words each.

The lists are frozen: a code that someone remembers must open years later. So this tool only documents how
they were made, and refuses to write over lists that exist unless told ``--anew`` before a first release.

Run it in an environment of its own (nothing of it is needed by Kunak)::

    python3 -m venv words && words/bin/pip install diceware==1.0.1 wordfreq==3.1.1 \\
        pymorphy3==2.0.6 pymorphy3-dicts-ru==2.4.417150.4580142
    words/bin/python tools/build_words.py

English: the EFF large word list (Electronic Frontier Foundation, CC BY 3.0 US), as the package diceware
carries it. Russian: the common nouns, nominative singular, that the OpenCorpora dictionary knows
(CC BY-SA 3.0; package pymorphy3-dicts-ru) among the frequent words of wordfreq (CC BY-SA 4.0). Of both:
4 to 9 letters, by wordfreq's frequency, without the words of tools/words-left-out-*.txt, and no word
within one slip of the finger of another (a letter wrong, missing, added, or two swapped). The 4,096 most
frequent that remain are written in alphabetical order.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import pymorphy3
import wordfreq

SIZE = 4096
HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "src" / "kunak" / "data"
ORIGIN = {
    "en": "From the EFF large word list, Electronic Frontier Foundation, CC BY 3.0 US.",
    "ru": "From wordfreq (Robyn Speer, CC BY-SA 4.0) and OpenCorpora (CC BY-SA 3.0); CC BY-SA 4.0.",
}
# Names of people, places and firms, abbreviations, slang, mistakes, archaisms.
_NOT_COMMON = ("Name", "Surn", "Patr", "Geox", "Orgn", "Trad", "Abbr", "Init", "Slng", "Erro", "Arch", "Infr")


def english() -> list[str]:
    """The EFF's words, the most frequent first."""
    lines = files("diceware").joinpath("wordlists/wordlist_en_eff.txt").read_text().splitlines()
    words = [line.split()[-1] for line in lines if line.strip()]
    whole = [word for word in words if re.fullmatch("[a-z]{4,9}", word)]
    return sorted(whole, key=lambda word: (-wordfreq.zipf_frequency(word, "en"), word))


def russian() -> list[str]:
    """Common nouns, nominative singular, the most frequent first; е for ё."""
    analyzer = pymorphy3.MorphAnalyzer()
    frequent = (word.replace("ё", "е") for word in wordfreq.top_n_list("ru", 120_000, wordlist="large"))
    return [word for word in dict.fromkeys(frequent) if _is_common_noun(analyzer, word)]


def _is_common_noun(analyzer: pymorphy3.MorphAnalyzer, word: str) -> bool:
    if not re.fullmatch("[а-я]{4,9}", word):
        return False
    readings = [reading for reading in analyzer.parse(word) if reading.is_known]
    if not readings or any(reading.tag.POS != "NOUN" for reading in readings):
        return False
    if any(mark in str(reading.tag) for reading in readings for mark in _NOT_COMMON):
        return False
    return any(
        {"nomn", "sing"} <= reading.tag.grammemes and reading.normal_form.replace("ё", "е") == word
        for reading in readings
    )


def left_out(language: str) -> re.Pattern[str]:
    """What no word of a code may be."""
    text = (HERE / f"words-left-out-{language}.txt").read_text(encoding="utf-8")
    entries = [entry for line in text.splitlines() if not line.startswith("#") for entry in line.split()]
    return re.compile("|".join(entry.replace("*", ".*") for entry in entries))


def slips(word: str) -> Iterator[str]:
    """The word, and the word with one letter gone. Two words within one slip of each other share one."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def apart(words: Iterable[str]) -> Iterator[str]:
    """The words of which none is near one before it. Sharing a letter-gone form is a little stricter than
    one slip (it also parts some pairs two slips away), which only helps the one who types."""
    seen: set[str] = set()
    for word in words:
        forms = set(slips(word))
        if not forms & seen:
            seen |= forms
            yield word


def main(arguments: list[str]) -> int:
    """Write both lists."""
    for language, candidates in (("en", english()), ("ru", russian())):
        target = TARGET / f"words-{language}.txt"
        if target.exists() and "--anew" not in arguments:
            print(f"{target.name} exists and is frozen; nothing written")
            continue
        unwanted = left_out(language)
        kept = list(apart(word for word in candidates if not unwanted.fullmatch(word)))
        if len(kept) < SIZE:
            print(f"{language}: only {len(kept)} words remain")
            return 1
        made = f"# {SIZE} words of return codes. Frozen: never edit. Made by tools/build_words.py."
        lines = [made, f"# {ORIGIN[language]}", *sorted(kept[:SIZE])]
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"{language}: {SIZE} of {len(kept)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The two lists of 4,096 words that codes and papers are spelled in, and how typed words are read.

Reading is forgiving where it cannot mislead: case, ё and е, dotted and dotless i, spaces, hyphens, middle
dots or nothing between the words, digits of any script, letters that are typed for one another
(``kunak.letters``), and one slip of the finger per word (a letter wrong, missing, added, or two swapped)
where only one word of the list is that near.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from kunak.data import read
from kunak.letters import alike

LANGUAGES = ("en", "ru")
WORD_BITS = 12
_LONGEST_TYPED = 16  # letters; no word of a list has more than 12


@cache
def word_list(language: str) -> tuple[str, ...]:
    """The 4,096 words of a language, in the order that is frozen for ever; English ones if it has no list."""
    text = read(f"words-{language if language in LANGUAGES else 'en'}.txt").decode("utf-8")
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))


def spell_number(value: int, count: int, language: str) -> tuple[str, ...]:
    """A number of ``12 * count`` bits as so many words, the highest bits first."""
    known = word_list(language)
    return tuple(known[value >> WORD_BITS * place & 0xFFF] for place in reversed(range(count)))


def digits_in(typed: str) -> str | None:
    """The digits, if nothing but digits and separators was typed. Digits of every script count."""
    kept = [ch for ch in typed if ch.isalnum()]
    if not kept or not all(ch.isdecimal() for ch in kept):
        return None
    return "".join(str(unicodedata.decimal(ch)) for ch in kept)


def words_in(typed: str) -> list[str]:
    """The words as the lists spell them: lower case, е for ё, i for every i, no marks."""
    plain = unicodedata.normalize("NFC", typed).casefold().replace("ё", "е").replace("ı", "i")
    plain = plain.replace("i̇", "i")
    return re.findall(r"[^\W\d_]+", plain)


def language_of(words: Iterable[str]) -> str:
    """Russian where most letters are Cyrillic, else English."""
    letters = "".join(words)
    cyrillic = sum("Ѐ" <= ch <= "ӿ" for ch in letters)
    return "ru" if 2 * cyrillic > len(letters) else "en"


def place_of(word: str, language: str) -> int | None:
    """Where the word stands in the list; the one word that it may be typed for, or within one slip of it; or
    None."""
    places = _places(language)
    if word in places:
        return places[word]
    if len(word) > _LONGEST_TYPED:
        return None
    near = {places[slip] for slip in _slips(word, _alphabet(language)) if slip in places}
    near |= _typed_as(language).get(alike(word), set())
    return near.pop() if len(near) == 1 else None


def cuts(letters: str, count: int, language: str) -> Iterator[list[str]]:
    """Every way to cut letters written as one into so many words of the list."""
    if count == 0:
        if not letters:
            yield []
        return
    for end in range(3, min(len(letters), 12) + 1):
        if letters[:end] in _places(language):
            for rest in cuts(letters[end:], count - 1, language):
                yield [letters[:end], *rest]


@cache
def _places(language: str) -> dict[str, int]:
    return {word: place for place, word in enumerate(word_list(language))}


@cache
def _typed_as(language: str) -> dict[str, set[int]]:
    """The places of the words that have a key."""
    keys: dict[str, set[int]] = {}
    for word, place in _places(language).items():
        keys.setdefault(alike(word), set()).add(place)
    return keys


@cache
def _alphabet(language: str) -> str:
    return "".join(sorted(set("".join(word_list(language)))))


def _slips(word: str, alphabet: str) -> Iterator[str]:
    """All that one slip of the finger can make of a word."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in alphabet)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in alphabet)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]

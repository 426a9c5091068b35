"""The return code: one random value of 72 bits that a person can say, remember or type, and come back with.

Two spellings open the same thread: six words out of lists of 4,096 (twelve bits each), or 24 digits: the
value as 22 decimal digits, then two check digits (ISO 7064, MOD 97-10). Reading is forgiving: case, ё and е,
dotted and dotless i, spaces, hyphens, middle dots or nothing between the words, digits of any script, and
one slip of the finger per word (a letter wrong, missing, added, or two swapped) where only one word of the
list is that near.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kunak.errors import Refused

BITS = 72
WORDS = 6
LIST_SIZE = 4096
LANGUAGES = ("en", "ru")
_VALUE_DIGITS = 22


class CodeNotRead(Refused):
    """This is not a whole code: a code is {words} words, or {digits} digits."""

    code = "code-not-read"
    hint = "Look at it again and write all of it. Capital letters, spaces and hyphens do not matter."


class WordNotKnown(Refused):
    """Word number {number} is not one of the words that codes are made of."""

    code = "code-word-not-known"
    hint = "Try that word again, or write the digits if you have them."


class DigitsNotRight(Refused):
    """One of the digits is wrong."""

    code = "code-digits-not-right"
    hint = "Compare the digits in groups of four, or write the words if you have them."


@cache
def word_list(language: str) -> tuple[str, ...]:
    """The 4,096 words of a language, in the order that is frozen for ever."""
    text = files("kunak.data").joinpath(f"words-{language}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))


@cache
def _places(language: str) -> dict[str, int]:
    return {word: place for place, word in enumerate(word_list(language))}


@cache
def _alphabet(language: str) -> str:
    return "".join(sorted(set("".join(word_list(language)))))


@dataclass(frozen=True)
class ReturnCode:
    """One code. ``value`` is at least 0 and below 2**72."""

    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.value < 1 << BITS:
            raise ValueError("a return code has 72 bits")

    def __repr__(self) -> str:  # a traceback must never show it
        return "ReturnCode(…)"

    @classmethod
    def make(cls) -> "ReturnCode":
        """A new code, from the system's source of chance."""
        return cls(secrets.randbits(BITS))

    @classmethod
    def read(cls, typed: str) -> "ReturnCode":
        """The code that someone typed, in any spelling; or CodeNotRead, WordNotKnown, DigitsNotRight."""
        digits = _digits_in(typed)
        if digits is not None:
            return cls(_value_of_digits(digits))
        words = _words_in(typed)
        if not words:
            raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
        return cls(_value_of_words(words, _language_of(words)))

    @property
    def secret(self) -> bytes:
        """The value as nine bytes, big-endian: what keys are derived from, whatever the spelling."""
        return self.value.to_bytes(BITS // 8, "big")

    def words(self, language: str) -> tuple[str, ...]:
        """Six words; English ones where a language has no list."""
        known = word_list(language if language in LANGUAGES else "en")
        return tuple(known[self.value >> 12 * place & 0xFFF] for place in reversed(range(WORDS)))

    def digits(self) -> str:
        """24 digits in six groups of four."""
        body = f"{self.value:0{_VALUE_DIGITS}d}"
        check = 98 - int(body) * 100 % 97
        whole = f"{body}{check:02d}"
        return " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def _digits_in(typed: str) -> str | None:
    """The digits, if nothing but digits and separators was typed. Digits of every script count."""
    kept = [ch for ch in typed if ch.isalnum()]
    if not kept or not all(ch.isdecimal() for ch in kept):
        return None
    return "".join(str(unicodedata.decimal(ch)) for ch in kept)


def _value_of_digits(digits: str) -> int:
    if len(digits) != _VALUE_DIGITS + 2:
        raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
    value = int(digits[:-2])
    if int(digits) % 97 != 1 or value >= 1 << BITS:
        raise DigitsNotRight()
    return value


def _words_in(typed: str) -> list[str]:
    """The words as the lists spell them: lower case, е for ё, i for every i, no marks."""
    plain = unicodedata.normalize("NFC", typed).casefold().replace("ё", "е").replace("ı", "i")
    plain = plain.replace("i̇", "i")
    return re.findall(r"[^\W\d_]+", plain)


def _language_of(words: Iterable[str]) -> str:
    letters = "".join(words)
    cyrillic = sum("Ѐ" <= ch <= "ӿ" for ch in letters)
    return "ru" if 2 * cyrillic > len(letters) else "en"


def _value_of_words(words: list[str], language: str) -> int:
    if len(words) != WORDS:
        words = _cut("".join(words), language)
    value = 0
    for number, word in enumerate(words, start=1):
        place = _place_of(word, language)
        if place is None:
            raise WordNotKnown(number=number)
        value = value << 12 | place
    return value


def _cut(letters: str, language: str) -> list[str]:
    """Six words written as one, or CodeNotRead if there is not exactly one way to cut them."""
    ways = list(_cuts(letters, WORDS, language)) if len(letters) <= 80 else []
    if len(ways) != 1:
        raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
    return ways[0]


def _cuts(letters: str, count: int, language: str) -> Iterator[list[str]]:
    if count == 0:
        if not letters:
            yield []
        return
    for end in range(3, min(len(letters), 12) + 1):
        if letters[:end] in _places(language):
            for rest in _cuts(letters[end:], count - 1, language):
                yield [letters[:end], *rest]


def _place_of(word: str, language: str) -> int | None:
    """Where the word stands in the list; the one word within one slip of it; or None."""
    places = _places(language)
    if word in places:
        return places[word]
    if len(word) > 16:
        return None
    near = {places[slip] for slip in _slips(word, _alphabet(language)) if slip in places}
    return near.pop() if len(near) == 1 else None


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

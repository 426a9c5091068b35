"""The return code: one random value of 72 bits that a person can say, remember or type, and come back with.

Two spellings open the same thread: six words out of lists of 4,096 (twelve bits each), or 24 digits: the
value as 22 decimal digits, then two check digits (ISO 7064, MOD 97-10). Reading is forgiving: case, ё and е,
dotted and dotless i, spaces, hyphens, middle dots or nothing between the words, digits of any script, and
one slip of the finger per word (a letter wrong, missing, added, or two swapped) where only one word of the
list is that near.
"""

import secrets
from dataclasses import dataclass

from kunak.data.words import WORD_BITS, cuts, digits_in, language_of, place_of, spell_number, words_in
from kunak.errors import Refused

BITS = 72
WORDS = 6
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
        digits = digits_in(typed)
        if digits is not None:
            return cls(_value_of_digits(digits))
        words = words_in(typed)
        if not words:
            raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
        return cls(_value_of_words(words, language_of(words)))

    @property
    def secret(self) -> bytes:
        """The value as nine bytes, big-endian: what keys are derived from, whatever the spelling."""
        return self.value.to_bytes(BITS // 8, "big")

    def words(self, language: str) -> tuple[str, ...]:
        """Six words; English ones where a language has no list."""
        return spell_number(self.value, WORDS, language)

    def digits(self) -> str:
        """24 digits in six groups of four."""
        body = f"{self.value:0{_VALUE_DIGITS}d}"
        check = 98 - int(body) * 100 % 97
        whole = f"{body}{check:02d}"
        return " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def _value_of_digits(digits: str) -> int:
    if len(digits) != _VALUE_DIGITS + 2:
        raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
    value = int(digits[:-2])
    if int(digits) % 97 != 1 or value >= 1 << BITS:
        raise DigitsNotRight()
    return value


def _value_of_words(words: list[str], language: str) -> int:
    if len(words) != WORDS:
        words = _cut("".join(words), language)
    value = 0
    for number, word in enumerate(words, start=1):
        place = place_of(word, language)
        if place is None:
            raise WordNotKnown(number=number)
        value = value << WORD_BITS | place
    return value


def _cut(letters: str, language: str) -> list[str]:
    """Six words written as one, or CodeNotRead if there is not exactly one way to cut them."""
    ways = list(cuts(letters, WORDS, language)) if len(letters) <= 80 else []
    if len(ways) != 1:
        raise CodeNotRead(words=WORDS, digits=_VALUE_DIGITS + 2)
    return ways[0]

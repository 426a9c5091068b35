"""The line of the day: four common words that the office and a partner can both show or say, and nobody can guess.

Both hold one secret of 16 bytes. The words of a day (UTC) are the first 48 bits of HKDF-SHA256(secret, info =
ctx("challenge/line", ISO day)), twelve bits a word, in each language of the lists: the same places in another list.

What it proves: who shows it holds the secret, or has seen it shown today. A copy of an old page shows an old line;
a copy that is renewed each day shows the right one. So the line is worth something only beside the address: look
for both on the page of a partner, which you reach by an address that you knew before.

The secret is spelled in twelve words: its 128 bits, then 16 bits of SHA-256(ctx("challenge/secret", secret)).
"""

import secrets
from collections.abc import Iterator
from datetime import date, timedelta

from kunak.data.words import LANGUAGES, WORD_BITS, language_of, place_of, spell_number, words_in
from kunak.errors import Refused
from kunak.vault import seal

BYTES = 16
WORDS = 4
SECRET_WORDS = 12
_CHECK_BITS = SECRET_WORDS * WORD_BITS - 8 * BYTES


class ChallengeWordsNotRight(Refused):
    """These are not the twelve words of a secret for the line of the day."""

    code = "challenge-words-not-right"
    hint = "Compare them one by one with the paper, also their order."


def new_secret() -> bytes:
    """A new one, from the system's source of chance."""
    return secrets.token_bytes(BYTES)


def line(secret: bytes, day: date, language: str) -> str:
    """The four words of a day; English ones where a language has no list."""
    made = seal.derive(secret, seal.context("challenge/line", day.isoformat().encode()))
    value = int.from_bytes(made[: WORDS * WORD_BITS // 8], "big")
    return " ".join(spell_number(value, WORDS, language))


def lines(secret: bytes, day: date) -> dict[str, str]:
    """The line of a day in every language that has a list of words."""
    return {language: line(secret, day, language) for language in LANGUAGES}


def month(secret: bytes, first: date) -> Iterator[tuple[date, dict[str, str]]]:
    """The lines of every day of the month in which a day lies."""
    day = first.replace(day=1)
    while day.month == first.month:
        yield day, lines(secret, day)
        day += timedelta(days=1)


def spell(secret: bytes, language: str) -> tuple[str, ...]:
    """The secret in twelve words, to be given to a partner in person."""
    value = int.from_bytes(secret, "big") << _CHECK_BITS | _check(secret)
    return spell_number(value, SECRET_WORDS, language)


def read(typed: str) -> bytes:
    """The secret that somebody typed. Raises ChallengeWordsNotRight."""
    words = words_in(typed)
    language = language_of(words)
    places = [place for word in words if (place := place_of(word, language)) is not None]
    if len(words) != SECRET_WORDS or len(places) != SECRET_WORDS:
        raise ChallengeWordsNotRight
    value = 0
    for place in places:
        value = value << WORD_BITS | place
    secret = (value >> _CHECK_BITS).to_bytes(BYTES, "big")
    if value & ((1 << _CHECK_BITS) - 1) != _check(secret):
        raise ChallengeWordsNotRight
    return secret


def _check(secret: bytes) -> int:
    return int.from_bytes(seal.digest(seal.context("challenge/secret", secret))[: _CHECK_BITS // 8], "big")

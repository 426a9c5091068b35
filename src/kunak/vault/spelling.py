"""How a secret is spelled on paper: as words, as digits, and in a QR code; and how each is read back.

All three spell the same. Words and digits spell one number, highest bits first:

    4 bits   the kind (and with it the version: a new form takes a new number)
    8 n bits the secret, of the length of its kind
    the rest a check: the first bits of SHA-256(context "paper/check", kind, secret), 16 or more, so many that
             the number fills whole words of 12 bits

    kind                 secret   words   groups of digits
    1  recovery kit      48 B     34      41
    2  trustee's card    42 B     30      37
    3  joining code       8 B      7       9

Digits: the number in decimal, three digits a group, zeros in front, and after every three a fourth that
checks them and their place (Damm's quasigroup, started with the group's place, counted from 0, modulo 10).
One wrong digit in a group, or two neighbours swapped, are always noticed, and the group is named.
QR: a letter (R, T, J), the digit 1, and base32 without padding of the secret and 4 bytes of its check.
"""

import re
from base64 import b32decode, b32encode
from binascii import Error as NoBase32
from collections.abc import Sequence
from enum import IntEnum
from functools import reduce
from typing import NamedTuple

from kunak.data.words import WORD_BITS, digits_in, language_of, place_of, spell_number, words_in
from kunak.errors import Refused
from kunak.vault import seal


class Kind(IntEnum):
    """What a paper is. The numbers are written on paper and never change their meaning."""

    RECOVERY = 1
    TRUSTEE = 2
    JOINING = 3


BYTES = {Kind.RECOVERY: 48, Kind.TRUSTEE: 42, Kind.JOINING: 8}
LEAST_CHECK = 16  # bits
KIND_BITS = 4
MOST_TYPED = 2000  # characters; a recovery kit of the longest words has under 500
_QR_LETTERS = {Kind.RECOVERY: "R", Kind.TRUSTEE: "T", Kind.JOINING: "J"}
_QR_CHECK = 4  # bytes
# From Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004, page 111.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class PaperNotRead(Refused):
    """This is not whole. In words, a recovery kit has {recovery}, a trustee's card {trustee}, a joining code
    {joining}; in groups of four digits, {recovery_groups}, {trustee_groups} and {joining_groups}."""

    code = "paper-not-read"
    hint = "Count again and type all of it. Capital letters, spaces and hyphens do not matter."

    def __init__(self) -> None:
        words = {kind.name.lower(): words_of(kind) for kind in Kind}
        groups = {f"{kind.name.lower()}_groups": groups_of(kind) for kind in Kind}
        super().__init__(**words, **groups)


class PaperWordsNotKnown(Refused):
    """Words that are not in the list, by their place: {numbers}."""

    code = "paper-words-not-known"
    hint = "Compare these with the paper, or type the digits instead."


class PaperDigitsNotRight(Refused):
    """Groups of digits that cannot be right, by their place: {numbers}."""

    code = "paper-digits-not-right"
    hint = "Compare these with the paper, or type the words instead."


class PaperNotRight(Refused):
    """All of it could be read, but it does not fit together."""

    code = "paper-not-right"
    hint = "Something is not as on the paper, or two things changed places. Compare them one by one."


class AnotherPaper(Refused):
    """This is another sort of paper than the one that is asked for here."""

    code = "paper-of-another-kind"
    hint = "Recovery kits, trustees' cards and joining codes look alike: look at the title of the paper."


class Spelled(NamedTuple):
    """What a paper holds."""

    kind: Kind
    secret: bytes

    def __repr__(self) -> str:  # a traceback must never show it
        return f"Spelled({self.kind.name}, …)"


def words_of(kind: Kind) -> int:
    """How many words spell this kind."""
    return -(-(KIND_BITS + 8 * BYTES[kind] + LEAST_CHECK) // WORD_BITS)


def groups_of(kind: Kind) -> int:
    """How many groups of four digits spell this kind."""
    return -(-len(str((1 << WORD_BITS * words_of(kind)) - 1)) // 3)


def spell(kind: Kind, secret: bytes, language: str) -> tuple[str, ...]:
    """The words; English ones where a language has no list. Raises ValueError for another length."""
    return spell_number(_number(kind, secret), words_of(kind), language)


def spell_digits(kind: Kind, secret: bytes) -> tuple[str, ...]:
    """The digits, in groups of four, to be read aloud in any language."""
    count = groups_of(kind)
    whole = f"{_number(kind, secret):0{3 * count}d}"
    threes = (whole[3 * place : 3 * place + 3] for place in range(count))
    return tuple(three + str(_damm(three, place)) for place, three in enumerate(threes))


def qr_payload(kind: Kind, secret: bytes) -> str:
    """What its QR code holds: capital letters and digits alone, which a QR code packs tightest."""
    held = secret + _check(kind, secret)[:_QR_CHECK]
    return f"{_QR_LETTERS[kind]}1{b32encode(held).decode('ascii').rstrip('=')}"


def read(typed: str, language: str | None = None) -> Spelled:
    """What was typed or scanned, in any of the three spellings.

    ``language`` of the words; without it, told by their letters. Raises PaperNotRead, PaperWordsNotKnown,
    PaperDigitsNotRight, PaperNotRight; none of them tells a word or a digit.
    """
    if len(typed) > MOST_TYPED:
        raise PaperNotRead()
    digits = digits_in(typed)
    if digits is not None:
        return _read_digits(digits)
    if any(letter.isdecimal() for letter in typed):
        return read_qr_payload(typed)
    words = words_in(typed)
    return _read_words(words, language or language_of(words))


def read_as(kind: Kind, typed: str, language: str | None = None) -> bytes:
    """The secret of a paper of this kind. Raises AnotherPaper, and what ``read`` raises."""
    found = read(typed, language)
    if found.kind != kind:
        raise AnotherPaper()
    return found.secret


def read_qr_payload(text: str) -> Spelled:
    """What a QR code held. Raises PaperNotRead, PaperNotRight."""
    plain = "".join(text.upper().split())
    for kind, letter in _QR_LETTERS.items():
        held = BYTES[kind] + _QR_CHECK
        if re.fullmatch(rf"{letter}1[A-Z2-7]{{{-(-held * 8 // 5)}}}", plain):
            return _read_base32(kind, plain[2:])
    raise PaperNotRead()


def _read_base32(kind: Kind, spelled: str) -> Spelled:
    try:
        held = b32decode(spelled + "=" * (-len(spelled) % 8))
    except NoBase32:
        raise PaperNotRight() from None
    found = Spelled(kind, held[:-_QR_CHECK])
    if qr_payload(*found)[2:] != spelled:
        raise PaperNotRight()
    return found


def _read_words(words: Sequence[str], language: str) -> Spelled:
    kind = next((kind for kind in Kind if words_of(kind) == len(words)), None)
    if kind is None:
        raise PaperNotRead()
    places = [place_of(word, language) for word in words]
    number = 0
    for place in places:
        number = number << WORD_BITS | (place or 0)
    unknown = [at for at, place in enumerate(places, start=1) if place is None]
    if unknown:
        raise PaperWordsNotKnown(numbers=", ".join(map(str, unknown)))
    return _secret(kind, number)


def _read_digits(digits: str) -> Spelled:
    kind = next((kind for kind in Kind if 4 * groups_of(kind) == len(digits)), None)
    if kind is None:
        raise PaperNotRead()
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    wrong = [at for at, group in enumerate(groups) if _damm(group, at) != 0]
    if wrong:
        raise PaperDigitsNotRight(numbers=", ".join(str(at + 1) for at in wrong))
    return _secret(kind, int("".join(group[:3] for group in groups)))


def _number(kind: Kind, secret: bytes) -> int:
    if len(secret) != BYTES[kind]:
        raise ValueError(f"{kind.name} has {BYTES[kind]} bytes")
    bits = WORD_BITS * words_of(kind) - KIND_BITS - 8 * len(secret)
    check = int.from_bytes(_check(kind, secret), "big") >> 256 - bits
    return (kind << 8 * len(secret) | int.from_bytes(secret, "big")) << bits | check


def _secret(kind: Kind, number: int) -> Spelled:
    bits = WORD_BITS * words_of(kind) - KIND_BITS - 8 * BYTES[kind]
    kept = number >> bits & (1 << 8 * BYTES[kind]) - 1
    found = Spelled(kind, kept.to_bytes(BYTES[kind], "big"))
    if _number(*found) != number:
        raise PaperNotRight()
    return found


def _check(kind: Kind, secret: bytes) -> bytes:
    return seal.digest(seal.context("paper/check", bytes([kind]), secret))


def _damm(digits: str, place: int) -> int:
    """The digit that checks these; 0 if the last of them does."""
    return reduce(lambda state, digit: _DAMM[state][int(digit)], digits, place % 10)

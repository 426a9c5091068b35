"""The office's notice: what it lets its relay say in public. Nothing personal is in it.

How long it really takes until a person reads; whether many write at once; the line of each day by which a
person can check that this office is the one that a partner knows; the signed list of its addresses. A member's
device gives it to the relay at the end of a round, signed like every question; the relay shows it to everybody,
and stops showing it when it has not heard from the office for some days: it then says that it does not know.
"""

import unicodedata
from datetime import datetime
from typing import NamedTuple

from kunak.vault import codec

LEVELS = 4  # P0 to P3
LONGEST_HOURS = 720  # thirty days: a figure beyond helps nobody to decide
MOST_NOTICE = 32 * 1024  # bytes, spelled
MOST_LINES = 31  # days
MOST_LINE = 200  # letters, in each language
MOST_LANGUAGES = 32
MOST_ADDRESSES = 16 * 1024  # letters of the signed list
SHOWN_DAYS = 2  # heard today or yesterday: older than that, nobody knows whether it still holds
_DAY = 86_400


class LineOfDay(NamedTuple):
    """The line that both the office and its partners can show on one day (UTC, days since 1970)."""

    day: int
    words: dict[str, str]  # by language


class Notice(NamedTuple):
    """What the office says in public.

    ``waiting``: whole hours until a person reads, for P0 to P3, 0 where it is not known; empty: not known at
    all. ``surge``: many write at once, and those in danger now are answered first. ``cards``: whether the
    pages of self-help are put forward. ``addresses``: the signed list as it is, or nothing.
    """

    waiting: tuple[int, ...] = ()
    surge: bool = False
    cards: bool = False
    lines: tuple[LineOfDay, ...] = ()
    addresses: str = ""

    def hours(self, level: int = LEVELS - 1) -> int:
        """Whole hours until a person reads a message of this level (0 to 3); 0 if it is not known."""
        return self.waiting[level] if self.waiting else 0

    def line(self, day: int, language: str) -> str:
        """The line of a day, in this language or else in one that it has; nothing where there is none."""
        words = next((line.words for line in self.lines if line.day == day), {})
        return words.get(language) or next(iter(words.values()), "")


NOTHING_SAID = Notice()


def day_of(at: datetime) -> int:
    """The day as a notice counts it."""
    return int(at.timestamp()) // _DAY


def spell(notice: Notice) -> bytes:
    """The notice as it is sent. Raises Damaged for one that no relay takes."""
    spelled = codec.pack(notice)
    read(spelled)
    return spelled


def read(spelled: bytes) -> Notice:
    """The notice, held to its bounds. Raises Damaged."""
    if len(spelled) > MOST_NOTICE:
        raise codec.NotReadable()
    notice = codec.unpack(spelled, Notice)
    if not (_sound_waiting(notice.waiting) and _sound_lines(notice.lines)):
        raise codec.NotReadable()
    if len(notice.addresses) > MOST_ADDRESSES or not _is_plain(notice.addresses, "\n"):
        raise codec.NotReadable()
    return notice


def _sound_waiting(waiting: tuple[int, ...]) -> bool:
    return len(waiting) in (0, LEVELS) and all(0 <= hours <= LONGEST_HOURS for hours in waiting)


def _sound_lines(lines: tuple[LineOfDay, ...]) -> bool:
    return len(lines) <= MOST_LINES and all(
        len(line.words) <= MOST_LANGUAGES
        and all(_is_plain(word) and len(word) <= MOST_LINE for pair in line.words.items() for word in pair)
        for line in lines
    )


def _is_plain(text: str, also: str = "") -> bool:
    """Whether it holds nothing that turns the reading about, hides or breaks a line. (Persian needs its
    invisible mark between letters.)"""
    plain = also + "\u200c"
    return all(ch in plain or unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for ch in text)

"""The search of seized bytes: every spelling in which a canary, a code or a key could lie in them.

A canary is a mark, a number and a closing letter (see canaries.py). So a search for the marks finds them all,
and what follows the mark says which one it was. Codes and keys have no mark and are searched one by one.
MessagePack puts a header before the UTF-8 of a text and before bytes as they are, so both are found in it.
"""

import base64
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from canaries import MARKS

Taken = Iterable[tuple[str, bytes]]  # what a thief holds: where it was, and the bytes
Spelling = Callable[[str], bytes]
RawSpelling = Callable[[bytes], bytes]

TRACE = "a trace"  # a mark whose number is cut off or written over: whose it was cannot be told
_MOST_INFLATED = 1 << 20  # bytes looked at of one compressed piece
_SHORTEST = 9  # letters: as the marks
_WORDS = re.compile(rb"[0-9A-Za-z+/_%&#;=\\-]{9,}")  # base64, hexadecimal, JSON, forms, pages
_LONG = 20  # letters: as most keys that are spelled
_LONG_WORDS = re.compile(rb"[0-9A-Za-z+/_%&#;=\\-]{20,}")
_NOTHING = bytes(4096)  # a page that was never written
_IN_WORDS = bytes(_WORDS.fullmatch(bytes((value,)) * _SHORTEST) is not None for value in range(256))
_STEP = 3
_IN_A_ROW = re.compile(rb"\x01{%d,}" % (_SHORTEST // _STEP))
_COMPRESSED = b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"  # how gzip and zlib begin


class Sighting(NamedTuple):
    """Something seen: its sort, in which place, in which spelling, and the canary or the name of the key."""

    sort: str
    where: str
    spelling: str
    shown: str


def _base64(plain: bytes, offset: int) -> bytes:
    """The letters of base64 that ``plain``, behind ``offset`` bytes, settles whatever stands around it."""
    whole = base64.b64encode(bytes(offset) + plain + bytes(3))
    return whole[-(-offset * 8 // 6) : (offset + len(plain)) * 8 // 6]


def _for_addresses(spelled: bytes) -> bytes:
    return spelled.translate(bytes.maketrans(b"+/", b"-_"))


def _entities(text: str, form: str) -> bytes:
    return "".join(letter if letter.isascii() else form % ord(letter) for letter in text).encode()


def _capitals_after(begin: str, spelled: str) -> bytes:
    return re.sub(rf"{begin}[0-9a-f]+", lambda f: begin + f[0][len(begin) :].upper(), spelled).encode()


def _small(spelled: str) -> bytes:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), spelled).encode()


RAW: dict[str, RawSpelling] = {
    "as it is": lambda raw: raw,
    "hexadecimal": lambda raw: raw.hex().encode(),
    "HEXADECIMAL": lambda raw: raw.hex().upper().encode(),
    **{f"base64 at {n}": (lambda raw, n=n: _base64(raw, n)) for n in range(3)},
    **{f"base64url at {n}": (lambda raw, n=n: _for_addresses(_base64(raw, n))) for n in range(3)},
}
SPELLINGS: dict[str, Spelling] = {
    **{name: (lambda text, raw=raw: raw(text.encode())) for name, raw in RAW.items()},
    "bytes shown by Python": lambda text: repr(text.encode())[2:-1].encode(),
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    "UTF-32 LE": lambda text: text.encode("utf-32-le"),
    "Windows-1251": lambda text: text.encode("cp1251"),
    "JSON": lambda text: json.dumps(text)[1:-1].encode(),
    "JSON in capitals": lambda text: _capitals_after(r"\\u", json.dumps(text)[1:-1]),
    "percent": lambda text: quote(text, safe="").encode(),
    "percent, small": lambda text: _small(quote(text, safe="")),
    "entities": lambda text: _entities(text, "&#%d;"),
    "entities, hexadecimal": lambda text: _entities(text, "&#x%x;"),
    "entities, HEXADECIMAL": lambda text: _entities(text, "&#x%X;"),
}


# A code is written in so many ways already that it is sought in the likely spellings alone.
_OF_A_CODE = (*RAW, "UTF-16 LE", "UTF-32 LE", "JSON", "percent")


def spellings(text: str) -> dict[bytes, str]:
    """A text in every spelling; where two are the same, the first one's name."""
    spelled: dict[bytes, str] = {}
    for name, spell in SPELLINGS.items():
        spelled.setdefault(spell(text), name)
    return spelled


class _Marks(NamedTuple):
    """The canaries of one mark in one spelling: how the mark is spelled, and each whole canary."""

    spelling: str
    stem: bytes
    length: int
    whole: Mapping[bytes, str]


class _Keys:
    """Many needles of random bytes, in one pass: where a byte is that is rare in memory, all are compared."""

    _AHEAD = 3  # bytes behind the rare one that must fit too before anything is compared

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._at: dict[bytes, list[tuple[int, bytes]]] = {}  # a rare byte and those behind → where, in which
        rare: set[int] = set()
        waiting = {needle: self._high(needle) for needle in needles}
        self.others = [needle for needle, places in waiting.items() if not places]
        while waiting := {needle: places for needle, places in waiting.items() if places}:
            counted = Counter(value for places in waiting.values() for value in places)
            value = counted.most_common(1)[0][0]
            rare.add(value)
            for needle in [needle for needle, places in waiting.items() if value in places]:
                place = waiting.pop(needle)[value]
                begin = needle[place : place + 1 + self._AHEAD]
                self._at.setdefault(begin, []).append((place, needle))
        behind = [{begin[place] for begin in self._at} for place in range(1, 1 + self._AHEAD)]
        self._fits = (
            re.compile(_one_of(rare) + b"(?=" + b"".join(map(_one_of, behind)) + b")") if rare else None
        )

    def in_(self, found: bytes) -> set[bytes]:
        """Which needles lie in these bytes."""
        seen = {needle for needle in self.others if needle in found}
        for candidate in self._fits.finditer(found) if self._fits else ():
            place = candidate.start()
            for offset, needle in self._at.get(found[place : place + 1 + self._AHEAD], ()):
                if found.startswith(needle, place - offset):
                    seen.add(needle)
        return seen

    def _high(self, needle: bytes) -> dict[int, int]:
        return {value: place for place, value in enumerate(needle[: -self._AHEAD]) if 0x80 <= value < 0xFF}


def _one_of(values: Iterable[int]) -> bytes:
    return b"[" + b"".join(re.escape(bytes((value,))) for value in sorted(values)) + b"]"


class Search:
    """A search for marked canaries (text → sort), other texts (text → sort) and keys (bytes → sort, name)."""

    def __init__(
        self,
        marked: Mapping[str, str],
        texts: Mapping[str, str] | None = None,
        keys: Mapping[bytes, tuple[str, str]] | None = None,
    ) -> None:
        self._sorts = marked
        self._marks = [found for mark in MARKS for found in _marks(mark, marked)]
        self._exact: dict[bytes, tuple[str, str, str]] = {}
        for text, sort in (texts or {}).items():
            for spelled, name in spellings(text).items():
                if name in _OF_A_CODE and (" " in text or not name.startswith("UTF")):
                    self._exact[spelled] = (sort, name, text)
        for key, (sort, shown) in (keys or {}).items():
            for name, spell in RAW.items():
                self._exact.setdefault(spell(key), (sort, name, shown))
        wordy = [spelled for spelled in self._exact if _WORDS.fullmatch(spelled)]
        self._wordy = [spelled for spelled in wordy if len(spelled) < _LONG]
        self._long = [spelled for spelled in wordy if len(spelled) >= _LONG]
        self._raw = _Keys(spelled for spelled in self._exact if not _WORDS.fullmatch(spelled))

    def of(self, taken: Taken) -> Iterator[Sighting]:
        """Everything seen in what was taken, compressed pieces of it opened."""
        for where, found in taken:
            found = found.replace(_NOTHING, b"\0")
            yield from self._in(where, found)
            for piece in _inflated(found):
                yield from self._in(f"{where}, compressed", piece)

    def sorts(self, taken: Taken) -> set[str]:
        """Which sorts of things are seen in what was taken."""
        return {sighting.sort for sighting in self.of(taken)}

    def _in(self, where: str, found: bytes) -> Iterator[Sighting]:
        words = _words(found)  # a tenth of a memory; most spellings can only be there
        long = b"\n".join(_LONG_WORDS.findall(words))
        for marks in self._marks:
            held = words if _WORDS.fullmatch(marks.stem) else found
            for place in _places(held, marks.stem):
                shown = marks.whole.get(held[place : place + marks.length], "")
                yield Sighting(self._sorts.get(shown, TRACE), where, marks.spelling, shown)
        seen = [each for each in self._wordy if each in words] + [each for each in self._long if each in long]
        for spelled in (*seen, *self._raw.in_(found)):
            sort, spelling, shown = self._exact[spelled]
            yield Sighting(sort, where, spelling, shown)


def _marks(mark: str, marked: Mapping[str, str]) -> Iterator[_Marks]:
    """Zeros at the end are left out: one order of bytes in UTF-16 is the other one, shifted by a zero."""
    mine = [text for text in marked if text.startswith(mark)]
    for stem, name in spellings(mark).items():
        stem = stem.rstrip(b"\0")
        whole = {SPELLINGS[name](text).rstrip(b"\0"): text for text in mine}
        yield _Marks(name, stem, max(map(len, whole), default=len(stem)), whole)


def _words(found: bytes) -> bytes:
    """All runs of letters that ``_WORDS`` is made of, with a little of what stands around them.

    Of three bytes only one is looked at first: a run of nine covers three of those in a row.
    """
    sampled = found[::_STEP].translate(_IN_WORDS)
    ends = (seen.span() for seen in _IN_A_ROW.finditer(sampled))
    return b"\n".join([found[max(begin * _STEP - _STEP + 1, 0) : end * _STEP] for begin, end in ends])


def _places(found: bytes, needle: bytes) -> Iterator[int]:
    place = found.find(needle)
    while place >= 0:
        yield place
        place = found.find(needle, place + 1)


def _inflated(found: bytes) -> Iterator[bytes]:
    """What opens of the pieces that begin as gzip or zlib do."""
    view = memoryview(found)
    for place in (place for begin in _COMPRESSED for place in _places(found, begin)):
        opening = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            piece = opening.decompress(view[place : place + _MOST_INFLATED], _MOST_INFLATED)
        except zlib.error:
            continue  # two bytes that only looked like a beginning
        if piece:
            yield piece

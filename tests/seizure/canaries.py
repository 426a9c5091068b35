"""Entries of every kind with a canary in every field that can hold one, and the search for them in bytes."""

import base64
import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from kunak import casework, evacuation, intake
from kunak.fold import Entry

KINDS: tuple[type[Entry], ...] = tuple(
    kind for room in (intake, casework, evacuation) for kind in room.entries.KINDS
)
AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
MARKS = "Zimorodok", "зимородок"  # a kingfisher: in nothing that the program itself says; in every canary


class Canaries:
    """Makes entries and remembers each canary that it has put into one."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers = count(1000)

    def text(self) -> str:
        """A canary: unlike any other, half of them not in Latin letters."""
        number = next(self._numbers)
        self.texts.append(f"{MARKS[number % 2]}{number}")
        return self.texts[-1]

    def every_kind(self) -> Iterator[Entry]:
        """One entry of each kind, every optional field filled, every tuple with one thing in it."""
        for kind in KINDS:
            yield self.filled(kind)

    def filled(self, record: type[Any]) -> Any:
        """An instance of a dataclass."""
        hints = typing.get_type_hints(record)
        return record(**{field.name: self.value(hints[field.name]) for field in dataclasses.fields(record)})

    def value(self, annotation: Any) -> Any:
        """A value of a type; where it can be text, a canary."""
        plain = {int: 7, float: 0.5, bool: True, datetime: AT, date: AT.date(), type(None): None}
        if annotation is str:
            return self.text()
        if annotation in plain:
            return plain[annotation]
        if dataclasses.is_dataclass(annotation):
            return self.filled(typing.cast(type[Any], annotation))
        origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is tuple:
            return tuple(self.value(one) for one in inner if one is not Ellipsis)
        if origin in (types.UnionType, typing.Union):
            return self.value(str if str in inner else next(one for one in inner if one is not type(None)))
        if origin is typing.Literal:
            return inner[0]
        assert annotation is dict or origin is not None, annotation
        return {self.value(inner[0]): self.value(inner[1])}


def spellings(texts: Iterable[str]) -> list[bytes]:
    """How a text may be spelled in bytes: UTF-8, UTF-16, base64 at each offset, hexadecimal."""
    spelled = []
    for text in texts:
        plain = text.encode()
        spelled += [plain, text.encode("utf-16-le"), text.encode("utf-16-be")]
        spelled += [plain.hex().encode(), plain.hex().upper().encode()]
        for offset in range(3):  # what stands before it shifts base64; the ends depend on the neighbours
            whole = base64.b64encode(bytes(offset) + plain)
            spelled.append(whole[4 if offset else 0 : len(whole) // 4 * 4 - 4])
    return spelled


def seized(folder: Path) -> dict[str, bytes]:
    """All files under a folder, by their path, with what the path itself says put in front."""
    return {
        str(f): f.relative_to(folder).as_posix().encode() + b"\n" + f.read_bytes()
        for f in folder.rglob("*")
        if f.is_file()
    }


def sightings(folder: Path, texts: Iterable[str]) -> list[tuple[str, bytes]]:
    """Which file shows which canary, in whatever spelling."""
    files = seized(folder)
    return [(name, form) for form in spellings(texts) for name, content in files.items() if form in content]

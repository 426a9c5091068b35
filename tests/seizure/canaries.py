"""Entries of every kind with a canary in every field that can hold one.

A canary is a mark (the Russian for kingfisher, in Latin or Cyrillic letters), four digits and a closing
letter; it has a sort: what a thief would have learnt who reads it. searching.py finds them in bytes.
"""

import dataclasses
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from kunak.fold import Entry
from kunak.workbench import KINDS as BY_NAME

KINDS: tuple[type[Entry], ...] = tuple(BY_NAME.values())
AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
MARKS = "Zimorodok", "зимородок"  # in nothing that the program itself says
_CLOSING = "q"  # so that the last digit is whole in base64 too


class Canaries:
    """Makes entries and remembers each canary that it has put into one, and its sort."""

    def __init__(self, first: int = 1000) -> None:
        self.sorts: dict[str, str] = {}
        self._numbers = count(first)  # of four digits
        self._sort = "?"

    @property
    def texts(self) -> list[str]:
        """All canaries made so far."""
        return list(self.sorts)

    def text(self, sort: str = "") -> str:
        """A canary: unlike any other, half of them not in Latin letters."""
        number = next(self._numbers)
        canary = f"{MARKS[number % 2]}{number}{_CLOSING}"
        self.sorts[canary] = sort or self._sort
        return canary

    def every_kind(self) -> Iterator[Entry]:
        """One entry of each kind, every optional field filled, every tuple with one thing in it."""
        for kind in KINDS:
            self._sort = kind.compartment
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
        if hasattr(annotation, "_fields"):  # a named tuple
            return annotation(*map(self.value, typing.get_type_hints(annotation).values()))
        origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is tuple:
            return tuple(self.value(one) for one in inner if one is not Ellipsis)
        if origin in (types.UnionType, typing.Union):
            return self.value(str if str in inner else next(one for one in inner if one is not type(None)))
        if origin is typing.Literal:
            return inner[0]
        assert annotation is dict or origin is not None, annotation
        return {self.value(inner[0]): self.value(inner[1])}


def files_in(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """All files under some folders, by their path, with what the path itself says put in front."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file():
                yield f"{folder.name}/{name}", name.encode() + b"\n" + path.read_bytes()
            else:
                yield f"{folder.name}/{name}", name.encode()

"""A partner's file as a table: rows of named cells, whatever tool wrote it.

JSON: the template of ours, or what KoBo's and ODK Central's interfaces give; CSV: with commas, semicolons or
tabs, the names of the columns in its first row. Groups of questions are unfolded into one row.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kunak.errors import Refused

MOST_BYTES = 1024 * 1024
MOST_ROWS = 500
_MOST_CELLS = 300  # of a row
_DEEPEST = 4  # groups in groups
_LISTS = ("requests", "results", "value", "data")
_SEPARATORS = ",;\t"


class PartnerFileTooLarge(Refused):
    """This file is too large: at most {rows} rows and {kilobytes} kB are read at once."""

    code = "partner-file-too-large"
    hint = "Have it split into several files."


class PartnerFileNotRead(Refused):
    """This is no file of requests: what is read is JSON, or CSV in UTF-8 with the names of columns on top."""

    code = "partner-file-not-read"
    hint = "Export it anew, as CSV in UTF-8 with values instead of labels, or take our template."


class PartnerFileIsSpreadsheet(Refused):
    """This is a spreadsheet as its program keeps it, which is not read here."""

    code = "partner-file-is-spreadsheet"
    hint = "Save it as CSV in UTF-8, and destroy the spreadsheet."


class PartnerFileEmpty(Refused):
    """There is no request in this file."""

    code = "partner-file-empty"
    hint = "Look whether it is the right file, and whether it was filled in."


class Line(NamedTuple):
    """One row. ``number``: as a spreadsheet counts (the names are row 1), in JSON the place in the list."""

    number: int
    cells: Mapping[str, tuple[str, ...]]


def rows_in(content: bytes) -> list[Line]:
    """The rows of a file that are not empty. Raises what is above."""
    if len(content) > MOST_BYTES:
        raise PartnerFileTooLarge(rows=MOST_ROWS, kilobytes=MOST_BYTES // 1024)
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise PartnerFileIsSpreadsheet
    try:
        text = content.decode("utf-8-sig")
        lines = list(_of_json(text) if text.lstrip()[:1] in ("{", "[") else _of_csv(text))
    except (ValueError, RecursionError, csv.Error):
        raise PartnerFileNotRead from None
    filled = [line for line in lines if any(line.cells.values())]
    if not filled:
        raise PartnerFileEmpty
    if len(filled) > MOST_ROWS:
        raise PartnerFileTooLarge(rows=MOST_ROWS, kilobytes=MOST_BYTES // 1024)
    return filled


def _of_csv(text: str) -> Iterator[Line]:
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    if "\0" in text or not head.strip():
        raise ValueError
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [name.strip() for name in next(rows)]
    if len(names) > _MOST_CELLS:
        raise ValueError
    for number, row in enumerate(rows, start=2):
        cells: dict[str, tuple[str, ...]] = {}
        for name, cell in zip(names, row, strict=False):
            if name and cell.strip():
                cells[name] = (*cells.get(name, ()), cell.strip())
        yield Line(number, cells)


def _of_json(text: str) -> Iterator[Line]:
    held = json.loads(text)
    if isinstance(held, dict):
        held = next((held[name] for name in _LISTS if isinstance(held.get(name), list)), [held])
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        raise ValueError
    for number, one in enumerate(held, start=1):
        cells: dict[str, tuple[str, ...]] = {}
        for name, values in _unfolded(one):
            cells[name] = (*cells.get(name, ()), *values)
            if len(cells) > _MOST_CELLS:
                raise ValueError
        yield Line(number, cells)


def _unfolded(
    group: Mapping[str, Any], within: str = "", depth: int = 1
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if depth > _DEEPEST:
        raise ValueError
    for key, value in group.items():
        name = f"{within}/{key}" if within else key
        if isinstance(value, dict):
            yield from _unfolded(value, name, depth + 1)
        elif values := _as_texts(value if isinstance(value, list) else [value]):
            yield name, values


def _as_texts(values: Iterable[object]) -> tuple[str, ...]:
    plain = (one for one in values if one is not None and not isinstance(one, (dict, list)))
    return tuple(said for one in plain if (said := _as_text(one)))


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()

"""Of a partner's file: which rows are requests, which are not and why, and what of it was never read.

Each row is one request, held to the same questions as the public page. A row that does not fit is named by
its number and the question, never by what stands in it, and the other rows are read all the same.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kunak.casework.triage import provisional
from kunak.errors import Refused
from kunak.exchange.partners import columns
from kunak.exchange.partners.tables import PartnerFileEmpty, rows_in
from kunak.intake.form import (
    BY_KEY,
    HEARING_SOURCES,
    HOURS,
    MAX_LINE,
    NOT_ANSWERS,
    QUESTIONS,
    UNKNOWN,
    AnswerNotOffered,
    Answers,
    ShortContact,
    clean_text,
    parse,
)
from kunak.vault import seal

_YES = ("1", "true", "yes")
_UNIQUE = 16  # characters that a tool's own id has at least; shorter ones only count rows
_UNMISTAKABLE = 20  # characters of text and address
_HOURS = ("contact_from", "contact_to", "never_from", "never_to")
Given = dict[str, tuple[str, ...]]


class RowSaysNothing(Refused):
    """This row answers none of our questions."""

    code = "row-says-nothing"
    hint = "The columns need our names or our words; take our template."


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that is a request. ``reach``: how the person can be reached, where they have not said that we may.

    ``same``: 32 bytes, alike for the same row of the same file or export. ``tells``: kinds that are never kept
    and of which the person's own words seem to tell.
    """

    number: int
    answers: Answers = field(repr=False)
    reach: ShortContact | None = field(default=None, repr=False)
    hearing_source: str
    same: bytes = field(repr=False)
    tells: tuple[str, ...] = ()
    name_left_out: bool = False

    @property
    def level(self) -> str:
        """The level at which it waits to be read."""
        return provisional(self.answers.danger, self.answers.safe_now)


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that was not read. ``urgent``: it says that somebody is in danger now."""

    number: int
    problem: Refused
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """All of a file: the most urgent first, rows that were not read among them by number.

    ``refused``: columns of kinds that are never kept, with the kind. ``unread``: columns that ask nothing of ours.
    """

    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]
    refused: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]
    digest: bytes = field(repr=False)


def read(content: bytes) -> Found:
    """What a partner's file holds. Raises what ``tables.rows_in`` raises."""
    lines = rows_in(content)
    names = list(dict.fromkeys(name for line in lines for name in line.cells))
    refused = {name: kind for name in names if not _is_asked(name) and (kind := columns.forbidden(name))}
    whole = seal.digest(json.dumps([sorted(line.cells.items()) for line in lines]).encode())
    read_rows: list[Row] = []
    bad: list[BadRow] = []
    for line in lines:
        kept = {name: cell for name, cell in line.cells.items() if name not in refused}
        if all(columns.question_of(name) == columns.HEARING for name in line.cells):
            continue  # a blank of the template that nobody filled in
        try:
            read_rows.append(_row(line.number, kept, whole))
        except Refused as problem:
            urgent = _given(kept).get("danger") == ("now",)
            bad.append(BadRow(number=line.number, problem=problem, urgent=urgent))
    if not read_rows and not bad:
        raise PartnerFileEmpty
    return Found(
        rows=tuple(sorted(read_rows, key=lambda row: (row.level, row.number))),
        bad=tuple(sorted(bad, key=lambda row: (not row.urgent, row.number))),
        refused=tuple(refused.items()),
        unread=tuple(name for name in names if name not in refused and not _is_read(name)),
        digest=seal.digest(content),
    )


def _is_asked(name: str) -> bool:
    return bool(columns.question_of(name)) or any(columns.choice_of(name))


def _is_read(name: str) -> bool:
    return _is_asked(name) or bool(columns.reaching(name)) or columns.is_id(name)


def _row(number: int, cells: Mapping[str, tuple[str, ...]], whole: bytes) -> Row:
    given = _given(cells)
    names, ways = _reached(cells)
    source = given.pop(columns.HEARING, ("partner",))[0]
    if source not in HEARING_SOURCES:
        raise AnswerNotOffered(question=columns.HEARING, accepted=", ".join(HEARING_SOURCES))
    given = _with_way(given, names, ways)
    if not given:
        raise RowSaysNothing
    answers, reach = _answers(given)
    return Row(
        number=number,
        answers=answers,
        reach=reach,
        hearing_source=source,
        same=_same(number, cells, given, whole),
        tells=columns.kinds_in(answers.text),
        name_left_out=bool(names) and "contact_address" not in given,
    )


def _given(cells: Mapping[str, tuple[str, ...]]) -> Given:
    """The cells by question, in codes. A question that stands in two columns has both their answers."""
    given: Given = {}
    for name, said in cells.items():
        question, (of_several, option) = columns.question_of(name), columns.choice_of(name)
        if of_several:
            ticked = bool(said) and said[0].casefold() in _YES
            given[of_several] = (*given.get(of_several, ()), *((option,) if ticked else ()))
        elif question:
            given[question] = (*given.get(question, ()), *_codes(question, said))
    return {question: tuple(dict.fromkeys(codes)) for question, codes in given.items() if codes}


def _codes(question: str, said: Iterable[str]) -> tuple[str, ...]:
    if question == columns.HEARING or not BY_KEY[question].is_text:
        return tuple(code for one in said for code in _one_or_more(question, one))
    return tuple(said)


def _one_or_more(question: str, said: str) -> tuple[str, ...]:
    if question in _HOURS:
        return (_hour(said),)
    if question == "utc_offset_minutes":
        return (_minutes(said),)
    if question == columns.HEARING or not BY_KEY[question].multiple:
        return (columns.code_of(question, said),)
    parts = [part for part in said.replace(";", ",").replace("\n", ",").split(",") if part.strip()]
    codes = [columns.code_of(question, part) for part in parts]
    if any(code not in BY_KEY[question].options for code in codes):
        codes = [columns.code_of(question, part) for part in said.split()]
    return tuple(codes)


def _hour(said: str) -> str:
    """9, 09 or 9:00 as 09."""
    hour = said.strip().partition(":")[0].zfill(2)
    return hour if hour in HOURS else said


def _minutes(said: str) -> str:
    """+3:00, UTC+3 or 180 as 180."""
    plain = said.upper().replace("UTC", "").replace("−", "-").strip()
    hours, colon, minutes = plain.lstrip("+-").partition(":")
    if plain[:1] in ("+", "-") and hours.isdecimal() and len(hours) <= 2:
        count = int(hours) * 60 + (int(minutes) if colon and minutes.isdecimal() else 0)
        return str(-count if plain[0] == "-" else count)
    return plain


def _reached(cells: Mapping[str, tuple[str, ...]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Names, and ways with their channel, from columns of the partner's own."""
    names: list[str] = []
    ways: list[tuple[str, str]] = []
    for name, said in cells.items():
        kind = "" if _is_asked(name) else columns.reaching(name)
        if kind == columns.NAME:
            names += said
        elif kind:
            ways += [(kind, one) for one in said]
    return names, ways


def _with_way(given: Given, names: list[str], ways: list[tuple[str, str]]) -> Given:
    """A partner's own columns for names and numbers, as the one line of safe contact that we keep."""
    if ways and "contact_address" not in given:
        given = {**given, "contact_channel": (ways[0][0],), "contact_address": (ways[0][1],)}
    if names and "contact_address" in given:
        line = f"{given['contact_address'][0]} ({' '.join(names)})"
        given = {**given, "contact_address": (clean_text(line)[:MAX_LINE],)}
    return given


def _answers(given: Given) -> tuple[Answers, ShortContact | None]:
    """The answers, and apart from them how somebody can be reached who has not said that we may."""
    put = [question.key for question in QUESTIONS if question.key in given]
    known = given.get("safe_now") or ("not_sure",)
    asked = {**given, "safe_now": known if known[0] not in NOT_ANSWERS else ("not_sure",)}
    answers = parse(asked, asked=put)
    if known[0] in NOT_ANSWERS or "safe_now" not in given:
        answers = replace(answers, safe_now=UNKNOWN)  # the partner asked for somebody who could not be asked
    if answers.contact is not None or "contact_address" not in given:
        return answers, None
    return answers, parse({**asked, "answer_how": ("contact_me",)}, asked=put).contact


def _same(number: int, cells: Mapping[str, tuple[str, ...]], given: Given, whole: bytes) -> bytes:
    """What the same row has again when it is read again, in the same file or in an export that has grown.

    A row is known by its tool's own id or by words and addresses that no two people share; one that has
    neither, only within its file: better one person twice than two as one. A row that was changed is another.
    """
    ids = [one for name, said in sorted(cells.items()) if columns.is_id(name) for one in said]
    personal = sum(map(len, (*given.get("text", ()), *given.get("contact_address", ())))) >= _UNMISTAKABLE
    told_apart = "" if personal else f"{number} {whole.hex()}"
    if any(len(one) >= _UNIQUE for one in ids):
        told_apart = json.dumps(ids)
    content = json.dumps(sorted((question, codes) for question, codes in given.items()))
    return seal.digest(seal.context("partner/row", told_apart.encode(), content.encode()))

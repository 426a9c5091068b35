"""The first questions as an XLSForm, for a partner who collects with KoBo, ODK or the like.

Three sheets (survey, choices, settings), as the XLSForm standard has them, in the languages wanted. The form
asks what the public page asks and nothing of the tool's own: no device, no user, no hour, no position. Needs
the extra ``kunak[documents]``.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import import_module
from types import ModuleType

from kunak.exchange.paper.setting import DocumentsMissing
from kunak.exchange.paper.words import FIRST_WORDS, NO_NAMES, REGION
from kunak.exchange.relay import words
from kunak.intake.form import CONTACT_QUESTIONS, FREE_TEXT, QUESTIONS, Question
from kunak.language import SPOKEN, told

VERSION = "1"
_HINTS = {"region": REGION, "text": NO_NAMES}
_HOURS = ("contact_from", "contact_to", "never_from", "never_to")
_ONLY_THEN = "${answer_how} = 'contact_me'"
Sheet = list[list[str]]


def xlsform(languages: Sequence[str] = ("en", "ru")) -> bytes:
    """The form as a workbook (.xlsx). Raises DocumentsMissing."""
    writer = _xlsxwriter()
    made = io.BytesIO()
    book = writer.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1), "author": "", "comments": ""})  # noqa: DTZ001
    for name, rows in sheets(languages).items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    book.close()
    return made.getvalue()


def sheets(languages: Sequence[str]) -> dict[str, Sheet]:
    """The three sheets, each with the names of its columns first."""
    labels = [f"label::{_named(language)}" for language in languages]
    hints = [f"hint::{_named(language)}" for language in languages]
    return {
        "survey": [
            ["type", "name", *labels, *hints, "required", "relevant", "appearance"],
            *_survey(languages),
        ],
        "choices": [["list_name", "name", *labels], *_choices(languages)],
        "settings": [
            ["form_title", "form_id", "version", "default_language"],
            ["1", "q1", VERSION, _named(languages[0])],
        ],
    }


def _survey(languages: Sequence[str]) -> Iterator[list[str]]:
    yield ["note", "first_words", *_said(FIRST_WORDS, languages), *[""] * len(languages), "", "", ""]
    for question in (*QUESTIONS, FREE_TEXT):
        yield _asked(question, languages)
    yield ["begin_group", "contact", *[""] * 2 * len(languages), "", _ONLY_THEN, ""]
    for question in CONTACT_QUESTIONS:
        yield _asked(question, languages)
    yield ["end_group", "", *[""] * 2 * len(languages), "", "", ""]


def _asked(question: Question, languages: Sequence[str]) -> list[str]:
    hint = _HINTS.get(question.key)
    said = _said(words.QUESTIONS[question.key], languages)
    hints = _said(hint, languages) if hint else [""] * len(languages)
    required = "" if question.skippable else "yes"
    kind, look = "text", "multiline" if question is FREE_TEXT else ""
    if not question.is_text:
        kind = f"{'select_multiple' if question.multiple else 'select_one'} {_list_of(question)}"
        look = "minimal" if len(question.options) > 9 else ""
    return [kind, question.key, *said, *hints, required, "", look]


def _choices(languages: Sequence[str]) -> Iterator[list[str]]:
    written: set[str] = set()
    for question in (*QUESTIONS, *CONTACT_QUESTIONS):
        if question.is_text or _list_of(question) in written:
            continue
        written.add(_list_of(question))
        for code in question.options:
            yield [_list_of(question), code, *_answer(question, code, languages)]


def _answer(question: Question, code: str, languages: Sequence[str]) -> list[str]:
    if question.key in words.ANSWERS:
        return _said(words.ANSWERS[question.key][code], languages)
    label = words.offset(code) if question.key == "utc_offset_minutes" else f"{code}:00"
    return [label] * len(languages)


def _list_of(question: Question) -> str:
    return "hours" if question.key in _HOURS else question.key


def _said(sentence: str, languages: Sequence[str]) -> list[str]:
    return [told(language, sentence).text for language in languages]


def _named(language: str) -> str:
    return f"{SPOKEN[language]} ({language})"


def _xlsxwriter() -> ModuleType:
    try:
        return import_module("xlsxwriter")
    except ImportError:
        raise DocumentsMissing from None

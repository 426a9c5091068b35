"""F1 and the short form of F2 on paper, in one language or two side by side.

Two sheets of A4: what is needed, and how the person can be reached, so that the two can be kept apart. Each
answer has the number by which a worker types it in afterwards.
"""

from collections.abc import Sequence
from typing import Any

from kunak.exchange.paper import words
from kunak.exchange.paper.setting import checked, said, title, typeset
from kunak.exchange.relay.words import ANSWERS, QUESTIONS
from kunak.intake.form import BY_KEY

# Question -> how many answers stand side by side. 0: a line to write on.
_FIRST: tuple[tuple[str, int], ...] = (
    ("safe_now", 3), ("danger", 3), ("who", 3), ("region", 0), ("needs", 3), ("under_18", 3),
    ("answer_how", 2), ("language", 0),
)  # fmt: skip
_CONTACT: tuple[tuple[str, int], ...] = (
    ("contact_channel", 3), ("contact_address", 0), ("contact_seen_by", 2), ("contact_days", 4),
)  # fmt: skip
_NOTES = {"region": words.REGION}


def form(languages: Sequence[str]) -> bytes:
    """The two sheets as one PDF. Raises TwoLanguages, DocumentsMissing, LettersMissing."""
    return typeset("form.typ", sheets(checked(languages)))


def sheets(languages: Sequence[str]) -> dict[str, Any]:
    """What the template shows."""
    numbers = iter(range(1, 99))

    def question(key: str, across: int) -> dict[str, Any]:
        return _question(key, across, next(numbers), languages)

    def hours(label: str) -> dict[str, Any]:
        return {"number": next(numbers), "label": said(label, languages)}

    return {
        "title": title(languages),
        "intro": [said(words.FIRST_WORDS, languages), said(words.FOUND, languages)],
        "first": [question(*one) for one in _FIRST],
        "text": {
            "number": next(numbers),
            "label": said(QUESTIONS["text"], languages),
            "note": said(words.NO_NAMES, languages),
        },
        "apart": [said(words.APART, languages), said(words.ONLY_IF, languages)],
        "contact": [question(*one) for one in _CONTACT],
        "hours": [hours(words.SAFE_HOURS), hours(words.NOT_THEN)],
        "from": said(words.FROM_HOUR, languages),
        "to": said(words.TO_HOUR, languages),
        "last": [question("utc_offset_minutes", 0), question("wrong_person", 1)],
        "mark": said(words.OUR_MARK, languages),
    }


def _question(key: str, across: int, number: int, languages: Sequence[str]) -> dict[str, Any]:
    codes = BY_KEY[key].options if across else ()
    return {
        "number": number,
        "label": said(QUESTIONS[key], languages),
        "note": said(_NOTES[key], languages) if key in _NOTES else [],
        "across": across,
        "answers": [said(ANSWERS[key][code], languages) for code in codes],
    }

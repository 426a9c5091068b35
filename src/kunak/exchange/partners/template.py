"""What a partner without Kunak fills in by hand: a JSON file with blank requests, and its schema.

The schema (JSON Schema 2020-12) says of every answer what it means, in English and Russian, and lets nothing
else in, so that an editor that knows schemas offers the answers and marks what is wrong.
"""

import json
from typing import Any

from kunak.exchange.relay import words
from kunak.intake.form import (
    CONTACT_QUESTIONS,
    FREE_TEXT,
    HEARING_SOURCES,
    NOT_ANSWERS,
    QUESTIONS,
    Question,
)
from kunak.language import told

FORMAT = "first-questions/1"
SCHEMA_NAME = "questions.schema.json"
BLANKS = 3
MOST_BLANKS = 100
_LANGUAGES = ("en", "ru")


def template(blanks: int = BLANKS) -> bytes:
    """A file with some blank requests. What is left blank was not asked."""
    blank: dict[str, Any] = {question.key: _blank(question) for question in (*QUESTIONS, FREE_TEXT)}
    blank["contact"] = {question.key: _blank(question) for question in CONTACT_QUESTIONS}
    blank["hearing_source"] = "partner"
    return _written({"$schema": SCHEMA_NAME, "format": FORMAT, "requests": [blank] * blanks})


def schema() -> bytes:
    """What the file may hold."""
    asked = {question.key: _property(question) for question in (*QUESTIONS, FREE_TEXT)}
    contact = {question.key: _property(question) for question in CONTACT_QUESTIONS}
    asked["contact"] = {"type": "object", "properties": contact, "additionalProperties": False}
    asked["hearing_source"] = {"enum": list(HEARING_SOURCES)}
    request = {"type": "object", "properties": asked, "additionalProperties": False}
    return _written(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "$schema": {"type": "string"},
                "format": {"const": FORMAT},
                "requests": {"type": "array", "items": request},
            },
            "required": ["format", "requests"],
            "additionalProperties": False,
        }
    )


def _blank(question: Question) -> str | list[str]:
    return [] if question.multiple else ""


def _property(question: Question) -> dict[str, Any]:
    described = {"description": _in_both(words.QUESTIONS[question.key])}
    if question.is_text:
        return {**described, "type": "string", "maxLength": question.limit}
    offered = {"oneOf": [_answer(question, code) for code in question.options]}
    if question.multiple:
        return {**described, "type": "array", "items": offered, "uniqueItems": True}
    blank = [{"const": "", "title": "–"}]
    others = [{"const": code} for code in NOT_ANSWERS] if question.skippable else []
    return {**described, "oneOf": [*offered["oneOf"], *others, *blank]}


def _answer(question: Question, code: str) -> dict[str, str]:
    label = words.ANSWERS.get(question.key, {}).get(code)
    return {"const": code, "title": _in_both(label)} if label else {"const": code}


def _in_both(sentence: str) -> str:
    return " / ".join(dict.fromkeys(told(language, sentence).text for language in _LANGUAGES))


def _written(held: dict[str, Any]) -> bytes:
    return (json.dumps(held, ensure_ascii=False, indent=2) + "\n").encode("utf-8")

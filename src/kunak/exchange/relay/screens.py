"""The first questions, a few small screens one after the other.

What was answered so far travels inside the form itself, never in the address, and is kept nowhere. A screen
can be skipped and gone back from; only the very first question wants an answer.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from kunak.errors import Refused
from kunak.exchange.relay import words
from kunak.intake.form import BY_KEY, IN_SURGE, MAX_TEXT, REGIONS, Question, parse

Answers = dict[str, tuple[str, ...]]

_FOLDED = "z"  # the field of a text that is carried folded
_FOLDED_FROM = 500  # bytes
_MOST_UNFOLDED = 4 * MAX_TEXT  # bytes

CONTACT = 5  # the screen for who wants to be contacted
# With the first page these are eight requests at most: on a slow line each one is a long wait.
SCREENS: tuple[tuple[str, ...], ...] = (
    ("safe_now",),
    ("danger",),
    ("who", "region", "under_18"),
    ("needs",),
    ("answer_how", "language"),
    (
        "contact_channel", "contact_address", "contact_seen_by", "contact_days", "contact_from", "contact_to",
        "never_from", "never_to", "utc_offset_minutes", "wrong_person",
    ),
    ("text",),
)  # fmt: skip
LAST = len(SCREENS) - 1
LATER = 3
_DANGER = {"now": 0, "within_hours": 1, "within_days": 2, "no": 3}
_SAFE = {"no": 1, "not_sure": 2}
# Half hours from UTC that some clock on earth keeps: the form takes every one, the page shows these.
_HALF_HOURS = ("-570", "-210", "-150", "210", "270", "330", "390", "570", "630")
_SELECTED = ("region", "language", "contact_channel", "contact_seen_by", "utc_offset_minutes", "wrong_person")


@dataclass(frozen=True)
class Choice:
    """One answer that can be ticked."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One question as a page shows it. ``shape``: tap (a button for each answer), radio, checkbox, select,
    line or text."""

    key: str
    label: str
    shape: str
    choices: tuple[Choice, ...]
    value: str
    limit: int


def answers_in(fields: Mapping[str, tuple[str, ...]]) -> Answers:
    """The answers that a form carries, and nothing else of it."""
    answers = {
        key: tuple(value for value in values if value.strip())
        for key, values in fields.items()
        if key in BY_KEY and any(value.strip() for value in values)
    }
    folded = _unfolded(fields.get(_FOLDED, ("",))[0])
    return {"text": (folded,), **answers} if folded else answers


def carried(answers: Answers, screen: int) -> Answers:
    """What a screen's form carries of the others. A long text is folded, so that no page grows too large."""
    others = without(answers, SCREENS[screen])
    text = "\n".join(others.get("text", ())).encode()
    if len(text) <= _FOLDED_FROM:
        return others
    folded = base64.b85encode(zlib.compress(text, 9)).decode()
    return {**without(others, ("text",)), _FOLDED: (folded,)}


def _unfolded(folded: str) -> str:
    """The text again; nothing for what no page of ours carries."""
    try:
        return zlib.decompressobj().decompress(base64.b85decode(folded), _MOST_UNFOLDED).decode()
    except (ValueError, zlib.error):
        return ""


def level(answers: Answers) -> int:
    """How soon this is read, 0 (P0) to 3 (P3), by the person's own answers: where the office's queue has them
    before anyone has judged (``casework.triage.provisional``; the relay itself knows no casework)."""
    danger, safe_now = (answers.get(key, ("",))[0] for key in ("danger", "safe_now"))
    return min(_DANGER.get(danger, 2), _SAFE.get(safe_now, LATER))


def put(surge: bool) -> tuple[int, ...]:
    """The screens that are put. In surge six questions are enough to decide by."""
    short = {*IN_SURGE, "text"}
    return tuple(number for number, keys in enumerate(SCREENS) if not surge or short.issuperset(keys))


def without(answers: Answers, keys: tuple[str, ...]) -> Answers:
    """The answers without those to some questions."""
    return {key: values for key, values in answers.items() if key not in keys}


def skip(answers: Answers, screen: int) -> Answers:
    """What remains when a screen is skipped. Without the contact part, the person comes back themselves."""
    if screen == CONTACT:
        return {**without(answers, SCREENS[CONTACT]), "answer_how": ("come_back",)}
    return without(answers, SCREENS[screen])


def step(answers: Answers, screen: int, by: int, *, surge: bool = False) -> int:
    """The next screen (``by`` 1) or the one before (-1): the contact part only for who wants it, and in surge
    only what is put then, or was answered before it began."""
    to = screen + by
    while 0 < to < LAST and not _is_wanted(to, answers, surge):
        to += by
    return max(0, min(LAST, to))


def _is_wanted(screen: int, answers: Answers, surge: bool) -> bool:
    if screen == CONTACT:
        return answers.get("answer_how") == ("contact_me",)
    return screen in put(surge) or any(key in answers for key in SCREENS[screen])


def problem(answers: Answers, upto: int) -> tuple[int, str] | None:
    """The first thing wrong on the screens up to ``upto``: the screen, and the sentence for it."""
    try:
        parse(answers)
    except Refused as error:
        key = str(error.facts.get("question", ""))
        where = CONTACT if key == "hours" else _screen_of(key)
        if where <= upto:
            return where, words.PROBLEMS[type(error).__name__]
    return None


def fields(screen: int, answers: Answers, language: str) -> list[Field]:
    """The questions of a screen with what was answered so far."""
    return [_field(BY_KEY[key], answers, language) for key in SCREENS[screen] if _is_put(key, answers)]


def _is_put(key: str, answers: Answers) -> bool:
    """The clock is asked only where the region does not tell it."""
    region = answers.get("region", ("",))[0]
    return key != "utc_offset_minutes" or REGIONS.get(region) is None


def _field(question: Question, answers: Answers, language: str) -> Field:
    given = answers.get(question.key, ())
    if not given and question.key == "language":
        given = (language,)
    return Field(
        key=question.key,
        label=words.QUESTIONS[question.key],
        shape=_shape(question, alone=(question.key,) in SCREENS),
        choices=tuple(
            Choice(code, _label(question.key, code), code in given)
            for code in question.options
            if question.key != "utc_offset_minutes" or int(code) % 60 == 0 or code in (*given, *_HALF_HOURS)
        ),
        value=given[0] if question.is_text and given else "",
        limit=question.limit,
    )


def _shape(question: Question, alone: bool) -> str:
    """A question with a screen to itself is answered with one tap. (Also, some text browsers tick the first
    of several radio buttons by themselves; so every group of those begins with “prefer not to say”.)"""
    if question.is_text:
        return "text" if question.key == "text" else "line"
    if question.multiple:
        return "checkbox"
    if question.key in _SELECTED or question.key.endswith(("_from", "_to")):
        return "select"
    return "tap" if alone else "radio"


def _label(key: str, code: str) -> str:
    if key in words.ANSWERS:
        return words.ANSWERS[key][code]
    return words.offset(code) if key == "utc_offset_minutes" else code


def _screen_of(key: str) -> int:
    return next((number for number, keys in enumerate(SCREENS) if key in keys), 0)

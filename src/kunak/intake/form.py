"""The first questions (F1) and the short form of safe contact (F2), as data.

Both the public page and a worker on the telephone put these questions; ``parse`` turns what was ticked into
``Answers`` or refuses with the question's key. Only the first question must be answered. Three values that
are not answers stay apart: ``unknown`` (the person does not know), ``declined`` (asked, and not answered)
and ``not_asked`` (the question was never put).
"""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kunak.errors import Refused

MAX_TEXT = 2000  # characters of the one free box
MAX_LINE = 120  # characters of a one-line answer
UNKNOWN, DECLINED, NOT_ASKED = "unknown", "declined", "not_asked"
NOT_ANSWERS = (UNKNOWN, DECLINED, NOT_ASKED)

# Where roughly, and the usual offset from UTC there in minutes. None: the place spans several offsets or
# changes its clocks, so it must be asked before anyone may write at an hour.
REGIONS: dict[str, int | None] = {
    "chechnya": 180, "dagestan": 180, "ingushetia": 180, "kabardino_balkaria": 180,
    "karachay_cherkessia": 180, "north_ossetia": 180, "adygea": 180, "stavropol": 180,
    "russia_south": 180, "crimea": 180, "russia_centre": 180, "russia_north_west": None,
    "russia_volga": None, "russia_urals": 300, "russia_siberia": None, "russia_far_east": None,
    "azerbaijan": 240, "armenia": 240, "georgia": 240, "kazakhstan": 300, "kyrgyzstan": 360,
    "tajikistan": 300, "turkmenistan": 300, "uzbekistan": 300, "belarus": 180, "ukraine": None,
    "moldova": None, "turkey": 180, "europe": None, "elsewhere": None,
}  # fmt: skip

LANGUAGES = (
    "ru", "en", "ce", "inh", "kbd", "az", "hy", "ka", "kk", "ky", "tg", "tk", "uz", "uk", "tr", "fa", "fr",
    "other",
)  # fmt: skip
CHANNELS = ("web_code", "email", "messenger", "sms", "call", "trusted_person", "physical_drop")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = tuple(f"{hour:02d}" for hour in range(25))
HEARING_SOURCES = ("friend", "partner", "press", "search", "unknown")


class AnswerNeeded(Refused):
    """The question “{question}” is the one that needs an answer."""

    code = "answer-needed"
    hint = "Choose one of: {accepted}."


class AnswerNotOffered(Refused):
    """This is not one of the answers to the question “{question}”."""

    code = "answer-not-offered"
    hint = "Choose from: {accepted}."


class OneAnswerOnly(Refused):
    """The question “{question}” takes one answer."""

    code = "one-answer-only"
    hint = "Choose one."


class TextTooLong(Refused):
    """The text under “{question}” is longer than {limit} characters."""

    code = "text-too-long"
    hint = "Shorten it. You can write again later with your code."


class ContactUnfinished(Refused):
    """The part about safe contact lacks “{question}”."""

    code = "contact-unfinished"
    hint = "Fill it in, or choose to come back yourself with your code."


@dataclass(frozen=True)
class Question:
    """One question: its key, the codes of its answers, and how it may be answered.

    ``options`` empty means a line of text of at most ``limit`` characters.
    """

    key: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    skippable: bool = True
    limit: int = 0

    @property
    def is_text(self) -> bool:
        """Whether the answer is text rather than a choice."""
        return not self.options


QUESTIONS: tuple[Question, ...] = (
    Question("safe_now", ("yes", "not_sure", "no"), skippable=False),
    Question("danger", ("now", "within_hours", "within_days", "later_or_not_sure", "no")),
    Question("who", ("me", "someone_who_knows", "someone_who_does_not_know")),
    Question("region", tuple(REGIONS)),
    Question(
        "needs",
        ("leave", "place_to_sleep", "lawyer", "doctor", "someone_to_talk_to", "phone_advice", "papers",
         "money_threat", "other"),
        multiple=True,
    ),
    Question("under_18", ("yes", "no")),
    Question("answer_how", ("come_back", "contact_me")),
    Question("language", LANGUAGES),
)  # fmt: skip
# What is asked while many write at once: what decides how urgent it is, and what of it. The person comes back with
# their code; how else they can be reached is asked there. The language is that of the page.
IN_SURGE = ("safe_now", "danger", "who", "region", "needs", "under_18")
FREE_TEXT = Question("text", limit=MAX_TEXT)

# The short form of F2, put only to who chose "contact_me". The whole plan is made with a worker.
CONTACT_QUESTIONS: tuple[Question, ...] = (
    Question("contact_channel", tuple(c for c in CHANNELS if c != "web_code")),
    Question("contact_address", limit=MAX_LINE),
    Question("contact_seen_by", ("nobody", "family", "police_possible", "unknown")),
    Question("contact_days", DAYS, multiple=True),
    Question("contact_from", HOURS),
    Question("contact_to", HOURS),
    Question("never_from", HOURS),
    Question("never_to", HOURS),
    Question("utc_offset_minutes", tuple(str(m) for m in range(-720, 841, 30))),
    Question("wrong_person", ("hang_up", "cover_message", "nothing")),
)
BY_KEY = {q.key: q for q in (*QUESTIONS, FREE_TEXT, *CONTACT_QUESTIONS)}


@dataclass(frozen=True, kw_only=True)
class ShortContact:
    """What the person says about being written to: one channel, its hours, the hours that are never safe.

    Hours are 0–24 in the person's own time; ``days`` empty means every day; ``never`` None means none named.
    """

    channel: str
    address: str
    seen_by: str
    days: tuple[str, ...]
    hours: tuple[int, int]
    never: tuple[int, int] | None
    utc_offset_minutes: int | None
    wrong_person: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """F1 as answered, in codes. ``contact`` is None for who comes back with the code."""

    safe_now: str
    danger: str = NOT_ASKED
    who: str = NOT_ASKED
    region: str = NOT_ASKED
    needs: tuple[str, ...] = ()
    under_18: str = NOT_ASKED
    answer_how: str = NOT_ASKED
    language: str = NOT_ASKED
    text: str = ""
    contact: ShortContact | None = None


def parse(answers: Mapping[str, Collection[str]], *, asked: Collection[str] | None = None) -> Answers:
    """Turn what was ticked, by question key, into Answers.

    ``asked`` names the questions that were put (default: all). A question that was put and has no value is
    ``declined``; one that was not put is ``not_asked``. Keys that belong to no question are ignored.
    Raises AnswerNeeded, AnswerNotOffered, OneAnswerOnly, TextTooLong or ContactUnfinished.
    """
    put = {q.key for q in QUESTIONS} if asked is None else set(asked)
    given = {key: _cleaned(values) for key, values in answers.items() if key in BY_KEY}
    single = {
        q.key: _one(q, given.get(q.key, ()), skipped=DECLINED if q.key in put else NOT_ASKED)
        for q in QUESTIONS
        if not q.multiple
    }
    return Answers(
        **single,
        needs=_many(BY_KEY["needs"], given.get("needs", ())),
        text=_text(FREE_TEXT, given.get("text", ())),
        contact=_contact(given, single["region"]) if single["answer_how"] == "contact_me" else None,
    )


def offered(key: str, value: str) -> str:
    """The value if the question offers it or it is one of NOT_ANSWERS, else ``unknown``.

    What came from outside is held to the lists again, so that no text slips into the index as a code.
    """
    return value if value in BY_KEY[key].options or value in NOT_ANSWERS else UNKNOWN


def _contact(given: Mapping[str, tuple[str, ...]], region: str) -> ShortContact:
    def one(key: str, skipped: str = "") -> str:
        return _one(BY_KEY[key], given.get(key, ()), skipped=skipped)

    channel = one("contact_channel")
    address = _text(BY_KEY["contact_address"], given.get("contact_address", ()))
    for key, value in (("contact_channel", channel), ("contact_address", address)):
        if not value or value in NOT_ANSWERS:
            raise ContactUnfinished(question=key)
    offset = one("utc_offset_minutes")
    never = _hours(one("never_from"), one("never_to"), whole=None)
    return ShortContact(
        channel=channel,
        address=address,
        seen_by=one("contact_seen_by", UNKNOWN),
        days=_many(BY_KEY["contact_days"], given.get("contact_days", ())),
        hours=_hours(one("contact_from"), one("contact_to"), whole=(0, 24)) or (0, 24),
        never=never,
        utc_offset_minutes=int(offset) if offset and offset not in NOT_ANSWERS else REGIONS.get(region),
        wrong_person=one("wrong_person", "nothing"),
    )


def _hours(start: str, end: str, whole: tuple[int, int] | None) -> tuple[int, int] | None:
    """From–to in whole hours. One end alone, or one hour twice, is refused: it could mean anything."""
    known = [hour for hour in (start, end) if hour and hour not in NOT_ANSWERS]
    if not known:
        return whole
    if len(known) == 1 or (int(start) % 24 == int(end) % 24 and (start, end) != ("00", "24")):
        raise ContactUnfinished(question="hours")
    return int(start), int(end)


def _one(question: Question, values: tuple[str, ...], *, skipped: str) -> str:
    if len(values) > 1:
        raise OneAnswerOnly(question=question.key)
    accepted = ", ".join(question.options)
    if not values or (values[0] in NOT_ANSWERS and not question.skippable):
        if question.skippable:
            return skipped
        raise AnswerNeeded(question=question.key, accepted=accepted)
    if values[0] not in question.options and values[0] not in NOT_ANSWERS:
        raise AnswerNotOffered(question=question.key, accepted=accepted)
    return values[0]


def _many(question: Question, values: tuple[str, ...]) -> tuple[str, ...]:
    if any(value not in question.options and value not in NOT_ANSWERS for value in values):
        raise AnswerNotOffered(question=question.key, accepted=", ".join(question.options))
    return tuple(option for option in question.options if option in values)


def _text(question: Question, values: tuple[str, ...]) -> str:
    text = "\n".join(values)
    if len(text) > question.limit:
        raise TextTooLong(question=question.key, limit=question.limit)
    return text


def _cleaned(values: Collection[str]) -> tuple[str, ...]:
    return tuple(clean for value in values if (clean := clean_text(value)))


def clean_text(text: str) -> str:
    """The text in composed form (NFC), without control characters and half surrogates, stripped.

    Line ends become ``\\n``. Letters are left as typed: a person's spelling is theirs.
    """
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in unified if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()

"""What the columns of a partner's file are about.

A column that asks one of our questions is read, whether it bears our key or our words in any language. One
that holds how somebody is called or reached is read into safe contact and nowhere else. One of a kind that
Kunak never keeps is refused by its name, so that nothing of it is ever read; everything else is left unread.
"""

import re
from functools import cache

from kunak.exchange.relay import words
from kunak.intake.form import BY_KEY, HEARING_SOURCES
from kunak.language import SPOKEN, told
from kunak.letters import alike

HEARING = "hearing_source"
NAME = "name"
# Columns that name a person or a way to reach them -> the channel that the way belongs to.
_REACHING: dict[str, tuple[str, ...]] = {
    NAME: ("name", "surname", "firstname", "lastname", "fullname", "fio", "имя", "фамилия", "отчество", "фио",
           "зовут"),
    "call": ("phone", "telephone", "tel", "mobile", "cell", "телефон", "тел", "моб", "мобильный"),
    "email": ("email", "mail", "почта", "имейл"),
    "messenger": ("messenger", "telegram", "whatsapp", "signal", "viber", "instagram", "facebook", "vk",
                  "мессенджер", "телеграм", "телеграмм", "вотсап", "ватсап", "вайбер", "сигнал", "инстаграм", "вк"),
}  # fmt: skip
# Kinds that are never kept, by the beginnings of words (ending in *) and by whole words.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "orientation": ("orientation*", "sexual*", "sogi*", "lgbt*", "gay", "lesbian*", "queer*", "bisexual*",
                    "homosex*", "ориентац*", "сексуальн*", "лгбт*", "гей", "лесби*", "квир*", "бисекс*",
                    "гомосекс*"),
    "gender": ("gender*", "sex", "trans", "transgender*", "transsex*", "пол", "гендер*", "транс", "трансгендер*"),
    "health": ("hiv*", "aids", "health*", "diagnos*", "disease*", "illness*", "medical*", "disab*", "pregnan*",
               "therap*", "вич", "спид", "здоров*", "диагноз*", "болезн*", "заболев*", "медицин*", "инвалид*",
               "беремен*", "терапи*"),
    "sex_work": ("sexwork*", "prostitut*", "секс", "сексработ*", "проститу*"),
    "religion": ("relig*", "faith", "church", "mosque", "muslim*", "christian*", "religi*", "религ*", "вера",
                 "верующ*", "вероиспов*", "конфесс*", "мечет*", "церков*"),
    "clan": ("clan*", "teip*", "taip*", "teyp*", "tukhum*", "tribe*", "тейп*", "тайп*", "тукхум*", "тухум*",
             "клан*", "род", "жуз"),
    "ethnicity": ("ethnic*", "ethno*", "race", "racial*", "nationality", "этни*", "национальн*", "народность*",
                  "раса", "нация"),
    "party": ("party", "partisan*", "political*", "politics", "партия", "партий*", "политич*", "политик*"),
    "photograph": ("photo*", "picture*", "selfie*", "face", "fingerprint*", "biometr*", "scan*", "фото*", "снимок*",
                   "селфи*", "отпечат*", "биометр*", "скан*"),
    "bank": ("bank*", "iban", "credit*", "банк*", "реквизит*"),
}  # fmt: skip
# What such tools add by themselves, much of it about the partner's own worker or their phone.
_OF_THE_TOOL = frozenset(
    ("start", "end", "today", "username", "deviceid", "phonenumber", "subscriberid", "simserial", "audit", "key",
     "submissiondate", "submitterid", "submittername", "reviewstate", "devicename", "formversion", "edits")
)  # fmt: skip
_IDS = ("_uuid", "__id", "meta/instanceid", "meta-instanceid", "instanceid", "key", "id")


def question_of(name: str) -> str:
    """The key of the question that a column asks, or nothing."""
    last = last_part(name)
    if last in BY_KEY or last == HEARING:
        return last
    return _labels().get(alike(name.strip()), "")


def choice_of(name: str) -> tuple[str, str]:
    """(question, answer) of a column that is one box of a question with several, e.g. ``needs/lawyer``."""
    parts = re.split(r"[/.:]", name.strip().casefold())
    if len(parts) >= 2 and (question := BY_KEY.get(parts[-2])) is not None and question.multiple:
        answer = parts[-1]
        return (question.key, answer) if answer in question.options else ("", "")
    return "", ""


def reaching(name: str) -> str:
    """``name`` or a channel, for a column that says how somebody is called or reached; else nothing."""
    if name.startswith("_") or last_part(name) in _OF_THE_TOOL:
        return ""
    said = set(_words_of(name))
    return next((kind for kind, known in _REACHING.items() if said & {alike(one) for one in known}), "")


def forbidden(name: str) -> str:
    """The kind that is never kept of which a column is, or nothing."""
    return next(iter(kinds_in(name)), "")


def kinds_in(text: str) -> tuple[str, ...]:
    """The kinds that are never kept of which a text seems to tell."""
    said = _words_of(text)
    return tuple(kind for kind, stems in FORBIDDEN.items() if any(_fits(word, stems) for word in said))


def is_id(name: str) -> bool:
    """Whether a column holds what a tool knows a row by."""
    return name.strip().casefold() in _IDS


def code_of(question: str, said: str) -> str:
    """The code of an answer that was given as code or in our words of any language; else what was said."""
    plain = said.strip()
    folded = plain.casefold()
    return folded if folded in _codes(question) else _answers(question).get(alike(plain), plain)


def last_part(name: str) -> str:
    """A column's own name, without the groups that it stands in."""
    return re.split(r"[/.:]|(?<=[a-z])-(?=[a-z])", name.strip().casefold())[-1]


def _words_of(text: str) -> tuple[str, ...]:
    apart = re.sub(r"([a-zа-яё])([A-ZА-ЯЁ])", r"\1 \2", text)
    return tuple(alike(word) for word in re.split(r"[\W_]+", apart) if word)


def _fits(word: str, stems: tuple[str, ...]) -> bool:
    return any(
        word.startswith(alike(stem[:-1])) if stem.endswith("*") else word == alike(stem) for stem in stems
    )


def _codes(question: str) -> tuple[str, ...]:
    return HEARING_SOURCES if question == HEARING else BY_KEY[question].options


@cache
def _labels() -> dict[str, str]:
    """Our questions in our words, in every language -> their keys."""
    return {
        alike(told(language, label).text): key
        for language in SPOKEN
        for key, label in words.QUESTIONS.items()
    }


@cache
def _answers(question: str) -> dict[str, str]:
    """The answers of a question in our words, in every language -> their codes."""
    known = words.ANSWERS.get(question, {})
    return {alike(told(language, label).text): code for language in SPOKEN for code, label in known.items()}

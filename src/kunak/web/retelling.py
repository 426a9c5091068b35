"""What the planner says, in the language of the page: its sentences, and the states and days in them."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date

from kunak.evacuation.ways.words import LayerName, Said, StateName
from kunak.language import OFFERED, SPOKEN, catalogue
from kunak.letters import alike


def retold(fact: object, language: str, layer: Callable[[str], str]) -> object:
    """A sentence, a state, a layer or a day in a language; anything else as it is. English stands already.

    ``layer`` writes the name of a layer of the data.
    """

    def told(inner: object) -> object:
        return retold(inner, language, layer)

    if language == "en":
        return fact
    if isinstance(fact, Said):
        return fact.within(catalogue(language).gettext, told)
    if isinstance(fact, StateName):
        return state_in(language, fact.code, str(fact))
    if isinstance(fact, LayerName):
        return layer(fact)
    return format_date(fact, "d MMM y", locale=language) if isinstance(fact, date) else fact


def state_in(language: str, code: str, english: str) -> str:
    """The name of a state. English names are those of the planner's data, others those of the CLDR."""
    return english if language == "en" else str(Locale.parse(language).territories.get(code, english))


def state_named(typed: str) -> str:
    """The code of the state that has this name in one of the languages spoken, or the empty string."""
    return _states().get(alike(typed), "")


@cache
def _states() -> dict[str, str]:
    """Codes by the keys of names. English and Russian names come before those of other languages, and a name
    that means two states in one language means none."""
    codes: dict[str, str] = {}
    for language in sorted(SPOKEN, key=lambda code: code not in OFFERED):
        of_this = [(alike(name), code) for code, name in Locale.parse(language).territories.items()]
        for key, count in Counter(key for key, _code in of_this).items():
            if count == 1:
                codes.setdefault(key, dict(of_this)[key])
    return codes

"""The page of ways in Russian: what the planner says stands there in Russian, and stays English in JSON."""

import json
import re
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date
from html import unescape

import pytest
from ways_walking import QUESTION, planned
from web_desk import plain

from kunak.evacuation.ways.routes import Profile, as_json, find_ways
from kunak.evacuation.ways.telling import recognised
from kunak.evacuation.ways.words import Said, StateName, joined, said
from kunak.language import catalogue
from kunak.web.retelling import retold, state_in, state_named
from kunak.web.ways_data import world

QUESTIONS = {
    "Grozny, clear": {"passports": "RU", "papers": "foreign", "origin": "Grozny", "lists": "clear"},
    "Baku, identity card": {"passports": "AZ", "papers": "internal", "origin": "Baku", "lists": "unknown"},
    "Baku, foreign passport": {"passports": "AZ", "papers": "foreign", "origin": "Baku", "lists": "listed"},
    "Minsk, visa and child": {
        "passports": "BY", "papers": "foreign", "origin": "Minsk", "lists": "unknown", "visas": "DE",
        "aim": "refuge", "minors": "1", "dependants": "1",
    },
    "no papers": {"passports": "RU", "papers": "none", "origin": "Grozny", "lists": "unknown"},
}  # fmt: skip
SPOKEN = {
    "Refusal": ("why",), "WorstCase": ("why",), "Exposure": ("authority", "could"), "Why": ("text",),
    "Leg": ("papers",), "Plan": ("stale", "services_note"), "Answer": ("notes",),
}  # fmt: skip


def answer(desk, folder, **question):
    """The planner's own answer to what the page is asked."""
    profile = Profile(
        passports=(question["passports"],),
        papers=question["papers"],
        origin={"Grozny": "RU:Grozny", "Baku": "AZ:Baku", "Minsk": "BY:Minsk"}[question["origin"]],
        lists=question["lists"],
        to=question.get("aim", "interim"),
        visas=tuple(filter(None, (question.get("visas"),))),
        minors="minors" in question,
        dependants=int(question.get("dependants", 0)),
        as_of=desk.clock.at.date(),
    )
    return find_ways(world(folder), profile)


def sentences(part):
    """Every sentence that a person reads in an answer, found by the fields that hold them."""
    if isinstance(part, tuple):
        for one in part:
            yield from sentences(one)
    elif is_dataclass(part):
        for field in fields(part):
            held = getattr(part, field.name)
            if field.name in SPOKEN.get(type(part).__name__, ()):
                yield from filter(None, held if isinstance(held, tuple) else (held,))
            yield from sentences(held)


def leaves(sentence):
    """A sentence and the sentences in it."""
    yield sentence
    for fact in sentence.facts.values():
        if isinstance(fact, Said):
            yield from leaves(fact)


def wordless(template):
    """Whether nothing is left of a template without its names: there is nothing to translate."""
    return not re.search(r"[A-Za-z]", re.sub(r"\{[^}]*\}", "", template))


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_sentence_of_the_planner_is_english_on_the_russian_page(desk, tmp_path, name):
    question = QUESTIONS[name]
    found = set(sentences(answer(desk, tmp_path, **question)))
    assert found
    desk.client.cookies.set("kunak-language", "ru")
    page = plain(unescape(desk.post("/ways", **QUESTION | question).text))
    for sentence in found:
        assert isinstance(sentence, Said), sentence
        for leaf in leaves(sentence):
            assert wordless(leaf.template) or catalogue("ru").gettext(leaf.template) != leaf.template
        assert wordless(sentence.template) or str(sentence) not in page, sentence


def test_what_a_plan_says_stands_there_in_russian(desk, tmp_path):
    desk.client.cookies.set("kunak-language", "ru")
    page = plain(unescape(desk.post("/ways", **QUESTION, about="Армения").text))
    assert "паспортный контроль на выезде (RU)" in page
    assert "выезд из RU" in page
    assert "Армения" in page
    assert "Грузия" in page
    assert "Georgia" not in page
    assert "passport index" not in page


@pytest.mark.parametrize("name", ["Grozny, clear", "Baku, identity card"])
def test_json_stays_english_and_plain(desk, tmp_path, name):
    shown = as_json(answer(desk, tmp_path, **QUESTIONS[name]))
    assert not re.search("[а-яё]", json.dumps(shown, ensure_ascii=False), re.IGNORECASE)
    assert {type(text) for text in strings(shown)} == {str}


def strings(part):
    """Every string in a JSON value."""
    if isinstance(part, dict):
        for value in part.values():
            yield from strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from strings(value)
    elif isinstance(part, str):
        yield part


def test_a_journey_keeps_plain_english_and_shows_russian(desk):
    _, journey = planned(desk, lists="unknown")
    kept = desk.bench.journeys.get(journey).way
    exposures = [who for leg in kept.legs for who in leg.exposures]
    assert exposures
    assert {type(text) for text in (*exposures, kept.worst_why, *kept.stale)} == {str}
    desk.client.cookies.set("kunak-language", "ru")
    page = plain(unescape(desk.get(f"/journeys/{journey}").text))
    for text in (*exposures, kept.worst_why):
        assert text not in page
        assert str(retold(recognised(text), "ru", str)) in page


def test_a_sentence_is_its_english_and_says_itself_in_another_language():
    russian = {"from {place}": "из {place}", "{day}, late": "{day}, поздно"}
    inner = said("from {place}", place=StateName("Georgia", "GE"))
    whole = joined([said("{day}, late", day=date(2026, 2, 17)), inner])
    assert whole == "2026-02-17, late from Georgia"
    assert whole.within(lambda text: russian.get(text, text)) == "2026-02-17, поздно из Georgia"
    assert retold(whole, "ru", str) == "17 февр. 2026, late from Грузия"  # no such templates in the catalogue
    assert deepcopy(whole) == whole
    assert deepcopy(whole).facts == whole.facts
    assert joined([]) == ""


def test_a_sentence_that_is_not_the_planners_stays_as_it_is():
    assert recognised("Somebody wrote this") == "Somebody wrote this"
    assert not isinstance(recognised("RU somebody wrote this"), Said)
    assert isinstance(recognised("RU exit control"), Said)
    assert retold(recognised("service: our own list"), "ru", str) == "рейс: our own list"
    assert retold("RU exit control", "ru", str) == "RU exit control"


def test_states_are_named_in_both_languages_and_understood_in_both():
    assert state_in("ru", "AM", "Armenia") == "Армения"
    assert state_in("en", "AM", "Armenia") == "Armenia"
    assert state_named("армения") == "AM"
    assert state_named("Nowhere at all") == ""

"""The catalogues of the eleven languages of the public pages alone: in order, in their letters, in our words."""

import re
import runpy
import unicodedata
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from kunak.language import SECOND, SPOKEN, counted, told

TOOL = runpy.run_path(
    str(Path(__file__).parents[2] / "tools" / "collect_survivor_sentences.py"), run_name="tools.collect"
)
OTHERS: list[str] = TOOL["OTHERS"]
NAMED = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LETTERS = {
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "ce": RUSSIAN + "ӏ",
    "fa": "ءآأئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    "fr": "abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ",
    "ka": "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "kk": RUSSIAN + "әғқңөұүһі",
    "ky": RUSSIAN + "ңөү",
    "tg": "абвгғдеёжзиӣйкқлмнопрстуӯфхҳчҷшъэюя",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîû",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "uz": "abcdefghijklmnopqrstuvxyz",
}
AS_THEY_ARE = {
    "Android",
    "Chrome",
    "Firefox",
    "iPhone",
    "Safari",
    "Ctrl",
    "Shift",
    "Delete",
    "https",
    "script",
    "SMS",
    "UTC",
    "H",
}
MARKS = set(" .,:;?!،؛؟()/-–—−·+×…’‘“”„«»\u00a0\u200c\u200e\u200f0123456789")
# What we do not say to a person, and what would tell who the page is for.
NEVER = (
    "жертв|постраждал|потерпіл|zərərçəkmiş|qurban|victime|mağdur|kurban|құрбан|жәбірлен|курмандык|жабырлан|қурбон|ҷабрдид|"
    "jabrlan|مظلوم|قربانی|მსხვერპლ|დაზარალებულ|хӀусам|"
    "lgbt|лгбт|ლგბტ|همجنس|гей|\\bgay|გეი|homo|гомо|ჰომო|lezbi|лесб|transg|transs|трансг|транссек|ტრანსგ|\\bkunak|\\bкунак"
)  # fmt: skip
ON_BUTTONS = {
    "Send": ["press Send"],
    "Not sure": ["“Not sure” is an answer"],
}


def messages(code: str) -> list[Message]:
    return [message for message in TOOL["catalogue"](code) if message.id]


def strings(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, (tuple, list)) else (message.string,)


def said(code: str) -> list[tuple[str, str]]:
    """Key and translation of what the pages say."""
    return [(TOOL["key"](m), text) for m in messages(code) if TOOL["is_said"](m) for text in strings(m)]


def test_there_is_a_catalogue_for_each_language_and_no_other() -> None:
    assert sorted(path.stem for path in TOOL["FOLDER"].iterdir()) == OTHERS
    assert {*OTHERS, "en", "ru"} == set(SPOKEN) == {*SECOND, "en"}


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_is_in_order(code: str) -> None:
    """Every sentence of the pages, translated or waiting, no other; `make sentences` would change nothing."""
    assert TOOL["strays"](code) == []
    assert TOOL["path_of"](code).read_text(encoding="utf-8") == TOOL["written"](code)


def test_the_page_says_how_each_language_stands() -> None:
    assert TOOL["PAGE"].read_text(encoding="utf-8") == TOOL["page"]()


@pytest.mark.parametrize("code", OTHERS)
def test_a_draft_names_no_reviewer_and_says_what_it_is(code: str) -> None:
    head = TOOL["path_of"](code).read_text(encoding="utf-8")[:1200]
    assert "A draft made by machine" in head
    assert '"Last-Translator: machine draft\\n"' in head
    assert '"X-Reviewer: ' in head
    assert '"Plural-Forms: nplurals=' in head


@pytest.mark.parametrize("code", OTHERS)
def test_names_to_be_filled_in_stay_and_nothing_is_markup(code: str) -> None:
    for message in messages(code):
        for text in filter(None, strings(message)):
            assert sorted(NAMED.findall(text)) == sorted(NAMED.findall(TOOL["key"](message))), text
            assert not set("<>&\"'{}%") & set(NAMED.sub("", text)), text
            assert text == unicodedata.normalize("NFC", text).strip(), text


@pytest.mark.parametrize("code", OTHERS)
def test_each_word_is_in_the_letters_of_its_language(code: str) -> None:
    """No Latin a in a Cyrillic word; no letter that a telephone of 2014 lacks."""
    for key, text in said(code):
        bare = NAMED.sub("", text)
        words = set(re.findall(r"[^\W\d_]+", bare)) - AS_THEY_ARE
        for word in words:
            small = word.replace("İ", "i").replace("I", "ı") if code in ("az", "tr") else word
            assert set(small.lower()) <= set(LETTERS[code]), (key, word)
        assert {letter for letter in bare if not letter.isalpha()} <= MARKS, key
        assert "\u04cf" not in text, "the small palochka is missing in many old fonts"


@pytest.mark.parametrize("code", OTHERS)
def test_words_that_hurt_or_tell_are_not_said(code: str) -> None:
    for key, text in said(code):
        assert not re.search(NEVER, text.lower()), (key, text)


@pytest.mark.parametrize("code", OTHERS)
def test_a_button_that_a_sentence_names_is_called_so(code: str) -> None:
    """Also where one of the two is said in another language: then both are."""
    for button, sentences in ON_BUTTONS.items():
        label = told(code, button)
        naming = [one for one in TOOL["wanted"]() if any(part in one for part in sentences)]
        assert naming, button
        for sentence in naming:
            whole = told(code, sentence)
            assert whole.language == label.language, (button, sentence)
            assert label.text.lower() in whole.text.lower(), (label.text, whole.text)


@pytest.mark.parametrize("code", [code for code in OTHERS if code != "ce"])
def test_a_language_that_is_whole_says_nearly_all(code: str) -> None:
    assert len(TOOL["falling_back"](code)) * 20 <= len(TOOL["wanted"]()), TOOL["falling_back"](code)


@pytest.mark.parametrize("code", ["uk", "fr", "ka"])
def test_numbers_have_the_forms_of_the_language(code: str) -> None:
    forms = {"uk": {1: "1 години", 2: "2 годин", 5: "5 годин", 21: "21 години"},
             "fr": {1: "1 heure", 2: "2 heures"}, "ka": {1: "1 საათში", 5: "5 საათში"}}  # fmt: skip
    for number, form in forms[code].items():
        text = counted(
            code,
            "A person will read this within %(num)s hour.",
            "A person will read this within %(num)s hours.",
            number,
        )
        assert text.language == code
        assert form in text.text % {"num": number}


@pytest.mark.parametrize("code", SPOKEN)
def test_who_calls_an_ambulance_reads_a_number_that_is_answered_where_they_are(code: str) -> None:
    """112 nearly everywhere, 103 where 112 is not answered yet, 115 in Iran; 112 stands first."""
    calling = [sentence for sentence in TOOL["wanted"]() if "an ambulance" in sentence]
    assert len(calling) == 2
    for sentence in calling:
        assert re.findall(r"\b1[01]\d\b", told(code, sentence).text) == ["112", "103", "115"]

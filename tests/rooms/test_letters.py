"""Letters that are typed for one another: what people type on the keyboard they have finds what was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.data import read
from kunak.data.words import place_of, word_list, words_in
from kunak.evacuation.ways.world import World
from kunak.letters import alike
from kunak.web.retelling import state_named

PALOCHKA = "ӀӏIil|1!іІ"
MARKED = {
    "г": "ғґ", "к": "қ", "х": "ҳһ", "ч": "ҷ", "н": "ң", "о": "ө", "у": "үұўӯ", "а": "ә", "е": "єё",
    "и": "іїйӣӏ",
}  # fmt: skip
WITHOUT = str.maketrans({marked: plain for plain, each in MARKED.items() for marked in each})
APOSTROPHES = "'’‘ʻʼ`´"
TYPED = st.text(
    st.sampled_from("гоиаэ" + "".join(MARKED.values()) + PALOCHKA + APOSTROPHES + "ıİəş ٣7\u0306\u200c")
)


@given(st.text() | TYPED)
@settings(max_examples=500)
def test_the_key_of_a_key_is_the_key(text):
    assert alike(alike(text)) == alike(text)


CHECHEN = ["гӀо", "доттагӀ", "кӀант", "Ӏаж", "хӀун", "тӀе", "цӀа", "чӀогӀа", "пӀелг"]


@given(
    st.lists(st.sampled_from(CHECHEN), min_size=1),
    st.sampled_from(PALOCHKA),
    st.sampled_from([str, str.upper, str.lower]),
)
def test_a_palochka_is_what_people_type_for_it(words, typed, case):
    """NEEDS: people type I, l, |, 1, !; and in small letters as well as in capitals."""
    text = " ".join(words)
    assert alike(case(text.replace("Ӏ", typed))) == alike(text)


def test_a_number_is_no_palochka_and_an_exclamation_is_mostly_none():
    assert alike("д. 21а, кв. 11") == "д. 21а, кв. 11"
    assert alike("Спасибо!") == "спасибо!"
    assert alike("Il film n. 1!") == "il film n. 1!"


@given(st.text(st.sampled_from("абвгдеклмнопрстухч ғӣқӯҳҷңөүұһәґєїіёйў")))
def test_a_letter_is_what_it_is_typed_as_where_the_keyboard_lacks_it(text):
    """Tajik, Kazakh, Kyrgyz, Ukrainian, Belarusian on a Russian keyboard."""
    assert alike(text.translate(WITHOUT)) == alike(text)


@given(st.text(st.sampled_from("abhilımİIıəşçğöü")))
def test_dotted_and_dotless_i_are_one_by_whichever_rule_of_lower_case(text):
    turkish = text.replace("I", "ı").replace("İ", "i").lower()
    assert alike(turkish) == alike(text.lower()) == alike(text.upper()) == alike(text)


@pytest.mark.parametrize("typed", [f"O{mark}zbekiston, G{mark}ijduvon" for mark in APOSTROPHES])
def test_apostrophes_of_every_kind_count_for_nothing(typed):
    assert alike(typed) == alike("Ozbekiston, Gijduvon")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ქართული", "ქართული"),  # a title typed in Georgian capitals
        ("և", "եւ"),
        ("كتاب يك", "کتاب یک"),
        ("می\u200cروم", "میروم"),
        ("۱۴۰۵ ١٤٠٥ १४०५", "1405 1405 1405"),
        ("Ｍａｈａｃｈｋａｌａ", "mahachkala"),
        ("Məhəmməd", "Mehemmed"),
        ("Київ", "Киiв"),
        ("Львів\u00a0 п’ять", "львiв пять"),
    ],
)
def test_one_word_in_two_spellings(one, other):
    assert alike(one) == alike(other)


def test_different_words_stay_different():
    words = [*word_list("ru"), *word_list("en")]
    assert len({alike(word) for word in words}) == len(words)


@given(st.sampled_from(word_list("ru")), st.data())
def test_a_word_of_a_code_is_read_from_any_keyboard(word, data):
    """A word's letters typed as another language of ours has them, however many."""
    typed = "".join(data.draw(st.sampled_from([letter, *MARKED.get(letter, "")])) for letter in word)
    (read_back,) = words_in(typed.replace("ӏ", "и"))
    assert place_of(read_back, "ru") == word_list("ru").index(word)


def test_places_and_states_are_found_however_they_are_typed():
    world = World.from_bytes(read("ways.bin"))
    assert world.find("İSTANBUL")[0] == world.find("ıstanbul")[0] == world.find("Istanbul")[0]
    assert world.known("TR:İSTANBUL") == world.known("TR:Istanbul") is not None
    assert world.known("ıst") == world.known("IST") is not None
    assert state_named("Қазақстан") == state_named("Казакстан") == "KZ"
    assert state_named("україна") == state_named("УКРАIНА") == "UA"
    assert state_named("საქართველო") == state_named("گرجستان") == state_named("GÜRCÜSTAN") == "GE"
    assert state_named("Mexiko") == ""

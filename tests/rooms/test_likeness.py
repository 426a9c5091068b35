"""Copies of a text are found, whatever was changed in them; what only sounds alike is not."""

import time
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kunak.intake.likeness import MOST_TEXTS, copies

FLOOD = "They came to our village at night and took three men, write to me where your house is"


def test_the_same_text_is_one_group_under_the_first() -> None:
    assert copies([("R-1", FLOOD), ("R-2", "x"), ("R-3", FLOOD), ("R-4", FLOOD)]) == {"R-1": ("R-3", "R-4")}


def test_case_points_a_number_and_a_changed_word_do_not_hide_a_copy() -> None:
    others = [
        FLOOD.upper(),
        FLOOD.replace(",", " –") + "!!!",
        FLOOD.replace("three", "five"),
        FLOOD + " 4711",
    ]
    found = copies([("R-0", FLOOD), *((f"R-{n}", text) for n, text in enumerate(others, 1))])
    assert found == {"R-0": ("R-1", "R-2", "R-3", "R-4")}


def test_letters_typed_for_one_another_are_the_same() -> None:
    palochka = "Тхан юьртахь кхо стаг вигна буьйсанна, гӀо оьшу суна"
    assert copies([("R-1", palochka), ("R-2", palochka.replace("Ӏ", "1"))]) == {"R-1": ("R-2",)}


def test_two_people_who_tell_of_the_same_thing_in_their_own_words_are_not_one() -> None:
    own = "At night men came into our village, three people are gone and we do not know where they are"
    assert copies([("R-1", FLOOD), ("R-2", own)]) == {}


def test_a_few_words_are_no_pattern() -> None:
    assert copies([("R-1", "help me please"), ("R-2", "help me please"), ("R-3", ""), ("R-4", "")]) == {}


def test_a_text_is_put_to_the_one_that_it_is_most_like() -> None:
    other = FLOOD.replace("three men", "my two brothers").replace("your house", "the lawyer")
    near = other + " now"
    assert copies([("R-1", FLOOD), ("R-2", other), ("R-3", near)]) == {"R-2": ("R-3",)}


@given(st.lists(st.text(max_size=60), max_size=30))
def test_every_request_is_in_one_group_at_most_and_in_the_order_given(texts) -> None:
    given_texts = [(f"R-{n:02}", text) for n, text in enumerate(texts)]
    found = copies(given_texts)
    named = [code for first, others in found.items() for code in (first, *others)]
    assert len(named) == len(set(named))
    for first, others in found.items():
        assert list((first, *others)) == sorted((first, *others))


def test_texts_made_to_be_alike_in_all_ways_take_no_longer() -> None:
    """Ten words in every order: each text shares most of its pairs with every other."""
    chance = Random(5)
    words = ["one", "two", "brother", "night", "taken", "house", "help", "write", "police", "gone"]
    texts = [(f"R-{n}", " ".join(chance.choices(words, k=300))) for n in range(MOST_TEXTS + 500)]
    begun = time.perf_counter()
    found = copies(texts)
    assert time.perf_counter() - begun < 10
    assert not any(code in found for code, _ in texts[MOST_TEXTS:])


def test_a_thousand_texts_are_gone_through_in_a_moment() -> None:
    chance = Random(5)
    words = [f"word{n}" for n in range(300)]
    texts = [(f"R-{n}", " ".join(chance.choices(words, k=40))) for n in range(500)]
    texts += [(f"F-{n}", FLOOD + f" {n}") for n in range(500)]
    begun = time.perf_counter()
    found = copies(texts)
    assert time.perf_counter() - begun < 3
    assert len(found["F-0"]) == 499

"""Return codes: two spellings, one thread; typing is forgiven where it cannot mislead."""

import hashlib
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.data.words import word_list
from kunak.exchange.codes import CodeNotRead, DigitsNotRight, ReturnCode, WordNotKnown
from kunak.exchange.mailbox import MailboxKeys

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "return_codes.json").read_text(encoding="utf-8")
)
codes = st.integers(0, 2**72 - 1).map(ReturnCode)
languages = st.sampled_from(["en", "ru"])


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda v: v["value"])
def test_the_spellings_of_a_code_are_frozen(vector):
    code = ReturnCode(int(vector["value"], 16))
    assert " ".join(code.words("en")) == vector["en"]
    assert " ".join(code.words("ru")) == vector["ru"]
    assert code.digits() == vector["digits"]
    assert (
        ReturnCode.read(vector["en"])
        == ReturnCode.read(vector["ru"])
        == ReturnCode.read(vector["digits"])
        == code
    )


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_word_lists_are_frozen(language):
    words = word_list(language)
    assert len(set(words)) == 4096
    assert hashlib.sha256("\n".join(words).encode()).hexdigest() == VECTORS["word_lists_sha256"][language]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_two_words_are_within_one_slip_of_the_finger(language):
    seen: dict[str, str] = {}
    for word in word_list(language):
        # Two words one slip apart share the word itself or the word with one letter gone.
        for form in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            assert seen.setdefault(form, word) == word, f"{word} and {seen[form]}"


@given(codes, languages)
@settings(max_examples=60)
def test_both_spellings_open_the_same_code(code, language):
    assert ReturnCode.read(code.digits()) == code
    assert ReturnCode.read(" · ".join(code.words(language))) == code


@given(codes, languages, st.sampled_from([" ", "-", " - ", "·", ", ", "\n", "\u00a0", " – "]), st.data())
@settings(max_examples=60)
def test_case_separators_and_yo_do_not_matter(code, language, separator, data):
    typed = separator.join(code.words(language))
    if language == "ru":
        typed = typed.replace("е", data.draw(st.sampled_from("её")))
    assert (
        ReturnCode.read(data.draw(st.sampled_from([typed, typed.upper(), typed.title(), f"  {typed}. "])))
        == code
    )


@pytest.mark.parametrize("i", ["I", "ı", "İ", "i"])
def test_dotted_and_dotless_i_are_one_letter(i):
    words = " ".join(ReturnCode(1).words("en"))
    assert "i" in words
    assert ReturnCode.read(words.replace("i", i)) == ReturnCode(1)


@given(codes)
@settings(max_examples=30)
def test_digits_may_be_of_any_script_and_in_any_groups(code):
    plain = code.digits().replace(" ", "")
    arabic = plain.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert ReturnCode.read(plain) == ReturnCode.read(arabic) == ReturnCode.read("-".join(plain)) == code


@given(codes, languages, st.integers(0, 2**32))
@settings(max_examples=80)
def test_one_wrong_letter_is_forgiven_or_named_but_never_taken_for_another_word(code, language, chance):
    rng = random.Random(chance)
    words = list(code.words(language))
    place = rng.randrange(6)
    words[place] = slip(words[place], rng, language)
    try:
        assert ReturnCode.read(" ".join(words)) == code
    except WordNotKnown as error:
        assert error.facts == {"number": place + 1}


def slip(word: str, rng: random.Random, language: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz" if language == "en" else "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    at = rng.randrange(len(word))
    kind = rng.choice(["wrong", "missing", "added", "swapped"])
    if kind == "swapped":
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    middle = {"wrong": rng.choice(letters), "missing": "", "added": word[at] + rng.choice(letters)}[kind]
    return word[:at] + middle + word[at + 1 :]


def test_most_slips_are_forgiven():
    rng = random.Random(7)
    forgiven = 0
    for _ in range(300):
        code = ReturnCode(rng.getrandbits(72))
        words = list(code.words("ru"))
        words[2] = slip(words[2], rng, "ru")
        try:
            forgiven += ReturnCode.read(" ".join(words)) == code
        except WordNotKnown:
            continue
    assert forgiven >= 285


@given(codes, st.integers(0, 23), st.integers(1, 9))
@settings(max_examples=60)
def test_one_wrong_digit_is_always_noticed(code, place, more):
    digits = list(code.digits().replace(" ", ""))
    digits[place] = str((int(digits[place]) + more) % 10)
    with pytest.raises(DigitsNotRight):
        ReturnCode.read("".join(digits))


@given(codes, st.integers(0, 22))
@settings(max_examples=60)
def test_two_digits_swapped_are_always_noticed(code, place):
    digits = list(code.digits().replace(" ", ""))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    if "".join(digits) == code.digits().replace(" ", ""):
        assert ReturnCode.read("".join(digits)) == code
    else:
        with pytest.raises(DigitsNotRight):
            ReturnCode.read("".join(digits))


def test_words_written_as_one_are_cut_where_there_is_one_way():
    code = ReturnCode(int(VECTORS["codes"][3]["value"], 16))
    assert ReturnCode.read("".join(code.words("ru"))) == code


@pytest.mark.parametrize(
    "typed", ["", "   ", "···", "river", "1234", "1" * 400, "слово " * 7, "a" * 5000, "🙂"]
)
def test_what_is_no_code_is_said_to_be_none(typed):
    with pytest.raises(CodeNotRead, match="6 words, or 24 digits"):
        ReturnCode.read(typed)


def test_a_code_shows_itself_in_no_traceback():
    assert repr(ReturnCode(12345)) == "ReturnCode(…)"
    keys = MailboxKeys.of(ReturnCode(12345), rounds=1)
    assert repr(keys) == "MailboxKeys()"


def test_codes_are_made_by_chance():
    assert len({ReturnCode.make().value for _ in range(100)}) == 100

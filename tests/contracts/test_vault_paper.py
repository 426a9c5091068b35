"""What is printed or read aloud: three spellings of one secret, read with patience."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.data.words import word_list
from kunak.errors import KunakError, Refused
from kunak.language import catalogue
from kunak.vault import paper, spelling
from kunak.vault.paper import RecoveryKit, TrusteeCard, kit_page
from kunak.vault.shares import Share, check_value, join_checked, split
from kunak.vault.spelling import (
    AnotherPaper,
    Kind,
    PaperDigitsNotRight,
    PaperNotRead,
    PaperNotRight,
    PaperWordsNotKnown,
    Spelled,
)

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "shares-v1.json").read_text(encoding="utf-8")
)
KIT = RecoveryKit(bytes(range(32)), b"office-is-16-by.")
CARD = TrusteeCard(b"set-of-8", 2, Share(3, bytes(range(100, 132))))
quick = settings(max_examples=50, deadline=None)
languages = st.sampled_from(["en", "ru"])


@st.composite
def spelled(draw: st.DrawFn) -> Spelled:
    kind = draw(st.sampled_from(Kind))
    return Spelled(kind, draw(st.binary(min_size=spelling.BYTES[kind], max_size=spelling.BYTES[kind])))


def digits_of(held: Spelled) -> str:
    return "".join(paper.spell_digits(*held))


# Frozen


@pytest.mark.parametrize("vector", FROZEN["papers"], ids=lambda vector: Kind(vector["kind"]).name)
def test_the_spellings_are_frozen_and_read_back(vector: dict[str, Any]) -> None:
    held = Spelled(Kind(vector["kind"]), bytes.fromhex(vector["secret"]))
    assert " ".join(paper.spell(*held, "en")) == vector["en"]
    assert " ".join(paper.spell(*held, "ru")) == vector["ru"]
    assert " ".join(paper.spell_digits(*held)) == vector["digits"]
    assert paper.qr_payload(*held) == vector["qr"]
    assert all(paper.read(vector[name]) == held for name in ("en", "ru", "digits", "qr"))


@pytest.mark.parametrize(("kind", "words", "groups"), [(1, 34, 41), (2, 30, 37), (3, 7, 9)])
def test_the_kinds_are_told_apart_by_their_length(kind: int, words: int, groups: int) -> None:
    assert (spelling.words_of(Kind(kind)), spelling.groups_of(Kind(kind))) == (words, groups)


# Reading


@given(spelled(), languages)
@quick
def test_every_spelling_gives_back_the_same(held: Spelled, language: str) -> None:
    assert paper.read(" ".join(paper.spell(*held, language))) == held
    assert paper.read(" ".join(paper.spell(*held, language)), language) == held
    assert paper.read(digits_of(held)) == held
    assert paper.read(paper.qr_payload(*held)) == paper.read_qr_payload(paper.qr_payload(*held)) == held


@given(spelled(), languages, st.sampled_from([" ", "-", "·", ", ", "\n", "\u00a0", " – "]), st.data())
@quick
def test_case_separators_and_yo_do_not_matter(
    held: Spelled, language: str, separator: str, data: st.DataObject
) -> None:
    typed = separator.join(paper.spell(*held, language))
    if language == "ru":
        typed = typed.replace("е", data.draw(st.sampled_from("её")))
    assert paper.read(data.draw(st.sampled_from([typed, typed.upper(), typed.title()]))) == held


@given(spelled(), languages, st.integers(0, 2**32))
@quick
def test_a_slip_in_every_word_is_forgiven_or_named_by_number(
    held: Spelled, language: str, chance: int
) -> None:
    rng = random.Random(chance)
    right = paper.spell(*held, language)
    words = [slip(word, rng) for word in right]
    try:
        assert paper.read(" ".join(words), language) == held
    except PaperWordsNotKnown as error:
        named = [int(number) for number in str(error.facts["numbers"]).split(", ")]
        assert all(words[number - 1] != right[number - 1] for number in named)
        assert not any(word in error.told() for word in words if len(word) > 4)


def slip(word: str, rng: random.Random) -> str:
    """Two neighbours swapped, or a letter missing or doubled."""
    at = rng.randrange(len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return rng.choice([swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])


def test_unknown_words_are_named_by_their_number_and_never_told() -> None:
    words = list(paper.spell(*KIT.held(), "ru"))
    words[4] = words[20] = "абракадабрище"
    with pytest.raises(PaperWordsNotKnown) as refused:
        paper.read(" ".join(words))
    assert refused.value.facts == {"numbers": "5, 21"}
    assert "абракадабрище" not in refused.value.told()


@given(spelled(), languages, st.data())
@settings(max_examples=100, deadline=None)
def test_another_word_of_the_list_does_not_pass(held: Spelled, language: str, data: st.DataObject) -> None:
    """But for one in 65,536 at most, which is by chance the right spelling of another secret."""
    words = list(paper.spell(*held, language))
    place = data.draw(st.integers(0, len(words) - 1))
    words[place] = data.draw(st.sampled_from(word_list(language)).filter(lambda word: word != words[place]))
    if not spells_another(words, language, held.kind):
        with pytest.raises(PaperNotRight, match="does not fit together"):
            paper.read(" ".join(words), language)


def spells_another(words: list[str], language: str, kind: Kind) -> bool:
    """Whether some secret is spelled like this."""
    number = 0
    for word in words:
        number = number << 12 | word_list(language).index(word)
    length = spelling.BYTES[kind]
    held = number >> (12 * len(words) - 4 - 8 * length) & (1 << 8 * length) - 1
    return list(paper.spell(kind, held.to_bytes(length, "big"), language)) == words


def test_two_words_that_changed_places_do_not_pass() -> None:
    words = list(paper.spell(*KIT.held(), "en"))
    words[3], words[11] = words[11], words[3]
    with pytest.raises(PaperNotRight):
        paper.read(" ".join(words))


@given(spelled(), st.data())
@quick
def test_one_wrong_digit_names_its_group(held: Spelled, data: st.DataObject) -> None:
    digits = digits_of(held)
    at = data.draw(st.integers(0, len(digits) - 1))
    wrong = str((int(digits[at]) + data.draw(st.integers(1, 9))) % 10)
    with pytest.raises(PaperDigitsNotRight) as refused:
        paper.read(digits[:at] + wrong + digits[at + 1 :])
    assert refused.value.facts == {"numbers": str(at // 4 + 1)}


@given(spelled(), st.data())
@quick
def test_two_neighbours_swapped_in_a_group_are_named(held: Spelled, data: st.DataObject) -> None:
    digits = digits_of(held)
    group, within = data.draw(st.integers(0, len(digits) // 4 - 1)), data.draw(st.integers(0, 2))
    at = 4 * group + within
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    if swapped == digits:
        assert paper.read(swapped) == held
    else:
        with pytest.raises(PaperDigitsNotRight) as refused:
            paper.read(swapped)
        assert refused.value.facts == {"numbers": str(group + 1)}


def test_digits_of_other_scripts_and_any_groups_are_read() -> None:
    plain = digits_of(KIT.held())
    arabic = plain.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert paper.read(arabic) == paper.read("-".join(plain)) == paper.read(f" {plain}. ") == KIT.held()


def test_right_groups_of_wrong_digits_do_not_pass() -> None:
    group = "000" + str(spelling._damm("000", 0))
    groups = [group, *paper.spell_digits(*KIT.held())[1:]]
    with pytest.raises(PaperNotRight):
        paper.read(" ".join(groups))
    largest = ["999" + str(spelling._damm("999", at)) for at in range(9)]
    with pytest.raises(PaperNotRight):
        paper.read(" ".join(largest))  # more than 84 bits


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "···",
        "river",
        "1234",
        "1" * 400,
        "слово " * 8,
        "a" * 5000,
        "🙂",
        "R1",
        "R1ABC",
        "x1",
        "²" * 36,
    ],
)
def test_what_is_not_whole_is_said_to_be_so(typed: str) -> None:
    with pytest.raises(PaperNotRead, match=r"34, a trustee's card 30, a joining code 7; .* 41, 37 and 9"):
        paper.read(typed)


def test_a_qr_code_is_read_in_any_case_and_broken_in_lines() -> None:
    held = paper.qr_payload(*CARD.held())
    assert paper.read(held.lower()) == CARD.held()
    assert paper.read(f" {held[:30]}\n{held[30:]} ") == CARD.held()


def test_a_qr_code_with_a_wrong_letter_or_of_another_kind_does_not_pass() -> None:
    held = paper.qr_payload(*CARD.held())
    for at in range(2, len(held)):
        wrong = held[:at] + ("A" if held[at] != "A" else "B") + held[at + 1 :]
        with pytest.raises(PaperNotRight):
            paper.read_qr_payload(wrong)
    with pytest.raises(PaperNotRead):
        paper.read_qr_payload("R" + held[1:])


@given(st.text(max_size=60) | st.from_regex(r"[RTJ]1[A-Z2-7]{0,90}|([a-z]{3,9} ){7}|\d{36}", fullmatch=True))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_it_is_read_or_refused(typed: str) -> None:
    try:
        assert paper.read(typed).kind in Kind
    except KunakError as error:
        assert isinstance(error, Refused)


# Kits, cards, codes


@pytest.mark.parametrize(
    "spell", [lambda h: " ".join(paper.spell(*h, "ru")), digits_of, lambda h: paper.qr_payload(*h)]
)
def test_a_kit_and_a_card_come_back_from_each_spelling(spell: Callable[[Spelled], str]) -> None:
    assert RecoveryKit.read(spell(KIT.held())) == KIT
    assert TrusteeCard.read(spell(CARD.held())) == CARD


def test_one_sort_of_paper_is_never_taken_for_another() -> None:
    code = Spelled(Kind.JOINING, paper.new_joining_code())
    kit, card, joining = (" ".join(paper.spell(*held, "en")) for held in (KIT.held(), CARD.held(), code))
    assert paper.read_as(Kind.JOINING, joining) == code.secret
    for read, typed in (
        (RecoveryKit.read, card),
        (RecoveryKit.read, joining),
        (TrusteeCard.read, kit),
        (lambda typed: paper.read_as(Kind.JOINING, typed), kit),
    ):
        with pytest.raises(AnotherPaper):
            read(typed)


@pytest.mark.parametrize("at", [(1, 3), (2, 0)], ids=["one card needed", "the place of the secret"])
def test_a_card_that_could_be_no_share_is_refused(at: tuple[int, int]) -> None:
    held = TrusteeCard(b"set-of-8", at[0], Share(at[1], bytes(32))).held()
    with pytest.raises(PaperNotRight):
        TrusteeCard.read(digits_of(held))


def test_cards_read_from_paper_open_what_was_shared() -> None:
    secret = bytes(range(32))
    check = check_value(secret, b"succession")
    cards = [TrusteeCard(b"set-of-8", 3, share).held() for share in split(secret, 3, 5)]
    by_words = TrusteeCard.read(" ".join(paper.spell(*cards[0], "ru")))
    by_digits = TrusteeCard.read(digits_of(cards[2]))
    by_qr = TrusteeCard.read(paper.qr_payload(*cards[4]))
    held = [by_words.share, by_digits.share, by_qr.share]
    assert join_checked(held, by_words.threshold, check, b"succession") == secret


def test_another_length_is_never_spelled() -> None:
    with pytest.raises(ValueError, match="JOINING has 8 bytes"):
        paper.spell(Kind.JOINING, b"seven..", "en")
    assert paper.spell(*KIT.held(), "tg") == paper.spell(*KIT.held(), "en")  # no list of words: English


def test_secrets_are_made_by_chance_and_shown_in_no_traceback() -> None:
    assert len({paper.new_joining_code() for _ in range(100)}) == 100
    assert len({RecoveryKit.new(b"o" * 32) for _ in range(100)}) == 100
    assert RecoveryKit.new(b"o" * 32).office == b"o" * 16
    assert repr(KIT) == "RecoveryKit(…)"
    assert repr(KIT.held()) == "Spelled(RECOVERY, …)"
    assert "x=3, …" in repr(CARD)


# The page


def test_a_qr_code_is_one_plain_svg_element() -> None:
    drawn = ElementTree.fromstring(paper.qr_svg(paper.qr_payload(*KIT.held())))
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert not any("style" in part.attrib for part in drawn.iter())
    assert paper.qr_svg(b"\0\xff") != paper.qr_svg(b"\0\xfe")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("held", [KIT, CARD], ids=["kit", "card"])
def test_a_page_holds_all_three_spellings_and_nothing_from_outside(
    held: RecoveryKit | TrusteeCard, language: str
) -> None:
    page = kit_page(held, language=language, say=catalogue(language).gettext, corner="K<17>")
    words, digits = paper.spell(*held.held(), language), paper.spell_digits(*held.held())
    assert re.findall(r"</span>(\w+)</li>", page) == [*words, *digits]
    assert paper.qr_svg(paper.qr_payload(*held.held())) in page
    assert f'<html lang="{language}">' in page
    assert "K&lt;17&gt;" in page
    outside = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"<script|\bsrc=|\bhref=|https?:|url\(|@import|\bon\w+=|style=", outside)
    assert "default-src 'none'" in page


def test_a_page_is_in_one_language() -> None:
    for held in (KIT, CARD):
        page = kit_page(held, language="ru", say=catalogue("ru").gettext)
        text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
        assert not re.search("[A-Za-z]", text)


def test_a_card_says_how_many_are_needed_and_which_it_is() -> None:
    page = kit_page(CARD, language="en", say=catalogue("en").gettext)
    assert "Number of this card: 3" in page
    assert "Cards that are needed together: 2" in page


def test_the_style_of_a_page_can_be_allowed_by_its_hash() -> None:
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", paper.STYLE_SOURCE)

"""The sheets as they lie on the table: what stands on them, in which languages, and what they do not tell."""

import re
import zlib
from itertools import combinations

import pypdfium2
import pytest

from kunak.exchange import ReturnCode
from kunak.exchange.paper import (
    LANGUAGES,
    DocumentsMissing,
    LettersMissing,
    TwoLanguages,
    card,
    form,
    setting,
)
from kunak.exchange.paper.card import cards
from kunak.exchange.paper.form import sheets
from kunak.exchange.relay.words import ANSWERS, QUESTIONS
from kunak.intake.form import BY_KEY, CONTACT_QUESTIONS
from kunak.intake.form import QUESTIONS as F1
from kunak.language import told

CODE = ReturnCode(987654321987654321987)
PAIRS = [("en", "ru"), ("ru", "en"), ("ru", "ka"), ("fa", "en"), ("ce", "ru"), ("tr", "fr"), ("tg", "uz")]


def pages(sheet: bytes) -> list[str]:
    """What each page says, spaces as one."""
    document = pypdfium2.PdfDocument(sheet)
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_bounded()) for page in document]


def opened(sheet: bytes) -> bytes:
    """All bytes of a PDF, its compressed parts unpacked beside them."""
    parts = [sheet]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", sheet, re.S):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(parts)


@pytest.mark.parametrize("languages", PAIRS, ids=",".join)
def test_the_form_is_two_sheets_of_a4_in_any_two_languages(languages: tuple[str, str]) -> None:
    document = pypdfium2.PdfDocument(form(languages))
    assert [tuple(round(side) for side in page.get_size()) for page in document] == [(595, 842)] * 2


def test_all_of_f1_and_the_short_f2_stand_on_it_in_both_languages() -> None:
    first, second = pages(form(("en", "ru")))
    for question in F1:
        for language in ("en", "ru"):
            assert told(language, QUESTIONS[question.key]).text in first
    for question in CONTACT_QUESTIONS:
        if not question.key.endswith(("_from", "_to")):
            assert told("ru", QUESTIONS[question.key]).text in second
    assert "When must we never write or call?" in second


def test_each_answer_stands_beside_its_digit_and_a_box() -> None:
    shown = sheets(("en", "ru"))
    asked = {q["label"][0]["text"]: q for q in (*shown["first"], *shown["contact"], *shown["last"])}
    for key in ("safe_now", "danger", "who", "needs", "under_18", "answer_how", "contact_seen_by"):
        answers = [[line["text"] for line in answer] for answer in asked[QUESTIONS[key]]["answers"]]
        options = BY_KEY[key].options
        assert answers == [[told(one, ANSWERS[key][code]).text for one in ("en", "ru")] for code in options]


def test_how_a_person_is_reached_stands_on_the_second_sheet_alone() -> None:
    first, second = pages(form(("en", "ru")))
    address = QUESTIONS["contact_address"]
    assert address in second
    assert address not in first


def test_one_language_alone_stands_there_once() -> None:
    first, _ = pages(form(("ru",)))
    assert first.count(told("ru", QUESTIONS["safe_now"]).text) == 1
    assert "Is it safe" not in first


def test_persian_runs_from_right_to_left() -> None:
    lines = setting.said(QUESTIONS["safe_now"], ("fa", "en"))
    by_language = {line["lang"]: line["dir"] for line in lines}
    assert by_language["en"] == "ltr"
    assert by_language.get("fa", "rtl") == "rtl"


@pytest.mark.parametrize("languages", [(), ("en", "ru", "ka"), ("xx",), ("en", "../ru")])
def test_other_than_one_or_two_of_ours_is_refused(languages: tuple[str, ...]) -> None:
    with pytest.raises(TwoLanguages):
        form(languages)


def test_ten_cards_have_boxes_and_no_digit() -> None:
    (page,) = pages(card(("en", "ru"), address="notes.example/k"))
    assert page.count("Card number") == 10
    assert page.count("notes.example/k") == 10
    assert not re.search(r"\d", page)


def test_a_code_stands_on_one_card_in_groups_of_four() -> None:
    (page,) = pages(card(("en", "ru"), code=CODE))
    assert "".join(re.findall(r"\d", page)) == CODE.digits().replace(" ", "")
    assert page.count("Card number") == 1
    assert cards(("en",), "", CODE)["groups"] == CODE.digits().split()


def test_an_onion_address_fits_on_the_card() -> None:
    onion = f"http://{'k' * 56}.onion"
    (page,) = pages(card(("en",), address=onion, code=CODE))
    assert onion in page.replace(" ", "")


def test_an_address_is_shown_as_it_is_and_never_as_markup() -> None:
    strange = '#panic("x") *b* _i_ $x$ @a <b> \\u{41}'
    (page,) = pages(card(("en",), address=strange, code=CODE))
    assert strange in page


@pytest.mark.parametrize("sheet", [form(("en", "ru")), card(("en", "ru"), code=CODE)], ids=["form", "card"])
def test_a_sheet_says_nothing_of_itself(sheet: bytes) -> None:
    held = opened(sheet)
    keys = (b"/Author", b"/Producer", b"/Keywords", b"/Subject", b"/CreationDate", b"/ModDate", b"CreateDate",
            b"ModifyDate", b"dc:creator")  # fmt: skip
    for telling in (*keys, b"ypst", b"unak", b"/tmp", b"/home", b"/work"):
        assert telling not in held, telling
    assert not re.search(rb"20\d\d-\d\d|D:20\d\d", held)
    assert re.findall(rb"/Title\s*\(([^)]*)\)", held) == [b"Sheet"]


def test_the_same_sheet_made_twice_is_the_same() -> None:
    assert form(("en", "ru")) == form(("en", "ru"))


def test_a_sheet_can_be_read_aloud() -> None:
    held = opened(form(("en", "ru")))
    for needed in (b"/StructTreeRoot", b"/MarkInfo", b"<pdfuaid:part>1<", b"/Lang"):
        assert needed in held, needed


def test_letters_that_no_font_has_are_an_error_and_no_empty_boxes() -> None:
    with pytest.raises(LettersMissing) as caught:
        card(("en",), address="\U00012000")
    assert caught.value.__cause__ is None
    assert "\U00012000" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(DocumentsMissing) as caught:
        form(("en",))
    assert "kunak[documents]" in caught.value.hint


def test_every_language_has_its_letters_on_this_machine() -> None:
    for one, other in combinations(LANGUAGES[:4], 2):
        assert form((one, other))
    for language in LANGUAGES:
        assert form((language,))

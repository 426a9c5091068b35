"""F1 and the short form of F2, as people fill them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kunak.intake.form import (
    BY_KEY,
    CONTACT_QUESTIONS,
    MAX_TEXT,
    NOT_ANSWERS,
    QUESTIONS,
    REGIONS,
    AnswerNeeded,
    AnswerNotOffered,
    ContactUnfinished,
    OneAnswerOnly,
    TextTooLong,
    clean_text,
    offered,
    parse,
)

SAFE = {"safe_now": ["yes"]}
CONTACT = {
    "answer_how": ["contact_me"],
    "contact_channel": ["email"],
    "contact_address": ["river@example.org"],
}


def test_there_are_eight_questions_and_only_the_first_must_be_answered() -> None:
    assert len(QUESTIONS) == 8
    assert [q.skippable for q in QUESTIONS] == [False, *[True] * 7]


def test_one_answer_is_enough() -> None:
    answers = parse(SAFE)
    assert answers.safe_now == "yes"
    assert answers.text == ""
    assert answers.contact is None


def test_without_the_first_answer_nothing_is_taken_and_the_sentence_says_what_to_do() -> None:
    with pytest.raises(AnswerNeeded) as refused:
        parse({"danger": ["now"]})
    assert "safe_now" in refused.value.sentence()
    assert "yes, not_sure, no" in refused.value.advice()


@pytest.mark.parametrize("value", NOT_ANSWERS)
def test_the_first_question_takes_no_way_around(value: str) -> None:
    with pytest.raises(AnswerNeeded):
        parse({"safe_now": [value]})


def test_skipped_unknown_and_never_asked_are_three_different_things() -> None:
    answers = parse({**SAFE, "region": ["unknown"]}, asked=["safe_now", "danger", "region"])
    assert (answers.danger, answers.region, answers.who) == ("declined", "unknown", "not_asked")


@given(st.data())
def test_whatever_is_offered_is_taken(data: st.DataObject) -> None:
    ticked = {q.key: [data.draw(st.sampled_from((*q.options, *NOT_ANSWERS)))] for q in QUESTIONS[1:]}
    ticked["answer_how"] = ["come_back"]
    answers = parse({**SAFE, **ticked})
    for question in QUESTIONS[1:]:
        if not question.multiple:
            assert getattr(answers, question.key) == ticked[question.key][0]


@given(st.sampled_from([q.key for q in QUESTIONS]), st.text(min_size=1, max_size=12))
def test_whatever_is_not_offered_is_refused_by_name(key: str, value: str) -> None:
    clean = clean_text(value)
    if not clean or clean in BY_KEY[key].options or clean in NOT_ANSWERS:
        return
    with pytest.raises(AnswerNotOffered) as refused:
        parse({**SAFE, key: [value]})
    assert set(refused.value.facts) == {"question", "accepted"}  # never what was written
    assert refused.value.facts["question"] == key


def test_one_question_takes_one_answer_but_needs_takes_several_each_once() -> None:
    with pytest.raises(OneAnswerOnly):
        parse({**SAFE, "danger": ["now", "no"]})
    assert parse({**SAFE, "needs": ["papers", "leave", "papers"]}).needs == ("leave", "papers")
    with pytest.raises(AnswerNotOffered):
        parse({**SAFE, "needs": ["leave", "a passport"]})


def test_what_belongs_to_no_question_is_not_kept() -> None:
    assert parse({**SAFE, "user_agent": ["x"], "csrf": ["y"]}) == parse(SAFE)


def test_the_free_box_has_a_limit() -> None:
    assert parse({**SAFE, "text": ["a" * MAX_TEXT]}).text == "a" * MAX_TEXT
    with pytest.raises(TextTooLong):
        parse({**SAFE, "text": ["a" * (MAX_TEXT + 1)]})


def test_text_keeps_its_letters_and_loses_what_is_none() -> None:
    assert clean_text("  Ӏ ёж\r\nй\x00\x07\ud800 ") == "Ӏ ёж\nй"


@given(st.text())
def test_cleaning_twice_changes_nothing_and_always_gives_writable_text(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode("utf-8")


def test_the_short_form_is_read_only_for_who_wants_to_be_written_to() -> None:
    contact = {**CONTACT, "answer_how": ["come_back"]}
    assert parse({**SAFE, **contact}).contact is None


def test_the_short_form_takes_hours_and_the_time_of_the_region() -> None:
    hours = {"contact_from": ["13"], "contact_to": ["15"], "never_from": ["20"], "never_to": ["08"]}
    contact = parse({**SAFE, **CONTACT, **hours, "contact_days": ["thu"], "region": ["tajikistan"]}).contact
    assert contact is not None
    assert (contact.hours, contact.never, contact.days) == ((13, 15), (20, 8), ("thu",))
    assert contact.utc_offset_minutes == REGIONS["tajikistan"] == 300


def test_the_offset_that_the_person_names_beats_that_of_the_region() -> None:
    contact = parse({**SAFE, **CONTACT, "utc_offset_minutes": ["240"], "region": ["chechnya"]}).contact
    assert contact is not None and contact.utc_offset_minutes == 240


def test_a_region_of_several_time_zones_gives_none() -> None:
    contact = parse({**SAFE, **CONTACT, "region": ["russia_siberia"]}).contact
    assert contact is not None and contact.utc_offset_minutes is None


@pytest.mark.parametrize("missing", ["contact_channel", "contact_address"])
def test_who_wants_to_be_written_to_says_how(missing: str) -> None:
    with pytest.raises(ContactUnfinished) as refused:
        parse({**SAFE, **{k: v for k, v in CONTACT.items() if k != missing}})
    assert missing in str(refused.value)


@pytest.mark.parametrize("hour", ["00", "13", "24"])
def test_one_hour_twice_is_refused_because_it_could_mean_all_day_or_no_minute(hour: str) -> None:
    with pytest.raises(ContactUnfinished):
        parse({**SAFE, **CONTACT, "contact_from": [hour], "contact_to": [hour]})


@pytest.mark.parametrize("half", ["contact_from", "contact_to", "never_from", "never_to"])
def test_half_a_window_is_refused(half: str) -> None:
    with pytest.raises(ContactUnfinished):
        parse({**SAFE, **CONTACT, half: ["10"]})


def test_nothing_asks_for_what_kunak_refuses() -> None:
    asked = " ".join((*BY_KEY, *(o for q in BY_KEY.values() for o in q.options)))
    for word in ("orientation", "gender", "religion", "clan", "hiv", "name", "birth", "nationality"):
        assert word not in asked


def test_the_short_form_offers_no_channel_that_is_the_return_code_itself() -> None:
    assert "web_code" not in CONTACT_QUESTIONS[0].options


@given(st.text())
def test_what_comes_from_outside_is_a_code_of_the_list_or_unknown(value: str) -> None:
    assert offered("danger", value) in (*BY_KEY["danger"].options, *NOT_ANSWERS)

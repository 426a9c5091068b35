"""A partner's file: what is read of it, what never is, what is said of a row that was not, and nothing twice."""

import io
import json
import sys
from contextlib import suppress
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from kunak.errors import Refused
from kunak.exchange.paper import DocumentsMissing
from kunak.exchange.partners import columns, read
from kunak.exchange.partners.reading import RowSaysNothing
from kunak.exchange.partners.tables import (
    MOST_BYTES,
    MOST_ROWS,
    PartnerFileEmpty,
    PartnerFileIsSpreadsheet,
    PartnerFileNotRead,
    PartnerFileTooLarge,
)
from kunak.exchange.partners.template import schema, template
from kunak.exchange.partners.xlsform import sheets, xlsform
from kunak.exchange.relay.words import ANSWERS
from kunak.exchange.relay.words import QUESTIONS as LABELS
from kunak.intake.form import BY_KEY, CONTACT_QUESTIONS, FREE_TEXT, QUESTIONS, AnswerNotOffered
from kunak.language import told

WHOLE = {
    "safe_now": "no", "danger": "now", "who": "someone_who_knows", "region": "dagestan",
    "needs": ["leave", "lawyer"], "under_18": "no", "answer_how": "contact_me", "language": "ru",
    "text": "They talk about Friday.",
    "contact": {
        "contact_channel": "call", "contact_address": "+000 0000", "contact_seen_by": "nobody",
        "contact_days": ["mon"], "contact_from": "13", "contact_to": "15", "never_from": "18", "never_to": "23",
        "wrong_person": "hang_up",
    },
    "hearing_source": "partner",
}  # fmt: skip


def of_json(*requests: dict) -> bytes:
    return json.dumps({"format": "first-questions/1", "requests": list(requests)}).encode()


def of_csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def the_row(content: bytes):
    (row,) = read(content).rows
    return row


def test_every_answer_of_the_template_is_read():
    row = the_row(of_json(WHOLE))
    told_us = row.answers
    for key in ("safe_now", "danger", "who", "region", "under_18", "answer_how", "language", "text"):
        assert getattr(told_us, key) == WHOLE[key]
    assert told_us.needs == ("leave", "lawyer")
    assert (told_us.contact.channel, told_us.contact.address) == ("call", "+000 0000")
    assert (told_us.contact.days, told_us.contact.hours, told_us.contact.never) == (
        ("mon",),
        (13, 15),
        (18, 23),
    )
    assert row.level == "P0"


def test_the_blank_template_fits_its_own_schema_and_holds_no_request():
    jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(template()))
    with pytest.raises(PartnerFileEmpty):
        read(template())


def test_a_filled_template_fits_and_its_blanks_are_no_requests():
    filled = json.loads(template(3))
    filled["requests"][1] |= WHOLE
    jsonschema.Draft202012Validator(json.loads(schema())).validate(filled)
    assert the_row(json.dumps(filled).encode()).number == 2


@pytest.mark.parametrize(
    "wrong", [{"danger": "soon"}, {"orientation": "x"}, {"name": "x"}, {"needs": ["visa"]}]
)
def test_the_schema_lets_nothing_else_in(wrong):
    filled = json.loads(template(1))
    filled["requests"][0] |= wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(schema())).validate(filled)


def test_the_schema_says_each_answer_in_english_and_russian():
    asked = json.loads(schema())["properties"]["requests"]["items"]["properties"]
    assert {"const": "now", "title": "Right now / Прямо сейчас"} in asked["danger"]["oneOf"]
    assert set(asked) == {*(q.key for q in (*QUESTIONS, FREE_TEXT)), "contact", "hearing_source"}
    assert set(asked["contact"]["properties"]) == {q.key for q in CONTACT_QUESTIONS}


KOBO_CSV = (
    "_id;_uuid;_submission_time;deviceid;safe_now;danger;who;region;needs;needs/leave;needs/lawyer;needs/doctor;"
    "answer_how;language;text;contact/contact_channel;contact/contact_address;contact/contact_days",
    "1;11111111-2222-3333-4444-555555555555;2031-04-09T10:00:00;x;yes;within_days;me;dagestan;leave lawyer;1;1;0;"
    "contact_me;ru;They talk about Friday.;call;+000 0000;mon tue",
)
ODK_CSV = (
    "SubmissionDate,safe_now,danger,needs,answer_how,contact-contact_channel,contact-contact_address,"
    "meta-instanceID,KEY",
    "2031-04-09T10:00:00Z,yes,within_days,leave lawyer,contact_me,call,+000 0000,"
    "uuid:1111-2222-3333,uuid:1111-2222-3333",
)
KOBO_JSON = {
    "count": 1,
    "results": [
        {
            "_uuid": "11111111-2222-3333-4444-555555555555", "_geolocation": [None, None], "safe_now": "yes",
            "danger": "within_days", "needs": "leave lawyer", "answer_how": "contact_me",
            "contact/contact_channel": "call", "contact/contact_address": "+000 0000", "_attachments": [],
        }
    ],
}  # fmt: skip
ODATA_JSON = {
    "value": [
        {
            "__id": "uuid:11111111-2222-3333", "safe_now": "yes", "danger": "within_days", "needs": "leave lawyer",
            "answer_how": "contact_me", "contact": {"contact_channel": "call", "contact_address": "+000 0000"},
            "__system": {"submitterName": "x", "deviceId": "y"}, "meta": {"instanceID": "uuid:11111111-2222-3333"},
        }
    ]
}  # fmt: skip
EXPORTS = {
    "KoBo CSV": of_csv(*KOBO_CSV), "ODK CSV": of_csv(*ODK_CSV), "KoBo JSON": json.dumps(KOBO_JSON).encode(),
    "OData JSON": json.dumps(ODATA_JSON).encode(),
}  # fmt: skip


@pytest.mark.parametrize("content", EXPORTS.values(), ids=EXPORTS)
def test_what_collecting_tools_export_is_read(content):
    row = the_row(content)
    told_us = row.answers
    assert (told_us.safe_now, told_us.danger, told_us.needs) == ("yes", "within_days", ("leave", "lawyer"))
    assert (told_us.contact.channel, told_us.contact.address) == ("call", "+000 0000")
    assert told_us.under_18 == "not_asked"


@pytest.mark.parametrize("language", ["en", "ru", "ka", "uk"])
def test_our_words_in_any_language_are_as_good_as_codes(language):
    says = {key: told(language, LABELS[key]).text for key in ("safe_now", "danger", "needs")}

    def said(key, code):
        return told(language, ANSWERS[key][code]).text

    needs = f"{said('needs', 'leave')}, {said('needs', 'lawyer')}"
    content = json.dumps(
        [
            {
                says["safe_now"]: said("safe_now", "no"),
                says["danger"]: said("danger", "now"),
                says["needs"]: needs,
            }
        ]
    )
    told_us = the_row(content.encode()).answers
    assert (told_us.safe_now, told_us.danger, told_us.needs) == ("no", "now", ("leave", "lawyer"))


@pytest.mark.parametrize(("said", "hour"), [("9", 9), ("09", 9), ("9:00", 9), ("13:00", 13)])
def test_hours_are_read_as_people_write_them(said, hour):
    contact = {**WHOLE["contact"], "contact_from": said, "contact_to": "20"}
    assert the_row(of_json({**WHOLE, "contact": contact})).answers.contact.hours == (hour, 20)


@pytest.mark.parametrize(("said", "minutes"), [("180", 180), ("+3:00", 180), ("UTC+3", 180), ("-2:30", -150)])
def test_clocks_are_read_as_people_write_them(said, minutes):
    contact = {**WHOLE["contact"], "utc_offset_minutes": said}
    assert the_row(of_json({**WHOLE, "contact": contact})).answers.contact.utc_offset_minutes == minutes


def test_the_most_urgent_come_first():
    found = read(
        of_csv("safe_now,danger", "yes,no", "yes,within_hours", "no,no", "yes,now", "yes,within_days")
    )
    assert [(row.level, row.number) for row in found.rows] == [
        ("P0", 5),
        ("P1", 3),
        ("P1", 4),
        ("P2", 6),
        ("P3", 2),
    ]


def test_a_bad_row_is_named_by_number_and_question_and_the_good_ones_are_read():
    found = read(of_csv("safe_now,danger,text", "yes,secretword,x", "no,now,y", "yes,now,z" + "z" * 2001))
    assert [row.number for row in found.rows] == [3]
    assert [(row.number, row.urgent) for row in found.bad] == [(4, True), (2, False)]
    for row in found.bad:
        said = row.problem.sentence(str) + row.problem.advice(str)
        assert "secretword" not in said and "zzz" not in said
    assert "danger" in found.bad[1].problem.sentence(str)


def test_a_partner_who_could_not_ask_leaves_the_first_question_unknown():
    assert the_row(of_csv("danger", "now")).answers.safe_now == "unknown"


FORBIDDEN = [
    ("sexual_orientation", "orientation"), ("Сексуальная ориентация", "orientation"), ("LGBT?", "orientation"),
    ("gender identity", "gender"), ("Пол", "gender"), ("HIV status", "health"), ("ВИЧ-статус", "health"),
    ("диагноз", "health"), ("group/diagnosis", "health"), ("sex work", "gender"), ("Religion", "religion"),
    ("вероисповедание", "religion"), ("teip", "clan"), ("Тейп / род", "clan"), ("clanName", "clan"),
    ("Национальность", "ethnicity"), ("ethnicity", "ethnicity"), ("political party", "party"), ("Партия", "party"),
    ("photo", "photograph"), ("Скан паспорта", "photograph"), ("bank account", "bank"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "kind"), FORBIDDEN)
def test_columns_of_kinds_that_are_never_kept_are_refused_by_name(column, kind):
    found = read(json.dumps([{"safe_now": "no", column: "canaryvalue"}]).encode())
    assert [name for name, _ in found.refused] == [column]
    assert columns.kinds_in(column)[0] == found.refused[0][1]
    assert kind in columns.kinds_in(column)
    assert "canaryvalue" not in repr((found.rows[0].answers, found.rows[0].reach, found))


@pytest.mark.parametrize("key", [*BY_KEY, "hearing_source"])
def test_no_question_of_ours_is_taken_for_one_of_those(key):
    assert columns.question_of(key) == key
    for language in ("en", "ru"):
        label = told(language, LABELS[key]).text if key in LABELS else key
        assert columns.question_of(label) == key or key in ("never_to", "contact_to")


def test_words_that_tell_of_such_kinds_are_kept_and_the_worker_is_warned():
    row = the_row(of_json({"safe_now": "no", "text": "They found my HIV medicine."}))
    assert row.answers.text == "They found my HIV medicine."
    assert row.tells == ("health",)


def test_names_and_numbers_go_into_safe_contact_and_nowhere_else():
    row = the_row(of_csv("safe_now,phone,Имя,text", "no,+000 1111,Zarema,they come"))
    assert "Zarema" not in repr(row.answers) and "1111" not in repr(row.answers)
    assert row.answers.contact is None  # they have not said that we may
    assert (row.reach.channel, row.reach.address) == ("call", "+000 1111 (Zarema)")


def test_a_name_with_no_way_to_reach_anyone_is_left_out_and_said_to_be():
    row = the_row(of_csv("safe_now,name", "no,Zarema"))
    assert row.name_left_out
    assert "Zarema" not in repr((row.answers, row.reach))


def test_what_a_tool_knows_of_the_partners_own_phone_is_not_taken_for_the_persons():
    row = the_row(of_csv("safe_now,phonenumber,username,deviceid", "no,+000 2222,worker,imei"))
    assert row.reach is None
    assert not row.name_left_out


def test_what_is_of_nobody_is_left_unread_and_named():
    assert read(of_csv("safe_now,weather", "no,rain")).unread == ("weather",)


def test_a_row_that_answers_nothing_of_ours_is_not_read():
    (bad,) = read(of_csv("weather,x", "rain,1")).bad
    assert isinstance(bad.problem, RowSaysNothing)


def test_the_same_file_gives_the_same_rows_and_so_does_one_that_was_only_laid_out_anew():
    once, again = read(of_json(WHOLE, {"safe_now": "no"})), read(of_json(WHOLE, {"safe_now": "no"}))
    assert [row.same for row in once.rows] == [row.same for row in again.rows]
    spaced = json.dumps(json.loads(of_json(WHOLE, {"safe_now": "no"})), indent=4).encode()
    assert [row.same for row in once.rows] == [row.same for row in read(spaced).rows]


def test_two_people_who_answered_alike_are_two():
    found = read(of_csv("safe_now,danger", "no,now", "no,now"))
    assert len({row.same for row in found.rows}) == 2
    other = read(of_csv("safe_now,danger", "no,now", "yes,no"))
    assert found.rows[0].same != other.rows[0].same  # in another file they may be somebody else


def test_an_export_that_has_grown_doubles_nobody():
    less, more = (
        read(of_csv(*KOBO_CSV)),
        read(of_csv(*KOBO_CSV, "2;other-uuid-of-24-letters;;;no" + ";" * 13)),
    )
    assert less.rows[0].same in {row.same for row in more.rows}
    assert len(more.rows) == 2


def test_a_row_that_was_changed_is_read_as_another():
    less, more = read(of_csv(*KOBO_CSV)), read(of_csv(KOBO_CSV[0], KOBO_CSV[1].replace("within_days", "now")))
    assert less.rows[0].same != more.rows[0].same


def test_a_person_with_words_of_their_own_is_the_same_in_a_corrected_file():
    less, more = read(of_json(WHOLE)), read(of_json({"safe_now": "no"}, WHOLE))
    assert less.rows[0].same in {row.same for row in more.rows}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", PartnerFileNotRead), (b"\n\n", PartnerFileNotRead), (b"\xff\xfe\x00x", PartnerFileNotRead),
        (b"{", PartnerFileNotRead), (b'{"requests": [1]}', PartnerFileNotRead),
        (b"[" * 100_000, PartnerFileNotRead), (b'a,b\n"x', PartnerFileNotRead),
        (b"a,b\n1\x00,2", PartnerFileNotRead), (b"safe_now,danger\n", PartnerFileEmpty),
        (b"[]", PartnerFileEmpty), (b"PK\x03\x04 and so on", PartnerFileIsSpreadsheet),
        (b"x" * (MOST_BYTES + 1), PartnerFileTooLarge),
        (b"safe_now\n" + b"no\n" * (MOST_ROWS + 1), PartnerFileTooLarge),
        ("safe_now,text\nno,\u043d\u0435\u0442".encode("cp1251"), PartnerFileNotRead),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_by_name(content, error):
    with pytest.raises(error):
        read(content)


@settings(deadline=None)  # the first reads the catalogues
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_at_all_makes_it_stumble(content):
    with suppress(Refused):
        read(content)


_CELL = st.text(max_size=12) | st.sampled_from(["now", "no", "leave lawyer", "+3", "99", "ё", '"', "a;b"])
_ANY = _CELL | st.lists(_CELL, max_size=3) | st.booleans() | st.none()
_NAME = st.sampled_from([*BY_KEY, "needs/leave", "phone", "name", "religion", "_uuid", "x", "contact/needs"])


@settings(deadline=None)  # the first reads the catalogues
@given(
    st.lists(
        st.dictionaries(_NAME, _CELL | st.lists(_CELL, max_size=3) | st.booleans() | st.none()), max_size=4
    )
)
def test_nor_does_any_row(rows):
    try:
        found = read(json.dumps(rows).encode())
    except Refused:
        return
    assert len(found.rows) + len(found.bad) <= len(rows)


def test_the_form_for_collecting_tools_is_one_that_they_accept(tmp_path: Path):
    path = tmp_path / "questions.xlsx"
    path.write_bytes(xlsform(("en", "ru")))
    made = convert(str(path), validate=False)
    assert made.warnings == []
    for question in (*QUESTIONS, FREE_TEXT, *CONTACT_QUESTIONS):
        assert f"<{question.key}" in made.xform
        assert told("ru", LABELS[question.key]).text in made.xform
    for telling in ("deviceid", "username", "phonenumber", "geopoint", "start-geopoint", "unak"):
        assert telling not in made.xform


def test_the_workbook_has_the_three_sheets_with_labels_in_both_languages():
    book = openpyxl.load_workbook(io.BytesIO(xlsform(("en", "ru"))))
    assert book.sheetnames == ["survey", "choices", "settings"]
    names = [cell.value for cell in book["survey"][1]]
    assert {"type", "name", "label::English (en)", "label::Русский (ru)", "relevant"} <= set(names)
    assert book.properties.creator in (None, "")
    kinds = {row[1].value: row[0].value for row in book["survey"].iter_rows(min_row=2)}
    assert kinds["needs"] == "select_multiple needs"
    assert kinds["contact_from"] == kinds["never_to"] == "select_one hours"


def test_every_answer_of_the_form_can_be_read_back():
    for list_name, code, *_labels in sheets(("en", "ru"))["choices"][1:]:
        question = "contact_from" if list_name == "hours" else list_name
        assert columns.code_of(question, code) == code
        assert code in BY_KEY[question].options


def test_without_the_extra_the_form_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(DocumentsMissing):
        xlsform()


def test_an_answer_that_is_not_offered_says_what_is():
    (bad,) = read(of_csv("safe_now,hearing_source", "no,the neighbour")).bad
    assert isinstance(bad.problem, AnswerNotOffered)
    assert "neighbour" not in bad.problem.advice(str)

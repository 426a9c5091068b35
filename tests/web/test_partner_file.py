"""The page for a partner's file: what is taken in, once, and the file destroyed where it lies."""

import json
import re

import pytest
from two_desks import settle
from web_desk import ORIGIN, THEIRS, plain

from kunak.exchange.partners.tables import MOST_BYTES
from kunak.web.guard import LONGEST_PARTNER_FILE
from kunak.web.partner_file import NotTheSameFile
from kunak.workbench.forgetting import shred

ROWS = [
    {"safe_now": "yes", "danger": "within_days", "text": "They talk about Friday, my brother said."},
    {"safe_now": "no", "danger": "now", "phone": "+000 1111", "имя": "Zarema", "religion": "canaryfaith"},
]
FILE = json.dumps({"requests": ROWS}).encode()


def read(desk, content=FILE):
    return desk.upload("/partner-file", file=content)


def codes(desk):
    return sorted(request.code for request in desk.bench.requests)


def test_each_row_is_one_request_and_the_most_urgent_stands_on_top(desk):
    page = read(desk)
    shown = re.findall(r'<a data-row class="code" href="/requests/(R-[\w-]+)"', page.text)
    urgent, calm = (desk.bench.requests.get(code) for code in shown)
    assert (urgent.danger, calm.danger) == ("now", "within_days")
    assert (calm.channel, calm.via, calm.hearing_source) == ("partner", "worker", "partner")
    assert calm.answers.text.startswith("They talk about Friday")
    queue = desk.text("/")
    assert queue.index(urgent.code) < queue.index(calm.code)


def test_reading_it_twice_doubles_nobody(desk):
    read(desk)
    before = codes(desk)
    page = plain(read(desk).text)
    assert codes(desk) == before
    assert "0 requests were taken in. 2 were here already." in page


def test_only_looking_takes_nothing_in(desk):
    own = {"origin": "http://127.0.0.1:8420", "sec-fetch-site": "same-origin"}
    page = desk.client.post(
        "/partner-file", files={"file": ("x.json", FILE)}, data={"only": "look"}, headers=own
    )
    assert "2 rows can be read. Nothing was taken in." in plain(page.text)
    assert codes(desk) == []


def test_names_and_numbers_are_in_safe_contact_alone_and_nobody_may_write_there(desk):
    read(desk)
    (request,) = [one for one in desk.bench.requests if one.danger == "now"]
    assert request.plan.channels[0].address == "+000 1111 (Zarema)"
    assert request.plan.may_contact == "only_they"
    for entry in desk.bench.requests.heard[request.code]:
        if entry.compartment != "contact":
            assert "Zarema" not in repr(entry) and "1111" not in repr(entry)
    answer = desk.post(f"/requests/{request.code}/replies", form="reply", text="Hello", channel="call")
    assert answer.status_code == 422


def test_columns_that_are_never_read_are_named_with_a_warning_and_kept_nowhere(desk):
    page = read(desk)
    assert "religion: religion" in plain(page.text)
    assert "Ask the partner not to collect it" in plain(page.text)
    assert "canaryfaith" not in page.text + repr(desk.bench.requests.heard)


def test_bad_rows_are_named_by_number_and_the_good_ones_taken_in(desk):
    page = read(desk, b"safe_now,danger\nno,secretword\nno,now\n")
    assert len(codes(desk)) == 1
    assert "Row 2: This is not one of the answers to the question" in plain(page.text)
    assert "secretword" not in page.text
    assert "Not yet: some rows were not read" in plain(page.text)
    assert "/partner-file/destroy" not in page.text


def test_what_was_destroyed_here_does_not_come_back_by_the_file(desk):
    read(desk)
    (code,) = [request.code for request in desk.bench.requests if request.danger == "now"]
    second = desk.bench.second(THEIRS)
    shred(desk.bench, code, "person_asked", second=second)
    second.close()
    page = plain(read(desk).text)
    assert "1 was destroyed here before and was not taken in again." in page
    assert code not in codes(desk)


def test_a_file_that_is_none_is_refused_in_a_sentence(desk):
    page = read(desk, b"PK\x03\x04 a workbook")
    assert page.status_code == 422
    assert "This is a spreadsheet" in plain(page.text)


def test_without_a_file_it_says_so(desk):
    assert "No file was chosen." in plain(desk.post("/partner-file").text)


def test_a_file_that_is_too_large_is_turned_away_before_it_is_read(desk):
    assert read(desk, b"x" * (MOST_BYTES + 1)).status_code == 422
    assert read(desk, b"x" * (LONGEST_PARTNER_FILE + 1)).status_code == 413


def digest_on(page):
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page.text)[1]


def test_the_file_that_was_read_is_destroyed_where_it_lies(desk, tmp_path):
    path = tmp_path / "from a partner.json"
    path.write_bytes(FILE)
    second_name = tmp_path / "hard link"
    second_name.hardlink_to(path)
    page = desk.post(
        "/partner-file/destroy", form="destroy-file", path=str(path), digest=digest_on(read(desk))
    )
    assert "The file is overwritten and gone from there." in plain(page.text)
    assert not path.exists()
    assert set(second_name.read_bytes()) <= {0}


@pytest.mark.parametrize("path", ["~nobody-of-that-name/x", "\x00", "x" * 3999, "relative", "/", "/dev/null"])
def test_a_path_that_leads_nowhere_is_refused_in_the_same_words(desk, path):
    answer = desk.post("/partner-file/destroy", form="destroy-file", path=path, digest=digest_on(read(desk)))
    assert answer.status_code == 422
    assert str(NotTheSameFile()) in plain(answer.text)


@pytest.mark.parametrize("case", ["changed", "link", "folder", "missing"])
def test_any_other_file_is_left_as_it_is(desk, tmp_path, case):
    path = tmp_path / "file"
    other = tmp_path / "other"
    other.write_bytes(FILE)
    if case == "changed":
        path.write_bytes(FILE + b" ")
    elif case == "link":
        path.symlink_to(other)
    elif case == "folder":
        path.mkdir()
    answer = desk.post(
        "/partner-file/destroy", form="destroy-file", path=str(path), digest=digest_on(read(desk))
    )
    assert answer.status_code == 422
    assert str(NotTheSameFile()) in plain(answer.text)
    assert str(path) in answer.text
    assert other.read_bytes() == FILE
    assert case == "missing" or path.exists()


@pytest.mark.parametrize(
    ("path", "name", "begins"),
    [
        ("template", "questions.json", b"{"),
        ("schema", "questions.schema.json", b"{"),
        ("form", "questions.xlsx", b"PK"),
    ],
)
def test_what_a_partner_fills_in_can_be_taken_from_the_page(desk, path, name, begins):
    answer = desk.post(f"/partner-file/{path}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert f'filename="{name}"' in answer.headers["content-disposition"]
    assert b"unak" not in answer.content


def test_two_devices_that_read_the_same_file_have_one_request(desk, colleague):
    read(desk)
    read(colleague)
    settle(desk, colleague)
    assert codes(desk) == codes(colleague)
    assert len(codes(desk)) == 2


def test_sheets_come_from_their_page_and_a_code_is_in_no_name(desk):
    digits = "0012 3456 7890 1234 5678 9089"
    form = desk.post("/papers/form", form="paper-form", first="ru", second="en")
    card = desk.post("/papers/card", form="card", first="ru", second="", ticket=digits)
    for answer in (form, card):
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="sheet.pdf"'
        assert answer.content.startswith(b"%PDF-")
        assert "0012" not in str(answer.url)


def test_a_code_that_is_none_makes_no_card_and_what_was_typed_stays(desk):
    answer = desk.post(
        "/papers/card", form="card", first="ru", second="", ticket="1234", address="notes.example"
    )
    assert answer.status_code == 422
    assert "This is not a whole code" in plain(answer.text)
    assert "notes.example" in answer.text


def test_the_offices_page_leads_to_both(desk):
    page = desk.get("/office").text
    assert 'href="/papers"' in page
    assert 'href="/partner-file"' in page


def test_a_form_that_cannot_be_read_is_refused_and_no_log_tells_a_byte_of_it(desk, caplog):
    headers = {
        "origin": ORIGIN,
        "sec-fetch-site": "same-origin",
        "content-type": "multipart/form-data; boundary=--",
    }
    answer = desk.client.post("/partner-file", content=b"--\xd6" * 9, headers=headers)
    assert answer.status_code == 400
    assert caplog.records == []

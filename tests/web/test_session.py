"""Coming in with a passphrase, going out by locking, and the language of the pages."""

import pytest
from web_desk import OURS, THEIRS, plain

from kunak.errors import Locked
from kunak.workbench import Workbench


def test_a_wrong_passphrase_gets_a_sentence_and_advice(locked_desk):
    answer = locked_desk.post("/unlock", passphrase="heron marsh lamp")
    assert answer.status_code == 403
    assert "does not open this office" in answer.text
    assert "Caps Lock" in answer.text
    assert "heron marsh lamp" not in answer.text


def test_repeated_wrong_tries_have_to_wait(locked_desk):
    for _ in range(3):
        assert locked_desk.post("/unlock", passphrase="a wrong guess").status_code == 403
    answer = locked_desk.post("/unlock", passphrase=OURS)
    assert answer.status_code == 429
    assert "Wait" in plain(answer.text)


def test_the_queue_comes_after_the_passphrase(locked_desk):
    answer = locked_desk.post("/unlock", passphrase=OURS)
    assert answer.url.path == "/"
    assert "Nobody waits for us now" in answer.text
    assert "heron" in plain(answer.text)


def test_each_member_comes_in_as_themselves(locked_desk):
    locked_desk.unlock(THEIRS)
    assert locked_desk.bench.member == "ibis"


def test_locking_ends_the_keys_and_says_so(desk):
    answer = desk.post("/lock")
    assert "keys are gone" in plain(answer.text)
    assert 'http-equiv="refresh"' in answer.text
    assert desk.office.ended.is_set()
    assert desk.office.bench is None


def test_after_locking_every_page_asks_for_the_passphrase(desk):
    desk.post("/lock")
    assert desk.get("/").url.path == "/unlock"


def test_the_passphrase_page_tells_nothing_of_the_office(locked_desk):
    page = plain(locked_desk.get("/unlock").text)
    assert "heron" not in page
    assert "Queue" not in page


def test_the_language_is_remembered_and_leads_back(desk):
    answer = desk.post("/language", language="ru", back="/cases")
    assert answer.url.path == "/cases"
    assert '<html lang="ru">' in answer.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_the_language_switch_leads_nowhere_else(desk, back):
    answer = desk.post("/language", follow=False, language="ru", back=back)
    assert answer.headers["location"] == "/"


def test_an_unknown_address_gets_a_page_with_a_way_back(desk):
    answer = desk.get("/no-such-page")
    assert answer.status_code == 404
    assert "There is no such page or code here" in plain(answer.text)


def test_an_unknown_code_gets_a_page_with_a_way_back(desk):
    for path in ("/requests/R-2222-2222", "/cases/C-2222-2222", "/requests/R-2222-2222/triage"):
        assert desk.get(path).status_code == 404


def test_what_was_written_is_there_after_locking_and_unlocking(desk):
    code = desk.receive(danger="now")
    desk.post("/lock")
    with pytest.raises(Locked):
        Workbench.unlock(desk.office.store, "not the passphrase")
    desk.unlock()
    assert code in desk.text("/")


def test_the_invented_office_says_so_on_every_page(desk):
    object.__setattr__(desk.office.settings, "demo", True)
    for path in ("/", "/cases", "/requests/new", "/unlock"):
        assert "Everything in this office is invented." in desk.get(path).text


def test_the_door_tells_another_browser_nothing_of_who_is_inside(desk):
    desk.client.cookies.clear()
    door = desk.get("/unlock").text
    assert desk.bench.member not in plain(door)
    assert "/journeys" not in door

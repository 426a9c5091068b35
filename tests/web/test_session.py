"""Coming in with a passphrase, going out by locking, and the language of the pages."""

import pytest
from starlette.testclient import TestClient
from web_desk import ORIGIN, OURS, THEIRS, Desk, plain

from kunak.errors import Locked
from kunak.web.app import build_app
from kunak.web.office import Office
from kunak.web.session import LockedMeanwhile
from kunak.workbench import Workbench


class Ticks:
    """A clock that the test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def idle_desk(locked_desk):
    """An unlocked desk whose time without a sign of anybody passes only when the test says so."""
    ticks = Ticks()
    office = Office(locked_desk.office.settings, locked_desk.office.store, locked_desk.clock, ticks)
    with_ticks = Desk(TestClient(build_app(office), base_url=ORIGIN), office, locked_desk.clock)
    with_ticks.unlock()
    yield with_ticks, ticks
    with_ticks.client.close()
    office.end()


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


def test_a_form_that_comes_after_the_lock_changes_nothing_and_gives_back_what_was_typed(desk):
    _, case = desk.open_case()
    desk.post("/lock")
    answer = desk.post(
        f"/cases/{case}/notes", form="notes", note="walks <b>at</b> dusk", second_passphrase=THEIRS, empty=" "
    )
    said = plain(answer.text)
    assert answer.status_code == 403
    assert LockedMeanwhile().told() in said
    assert "walks &lt;b&gt;at&lt;/b&gt; dusk" in answer.text
    assert "<b>at" not in answer.text
    assert THEIRS not in said
    assert "note" in said and "empty" not in said
    assert answer.url.path == f"/cases/{case}/notes"
    desk.unlock()
    assert "dusk" not in desk.text(f"/cases/{case}")
    assert desk.get("/too-late").url.path == "/"


def test_without_a_sign_of_anybody_it_locks(idle_desk):
    desk, ticks = idle_desk
    ticks.now += 179
    assert not desk.office.is_forsaken()
    ticks.now += 2
    assert desk.office.is_forsaken()


def test_a_locked_office_need_not_be_locked(idle_desk):
    desk, ticks = idle_desk
    desk.office.end()
    ticks.now += 1000
    assert not desk.office.is_forsaken()


@pytest.mark.parametrize(
    ("method", "path", "headers", "is_somebody"),
    [
        ("get", "/cases", {}, True),
        ("get", "/cases", {"sec-fetch-dest": "document"}, True),
        ("post", "/awake", {"sec-fetch-dest": "empty"}, True),
        ("get", "/", {"sec-fetch-dest": "empty"}, False),
        ("get", "/static/kunak.css", {}, False),
        ("get", "/unlock?idle=1", {}, False),
    ],
)
def test_a_person_counts_and_what_a_page_does_by_itself_does_not(
    idle_desk, method, path, headers, is_somebody
):
    desk, ticks = idle_desk
    ticks.now += 170
    own = {"origin": ORIGIN, "sec-fetch-site": "same-origin", **headers}
    assert getattr(desk.client, method)(path, headers=own).status_code in (200, 204)
    ticks.now += 20
    assert desk.office.is_forsaken() is not is_somebody


def test_another_browser_is_nobody(idle_desk):
    desk, ticks = idle_desk
    desk.client.cookies.clear()
    ticks.now += 170
    desk.get("/cases")
    ticks.now += 20
    assert desk.office.is_forsaken()


def test_a_forsaken_page_shows_the_door_even_if_another_is_in_use(desk):
    assert "This office is locked" in desk.text("/unlock?idle=1")
    assert desk.get("/unlock").url.path == "/"


def test_a_page_knows_after_how_long_it_shall_leave_the_screen(desk):
    assert 'data-idle="180"' in desk.get("/").text
    desk.client.cookies.clear()
    assert "data-idle" not in desk.get("/unlock").text


def test_every_page_has_the_way_to_destroy_behind_one_more_press(desk):
    _, case = desk.open_case()
    for path in ("/", "/cases", f"/cases/{case}", "/requests/new", "/no-such-page", "/passphrase"):
        page = desk.get(path).text
        assert page.count('action="/panic" id="panic"') == 1
        assert page.index('<details class="panic">') > page.index("</main>")
    desk.client.cookies.clear()
    assert 'action="/panic" id="panic"' in desk.get("/unlock").text


def test_the_door_warns_of_swap_in_the_clear(locked_desk):
    assert "swap" not in locked_desk.text("/unlock") or locked_desk.office.swap
    locked_desk.office.swap = ("/swapfile",)
    assert "memory to the disk unencrypted" in locked_desk.text("/unlock")


def test_the_browser_is_not_asked_to_keep_the_passphrase(desk):
    for path in ("/unlock?idle=1", "/passphrase"):
        page = desk.get(path).text
        assert page.count('type="password"') == page.count('type="password" autocomplete="off"') > 0


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

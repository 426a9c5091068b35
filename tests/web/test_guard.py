"""What stands before every page: nothing from elsewhere gets in, nothing goes out without the cookie."""

import pytest
from web_desk import ORIGIN

from kunak.web.app import PAGES

POSTS = sorted({r.path for m in PAGES for r in m.ROUTES if "POST" in r.methods})
OPEN = ("/unlock", "/language", "/panic")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9999", "evil.example:8420", ""])
def test_another_host_name_meets_nothing(desk, host):
    answer = desk.get("/", host=host)
    assert (answer.status_code, answer.text) == (404, "Not found")


def test_both_names_of_this_machine_are_ours(locked_desk):
    assert locked_desk.get("/unlock", host="localhost:8420").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_page_changes_nothing(desk, headers):
    answer = desk.client.post("/lock", headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert not desk.office.ended.is_set()


@pytest.mark.parametrize("path", ["/cases", "/static/kunak.css", "/requests/new"])
def test_a_page_elsewhere_cannot_load_ours(desk, path):
    assert desk.client.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_link_elsewhere_leads_to_the_front_door_only(desk):
    assert desk.client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_other_methods_are_not_known(desk):
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    assert desk.client.put("/lock", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/cases", "/unlock", "/static/kunak.css", "/nothing-here"])
def test_every_answer_carries_the_strict_policy(desk, path):
    headers = desk.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_pages_declare_their_charset(desk):
    assert desk.get("/").headers["content-type"] == "text/html; charset=utf-8"


def test_pages_hold_no_script_or_style_of_their_own_and_nothing_from_elsewhere(desk):
    _, case = desk.open_case(danger="now")
    for path in ("/", f"/cases/{case}", f"/cases/{case}/consents", "/requests/new"):
        page = desk.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page
        assert page.count("<script") == page.count('<script src="/static/')
        assert "//" not in page.replace("http://www.w3.org/2000/svg", "")


def test_without_the_cookie_every_page_leads_to_the_passphrase(desk):
    desk.client.cookies.clear()
    for path in ("/", "/cases", "/requests/new"):
        answer = desk.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/unlock")


@pytest.mark.parametrize("path", [path for path in POSTS if path not in OPEN])
def test_without_the_cookie_nothing_can_be_done(desk, path):
    desk.client.cookies.clear()
    answer = desk.post(path.replace("{code}", "R-2222-2222").replace("{n:int}", "1"), follow=False)
    assert answer.status_code == 403
    assert "Locked" in answer.text


def test_destroying_needs_no_cookie_but_a_page_of_ours(desk):
    desk.client.cookies.clear()
    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ):
        assert desk.client.post("/panic", headers=headers).status_code == 403
    assert desk.get("/panic").status_code in (404, 405)
    assert not desk.office.destroyed.is_set()
    assert desk.post("/panic").status_code == 200
    assert desk.office.destroyed.is_set()


def test_a_cookie_of_another_launch_opens_nothing(desk):
    desk.client.cookies.clear()
    desk.client.cookies.set(desk.office.cookie_name, "a" * 43)
    assert desk.client.get("/", follow_redirects=False).status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(locked_desk):
    answer = locked_desk.post("/unlock", follow=False, passphrase="heron marsh lantern")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_too_much_at_once_is_refused(desk):
    answer = desk.post("/requests/new", follow=False, text="x" * 300_000)
    assert answer.status_code == 413


def test_a_body_that_is_no_form_is_refused_with_a_sentence(desk):
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    answer = desk.client.post("/requests/new", content=b"\xff\xfe", headers=headers)
    assert answer.status_code == 400
    assert "not sent by a form" in answer.text

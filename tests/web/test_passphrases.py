"""Changing one's passphrase, keyfiles, and the passphrase for when one is forced."""

import threading

import pytest
from web_desk import ORIGIN, OURS, THEIRS, plain

from kunak.vault.office import load_keystore
from kunak.web.passphrases import NotTheSame, NotYours
from kunak.workbench import RELAY_KEYS, Workbench, open_store

NEW, ROCKS = "seven calm herons", "anna counts rocks"
STONE = b"any bytes at all, also \x00\xff"


def posted(desk, path, fields, **files):
    """A form with files, as a browser sends it."""
    headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    chosen = {name: ("stone.bin", content) for name, content in files.items()} or {"keyfile": ("", b"")}
    return desk.client.post(path, data=fields, files=chosen, headers=headers)


def change(desk, old=OURS, new=NEW, again=None, **files):
    fields = {"passphrase": old, "new_passphrase": new, "passphrase_again": new if again is None else again}
    return posted(desk, "/passphrase", fields, **files)


def set_duress(desk, own=OURS, duress=ROCKS):
    fields = {"passphrase": own, "new_passphrase": duress, "passphrase_again": duress}
    return posted(desk, "/passphrase/duress", fields)


def unlock(desk, passphrase, **files):
    return posted(desk, "/unlock", {"passphrase": passphrase}, **files)


def settled():
    """What goes on behind the scenes after a duress passphrase has come to its end."""
    for thread in threading.enumerate():
        if thread.name == "scrub":
            thread.join()


def test_a_changed_passphrase_opens_and_the_old_one_does_not(desk):
    answer = change(desk)
    assert "Your passphrase is changed" in plain(answer.text)
    desk.post("/lock")
    assert unlock(desk, OURS).status_code == 403
    assert unlock(desk, NEW).url.path == "/"
    assert desk.bench.member == "heron"


def test_two_different_spellings_change_nothing(desk):
    answer = change(desk, again="seven calm hernos")
    assert answer.status_code == 422
    assert NotTheSame().sentence() in plain(answer.text)
    assert load_keystore(desk.office.store).open(OURS)


def test_one_changes_only_ones_own(desk):
    for answer in (change(desk, old=THEIRS), set_duress(desk, own=THEIRS)):
        assert answer.status_code == 422
        assert NotYours().sentence() in plain(answer.text)
    assert load_keystore(desk.office.store).open(THEIRS)


def test_a_wrong_passphrase_changes_nothing_and_guessing_here_has_to_wait_too(desk):
    for _ in range(3):
        assert change(desk, old="a wrong guess").status_code == 403
    assert change(desk).status_code == 429


def test_what_was_typed_does_not_stand_on_the_page_again(desk):
    page = change(desk, old="a wrong guess").text
    assert not any(typed in page for typed in ("a wrong guess", NEW))


def test_with_a_keyfile_both_are_needed(desk):
    change(desk, new_keyfile=STONE)
    desk.post("/lock")
    assert unlock(desk, NEW).status_code == 403
    assert unlock(desk, NEW, keyfile=STONE + b".").status_code == 403
    assert unlock(desk, NEW, keyfile=STONE).url.path == "/"
    change(desk, old=NEW, new=OURS, keyfile=STONE)
    desk.post("/lock")
    assert unlock(desk, OURS).url.path == "/"


def test_a_form_with_a_file_that_is_none_gets_a_sentence(locked_desk):
    headers = {"origin": ORIGIN, "content-type": "multipart/form-data; boundary=x"}
    for body in (b"--y\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"):
        answer = locked_desk.client.post("/unlock", content=body, headers=headers)
        assert answer.status_code == 400
        assert "not sent by a form" in answer.text
    for headers["content-type"] in ("multipart/form-data", "multipart/form-data; boundary="):
        assert locked_desk.client.post("/unlock", content=b"x", headers=headers).status_code == 400


# Under duress.


@pytest.fixture
def careful(desk):
    """A desk with something to lose, locked, whose member has set a duress passphrase."""
    desk.receive(danger="now")
    assert "It is set" in plain(set_duress(desk).text)
    desk.post("/lock")
    return desk


def test_it_opens_an_empty_office_that_looks_like_any_new_one(careful):
    folder = careful.office.settings.directory
    keys_before = (folder / RELAY_KEYS).read_bytes()
    answer = unlock(careful, ROCKS)
    settled()
    assert (answer.status_code, answer.url.path) == (200, "/")
    assert "Nobody waits for us now" in answer.text
    assert careful.bench.member == "heron"
    assert careful.bench.vault.members == ("heron",)
    assert {path.name for path in folder.iterdir()} >= {"office.sqlite", RELAY_KEYS}
    assert not list(folder.glob(".gone-*"))
    assert (folder / RELAY_KEYS).read_bytes() != keys_before
    code = careful.receive(danger="now")
    careful.post("/lock")
    assert unlock(careful, ROCKS).url.path == "/"
    assert code in careful.text("/")


def test_after_it_nothing_of_before_opens_and_no_byte_of_the_slots_is_left(careful):
    folder = careful.office.settings.directory
    frame = load_keystore(open_store(folder))._frame
    unlock(careful, ROCKS)
    settled()
    left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not any(slot.sealed[20:60] in left for slot in (*frame.slots, *frame.records))
    careful.post("/lock")
    for passphrase in (OURS, THEIRS):
        assert unlock(careful, passphrase).status_code == 403
    assert list(Workbench.unlock(open_store(folder), ROCKS).vault.read()) == []


def test_where_a_colleague_should_sign_it_ends_as_if_locked(desk):
    code = desk.receive(danger="now")
    set_duress(desk)
    desk.post(f"/requests/{code}/triage", form="triage", do="save", triggers="stopped_at_border")
    fields = {"form": "lower", "lower_to": "P2", "reasons": "reached_safety", "second_passphrase": ROCKS}
    answer = desk.post(f"/requests/{code}/lower", **fields)
    settled()
    assert answer.status_code == 403
    assert "This office is locked" in plain(answer.text)
    assert desk.office.ended.is_set()
    assert unlock(desk, OURS).status_code == 403
    assert "Nobody waits for us now" in unlock(desk, ROCKS).text


def test_while_the_office_is_open_it_works_at_the_door_too(careful):
    unlock(careful, OURS)
    assert "Nobody waits for us now" in unlock(careful, ROCKS).text
    settled()
    assert list(careful.office.store.since("local")) != []
    careful.post("/lock")
    assert unlock(careful, ROCKS).status_code == 200


def test_the_door_looks_the_same_with_and_without_it(locked_desk):
    before = locked_desk.get("/unlock").text
    locked_desk.unlock()
    set_duress(locked_desk)
    locked_desk.post("/lock")
    assert locked_desk.get("/unlock").text == before

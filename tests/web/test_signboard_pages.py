"""Are we real? The worker side: the line of the day, and making, signing and showing the list of addresses."""

import re
from datetime import timedelta

import pytest
from two_desks import settle
from web_desk import plain

from kunak.exchange import addresses, challenge
from kunak.signboard import queries

LIST = {
    "form": "list", "ours": "https://write.example/\nmessenger: quince", "retired": "https://old.example/",
    "until": "2031-07-01", "known_as": "Office of the Quince",
}  # fmt: skip


def sign(desk, **changed):
    return desk.post("/addresses", **{**LIST, **changed})


def signed(desk):
    return addresses.read(desk.get("/addresses/list").text)


def by_a_partner(desk, name="Group Linden"):
    return addresses.spell(addresses.sign(signed(desk), name=name, seed=bytes(32)))


def test_at_first_there_is_nothing_and_the_page_says_what_to_do(desk):
    page = desk.text("/addresses")
    assert "There is no list yet." in page
    assert "There is no secret for it yet." in page
    for path in ("/addresses/list", "/addresses/words"):
        assert desk.get(path).url.path == "/addresses"


def test_a_list_is_made_signed_and_shown_in_public(desk):
    assert "The list is signed" in plain(sign(desk).text)
    page = desk.text("/addresses")
    assert "https://write.example/" in page and "Office of the Quince" in page
    assert "The relay shows no list." in page
    assert queries.shown_list(desk.bench.signboard) == ""
    desk.post("/addresses/shown", what="show")
    assert "The relay shows this list." in desk.text("/addresses")
    assert addresses.read(queries.shown_list(desk.bench.signboard)) == signed(desk)
    desk.post("/addresses/shown", what="hide")
    assert queries.shown_list(desk.bench.signboard) == ""


def test_a_changed_list_is_signed_anew_and_the_old_one_stays_shown_until_then(desk):
    sign(desk)
    desk.post("/addresses/shown", what="show")
    sign(desk, ours="https://new.example/", retired="https://write.example/")
    assert "The relay shows an earlier list." in desk.text("/addresses")
    assert "write.example" in queries.shown_list(desk.bench.signboard)
    assert signed(desk).retired == ("https://write.example/",)
    assert len(signed(desk).signatures) == 1, "partners sign again what has changed"


def test_a_partners_signature_is_taken_in(desk):
    sign(desk)
    text = by_a_partner(desk)
    assert "The signatures are taken" in plain(
        desk.post("/addresses/signatures", form="signatures", signed=text.replace("\n", "\r\n")).text
    )
    assert {one.name for one in signed(desk).signatures} == {"Office of the Quince", "Group Linden"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace("write.example", "trap.example"), "A signature on this list does not fit"),
        (lambda text: "hello", "This is no list of addresses"),
        (lambda text: "", "Write something here"),
    ],
)
def test_what_was_changed_is_not_taken(desk, spoil, told):
    sign(desk)
    answer = desk.post("/addresses/signatures", form="signatures", signed=spoil(by_a_partner(desk)))
    assert answer.status_code in (422, 500)
    assert told in plain(answer.text)
    assert len(signed(desk).signatures) == 1


def test_a_signature_under_another_list_is_not_taken(desk):
    sign(desk)
    old = by_a_partner(desk)
    sign(desk, retired="")
    answer = desk.post("/addresses/signatures", form="signatures", signed=old)
    assert answer.status_code == 422
    assert "This is another list" in plain(answer.text)


@pytest.mark.parametrize(
    "wrong", [{"ours": ""}, {"until": ""}, {"until": "2001-01-01"}, {"ours": "a\u202eb"}]
)
def test_a_list_that_would_mislead_is_not_made_and_what_was_typed_stays(desk, wrong):
    answer = sign(desk, **wrong)
    assert answer.status_code == 422
    assert "https://old.example/" in answer.text
    assert queries.newest_list(desk.bench.signboard) is None


def test_the_list_says_when_it_is_out_of_date(desk):
    sign(desk)
    desk.clock.later(days=200)
    assert "Out of date: sign it anew." in desk.text("/addresses")


def test_the_line_of_today_is_there_to_be_said_by_voice(desk):
    page = plain(desk.post("/addresses/secret").text)
    secret = queries.secret(desk.bench.signboard)
    assert " ".join(challenge.spell(secret, "en")) in page
    assert " ".join(challenge.spell(secret, "ru")) in page
    today = desk.clock.at.date()
    shown = desk.text("/addresses")
    for ahead in range(7):
        for line in challenge.lines(secret, today + timedelta(days=ahead)).values():
            assert line in shown
    assert secret.hex() not in desk.get("/addresses").text


def test_a_partners_secret_is_taken_by_its_words(desk):
    words = " ".join(challenge.spell(bytes(range(16)), "ru"))
    desk.post("/addresses/secret/partner", form="partner-secret", words=words)
    assert queries.secret(desk.bench.signboard) == bytes(range(16))
    refused = desk.post("/addresses/secret/partner", form="partner-secret", words="river lemon")
    assert refused.status_code == 422
    assert "These are not the twelve words" in plain(refused.text)


def test_who_is_no_coordinator_sees_the_list_and_signs_nothing(desk, colleague):
    sign(desk)
    settle(desk, colleague)
    page = colleague.text("/addresses")
    assert "https://write.example/" in page
    assert "A coordinator changes and signs the list." in page
    refused = sign(colleague)
    assert refused.status_code == 422
    assert "A coordinator signs for the office" in plain(refused.text)
    assert colleague.bench.may_read("signboard", "index")
    assert not colleague.bench.may_read("signboard", "staff")


def test_the_office_page_leads_there(desk):
    assert 'href="/addresses"' in desk.get("/office").text
    assert 'href="/asked"' in desk.get("/office").text
    assert re.search(r'href="/addresses"', desk.get(f"/requests/{desk.receive()}/trust").text)

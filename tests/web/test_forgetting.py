"""Shredding on the pages, who has acknowledged it, and what unlocking forgets."""

import pytest
from two_desks import carry, settle
from web_desk import THEIRS

from kunak.access.actions import ChatTimeNotOffered, ReasonUnknown, set_chat_time
from kunak.workbench import retention
from kunak.workbench.forgetting import shred
from kunak.workbench.founding import device_mark


def test_a_case_is_shredded_by_two_with_a_reason_and_gone_everywhere(desk, colleague):
    request, case = desk.open_case()
    desk.post(f"/cases/{case}/notes", note="to be forgotten")
    settle(desk, colleague)
    base = f"/cases/{case}/shred"
    assert f"All: {case}, {request}" in desk.text(base)
    assert desk.post(base, form="shred", what="all").status_code == 422
    alone = desk.post(base, form="shred", what="all", reason="person_asked")
    assert "passphrase of another member" in alone.text
    done = desk.post(base, form="shred", what="all", reason="person_asked", second_passphrase=THEIRS)
    assert "Destroyed here." in done.text
    assert desk.get(f"/cases/{case}").status_code == 404
    assert desk.get(f"/requests/{request}").status_code == 404
    mark = device_mark(colleague.bench.vault.identity.device)
    assert f"○ otter {mark}" in desk.text("/shredded")
    assert "not gone everywhere yet" in desk.text("/office")
    settle(desk, colleague)
    page = desk.text("/shredded")
    assert f"✓ otter {mark}" in page
    assert case not in colleague.text("/cases")


def test_shredding_takes_a_reason_from_the_list(desk):
    with pytest.raises(ReasonUnknown):
        shred(desk.bench, desk.receive("hello"), "tidying")


def test_a_request_and_only_the_conversation(desk):
    request = desk.receive("hello")
    desk.post(f"/requests/{request}/replies", form="reply", text="We are here.")
    assert "We are here." in desk.text(f"/requests/{request}")
    desk.post(f"/requests/{request}/shred", form="shred", what="chat", reason="mistake")
    page = desk.text(f"/requests/{request}")
    assert "We are here." not in page
    assert "the conversation" in desk.text("/shredded")
    desk.post(f"/requests/{request}/shred", form="shred", what="all", reason="hostile")
    assert desk.get(f"/requests/{request}").status_code == 404
    assert desk.get(f"/requests/{request}/shred").status_code == 404


def test_only_a_part_of_a_case_goes_from_all_its_codes(desk):
    request, case = desk.open_case(text="They know where I am.")
    desk.post(f"/cases/{case}/notes", note="they sleep there")
    desk.post(f"/cases/{case}/shred", form="shred", what="work", reason="danger")
    assert "they sleep there" not in desk.text(f"/cases/{case}")
    page = desk.text("/shredded")
    assert f"{case} work file" in page
    assert f"{request} work file" in page


def test_unlocking_forgets_what_is_due_and_says_so(desk):
    request = desk.receive("hello")
    desk.post(f"/requests/{request}/end", status="withdrawn", reasons="person_chose_otherwise")
    assert "Nothing was due." in desk.post("/retention/sweep").text
    desk.clock.later(days=31)
    assert "a request that did not become a case" in desk.text("/retention").split("The table")[0]
    desk.post("/lock")
    said = desk.post("/unlock", passphrase="heron marsh lantern")
    assert "was kept long enough and is shredded now" in said.text
    assert desk.get(f"/requests/{request}").status_code == 404
    page = desk.text("/retention")
    assert f"{request} · a request that did not become a case" in page.split("The table")[0]
    assert "it was kept long enough" in desk.text("/shredded")


def test_the_table_is_shown_as_the_program_keeps_it(desk):
    page = desk.text("/retention").split("The table")[1]
    assert "a request that did not become a case 30 d its end shredded" in page
    assert "a work file 12 mo closure a person decides" in page
    assert "how to reach somebody whose case is closed at once" in page


def test_who_was_away_destroys_it_when_they_come_back(desk, colleague):
    request = colleague.receive("hello")
    settle(colleague, desk)
    desk.post(f"/requests/{request}/shred", form="shred", what="all", reason="hostile")
    assert colleague.get(f"/requests/{request}").status_code == 200
    carry(desk, colleague)
    assert colleague.get(f"/requests/{request}").status_code == 404


def test_the_office_sets_how_long_chats_are_kept(desk):
    request = desk.receive("hello")
    desk.post(f"/requests/{request}/replies", form="reply", text="We are here.")
    done = desk.post("/retention/chats", form="chat-time", hours="24")
    assert "From now on chats are kept for so long" in done.text
    assert desk.post("/retention/chats", form="chat-time", hours="1").status_code == 422
    desk.clock.later(hours=23)
    assert retention.due(desk.bench) == ()
    desk.clock.later(hours=2)
    assert [one.rule.name for one in retention.sweep(desk.bench)] == ["chat"]
    with pytest.raises(ChatTimeNotOffered):
        desk.bench.act(set_chat_time, desk.bench.access, hours=23)

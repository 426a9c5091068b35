"""The page of syncing: what waits and why, who has been silent, a bundle out and in."""

import random
import string
from datetime import timedelta

from two_desks import carry, settle
from vault_network import planted
from web_desk import plain

from kunak.vault import seal
from kunak.vault.log import Part
from kunak.vault.stores import Blob
from kunak.web.syncing import BundleCut
from kunak.workbench.founding import device_mark


def test_a_bundle_brings_what_was_written_and_says_when(desk, colleague):
    request = desk.receive("hello")
    carry(desk, colleague)
    assert request in colleague.text("/")
    page = colleague.text("/sync")
    assert "a bundle taken in" in page
    assert "Nothing waits here." in page
    assert "a bundle made here" in desk.text("/sync")


def test_everything_can_be_given_to_a_device_that_lost_its_copy(desk, colleague):
    settle(desk, colleague)
    little = desk.post("/sync/out").content
    whole = desk.post("/sync/out", form="out", all="yes").content
    assert len(whole) > len(little)
    assert colleague.upload("/sync/in", bundle=whole).status_code == 200


def test_a_clock_that_is_days_ahead_is_put_in_quarantine_with_a_sentence(desk, colleague):
    request = colleague.receive("hello")
    settle(desk, colleague)
    colleague.bench.now = lambda: desk.clock() + timedelta(days=300)
    colleague.post(f"/requests/{request}/acknowledge")
    made = colleague.post("/sync/out").content
    desk.upload("/sync/in", bundle=made)
    page = desk.text("/sync")
    assert "written by a clock that is days ahead: in quarantine" in page
    assert "record" in desk.text("/office")
    assert desk.bench.requests.get(request).acknowledged_at is None
    desk.clock.later(days=301)
    assert "Nothing waits here." in desk.text("/sync")
    assert desk.bench.requests.get(request).acknowledged_at is not None


def test_what_a_broken_program_wrote_hides_nothing_and_is_named(desk, colleague):
    request = desk.receive("hello")
    settle(desk, colleague)
    index = next(one for one in colleague.bench.vault.caught_up() if one.subject == request)
    sealed = seal.SUITE + bytes(300)
    name = seal.digest(sealed)
    planted(
        colleague.bench.vault, parts=[Part(index.id, name, len(sealed))], blobs=[Blob("body", name, sealed)]
    )
    colleague.post(f"/requests/{request}/acknowledge")
    settle(desk, colleague)
    assert desk.bench.requests.get(request).acknowledged_at is not None
    mark = device_mark(colleague.bench.vault.identity.device)
    for _ in range(2):  # also when the office was opened through a snapshot
        page = desk.text("/sync")
        assert "1 record cannot be read" in page
        assert f"1 · otter {mark}" in page
        assert "1 record cannot be read" in desk.text("/office")
        assert desk.bench.seal_snapshot()
        desk.unlock()


def test_who_has_not_been_heard_of_for_a_week_is_named(desk, colleague):
    settle(desk, colleague)
    desk.clock.later(days=8)
    page = desk.get("/sync").text
    assert "<strong>otter" in page


def test_what_cannot_be_taken_in_is_refused_with_a_sentence(desk, colleague):
    assert "no parcel of this program" in desk.upload("/sync/in", bundle=b"a letter").text
    assert "No file was chosen." in desk.upload("/sync/in", other=b"x").text
    desk.receive("hello")
    made = desk.post("/sync/out", form="out", all="yes").content
    cut = colleague.upload("/sync/in", bundle=made[: len(made) - 20])
    assert BundleCut().sentence() in cut.text
    assert colleague.upload("/sync/in", bundle=made).status_code == 200


def test_a_large_bundle_comes_in(desk, colleague):
    for _ in range(90):
        desk.receive("".join(random.choices(string.ascii_letters, k=1900)))
    made = desk.post("/sync/out", form="out", all="yes").content
    assert len(made) > 300_000
    assert "taken in" in colleague.upload("/sync/in", bundle=made).text


def test_what_was_noted_apart_is_reached_from_here(desk, colleague):
    _, case = desk.open_case()
    desk.post(f"/cases/{case}/workers", form="workers", workers=["heron", "otter"])
    settle(desk, colleague)
    desk.post(f"/cases/{case}/needs", form="needs", legal="wanted")
    colleague.post(f"/cases/{case}/needs", form="needs", legal="in_progress")
    settle(desk, colleague)
    assert f"{case} different things were noted; both are kept" in plain(desk.get("/sync").text)

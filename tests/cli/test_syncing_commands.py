"""Syncing, bundles, opening together and destroying, by commands on two machines."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from offices import HERON, OTTER, Office, cheap
from relay_at_work import relay
from vault_network import planted

from kunak import intake
from kunak.cli import desk
from kunak.cli.bundle import BundleNotUsable, BundleThere
from kunak.cli.joining import WayNeeded
from kunak.evacuation.entries import PapersChecked
from kunak.evacuation.facts import Paper
from kunak.exchange.link import space_of
from kunak.exchange.relay.shelves import stream_of
from kunak.exchange.remote import shelf_at_relay
from kunak.intake import ending
from kunak.intake.form import parse
from kunak.vault import Item, log, seal
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.log import Part
from kunak.vault.parcel import NotAParcel
from kunak.vault.receiving import Received
from kunak.vault.stores import Blob
from kunak.workbench import Workbench, open_store, relay_id, utc_now
from kunak.workbench.founding import device_mark
from kunak.workbench.hearing import body_of
from kunak.workbench.syncing import note_relay, relay_of

CODE = "R-2222-3333"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    cheap(monkeypatch)
    made = Office(tmp_path)
    made.joined()
    made.exchange()
    return made


def receive(office: Office) -> None:
    """A request comes in at otter's."""
    bench = Workbench.unlock(open_store(office.otter), OTTER)
    bench.act(
        intake.actions.receive_request,
        bench.requests,
        subject=CODE,
        answers=parse({"safe_now": ("yes",), "language": ("en",), "text": ("help",)}),
        received_at=bench.now(),
        readers=bench.vault.readers_by_lot(CODE, "work"),
        by="person",
    )
    bench.close()


def test_a_round_says_what_went_and_what_came(office: Office) -> None:
    receive(office)
    with relay(office.heron) as address:
        assert "Sent: " in office.types_otter("sync", "--relay", address)
        assert "Taken in: 0." not in office.types("sync", "--relay", address)
        said = office.types("sync")  # the address is remembered
        assert "Sent: 0." in said
        assert "Taken in: 0." in said


def test_without_any_way_it_says_what_is_needed(office: Office) -> None:
    assert WayNeeded().sentence() in office.types("sync", code=WayNeeded.exit_code)


def test_a_relay_that_lost_everything_is_named_and_then_filled_again(office: Office) -> None:
    receive(office)
    with relay(office.heron) as address:
        office.types_otter("sync", "--relay", address)
        office.types("sync", "--relay", address)
    for file in (office.heron / "relay").iterdir():
        file.unlink()
    with relay(office.heron) as other:
        for folder, passphrase in ((office.heron, "heron marsh lantern seven"), (office.otter, OTTER)):
            bench = Workbench.unlock(open_store(folder), passphrase)
            note_relay(bench, address)  # a relay at the same address, as far as this device knows
            assert relay_of(bench) == address
            bench.close()
        assert "Sent: 0." not in office.types("sync", "--relay", other, "--anew")
        assert "Taken in: 0." in office.types_otter("sync", "--relay", other, "--anew")


def test_what_a_relay_has_lost_of_records_that_it_still_has_is_put_back(office: Office) -> None:
    receive(office)
    with relay(office.heron) as address:
        office.types_otter("sync", "--relay", address)
    lose_bodies(office.heron)
    with relay(office.heron) as other:
        assert "Put back" not in office.types_otter("sync", "--relay", other)
        assert request_at(office.heron, office, other) is None
        said = office.types_otter("sync", "--relay", other, "--anew")
        assert "Put back of what was lost there: 0." not in said
        assert "Put back of what was lost there: " in said
        assert request_at(office.heron, office, other) is not None
        assert "Put back of what was lost there: 0." in office.types_otter("sync", "--relay", other, "--anew")


def lose_bodies(folder: Path) -> None:
    """The relay's disk loses the contents of records, and no record."""
    bench = Workbench.unlock(open_store(folder), HERON)
    shelf = stream_of(relay_id(bench.vault), shelf_at_relay(space_of(bench.vault), BODY_SHELF))
    bench.close()
    with closing(sqlite3.connect(folder / "relay" / "relay.db")) as disk, disk:
        assert disk.execute("DELETE FROM blob WHERE stream = ?", (shelf,)).rowcount > 0


def request_at(folder: Path, office: Office, address: str) -> object:
    """The request as heron has it after a round."""
    office.types("sync", "--relay", address)
    bench = Workbench.unlock(open_store(folder), HERON)
    found = bench.requests.get(CODE)
    bench.close()
    return found


def test_a_folder_that_another_program_syncs_will_do(office: Office) -> None:
    receive(office)
    assert "This device's own file is written." in office.types_otter("sync", "--folder", str(office.stick))
    assert "Taken in: 0." not in office.types("sync", "--folder", str(office.stick))
    (office.stick / "half.kunak").write_bytes(b"kunak\x01\x00")
    assert "could not be read to the end" in office.types("sync", "--folder", str(office.stick))


@pytest.mark.parametrize("days", [3, -40])
def test_a_clock_that_is_wrong_by_days_loses_nothing_and_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Otter's computer is days ahead of heron's, or heron's behind it by more."""
    with monkeypatch.context() as wrong:
        wrong.setattr(desk, "utc_now", lambda: utc_now() + timedelta(days=abs(days)))
        receive_later(office, abs(days))
        office.types_otter("sync", "--folder", str(office.stick))
    said = office.types("sync", "--folder", str(office.stick))
    assert "bear an hour more than a day ahead of this computer's clock" in said
    with monkeypatch.context() as right:
        right.setattr(desk, "utc_now", lambda: utc_now() + timedelta(days=abs(days)))
        said = office.types("sync", "--folder", str(office.stick))
    assert "ahead of this computer's clock" not in said
    bench = Workbench.unlock(open_store(office.heron), "heron marsh lantern seven")
    assert bench.requests.get(CODE) is not None
    bench.close()


def receive_later(office: Office, days: int) -> None:
    bench = Workbench.unlock(open_store(office.otter), OTTER, lambda: utc_now() + timedelta(days=days))
    bench.act(
        intake.actions.receive_request,
        bench.requests,
        subject=CODE,
        answers=parse({"safe_now": ("yes",), "language": ("en",)}),
        received_at=bench.now(),
        readers=bench.vault.readers_by_lot(CODE, "work"),
        by="person",
    )
    bench.close()


def test_there_is_a_sentence_for_every_reason_to_wait() -> None:
    assert set(desk.WAITS) == set(log.WAITING) - {log.FORGED}


def test_what_is_turned_away_and_what_waits_is_said(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Workbench.unlock(open_store(office.heron), HERON)
    desk.tell_received(bench, Received(2, {reason: 3 for reason in desk.WAITS}, 4))
    said = capsys.readouterr().out
    assert said.count("3 records") == len(desk.WAITS)
    assert "4 records were turned away" in said
    assert "cannot be read" not in said
    bench.close()


def test_whose_records_cannot_be_read_is_said(office: Office) -> None:
    receive(office)
    office.exchange()
    bench = Workbench.unlock(open_store(office.otter), OTTER)
    (index,) = [
        one.id for one in bench.vault.caught_up() if (one.subject, one.compartment) == (CODE, "index")
    ]
    sealed = seal.SUITE + bytes(300)
    name = seal.digest(sealed)
    planted(bench.vault, parts=[Part(index, name, len(sealed))], blobs=[Blob("body", name, sealed)])
    mark = device_mark(bench.vault.identity.device)
    bench.close()
    office.types_otter("sync", "--folder", str(office.stick))
    said = office.types("sync", "--folder", str(office.stick))
    assert f"1 records of otter {mark} cannot be read" in said


def test_a_bundle_goes_by_stick_twice_does_no_harm_and_a_cut_one_says_so(
    office: Office, tmp_path: Path
) -> None:
    receive(office)
    file = tmp_path / "notes.bin"
    assert "Only devices of this office can open it." in office.types_otter(
        "bundle", "out", str(file), "--all"
    )
    assert file.stat().st_mode & 0o077 == 0
    cut = tmp_path / "cut.bin"
    cut.write_bytes(file.read_bytes()[:-40])
    assert "The file ends in the middle." in office.types("bundle", "in", str(cut))
    office.types("bundle", "in", str(file))
    assert "Taken in: 0." in office.types("bundle", "in", str(file))
    assert BundleThere().sentence() in office.types("bundle", "out", str(file), code=2)
    nowhere = str(tmp_path / "no" / "such.bin")
    for way in ("out", "in"):
        assert BundleNotUsable().sentence() in office.types("bundle", way, nowhere, code=4)
    (tmp_path / "letter.txt").write_text("mine")
    told = office.types("bundle", "in", str(tmp_path / "letter.txt"), code=NotAParcel.exit_code)
    assert NotAParcel().sentence() in told


def test_two_open_together_or_one_says_no(office: Office) -> None:
    paper = PapersChecked(id="p.0", at=utc_now(), by="heron", subject="J-1", papers=(Paper(kind="passport"),))
    office.write(Item("J-1", "identity", body_of(paper)))
    office.exchange()
    assert "you asked for nothing" in office.types("together", "list")
    marks = []
    for purpose in ("papers_for_travel", "drill"):
        said = office.types("together", "ask", "J-1", "identity", "--purpose", purpose)
        marks.append(said.split()[1].strip("."))
    office.exchange()
    assert "J-1 identity (papers for travel)  heron asks" in office.types_otter("together", "list")
    office.types_otter("together", "refuse", marks[1])
    office.types_otter("together", "release", marks[0])
    office.types_otter("sync", "--folder", str(office.stick))
    office.exchange()
    assert "refused by otter" in office.types("together", "list")
    assert "kind: passport" in office.types("together", "look", marks[0])
    assert "Closed." in office.types("together", "close", marks[0])
    office.types("together", "look", marks[0], code=2)
    office.types("together", "look", "short", code=2)


def test_what_is_shredded_lists_who_has_done_it_and_who_has_not(office: Office) -> None:
    receive(office)
    office.exchange()
    assert "Nothing was ordered destroyed." in office.types("shredded")
    said = office.types_otter("shred", CODE, "--reason", "danger")
    assert f"Destroyed here: {CODE}." in said
    assert "not yet on: heron" in said
    assert "not yet on: heron" in office.types_otter("sweep")
    office.types_otter("sync", "--folder", str(office.stick))
    office.exchange()
    office.types_otter("sync", "--folder", str(office.stick))
    assert "not yet on: –" in office.types_otter("shredded")
    assert office.types_otter("sweep") == "Swept.\n"


def test_only_a_part_is_shredded_and_a_persons_whole_file_on_request(office: Office) -> None:
    receive(office)
    office.exchange()
    assert "(contact)" in office.types("shred", CODE, "--reason", "mistake", "--what", "contact")
    assert f"Destroyed here: {CODE}." in office.types("shred", CODE, "--reason", "person_asked", "--person")
    second = ("--second-passphrase", OTTER)
    office.types("shred", CODE, "--reason", "person_asked", *second, code=3)  # otter's keys lie elsewhere


def test_what_is_due_is_destroyed_at_each_unlocking_and_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(office)
    bench = Workbench.unlock(open_store(office.otter), OTTER)
    withdrawn = {"subject": CODE, "status": "withdrawn", "reasons": ("person_chose_otherwise",)}
    bench.act(ending.close_request, bench.requests, **withdrawn)
    bench.close()
    monkeypatch.setattr(desk, "utc_now", lambda: utc_now() + timedelta(days=31))
    said = office.types_otter("members")
    assert f"Destroyed, because its time was over: {CODE} (request not accepted)." in said
    assert os.listdir(office.otter)


def test_how_long_chats_are_kept_is_set_for_the_office(office: Office) -> None:
    assert office.types("chat-time") == "Chats are kept for 72 hours after they were answered.\n"
    assert "24 hours" in office.types("chat-time", "24")
    assert "24 hours" in office.types("chat-time")
    assert "Choose from: 24, 48, 72" in office.types("chat-time", "23", code=2)

"""Coming in, belonging, going: by commands, on two machines."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from offices import HERON, OTTER, Office, cheap, code_in, roles, run, types
from relay_at_work import relay

from kunak.access.actions import OpeningNotKnown
from kunak.cli import joining as commands
from kunak.cli import main
from kunak.cli.joining import WayNeeded
from kunak.cli.members import ThisDevice, WhomToRemove
from kunak.exchange.doorstep import NobodyExpected
from kunak.exchange.line import RelayNotOurs
from kunak.language import catalogue
from kunak.vault import Item
from kunak.vault.folder import FolderNotUsable
from kunak.vault.hand import NotYoursToOpen
from kunak.vault.joining import JoiningCodeUsed, NotAskedHere
from kunak.vault.membership import LastAdmin, NoSuchMember, NotAllowedToAdmit
from kunak.vault.openings import NothingToOpen, NotYoursToOpenTogether
from kunak.vault.roles import UnknownRole
from kunak.workbench import Workbench, joining, open_store


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    cheap(monkeypatch)
    monkeypatch.setattr(commands, "LOOK_EVERY_S", 0.05)
    return Office(tmp_path)


def test_an_office_is_founded_with_the_roles_that_its_founder_has(office: Office) -> None:
    office.found()
    assert "heron  duty, case-worker, lawyer  admin" in office.types("members")
    assert "this device" in office.types("members")


def test_the_code_is_shown_as_words_digits_and_a_qr_code(office: Office) -> None:
    office.found()
    said = office.types("invite", "--member", "otter", *roles("duty"))
    assert len(code_in(said).split()) == 7
    assert re.search(r"^  (\d{4} ){8}\d{4}$", said, re.M)
    assert "█" in said
    assert "No relay was named" in said


def test_a_member_joins_by_a_stick_and_both_see_the_same_list(office: Office) -> None:
    office.joined()
    assert list(office.stick.glob("ask-*")) == []
    office.exchange()
    ours, theirs = office.types("members"), office.types_otter("members")
    assert ours.replace(" · this device", "") == theirs.replace(" · this device", "")
    assert "otter  duty, case-worker" in ours


def test_a_member_joins_through_the_relay_with_the_code_alone(office: Office) -> None:
    office.found()
    with relay(office.heron) as address:
        code = code_in(office.types("invite", "--member", "otter", *roles("duty"), "--relay", address))
        ask = ("join", "--member", "otter", "--code", code, "--relay", address)
        assert "There is no answer yet." in office.types_otter(*ask, "--wait", "0")
        assert "otter is let in." in office.types("admit")
        assert "You belong to the office now." in office.types_otter(*ask)
        assert "Taken in: 0." not in office.types_otter("sync", "--relay", address)
        assert NobodyExpected().sentence() in types(
            office.stick / "third", OTTER, *ask, code=NobodyExpected.exit_code
        )


def test_the_newcomer_waits_at_the_relay_until_the_answer_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "LOOK_EVERY_S", 0)
    looks = iter((None, None, b"answer"))
    assert commands._waiting(lambda: next(looks), 1) == b"answer"


def test_a_code_is_good_once_and_for_one_device(office: Office) -> None:
    office.joined()
    office.types("admit", "--folder", str(office.stick))
    code = code_in(office.types("invite", "--member", "mira", *roles("duty")))
    third = ("join", "--member", "mira", "--code", code, "--folder", str(office.stick))
    types(office.stick / "one", OTTER, *third)
    office.types("admit", "--folder", str(office.stick))
    (answer,) = [file for file in office.stick.glob("answer-*") if file.read_bytes() and _is_of(file, code)]
    answer.unlink()
    types(office.stick / "two", OTTER, *third)
    told = office.types("admit", "--folder", str(office.stick), code=JoiningCodeUsed.exit_code)
    assert JoiningCodeUsed().sentence() in told


def _is_of(file: Path, code: str) -> bool:
    place = joining.place_of(joining.read_code(code))
    return file == commands._file(file.parent, "answer", place)


def test_joining_needs_a_way_and_a_folder_in_which_it_was_begun(office: Office, tmp_path: Path) -> None:
    office.found()
    code = code_in(office.types("invite", "--member", "otter", *roles("duty")))
    told = office.types_otter("join", "--member", "otter", "--code", code, code=WayNeeded.exit_code)
    assert WayNeeded().sentence() in told
    assert WayNeeded().sentence() in office.types("admit", code=2)
    with pytest.raises(NotAskedHere):
        joining.finish(tmp_path / "nowhere", joining.read_code(code), b"answer", OTTER)
    (tmp_path / "file").write_text("no folder")
    ask = ("join", "--member", "otter", "--code", code, "--folder", str(tmp_path / "file" / "x"))
    assert FolderNotUsable().sentence() in office.types_otter(*ask, code=4)


def test_nobody_has_asked_yet(office: Office) -> None:
    office.found()
    assert "Nobody has asked yet" in office.types("admit", "--folder", str(office.stick))


def test_only_an_admin_invites_admits_and_removes(office: Office) -> None:
    office.joined()
    office.exchange()
    for words in (
        ("invite", "--member", "mira", *roles("duty")),
        ("admit", "--folder", str(office.stick)),
        ("remove", "heron"),
        ("roles", "heron", *roles("duty")),
    ):
        assert NotAllowedToAdmit().sentence() in office.types_otter(*words, code=2)


def join(office: Office, member: str, *held: str) -> Path:
    """A further member, by the stick."""
    folder = office.stick.parent / member
    code = code_in(office.types("invite", "--member", member, *roles(*held)))
    ask = ("join", "--member", member, "--code", code, "--folder", str(office.stick))
    types(folder, OTTER, *ask)
    office.types("admit", "--folder", str(office.stick))
    types(folder, OTTER, *ask)
    return folder


def test_the_third_member_holds_no_half_until_a_second_member_vouches(office: Office) -> None:
    office.joined()
    mira = join(office, "mira", "duty", "lawyer")
    office.exchange()
    types(mira, OTTER, "sync", "--folder", str(office.stick))
    assert "waits for a second to vouch" in office.types("members")
    assert "waits for you or another to vouch" in office.types_otter("members")
    assert "mira" in office.types_otter("vouch")
    office.types_otter("vouch", "mira")
    office.types_otter("vouch", "mira", code=2)
    assert "Nobody waits for you" in office.types_otter("vouch")
    office.exchange()
    assert "vouch" not in office.types("members")


def test_roles_are_changed_and_the_others_hear_of_it(office: Office) -> None:
    office.joined()
    office.types("roles", "otter", *roles("movement"), "--admin")
    office.exchange()
    assert "otter  movement  admin" in office.types_otter("members")
    assert "This office has no such member" in office.types("roles", "nobody", *roles("duty"), code=2)


def test_a_removal_lists_what_the_device_could_read_and_ends_it_everywhere(office: Office) -> None:
    office.joined()
    office.exchange()
    office.write(Item("C-1", "index", b"one"), Item("C-1", "work", b"two"), Item("C-1", "identity", b"three"))
    with relay(office.heron) as address:
        office.types("sync", "--relay", address)
        office.types_otter("sync", "--relay", address)
        said = office.types("remove", "otter")
        assert "C-1: identity (half a key: it opens nothing alone), index, work" in said
        assert "The relay is told" in said
        assert RelayNotOurs().sentence() in office.types_otter("sync", code=4)
        office.types("sync")
    assert "otter" not in office.types("members")


def test_one_device_is_removed_by_its_mark_and_not_the_one_you_sit_at(office: Office) -> None:
    office.joined()
    marks = dict(re.findall(r"^(\w+)  .*\n  ([0-9a-f-]{14}) ", office.types("members"), re.M))
    assert ThisDevice().sentence() in office.types("remove", "--device", marks["heron"], code=2)
    assert ThisDevice().sentence() in office.types("remove", "heron", code=2)
    assert WhomToRemove().sentence() in office.types("remove", code=2)
    assert WhomToRemove().sentence() in office.types("remove", "otter", "--device", marks["otter"], code=2)
    assert NoSuchMember().sentence() in office.types("remove", "--device", "0000-0000-0000", code=2)
    assert "Sync, so that the others hear of it." in office.types("remove", "--device", marks["otter"])
    assert "otter" not in office.types("members")


def test_a_new_device_takes_the_place_of_the_old_one(office: Office) -> None:
    office.joined()
    office.exchange()
    assert NoSuchMember().sentence() in office.types("renew", "nobody", code=2)
    code = code_in(office.types("renew", "otter"))
    fresh = office.stick.parent / "fresh"
    ask = ("join", "--member", "otter", "--code", code, "--folder", str(office.stick))
    types(fresh, OTTER, *ask)
    office.types("admit", "--folder", str(office.stick))
    types(fresh, OTTER, *ask)
    office.exchange()
    types(fresh, OTTER, "sync", "--folder", str(office.stick))
    (device,) = re.findall(r"^otter  .*\n((?:  .+\n)+)", types(fresh, OTTER, "members"), re.M)
    assert device.count("\n") == 1
    assert "this device" in device


def test_the_commands_speak_russian_where_the_terminal_does(office: Office) -> None:
    office.found()
    told = CliRunner().invoke(
        main,
        ["vouch", str(office.heron), "--passphrase", HERON],
        env={"KUNAK_LANGUAGE": "", "LANG": "ru_RU.UTF-8"},
    )
    assert told.output.strip() == catalogue("ru").gettext("Nobody waits for you to vouch for them.")
    assert run("vouch", str(office.heron), "--passphrase", HERON).output.startswith("Nobody waits")


def test_what_a_member_is_not_given_is_refused_in_a_sentence(office: Office) -> None:
    office.joined()
    assert UnknownRole().sentence() in office.types("invite", "--member", "mira", code=2)
    told = office.types("roles", "heron", *roles("duty"), "--no-admin", code=LastAdmin.exit_code)
    assert LastAdmin().sentence() in told
    asked = ("together", "ask", "C-1", "identity", "--purpose", "drill")
    assert NothingToOpen().sentence() in office.types(*asked, code=2)
    mira = join(office, "mira", "movement")
    assert NotYoursToOpenTogether().sentence() in types(mira, OTTER, *asked, code=3)
    assert OpeningNotKnown().sentence() in office.types("together", "refuse", "0" * 8, code=2)
    vault = Workbench.unlock(open_store(mira), OTTER).vault
    with pytest.raises(NotYoursToOpen):
        vault.intake_seeds()
    vault.close()

"""The pages of members: who belongs, a code read aloud, vouching, roles, and a device removed in one action."""

import html
import re
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from relay_running import running_with
from two_desks import OWN, carry, code_of, join, settle, sit_down
from web_desk import CHEAP, THEIRS, plain

from kunak.cli import main
from kunak.exchange.doorstep import Doorstep
from kunak.exchange.link import Link
from kunak.exchange.relay.keys import enrolment
from kunak.vault import MemoryStore, membership
from kunak.vault.stores import Blob
from kunak.web.members import NoFileChosen
from kunak.web.members_change import OwnDevice
from kunak.workbench import Workbench, joining, relay_id
from kunak.workbench import syncing as by_hand
from kunak.workbench.founding import MemberCodeUnfit, device_mark, public_keys


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(joining, "COST", CHEAP)


def test_everybody_is_listed_with_roles_in_words_and_devices(desk):
    page = desk.text("/members")
    assert "heron you duty, case worker, movement coordinator, coordinator, admin" in page
    assert device_mark(desk.bench.vault.identity.device) in page
    assert "two stand behind them" in page


def test_an_office_in_which_two_admins_removed_each_other_says_so_and_what_to_do(desk, colleague):
    heron, hour = desk.bench.vault, desk.clock()
    membership.change_member(heron, "ibis", hour, roles_held=("duty",), admin=True)
    settle(desk, colleague)
    assert "two histories" not in colleague.text("/members")
    apart = MemoryStore()
    for shelf in ("keystore", "local", "epoch", "segment", "body", "grant"):
        apart.commit([Blob(shelf, name, sealed) for _, name, sealed in heron.office.store.since(shelf)])
    ibis = Workbench.unlock(apart, THEIRS, desk.clock)
    membership.remove_member(ibis.vault, "heron", hour)
    membership.remove_member(heron, "ibis", hour)
    carry(desk, colleague)
    colleague.upload("/sync/in", bundle=by_hand.bundle_out(ibis))
    for path in ("/members", "/sync"):
        page = colleague.text(path)
        assert "heron and ibis removed each other" in page
        assert "This machine follows heron" in page
        assert "Decide together which of the two goes on." in page
    folder = str(colleague.office.settings.directory)
    told = CliRunner().invoke(main, ["members", folder, "--passphrase", OWN], catch_exceptions=False)
    assert "heron and ibis removed each other" in told.output
    assert "joins anew, by a code of the one who stays" in told.output


def test_a_newcomer_joins_by_a_code_and_reads_what_their_role_reads(desk, tmp_path):
    request = desk.receive("hello")
    made = desk.post("/members/invite", form="invite", member="otter", roles=("case-worker", "lawyer"))
    page = made.text
    assert len(code_of(page)) == 8
    assert "<svg" in page
    assert re.search(r"\d{4} \d{4}", page)
    other = join(desk, tmp_path / "wren", "wren", ("duty",))
    carry(desk, other)
    assert request in other.text("/")
    assert "not vouched for yet" in desk.text("/members")
    other.client.close()
    other.office.end()


def test_a_code_is_good_once(desk, tmp_path):
    code = code_of(desk.post("/members/invite", form="invite", member="otter", roles="duty").text)
    asked = joining.ask(tmp_path / "one", "otter", code)
    assert desk.upload("/members/admit", ask=asked).status_code == 200
    again = desk.upload("/members/admit", ask=asked)
    assert again.status_code == 422
    assert "used already" in again.text
    assert "used" in desk.text("/members")


@contextmanager
def at_a_relay(desk, folder):
    """A relay that really runs, and knows this office."""
    vault = desk.bench.vault
    keys = public_keys(vault)
    known = enrolment(intake=keys.intake, channel=keys.channel, rid=relay_id(vault), admins=keys.admins)
    with running_with(folder, [known]) as relay:
        desk.office.link = Link(relay.address)
        yield relay.address
        desk.office.link.close()
        desk.office.link = None


def test_a_newcomer_may_ask_at_the_relay_too(desk, tmp_path):
    assert "Nobody has asked at the relay yet." in desk.post("/members/relay").text
    with at_a_relay(desk, tmp_path / "relay") as address:
        code = code_of(desk.post("/members/invite", form="invite", member="otter", roles="duty").text)
        assert "Look at the relay whether they asked" in desk.text("/members")
        assert "Nobody has asked at the relay yet." in desk.post("/members/relay").text
        door = Doorstep(address, joining.place_of(code))
        door.ask(joining.ask(tmp_path / "otter", "otter", code))
        assert "Let in." in desk.post("/members/relay").text
        joining.finish(tmp_path / "otter", code, door.told(), OWN).close()
        door.close()
    assert "otter" in desk.bench.vault.members


def test_what_is_refused_when_inviting_and_letting_in(desk):
    unfit = desk.post("/members/invite", member="Dr House", roles="duty").text
    assert MemberCodeUnfit().sentence() in html.unescape(unfit)
    assert (
        "has a member of this name already" in desk.post("/members/invite", member="ibis", roles="duty").text
    )
    assert "Choose at least one." in desk.post("/members/invite", form="invite", member="wren").text
    assert NoFileChosen().sentence() in desk.upload("/members/admit", other=b"x").text
    assert "not made with the joining code" in desk.upload("/members/admit", ask=b"x" * 80).text
    assert desk.get("/members/codes/000000000000").status_code == 404


def test_a_second_member_vouches_after_comparing_the_marks(desk, tmp_path):
    other = join(desk, tmp_path / "otter", "otter", ("case-worker",))
    mine = re.search(r'Mark of their key</dt><dd><span class="code">(.*?)<', desk.get("/members/otter").text)
    theirs = re.search(
        r'Mark of their key</dt><dd><span class="code">(.*?)<', other.get("/members/otter").text
    )
    assert mine and theirs and mine[1] == theirs[1]
    assert "I know this person" not in desk.text("/members/otter")  # who let them in does not vouch too
    refused = desk.post("/members/otter/vouch")
    assert "You cannot vouch for this member" in refused.text
    desk.unlock(THEIRS)
    assert "Vouch for otter" in desk.text("/members")
    desk.post("/members/otter/vouch")
    assert "not vouched" not in desk.text("/members")
    other.client.close()
    other.office.end()


def test_who_is_no_admin_sees_the_list_and_whom_to_ask(desk):
    desk.unlock(THEIRS)
    page = desk.text("/members")
    assert "Ask heron." in page
    assert "Make a code" not in page
    assert "Only a member who may admit" in desk.post("/members/invite", member="wren", roles="duty").text
    assert desk.get("/members/heron/remove").status_code == 422


def test_roles_are_changed_and_the_last_admin_stays(desk):
    desk.post("/members/ibis/roles", form="roles", roles=("duty", "lawyer"))
    assert desk.bench.vault.office.epoch.member("ibis").roles == ("duty", "lawyer")
    kept = desk.post("/members/heron/roles", form="roles", roles="duty")
    assert kept.status_code == 422
    assert "without anyone who may admit" in kept.text


def test_a_removed_device_is_refused_everywhere_and_what_it_could_read_is_listed(desk, colleague):
    case = colleague.open_case()[1]
    settle(desk, colleague)
    mark = device_mark(colleague.bench.vault.identity.device)
    before = desk.text(f"/devices/{mark}/remove")
    assert case in before
    assert "index" in before
    assert "Remove otter with all devices" in before
    after = desk.post(f"/devices/{mark}/remove")
    assert "Removed." in after.text
    assert case in after.text
    assert "otter" not in desk.bench.vault.members
    colleague.receive("after they were removed")
    made = colleague.post("/sync/out").content
    desk.upload("/sync/in", bundle=made)
    assert "after it was removed" in desk.text("/sync")
    assert case in desk.text("/members/removed")  # the list stays


def test_a_member_is_removed_with_all_devices_but_nobody_removes_the_device_they_sit_at(desk):
    own = device_mark(desk.bench.vault.identity.device)
    assert "cannot remove itself" in desk.text("/members/heron/remove")
    assert desk.post("/members/heron/remove").status_code == 422
    assert OwnDevice().sentence() in desk.post(f"/devices/{own}/remove").text
    desk.post("/members/ibis/remove")
    assert desk.bench.vault.members == ("heron",)
    assert desk.post("/members/ibis/remove").status_code == 422


def test_a_lost_device_is_replaced(desk, colleague, tmp_path):
    old = colleague.bench.vault.identity.device
    page = desk.post("/members/devices", form="device", of="otter", how="instead").text
    assert "the other devices of otter are removed" in page
    code = code_of(page)
    desk.upload("/members/admit", ask=joining.ask(tmp_path / "new", "otter", code))
    joining.finish(tmp_path / "new", code, desk.get("/members/answer").content, OWN).close()
    assert [one.id for one in desk.bench.vault.office.epoch.devices_of(("otter",))] != [old]
    assert len(desk.bench.vault.office.epoch.devices_of(("otter",))) == 1
    new = sit_down(tmp_path / "new", desk)
    assert "otter you" in plain(new.get("/members").text)
    new.client.close()
    new.office.end()

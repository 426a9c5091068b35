"""Whatever an office lives through, its devices come to the same: random lives, and what these have taught.

A thousand lives more: tests/bench/bench_soak.py.
"""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_network import HUB, Network
from vault_office import AT
from vault_schedule import Schedule, Tripping, chance_from

from kunak.vault import Item, MemoryStore, Vault, membership, openings, shredding
from kunak.vault.epochs import Change
from kunak.vault.receiving import receive
from kunak.vault.stores import Blob, NotReached, Store
from kunak.vault.sync import sync
from kunak.vault.tending import tend

pytestmark = pytest.mark.slow

HALL = b"the hall"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("folders")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_after_any_life_all_devices_come_to_the_same(place: Path, seed: int) -> None:
    with chance_from(seed) as chance:
        folder = place / str(len(list(place.iterdir())))
        folder.mkdir()
        schedule = Schedule(chance, folder)
        schedule.run(40)
        schedule.check()
        schedule.open_together()


def index(body: bytes, subject: str = "C-1") -> Item:
    return Item(subject, "index", body)


def two_admins() -> Network:
    net = Network()
    net.join("boris", admin=True)
    net.settle()
    return net


def epochs_in(store: Store) -> list[Blob]:
    return [Blob("epoch", name, sealed) for _, name, sealed in store.since("epoch")]


def same(net: Network) -> None:
    """All settle, start anew, and have the same epochs, segments and notes."""
    net.settle()
    for device in net.vaults:
        net.vaults[device] = Vault.unlock(net.stores[device], passphrase=f"{device}'s own")
        net.vaults[device].caught_up()
    offices = [one.office for one in net.vaults.values()]
    assert len({one.epoch.hash for one in offices}) == 1
    assert len({frozenset(one.log.heads()) for one in offices}) == 1
    assert not any(one.lineage.sides for one in offices)


def test_an_epoch_that_comes_before_what_lies_behind_it_waits_for_it() -> None:
    net = two_admins()
    net.join("vera", by="boris")
    net.join("gleb", by="anna")
    net.sync("anna", "boris", "anna", "boris")
    vera = net["vera"]
    coming = [
        one
        for one in epochs_in(net.hub)
        if one.name not in dict(vera.office.store.fetch("epoch", [one.name]))
    ]
    for blob in reversed(coming):
        assert receive(vera, [blob], AT).turned_away == 0
    assert vera.office.epoch.hash == net["anna"].office.epoch.hash
    again = Vault.unlock(net.stores["vera"], passphrase="vera's own")
    assert again.office.epoch.hash == vera.office.epoch.hash


def test_what_a_segment_names_is_fetched_once_its_epoch_is_known() -> None:
    net = two_admins()
    net.join("vera", by="boris")
    net.join("gleb", by="anna")
    net["gleb"].write([index(b"from the other side")], AT)
    net.sync(
        "gleb", "vera"
    )  # vera cannot open an epoch that is not wrapped to her, nor what was written in it
    same(net)
    assert b"from the other side" in net.bodies("vera")


@pytest.mark.parametrize("attempt", range(4))  # which hash is lower is chance
def test_two_admins_who_each_let_two_in_while_apart_come_to_one_office(attempt: int) -> None:
    net = two_admins()
    for device, by in (("vera", "boris"), ("gleb", "anna"), ("daria", "boris"), ("egor", "anna")):
        net.join(device, by=by)
        net[device].write([index(f"by {device}".encode())], AT)
    same(net)
    assert len(net["anna"].members) == 6
    for device in net.vaults:
        assert len(net.bodies(device)) == 4


@pytest.mark.parametrize("attempt", range(4))
def test_what_led_here_leads_after_starting_anew(attempt: int) -> None:
    net = two_admins()
    net.join("vera", by="anna", admin=True)
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    membership.remove_member(net["boris"], "anna", AT)  # over who may decide an office can split, for good
    net.sync("anna", "boris", "anna", "boris")
    for device in ("anna", "boris"):
        led = net[device].office.epoch.hash
        again = Vault.unlock(net.stores[device], passphrase=f"{device}'s own")
        assert again.office.epoch.hash == led
        assert again.office.epoch.document.signer == device


def removed_each_other(*devices: str) -> Network:
    """Anna and boris have removed each other, apart; the others follow one of them each, and write."""
    net = two_admins()
    for device in devices:
        net.join(device, by="anna", admin=device == "vera")
    net.settle()
    halls = {"anna": MemoryStore(), "boris": MemoryStore()}
    membership.remove_member(net["anna"], "boris", AT)
    membership.remove_member(net["boris"], "anna", AT)
    for device, followed in zip(devices, ("anna", "boris", "boris"), strict=False):
        for one in (followed, device, followed):
            sync(net[one], halls[followed], HALL, AT)
        net[device].write([index(f"by {device}".encode())], AT)
    return net


@pytest.mark.parametrize("attempt", range(4))  # which hash is lower is chance
@pytest.mark.parametrize(
    "order", [("vera", "gleb", "daria"), ("gleb", "daria", "vera"), ("daria", "vera", "gleb")]
)
def test_where_two_admins_remove_each_other_a_third_decides_for_all(
    order: tuple[str, ...], attempt: int
) -> None:
    net = removed_each_other("vera", "gleb", "daria")
    loser = net.vaults.pop("boris")
    for _ in range(3):
        net.sync(*order, "anna")
    assert not any(one.office.lineage.split for one in net.vaults.values())
    same(net)
    for device in net.vaults:
        assert sorted(net[device].members) == ["anna", "daria", "gleb", "vera"]
        assert sorted(net.bodies(device)) == [b"by daria", b"by gleb", b"by vera"]
    sync(loser, net.hub, HUB, AT)
    loser.write([index(b"too late")], AT)
    sync(loser, net.hub, HUB, AT)
    same(net)
    assert b"too late" not in net.bodies("gleb")


@pytest.mark.parametrize("attempt", range(4))
def test_a_third_who_was_let_in_by_a_removed_admin_decides_nothing(attempt: int) -> None:
    net = two_admins()
    net.join("gleb", by="anna")
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna", "gleb")
    led = net["gleb"].office.epoch.hash
    membership.remove_member(net["boris"], "anna", AT)
    friend = net.join("friend", by="boris", admin=True)
    friend.next_epoch(Change(), AT)
    net.sync("boris", "friend", "gleb", "anna", "gleb")
    assert led in [epoch.hash for epoch in net["gleb"].office.lineage.leading]
    assert net["gleb"].office.lineage.thirds == frozenset()
    assert "friend" not in net["gleb"].members


@pytest.mark.parametrize("attempt", range(4))
def test_an_office_that_has_split_without_a_third_says_so_and_each_part_goes_on(attempt: int) -> None:
    net = removed_each_other("gleb", "daria")
    for _ in range(3):
        net.sync("gleb", "daria", "anna", "boris")
    for device, follows, other in (("gleb", "anna", "boris"), ("daria", "boris", "anna")):
        told = [epoch.document.signer for epoch in net[device].office.lineage.split]
        assert told == [follows, other]
        assert sorted(net.bodies(device)) == [b"by daria", b"by gleb"]  # who belongs to both reads both
        again = Vault.unlock(net.stores[device], passphrase=f"{device}'s own")  # whatever hash is lower
        assert [epoch.document.signer for epoch in again.office.lineage.split] == [follows, other]
        assert again.office.epoch.hash == net[device].office.epoch.hash
    # People decide for anna: daria joins anew, by a code of hers.
    net.join("daria-2", member="daria", by="anna", replacing=True)
    net.vaults.pop("boris"), net.vaults.pop("daria")
    for _ in range(3):
        net.sync(*net.vaults)
    assert {net[device].office.epoch.hash for device in net.vaults} == {net["anna"].office.epoch.hash}
    assert sorted(net["daria-2"].members) == ["anna", "daria", "gleb"]


@pytest.mark.parametrize("attempt", range(4))
def test_roles_that_were_changed_aside_are_changed_after_the_merge(attempt: int) -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    membership.change_member(net["boris"], "vera", AT, roles_held=("numbers",), admin=False)
    net.join("gleb", by="anna")
    same(net)
    assert {one.office.epoch.member("vera").roles for one in net.vaults.values()} == {("numbers",)}


@pytest.mark.parametrize("attempt", range(4))
def test_of_two_removals_of_one_device_the_lower_cut_counts_for_all(attempt: int) -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    net["vera"].write([index(b"late")], AT)
    sync(net["vera"], net.hub, HALL, AT)
    sync(net["boris"], net.hub, HALL, AT)
    membership.remove_member(net["boris"], "vera", AT)  # has heard it
    membership.remove_member(net["anna"], "vera", AT)  # has not
    gone = net.vaults.pop("vera")
    same(net)
    assert net.bodies("anna") == net.bodies("boris") == []
    assert gone.member == "vera"


def test_a_second_program_notices_when_the_first_has_taken_in_a_removal() -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    net["vera"].write([index(b"early")], AT)
    net.settle()
    second = Vault.unlock(net.stores["anna"], passphrase="anna's own")
    net["vera"].write([index(b"late")], AT)
    membership.remove_member(net["boris"], "vera", AT)
    net.sync("vera", "anna")
    assert len(list(second.read())) == 2
    net.sync("boris", "anna")
    assert [one.body for one in second.read()] == [b"early"]


def test_two_releases_of_one_file_do_not_hinder_each_other() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net["anna"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    wanted = openings.sought(net["boris"], "C-1", "identity")
    first, second = openings.new_opening(), openings.new_opening()
    for opening in (first, second):
        openings.release(net["anna"], opening, wanted, "boris", (), AT)
    net.settle()
    mine = openings.Openings(net["boris"])
    for opening in (second, first):
        assert [one.body for one in mine.read(opening, wanted, AT)] == [b"name"]


def test_a_share_that_two_machines_of_one_holder_dealt_is_right() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net.join("anna-2", member="anna")
    net.settle()
    membership.vouch(net["boris"], "anna", AT)
    net["anna"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    net.join("vera", ("duty", "lawyer"))
    net.settle()
    membership.vouch(net["boris"], "vera", AT)
    sync(net["boris"], net.hub, HALL, AT)
    for device in ("anna", "anna-2"):  # each hears that vera is known, neither what the other then does
        _hear_only(net, device)
    net.settle()
    opening, wanted = openings.new_opening(), openings.sought(net["vera"], "C-1", "identity")
    openings.release(net["anna"], opening, wanted, "vera", (), AT)
    net.settle()
    assert [one.body for one in openings.Openings(net["vera"]).read(opening, wanted, AT)] == [b"name"]


def _hear_only(net: Network, device: str) -> None:
    """Take in what lies at the hub, do what follows from it, and send nothing."""
    blobs = [
        Blob(shelf, name, sealed)
        for shelf in ("epoch", "grant", "body", "segment")
        for _, name, sealed in net.hub.since(shelf)
    ]
    receive(net[device], blobs, AT)
    tend(net[device], AT)


def test_a_file_whose_founder_was_cut_off_stays_readable_for_those_it_was_for() -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    net["vera"].write([Item("C-1", "work", b"founded", ("vera", "boris", "anna"))], AT)
    net.sync("vera", "boris")
    net["boris"].write([Item("C-1", "work", b"gone on")], AT)
    membership.remove_member(net["anna"], "vera", AT)  # without having heard of it
    net.vaults.pop("vera")
    same(net)
    assert net.bodies("boris") == net.bodies("anna") == [b"gone on"]


def test_what_was_shredded_does_not_come_back_with_a_late_stick() -> None:
    net = two_admins()
    net["anna"].write([Item("C-1", "place", b"where")], AT)
    kept = [
        Blob(shelf, name, sealed)
        for shelf in ("grant", "body", "segment")
        for _, name, sealed in net.stores["anna"].since(shelf)
    ]
    net.settle()
    shredding.shred(net["anna"], shredding.dossiers_of(net["anna"], "C-1"), AT)
    net.settle()
    receive(net["boris"], kept, AT)
    same(net)
    for store in (*net.stores.values(), net.hub):
        assert not list(store.since("body"))


def test_a_disk_that_fails_while_epochs_are_read_makes_none_of_them_forgotten() -> None:
    net = two_admins()
    disk = Tripping(net.stores["anna"])
    anna = Vault.unlock(disk, passphrase="anna's own")
    net.join("vera", by="anna")  # by another program on the same disk
    net.join("gleb", by="anna")
    for calls in range(8):
        disk.calls_left = calls
        with suppress(NotReached):
            anna.caught_up()
        disk.calls_left = None
    anna.caught_up()
    assert anna.members == net["anna"].members


def test_a_device_that_does_not_count_yet_keeps_no_key_that_it_was_not_granted() -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    net["vera"].write([index(b"something")], AT)
    shredding.pass_on(net["vera"], "C-1", "work", ["anna", "boris"], AT)
    log, me = net["vera"].office.log, net["vera"].identity.device
    assert all(me in log.holders(dossier.id) for dossier in net["vera"].caught_up())


def test_what_a_colleague_wrote_who_followed_a_removed_admin_can_be_read_by_all_in_the_end() -> None:
    net = two_admins()
    net.join("vera", by="anna")
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    net.join("daria", by="anna")
    net.join("gleb", by="boris")  # who does not know yet
    sync(net["boris"], net.hub, HALL, AT)
    sync(net["vera"], net.hub, HALL, AT)  # nor does vera
    net["vera"].write([index(b"before she heard")], AT)
    net.sync("anna", "vera", "daria", "anna")
    net["vera"].write([index(b"after")], AT)
    net.vaults.pop("boris"), net.vaults.pop("gleb")
    same(net)
    for device in ("anna", "vera", "daria"):
        assert sorted(net[device].members) == ["anna", "daria", "vera"]
        assert net.bodies(device) == [b"before she heard", b"after"]

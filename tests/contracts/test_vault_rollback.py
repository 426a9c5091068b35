"""A place where devices meet that went back to an older state is noticed by each device that knows better."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_network import HUB, Network
from vault_office import AT

from kunak.vault import Item, MemoryStore, SqliteStore, membership
from kunak.vault.log import blob_name
from kunak.vault.stores import Blob
from kunak.vault.sync import OtherCopyDiffers, StoreRolledBack, sync, sync_anew, went_on

SHELVES = ("epoch", "segment", "body", "grant")


class Server:
    """A database in one file, of which backups are made and put back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hub.sqlite"
        self.store = SqliteStore(self.path)

    def back_up(self, name: str) -> None:
        self.store.close()
        shutil.copy(self.path, self.path.with_name(name))

    def put_back(self, name: str) -> None:
        self.store.close()
        for left in self.path.parent.glob("hub.sqlite*"):
            left.unlink()
        shutil.copy(self.path.with_name(name), self.path)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture
def net(server: Server) -> Network:
    net = Network(server.store)
    net.join("boris")
    net.settle()
    server.back_up("old")
    return net


def note(net: Network, device: str, body: bytes) -> None:
    net[device].write([Item("C-1", "index", body)], AT)


def test_an_old_backup_is_noticed_by_whoever_had_seen_what_it_lacks(net: Network, server: Server) -> None:
    note(net, "anna", b"one")
    net.settle()
    server.put_back("old")
    for device in net.vaults:
        with pytest.raises(StoreRolledBack) as noticed:
            net.sync(device)
        assert "Your own copy is whole" in noticed.value.advice()


def test_what_was_put_there_and_is_gone_before_it_was_seen_again_is_missed(
    net: Network, server: Server
) -> None:
    note(net, "anna", b"one")
    net.sync("anna")
    server.put_back("old")
    with pytest.raises(StoreRolledBack):
        net.sync("anna")
    net.sync("boris")  # he had never seen it


def test_it_is_missed_even_when_others_have_written_in_its_place_since(net: Network, server: Server) -> None:
    for number in range(3):
        note(net, "anna", b"%d" % number)
    net.sync("anna", "anna")
    server.put_back("old")
    for number in range(3, 9):
        note(net, "boris", b"%d" % number)
    net.sync("boris")
    with pytest.raises(StoreRolledBack):
        net.sync("anna")


def test_syncing_anew_from_each_device_brings_all_back(net: Network, server: Server) -> None:
    for device in net.vaults:
        note(net, device, device.encode())
        net.sync(device)
    server.put_back("old")
    for device in net.vaults:
        with pytest.raises(StoreRolledBack):
            net.sync(device)
        sync_anew(net[device], net.hub, HUB, AT)
    net.settle()
    assert net.bodies("anna") == net.bodies("boris")
    assert len(net.bodies("anna")) == 2


def test_a_change_of_members_that_is_gone_is_missed(net: Network, server: Server) -> None:
    net.join("vera")
    net.settle()
    server.back_up("with vera")
    membership.remove_member(net["anna"], "vera", AT)
    net.sync("anna")
    server.put_back("with vera")
    with pytest.raises(StoreRolledBack):
        net.sync("anna")


def test_an_emptied_place_is_noticed_and_filled_anew(net: Network, server: Server) -> None:
    note(net, "anna", b"one")
    net.settle()
    net.hub = MemoryStore()
    with pytest.raises(StoreRolledBack):
        net.sync("anna")
    sync_anew(net["anna"], net.hub, HUB, AT)
    assert sync_anew(net["boris"], net.hub, HUB, AT).sent == 0
    net.settle()
    assert len(list(net.hub.since("body"))) == 1


def test_what_lay_there_before_its_epoch_was_known_here_is_no_loss(net: Network) -> None:
    """Boris passes over a segment of an epoch that he gets on a stick only later, and finds it there then."""
    net.join("vera")
    late = MemoryStore()
    sync(net["vera"], late, b"elsewhere", AT)
    (*_, newest) = net.stores["anna"].since("epoch")
    net.hub.commit(
        [Blob(shelf, name, sealed) for shelf in SHELVES[1:] for _, name, sealed in late.since(shelf)]
    )
    assert net.sync("boris")[0].received.waiting
    net.hub.commit([Blob("epoch", newest[1], newest[2])])
    assert not net.sync("boris")[0].received.waiting
    for _ in range(3):
        net.sync("boris", "anna")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=2), unique=True), st.data())
def test_a_place_went_on_exactly_when_what_was_seen_last_lies_where_it_lay(
    names: list[bytes], data: st.DataObject
) -> None:
    rows = [(number, name, b"") for number, name in enumerate(names, start=1)]
    cursor = data.draw(st.integers(0, len(rows)))
    last = names[cursor - 1] if cursor else b""
    assert list(went_on(rows[max(cursor - 1, 0) :], cursor, last)) == rows[cursor:]
    if cursor:
        for wrong in ([], rows[: cursor - 1][-1:], rows[cursor:], [(cursor, last + b"!", b"")]):
            with pytest.raises(StoreRolledBack):
                list(went_on(wrong, cursor, last))


def test_a_place_that_holds_something_else_where_a_record_belongs_is_named(net: Network) -> None:
    note(net, "anna", b"one")
    own = net["anna"].office.log.head(net["anna"].identity.device)
    net.hub.commit(
        [Blob("segment", blob_name(net["anna"].office.id, own.device, own.seq), b"something else")]
    )
    with pytest.raises(OtherCopyDiffers) as refused:
        net.sync("anna")
    assert "nothing was overwritten" in refused.value.advice()

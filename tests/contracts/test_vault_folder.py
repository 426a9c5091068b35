"""Exchange through a folder: each device keeps one file there and reads the others'."""

import shutil
from pathlib import Path

import pytest
from vault_network import Network
from vault_office import AT

from kunak.vault import Item, membership, shredding
from kunak.vault.folder import ENDING, FolderNotUsable, exchange, name_of


@pytest.fixture
def net() -> Network:
    """Three devices that have met once; from now on they only meet in folders."""
    net = Network()
    net.join("boris")
    net.join("vera")
    net.settle()
    return net


def index(body: bytes) -> Item:
    return Item("C-1", "index", body)


def rounds(net: Network, folder: Path, *devices: str) -> list[bool]:
    return [exchange(net[device], folder, AT).wrote for device in devices or net.vaults]


def test_all_come_to_the_same_through_a_folder(net: Network, tmp_path: Path) -> None:
    for device in net.vaults:
        net[device].write([index(device.encode())], AT)
    rounds(net, tmp_path)
    rounds(net, tmp_path)
    assert net.bodies("anna") == net.bodies("boris") == net.bodies("vera")
    assert len(net.bodies("anna")) == 3
    assert len(list(tmp_path.iterdir())) == 3


def test_when_there_is_nothing_to_tell_no_file_changes(net: Network, tmp_path: Path) -> None:
    for _ in range(6):
        rounds(net, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert rounds(net, tmp_path) == [False] * 3
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_copies_of_a_folder_that_were_apart_meet_without_a_loss(net: Network, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    net["anna"].write([index(b"in one")], AT)
    net["boris"].write([index(b"in the other")], AT)
    rounds(net, one, "anna")
    rounds(net, other, "boris")
    for path in other.iterdir():
        shutil.copy(path, one)
    rounds(net, one)
    rounds(net, one)
    assert net.bodies("anna") == net.bodies("boris") == net.bodies("vera")
    assert sorted(net.bodies("anna")) == [b"in one", b"in the other"]


def test_a_file_that_is_still_being_copied_is_read_when_it_is_whole(net: Network, tmp_path: Path) -> None:
    net["anna"].write([index(b"long " * 100)], AT)
    rounds(net, tmp_path, "anna")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for length in (0, 3, 40, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert exchange(net["boris"], tmp_path, AT).unread == 1
    path.write_bytes(whole)
    assert exchange(net["boris"], tmp_path, AT).read == 1
    assert exchange(net["boris"], tmp_path, AT).read == 0
    assert net.bodies("boris") == [b"long " * 100]


def test_what_does_not_belong_there_is_left_alone_and_counted(net: Network, tmp_path: Path) -> None:
    (tmp_path / f"strange{ENDING}").write_bytes(b"kunak\x01" + bytes(100))
    (tmp_path / "holiday.txt").write_text("x")
    assert exchange(net["anna"], tmp_path, AT).unread == 1
    assert (tmp_path / f"strange{ENDING}").exists()


def test_the_names_of_files_tell_nobody_whose_they_are(net: Network, tmp_path: Path) -> None:
    rounds(net, tmp_path)
    devices = [vault.identity.device.hex() for vault in net.vaults.values()]
    for path in tmp_path.iterdir():
        assert not any(device[:8] in path.name for device in devices)
        assert not any(member.encode() in path.read_bytes() for member in net.vaults)


def test_what_was_shredded_leaves_the_folder_when_each_device_has_heard_of_it(
    net: Network, tmp_path: Path
) -> None:
    net["anna"].write([index(b"to be forgotten")], AT)
    rounds(net, tmp_path)
    rounds(net, tmp_path)
    sealed = _sealed_bodies(net)
    shredding.shred(net["anna"], shredding.dossiers_of(net["anna"], "C-1"), AT)
    rounds(net, tmp_path)
    rounds(net, tmp_path)
    assert net.bodies("boris") == []
    assert not _sealed_bodies(net) & sealed


def _sealed_bodies(net: Network) -> set[bytes]:
    return {sealed for store in net.stores.values() for _, _, sealed in store.since("body")}


def test_the_file_of_a_removed_device_is_read_once_more_and_deleted(net: Network, tmp_path: Path) -> None:
    net["vera"].write([index(b"in time")], AT)
    rounds(net, tmp_path)
    rounds(net, tmp_path)
    theirs = tmp_path / name_of(net["anna"], net["vera"].identity.device)
    assert theirs.exists()
    membership.remove_member(net["anna"], "vera", AT)
    rounds(net, tmp_path, "anna", "boris")
    assert not theirs.exists()
    net["vera"].write([index(b"too late")], AT)
    rounds(net, tmp_path, "vera", "anna", "boris", "anna")
    assert net.bodies("anna") == net.bodies("boris") == [b"in time"]


def test_a_folder_that_is_not_there_is_named(net: Network, tmp_path: Path) -> None:
    with pytest.raises(FolderNotUsable):
        exchange(net["anna"], tmp_path / "nowhere", AT)
    with pytest.raises(FolderNotUsable):
        exchange(net["anna"], Path("/proc/self"), AT)

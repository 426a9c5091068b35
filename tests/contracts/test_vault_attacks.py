"""Attacks on an office of several devices, each carried out with real bytes and refused by name.

What is tried on one store alone stands in test_vault_damage; docs/attacks.md lists all of them.
"""

import pytest
from vault_network import HUB, Network
from vault_office import AT, CHEAP

from kunak.vault import Item, MemoryStore, Vault, epochs, joining, membership, openings, seal, succession
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Change
from kunak.vault.joining import JoiningCodeWrong
from kunak.vault.keys import new_identity
from kunak.vault.shares import ShareWrong
from kunak.vault.stores import Blob, Store
from kunak.vault.sync import sync

CARE = ("duty", "case-worker", "coordinator")


@pytest.fixture
def net() -> Network:
    """Anna and boris are admins, vera is not; all have written."""
    net = Network()
    net.join("boris", admin=True)
    net.settle()
    net.join("vera")
    net.settle()
    membership.vouch(net["boris"], "vera", AT)
    net.settle()
    for device in net.vaults:
        net[device].write([Item("C-1", "index", device.encode())], AT)
    net.settle()
    return net


def copy(store: Store) -> MemoryStore:
    other = MemoryStore()
    for shelf in ("epoch", "segment", "body", "grant"):
        other.commit([Blob(shelf, name, sealed) for _, name, sealed in store.since(shelf)])
    return other


def test_an_admin_who_was_removed_signs_and_nobody_follows(net: Network) -> None:
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna")
    friend = new_identity("friend", net["boris"].office.id)
    joining_ = epochs.member_of(friend, admin=True, roles=CARE), epochs.describe(friend)
    net["boris"].next_epoch(Change(joining=(joining_,)), AT)
    net["boris"].write([Item("C-1", "index", b"after")], AT)
    (got, *_) = net.sync("boris", "vera", "anna")[1:]
    assert "friend" not in net["vera"].members and "boris" not in net["vera"].members
    assert got.received.waiting or got.received.turned_away
    assert b"after" not in net.bodies("vera") + net.bodies("anna")
    net.sync("anna", "vera")
    assert "friend" not in net["anna"].members


def test_what_a_removed_device_writes_waits_under_that_name(net: Network) -> None:
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna", "vera")
    for blob in _of_boris_later(net):
        net.hub.commit([blob])
    assert net.sync("vera")[0].received.waiting == {"removed-device": 1}
    assert b"after" not in net.bodies("vera")


def _of_boris_later(net: Network) -> list[Blob]:
    """What boris, who has not heard, writes: its segment and body as they lie in his store."""
    store, before = net.stores["boris"], {}
    for shelf in ("segment", "body"):
        before[shelf] = {name for _, name, _ in store.since(shelf)}
    net["boris"].write([Item("C-1", "index", b"after")], AT)
    return [
        Blob(shelf, name, sealed)
        for shelf in ("body", "segment")
        for _, name, sealed in store.since(shelf)
        if name not in before[shelf]
    ]


def test_a_hub_that_shows_two_devices_two_histories_is_seen_by_what_the_others_had_seen(net: Network) -> None:
    shown_to_vera = copy(net.hub)
    net["anna"].write([Item("C-1", "index", b"hidden from vera")], AT)
    net.sync("anna", "boris")
    net["boris"].write([Item("C-1", "index", b"an answer to it")], AT)
    before = {name for _, name, _ in net.hub.since("segment")}
    net.sync("boris")
    answer = [(name, sealed) for _, name, sealed in net.hub.since("segment") if name not in before]
    shown_to_vera.commit([Blob("body", name, sealed) for _, name, sealed in net.hub.since("body")])
    shown_to_vera.commit([Blob("segment", name, sealed) for name, sealed in answer])
    got = sync(net["vera"], shown_to_vera, b"another", AT)
    assert set(got.received.waiting) == {"gap"}
    assert b"an answer to it" not in net.bodies("vera")
    net.sync("vera")
    assert {b"hidden from vera", b"an answer to it"} <= set(net.bodies("vera"))


def test_a_device_that_was_copied_and_writes_in_two_places_is_named(net: Network) -> None:
    twin_store = copy(net.stores["boris"])
    for shelf in ("keystore", "local"):
        twin_store.commit([Blob(shelf, name, sealed) for _, name, sealed in net.stores["boris"].since(shelf)])
    twin = Vault.unlock(twin_store, passphrase="boris's own")
    net["boris"].write([Item("C-1", "index", b"by boris")], AT)
    twin.write([Item("C-1", "index", b"by the copy")], AT)
    net.sync("boris")
    assert "other-history" in sync(twin, net.hub, HUB, AT).received.waiting
    net.settle()
    assert all(b"by the copy" not in net.bodies(device) for device in net.vaults)


def test_a_share_that_is_wrong_opens_nothing_and_is_named() -> None:
    net = Network(roles_held=CARE)
    net.join("boris", (*CARE, "lawyer"))
    net.settle()
    net["boris"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    ring = net["anna"].caught_up()
    (held,) = ring.shares.values()
    ring.shares[held.id] = held._replace(y=bytes(byte ^ 1 for byte in held.y))
    opening, wanted = openings.new_opening(), openings.sought(net["boris"], "C-1", "identity")
    openings.release(net["anna"], opening, wanted, "boris", (), AT)
    net.settle()
    with pytest.raises(ShareWrong):
        list(openings.Openings(net["boris"]).read(opening, wanted, AT))


def test_a_release_for_one_opening_opens_no_other() -> None:
    net = Network(roles_held=CARE)
    net.join("boris", (*CARE, "lawyer"))
    net.settle()
    net["boris"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    opening, wanted = openings.new_opening(), openings.sought(net["boris"], "C-1", "identity")
    openings.release(net["anna"], opening, wanted, "boris", (), AT)
    net.settle()
    with pytest.raises(openings.NotReleased):
        list(openings.Openings(net["boris"]).read(openings.new_opening(), wanted, AT))


def test_bodies_that_a_hub_swaps_are_waited_for_and_never_shown(net: Network) -> None:
    net["anna"].write([Item("C-1", "index", b"one")], AT)
    net["anna"].write([Item("C-2", "index", b"another")], AT)
    net.sync("anna")
    known = {name for _, name, _ in net.stores["vera"].since("body")}
    (first, _), (second, other) = [(n, s) for _, n, s in net.hub.since("body") if n not in known]
    whole = net.hub.get("body", first)
    net.hub.commit((), [("body", first)])
    net.hub.commit([Blob("body", first, other)])
    assert set(net.sync("vera")[0].received.waiting) >= {"incomplete"}
    assert b"one" not in net.bodies("vera")
    net.hub.commit((), [("body", first)])
    net.hub.commit([Blob("body", first, whole or b"")])
    net.settle()
    assert second in {name for _, name, _ in net.stores["vera"].since("body")}


def test_an_ask_that_was_changed_on_its_way_is_not_answered(net: Network) -> None:
    made = joining.invite(net["anna"], "gleb", CARE, AT)
    asked = bytearray(joining.ask(MemoryStore(), "gleb", made.code, CHEAP))
    asked[len(asked) // 2] ^= 1
    with pytest.raises(JoiningCodeWrong):
        joining.answer(net["anna"], bytes(asked), AT, CHEAP)
    assert "gleb" not in net["anna"].members


def test_heirs_that_were_taken_out_of_an_epoch_are_missed(net: Network) -> None:
    before = {name for _, name, _ in net.hub.since("epoch")}
    succession.make(net["anna"], succession.deal(3, 2), AT)
    net.sync("anna")
    ((name, whole),) = [(name, sealed) for _, name, sealed in net.hub.since("epoch") if name not in before]
    frame = unpack(whole[1:], epochs._Frame)
    assert len(frame.heirs) == 2
    stripped = whole[:1] + pack(frame._replace(heirs=()))
    net.hub.commit([Blob("epoch", seal.digest(stripped), stripped)], [("epoch", name)])
    assert net.sync("vera")[0].received.turned_away
    assert not succession.members_of(net["vera"])

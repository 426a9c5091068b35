"""Attacks on an office, each carried out with real bytes and refused by name. docs/attacks.md lists all of them.

What is tried on one store alone stands in test_vault_damage.
"""

import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vault_network import HUB, Network
from vault_office import AT, CHEAP, found

from kunak.errors import Damaged, Refused
from kunak.exchange.report import Report
from kunak.exchange.seen import Seen
from kunak.vault import (
    Item,
    MemoryStore,
    Store,
    Vault,
    attachments,
    codec,
    epochs,
    folder,
    joining,
    membership,
    openings,
    parcel,
    receiving,
    seal,
    shredding,
    spelling,
    succession,
)
from kunak.vault.attachments import Attachment, AttachmentDamaged
from kunak.vault.bodies import Writer
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Change
from kunak.vault.joining import JoiningCodeWrong
from kunak.vault.keys import Keystore, KeystoreDamaged, new_identity
from kunak.vault.log import Skeleton
from kunak.vault.receiving import receive
from kunak.vault.shares import ShareWrong
from kunak.vault.stores import Blob
from kunak.vault.sync import StoreRolledBack, sync, sync_anew


@pytest.fixture
def net() -> Network:
    """Anna and boris are admins, vera is not."""
    net = Network()
    net.join("boris", admin=True)
    net.join("vera")
    net.settle()
    return net


CARE = ("duty", "case-worker", "coordinator")


@pytest.fixture
def lived(net: Network) -> Network:
    """The same; vera is vouched for, and all have written."""
    membership.vouch(net["boris"], "vera", AT)
    net.settle()
    for device in net.vaults:
        net[device].write([Item("C-1", "index", device.encode())], AT)
    net.settle()
    return net


def twin(net: Network, device: str) -> Vault:
    """The same device from a copy of its store, which goes its own way."""
    store = MemoryStore()
    for shelf in ("keystore", "local", "epoch", "segment", "body", "grant"):
        store.commit([Blob(shelf, name, sealed) for _, name, sealed in net.stores[device].since(shelf)])
    return Vault.unlock(store, passphrase=f"{device}'s own")


def friend_of(vault: Vault) -> Change:
    friend = new_identity("friend", vault.office.id)
    return Change(joining=((epochs.member_of(friend, admin=True, roles=("duty",)), epochs.describe(friend)),))


def send_epochs(vault: Vault, net: Network) -> None:
    net.hub.commit([Blob("epoch", name, sealed) for _, name, sealed in vault.office.store.since("epoch")])


@pytest.mark.parametrize("attempt", range(4))  # which hash is lower is chance, and can be ground out
def test_a_removed_admin_who_goes_on_from_an_epoch_of_before_is_not_followed(
    net: Network, attempt: int
) -> None:
    evil = twin(net, "boris")
    net.join("gleb", by="anna")
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna", "vera", "gleb")
    led = net["anna"].office.epoch.hash
    evil.next_epoch(friend_of(evil), AT)
    for _ in range(3):
        evil.next_epoch(Change(), AT)  # built upon, and longer than what the office has
    send_epochs(evil, net)
    for device in ("anna", "vera", "gleb"):
        net.sync(device)
        assert "friend" not in net[device].members
        assert net[device].office.lineage.leading[-1].hash == led or device == "anna"
        again = Vault.unlock(net.stores[device], passphrase=f"{device}'s own")
        assert "friend" not in again.members and "boris" not in again.members


@pytest.mark.parametrize("attempt", range(4))
def test_a_removed_admin_who_builds_on_a_side_that_was_merged_is_not_followed(
    net: Network, attempt: int
) -> None:
    net.join("gleb", by="boris")
    evil = twin(net, "boris")  # its newest epoch will be a side, or lead
    net.join("daria", by="anna")
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna", "vera", "gleb", "daria", "anna")
    evil.next_epoch(friend_of(evil), AT)
    evil.next_epoch(Change(), AT)
    send_epochs(evil, net)
    net.sync("anna", "vera", "gleb", "daria", "anna")
    for device in ("anna", "vera", "gleb", "daria"):
        assert sorted(net[device].members) == ["anna", "daria", "gleb", "vera"]


def test_who_was_let_in_by_a_removed_admin_writes_nothing_that_is_shown(net: Network) -> None:
    evil = twin(net, "boris")
    membership.remove_member(net["anna"], "boris", AT)
    net.sync("anna", "vera")
    friend = new_identity("friend", evil.office.id)
    joined = epochs.member_of(friend, admin=True, roles=("duty",)), epochs.describe(friend)
    made = evil.next_epoch(Change(joining=(joined,)), AT)
    send_epochs(evil, net)
    _, blob = evil.office.log.compose(friend, made, evil.office.log.clock + 1)
    net.hub.commit([blob])
    got = net.sync("vera")[0].received
    assert got.waiting == {"unknown-epoch": 1}
    assert got.taken == 0


def test_an_epoch_with_a_copied_tag_does_not_stand_in_the_way_of_the_right_one(net: Network) -> None:
    store = net.stores["anna"]
    before = {name for _, name, _ in store.since("epoch")}
    net.join("gleb", by="anna")
    ((name, whole),) = [(n, sealed) for _, n, sealed in store.since("epoch") if n not in before]
    frame = codec.unpack(whole[1:], epochs._Frame)
    fake = seal.SUITE + codec.pack(frame._replace(wraps=(), sealed=b"\x01" * 400))
    assert receive(net["vera"], [Blob("epoch", seal.digest(fake), fake)], AT).turned_away == 0
    assert "gleb" not in net["vera"].members
    receive(net["vera"], [Blob("epoch", name, whole)], AT)
    assert "gleb" in net["vera"].members


def test_an_epoch_of_another_office_is_not_believed(net: Network) -> None:
    other = found(MemoryStore())
    ((_, name, sealed),) = other.office.store.since("epoch")
    before = net["vera"].office.epoch.hash
    receive(net["vera"], [Blob("epoch", name, sealed)], AT)
    again = Vault.unlock(net.stores["vera"], passphrase="vera's own")
    assert again.office.epoch.hash == before


@pytest.mark.parametrize("gone", ["everything", "bodies and keys", "the last", "epochs"])
@pytest.mark.parametrize("by", ["anna", "vera"])
def test_what_a_removed_device_deletes_where_they_meet_any_member_brings_back(
    net: Network, gone: str, by: str
) -> None:
    for device in ("anna", "boris", "vera"):
        net[device].write([Item("C-1", "index", f"by {device}".encode() * 40)], AT)
    net.settle()
    membership.remove_member(net["anna"], "boris", AT)
    net.vaults.pop("boris")
    net.settle()
    shelves = {"bodies and keys": ("body", "grant"), "epochs": ("epoch",), "the last": ("segment",)}
    names = [
        (shelf, name)
        for shelf in shelves.get(gone, ("epoch", "segment", "body", "grant"))
        for _, name, _ in net.hub.since(shelf)
    ]
    before = {(shelf, name) for shelf, name in names}
    net.hub.commit((), names[-1:] if gone == "the last" else names)  # a plain place asks nobody who they are
    if gone != "bodies and keys":  # those are asked for only by who lacks them
        with pytest.raises(StoreRolledBack):
            sync(net[by], net.hub, HUB, AT)
    sync_anew(net[by], net.hub, HUB, AT)
    for shelf, name in before:
        assert net.hub.get(shelf, name) is not None
    newcomer = net.join("gleb", by="anna")
    for device in ("anna", "vera", "gleb", "anna", "gleb"):
        sync_anew(net[device], net.hub, HUB, AT)
    assert len(net.bodies("gleb")) == len(net.bodies("anna")) == 3
    assert newcomer.members == net["anna"].members


def test_a_folder_that_a_removed_device_emptied_is_filled_again_by_each_round(
    net: Network, tmp_path: Path
) -> None:
    net["anna"].write([Item("C-1", "index", b"one")], AT)
    for device in (*net.vaults, *net.vaults):
        folder.exchange(net[device], tmp_path, AT)
    membership.remove_member(net["anna"], "boris", AT)
    net.vaults.pop("boris")
    for device in (*net.vaults, *net.vaults):
        folder.exchange(net[device], tmp_path, AT)
    told = {path.name for path in tmp_path.iterdir()}
    for path in tmp_path.iterdir():
        path.unlink()
    net["vera"].write([Item("C-1", "index", b"two")], AT)
    for device in ("vera", "anna", "vera"):
        folder.exchange(net[device], tmp_path, AT)
    assert {path.name for path in tmp_path.iterdir()} == told
    assert net.bodies("anna") == net.bodies("vera") == [b"one", b"two"]


class Lagging:
    """A place where devices meet that keeps epochs back for a while."""

    def __init__(self, store: Store) -> None:
        self._store, self.keeps_back = store, True
        self._told = max(cursor for cursor, _, _ in store.since("epoch"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def since(self, shelf: str, cursor: int = 0) -> Any:
        hidden = shelf == "epoch" and self.keeps_back
        return (one for one in self._store.since(shelf, cursor) if not hidden or one[0] <= self._told)


def test_a_place_that_is_filled_with_inventions_fills_no_disk_and_hides_nothing(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_STRANGE", 50)
    monkeypatch.setattr(receiving, "MOST_STRANGE_BYTES", 40_000)
    hall = Lagging(net.hub)
    frame = next(net.stores["anna"].since("epoch"))[2]
    for number in range(600):
        said = number.to_bytes(2, "big")
        strange = seal.SUITE + codec.pack(
            codec.unpack(frame[1:], epochs._Frame)._replace(tag=said * 4, wraps=(), sealed=b"\x01" * 400)
        )
        net.hub.commit(
            [
                Blob("segment", seal.digest(said), said * 4 + bytes(700)),
                Blob("epoch", seal.digest(strange), strange),
            ]
        )
    net.join("gleb", by="anna")  # under an epoch that vera has not heard of
    net["gleb"].write([Item("C-1", "index", b"behind all that")], AT)
    for _ in range(2):
        net.sync("anna", "gleb")
    for keeps_back in (True, True, False, False):
        hall.keeps_back = keeps_back
        sync(net["vera"], hall, HUB, AT)  # type: ignore[arg-type]
        waiting = [sealed for _, _, sealed in net.stores["vera"].since("waiting")]
        assert 0 < len(waiting) <= 50
        assert sum(map(len, waiting)) <= 40_000
    assert net.bodies("vera") == [b"behind all that"]
    assert len(net["vera"].kept(sync_memory(HUB)) or b"") < 4000  # nor does what is remembered of it grow


def sync_memory(place: bytes) -> bytes:
    return seal.context("sync/memory", place)


def test_a_body_of_another_epoch_does_not_open(net: Network) -> None:
    anna = net["anna"]
    anna.write([Item("C-1", "index", b"of the first epoch")], AT)
    part = anna.office.log.segments[-1].skeleton.bodies[0]
    net.join("gleb")
    segment, blob = anna.office.log.compose(
        anna.identity, anna.office.epoch, anna.office.log.clock + 1, bodies=(part,)
    )
    anna.office.store.commit((blob, anna.office.tip(segment)))
    again = Vault.unlock(net.stores["anna"], passphrase="anna's own")
    assert [one.body for one in again.read()] == [b"of the first epoch"]
    assert list(again.unread.values()) == [Writer("anna", anna.identity.device)]


def test_a_key_that_was_withdrawn_is_not_given_back_by_its_old_bytes(net: Network) -> None:
    membership.vouch(net["boris"], "vera", AT)
    net.settle()
    net["anna"].write([Item("C-1", "work", b"w", ("anna", "vera"))], AT)
    net.settle()
    vera, device = net["vera"], net["vera"].identity.device
    (dossier,) = [one.id for one in vera.caught_up() if one.compartment == "work"]
    _, old = vera.office.log.granted[dossier][device]
    kept = vera.office.store.get("grant", old.hash) or b""
    shredding.pass_on(net["anna"], "C-1", "work", ["anna"], AT)
    net.settle()
    vera.write((), AT, granting=[(old, Blob("grant", old.hash, kept))])
    net.settle()
    for one in ("anna", "boris", "vera"):
        assert device not in net[one].office.log.holders(dossier)
    assert not list(net.hub.fetch("grant", [old.hash]))


def test_nobody_lends_to_themselves_what_two_must_open() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net.settle()
    net.join("boris-2", member="boris")
    net.settle()
    net["boris"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    membership.vouch(net["boris"], "boris", AT)
    net.settle()
    opening, wanted = openings.new_opening(), openings.sought(net["boris"], "C-1", "identity")
    openings.release(
        net["boris-2"], opening, openings.sought(net["boris-2"], "C-1", "identity"), "boris", (), AT
    )
    net.settle()
    for device in ("boris", "boris-2"):
        with pytest.raises(openings.NotReleased):
            list(openings.Openings(net[device]).read(opening, wanted, AT))


def test_what_comes_from_the_future_waits_under_that_name_and_is_taken_in_its_time(net: Network) -> None:
    later = AT + timedelta(days=3)
    net["boris"].write([Item("C-1", "index", b"from the future")], later)
    net.sync("boris")
    assert sync(net["vera"], net.hub, HUB, AT).received.waiting == {"clock-ahead": 1}
    assert net.bodies("vera") == []
    assert sync(net["vera"], net.hub, HUB, later).received.taken >= 1
    assert net.bodies("vera") == [b"from the future"]


def test_a_parcel_that_was_read_before_changes_nothing_when_it_comes_again_after_a_removal(
    net: Network,
) -> None:
    net["vera"].write([Item("C-1", "index", b"in time")], AT)
    net.settle()
    net["vera"].write([Item("C-1", "index", b"too late")], AT)
    made = parcel.write(net["vera"], {})
    membership.remove_member(net["anna"], "vera", AT)
    net.sync("anna", "boris")
    for _ in range(2):
        assert parcel.read(net["boris"], made, AT).received.waiting == {"removed-device": 1}
    assert net.bodies("boris") == [b"in time"]


# Bytes that promise more than they hold.

BOMBS = [
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff" + b"\0" * 60,
    b"\x91" * 100_000,
    b"\x81\xa0" * 100_000,
    b"[" * 100_000,
    b'{"kind":"exchange.Report","fields":' + b'{"text":' * 50_000,
    b'{"kind":"' + b"x" * 100_000,
    b"9" * 100_000,
    parcel.MAGIC + b"\xff\xff\xff\xff" + b"\0" * 100,
    seal.SUITE + b"\x93\xc6\xff\xff\xff\xf0",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[:6].hex())
def test_what_promises_more_than_it_holds_is_refused_and_takes_no_memory(bomb: bytes, net: Network) -> None:
    parsers = [
        lambda: codec.unpack(bomb, Skeleton),
        lambda: codec.decode_body(bomb, {"exchange.Report": Report}),
        lambda: Keystore.load(bomb),
        lambda: Keystore.load(seal.SUITE + bomb + seal.digest(seal.SUITE + bomb)),
        lambda: epochs.tag_of(bomb),
        lambda: epochs.tag_of(seal.SUITE + bomb),
        lambda: parcel.read(net["anna"], bomb, AT),
        lambda: Seen(b"k" * 32, bomb),
        lambda: spelling.read(bomb.decode("latin-1")),
    ]
    for parse in parsers:
        tracemalloc.start()
        with pytest.raises((Damaged, Refused)):
            parse()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20


@given(
    st.binary(max_size=80),
    st.lists(st.binary(max_size=40), max_size=3),
    st.integers(),
    st.binary(max_size=40),
)
def test_an_attachment_that_an_entry_describes_in_any_way_is_read_or_damaged(
    key: bytes, parts: list[bytes], length: int, sha256: bytes
) -> None:
    made, blobs = attachments.seal_parts([b"plain"])
    store = MemoryStore()
    store.commit(blobs)
    told = Attachment(key, (*parts, *made.parts), length, sha256)
    for attachment in (
        told,
        made._replace(key=key),
        made._replace(length=length),
        made._replace(sha256=sha256),
    ):
        try:
            assert b"".join(attachments.open_parts(store, attachment)) == b"plain"
        except AttachmentDamaged:
            continue


@given(st.binary(max_size=40).filter(lambda salt: len(salt) != 16))
def test_a_keystore_whose_salt_is_none_is_damage_before_a_passphrase_is_tried(salt: bytes) -> None:
    whole = Keystore.new(CHEAP).to_bytes()
    header, *rest = codec.unpack(whole[1:-32], tuple[bytes, Any, Any])
    changed = seal.SUITE + codec.pack(
        (codec.pack((*codec.unpack(header, tuple[int, int, int, bool, bytes])[:4], salt)), *rest)
    )
    with pytest.raises(KeystoreDamaged):
        Keystore.load(changed + seal.digest(changed))


def copy(store: Store) -> MemoryStore:
    other = MemoryStore()
    for shelf in ("epoch", "segment", "body", "grant"):
        other.commit([Blob(shelf, name, sealed) for _, name, sealed in store.since(shelf)])
    return other


def test_an_admin_who_was_removed_signs_and_nobody_follows(lived: Network) -> None:
    membership.remove_member(lived["anna"], "boris", AT)
    lived.sync("anna")
    friend = new_identity("friend", lived["boris"].office.id)
    joining_ = epochs.member_of(friend, admin=True, roles=CARE), epochs.describe(friend)
    lived["boris"].next_epoch(Change(joining=(joining_,)), AT)
    lived["boris"].write([Item("C-1", "index", b"after")], AT)
    (got, *_) = lived.sync("boris", "vera", "anna")[1:]
    assert "friend" not in lived["vera"].members and "boris" not in lived["vera"].members
    assert got.received.waiting or got.received.turned_away
    assert b"after" not in lived.bodies("vera") + lived.bodies("anna")
    lived.sync("anna", "vera")
    assert "friend" not in lived["anna"].members


def test_what_a_removed_device_writes_waits_under_that_name(lived: Network) -> None:
    membership.remove_member(lived["anna"], "boris", AT)
    lived.sync("anna", "vera")
    for blob in _of_boris_later(lived):
        lived.hub.commit([blob])
    assert lived.sync("vera")[0].received.waiting == {"removed-device": 1}
    assert b"after" not in lived.bodies("vera")


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


def test_a_hub_that_shows_two_devices_two_histories_is_seen_by_what_the_others_had_seen(
    lived: Network,
) -> None:
    shown_to_vera = copy(lived.hub)
    lived["anna"].write([Item("C-1", "index", b"hidden from vera")], AT)
    lived.sync("anna", "boris")
    lived["boris"].write([Item("C-1", "index", b"an answer to it")], AT)
    before = {name for _, name, _ in lived.hub.since("segment")}
    lived.sync("boris")
    answer = [(name, sealed) for _, name, sealed in lived.hub.since("segment") if name not in before]
    shown_to_vera.commit([Blob("body", name, sealed) for _, name, sealed in lived.hub.since("body")])
    shown_to_vera.commit([Blob("segment", name, sealed) for name, sealed in answer])
    got = sync(lived["vera"], shown_to_vera, b"another", AT)
    assert set(got.received.waiting) == {"gap"}
    assert b"an answer to it" not in lived.bodies("vera")
    lived.sync("vera")
    assert {b"hidden from vera", b"an answer to it"} <= set(lived.bodies("vera"))


def test_a_device_that_was_copied_and_writes_in_two_places_is_named(lived: Network) -> None:
    twin_store = copy(lived.stores["boris"])
    for shelf in ("keystore", "local"):
        twin_store.commit(
            [Blob(shelf, name, sealed) for _, name, sealed in lived.stores["boris"].since(shelf)]
        )
    twin = Vault.unlock(twin_store, passphrase="boris's own")
    lived["boris"].write([Item("C-1", "index", b"by boris")], AT)
    twin.write([Item("C-1", "index", b"by the copy")], AT)
    lived.sync("boris")
    assert "other-history" in sync(twin, lived.hub, HUB, AT).received.waiting
    lived.settle()
    assert all(b"by the copy" not in lived.bodies(device) for device in lived.vaults)


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


def test_bodies_that_a_hub_swaps_are_waited_for_and_never_shown(lived: Network) -> None:
    lived["anna"].write([Item("C-1", "index", b"one")], AT)
    lived["anna"].write([Item("C-2", "index", b"another")], AT)
    lived.sync("anna")
    known = {name for _, name, _ in lived.stores["vera"].since("body")}
    (first, _), (second, other) = [(n, s) for _, n, s in lived.hub.since("body") if n not in known]
    whole = lived.hub.get("body", first)
    lived.hub.commit((), [("body", first)])
    lived.hub.commit([Blob("body", first, other)])
    assert set(lived.sync("vera")[0].received.waiting) >= {"incomplete"}
    assert b"one" not in lived.bodies("vera")
    lived.hub.commit((), [("body", first)])
    lived.hub.commit([Blob("body", first, whole or b"")])
    lived.settle()
    assert second in {name for _, name, _ in lived.stores["vera"].since("body")}


def test_an_ask_that_was_changed_on_its_way_is_not_answered(lived: Network) -> None:
    made = joining.invite(lived["anna"], "gleb", CARE, AT)
    asked = bytearray(joining.ask(MemoryStore(), "gleb", made.code, CHEAP))
    asked[len(asked) // 2] ^= 1
    with pytest.raises(JoiningCodeWrong):
        joining.answer(lived["anna"], bytes(asked), AT, CHEAP)
    assert "gleb" not in lived["anna"].members


def test_heirs_that_were_taken_out_of_an_epoch_are_missed(lived: Network) -> None:
    before = {name for _, name, _ in lived.hub.since("epoch")}
    succession.make(lived["anna"], succession.deal(3, 2), AT)
    lived.sync("anna")
    ((name, whole),) = [(name, sealed) for _, name, sealed in lived.hub.since("epoch") if name not in before]
    frame = unpack(whole[1:], epochs._Frame)
    assert len(frame.heirs) == 2
    stripped = whole[:1] + pack(frame._replace(heirs=()))
    lived.hub.commit([Blob("epoch", seal.digest(stripped), stripped)], [("epoch", name)])
    assert lived.sync("vera")[0].received.turned_away
    assert not succession.members_of(lived["vera"])

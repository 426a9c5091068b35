"""Whatever is changed in a store, the vault gives the right answer or says Damaged: never a wrong value.

An office is filled, then each blob of it is changed in each way: a bit turned, cut short, made longer, lost,
put under another's name. Then insiders, who hold the keys of the office, try what keys alone do not prevent.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from vault_office import ANNA, AT, BORIS, FILLED, bodies, fill, found

from kunak.errors import Damaged, KunakError
from kunak.vault import Item, MemoryStore, SqliteStore, Vault, epochs, seal
from kunak.vault.bodies import Writer
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Change, EpochNotValid
from kunak.vault.keys import KeystoreDamaged
from kunak.vault.log import ChainBroken, Skeleton, TwoHistories, blob_name
from kunak.vault.office import KEYSTORE, RolledBack, epoch_blob
from kunak.vault.seal import NotSigned
from kunak.vault.stores import Blob

pytestmark = pytest.mark.slow

SHELVES = ("keystore", "epoch", "segment", "body", "grant", "local")


@pytest.fixture(scope="module")
def whole() -> list[Blob]:
    """Every blob of a filled office, the key ring of anna's included."""
    store = MemoryStore()
    vault = found(store)
    fill(vault)
    vault.close()
    return [Blob(shelf, name, sealed) for shelf in SHELVES for _, name, sealed in store.since(shelf)]


def read(blobs: list[Blob]) -> list[bytes] | None:
    """What anna reads in a store of these blobs; None if it is Damaged; any other exception comes out."""
    store = MemoryStore()
    store.commit(blobs)
    try:
        return bodies(Vault.unlock(store, passphrase=ANNA))
    except Damaged:
        return None


def changed(whole: list[Blob], place: int, **to: bytes) -> list[Blob]:
    return [*whole[:place], whole[place]._replace(**to), *whole[place + 1 :]]


def flipped(content: bytes, bit: int) -> bytes:
    at = bytearray(content)
    at[bit // 8] ^= 1 << bit % 8
    return bytes(at)


def ours(whole: list[Blob]) -> Iterator[int]:
    """The places of the blobs that anna's reading rests on: all but those that only boris can open."""
    for place, blob in enumerate(whole):
        if read_without(whole, blob) is None:
            yield place


def test_the_office_as_it_is_can_be_read(whole: list[Blob]) -> None:
    assert read(whole) == FILLED
    assert {blob.shelf for blob in whole} == set(SHELVES)


def test_nothing_can_be_lost_unnoticed_but_caches_and_what_others_alone_can_open(whole: list[Blob]) -> None:
    lost = {shelf: 0 for shelf in SHELVES}
    for blob in whole:
        left = read_without(whole, blob)
        assert left in (None, FILLED)
        lost[blob.shelf] += left == FILLED
    # anna's grants are in her key ring, the others are boris's; two local blobs are key rings: caches
    assert lost == {"keystore": 0, "epoch": 0, "segment": 0, "body": 0, "grant": 6, "local": 2}


def test_without_the_key_ring_no_grant_of_ones_own_can_be_lost(whole: list[Blob]) -> None:
    ringless = [blob for blob in whole if blob.shelf != "local" or read_without(whole, blob) is None]
    assert read(ringless) == FILLED
    grants = [blob for blob in ringless if blob.shelf == "grant"]
    without = [read_without(ringless, blob) for blob in grants]
    assert (without.count(None), without.count(FILLED)) == (4, 2)  # hers; boris's


def read_without(blobs: list[Blob], lost: Blob) -> list[bytes] | None:
    return read([blob for blob in blobs if blob is not lost])


def test_a_turned_bit_anywhere_is_damage(whole: list[Blob]) -> None:
    for place, blob in enumerate(whole):
        for bit in range(place % 11, len(blob.sealed) * 8, 8 * 37 + 1):
            assert read(changed(whole, place, sealed=flipped(blob.sealed, bit))) in (None, *unread(blob)), (
                blob
            )


def unread(blob: Blob) -> list[list[bytes]]:
    """What else may be the answer: blobs that anna does not read may be changed without her noticing."""
    return [FILLED] if blob.shelf in ("grant", "local", "epoch") else []


def test_the_blobs_that_anna_reads_are_damaged_by_every_bit(whole: list[Blob]) -> None:
    places = list(ours(whole))
    assert len(places) >= 2 + 4 + 6
    for place in places:
        content = whole[place].sealed
        if whole[place].shelf == "epoch":
            continue  # holds wraps to other devices: the test below
        for bit in [*range(0, 160, 5), *range(160, len(content) * 8, 8 * 61 + 1), len(content) * 8 - 1]:
            assert read(changed(whole, place, sealed=flipped(content, bit))) is None, (place, bit)


def test_a_blob_cut_short_or_made_longer_is_damage(whole: list[Blob]) -> None:
    for place, blob in enumerate(whole):
        for length in {0, 1, 8, 9, 40, len(blob.sealed) // 2, len(blob.sealed) - 1}:
            assert read(changed(whole, place, sealed=blob.sealed[:length])) in (None, *unread(blob))
        assert read(changed(whole, place, sealed=blob.sealed + b"\0")) in (None, *unread(blob))


def test_a_blob_under_another_name_or_in_anothers_place_is_damage(whole: list[Blob]) -> None:
    for place, blob in enumerate(whole):
        for bit in (0, 37, len(blob.name) * 8 - 1):
            assert read(changed(whole, place, name=flipped(blob.name, bit))) in (None, *unread(blob))
        for other, neighbour in enumerate(whole):
            if neighbour.shelf == blob.shelf and other != place:
                swapped = changed(whole, place, sealed=neighbour.sealed)
                assert read(changed(swapped, other, sealed=blob.sealed)) in (None, *unread(blob))


def test_a_changed_byte_in_the_file_gives_the_right_answer_or_damage(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    vault = found(store)
    fill(vault)
    vault.close()
    content = store.path.read_bytes()
    noticed = 0
    for place in range(0, len(content), 211):
        store.path.write_bytes(flipped(content, place * 8 + place % 8))
        try:
            assert bodies(Vault.unlock(store, passphrase=ANNA)) == FILLED
        except Damaged:
            noticed += 1
        finally:
            store.close()
            for name in ("office.db-wal", "office.db-shm"):
                (tmp_path / name).unlink(missing_ok=True)
    assert noticed > 20


def test_a_log_whose_end_was_cut_off_is_named_rolled_back(whole: list[Blob]) -> None:
    last = max(i for i, blob in enumerate(whole) if blob.shelf == "segment")
    store = MemoryStore()
    store.commit([*whole[:last], *whole[last + 1 :]])
    with pytest.raises(RolledBack):
        Vault.unlock(store, passphrase=ANNA)


def test_a_body_can_be_deleted_and_the_chain_still_verifies(whole: list[Blob]) -> None:
    store = MemoryStore()
    store.commit([blob for blob in whole if blob.shelf != "body"])
    vault = Vault.unlock(store, passphrase=ANNA)  # verifies the whole log
    assert len(vault.office.log.segments) == 4
    vault.write([Item("C-1", "index", b"and on")], AT)
    with pytest.raises(Damaged):
        bodies(vault)


def test_a_damaged_keystore_is_not_called_a_wrong_passphrase(whole: list[Blob]) -> None:
    place = next(i for i, blob in enumerate(whole) if blob.shelf == "keystore")
    for bit in range(0, len(whole[place].sealed) * 8, 8):
        store = MemoryStore()
        store.commit(changed(whole, place, sealed=flipped(whole[place].sealed, bit)))
        with pytest.raises(KeystoreDamaged):
            Vault.unlock(store, passphrase=ANNA)
    store = MemoryStore()
    store.commit([blob for blob in whole if blob.shelf != "keystore"])
    with pytest.raises(KeystoreDamaged):
        Vault.unlock(store, passphrase=ANNA)


# Insiders: boris has all keys of a member and writes into the store with a program of his own.


@pytest.fixture
def office() -> tuple[MemoryStore, Vault, Vault]:
    store = MemoryStore()
    anna = found(store)
    fill(anna)
    return store, anna, Vault.unlock(store, passphrase=BORIS)


def refusal(store: MemoryStore) -> type[KunakError]:
    with pytest.raises(Damaged) as refused:
        bodies(Vault.unlock(store, passphrase=ANNA))
    return type(refused.value)


def read_but_for(store: MemoryStore) -> list[Writer]:
    """Whose records do not open to anna, who reads everything else."""
    anna = Vault.unlock(store, passphrase=ANNA)
    assert bodies(anna) == FILLED
    return [*anna.unread.values(), *anna.granted_in_vain()]


def forge(boris: Vault, change: Callable[[Skeleton], Skeleton], signing: bytes | None = None) -> Blob:
    """The next segment as boris would write it, changed, then signed by his key or another, and sealed."""
    office, identity = boris.office, boris.identity
    office.catch_up(identity)
    honest, _ = office.log.compose(identity, office.epoch, office.log.clock + 1)
    spelled = pack(change(honest.skeleton))
    skeleton = unpack(spelled, Skeleton)
    signature = seal.ed25519_from_seed(signing or identity.signing).sign(
        seal.context("segment", office.id, spelled)
    )
    name = blob_name(office.id, skeleton.device, skeleton.seq)
    aad = seal.context("segment", office.id, name)
    sealed = seal.seal(office.epoch.header_key, seal.pad(pack((spelled, signature))), aad)
    return Blob("segment", name, office.epoch.tag + sealed)


def test_an_honest_segment_made_by_the_forge_is_accepted(office) -> None:
    store, _, boris = office
    store.commit([forge(boris, lambda skeleton: skeleton)])
    assert bodies(Vault.unlock(store, passphrase=ANNA)) == FILLED


def test_nobody_writes_in_anothers_name(office) -> None:
    store, anna, boris = office
    head = anna.office.log.head(anna.identity.device)
    slipped = forge(
        boris, lambda s: s._replace(device=head.device, seq=head.seq + 1, prev=head.hash, deps=())
    )
    store.commit([slipped])
    assert refusal(store) is NotSigned


def test_a_segment_slipped_into_anothers_chain_is_noticed_by_the_owners_next(office) -> None:
    store, anna, boris = office
    head = anna.office.log.head(anna.identity.device)
    slipped = forge(
        boris, lambda s: s._replace(device=head.device, seq=head.seq + 1, prev=head.hash, deps=())
    )
    anna.write([Item("C-1", "index", b"the owner's next")], AT)
    anna.write([Item("C-1", "index", b"and its next")], AT)
    store.commit([slipped], [("segment", slipped.name)])
    assert refusal(store) is NotSigned


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s._replace(epoch=bytes(8)),
        lambda s: s._replace(device=bytes(16)),
        lambda s: s._replace(seq=s.seq + 1),
        lambda s: s._replace(seq=0),
        lambda s: s._replace(clock=-1),
        lambda s: s._replace(deps=(s.deps[0]._replace(seq=99),)),
    ],
)
def test_a_segment_that_does_not_fit_is_refused(office, change: Callable[[Skeleton], Skeleton]) -> None:
    store, anna, boris = office
    anna.write([Item("C-1", "index", b"something for deps")], AT)
    store.commit([forge(boris, change)])
    assert refusal(store) is ChainBroken


def test_a_segment_that_saw_another_history_of_a_device_is_refused(office) -> None:
    store, anna, boris = office
    anna.write([Item("C-1", "index", b"something for deps")], AT)
    store.commit([forge(boris, lambda s: s._replace(deps=(s.deps[0]._replace(hash=bytes(32)),)))])
    assert refusal(store) is TwoHistories


def test_a_segment_that_follows_another_than_the_last_is_named_another_history(office) -> None:
    store, _, boris = office
    store.commit([forge(boris, lambda s: s._replace(prev=bytes(32)))])
    assert refusal(store) is TwoHistories


def test_two_histories_of_one_device_are_named(office) -> None:
    store, anna, boris = office
    one = forge(boris, lambda skeleton: skeleton)
    other = forge(boris, lambda skeleton: skeleton._replace(clock=skeleton.clock + 5))
    store.commit([one])
    list(anna.read())
    with pytest.raises(TwoHistories):
        anna.office.log.hear([(other.name, other.sealed)], anna.office.terms)


def test_a_body_moved_to_another_place_of_the_log_does_not_open(office) -> None:
    store, anna, boris = office
    original = anna.office.log.segments[0].skeleton.bodies[0]
    store.commit([forge(boris, lambda s: s._replace(bodies=(original,)))])
    assert read_but_for(store) == [Writer("boris", boris.identity.device)]


def test_a_body_under_another_dossier_does_not_open(office) -> None:
    store, anna, boris = office
    first, second = anna.office.log.segments[0].skeleton.bodies
    store.commit([forge(boris, lambda s: s._replace(bodies=(first._replace(dossier=second.dossier),)))])
    assert read_but_for(store) == [Writer("boris", boris.identity.device)]


def test_a_grant_made_for_another_device_does_not_open(office) -> None:
    store, anna, boris = office
    to_boris = anna.office.log.segments[1].skeleton.grants[0]
    device = anna.identity.device
    unknown = to_boris._replace(device=device, dossier=bytes(16))
    store.commit([forge(boris, lambda s: s._replace(grants=(unknown,)))])
    assert read_but_for(store) == [Writer("boris", boris.identity.device)]


def test_a_member_who_may_not_admit_cannot_make_an_epoch(office) -> None:
    store, _, boris = office
    _, received = epochs.make(boris.identity, boris.office.epoch, b"", 0, Change())
    store.commit([epoch_blob(received)])
    assert refusal(store) is EpochNotValid


@pytest.mark.parametrize("claim", ["anna's name", "anna's epoch before", "two founders"])
def test_an_epoch_that_does_not_follow_from_the_one_before_is_refused(office, claim: str) -> None:
    store, anna, boris = office
    epoch = anna.office.epoch
    if claim == "anna's name":
        _, received = epochs.make(boris.identity._replace(member="anna"), epoch, b"", 0, Change())
    elif claim == "anna's epoch before":
        before = anna.office.lineage.leading[0]
        elder = replace(epoch, hash=before.hash)
        _, received = epochs.make(anna.identity, elder, b"", 0, Change())
    else:
        twice = epoch.document.members[0], epoch.document.devices[0]
        _, received = epochs.make(anna.identity, epoch, b"", 0, Change(joining=(twice,)))
    store.commit([epoch_blob(received)])
    assert refusal(store) in (EpochNotValid, NotSigned)


def test_an_office_founded_by_another_key_is_not_this_office() -> None:
    store, other = MemoryStore(), MemoryStore()
    anna = found(store)
    identity = anna.identity
    stranger = found(other).identity._replace(office=identity.office)
    founder = epochs.member_of(stranger, admin=True, roles=("duty",))
    _, received = epochs.make(
        stranger, None, bytes(16), 0, Change(joining=((founder, epochs.describe(stranger)),))
    )
    (_, name, _), *_ = store.since("epoch")
    store.commit([epoch_blob(received)], [("epoch", name)])
    assert refusal(store) in (EpochNotValid, NotSigned)


def test_a_keystore_of_another_office_does_not_open_this_one(office) -> None:
    store, _, _ = office
    other = MemoryStore()
    found(other)
    store.commit([Blob(*KEYSTORE, other.get(*KEYSTORE) or b"")])
    assert refusal(store) is EpochNotValid

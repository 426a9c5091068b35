"""The office's seal: trustees outside hold its cards, and with a copy of the store others can go on."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_network import HUB, Network
from vault_office import AT, CHEAP, bodies, found

from kunak.errors import Damaged, Refused
from kunak.vault import (
    Item,
    MemoryStore,
    SqliteStore,
    Store,
    Vault,
    add_member,
    epochs,
    joining,
    membership,
    openings,
    roles,
    seal,
    shredding,
    succession,
)
from kunak.vault.codec import pack
from kunak.vault.hand import OfficeExists
from kunak.vault.keys import PassphraseNotUsable, new_identity
from kunak.vault.membership import MemberExists, NotAllowedToAdmit, VouchNotYours
from kunak.vault.office import RolledBack
from kunak.vault.paper import TrusteeCard
from kunak.vault.restoring import Restored, Successor, SuccessorsUnfit, restore
from kunak.vault.roles import CASE_WORKER, COORDINATOR, DOCUMENTER, DUTY, FOUNDER_ROLES, MOVEMENT
from kunak.vault.shares import Share, SharesTooFew, SharesUnfit, ShareWrong
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.succession import (
    CardsDoNotOpen,
    CardsMixed,
    CardsOutOfUse,
    Dealt,
    NoSeal,
    SealNeedsTwo,
)
from kunak.vault.sync import sync

DORA, EMIL = Successor("dora", "dora bakes rye"), Successor("emil", "emil tunes organs")
ROLES_HELD = (DUTY, CASE_WORKER, DOCUMENTER, COORDINATOR, MOVEMENT)
PLAIN = {
    "index": b"a code and a clock",
    "work": b"what is to be done",
    "contact": b"how to reach them",
    "identity": b"a name nobody may list",
    "evidence": b"what was seen",
    "originals": b"the photograph itself",
    "place": b"where they sleep",
    "staff": b"who is on leave",
}
INHERITED = {"index", "work", "contact", "identity", "evidence", "originals"}


def write(vault: Vault, subject: str = "C-1", *compartments: str) -> None:
    for compartment in compartments or PLAIN:
        vault.write([Item(subject, compartment, PLAIN[compartment] + subject.encode())], AT)


@pytest.fixture
def net() -> Network:
    """Anna and boris, and their cases from before there was a seal."""
    net = Network(roles_held=ROLES_HELD)
    net.join("boris", ROLES_HELD)
    net.settle()
    write(net["anna"])
    net.settle()
    return net


def sealed(net: Network, trustees: int = 5, needed: int = 3) -> Dealt:
    """A seal that boris has vouched for, and all that follows from it."""
    dealt = succession.deal(trustees, needed)
    succession.make(net["anna"], dealt, AT)
    net.settle()
    succession.vouch(net["boris"], AT)
    net.settle()
    return dealt


def taken_over(
    net: Network, cards: tuple[TrusteeCard, ...], *successors: Successor, copy: str = "boris", **how: object
) -> tuple[Restored, MemoryStore]:
    store = MemoryStore()
    done = restore(net.stores[copy], cards, store, successors or (DORA, EMIL), AT, cost=CHEAP, **how)  # type: ignore[arg-type]
    return done, store


def looked_at(asking: Vault, releasing: Vault, what: str, subject: str = "C-1") -> list[bytes]:
    """What two open together."""
    wanted, opening = openings.sought(asking, subject, what), openings.new_opening()
    openings.release(releasing, opening, wanted, asking.member, (), AT)
    return [one.body for one in openings.Openings(asking).read(opening, wanted, AT)]


def test_any_three_of_five_cards_and_one_devices_copy_bring_all_back_that_is_inherited(net: Network) -> None:
    dealt = sealed(net)
    write(net["anna"], "C-2")
    write(net["boris"], "C-3", "index", "work")
    net.settle()
    done, store = taken_over(net, dealt.cards[1:4])
    dora = Vault.unlock(store, passphrase=DORA.passphrase)
    emil = dora.second(EMIL.passphrase)
    opened = set(bodies(dora))
    for subject in ("C-1", "C-2"):
        of_it = {body + subject.encode() for what, body in PLAIN.items() if what in INHERITED}
        together = {PLAIN[what] + subject.encode() for what in ("identity", "originals")}
        assert of_it - together <= opened
        assert looked_at(dora, emil, "identity", subject) == [PLAIN["identity"] + subject.encode()]
        assert looked_at(emil, dora, "originals", subject) == [PLAIN["originals"] + subject.encode()]
        assert not {PLAIN["place"] + subject.encode(), PLAIN["staff"] + subject.encode()} & opened
    assert PLAIN["work"] + b"C-3" in opened
    assert (done.shares, done.closed, done.waiting, done.removed) == (4, 4, {}, ("anna", "boris"))
    assert done.dossiers == 10


def test_all_sets_of_enough_cards_open_the_same(net: Network) -> None:
    dealt = sealed(net, 4, 2)
    frames = [frame for _, _, frame in net.stores["boris"].since("epoch")]
    keys = {succession.open_heirs(cards, frames) for cards in combinations(dealt.cards, 2)}
    assert len(keys) == 1
    assert [one.member for one in keys.pop()] == list(succession.CODES)


def test_the_successors_go_on_writing_and_can_let_others_in(net: Network) -> None:
    dealt = sealed(net)
    _, store = taken_over(net, dealt.cards[:3])
    dora = Vault.unlock(store, passphrase=DORA.passphrase)
    write(dora, "C-9", "index", "work", "identity")
    add_member(dora, "fay", "fay repairs clocks", AT, roles_held=FOUNDER_ROLES)
    fay = dora.second("fay repairs clocks")
    assert PLAIN["index"] + b"C-9" in bodies(fay)
    assert dora.members == ("dora", "emil", "fay")
    again = succession.deal(3, 2)
    succession.make(dora, again, AT)
    emil = dora.second(EMIL.passphrase)
    succession.vouch(emil, AT)
    assert succession.standing(dora).in_force
    assert looked_at(dora, emil, "identity", "C-9") == [PLAIN["identity"] + b"C-9"]


def test_one_successor_alone_opens_nothing_that_takes_two(net: Network) -> None:
    dealt = sealed(net)
    done, store = taken_over(net, dealt.cards[:3], DORA)
    dora = Vault.unlock(store, passphrase=DORA.passphrase)
    wanted = openings.sought(dora, "C-1", "identity")
    with pytest.raises(openings.NotReleased):
        list(openings.Openings(dora).read(openings.new_opening(), wanted, AT))
    assert done.shares == 2


def test_a_member_who_goes_on_keeps_their_keys_and_syncs_with_the_successors(net: Network) -> None:
    dealt = sealed(net)
    done, store = taken_over(net, dealt.cards[:3], DORA, going_on=("boris",))
    assert done.removed == ("anna",)
    dora = Vault.unlock(store, passphrase=DORA.passphrase)
    sync(dora, net.hub, HUB, AT)
    write(dora, "C-8", "index")
    sync(dora, net.hub, HUB, AT)
    net.sync("boris")
    assert net["boris"].members == ("boris", "dora")
    assert PLAIN["index"] + b"C-8" in net.bodies("boris")
    assert looked_at(dora, _met(net, dora), "identity") == [PLAIN["identity"] + b"C-1"]
    write(net["anna"], "C-7", "index")
    net.sync("anna", "boris")
    assert PLAIN["index"] + b"C-7" not in net.bodies("boris")


def _met(net: Network, dora: Vault) -> Vault:
    """Boris' hand, which releases on his own device; what he lends goes over the hub."""
    sync(dora, net.hub, HUB, AT)
    net.sync("boris")

    class There:
        office, member, identity = net["boris"].office, "boris", net["boris"].identity

        def caught_up(self) -> object:
            return net["boris"].caught_up()

        def write(self, *arguments: object, **named: object) -> None:
            net["boris"].write(*arguments, **named)  # type: ignore[arg-type]
            net.sync("boris")
            sync(dora, net.hub, HUB, AT)

    return There()  # type: ignore[return-value]


def test_nothing_is_granted_to_a_seal_for_which_no_second_member_has_vouched(net: Network) -> None:
    dealt = succession.deal(3, 2)
    succession.make(net["anna"], dealt, AT)
    write(net["anna"], "C-2")
    net.settle()
    standing = succession.standing(net["boris"])
    assert (standing.by, standing.in_force, standing.yours_to_vouch) == ("anna", False, True)
    assert standing.sealed == 0 < standing.lacking
    done, store = taken_over(net, dealt.cards[:2])
    assert (done.dossiers, done.shares) == (0, 0)
    assert bodies(Vault.unlock(store, passphrase=DORA.passphrase)) == []


def test_who_made_the_seal_cannot_vouch_for_it(net: Network) -> None:
    succession.make(net["anna"], succession.deal(3, 2), AT)
    with pytest.raises(VouchNotYours):
        succession.vouch(net["anna"], AT)


def test_the_standing_says_what_a_successor_would_get(net: Network) -> None:
    with pytest.raises(NoSeal):
        succession.standing(net["anna"])
    with pytest.raises(NoSeal):
        succession.vouch(net["boris"], AT)
    sealed(net)
    standing = succession.standing(net["anna"])
    assert standing == (standing.by, AT, True, True, False, 6, 0)
    assert standing.by == "anna"


def test_a_seal_takes_an_admin_and_a_second_member() -> None:
    anna = found(MemoryStore())
    with pytest.raises(SealNeedsTwo):
        succession.make(anna, succession.deal(3, 2), AT)
    add_member(anna, "boris", "boris mends nets", AT)
    with pytest.raises(NotAllowedToAdmit):
        succession.make(anna.second("boris mends nets"), succession.deal(3, 2), AT)
    add_member(anna, "seal-1", "no seal but a person", AT)
    with pytest.raises(MemberExists):
        succession.make(anna, succession.deal(3, 2), AT)


@pytest.mark.parametrize(("trustees", "needed"), [(3, 1), (2, 3), (1, 1), (256, 2)])
def test_a_secret_is_split_as_shares_can_be(trustees: int, needed: int) -> None:
    with pytest.raises(SharesUnfit):
        succession.deal(trustees, needed)


def test_a_new_seal_puts_the_old_cards_out_of_use_and_what_they_opened_is_destroyed(net: Network) -> None:
    old = sealed(net)
    devices = {device.id for device in succession.devices_of(net["anna"])}
    granted = {name for name in _granted_to(net["boris"], devices)}
    assert granted
    new = sealed(net)
    for store in (*net.stores.values(), net.hub):
        assert not granted & {name for _, name, _ in store.since("grant")}
    with pytest.raises(CardsOutOfUse):
        taken_over(net, old.cards[:3])
    assert taken_over(net, new.cards[:3])[0].dossiers == 4
    assert succession.standing(net["boris"])[2:] == (True, True, False, 6, 0)


def _granted_to(vault: Vault, devices: set[bytes]) -> set[bytes]:
    named = {
        given.hash
        for segment in vault.office.log.segments
        for given in segment.skeleton.grants
        if given.device in devices
    }
    return {name for name, _ in vault.office.store.fetch("grant", named)}


def test_a_seal_can_be_taken_out(net: Network) -> None:
    with pytest.raises(NoSeal):
        succession.end(net["anna"], AT)
    old = sealed(net)
    devices = {device.id for device in succession.devices_of(net["anna"])}
    succession.end(net["anna"], AT)
    net.settle()
    with pytest.raises(NoSeal):
        succession.standing(net["boris"])
    assert not _granted_to(net["boris"], devices)
    with pytest.raises(CardsOutOfUse):
        taken_over(net, old.cards[:3])
    store = MemoryStore()
    done = restore(net.hub, old.cards[:3], store, (DORA,), AT, cost=CHEAP)
    assert (done.dossiers, done.shares) == (0, 0)
    assert bodies(Vault.unlock(store, passphrase=DORA.passphrase)) == []


def test_a_seal_has_no_hand_among_the_members_and_holds_up_nobody(net: Network) -> None:
    sealed(net)
    assert net["anna"].members == ("anna", "boris")
    assert membership.awaiting_vouch(net["boris"]) == ()


def test_a_seal_with_a_device_that_no_card_opens_is_not_whole(net: Network) -> None:
    sealed(net)
    anna = net["anna"]
    stranger = new_identity("seal-1", anna.office.id)
    part = epochs.member_of(stranger, admin=True, roles=(roles.SEAL,)), epochs.describe(stranger)
    anna.next_epoch(epochs.Change(joining=(part,)), AT)
    net.settle()
    for code in ("seal-1", "seal-2"):
        with pytest.raises(membership.MemberExists):
            joining.invite(anna, code, (DUTY,), AT)
    held = {device.id for device in succession.devices_of(anna)} - {stranger.device}
    assert not any(stranger.device in anna.office.log.holders(one) for one in anna.office.log.granted)
    assert held
    assert not succession.standing(net["anna"]).whole


# What whoever comes with the wrong cards is told.


@pytest.fixture(scope="module")
def office() -> tuple[Dealt, list[bytes]]:
    """Cards, three of five, and the epochs of their office."""
    net = Network()
    net.join("boris")
    net.settle()
    dealt = sealed(net)
    return dealt, [frame for _, _, frame in net.stores["boris"].since("epoch")]


Office = tuple[Dealt, list[bytes]]


def forged(card: TrusteeCard) -> TrusteeCard:
    """A card of the same place whose value somebody made up."""
    return card._replace(share=Share(card.share.x, bytes(32)))


def test_too_few_cards_are_counted(office: Office) -> None:
    dealt, frames = office
    with pytest.raises(SharesTooFew) as refused:
        succession.open_heirs(dealt.cards[:2], frames)
    assert refused.value.facts == {"have": 2, "need": 3}
    with pytest.raises(SharesTooFew):
        succession.open_heirs((dealt.cards[0],) * 3, frames)
    with pytest.raises(SharesTooFew):
        succession.open_heirs((), frames)


def test_a_wrong_card_is_named_where_there_is_one_more(office: Office) -> None:
    dealt, frames = office
    cards = (*dealt.cards[:3], forged(dealt.cards[4]))
    with pytest.raises(ShareWrong) as refused:
        succession.open_heirs(cards, frames)
    assert refused.value.facts == {"numbers": "5"}
    with pytest.raises(CardsDoNotOpen) as unclear:
        succession.open_heirs((*dealt.cards[:2], forged(dealt.cards[4])), frames)
    assert "Add one card more" in unclear.value.advice()


def test_cards_of_two_sets_are_told_apart_by_their_order(office: Office) -> None:
    dealt, frames = office
    other = succession.deal(5, 3)
    with pytest.raises(CardsMixed) as refused:
        succession.open_heirs((dealt.cards[0], other.cards[1], dealt.cards[2], dealt.cards[3]), frames)
    assert refused.value.facts == {"numbers": "2"}
    with pytest.raises(CardsDoNotOpen):
        succession.open_heirs(other.cards[:3], frames)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 4), max_size=2), st.binary(min_size=32, max_size=32), st.integers(1, 255))
def test_too_few_cards_with_one_made_up_open_nothing(chosen: set[int], made_up: bytes, place: int) -> None:
    dealt, frames = _HELD
    cards = [dealt.cards[number] for number in sorted(chosen)]
    guess = dealt.cards[0]._replace(share=Share(place, made_up))
    with pytest.raises((SharesTooFew, CardsDoNotOpen, succession.shares.SharesDoNotFit)):
        succession.open_heirs((*cards, guess), frames)


_HELD = (succession.deal(5, 3), [b""])


@pytest.fixture(autouse=True, scope="module")
def _hold(office: Office) -> None:
    global _HELD
    _HELD = office


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=200) | st.binary(max_size=200).map(lambda junk: b"\x01\x92" + junk)))
def test_whatever_lies_where_heirs_lie_only_damage_or_a_refusal_comes_of_it(junk: list[bytes]) -> None:
    frame = seal.SUITE + pack((b"12345678", [], b"", junk))
    with pytest.raises((Damaged, Refused)):
        succession.open_heirs(_HELD[0].cards[:3], [frame])


# The thief's view.


def test_too_few_trustees_and_the_whole_store_yield_no_byte_of_a_key_or_a_case(
    net: Network, tmp_path: Path
) -> None:
    hub = SqliteStore(tmp_path / "hub.sqlite")
    dealt = sealed(net)
    for device in net.vaults:
        sync(net[device], hub, b"a copy on a disk", AT)
    keys = succession.open_heirs(dealt.cards[:3], [frame for _, _, frame in hub.since("epoch")])
    hub.close()
    seized = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    secret = [dealt.secret, *(card.share.y for card in dealt.cards), *(card.set_id for card in dealt.cards)]
    secret += [part for one in keys for part in (one.root, one.signing, one.wrapping)]
    secret += [one.office for one in keys] + [b"seal-1", b"anna", *PLAIN.values()]
    assert [held for held in secret if held in seized or held.hex().encode() in seized] == []


# The copy, and the place where it is taken to.


@pytest.mark.parametrize("kind", ["a device's file", "a bundle", "the hub"])
def test_any_copy_of_the_store_will_do_and_is_left_as_it_was(net: Network, tmp_path: Path, kind: str) -> None:
    dealt = sealed(net)
    copy = net.hub
    if kind != "the hub":
        copy = SqliteStore(tmp_path / "c") if kind == "a device's file" else BundleStore(tmp_path / "c")
        for shelf in (
            "epoch",
            "grant",
            "body",
            "segment",
            *(("local", "keystore") if "file" in kind else ()),
        ):
            _copy(net.stores["boris"], copy, shelf)
    before = [list(copy.since(shelf)) for shelf in ("epoch", "segment", "body", "grant", "local")]
    store = MemoryStore()
    done = restore(copy, dealt.cards[:3], store, (DORA, EMIL), AT, cost=CHEAP)
    assert (done.dossiers, done.shares, done.waiting) == (4, 2, {})
    assert [list(copy.since(shelf)) for shelf in ("epoch", "segment", "body", "grant", "local")] == before
    assert not any(store.get("keystore", name) for name in (b"seal-1", b"seal-2"))
    local = list(store.since("local"))
    assert len(local) == 1  # the tip: what the seal's hands kept is gone


def _copy(of: Store, to: Store, shelf: str) -> None:
    to.commit([Blob(shelf, name, sealed) for _, name, sealed in of.since(shelf)])


def test_a_copy_that_lost_its_end_is_not_believed(net: Network, tmp_path: Path) -> None:
    dealt = sealed(net)
    boris = net.stores["boris"]
    *_, (_, name, _) = boris.since("segment")
    boris.commit((), [("segment", name)])
    with pytest.raises(RolledBack):
        taken_over(net, dealt.cards[:3])


def test_an_office_without_a_seal_cannot_be_taken_over(net: Network) -> None:
    with pytest.raises(NoSeal):
        taken_over(net, succession.deal(3, 2).cards[:2])


@pytest.mark.parametrize("codes", [("anna", "emil"), ("dora", "dora"), ("dora", "emil", "fay"), ("seal-1",)])
def test_successors_are_one_or_two_whom_the_office_never_had(net: Network, codes: tuple[str, ...]) -> None:
    dealt = sealed(net)
    successors = [Successor(code, f"{code} has a passphrase {n}") for n, code in enumerate(codes)]
    with pytest.raises(SuccessorsUnfit):
        taken_over(net, dealt.cards[:3], *successors)


def test_a_place_that_holds_an_office_is_left_alone_and_a_short_passphrase_refused(net: Network) -> None:
    dealt = sealed(net)
    with pytest.raises(OfficeExists):
        restore(net.stores["boris"], dealt.cards[:3], net.stores["anna"], (DORA,), AT, cost=CHEAP)
    with pytest.raises(PassphraseNotUsable):
        taken_over(net, dealt.cards[:3], Successor("dora", "short"))


def test_nothing_that_holds_a_secret_shows_it() -> None:
    dealt = succession.deal(3, 2)
    assert repr(dealt) == "Dealt(…)"
    assert DORA.passphrase not in repr(DORA)
    assert dealt.secret.hex() not in repr(dealt.cards)


def test_a_case_that_was_shredded_is_not_brought_back(net: Network) -> None:
    dealt = sealed(net)
    shredding.shred(net["anna"], shredding.dossiers_of(net["anna"], "C-1"), AT)
    net.settle()
    done, _ = taken_over(net, dealt.cards[:3])
    assert (done.dossiers, done.shares) == (0, 0)

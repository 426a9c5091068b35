"""Several devices that only meet now and then come to the same office."""

from itertools import combinations, count

import pytest
from vault_network import Network
from vault_office import AT, CHEAP

from kunak.vault import Item, MemoryStore, Vault, joining, membership, openings, replacing, shares, shredding
from kunak.vault.joining import JoiningCodeUsed, JoiningCodeWrong
from kunak.vault.sync import sync


def index(body: bytes, subject: str = "C-1") -> Item:
    return Item(subject, "index", body)


def test_a_device_joins_by_a_code_and_reads_what_was_before() -> None:
    net = Network()
    net["anna"].write([index(b"before")], AT)
    net.join("boris")
    net.sync("anna", "boris")
    net["boris"].write([index(b"by boris")], AT)
    net.sync("boris", "anna")
    assert net.bodies("anna") == net.bodies("boris") == [b"before", b"by boris"]


def test_a_code_works_once_for_a_day_and_only_if_it_is_right() -> None:
    net = Network()
    made = joining.invite(net["anna"], "boris", ("duty",), AT)
    wrong = joining.ask(MemoryStore(), "boris", b"12345678", CHEAP)
    with pytest.raises(JoiningCodeWrong):
        joining.answer(net["anna"], wrong, AT, CHEAP)
    asked = joining.ask(MemoryStore(), "boris", made.code, CHEAP)
    with pytest.raises(JoiningCodeUsed):
        joining.answer(net["anna"], asked, AT + joining.LASTS * 1.5, CHEAP)
    joining.answer(net["anna"], asked, AT, CHEAP)
    with pytest.raises(JoiningCodeUsed):
        joining.answer(net["anna"], asked, AT, CHEAP)


def test_a_removed_device_is_cut_off_and_reads_nothing_newer() -> None:
    net = Network()
    net.join("boris")
    net.join("vera")
    net.settle()
    net["boris"].write([index(b"in time")], AT)
    net.settle()
    removal = membership.remove_member(net["anna"], "boris", AT)
    assert ("C-1", "index", False) in removal.could_read
    net.settle_some = net.sync("anna", "vera")
    net["boris"].write([index(b"too late")], AT)
    net["anna"].write([index(b"after")], AT)
    net.sync("anna", "boris", "vera", "anna", "boris")
    assert net.bodies("anna") == net.bodies("vera") == [b"in time", b"after"]
    assert b"after" not in net.bodies("boris")


def test_two_open_together_over_two_stores() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net.settle()
    net["boris"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    assert net.bodies("anna") == net.bodies("boris") == []
    opening = openings.new_opening()
    wanted = openings.sought(net["boris"], "C-1", "identity")
    mine = openings.Openings(net["boris"])
    with pytest.raises(openings.NotReleased):
        list(mine.read(opening, wanted, AT))
    openings.release(net["anna"], opening, wanted, "boris", [index(b"released")], AT)
    net.settle()
    assert [one.body for one in mine.read(opening, wanted, AT)] == [b"name"]
    with pytest.raises(openings.OpeningOver):
        list(mine.read(opening, wanted, AT + openings.LASTS))
    net.settle()
    with pytest.raises(openings.NotReleased):
        list(mine.read(opening, wanted, AT))
    assert net.bodies("boris") == [b"released"]


def test_a_dead_holder_is_replaced_by_the_others_without_anybody_reading() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net["anna"].write([Item("C-1", "identity", b"name")], AT)
    net.join("vera", ("duty", "lawyer"))
    net.settle()
    assert not net["vera"].caught_up().shares
    membership.vouch(net["boris"], "vera", AT)
    net.settle()
    assert net["vera"].caught_up().shares
    membership.remove_member(net["anna"], "boris", AT)
    net.vaults.pop("boris")
    net.settle()
    opening = openings.new_opening()
    wanted = openings.sought(net["vera"], "C-1", "identity")
    openings.release(net["anna"], opening, wanted, "vera", [index(b"released")], AT)
    net.settle()
    assert [one.body for one in openings.Openings(net["vera"]).read(opening, wanted, AT)] == [b"name"]


def of_one_place(share: bytes) -> tuple[str, str]:
    """Two codes of members to whom a share would be dealt at the same place."""
    by_place: dict[int, str] = {}
    for number in count():
        code = f"newcomer-{number}"
        if (other := by_place.setdefault(replacing._free_place(share, code, {1, 2}), code)) != code:
            return other, code
    raise AssertionError


def three_open(net: Network, share: bytes, codes: tuple[str, ...]) -> None:
    """Each of these holds a share, at a place of its own, and any two of them make the key."""
    held = [net[code].caught_up().shares[share] for code in codes]
    assert len({one.x for one in held}) == len(held)
    keys = {shares.join([shares.Share(one.x, one.y) for one in pair], 2) for pair in combinations(held, 2)}
    assert len(keys) == 1


def test_two_newcomers_are_not_dealt_one_place() -> None:
    net = Network()
    net.join("boris", ("duty", "lawyer"))
    net.settle()
    net["anna"].write([Item("C-1", "identity", b"name")], AT)
    net.settle()
    (share,) = net["anna"].caught_up().shares
    newcomers = of_one_place(share)
    for code in newcomers:
        net.join(code, ("duty", "lawyer"))
    net.settle()
    for code in newcomers:
        membership.vouch(net["boris"], code, AT)
    net.settle()
    three_open(net, share, ("anna", "boris", *newcomers))


def test_two_newcomers_who_were_dealt_one_place_apart_end_in_places_of_their_own() -> None:
    net = Network()
    for code in ("boris", "vera"):
        net.join(code, ("duty", "lawyer"))
    net.settle()
    membership.vouch(net["boris"], "vera", AT)
    net["anna"].write([Item("C-1", "identity", b"name")], AT)
    net.join("anna's other", member="anna")
    net.settle()
    membership.vouch(net["boris"], "anna", AT)
    net.settle()
    (share,) = net["anna"].caught_up().shares
    assert share in net["anna's other"].caught_up().shares
    newcomers = of_one_place(share)
    for code in newcomers:
        net.join(code, ("duty", "lawyer"))
    net.settle()
    for voucher, newcomer, dealing in (("boris", 0, "anna"), ("vera", 1, "anna's other")):
        hub = MemoryStore()
        membership.vouch(net[voucher], newcomers[newcomer], AT)
        for device in (voucher, dealing):
            sync(net[device], hub, b"another place", AT)
    dealt = [
        {given.x for _, given in net[device].office.log.lent.values()} for device in ("anna", "anna's other")
    ]
    assert dealt[0] == dealt[1] != set()
    net.settle()
    three_open(net, share, ("anna", "boris", "vera", *newcomers))


def test_what_is_shredded_is_gone_from_every_store() -> None:
    net = Network()
    net.join("boris")
    net["anna"].write([Item("C-1", "work", b"secret"), index(b"code")], AT)
    net.settle()
    assert net.bodies("boris") == [b"code"] or b"secret" in net.bodies("boris")
    gone = shredding.dossiers_of(net["anna"], "C-1", ("work",))
    names = {name for dossier in gone for name in net["anna"].office.log.bodies[dossier]}
    shredding.shred(net["anna"], gone, AT)
    assert shredding.acknowledged(net["anna"], gone[0]).awaited
    net.settle()
    for store in (*net.stores.values(), net.hub):
        assert not list(store.fetch("body", names))
    assert not shredding.acknowledged(net["anna"], gone[0]).awaited
    assert net.bodies("anna") == net.bodies("boris") == [b"code"]
    again = Vault.unlock(net.stores["boris"], passphrase="boris's own")
    assert [one.body for one in again.read()] == [b"code"]

"""Several devices that only meet now and then come to the same office."""

import pytest
from vault_network import Network
from vault_office import AT, CHEAP

from kunak.vault import Item, MemoryStore, Vault, joining, membership, openings, shredding
from kunak.vault.joining import JoiningCodeUsed, JoiningCodeWrong


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

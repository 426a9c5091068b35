"""Nobody comes to a key by one person's word: not by an invented colleague, a second device, a new role."""

import pytest
from vault_network import Network
from vault_office import AT

from kunak.vault import Item, membership, trust
from kunak.vault.membership import VouchNotYours

ALL = ("index", "work", "place", "identity")
CARE = ("duty", "case-worker", "coordinator")


def write(net: Network, device: str) -> None:
    """Something in each compartment that this device may write into."""
    net[device].write([Item("C-1", "index", b"index")], AT)
    net[device].write([Item("C-1", "work", b"work", ("anna", "boris"))], AT)
    net[device].write([Item("C-1", "place", b"place")], AT)
    net[device].write([Item("C-1", "identity", b"identity")], AT)


def office() -> Network:
    """Anna founded it and is its admin, boris works with her, vera has come and was vouched for."""
    net = Network(roles_held=CARE)
    net.join("boris", (*CARE, "movement"))
    net.settle()
    net.join("vera", (*CARE, "lawyer"))
    net.settle()
    membership.vouch(net["boris"], "vera", AT)
    net.settle()
    write(net, "boris")
    net.settle()
    return net


def held(net: Network, device: str) -> set[str]:
    """The compartments of which a device holds a key or a share."""
    ring = net[device].caught_up()
    return {one.compartment for one in (*ring, *ring.shares.values())}


def test_a_newcomer_reads_the_index_alone_until_a_second_member_vouches() -> None:
    net = office()
    net.join("gleb", (*CARE, "movement"))
    net.settle()
    assert held(net, "gleb") == {"index"}
    assert net.bodies("gleb") == [b"index"]
    membership.vouch(net["vera"], "gleb", AT)
    net.settle()
    assert held(net, "gleb") == {"index", "place", "identity"}  # the work file names others


def test_a_second_device_under_a_colleagues_code_is_given_nothing_by_an_admins_word() -> None:
    net = office()
    net.join("boris, says anna", member="boris")
    net.settle()
    write(net, "boris")
    net.settle()
    assert held(net, "boris, says anna") == {"index"}
    assert not trust.is_vouched(net["vera"].office, net["vera"].office.epoch.member("boris"))


def test_it_cannot_vouch_for_itself_nor_for_anybody() -> None:
    net = office()
    net.join("boris, says anna", member="boris")
    net.join("friend", (*CARE, "movement"))
    net.settle()
    for code in ("boris", "friend"):
        with pytest.raises(VouchNotYours):
            membership.vouch(net["boris, says anna"], code, AT)
        with pytest.raises(VouchNotYours):
            membership.vouch(net["anna"], code, AT)
    # and if its program says so all the same, nobody believes it
    for code in ("boris", "friend"):
        marks = trust.vouchable(net["vera"].office, net["vera"].office.epoch.member(code), "vera")
        forged(net, "boris, says anna", marks)
    net.settle()
    assert held(net, "boris, says anna") == held(net, "friend") == {"index"}


def forged(net: Network, device: str, marks: tuple[bytes, ...]) -> None:
    acts = [membership.Act(membership.VOUCHED, b"", mark) for mark in marks]
    net[device].write((), AT, acts=acts)


def test_a_member_vouches_for_their_own_second_device_from_the_first() -> None:
    net = office()
    net.join("boris at home", member="boris")
    net.settle()
    membership.vouch(net["boris"], "boris", AT)
    net.settle()
    assert held(net, "boris at home") == set(ALL)


def test_an_admin_who_gives_themselves_a_role_gets_its_keys_when_another_vouches() -> None:
    net = office()
    membership.change_member(net["anna"], "anna", AT, roles_held=(*CARE, "movement", "lawyer"), admin=True)
    net.settle()
    write(net, "boris")
    net.settle()
    assert "place" not in held(net, "anna")
    with pytest.raises(VouchNotYours):
        membership.vouch(net["anna"], "anna", AT)
    membership.vouch(net["boris"], "anna", AT)
    net.settle()
    assert "place" in held(net, "anna")


def test_a_role_that_an_admin_gives_to_another_needs_no_second_word() -> None:
    net = office()
    membership.change_member(net["anna"], "vera", AT, roles_held=(*CARE, "movement"), admin=False)
    net.settle()
    assert "place" in held(net, "vera")


def test_in_an_office_of_two_a_lost_device_is_replaced_without_a_third() -> None:
    net = Network(roles_held=CARE)
    net.join("boris", CARE)
    net.settle()
    net["anna"].write([Item("C-1", "work", b"work", ("anna", "boris"))], AT)
    net.settle()
    net.join("boris anew", member="boris", replacing=True)
    net.vaults.pop("boris")
    net.settle()
    assert trust.is_vouched(net["anna"].office, net["anna"].office.epoch.member("boris"))
    net["anna"].write([Item("C-2", "work", b"later", ("anna", "boris"))], AT)
    net.settle()
    assert net.bodies("boris anew") == [b"later"]


def test_a_replaced_device_in_an_office_of_three_waits_for_the_third() -> None:
    net = office()
    net.join("boris anew", member="boris", replacing=True)
    net.vaults.pop("boris")
    net.settle()
    assert held(net, "boris anew") == {"index"}
    membership.vouch(net["vera"], "boris", AT)
    net.settle()
    assert "place" not in held(net, "boris anew")  # nobody is left who holds a key of it
    assert "identity" in held(net, "boris anew")

"""What a colleague's altered program may try with keys of its own."""

from unittest.mock import patch

from vault_network import Network
from vault_office import AT

from kunak.vault import Item, Vault, bodies, dossiers
from kunak.vault.dossiers import KeyRing
from kunak.vault.log import ENDED, Act


def reads(net: Network, device: str) -> list[bytes]:
    """What a device reads once it has been closed and opened again."""
    net[device].close()
    net.vaults[device] = Vault.unlock(net.stores[device], passphrase=f"{device}'s own")
    return net.bodies(device)


def test_a_dossier_that_somebody_planted_is_not_written_into() -> None:
    net = Network()
    net.join("boris", ("movement",))
    net.settle()
    anna, boris = net["anna"], net["boris"]
    planted = dossiers.new_dossier("C-1", "contact", ("anna",), 1000)
    boris.write(
        (),
        AT,
        granting=list(dossiers.grant(boris.office.id, planted, anna.office.epoch.devices_of(["anna"]))),
    )
    net.settle()
    assert anna.caught_up().about("C-1", "contact").id == planted.id  # it came, and looks like the newest
    anna.write([Item("C-1", "contact", b"where to ring")], AT)
    net.settle()
    assert not anna.office.log.bodies.get(planted.id)
    assert net.bodies("anna") == [b"where to ring"]
    anna.write([Item("C-1", "contact", b"and when")], AT)
    assert (
        len({one.id for one in anna.caught_up() if one.subject == "C-1"}) == 2
    )  # one new one, not one each time


def test_a_clock_that_is_set_back_is_refused_and_breaks_no_device() -> None:
    net = Network()
    net.join("boris")
    net.settle()
    net["boris"].write([Item("C-1", "index", b"in time")], AT)
    net.settle()
    with patch.object(bodies, "next_clock", lambda latest, hour: 5 << 16):
        net["boris"].write([Item("C-1", "index", b"set back")], AT)
    assert net.sync("boris", "anna")[1].received.turned_away == 1
    assert reads(net, "anna") == [b"in time"]


def test_nobody_ends_a_colleagues_key() -> None:
    net = Network()
    net.join("boris")
    net.settle()
    net["anna"].write([Item("C-1", "index", b"kept")], AT)
    net.settle()
    log, device = net["anna"].office.log, net["anna"].identity.device
    keys = [(dossier, given[device][1].hash) for dossier, given in log.granted.items() if device in given]
    net["boris"].write((), AT, acts=[Act(ENDED, dossier, name) for dossier, name in keys])
    net.settle()
    net.stores["anna"].commit((), [("local", KeyRing.blob_name(device))])  # the ring is a cache
    assert reads(net, "anna") == [b"kept"]

"""What a colleague's altered program may try with keys of its own."""

from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault_network import Network, planted
from vault_office import AT

from kunak.vault import Item, Vault, bodies, codec, dossiers, membership, openings, seal, shares
from kunak.vault.bodies import BodyMissing, Writer
from kunak.vault.dossiers import Dossier, GrantNotValid, HeldShare, KeyRing
from kunak.vault.log import ENDED, KEY, PART, RELEASE, SHARE, SUM, Act, Grant, Part
from kunak.vault.replacing import _Passed
from kunak.vault.stores import Blob


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


@pytest.fixture
def net() -> Network:
    """Boris, who may read what anna wrote, and write beside it."""
    net = Network()
    net.join("boris")
    net.settle()
    net["anna"].write([Item("C-1", "index", b"kept")], AT)
    net.settle()
    return net


def dossier_of(vault: Vault) -> Dossier:
    return next(one for one in vault.caught_up() if one.subject == "C-1")


def sealed_by(vault: Vault, plain: bytes, seq: int) -> bytes:
    """A body that opens, whatever it holds, at the first place of boris's next segment."""
    dossier, epoch = dossier_of(vault), vault.office.epoch
    aad = bodies._aad(vault.office.id, dossier.id, epoch.tag, vault.identity.device, seq, 0)
    return seal.seal(dossiers.entry_key(dossier, epoch), plain, aad)


@pytest.mark.parametrize("how", ["other bytes", "another length", "not padded", "another place"])
def test_a_body_that_does_not_open_keeps_nobody_from_reading(net: Network, how: str) -> None:
    boris, dossier = net["boris"], dossier_of(net["boris"])
    seq = boris.office.log.head(boris.identity.device).seq + 1
    sealed = {
        "other bytes": seal.SUITE + bytes(300),
        "another length": sealed_by(boris, seal.pad(b"lies"), seq),
        "not padded": sealed_by(boris, b"lies", seq),
        "another place": sealed_by(boris, seal.pad(b"lies"), seq + 1),
    }[how]
    name, length = seal.digest(sealed), len(sealed) + (how == "another length")
    planted(boris, parts=[Part(dossier.id, name, length)], blobs=[Blob("body", name, sealed)])
    boris.write([Item("C-1", "index", b"and goes on")], AT)
    net.settle()
    assert reads(net, "anna") == [b"kept", b"and goes on"]
    assert list(net["anna"].unread.values()) == [Writer("boris", boris.identity.device)]
    net.stores["anna"].commit(
        [Blob("body", name, sealed[:-1])], [("body", name)]
    )  # the disk is another matter
    with pytest.raises(BodyMissing):
        reads(net, "anna")


@pytest.mark.parametrize("how", ["other bytes", "no key", "no share"])
def test_a_key_that_opens_nothing_keeps_nobody_from_reading(net: Network, how: str) -> None:
    boris, anna = net["boris"], net["anna"].office.epoch.devices_of(["anna"])
    new = dossiers.new_dossier("C-2", "index", ("anna", "boris"))
    if how == "other bytes":
        sealed = seal.SUITE + bytes(1500)
        given = Grant(new.id, anna[0].id, KEY, 0, seal.digest(sealed))
        made = [(given, Blob("grant", given.hash, sealed))]
    elif how == "no key":
        made = list(dossiers.grant(boris.office.id, new._replace(key=b"short"), anna))
    else:
        held = HeldShare(new.id, 300, bytes(32), bytes(32), "C-2", "identity", 0, ("anna",))
        made = list(dossiers.grant_share(boris.office.id, held, anna))
    planted(boris, grants=[one for one, _ in made], blobs=[blob for _, blob in made])
    net.settle()
    assert reads(net, "anna") == [b"kept"]
    assert list(net["anna"].granted_in_vain()) == [Writer("boris", boris.identity.device)]
    (_, blob), *_ = made
    net.stores["anna"].commit([blob._replace(sealed=blob.sealed[:-1])], [("grant", blob.name)])
    with pytest.raises(GrantNotValid):
        reads(net, "anna")


WORDS = st.sampled_from(
    ("", "C-1", "C-9", "anna", "boris", "index", "identity", "nowhere", "readings-2031-04")
)
BYTES = st.sampled_from((b"", bytes(16), bytes(32), b"\xff" * 32, b"x" * 400))
NUMBERS = st.sampled_from((0, 1, 2, 3, 254, 255, 256, 1 << 40))


def any_of(shape: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """A frame of a shape with anything in it."""
    known = {int: NUMBERS, bytes: BYTES, str: WORDS, tuple[str, ...]: st.lists(WORDS, max_size=3).map(tuple)}
    known[tuple[int, int]] = st.tuples(NUMBERS, NUMBERS)
    return st.tuples(*(known[hint] for hint in shape.__annotations__.values()))


WRAPPED = {
    KEY: dossiers._Wrapped,
    SHARE: dossiers._WrappedShare,
    RELEASE: dossiers._WrappedShare,
    PART: _Passed,
    SUM: _Passed,
}


@st.composite
def any_grant(draw: st.DrawFn) -> tuple[int, int, int, tuple[Any, ...]]:
    """(sort, place, which dossier, what is wrapped)."""
    sort = draw(st.sampled_from([*WRAPPED]))
    return sort, draw(NUMBERS), draw(st.integers(0, 4)), draw(any_of(WRAPPED[sort]))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(any_grant(), min_size=1, max_size=5))
def test_whatever_a_colleague_grants_the_others_go_on(given_out: list[tuple[int, int, int, Any]]) -> None:
    net = _office()
    boris, anna = net["boris"], net["anna"]
    office, opening = boris.office, bytes(16)
    there = [one.id for one in (*boris.caught_up(), *boris.caught_up().shares.values())]
    made = []
    for sort, x, which, told in given_out:
        dossier = (*there, bytes(16), b"", b"\x07" * 16)[which % 5]
        for device in office.epoch.devices_of(["anna", "vera"]):
            info = {
                RELEASE: seal.context("release", office.id, dossier, device.id, opening),
                PART: seal.context("part", office.id, dossier, device.id),
                SUM: seal.context("sum", office.id, dossier, device.id),
            }.get(sort, seal.context("grant", office.id, dossier, device.id))
            plain = seal.pad(codec.pack(told), 256 if sort in (PART, SUM) else dossiers._LEAST_GRANT)
            sealed = seal.seal_to(seal.load_x_wing_public(device.wrapping), info, plain)
            name = seal.digest(sealed)
            made.append((Grant(dossier, device.id, sort, x, name), Blob("grant", name, sealed)))
    planted(boris, grants=[one for one, _ in made], blobs=[blob for _, blob in made])
    net.sync("boris", "anna", "vera", "boris", "anna")
    for hand in (anna, net["vera"]):
        assert b"kept" in [one.body for one in hand.read()]
        list(hand.granted_in_vain())
        for wanted in {one.id for one in hand.caught_up().shares.values()}:
            with suppress(openings.NotReleased, shares.ShareWrong):
                list(openings.Openings(hand).read(opening, [wanted], AT))


def _office() -> Network:
    net = Network()
    for device in ("boris", "vera"):
        net.join(device)
    net.settle()
    membership.vouch(net["boris"], "vera", AT)
    net["anna"].write([Item("C-1", "index", b"kept"), Item("C-1", "identity", b"by two")], AT)
    net.settle()
    return net

"""Shredded: no byte of it, and no key to it, is left on any node; what was kept aside before opens nothing."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
import vault_network
from vault_network import HUB, Network
from vault_office import AT

from kunak.errors import Damaged
from kunak.exchange.link import Link
from kunak.vault import (
    Item,
    SqliteStore,
    Store,
    Vault,
    dossiers,
    folder,
    membership,
    parcel,
    seal,
    shredding,
    snapshots,
)
from kunak.vault.attachments import seal_parts
from kunak.vault.bodies import SHELF as BODIES
from kunak.vault.bodies import _aad
from kunak.vault.dossiers import SHELF as GRANTS
from kunak.vault.dossiers import Dossier, entry_key
from kunak.vault.epochs import TAG_BYTES, Epoch
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.sync import sync
from kunak.workbench import Workbench, write_relay_keys

pytestmark = pytest.mark.slow

PIECE, EVERY = 24, 240  # bytes: short enough to lie whole on a page; close enough that each page has one
GONE, STAYS = "C-1", "C-2"
PLAIN = {"index": b"when to call", "work": b"what is to be done", "place": b"where", "identity": b"who"}


class Nodes:
    """Three devices with a file each, and every kind of place in which they meet."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, numbers = place, count()
        monkeypatch.setattr(
            vault_network, "MemoryStore", lambda: SqliteStore(place / f"device-{next(numbers)}.sqlite")
        )
        self.net = Network(SqliteStore(place / "hub.sqlite"))
        for member in ("boris", "clara"):
            self.net.join(member)
        self.net.settle()
        membership.vouch(self.net["boris"], "clara", AT)
        self.bundle = BundleStore(place / "office.bundle")
        (place / "folder").mkdir()
        self.benches = [Workbench(vault, lambda: AT) for vault in self.net.vaults.values()]
        self.relay, self.links = self._relay(), list[Link]()
        self.settle()

    def _relay(self) -> "subprocess.Popen[bytes]":
        """The office's relay, a process of its own with a file of its own."""
        home = self.place / "relay-home"
        home.mkdir()
        write_relay_keys(home, self.net["anna"])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "kunak.exchange.relay", str(home), "--port", str(self.port)]
        return subprocess.Popen(command)

    def _through_the_relay(self) -> None:
        while not self.links:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                self.links = [Link(f"http://127.0.0.1:{self.port}") for _ in self.benches]
            assert self.relay.poll() is None
            time.sleep(0.02)
        for link, bench in zip(self.links, self.benches, strict=True):
            link.round(bench)

    def rest(self) -> None:
        """Until the relay, which rebuilds its file in its own time, has done so after the last question."""
        path, before = self.place / "relay-home" / "relay" / "relay.db", None
        while before != (before := path.stat().st_mtime_ns):
            time.sleep(1.5)

    def end(self) -> None:
        for link in self.links:
            link.close()
        self.relay.kill()
        self.relay.wait()

    def settle(self) -> None:
        for _ in range(2):
            self.net.settle()
            for vault in self.net.vaults.values():
                sync(vault, self.bundle, b"a bundle", AT)
                folder.exchange(vault, self.place / "folder", AT)
            self._through_the_relay()

    @property
    def stores(self) -> list[Store]:
        return [*self.net.stores.values(), self.net.hub, self.bundle]

    def caches(self) -> list[bytes]:
        """What each device keeps, sealed, of what it has read: what was shredded stands in it."""
        assert all(bench.seal_snapshot() for bench in self.benches)
        return [
            sealed
            for bench in self.benches
            for _, name in snapshots.places(bench.vault.office)
            if (sealed := bench.vault.office.store.get("local", name)) is not None
        ]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every byte of every file; what lies sealed in the folder, unsealed too: a device could do that."""
        for path in sorted(self.place.rglob("*")):
            if path.is_file():
                yield path.name, path.read_bytes()
        for path in (self.place / "folder").iterdir():
            yield f"{path.name}, opened", b"".join(self._opened(path.read_bytes()))

    def _opened(self, content: bytes) -> Iterator[bytes]:
        office = self.net["anna"].office
        for piece in parcel._pieces(content)[0][1:]:
            key = parcel._key(office.lineage.by_tag[piece[:TAG_BYTES]])
            yield seal.unseal(key, piece[TAG_BYTES:], parcel._aad(office))


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    """Two persons' files everywhere, with an attachment in one; what was written on each device."""
    nodes = Nodes(tmp_path, monkeypatch)
    for subject in (GONE, STAYS):
        for member, (compartment, body) in zip(
            ("anna", "boris", "clara", "anna"), PLAIN.items(), strict=True
        ):
            nodes.net[member].write([Item(subject, compartment, body * 40, ("anna", "boris"))], AT)
    _, parts = seal_parts([b"a photograph" * 9000])
    nodes.settle()
    nodes.net["anna"].write([Item(GONE, "work", b"with a photograph", ("anna", "boris"), parts)], AT)
    nodes.settle()
    yield nodes
    nodes.end()


def things_of(vault: Vault, subject: str) -> dict[tuple[str, bytes], bytes]:
    """Every sealed body and part, and every wrapped key or half of a key, about a subject."""
    log, store = vault.office.log, vault.office.store
    wanted = shredding.dossiers_of(vault, subject)
    assert len(wanted) == len(PLAIN)
    bodies = [name for dossier in wanted for name in log.bodies[dossier]]
    grants = [name for dossier in wanted for name in log.wrapped[dossier]]
    found = {(BODIES, name): sealed for name, sealed in store.fetch(BODIES, bodies)}
    return found | {(GRANTS, name): sealed for name, sealed in store.fetch(GRANTS, grants)}


def kept_keys(*vaults: Vault) -> list[Dossier]:
    """All keys to a subject that somebody kept aside, what takes two put together."""
    kept = [one for vault in vaults for one in vault.caught_up() if one.subject == GONE]
    shares = [[one for one in vault.caught_up().shares.values() if one.subject == GONE] for vault in vaults]
    return kept + [dossiers.joined(*pair) for pair in zip(*shares, strict=True)]


def pieces_left(sealed: bytes, found: bytes) -> int:
    """How many pieces of sealed bytes lie somewhere in what was found."""
    starts = range(0, len(sealed) - PIECE + 1, EVERY)
    return sum(sealed[start : start + PIECE] in found for start in starts)


def opened_with(
    kept: list[Dossier], vault: Vault, blobs: Iterator[bytes], epochs: Iterable[Epoch] = ()
) -> set[bytes]:
    """What opens of these blobs: each tried with each key, as each body that the log tells of.

    Where epochs are given, with the keys that follow in these from what was kept.
    """
    office, opened = vault.office, set()
    tried = [
        (entry_key(dossier, epoch), _aad(office.id, dossier.id, *_where(one), place))
        for dossier in kept
        for one in office.log.segments
        for epoch in epochs or (office.epoch_of(one),)
        for place, part in enumerate(one.skeleton.bodies)
        if part.dossier == dossier.id
    ]
    for sealed in blobs:
        for key, aad in tried:
            try:
                opened.add(seal.unpad(seal.unseal(key, sealed, aad)))
            except Damaged:
                continue
    return opened


def _where(segment: object) -> tuple[bytes, bytes, int]:
    skeleton = segment.skeleton  # type: ignore[attr-defined]
    return skeleton.epoch, skeleton.device, skeleton.seq


def all_blobs(nodes: Nodes) -> Iterator[bytes]:
    return iter({sealed for store in nodes.stores for _, _, sealed in store.since(BODIES)})


def test_nothing_of_what_was_shredded_is_left_on_any_node_and_kept_keys_open_nothing(nodes: Nodes) -> None:
    anna, boris = nodes.net["anna"], nodes.net["boris"]
    gone, stays = things_of(anna, GONE), things_of(anna, STAYS)
    kept = kept_keys(anna, boris)
    assert {dossier.compartment for dossier in kept} == set(PLAIN)
    caches = nodes.caches()
    assert len(caches) >= len(nodes.benches)
    expected = {body * 40 for body in PLAIN.values()} | {b"with a photograph"}
    assert opened_with(kept, anna, all_blobs(nodes)) == expected
    before = dict(nodes.files())
    for sealed in caches:
        assert any(pieces_left(sealed, found) for name, found in before.items() if "device" in name)
    for sealed in (*gone.values(), *stays.values()):
        seen = {name for name, found in before.items() if pieces_left(sealed, found)}
        assert {"hub.sqlite", "office.bundle", "relay.db"} <= {name.removesuffix("-wal") for name in seen}
        assert {f"device-{n}.sqlite" for n in range(3)} <= {name.removesuffix("-wal") for name in seen}
        assert any(name.endswith("opened") for name in seen)

    shredding.shred(anna, shredding.dossiers_of(anna, GONE), AT)
    nodes.settle()
    nodes.rest()

    after = dict(nodes.files())
    assert sum(name.endswith("-wal") for name in after) >= 3
    left = [
        (name, shelf)
        for (shelf, _), sealed in gone.items()
        for name, found in after.items()
        if pieces_left(sealed, found)
    ]
    assert left == []
    assert not any(pieces_left(sealed, found) for sealed in caches for found in after.values())
    assert all(
        pieces_left(sealed, after["hub.sqlite"] + after.get("hub.sqlite-wal", b""))
        for sealed in stays.values()
    )
    assert opened_with(kept, anna, all_blobs(nodes)) == set()
    for key in (dossier.key for dossier in kept):
        assert not any(key in found for found in after.values())
    for vault in nodes.net.vaults.values():
        assert not any(
            one.subject == GONE for one in (*vault.caught_up(), *vault.caught_up().shares.values())
        )
        for dossier in kept:
            assert shredding.acknowledged(vault, dossier.id).awaited == ()
    assert len(list(nodes.net["clara"].read())) > 0


def test_a_device_that_was_away_holds_it_still_until_it_syncs(nodes: Nodes) -> None:
    anna, clara = nodes.net["anna"], nodes.net["clara"]
    gone = things_of(anna, GONE)
    shredding.shred(anna, shredding.dossiers_of(anna, GONE), AT)
    nodes.net.sync("anna", "boris", "anna")
    away = [name for name, found in nodes.files() if any(pieces_left(one, found) for one in gone.values())]
    assert any("device-2" in name for name in away)
    assert [member for member, _ in shredding.acknowledged(anna, _first(anna)).awaited] == ["clara"]
    sync(clara, nodes.net.hub, HUB, AT)
    clara_file = b"".join(path.read_bytes() for path in nodes.place.glob("device-2*"))
    assert not any(pieces_left(one, clara_file) for one in gone.values())


def test_what_a_removed_member_kept_opens_nothing_that_was_written_later(nodes: Nodes) -> None:
    anna, clara = nodes.net["anna"], nodes.net["clara"]
    kept, known = kept_keys(anna, clara), list(clara.office.lineage.by_tag.values())
    before = set(all_blobs(nodes))
    membership.remove_member(anna, "clara", AT)
    nodes.net.sync("anna", "boris", "anna")
    anna.write([Item(GONE, each, b"later", ("anna", "boris")) for each in PLAIN], AT)
    nodes.net.sync("anna", "boris", "clara")
    later = [sealed for sealed in all_blobs(nodes) if sealed not in before]
    assert len(later) == len(PLAIN)
    assert opened_with(kept, anna, iter(later)) == {b"later"}  # the same keys, had they the newer epoch
    assert opened_with(kept, anna, iter(later), known) == set()
    assert b"later" not in [opened.body for opened in clara.read()]


def _first(vault: Vault) -> bytes:
    return next(iter(vault.office.log.shredded))

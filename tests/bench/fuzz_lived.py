"""Readers of what comes to an office that has lived (newcomers, openings, heirs, vouching), for bench_fuzz."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_target import Target
from vault_network import Network
from vault_office import AT

from kunak.errors import Damaged
from kunak.exchange import ReturnCode, channel
from kunak.exchange.mailbox import MailboxKeys, Reply
from kunak.exchange.report import Report, keep_sealed, seal_in_browser, write_report
from kunak.vault import (
    Item,
    MemoryStore,
    Vault,
    codec,
    curves,
    folder,
    membership,
    openings,
    parcel,
    seal,
    succession,
)
from kunak.vault.log import Act, seal_frame
from kunak.vault.receiving import receive
from kunak.vault.stores import Blob
from kunak.workbench.hearing import KINDS


@dataclass
class Scenery:
    """An office that has lived a little, and what it has written."""

    place: Path
    net: Network = field(default_factory=Network)

    def __post_init__(self) -> None:
        net = self.net
        net.join("boris", ("duty", "lawyer", "documenter"), admin=True)
        net.settle()
        net["anna"].write(
            [Item("C-1", what, what.encode() * 9) for what in ("index", "work", "identity")], AT
        )
        net.settle()
        net.join("vera")
        net.settle()
        membership.vouch(net["boris"], "vera", AT)
        net.settle()
        self.opening = openings.new_opening()
        wanted = openings.sought(net["boris"], "C-1", "identity")
        openings.release(net["anna"], self.opening, wanted, "boris", (), AT)
        succession.make(net["boris"], succession.deal(3, 2), AT)
        net["boris"].write((), AT, acts=[Act(5, b"")])
        net.settle()

    def blobs(self, shelf: str, device: str = "anna") -> list[Blob]:
        return [Blob(shelf, name, sealed) for _, name, sealed in self.net.stores[device].since(shelf)]

    def fresh(self, device: str) -> Vault:
        """A vault on a copy of a device's store."""
        store = MemoryStore()
        for shelf in ("keystore", "epoch", "segment", "body", "grant", "local"):
            store.commit(self.blobs(shelf, device))
        return Vault.unlock(store, passphrase=f"{device}'s own")


class Worn:
    """A vault that is fuzzed until it has kept too much of what came, then another."""

    def __init__(self, scenery: Scenery, device: str, uses: int = 40) -> None:
        self._scenery, self._device, self._uses, self._left = scenery, device, uses, 0
        self._vault: Vault | None = None

    def __call__(self) -> Vault:
        if self._left == 0 or self._vault is None:
            self._vault, self._left = self._scenery.fresh(self._device), self._uses
        self._left -= 1
        return self._vault


def lived(place: Path) -> Iterator[Target]:
    """All of them, over one office that is made anew."""
    scenery = Scenery(place)
    yield by_a_colleague(scenery)
    yield from (coming(scenery, shelf) for shelf in ("epoch", "segment", "body", "grant"))
    yield carried(scenery)
    yield bodies_of_every_kind()
    yield by_a_browser()
    yield from questions()


def by_a_colleague(scenery: Scenery) -> Target:
    """A colleague's own program, with keys of its own, signs whatever it likes as its next segment."""
    office = scenery.net["anna"].office
    boris, worn = scenery.net["boris"].identity, Worn(scenery, "anna")
    skeletons = [codec.pack(one.skeleton) for one in office.log.segments]
    shape = type(office.log.segments[0].skeleton)

    def signed(given: bytes) -> None:
        signature = seal.ed25519_from_seed(boris.signing).sign(seal.context("segment", office.id, given))
        frame = codec.pack((given, signature))
        try:
            skeleton = codec.unpack(given, shape)
            made = seal_frame(office.id, office.epoch, skeleton.device, skeleton.seq % (1 << 63), frame)
        except Damaged:
            made = seal_frame(office.id, office.epoch, boris.device, 9, frame)
        vault = worn()
        receive(vault, [made], AT)
        list(vault.read_new())

    return Target("lived: segment/by a colleague", skeletons, signed, 1)


def coming(scenery: Scenery, shelf: str) -> Target:
    """What comes for a shelf, to the member who came last: under a name that is known, under its own, under any."""
    known, worn = scenery.blobs(shelf, "boris"), Worn(scenery, "vera")

    def take(given: bytes) -> None:
        names = [known[len(given) % len(known)].name, seal.digest(given), given[:64] or b"x"]
        receive(worn(), [Blob(shelf, name, given) for name in names], AT)

    return Target(f"lived: receiving.receive {shelf}", [one.sealed for one in known], take, 1)


def carried(scenery: Scenery) -> Target:
    """A colleague's file in a folder that is carried."""
    place = scenery.place / "folder"
    place.mkdir()
    vera = scenery.net["vera"]
    other = place / folder.name_of(vera, scenery.net["anna"].identity.device)

    def exchange(given: bytes) -> None:
        other.write_bytes(given)
        done = folder.exchange(vera, place, AT)
        assert done.read + done.unread <= 2

    return Target("folder.exchange", [parcel.write(scenery.net["anna"])], exchange, 1)


def bodies_of_every_kind() -> Target:
    """The fields of an entry, as every kind of entry there is."""
    report = write_report("request", _mailbox(), at=AT, language="ru", answers={"who": ("self",)}, text="…")
    whole = [codec.encode_body(report, "exchange.Report"), b'{"kind":"casework.CaseOpened","fields":{}}']
    kinds = {**KINDS, "exchange.Report": Report, "exchange.Reply": Reply}

    def body(given: bytes) -> None:
        codec.decode_body(given, kinds)
        for kind in kinds:
            try:
                codec.decode_body(b'{"kind":"%s","fields":%s}' % (kind.encode(), given), kinds)
            except Damaged:
                continue

    return Target("codec.decode_body", whole, body, 4)


def by_a_browser() -> Target:
    """What a browser sealed, as the relay takes it."""
    public = curves.intake_public_bytes(bytes(range(32)))
    report = write_report("request", _mailbox(), at=AT, language="ru", answers={"who": ("self",)}, text="…")
    made = [seal_in_browser(report, _mailbox(), public, suite) for suite in curves.SUITES]
    return Target("report.keep_sealed", made, lambda given: keep_sealed(given, AT, public), 2)


def questions() -> Iterator[Target]:
    """An office's questions to its relay, before anybody knows who asks; and what they bring."""
    own = bytes(range(32, 64))
    public = seal.ed25519_public_bytes(own)
    question = channel.fresh(AT.timestamp(), "fetch")._replace(names=(b"n" * 32,), shelf=b"s" * 16)
    keys = channel.Keys(3, public, curves.intake_public_bytes(own), (public,))
    loads = [codec.pack(keys), codec.pack(channel.Commit((channel.Put(b"s" * 16, b"n", b"x"),)))]

    def load(given: bytes) -> None:
        try:
            channel.check_keys(codec.unpack(given, channel.Keys))
        except Damaged:
            channel.check_commit(codec.unpack(given, channel.Commit))

    asked = channel.ask(question, own)[4:]
    yield Target("channel.heard", [asked], lambda given: channel.heard(channel.received(given), public), 3)
    yield Target("channel loads", loads, load, 3)


def _mailbox() -> MailboxKeys:
    return MailboxKeys.of(ReturnCode(7), rounds=10)

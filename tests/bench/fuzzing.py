"""Every parser of bytes that come from outside, as a target: what it is given, and what whole things look like.

A target is called with bytes of any kind. Only the four families of errors (kunak.errors) may come out of it, and
it may not take much memory or time, whatever the bytes say of their own length.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from vault_network import Network
from vault_office import AT, CHEAP

from kunak.errors import Damaged, Locked, Refused, Unreachable
from kunak.exchange import ReturnCode, channel
from kunak.exchange.mailbox import MailboxKeys, Reply, open_slots, seal_reply
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.remote import RemoteStore
from kunak.exchange.report import Report, keep_sealed, open_report, seal_in_browser, seal_report, write_report
from kunak.exchange.seen import Seen
from kunak.vault import (
    Item,
    MemoryStore,
    SqliteStore,
    Vault,
    attachments,
    codec,
    curves,
    epochs,
    folder,
    joining,
    membership,
    openings,
    parcel,
    seal,
    spelling,
    succession,
)
from kunak.vault.dossiers import KeyRing
from kunak.vault.keys import Keystore
from kunak.vault.log import Act, open_segment, seal_frame
from kunak.vault.paper import RecoveryKit, TrusteeCard, new_joining_code
from kunak.vault.receiving import receive
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.workbench.hearing import KINDS

FAMILIES = (Refused, Locked, Unreachable, Damaged)
BOMBS = (  # MessagePack and JSON that promise more than they hold, or nest without end
    b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff",
    b"\x91" * 3000, b"\x81\xa0" * 3000, b"[" * 3000, b'{"kind":"x","fields":' + b"[" * 3000, b"\xff" * 40,
    b"1e999999", b"9" * 5000, b'{"kind":"' + b"\\ud800" * 300 + b'"}', b"\x00" * 600, b"kunak\x01\xff\xff\xff\xff",
)  # fmt: skip


LEAVES: tuple[Any, ...] = (
    0, 1, -1, 2, 255, 256, (1 << 31) - 1, 1 << 63, (1 << 64) - 1, -(1 << 63), None, True, False, 1.5, float("inf"),
    "", "anna", "identity", "\x00", "я" * 300, b"", b"\x00" * 16, b"\xff" * 32, bytes(range(64)),
    [], [[]], {}, {"a": 1},
)  # fmt: skip


def rebuilt(whole: bytes, chance: Random) -> bytes:
    """A whole thing with one of its parts exchanged, still spelled rightly; as it is, if it has none."""
    for begins in (0, 1):
        try:
            told = codec.unpack(whole[begins:], Any)
        except Damaged:
            continue
        if isinstance(told, list):
            with suppress(OverflowError):  # a number that has no spelling
                return whole[:begins] + codec.pack(_exchanged(told, chance))
    try:
        return json.dumps(_exchanged(json.loads(whole), chance)).encode()
    except (ValueError, TypeError):
        return whole


def _exchanged(told: Any, chance: Random) -> Any:
    if isinstance(told, bytes) and told[:1] >= b"\x90" and chance.random() < 0.8:
        return rebuilt(told, chance)
    if isinstance(told, dict) and told and chance.random() < 0.9:
        key = chance.choice(list(told))
        return {**told, key: _exchanged(told[key], chance)}
    if not isinstance(told, list) or not told or chance.random() < 0.05:
        return _other(told, chance)
    place, parts = chance.randrange(len(told)), list(told)
    match chance.randrange(12):
        case 0:
            parts.insert(place, parts[chance.randrange(len(parts))])
        case 1:
            del parts[place]
        case 2:
            other = chance.randrange(len(parts))
            parts[place], parts[other] = parts[other], parts[place]
        case _:
            parts[place] = _exchanged(parts[place], chance)
    return parts


def _other(told: Any, chance: Random) -> Any:
    """Something else, most often of the same kind."""
    if chance.random() < 0.25:
        return chance.choice(LEAVES)
    if isinstance(told, bytes) and told:
        at = chance.randrange(len(told))
        return chance.choice(
            (chance.randbytes(len(told)), told[:at], told + b"\0", told[:at] + b"\x00" + told[at + 1 :])
        )
    same = [leaf for leaf in LEAVES if type(leaf) is type(told)]
    if type(told) is int:
        same += [told + 1, told - 1, -told, told * 2]
    return chance.choice(same or LEAVES)


@dataclass
class Target:
    """``parse`` is given bytes; ``whole`` are some that it takes; ``weight`` is its part of all examples."""

    name: str
    parse: Callable[[bytes], object]
    whole: Sequence[bytes]
    weight: float = 1.0


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


def all_targets(place: Path) -> list[Target]:
    """All of them, over one office that is made anew."""
    scenery = Scenery(place)
    makers = (
        _codec, _keystore, _epochs, _segments, _receiving, _local, _parcels, _folder, _files,
        _joining, _papers, _attachments, _reports, _channel, _relay, _remote,
    )  # fmt: skip
    return [target for make in makers for target in make(scenery)]


def _codec(scenery: Scenery) -> list[Target]:
    shapes = _shapes()
    spelled = [blob.sealed[1:] for blob in scenery.blobs("epoch")]

    def frame(given: bytes) -> None:
        for shape in shapes:
            try:
                codec.unpack(given, shape)
            except Damaged:
                continue

    report = write_report("request", _mailbox(), at=AT, language="ru", answers={"who": ("self",)}, text="…")
    bodies = [codec.encode_body(report, "exchange.Report"), b'{"kind":"casework.CaseOpened","fields":{}}']
    kinds = {**KINDS, "exchange.Report": Report, "exchange.Reply": Reply}

    def body(given: bytes) -> None:
        codec.decode_body(given, kinds)
        for kind in kinds:
            try:
                codec.decode_body(b'{"kind":"%s","fields":%s}' % (kind.encode(), given), kinds)
            except Damaged:
                continue

    return [Target("frames of every shape", frame, spelled), Target("bodies of every kind", body, bodies)]


def _shapes() -> list[type]:
    """Every shape of a frame that a module of the vault or of the exchange owns."""
    modules = (parcel, epochs, joining, succession, channel, attachments)
    names = (
        "log",
        "dossiers",
        "keys",
        "slots",
        "office",
        "receiving",
        "replacing",
        "sync",
        "folder",
        "folded",
    )
    found = {parcel._Chunk, parcel._Epochs}
    for module in (*modules, *(__import__(f"kunak.vault.{name}", fromlist=["x"]) for name in names)):
        found |= {
            one
            for one in vars(module).values()
            if isinstance(one, type) and issubclass(one, tuple) and hasattr(one, "_fields")
        }
    usable = []
    for shape in sorted(found, key=lambda one: one.__qualname__):
        try:
            codec.unpack(b"\xc0", shape)
        except Damaged:
            usable.append(shape)
        except TypeError:
            continue  # never read from a frame: it holds what has no spelling
    return usable


def _keystore(scenery: Scenery) -> list[Target]:
    whole = scenery.net.stores["anna"].get("keystore", b"keystore") or b""

    def load(given: bytes) -> None:
        Keystore.load(given)

    def checked(given: bytes) -> None:  # with a right closing digest, as whoever changes it would give it
        keystore = Keystore.load(seal.SUITE + given + seal.digest(seal.SUITE + given))
        if keystore._header.mib <= 1 and keystore._header.passes <= 3 and keystore._header.lanes <= 4:
            keystore.open("no passphrase of anybody")

    return [Target("keystore", load, [whole]), Target("keystore, digest made right", checked, [whole[1:-32]])]


def _epochs(scenery: Scenery) -> list[Target]:
    whole = [blob.sealed for blob in scenery.blobs("epoch")]
    identity, office = scenery.net["anna"].identity, scenery.net["anna"].office
    secrets = office.epoch.secrets
    key, aad = epochs._document_key(secrets), epochs._document_aad(office.id)
    documents = [epoch.signed.document for epoch in office.lineage.leading]
    signed = [codec.pack(epoch.signed) for epoch in office.lineage.leading]

    def frame(given: bytes) -> None:
        epochs.tag_of(given)
        epochs.heirs_of(given)
        known = epochs.wrapped_to(given, identity)
        if known is not None:
            epochs.open_document(given, office.id, known)

    def inside(given: bytes) -> None:
        sealed = seal.seal(key, seal.pad(given), aad)
        whole = seal.SUITE + codec.pack(epochs._Frame(office.epoch.tag, (), sealed))
        epochs.check(epochs.open_document(whole, office.id, secrets), office.lineage.leading[-2])

    def document(given: bytes) -> None:
        signature = seal.ed25519_from_seed(identity.root).sign(seal.context("epoch", given))
        inside(codec.pack(epochs._Signed(given, signature)))

    cards = tuple(succession.deal(3, 2).cards)

    def heirs(given: bytes) -> None:
        frames = [seal.SUITE + codec.pack(epochs._Frame(b"12345678", (), b"", (given,)))]
        succession.open_heirs(cards, frames)

    heir_frames = [one for blob in whole for one in epochs.heirs_of(blob)]
    return [
        Target("epoch", frame, whole),
        Target("epoch, inside its seal", inside, signed),
        Target("epoch, a document signed by an admin", document, documents),
        Target("heirs of an epoch", heirs, heir_frames),
    ]


def _segments(scenery: Scenery) -> list[Target]:
    office = scenery.net["anna"].office
    by_tag, epoch = office.lineage.by_tag, office.epoch
    boris = scenery.net["boris"].identity
    segments = scenery.blobs("segment")
    frames = [
        codec.pack((codec.pack(one.skeleton), b"s" * 64))
        for one in office.log.segments
        if one.skeleton.bodies
    ]
    skeletons = [codec.pack(one.skeleton) for one in office.log.segments]

    def blob(given: bytes) -> None:
        open_segment(office.id, segments[0].name, given, by_tag)

    def inside(given: bytes) -> None:
        made = seal_frame(office.id, epoch, boris.device, 3, given)
        open_segment(office.id, made.name, made.sealed, by_tag)

    worn = Worn(scenery, "anna")

    def signed(given: bytes) -> None:
        """A colleague's own program, with keys of its own, signs whatever it likes as its next segment."""
        signature = seal.ed25519_from_seed(boris.signing).sign(seal.context("segment", office.id, given))
        frame = codec.pack((given, signature))
        try:
            skeleton = codec.unpack(given, type(office.log.segments[0].skeleton))
            made = seal_frame(office.id, epoch, skeleton.device, skeleton.seq % (1 << 63), frame)
        except Damaged:
            made = seal_frame(office.id, epoch, boris.device, 9, frame)
        vault = worn()
        receive(vault, [made], AT)
        list(vault.read_new())

    return [
        Target("segment", blob, [one.sealed for one in segments]),
        Target("segment, inside its seal", inside, frames),
        Target("segment, signed by a member", signed, skeletons, 0.6),
    ]


def _receiving(scenery: Scenery) -> list[Target]:
    worn = Worn(scenery, "vera")

    def of(shelf: str) -> Target:
        known = scenery.blobs(shelf, "boris")

        def take(given: bytes) -> None:
            names = [known[len(given) % len(known)].name, seal.digest(given), given[:64] or b"x"]
            receive(worn(), [Blob(shelf, name, given) for name in names], AT)

        return Target(f"what comes for the shelf of {shelf}s", take, [one.sealed for one in known], 0.5)

    return [of(shelf) for shelf in ("epoch", "segment", "body", "grant")]


def _local(scenery: Scenery) -> list[Target]:
    anna = scenery.net["anna"]
    unlocked = anna._unlocked
    ring = anna.caught_up()
    aad = ring._aad()
    plain = seal.unpad(seal.unseal(unlocked.local_key, ring.blob().sealed, aad))
    given_to_boris = [g for s in anna.office.log.segments for g in s.skeleton.grants]
    boris = scenery.net["boris"]
    granted = next(g for g in given_to_boris if g.device == boris.identity.device and g.sort == 0)
    public = seal.load_x_wing_public(seal.x_wing_public_bytes(boris.identity.wrapping))
    info = seal.context("grant", boris.office.id, granted.dossier, boris.identity.device)
    held = next(iter(anna.caught_up()))
    wrapped = [codec.pack(held[1:]), codec.pack((1, b"y" * 32, b"c" * 32, "C-1", "identity", 0, ("anna",)))]

    def key_ring(given: bytes) -> None:
        KeyRing(unlocked, seal.seal(unlocked.local_key, seal.pad(given), aad))

    def grant(given: bytes) -> None:
        sealed = seal.seal_to(public, info, seal.pad(given, 128))
        fresh, sort = KeyRing(boris._unlocked, None), len(given) % 2
        fresh.open_grant(granted._replace(hash=seal.digest(sealed), sort=sort), sealed)

    def grant_blob(given: bytes) -> None:
        KeyRing(boris._unlocked, None).open_grant(granted._replace(hash=seal.digest(given)), given)

    seen = Seen(b"k" * 32)
    seen.put("segment", [(b"n" * 32, b"s")], 3, [3])

    return [
        Target("key ring, inside its seal", key_ring, [plain]),
        Target("grant, inside its seal", grant, wrapped, 0.5),
        Target("grant", grant_blob, [one.sealed for one in scenery.blobs("grant", "boris")], 0.5),
        Target("memory of a relay", lambda given: Seen(b"k" * 32, given), [seen.saved()]),
    ]


def _parcels(scenery: Scenery) -> list[Target]:
    anna = scenery.net["anna"]
    whole = [parcel.write(anna, {}), parcel.write(anna)]
    worn = Worn(scenery, "boris", 25)
    epoch = anna.office.epoch
    pieces, _ = parcel._pieces(whole[0])
    chunks = [
        seal.unpad(
            seal.unseal(parcel._key(anna.office.lineage.by_tag[one[:8]]), one[8:], parcel._aad(anna.office))
        )
        for one in pieces[1:]
    ]

    def file(given: bytes) -> None:
        parcel.read(worn(), given, AT)

    def inside(given: bytes) -> None:
        sealed = epoch.tag + seal.seal(parcel._key(epoch), seal.pad(given), parcel._aad(anna.office))
        told = codec.pack(parcel._Epochs(()))
        made = b"".join(len(one).to_bytes(4, "big") + one for one in (told, sealed))
        parcel.read(worn(), parcel.MAGIC + made, AT)

    return [Target("parcel", file, whole, 0.5), Target("parcel, inside its seal", inside, chunks, 0.5)]


def _folder(scenery: Scenery) -> list[Target]:
    place = scenery.place / "folder"
    place.mkdir()
    vera = scenery.net["vera"]
    other = place / folder.name_of(vera, scenery.net["anna"].identity.device)

    def exchange(given: bytes) -> None:
        other.write_bytes(given)
        done = folder.exchange(vera, place, AT)
        assert done.read + done.unread <= 2

    return [Target("file of a folder", exchange, [parcel.write(scenery.net["anna"])], 0.1)]


def _files(scenery: Scenery) -> list[Target]:
    blobs = [blob for shelf in ("keystore", "epoch", "segment", "body") for blob in scenery.blobs(shelf)]
    bundle, office = scenery.place / "a.bundle", scenery.place / "a.db"
    BundleStore(bundle).commit(blobs)
    store = SqliteStore(office)
    store.commit(blobs[:4])
    store.close()

    def read_bundle(given: bytes) -> None:
        bundle.write_bytes(given)
        store = BundleStore(bundle)
        try:
            for shelf in ("epoch", "segment", "x"):
                list(store.since(shelf))
            store.get("keystore", b"keystore")
        finally:
            store.close()

    def read_office(given: bytes) -> None:
        for path in scenery.place.glob("a.db*"):
            path.unlink()
        office.write_bytes(given)
        store = SqliteStore(office)
        try:
            list(store.since("epoch"))
            store.get("keystore", b"keystore")
        finally:
            store.close()

    return [
        Target("bundle file", read_bundle, [bundle.read_bytes()], 0.5),
        Target("office file", read_office, [office.read_bytes()], 0.1),
    ]


def _joining(scenery: Scenery) -> list[Target]:
    anna = scenery.net["anna"]
    made = joining.invite(anna, "gleb", ("duty",), AT)
    stretched = joining._stretched(made.code, CHEAP)
    store = MemoryStore()
    asked = joining.ask(store, "gleb", made.code, CHEAP)
    pending = store.get("local", b"joining") or b""
    plain_ask = seal.unpad(seal.unseal(joining._key(stretched, "ask"), asked, b""))
    told = joining._answered(anna, stretched)
    plain_answer = seal.unpad(seal.unseal(joining._key(stretched, "answer"), told, b""))

    def ask(given: bytes) -> None:
        opened = joining._opened(stretched, given)
        if opened is not None:
            joining._require_fit(made, opened)

    def inside_ask(given: bytes) -> None:
        ask(seal.seal(joining._key(stretched, "ask"), seal.pad(given), b""))

    def answer(given: bytes) -> None:
        newcomer = MemoryStore()
        newcomer.commit([Blob("local", b"joining", pending)])
        joining.finish(newcomer, made.code, given, "a passphrase of gleb", CHEAP)

    def inside_answer(given: bytes) -> None:
        answer(seal.seal(joining._key(stretched, "answer"), seal.pad(given), b""))

    return [
        Target("ask of a newcomer", ask, [asked]),
        Target("ask, inside its seal", inside_ask, [plain_ask]),
        Target("answer to a newcomer", answer, [told], 0.2),
        Target("answer, inside its seal", inside_answer, [plain_answer], 0.2),
    ]


def _papers(scenery: Scenery) -> list[Target]:
    kit = RecoveryKit.new(scenery.net["anna"].office.id)
    card = succession.deal(3, 2).cards[0]
    code = spelling.Spelled(spelling.Kind.JOINING, new_joining_code())
    whole = []
    for held in (kit.held(), card.held(), code):
        for language in ("en", "ru"):
            whole.append(" ".join(spelling.spell(*held, language)).encode())
        whole += [" ".join(spelling.spell_digits(*held)).encode(), spelling.qr_payload(*held).encode()]
    secret = ReturnCode.make()
    whole += [" ".join(secret.words("ru")).encode(), secret.digits().encode()]

    def typed(given: bytes) -> None:
        text = given.decode("utf-8", "replace")
        for read in (
            spelling.read, RecoveryKit.read, TrusteeCard.read, ReturnCode.read,
            lambda one: spelling.read_as(spelling.Kind.JOINING, one),
        ):  # fmt: skip
            try:
                read(text)
            except Refused:
                continue

    return [Target("what is typed from paper", typed, whole)]


def _attachments(scenery: Scenery) -> list[Target]:
    made, parts = attachments.seal_parts([b"plain " * 2000])
    store = MemoryStore()
    store.commit(parts)
    whole = codec.pack(made)

    def described(given: bytes) -> None:
        attachment = codec.unpack(given, attachments.Attachment)
        for _ in attachments.open_parts(store, attachment):
            pass

    def part(given: bytes) -> None:
        other = MemoryStore()
        other.commit([Blob("body", seal.digest(given), given)])
        list(attachments.open_parts(other, made._replace(parts=(seal.digest(given),))))

    return [
        Target("attachment, as an entry tells it", described, [whole]),
        Target("part of an attachment", part, [parts[0].sealed]),
    ]


def _mailbox() -> MailboxKeys:
    return MailboxKeys.of(ReturnCode(7), rounds=10)


def _reports(scenery: Scenery) -> list[Target]:
    seed, keys = bytes(range(32)), _mailbox()
    public = curves.intake_public_bytes(seed)
    report = write_report("request", keys, at=AT, language="ru", answers={"who": ("self",)}, text="…")
    sealed = seal_report(report, keys, public)
    body = codec.encode_body(report, "exchange.Report")
    part, info = curves.intake_part(public, curves.BY_P256), seal.context("report")
    by_browser = seal_in_browser(report, keys, public, curves.BY_P256)

    def inside(given: bytes) -> None:
        signature = curves.sign(keys.sign, seal.context("report/signature", given))
        padded = (signature + given + b"\x80").ljust(4096, b"\0")[:4096]
        by_hand = curves.seal_to(curves.BY_P256, part, info, padded)
        open_report(keep_sealed(by_hand, AT, public), seed)

    reply = seal_reply(Reply(id="a", at=AT, text="…"), keys.mailbox, keys.reply_public, keys.secret)
    return [
        Target("report", lambda given: open_report(given, seed), [sealed], 0.5),
        Target("report, signed and sealed", inside, [body], 0.5),
        Target("report of a browser", lambda given: keep_sealed(given, AT, public), [by_browser], 0.5),
        Target("slots of a mailbox", lambda given: open_slots([given, reply], keys), [reply], 0.5),
    ]


def _channel(scenery: Scenery) -> list[Target]:
    seed = bytes(range(32, 64))
    public = seal.ed25519_public_bytes(seed)
    question = channel.fresh(AT.timestamp(), "fetch")._replace(names=(b"n" * 32,), shelf=b"s" * 16)
    whole = channel.ask(question, seed)
    keys = channel.Keys(3, public, curves.intake_public_bytes(seed), (public,))
    loads = [codec.pack(keys), codec.pack(channel.Commit((channel.Put(b"s" * 16, b"n", b"x"),)))]

    def asked(given: bytes) -> None:
        channel.heard(channel.received(given), public)

    def load(given: bytes) -> None:
        try:
            channel.check_keys(codec.unpack(given, channel.Keys))
        except Damaged:
            channel.check_commit(codec.unpack(given, channel.Commit))

    return [Target("question to a relay", asked, [whole[4:]]), Target("load of a question", load, loads)]


class Asked:
    """The relay's app, asked without a network."""

    def __init__(self, place: Path, seed: bytes) -> None:
        async def pause(seconds: float) -> None:
            return None

        place.mkdir()
        self.app = build_app(
            place,
            intake_public=curves.intake_public_bytes(bytes(range(32))),
            channel_public=seal.ed25519_public_bytes(seed),
            rounds=10,
            brake=Brake(pause=pause),
            now=lambda: AT,
        )
        self.loop = asyncio.new_event_loop()

    def ask(self, path: str, body: bytes, kind: bytes) -> int:
        return self.loop.run_until_complete(self._ask(path, body, kind))

    async def _ask(self, path: str, body: bytes, kind: bytes) -> int:
        sent: list[Any] = []
        coming = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
            "raw_path": path.encode(), "query_string": b"", "scheme": "http", "root_path": "",
            "server": ("relay", 80), "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"relay"), (b"content-type", kind), (b"content-length", b"%d" % len(body))],
        }  # fmt: skip
        await self.app(scope, receive, send)
        return int(sent[0]["status"]) if sent else 0  # no answer to whoever hangs up in the middle


def _relay(scenery: Scenery) -> list[Target]:
    seed = bytes(range(32, 64))
    relay = Asked(scenery.place / "relay", seed)
    chance = Random(1)

    def status(path: str, body: bytes, kind: bytes) -> None:
        assert relay.ask(path, body, kind) != 500

    def question(given: bytes) -> None:
        """Signed by the office's own key, so that what is inside is looked at; or as it is."""
        verb = chance.choice(
            ("collect", "forget", "deliver", "commit", "piece", "fetch", "since", "rekey", "ask", "notice",
             "noticed")
        )  # fmt: skip
        asked = channel.fresh(AT.timestamp(), verb)._replace(
            mailbox=given[:40].decode("latin-1"), names=(given[:70],), shelf=given[:16], tx=given[16:32],
            sealed=given, ids=(given[:20].hex(),), part=len(given) % 7,
            after=int.from_bytes(given[:8], "big") % (1 << 63),
        )  # fmt: skip
        status(channel.PATH, channel.ask(asked, seed, load=given), b"application/octet-stream")
        status(channel.PATH, given, b"application/octet-stream")

    def form(given: bytes) -> None:
        for path in ("/", "/ask", "/read", "/write", "/mailbox"):
            status(path, given, b"application/x-www-form-urlencoded")

    whole = [channel.ask(channel.fresh(AT.timestamp(), "collect"), seed)]
    forms = [b"who=self&danger=now&text=%D0%B0&language=ru&once=abc&code=1234", b"words=a+b&go=next"]
    return [
        Target("question to a running relay", question, whole, 0.3),
        Target("form sent to a running relay", form, forms, 0.2),
    ]


def _remote(scenery: Scenery) -> list[Target]:
    told = [b""]

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=httpx2.ByteStream(told[0]))

    client = httpx2.Client(transport=httpx2.MockTransport(answer), base_url="http://relay")
    kept = channel.Kept(3, b"n" * 32, b"sealed")
    whole = [
        codec.pack(channel.Answer(blobs=(kept,), head=3, covered=1)),
        codec.pack(channel.Answer(heaps=(channel.Heap(b"s" * 16, 3, (3,)),))),
        codec.pack(channel.Answer(said=channel.TAKEN)),
    ]

    def ask(given: bytes) -> None:
        told[0] = given
        store = RemoteStore(
            "", channel_seed=bytes(range(32)), rid="0" * 32, space=bytes(32), client=client, waits=()
        )
        for question in (
            lambda: list(store.since("segment")),
            lambda: list(store.fetch("body", [b"n" * 32, b"m" * 32])),
            lambda: store.commit([Blob("segment", b"n" * 32, b"sealed")]),
        ):
            try:
                question()
            except FAMILIES:
                continue
        Seen(b"k" * 32, store.memory())

    return [Target("answer of a relay", ask, whole, 0.4)]

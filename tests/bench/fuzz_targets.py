"""The readers of outside bytes, each with whole samples of what it reads, for bench_fuzz: the one list."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import relay_office
from fuzz_lived import lived
from fuzz_target import Target
from vault_office import ANNA, AT, CHEAP, fill, found

from kunak.data import read as read_data
from kunak.evacuation.ways.services import read_services
from kunak.evacuation.ways.world import World
from kunak.exchange import channel, doorstep, envelope, mailbox, notice, post, remote, report, seen
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys, Reply, open_slots
from kunak.exchange.report import seal_in_browser
from kunak.vault import (
    Item,
    MemoryStore,
    SqliteStore,
    Vault,
    attachments,
    bodies,
    codec,
    curves,
    dossiers,
    epochs,
    folded,
    folder,
    joining,
    keys,
    log,
    office,
    paper,
    parcel,
    receiving,
    replacing,
    seal,
    shares,
    slots,
    snapshots,
    succession,
    sync,
)
from kunak.vault.spelling import Kind, spell, spell_digits
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.workbench import snapshots as bench_snapshots
from kunak.workbench.hearing import KINDS, Hearing, Witnessed, body_of

SHELVES = ("epoch", "segment", "body", "grant")
ALL_SHELVES = ("keystore", *SHELVES, "local")


def targets(place: Path) -> Iterator[Target]:
    """All of them, made one after the other."""
    joining._stretched = lru_cache(joining._stretched)  # type: ignore[assignment]
    desk = Desk()
    yield from frames(desk)
    yield from keystores(desk)
    yield from epoch_frames(desk)
    yield from segments(desk)
    yield from grants(desk)
    yield from attached_parts(desk)
    yield from received(desk)
    yield from store_files(place, desk)
    yield from joins(desk)
    yield from papers()
    yield from caches(desk)
    yield from entries()
    yield from letters()
    yield from answers()
    yield from relay(place)
    yield from services()
    (place / "lived").mkdir()
    yield from lived(place / "lived")


class Desk:
    """An office of anna and boris; ``anna`` unlocked anew from the same blobs for each batch."""

    def __init__(self) -> None:
        store = MemoryStore()
        vault = found(store)
        fill(vault)
        self.attachment, parts = attachments.seal_parts([b"picture" * 30_000])
        vault.write([Item("C-3", "index", b"seven", parts=parts)], AT)
        self.blobs = [
            Blob(shelf, name, sealed) for shelf in ALL_SHELVES for _, name, sealed in store.since(shelf)
        ]
        self.begin()
        self.identity = self.anna.identity
        self.epoch = self.anna.office.epoch

    def begin(self) -> None:
        """Both hands, as they were."""
        self.store = MemoryStore()
        self.store.commit(self.blobs)
        self.anna = Vault.unlock(self.store, passphrase=ANNA)
        self.waiting = self.anna.office

    def sealed(self, shelf: str) -> list[bytes]:
        """What lies on a shelf."""
        return [blob.sealed for blob in self.blobs if blob.shelf == shelf]

    def receive(self, blobs: list[Blob]) -> None:
        """Take in, and forget what waits, lest the shelf grows from example to example."""
        try:
            receiving.receive(self.anna, blobs, AT)
        finally:
            waiting = [("waiting", name) for _, name, _ in self.store.since("waiting")]
            self.store.commit((), waiting)


def frames(desk: Desk) -> Iterator[Target]:
    """Every frame of the vault and of the exchange, by ``codec.unpack``."""
    shapes = all_shapes()
    skeletons = [codec.pack(one.skeleton) for one in desk.anna.office.log.segments]
    samples = [
        *skeletons, codec.pack(desk.epoch.document), codec.pack(desk.epoch.signed), codec.pack(desk.identity),
        *(one[1:] for one in desk.sealed("epoch")), *(one[1:-32] for one in desk.sealed("keystore")),
        codec.pack(channel.Answer(blobs=(channel.Kept(1, b"n", b"s"),), anchor=(1, b"n"))),
        codec.pack(channel.Commit((channel.Put(b"s" * 16, b"n", b"s"),), ((b"s" * 16, b"n"),))),
        folded.folded(desk.anna.office.log),
    ]  # fmt: skip

    def run(given: bytes) -> None:
        first: Exception | None = None
        for shape in shapes[given[:1][0] % 6 :: 6] if given else shapes:
            try:
                codec.unpack(given, shape)
            except Exception as error:
                if not isinstance(error, codec.NotReadable):
                    raise
                first = error
        if first is not None:
            raise first

    yield Target("codec.unpack", samples, run, 16)


def all_shapes() -> list[Any]:
    """Every shape of a frame that a module of the vault or of the exchange owns and reads."""
    modules = (
        attachments, channel, dossiers, epochs, folded, folder, joining, keys, log, office, parcel, receiving,
        replacing, seen, slots, snapshots, succession, sync,
    )  # fmt: skip
    found_ = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, tuple) and hasattr(one, "_fields")
    }
    return [
        one for one in sorted(found_, key=lambda one: (one.__module__, one.__qualname__)) if _is_read(one)
    ]


def _is_read(shape: Any) -> bool:
    try:
        codec.unpack(b"\xc0", shape)
    except codec.NotReadable:
        return True
    except TypeError:  # never read from a frame: it holds what has no spelling
        return False
    return False


def keystores(desk: Desk) -> Iterator[Target]:
    """The keystore's file; with its check made again, and a passphrase typed where that costs little."""
    whole = desk.sealed("keystore")

    def opened(given: bytes) -> None:
        made = keys.Keystore.load(given)
        cheap = made._header.mib == made._header.passes == made._header.lanes == 1
        if cheap:
            made.open(ANNA)

    def inside(given: bytes) -> None:
        opened(seal.SUITE + given + seal.digest(seal.SUITE + given))

    def header(given: bytes) -> None:
        frame = codec.unpack(whole[0][1:-32], keys._Frame)
        inside(codec.pack(frame._replace(header=given)))

    yield Target("keystore", whole, keys.Keystore.load, 6)
    yield Target("keystore/inside", [one[1:-32] for one in whole], inside, 3)
    yield Target("keystore/header", [codec.unpack(whole[0][1:-32], keys._Frame).header], header, 2)


def epoch_frames(desk: Desk) -> Iterator[Target]:
    """Epochs: as they lie, and with a document by an admin who means harm."""
    held, secrets = desk.sealed("epoch"), desk.epoch.secrets

    def outside(given: bytes) -> None:
        epochs.tag_of(given)
        epochs.heirs_of(given)
        epochs.open_document(given, desk.identity.office, secrets)

    def wrapped(given: bytes) -> None:
        epochs.wrapped_to(given, desk.identity)

    last = next(one for one in held if epochs.tag_of(one) == desk.epoch.tag)
    frame = codec.unpack(last[1:], epochs._Frame)

    def by_admin(given: bytes) -> None:
        signature = seal.ed25519_from_seed(desk.identity.root).sign(seal.context("epoch", given))
        by_root(codec.pack(epochs._Signed(given, signature)))

    def by_root(signed: bytes) -> None:
        sealed = seal.seal(
            epochs._document_key(secrets), seal.pad(signed), epochs._document_aad(desk.identity.office)
        )
        made = seal.SUITE + codec.pack(frame._replace(sealed=sealed))
        epoch = epochs.open_document(made, desk.identity.office, secrets)
        lineage = desk.anna.office.lineage.copy()
        lineage.by_tag.pop(epoch.tag)
        lineage.hashes = {one.hash for one in lineage.by_tag.values()}
        lineage.lead()
        lineage.hear((made,), desk.identity)
        _ = epoch.intakes

    def parts(given: bytes) -> None:
        sealed = seal.seal_to(
            seal.load_x_wing_public(epochs.describe(desk.identity).wrapping),
            epochs._wrap_info(desk.identity.office, frame.tag, desk.identity.device),
            given,
        )
        wraps = tuple(
            one._replace(sealed=sealed) if one.device == desk.identity.device else one for one in frame.wraps
        )
        made = seal.SUITE + codec.pack(frame._replace(wraps=wraps))
        desk.anna.office.lineage.copy()._wrapped(made, desk.identity)

    yield Target("epoch", held, outside, 5)
    yield Target("epoch.wrapped_to", held, wrapped, 3)
    yield Target("epoch/document", [codec.pack(desk.epoch.document)], by_admin, 4)
    yield Target("epoch/signed", [codec.pack(desk.epoch.signed)], by_root, 1)
    yield Target("epoch/secrets", [codec.pack(secrets)], parts, 1)
    yield Target("epoch.received", held, lambda g: desk.receive([office.epoch_blob(g)]), 2, desk.begin)

    cards = succession.deal(3, 2)
    heir = succession._heir(cards.secret, keys.new_identity("seal", desk.identity.office))

    def heirs(given: bytes) -> None:
        succession.open_heirs(cards.cards[:2], [seal.SUITE + codec.pack(frame._replace(heirs=(given,)))])

    def heirs_inside(given: bytes) -> None:
        check = shares.check_value(cards.secret, succession._ABOUT)
        plain = seal.pad(given, succession._LEAST)
        sealed = seal.seal(succession._key(cards.secret), plain, succession._aad(check))
        heirs(seal.SUITE + codec.pack(succession._Heir(check, sealed)))

    yield Target("succession.open_heirs", [heir], heirs, 3)
    yield Target("succession.open_heirs/inside", [codec.pack(desk.identity)], heirs_inside, 2)


def segments(desk: Desk) -> Iterator[Target]:
    """Segments: as they lie, by a member who means harm, and taken in with the other shelves."""
    by_tag = desk.anna.office.lineage.by_tag
    held = [blob for blob in desk.blobs if blob.shelf == "segment"]
    names = {sha256(one.sealed).digest(): one.name for one in held}

    def outside(given: bytes) -> None:
        name = names.get(sha256(given).digest(), held[len(given) % len(held)].name)
        log.open_segment(desk.identity.office, name, given, by_tag)

    def made(given: bytes) -> Blob:
        statement = log._statement(desk.identity.office, given)
        signed = log.Signed(given, seal.ed25519_from_seed(desk.identity.signing).sign(statement))
        try:
            seq = codec.unpack(given, log.Skeleton).seq
        except codec.NotReadable:
            seq = 1
        seq = seq if 0 <= seq < 1 << 63 else 1
        return log.seal_frame(desk.identity.office, desk.epoch, desk.identity.device, seq, codec.pack(signed))

    def by_member(given: bytes) -> None:
        desk.receive([made(given)])

    head = desk.anna.office.log.head(desk.identity.device)
    mine = [one.skeleton for one in desk.anna.office.log.segments if one.skeleton.device == head.device]
    following = [codec.pack(one._replace(seq=head.seq + 1, prev=head.hash)) for one in mine]
    yield Target("log.open_segment", [one.sealed for one in held], outside, 8)
    yield Target("segment/inside", following, by_member, 1, desk.begin)
    for shelf in SHELVES:
        same = [blob for blob in desk.blobs if blob.shelf == shelf]
        run = _receiving(desk, shelf, same)
        yield Target(f"receiving.receive {shelf}", [one.sealed for one in same], run, 1, desk.begin)

    some = next(desk.anna.office.log.segments.__iter__())
    dossier = next(iter(desk.anna.caught_up()))

    def body(given: bytes) -> None:
        part = log.Part(dossier.id, seal.digest(given), len(given))
        one = some._replace(skeleton=some.skeleton._replace(bodies=(part,)))
        key = dossiers.entry_key(dossier, desk.anna.office.epoch_of(one))
        written = bodies._written_into(desk.identity.office, dossier.id, one.skeleton.epoch)
        list(bodies._open(seal.Opener(key, written), one, 0, dossier, given, {}))

    yield Target("bodies", desk.sealed("body")[:8], body, 4)


def _receiving(desk: Desk, shelf: str, same: list[Blob]) -> Callable[[bytes], None]:
    def run(given: bytes) -> None:
        like = same[len(given) % len(same)].name
        desk.receive([Blob(shelf, like, given), Blob(shelf, seal.digest(given), given)])

    return run


def grants(desk: Desk) -> Iterator[Target]:
    """Key rings, grants, releases, what passes shares on."""
    unlocked, device = desk.anna._unlocked, epochs.describe(desk.identity)
    ring = desk.anna.caught_up()
    empty = dossiers.KeyRing(unlocked, None)
    public = seal.load_x_wing_public(device.wrapping)
    known = next(iter(ring))
    info = dossiers._info(desk.identity.office, known.id, device.id)
    lent = dossiers._release_info(desk.identity.office, known.id, device.id, b"o" * 16)
    wrapped = codec.pack(dossiers._Wrapped(*known[1:]))
    share = codec.pack(dossiers._WrappedShare(1, b"y" * 32, b"c" * 32, *known[2:]))

    def granted(sealed: bytes, sort: int = 0) -> None:
        grant = log.Grant(known.id, device.id, sort, 0, seal.digest(sealed))
        empty.open_grant(grant, sealed)

    def inside(given: bytes) -> None:
        plain = seal.pad(given, dossiers._LEAST_GRANT)
        granted(seal.seal_to(public, info, plain), log.SHARE if len(given) % 2 else log.KEY)
        empty.forget(known.id)

    def release(given: bytes) -> None:
        sealed = seal.seal_to(public, lent, seal.pad(given, dossiers._LEAST_GRANT))
        grant = log.Grant(known.id, device.id, log.RELEASE, 1, seal.digest(sealed))
        held = empty.open_release(grant, b"o" * 16, sealed)
        if held is not None:
            dossiers.joined(dossiers.HeldShare(known.id, 1, b"y" * 32, b"c" * 32, *known[2:]), held)

    kept = ring.blob().sealed
    plain = seal.unpad(seal.unseal(unlocked.local_key, kept, ring._aad()))

    def ring_inside(given: bytes) -> None:
        dossiers.KeyRing(unlocked, seal.seal(unlocked.local_key, seal.pad(given), ring._aad()))

    yield Target("dossiers.KeyRing", [kept], lambda g: dossiers.KeyRing(unlocked, g), 2)
    yield Target("dossiers.KeyRing/inside", [plain], ring_inside, 2)
    yield Target("dossiers.open_grant", desk.sealed("grant"), granted, 4)
    yield Target("dossiers.open_grant/inside", [wrapped, share], inside, 3)
    yield Target("dossiers.open_release/inside", [share], release, 2)


def attached_parts(desk: Desk) -> Iterator[Target]:
    """Parts of attachments, and what an entry says of them."""
    store, att = MemoryStore(), desk.attachment
    parts = [blob.sealed for blob in desk.blobs if blob.name in att.parts]
    one_part, (small,) = attachments.seal_parts([b"small"])

    def attached(given: bytes) -> None:
        name = seal.digest(given)
        store.commit([Blob("body", name, given)])
        try:
            for whole in (att._replace(parts=(name, *att.parts[1:])), one_part._replace(parts=(name,))):
                b"".join(attachments.open_parts(store, whole))
        finally:
            store.commit((), [("body", name)])

    def attachment(given: bytes) -> None:
        b"".join(attachments.open_parts(store, codec.unpack(given, attachments.Attachment)))

    yield Target("attachments.open_parts", [parts[0], small.sealed], attached, 3)
    yield Target("attachments/named", [codec.pack(one_part), codec.pack(att)], attachment, 2)


def received(desk: Desk) -> Iterator[Target]:
    """Parcels: the file, and chunks by a member who means harm."""
    whole = parcel.write(desk.anna, {})
    pieces, _ = parcel._pieces(whole)
    epoch = desk.anna.office.lineage.by_tag[pieces[-1][:8]]
    aad = parcel._aad(desk.anna.office)
    chunks = [
        seal.unpad(seal.unseal(parcel._key(desk.anna.office.lineage.by_tag[one[:8]]), one[8:], aad))
        for one in pieces[1:]
    ]

    def run(given: bytes) -> None:
        try:
            parcel.read(desk.anna, given, AT)
        finally:
            desk.store.commit((), [("waiting", name) for _, name, _ in desk.store.since("waiting")])

    def inside(given: bytes) -> None:
        sealed = epoch.tag + seal.seal(parcel._key(epoch), seal.pad(given), aad)
        told = codec.pack(parcel._Epochs(()))
        run(b"".join([parcel.MAGIC, *(len(one).to_bytes(4, "big") + one for one in (told, sealed))]))

    yield Target("parcel.read", [whole, whole[: len(whole) // 2]], run, 2, desk.begin)
    yield Target("parcel.read/inside", chunks, inside, 2, desk.begin)


def store_files(place: Path, desk: Desk) -> Iterator[Target]:
    """A bundle and an SQLite file that somebody changed."""
    few = [blob for blob in desk.blobs if len(blob.sealed) < 4000]
    for name, make, weight in (("bundle", BundleStore, 4), ("sqlite", SqliteStore, 2)):
        path = place / f"office.{name}"
        store: Any = make(path)
        store.commit(few[:10])
        store.commit(few[10:], [(few[0].shelf, few[0].name)])
        store.close()
        yield Target(f"stores.{name}", [path.read_bytes()], _reading(path, make), weight)


def _reading(path: Path, make: Any) -> Callable[[bytes], None]:
    def run(given: bytes) -> None:
        for beside in path.parent.glob(f"*{path.name}*"):
            beside.unlink()
        path.write_bytes(given)
        store = make(path)
        try:
            for shelf in ALL_SHELVES:
                found_ = [name for _, name, _ in store.since(shelf)]
                dict(store.fetch(shelf, found_[:5]))
            store.commit([Blob("local", b"new", b"new")], [("local", b"old")])
        finally:
            store.close()

    return run


def joins(desk: Desk) -> Iterator[Target]:
    """Joining: what is asked and answered, with the code and without."""
    invitation = joining.invite(desk.anna, "vera", ("coordinator",), AT)
    store = MemoryStore()
    asked = joining.ask(store, "vera", invitation.code, CHEAP)
    pending = store.get("local", b"joining") or b""
    code = joining._stretched(invitation.code, CHEAP)
    plain_ask = seal.unpad(seal.unseal(joining._key(code, "ask"), asked, b""))
    before = [Blob(shelf, n, s) for shelf in ALL_SHELVES for _, n, s in desk.store.since(shelf)]
    _, answered = joining.answer(desk.anna, asked, AT, CHEAP)
    plain_answer = seal.unpad(seal.unseal(joining._key(code, "answer"), answered, b""))

    def again() -> None:
        desk.store = MemoryStore()
        desk.store.commit(before)
        desk.anna = Vault.unlock(desk.store, passphrase=ANNA)

    def answer(given: bytes) -> None:
        joining.answer(desk.anna, given, AT, CHEAP)

    def answer_inside(given: bytes) -> None:
        try:
            answer(seal.seal(joining._key(code, "ask"), seal.pad(given), b""))
        except joining.JoiningCodeUsed:
            again()
            answer(seal.seal(joining._key(code, "ask"), seal.pad(given), b""))

    def finish(given: bytes) -> None:
        new = MemoryStore()
        new.commit([Blob("local", b"joining", pending)])
        joining.finish(new, invitation.code, given, "vera's own", CHEAP)

    def finish_inside(given: bytes) -> None:
        finish(seal.seal(joining._key(code, "answer"), seal.pad(given), b""))

    def ask(given: bytes) -> None:
        new = MemoryStore()
        new.commit([Blob("local", b"joining", given)])
        joining.ask(new, "vera", invitation.code, CHEAP)

    yield Target("joining.answer", [asked], answer, 3, again)
    yield Target("joining.answer/inside", [plain_ask], answer_inside, 2, again)
    yield Target("joining.finish", [answered], finish, 3)
    yield Target("joining.finish/inside", [plain_answer], finish_inside, 2)
    yield Target("joining.ask", [pending], ask, 1)
    desk.begin()


def papers() -> Iterator[Target]:
    """What is typed or scanned: kits, cards, joining codes, return codes; and shares."""
    secrets = {
        Kind.RECOVERY: bytes(range(48)),
        Kind.TRUSTEE: succession.deal(3, 2).cards[0].held().secret,
        Kind.JOINING: b"8 bytes!",
    }
    spelled = [
        text
        for kind, secret in secrets.items()
        for text in (
            " ".join(spell(kind, secret, "en")),
            " ".join(spell(kind, secret, "ru")),
            " ".join(spell_digits(kind, secret)),
            paper.qr_payload(kind, secret),
        )
    ]

    def run(given: bytes) -> None:
        typed = given.decode("utf-8", "surrogateescape" if len(given) % 2 else "replace")
        if len(given) % 3 == 0:
            paper.TrusteeCard.read(typed)
        elif len(given) % 3 == 1:
            paper.RecoveryKit.read(typed, "ru")
        paper.read(typed)

    def qr(given: bytes) -> None:
        paper.read_qr_payload(given.decode("utf-8", "replace"))

    code = ReturnCode(123456789012345678901)
    codes = [code.digits(), " ".join(code.words("en")), "".join(code.words("ru")), "-".join(code.words("ru"))]

    def return_code(given: bytes) -> None:
        ReturnCode.read(given.decode("utf-8", "surrogateescape" if len(given) % 2 else "replace"))

    secret = b"s" * 32
    split = shares.split(secret, 2, 4)
    check = shares.check_value(secret, b"about")

    def joined(given: bytes) -> None:
        some = [shares.Share(*one) for one in codec.unpack(given, tuple[tuple[int, bytes], ...])]
        shares.enrol_finish([one.y for one in some], some[0].x if some else 0)
        shares.join_checked(some, 2, check, b"about")
        shares.join(some, 3)

    yield Target("paper", [one.encode() for one in spelled], run, 6)
    yield Target("paper.qr", [one.encode() for one in spelled[3::4]], qr, 2)
    yield Target("return codes", [one.encode() for one in codes], return_code, 5)
    yield Target("shares", [codec.pack(split), codec.pack(split[:2])], joined, 4)


def caches(desk: Desk) -> Iterator[Target]:
    """What a hand keeps for itself: memories, snapshots, the folded log."""
    vault, unlocked = desk.anna, desk.anna._unlocked
    vault.keep(b"fuzz", b"kept")
    aad = vault._place_of(b"fuzz")[1]
    hub = MemoryStore()
    hub.commit([blob for blob in desk.blobs if blob.shelf in SHELVES])
    sync.sync(vault, hub, b"hub", AT)
    memory = vault.kept(sync._purpose(b"hub")) or b""

    def kept(given: bytes) -> None:
        place, _ = desk.anna._place_of(b"fuzz")
        desk.store.commit([Blob("local", place, given)])
        desk.anna.kept(b"fuzz")

    def remembered(given: bytes) -> None:
        desk.anna.keep(sync._purpose(b"hub"), given)
        sync.sync(desk.anna, hub, b"hub", AT)

    yield Target("vault.kept", [seal.seal(unlocked.local_key, seal.pad(b"kept"), aad)], kept, 2, desk.begin)
    yield Target("sync memory/inside", [memory, codec.pack(sync._Memory())], remembered, 1, desk.begin)

    frame = folded.folded(vault.office.log)
    slices = list(folded.slices(vault.office.log, 0))

    def unfolded(given: bytes) -> None:
        made = folded.unfolded(desk.identity.office, given, slices[-1], 0, list)
        made.heads()
        list(made.segments)

    def sliced(given: bytes) -> None:
        list(folded.unfolded(desk.identity.office, frame, given, 0, list).segments)

    yield Target("folded", [frame], unfolded, 4)
    yield Target("folded slices", slices, sliced, 3)

    desk.begin()
    ring = desk.anna.caught_up()
    snapshots.write(desk.anna.office, unlocked, ring, b"schema", None, [(b"hearing", b"[]")])
    place = snapshots._place(desk.identity.office, desk.identity.device, b"head")
    head = desk.store.get("local", place) or b""
    plain = snapshots._unsealed(unlocked, b"head", b"", head)
    base = [Blob(shelf, n, s) for shelf in ALL_SHELVES for _, n, s in desk.store.since(shelf)]

    def opened(given: bytes) -> None:
        store = MemoryStore()
        store.commit([*base, Blob("local", place, given)])
        snapshots.opened(store, unlocked)

    def inside(given: bytes) -> None:
        opened(snapshots._blob(unlocked, b"head", b"", given).sealed)

    yield Target("snapshots", [head], opened, 1)
    yield Target("snapshots/inside", [plain], inside, 1)
    desk.begin()


def entries() -> Iterator[Target]:
    """Bodies of entries, as hands hear them."""
    witness = Witnessed(id="i-1", at=AT, by="anna", subject="C-1", bodies=("ab" * 32,))
    samples = [body_of(witness)]
    for name in KINDS:
        outer = {"id": "i-1", "at": "2031-05-05T21:00:00Z", "by": "anna", "subject": "C-1"}
        samples.append(json.dumps({"kind": name, "fields": outer}).encode())

    def heard(given: bytes) -> None:
        codec.decode_body(given, KINDS)
        list(Hearing().of([bodies.Opened("C-1", "work", "anna", given)]))

    spelled = codec.pack(([("ab" * 32, samples[0], "anna")], [("ab" * 32, ["anna"])], 0))

    def parts(given: bytes) -> None:
        Hearing.read(given)

    def group(given: bytes) -> None:
        held = bench_snapshots.Heard()
        held.take(given)
        held.past()

    packed = codec.pack((bench_snapshots._Subject("C-1", (0, 1), b"\x90"),))
    yield Target("entries", samples, heard, 10)
    yield Target("hearing.read", [spelled], parts, 3)
    yield Target("snapshots of entries", [packed], group, 1)


def letters() -> Iterator[Target]:
    """Sealed reports at the office, and slots of a mailbox at the relay."""
    owner = MailboxKeys.of(ReturnCode(7), rounds=1)
    public = curves.intake_public_bytes(relay_office.INTAKE_SEED)
    made = report.write_report(
        "request", owner, at=AT, language="en", answers={"safe_now": ("yes",)}, text="a text"
    )
    sealed = report.seal_report(made, owner, public)
    body = codec.encode_body(made, "exchange.Report")
    reply_body = codec.encode_body(Reply(id="r", at=AT, text="an answer"), "exchange.Reply")

    def inside(given: bytes) -> None:
        signature = curves.sign(owner.sign, report._to_sign(given))
        if len(given) < 16_000:
            padded = envelope.pad_to(signature + given, report.SIZES)
            by_hand = curves.seal_to(
                curves.BY_X25519, curves.intake_part(public, curves.BY_X25519), report._INFO, padded
            )
            report.open_report(report.keep_sealed(by_hand, AT, public), relay_office.INTAKE_SEED)

    answered = Reply(id="r", at=AT, text="an answer")
    slot = mailbox.seal_reply(answered, owner.mailbox, owner.reply_public, owner.secret)

    def slots_inside(given: bytes) -> None:
        if len(given) < 3000:
            padded = envelope.pad_to(given, (3072,))
            info = mailbox._info(owner.mailbox)
            inner = seal.seal(owner.secret, padded, info)
            sealed = curves.seal_to(curves.BY_P256, owner.reply_public, info, inner)
            open_slots([sealed, slot], owner)

    yield Target("report", [sealed], lambda g: report.open_report(g, relay_office.INTAKE_SEED), 3)
    yield Target("report/inside", [body], inside, 3)
    yield Target("mailbox slots", [slot], lambda g: open_slots([g], owner), 2)
    yield Target("mailbox slots/inside", [reply_body], slots_inside, 2)


ONCE = b"o" * 16


class Endless(Exception):
    """Somebody goes on asking for ever."""


def _lying(line: Any, answered: bytes, most: int = 200) -> None:
    """Have a line hear these bytes, whatever it asks."""
    asked = [0]

    def sent(_body: bytes) -> bytes:
        asked[0] += 1
        if asked[0] > most:
            raise Endless()
        return answered

    line._sent = sent
    line.fresh = lambda verb: channel.Question(at=0, once=ONCE, verb=verb)


def answers() -> Iterator[Target]:
    """What a relay answers: to a store, to the post, at the doorstep; and what is remembered of one."""
    name = seal.digest(b"sealed")
    kept = channel.Kept(1, name, b"sealed")
    samples = [
        codec.pack(channel.Answer(once=ONCE, blobs=(kept,), head=1, covered=1, anchor=(1, name))),
        codec.pack(channel.Answer(once=ONCE, blobs=(kept, kept._replace(cursor=2)), head=9, more=True, covered=1)),
        codec.pack(channel.Answer(once=ONCE, said="taken")),
        codec.pack(channel.Answer(once=ONCE, heaps=(channel.Heap(b"s" * 16, 3, (3,)),), covered=1)),
        codec.pack(channel.Answer(letters=(channel.Letter(1, "id", b"sealed"),), once=ONCE)),
    ]  # fmt: skip

    def store(given: bytes, memory: bytes = b"") -> None:
        made = remote.RemoteStore(
            "http://relay.example", channel_seed=b"c" * 32, rid="", space=b"s" * 32, memory=memory, waits=()
        )
        _lying(made._line, given)
        if len(given) % 3 == 0:
            made.get("body", name)
        elif len(given) % 3 == 1:
            list(made.since("segment", len(given) % 2))
        else:
            made.commit([Blob("body", name, b"sealed")])
        made._seen = seen.Seen(made._seen._key, made.memory())

    def collect(given: bytes) -> None:
        held = post.Post("http://relay.example", intake_seed=b"i" * 32, channel_seed=b"c" * 32)
        _lying(held._line, given, post._MOST_PAGES)
        post._MOST_PAGES = 5
        held.collect()

    def told(given: bytes) -> None:
        step = doorstep.Doorstep("http://relay.example", b"p" * 16)
        _lying(step._line, given)
        step.told()
        doorstep.asked(step._line, b"p" * 16)

    known = seen.Seen(b"k" * 32)
    known.put("body", [(b"n", b"s"), (b"m", b"t")], 9, [3, 9])

    def remembered(given: bytes) -> None:
        seen.Seen(b"k" * 32, given).saved()
        store(samples[len(given) % 4], given)

    yield Target("remote answers", samples, store, 8)
    yield Target("post answers", samples, collect, 3)
    yield Target("doorstep answers", samples, told, 2)
    yield Target("remote memory", [known.saved()], remembered, 3)


class _Log(logging.Handler):
    """Keeps what the relay's edge says of errors that nobody had foreseen."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


class RelayFailed(Exception):
    """An endpoint of the relay let an error out, or answered that it is broken."""


class Door:
    """The relay's app, asked in this process."""

    def __init__(self, folder: Path) -> None:
        held = relay_office.office(folder)
        self._app: Any = held.browser.app
        self._loop = asyncio.new_event_loop()
        self._log = _Log()
        logging.getLogger("kunak.relay").addHandler(self._log)
        logging.getLogger("kunak.relay").propagate = False
        self._times = 0

    def post(self, path: str, body: bytes, kind: bytes = b"application/octet-stream") -> int:
        """Send a body; returns the status."""
        status: list[int] = []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"content-type", kind), (b"content-length", b"%d" % len(body))],
            "client": ("192.0.2.1", 1), "server": ("relay.example", 80),
        }  # fmt: skip
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, object]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])

        self._loop.run_until_complete(self._app(scope, receive, send))
        if self._log.said or not status or status[0] == 500:
            said, self._log.said = self._log.said, []
            raise RelayFailed(f"{path} {said} {status}")
        return status[0]

    def ask(self, spelled: bytes, load: bytes = b"") -> int:
        """A question as whoever holds the channel's key would sign it, under a number of its own."""
        self._times += 1
        once = sha256(b"%d" % self._times).digest()[:16]
        try:
            question = codec.unpack(spelled, channel.Question)._replace(once=once)
            if load:
                question = question._replace(size=len(load), digest=seal.digest(load))
            spelled = codec.pack(question)
        except codec.NotReadable:
            pass
        key = seal.ed25519_from_seed(relay_office.CHANNEL_SEED)
        rid = channel.default_rid(key.public_key().public_bytes_raw())
        signed = codec.pack(channel.Signed(rid, key.sign(channel._signed(rid, spelled)), spelled))
        return self.post("/o", len(signed).to_bytes(4, "big") + signed + load)


def relay(place: Path) -> Iterator[Target]:
    """Bodies that come to the relay: strangers', an office's, people's forms."""
    door = Door(place / "relay")
    now = relay_office.NIGHT.timestamp()
    name, shelf = b"n" * 32, b"s" * 16
    verbs = [
        "collect",
        "forget",
        "deliver",
        "piece",
        "commit",
        "fetch",
        "since",
        "rekey",
        "expect",
        "asked",
        "tell",
        "notice",
        "noticed",
    ]
    questions = [
        channel.fresh(now, verb)._replace(
            once=ONCE,
            shelf=shelf,
            names=(name,),
            ids=("a",),
            mailbox="ab" * 16,
            tx=b"t" * 16,
            sealed=b"k" * 32,
        )
        for verb in verbs
    ]
    spelled = [codec.pack(one) for one in questions]
    commit = codec.pack(channel.Commit((channel.Put(shelf, name, b"sealed", True),), ((shelf, b"other"),)))
    rekey = codec.pack(channel.Keys(1, b"c" * 32, b"i" * 1216, (b"a" * 32,), shelf))
    line = notice.LineOfDay(20_515, {"en": "A grey heron waits", "fa": "حواصیل"})
    said = notice.spell(notice.Notice((1, 2, 24, 72), True, True, (line,), "relay.example\nsigned"))
    loads = {"commit": commit, "rekey": rekey, "notice": said}
    whole = [channel.ask(one, relay_office.CHANNEL_SEED, load=loads.get(one.verb, b"")) for one in questions]

    def load(given: bytes) -> None:
        door.ask(
            codec.pack(questions[4]._replace(tx=sha256(given).digest()[:16])), given[: channel.MOST_LOAD]
        )

    forms = [
        b"s=0&l=en&go=next&safe_now=yes", b"s=4&go=send&text=hello&t=&safe_now=yes", b"code=1234&go=send&text=x",
        b"t=" + ReturnCode(7).digits().replace(" ", "+").encode(), b"code=a+b+c+d+e+f&page=3&go=stop-yes",
    ]  # fmt: skip

    def form(given: bytes) -> None:
        path = ("/w", "/s", "/c", "/m")[len(given) % 4]
        door.post(path, given, b"application/x-www-form-urlencoded")

    chance = Random(1)

    def any_question(given: bytes) -> None:
        """Signed by the office's own key, with these bytes wherever there is room for some."""
        asked = channel.fresh(now, chance.choice([*verbs, "parts", "release", "empty", "ask"]))._replace(
            once=ONCE, mailbox=given[:40].decode("latin-1"), names=(given[:70],), shelf=given[:16],
            tx=given[16:32], sealed=given[:4000], ids=(given[:20].hex(),), part=len(given) % 7,
            after=int.from_bytes(given[:8], "big") % (1 << 63),
        )  # fmt: skip
        door.ask(codec.pack(asked), given if chance.random() < 0.5 else b"")

    owner = MailboxKeys.of(ReturnCode(7), rounds=1)
    made = report.write_report("request", owner, at=AT, language="en")
    by_script = seal_in_browser(made, owner, curves.intake_public_bytes(relay_office.INTAKE_SEED))
    sent = [
        bytes(16) + by_script,
        b"\0" + owner.token + owner.sign_public,
        b"u" * 16,
        b"u" * 20 + bytes(65_553),
    ]

    def script(given: bytes) -> None:
        door.post(("/j", "/k", "/u")[len(given) % 3], given)

    yield Target("relay door/any question", spelled, any_question, 2)
    yield Target("relay script", sent, script, 2)
    yield Target("relay door", whole, lambda g: door.post("/o", g), 3)
    yield Target("relay door/signed", spelled, door.ask, 2)
    yield Target("relay door/load", [commit, rekey], load, 1)
    yield Target(
        "relay door/notice",
        [said],
        lambda g: door.ask(spelled[verbs.index("notice")], g[: channel.MOST_LOAD]),
        1,
    )
    yield Target("notice", [said], notice.read, 1)
    yield Target("relay forms", forms, form, 3)


def services() -> Iterator[Target]:
    """An office's own services as CSV."""
    world = World.from_bytes(read_data("ways.bin"))
    whole = (
        b"origin,destination,mode,days,hours,price,source,date\r\n"
        b'TBS,EVN,flight,135,1.5,90,"seen, by us",2026-05-31\nTBS,EVN,bus,1234567,6,20,driver,2026-05-30\n'
    )

    def run(given: bytes) -> None:
        read_services(world, given.decode("utf-8", "replace"))

    yield Target("services.csv", [whole, whole + b'TBS,"' + b"x" * 140_000], run, 4)

"""Writes vault-v1.json: what this program seals today, to be opened for ever, by other programs too.

Run by hand, once for each version of the format; the file is then frozen. Everything in it is invented. All bytes
are in hexadecimal. Under "sealed" stands one of each thing that docs/format.md names, with the key that opens it,
how that follows from other secrets, and what is inside: a frame's text as it is, its bytes as ``hex:…``, arrays as
arrays; of what is long, the SHA-256 alone.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kunak.vault import (
    Item,
    KdfCost,
    MemoryStore,
    Vault,
    add_member,
    attachments,
    joining,
    membership,
    openings,
    parcel,
    seal,
    succession,
)
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import tag_of
from kunak.vault.keys import new_identity
from kunak.vault.log import KEY, PART, RELEASE, SHARE, SUM, Grant
from kunak.vault.office import tip_name
from kunak.vault.stretch import Header, stretch
from kunak.vault.tending import tend

AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
SEED, KEY_32 = bytes(range(32)), bytes(range(32, 64))
COST = KdfCost(mib=64, passes=3, lanes=4)
LONG = 2500  # bytes
SHELVES = ("keystore", "epoch", "segment", "body", "grant", "local")
PASSPHRASES = {"anna": "anna keeps bees", "boris": "boris mends nets", "carol": "carol paints doors"}


def told(value: Any) -> Any:
    """A value of a frame as JSON can say it."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    return [told(one) for one in value] if isinstance(value, list | tuple) else value


def ctx(purpose: str, *parts: bytes) -> dict[str, Any]:
    """A context by its purpose and parts."""
    return {"purpose": purpose, "parts": [part.hex() for part in parts]}


def bytes_of(context: dict[str, Any]) -> bytes:
    return seal.context(context["purpose"], *map(bytes.fromhex, context["parts"]))


def derived(secret: bytes, info: dict[str, Any], salt: bytes = b"") -> dict[str, Any]:
    """A key, and how it is made of another secret."""
    key = seal.derive(secret, bytes_of(info), salt=salt)
    return {"from": secret.hex(), "info": info, "salt": salt.hex(), "is": key.hex()}


def inside(plain: bytes, least: int | None, *, is_frame: bool) -> dict[str, Any]:
    """What was inside: the padding, and a frame's values or the bare bytes."""
    plain = plain if least is None else seal.unpad(plain, least)
    if len(plain) > LONG:
        return {"least": least, "sha256": seal.digest(plain).hex()}
    said = {"frame": told(unpack(plain, tuple))} if is_frame else {"plain": plain.hex()}
    return {"least": least, **said}


def by_key(
    what: str, key: dict[str, Any], aad: dict[str, Any] | None, sealed: bytes, *, least: int | None = 256,
    is_frame: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Something under a key. ``aad`` None: there is none."""
    spelled = b"" if aad is None else bytes_of(aad)
    plain = seal.unseal(bytes.fromhex(key["is"]), sealed, spelled)
    opened = inside(plain, least, is_frame=is_frame)
    return {"what": what, "how": "seal", "key": key, "aad": aad, "sealed": sealed.hex(), **opened}


def by_seed(
    what: str, seed: bytes, info: dict[str, Any], sealed: bytes, *, least: int | None
) -> dict[str, Any]:
    """Something that is wrapped to a device."""
    plain = seal.open_with(seal.x_wing_from_seed(seed), bytes_of(info), sealed)
    opened = inside(plain, least, is_frame=True)
    return {"what": what, "how": "hpke", "seed": seed.hex(), "info": info, "sealed": sealed.hex(), **opened}


def u64(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "big") for number in numbers)


class Life:
    """A small office that has one of each thing."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.anna = Vault.create(
            self.store, member="anna", passphrase=PASSPHRASES["anna"], at=AT, cost=COST,
            roles_held=("duty", "case-worker", "documenter"),
        )  # fmt: skip
        self.anna.write(
            [Item("C-1", "index", b'{"kind":"a"}'), Item("C-1", "contact", "лампа".encode(), ("anna",))], AT
        )
        add_member(self.anna, "boris", PASSPHRASES["boris"], AT)
        self.boris = self.anna.second(PASSPHRASES["boris"])
        self.boris.write([Item("C-1", "index", b"by boris"), Item("J-1", "place", b"x" * 300)], AT)
        self.anna.write([Item("C-2", "identity", b"for two together")], AT)
        self.made, parts = attachments.seal_parts([b"an attachment"])
        self.part = parts[0]
        self.anna.write([Item("C-1", "evidence", pack(self.made), parts=parts)], AT)
        self.opening = openings.new_opening()
        wanted = openings.sought(self.anna, "C-2", "identity")
        openings.release(self.boris, self.opening, wanted, "anna", [], AT)
        self.enrol()
        self.anna.keep(b"an example", b"kept here alone")

    def enrol(self) -> None:
        """Carol comes, boris vouches for her, anna begins to make her a share."""
        add_member(self.anna, "carol", PASSPHRASES["carol"], AT, roles_held=("lawyer",))
        membership.vouch(self.boris, "carol", AT)
        tend(self.anna, AT)
        self.carol = self.anna.second(PASSPHRASES["carol"])

    def grant(self, sort: int, hand: Vault) -> tuple[Grant, bytes]:
        """The first grant of a sort to a hand's device, and its bytes."""
        every = (given for one in hand.office.log.segments for given in one.skeleton.grants)
        found = next(one for one in every if (one.sort, one.device) == (sort, hand.identity.device))
        sealed = self.store.get("grant", found.hash)
        assert sealed is not None
        return found, sealed


def sealed_things(life: Life) -> list[dict[str, Any]]:
    """One of each."""
    return [
        *epoch_things(life),
        *log_things(life),
        *grant_things(life),
        *local_things(life),
        *parcel_things(life),
        *heir_things(life),
    ]


def epoch_things(life: Life) -> list[dict[str, Any]]:
    office, me = life.anna.office, life.anna.identity
    epoch, document = office.epoch, office.epoch.document
    frame = next(sealed for _, _, sealed in life.store.since("epoch") if tag_of(sealed) == epoch.tag)
    tag, wraps, sealed, _ = unpack(frame[1:], tuple)
    wrap = next(bytes(one) for device, one in wraps if device == me.device)
    known, number = epoch.secrets, u64(epoch.number)
    return [
        by_seed("wrap of an epoch", me.wrapping, ctx("epoch/wrap", office.id, tag, me.device), wrap, least=None),
        by_key("epoch: document and signature", derived(known.epoch, ctx("epoch/document")),
               ctx("epoch/document", office.id), sealed),
        by_key("epoch: secrets before", derived(known.epoch, ctx("epoch/before")),
               ctx("epoch/before", office.id, number), document.secrets_before, least=None),
        by_key("epoch: intakes before", derived(known.intake, ctx("epoch/intakes")),
               ctx("epoch/intakes", office.id, number), document.intakes_before, least=None),
    ]  # fmt: skip


def log_things(life: Life) -> list[dict[str, Any]]:
    office, ring = life.anna.office, life.anna.caught_up()
    segment = next(one for one in office.log.segments if len(one.skeleton.bodies) == 2)
    skeleton, epoch = segment.skeleton, office.epoch_of(segment)
    name = seal.digest(seal.context("segment/name", office.id, skeleton.device, u64(skeleton.seq)))
    frame, body = life.store.get("segment", name), life.store.get("body", skeleton.bodies[1].hash)
    dossier = ring.get(skeleton.bodies[1].dossier)
    assert frame and body and dossier
    place = (office.id, dossier.id, epoch.tag, skeleton.device, u64(skeleton.seq, 1))
    return [
        by_key("segment (behind its tag)", derived(epoch.secrets.epoch, ctx("header", office.id)),
               ctx("segment", office.id, name), frame[8:]),
        by_key("body", derived(dossier.key, ctx("entry", dossier.id, epoch.tag), epoch.mixing_key),
               ctx("body", *place), body, is_frame=False),
        by_key("attachment, its only part", {"is": life.made.key.hex()}, ctx("attachment", u64(0), b"\1"),
               life.part.sealed, is_frame=False),
    ]  # fmt: skip


def grant_things(life: Life) -> list[dict[str, Any]]:
    things = []
    for what, sort, hand, purpose in (
        ("grant: key", KEY, life.anna, "grant"),
        ("grant: share", SHARE, life.anna, "grant"),
        ("grant: release", RELEASE, life.anna, "release"),
        ("grant: part", PART, life.boris, "part"),
        ("grant: sum", SUM, life.carol, "sum"),
    ):
        given, sealed = life.grant(sort, hand)
        more = (life.opening,) if sort == RELEASE else ()
        info = ctx(purpose, hand.office.id, given.dossier, given.device, *more)
        least = 256 if sort in (PART, SUM) else 128
        things.append(by_seed(what, hand.identity.wrapping, info, sealed, least=least))
    return things


def local_things(life: Life) -> list[dict[str, Any]]:
    anna, store = life.anna, life.store
    office, me, local = anna.office, anna.identity, anna._unlocked.local_key
    tip = store.get("local", tip_name(office.id))
    ring = anna.caught_up().blob().sealed
    aad = ctx("kept", office.id, me.device, b"an example")
    kept = store.get("local", seal.digest(seal.context("kept/name", local, bytes_of(aad))))
    assert tip and kept
    return [
        by_key(
            "tip (behind its tag)",
            derived(office.epoch.secrets.epoch, ctx("tip")),
            ctx("tip", office.id),
            tip[8:],
        ),
        by_key("key ring", {"is": local.hex()}, ctx("ring", office.id, me.device), ring),
        by_key("kept thing", {"is": local.hex()}, aad, kept, is_frame=False),
    ]


def parcel_things(life: Life) -> list[dict[str, Any]]:
    heads = {head.device: head.seq for head in life.anna.office.log.heads()}
    heads[life.boris.identity.device] -= 1
    written = parcel.write(life.anna, heads)
    at = 6 + 4 + int.from_bytes(written[6:10], "big")
    piece = written[at + 4 : at + 4 + int.from_bytes(written[at : at + 4], "big")]
    office = life.anna.office
    epoch = office.lineage.by_tag[piece[:8]]
    key = derived(epoch.secrets.epoch, ctx("parcel"))
    return [by_key("chunk of a parcel (behind its tag)", key, ctx("parcel", office.id), piece[8:])]


def heir_things(life: Life) -> list[dict[str, Any]]:
    """What an epoch carries for the office's trustees, and its check."""
    secret, office = bytes(reversed(SEED)), life.anna.office.id
    check, sealed = unpack(succession._heir(secret, new_identity("seal-1", office))[1:], tuple)
    assert check == seal.digest(seal.context("share/check", b"succession", secret))
    key = derived(secret, ctx("succession/heir"))
    return [by_key("heir: keys of the office's seal", key, ctx("succession/heir", check), sealed, least=512)]


def joining_things() -> dict[str, Any]:
    """A joining from the code to the answer, in an office of its own."""
    admin = Vault.create(MemoryStore(), member="eric", passphrase=PASSPHRASES["anna"], at=AT, cost=COST)
    store = MemoryStore()
    code = joining.invite(admin, "dora", ("duty",), AT).code
    asked = joining.ask(store, "dora", code, COST)
    kept = store.get("local", b"joining")
    _, answered = joining.answer(admin, asked, AT, COST)
    salt = seal.digest(seal.context("joining/salt"))[:16]
    stretched = stretch(Header(COST.mib, COST.passes, COST.lanes, False, salt), code)
    assert kept
    return {
        "code": code.hex(),
        "salt": salt.hex(),
        "cost": [COST.mib, COST.passes, COST.lanes],
        "stretched": stretched.hex(),
        "place": joining.place_of(code, COST).hex(),
        "sealed": [
            by_key(f"joining: {use}", derived(stretched, ctx(f"joining/{use}")), None, sealed)
            for use, sealed in (("ask", asked), ("answer", answered), ("kept", kept))
        ],
    }


def vectors() -> dict[str, object]:
    """Inputs and outputs."""
    life = Life()
    sealed = sealed_things(life)
    known = {purpose: life.anna.office_secret(purpose).hex() for purpose in ("channel",)}
    known["intake"] = life.anna.intake_seeds()[0].hex()
    joined = joining_things()
    for hand in (life.carol, life.boris, life.anna):
        hand.close()
    public = seal.load_x_wing_public(seal.x_wing_public_bytes(SEED))
    blobs = [
        [shelf, name.hex(), held.hex()] for shelf in SHELVES for _, name, held in life.store.since(shelf)
    ]
    header = Header(COST.mib, COST.passes, COST.lanes, False, SEED[:16])
    return {
        "about": "Frozen. Sealed things are random at making; what is fixed is that they open.",
        "context": {
            "purpose": "test",
            "parts": ["61", "", "6263"],
            "is": seal.context("test", b"a", b"", b"bc").hex(),
        },
        "derive": {
            "key": KEY_32.hex(),
            "salt": SEED.hex(),
            "info": "00ff",
            "is": seal.derive(KEY_32, b"\0\xff", salt=SEED).hex(),
        },
        "stretch": {"header": told(header), "typed": "лампа", "is": stretch(header, "лампа".encode()).hex()},
        "padme": [[length, seal.padme(length)] for length in (1, 256, 257, 300, 1000, 5000, 100000, 1048577)],
        "pad": {"plain": "6b", "least": 96, "is": seal.pad(b"k", 96).hex()},
        "seal": {
            "key": KEY_32.hex(),
            "aad": "61",
            "plain": "62",
            "sealed": seal.seal(KEY_32, b"b", b"a").hex(),
        },
        "seal_to": {
            "seed": SEED.hex(),
            "public": seal.x_wing_public_bytes(SEED).hex(),
            "info": "61",
            "plain": "62",
            "sealed": seal.seal_to(public, b"a", b"b").hex(),
        },
        "ed25519": {
            "seed": SEED.hex(),
            "public": seal.ed25519_public_bytes(SEED).hex(),
            "message": "61",
            "signature": seal.ed25519_from_seed(SEED).sign(b"a").hex(),
        },
        "sealed": sealed,
        "joining": joined,
        "opening": life.opening.hex(),
        "office_secret": known,
        "office": blobs,
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("vault-v1.json")
    target.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")

"""Writes the files in office-v1: an office in a SQLite file, another in a bundle, a parcel; to be opened for ever.

Run by hand, once for each version of the format; the files are then frozen. Everything in them is invented.

    office.sqlite   one machine on which four work: a recovery kit, a keyfile, a duress passphrase; one was removed;
                    a dossier shredded, one passed on, two that two open (a share of one lent), an attachment; the
                    office's seal, which got shares of what two must open as shares, and as sums
    office.bundle   a device that joined by a code; two admins changed who belongs apart, which was merged
    parcel.kunak    what the other device of that office wrote afterwards
    secrets.json    what opens them
    expected.json   what tools/read_office.py prints for each way of opening them
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from kunak.vault import (
    Item,
    KdfCost,
    MemoryStore,
    SqliteStore,
    Store,
    Vault,
    add_member,
    attachments,
    joining,
    membership,
    openings,
    parcel,
    shredding,
    succession,
    sync,
    wipe,
)
from kunak.vault.keys import Typed
from kunak.vault.office import load_keystore
from kunak.vault.paper import Kind, RecoveryKit, TrusteeCard, qr_payload, spell, spell_digits
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.tending import tend

FOLDER = Path(__file__).with_name("office-v1")
READER = Path(__file__).parents[2] / "tools" / "read_office.py"
COST = KdfCost(64, 3, 4)
AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
PASSPHRASES = {
    "heron": "heron's five random words",
    "otter": "otter mends nets",
    "цапля": "цапля считает камни",
    "newt": "newt paints doors",
    "duress": "heron counts rocks",
    "ibis": "ibis keeps bees",
    "lynx": "lynx walks at night",
}
KEYFILE = b"a keyfile: any bytes\x00\xff"
CARE = ("duty", "case-worker", "coordinator")
WITH_EVIDENCE = (*CARE, "documenter")


def at(minutes: int) -> datetime:
    """So many minutes after the beginning."""
    return AT + timedelta(minutes=minutes)


def entry(kind: str, **fields: object) -> bytes:
    """As a room would write it."""
    return json.dumps({"kind": f"example.{kind}", "fields": fields}, ensure_ascii=False).encode()


def picture(length: int) -> bytes:
    """Bytes that can be made again."""
    blocks = (sha256(f"picture {place}".encode()).digest() for place in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def attached(kind: str, subject: str, plain: bytes) -> Item:
    """An entry that holds an attachment."""
    made, parts = attachments.seal_parts([plain])
    spelled = [
        b64encode(made.key).decode(),
        [b64encode(part).decode() for part in made.parts],
        made.length,
        b64encode(made.sha256).decode(),
    ]
    return Item(subject, "evidence", entry(kind, name="door.jpg", file=spelled), parts=parts)


def sqlite_office(store: SqliteStore) -> tuple[RecoveryKit, tuple[TrusteeCard, ...]]:
    """The life of the first office."""
    heron = Vault.create(
        store,
        member="heron",
        passphrase=PASSPHRASES["heron"],
        at=AT,
        cost=COST,
        roles_held=("duty", "case-worker", "documenter"),
    )
    add_member(heron, "otter", Typed(PASSPHRASES["otter"], KEYFILE), at(1), roles_held=CARE)
    add_member(heron, "цапля", PASSPHRASES["цапля"], at(2), roles_held=("duty", "case-worker", "movement"))
    add_member(heron, "newt", PASSPHRASES["newt"], at(3), roles_held=("lawyer", "numbers"), admin=True)
    otter = heron.second(Typed(PASSPHRASES["otter"], KEYFILE))
    for newcomer in ("цапля", "newt"):
        membership.vouch(otter, newcomer, at(3))
    heron.write(
        [
            Item("C-1", "index", entry("CaseOpened", code="C-1", urgency=2)),
            Item(
                "C-1",
                "contact",
                entry("SafeHours", hours=["10:00", "12:00"], by="знакомый"),
                ("heron", "цапля"),
            ),
            Item("C-1", "identity", entry("NameKept", name="a name that two must open")),
        ],
        at(4),
    )
    crane = heron.second(PASSPHRASES["цапля"])
    crane.write([Item("C-1", "index", entry("NextActionSet", action="call")), *way("J-1")], at(5))
    heron.write([Item("C-2", "work", entry("Noted", text="to be destroyed"), ("heron", "otter"))], at(6))
    heron.write([attached("PictureKept", "C-1", picture(attachments.PART_BYTES + 300))], at(7))
    shredding.shred(heron, shredding.dossiers_of(heron, "C-2"), at(8))
    heron.write(
        [Item("C-3", "work", entry("Noted", text="before it was passed on"), ("heron", "цапля"))], at(9)
    )
    lend(heron, otter)
    membership.remove_member(heron, "цапля", at(12))
    shredding.pass_on(heron, "C-3", "work", ("otter",), at(13))
    otter.write([Item("C-3", "work", entry("Noted", text="after it was passed on"))], at(14))
    heron.write([Item("C-1", "index", b"no JSON at all \xff")], at(15))
    newt = heron.second(PASSPHRASES["newt"])
    dealt = succession.deal(3, 2)
    succession.make(heron, dealt, at(16))
    succession.vouch(otter, at(17))
    heron.write(
        [Item("C-3", "identity", entry("NameKept", name="shared with the seal from the beginning"))], at(18)
    )
    for hand in (otter, newt, heron, otter, heron):
        tend(hand, at(19))
    kit = RecoveryKit.new(heron.office.id)
    keystore = load_keystore(store).with_recovery(PASSPHRASES["heron"], kit.secret)
    wipe.replace_keys(store, keystore.with_duress(PASSPHRASES["heron"], PASSPHRASES["duress"]))
    for hand in (crane, newt, otter, heron):
        hand.close()
    return kit, dealt.cards


def way(subject: str) -> list[Item]:
    """What only those who move people read."""
    return [Item(subject, "place", entry("LegPlanned", to="a town", day="2031-05-07"))]


def lend(heron: Vault, otter: Vault) -> None:
    """Heron asks, otter lends the share for this opening alone."""
    opening, wanted = openings.new_opening(), openings.sought(heron, "C-1", "identity")
    asked = entry("OpeningAsked", opening=opening.hex(), dossiers=[one.hex() for one in wanted])
    heron.write([Item("C-1", "index", asked)], at(10))
    released = Item("C-1", "index", entry("OpeningReleased", opening=opening.hex()))
    openings.release(otter, opening, wanted, "heron", [released], at(11))


def joined(admin: Vault, store: Store, member: str, *, may_admit: bool, when: datetime) -> Vault:
    """A member with a device of their own."""
    code = joining.invite(admin, member, WITH_EVIDENCE, when, admin=may_admit).code
    asked = joining.ask(store, member, code, COST)
    _, answered = joining.answer(admin, asked, when, COST)
    return joining.finish(store, code, answered, PASSPHRASES[member], COST)


def bundle_office(store: BundleStore) -> bytes:
    """The life of the second office: ibis founds it elsewhere, lynx joins in the bundle; then a parcel of ibis."""
    hub = MemoryStore()
    ibis = Vault.create(
        MemoryStore(),
        member="ibis",
        passphrase=PASSPHRASES["ibis"],
        at=AT,
        cost=COST,
        roles_held=WITH_EVIDENCE,
    )
    lynx = joined(ibis, store, "lynx", may_admit=True, when=at(1))
    settle(hub, at(2), ibis, lynx)
    ibis.write([Item("C-5", "index", entry("CaseOpened", code="C-5", urgency=1))], at(3))
    lynx.write([Item("C-6", "contact", entry("SafeHours", hours=[], by=None))], at(3))
    membership.change_member(ibis, "ibis", at(4), roles_held=(*WITH_EVIDENCE, "numbers"), admin=True)
    membership.change_member(lynx, "lynx", at(4), roles_held=(*WITH_EVIDENCE, "movement"), admin=True)
    ibis.write([Item("C-5", "index", entry("NextActionSet", action="by ibis, apart"))], at(5))
    lynx.write([Item("C-5", "index", entry("NextActionSet", action="by lynx, apart"))], at(5))
    settle(hub, at(6), ibis, lynx)
    ibis.write([Item("C-5", "index", entry("NextActionSet", action="in the parcel"))], at(7))
    ibis.write([attached("PictureKept", "C-5", picture(100))], at(8))
    told = parcel.write(ibis)
    lynx.close()
    return told


def settle(hub: Store, when: datetime, *hands: Vault) -> None:
    """Rounds until nothing is sent any more."""
    while any([sync.sync(hand, hub, b"hub", when).sent for hand in hands]):
        continue


def write_files() -> dict[str, Any]:
    """All files but what is expected; returns what opens them."""
    for old in FOLDER.glob("*"):
        old.unlink()
    store = SqliteStore(FOLDER / "office.sqlite")
    kit, cards = sqlite_office(store)
    store.close()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as db:  # without the empty pages
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bundle = BundleStore(FOLDER / "office.bundle")
    told = bundle_office(bundle)
    bundle.close()
    (FOLDER / "parcel.kunak").write_bytes(told)
    return {
        "passphrases": PASSPHRASES,
        "keyfile": KEYFILE.hex(),
        "cards": [" ".join(spell_digits(*card.held())) for card in cards[1:]],
        "other_card": " ".join(spell_digits(*succession.deal(3, 2).cards[0].held())),
        "kit": {
            "secret": kit.secret.hex(),
            "digits": " ".join(spell_digits(Kind.RECOVERY, kit.secret + kit.office)),
            "en": " ".join(spell(Kind.RECOVERY, kit.secret + kit.office, "en")),
            "ru": " ".join(spell(Kind.RECOVERY, kit.secret + kit.office, "ru")),
            "qr": qr_payload(Kind.RECOVERY, kit.secret + kit.office),
        },
    }


# name -> (file, who opens it, what else is given)
WAYS: dict[str, tuple[str, ...]] = {
    "heron": ("office.sqlite", "--passphrase", "heron"),
    "heron by the kit": ("office.sqlite", "--kit", "digits"),
    "otter with the keyfile": ("office.sqlite", "--passphrase", "otter", "--keyfile"),
    "newt": ("office.sqlite", "--passphrase", "newt"),
    "цапля, who was removed": ("office.sqlite", "--passphrase", "цапля"),
    "heron and otter together": (
        "office.sqlite",
        "--passphrase",
        "heron",
        "--second",
        "otter",
        "--second-keyfile",
    ),
    "the office's seal, by two cards": ("office.sqlite", "--cards-file", "cards"),
    "lynx, a bundle": ("office.bundle", "--passphrase", "lynx"),
    "lynx, with a parcel": ("parcel.kunak", "--office", "office.bundle", "--passphrase", "lynx"),
}


def spelled(way: tuple[str, ...], secrets: dict[str, Any], folder: Path) -> list[str]:
    """The arguments for the reader; what is secret goes into files in ``folder``."""
    said: list[str] = [str(FOLDER / way[0])]
    rest = list(way[1:])
    while rest:
        option = rest.pop(0)
        if option == "--office":
            said += [option, str(FOLDER / rest.pop(0))]
        elif option.endswith("keyfile"):
            said += [option, kept(folder, "keyfile", bytes.fromhex(secrets["keyfile"]))]
        elif option == "--cards-file":
            said += [option, kept(folder, rest.pop(0), "\n".join(secrets["cards"]).encode())]
        elif option == "--kit":
            said += ["--kit-file", kept(folder, "kit", secrets["kit"][rest.pop(0)].encode())]
        else:
            name = rest.pop(0)
            said += [f"{option}-file" if option == "--passphrase" else "--second-passphrase-file"]
            said += [kept(folder, name, secrets["passphrases"][name].encode() + b"\n")]
    return said


def kept(folder: Path, name: str, content: bytes) -> str:
    """A file with this in it."""
    (folder / name).write_bytes(content)
    return str(folder / name)


def reads(arguments: list[str], *, code: int = 0) -> dict[str, Any]:
    """What the reader prints, as a program of its own that cannot import Kunak."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(READER), *arguments], capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"said": done.stderr.decode().strip()}
    return told


# Whatever imports more than the standard library and ``cryptography`` (with what that itself imports) fails.
ALONE = """
import runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or root in ("cryptography", "_cffi_backend", "cffi", "_openssl"):
            return None
        raise ImportError(f"{name} is not to be imported")
sys.meta_path.insert(0, Nothing())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

if __name__ == "__main__":
    known = write_files()
    (FOLDER / "secrets.json").write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n")
    with tempfile.TemporaryDirectory() as place:
        printed = {name: reads(spelled(way, known, Path(place))) for name, way in WAYS.items()}
    text = json.dumps(printed, ensure_ascii=False, indent=1)
    (FOLDER / "expected.json").write_text(text + "\n")

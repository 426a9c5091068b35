"""tools/read_office.py opens the frozen files of version 1 without Kunak, and Kunak opens them too."""

import json
import re
import runpy
import shutil
import sqlite3
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault_network import Network
from vault_office import AT, CHEAP
from vault_schedule import Schedule, chance_from

from kunak.errors import KunakError
from kunak.vault import (
    Item,
    MemoryStore,
    SqliteStore,
    Store,
    Vault,
    codec,
    openings,
    parcel,
    seal,
    shredding,
    succession,
)
from kunak.vault.keys import DuressGiven, Typed
from kunak.vault.office import load_keystore
from kunak.vault.paper import RecoveryKit, TrusteeCard
from kunak.vault.stores.bundle import BundleStore

VECTORS = Path(__file__).parents[1] / "vectors"
MAKER = runpy.run_path(str(VECTORS / "make_office_vectors.py"), run_name="tests.vectors.make_office_vectors")
READER = runpy.run_path(str(VECTORS.parents[1] / "tools" / "read_office.py"), run_name="tools.read_office")
FOLDER: Path = MAKER["FOLDER"]
WAYS: dict[str, tuple[str, ...]] = MAKER["WAYS"]
SECRETS: dict[str, Any] = json.loads((FOLDER / "secrets.json").read_text())
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text())
PASSPHRASES: dict[str, str] = SECRETS["passphrases"]
LATER = datetime(2031, 5, 6, tzinfo=UTC)


# The frozen files, by the reader


@pytest.mark.parametrize("name", WAYS)
def test_the_reader_alone_prints_what_is_frozen(name: str, tmp_path: Path) -> None:
    """As a program of its own that can import the standard library and ``cryptography``, nothing else."""
    assert MAKER["reads"](MAKER["spelled"](WAYS[name], SECRETS, tmp_path)) == EXPECTED[name]


def test_the_reader_names_no_other_library_than_cryptography() -> None:
    imports = [
        line.split()[1].partition(".")[0]
        for line in (VECTORS.parents[1] / "tools" / "read_office.py").read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert {name for name in imports if name not in sys.stdlib_module_names} == {"cryptography"}


@pytest.mark.parametrize("spelling", ["digits", "qr", "en", "ru"])
def test_each_spelling_of_a_recovery_kit_gives_the_same_key(spelling: str) -> None:
    words = VECTORS.parents[1] / "src" / "kunak" / "data" / f"words-{spelling}.txt"
    found = READER["read_paper"](READER["KIT"], SECRETS["kit"][spelling], words if words.exists() else None)[
        :32
    ]
    assert found.hex() == SECRETS["kit"]["secret"]
    assert RecoveryKit.read(SECRETS["kit"][spelling]).secret == found


def test_an_attachment_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    MAKER["reads"]([*MAKER["spelled"](WAYS["heron"], SECRETS, tmp_path), "--out", str(out)])
    (written,) = out.iterdir()
    plain = MAKER["picture"](65536 + 300)
    assert written.read_bytes() == plain
    assert written.name == seal.digest(plain).hex()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["office.sqlite", "--passphrase-file", "wrong"], 3, "this passphrase or kit opens nothing here"),
        (["office.sqlite", "--passphrase-file", "duress"], 3, "this passphrase or kit opens nothing here"),
        (["office.sqlite", "--kit-file", "digits"], 3, "groups of digits that cannot be right: 1"),
        (["office.sqlite", "--kit-file", "wrong"], 3, "for its words, add --words FILE"),
        (["office.sqlite", "--cards-file", "one card"], 3, "these cards do not suffice: it takes 2"),
        (["office.sqlite", "--cards-file", "of two sets"], 3, "not all of one set"),
        (["office.bundle", "--cards-file", "cards"], 3, "these cards do not open this file"),
        (["parcel.kunak", "--passphrase-file", "heron"], 3, "name the store of a device of its office"),
        (["expected.json", "--passphrase-file", "heron"], 4, "is no store, no bundle and no parcel"),
        (["nothing", "--passphrase-file", "heron"], 4, "No such file"),
        (["office.sqlite", "--passphrase-file", "binary"], 2, "should hold text"),
        (["--nonsense"], 2, "usage"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_sentence(
    arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    digits = SECRETS["kit"]["digits"]
    contents = {
        "wrong": b"a wrong passphrase",
        "duress": PASSPHRASES["duress"].encode(),
        "heron": PASSPHRASES["heron"].encode(),
        "digits": (str((int(digits[0]) + 1) % 10) + digits[1:]).encode(),
        "binary": b"\xff\xfe",
        "cards": "\n".join(SECRETS["cards"]).encode(),
        "one card": SECRETS["cards"][0].encode(),
        "of two sets": f"{SECRETS['cards'][0]}\n{SECRETS['other_card']}\n".encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    given_ = [str(tmp_path / one) if one in contents else one for one in arguments]
    done = MAKER["reads"](
        [str(FOLDER / given_[0]) if given_[0][0] != "-" else given_[0], *given_[1:]], code=code
    )
    assert said in done["said"]
    assert "Traceback" not in done["said"]


# The frozen files, by Kunak


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SqliteStore]:
    shutil.copy(FOLDER / "office.sqlite", tmp_path)
    store = SqliteStore(tmp_path / "office.sqlite")
    yield store
    store.close()


def read_by_kunak(vault: Vault) -> list[tuple[str, str, str, str | None]]:
    return [(one.subject, one.compartment, one.member, kind_in(one.body)) for one in vault.read()]


def kind_in(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["kind"])
    except ValueError:
        return None


def read_by_the_reader(name: str) -> list[tuple[str, str, str, str | None]]:
    entries = EXPECTED[name]["entries"]
    return [(one["subject"], one["compartment"], one["author"], one["kind"]) for one in entries]


def test_kunak_reads_the_same_for_each_member(office: SqliteStore) -> None:
    heron = Vault.unlock(office, passphrase=PASSPHRASES["heron"])
    otter = heron.second(Typed(PASSPHRASES["otter"], bytes.fromhex(SECRETS["keyfile"])))
    newt = heron.second(PASSPHRASES["newt"])
    for hand, name in ((heron, "heron"), (otter, "otter with the keyfile"), (newt, "newt")):
        assert read_by_kunak(hand) == read_by_the_reader(name)
    heads = sorted((head.device.hex(), head.seq, head.hash.hex()) for head in heron.office.log.heads())
    printed = EXPECTED["heron"]["heads"]
    assert heads == [(one["device"], one["seq"], one["hash"]) for one in printed]
    codes = [one.code for one in heron.office.epoch.document.members]
    assert codes == [one["code"] for one in EXPECTED["heron"]["members"]]
    assert heron.office.epoch.hash.hex() == EXPECTED["heron"]["epoch"]["hash"]


def test_kunak_opens_with_the_kit_and_what_two_open_and_knows_the_duress_passphrase(
    office: SqliteStore,
) -> None:
    keystore = load_keystore(office)
    heron = Vault.of(office, keystore.open_recovery(bytes.fromhex(SECRETS["kit"]["secret"])))
    assert read_by_kunak(heron) == read_by_the_reader("heron by the kit")
    wanted = openings.sought(heron, "C-1", "identity")
    asked = next(one for one in EXPECTED["heron"]["entries"] if one["kind"] == "example.OpeningAsked")
    (opened,) = openings.Openings(heron).read(bytes.fromhex(asked["fields"]["opening"]), wanted, LATER)
    together = [
        one for one in EXPECTED["heron and otter together"]["entries"] if one["subject"] == opened.subject
    ]
    assert json.loads(opened.body)["fields"] in [one.get("fields") for one in together]
    with pytest.raises(DuressGiven):
        keystore.open(PASSPHRASES["duress"])


def test_kunak_reads_the_bundle_and_then_the_parcel(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "office.bundle", tmp_path)
    lynx = Vault.unlock(BundleStore(tmp_path / "office.bundle"), passphrase=PASSPHRASES["lynx"])
    assert read_by_kunak(lynx) == read_by_the_reader("lynx, a bundle")
    taken = parcel.read(lynx, (FOLDER / "parcel.kunak").read_bytes(), LATER)
    assert (taken.received.waiting, taken.received.turned_away, taken.cut) == ({}, 0, False)
    assert read_by_kunak(lynx) == read_by_the_reader("lynx, with a parcel")
    lynx.close()


def test_kunak_goes_on_writing_where_the_frozen_office_ended(office: SqliteStore) -> None:
    heron = Vault.unlock(office, passphrase=PASSPHRASES["heron"])
    heron.write([Item("C-1", "index", b"ten years later")], LATER)
    assert list(heron.read())[-1].body == b"ten years later"


def test_the_cards_open_the_seal_in_kunak_too(office: SqliteStore) -> None:
    cards = [TrusteeCard.read(one) for one in SECRETS["cards"]]
    first, second = succession.open_heirs(cards, [sealed for _, _, sealed in office.since("epoch")])
    assert (first.member, second.member) == ("seal-1", "seal-2")
    assert first.device.hex() == EXPECTED["the office's seal, by two cards"]["reader"]["device"]


def test_every_context_string_of_the_vault_stands_in_the_format() -> None:
    """Whatever is sealed or named under a context has its place in docs/format.md."""
    root, named = VECTORS.parents[1], set()
    for module in (root / "src" / "kunak" / "vault").rglob("*.py"):
        named |= set(re.findall(r"\bcontext\(\s*f?\"([a-z0-9/-]+)", module.read_text()))
    assert len(named) > 40
    page = (root / "docs" / "format.md").read_text()
    assert sorted(one for one in named if f"`{one}`" not in page) == []


# Offices of today


def shelves_of(store: Store) -> dict[str, dict[bytes, bytes]]:
    names = ("keystore", "epoch", "segment", "body", "grant", "local", "waiting")
    return {shelf: {name: sealed for _, name, sealed in store.since(shelf)} for shelf in names}


def read_now(store: Store, passphrase: str) -> dict[str, Any]:
    shelves = shelves_of(store)
    secret = READER["Secret"](passphrase)
    me = READER["open_keystore"](shelves["keystore"][b"keystore"], secret)
    told: dict[str, Any] = READER["Reading"](shelves, [me], with_parcel=False).report(None)
    return told


def test_the_reader_follows_an_office_of_several_devices_through_its_changes() -> None:
    net = Network()
    for name in ("boris", "carol"):
        net.join(name)
        net.settle()
    net["anna"].write([Item("C-1", "index", b"one"), Item("C-2", "identity", b"two")], AT)
    net["boris"].write([Item("C-1", "index", b"three"), Item("C-3", "work", b"four", ("boris", "carol"))], AT)
    net.settle()
    shredding.shred(net["anna"], shredding.dossiers_of(net["anna"], "C-2"), AT)
    net.settle()
    for name in net.vaults:
        told = read_now(net.stores[name], f"{name}'s own")
        assert told["problems"] == []
        printed = [(one["subject"], one["bytes"]) for one in told["entries"]]
        known = [(one.subject, b64encode(one.body).decode()) for one in net[name].read()]
        assert printed == known
        assert told["not_read"]["shredded"] == {"dossiers": 1, "entries": 1}


@pytest.mark.parametrize("seed", [3, 11, 27])
def test_the_reader_agrees_with_kunak_after_any_life_of_an_office(seed: int, tmp_path: Path) -> None:
    """Devices that meet and miss each other, branches of epochs, removals, shredding: see vault_schedule."""
    with chance_from(seed) as chance:
        life = Schedule(chance, tmp_path)
        life.run(40)
        life.settle()
    compared = 0
    for name, store in life.net.stores.items():
        try:
            vault = Vault.unlock(store, passphrase=f"{name}'s own")
        except KunakError:  # it was removed
            continue
        told = read_now(store, f"{name}'s own")
        printed = [
            (one["subject"], one["compartment"], one["author"], one["bytes"]) for one in told["entries"]
        ]
        known = [(*one[:3], b64encode(one.body).decode()) for one in vault.read()]
        assert printed == known
        assert told["problems"] == []
        compared += 1
    assert compared >= 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind": "example.Deep", "fields": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[" * 100_000,
        b'{"kind": "example.Alone", "fields": "\\ud800"}',
        b'{"kind": "example.Long", "fields": ' + b"9" * 5000 + b"}",
        b'{"kind": "example.Attached", "fields": ["' + b"A" * 43 + b'=", ["' + b"A" * 43 + b'="], 1, "'
        + b"A" * 43 + b'="]}',
    ],
    ids=["deep", "deeper", "half a letter", "a long number", "an attachment that is not there"],
)  # fmt: skip
def test_what_an_entry_holds_cannot_stop_the_reader(body: bytes, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.sqlite")
    vault = Vault.create(store, member="anna", passphrase="anna keeps bees", at=AT, cost=CHEAP)
    vault.write([Item("C-1", "index", body), Item("C-1", "index", b"the next one")], AT)
    vault.close()
    passphrase = MAKER["kept"](tmp_path, "p", b"anna keeps bees")
    code = 1 if b"Attached" in body else 0
    told = MAKER["reads"]([str(tmp_path / "office.sqlite"), "--passphrase-file", passphrase], code=code)
    assert len(told["entries"]) == 2


# Damage


def copy(tmp_path: Path, *statements: str) -> Path:
    """The frozen office after somebody changed it."""
    path = tmp_path / "changed.sqlite"
    shutil.copy(FOLDER / "office.sqlite", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM blob WHERE shelf = 'segment' AND cur = (SELECT max(cur) FROM blob WHERE shelf = 'segment')",
         "segments are missing"),
        ("DELETE FROM blob WHERE shelf = 'segment' AND cur = 1", "gap before it"),
        ("DELETE FROM blob WHERE shelf = 'local'", "no tip"),
        ("DELETE FROM blob WHERE shelf = 'body' AND cur = 1", "missing on the shelf body"),
        ("DELETE FROM blob WHERE shelf = 'epoch' AND cur = 2", "the epoch before is missing"),
        ("UPDATE blob SET sealed = zeroblob(300) WHERE shelf = 'body'", "another one"),
        ("UPDATE blob SET name = zeroblob(32) WHERE shelf = 'segment' AND cur = 1", "a segment: does not open"),
    ],
)  # fmt: skip
def test_what_is_missing_or_changed_is_named_and_the_rest_is_printed(
    statement: str, problem: str, tmp_path: Path
) -> None:
    passphrase = MAKER["kept"](tmp_path, "p", PASSPHRASES["heron"].encode())
    changed = copy(tmp_path, statement)
    told = MAKER["reads"]([str(changed), "--passphrase-file", passphrase], code=1)
    assert any(problem in one for one in told["problems"]), told["problems"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("PRAGMA user_version = 2", "needs a newer program"),
        ("PRAGMA application_id = 7", "of another program"),
        ("DELETE FROM blob WHERE shelf = 'keystore'", "no keystore"),
        ("DROP TABLE blob", "damaged"),
    ],
)
def test_a_file_of_another_version_or_program_is_told_apart(
    statement: str, said: str, tmp_path: Path
) -> None:
    passphrase = MAKER["kept"](tmp_path, "p", b"any passphrase")
    code = 3 if "keystore" in statement else 4
    told = MAKER["reads"]([str(copy(tmp_path, statement)), "--passphrase-file", passphrase], code=code)
    assert said in told["said"]


@cache
def small_office() -> dict[str, dict[bytes, bytes]]:
    """The shelves of an office that opens at once."""
    store = MemoryStore()
    vault = Vault.create(store, member="anna", passphrase="anna keeps bees", at=AT, cost=CHEAP)
    vault.write([Item("C-1", "index", b"one"), Item("C-1", "contact", b"two")], AT)
    return shelves_of(store)


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_a_changed_bit_anywhere_is_noticed_and_never_ends_in_a_traceback(data: st.DataObject) -> None:
    shelves = {shelf: dict(blobs) for shelf, blobs in small_office().items()}
    shelf, name = data.draw(st.sampled_from([(shelf, name) for shelf in shelves for name in shelves[shelf]]))
    sealed = bytearray(shelves[shelf][name])
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    shelves[shelf][name] = bytes(sealed)
    try:
        me = READER["open_keystore"](shelves["keystore"][b"keystore"], READER["Secret"]("anna keeps bees"))
        told = READER["Reading"](shelves, [me], with_parcel=False).report(None)
    except (READER["NotOpened"], READER["NotThisFormat"]):
        return
    its_ring = shelf == "local" and name != seal.digest(seal.context("tip/name", me.office))
    assert told["problems"] or its_ring


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.recursive(
    st.integers(0, 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=40) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=20), max_leaves=40,
).map(lambda value: codec.pack((value,))))  # fmt: skip
def test_the_readers_frames_are_those_of_kunak(spelled: bytes) -> None:
    try:
        value = READER["_Frame"](spelled).all()
    except READER["Wrong"]:
        return
    if isinstance(value, list):
        assert codec.unpack(spelled, list) == value
        assert READER["pack"](value) == codec.pack(tuple(value))


@settings(max_examples=100)
@given(st.integers(0, 60_000), st.binary(min_size=1, max_size=8))
def test_a_bundle_or_parcel_of_any_bytes_is_read_or_refused(at: int, other: bytes) -> None:
    bundle = bytearray((FOLDER / "office.bundle").read_bytes())
    bundle[at : at + len(other)] = other
    changed = (FOLDER / "parcel.kunak").read_bytes()[: at // 6] + other
    with_refusals(lambda: READER["read_bundle"](bytes(bundle)))
    me = READER["Identity"]("x", bytes(32), bytes(32), bytes(16), bytes(32), bytes(32))
    with_refusals(lambda: READER["add_parcel"](changed, {}, me))


def with_refusals(attempt: Any) -> None:
    try:
        attempt()
    except READER["NotThisFormat"]:
        return

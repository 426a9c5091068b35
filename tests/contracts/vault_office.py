"""An office for the tests of the vault: cheap passphrases, a store of each kind, one hour."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from postgres_server import server_or_skip

from kunak.vault import Item, KdfCost, MemoryStore, SqliteStore, Store, Vault, add_member
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.stores.postgres import PostgresStore

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
ANNA, BORIS = "anna keeps bees", "boris mends nets"

MakeStore = Callable[[Path], Store]
STORES: dict[str, MakeStore] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "office.db"),
    "postgres": lambda folder: PostgresStore(server_or_skip(), space_of(folder)),
    "bundle": lambda folder: BundleStore(folder / "office.bundle"),
}
on_every_store = pytest.mark.parametrize("make_store", STORES.values(), ids=STORES)


def space_of(folder: Path) -> str:
    """What a folder is to the others, for an office in the database that all tests of a run share."""
    return sha256(bytes(folder)).hexdigest()[:32]


def found(store: Store) -> Vault:
    """An office founded by anna."""
    return Vault.create(store, member="anna", passphrase=ANNA, at=AT, cost=CHEAP)


def fill(vault: Vault) -> None:
    """A small life: two subjects, four compartments, a second member who writes too."""
    vault.write([Item("C-1", "index", b"one"), Item("C-1", "contact", b"two")], AT)
    add_member(vault, "boris", BORIS, AT)
    boris = vault.second(BORIS)
    boris.write([Item("C-1", "index", b"three"), Item("J-1", "place", b"four" * 100)], AT)
    boris.close()
    vault.write([Item("C-2", "work", b"five", ("anna",)), Item("C-2", "work", b"six")], AT)


FILLED = [b"one", b"two", b"three", b"four" * 100, b"five", b"six"]


def bodies(vault: Vault) -> list[bytes]:
    """All bodies that a hand can read, in the order of the log."""
    return [opened.body for opened in vault.read()]

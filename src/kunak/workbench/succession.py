"""Taking an office over from a copy, on a machine of the successors: the folder around ``vault.restoring``."""

import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from kunak.errors import KunakError, Refused
from kunak.vault import DEFAULT_COST, KdfCost, SqliteStore, Store, Vault, wipe
from kunak.vault.paper import TrusteeCard
from kunak.vault.restoring import Restored, Successor, restore
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.stores.record import FIRST_LINE
from kunak.workbench.founding import STORE, discard, new_store, write_relay_keys

COST = DEFAULT_COST  # of guessing a successor's passphrase; tests take a cheap one
_SQLITE = b"SQLite format 3\0"


class NoCopyHere(Refused):
    """There is no copy of an office here that could be read."""

    code = "no-copy-here"
    hint = "Name a device's folder, or a copy or backup of its office.sqlite (with its -wal file, if there is one)."


def take_over(
    source: Path,
    directory: Path,
    cards: Sequence[TrusteeCard],
    successors: Sequence[Successor],
    at: datetime,
    *,
    going_on: Sequence[str] = (),
    cost: KdfCost | None = None,
) -> Restored:
    """Take the office whose copy is at ``source`` over into a new folder. The copy itself is not touched.

    Raises NoCopyHere, OfficeHereAlready, and what ``restore`` raises; then nothing is left in the folder.
    """
    path = _copy_at(source)
    store = new_store(directory)
    aside = directory / f".gone-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        copy = copy_of(path, aside)
        try:
            done = restore(copy, cards, store, successors, at, going_on=going_on, cost=cost or COST)
        finally:
            copy.close()
        vault = Vault.unlock(store, passphrase=successors[0].passphrase)
        write_relay_keys(directory, vault)
        vault.close()
    except KunakError:
        discard(directory, store)
        raise
    finally:
        wipe.scrub(aside)
    return done


def copy_of(path: Path, aside: Path) -> Store:
    """The store in a file, read from a copy of it in ``aside``: nothing is written beside the file itself."""
    for one in (path, path.with_name(path.name + "-wal")):
        if one.is_file():
            shutil.copyfile(one, aside / (STORE + one.name[len(path.name) :]))
    with path.open("rb") as file:
        is_bundle = file.read(len(FIRST_LINE)) == FIRST_LINE
    return BundleStore(aside / STORE) if is_bundle else SqliteStore(aside / STORE)


def _copy_at(source: Path) -> Path:
    path = source / STORE if source.is_dir() else source
    with suppress(OSError), path.open("rb") as file:
        head = file.read(max(len(FIRST_LINE), len(_SQLITE)))
        if head.startswith((FIRST_LINE, _SQLITE)):
            return path
    raise NoCopyHere

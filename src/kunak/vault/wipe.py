"""Destroying an office on this machine: keys first, then everything.

Everything of an office is sealed under keys that the slots of its keystore lead to. So it is unreadable as
soon as the slots are gone, however much there is of it: SQLite overwrites their bytes with zeros
(``secure_delete``), writes that to the disk and empties the write-ahead file before ``destroy_keys`` returns.
The rest is then overwritten and unlinked in no hurry, by a process that holds no key.

What cannot be promised: that a flash disk, or a file system that copies on writing, keeps no older copy of
those bytes somewhere (docs/threats.md).
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from kunak.vault.keys import Keystore
from kunak.vault.office import KEYSTORE
from kunak.vault.stores import Blob
from kunak.vault.stores.sqlite import SqliteStore

# What lies in an office's folder. ``.gone-*`` is what an earlier wiping set aside.
STORE = "office.sqlite"
OURS = (f"{STORE}*", ".gone-*", "relay", "relay-keys.json", "services.csv", "demo.json")
MARK_OF_A_DEMO = "demo.json"
OVERWRITE_FOR_S = 30.0  # the rest is unlinked only: without keys it is noise anyway
PATIENCE_S = 0.2  # with another program that is just using the file
_CHUNK = bytes(1 << 20)


def destroy_keys(store: SqliteStore) -> None:
    """Overwrite the slots of every member of this machine; on return no passphrase opens anything here.

    Works on a locked office, an open one, a damaged one, and when the disk is full. Nothing is asked. Caches
    go too; they were sealed under keys that only the slots led to.
    """
    if _dropped(store.path, KEYSTORE[0]):
        _dropped(store.path, "local")
        return
    for path in (store.path, store.path.with_name(store.path.name + "-wal")):
        _overwrite(path)  # in place: that needs no room on the disk, no sound file and nobody's leave


def replace_keys(store: SqliteStore, keystore: Keystore) -> None:
    """Put a changed keystore in the place of the one before, whose bytes are overwritten: nothing that it
    opened with opens anything any more."""
    store.commit((Blob(*KEYSTORE, keystore.to_bytes()),), (KEYSTORE,))


def destroy_all(folder: Path, *, overwrite_for_s: float = OVERWRITE_FOR_S) -> None:
    """Overwrite and unlink all that an office keeps in its folder, and the folder itself if nothing is left.

    Files of other kinds are not touched.
    """
    deadline = time.monotonic() + overwrite_for_s
    for path in ours_in(folder):
        scrub(path, deadline)
    with contextlib.suppress(OSError):  # not empty, or not there
        folder.rmdir()


def set_aside(folder: Path) -> Path:
    """Move all that an office keeps in its folder out of the way, at once, to be scrubbed afterwards."""
    aside = folder / f".gone-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    for path in ours_in(folder):
        if path.name != MARK_OF_A_DEMO and path != aside:
            path.rename(aside / path.name)
    return aside


def ours_in(folder: Path) -> Iterator[Path]:
    """What an office keeps in its folder."""
    for pattern in OURS:
        yield from sorted(folder.glob(pattern))


def scrub(path: Path, deadline: float | None = None) -> None:
    """Overwrite a file, or all files of a folder, and unlink it; after ``deadline``, only unlink.

    The deadline is in seconds of the monotonic clock.
    """
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            scrub(inner, deadline)
        shutil.rmtree(path, ignore_errors=True)
        return
    if path.is_file() and not path.is_symlink() and (deadline is None or time.monotonic() < deadline):
        _overwrite(path)
    with contextlib.suppress(OSError):
        path.unlink()


def _dropped(path: Path, shelf: str) -> bool:
    """Whether SQLite could empty a shelf, and its write-ahead file holds nothing of the past any more.

    Through a connection of its own, that waits for nobody longer than a moment.
    """
    if not path.is_file():
        return False
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_S)) as db:
        try:
            db.execute("PRAGMA secure_delete = ON").fetchall()
            db.execute("PRAGMA synchronous = FULL").fetchall()
            db.execute("DELETE FROM blob WHERE shelf = ?", (shelf,))
            busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
    return bool(busy == 0)


def _overwrite(path: Path) -> None:
    """Zeros over every byte of a file, on the disk on return."""
    with contextlib.suppress(OSError), path.open("r+b", buffering=0) as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(_CHUNK[:left])
        os.fsync(file.fileno())

"""Travelling with nothing: what is destroyed before a border, and how it is made sure that nothing is left.

``pack`` leaves nothing of an office on this machine, not even a sealed ticket: whoever travels cannot open
anything, and can say so truthfully. The keys come back after arrival, when the machine joins again as a new
device. ``look`` goes through folders file by file, by what is in the files and not only by their names, and
tells what of this program it finds. It opens nothing, and needs no passphrase.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kunak.errors import Refused
from kunak.vault import wipe
from kunak.vault.log import SHELF as SEGMENTS
from kunak.vault.stores import Blob, Store
from kunak.vault.stores.sqlite import APPLICATION, SqliteStore

_SHARED = ("local", b"shared")
_HEAD_BYTES = 128
_SQLITE = b"SQLite format 3\0"
_SIDES = ("-wal", "-shm", "-journal")
_WAL = (bytes.fromhex("377f0682"), bytes.fromhex("377f0683"))
_APPLICATION_AT = 68  # of the SQLite header


class NotShared(Refused):
    """What was written on this machine and has reached nobody else: {count}. Packing would lose it."""

    code = "travel-not-shared"
    hint = "Sync first. If losing it is better than carrying it, add --even-unsynced."


class NeverShared(Refused):
    """Nothing shows that what was written on this machine has ever reached anybody else."""

    code = "travel-never-shared"
    hint = "Sync first. If losing it is better than carrying it, add --even-unsynced."


class StillThere(Refused):
    """This machine is not ready to travel. Things of this program that are still on it: {count}."""

    code = "travel-still-there"
    hint = "Each is named above. Remove them, then look again."


class Found(NamedTuple):
    """A file that should not travel, and what it is."""

    path: Path
    kind: str  # one of KINDS


# What a file may be, and how that is said.
KINDS = {
    "office": "a store of this program, sealed or relayed",
    "side": "what SQLite keeps beside a store",
    "keys": "the public keys of an office",
    "bundle": "a bundle of this program",
    "left-over": "a left-over of an earlier destroying",
    "temporary": "a temporary file of SQLite",
    "unknown": "a file that this program does not know, in the office's folder",
}


def note_shared(store: Store, cursor: int) -> None:
    """Keep in mind that the segments up to this place in the store lie elsewhere too. Called after a sync."""
    store.commit((Blob(*_SHARED, cursor.to_bytes(8, "big")),))


def require_shared(store: Store) -> None:
    """Return if all that was written here lies elsewhere too. Raises NeverShared, NotShared."""
    noted = store.get(*_SHARED)
    behind = sum(1 for _ in store.since(SEGMENTS, int.from_bytes(noted or b"", "big")))
    if noted is None and behind:
        raise NeverShared()
    if behind:
        raise NotShared(count=behind)


def pack(store: SqliteStore, folder: Path) -> None:
    """Destroy the slots, then everything that an office keeps in its folder. Does not ask what is lost."""
    wipe.destroy_keys(store)
    store.close()
    wipe.destroy_all(folder)


def look(folder: Path, also: Iterable[Path] = ()) -> Iterator[Found]:
    """What is left: every file in the office's folder; elsewhere, what is of this program by what is in it.

    Besides ``also`` it looks into the folders for temporary files.
    """
    named: set[Path] = set()
    for place in (folder, *also, *temporary_folders()):
        for path in _files(place):
            kind = _kind(path) or ("unknown" if place == folder else None)
            if kind is not None and path.resolve() not in named:
                named.add(path.resolve())
                yield Found(path, kind)


def temporary_folders() -> tuple[Path, ...]:
    """Where this program, Python or SQLite would put temporary files."""
    named = (os.environ.get("SQLITE_TMPDIR"), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
    return tuple(dict.fromkeys(Path(name).resolve() for name in named if name and Path(name).is_dir()))


def _files(place: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(place):
        yield from (Path(folder, name) for name in names)


def _kind(path: Path) -> str | None:
    """What of this program a file is, or None."""
    if any(part.startswith(".gone-") for part in path.parts):
        return "left-over"
    if path.name.startswith("etilqs_"):
        return "temporary"
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    return _kind_of_store(path, head) or _kind_of_other(path, head)


def _kind_of_store(path: Path, head: bytes) -> str | None:
    ours = head[_APPLICATION_AT : _APPLICATION_AT + 4] == APPLICATION.to_bytes(4, "big")
    if head.startswith(_SQLITE) and ours:
        return "office"
    if path.name.endswith(_SIDES) and (path.name.startswith("office.sqlite") or head[:4] in _WAL):
        return "side"
    return None


def _kind_of_other(path: Path, head: bytes) -> str | None:
    if head.startswith(b"kunak"):
        return "bundle"
    return "keys" if path.name == "relay-keys.json" or head.startswith(b'{\n "intake"') else None

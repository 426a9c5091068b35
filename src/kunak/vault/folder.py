"""Exchange through a folder that is carried about: on a stick, by a program that syncs files, on a shared disk.

Each device keeps one file there, a parcel of what anyone may lack, and reads the others'. Nobody writes into
another's file, so nothing is lost when two copies of the folder meet, and a folder needs no server and no lock.
Whoever finds it sees how many devices write there and how much, nothing else.

A device writes its file anew when it has something to tell, and when something was shredded: an old copy of the
file on the stick would keep it. The file of a device that was removed is read once more, and deleted.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kunak.errors import Damaged, Unreachable
from kunak.vault import parcel, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.hand import Vault
from kunak.vault.receiving import Received, receive
from kunak.vault.tending import acknowledge, tend

ENDING = ".kunak"
_NAME_BYTES = 12
_PURPOSE = b"folder"


class FolderNotUsable(Unreachable):
    """This folder cannot be read or written."""

    code = "folder-not-usable"
    hint = "Look whether the stick is plugged in, not full, and not write-protected."


class Exchanged(NamedTuple):
    """What a round did. ``unread``: files that are no parcels for this device, or were cut."""

    received: Received
    read: int
    unread: int
    wrote: bool


class _Memory(NamedTuple):
    """What this hand remembers of a folder."""

    read: tuple[tuple[str, bytes], ...] = ()  # name of a file, SHA-256 of what was read in it
    told: bytes = b""  # what the own file tells, as a digest


def exchange(vault: Vault, folder: Path, at: datetime) -> Exchanged:
    """One round. Raises FolderNotUsable, Unreachable, IsLocked; what is wrong with a file is counted."""
    vault.caught_up()
    kept = vault.kept(_PURPOSE)
    memory = _Memory() if kept is None else unpack(kept, _Memory)
    received = receive(vault, (), at)  # what waits may fit now, also where nothing new is read
    known, new, unread = dict(memory.read), 0, 0
    for name, content in _files(vault, folder):
        digest = seal.digest(content)
        if known.get(name) == digest:
            continue
        try:
            taken = parcel.read(vault, content, at)
        except Damaged:  # somebody else's file, or one that is still being copied
            unread += 1
            continue
        received = received.then(taken.received)
        new, unread = (new, unread + 1) if taken.cut else (new + 1, unread)
        if not taken.cut and not taken.received.put_off:
            known[name] = digest
    tend(vault, at)
    acknowledge(vault, at)
    told = _told(vault)
    wrote = _tell(vault, folder, is_told=told == memory.told)
    vault.keep(_PURPOSE, pack(_Memory(tuple(known.items()), told)))
    _clear(vault, folder)
    return Exchanged(received, new, unread, wrote)


def name_of(vault: Vault, device: bytes) -> str:
    """The name of a device's file. Only the office's own devices can tell whose it is."""
    return seal.digest(seal.context("folder/name", vault.office.id, device))[:_NAME_BYTES].hex() + ENDING


def _files(vault: Vault, folder: Path) -> Iterator[tuple[str, bytes]]:
    own = name_of(vault, vault.identity.device)
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix == ENDING and path.name != own and path.is_file():
                yield path.name, path.read_bytes()
    except OSError:
        raise FolderNotUsable() from None


def _told(vault: Vault) -> bytes:
    """A digest of what a file written now would tell."""
    log = vault.office.log
    heads = [(*head,) for head in sorted(log.heads())]
    return seal.digest(
        pack((heads, sorted(parcel.lacking(vault).items()), len(log.shredded), len(log.dead_grants)))
    )


def _tell(vault: Vault, folder: Path, *, is_told: bool) -> bool:
    """Write this device's own file, whole or not at all, unless it tells the same already."""
    path = folder / name_of(vault, vault.identity.device)
    if is_told and path.is_file():
        return False
    half = folder / f".{secrets.token_hex(6)}.part"
    try:
        with half.open("xb") as file:
            file.write(parcel.write(vault))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise FolderNotUsable() from None
    return True


def _clear(vault: Vault, folder: Path) -> None:
    """Delete the files of devices that do not belong any more: what they told has been read."""
    lineage = vault.office.lineage
    here = {device.id for device in vault.office.epoch.document.devices}
    once = {device.id for epoch in lineage.leading for device in epoch.document.devices} - here
    with suppress(OSError):
        for device in once:
            (folder / name_of(vault, device)).unlink(missing_ok=True)

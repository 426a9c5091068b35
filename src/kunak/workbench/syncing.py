"""Where an office's devices meet besides the relay, and what this device remembers of the relay's address."""

import secrets
from pathlib import Path

from kunak.vault.receiving import Received
from kunak.vault.stores import Blob
from kunak.vault.stores.bundle import BundleStore
from kunak.vault.sync import Synced
from kunak.workbench.bench import Workbench
from kunak.workbench.founding import relay_id
from kunak.workbench.tending import sync_with, tend

_RELAY = b"syncing/relay"
_MARK = ("local", b"place")  # in a shared file: a random name, so that another file is not taken for it


def relay_of(bench: Workbench) -> str | None:
    """The address of the relay that this device used last."""
    kept = bench.vault.kept(_RELAY)
    return None if kept is None else kept.decode()


def note_relay(bench: Workbench, address: str) -> None:
    """Remember the relay's address, sealed."""
    if relay_of(bench) != address:
        bench.vault.keep(_RELAY, address.encode())


def shared_file(bench: Workbench, folder: Path) -> Path:
    """The office's file in a folder that several devices reach."""
    return folder / f"kunak-{relay_id(bench.vault)[:8]}.bundle"


def sync_with_folder(bench: Workbench, folder: Path) -> Synced:
    """One round with the office's file in a folder; it is made if it is not there. Raises Unreachable, Damaged."""
    store = BundleStore(shared_file(bench, folder))
    try:
        mark = store.get(*_MARK)
        if mark is None:
            mark = secrets.token_bytes(16)
            store.commit((Blob(*_MARK, mark),))
        return sync_with(bench, store, b"folder/" + mark)
    finally:
        store.close()


def after_receiving(bench: Workbench, received: Received) -> Received:
    """Hear what a parcel brought, and do what follows from it."""
    bench.refresh()
    tend(bench)
    return received

"""Rounds that need no relay, through a folder and a stick; and the relay's address, remembered sealed."""

from pathlib import Path

from kunak.vault import folder, parcel
from kunak.vault.folder import Exchanged
from kunak.workbench.bench import Workbench
from kunak.workbench.rounds import FOLDER, STICK_IN, STICK_OUT, note_round
from kunak.workbench.tending import tend

_RELAY = b"syncing/relay"


def relay_of(bench: Workbench) -> str | None:
    """The address of the relay that this device used last."""
    kept = bench.vault.kept(_RELAY)
    return None if kept is None else kept.decode()


def note_relay(bench: Workbench, address: str) -> None:
    """Remember the relay's address, sealed."""
    if relay_of(bench) != address:
        bench.vault.keep(_RELAY, address.encode())


def sync_with_folder(bench: Workbench, place: Path) -> Exchanged:
    """One round with a folder that is carried about. Raises FolderNotUsable, Unreachable."""
    tend(bench)
    done = folder.exchange(bench.vault, place, bench.now())
    bench.refresh()
    tend(bench)
    note_round(bench, FOLDER, done.received)
    return done


def bundle_out(bench: Workbench, everything: bool = False) -> bytes:
    """A parcel with what the others may lack, or with all."""
    tend(bench)
    made = parcel.write(bench.vault, {} if everything else None)
    note_round(bench, STICK_OUT)
    return made


def bundle_in(bench: Workbench, received: bytes) -> parcel.Taken:
    """Take in a parcel, hear it, and do what follows from it. Raises NotAParcel, ParcelOfAnotherOffice."""
    taken = parcel.read(bench.vault, received, bench.now())
    bench.refresh()
    tend(bench)
    note_round(bench, STICK_IN, taken.received)
    return taken

"""What is done for the office at each round, without being asked."""

from kunak.vault import tending
from kunak.vault.stores import Store
from kunak.vault.sync import Synced, sync
from kunak.workbench.bench import OFTEN, Workbench
from kunak.workbench.forgetting import obey
from kunak.workbench.handing_on import put_right


def tend(bench: Workbench) -> None:
    """Give newcomers their keys, pass files on to those who work on them, destroy what is to be destroyed."""
    tending.tend(bench.vault, bench.now())
    bench.refresh()
    obey(bench)
    put_right(bench)
    bench.seal_snapshot(OFTEN)  # so that it is not lost with a process that is ended without locking


def sync_with(bench: Workbench, remote: Store, place: bytes) -> Synced:
    """One round with another store, and what follows from it. Raises Unreachable, Damaged."""
    tend(bench)
    done = sync(bench.vault, remote, place, bench.now())
    bench.refresh()
    tend(bench)
    return done

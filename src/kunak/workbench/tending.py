"""What is done for the office at each round, without being asked."""

from kunak.vault import roles, shredding, tending, trust
from kunak.vault.stores import Store
from kunak.vault.sync import Synced, sync
from kunak.workbench.bench import OFTEN, Workbench
from kunak.workbench.forgetting import obey


def tend(bench: Workbench) -> None:
    """Give newcomers their keys, pass files on to those who work on them, destroy what is to be destroyed."""
    tending.tend(bench.vault, bench.now())
    bench.refresh()
    obey(bench)
    for subject, compartment, workers in _misplaced(bench):
        shredding.pass_on(bench.vault, subject, compartment, workers, bench.now())
    bench.seal_snapshot(OFTEN)  # so that it is not lost with a process that is ended without locking


def sync_with(bench: Workbench, remote: Store, place: bytes) -> Synced:
    """One round with another store, and what follows from it. Raises Unreachable, Damaged."""
    tend(bench)
    done = sync(bench.vault, remote, place, bench.now())
    bench.refresh()
    tend(bench)
    return done


def _misplaced(bench: Workbench) -> list[tuple[str, str, tuple[str, ...]]]:
    """Files that these keys open and whose readers are not those who work on the case."""
    office = bench.vault.office
    found = {}
    for dossier in bench.vault.caught_up():
        if dossier.compartment not in ("work", "contact", "chat"):
            continue
        workers = bench.readers_of(dossier.subject)
        if workers is None or not _can_work(bench, workers):
            continue
        # The office's seal is no reader.
        holding = office.members_holding(dossier.id) & set(bench.vault.members)
        able = {one.code for one in trust.holders(office) if roles.may_hold(one, dossier.compartment)}
        if holding - set(workers) or (able & set(workers)) - holding:
            found[dossier.subject, dossier.compartment] = workers
    return [(*place, workers) for place, workers in found.items()]


def _can_work(bench: Workbench, workers: tuple[str, ...]) -> bool:
    return any(code in bench.vault.members for code in workers)

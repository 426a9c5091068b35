"""Keeping up while a workbench stays open: what a colleague shredded or took away leaves the memory too.

The key ring forgets by itself what it may not hold any more. What the rooms heard with those keys is heard anew
without them, so that nothing stays on a screen that is gone from the disk.
"""

from weakref import WeakKeyDictionary

from kunak.workbench.bench import Workbench

_HELD: WeakKeyDictionary[Workbench, frozenset[bytes]] = WeakKeyDictionary()


def keep_up(bench: Workbench) -> None:
    """Hear what others have written; begin anew where a key went since the last time."""
    before = _HELD.get(bench, _held(bench))
    bench.refresh()
    now = _held(bench)
    if before - now:
        bench.start_over()
    _HELD[bench] = now


def _held(bench: Workbench) -> frozenset[bytes]:
    return frozenset(dossier.id for dossier in bench.vault.caught_up())

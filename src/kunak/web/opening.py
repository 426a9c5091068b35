"""Opening an office with a passphrase that may be a duress passphrase.

A duress passphrase opens an office too: an empty one, founded in that moment. Before it is shown, the slots
of every member of this machine are destroyed; then all that lay in the folder is moved out of the way and
overwritten behind the scenes. It takes one run of Argon2id, as every unlocking does. Whoever comes back to an
office that should not be empty, or looks at the disk closely, can tell: it is not deniable (docs/threats.md).
"""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kunak.vault import SqliteStore, wipe
from kunak.vault.keys import DuressGiven
from kunak.workbench import Workbench, found_office, open_store, utc_now


def open_or_wipe(
    folder: Path, passphrase: str, *, store: SqliteStore | None = None, now: Callable[[], datetime] = utc_now
) -> Workbench:
    """The office in a folder; after a duress passphrase, an empty one.

    Raises NoOfficeHere, Locked, Damaged.
    """
    place = store or open_store(folder)
    try:
        return Workbench.unlock(place, passphrase, now)
    except DuressGiven as given:
        return begin_again(folder, place, given, now)


def begin_again(
    folder: Path, store: SqliteStore, given: DuressGiven, now: Callable[[], datetime] = utc_now
) -> Workbench:
    """Destroy the slots, then everything; meanwhile found an empty office with the same passphrase."""
    wipe.destroy_keys(store)
    store.close()  # it opens the new file when it is asked again
    aside = wipe.set_aside(folder)
    bench = found_office(folder, member=given.member, passphrase=given.passphrase, at=now(), cost=given.cost)
    bench.now = now
    threading.Thread(target=wipe.scrub, args=(aside,), name="scrub").start()
    return bench

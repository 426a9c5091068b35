"""How long until nothing opens: panic on an office of 100,000 blobs, as JSON.

    python tests/bench/bench_panic.py [BLOBS] [FOLDER]

``unreadable_s``: from the call until the bytes of the slots are overwritten on the disk. ``gone_s``: until
every file is overwritten and unlinked. Cold: the system was asked to forget its cache of the file before.
"""

import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from kunak.vault import KdfCost, wipe
from kunak.vault.office import load_keystore
from kunak.vault.stores import Blob
from kunak.workbench import STORE, found_office, open_store, utc_now

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
BYTES = 400  # of one sealed entry
AT_ONCE = 1000


def main() -> None:
    blobs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    place = sys.argv[2] if len(sys.argv) > 2 else None
    runs = [measure(blobs, place, cold=cold) for cold in (False, True)]
    print(json.dumps({"blobs": blobs, "warm": runs[0], "cold": runs[1]}, indent=2))


def measure(blobs: int, place: str | None, *, cold: bool) -> dict[str, float | bool]:
    with tempfile.TemporaryDirectory(dir=place) as temporary:
        folder = Path(temporary) / "office"
        fill(folder, blobs)
        file = folder / STORE
        store = open_store(folder)
        frame = load_keystore(store)._frame
        parts = [slot.sealed[20:60] for slot in (*frame.slots, *frame.records)]
        store.close()
        if cold:
            drop_cache(file)
        size = file.stat().st_size
        began = perf_counter()
        wipe.destroy_keys(store)
        unreadable = perf_counter()
        left = file.read_bytes()
        looked = perf_counter()
        wipe.destroy_all(folder)
        return {
            "megabytes": round(size / 1e6, 1),
            "unreadable_s": round(unreadable - began, 4),
            "gone_s": round(perf_counter() - looked + unreadable - began, 4),
            "slots_found_after": any(part in left for part in parts),
        }


def fill(folder: Path, blobs: int) -> None:
    found_office(folder, member="heron", passphrase="heron marsh lantern", at=utc_now(), cost=CHEAP).close()
    store = open_store(folder)
    for first in range(0, blobs, AT_ONCE):
        some = range(first, min(first + AT_ONCE, blobs))
        store.commit([Blob("body", secrets.token_bytes(32), secrets.token_bytes(BYTES)) for _ in some])
    store.close()


def drop_cache(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()

"""Keeping keys inside the process that holds them, as far as an operating system lets us.

What it does not let us: Python copies bytes as it likes, so key bytes can be neither pinned in memory nor
overwritten. They can therefore come to lie in swap, and in the image that hibernation writes. So we look
whether swap is encrypted, and say it where it is not.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

_PR_SET_DUMPABLE = 4  # from linux/prctl.h


def forbid_core_dumps() -> bool:
    """No core file when this process crashes; on Linux, no look into its memory by the same user either.

    Returns whether the system agreed to all of it. Swap and hibernation are not covered.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def swap_in_the_clear(proc: Path = Path("/proc"), sys_: Path = Path("/sys")) -> tuple[str, ...]:
    """The places where this machine may write memory to a disk without encrypting it; empty if none is seen.

    Linux only. A place counts as encrypted if it is zram (memory, not a disk) or lies, through however many
    layers, on dm-crypt alone. What cannot be told counts as not encrypted.
    """
    try:
        rows = (proc / "swaps").read_text().splitlines()[1:]
    except OSError:
        return ()
    places = (row.split()[0].replace("\\040", " ") for row in rows if row.strip())
    return tuple(place for place in places if not _is_safe(Path(place), sys_))


def _is_safe(place: Path, sys_: Path) -> bool:
    if place.name.startswith("zram"):
        return True
    try:
        found = place.stat()
    except OSError:
        return False
    number = found.st_rdev or found.st_dev  # a partition has its own; a file lies on its file system's
    return _is_encrypted(sys_ / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}")


def _is_encrypted(device: Path) -> bool:
    with_uuid = device / "dm" / "uuid"
    if with_uuid.is_file() and with_uuid.read_text().startswith("CRYPT-"):
        return True
    below = tuple(_below(device))
    return bool(below) and all(_is_encrypted(layer) for layer in below)


def _below(device: Path) -> Iterator[Path]:
    slaves = device / "slaves"
    return slaves.iterdir() if slaves.is_dir() else iter(())

"""Keeping keys inside the process that holds them, as far as an operating system lets us."""

import ctypes
import resource
import sys

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

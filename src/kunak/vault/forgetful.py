"""Memory that forgets: what a process has let go of does not lie about in it until chance writes over it.

Python writes over nothing. But if it asks the C library for every single piece of memory, and that library is
GNU's (2.26 or newer), this one can be told to fill each piece as it is given back, and to put none aside
unfilled. Both are read when a process begins, from its environment: ``environment`` says it to a process that
is started, ``begin_again`` to the one that runs. (Up to eight bytes at the end of a piece stay. Names are bound
at the start, because whatever binds them later saves what was copied last.) Where the C library is another one
all goes on, and nothing is written over.

Two things it does not reach. What holds itself in a circle (the parts of a page that was made, an error and
where it was caught) Python finds only now and then, and seldom where much lies in memory: ``Forgetting`` looks
for it time and again. And what C functions put on the stack, short texts among it, stays there until others
need the place: ``leaving_nothing`` and ``clear_stack`` write over it.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from time import thread_time
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_FILLING = {"glibc.malloc.perturb": "165", "glibc.malloc.tcache_count": "0"}  # any byte but zero
_BEGUN_AGAIN = "kunak-began-again"  # among Python's options: it comes through whatever becomes of the rest
_VERSION = "CS_GNU_LIBC_VERSION"  # what only GNU's library can be asked
_EVERY_S = 1.0
_REST = 50.0  # times as long as it took: looking takes a fiftieth of a processor at most
_STACK = 256 * 1024  # bytes: more than any page of ours takes, less than any thread has


def environment() -> dict[str, str]:
    """This process's environment, for one to be started in which what was let go of is written over."""
    if not _is_gnu():
        return dict(os.environ)
    given = os.environ.get("GLIBC_TUNABLES", "").split(":")
    others = [one for one in given if one and one.partition("=")[0] not in _FILLING]
    tunables = ":".join([*others, *(f"{name}={value}" for name, value in _FILLING.items())])
    return {**os.environ, "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": tunables, "LD_BIND_NOW": "1"}


def begin_again() -> None:
    """If this process does not forget yet, begin it anew, as the same process: it keeps its id and its files.

    To be called before anything is read or opened. It begins anew once at most.
    """
    wanted = environment()
    if wanted == dict(os.environ) or _BEGUN_AGAIN in sys._xoptions or not sys.executable:
        return
    command = [sys.executable, "-X", _BEGUN_AGAIN, *sys.orig_argv[1:]]
    with suppress(OSError):  # where it may not be run again, it goes on as it is
        os.execve(sys.executable, command, wanted)  # noqa: S606 (itself, with its own arguments)


def leaving_nothing(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do some work, then write over what it left on this thread's stack."""
    try:
        return work(*given, **named)
    finally:
        clear_stack()


def clear_stack() -> None:
    """Write over what functions that have ended left on this thread's stack, below where it is now."""
    if _is_gnu():
        ask, blank = _with_much_beside()
        ask(blank)


@cache
def _with_much_beside() -> tuple[Callable[[ctypes.Structure], int], ctypes.Structure]:
    """A C function that looks at no argument, and one that is laid on the stack for it as it is."""

    class Blank(ctypes.Structure):
        _fields_ = (("zeros", ctypes.c_char * _STACK),)

    return ctypes.CDLL(None).getpid, Blank()


def _is_gnu() -> bool:
    if sys.platform != "linux":
        return False
    with suppress(ValueError, OSError):  # another C library does not know the question
        return (os.confstr(_VERSION) or "").startswith("glibc")
    return False


class Forgetting:
    """Lets go of what holds itself in a circle, for as long as a process serves.

    All that is there when it begins counts as there to stay, and so does what ``fold.bulk`` has read since:
    looking through that each time would take longer than all else.
    """

    def __init__(self) -> None:
        gc.collect()
        gc.freeze()
        self._lasting = gc.get_freeze_count()

    def let_go(self) -> float:
        """Look once. No page may be in the making meanwhile, for then it might come to count as there to stay.

        Returns the seconds until it is time to look again.
        """
        began = thread_time()
        more = gc.get_freeze_count() > self._lasting
        if more:  # whatever was in a circle at that moment came to count as there to stay, too
            gc.unfreeze()
        gc.collect()
        if more:
            gc.freeze()
        self._lasting = gc.get_freeze_count()
        return max(_EVERY_S, _REST * (thread_time() - began))

"""Stores: where sealed blobs are kept. A store holds no key and understands nothing that it holds.

A blob lies on a shelf under a name. Shelves and names are given by the vault; a name is a hash or random, and
says nothing to whoever reads it. There are several stores because there really are several places:

* ``memory``: tests, an office that must leave no trace;
* ``sqlite``: one file, a worker's laptop or a small relay;
* ``postgres``: a server's database that many offices share (the extra ``kunak[postgres]``);
* ``bundle``: one append-only file, to be carried on a stick or sent.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from kunak.errors import Damaged, Unreachable

# Shelves of which a name's blob may be replaced; on every other shelf it never changes.
REPLACEABLE = frozenset({"keystore", "local"})


class Full(Unreachable):
    """There is no room left on the disk; nothing of this was written."""

    code = "store-full"
    hint = "Make room on the disk, then do it again."


class Busy(Unreachable):
    """Another program is using this office's file."""

    code = "store-busy"
    hint = "Close the other program, or wait a moment, then do it again."


class NotReached(Unreachable):
    """The office's file cannot be opened or written."""

    code = "store-not-reached"
    hint = "Look whether the disk is there and whether you may write to it."


class Unsure(NotReached):
    """The connection or the disk failed while this was being written; nobody can tell now whether it was."""

    code = "store-unsure"
    hint = "When it can be reached again, look whether it is there, then do it again if it is not."


class Taken(Unreachable):
    """Another program wrote to this office at the same moment; nothing of this was written."""

    code = "store-taken"
    hint = "Do it again."


class StoreDamaged(Damaged):
    """The office's file is damaged, or is no file of this program."""

    code = "store-damaged"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


class Blob(NamedTuple):
    """A sealed thing and where it lies."""

    shelf: str  # a short ASCII word
    name: bytes  # 1 to 64 bytes
    sealed: bytes


class Store(Protocol):
    """What the vault asks of a place. One suite, tests/contracts/test_stores.py, holds every store to it.

    A store promises:

    1. ``commit`` is all or nothing, and lasting when it returns: if it raises, or the program dies in the
       middle, then each later question is answered as if it had never been called, or (only if the program
       died, or Unsure was raised, before it could hear back) as if it had returned. Never in between, and
       never first the one and then the other.
    2. What was put is given back byte for byte, or StoreDamaged is raised. A store need not notice a
       changed byte (the vault does, by its seals and hashes), but may never repair or guess.
    3. A name on a shelf is put once. Putting the same bytes again changes nothing; putting other bytes raises
       Taken and writes nothing of that commit. This is what keeps two programs that write for one device from
       making two histories. On the shelves in REPLACEABLE a later blob takes the place of the earlier.
    4. ``since(shelf, cursor)`` gives the shelf's blobs in the order in which they were committed (in one
       commit: the order given), each with a cursor above 0 that grows, never repeats and is never given to
       another blob, not even after the blob was dropped. Asked again from the last cursor seen, it misses
       nothing that was committed since. A replaced blob gets a new cursor.
    5. ``drop``: what is dropped is gone from every question at once; the bytes are overwritten as far as the
       place can. Dropping what is not there changes nothing. In one commit, drops come before puts.
    6. It may be asked from several threads; each question sees whole commits only.
    7. It raises Full, Busy, NotReached or its kind Unsure, Taken (all Unreachable) or StoreDamaged (Damaged),
       nothing else, and none of them says what was stored.

    What each place adds or cannot give:

    * memory: nothing lasts beyond the process; "lasting" means as long as it.
    * sqlite: dropped bytes become zeros, also in the write-ahead file and in pages that were rebuilt; while
      another program reads, or the disk is full, at the next drop or when it is closed. A file that lost its
      end is damaged.
    * postgres: Unsure comes when the server stays away after its answer was lost. What was dropped stays in
      the server's pages until its VACUUM, and in its log and backups until those are let go: only the loss of
      its key ends it.
    * bundle: every commit has a digest, so a changed byte is always noticed. A file cut at any byte gives the
      whole commits before the cut. Dropped bytes are written over with zeros where the disk writes in place.
    """

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """Put and drop, all or nothing; lasting on return."""
        ...

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        ...

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those of the names that are there, in any order, each once."""
        ...

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what was put on the shelf after ``cursor``, oldest first."""
        ...

    def close(self) -> None:
        """Let go of files. A later question opens them again."""
        ...

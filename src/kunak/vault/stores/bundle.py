"""A store in one append-only file: to be carried on a stick, sent, or kept as a copy. It knows no key.

The file is a first line and then one record for every commit (see stores.record); a commit is one append and
one fsync, so it is all there or not. A torn end is left where it is until the next commit takes its place.

Dropping. The file is written anew without what was dropped, flushed, and takes the old one's place; then the
old one's bytes are written over with zeros, unless it has another name elsewhere. The same is done when a
keystore is replaced, and when replaced caches fill more than half of the file. That covers disks that write
in place. It does not cover flash that moves blocks, file systems that copy on write, snapshots and backups,
nor a power cut between the two steps; there, as everywhere, the loss of the key is what ends a blob.

Two programs. Each question holds the lock of the file (flock), shared; each commit holds it alone. Whoever
waited for it looks whether the file is still the one under that name.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from kunak.vault.codec import NotReadable
from kunak.vault.stores import REPLACEABLE, Blob, Busy, Full, NotReached, StoreDamaged, Taken, Unsure
from kunak.vault.stores.on_disk import flush_folder, open_private, wipe, write, write_zeros
from kunak.vault.stores.record import FIRST_LINE, Frame, Put, Torn, read, spell

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_AT_ONCE = 4 << 20  # bytes of blobs in one answer, and what else their records hold
_LOOSE = 65_536  # bytes of replaced blobs that may lie about, however small the rest is


class _Place(NamedTuple):
    cursor: int
    record: int  # where its record begins
    size: int


class BundleStore:
    """Keeps blobs in the file at ``path``, which it makes when asked the first question."""

    patience: float = 5.0  # seconds to wait for another program

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = RLock()
        self._file = -1
        self._forget()

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """One record, appended and flushed; a file written anew where bytes must go."""
        put, drop = tuple(put), tuple(drop)
        with self._asking(alone=True):
            if fcntl.fcntl(self._file, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
                raise NotReached()
            gone = tuple(place for place in dict.fromkeys(drop) if self._at(*place))
            new = self._news(put, frozenset(gone))
            if not new and not gone:
                return
            puts = tuple(Put(self._head + i, *blob) for i, blob in enumerate(new, 1))
            frame = Frame(self._head + len(puts), puts, gone)
            if self._must_go(puts, gone):
                self._write_anew(frame)
            else:
                self._append(frame)

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        for _, sealed in self.fetch(shelf, (name,)):
            return sealed
        return None

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those that are there."""
        wanted = set(names)
        while wanted:
            with self._asking():
                there = sorted(at for name in wanted if (at := self._at(shelf, name)))
                found = self._read(shelf, there)
            yield from ((put.name, put.sealed) for put in found)
            wanted = wanted.difference(put.name for put in found) if len(found) < len(there) else set()

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what came after ``cursor``, oldest first."""
        found = [Put(cursor, shelf, b"", b"")]
        while found:
            with self._asking():
                newer = []
                for at in reversed(self._shelves.get(shelf, {}).values()):
                    if at.cursor <= found[-1].cursor:
                        break
                    newer.append(at)
                found = self._read(shelf, newer[::-1])
            yield from ((put.cursor, put.name, put.sealed) for put in found)

    def close(self) -> None:
        """Close the file. A later question opens it."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1
            self._forget()

    # What is known of the file.

    def _forget(self) -> None:
        self._shelves: dict[str, dict[bytes, _Place]] = {}
        self._records: list[int] = []  # where each begins
        self._whole = 0  # where the whole records end
        self._head = 0  # the highest cursor given
        self._loose = 0  # bytes of replaced blobs
        self._live = 0

    def _at(self, shelf: str, name: bytes) -> _Place | None:
        return self._shelves.get(shelf, {}).get(name)

    def _news(self, put: Sequence[Blob], dropped: frozenset[tuple[str, bytes]]) -> list[Blob]:
        """Those that are not there yet, each once. Raises Taken."""
        new: dict[tuple[str, bytes], Blob] = {}
        for blob in put:
            place = (blob.shelf, blob.name)
            if blob.shelf not in REPLACEABLE:
                there = new[place].sealed if place in new else None
                if there is None and place not in dropped and (at := self._at(*place)):
                    there = self._read(blob.shelf, (at,))[0].sealed
                if there is not None and there != blob.sealed:
                    raise Taken()
                if there is not None:
                    continue
            new.pop(place, None)  # put twice in one commit: the later one counts, at its own place
            new[place] = blob
        return list(new.values())

    def _must_go(self, puts: Sequence[Put], gone: Sequence[tuple[str, bytes]]) -> bool:
        """Whether bytes must leave the file: dropped ones, an older keystore, too many old caches."""
        replaced = [at.size for put in puts if (at := self._at(put.shelf, put.name))]
        secret = any(put.shelf == "keystore" and self._at(put.shelf, put.name) for put in puts)
        return bool(gone) or secret or self._loose + sum(replaced) > max(self._live, _LOOSE)

    def _learn(self, begins: int, frame: Frame, end: int) -> None:
        for shelf, name in frame.drop:
            self._take_out(shelf, name)
        for put in frame.put:
            if not self._head < put.cursor <= frame.head:
                raise StoreDamaged()
            if self._take_out(put.shelf, put.name) and put.shelf not in REPLACEABLE:
                raise StoreDamaged()
            at = _Place(put.cursor, begins, len(put.sealed))
            self._shelves.setdefault(put.shelf, {})[put.name] = at
            self._head = put.cursor
            self._live += at.size
        if frame.head < self._head:
            raise StoreDamaged()
        self._head, self._whole = frame.head, end
        self._records.append(begins)

    def _take_out(self, shelf: str, name: bytes) -> bool:
        was = self._shelves.get(shelf, {}).pop(name, None)
        if was is not None:
            self._live -= was.size
            self._loose += was.size
        return was is not None

    # Reading.

    @contextmanager
    def _asking(self, alone: bool = False) -> Iterator[None]:
        """The open file, locked and known to its end, with the system's errors turned into ours."""
        with self._lock:
            try:
                self._hold(fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
                try:
                    self._catch_up()
                    yield
                finally:
                    if self._file >= 0:
                        fcntl.flock(self._file, fcntl.LOCK_UN)
            except OSError as error:
                raise (Full if error.errno in _NO_ROOM else NotReached)() from None
            except NotReadable:
                raise StoreDamaged() from None

    def _hold(self, lock: int) -> None:
        """Open the file if need be and lock it, and do so again if another file has taken its place."""
        until = time.monotonic() + self.patience
        while True:
            if self._file < 0:
                self._file = open_private(self.path)
            try:
                fcntl.flock(self._file, lock | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy() from None
                time.sleep(0.005)
                continue
            if self._is_current():
                return
            self.close()

    def _is_current(self) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(os.stat(self.path), os.fstat(self._file))
        return False

    def _catch_up(self) -> None:
        """Learn what other programs have appended since; a torn end is left where it is."""
        size = os.fstat(self._file).st_size
        if size < self._whole:
            self._forget()
        if not self._whole:
            begin = os.pread(self._file, len(FIRST_LINE), 0)
            if size <= len(FIRST_LINE) and (begin + FIRST_LINE[size:] == FIRST_LINE or not any(begin)):
                if begin != FIRST_LINE:
                    return  # new, or its maker did not live to the end of the first line
            elif begin != FIRST_LINE:
                raise StoreDamaged()
            self._whole = len(FIRST_LINE)
        with suppress(Torn):
            while self._whole < size:
                frame, end = read(self._file, self._whole, size)
                self._learn(self._whole, frame, end)

    def _read(self, shelf: str, wanted: Sequence[_Place]) -> list[Put]:
        """As much as fits into one answer, each record once and its digest checked again."""
        size, taken, found = os.fstat(self._file).st_size, 0, list[Put]()
        for begins, places in groupby(wanted, key=lambda at: at.record):
            cursors = {at.cursor for at in places}
            try:
                frame, end = read(self._file, begins, size)
            except Torn:
                raise StoreDamaged() from None  # it was whole before
            here = [put for put in frame.put if put.cursor in cursors and put.shelf == shelf]
            if len(here) != len(cursors):
                raise StoreDamaged()
            found += here
            taken += end - begins
            if taken > _AT_ONCE:
                break
        return found

    # Writing.

    def _append(self, frame: Frame) -> None:
        """If it fails, the file is cut back to where it was."""
        if os.fstat(self._file).st_size != self._whole:
            # What was torn goes first, for sure: its bytes must never be seen behind those of a new record.
            os.ftruncate(self._file, self._whole)
            os.fsync(self._file)
        if not self._whole:
            write(self._file, FIRST_LINE, 0)
            os.fsync(self._file)
            self._whole = len(FIRST_LINE)
        record = spell(frame, self._whole)
        try:
            write(self._file, record, self._whole)
            os.fsync(self._file)
        except BaseException:
            self._cut_back()
            raise
        self._learn(self._whole, frame, self._whole + len(record))

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._file, self._whole)
            os.fsync(self._file)
        except OSError:
            self.close()  # whoever asks next reads the file for what it is
            raise Unsure() from None

    def _write_anew(self, frame: Frame) -> None:
        """Another file with what stays, each commit still a record, takes the place of this one."""
        beside = self.path.with_name(f".{self.path.name}.new")
        with suppress(FileNotFoundError):
            wipe(beside)  # a program that was killed here left it behind
        new = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(new, fcntl.LOCK_EX)  # before anyone else can see it
            self._copy_what_stays(new, frame)
            os.fsync(new)
            os.rename(beside, self.path)
        except BaseException:
            os.close(new)
            self._forget()
            with suppress(OSError):
                os.unlink(beside)
            raise
        old, self._file = self._file, new
        self._forget()
        try:
            flush_folder(self.path)
            with suppress(OSError):  # the new file stands: what fails here loses nothing
                write_zeros(old)
        except OSError:
            raise Unsure() from None
        finally:
            os.close(old)
        self._catch_up()

    def _copy_what_stays(self, new: int, frame: Frame) -> None:
        for shelf, name in (*frame.drop, *((put.shelf, put.name) for put in frame.put)):
            self._take_out(shelf, name)
        stays = {at.cursor for there in self._shelves.values() for at in there.values()}
        write(new, FIRST_LINE, 0)
        end = len(FIRST_LINE)
        for begins in self._records:
            old, _ = read(self._file, begins, self._whole)
            put = tuple(put for put in old.put if put.cursor in stays)
            if put:
                end += write(new, spell(Frame(old.head, put, ()), end), end)
        write(new, spell(frame._replace(drop=()), end), end)

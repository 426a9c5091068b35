"""A file for its owner alone: opened, written whole, made lasting, written over."""

import errno
import os
import stat
from pathlib import Path


def open_private(path: Path) -> int:
    """The file, made for the owner alone; to be read only where it may not be written."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    if os.fstat(file).st_size == 0:
        flush_folder(path)
    return file


def write(file: int, what: bytes, at: int) -> int:
    done = 0
    while done < len(what):
        done += os.pwrite(file, what[done:], at + done)
    return done


def flush_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_zeros(file: int) -> None:
    """Write zeros over a file that has no name any more."""
    found = os.fstat(file)
    if found.st_nlink == 0 and stat.S_ISREG(found.st_mode):
        for place in range(0, found.st_size, 1 << 20):
            write(file, bytes(min(1 << 20, found.st_size - place)), place)
        os.fsync(file)


def wipe(path: Path) -> None:
    file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.unlink(path)
        write_zeros(file)
    finally:
        os.close(file)

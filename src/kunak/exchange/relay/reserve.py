"""A little room on the disk that is given up when it is full.

Deleting needs room, too: what is overwritten is written beside it first. Without a reserve a full relay could never
be emptied, not even by its office.
"""

import os
from contextlib import suppress
from pathlib import Path

BYTES = 256 * 1024


class Reserve:
    """A file of nothing, for its user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> None:
        """Have the room again, if the disk has it."""
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size == BYTES:
                return
            self._path.touch(mode=0o600)
            try:
                self._path.write_bytes(os.urandom(BYTES))  # zeros would take no room on some disks
            except OSError:
                self.give_up()

    def give_up(self) -> None:
        """Let others have it."""
        with suppress(OSError):
            self._path.unlink()

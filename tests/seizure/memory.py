"""Taking the memory of running processes, as whoever seizes a running machine can."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

_OF_THE_KERNEL = ("[vvar", "[vsyscall")  # the system's clock, mapped into everyone; cannot be read


class NotPermitted(Exception):
    """Our processes let no other program of the same user look into them; root can."""


def image(pid: int) -> list[tuple[str, bytes]]:
    """All that a process can have written in its memory; it stands still meanwhile.

    What only maps a file of the disk to be read or run is left out: it is that file. Raises NotPermitted.
    """
    os.kill(pid, signal.SIGSTOP)
    try:
        return list(_regions(pid))
    except PermissionError as refusal:
        raise NotPermitted(f"this user may not read the memory of processes: {refusal.strerror}") from None
    finally:
        os.kill(pid, signal.SIGCONT)


def _regions(pid: int) -> Iterator[tuple[str, bytes]]:
    proc = Path(f"/proc/{pid}")
    name = _named(pid)
    with (proc / "mem").open("rb", buffering=0) as memory:
        for line in (proc / "maps").read_text().splitlines():
            place, rights, _, _, inode, *path = line.split(maxsplit=5)
            mapped = path[0] if path else "memory"
            only_a_file = inode != "0" and "w" not in rights
            if "r" not in rights or only_a_file or mapped.startswith(_OF_THE_KERNEL):
                continue
            start, end = (int(side, 16) for side in place.split("-"))
            yield f"{name}: {mapped}", _whole(memory.fileno(), start, end)
    for said in ("cmdline", "environ"):
        yield f"{name}: {said}", (proc / said).read_bytes()


def _whole(memory: int, start: int, end: int) -> bytes:
    parts = []
    while start < end:
        parts.append(os.pread(memory, end - start, start))
        if not parts[-1]:
            break
        start += len(parts[-1])
    return b"".join(parts)


def _named(pid: int) -> str:
    said = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    module = said[said.index(b"-m") + 1] if b"-m" in said else said[0]
    return module.decode()


def processes_with(marker: str) -> dict[int, str]:
    """Every process that was started with ``marker`` in its environment, by whomever: its id and its name."""
    found = {}
    for proc in Path("/proc").iterdir():
        if proc.name.isdecimal() and marker.encode() in _read(proc / "environ"):
            found[int(proc.name)] = _named(int(proc.name))
    return found


def is_hidden(pid: int) -> bool:
    """Whether this user may not look at a process that runs."""
    try:
        Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return True
    except OSError:  # it has ended
        return False
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile, or is another user's
        return b""

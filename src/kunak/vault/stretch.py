"""Stretching a passphrase: what one guess costs."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kunak.errors import Locked
from kunak.vault import seal

FLOOR_MIB, FLOOR_PASSES, FLOOR_LANES = 64, 3, 4
_MEMORY = Path("/proc/meminfo")  # of a machine that tells how much of its memory is free
MOST_MIB, MOST_PASSES, MOST_LANES = 8192, 64, 64  # a changed file must not stop the machine either


class MemoryLacking(Locked):
    """To try a passphrase takes {mib} MiB of memory here, and this machine has not so much free."""

    code = "memory-lacking"
    hint = (
        "Close other programs and try again. An office asks for 256 MiB unless its founder chose otherwise: if this"
        " is far more, somebody may have changed the file; open the newest copy that you trust."
    )


@dataclass(frozen=True)
class KdfCost:
    """What one try of a passphrase costs: memory in MiB, passes over it, lanes (RFC 9106)."""

    mib: int = 256
    passes: int = 3
    lanes: int = 4
    floor_waived_for_tests: bool = False

    def within_floor(self) -> bool:
        """Whether it is at least 64 MiB, 3 passes, 4 lanes; or the floor is waived, which only tests do."""
        strong = self.mib >= FLOOR_MIB and self.passes >= FLOOR_PASSES and self.lanes >= FLOOR_LANES
        return strong or (self.floor_waived_for_tests and self.mib >= 1 and self.passes >= 1)

    def bounded(self) -> bool:
        """Whether a machine can be asked to do it at all."""
        return 0 < self.mib <= MOST_MIB and 0 < self.passes <= MOST_PASSES and 0 < self.lanes <= MOST_LANES


DEFAULT_COST = KdfCost()


class Header(NamedTuple):
    """The first part of a keystore: cost and salt of all its slots."""

    mib: int
    passes: int
    lanes: int
    floor_waived_for_tests: bool
    salt: bytes


class Stretched(NamedTuple):
    """A passphrase and what it gave under some header."""

    typed: bytes
    key: bytes


@dataclass(frozen=True)
class SameSalt(KdfCost):
    """The cost and salt of another keystore, with a passphrase that was stretched under them already.

    The empty office of a duress passphrase is founded with it, and so opens no later than any other.
    """

    salt: bytes = b""
    stretched: Stretched = field(default=Stretched(b"", b""), repr=False)


def as_bytes(passphrase: str) -> bytes:
    """NFKC: the same keys give the same bytes, whichever way a system composes letters."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def stretch(header: Header, typed: bytes) -> bytes:
    """Argon2id (RFC 9106, version 0x13), 32 bytes. Raises MemoryLacking."""
    if header.mib > DEFAULT_COST.mib and header.mib > _free_mib():
        raise MemoryLacking(mib=header.mib)  # a system that promises more than it has would end some process
    try:
        argon = Argon2id(
            salt=header.salt,
            length=seal.KEY_BYTES,
            iterations=header.passes,
            lanes=header.lanes,
            memory_cost=header.mib * 1024,
        )
        return argon.derive(typed)
    except MemoryError:
        raise MemoryLacking(mib=header.mib) from None


def _free_mib() -> int:
    """How much memory could be taken now without swapping; where the machine does not tell, more than any asks."""
    with suppress(OSError):
        told = re.search(r"^MemAvailable:\s+(\d+) kB$", _MEMORY.read_text(), re.MULTILINE)
        if told:
            return int(told[1]) // 1024
    return MOST_MIB

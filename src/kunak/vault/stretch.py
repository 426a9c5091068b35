"""Stretching a passphrase: what one guess costs."""

import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kunak.vault import seal

FLOOR_MIB, FLOOR_PASSES, FLOOR_LANES = 64, 3, 4
MOST_MIB, MOST_PASSES, MOST_LANES = 8192, 64, 64  # a changed file must not stop the machine either


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
    """Argon2id (RFC 9106, version 0x13), 32 bytes."""
    argon = Argon2id(
        salt=header.salt,
        length=seal.KEY_BYTES,
        iterations=header.passes,
        lanes=header.lanes,
        memory_cost=header.mib * 1024,
    )
    return argon.derive(typed)

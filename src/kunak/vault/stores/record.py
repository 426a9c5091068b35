"""How one commit is spelled in a bundle, and how a torn end is told from damage.

A bundle is the line ``kunak-bundle/1``, then one record for every commit:

    "KREC" | where it begins (8 bytes) | bytes of its frame (8) | CRC-32 of these (4)
    | frame | SHA-256 of all that (32) | "END\\n"

Numbers are big-endian. A frame is MessagePack: the highest cursor given so far, what was put (cursor, shelf,
name, sealed) and what was dropped (shelf, name).

A record that stops at the end of the file was cut: it was never acknowledged, or the file lost its end; what
came before counts. So does what came before a last record of full length in which a whole piece between two
boundaries of 512 bytes is zero: a disk that grew the file before the bytes came leaves that behind, and no
whole record looks like it (its first and last bytes are not zero, and sealed bytes are never 512 zeros in a
row). Everything else that does not verify is damage. The head of a record has a checksum of its own, lest a
changed length make the rest look cut off.
"""

import os
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from kunak.vault.codec import pack, unpack
from kunak.vault.stores import StoreDamaged

FIRST_LINE = b"kunak-bundle/1\r\n"
_MARK, _END = b"KREC", b"END\n"
_HEAD = len(_MARK) + 8 + 8 + 4
_TAIL = 32 + len(_END)
_SECTOR = 512  # disks write no less at once


class Put(NamedTuple):
    """A blob in a record."""

    cursor: int
    shelf: str
    name: bytes
    sealed: bytes


class Frame(NamedTuple):
    """What one commit did."""

    head: int
    put: tuple[Put, ...]
    drop: tuple[tuple[str, bytes], ...]


class Torn(Exception):
    """The file ends in what was never written whole. The store takes it for the end of the file."""


def spell(frame: Frame, begins: int) -> bytes:
    """A frame as the record that begins at this byte of a file."""
    packed = pack(frame)
    head = _MARK + begins.to_bytes(8, "big") + len(packed).to_bytes(8, "big")
    record = head + crc32(head).to_bytes(4, "big") + packed
    return record + sha256(record).digest() + _END


def read(file: int, begins: int, size: int) -> tuple[Frame, int]:
    """The frame of the record that begins here, and where it ends. Raises Torn, StoreDamaged."""
    head = os.pread(file, _HEAD, begins)
    if len(head) < _HEAD:
        raise Torn()
    length = _length(head, begins)
    if length is None:
        sectors = os.pread(file, _HEAD + _SECTOR - (begins + _HEAD) % _SECTOR, begins)
        if _has_a_zero_piece(sectors, begins) and not _another_follows(file, begins, size):
            raise Torn()
        raise StoreDamaged()
    end = begins + _HEAD + length + _TAIL
    if end > size:
        raise Torn()
    record = os.pread(file, end - begins, begins)
    body, digest = record[:-_TAIL], record[-_TAIL:]
    if digest == sha256(body).digest() + _END:
        return unpack(body[_HEAD:], Frame), end
    if end == size and _has_a_zero_piece(record, begins):
        raise Torn()
    raise StoreDamaged()


def _length(head: bytes, begins: int) -> int | None:
    """Bytes of the frame behind this head, or None if it is none that belongs here."""
    right = head[:4] == _MARK and head[4:12] == begins.to_bytes(8, "big")
    right = right and head[20:] == crc32(head[:20]).to_bytes(4, "big")
    return int.from_bytes(head[12:20], "big") if right else None


def _has_a_zero_piece(seen: bytes, begins: int) -> bool:
    """Whether a piece of what lies between two boundaries of sectors never came to the disk."""
    first = _SECTOR - begins % _SECTOR
    starts = (0, *range(first, len(seen), _SECTOR))
    ends = (*range(first, len(seen), _SECTOR), len(seen))
    return any(not any(seen[start:end]) for start, end in zip(starts, ends, strict=True))


def _another_follows(file: int, begins: int, size: int) -> bool:
    """Whether a record begins anywhere behind a head that does not verify."""
    rest = os.pread(file, size - begins, begins)
    place = rest.find(_MARK, 1)
    while place >= 0:
        if _length(rest[place : place + _HEAD], begins + place) is not None:
            return True
        place = rest.find(_MARK, place + 1)
    return False

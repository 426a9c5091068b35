"""Attachments: what is too large for an entry, in parts that travel and are shredded with its dossier.

An attachment has a random key of its own, which only the entry that holds its ``Attachment`` tells. Its bytes
are sealed in parts of 64 KiB (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015: the
place of a part and whether it is the last are bound into it); a part is named by the hash of its sealed bytes, and
the segment lists it like a body, so that it is dropped when the dossier is shredded.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.stores import Blob, Store

SHELF = "body"
PART_BYTES = 64 * 1024
MOST_PARTS = 1 << 11  # 128 MiB; what is longer goes in several


class AttachmentDamaged(Damaged):
    """A part of this attachment is missing or was changed."""

    code = "attachment-damaged"
    hint = "Sync with a colleague who has it, or open the newest copy that you trust."


class Attachment(NamedTuple):
    """What an entry keeps of an attachment: everything that is needed to read it."""

    key: bytes
    parts: tuple[bytes, ...]  # names, in order
    length: int
    sha256: bytes  # of the plain bytes


def seal_parts(plain: Iterable[bytes]) -> tuple[Attachment, tuple[Blob, ...]]:
    """An attachment and its sealed parts, from plain bytes in pieces of any size."""
    key, digest, length = secrets.token_bytes(seal.KEY_BYTES), hashlib.sha256(), 0
    blobs = []
    for place, (piece, is_last) in enumerate(_even(plain)):
        digest.update(piece)
        length += len(piece)
        # Only the last part is padded: the others are full, and what is full tells nothing.
        content = seal.pad(piece) if is_last else piece
        sealed = seal.seal(key, content, _aad(place, is_last=is_last))
        blobs.append(Blob(SHELF, seal.digest(sealed), sealed))
    if len(blobs) > MOST_PARTS:
        raise ValueError("larger than an attachment may be")
    return Attachment(key, tuple(blob.name for blob in blobs), length, digest.digest()), tuple(blobs)


def open_parts(store: Store, attachment: Attachment) -> Iterator[bytes]:
    """The plain bytes, part by part. Raises AttachmentDamaged, at the end too, before it is complete."""
    if len(attachment.key) != seal.KEY_BYTES:
        raise AttachmentDamaged()
    digest, length = hashlib.sha256(), 0
    for place, name in enumerate(attachment.parts):
        sealed = store.get(SHELF, name)
        if sealed is None or seal.digest(sealed) != name:
            raise AttachmentDamaged()
        piece = _opened(attachment.key, sealed, place, is_last=place == len(attachment.parts) - 1)
        digest.update(piece)
        length += len(piece)
        yield piece
    if length != attachment.length or digest.digest() != attachment.sha256:
        raise AttachmentDamaged()


def _opened(key: bytes, sealed: bytes, place: int, *, is_last: bool) -> bytes:
    try:
        content = seal.unseal(key, sealed, _aad(place, is_last=is_last))
        return seal.unpad(content) if is_last else content
    except Damaged:
        raise AttachmentDamaged() from None


def _even(plain: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of PART_BYTES, each with whether it is the last; one empty piece where there is nothing."""
    held = bytearray()
    for piece in plain:
        held += piece
        while len(held) > PART_BYTES:
            yield bytes(held[:PART_BYTES]), False
            del held[:PART_BYTES]
    yield bytes(held), True


def _aad(place: int, *, is_last: bool) -> bytes:
    return seal.context("attachment", place.to_bytes(8, "big"), b"\1" if is_last else b"\0")

"""Attachments of a thread: what a person sends besides words, sealed in parts, and how the parts reach the relay.

Each attachment has a random key of its own and a random upload id. Its bytes are cut into parts of 64 KiB (the
STREAM construction, as in ``kunak.vault.attachments``), the last one is filled with zeros, and parts of zeros
follow up to one of a few numbers of parts: the relay sees one size of part, and a coarse number of them. The
nonce is the part's place, so the same part sealed again is the same bytes: sending is begun again after any break,
and what is there already changes nothing. A key is therefore used for one content only.

What opens it travels inside the sealed report (``Attached``). At the relay nothing joins an upload to a report,
a mailbox or another upload.

The sender below is the reference for the page's script. It uses nothing that WebCrypto has not.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import httpx2

from kunak.errors import Refused
from kunak.vault import seal
from kunak.vault.attachments import AttachmentDamaged
from kunak.vault.codec import NotReadable
from kunak.vault.stores import NotReached

PATH = "/u"
ID_BYTES = 16
PART_BYTES = 64 * 1024
SEALED_BYTES = 1 + PART_BYTES + seal.TAG_BYTES
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384)  # parts of one upload
MOST_BYTES = 25_000_000
MOST_ATTACHED = 8  # to one report
THERE_BYTES = COUNTS[-1] // 8
TYPES = ("jpg", "png", "webp", "heic", "mp4", "webm", "mp3", "m4a", "ogg", "pdf", "txt", "bin")
_TRIES = 20  # breaks in a row without one part coming through
_NUMBER = 2  # bytes


class AttachmentSize(Refused):
    """This file is empty, or larger than {most} MB."""

    code = "attachment-size"
    hint = "Send a smaller one, or a part of it."


class AttachmentNotSent(NotReached):
    """The attachment did not arrive."""

    code = "attachment-not-sent"
    hint = "Try again: what has arrived already is not sent a second time."


class Attached(NamedTuple):
    """What a report tells of one attachment: everything that is needed to fetch and read it.

    ``size`` is in bytes, without the filling; ``parts`` follows from it; ``sha256`` is of the plain bytes;
    ``sort`` is one of TYPES, by the sender's word; ``evidence``: the person wants it kept as it is.
    """

    upload: bytes
    key: bytes
    parts: int
    size: int
    sha256: bytes
    sort: str
    evidence: bool = False


def parts_for(size: int) -> int:
    """How many parts ``size`` bytes are sent in. Raises AttachmentSize."""
    if not 0 < size <= MOST_BYTES:
        raise AttachmentSize(most=MOST_BYTES // 1_000_000)
    return next(count for count in COUNTS if size <= count * PART_BYTES)


def attach(plain: bytes, sort: str, *, evidence: bool = False) -> Attached:
    """Give an attachment its key and its upload id. Raises AttachmentSize; ValueError for an unknown ``sort``."""
    if sort not in TYPES:
        raise ValueError("no such type of attachment")
    return Attached(
        upload=secrets.token_bytes(ID_BYTES),
        key=secrets.token_bytes(seal.KEY_BYTES),
        parts=parts_for(len(plain)),
        size=len(plain),
        sha256=hashlib.sha256(plain).digest(),
        sort=sort,
        evidence=evidence,
    )


def check(attached: Attached) -> None:
    """Raise Damaged for what no sender of ours says."""
    lengths = len(attached.upload), len(attached.key), len(attached.sha256)
    if lengths != (ID_BYTES, seal.KEY_BYTES, 32) or attached.sort not in TYPES:
        raise NotReadable()
    if not 0 < attached.size <= MOST_BYTES or attached.parts != parts_for(attached.size):
        raise NotReadable()


def seal_part(attached: Attached, plain: bytes, place: int) -> bytes:
    """Part ``place`` of ``plain``, SEALED_BYTES long; the same each time."""
    piece = plain[place * PART_BYTES : (place + 1) * PART_BYTES].ljust(PART_BYTES, b"\0")
    return seal.seal_at(attached.key, place, piece, _aad(attached, place))


def open_parts(attached: Attached, sealed: Iterable[bytes]) -> Iterator[bytes]:
    """The plain bytes, part by part. Raises AttachmentDamaged, at the end too, before it is complete."""
    digest, left, place = hashlib.sha256(), attached.size, 0
    for place, part in enumerate(sealed, 1):
        piece = _opened(attached, part, place - 1)
        if any(piece[left:]):
            raise AttachmentDamaged()
        digest.update(piece[:left])
        yield piece[:left]
        left -= len(piece[:left])
    if place != attached.parts or left or digest.digest() != attached.sha256:
        raise AttachmentDamaged()


def spell_part(attached: Attached, place: int, sealed: bytes) -> bytes:
    """One part as it is posted: upload id, place, number of parts (two bytes each), the sealed part."""
    numbers = place.to_bytes(_NUMBER, "big") + attached.parts.to_bytes(_NUMBER, "big")
    return attached.upload + numbers + sealed


class Spelled(NamedTuple):
    """One part as it came."""

    upload: bytes
    place: int
    parts: int
    sealed: bytes


SPELLED_BYTES = ID_BYTES + 2 * _NUMBER + SEALED_BYTES


def read_part(spelled: bytes) -> Spelled:
    """What ``spell_part`` spelled. Raises Damaged for another length or number."""
    if len(spelled) != SPELLED_BYTES:
        raise NotReadable()
    place = int.from_bytes(spelled[ID_BYTES : ID_BYTES + _NUMBER], "big")
    parts = int.from_bytes(spelled[ID_BYTES + _NUMBER : ID_BYTES + 2 * _NUMBER], "big")
    if parts not in COUNTS or place >= parts:
        raise NotReadable()
    return Spelled(spelled[:ID_BYTES], place, parts, spelled[ID_BYTES + 2 * _NUMBER :])


def spell_there(places: Iterable[int]) -> bytes:
    """Which parts are there: a bit for each, the first part the highest bit of the first byte."""
    bits = bytearray(THERE_BYTES)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return bytes(bits)


def missing(attached: Attached, there: bytes) -> list[int]:
    """The parts that are not there, by what ``spell_there`` spelled."""
    return [place for place in range(attached.parts) if not there[place // 8] & 0x80 >> place % 8]


class Sender:
    """Brings the parts of one attachment to the relay, over any line that lets a part through now and then.

    ``client`` reaches the office's pages; ``pause`` waits some seconds before the next try.
    """

    def __init__(self, client: httpx2.Client, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause
        self.posted = 0  # parts that were put on the line, with those that broke

    def send(self, attached: Attached, plain: bytes) -> None:
        """Send what is not there yet; on return all parts are. Raises AttachmentNotSent: send again later."""
        breaks, left = 0, attached.parts + 1
        while breaks < _TRIES:
            try:
                lacking = missing(attached, self._ask(attached.upload))
                breaks = 0 if len(lacking) < left else breaks
                left = len(lacking)
                if not lacking:
                    return
                for place in lacking:
                    self.posted += 1
                    self._ask(spell_part(attached, place, seal_part(attached, plain, place)))
            except httpx2.HTTPError:
                breaks += 1
                self._pause(min(0.5 * 2**breaks, 15.0))
        raise AttachmentNotSent()

    def _ask(self, body: bytes) -> bytes:
        answer = self._client.post(PATH, content=body, headers={"content-type": "application/octet-stream"})
        if answer.status_code != 200:
            raise AttachmentNotSent()
        return answer.content


def _opened(attached: Attached, sealed: bytes, place: int) -> bytes:
    if place >= attached.parts or len(sealed) != SEALED_BYTES:
        raise AttachmentDamaged()
    try:
        return seal.open_at(attached.key, place, sealed, _aad(attached, place))
    except seal.NotOpened:
        raise AttachmentDamaged() from None


def _aad(attached: Attached, place: int) -> bytes:
    last = b"\1" if place == attached.parts - 1 else b"\0"
    return seal.context("upload", attached.upload, place.to_bytes(8, "big"), last)

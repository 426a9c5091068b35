"""Sealing: every use of cryptography in the house, under a few plain names.

Every sealed thing begins with a suite byte, so that an old one can be told from a new one for ever; every key
and every sealed thing is bound to a context string that begins with ``kunak/v1/``, so that nothing sealed for
one purpose opens for another. Suite 1: AES-256-GCM with random 96-bit nonces, HKDF-SHA256, Ed25519, Argon2id,
and HPKE (RFC 9180) with X-Wing (ML-KEM-768 with X25519), HKDF-SHA256 and AES-256-GCM.
"""

import hashlib
import os
from struct import Struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kunak.errors import Damaged

SUITE = b"\x01"
CONTEXT = b"kunak/v1/"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SIGNATURE_BYTES = 64
X_WING_PUBLIC_BYTES = 1184 + 32  # ML-KEM-768, then X25519
X_WING_ENC_BYTES = 1088 + 32
LEAST_PADDED = 256

_LENGTH = Struct(">I")
_HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class NotOpened(Damaged):
    """A sealed record does not open: it was changed, moved, or sealed with another key."""

    code = "seal-not-opened"
    hint = "The file is damaged, or something else changed it. Open the newest copy that you trust."


class NotSigned(Damaged):
    """A signature is not by the key that should have made it."""

    code = "seal-not-signed"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


def context(purpose: str, *parts: bytes) -> bytes:
    """``kunak/v1/purpose``, then every part behind its length: no two lists of parts read the same."""
    return then(CONTEXT + purpose.encode("ascii") + b"\0", *parts)


def then(beginning: bytes, *parts: bytes) -> bytes:
    """A context that goes on: ``then(context(p, a), b)`` is ``context(p, a, b)``."""
    said = [beginning]
    for part in parts:
        said += (_LENGTH.pack(len(part)), part)
    return b"".join(said)


def derive(key: bytes, info: bytes, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)


def digest(received: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(received).digest()


def seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Suite byte, random nonce, AES-256-GCM. A key seals far fewer than 2**32 things, so chance suffices."""
    nonce = os.urandom(NONCE_BYTES)
    return SUITE + nonce + AESGCM(key).encrypt(nonce, plain, SUITE + aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """What was sealed with this key and this associated data. Raises Damaged."""
    if sealed[:1] != SUITE or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
        raise NotOpened()
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], SUITE + aad)
    except InvalidTag:
        raise NotOpened() from None


def seal_at(key: bytes, place: int, plain: bytes, aad: bytes) -> bytes:
    """Suite byte, AES-256-GCM with the place as nonce: the same bytes each time.

    For a key that seals one thing in parts, each place once: never two contents at one place.
    """
    return SUITE + AESGCM(key).encrypt(place.to_bytes(NONCE_BYTES, "big"), plain, SUITE + aad)


def open_at(key: bytes, place: int, sealed: bytes, aad: bytes) -> bytes:
    """What ``seal_at`` sealed with the same key, place and associated data. Raises Damaged."""
    if sealed[:1] != SUITE or len(sealed) < 1 + TAG_BYTES:
        raise NotOpened()
    try:
        return AESGCM(key).decrypt(place.to_bytes(NONCE_BYTES, "big"), sealed[1:], SUITE + aad)
    except InvalidTag:
        raise NotOpened() from None


class Opener:
    """``unseal`` with one key and one beginning of the associated data, for many things."""

    def __init__(self, key: bytes, beginning: bytes) -> None:
        self._decrypt = AESGCM(key).decrypt
        self._beginning = SUITE + beginning

    def open(self, sealed: bytes, *rest: bytes) -> bytes:
        """What was sealed with ``then(beginning, *rest)``. Raises Damaged."""
        if sealed[:1] != SUITE or len(sealed) < 1 + NONCE_BYTES + TAG_BYTES:
            raise NotOpened()
        try:
            return self._decrypt(
                sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], then(self._beginning, *rest)
            )
        except InvalidTag:
            raise NotOpened() from None


def seal_to(public_key: MLKEM768X25519PublicKey, info: bytes, plaintext: bytes) -> bytes:
    """Suite byte, X-Wing encapsulation (1,120 bytes), ciphertext, tag (16 bytes): HPKE base mode."""
    return SUITE + _HPKE.encrypt(plaintext, public_key, SUITE + info)


def open_with(private_key: MLKEM768X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """What was sealed to this key with the same ``info``. Raises Damaged."""
    if sealed[:1] != SUITE or len(sealed) < 1 + X_WING_ENC_BYTES + TAG_BYTES:
        raise NotOpened()
    try:
        return _HPKE.decrypt(sealed[1:], private_key, SUITE + info)
    except (InvalidTag, ValueError):  # ValueError: an encapsulation that is no point of the curve
        raise NotOpened() from None


def x_wing_from_seed(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The X-Wing key of a 32-byte seed: SHAKE-256 gives 64 bytes for ML-KEM-768, 32 for X25519."""
    if len(seed) != KEY_BYTES:
        raise ValueError("a seed has 32 bytes")
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )


def x_wing_public_bytes(seed: bytes) -> bytes:
    """The public key (1,216 bytes) of a seed: ML-KEM-768 encapsulation key, then X25519 public key."""
    if len(seed) != KEY_BYTES:
        raise ValueError("a seed has 32 bytes")
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    curve = X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()
    return lattice + curve


def load_x_wing_public(public: bytes) -> MLKEM768X25519PublicKey:
    """A public key from its 1,216 bytes. Raises Damaged."""
    if len(public) != X_WING_PUBLIC_BYTES:
        raise NotOpened()
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:-32]), X25519PublicKey.from_public_bytes(public[-32:])
        )
    except ValueError:
        raise NotOpened() from None


def ed25519_from_seed(seed: bytes) -> Ed25519PrivateKey:
    """The signing key of a 32-byte seed (RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def ed25519_public_bytes(seed: bytes) -> bytes:
    """The 32 bytes of a seed's public key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Return if ``signature`` over ``message`` is by the Ed25519 key ``public``; else raise Damaged."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NotSigned() from None


def padme(length: int, least: int = LEAST_PADDED) -> int:
    """The padded length for ``length`` bytes: at most 12 % more, and only O(log log length) told.

    Padmé, from Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs"
    (PETS 2019), algorithm 1; never below ``least``.
    """
    if length <= least:
        return least
    exponent = length.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return length + mask & ~mask


def pad(plain: bytes, least: int = LEAST_PADDED) -> bytes:
    """``plain``, a mark, and zeros up to its Padmé length."""
    marked = plain + b"\x80"
    return marked.ljust(padme(len(marked), least), b"\0")


def unpad(padded: bytes, least: int = LEAST_PADDED) -> bytes:
    """What was padded. Anything that ``pad`` cannot have made raises Damaged."""
    marked = padded.rstrip(b"\0")
    if marked[-1:] != b"\x80" or len(padded) != (
        least if len(marked) <= least else padme(len(marked), least)
    ):
        raise NotOpened()
    return marked[:-1]

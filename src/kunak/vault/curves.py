"""Sealing and signing with what browsers can do: the curves that WebCrypto has.

Suite 2 is HPKE (RFC 9180) with DHKEM(X25519), suite 3 the same with DHKEM(P-256) for browsers without X25519;
both with HKDF-SHA256 and AES-256-GCM. Signatures are ECDSA over P-256 with SHA-256, 64 bytes, r then s, as
WebCrypto makes them. Neither withstands a large quantum computer: whatever is kept for long is sealed once more
with X-Wing (``seal``), or with a secret key that both sides have.

Keys are derived, so that nobody has to keep them: an X25519 key from 32 bytes of HKDF, a P-256 key from 48,
reduced to 1 … n - 1 (FIPS 186-5, A.2.1: the bias is below 2**-127).
"""

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kunak.vault import seal
from kunak.vault.seal import NotOpened, NotSigned

BY_X25519 = b"\x02"
BY_P256 = b"\x03"
SUITES = (BY_X25519, BY_P256)
X25519_BYTES = 32
P256_BYTES = 65  # of a public key: 4, x, y
SCALAR_BYTES = 32
ENC_BYTES = {BY_X25519: X25519_BYTES, BY_P256: P256_BYTES}
INTAKE_BYTES = seal.X_WING_PUBLIC_BYTES + X25519_BYTES + P256_BYTES
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n, of P-256

_CURVE = ec.SECP256R1()
_WIDE = 48  # bytes of HKDF for one scalar
_X25519 = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_P256 = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def p256_scalar(key: bytes, info: bytes) -> bytes:
    """The private key (32 bytes, big-endian) that ``key`` gives for one use."""
    wide = int.from_bytes(seal.derive(key, info, length=_WIDE), "big")
    return (wide % (ORDER - 1) + 1).to_bytes(SCALAR_BYTES, "big")


def p256_public_bytes(scalar: bytes) -> bytes:
    """The public key (65 bytes, not compressed) of a private one."""
    return _p256(scalar).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign(scalar: bytes, message: bytes) -> bytes:
    """ECDSA over P-256 with SHA-256: r and s, 32 bytes each."""
    r, s = decode_dss_signature(_p256(scalar).sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Return if ``signature`` over ``message`` is by the P-256 key ``public``; else raise NotSigned."""
    if len(signature) != seal.SIGNATURE_BYTES:
        raise NotSigned()
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        _p256_public(public).verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise NotSigned() from None


def seal_to(suite: bytes, public: bytes, info: bytes, plain: bytes) -> bytes:
    """Suite byte, the sender's fresh public key, ciphertext, tag (16 bytes). Raises NotOpened for no key."""
    try:
        if suite == BY_X25519:
            return suite + _X25519.encrypt(plain, X25519PublicKey.from_public_bytes(public), suite + info)
        return suite + _P256.encrypt(plain, _p256_public(public), suite + info)
    except ValueError:
        raise NotOpened() from None


def open_with(private: bytes, info: bytes, sealed: bytes) -> bytes:
    """What was sealed to the key of these 32 bytes, by the suite that its first byte names. Raises NotOpened."""
    suite, rest = sealed[:1], sealed[1:]
    if suite not in SUITES or len(rest) < ENC_BYTES[suite] + seal.TAG_BYTES:
        raise NotOpened()
    try:
        if suite == BY_X25519:
            return _X25519.decrypt(rest, X25519PrivateKey.from_private_bytes(private), suite + info)
        return _P256.decrypt(rest, _p256(private), suite + info)
    except (InvalidTag, ValueError):  # ValueError: what stands for a public key is none
        raise NotOpened() from None


def intake_private(seed: bytes, suite: bytes) -> bytes:
    """The office's private key for one suite, from the seed of its intake key."""
    if suite == BY_X25519:
        return seal.derive(seed, seal.context("intake/x25519"))
    return p256_scalar(seed, seal.context("intake/p256"))


def intake_public_bytes(seed: bytes) -> bytes:
    """All that people may seal to, 1,313 bytes: X-Wing, then X25519, then P-256."""
    curve = X25519PrivateKey.from_private_bytes(intake_private(seed, BY_X25519)).public_key()
    p256 = p256_public_bytes(intake_private(seed, BY_P256))
    return seal.x_wing_public_bytes(seed) + curve.public_bytes_raw() + p256


def intake_part(public: bytes, suite: bytes) -> bytes:
    """The part of an intake key that a suite seals to; empty if it is an older one, of X-Wing alone."""
    curves = public[seal.X_WING_PUBLIC_BYTES :]
    if suite == seal.SUITE:
        return public[: seal.X_WING_PUBLIC_BYTES]
    return curves[:X25519_BYTES] if suite == BY_X25519 else curves[X25519_BYTES:]


def check_intake(public: bytes) -> None:
    """Raise Damaged for what is no intake key. One of X-Wing alone (1,216 bytes) is one."""
    seal.load_x_wing_public(intake_part(public, seal.SUITE))
    if len(public) == seal.X_WING_PUBLIC_BYTES:
        return
    if len(public) != INTAKE_BYTES:
        raise NotOpened()
    try:
        _p256_public(intake_part(public, BY_P256))
    except ValueError:
        raise NotOpened() from None


def _p256(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(scalar, "big"), _CURVE)


def _p256_public(public: bytes) -> ec.EllipticCurvePublicKey:
    if len(public) != P256_BYTES:
        raise ValueError("a public key of P-256 has 65 bytes here")
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)

"""What browsers can do, too: HPKE over two curves and ECDSA, held to RFC 9180, RFC 6979 and each other."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from test_standard_vectors import AES_256_GCM, HKDF_SHA256, expand, extract, of_hpke, schedule

from kunak.errors import Damaged
from kunak.vault import curves, seal

KEM = {curves.BY_X25519: 0x0020, curves.BY_P256: 0x0010}
SEED = bytes(range(32))
INTAKE = curves.intake_public_bytes(SEED)
suites = pytest.mark.parametrize("suite", curves.SUITES, ids=["X25519", "P-256"])


def exchanged(suite: bytes, private: bytes, public: bytes) -> bytes:
    """The bare Diffie-Hellman of a suite."""
    if suite == curves.BY_X25519:
        return X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    return key.exchange(ec.ECDH(), other)


def shared_secret(suite: bytes, private: bytes, enc: bytes, public: bytes) -> bytes:
    """RFC 9180, section 4.1: ExtractAndExpand over the exchange, bound to both public keys."""
    named = b"HPKE-v1KEM" + KEM[suite].to_bytes(2, "big")
    prk = extract(b"", named + b"eae_prk" + exchanged(suite, private, enc))
    return expand(prk, b"\0\x20" + named + b"shared_secret" + enc + public, 32)


@suites
def test_the_parts_are_those_of_rfc_9180(suite: bytes) -> None:
    (vector,) = of_hpke("test-vectors.json", KEM[suite], HKDF_SHA256, AES_256_GCM)
    private, enc, public = (bytes.fromhex(vector[name]) for name in ("skRm", "enc", "pkRm"))
    shared = shared_secret(suite, private, enc, public)
    assert shared.hex() == vector["shared_secret"]
    key, nonce, _ = schedule(KEM[suite], shared, bytes.fromhex(vector["info"]))
    assert (key.hex(), nonce.hex()) == (vector["key"], vector["base_nonce"])


@suites
@settings(max_examples=25)
@given(plain=st.binary(max_size=200), info=st.binary(max_size=50))
def test_what_is_sealed_opens_by_those_parts(suite: bytes, plain: bytes, info: bytes) -> None:
    public, private = curves.intake_part(INTAKE, suite), curves.intake_private(SEED, suite)
    sealed = curves.seal_to(suite, public, info, plain)
    size = 1 + curves.ENC_BYTES[suite]
    shared = shared_secret(suite, private, sealed[1:size], public)
    key, nonce, _ = schedule(KEM[suite], shared, suite + info)
    assert AESGCM(key).decrypt(nonce, sealed[size:], b"") == plain
    assert curves.open_with(private, info, sealed) == plain


@suites
@settings(max_examples=60)
@given(place=st.integers(0, 300), flip=st.integers(1, 255), cut=st.integers(0, 300))
def test_what_was_changed_does_not_open(suite: bytes, place: int, flip: int, cut: int) -> None:
    private = curves.intake_private(SEED, suite)
    sealed = curves.seal_to(suite, curves.intake_part(INTAKE, suite), b"info", b"plain" * 20)
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= flip
    for wrong in (bytes(changed), sealed[: cut % len(sealed)], sealed + b"\0"):
        with pytest.raises(Damaged):
            curves.open_with(private, b"info", wrong)
    with pytest.raises(Damaged):
        curves.open_with(private, b"other", sealed)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x01", b"\x02", b"\x03", b"\x03\x04"]))
def test_bytes_from_anywhere_are_damaged_and_nothing_else(received: bytes, first: bytes) -> None:
    for act in (
        lambda: curves.open_with(SEED, b"", first + received),
        lambda: curves.verify(received, received[:64], b""),
        lambda: curves.verify(INTAKE[-65:], received, b""),
        lambda: curves.check_intake(received),
        lambda: curves.check_intake(INTAKE[:1216] + received),
    ):
        try:
            act()
        except Damaged:
            continue
        assert received == b""  # an intake key of X-Wing alone


def test_a_signature_is_by_one_key_over_one_message() -> None:
    scalar, other = (curves.p256_scalar(SEED, info) for info in (b"a", b"b"))
    public, signature = curves.p256_public_bytes(scalar), curves.sign(scalar, b"message")
    assert len(signature) == 64
    curves.verify(public, signature, b"message")
    for key, made, message in (
        (curves.p256_public_bytes(other), signature, b"message"),
        (public, signature, b"another"),
        (public, curves.sign(other, b"message"), b"message"),
        (public, bytes(64), b"message"),
        (public, signature + b"\0", b"message"),
        (bytes(65), signature, b"message"),
    ):
        with pytest.raises(seal.NotSigned):
            curves.verify(key, made, message)


def test_signatures_are_read_as_r_and_s() -> None:
    """RFC 6979, A.2.5: P-256, SHA-256, "sample"."""
    private = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    s = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    curves.verify(curves.p256_public_bytes(private), bytes.fromhex(r + s), b"sample")


def test_derived_scalars_are_private_keys_and_differ_by_use() -> None:
    made = {curves.p256_scalar(secrets.token_bytes(32), b"use") for _ in range(50)}
    assert len(made) == 50
    assert all(0 < int.from_bytes(one, "big") < curves.ORDER for one in made)
    assert curves.p256_scalar(SEED, b"a") != curves.p256_scalar(SEED, b"b")


def test_an_older_intake_key_of_one_part_is_an_intake_key() -> None:
    old = INTAKE[: seal.X_WING_PUBLIC_BYTES]
    curves.check_intake(old)
    assert [curves.intake_part(old, suite) for suite in curves.SUITES] == [b"", b""]
    assert curves.intake_part(INTAKE, seal.SUITE) == old == seal.x_wing_public_bytes(SEED)
    with pytest.raises(Damaged):
        curves.seal_to(curves.BY_X25519, b"", b"", b"")

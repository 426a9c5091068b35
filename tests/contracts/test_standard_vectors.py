"""Published vectors against the very suite that the vault seals with, put together anew from its parts.

No published vector has our suite of HPKE (X-Wing, HKDF-SHA256, AES-256-GCM). So its parts are written down here
once more, from the standards: the key schedule and cipher are held to RFC 9180's vectors, the key encapsulation to
those of the HPKE working group, and then both together to what ``seal`` makes and opens. What else is held to
published vectors: test_vault_seal (AES-GCM, HKDF, Ed25519, Argon2id, X-Wing keys), test_vault_shares (SLIP-39).
"""

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.vault import seal
from kunak.vault.stretch import Header, stretch

PUBLISHED = Path(cryptography_vectors.__file__).parent
X_WING, DHKEM_X25519, HKDF_SHA256, AES_256_GCM = 0x647A, 0x0020, 0x0001, 0x0002


def of_hpke(name: str, *suite: int) -> list[dict[str, Any]]:
    """The vectors of base mode whose suite begins with these numbers."""
    every = json.loads((PUBLISHED / "HPKE" / name).read_text())
    return [
        one
        for one in every
        if one["mode"] == 0 and (one["kem_id"], one["kdf_id"], one["aead_id"])[: len(suite)] == suite
    ]


# RFC 9180: the key schedule of base mode with HKDF-SHA256 and AES-256-GCM


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    made, block = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([count]), "sha256")
        made += block
    return made[:length]


def schedule(kem: int, shared: bytes, info: bytes) -> tuple[bytes, bytes, bytes]:
    """Key, nonce, exporter secret: sections 4 and 5.1."""
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (kem, HKDF_SHA256, AES_256_GCM))

    def labelled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + label + ikm)

    def labelled_expand(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
        return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context, length)

    context = b"\0" + labelled_extract(b"", b"psk_id_hash", b"") + labelled_extract(b"", b"info_hash", info)
    secret = labelled_extract(shared, b"secret", b"")
    key, nonce = (
        labelled_expand(secret, b"key", context, 32),
        labelled_expand(secret, b"base_nonce", context, 12),
    )
    return key, nonce, labelled_expand(secret, b"exp", context, 32)


def test_the_key_schedule_is_that_of_rfc_9180() -> None:
    (vector,) = of_hpke("test-vectors.json", DHKEM_X25519, HKDF_SHA256, AES_256_GCM)
    key, nonce, exporter = schedule(
        DHKEM_X25519, bytes.fromhex(vector["shared_secret"]), bytes.fromhex(vector["info"])
    )
    assert (key.hex(), nonce.hex(), exporter.hex()) == (
        vector["key"],
        vector["base_nonce"],
        vector["exporter_secret"],
    )
    for place, one in enumerate(vector["encryptions"][:20]):  # the nonce of each follows from its place
        at = bytes(a ^ b for a, b in zip(nonce, place.to_bytes(12, "big"), strict=True))
        opened = AESGCM(key).decrypt(at, bytes.fromhex(one["ct"]), bytes.fromhex(one["aad"]))
        assert opened.hex() == one["pt"]


# X-Wing: SHAKE-256, ML-KEM-768, X25519, SHA3-256


def decapsulated(seed: bytes, enc: bytes) -> bytes:
    """The shared secret, by the draft's own words: both secrets, the X25519 keys, a label of six bytes."""
    expanded = hashlib.shake_256(seed).digest(96)
    lattice, curve = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), expanded[64:]
    private = X25519PrivateKey.from_private_bytes(curve)
    by_lattice = lattice.decapsulate(enc[:1088])
    by_curve = private.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    public = private.public_key().public_bytes_raw()
    return combined(by_lattice, by_curve, enc[1088:], public)


def combined(by_lattice: bytes, by_curve: bytes, enc_of_curve: bytes, public_of_curve: bytes) -> bytes:
    return hashlib.sha3_256(
        by_lattice + by_curve + enc_of_curve + public_of_curve + bytes.fromhex("5c2e2f2f5e5c")
    ).digest()


def encapsulated(public: bytes) -> tuple[bytes, bytes]:
    """A fresh shared secret for a public key, and how it is told."""
    by_lattice, enc = MLKEM768PublicKey.from_public_bytes(public[:1184]).encapsulate()
    fresh = X25519PrivateKey.generate()
    told = fresh.public_key().public_bytes_raw()
    by_curve = fresh.exchange(X25519PublicKey.from_public_bytes(public[1184:]))
    return combined(by_lattice, by_curve, told, public[1184:]), enc + told


def test_x_wing_gives_the_secrets_that_the_hpke_working_group_published() -> None:
    vectors = of_hpke("hpke-pq-test-vectors.json", X_WING)
    assert len(vectors) >= 2
    for vector in vectors:
        seed, enc = bytes.fromhex(vector["skRm"]), bytes.fromhex(vector["enc"])
        assert decapsulated(seed, enc).hex() == vector["shared_secret"]
        assert seal.x_wing_public_bytes(seed).hex() == vector["pkRm"]


# Both together: what the vault seals to a key


@settings(max_examples=25)
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_the_vault_seals_to_a_key_opens_by_the_standards_and_the_other_way_round(
    plain: bytes, info: bytes
) -> None:
    seed = secrets.token_bytes(32)
    public = seal.x_wing_public_bytes(seed)
    sealed = seal.seal_to(seal.load_x_wing_public(public), info, plain)
    key, nonce, _ = schedule(X_WING, decapsulated(seed, sealed[1:1121]), b"\1" + info)
    assert AESGCM(key).decrypt(nonce, sealed[1121:], b"") == plain
    shared, enc = encapsulated(public)
    key, nonce, _ = schedule(X_WING, shared, b"\1" + info)
    ours = b"\1" + enc + AESGCM(key).encrypt(nonce, plain, b"")
    assert seal.open_with(seal.x_wing_from_seed(seed), info, ours) == plain


# The others


def test_a_passphrase_is_stretched_as_argon2s_reference_implementation_does() -> None:
    """Argon2id, version 0x13, 64 MiB, 2 passes, 1 lane: src/test.c of phc-winner-argon2."""
    header = Header(64, 2, 1, True, b"somesalt")
    assert (
        stretch(header, b"password").hex()
        == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    )


def test_signatures_are_those_of_rfc_8032() -> None:
    """Section 7.1: tests 1 to 3 and 1024 are lines of sign.input; TEST SHA(abc) stands here."""
    lines = (PUBLISHED / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines()
    published = [line.split(":")[:4] for line in (*lines[:3], lines[1023])]
    abc = hashlib.sha512(b"abc").hexdigest()
    public = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"
    signature = (
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
    )
    seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
    for secret, its_public, message, signed in (*published, [seed + public, public, abc, signature + abc]):
        key, said = bytes.fromhex(secret)[:32], bytes.fromhex(message)
        assert seal.ed25519_public_bytes(key).hex() == its_public
        assert seal.ed25519_from_seed(key).sign(said).hex() == signed[:128]
        seal.verify(bytes.fromhex(its_public), bytes.fromhex(signed[:128]), said)


def test_a_signature_has_one_spelling_only() -> None:
    """RFC 8032, 5.1.7: s must be below the group's order, lest a second signature be made of each."""
    order = 2**252 + 27742317777372353535851937790883648493
    made = seal.ed25519_from_seed(bytes(32)).sign(b"said")
    other = made[:32] + (int.from_bytes(made[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(seal.NotSigned):
        seal.verify(seal.ed25519_public_bytes(bytes(32)), other, b"said")


def test_aes_gcm_refuses_what_nist_says_must_fail() -> None:
    opened = refused = 0
    for text in (PUBLISHED / "ciphers/AES/GCM/gcmDecrypt256.rsp").read_text().split("\n\n"):
        lines = [line.strip() for line in text.splitlines()]
        given_ = dict(line.split(" = ") if " = " in line else (line.removesuffix(" ="), "") for line in lines)
        if len(given_.get("IV", "")) != 24 or len(given_.get("Tag", "")) != 32:
            continue
        key, iv, sealed, aad, tag = (
            bytes.fromhex(given_[name]) for name in ("Key", "IV", "CT", "AAD", "Tag")
        )
        if "FAIL" in given_:
            refused += 1
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt(iv, sealed + tag, aad)
        else:
            opened += 1
            assert AESGCM(key).decrypt(iv, sealed + tag, aad).hex() == given_["PT"]
    assert opened > 100
    assert refused > 100


@settings(max_examples=300)
@given(st.integers(257, 2**40))
def test_padding_is_padme_as_its_paper_says(length: int) -> None:
    """Algorithm 1 of Nikitin et al.: E = floor(log2 L), S = floor(log2 E) + 1, the last E - S bits zero."""
    e = length.bit_length() - 1
    last = e - (e.bit_length() - 1 + 1)
    mask = 2**last - 1
    assert seal.padme(length) == (length + mask) & ~mask

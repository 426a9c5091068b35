"""Sealing, held to published vectors (PyPI cryptography-vectors) and to its own rules."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.errors import Damaged
from kunak.vault import seal

PUBLISHED = Path(cryptography_vectors.__file__).parent
KEY, AAD = bytes(range(32)), b"aad"


def records(path: str, first: str) -> list[dict[str, str]]:
    """The records of a NIST-style file; each begins with the field ``first``."""
    found: list[dict[str, str]] = []
    for line in (PUBLISHED / path).read_text().splitlines():
        name, equals, value = line.partition("=")
        if name.strip() == first and equals:
            found.append({})
        if equals and found and not line.startswith(("#", "[")):
            found[-1][name.strip()] = value.strip()
    return found


def x_wing_vectors() -> list[dict[str, str]]:
    published = json.loads((PUBLISHED / "HPKE" / "hpke-pq-test-vectors.json").read_text())
    return [vector for vector in published if vector["kem_id"] == 0x647A and vector["mode"] == 0]


def test_x_wing_keys_from_seeds_are_those_of_the_draft() -> None:
    assert x_wing_vectors()
    for vector in x_wing_vectors():
        assert seal.x_wing_public_bytes(bytes.fromhex(vector["skRm"])).hex() == vector["pkRm"]


def test_x_wing_opens_what_the_draft_sealed() -> None:
    """The published suite has another cipher than ours (ChaCha20-Poly1305), the same KEM and KDF."""
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    (vector,) = (v for v in x_wing_vectors() if v["kdf_id"] == 1)
    key = seal.x_wing_from_seed(bytes.fromhex(vector["skRm"]))
    first = vector["encryptions"][0]  # type: ignore[index]
    opened = hpke.rust_openssl.hpke._decrypt_with_aad(
        suite,
        bytes.fromhex(vector["enc"] + first["ct"]),
        key,
        bytes.fromhex(vector["info"]),
        bytes.fromhex(first["aad"]),
    )
    assert opened.hex() == first["pt"]


def test_ed25519_is_that_of_rfc_8032() -> None:
    lines = (PUBLISHED / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines()[:200]
    for line in lines:
        secret, public, message, signed = (bytes.fromhex(field) for field in line.split(":")[:4])
        assert seal.ed25519_public_bytes(secret[:32]) == public
        signature = seal.ed25519_from_seed(secret[:32]).sign(message)
        assert signature + message == signed
        seal.verify(public, signature, message)
        with pytest.raises(seal.NotSigned):
            seal.verify(public, signature, message + b"x")


def test_aes_gcm_is_that_of_nist_and_seal_is_made_of_it() -> None:
    vectors = [v for v in records("ciphers/AES/GCM/gcmEncryptExtIV256.rsp", "Count") if len(v["IV"]) == 24]
    for vector in [v for v in vectors if len(v["Tag"]) == 32][:200]:
        key, iv, plain, aad = (bytes.fromhex(vector[name]) for name in ("Key", "IV", "PT", "AAD"))
        assert AESGCM(key).encrypt(iv, plain, aad).hex() == vector["CT"] + vector["Tag"]
    sealed = seal.seal(KEY, b"plain", AAD)
    assert sealed[:1] == b"\x01"
    assert AESGCM(KEY).decrypt(sealed[1:13], sealed[13:], b"\x01" + AAD) == b"plain"


def test_hkdf_is_that_of_rfc_5869() -> None:
    for vector in records("KDF/rfc-5869-HKDF-SHA256.txt", "COUNT"):
        ikm, salt, info = (bytes.fromhex(vector[name]) for name in ("IKM", "salt", "info"))
        assert seal.derive(ikm, info, salt=salt, length=int(vector["L"])).hex() == vector["OKM"]


def test_argon2id_is_that_of_rfc_9106() -> None:
    for vector in records("KDF/argon2id.txt", "COUNT")[:3]:
        given = {name: bytes.fromhex(vector[name]) for name in ("salt", "secret", "ad") if name in vector}
        argon = Argon2id(
            length=int(vector["length"]),
            iterations=int(vector["iter"]),
            lanes=int(vector["lanes"]),
            memory_cost=int(vector["memcost"]),
            **given,
        )
        assert argon.derive(bytes.fromhex(vector["pass"])).hex() == vector["output"]


def test_what_is_sealed_opens_with_the_same_key_and_data_alone() -> None:
    sealed = seal.seal(KEY, b"plain", AAD)
    assert seal.unseal(KEY, sealed, AAD) == b"plain"
    for key, aad in ((bytes(32), AAD), (KEY, b"other"), (KEY, b"")):
        with pytest.raises(seal.NotOpened):
            seal.unseal(key, sealed, aad)
    for length in range(len(sealed)):
        with pytest.raises(seal.NotOpened):
            seal.unseal(KEY, sealed[:length], AAD)


def test_the_same_thing_sealed_twice_looks_different() -> None:
    assert seal.seal(KEY, b"plain", AAD) != seal.seal(KEY, b"plain", AAD)


def test_what_is_sealed_to_a_key_opens_with_its_seed_alone() -> None:
    public = seal.load_x_wing_public(seal.x_wing_public_bytes(KEY))
    sealed = seal.seal_to(public, b"info", b"plain")
    assert len(sealed) == 1 + 1120 + 5 + 16
    assert seal.open_with(seal.x_wing_from_seed(KEY), b"info", sealed) == b"plain"
    with pytest.raises(seal.NotOpened):
        seal.open_with(seal.x_wing_from_seed(bytes(32)), b"info", sealed)
    with pytest.raises(seal.NotOpened):
        seal.open_with(seal.x_wing_from_seed(KEY), b"other", sealed)


@settings(max_examples=150)
@given(st.integers(0, (1 + 1120 + 5 + 16) * 8 - 1))
def test_a_turned_bit_in_what_is_sealed_to_a_key_is_damage(bit: int) -> None:
    public = seal.load_x_wing_public(seal.x_wing_public_bytes(KEY))
    sealed = bytearray(seal.seal_to(public, b"info", b"plain"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(seal.NotOpened):
        seal.open_with(seal.x_wing_from_seed(KEY), b"info", bytes(sealed))


@settings(max_examples=150)
@given(st.binary(max_size=1300))
def test_any_bytes_sealed_by_nobody_are_damaged(received: bytes) -> None:
    for attempt in (
        lambda: seal.open_with(seal.x_wing_from_seed(KEY), b"", received),
        lambda: seal.open_with(seal.x_wing_from_seed(KEY), b"", b"\x01" + received),
        lambda: seal.unseal(KEY, received, b""),
        lambda: seal.unseal(KEY, b"\x01" + received, b""),
        lambda: seal.load_x_wing_public(received),
        lambda: seal.verify(received[:32], received[32:], b""),
    ):
        with pytest.raises(Damaged):
            attempt()


def test_an_encapsulation_of_zeros_is_refused() -> None:
    with pytest.raises(seal.NotOpened):
        seal.open_with(seal.x_wing_from_seed(KEY), b"", b"\x01" + bytes(1120 + 16))


def test_a_seed_has_32_bytes() -> None:
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError):
            seal.x_wing_from_seed(wrong)
        with pytest.raises(ValueError):
            seal.x_wing_public_bytes(wrong)


def test_contexts_begin_alike_and_never_collide() -> None:
    assert seal.context("body", b"a", b"bc") == b"kunak/v1/body\0\0\0\0\x01a\0\0\0\x02bc"
    assert (
        len({seal.context("x", *parts) for parts in ([b"ab"], [b"a", b"b"], [b"", b"ab"], [b"ab", b""], [])})
        == 5
    )


def test_padme_adds_at_most_an_eighth_and_tells_few_lengths() -> None:
    for length in [*range(256, 5000), 10**6, 10**9]:
        assert length <= seal.padme(length) <= length * 1.12
        assert seal.padme(seal.padme(length)) == seal.padme(length)
    assert {seal.padme(length) for length in range(257)} == {256}
    assert len({seal.padme(length) for length in range(1, 1_000_000, 7)}) < 300
    assert all(seal.padme(a) <= seal.padme(b) for a, b in pairwise(range(3000)))


@settings(max_examples=150)
@given(st.binary(max_size=3000), st.sampled_from((96, 256)))
def test_what_is_padded_comes_back(plain: bytes, least: int) -> None:
    padded = seal.pad(plain, least)
    assert len(padded) == seal.padme(len(plain) + 1, least)
    assert seal.unpad(padded, least) == plain


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(256),
        b"\x80",
        b"a\x80" + bytes(253),
        b"a\x80" + bytes(255),
        b"a\x80" + bytes(253) + b"\x01",
        b"a" * 256,
        b"a\x80" + bytes(510),
        b"a" * 257 + b"\x80",
    ],
)
def test_padding_that_this_program_cannot_have_made_is_damage(padded: bytes) -> None:
    with pytest.raises(seal.NotOpened):
        seal.unpad(padded)


def test_a_program_that_forbids_core_dumps_leaves_none() -> None:
    """As its own process: what it forbids is forbidden for good."""
    program = """
import resource
from kunak.vault import forbid_core_dumps
print(forbid_core_dumps(), resource.getrlimit(resource.RLIMIT_CORE)[0])
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "0"]

"""The frozen vectors of threads, which the script of the public page is held to as well (tests/browser)."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys

FROZEN = json.loads((Path(__file__).parents[1] / "vectors" / "threads-v1.json").read_text(encoding="utf-8"))
ORDER = 115792089210356248762697446949407573529996955224135760342422259061068512044369  # of P-256
PURPOSES = ("token", "secret", "reply", "sign")


@pytest.mark.parametrize("vector", FROZEN["codes"], ids=lambda v: v["value"])
def test_what_a_code_gives_is_frozen(vector):
    code = ReturnCode(int(vector["value"], 16))
    assert {code} == {ReturnCode.read(vector[spelling]) for spelling in ("en", "ru", "digits")}
    keys = MailboxKeys.of(code)
    made = {
        name: getattr(keys, name).hex() for name in (*PURPOSES, "token_hash", "reply_public", "sign_public")
    }
    assert made == {name: vector[name] for name in made}
    assert keys.mailbox == vector["mailbox"]


def test_the_derivation_is_as_other_libraries_have_it():
    """PBKDF2, HKDF, FIPS 186-5 A.2.1, a point of P-256, SHA-256: each from where it is defined."""
    vector = FROZEN["codes"][-1]
    stretched = hashlib.pbkdf2_hmac(
        "sha512", bytes.fromhex(vector["value"]), b"kunak/v1/return-code", 600_000, 64
    )
    for use in PURPOSES:
        length = 48 if use in ("reply", "sign") else 32
        made = HKDF(SHA256(), length, salt=None, info=f"kunak/v1/mailbox/{use}".encode() + b"\0").derive(
            stretched
        )
        if length == 48:
            scalar = int.from_bytes(made, "big") % (ORDER - 1) + 1
            made = scalar.to_bytes(32, "big")
            public = ec.derive_private_key(scalar, ec.SECP256R1()).public_key()
            point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            assert point.hex() == vector[f"{use}_public"]
        assert made.hex() == vector[use]
    named = b"kunak/v1/mailbox/id\0" + b"\0\0\0\x20" + hashlib.sha256(bytes.fromhex(vector["token"])).digest()
    named += b"\0\0\0\x41" + bytes.fromhex(vector["sign_public"])
    assert hashlib.sha256(named).hexdigest()[:32] == vector["mailbox"]

"""The frozen vectors of threads, which the script of the public page is held to as well (tests/browser)."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kunak.errors import KunakError
from kunak.exchange.codes import ReturnCode
from kunak.exchange.envelope import pad_to, unpad_from
from kunak.exchange.mailbox import MailboxKeys, open_slots
from kunak.exchange.report import keep_sealed, open_report
from kunak.vault import curves, seal

FROZEN = json.loads((Path(__file__).parents[1] / "vectors" / "threads-v1.json").read_text(encoding="utf-8"))
ORDER = 115792089210356248762697446949407573529996955224135760342422259061068512044369  # of P-256
PURPOSES = ("token", "secret", "reply", "sign")


def keys_of(value: str) -> MailboxKeys:
    return MailboxKeys.of(ReturnCode(int(value, 16)))


@pytest.mark.parametrize("vector", FROZEN["codes"], ids=lambda v: v["value"])
def test_what_a_code_gives_is_frozen(vector: dict[str, str]) -> None:
    code = ReturnCode(int(vector["value"], 16))
    assert {code} == {ReturnCode.read(vector[spelling]) for spelling in ("en", "ru", "digits")}
    keys = MailboxKeys.of(code)
    names = (*PURPOSES, "token_hash", "reply_public", "sign_public")
    made = {name: getattr(keys, name).hex() for name in names}
    assert made == {name: vector[name] for name in names}
    assert keys.mailbox == vector["mailbox"]


def test_the_derivation_is_as_other_libraries_have_it() -> None:
    """PBKDF2, HKDF, FIPS 186-5 A.2.1, a point of P-256, SHA-256: each from where it is defined."""
    vector = FROZEN["codes"][-1]
    stretched = hashlib.pbkdf2_hmac(
        "sha512", bytes.fromhex(vector["value"]), b"kunak/v1/return-code", 600_000, 64
    )
    for use in PURPOSES:
        length = 48 if use in ("reply", "sign") else 32
        info = f"kunak/v1/mailbox/{use}".encode() + b"\0"
        made = HKDF(SHA256(), length, salt=None, info=info).derive(stretched)
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


@pytest.mark.parametrize("vector", FROZEN["reading"], ids=range(len(FROZEN["reading"])))
def test_what_was_typed_is_read_as_it_always_was(vector: dict[str, Any]) -> None:
    try:
        assert ReturnCode.read(vector["typed"]).secret.hex() == vector["value"]
    except KunakError as error:
        assert (error.code, error.facts.get("number")) == (vector["refused"], vector["number"])


@pytest.mark.parametrize("which", ["by X25519", "by P-256", "without script"])
def test_reports_open(which: str) -> None:
    vector = FROZEN["reports"]
    seed, intake = bytes.fromhex(vector["intake_seed"]), bytes.fromhex(vector["intake_public"])
    assert curves.intake_public_bytes(seed) == intake
    kept = [*vector["kept"], vector["kept_without_script"]]
    report = open_report(bytes.fromhex(kept[["by X25519", "by P-256", "without script"].index(which)]), seed)
    assert report.via == ("relay-plaintext" if which == "without script" else "sealed")
    assert report.received_at == datetime.fromisoformat(vector["at"])
    assert {key: list(values) for key, values in report.answers.items()} == vector["answers"]
    assert (report.id, report.kind, report.language) == (vector["id"], "request", "ru")
    keys = keys_of(vector["code"])
    assert (report.mailbox, report.token_hash) == (keys.mailbox, keys.token_hash)
    assert (report.reply_key, report.reply_secret, report.sign_key) == (
        keys.reply_public,
        keys.secret,
        keys.sign_public,
    )


def test_what_browsers_sealed_is_kept_and_opens_with_the_derived_keys() -> None:
    vector = FROZEN["reports"]
    seed, intake = bytes.fromhex(vector["intake_seed"]), bytes.fromhex(vector["intake_public"])
    for suite, sealed, private in zip(
        curves.SUITES, vector["sealed"], vector["intake_privates"], strict=True
    ):
        assert curves.intake_private(seed, suite).hex() == private
        inner = curves.open_with(bytes.fromhex(private), seal.context("report"), bytes.fromhex(sealed))
        assert b'"kind":"exchange.Report"' in inner
        at = datetime.fromisoformat(vector["at"])
        assert open_report(keep_sealed(bytes.fromhex(sealed), at, intake), seed).id == vector["id"]


def test_a_reply_is_read_and_what_holds_none_is_passed_over() -> None:
    vector = FROZEN["replies"]
    (reply,) = open_slots(map(bytes.fromhex, vector["slots"]), keys_of(vector["code"]))
    assert (reply.id, reply.text) == (vector["id"], vector["text"])


def test_the_signature_is_right() -> None:
    vector = FROZEN["signatures"]
    public = keys_of(vector["code"]).sign_public
    signature, message = bytes.fromhex(vector["signature"]), bytes.fromhex(vector["message"])
    curves.verify(public, signature, message)
    with pytest.raises(seal.NotSigned):
        curves.verify(public, signature, message + b"\0")


def test_padding_goes_to_a_size_and_back() -> None:
    for vector in FROZEN["padding"]:
        plain, sizes = bytes.fromhex(vector["plain"]), tuple(vector["sizes"])
        assert pad_to(plain, sizes).hex() == vector["padded"]
        assert unpad_from(bytes.fromhex(vector["padded"]), sizes) == plain
    for wrong in FROZEN["not_padded"]:
        with pytest.raises(seal.NotOpened):
            unpad_from(bytes.fromhex(wrong), (8, 16))

"""What was sealed once opens for ever: the frozen file of version 1 (tests/vectors/vault-v1.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from kunak.vault import MemoryStore, Opened, Vault, seal
from kunak.vault.stores import Blob

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "vault-v1.json").read_text(encoding="utf-8")
)


def of(name: str) -> dict[str, Any]:
    """A vector, its text from hexadecimal to bytes."""
    return {
        k: bytes.fromhex(v) if isinstance(v, str) else v for k, v in FROZEN[name].items() if k != "purpose"
    }


def test_contexts_keys_and_padding_are_made_as_they_were() -> None:
    assert seal.context("test", *map(bytes.fromhex, FROZEN["context"]["parts"])) == of("context")["is"]
    derive, pad = of("derive"), of("pad")
    assert seal.derive(derive["key"], derive["info"], salt=derive["salt"]) == derive["is"]
    assert seal.pad(pad["plain"], pad["least"]) == pad["is"]
    assert [[length, seal.padme(length)] for length, _ in FROZEN["padme"]] == FROZEN["padme"]


def test_what_was_sealed_and_signed_opens_and_verifies() -> None:
    sealed, to, signed = of("seal"), of("seal_to"), of("ed25519")
    assert seal.unseal(sealed["key"], sealed["sealed"], sealed["aad"]) == sealed["plain"]
    assert seal.x_wing_public_bytes(to["seed"]) == to["public"]
    assert seal.open_with(seal.x_wing_from_seed(to["seed"]), to["info"], to["sealed"]) == to["plain"]
    assert seal.ed25519_public_bytes(signed["seed"]) == signed["public"]
    seal.verify(signed["public"], signed["signature"], signed["message"])


@pytest.fixture
def office() -> MemoryStore:
    store = MemoryStore()
    store.commit(
        [Blob(shelf, bytes.fromhex(name), bytes.fromhex(sealed)) for shelf, name, sealed in FROZEN["office"]]
    )
    return store


def test_an_office_written_in_version_1_opens_for_each_member(office: MemoryStore) -> None:
    for_all = [
        Opened("C-1", "index", "anna", b'{"kind":"a"}'),
        Opened("C-1", "contact", "anna", "лампа".encode()),
        Opened("C-1", "index", "boris", b"by boris"),
        Opened("J-1", "place", "boris", b"x" * 300),
    ]
    assert list(Vault.unlock(office, passphrase="boris mends nets").read()) == for_all
    anna = Vault.unlock(office, passphrase="anna keeps bees")
    assert list(anna.read()) == [*for_all, Opened("C-2", "identity", "anna", b"for anna alone")]
    assert anna.members == ("anna", "boris")
    assert anna.intake_seeds()[0].hex() == FROZEN["office_secret"]["intake"]
    assert anna.office_secret("channel").hex() == FROZEN["office_secret"]["channel"]

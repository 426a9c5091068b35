"""Writes vault-v1.json: what this program seals today, to be opened for ever.

Run by hand, once for each version of the format; the file is then frozen. Everything in it is invented.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from kunak.vault import Item, KdfCost, MemoryStore, Vault, add_member, seal

AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
SEED, KEY = bytes(range(32)), bytes(range(32, 64))
SHELVES = ("keystore", "epoch", "segment", "body", "grant", "local")


def office(cost: KdfCost) -> tuple[list[list[str]], dict[str, str]]:
    """All blobs of a small office with two members, and its secrets."""
    store = MemoryStore()
    anna = Vault.create(store, member="anna", passphrase="anna keeps bees", at=AT, cost=cost)
    anna.write([Item("C-1", "index", b'{"kind":"a"}'), Item("C-1", "contact", "лампа".encode())], AT)
    add_member(anna, "boris", "boris mends nets", AT)
    boris = anna.second("boris mends nets")
    boris.write([Item("C-1", "index", b"by boris"), Item("J-1", "place", b"x" * 300)], AT)
    boris.close()
    anna.write([Item("C-2", "identity", b"for anna alone", ("anna",))], AT)
    known = {purpose: anna.office_secret(purpose).hex() for purpose in ("intake", "channel")}
    anna.close()
    blobs = [[shelf, name.hex(), sealed.hex()] for shelf in SHELVES for _, name, sealed in store.since(shelf)]
    return blobs, known


def vectors() -> dict[str, object]:
    """Inputs and outputs, bytes in hexadecimal."""
    blobs, known = office(KdfCost(mib=64, passes=3, lanes=4))
    public = seal.load_x_wing_public(seal.x_wing_public_bytes(SEED))
    return {
        "about": "Frozen. Sealed things are random at making; what is fixed is that they open.",
        "context": {
            "purpose": "test",
            "parts": ["61", "", "6263"],
            "is": seal.context("test", b"a", b"", b"bc").hex(),
        },
        "derive": {
            "key": KEY.hex(),
            "salt": SEED.hex(),
            "info": "00ff",
            "is": seal.derive(KEY, b"\0\xff", salt=SEED).hex(),
        },
        "padme": [[length, seal.padme(length)] for length in (1, 256, 257, 300, 1000, 5000, 100000, 1048577)],
        "pad": {"plain": "6b", "least": 96, "is": seal.pad(b"k", 96).hex()},
        "seal": {"key": KEY.hex(), "aad": "61", "plain": "62", "sealed": seal.seal(KEY, b"b", b"a").hex()},
        "seal_to": {
            "seed": SEED.hex(),
            "public": seal.x_wing_public_bytes(SEED).hex(),
            "info": "61",
            "plain": "62",
            "sealed": seal.seal_to(public, b"a", b"b").hex(),
        },
        "ed25519": {
            "seed": SEED.hex(),
            "public": seal.ed25519_public_bytes(SEED).hex(),
            "message": "61",
            "signature": seal.ed25519_from_seed(SEED).sign(b"a").hex(),
        },
        "office_secret": known,
        "office": blobs,
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("vault-v1.json")
    target.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")

"""Writes keystore-v1.json: a keystore with a slot of every sort, to be opened for ever.

Run by hand, once for each version of the format; the file is then frozen. Everything in it is invented.
"""

import json
from pathlib import Path

from kunak.vault import KdfCost
from kunak.vault.keys import Identity, Keystore, Typed, Unlocked

OFFICE = bytes(range(32))
KIT = bytes(range(64, 96))
PASSPHRASE, WITH_KEYFILE, DURESS = "anna keeps bees", "boris mends nets", "anna counts rocks"
KEYFILE = b"a keyfile: any bytes\x00\xff"


def identity(member: str, first: int) -> Identity:
    """An identity whose every seed is known."""
    seeds = [bytes([first + n]) * 32 for n in range(3)]
    return Identity(member, OFFICE, seeds[0], bytes([first + 3]) * 16, seeds[1], seeds[2])


def spelled(unlocked: Unlocked) -> dict[str, str]:
    """What a slot opens, bytes in hexadecimal."""
    fields = unlocked.identity._asdict()
    named = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    return {**named, "local_key": unlocked.local_key.hex()}


def vectors() -> dict[str, object]:
    """The keystore, what opens it, and what that gives."""
    keystore, anna = Keystore.new(KdfCost(64, 3, 4)).with_member(PASSPHRASE, identity("anna", 1))
    keystore, boris = keystore.with_member(Typed(WITH_KEYFILE, KEYFILE), identity("борис", 17))
    keystore = keystore.with_recovery(PASSPHRASE, KIT).with_duress(PASSPHRASE, DURESS)
    return {
        "about": "Frozen. Sealed things are random at making; what is fixed is that they open.",
        "keystore": keystore.to_bytes().hex(),
        "opened": [
            {"passphrase": PASSPHRASE, "gives": spelled(anna)},
            {"passphrase": WITH_KEYFILE, "keyfile": KEYFILE.hex(), "gives": spelled(boris)},
            {"recovery": KIT.hex(), "gives": spelled(anna)},
        ],
        "duress": {"passphrase": DURESS, "member": "anna"},
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("keystore-v1.json")
    target.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n")

"""A program: founds an office, fills it with canaries, tells the test what is in it and its keys.

python filling.py FOLDER, with the processes to be started afterwards. Keys are told for tests alone, so that
the search can look for the keys themselves in what a thief takes.
"""

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from canaries import AT, Canaries

from kunak.fold import Entry
from kunak.vault import Item, KdfCost, Vault, add_member, seal
from kunak.vault.codec import encode_body
from kunak.vault.roles import COMPARTMENTS, ROLES
from kunak.workbench import found_office

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
FOUNDER = "founder"
WHO = (FOUNDER, *ROLES)  # a member of each role, and the one who founded the office, who holds several
_OF_EACH = 3

Keys = dict[str, tuple[str, str]]  # hexadecimal → sort, name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unwritten(Entry):
    """A kind that no room of today knows: for every compartment, whether a room writes into it or not."""

    text: str


class Overheard:
    """Every key that goes into a derivation of keys or comes out of one, by the name of its context."""

    def __init__(self, derive: Callable[..., bytes]) -> None:
        self._derive = derive
        self.keys: Keys = {}

    def __call__(self, key: bytes, info: bytes, **more: object) -> bytes:
        """``seal.derive``, listened to."""
        derived = self._derive(key, info, **more)
        use = info.removeprefix(b"kunak/v1/").split(b"\0")[0].decode()
        if use not in ("entry", "header/tag"):  # dossiers' keys are told below; a tag is no secret
            sort = "member keys" if use in OF_MEMBERS else "office keys"
            self.keys.setdefault(key.hex(), (sort, f"what {use} is derived from"))
            if len(derived) == seal.KEY_BYTES and use != "slot/passphrase":  # of every slot that was tried
                self.keys.setdefault(derived.hex(), (sort, use))
        return derived


OF_MEMBERS = ("slot/passphrase", "identity", "local")


def _fewer(keys: Keys) -> Keys:
    """The newest few of each name: every needle makes every search slower."""
    had, kept = Counter[str](), {}
    for key, (sort, name) in reversed(keys.items()):
        had[name] += 1
        if had[name] <= (len(WHO) if sort == "member keys" else _OF_EACH):
            kept[key] = sort, name
    return kept


def fill(folder: Path) -> dict[str, object]:
    """Found the office; returns what the test is told."""
    overheard = Overheard(seal.derive)
    seal.derive = overheard  # type: ignore[assignment]
    canaries = Canaries()
    people = {
        who: (canaries.text("member codes"), f"{canaries.text('passphrases')} keeps bees") for who in WHO
    }
    code, passphrase = people[FOUNDER]
    bench = found_office(folder, member=code, passphrase=passphrase, at=AT, cost=CHEAP)
    hands = {FOUNDER: bench.vault}
    for role in ROLES:
        code, passphrase = people[role]
        add_member(bench.vault, code, passphrase, AT, roles_held=(role,))
        hands[role] = bench.vault.second(passphrase)
    for who, entry in zip(cycle(WHO), (*canaries.every_kind(), *_unwritten(canaries))):
        own = dataclasses.replace(entry, by=people[who][0], subject=canaries.text("codes"))
        hands[who].write([Item(own.subject, own.compartment, encode_body(own, own.kind()))], AT)
    keys = dict(overheard.keys)
    for hand in hands.values():
        keys |= _keys_of(hand)
        assert sum(1 for _ in hand.read()) > 0 or hand.me.roles == ("numbers",)
    told = {"canaries": canaries.sorts, "passphrases": {who: known[1] for who, known in people.items()}}
    for hand in reversed(hands.values()):
        hand.close()
    return told | {"keys": _fewer(overheard.keys | keys)}


def _unwritten(canaries: Canaries) -> Iterator[Entry]:
    for compartment in COMPARTMENTS:
        said = {name: canaries.text(compartment) for name in ("id", "by", "subject", "text")}
        kind = type("Unwritten", (Unwritten,), {"room": "tomorrow", "compartment": compartment})
        yield kind(at=AT, **said)


def _keys_of(vault: Vault) -> Keys:
    """The keys that one hand holds: its own, and those of dossiers."""
    identity = vault.identity
    seeds = {name: getattr(identity, name) for name in ("root", "wrapping")}
    keys: Keys = {seed.hex(): ("member keys", name) for name, seed in seeds.items()}
    for dossier in vault.caught_up():
        keys[dossier.key.hex()] = (dossier.compartment, f"key to a dossier of {dossier.compartment}")
    return keys


if __name__ == "__main__":
    print(json.dumps(fill(Path(sys.argv[1]))))

"""Slots: the places in a keystore that a secret opens, and random bytes that look just the same.

    passphrase ── Argon2id (salt and cost of this keystore) ──┐
    keyfile, if one is used ── SHA-256 ───────────────────────┴─ HKDF (id of the slot) ── slot key
    recovery secret (32 random bytes, printed) ───────────────── HKDF (id of the slot) ── slot key

Every slot has the same shape and length, whatever opens it and whatever it is for, and most are decoys:
random bytes. The sort of a slot is inside, so it is known only to whoever has opened it. Trying a secret
tries them all, to the end, in the same time whether and where it opens one.

The id of a member's slot follows from the office's id, the member's code and the sort. Whoever is in the
office can therefore find a member's slots to replace or remove them; to a thief, who does not know the
office's id, an id is a random number. A duress slot has a random id: nobody can find it.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kunak.vault import seal
from kunak.vault.codec import pack, unpack

PASSPHRASE, RECOVERY, DURESS = 1, 2, 3  # sorts
ID_BYTES = 16
ABOUT_BYTES = 32
BY_FOUR = 4  # slots and records come four at a time
RECORD_LEAST = 512  # padding of an identity
RECORD_BYTES = 1 + seal.NONCE_BYTES + RECORD_LEAST + seal.TAG_BYTES
_SEALED_BYTES = 1 + seal.NONCE_BYTES + 70 + seal.TAG_BYTES
_MOST_FOURS_AT_FIRST = 3


class Typed(str):
    """A passphrase as it was typed, and the keyfile chosen beside it: both go the same way."""

    keyfile: bytes | None

    def __new__(cls, passphrase: str, keyfile: bytes | None = None) -> "Typed":
        made = super().__new__(cls, passphrase)
        made.keyfile = keyfile
        return made


class Secret(NamedTuple):
    """Something that may open a slot."""

    purpose: str  # of the derivation: ``slot/passphrase`` or ``slot/recovery``
    key: bytes


class Slot(NamedTuple):
    """A place in the keystore, or a record of an identity: an id and sealed bytes."""

    id: bytes
    sealed: bytes


class Held(NamedTuple):
    """What a slot holds: always 70 bytes when packed."""

    sort: int
    key: bytes  # the master key of an identity; of a duress slot: 32 random bytes that open nothing
    about: bytes  # 32 bytes: id of the identity's record; of a duress slot: a member's code, then zeros


def by_passphrase(stretched: bytes, keyfile: bytes | None) -> Secret:
    """The secret that a stretched passphrase and perhaps a keyfile make."""
    return Secret("slot/passphrase", stretched + (b"" if keyfile is None else seal.digest(keyfile)))


def by_recovery(secret: bytes) -> Secret:
    """The secret of a printed recovery kit. It is random: there is nothing to stretch."""
    if len(secret) != seal.KEY_BYTES:
        raise ValueError("a recovery secret has 32 bytes")
    return Secret("slot/recovery", secret)


def id_of(office: bytes, member: str, sort: int) -> bytes:
    """The id of a member's slot of one sort."""
    return seal.digest(seal.context("slot/id", office, member.encode(), bytes((sort,))))[:ID_BYTES]


def make(header: bytes, slot_id: bytes, secret: Secret, held: Held) -> Slot:
    """A slot that ``secret`` opens. Bound to the keystore's header: with another cost it opens nothing."""
    sealed = seal.seal(_key(secret, slot_id), pack(held), _aad(header, slot_id))
    if len(sealed) != _SEALED_BYTES:
        raise ValueError("every slot has the same length")
    return Slot(slot_id, sealed)


def find(header: bytes, slots: Iterable[Slot], tried: Sequence[Secret]) -> tuple[Slot, Held] | None:
    """The slot that one of these secrets opens. Every slot is tried, also after one has opened."""
    found = None
    for slot in slots:
        for secret in tried:
            held = _opened(header, slot, secret)
            found = found or (held and (slot, held))
    return found


def decoy() -> Slot:
    """Random bytes in the shape of a slot."""
    return _random(ID_BYTES, _SEALED_BYTES)


def decoy_record() -> Slot:
    """Random bytes in the shape of the record of an identity."""
    return _random(ABOUT_BYTES, RECORD_BYTES)


def first(make_decoy: Callable[[], Slot]) -> tuple[Slot, ...]:
    """Four, eight or twelve decoys, by chance, so that later counts tell no exact number."""
    return tuple(make_decoy() for _ in range(BY_FOUR * (1 + secrets.randbelow(_MOST_FOURS_AT_FIRST))))


def placed(there: Sequence[Slot], new: Slot, make_decoy: Callable[[], Slot]) -> tuple[Slot, ...]:
    """With ``new`` in the place of the one of its id; else added, with three decoys beside it. Shuffled."""
    kept = [slot for slot in there if slot.id != new.id]
    fresh = len(kept) == len(there)
    return shuffled([*kept, new, *(make_decoy() for _ in range(BY_FOUR - 1 if fresh else 0))])


def without(there: Sequence[Slot], gone: Iterable[bytes], make_decoy: Callable[[], Slot]) -> tuple[Slot, ...]:
    """With a decoy in the place of each whose id is among ``gone``: how many there are does not change."""
    ids = frozenset(gone)
    return shuffled([make_decoy() if slot.id in ids else slot for slot in there])


def shuffled(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """In an order that tells nothing."""
    mixed = list(slots)
    secrets.SystemRandom().shuffle(mixed)
    return tuple(mixed)


def _random(id_bytes: int, sealed_bytes: int) -> Slot:
    return Slot(secrets.token_bytes(id_bytes), seal.SUITE + secrets.token_bytes(sealed_bytes - 1))


def _opened(header: bytes, slot: Slot, secret: Secret) -> Held | None:
    try:
        opened = seal.unseal(_key(secret, slot.id), slot.sealed, _aad(header, slot.id))
    except seal.NotOpened:
        return None  # another's slot, or a decoy: the usual case
    return unpack(opened, Held)


def _key(secret: Secret, slot_id: bytes) -> bytes:
    return seal.derive(secret.key, seal.context(secret.purpose), salt=slot_id)


def _aad(header: bytes, slot_id: bytes) -> bytes:
    return seal.context("slot", header, slot_id)

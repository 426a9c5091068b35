"""The keystore: what a passphrase opens.

A machine's keystore holds one identity for each member who works there, and slots. A slot holds the random
master key of an identity, sealed under a key that a passphrase gives:

    passphrase ── Argon2id (salt and cost of this keystore) ── HKDF (id of the slot) ── slot key
    slot key ── opens ── (whose identity, master key) ── opens ── the identity: seeds of its keys

All slots share one salt, so that typing a passphrase costs one run of Argon2id however many members there
are, and HKDF with the slot's id separates them. What that gives away: somebody who steals the file and
guesses can try one guess on all slots at once. A slot does not say whose it is. Other sorts of slots (a
printed recovery kit, a keyfile) are further slots, each sort with its own ``info`` of HKDF.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kunak.errors import Damaged, Locked, Refused
from kunak.vault import seal
from kunak.vault.codec import pack, unpack

FLOOR_MIB, FLOOR_PASSES, FLOOR_LANES = 64, 3, 4
MOST_MIB, MOST_PASSES, MOST_LANES = 8192, 64, 64  # a changed file must not stop the machine either
ID_BYTES = 16
LEAST_PASSPHRASE = 8  # characters


class WrongPassphrase(Locked):
    """This passphrase does not open this office."""

    code = "wrong-passphrase"
    hint = "Look at the keyboard's language and at Caps Lock, then type it again."


class PassphraseNotUsable(Refused):
    """This passphrase cannot be used here."""

    code = "passphrase-not-usable"
    hint = "Choose another one, of at least eight characters: five random words are good."


class Weakened(Damaged):
    """The file asks for a weaker protection of the passphrase than this program ever writes."""

    code = "keystore-weakened"
    hint = "Somebody may have changed it. Type no passphrase here; open the newest copy that you trust."


class KeystoreDamaged(Damaged):
    """The part of the file that holds the keys is damaged."""

    code = "keystore-damaged"
    hint = "Open the newest copy that you trust; keep this one, it may be needed."


@dataclass(frozen=True)
class KdfCost:
    """What one try of a passphrase costs: memory in MiB, passes over it, lanes (RFC 9106)."""

    mib: int = 256
    passes: int = 3
    lanes: int = 4
    floor_waived_for_tests: bool = False

    def within_floor(self) -> bool:
        """Whether it is at least 64 MiB, 3 passes, 4 lanes; or the floor is waived, which only tests do."""
        strong = self.mib >= FLOOR_MIB and self.passes >= FLOOR_PASSES and self.lanes >= FLOOR_LANES
        return strong or (self.floor_waived_for_tests and self.mib >= 1 and self.passes >= 1)

    def bounded(self) -> bool:
        """Whether a machine can be asked to do it at all."""
        return 0 < self.mib <= MOST_MIB and 0 < self.passes <= MOST_PASSES and 0 < self.lanes <= MOST_LANES


DEFAULT_COST = KdfCost()


class Identity(NamedTuple):
    """A member's own keys on this device, as 32-byte seeds, and the office they belong to."""

    member: str
    office: bytes
    root: bytes  # Ed25519: certifies the member's devices, signs epochs
    device: bytes
    signing: bytes  # Ed25519: signs this device's segments
    wrapping: bytes  # X-Wing: opens what is wrapped to this device


class Unlocked(NamedTuple):
    """What a passphrase opened: the identity, and the key of what this hand keeps for itself here."""

    identity: Identity
    local_key: bytes


class _Header(NamedTuple):
    mib: int
    passes: int
    lanes: int
    floor_waived_for_tests: bool
    salt: bytes


class _Slot(NamedTuple):
    id: bytes
    sealed: bytes


class _Frame(NamedTuple):
    header: bytes
    slots: tuple[_Slot, ...]
    identities: tuple[_Slot, ...]


class _Master(NamedTuple):
    identity: bytes
    key: bytes


class Keystore:
    """The keystore of one machine. Never changed in place: ``with_member`` gives the next one."""

    def __init__(self, frame: _Frame) -> None:
        self._frame = frame
        self._header = unpack(frame.header, _Header)
        cost = KdfCost(*self._header[:4])
        if not cost.bounded():
            raise KeystoreDamaged()
        # The waiver is written in the file, so whoever changes the file can set it. That gains them nothing:
        # with another cost Argon2id gives another key, which opens no slot, and is written nowhere.
        if not cost.within_floor():
            raise Weakened()

    @classmethod
    def new(cls, cost: KdfCost) -> "Keystore":
        """A keystore without slots. Raises ValueError for a cost below the floor."""
        if not (cost.within_floor() and cost.bounded()):
            raise ValueError("below the floor of 64 MiB, 3 passes, 4 lanes")
        header = _Header(
            cost.mib, cost.passes, cost.lanes, cost.floor_waived_for_tests, secrets.token_bytes(16)
        )
        return cls(_Frame(pack(header), (), ()))

    @classmethod
    def load(cls, received: bytes) -> "Keystore":
        """From its bytes. Raises Damaged.

        The closing SHA-256 keeps nobody out; it tells a damaged file from a mistyped passphrase.
        """
        body, check = received[:-32], received[-32:]
        if received[:1] != seal.SUITE or seal.digest(body) != check:
            raise KeystoreDamaged()
        return cls(unpack(body[1:], _Frame))

    def to_bytes(self) -> bytes:
        """Suite byte, frame, SHA-256 of both."""
        body = seal.SUITE + pack(self._frame)
        return body + seal.digest(body)

    def open(self, passphrase: str) -> Unlocked:
        """Whom this passphrase belongs to, by one run of Argon2id. Raises WrongPassphrase or Damaged."""
        stretched = self._stretch(passphrase)
        for slot in self._frame.slots:
            master = self._master(slot, stretched)
            if master is not None:
                return self._unlock(master)
        raise WrongPassphrase()

    def with_member(self, passphrase: str, identity: Identity) -> tuple["Keystore", Unlocked]:
        """This keystore and one more identity, opened by ``passphrase``.

        Raises PassphraseNotUsable if it is too short or opens a slot already: a passphrase says who you are.
        """
        if len(passphrase) < LEAST_PASSPHRASE:
            raise PassphraseNotUsable()
        stretched = self._stretch(passphrase)
        if any(self._master(slot, stretched) is not None for slot in self._frame.slots):
            raise PassphraseNotUsable()
        master = _Master(secrets.token_bytes(ID_BYTES), secrets.token_bytes(seal.KEY_BYTES))
        slot_id = secrets.token_bytes(ID_BYTES)
        slot = _Slot(slot_id, seal.seal(_slot_key(stretched, slot_id), pack(master), self._slot_aad(slot_id)))
        sealed = seal.seal(
            _identity_key(master), seal.pad(pack(identity)), seal.context("identity", master.identity)
        )
        frame = _Frame(
            self._frame.header,
            (*self._frame.slots, slot),
            (*self._frame.identities, _Slot(master.identity, sealed)),
        )
        return Keystore(frame), Unlocked(identity, _local_key(master))

    def _stretch(self, passphrase: str) -> bytes:
        # NFKC: the same keys give the same bytes, whichever way a system composes letters.
        typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
        argon = Argon2id(
            salt=self._header.salt,
            length=seal.KEY_BYTES,
            iterations=self._header.passes,
            lanes=self._header.lanes,
            memory_cost=self._header.mib * 1024,
        )
        return argon.derive(typed)

    def _slot_aad(self, slot_id: bytes) -> bytes:
        return seal.context("slot", self._frame.header, slot_id)

    def _master(self, slot: _Slot, stretched: bytes) -> _Master | None:
        try:
            opened = seal.unseal(_slot_key(stretched, slot.id), slot.sealed, self._slot_aad(slot.id))
        except seal.NotOpened:
            return None  # another member's slot: the usual case
        return unpack(opened, _Master)

    def _unlock(self, master: _Master) -> Unlocked:
        for identity_id, sealed in self._frame.identities:
            if identity_id == master.identity:
                opened = seal.unseal(_identity_key(master), sealed, seal.context("identity", identity_id))
                return Unlocked(unpack(seal.unpad(opened), Identity), _local_key(master))
        raise KeystoreDamaged()


def new_identity(member: str, office: bytes = b"") -> Identity:
    """Fresh keys for a member on this device."""
    return Identity(
        member,
        office,
        root=secrets.token_bytes(seal.KEY_BYTES),
        device=secrets.token_bytes(ID_BYTES),
        signing=secrets.token_bytes(seal.KEY_BYTES),
        wrapping=secrets.token_bytes(seal.KEY_BYTES),
    )


def _slot_key(stretched: bytes, slot_id: bytes) -> bytes:
    return seal.derive(stretched, seal.context("slot/passphrase"), salt=slot_id)


def _identity_key(master: _Master) -> bytes:
    return seal.derive(master.key, seal.context("identity"))


def _local_key(master: _Master) -> bytes:
    return seal.derive(master.key, seal.context("local"))

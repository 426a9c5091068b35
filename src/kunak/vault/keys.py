"""The keystore: what a passphrase opens.

A machine's keystore holds one identity for each member who works there, and slots. A slot holds the random
master key of an identity, sealed under a key that a passphrase gives:

    passphrase ── Argon2id (salt and cost of this keystore) ── HKDF (id of the slot) ── slot key
    slot key ── opens ── master key ── opens ── the record of the identity: seeds of its keys

Sorts of slots: a passphrase (perhaps with a keyfile), the secret of a printed recovery kit, a duress
passphrase. ``kunak.vault.slots`` says how they are kept alike, among decoys, so that the file tells neither
how many there are nor of which sorts.

All slots share one salt, so that typing a passphrase costs one run of Argon2id however many there are, and
HKDF with the slot's id separates them. What that gives away: somebody who steals the file and guesses can try
one guess on all slots at once.
"""

import secrets
from typing import NamedTuple

from kunak.errors import Damaged, Locked, Refused
from kunak.vault import seal, slots
from kunak.vault.codec import pack, unpack
from kunak.vault.slots import DURESS, PASSPHRASE, RECOVERY, Held, Secret, Slot
from kunak.vault.slots import Typed as Typed
from kunak.vault.stretch import DEFAULT_COST as DEFAULT_COST
from kunak.vault.stretch import Header, SameSalt, Stretched, as_bytes, stretch
from kunak.vault.stretch import KdfCost as KdfCost

ID_BYTES = 16
SALT_BYTES = 16
LEAST_PASSPHRASE = 8  # characters


class WrongPassphrase(Locked):
    """This passphrase does not open this office."""

    code = "wrong-passphrase"
    hint = "Look at the keyboard's language and at Caps Lock, then type it again."


class DuressGiven(WrongPassphrase):
    """This passphrase does not open this office."""

    code = "duress-given"
    hint = WrongPassphrase.hint

    def __init__(self, passphrase: str, member: str, cost: KdfCost) -> None:
        super().__init__()
        self.passphrase = passphrase  # for the empty office that it opens
        self.member = member  # who shall seem to have founded the empty office
        self.cost = cost  # for its keystore: with it, this passphrase need not be stretched again


class RecoveryNotOpened(Locked):
    """This recovery kit does not open this office."""

    code = "recovery-not-opened"
    hint = "Look whether it is this member's newest kit, for this machine, and copied without a slip."


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


class _Frame(NamedTuple):
    header: bytes
    slots: tuple[Slot, ...]
    records: tuple[Slot, ...]


class Keystore:
    """The keystore of one machine. Never changed in place: ``with_…``, ``without_…`` give the next."""

    def __init__(self, frame: _Frame, known: Stretched | None = None) -> None:
        self._frame = frame
        self._header = unpack(frame.header, Header)
        self._known = known  # the passphrase that was stretched last
        cost = KdfCost(*self._header[:4])
        if not cost.bounded() or len(self._header.salt) != SALT_BYTES:
            raise KeystoreDamaged()
        # The waiver is written in the file, so whoever changes the file can set it. That gains them nothing:
        # with another cost Argon2id gives another key, which opens no slot, and is written nowhere.
        if not cost.within_floor():
            raise Weakened()

    @classmethod
    def new(cls, cost: KdfCost) -> "Keystore":
        """A keystore that nothing opens yet. Raises ValueError for a cost below the floor."""
        if not (cost.within_floor() and cost.bounded()):
            raise ValueError("below the floor of 64 MiB, 3 passes, 4 lanes")
        again = cost if isinstance(cost, SameSalt) else None
        salt = again.salt if again else secrets.token_bytes(SALT_BYTES)
        header = Header(cost.mib, cost.passes, cost.lanes, cost.floor_waived_for_tests, salt)
        frame = _Frame(pack(header), slots.first(slots.decoy), slots.first(slots.decoy_record))
        return cls(frame, again.stretched if again else None)

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

    def open(self, passphrase: str, keyfile: bytes | None = None) -> Unlocked:
        """Whom this passphrase belongs to, by one run of Argon2id.

        Raises WrongPassphrase; Damaged; DuressGiven (a WrongPassphrase) for a duress passphrase: whoever can,
        destroys the slots upon it (``kunak.vault.wipe``).
        """
        return self._unlock(self._by_passphrase(passphrase, keyfile))

    def open_recovery(self, secret: bytes) -> Unlocked:
        """Whose recovery kit holds this secret. Raises RecoveryNotOpened, Damaged."""
        return self._unlock(self._by_recovery(secret))

    def with_member(
        self, passphrase: str, identity: Identity, keyfile: bytes | None = None
    ) -> tuple["Keystore", Unlocked]:
        """This keystore and one more identity, opened by ``passphrase``.

        What was here for a member of the same code in the same office is gone. Raises PassphraseNotUsable if
        it is too short or opens a slot already: a passphrase says who you are.
        """
        secret = self._usable(passphrase, keyfile)[-1]
        record_id = _record_id(identity.office, identity.member)
        master = Held(PASSPHRASE, secrets.token_bytes(seal.KEY_BYTES), record_id)
        cleared = self.without_identity(identity.office, identity.member)
        made = cleared._with_record(master, identity)._with_slot(identity, secret, master)
        return made, Unlocked(identity, _local_key(master))

    def with_passphrase_changed(
        self, old: str, new: str, *, keyfile: bytes | None = None, new_keyfile: bytes | None = None
    ) -> "Keystore":
        """With ``new`` (and ``new_keyfile``, or none) in the place of ``old`` (and ``keyfile``).

        Raises as ``open`` and ``with_member`` do.
        """
        master = self._by_passphrase(old, keyfile)
        identity = self._unlock(master).identity
        return self._with_slot(identity, self._usable(new, new_keyfile)[-1], master)

    def with_passphrase_recovered(
        self, secret: bytes, new: str, new_keyfile: bytes | None = None
    ) -> "Keystore":
        """With ``new`` in the place of a forgotten passphrase, by the recovery kit, which stays valid."""
        master = self._by_recovery(secret)
        identity = self._unlock(master).identity
        return self._with_slot(identity, self._usable(new, new_keyfile)[-1], master)

    def with_recovery(self, passphrase: str, secret: bytes, keyfile: bytes | None = None) -> "Keystore":
        """With a recovery kit for the member; the one before opens nothing any more. Raises as ``open``."""
        master = self._by_passphrase(passphrase, keyfile)
        identity = self._unlock(master).identity
        return self._with_slot(identity, slots.by_recovery(secret), master._replace(sort=RECOVERY))

    def with_duress(self, passphrase: str, duress: str, keyfile: bytes | None = None) -> "Keystore":
        """With a passphrase that destroys all slots of this machine when it is typed. Raises as ``open``.

        It takes no keyfile: one works beside any. Its slot has a random id, so nobody can find it, not even
        who sees a member unlock; only typing it shows it.
        """
        identity = self._unlock(self._by_passphrase(passphrase, keyfile)).identity
        about = identity.member.encode()[: slots.ABOUT_BYTES].ljust(slots.ABOUT_BYTES, b"\0")
        held = Held(DURESS, secrets.token_bytes(seal.KEY_BYTES), about)
        alone = self._usable(duress, keyfile)[0]
        slot = slots.make(self._frame.header, secrets.token_bytes(ID_BYTES), alone, held)
        return self._next(slots=slots.placed(self._frame.slots, slot, slots.decoy))

    def without_duress(self, duress: str) -> "Keystore":
        """Without the duress slot that this passphrase opens. Raises WrongPassphrase if it opens none."""
        found = slots.find(self._frame.header, self._frame.slots, self._secrets(duress, None))
        if found is None or found[1].sort != DURESS:
            raise WrongPassphrase()
        return self._next(slots=slots.without(self._frame.slots, [found[0].id], slots.decoy))

    def with_identity(self, passphrase: str, identity: Identity, keyfile: bytes | None = None) -> "Keystore":
        """With fresh keys for the same member of the same office, e.g. of a renewed device.

        Raises as ``open``; ValueError for another member's.
        """
        master = self._by_passphrase(passphrase, keyfile)
        mine = self._unlock(master).identity
        if (mine.office, mine.member) != (identity.office, identity.member):
            raise ValueError("an identity of another member")
        return self._with_record(master, identity)

    def without_identity(self, office: bytes, member: str) -> "Keystore":
        """Without a member's identity, passphrase and recovery kit; the same if they have none here."""
        gone = [slots.id_of(office, member, sort) for sort in (PASSPHRASE, RECOVERY)]
        return self._next(
            slots=slots.without(self._frame.slots, gone, slots.decoy),
            records=slots.without(self._frame.records, [_record_id(office, member)], slots.decoy_record),
        )

    def _next(
        self, *, slots: tuple[Slot, ...] | None = None, records: tuple[Slot, ...] | None = None
    ) -> "Keystore":
        frame = self._frame
        return Keystore(_Frame(frame.header, slots or frame.slots, records or frame.records), self._known)

    def _with_slot(self, identity: Identity, secret: Secret, held: Held) -> "Keystore":
        slot_id = slots.id_of(identity.office, identity.member, held.sort)
        slot = slots.make(self._frame.header, slot_id, secret, held)
        return self._next(slots=slots.placed(self._frame.slots, slot, slots.decoy))

    def _with_record(self, master: Held, identity: Identity) -> "Keystore":
        plain = seal.pad(pack(identity), slots.RECORD_LEAST)
        record = Slot(master.about, seal.seal(_identity_key(master), plain, _record_aad(master)))
        return self._next(records=slots.placed(self._frame.records, record, slots.decoy_record))

    def _usable(self, passphrase: str, keyfile: bytes | None) -> tuple[Secret, ...]:
        """The secrets of a new passphrase: alone and, last, with its keyfile. Raises PassphraseNotUsable."""
        if len(passphrase) < LEAST_PASSPHRASE:
            raise PassphraseNotUsable()
        opening = self._secrets(passphrase, keyfile)
        if slots.find(self._frame.header, self._frame.slots, opening) is not None:
            raise PassphraseNotUsable()
        return opening

    def _by_passphrase(self, passphrase: str, keyfile: bytes | None) -> Held:
        tried = self._secrets(passphrase, keyfile)
        found = slots.find(self._frame.header, self._frame.slots, tried)
        if found is None:
            raise WrongPassphrase()
        held = found[1]
        if held.sort == DURESS:
            typed = as_bytes(passphrase)
            cost = SameSalt(*self._header, Stretched(typed, self._stretch(typed)))
            raise DuressGiven(str(passphrase), _code_in(held), cost)
        return held

    def _by_recovery(self, secret: bytes) -> Held:
        found = slots.find(self._frame.header, self._frame.slots, (slots.by_recovery(secret),))
        if found is None:
            raise RecoveryNotOpened()
        return found[1]._replace(sort=PASSPHRASE)

    def _secrets(self, passphrase: str, keyfile: bytes | None) -> tuple[Secret, ...]:
        """What may open a slot: the passphrase alone and, last, with its keyfile if there is one."""
        if keyfile is None and isinstance(passphrase, Typed):
            keyfile = passphrase.keyfile
        stretched = self._stretch(as_bytes(passphrase))
        alone = slots.by_passphrase(stretched, None)
        return (alone,) if keyfile is None else (alone, slots.by_passphrase(stretched, keyfile))

    def _stretch(self, typed: bytes) -> bytes:
        if self._known is None or self._known.typed != typed:
            self._known = Stretched(typed, stretch(self._header, typed))
        return self._known.key

    def _unlock(self, master: Held) -> Unlocked:
        for record in self._frame.records:
            if record.id == master.about:
                opened = seal.unseal(_identity_key(master), record.sealed, _record_aad(master))
                identity = unpack(seal.unpad(opened, slots.RECORD_LEAST), Identity)
                return Unlocked(identity, _local_key(master))
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


def _code_in(duress: Held) -> str:
    return duress.about.rstrip(b"\0").decode("utf-8", "ignore")


def _record_id(office: bytes, member: str) -> bytes:
    return seal.digest(seal.context("identity/id", office, member.encode()))


def _record_aad(master: Held) -> bytes:
    return seal.context("identity", master.about)


def _identity_key(master: Held) -> bytes:
    return seal.derive(master.key, seal.context("identity"))


def _local_key(master: Held) -> bytes:
    return seal.derive(master.key, seal.context("local"))

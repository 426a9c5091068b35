"""Joining: a device of its own comes in by a code that an admin reads aloud, or shows as a QR code.

    admin      makes a code (64 random bits, once, for 24 hours) and says it to the newcomer in person
    newcomer   makes keys; **asks**: the public half, sealed under what the code gives
    admin      opens the ask with the code; signs an epoch with the newcomer in it; **answers**: the office's id
               and its epochs, sealed under what the code gives
    newcomer   checks the chain of epochs against that id, and founds its own store

Ask and answer may go over anything: a relay, a stick, a stranger's chat. Whoever lies in between and does not
know the code can neither read nor change them (Argon2id makes each guess cost what a passphrase costs), and no
key is accepted from anyone but through the code.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from kunak.errors import Damaged, Refused
from kunak.vault import epochs, membership, roles, seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Device, Member
from kunak.vault.hand import OfficeExists, Vault, milliseconds
from kunak.vault.keys import DEFAULT_COST, Identity, KdfCost, Keystore, new_identity
from kunak.vault.lineage import Lineage
from kunak.vault.office import EPOCH_SHELF, KEYSTORE, Office, epoch_blob, is_empty
from kunak.vault.paper import new_joining_code
from kunak.vault.stores import Blob, Store
from kunak.vault.stretch import Header, stretch

LASTS = timedelta(hours=24)
_KEPT = b"joining/invitations"
_PENDING = ("local", b"joining")
_SALT = seal.digest(seal.context("joining/salt"))[:16]  # the code itself is random and used once


class JoiningCodeWrong(Refused):
    """This was not made with the joining code."""

    code = "joining-code-wrong"
    hint = "Ask the admin to read the code again, word by word. After 24 hours a new one is needed."


class JoiningCodeUsed(Refused):
    """This joining code was used already, or its time is over."""

    code = "joining-code-used"
    hint = "Make a new one. If nobody of yours used it, somebody overheard it: say so to your colleagues."


class NotAskedHere(Refused):
    """No joining was begun in this folder, or it is finished."""

    code = "not-asked-here"
    hint = "Begin with `kunak join FOLDER`."


class Invitation(NamedTuple):
    """What an admin keeps of a code that may still be used."""

    code: bytes
    member: str
    roles: tuple[str, ...]
    admin: bool
    replacing: bool  # the member's other devices are removed when this one joins
    until: int  # milliseconds since 1970
    used: bool = False


class _Invitations(NamedTuple):
    open: tuple[Invitation, ...]


class _Ask(NamedTuple):
    root: bytes
    device: Device


class _Answer(NamedTuple):
    office: bytes
    newest: bytes  # hash of the epoch in which the newcomer stands
    epochs: tuple[bytes, ...]


class _Pending(NamedTuple):
    identity: Identity


def invite(
    vault: Vault,
    member: str,
    roles_held: tuple[str, ...],
    at: datetime,
    *,
    admin: bool = False,
    replacing: bool = False,
) -> Invitation:
    """A code for a new member, or for another device of one who belongs already.

    ``replacing``: the member lost their devices; they are removed when the new one joins. Raises
    NotAllowedToAdmit, UnknownRole; MemberExists for a code of the office's seal.
    """
    membership.require_admin(vault)
    known = vault.office.epoch.member(member)
    if known is not None and roles.is_seal(known):
        raise membership.MemberExists()
    made = Invitation(
        new_joining_code(),
        member,
        known.roles if known else roles.require_roles(roles_held),
        known.admin if known else admin,
        replacing,
        milliseconds(at + LASTS),
    )
    _keep(vault, (*open_invitations(vault, at), made))
    return made


def open_invitations(vault: Vault, at: datetime) -> tuple[Invitation, ...]:
    """The codes that may still be used; those that were or whose time is over are remembered for a day."""
    kept = vault.kept(_KEPT)
    known = () if kept is None else unpack(kept, _Invitations).open
    oldest = milliseconds(at - LASTS)
    return tuple(one for one in known if one.until > oldest)


def place_of(code: bytes, cost: KdfCost = DEFAULT_COST) -> bytes:
    """Where ask and answer of a code meet: 16 bytes that tell nothing of it."""
    return seal.derive(_stretched(code, cost), seal.context("joining/place"), length=16)


def ask(store: Store, member: str, code: bytes, cost: KdfCost = DEFAULT_COST) -> bytes:
    """As the newcomer, in an empty store: make keys and ask. Raises OfficeExists."""
    if not is_empty(store):
        raise OfficeExists()
    stretched = _stretched(code, cost)
    kept = store.get(*_PENDING)
    if kept is None:
        identity = new_identity(member)
        plain = seal.pad(pack(_Pending(identity)))
        store.commit((Blob(*_PENDING, seal.seal(_key(stretched, "kept"), plain, b"")),))
    else:  # asked before, with the same code: the same keys
        identity = _pending(store, stretched)
    asked = _Ask(seal.ed25519_public_bytes(identity.root), epochs.describe(identity))
    return seal.seal(_key(stretched, "ask"), seal.pad(pack(asked)), b"")


def answer(vault: Vault, asked: bytes, at: datetime, cost: KdfCost = DEFAULT_COST) -> tuple[str, bytes]:
    """As the admin: admit who asks; returns the member's code and the answer. An ask is answered once.

    Raises JoiningCodeWrong, JoiningCodeUsed, NotAllowedToAdmit.
    """
    known = open_invitations(vault, at)
    for place, invitation in enumerate(known):
        stretched = _stretched(invitation.code, cost)
        opened = _opened(stretched, asked)
        if opened is None:
            continue
        if invitation.used or milliseconds(at) > invitation.until:
            raise JoiningCodeUsed()
        _require_fit(invitation, opened)
        # Used first: if the machine dies in between, a new code is needed, and nobody comes in twice.
        _keep(vault, (*known[:place], invitation._replace(used=True), *known[place + 1 :]))
        member = Member(invitation.member, (opened.root,), invitation.admin, invitation.roles)
        membership.admit(vault, member, opened.device, at, replacing=invitation.replacing)
        return invitation.member, _answered(vault, stretched)
    raise JoiningCodeWrong()


def finish(
    store: Store, code: bytes, answered: bytes, passphrase: str, cost: KdfCost = DEFAULT_COST
) -> Vault:
    """As the newcomer: check the answer, keep the keys under a passphrase. Raises NotAskedHere,
    JoiningCodeWrong, PassphraseNotUsable, Damaged."""
    if store.get(*_PENDING) is None:
        raise NotAskedHere()
    stretched = _stretched(code, cost)
    try:
        plain = seal.unpad(seal.unseal(_key(stretched, "answer"), answered, b""))
    except Damaged:
        raise JoiningCodeWrong() from None
    told = unpack(plain, _Answer)
    identity = _pending(store, stretched)._replace(office=told.office)
    lineage = Lineage(told.office)
    lineage.hear(told.epochs, identity)
    lineage.lead((told.newest,))
    if told.newest not in {epoch.hash for epoch in lineage.leading}:
        raise epochs.EpochNotValid()
    keystore, unlocked = Keystore.new(cost).with_member(passphrase, identity)
    office = Office(store, told.office, ())
    tip = office.tip_of(lineage.newest, (epoch.hash for epoch in lineage.leading), ())
    held = (epoch_blob(received) for received in told.epochs)
    store.commit((Blob(*KEYSTORE, keystore.to_bytes()), *held, tip), [_PENDING])
    return Vault.of(store, unlocked)


def _answered(vault: Vault, stretched: bytes) -> bytes:
    received = tuple(sealed for _, _, sealed in vault.office.store.since(EPOCH_SHELF))
    told = _Answer(vault.office.id, vault.office.epoch.hash, received)
    return seal.seal(_key(stretched, "answer"), seal.pad(pack(told)), b"")


def _require_fit(invitation: Invitation, asked: _Ask) -> None:
    if asked.device.member != invitation.member:
        raise JoiningCodeWrong()
    epochs.check_device(
        asked.device, Member(invitation.member, (asked.root,), invitation.admin, invitation.roles)
    )


def _opened(stretched: bytes, asked: bytes) -> _Ask | None:
    try:
        return unpack(seal.unpad(seal.unseal(_key(stretched, "ask"), asked, b"")), _Ask)
    except Damaged:
        return None


def _pending(store: Store, stretched: bytes) -> Identity:
    kept = store.get(*_PENDING) or b""
    try:
        return unpack(seal.unpad(seal.unseal(_key(stretched, "kept"), kept, b"")), _Pending).identity
    except Damaged:
        raise JoiningCodeWrong() from None


def _keep(vault: Vault, invitations: tuple[Invitation, ...]) -> None:
    vault.keep(_KEPT, pack(_Invitations(invitations)))


def _stretched(code: bytes, cost: KdfCost) -> bytes:
    return stretch(Header(cost.mib, cost.passes, cost.lanes, cost.floor_waived_for_tests, _SALT), code)


def _key(stretched: bytes, use: str) -> bytes:
    return seal.derive(stretched, seal.context(f"joining/{use}"))

"""Who belongs: members and devices come, change their roles, and go. Each change is one new epoch.

Whoever comes is granted what their roles read by those who can (``tending``). Whoever goes is cut off: the
epoch says which of their segments is the last that counts, new secrets follow, and what their devices could
read is listed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from kunak.errors import Refused
from kunak.vault import epochs, roles, trust
from kunak.vault.epochs import Change, Cut, Device, Member
from kunak.vault.hand import Vault
from kunak.vault.keys import new_identity
from kunak.vault.log import VOUCHED, Act
from kunak.vault.office import load_keystore
from kunak.vault.tending import tend


class NotAllowedToAdmit(Refused):
    """Only a member who may admit others can do this."""

    code = "not-allowed-to-admit"
    hint = "Ask the member who founded the office, or another admin."


class MemberExists(Refused):
    """This office has a member of this name already."""

    code = "member-exists"
    hint = "Choose another code for the new member."


class NoSuchMember(Refused):
    """This office has no such member or device now."""

    code = "no-such-member"
    hint = "Look at the list of members; somebody else may have removed them already."


class LastAdmin(Refused):
    """The office would be left without anyone who may admit or remove members."""

    code = "last-admin"
    hint = "Make another member an admin first."


class VouchNotYours(Refused):
    """You cannot vouch for this member: it is you, or you admitted them, or it is done."""

    code = "vouch-not-yours"
    hint = "Where it is still open, ask another member who knows the person."


class CouldRead(NamedTuple):
    """What a removed device held keys or shares of, as far as this hand can name it."""

    subject: str
    compartment: str
    share: bool  # only a share: by itself it opens nothing


class Removal(NamedTuple):
    """What a removal came to. ``unnamed``: dossiers that this hand cannot name."""

    devices: tuple[bytes, ...]
    could_read: tuple[CouldRead, ...]
    unnamed: int


def add_member(
    vault: Vault,
    code: str,
    passphrase: str,
    at: datetime,
    *,
    roles_held: Sequence[str] = roles.FOUNDER_ROLES,
    admin: bool = False,
) -> None:
    """Admit a member who will work on this machine, with a passphrase of their own.

    Raises NotAllowedToAdmit, MemberExists, PassphraseNotUsable, UnknownRole.
    """
    require_admin(vault)
    if vault.office.epoch.member(code) is not None:
        raise MemberExists()
    identity = new_identity(code, vault.office.id)
    keystore, _ = load_keystore(vault.office.store).with_member(passphrase, identity)
    member = epochs.member_of(identity, admin=admin, roles=roles.require_roles(roles_held))
    vault.next_epoch(Change(joining=((member, epochs.describe(identity)),)), at, keystore)
    tend(vault, at)


def admit(vault: Vault, member: Member, device: Device, at: datetime, *, replacing: bool = False) -> None:
    """Let a device in whose keys are known to be its member's. ``replacing``: the member's other devices go.

    Raises NotAllowedToAdmit.
    """
    require_admin(vault)
    epochs.check_device(device, member)
    leaving = _cuts(vault, vault.office.epoch.devices_of((member.code,))) if replacing else ()
    vault.next_epoch(Change(joining=((member, device),), leaving=leaving), at)
    tend(vault, at)


def change_member(vault: Vault, code: str, at: datetime, *, roles_held: Sequence[str], admin: bool) -> None:
    """Give a member other roles. What they lose they can still read as far as it was written before.

    Raises NotAllowedToAdmit, NoSuchMember, UnknownRole, LastAdmin.
    """
    require_admin(vault)
    known = _person(vault, code)
    changed = known._replace(roles=roles.require_roles(roles_held), admin=admin)
    if not admin:
        _require_other_admin(vault, code)
    vault.next_epoch(Change(members=(changed,)), at)
    tend(vault, at)


def remove_member(vault: Vault, code: str, at: datetime) -> Removal:
    """Remove a member with all devices. Raises NotAllowedToAdmit, NoSuchMember, LastAdmin."""
    require_admin(vault)
    _require_other_admin(vault, _person(vault, code).code)
    return _remove(vault, vault.office.epoch.devices_of((code,)), at)


def remove_device(vault: Vault, device: bytes, at: datetime) -> Removal:
    """Remove one device; its member stays if they have another.

    Raises NotAllowedToAdmit, NoSuchMember, LastAdmin.
    """
    require_admin(vault)
    known = vault.office.epoch.device(device)
    if known is None:
        raise NoSuchMember()
    if len(vault.office.epoch.devices_of((known.member,))) == 1:
        _require_other_admin(vault, known.member)
    return _remove(vault, (known,), at)


def awaiting_vouch(vault: Vault) -> tuple[str, ...]:
    """The members for whom this hand's member may vouch (``trust``)."""
    vault.caught_up()
    members = vault.office.epoch.document.members
    return tuple(one.code for one in members if trust.vouchable(vault.office, one, vault.member))


def vouch(vault: Vault, code: str, at: datetime) -> None:
    """Say that this hand's member knows the person behind another one. Raises NoSuchMember, VouchNotYours."""
    vault.caught_up()
    marks = trust.vouchable(vault.office, _member(vault, code), vault.member)
    if not marks or not trust.counts(vault.office, vault.identity.device):
        raise VouchNotYours()
    vault.write((), at, acts=[Act(VOUCHED, b"", mark) for mark in marks])


def require_admin(vault: Vault) -> None:
    """Return if this hand's member may change who belongs; else raise NotAllowedToAdmit."""
    vault.caught_up()
    if not vault.me.admin:
        raise NotAllowedToAdmit()


def could_read(vault: Vault, devices: Sequence[bytes]) -> Removal:
    """What these devices hold keys or shares of, as far as this hand can name it."""
    ring, log = vault.caught_up(), vault.office.log
    named: dict[tuple[str, str], bool] = {}
    unnamed = 0
    for dossier in log.granted:
        if dossier in log.shredded or not log.holders(dossier) & set(devices):
            continue
        known = ring.get(dossier) or ring.shares.get(dossier)
        if known is None or known.compartment not in roles.COMPARTMENTS:
            unnamed += 1
        else:
            place = known.subject, known.compartment
            is_share = roles.COMPARTMENTS[known.compartment].sort == "quorum"
            named[place] = named.get(place, True) and is_share
    return Removal(
        tuple(devices), tuple(CouldRead(*place, share) for place, share in sorted(named.items())), unnamed
    )


def _remove(vault: Vault, devices: Sequence[Device], at: datetime) -> Removal:
    held = could_read(vault, [device.id for device in devices])
    vault.next_epoch(Change(leaving=_cuts(vault, devices)), at)
    return held


def _cuts(vault: Vault, devices: Sequence[Device]) -> tuple[Cut, ...]:
    return tuple(Cut(*vault.office.log.head(device.id)) for device in devices)


def _member(vault: Vault, code: str) -> Member:
    known = vault.office.epoch.member(code)
    if known is None:
        raise NoSuchMember()
    return known


def _person(vault: Vault, code: str) -> Member:
    """A member who is no part of the office's seal: that is changed by ``succession`` alone."""
    known = _member(vault, code)
    if roles.is_seal(known):
        raise NoSuchMember()
    return known


def _require_other_admin(vault: Vault, code: str) -> None:
    others = (one for one in vault.office.epoch.document.members if one.code != code)
    if not any(one.admin and not roles.is_seal(one) for one in others):
        raise LastAdmin()

"""Epochs: who belongs to the office, by whose word, and the secrets of that time.

An epoch is a document signed by a root key of an admin of the epoch before; the first is signed by the
founder, and the office's id is a hash of the founder's root key, so that the chain needs no other anchor.
Its secret is wrapped to each device that belongs. From it come the key of the segments' headers and the
mixing key of the entries; the secrets of the epoch before are sealed under it, so that a newcomer can read
the past (as far as dossiers are granted), and one who left cannot read on.

Two admins who are apart may both make the next epoch. One of them leads (``lineage`` says which), the other is
a **side**: what was written in it is read, its change of members does not count until an admin's device
merges it into a later epoch, which carries the side's secrets.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.keys import Identity
from kunak.vault.roles import OPENS_LETTERS, ROLES, SEAL, may

TAG_BYTES = 8


class EpochNotValid(Damaged):
    """The record of who belongs to this office does not hold together."""

    code = "epoch-not-valid"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


class Member(NamedTuple):
    """A member as the others see them. A member has a root key for each device that joined by itself."""

    code: str
    roots: tuple[bytes, ...]  # Ed25519 public keys
    admin: bool  # may sign the next epoch
    roles: tuple[str, ...]


class Device(NamedTuple):
    """A member's device, certified by one of the member's root keys."""

    id: bytes
    member: str
    signing: bytes  # Ed25519 public key
    wrapping: bytes  # X-Wing public key
    certificate: bytes


class Cut(NamedTuple):
    """A removed device: its segments count up to this one, later ones are refused."""

    device: bytes
    seq: int
    hash: bytes


class Secrets(NamedTuple):
    """What is wrapped to each device of an epoch."""

    epoch: bytes
    office: bytes  # the same until somebody is removed: the office's channel key hangs on it
    intake: bytes  # opens what people send; empty for those whose roles do not


class Document(NamedTuple):
    """What an admin signs."""

    office: bytes
    number: int  # from 1
    before: bytes  # hash of the epoch before; the first: 16 random bytes
    clock: int
    signer: str
    members: tuple[Member, ...]
    devices: tuple[Device, ...]
    cuts: tuple[Cut, ...]
    commitment: bytes  # to the secrets: every device was given the same
    intake_commitment: bytes
    secrets_before: bytes  # of the epoch before and of merged sides, sealed under this one's secret
    intakes_before: bytes  # all earlier intake secrets, sealed under this one's intake secret
    heirs: bytes  # hash of what the frame carries for trustees, so that nobody takes it out unnoticed


class Change(NamedTuple):
    """What a new epoch changes in the list of members."""

    joining: tuple[tuple[Member, Device], ...] = ()
    leaving: tuple[Cut, ...] = ()  # devices that are removed, with the last segment that counts
    members: tuple[Member, ...] = ()  # members whose roles or rights are changed

    @property
    def parts_from_someone(self) -> bool:
        """Whether secrets must change because somebody knows them who may not any more."""
        return bool(self.leaving or self.members)


class _Signed(NamedTuple):
    document: bytes
    signature: bytes


class _Wrap(NamedTuple):
    device: bytes
    sealed: bytes


class _Frame(NamedTuple):
    tag: bytes
    wraps: tuple[_Wrap, ...]
    sealed: bytes
    heirs: tuple[bytes, ...] = ()  # identities of seals, sealed under what the trustees hold (``succession``)


class Earlier(NamedTuple):
    """The secrets of an earlier epoch, by its hash."""

    hash: bytes
    epoch: bytes
    office: bytes


class _EarlierList(NamedTuple):
    epochs: tuple[Earlier, ...]


class _Intakes(NamedTuple):
    intakes: tuple[bytes, ...]


@dataclass(frozen=True)
class Epoch:
    """An opened epoch: the document and the keys of its time."""

    document: Document
    signed: _Signed
    hash: bytes
    secrets: Secrets
    header_key: bytes
    tag: bytes  # 8 bytes that let a reader find the header key, and tell a stranger nothing
    mixing_key: bytes

    @cached_property
    def _devices(self) -> dict[bytes, Device]:
        return {device.id: device for device in self.document.devices}

    @cached_property
    def cuts(self) -> dict[bytes, Cut]:
        """The removed devices, by id."""
        return {cut.device: cut for cut in self.document.cuts}

    @property
    def number(self) -> int:
        """Which one it is, from 1."""
        return self.document.number

    def device(self, device: bytes) -> Device | None:
        """A device that belongs in this epoch, or None."""
        return self._devices.get(device)

    def devices_of(self, members: Iterable[str]) -> tuple[Device, ...]:
        """All devices of these members."""
        wanted = set(members)
        return tuple(device for device in self.document.devices if device.member in wanted)

    def member(self, code: str) -> Member | None:
        """A member who belongs in this epoch, or None."""
        return next((known for known in self.document.members if known.code == code), None)

    @property
    def intakes(self) -> tuple[bytes, ...]:
        """The intake secrets that this hand knows, the newest first. Raises Damaged."""
        if not self.secrets.intake:
            return ()
        aad = seal.context("epoch/intakes", self.document.office, _number(self.number))
        earlier = unpack(
            seal.unseal(_intakes_key(self.secrets.intake), self.document.intakes_before, aad), _Intakes
        )
        return (self.secrets.intake, *earlier.intakes)


def office_id(founder_root: bytes, salt: bytes) -> bytes:
    """The office's id (32 bytes): a hash of the founder's public root key and 16 random bytes."""
    return seal.digest(seal.context("office", founder_root, salt))


def describe(identity: Identity) -> Device:
    """The public half of an identity's device, certified by its root key."""
    signing = seal.ed25519_public_bytes(identity.signing)
    wrapping = seal.x_wing_public_bytes(identity.wrapping)
    statement = _statement(identity.device, identity.member, signing, wrapping)
    certificate = seal.ed25519_from_seed(identity.root).sign(statement)
    return Device(identity.device, identity.member, signing, wrapping, certificate)


def member_of(identity: Identity, *, admin: bool, roles: tuple[str, ...]) -> Member:
    """The member whom an identity stands for."""
    return Member(identity.member, (seal.ed25519_public_bytes(identity.root),), admin, roles)


def make(
    signer: Identity,
    before: Epoch | None,
    salt: bytes,
    clock: int,
    change: Change,
    sides: tuple[Epoch, ...] = (),
    heirs: tuple[bytes, ...] = (),
) -> tuple[Epoch, bytes]:
    """The next epoch, with ``change`` made; and its bytes. ``salt`` is of the first epoch only.

    A change that parts from someone, or that takes a role away, makes new secrets of the office too.
    """
    new = _new_secrets(before, change)
    number = before.number + 1 if before else 1
    members, devices, cuts = _changed(before, change)
    document = Document(
        office=signer.office,
        number=number,
        before=before.hash if before else salt,
        clock=clock,
        signer=signer.member,
        members=members,
        devices=devices,
        cuts=cuts,
        commitment=_commitment(new),
        intake_commitment=_intake_commitment(new.intake),
        secrets_before=_seal_before(new, signer.office, number, (before, *sides) if before else ()),
        intakes_before=_seal_intakes(new.intake, signer.office, number, (before, *sides) if before else ()),
        heirs=_heirs_hash(heirs),
    )
    spelled = pack(document)
    signature = seal.ed25519_from_seed(signer.root).sign(seal.context("epoch", spelled))
    signed = pack(_Signed(spelled, signature))
    epoch = _opened(signed, new)
    wraps = tuple(_Wrap(device.id, _wrap(document, device, new)) for device in devices)
    sealed = seal.seal(_document_key(new), seal.pad(signed), _document_aad(signer.office))
    return epoch, seal.SUITE + pack(_Frame(epoch.tag, wraps, sealed, heirs))


def heirs_of(received: bytes) -> tuple[bytes, ...]:
    """The sealed identities of seals that an epoch carries. Raises Damaged."""
    return _frame(received).heirs


def wrapped_to(received: bytes, identity: Identity) -> Secrets | None:
    """The secrets of an epoch, if they are wrapped to this device. Raises Damaged."""
    frame = _frame(received)
    for device, sealed in frame.wraps:
        if device == identity.device:
            key = seal.x_wing_from_seed(identity.wrapping)
            info = _wrap_info(identity.office, frame.tag, device)
            return unpack(seal.open_with(key, info, sealed), Secrets)
    return None


def tag_of(received: bytes) -> bytes:
    """The tag of an epoch that need not be opened. Raises Damaged."""
    return _frame(received).tag


def open_document(received: bytes, office: bytes, known: Secrets) -> Epoch:
    """The epoch behind the secrets, its signature not yet looked at. Raises Damaged."""
    frame = _frame(received)
    opened = seal.unseal(_document_key(known), frame.sealed, _document_aad(office))
    epoch = _opened(seal.unpad(opened), known)
    document = epoch.document
    fits = document.intake_commitment == _intake_commitment(known.intake) or not known.intake
    if document.office != office or document.commitment != _commitment(known) or not fits:
        raise EpochNotValid()
    if frame.tag != epoch.tag or document.heirs != _heirs_hash(frame.heirs):
        raise EpochNotValid()
    if not (0 < document.number < 1 << 63 and 0 <= document.clock < 1 << 63):
        raise EpochNotValid()
    return epoch


def _heirs_hash(heirs: tuple[bytes, ...]) -> bytes:
    return seal.digest(seal.context("epoch/heirs", *heirs))


def earlier(epoch: Epoch) -> tuple[Earlier, ...]:
    """The secrets of the epoch before, then of the sides that this one merged. Raises Damaged."""
    if epoch.number == 1:
        return ()
    aad = seal.context("epoch/before", epoch.document.office, _number(epoch.number))
    opened = seal.unseal(_before_key(epoch.secrets), epoch.document.secrets_before, aad)
    return unpack(opened, _EarlierList).epochs


def tag_for(office: bytes, epoch_secret: bytes) -> bytes:
    """The tag that belongs to an epoch's secret."""
    return seal.derive(epoch_secret, seal.context("header/tag", office), length=TAG_BYTES)


def check(epoch: Epoch, before: Epoch | None) -> None:
    """Return if an admin of the epoch before signed this one and it holds together; else raise Damaged."""
    document = epoch.document
    admitting = before.document.members if before else document.members[:1]
    signer = next((member for member in admitting if member.code == document.signer and member.admin), None)
    if signer is None or document.number != (before.number + 1 if before else 1):
        raise EpochNotValid()
    if before is None and document.office not in {office_id(root, document.before) for root in signer.roots}:
        raise EpochNotValid()
    if before is not None and document.before != before.hash:
        raise EpochNotValid()
    _check_signature(epoch, signer)
    _check_devices(document)
    if before is not None:
        _check_kept(document, before)


def _check_kept(document: Document, before: Epoch) -> None:
    """Whoever was removed stays removed, and a device keeps its member and its keys for ever."""
    if not set(before.document.cuts) <= set(document.cuts):
        raise EpochNotValid()
    if any(
        known is not None and known != device
        for device in document.devices
        for known in (before.device(device.id),)
    ):
        raise EpochNotValid()


def _check_signature(epoch: Epoch, signer: Member) -> None:
    statement = seal.context("epoch", epoch.signed.document)
    if not any(_is_signed(root, epoch.signed.signature, statement) for root in signer.roots):
        raise seal.NotSigned()


def _is_signed(root: bytes, signature: bytes, statement: bytes) -> bool:
    try:
        seal.verify(root, signature, statement)
    except seal.NotSigned:
        return False
    return True


def _check_devices(document: Document) -> None:
    by_code = {member.code: member for member in document.members}
    ids = {device.id for device in document.devices}
    if len(by_code) != len(document.members) or len(ids) != len(document.devices):
        raise EpochNotValid()
    if ids & {cut.device for cut in document.cuts}:
        raise EpochNotValid()
    if not all(set(member.roles) <= {*ROLES, SEAL} for member in document.members):
        raise EpochNotValid()
    for device in document.devices:
        check_device(device, by_code.get(device.member))


def check_device(device: Device, member: Member | None) -> None:
    """Return if a root key of this member certifies this device; else raise Damaged."""
    if member is None:
        raise EpochNotValid()
    root_of(device, member)


def root_of(device: Device, member: Member) -> bytes:
    """The root key of this member that certifies this device. Raises Damaged."""
    statement = _statement(device.id, device.member, device.signing, device.wrapping)
    for root in member.roots:
        if _is_signed(root, device.certificate, statement):
            return root
    raise seal.NotSigned()


def _statement(device: bytes, member: str, signing: bytes, wrapping: bytes) -> bytes:
    return seal.context("device", device, member.encode(), signing, wrapping)


def _changed(
    before: Epoch | None, change: Change
) -> tuple[tuple[Member, ...], tuple[Device, ...], tuple[Cut, ...]]:
    old_members = {member.code: member for member in before.document.members} if before else {}
    left = {cut.device for cut in change.leaving}
    devices = tuple(d for d in (before.document.devices if before else ()) if d.id not in left)
    for member in change.members:
        old_members[member.code] = member
    for member, device in change.joining:
        known = old_members.get(member.code)
        old_members[member.code] = known._replace(roots=known.roots + member.roots) if known else member
        devices += (device,)
    staying = {device.member for device in devices}
    members = tuple(
        member._replace(roots=_roots_in_use(member, devices))
        for member in old_members.values()
        if member.code in staying
    )
    return members, devices, (*(before.document.cuts if before else ()), *change.leaving)


def _roots_in_use(member: Member, devices: tuple[Device, ...]) -> tuple[bytes, ...]:
    theirs = [device for device in devices if device.member == member.code]
    return tuple(
        root
        for root in member.roots
        if any(
            _is_signed(root, d.certificate, _statement(d.id, d.member, d.signing, d.wrapping)) for d in theirs
        )
    )


def _new_secrets(before: Epoch | None, change: Change) -> Secrets:
    fresh = Secrets(*(secrets.token_bytes(seal.KEY_BYTES) for _ in range(3)))
    if before is None or change.parts_from_someone:
        return fresh
    return fresh._replace(office=before.secrets.office, intake=before.secrets.intake)


def _wrap(document: Document, device: Device, new: Secrets) -> bytes:
    member = next(member for member in document.members if member.code == device.member)
    # An admin holds the intake secret too: whoever makes the next epoch must be able to pass it on.
    given = new if member.admin or may(member, OPENS_LETTERS) else new._replace(intake=b"")
    info = _wrap_info(document.office, tag_for(document.office, new.epoch), device.id)
    return seal.seal_to(seal.load_x_wing_public(device.wrapping), info, pack(given))


def _frame(received: bytes) -> _Frame:
    if received[:1] != seal.SUITE:
        raise EpochNotValid()
    return unpack(received[1:], _Frame)


def _opened(frame: bytes, known: Secrets) -> Epoch:
    signed = unpack(frame, _Signed)
    document = unpack(signed.document, Document)
    office = document.office
    return Epoch(
        document=document,
        signed=signed,
        hash=seal.digest(frame),
        secrets=known,
        header_key=seal.derive(known.epoch, seal.context("header", office)),
        tag=tag_for(office, known.epoch),
        mixing_key=seal.derive(known.epoch, seal.context("mixing", office)),
    )


def _seal_before(new: Secrets, office: bytes, number: int, epochs: tuple[Epoch, ...]) -> bytes:
    if not epochs:
        return b""
    aad = seal.context("epoch/before", office, _number(number))
    known = tuple(Earlier(epoch.hash, epoch.secrets.epoch, epoch.secrets.office) for epoch in epochs)
    return seal.seal(_before_key(new), pack(_EarlierList(known)), aad)


def _seal_intakes(intake: bytes, office: bytes, number: int, epochs: tuple[Epoch, ...]) -> bytes:
    known = dict.fromkeys(secret for epoch in epochs for secret in epoch.intakes)
    kept = tuple(secret for secret in known if secret != intake)
    aad = seal.context("epoch/intakes", office, _number(number))
    return seal.seal(_intakes_key(intake), pack(_Intakes(kept)), aad)


def by_before(epochs: Iterable[Epoch]) -> Mapping[bytes, list[Epoch]]:
    """Epochs by the hash of the one before."""
    children: dict[bytes, list[Epoch]] = {}
    for epoch in epochs:
        if epoch.number > 1:
            children.setdefault(epoch.document.before, []).append(epoch)
    return children


def _number(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _commitment(known: Secrets) -> bytes:
    return seal.digest(seal.context("epoch/commitment", known.epoch, known.office))


def _intake_commitment(intake: bytes) -> bytes:
    return seal.digest(seal.context("epoch/intake", intake))


def _wrap_info(office: bytes, tag: bytes, device: bytes) -> bytes:
    return seal.context("epoch/wrap", office, tag, device)


def _document_key(known: Secrets) -> bytes:
    return seal.derive(known.epoch, seal.context("epoch/document"))


def _document_aad(office: bytes) -> bytes:
    return seal.context("epoch/document", office)


def _before_key(known: Secrets) -> bytes:
    return seal.derive(known.epoch, seal.context("epoch/before"))


def _intakes_key(intake: bytes) -> bytes:
    return seal.derive(intake, seal.context("epoch/intakes"))

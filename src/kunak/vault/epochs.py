"""Epochs: who belongs to the office, by whose word, and the secrets of that time.

An epoch is a document signed by the root key of an admin of the epoch before; the first is signed by the
founder, and the office's id is a hash of the founder's root key, so that the chain needs no other anchor.
Its secret is wrapped to each device that belongs. From it come the key of the segments' headers and the
mixing key of the entries; the secret of the epoch before is sealed under it, so that a newcomer can read the
past (as far as dossiers are granted), and one who left cannot read on.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.keys import Identity

TAG_BYTES = 8


class EpochNotValid(Damaged):
    """The record of who belongs to this office does not hold together."""

    code = "epoch-not-valid"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


class Member(NamedTuple):
    """A member as the others see them."""

    code: str
    root: bytes  # Ed25519 public key
    admin: bool  # may sign the next epoch


class Device(NamedTuple):
    """A member's device, certified by the member's root key."""

    id: bytes
    member: str
    signing: bytes  # Ed25519 public key
    wrapping: bytes  # X-Wing public key
    certificate: bytes


class Secrets(NamedTuple):
    """What is wrapped to each device of an epoch."""

    epoch: bytes
    office: bytes  # the same in each epoch until somebody is removed: public keys of the office hang on it


class Document(NamedTuple):
    """What an admin signs."""

    office: bytes
    number: int  # from 1
    before: bytes  # hash of the epoch before; the first: 16 random bytes
    clock: int
    signer: str
    members: tuple[Member, ...]
    devices: tuple[Device, ...]
    commitment: bytes  # to the secrets: every device was given the same
    secrets_before: bytes  # sealed under this epoch's secret; the first: empty


class _Signed(NamedTuple):
    document: bytes
    signature: bytes


class _Wrap(NamedTuple):
    device: bytes
    sealed: bytes


class _Frame(NamedTuple):
    wraps: tuple[_Wrap, ...]
    sealed: bytes


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

    @property
    def number(self) -> int:
        """Which one it is, from 1."""
        return self.document.number

    def device(self, device: bytes) -> Device | None:
        """A device that belongs in this epoch, or None."""
        return self._devices.get(device)

    def member(self, code: str) -> Member | None:
        """A member who belongs in this epoch, or None."""
        return next((known for known in self.document.members if known.code == code), None)


def office_id(founder_root: bytes, salt: bytes) -> bytes:
    """The office's id (32 bytes): a hash of the founder's public root key and 16 random bytes."""
    return seal.digest(seal.context("office", founder_root, salt))


def describe(identity: Identity) -> Device:
    """The public half of an identity's device, certified by its root key."""
    signing = seal.ed25519_public_bytes(identity.signing)
    wrapping = seal.x_wing_public_bytes(identity.wrapping)
    statement = seal.context("device", identity.device, identity.member.encode(), signing, wrapping)
    certificate = seal.ed25519_from_seed(identity.root).sign(statement)
    return Device(identity.device, identity.member, signing, wrapping, certificate)


def blob_name(office: bytes, number: int) -> bytes:
    """Where an epoch lies: one number, one place, so that two cannot both be the next."""
    return seal.digest(seal.context("epoch/name", office, _number(number)))


def make(
    signer: Identity,
    before: Epoch | None,
    salt: bytes,
    clock: int,
    joining: tuple[tuple[Member, Device], ...],
) -> tuple[Epoch, bytes]:
    """The next epoch, with ``joining`` added; and its bytes. ``salt`` is of the first epoch only."""
    new = Secrets(
        secrets.token_bytes(seal.KEY_BYTES),
        before.secrets.office if before else secrets.token_bytes(seal.KEY_BYTES),
    )
    number = before.number + 1 if before else 1
    document = Document(
        office=signer.office,
        number=number,
        before=before.hash if before else salt,
        clock=clock,
        signer=signer.member,
        members=(*(before.document.members if before else ()), *(member for member, _ in joining)),
        devices=(*(before.document.devices if before else ()), *(device for _, device in joining)),
        commitment=_commitment(new),
        secrets_before=_seal_before(new, before) if before else b"",
    )
    spelled = pack(document)
    signature = seal.ed25519_from_seed(signer.root).sign(seal.context("epoch", spelled))
    signed = pack(_Signed(spelled, signature))
    wraps = tuple(
        _Wrap(
            device.id,
            seal.seal_to(
                seal.load_x_wing_public(device.wrapping),
                _wrap_info(signer.office, number, device.id),
                pack(new),
            ),
        )
        for device in document.devices
    )
    sealed = seal.seal(_document_key(new), seal.pad(signed), _document_aad(signer.office, number))
    return _opened(signed, new), seal.SUITE + pack(_Frame(wraps, sealed))


def open_wrapped(received: bytes, identity: Identity, number: int) -> Secrets | None:
    """The secrets of an epoch, if they are wrapped to this device. Raises Damaged."""
    for device, sealed in _frame(received).wraps:
        if device == identity.device:
            key = seal.x_wing_from_seed(identity.wrapping)
            return unpack(seal.open_with(key, _wrap_info(identity.office, number, device), sealed), Secrets)
    return None


def open_document(received: bytes, office: bytes, number: int, known: Secrets) -> Epoch:
    """The epoch behind the secrets, its signature not yet looked at. Raises Damaged."""
    opened = seal.unseal(_document_key(known), _frame(received).sealed, _document_aad(office, number))
    epoch = _opened(seal.unpad(opened), known)
    document = epoch.document
    if (document.office, document.number) != (office, number) or document.commitment != _commitment(known):
        raise EpochNotValid()
    return epoch


def secrets_before(epoch: Epoch) -> Secrets:
    """The secrets of the epoch before. Raises Damaged."""
    aad = seal.context("epoch/before", epoch.document.office, _number(epoch.number))
    return unpack(seal.unseal(_before_key(epoch.secrets), epoch.document.secrets_before, aad), Secrets)


def check(epoch: Epoch, before: Epoch | None) -> None:
    """Return if an admin of the epoch before signed this one and it holds together; else raise Damaged."""
    document = epoch.document
    admitting = before.document.members if before else document.members[:1]
    signer = next((member for member in admitting if member.code == document.signer and member.admin), None)
    if signer is None:
        raise EpochNotValid()
    if before is None and document.office != office_id(signer.root, document.before):
        raise EpochNotValid()
    if before is not None and document.before != before.hash:
        raise EpochNotValid()
    seal.verify(signer.root, epoch.signed.signature, seal.context("epoch", epoch.signed.document))
    _check_devices(document)


def _check_devices(document: Document) -> None:
    roots = {member.code: member.root for member in document.members}
    ids = {device.id for device in document.devices}
    if len(roots) != len(document.members) or len(ids) != len(document.devices):
        raise EpochNotValid()
    for device in document.devices:
        if device.member not in roots:
            raise EpochNotValid()
        statement = seal.context("device", device.id, device.member.encode(), device.signing, device.wrapping)
        seal.verify(roots[device.member], device.certificate, statement)


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
        tag=seal.derive(known.epoch, seal.context("header/tag", office), length=TAG_BYTES),
        mixing_key=seal.derive(known.epoch, seal.context("mixing", office)),
    )


def _seal_before(new: Secrets, before: Epoch) -> bytes:
    aad = seal.context("epoch/before", before.document.office, _number(before.number + 1))
    return seal.seal(_before_key(new), pack(before.secrets), aad)


def _number(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _commitment(known: Secrets) -> bytes:
    return seal.digest(seal.context("epoch/commitment", known.epoch, known.office))


def _wrap_info(office: bytes, number: int, device: bytes) -> bytes:
    return seal.context("epoch/wrap", office, _number(number), device)


def _document_key(known: Secrets) -> bytes:
    return seal.derive(known.epoch, seal.context("epoch/document"))


def _document_aad(office: bytes, number: int) -> bytes:
    return seal.context("epoch/document", office, _number(number))


def _before_key(known: Secrets) -> bytes:
    return seal.derive(known.epoch, seal.context("epoch/before"))

"""Dossiers: the unit of reading and of shredding. One (subject, compartment), one random key.

The key is wrapped to each device that may read (HPKE X-Wing), together with what the dossier is about, so
that whoever holds no grant does not even learn that. Where two must open together, the key is split instead
and each holder's share is wrapped to that holder's devices. An entry's key follows from the dossier's key and
the mixing key of the epoch: a kept dossier key opens nothing that was written after its holder left.

There may be several dossiers about the same (subject, compartment): whoever may not read founds a new one for
what they write, and when somebody may not read on, the next **generation** begins. All are read; the newest
that a hand can read is written into.

A hand keeps the keys it was granted in one sealed blob of its own on this machine, the key ring. The ring
saves 0.1 ms for each dossier at the next unlocking; it is a cache and may be deleted, but not changed.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal, shares
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Device, Epoch
from kunak.vault.keys import Unlocked
from kunak.vault.log import KEY, RELEASE, SHARE, Grant
from kunak.vault.roles import THRESHOLD
from kunak.vault.stores import Blob

SHELF = "grant"
ID_BYTES = 16
_LEAST_GRANT = 128  # a grant holds a key, a code, a word and names: it needs less padding than an entry


class GrantNotValid(Damaged):
    """The record of who may read a file does not hold together."""

    code = "grant-not-valid"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


class Dossier(NamedTuple):
    """A dossier whose key is at hand."""

    id: bytes
    key: bytes
    subject: str
    compartment: str
    generation: int
    readers: tuple[str, ...]  # member codes: who was to read it when it was founded


class HeldShare(NamedTuple):
    """A member's share of a dossier that two open together. ``check`` tells a wrong share."""

    id: bytes
    x: int
    y: bytes
    check: bytes
    subject: str
    compartment: str
    generation: int
    readers: tuple[str, ...]


class _Wrapped(NamedTuple):
    key: bytes
    subject: str
    compartment: str
    generation: int
    readers: tuple[str, ...]


class _WrappedShare(NamedTuple):
    x: int
    y: bytes
    check: bytes
    subject: str
    compartment: str
    generation: int
    readers: tuple[str, ...]


class _Ring(NamedTuple):
    dossiers: tuple[Dossier, ...]
    shares: tuple[HeldShare, ...]


Granting = tuple[Grant, Blob]


def new_dossier(subject: str, compartment: str, readers: tuple[str, ...], generation: int = 0) -> Dossier:
    """A dossier with a random id and a random key: nothing about it can be derived."""
    return Dossier(
        secrets.token_bytes(ID_BYTES),
        secrets.token_bytes(seal.KEY_BYTES),
        subject,
        compartment,
        generation,
        readers,
    )


def entry_key(dossier: Dossier, epoch: Epoch) -> bytes:
    """The key of all entries of one dossier in one epoch."""
    info = seal.context("entry", dossier.id, epoch.tag)
    return seal.derive(dossier.key, info, salt=epoch.mixing_key)


def grant(office: bytes, dossier: Dossier, devices: Iterable[Device]) -> Iterator[Granting]:
    """The dossier's key wrapped to each device."""
    plain = _padded(_Wrapped(*dossier[1:]))
    for device in devices:
        yield _wrap(KEY, dossier.id, 0, device, _info(office, dossier.id, device.id), plain)


def grant_shares(
    office: bytes, dossier: Dossier, readers: Sequence[tuple[str, Sequence[Device]]]
) -> Iterator[Granting]:
    """The dossier's key split among its readers, each one's share wrapped to each of that member's devices."""
    check = shares.check_value(dossier.key, dossier.id)
    split = shares.split(dossier.key, THRESHOLD, len(readers))
    for (_, devices), share in zip(readers, split, strict=True):
        held = HeldShare(dossier.id, share.x, share.y, check, *dossier[2:])
        yield from grant_share(office, held, devices)


def grant_share(office: bytes, held: HeldShare, devices: Iterable[Device]) -> Iterator[Granting]:
    """One member's share wrapped to that member's devices."""
    plain = _padded(_WrappedShare(*held[1:]))
    for device in devices:
        yield _wrap(SHARE, held.id, held.x, device, _info(office, held.id, device.id), plain)


def release(office: bytes, held: HeldShare, opening: bytes, devices: Iterable[Device]) -> Iterator[Granting]:
    """A share lent to a colleague's devices for one opening."""
    plain = _padded(_WrappedShare(*held[1:]))
    for device in devices:
        yield _wrap(
            RELEASE, held.id, held.x, device, _release_info(office, held.id, device.id, opening), plain
        )


def joined(own: HeldShare, lent: HeldShare) -> Dossier:
    """The dossier that two shares open. Raises Damaged when one of them is wrong."""
    pair = (shares.Share(own.x, own.y), shares.Share(lent.x, lent.y))
    key = shares.join_checked(pair, THRESHOLD, own.check, own.id)
    return Dossier(own.id, key, *own[4:])


class KeyRing:
    """The dossiers that one hand can read, and its shares of those that two open together."""

    def __init__(self, unlocked: Unlocked, kept: bytes | None) -> None:
        """``kept``: the sealed ring of last time, if there is one. Raises Damaged if it was changed."""
        self._identity, self._local_key = unlocked
        self._wrapping = seal.x_wing_from_seed(self._identity.wrapping)
        self._by_id: dict[bytes, Dossier] = {}
        self._by_subject: dict[tuple[str, str], Dossier] = {}
        self.shares: dict[bytes, HeldShare] = {}
        self._entry_keys: dict[tuple[bytes, bytes], bytes] = {}
        if kept is not None:
            opened = unpack(seal.unpad(seal.unseal(self._local_key, kept, self._aad())), _Ring)
            for dossier in opened.dossiers:
                self.add(dossier)
            self.shares = {held.id: held for held in opened.shares}
        self._changed = False

    def __iter__(self) -> Iterator[Dossier]:
        return iter(self._by_id.values())

    def __contains__(self, dossier: bytes) -> bool:
        return dossier in self._by_id or dossier in self.shares

    def ids(self) -> set[bytes]:
        """The dossiers of which it holds a key or a share."""
        return {*self._by_id, *self.shares}

    def get(self, dossier: bytes) -> Dossier | None:
        """A dossier by its id, or None if this hand cannot read it."""
        return self._by_id.get(dossier)

    def about(self, subject: str, compartment: str) -> Dossier | None:
        """The dossier to write into, or None if this hand can read none."""
        return self._by_subject.get((subject, compartment))

    def add(self, dossier: Dossier) -> None:
        """Keep a dossier. All hands write into the newest generation; of equals, the one with the lower id."""
        self._by_id[dossier.id] = dossier
        place = (dossier.subject, dossier.compartment)
        other = self._by_subject.get(place)
        if other is None or (-dossier.generation, dossier.id) < (-other.generation, other.id):
            self._by_subject[place] = dossier
        self._changed = True

    def hold(self, held: HeldShare) -> None:
        """Keep a share."""
        self.shares[held.id] = held
        self._changed = True

    def forget(self, dossier: bytes) -> bool:
        """Let go of a dossier's key or share. Returns whether there was one."""
        held = self.shares.pop(dossier, None)
        known = self._by_id.pop(dossier, None)
        if known is not None:
            self._entry_keys = {place: key for place, key in self._entry_keys.items() if place[0] != dossier}
            place = (known.subject, known.compartment)
            self._by_subject.pop(place, None)
            for other in [one for one in self if (one.subject, one.compartment) == place]:
                self.add(other)
        self._changed = self._changed or bool(held or known)
        return bool(held or known)

    def open_grant(self, granted: Grant, sealed: bytes) -> bool:
        """Unwrap a grant that was made to this device; False for one that lies here as it was signed and opens
        nothing: that is its writer's fault, and not the store's. Raises GrantNotValid for other bytes."""
        _require_whole(granted, sealed)
        info = _info(self._identity.office, granted.dossier, self._identity.device)
        try:
            plain = self.unwrapped(granted, info, sealed)
            if granted.sort == SHARE:
                self.hold(_share(granted, plain))
            else:
                self.add(_key(granted, plain))
        except Damaged:
            return False
        return True

    def open_release(self, granted: Grant, opening: bytes, sealed: bytes) -> HeldShare | None:
        """Unwrap a share that was lent to this device for an opening; None for one that is none, or was lent for
        another. Raises GrantNotValid for other bytes."""
        _require_whole(granted, sealed)
        info = _release_info(self._identity.office, granted.dossier, self._identity.device, opening)
        try:
            return _share(granted, self.unwrapped(granted, info, sealed))
        except Damaged:
            return None

    def unwrapped(self, granted: Grant, info: bytes, sealed: bytes, least: int = _LEAST_GRANT) -> bytes:
        """What was wrapped to this device for one purpose. Raises Damaged."""
        _require_whole(granted, sealed)
        return seal.unpad(seal.open_with(self._wrapping, info, sealed), least)

    def entry_key(self, dossier: Dossier, epoch: Epoch) -> bytes:
        """``entry_key``, remembered."""
        place = (dossier.id, epoch.tag)
        if place not in self._entry_keys:
            self._entry_keys[place] = entry_key(dossier, epoch)
        return self._entry_keys[place]

    def blob(self) -> Blob:
        """The ring, sealed under this hand's own key on this machine."""
        ring = seal.pad(pack(_Ring(tuple(self._by_id.values()), tuple(self.shares.values()))))
        self._changed = False
        return Blob(
            "local", self.blob_name(self._identity.device), seal.seal(self._local_key, ring, self._aad())
        )

    def has_changed(self) -> bool:
        """Whether it holds other keys than the kept ring."""
        return self._changed

    @staticmethod
    def blob_name(device: bytes) -> bytes:
        """Where a device's ring lies."""
        return seal.digest(seal.context("ring/name", device))

    def _aad(self) -> bytes:
        return seal.context("ring", self._identity.office, self._identity.device)


def _require_whole(granted: Grant, sealed: bytes) -> None:
    if seal.digest(sealed) != granted.hash:
        raise GrantNotValid()


def _key(granted: Grant, plain: bytes) -> Dossier:
    wrapped = unpack(plain, _Wrapped)
    if len(wrapped.key) != seal.KEY_BYTES:
        raise GrantNotValid()
    return Dossier(granted.dossier, *wrapped)


def _share(granted: Grant, plain: bytes) -> HeldShare:
    held = HeldShare(granted.dossier, *unpack(plain, _WrappedShare))
    if not shares.is_place(held.x) or len(held.y) != seal.KEY_BYTES:
        raise GrantNotValid()
    return held


def _padded(record: tuple[object, ...]) -> bytes:
    return seal.pad(pack(record), _LEAST_GRANT)


def _wrap(sort: int, dossier: bytes, x: int, device: Device, info: bytes, plain: bytes) -> Granting:
    sealed = seal.seal_to(seal.load_x_wing_public(device.wrapping), info, plain)
    name = seal.digest(sealed)
    return Grant(dossier, device.id, sort, x, name), Blob(SHELF, name, sealed)


def _info(office: bytes, dossier: bytes, device: bytes) -> bytes:
    return seal.context("grant", office, dossier, device)


def _release_info(office: bytes, dossier: bytes, device: bytes, opening: bytes) -> bytes:
    return seal.context("release", office, dossier, device, opening)

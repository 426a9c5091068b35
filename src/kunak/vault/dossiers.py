"""Dossiers: the unit of reading and of shredding. One (subject, compartment), one random key.

The key is wrapped to each device that may read (HPKE X-Wing), together with what the dossier is about, so
that whoever holds no grant does not even learn that. An entry's key follows from the dossier's key and the
mixing key of the epoch: a kept dossier key opens nothing that was written after its holder left.

A hand keeps the keys it was granted in one sealed blob of its own on this machine, the key ring. The ring
saves 0.1 ms for each dossier at the next unlocking; it is a cache and may be deleted, but not changed.
"""

import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kunak.errors import Damaged
from kunak.vault import seal
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Device, Epoch
from kunak.vault.keys import Unlocked
from kunak.vault.log import Grant
from kunak.vault.stores import Blob

SHELF = "grant"
ID_BYTES = 16
_LEAST_GRANT = 96  # a grant holds a key, a code and a word: it needs less padding than an entry


class GrantNotValid(Damaged):
    """The record of who may read a file does not hold together."""

    code = "grant-not-valid"
    hint = "Do not use this copy. Compare it with a colleague's before you go on."


class Dossier(NamedTuple):
    """A dossier that this hand can read."""

    id: bytes
    key: bytes
    subject: str
    compartment: str


class _Wrapped(NamedTuple):
    key: bytes
    subject: str
    compartment: str


class _Ring(NamedTuple):
    dossiers: tuple[Dossier, ...]


def new_dossier(subject: str, compartment: str) -> Dossier:
    """A dossier with a random id and a random key: nothing about it can be derived."""
    return Dossier(secrets.token_bytes(ID_BYTES), secrets.token_bytes(seal.KEY_BYTES), subject, compartment)


def entry_key(dossier: Dossier, epoch: Epoch) -> bytes:
    """The key of all entries of one dossier in one epoch."""
    info = seal.context("entry", dossier.id, epoch.number.to_bytes(8, "big"))
    return seal.derive(dossier.key, info, salt=epoch.mixing_key)


def grant(office: bytes, dossier: Dossier, devices: Iterable[Device]) -> Iterator[tuple[Grant, Blob]]:
    """The dossier's key wrapped to each device."""
    plain = seal.pad(pack(_Wrapped(dossier.key, dossier.subject, dossier.compartment)), _LEAST_GRANT)
    for device in devices:
        info = _info(office, dossier.id, device.id)
        sealed = seal.seal_to(seal.load_x_wing_public(device.wrapping), info, plain)
        name = seal.digest(sealed)
        yield Grant(dossier.id, device.id, name), Blob(SHELF, name, sealed)


class KeyRing:
    """The dossiers that one hand can read."""

    def __init__(self, unlocked: Unlocked, kept: bytes | None) -> None:
        """``kept``: the sealed ring of last time, if there is one. Raises Damaged if it was changed."""
        self._identity, self._local_key = unlocked
        self._wrapping = seal.x_wing_from_seed(self._identity.wrapping)
        self._by_id: dict[bytes, Dossier] = {}
        self._by_subject: dict[tuple[str, str], Dossier] = {}
        self._entry_keys: dict[tuple[bytes, int], bytes] = {}
        if kept is not None:
            opened = seal.unpad(seal.unseal(self._local_key, kept, self._aad()))
            for dossier in unpack(opened, _Ring).dossiers:
                self.add(dossier)
        self._kept = len(self._by_id)

    def __iter__(self) -> Iterator[Dossier]:
        return iter(self._by_id.values())

    def __contains__(self, dossier: bytes) -> bool:
        return dossier in self._by_id

    def get(self, dossier: bytes) -> Dossier | None:
        """A dossier by its id, or None if this hand cannot read it."""
        return self._by_id.get(dossier)

    def about(self, subject: str, compartment: str) -> Dossier | None:
        """The dossier to write into, or None if this hand can read none."""
        return self._by_subject.get((subject, compartment))

    def add(self, dossier: Dossier) -> None:
        """Keep a dossier. Of two about the same thing, all hands write into the one with the lower id."""
        self._by_id[dossier.id] = dossier
        place = (dossier.subject, dossier.compartment)
        other = self._by_subject.get(place)
        if other is None or dossier.id < other.id:
            self._by_subject[place] = dossier

    def open_grant(self, granted: Grant, sealed: bytes) -> None:
        """Unwrap a grant that was made to this device. Raises Damaged."""
        if seal.digest(sealed) != granted.hash:
            raise GrantNotValid()
        info = _info(self._identity.office, granted.dossier, self._identity.device)
        wrapped = unpack(seal.unpad(seal.open_with(self._wrapping, info, sealed), _LEAST_GRANT), _Wrapped)
        if len(wrapped.key) != seal.KEY_BYTES:
            raise GrantNotValid()
        self.add(Dossier(granted.dossier, *wrapped))

    def entry_key(self, dossier: Dossier, epoch: Epoch) -> bytes:
        """``entry_key``, remembered."""
        place = (dossier.id, epoch.number)
        if place not in self._entry_keys:
            self._entry_keys[place] = entry_key(dossier, epoch)
        return self._entry_keys[place]

    def blob(self) -> Blob:
        """The ring, sealed under this hand's own key on this machine."""
        ring = seal.pad(pack(_Ring(tuple(self._by_id.values()))))
        return Blob(
            "local", self.blob_name(self._identity.device), seal.seal(self._local_key, ring, self._aad())
        )

    def has_grown(self) -> bool:
        """Whether it holds dossiers that the kept ring does not."""
        return len(self._by_id) > self._kept

    @staticmethod
    def blob_name(device: bytes) -> bytes:
        """Where a device's ring lies."""
        return seal.digest(seal.context("ring/name", device))

    def _aad(self) -> bytes:
        return seal.context("ring", self._identity.office, self._identity.device)


def _info(office: bytes, dossier: bytes, device: bytes) -> bytes:
    return seal.context("grant", office, dossier, device)

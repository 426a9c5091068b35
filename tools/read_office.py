#!/usr/bin/env python3
"""Reads an office of version 1 without Kunak: written from docs/format.md alone, for the day Kunak is gone.

    python3 read_office.py office.sqlite                       asks for the passphrase
    python3 read_office.py office.bundle --passphrase-file P --keyfile K
    python3 read_office.py office.sqlite --kit                 asks for a recovery kit's digits (or QR text)
    python3 read_office.py office.sqlite --second              asks for a second member's passphrase too
    python3 read_office.py office.sqlite --cards-file C        enough trustees' cards, one on a line
    python3 read_office.py letter.kunak --office office.sqlite a parcel, with the store of a device of the office

It needs Python 3.11, ``cryptography`` 48 or newer, and nothing else. It changes nothing. What it prints is one JSON
object: who belongs, how far each device's verified chain goes, the entries that these keys open, and what
they do not open, by number. It prints people's secrets: let it write to no disk that is not encrypted.

Ends with 0 if all verified; 1 if something did not: it is named under "problems", and what did verify is printed
all the same; 2 for a wrong call; 3 if the passphrase or kit opens nothing; 4 if the file is not of this format.
"""

import argparse
import base64
import getpass
import hashlib
import json
import re
import sqlite3
import sys
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Shelves = dict[str, dict[bytes, bytes]]  # shelf -> name -> sealed, in the order of committing
NOTHING = bytes(32)
ROLES = {"duty", "case-worker", "movement", "documenter", "lawyer", "coordinator", "numbers", "seal"}


class NotThisFormat(Exception):
    """Ends with 4."""


class NotOpened(Exception):
    """Ends with 3."""


class Wrong(Exception):
    """Something does not verify."""


# 1. Words used


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def ctx(purpose: str, *parts: bytes) -> bytes:
    return b"kunak/v1/" + purpose.encode() + b"\0" + b"".join(len(p).to_bytes(4, "big") + p for p in parts)


def digest(x: bytes) -> bytes:
    return hashlib.sha256(x).digest()


def kdf(key: bytes, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)


def padded_length(n: int, least: int) -> int:
    if n <= least:
        return least
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


def unpad(x: bytes, least: int = 256) -> bytes:
    marked = x.rstrip(b"\0")
    if marked[-1:] != b"\x80" or len(x) != padded_length(len(marked), least):
        raise Wrong("padding")
    return marked[:-1]


def suite_of(sealed: bytes) -> None:
    if sealed[:1] != b"\1":
        raise Wrong("another suite: sealed by a newer program, or damaged")


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    suite_of(sealed)
    if len(sealed) < 29 or len(key) != 32:
        raise Wrong("too short")
    try:
        return AESGCM(key).decrypt(sealed[1:13], sealed[13:], b"\1" + aad)
    except InvalidTag:
        raise Wrong("does not open") from None


def unwrap(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    suite_of(sealed)
    if len(sealed) < 1 + 1120 + 16:
        raise Wrong("too short")
    expanded = hashlib.shake_256(seed).digest(96)
    key = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    try:
        return suite.decrypt(sealed[1:], key, b"\1" + info)
    except (InvalidTag, ValueError):
        raise Wrong("does not open") from None


def x_wing_public(seed: bytes) -> bytes:
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return lattice + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# Frames: as much of MessagePack as the format uses.

_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4}
_NUMBERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_PLAIN = {0xC0: None, 0xC2: False, 0xC3: True}


class _Frame:
    """Takes one value after the other from bytes that nobody vouches for."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def all(self) -> Any:
        value = self._value(12)
        if self._at != len(self._data):
            raise Wrong("frame")
        return value

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise Wrong("frame")
        self._at += count
        return self._data[self._at - count : self._at]

    def _number(self, count: int) -> int:
        return int.from_bytes(self._take(count), "big")

    def _value(self, depth: int) -> Any:
        mark = self._number(1)
        if mark < 0x80:
            return mark
        if mark in _PLAIN:
            return _PLAIN[mark]
        if mark in _NUMBERS:
            return self._number(_NUMBERS[mark])
        if mark in _SIZES:
            return self._sized(mark, self._number(_SIZES[mark]), depth)
        if mark >> 4 == 0x9:
            return self._sized(0xDC, mark & 0xF, depth)
        if mark >> 5 == 0x5:
            return self._sized(0xD9, mark & 0x1F, depth)
        raise Wrong("frame")

    def _sized(self, mark: int, size: int, depth: int) -> Any:
        if mark in (0xC4, 0xC5, 0xC6):
            return self._take(size)
        if mark in (0xD9, 0xDA, 0xDB):
            return text_of(self._take(size))
        if depth == 0:
            raise Wrong("frame")
        return [self._value(depth - 1) for _ in range(min(size, len(self._data) + 1))]


def text_of(spelled: bytes) -> str:
    try:
        return spelled.decode()
    except UnicodeDecodeError:
        raise Wrong("text") from None


MAYBE = "bytes or nil"


def fit(value: Any, shape: Any) -> Any:
    """A value of a shape: a type; a number for so many bytes; [shape] for many; (shape, …) for exactly these."""
    if isinstance(shape, list):
        good = isinstance(value, list) and all(fit(one, shape[0]) is one for one in value)
    elif isinstance(shape, tuple):
        good = isinstance(value, list) and len(value) == len(shape)
        good = good and all(fit(one, inner) is one for one, inner in zip(value, shape, strict=True))
    elif isinstance(shape, int):
        good = isinstance(value, bytes) and len(value) == shape
    elif shape is int:
        good = type(value) is int and 0 <= value < 1 << 63
    elif shape == MAYBE:
        good = value is None or isinstance(value, bytes)
    else:
        good = type(value) is shape
    if not good:
        raise Wrong("frame of another shape")
    return value


def unframe(data: bytes, shape: Any, last: Any = None) -> Any:
    """``last``: what stands for the last value where it is absent."""
    value = _Frame(data).all()
    if last is not None and isinstance(value, list) and len(value) == len(shape) - 1:
        value.append(last)
    return fit(value, shape)


def pack(value: Any) -> bytes:
    """The shortest form."""
    if value is None or isinstance(value, bool):
        return bytes([{None: 0xC0, False: 0xC2, True: 0xC3}[value]])
    if isinstance(value, int):
        return _packed_number(value)
    if isinstance(value, bytes):
        return _headed(len(value), None, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, str):
        spelled = value.encode()
        return _headed(len(spelled), (0xA0, 32), (0xD9, 0xDA, 0xDB)) + spelled
    return _headed(len(value), (0x90, 16), (None, 0xDC, 0xDD)) + b"".join(map(pack, value))


def _packed_number(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    mark, size = next((mark, size) for mark, size in _NUMBERS.items() if value < 1 << 8 * size)
    return bytes([mark]) + value.to_bytes(size, "big")


def _headed(size: int, short: tuple[int, int] | None, marks: tuple[int | None, int, int]) -> bytes:
    if short and size < short[1]:
        return bytes([short[0] + size])
    for mark, width in zip(marks, (1, 2, 4), strict=True):
        if mark is not None and size < 1 << 8 * width:
            return bytes([mark]) + size.to_bytes(width, "big")
    raise Wrong("too large")


# 2. The store


def read_file(path: Path) -> tuple[str, Any]:
    """("store", shelves) or ("parcel", bytes)."""
    with path.open("rb") as file:
        head = file.read(32)
    if head.startswith(b"SQLite format 3\0"):
        return "store", read_sqlite(path)
    if head.startswith(b"kunak-bundle/"):
        return "store", read_bundle(path.read_bytes())
    if head.startswith(b"kunak"):
        return "parcel", path.read_bytes()
    raise NotThisFormat(f"{path} is no store, no bundle and no parcel of Kunak")


def read_sqlite(path: Path) -> Shelves:
    # Without a write-ahead file beside it nothing is written by anybody: then SQLite needs to make no file either.
    wal = path.with_name(path.name + "-wal").exists()
    db = sqlite3.connect(f"{path.resolve().as_uri()}?{'mode=ro' if wal else 'immutable=1'}", uri=True)
    try:
        marks = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        if marks[0] != 0x6B756E61:
            raise NotThisFormat(f"{path} is a SQLite file of another program")
        if marks[1] != 1:
            raise NotThisFormat(f"{path} has version {marks[1]}: it needs a newer program than this one")
        rows = db.execute("SELECT shelf, name, sealed FROM blob ORDER BY shelf, cur").fetchall()
    except sqlite3.Error:
        raise NotThisFormat(f"{path} is damaged, or cannot be read") from None
    finally:
        db.close()
    shelves: Shelves = {}
    for shelf, name, sealed in rows:
        if not (isinstance(shelf, str) and isinstance(name, bytes) and isinstance(sealed, bytes)):
            raise NotThisFormat(f"{path} is damaged")
        shelves.setdefault(shelf, {})[name] = sealed
    return shelves


_FIRST_LINE = b"kunak-bundle/1\r\n"


def read_bundle(data: bytes) -> Shelves:
    if not data.startswith(_FIRST_LINE):
        raise NotThisFormat("this bundle needs a newer program than this one, or is damaged")
    shelves: Shelves = {}
    at, highest = len(_FIRST_LINE), 0
    while at < len(data):
        record = _record(data, at)
        if record is None:
            break
        (head, puts, drops), at = record
        for shelf, name in drops:
            shelves.get(shelf, {}).pop(name, None)
        for cursor, shelf, name, sealed in puts:
            blobs = shelves.setdefault(shelf, {})
            was = blobs.pop(name, None)
            if not highest < cursor <= head or (was is not None and shelf not in ("keystore", "local")):
                raise NotThisFormat("this bundle is damaged")
            blobs[name], highest = sealed, cursor
        if head < highest:
            raise NotThisFormat("this bundle is damaged")
        highest = head
    return shelves


def _record(data: bytes, at: int) -> tuple[Any, int] | None:
    """The frame of a record and where it ends; None if it was cut off."""
    head = data[at : at + 24]
    if len(head) < 24:
        return None
    right = head[:4] == b"KREC" and int.from_bytes(head[4:12], "big") == at
    if not right or int.from_bytes(head[20:], "big") != zlib.crc32(head[:20]):
        if _has_zero_piece(data[at:], at) and b"KREC" not in data[at + 1 :]:
            return None
        raise NotThisFormat("this bundle is damaged")
    end = at + 24 + int.from_bytes(head[12:20], "big") + 36
    if end > len(data):
        return None
    body, check = data[at : end - 36], data[end - 36 : end]
    if check != digest(body) + b"END\n":
        if end == len(data) and _has_zero_piece(data[at:], at):
            return None
        raise NotThisFormat("this bundle is damaged")
    try:
        return unframe(body[24:], (int, [(int, str, bytes, bytes)], [(str, bytes)])), end
    except Wrong:
        raise NotThisFormat("this bundle is damaged") from None


def _has_zero_piece(seen: bytes, begins: int) -> bool:
    bounds = [0, *range(512 - begins % 512, len(seen), 512), len(seen)]
    return any(not any(seen[a:b]) for a, b in pairwise(bounds))


# 3. Keystore


@dataclass(frozen=True)
class Identity:
    member: str
    office: bytes
    root: bytes = field(repr=False)
    device: bytes
    signing: bytes = field(repr=False)
    wrapping: bytes = field(repr=False)

    def described(self) -> list[Any]:
        """Id, member and public keys, as an epoch lists them (the certificate left out)."""
        return [self.device, self.member, ed25519_public(self.signing), x_wing_public(self.wrapping)]


@dataclass(frozen=True)
class Secret:
    """What was typed, or read from files."""

    passphrase: str | None = field(default=None, repr=False)
    keyfile: bytes | None = field(default=None, repr=False)
    kit: bytes | None = field(default=None, repr=False)


_IDENTITY = (str, 32, 32, 16, 32, 32)


def open_keystore(sealed: bytes | None, secret: Secret) -> Identity:
    if sealed is None:
        raise NotOpened("there is no keystore in this file: no passphrase opens it")
    try:
        suite_of(sealed)
        if digest(sealed[:-32]) != sealed[-32:]:
            raise Wrong("keystore")
        header, slots, records = unframe(sealed[1:-32], (bytes, [(16, bytes)], [(32, bytes)]))
        cost = unframe(header, (int, int, int, bool, bytes))
        check_cost(*cost[:4])
        found = _slot(header, slots, list(_slot_keys(secret, cost)))
        if found is None or found[0] not in (1, 2):
            raise NotOpened("this passphrase or kit opens nothing here")
        return _identity(found, dict(records))
    except Wrong as why:
        raise NotThisFormat(f"the keystore is damaged ({why})") from None


def check_cost(mib: int, passes: int, lanes: int, waived: bool) -> None:
    if not (0 < mib <= 8192 and 0 < passes <= 64 and 0 < lanes <= 64):
        raise Wrong("cost")
    if not waived and (mib < 64 or passes < 3 or lanes < 4):
        raise Wrong("weakened: somebody may have changed it")


def _slot_keys(secret: Secret, cost: list[Any]) -> Iterator[tuple[str, bytes]]:
    if secret.kit is not None:
        yield "slot/recovery", secret.kit
    if secret.passphrase is not None:
        mib, passes, lanes, _, salt = cost
        typed = unicodedata.normalize("NFKC", secret.passphrase).encode("utf-8", "surrogatepass")
        argon = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=mib * 1024)
        stretched = argon.derive(typed)
        yield "slot/passphrase", stretched
        if secret.keyfile is not None:
            yield "slot/passphrase", stretched + digest(secret.keyfile)


def _slot(header: bytes, slots: list[Any], keys: list[tuple[str, bytes]]) -> list[Any] | None:
    found = None
    for slot_id, sealed in slots:
        for purpose, key in keys:
            try:
                opened = unseal(kdf(key, ctx(purpose), slot_id), sealed, ctx("slot", header, slot_id))
            except Wrong:
                continue
            found = found or unframe(opened, (int, 32, 32))
    return found


def _identity(slot: list[Any], records: dict[bytes, bytes]) -> Identity:
    _, master, about = slot
    if about not in records:
        raise Wrong("record")
    opened = unseal(kdf(master, ctx("identity")), records[about], ctx("identity", about))
    return Identity(*unframe(unpad(opened, 512), _IDENTITY))


# 4. Epochs

_DEVICE = (16, str, 32, 1216, 64)
_DOCUMENT = (
    32, int, bytes, int, str, [(str, [32], bool, [str])], [_DEVICE], [(16, int, 32)], 32, 32, bytes, bytes, 32,
)  # fmt: skip


@dataclass
class Epoch:
    document: list[Any]
    spelled: bytes
    signature: bytes
    hash: bytes
    tag: bytes
    epoch_secret: bytes = field(repr=False)
    office_secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        (
            self.office, self.number, self.before, self.clock, self.signer, members, devices, cuts,
            self.commitment, self.intake_commitment, self.secrets_before, _, self.heirs,
        ) = self.document  # fmt: skip
        self.members = {code: (roots, admin, roles) for code, roots, admin, roles in members}
        self.devices = {one[0]: one for one in devices}
        self.cuts = {device: (seq, named) for device, seq, named in cuts}
        self.header_key = kdf(self.epoch_secret, ctx("header", self.office))
        self.mixing_key = kdf(self.epoch_secret, ctx("mixing", self.office))

    @property
    def admins(self) -> set[str]:
        return {code for code in self.members if self.is_admin(code)}

    def is_admin(self, code: str) -> bool:
        return code in self.members and self.members[code][1]


def epoch_frame(sealed: bytes) -> list[Any]:
    suite_of(sealed)
    frame: list[Any] = unframe(sealed[1:], (8, [(16, bytes)], bytes, [bytes]), last=[])
    return frame


def open_epoch(sealed: bytes, office: bytes, known: Sequence[bytes]) -> Epoch:
    """``known``: epoch secret, office secret and perhaps the intake secret."""
    tag, _, document, heirs = epoch_frame(sealed)
    opened = unseal(kdf(known[0], ctx("epoch/document")), document, ctx("epoch/document", office))
    frame = unpad(opened)
    spelled, signature = unframe(frame, (bytes, 64))
    epoch = Epoch(
        unframe(spelled, _DOCUMENT), spelled, signature, digest(frame), tag_of(office, known[0]), *known[:2]
    )
    right = epoch.office == office and epoch.tag == tag
    right = right and epoch.heirs == digest(ctx("epoch/heirs", *heirs))
    right = right and epoch.commitment == digest(ctx("epoch/commitment", *known[:2]))
    if len(known) > 2 and known[2]:
        right = right and epoch.intake_commitment == digest(ctx("epoch/intake", known[2]))
    if not right:
        raise Wrong("epoch")
    return epoch


def tag_of(office: bytes, epoch_secret: bytes) -> bytes:
    return kdf(epoch_secret, ctx("header/tag", office), length=8)


def earlier(epoch: Epoch) -> list[Any]:
    """[[hash, epoch secret, office secret], …] of the epoch before and of merged sides."""
    if epoch.number == 1:
        return []
    aad = ctx("epoch/before", epoch.office, u64(epoch.number))
    opened = unseal(kdf(epoch.epoch_secret, ctx("epoch/before")), epoch.secrets_before, aad)
    (known,) = unframe(opened, ([(32, 32, 32)],))
    return list(known)


def check_epoch(epoch: Epoch, before: Epoch | None) -> None:
    signer = epoch.signer
    if before is None:
        right = epoch.number == 1 and bool(epoch.members) and signer == epoch.document[5][0][0]
        roots, admin, _ = epoch.members.get(signer, ([], False, []))
        right = right and any(epoch.office == digest(ctx("office", root, epoch.before)) for root in roots)
    else:
        roots, admin, _ = before.members.get(signer, ([], False, []))
        right = epoch.number == before.number + 1 and epoch.before == before.hash
        right = right and all(epoch.cuts.get(device) == cut for device, cut in before.cuts.items())
        both = epoch.devices.keys() & before.devices.keys()
        right = right and all(epoch.devices[one] == before.devices[one] for one in both)
    if not (right and admin and _devices_fit(epoch)):
        raise Wrong("epoch")
    if not any(is_signed(root, epoch.signature, ctx("epoch", epoch.spelled)) for root in roots):
        raise Wrong("epoch's signature")


def _devices_fit(epoch: Epoch) -> bool:
    once = len(epoch.members) == len(epoch.document[5]) and len(epoch.devices) == len(epoch.document[6])
    known_roles = all(set(roles) <= ROLES for _, _, roles in epoch.members.values())
    apart = not epoch.devices.keys() & epoch.cuts.keys()
    return once and known_roles and apart and all(_is_certified(epoch, *one) for one in epoch.document[6])


def _is_certified(epoch: Epoch, device: bytes, code: str, signing: bytes, wrapping: bytes, by: bytes) -> bool:
    statement = ctx("device", device, code.encode(), signing, wrapping)
    return code in epoch.members and any(is_signed(root, by, statement) for root in epoch.members[code][0])


class Lineage:
    """The epochs that these keys open, and which of them lead."""

    def __init__(self, frames: Iterable[bytes], identity: Identity, problems: list[str]) -> None:
        self._identity, self._problems = identity, problems
        self._frames = {}
        for sealed in frames:
            try:
                self._frames[sealed] = epoch_frame(sealed)
            except Wrong as why:
                problems.append(f"an epoch: {why}")
        opened = self._opened()
        self.unopened = len(self._frames) - len(opened)
        self.by_hash = self._checked(opened)
        self.by_tag = {epoch.tag: epoch for epoch in self.by_hash.values()}
        self.leading: list[Epoch] = []
        self.lead(set())

    def _opened(self) -> dict[bytes, Epoch]:
        """By their sealed bytes."""
        me, opened = self._identity, {}
        for sealed, (tag, wraps, _, _) in self._frames.items():
            for wrap in (wrap for device, wrap in wraps if device == me.device):
                try:
                    info = ctx("epoch/wrap", me.office, tag, me.device)
                    known = unframe(unwrap(me.wrapping, info, wrap), (32, 32, bytes))
                    opened[sealed] = open_epoch(sealed, me.office, known)
                except Wrong as why:
                    self._problems.append(f"an epoch: {why}")
        wanting = list(opened.values())
        while wanting:
            for sealed, epoch in self._behind(wanting.pop(), opened):
                opened[sealed] = epoch
                wanting.append(epoch)
        return opened

    def _behind(self, epoch: Epoch, opened: dict[bytes, Epoch]) -> Iterator[tuple[bytes, Epoch]]:
        try:
            known = earlier(epoch)
        except Wrong as why:
            self._problems.append(f"epoch {epoch.number}, what lies before it: {why}")
            return
        for named, epoch_secret, office_secret in known:
            if any(one.hash == named for one in opened.values()):
                continue
            tag = tag_of(epoch.office, epoch_secret)
            for sealed in [one for one, frame in self._frames.items() if frame[0] == tag]:
                try:
                    found = open_epoch(sealed, epoch.office, (epoch_secret, office_secret))
                except Wrong:
                    continue
                if found.hash == named:
                    yield sealed, found
                    break

    def _checked(self, opened: dict[bytes, Epoch]) -> dict[bytes, Epoch]:
        good: dict[bytes, Epoch] = {}
        for epoch in sorted(opened.values(), key=lambda one: one.number):
            try:
                if epoch.number > 1 and epoch.before not in good:
                    raise Wrong("the epoch before is missing")
                check_epoch(epoch, good.get(epoch.before))
            except Wrong as why:
                self._problems.append(f"epoch {epoch.number}: {why}")
            else:
                good[epoch.hash] = epoch
        return good

    def lead(self, trusted: set[bytes]) -> None:
        children: dict[bytes, list[Epoch]] = {}
        for epoch in self.by_hash.values():
            if epoch.number > 1:
                children.setdefault(epoch.before, []).append(epoch)
        first = [epoch for epoch in self.by_hash.values() if epoch.number == 1][:1]
        self.leading = [leads for epoch in first for leads in self._branch(epoch, children, trusted)]
        self.counting = {epoch.hash for epoch in self.leading}
        self.carried: set[bytes] = set()
        for before, epoch in pairwise(self.leading):
            with suppress(Wrong):  # named among the problems already
                carried = {named for named, _, _ in earlier(epoch)} - {before.hash}
                self.carried |= carried
                self.counting |= {one.hash for one in self._apart(carried, before)}
        others = self.by_hash.keys() - self.carried
        self.sides = list(self._apart(others, self.newest)) if self.leading else []
        self.counting |= {epoch.hash for epoch in self.sides}
        counting = [epoch for epoch in self.by_hash.values() if epoch.hash in self.counting]
        self.devices = {device for epoch in counting for device in epoch.devices}
        self.cuts: dict[bytes, tuple[int, bytes]] = {}
        for device, cut in (one for epoch in counting for one in epoch.cuts.items()):
            self.cuts[device] = min(cut, self.cuts.get(device, cut))

    def _branch(self, epoch: Epoch, children: dict[bytes, list[Epoch]], trusted: set[bytes]) -> list[Epoch]:
        """An epoch, and those that lead of what was built on it."""
        branch = [epoch]
        while siblings := children.get(branch[-1].hash):
            branch.append(siblings[0] if len(siblings) == 1 else self._first(siblings, children, trusted))
        return branch

    def _first(self, siblings: list[Epoch], children: dict[bytes, list[Epoch]], trusted: set[bytes]) -> Epoch:
        branches = {one.hash: self._branch(one, children, trusted) for one in siblings}
        removed = {
            key: {code for one in branch for code in self.by_hash[one.before].admins - one.admins}
            for key, branch in branches.items()
        }

        def is_out(one: Epoch) -> bool:
            signers = {epoch.signer for epoch in branches[one.hash]}
            return any(removed[other.hash] & signers for other in siblings if other is not one)

        standing = [one for one in siblings if not is_out(one)]
        if not standing:
            thirds = self.by_hash[siblings[0].before].admins.difference(*removed.values())
            standing = [one for one in siblings if thirds & {epoch.signer for epoch in branches[one.hash]}]
        standing = standing or [one for one in siblings if one.hash in trusted] or siblings
        settled = [one for one in standing if one.hash in children]
        return min(settled or standing, key=lambda one: one.hash)

    def _apart(self, among: Iterable[bytes], newest: Epoch) -> Iterator[Epoch]:
        """Those of these epochs that are built on what counts, and are signed by an admin of that time."""
        count = set(self.counting)
        known = [self.by_hash[one] for one in among if one in self.by_hash and one not in count]
        for epoch in sorted(known, key=lambda one: (one.number, one.hash)):
            if epoch.before in count and newest.is_admin(epoch.signer):
                count.add(epoch.hash)
                yield epoch

    @property
    def newest(self) -> Epoch:
        return self.leading[-1]

    def belongs(self, epoch: Epoch, device: bytes) -> bool:
        if epoch.hash in self.counting:
            return True
        return any(one.devices.get(device) == epoch.devices.get(device) for one in self.leading)


# 5. Segments

_SKELETON = (
    8, 16, int, 32, [(16, int, 32)], int, [(16, 32, int, int)], [(16, 16, int, int, 32)], [(int, bytes, bytes)],
)  # fmt: skip


@dataclass
class Segment:
    skeleton: list[Any]
    spelled: bytes
    signature: bytes
    hash: bytes
    epoch: Epoch

    def __post_init__(self) -> None:
        self.tag, self.device, self.seq, self.prev, self.deps, self.clock, *rest = self.skeleton
        self.bodies, self.grants, self.acts = rest

    @property
    def member(self) -> str:
        return str(self.epoch.devices[self.device][1])

    @property
    def in_time(self) -> tuple[int, bytes, int]:
        return self.clock, self.device, self.seq

    @property
    def place(self) -> str:
        return f"segment {self.seq} of device {self.device.hex()}"

    def is_signed(self) -> bool:
        statement = ctx("segment", self.epoch.office, self.spelled)
        return is_signed(self.epoch.devices[self.device][2], self.signature, statement)


def open_segment(name: bytes, sealed: bytes, epoch: Epoch) -> Segment:
    office = epoch.office
    frame = unpad(unseal(epoch.header_key, sealed[8:], ctx("segment", office, name)))
    return segment_of(frame, name, epoch)


def segment_of(frame: bytes, name: bytes | None, epoch: Epoch) -> Segment:
    spelled, signature = unframe(frame, (bytes, 64))
    segment = Segment(unframe(spelled, _SKELETON), spelled, signature, digest(frame), epoch)
    its_name = digest(ctx("segment/name", epoch.office, segment.device, u64(segment.seq)))
    if segment.tag != epoch.tag or segment.device not in epoch.devices or name not in (None, its_name):
        raise Wrong("is not of this place")
    return segment


class Log:
    """What of the segments verifies, in the order of the log, and what follows from it."""

    def __init__(self, segments: Iterable[Segment], lineage: Lineage) -> None:
        self._lineage = lineage
        self.why_not: list[str] = []
        self.segments: list[Segment] = []
        self.heads: dict[bytes, Segment] = {}
        self._known: dict[tuple[bytes, int], Segment] = {}
        for segment in sorted(self._signed(segments), key=lambda one: one.in_time):
            why = self._why_not(segment)
            if why:
                self.why_not.append(f"{segment.place}: {why}")
            else:
                self._take(segment)
        self._acts()

    def _signed(self, segments: Iterable[Segment]) -> Iterator[Segment]:
        chains: dict[bytes, dict[int, Segment]] = {}
        for segment in segments:
            chains.setdefault(segment.device, {})[segment.seq] = segment
        for chain in chains.values():
            run = self._linked(chain)
            while run and not run[-1].is_signed():
                self.why_not.append(f"{run.pop().place}: signature")
            yield from run

    def _linked(self, chain: dict[int, Segment]) -> list[Segment]:
        run: list[Segment] = []
        for seq in sorted(chain):
            segment = chain[seq]
            if seq != len(run) + 1:
                self.why_not.append(f"{segment.place}: gap before it")
            elif segment.prev != (run[-1].hash if run else NOTHING):
                self.why_not.append(f"{segment.place}: does not follow the one before")
            else:
                run.append(segment)
        return run

    def _why_not(self, segment: Segment) -> str | None:
        if self._is_cut(segment.device, segment.seq, segment.hash):
            return "beyond the removal of its device"
        if not self._lineage.belongs(segment.epoch, segment.device):
            return "of an epoch that does not count"
        before = self.heads.get(segment.device)
        if segment.seq != (before.seq if before else 0) + 1:
            return "what comes before it does not count, or has a later clock"
        if before and before.clock >= segment.clock:
            return "its clock is not above that of the one before"
        return (
            None
            if all(self._is_built_on(dep, segment.clock) for dep in segment.deps)
            else ("builds on a segment that is not here, or has a later clock")
        )

    def _is_built_on(self, dep: list[Any], clock: int) -> bool:
        known = self._known.get((dep[0], dep[1]))
        here = known is not None and known.hash == dep[2] and known.clock < clock
        return here or self._is_cut(*dep) or dep[0] not in self._lineage.devices

    def _is_cut(self, device: bytes, seq: int, named: bytes) -> bool:
        cut = self._lineage.cuts.get(device)
        return cut is not None and (seq > cut[0] or (seq == cut[0] and named != cut[1]))

    def _take(self, segment: Segment) -> None:
        self.segments.append(segment)
        self.heads[segment.device] = segment
        self._known[segment.device, segment.seq] = segment

    def knows(self, device: bytes, seq: int, named: bytes) -> bool:
        segment = self._known.get((device, seq))
        return segment is not None and segment.hash == named

    def _acts(self) -> None:
        self.shredded: set[bytes] = set()
        self.unknown_acts = 0
        withdrawn: dict[tuple[bytes, bytes], int] = {}
        for segment in self.segments:
            for sort, dossier, what in segment.acts:
                if sort in (0, 1):
                    self.shredded.add(dossier)
                elif sort == 2:
                    withdrawn[dossier, what] = max(segment.clock, withdrawn.get((dossier, what), 0))
                elif sort > 5:
                    self.unknown_acts += 1
        self._grants(withdrawn)

    def _grants(self, withdrawn: dict[tuple[bytes, bytes], int]) -> None:
        """(dossier, device) -> the grant that counts; and dossiers withdrawn from a device."""
        made = [
            (segment.clock, named, dossier, device, sort)
            for segment in self.segments
            for dossier, device, sort, _, named in segment.grants
            if sort in (0, 1)
        ]
        dead = {one[1] for one in made if one[0] < withdrawn.get((one[2], one[3]), 0)}
        self.granted: dict[tuple[bytes, bytes], tuple[int, bytes]] = {}
        for _, named, dossier, device, sort in sorted(made):
            if named not in dead:
                self.granted.setdefault((dossier, device), (sort, named))
        self.withdrawn = set(withdrawn)
        self.sums: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for segment in self.segments:
            for dossier, device, sort, _, named in segment.grants:
                if sort == 4:
                    self.sums.setdefault(device, []).append((dossier, named))


# 6. Dossiers

_KEY = (32, str, str, int, [str])
_SHARE = (int, 32, 32, str, str, int, [str])
_PASSED = (32, (int, int), str, int, 32, str, str, int, [str])


@dataclass(frozen=True)
class Dossier:
    id: bytes
    subject: str
    compartment: str
    generation: int
    key: bytes | None = field(default=None, repr=False)
    x: int = 0
    y: bytes = field(default=b"", repr=False)
    check: bytes = b""


def open_grant(identity: Identity, dossier: bytes, sort: int, sealed: bytes, named: bytes) -> Dossier:
    if digest(sealed) != named:
        raise Wrong("grant")
    info = ctx("grant", identity.office, dossier, identity.device)
    plain = unpad(unwrap(identity.wrapping, info, sealed), 128)
    if sort == 0:
        key, subject, compartment, generation, _ = unframe(plain, _KEY)
        return Dossier(dossier, subject, compartment, generation, key)
    x, y, check, subject, compartment, generation, _ = unframe(plain, _SHARE)
    return Dossier(dossier, subject, compartment, generation, None, x, y, check)


def open_sum(identity: Identity, dossier: bytes, sealed: bytes, named: bytes) -> tuple[Any, bytes, Dossier]:
    """Which share it belongs to, its value, and the share without its value."""
    if digest(sealed) != named:
        raise Wrong("grant")
    info = ctx("sum", identity.office, dossier, identity.device)
    plain = unpad(unwrap(identity.wrapping, info, sealed), 256)
    value, helpers, _, x, check, subject, compartment, generation, _ = unframe(plain, _PASSED)
    return (x, *helpers), value, Dossier(dossier, subject, compartment, generation, None, x, b"", check)


def better(known: Dossier | None, other: Dossier) -> Dossier:
    """A key before a share; the key that two shares give; else what was there."""
    if known is None or other.key is not None:
        return other
    return known if known.key is not None else join(known, other) or known


def join(one: Dossier, other: Dossier) -> Dossier | None:
    """The dossier whose key two shares give; None where they do not."""
    if one.x == other.x or not (0 < one.x < 256 and 0 < other.x < 256) or one.check != other.check:
        return None
    key = interpolate([(one.x, one.y), (other.x, other.y)])
    if digest(ctx("share/check", one.id, key)) != one.check:
        return None
    return Dossier(one.id, one.subject, one.compartment, one.generation, key)


def interpolate(points: Sequence[tuple[int, bytes]]) -> bytes:
    """The value at 0 of the polynomial through these points (Lagrange), byte by byte."""
    value = bytes(len(points[0][1]))
    for x, y in points:
        others = [other for other, _ in points if other != x]
        weight = _divide(reduce(_times, others, 1), reduce(_times, (x ^ other for other in others), 1))
        value = bytes(a ^ _times(weight, b) for a, b in zip(value, y, strict=True))
    return value


def _times(a: int, b: int) -> int:
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


def _divide(a: int, b: int) -> int:
    return next(_times(a, c) for c in range(256) if _times(b, c) == 1)


class Reading:
    """An office as far as some keys open it."""

    def __init__(self, shelves: Shelves, identities: Sequence[Identity], *, with_parcel: bool) -> None:
        self.shelves, self.identity = shelves, identities[0]
        self.problems: list[str] = []
        self.waiting = len(shelves.get("waiting", {}))
        self.missing = 0
        self.lineage = Lineage(self._named("epoch"), self.identity, self.problems)
        if not self.lineage.leading:
            raise NotOpened("these keys open no epoch of this office")
        tip = self._tip()
        opened = list(self._segments())
        self.log = Log(opened, self.lineage)
        if not with_parcel:
            self.problems += self.log.why_not
        self._check_tip(tip)
        self._check_me()
        # What is destroyed by a segment that these keys do not open is missing without being named there.
        self._may_miss = with_parcel or self.unopened > 0
        self.dossiers = self._dossiers(identities)

    def _named(self, shelf: str) -> Iterator[bytes]:
        for name, sealed in self.shelves.get(shelf, {}).items():
            if digest(sealed) == name:
                yield sealed
            else:
                self.problems.append(f"a record of the shelf {shelf} is not the one that its name says")

    def _segments(self) -> Iterator[Segment]:
        self.unopened = 0
        for name, sealed in self.shelves.get("segment", {}).items():
            epoch = self.lineage.by_tag.get(sealed[:8])
            if epoch is None:
                self.unopened += 1
                continue
            try:
                yield open_segment(name, sealed, epoch)
            except Wrong as why:
                self.problems.append(f"a segment: {why}")
        if self.unopened and not self.lineage.unopened:
            self.problems.append(f"segments of epochs that are not in this file: {self.unopened}")

    def _tip(self) -> list[Any] | None:
        """Read before the segments: it says which epochs led."""
        office = self.identity.office
        sealed = self.shelves.get("local", {}).get(digest(ctx("tip/name", office)))
        epoch = self.lineage.by_tag.get((sealed or b"")[:8])
        if sealed is None:
            self.problems.append("no tip: the end of the log may be missing")
        elif epoch is None and not self.lineage.unopened:
            self.problems.append(
                "the tip is of an epoch that is missing: this is an older copy, or a part of one"
            )
        if sealed is None or epoch is None:
            return None
        try:
            opened = unseal(kdf(epoch.epoch_secret, ctx("tip")), sealed[8:], ctx("tip", office))
            tip: list[Any] = unframe(unpad(opened), ([32], [(16, int, 32)]))
        except Wrong as why:
            self.problems.append(f"the tip: {why}")
            return None
        self.lineage.lead(set(tip[0]))
        return tip

    def _check_tip(self, tip: list[Any] | None) -> None:
        if tip is None:
            return
        if not set(tip[0]) <= self.lineage.by_hash.keys():
            self.problems.append("an epoch is missing: this is an older copy, or a part of one")
        if not all(self.log.knows(*head) for head in tip[1]):
            self.problems.append("segments are missing: this is an older copy, or a part of one")

    def _check_me(self) -> None:
        """Whether the newest epoch lists this device with the keys that the keystore holds."""
        me, listed = self.identity, self.lineage.newest.devices.get(self.identity.device)
        self.is_member = listed is not None
        if listed is not None and listed[:4] != me.described():
            self.problems.append("the office lists other keys for this device than the keystore holds")

    def _dossiers(self, identities: Sequence[Identity]) -> dict[bytes, Dossier]:
        found: dict[bytes, Dossier] = {}
        for identity in identities:
            for one in (*self._granted_to(identity), *self._summed_for(identity)):
                found[one.id] = better(found.get(one.id), one)
        return found

    def _granted_to(self, identity: Identity) -> Iterator[Dossier]:
        for (dossier, device), (sort, named) in self.log.granted.items():
            if device == identity.device and dossier not in self.log.shredded:
                opened = self._grant(identity, dossier, sort, named)
                if opened is not None:
                    yield opened

    def _summed_for(self, identity: Identity) -> Iterator[Dossier]:
        """Shares that lie here as two sums, which nobody has added yet."""
        halves: dict[Any, list[tuple[bytes, Dossier]]] = {}
        for dossier, named in self.log.sums.get(identity.device, ()):
            sealed = self.shelves.get("grant", {}).get(named)
            if sealed is None or dossier in self.log.shredded:
                continue  # it was used
            try:
                share, value, about = open_sum(identity, dossier, sealed, named)
            except Wrong:
                continue  # Kunak leaves such a one alone too
            halves.setdefault((dossier, share), []).append((value, about))
        for pair in halves.values():
            if len(pair) >= 2:
                (one, about), (other, _) = pair[:2]
                yield replace(about, y=bytes(a ^ b for a, b in zip(one, other, strict=True)))

    def _grant(self, identity: Identity, dossier: bytes, sort: int, named: bytes) -> Dossier | None:
        sealed = self._found("grant", named)
        if sealed is None:
            return None
        try:
            return open_grant(identity, dossier, sort, sealed, named)
        except Wrong as why:
            self.problems.append(f"a grant of dossier {dossier.hex()}: {why}")
            return None

    def _found(self, shelf: str, named: bytes) -> bytes | None:
        sealed = self.shelves.get(shelf, {}).get(named)
        if sealed is None and self._may_miss:
            self.missing += 1
        elif sealed is None:
            self.problems.append(f"missing on the shelf {shelf}: {named.hex()}")
        return sealed

    def entries(self, out: Path | None) -> Iterator[dict[str, Any]]:
        self.counts = {"shredded": 0, "no_key": 0, "attached": 0, "unknown": 0}
        self.together: dict[bytes, int] = {}
        self.closed: set[bytes] = set()
        for segment in self.log.segments:
            for place, (dossier, named, length, sort) in enumerate(segment.bodies):
                if sort == 0 and self._is_open(dossier):
                    body = self._body(segment, place, self.dossiers[dossier], named, length)
                    if body is not None:
                        yield self._entry(segment, self.dossiers[dossier], body, out)
                elif sort == 1:
                    self.counts["attached"] += dossier not in self.log.shredded
                elif sort > 1:
                    self.counts["unknown"] += 1

    def _is_open(self, dossier: bytes) -> bool:
        if dossier in self.log.shredded:
            self.counts["shredded"] += 1
            return False
        known = self.dossiers.get(dossier)
        if known is None:
            self.counts["no_key"] += 1
            self.closed.add(dossier)
            return False
        if known.key is None:
            self.together[dossier] = self.together.get(dossier, 0) + 1
        return known.key is not None

    def _body(
        self, segment: Segment, place: int, dossier: Dossier, named: bytes, length: int
    ) -> bytes | None:
        sealed, epoch = self._found("body", named), segment.epoch
        if sealed is None:
            return None
        try:
            if len(sealed) != length or digest(sealed) != named:
                raise Wrong("another one")
            key = kdf(dossier.key or b"", ctx("entry", dossier.id, epoch.tag), epoch.mixing_key)
            where = (epoch.office, dossier.id, epoch.tag, segment.device, u64(segment.seq) + u64(place))
            return unpad(unseal(key, sealed, ctx("body", *where)))
        except Wrong as why:
            self.problems.append(f"body {place} of {segment.place}: {why}")
            return None

    def _entry(self, segment: Segment, dossier: Dossier, body: bytes, out: Path | None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "at": time_of(segment.clock),
            "author": segment.member,
            "subject": dossier.subject,
            "compartment": dossier.compartment,
            "generation": dossier.generation,
            "device": segment.device.hex(),
            "seq": segment.seq,
        }
        entry = json_of(body)
        if isinstance(entry, dict) and entry.keys() == {"kind", "fields"}:
            with suppress(RecursionError):  # nobody writes anything so deep but to do harm
                return {**told, "kind": entry["kind"], "fields": self._attached(entry["fields"], out)}
        return {**told, "kind": None, "bytes": base64.b64encode(body).decode()}

    def _attached(self, value: Any, out: Path | None) -> Any:
        """Fields with what each attachment is in the place of its key."""
        if isinstance(value, dict):
            return {name: self._attached(one, out) for name, one in value.items()}
        attachment = attachment_in(value)
        if attachment:
            return {"attachment": self._open_attachment(*attachment, out)}
        return [self._attached(one, out) for one in value] if isinstance(value, list) else value

    def _open_attachment(
        self, key: bytes, parts: list[bytes], length: int, sha256: bytes, out: Path | None
    ) -> dict[str, Any]:
        told: dict[str, Any] = {"length": length, "sha256": sha256.hex()}
        try:
            plain = b"".join(self._pieces(key, parts))
            if (len(plain), digest(plain)) != (length, sha256):
                raise Wrong("other bytes")
        except Wrong as why:
            self.problems.append(f"an attachment: {why}")
            return {**told, "whole": False}
        if out is not None:
            (out / sha256.hex()).write_bytes(plain)
        return {**told, "whole": True}

    def _pieces(self, key: bytes, parts: list[bytes]) -> Iterator[bytes]:
        for place, name in enumerate(parts):
            sealed, is_last = self.shelves.get("body", {}).get(name), place == len(parts) - 1
            if sealed is None or digest(sealed) != name:
                raise Wrong("a part is missing")
            piece = unseal(key, sealed, ctx("attachment", u64(place), bytes([is_last])))
            yield unpad(piece) if is_last else piece

    def report(self, out: Path | None) -> dict[str, Any]:
        entries = list(self.entries(out))
        newest, log = self.lineage.newest, self.log
        together = [
            {"subject": one.subject, "compartment": one.compartment, "entries": count}
            for dossier, count in self.together.items()
            for one in (self.dossiers[dossier],)
        ]
        return {
            "format": "kunak/v1",
            "office": self.identity.office.hex(),
            "reader": {
                "member": self.identity.member,
                "device": self.identity.device.hex(),
                "belongs": self.is_member,
            },
            "epoch": {
                "number": newest.number,
                "hash": newest.hash.hex(),
                "signer": newest.signer,
                "at": time_of(newest.clock),
                "epochs": len(self.lineage.leading),
                "sides": len(self.lineage.sides),
            },
            "members": [_member(newest, code) for code in newest.members],
            "removed_devices": [
                {"device": device.hex(), "last_seq": seq} for device, (seq, _) in newest.cuts.items()
            ],
            "heads": [
                {"device": device.hex(), "member": one.member, "seq": one.seq, "hash": one.hash.hex()}
                for device, one in sorted(log.heads.items())
            ],
            "entries": entries,
            "not_read": {
                "by_two_together": together,
                "without_a_key": {"dossiers": len(self.closed), "entries": self.counts["no_key"]},
                "withdrawn_dossiers": sum(device == self.identity.device for _, device in log.withdrawn),
                "shredded": {"dossiers": len(log.shredded), "entries": self.counts["shredded"]},
                "parts_of_attachments": self.counts["attached"],
                "epochs": self.lineage.unopened,
                "segments_of_other_epochs": self.unopened,
                "segments_that_do_not_count_yet": len(log.why_not),
                "missing": self.missing,
                "waiting": self.waiting,
                "of_a_newer_program": self.counts["unknown"] + log.unknown_acts,
            },
            "problems": sorted(set(self.problems)),
        }


def _member(epoch: Epoch, code: str) -> dict[str, Any]:
    _, admin, roles = epoch.members[code]
    devices = [device.hex() for device, one in epoch.devices.items() if one[1] == code]
    return {"code": code, "roles": roles, "admin": admin, "devices": devices}


def time_of(clock: int) -> str | None:
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=clock >> 16)
    except OverflowError:
        return None
    return at.isoformat(timespec="milliseconds")


def json_of(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def attachment_in(value: Any) -> tuple[bytes, list[bytes], int, bytes] | None:
    if not (isinstance(value, list) and len(value) == 4 and isinstance(value[1], list)):
        return None
    key, parts, length, sha256 = (
        _bytes32(value[0]),
        [_bytes32(one) for one in value[1]],
        value[2],
        _bytes32(value[3]),
    )
    known = [part for part in parts if part is not None]
    if key is None or sha256 is None or type(length) is not int or not 0 < len(known) == len(parts) <= 2048:
        return None
    return key, known, length, sha256


def _bytes32(value: Any) -> bytes | None:
    if not (isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/]{43}=", value)):
        return None
    return base64.b64decode(value)


# 10. Parcels

_SHORT = (
    int, int, MAYBE, [(int, int, 32)], int, [(int, int, bytes, bytes)], [int],
    [(int, int, int, int, bytes, bytes)], [(int, bytes, bytes)], 64, bytes,
)  # fmt: skip


def add_parcel(data: bytes, shelves: Shelves, identity: Identity) -> dict[str, int]:
    """Adds what a parcel tells to the shelves of a store; says how much it was, and how much stays closed."""
    if data[:6] != b"kunak\1":
        raise NotThisFormat("this parcel needs a newer program than this one")
    pieces, is_cut = _cut_in_pieces(data[6:])
    if not pieces:
        raise NotThisFormat("this parcel holds nothing whole")
    told = {"chunks": len(pieces) - 1, "chunks_not_opened": 0, "segments": 0, "cut": int(is_cut)}
    try:
        (epochs,) = unframe(pieces[0], ([bytes],))
        for sealed in epochs:
            shelves.setdefault("epoch", {}).setdefault(digest(sealed), sealed)
        lineage = Lineage(shelves.get("epoch", {}).values(), identity, [])
        for piece in pieces[1:]:
            epoch = lineage.by_tag.get(piece[:8])
            if epoch is None:
                told["chunks_not_opened"] += 1
            else:
                told["segments"] += _add_chunk(piece, epoch, shelves)
    except Wrong as why:
        raise NotThisFormat(f"this parcel is damaged ({why})") from None
    return told


def _cut_in_pieces(data: bytes) -> tuple[list[bytes], bool]:
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if len(data) - at < 4 or length > min(64 << 20, len(data) - at - 4):
            return pieces, True
        pieces.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return pieces, False


def _add_chunk(piece: bytes, epoch: Epoch, shelves: Shelves) -> int:
    opened = unseal(kdf(epoch.epoch_secret, ctx("parcel")), piece[8:], ctx("parcel", epoch.office))
    chunk = unframe(unpad(opened), ([bytes], list))
    last: dict[bytes, bytes] = {}
    for short in chunk[1]:
        if isinstance(short, list) and len(short) == len(_SHORT) - 1:
            short.append(b"")
        try:
            frame = _lengthened(fit(short, _SHORT), chunk[0], epoch.tag, last)
        except (IndexError, KeyError, StopIteration):
            raise Wrong("a chunk does not hold together") from None
        segment = segment_of(frame, None, epoch)
        last[segment.device] = segment.hash
        for shelf, sealed in [("body", one[2]) for one in short[5]] + [("grant", one[4]) for one in short[7]]:
            if sealed:
                shelves.setdefault(shelf, {}).setdefault(digest(sealed), sealed)
        _add_segment(frame, segment, shelves)
    return len(chunk[1])


def _lengthened(short: list[Any], ids: list[bytes], tag: bytes, last: dict[bytes, bytes]) -> bytes:
    device, seq, prev, deps, clock, bodies, lengths, grants, acts, signature, whole = short
    if whole:
        return bytes(whole)
    missing = iter(lengths)
    skeleton = [
        tag,
        ids[device],
        seq,
        last[ids[device]] if prev is None else prev,
        [[ids[place], dep_seq, named] for place, dep_seq, named in deps],
        clock,
        [
            [ids[at], digest(sealed) if sealed else named, len(sealed) or next(missing), sort]
            for at, sort, sealed, named in bodies
        ],
        [
            [ids[at], ids[to], sort, x, digest(sealed) if sealed else named]
            for at, to, sort, x, sealed, named in grants
        ],
        acts,
    ]
    return pack([pack(skeleton), signature])


def _add_segment(frame: bytes, segment: Segment, shelves: Shelves) -> None:
    """As it would lie in the store, unless one lies there already."""
    office = segment.epoch.office
    name = digest(ctx("segment/name", office, segment.device, u64(segment.seq)))
    padded = (frame + b"\x80").ljust(padded_length(len(frame) + 1, 256), b"\0")
    nonce = digest(b"not sealed for anybody: only to be opened again here" + name)[:12]
    sealed = AESGCM(segment.epoch.header_key).encrypt(nonce, padded, b"\1" + ctx("segment", office, name))
    shelves.setdefault("segment", {}).setdefault(name, segment.tag + b"\1" + nonce + sealed)


# 11. Papers: recovery kits, trustees' cards

_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


@dataclass(frozen=True)
class Paper:
    kind: int
    name: str
    size: int  # bytes
    words: int
    groups: int
    letter: str


KIT = Paper(1, "recovery kit", 48, 34, 41, "R")
CARD = Paper(2, "trustee's card", 42, 30, 37, "T")


def read_paper(paper: Paper, typed: str, words: Path | None) -> bytes:
    """What a paper holds, from its digits, QR text, or words."""
    plain = "".join(typed.split()).replace("-", "")
    if re.fullmatch(rf"[0-9]{{{4 * paper.groups}}}", plain):
        return _held(paper, _number_of_digits(plain))
    if re.fullmatch(rf"{paper.letter}1[A-Z2-7]{{{-(-(paper.size + 4) * 8 // 5)}}}", plain.upper()):
        return _held_by_qr(paper, plain.upper()[2:])
    if words is None:
        raise NotOpened(
            f"a {paper.name} has {paper.groups} groups of four digits, or a QR text that begins with "
            f"{paper.letter}1; for its words, add --words FILE"
        )
    return _held(paper, _number_of_words(paper, typed, words))


def _held_by_qr(paper: Paper, spelled: str) -> bytes:
    both = base64.b32decode(spelled + "=" * (-len(spelled) % 8))
    held, check = both[:-4], both[-4:]
    if base64.b32encode(both).decode().rstrip("=") != spelled or _check_of(paper, held)[:4] != check:
        raise NotOpened(f"this {paper.name} was not copied right")
    return held


def _number_of_digits(plain: str) -> int:
    groups = [plain[at : at + 4] for at in range(0, len(plain), 4)]
    wrong = [
        str(at + 1)
        for at, group in enumerate(groups)
        if reduce(lambda state, digit: int(_DAMM[state][int(digit)]), group, at % 10)
    ]
    if wrong:
        raise NotOpened(f"groups of digits that cannot be right: {', '.join(wrong)}")
    return int("".join(group[:3] for group in groups))


def _number_of_words(paper: Paper, typed: str, words: Path) -> int:
    lines = words.read_text(encoding="utf-8").split("\n")
    known = {word: at for at, word in enumerate(line for line in lines if line and not line.startswith("#"))}
    said = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", typed).casefold().replace("ё", "е"))
    wrong = [str(at) for at, word in enumerate(said, start=1) if word not in known]
    if wrong or len(said) != paper.words:
        raise NotOpened(
            f"a {paper.name} has {paper.words} words; these are {len(said)}; "
            f"not in the list, by their place: {', '.join(wrong) or 'none'}"
        )
    return reduce(lambda number, word: number << 12 | known[word], said, 0)


def _held(paper: Paper, number: int) -> bytes:
    size, bits = 8 * paper.size, 12 * paper.words - 4 - 8 * paper.size
    held = (number >> bits & (1 << size) - 1).to_bytes(paper.size, "big")
    check = int.from_bytes(_check_of(paper, held), "big") >> 256 - bits
    if number != (paper.kind << size | int.from_bytes(held, "big")) << bits | check:
        raise NotOpened(f"this is no {paper.name}, or it was not copied right")
    return held


def _check_of(paper: Paper, held: bytes) -> bytes:
    return digest(ctx("paper/check", bytes([paper.kind]), held))


def open_heirs(cards: Sequence[bytes], frames: Iterable[bytes]) -> list[Identity]:
    """The keys of the office's seal, from its trustees' cards and the epochs of a store, oldest first."""
    if len({(card[:8], card[8]) for card in cards}) != 1:
        raise NotOpened("these cards are not all of one set")
    threshold, points = cards[0][8], list({card[9]: card[10:] for card in cards}.items())
    if not 2 <= threshold <= len(points):
        raise NotOpened(f"these cards do not suffice: it takes {threshold}")
    secret = interpolate(points[:threshold])
    check = digest(ctx("share/check", b"succession", secret))
    found: dict[bytes, Identity] = {}
    for sealed in frames:
        for heir in _heirs(sealed):
            if heir[0] == check:
                opened = unseal(kdf(secret, ctx("succession/heir")), heir[1], ctx("succession/heir", check))
                found[heir[1]] = Identity(*unframe(unpad(opened, 512), _IDENTITY))
    if not found:
        raise NotOpened("these cards do not open this file: one is wrong, or they are of another seal")
    return list(found.values())


def _heirs(sealed: bytes) -> Iterator[list[Any]]:
    for heir in epoch_frame(sealed)[3]:
        suite_of(heir)
        yield unframe(heir[1:], (32, bytes))


# The program


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Read an office of Kunak, version 1, from its file; print it as JSON.",
        epilog="Ends with 0: all verified; 1: see problems; 2: wrong call; 3: not opened; 4: not this format.",
    )
    parser.add_argument("file", type=Path, help="a store (office.sqlite), a bundle, or a parcel")
    parser.add_argument(
        "--office", type=Path, help="for a parcel: the store or bundle of one of the office's devices"
    )
    parser.add_argument("--passphrase-file", type=Path, help="else it is asked for")
    parser.add_argument("--keyfile", type=Path, help="the keyfile that goes with the passphrase")
    parser.add_argument("--kit", action="store_true", help="ask for a recovery kit instead of a passphrase")
    parser.add_argument(
        "--kit-file", type=Path, help="a file with what stands on the kit: digits, QR text or words"
    )
    parser.add_argument("--cards-file", type=Path, help="a file with enough trustees' cards, one on a line")
    parser.add_argument(
        "--words", type=Path, help="words-en.txt or words-ru.txt, where a paper is given in words"
    )
    parser.add_argument("--second", action="store_true", help="a second member opens, too, what takes two")
    parser.add_argument(
        "--second-office", type=Path, help="where the second member's keystore lies, if elsewhere"
    )
    parser.add_argument("--second-passphrase-file", type=Path, help="else it is asked for; implies --second")
    parser.add_argument("--second-keyfile", type=Path, help="the keyfile that goes with it")
    parser.add_argument("--out", type=Path, help="a folder to write attachments into, named by their SHA-256")
    return parser


def line_of(path: Path) -> str:
    """A file's text without the end of its last line."""
    return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")


def secret_of(given: argparse.Namespace) -> Secret:
    if given.kit_file or given.kit:
        typed = line_of(given.kit_file) if given.kit_file else getpass.getpass("Recovery kit: ")
        return Secret(kit=read_paper(KIT, typed, given.words)[:32])
    keyfile = given.keyfile.read_bytes() if given.keyfile else None
    path = given.passphrase_file
    return Secret(line_of(path) if path else getpass.getpass("Passphrase: "), keyfile)


def second_of(given: argparse.Namespace, shelves: Shelves) -> Iterator[Identity]:
    path = given.second_passphrase_file
    if not (given.second or path):
        return
    passphrase = line_of(path) if path else getpass.getpass("The second member's passphrase: ")
    keyfile = given.second_keyfile.read_bytes() if given.second_keyfile else None
    there = store_in(given.second_office) if given.second_office else shelves
    yield open_keystore(there.get("keystore", {}).get(b"keystore"), Secret(passphrase, keyfile))


def store_in(path: Path) -> Shelves:
    sort, shelves = read_file(path)
    if sort != "store":
        raise NotThisFormat(f"{path} is a parcel: it holds no keys; name the store of a device with --office")
    return dict(shelves)


def read(given: argparse.Namespace) -> dict[str, Any]:
    sort, held = read_file(given.file)
    if sort == "parcel" and given.office is None:
        raise NotOpened("a parcel holds no keys; name the store of a device of its office with --office")
    shelves = store_in(given.office) if sort == "parcel" else held
    identities = [*opened_by(given, shelves), *second_of(given, shelves)]
    parcel = add_parcel(held, shelves, identities[0]) if sort == "parcel" else None
    reading = Reading(shelves, identities, with_parcel=parcel is not None)
    return {**reading.report(given.out), **({"parcel": parcel} if parcel else {})}


def opened_by(given: argparse.Namespace, shelves: Shelves) -> list[Identity]:
    if not given.cards_file:
        return [open_keystore(shelves.get("keystore", {}).get(b"keystore"), secret_of(given))]
    lines = [line for line in given.cards_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    cards = [read_paper(CARD, line, given.words) for line in lines]
    try:
        return open_heirs(cards, shelves.get("epoch", {}).values())
    except Wrong as why:
        raise NotThisFormat(f"an epoch is damaged ({why})") from None


def main(arguments_given: Sequence[str] | None = None) -> int:
    given = arguments().parse_args(arguments_given)
    try:
        told = read(given)
    except NotOpened as why:
        return _say(why, 3)
    except NotThisFormat as why:
        return _say(why, 4)
    except UnicodeDecodeError:
        return _say("a file that should hold text does not", 2)
    except OSError as error:
        return _say(f"{error.filename or given.file}: {error.strerror}", 4)
    except MemoryError:
        return _say("this machine has not the memory that opening this asks for", 3)
    sys.stdout.buffer.write(
        json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
    )
    return 1 if told["problems"] else 0


def _say(why: object, code: int) -> int:
    print(f"read_office: {why}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

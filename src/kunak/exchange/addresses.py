"""The signed list of an office's addresses: a text that anybody can read, and a program can check.

    Addresses of one office, signed by those who know it
    Format: kunak-addresses/1
    Made on: 2031-05-05
    Valid until: 2031-08-03

    You reach them at:
    - https://write.example/
    - messenger: quince

    Theirs no more:
    - https://old.example/

    Signed by:
    - Group Linden
      key: ed25519 3b6a27bc ceb6a42d 62a3a8d0 2a6f0d73 65321577 1de243a6 3ac048a1 8b59da29
      signature: …base64…

Each signs the same text, with the name under which it signs: all above "Signed by:", with ctx("addresses", text,
name). The text is taken line by line, without spaces at their ends and without empty lines, so that a mail that
folds nothing but these does no harm. A name proves nothing: whoever checks knows the key from elsewhere.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from typing import ClassVar, NoReturn

from kunak.errors import Damaged, Refused
from kunak.vault import seal

TITLE = "Addresses of one office, signed by those who know it"
FORMAT = "Format: kunak-addresses/1"
MOST_ADDRESSES, MOST_SIGNERS, MOST_LINE = 40, 8, 200
MOST_LETTERS = 6000
LEAST_OF_A_KEY = 16  # hexadecimal digits by which somebody names a signer
_OURS, _NO_MORE, _SIGNED = "You reach them at:", "Theirs no more:", "Signed by:"
_ALIKE = 0.8


class AddressListDamaged(Damaged):
    """This is no list of addresses as it was signed: line {line} cannot be read."""

    code = "address-list-damaged"
    hint = "Take it from another place, as a file, and compare it with what a partner has."


class AddressListForged(Damaged):
    """A signature on this list does not fit: it was changed after it was signed, or never signed by “{name}”."""

    code = "address-list-forged"
    hint = "Believe none of it. Ask a partner that you have known for long, by another way, for their copy."


class AddressNotListed(Refused):
    """This address is not on the list."""

    code = "address-not-listed"
    exit_code: ClassVar[int] = 10
    hint = "Do not write there. Compare it letter by letter with the addresses that are on the list."


class AddressNearlyListed(AddressNotListed):
    """This address is not on the list, but it looks much like “{like}”, which is: a usual way to deceive."""

    code = "address-nearly-listed"


class AddressRetired(Refused):
    """This address was theirs and is theirs no more: others may have it."""

    code = "address-retired"
    exit_code: ClassVar[int] = 11
    hint = "Do not write there. Use an address that is on the list."


class AddressListOld(Refused):
    """This list was good until {day} and is out of date."""

    code = "address-list-old"
    exit_code: ClassVar[int] = 12
    hint = "Take the newest list from a partner, and check again."


class SignerMissing(Refused):
    """The list is not signed with the key {key}."""

    code = "signer-missing"
    exit_code: ClassVar[int] = 13
    hint = "Compare the key with what its owner gave you in another way, all of its digits."


class SignerUnfit(Refused):
    """A signer is named by the first {least} digits of their key at least, since anybody can take a name."""

    code = "signer-unfit"
    hint = "Ask them for the key, in another way than this list."


class AddressesUnfit(Refused):
    """The list of addresses cannot be made like this."""

    code = "addresses-unfit"
    hint = "One to 40 addresses, each one line of at most 200 letters; a day still to come until which it is good."


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Somebody's signature under a list. Only one that fits is ever read."""

    name: str
    key: bytes
    signature: bytes


@dataclass(frozen=True, kw_only=True)
class AddressList:
    """A list whose signatures all fit."""

    made_on: date
    valid_until: date
    addresses: tuple[str, ...]
    retired: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


def make(
    addresses: Iterable[str], *, retired: Iterable[str] = (), made_on: date, valid_until: date
) -> AddressList:
    """A list that nobody has signed yet. Raises AddressesUnfit."""
    made = AddressList(
        made_on=made_on,
        valid_until=valid_until,
        addresses=tuple(dict.fromkeys(_cleaned(one) for one in addresses if one.strip())),
        retired=tuple(dict.fromkeys(_cleaned(one) for one in retired if one.strip())),
    )
    if not 0 < len(made.addresses) <= MOST_ADDRESSES or len(made.retired) > MOST_ADDRESSES:
        raise AddressesUnfit
    if valid_until <= made_on or any(_same(old, one) for old in made.retired for one in made.addresses):
        raise AddressesUnfit
    return made


def sign(known: AddressList, *, name: str, seed: bytes) -> AddressList:
    """The list with one more signature; an earlier one by the same key makes way. Raises AddressesUnfit."""
    public, called = seal.ed25519_public_bytes(seed), _cleaned(name)
    signature = seal.ed25519_from_seed(seed).sign(_signed(_body(known), called))
    others = tuple(one for one in known.signatures if one.key != public)
    if len(others) >= MOST_SIGNERS:
        raise AddressesUnfit
    return replace(known, signatures=(*others, Signature(name=called, key=public, signature=signature)))


def joined(known: AddressList, other: AddressList) -> AddressList | None:
    """The same list with the signatures of both; None where they are not the same list."""
    if _body(known) != _body(other):
        return None
    by_key = {one.key: one for one in (*known.signatures, *other.signatures)}
    return replace(known, signatures=tuple(by_key.values())[:MOST_SIGNERS])


def spell(known: AddressList) -> str:
    """The text."""
    lines = [*_body(known), "", _SIGNED]
    for one in known.signatures:
        signature = base64.b64encode(one.signature).decode("ascii")
        lines += [f"- {one.name}", f"  key: ed25519 {told(one.key)}", f"  signature: {signature}"]
    return "\n".join(_spaced(lines)) + "\n"


def read(text: str) -> AddressList:
    """The list, if all of it can be read and every signature on it fits.

    Raises AddressListDamaged, AddressListForged.
    """
    lines = [line.strip() for line in unicodedata.normalize("NFC", text.lstrip("\ufeff")).splitlines()]
    reader = _Reader([line for line in lines if line])
    if len(text) > 2 * MOST_LETTERS:
        raise AddressListDamaged(line=1)
    reader.expect(TITLE)
    reader.expect(FORMAT)
    made_on, valid_until = reader.day("Made on: "), reader.day("Valid until: ")
    reader.expect(_OURS)
    addresses = reader.items()
    retired = reader.items() if reader.skip(_NO_MORE) else ()
    reader.expect(_SIGNED)
    signatures = reader.signatures()
    try:
        known = make(addresses, retired=retired, made_on=made_on, valid_until=valid_until)
    except AddressesUnfit:
        raise AddressListDamaged(line=reader.at) from None
    for one in signatures:
        try:
            seal.verify(one.key, one.signature, _signed(_body(known), one.name))
        except Damaged:
            raise AddressListForged(name=one.name) from None
    return replace(known, signatures=signatures)


def verify(known: AddressList, address: str, *, on: date, signers: Collection[str] = ()) -> str:
    """The address as it stands on the list: it is theirs, the list is in date, and all of ``signers`` (the first 16
    digits or more of their keys) have signed it.

    Raises SignerUnfit, SignerMissing, AddressRetired, AddressNotListed, AddressNearlyListed, AddressListOld.
    """
    for wanted in signers:
        if not _signed_by(known, wanted):
            raise SignerMissing(key=wanted)
    if not known.signatures:
        raise SignerMissing(key="–")
    if any(_same(address, one) for one in known.retired):
        raise AddressRetired
    found = next((one for one in known.addresses if _same(address, one)), None)
    if found is None:
        _refuse(known, address)
    if on > known.valid_until:
        raise AddressListOld(day=known.valid_until.isoformat())
    return found


def told(key: bytes) -> str:
    """A key as it is read aloud: groups of eight digits."""
    return " ".join(key.hex()[at : at + 8] for at in range(0, 2 * len(key), 8))


class _Reader:
    """The lines of a list, one after the other; ``at`` is the number of the next that is not empty."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._next = 0

    @property
    def at(self) -> int:
        return self._next + 1

    def skip(self, wanted: str) -> bool:
        """Go past this line, if it is the next."""
        if self._next < len(self._lines) and self._lines[self._next] == wanted:
            self._next += 1
            return True
        return False

    def expect(self, wanted: str) -> None:
        if not self.skip(wanted):
            raise AddressListDamaged(line=self.at)

    def after(self, beginning: str) -> str:
        """What stands behind the beginning of the next line."""
        if self._next >= len(self._lines) or not self._lines[self._next].startswith(beginning):
            raise AddressListDamaged(line=self.at)
        self._next += 1
        return self._lines[self._next - 1][len(beginning) :].strip()

    def day(self, beginning: str) -> date:
        given = self.after(beginning)
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise AddressListDamaged(line=self.at - 1) from None

    def items(self) -> tuple[str, ...]:
        found = []
        while self._next < len(self._lines) and self._lines[self._next].startswith("- "):
            found.append(self.after("- "))
        return tuple(found)

    def signatures(self) -> tuple[Signature, ...]:
        found: dict[bytes, Signature] = {}
        while self._next < len(self._lines):
            name, key = self.after("- "), self.after("key: ed25519 ")
            signature = self.after("signature: ")
            try:
                one = Signature(
                    name=name,
                    key=bytes.fromhex(key.replace(" ", "")),
                    signature=base64.b64decode(signature, validate=True),
                )
            except (ValueError, binascii.Error):
                raise AddressListDamaged(line=self.at - 1) from None
            if (
                len(one.key) != seal.KEY_BYTES
                or len(one.signature) != seal.SIGNATURE_BYTES
                or one.key in found
            ):
                raise AddressListDamaged(line=self.at - 1)
            found[one.key] = one
        if len(found) > MOST_SIGNERS:
            raise AddressListDamaged(line=self.at - 1)
        return tuple(found.values())


def _body(known: AddressList) -> list[str]:
    """The lines that are signed."""
    lines = [TITLE, FORMAT, f"Made on: {known.made_on}", f"Valid until: {known.valid_until}", _OURS]
    lines += [f"- {one}" for one in known.addresses]
    return lines + ([_NO_MORE, *(f"- {one}" for one in known.retired)] if known.retired else [])


def _signed(body: list[str], name: str) -> bytes:
    return seal.context("addresses", "\n".join(body).encode(), name.encode())


def _spaced(lines: list[str]) -> list[str]:
    """The same with an empty line in front of each part, for whoever reads it."""
    return [out for line in lines for out in (["", line] if line in (_OURS, _NO_MORE) else [line])]


def _cleaned(line: str) -> str:
    """One line without anything that hides, turns the reading about or breaks it. Raises AddressesUnfit."""
    clean = unicodedata.normalize("NFC", " ".join(line.split()))
    bad = any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for ch in clean)
    if not clean or bad or len(clean) > MOST_LINE:
        raise AddressesUnfit
    return clean


def _same(one: str, other: str) -> bool:
    """Whether two spellings mean the same address: case, a slash at the end and https:// do not matter."""
    return _plain(one) == _plain(other)


def _plain(address: str) -> str:
    low = unicodedata.normalize("NFC", " ".join(address.split())).casefold()
    return re.sub("^https://", "", low).rstrip("/")


def _signed_by(known: AddressList, wanted: str) -> bool:
    digits = re.sub(r"^ed25519|[\s:]", "", wanted.casefold().strip())
    if len(digits) < LEAST_OF_A_KEY or not re.fullmatch("[0-9a-f]+", digits):
        raise SignerUnfit(least=LEAST_OF_A_KEY)
    return any(one.key.hex().startswith(digits) for one in known.signatures)


def _refuse(known: AddressList, address: str) -> NoReturn:
    """Say that an address is not on the list, and whether it looks like one that is."""

    def bare(one: str) -> str:
        return re.sub("^[a-z]+://", "", _plain(one))

    def alike(one: str) -> float:
        return SequenceMatcher(None, bare(one), bare(address)).ratio()

    nearest = max(known.addresses, key=alike)
    if alike(nearest) >= _ALIKE:
        raise AddressNearlyListed(like=nearest)
    raise AddressNotListed

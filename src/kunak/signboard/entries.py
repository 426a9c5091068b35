"""What the signboard writes. The subject of every entry is SIGNBOARD."""

from dataclasses import dataclass
from typing import ClassVar

from kunak.fold import Entry

SIGNBOARD = "signboard"


@dataclass(frozen=True, kw_only=True)
class _Index(Entry):
    room: ClassVar[str] = "signboard"
    compartment: ClassVar[str] = "index"


@dataclass(frozen=True, kw_only=True)
class _Staff(Entry):
    """What the coordinators keep: the hand that signs for the office."""

    room: ClassVar[str] = "signboard"
    compartment: ClassVar[str] = "staff"


@dataclass(frozen=True, kw_only=True)
class ChallengeSecretKept(_Index):
    """What the line of each day is made from, shared with partners: 16 bytes, in hexadecimal digits.

    In the index, because each device of the duty team tells the relay the line of the day. ``made_here``: the
    office made it, or took it from a partner.
    """

    secret: str
    made_here: bool
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SigningKeyKept(_Staff):
    """The key with which the office signs its list of addresses, and the name that it signs with in public."""

    seed: str  # of an Ed25519 key: 32 bytes, in hexadecimal digits
    known_as: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AddressesSigned(_Index):
    """The list of the office's addresses as it is signed now, word for word (``kunak.exchange.addresses``)."""

    signed: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AddressesShown(_Index):
    """This list (the id of its AddressesSigned) is the one that the relay shows; none: nothing is shown."""

    shown: str
    replaces: tuple[str, ...] = ()


KINDS: tuple[type[Entry], ...] = (ChallengeSecretKept, SigningKeyKept, AddressesSigned, AddressesShown)

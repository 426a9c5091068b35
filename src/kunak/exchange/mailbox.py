"""The mailbox of a return code: its keys, and the replies that wait in it.

PBKDF2-HMAC-SHA512 (600,000 rounds: browsers have it) stretches the code; HKDF-SHA256 makes of it a fetch
token and the seeds of an X-Wing key (to read replies) and an Ed25519 key (to sign what the person sends).
The mailbox's id is a hash over the hash of the token and the signing key. So whoever holds the token can
prove it to the relay, and whoever sends for a mailbox can prove it to the office, and neither has to
remember anything but the id.

A mailbox always yields the same number of slots of the same size. What is not a reply is random, and only
the reply key can tell. The fillers are a keyed hash of the mailbox and the slot: asking twice for a mailbox
that does not exist gives the same bytes twice, as for one that does.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from kunak.errors import Damaged, Refused
from kunak.exchange.codes import ReturnCode
from kunak.exchange.envelope import pad_to, unpad_from
from kunak.vault import codec, seal

ROUNDS = 600_000
SLOTS = 8
_PLAIN = 3072  # bytes of a reply's body with its padding
SLOT_BYTES = 1 + seal.X_WING_ENC_BYTES + _PLAIN + seal.TAG_BYTES
_KIND = "exchange.Reply"


class ReplyTooLong(Refused):
    """This reply is too long for one message."""

    code = "reply-too-long"
    hint = "Shorten it to about 1,300 letters, or send it as two messages."


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One message of the office to a person. ``at`` orders the messages; the relay never sees it."""

    id: str
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True)
class MailboxKeys:
    """What a return code gives. Secret but for the public keys, the token's hash and the id."""

    token: bytes = field(repr=False)
    reply_seed: bytes = field(repr=False)
    sign_seed: bytes = field(repr=False)

    @classmethod
    def of(cls, code: ReturnCode, rounds: int = ROUNDS) -> "MailboxKeys":
        """Derive the keys; about half a second. Fewer ``rounds`` are for tests alone."""
        stretched = hashlib.pbkdf2_hmac("sha512", code.secret, b"kunak/v1/return-code", rounds, 64)
        token, reply, sign = (
            seal.derive(stretched, seal.context(f"mailbox/{use}")) for use in ("token", "reply", "sign")
        )
        return cls(token, reply, sign)

    @cached_property
    def reply_public(self) -> bytes:
        """The X-Wing key that replies are sealed to, 1,216 bytes."""
        return seal.x_wing_public_bytes(self.reply_seed)

    @cached_property
    def sign_public(self) -> bytes:
        """The Ed25519 key that signs what the person sends, 32 bytes."""
        return seal.ed25519_public_bytes(self.sign_seed)

    @property
    def token_hash(self) -> bytes:
        """What the office may know of the token."""
        return seal.digest(self.token)

    @property
    def mailbox(self) -> str:
        """The mailbox's id: 32 hexadecimal digits."""
        return mailbox_id(self.token_hash, self.sign_public)


def mailbox_id(token_hash: bytes, sign_public: bytes) -> str:
    """The id that belongs to a token's hash and a signing key, and to no other pair."""
    return seal.digest(seal.context("mailbox/id", token_hash, sign_public)).hex()[:32]


def is_mailbox_id(text: str) -> bool:
    """Whether this has the form of an id."""
    return len(text) == 32 and all(ch in "0123456789abcdef" for ch in text)


def seal_reply(reply: Reply, mailbox: str, reply_key: bytes) -> bytes:
    """One slot: the reply, sealed to the person's key. Raises ReplyTooLong."""
    try:
        padded = pad_to(codec.encode_body(reply, _KIND), (_PLAIN,))
    except ValueError:
        raise ReplyTooLong() from None
    return seal.seal_to(seal.load_x_wing_public(reply_key), _info(mailbox), padded)


def open_slots(slots: Iterable[bytes], keys: MailboxKeys) -> list[Reply]:
    """The replies among the slots, in order. Every slot costs the same work, reply or not."""
    private, info = seal.x_wing_from_seed(keys.reply_seed), _info(keys.mailbox)
    replies: dict[str, Reply] = {}
    for slot in slots:
        try:
            body = unpad_from(seal.open_with(private, info, slot), (_PLAIN,))
            reply = codec.decode_body(body, {_KIND: Reply})
        except Damaged:  # a filler, or a slot that somebody changed: either way nothing to read
            continue
        if isinstance(reply, Reply):
            replies[reply.id] = reply
    return sorted(replies.values(), key=lambda reply: (reply.at, reply.id))


def fill(kept: Sequence[bytes], mailbox: str, filler_key: bytes) -> list[bytes]:
    """``SLOTS`` slots: what is kept (the newest), then fillers of the same form."""
    newest = list(kept[-SLOTS:])
    return newest + [_filler(mailbox, number, filler_key) for number in range(len(newest), SLOTS)]


def _filler(mailbox: str, number: int, filler_key: bytes) -> bytes:
    info = seal.context("mailbox/filler", mailbox.encode(), bytes((number,)))
    return seal.SUITE + hashlib.shake_256(filler_key + info).digest(SLOT_BYTES - 1)


def _info(mailbox: str) -> bytes:
    return seal.context("reply", mailbox.encode())

"""The mailbox of a return code: its keys, and the replies that wait in it.

PBKDF2-HMAC-SHA512 (600,000 rounds: browsers have it) stretches the code; HKDF-SHA256 makes of it a fetch
token, two P-256 keys (one signs what the person sends, one reads replies) and a secret that the replies are
sealed with besides. They are the same whether a browser derives them or the relay, in its memory, for one that
runs no script. Nothing in them depends on a key of the office: a code opens its thread however often those change.

The mailbox's id is a hash over the hash of the token and the signing key. So whoever holds the token can
prove it to the relay, and whoever sends for a mailbox can prove it to the office, and neither has to
remember anything but the id.

A reply is sealed twice: with the secret, which no relay ever sees in the way with script and which withstands a
quantum computer, then to the reply key, which the code alone gives.

A mailbox always yields the same number of slots of the same size. What is not a reply is made of a keyed hash of
the mailbox and the slot, and begins with a point of the curve as a reply does: only the keys can tell, and asking
twice for a mailbox that does not exist gives the same bytes twice, as for one that does.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from kunak.errors import Damaged, Refused
from kunak.exchange.codes import ReturnCode
from kunak.exchange.envelope import pad_to, unpad_from
from kunak.vault import codec, curves, seal

ROUNDS = 600_000
SLOTS = 8
_PLAIN = 3072  # bytes of a reply's body with its padding
_INNER = 1 + seal.NONCE_BYTES + _PLAIN + seal.TAG_BYTES  # sealed with the secret
SLOT_BYTES = 1 + curves.P256_BYTES + _INNER + seal.TAG_BYTES
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
    """What a return code gives, 32 bytes each. Secret but for the public keys, the token's hash and the id.

    ``reply`` and ``sign`` are private keys of P-256, ``secret`` seals replies besides.
    """

    token: bytes = field(repr=False)
    reply: bytes = field(repr=False)
    sign: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, code: ReturnCode, rounds: int = ROUNDS) -> "MailboxKeys":
        """Derive the keys; about half a second. Fewer ``rounds`` are for tests alone."""
        stretched = hashlib.pbkdf2_hmac("sha512", code.secret, b"kunak/v1/return-code", rounds, 64)
        token, secret = (seal.derive(stretched, _use(use)) for use in ("token", "secret"))
        reply, sign = (curves.p256_scalar(stretched, _use(use)) for use in ("reply", "sign"))
        return cls(token, reply, sign, secret)

    @cached_property
    def reply_public(self) -> bytes:
        """The P-256 key that replies are sealed to, 65 bytes."""
        return curves.p256_public_bytes(self.reply)

    @cached_property
    def sign_public(self) -> bytes:
        """The P-256 key that signs what the person sends, 65 bytes."""
        return curves.p256_public_bytes(self.sign)

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


def seal_reply(reply: Reply, mailbox: str, reply_key: bytes, secret: bytes) -> bytes:
    """One slot: the reply, sealed with the person's secret, then to their key. Raises ReplyTooLong."""
    try:
        padded = pad_to(codec.encode_body(reply, _KIND), (_PLAIN,))
    except ValueError:
        raise ReplyTooLong() from None
    info = _info(mailbox)
    return curves.seal_to(curves.BY_P256, reply_key, info, seal.seal(secret, padded, info))


def open_slots(slots: Iterable[bytes], keys: MailboxKeys) -> list[Reply]:
    """The replies among the slots, in order. Every slot costs the same work, reply or not."""
    info = _info(keys.mailbox)
    replies: dict[str, Reply] = {}
    for slot in slots:
        try:
            inner = curves.open_with(keys.reply, info, slot)
            body = unpad_from(seal.unseal(keys.secret, inner, info), (_PLAIN,))
            reply = codec.decode_body(body, {_KIND: Reply})
        except Damaged:  # a filler, or a slot that somebody changed: either way nothing to read
            continue
        if isinstance(reply, Reply):
            replies[reply.id] = reply
    return sorted(replies.values(), key=lambda reply: (reply.at, reply.id))


def fill(kept: Sequence[bytes], mailbox: str, filler_key: bytes) -> list[bytes]:
    """``SLOTS`` slots: what is kept (the newest), then fillers of the same form."""
    newest = list(kept[-SLOTS:])
    fillers = [_filler(mailbox, number, filler_key) for number in range(SLOTS)]  # all: it takes the same time
    return newest + fillers[len(newest) :]


def _filler(mailbox: str, number: int, filler_key: bytes) -> bytes:
    """A slot that holds nothing: a fresh-looking public key, then bytes that look sealed."""
    info = seal.context("mailbox/filler", mailbox.encode(), bytes((number,)))
    point = curves.p256_public_bytes(curves.p256_scalar(filler_key, info))
    rest = SLOT_BYTES - 1 - len(point)
    return curves.BY_P256 + point + hashlib.shake_256(filler_key + info).digest(rest)


def _info(mailbox: str) -> bytes:
    return seal.context("reply", mailbox.encode())


def _use(name: str) -> bytes:
    return seal.context(f"mailbox/{name}")

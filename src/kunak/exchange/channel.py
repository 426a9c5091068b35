"""What the office and the relay say to each other: three questions, each signed by the office's channel key.

All members sign with the same key, so the relay cannot tell them apart. A question names its minute and a
random number; the relay answers none twice and none that is more than ten minutes off its clock. Whatever is
wrong with a question, the answer is the same as for an address where nothing is.
"""

import secrets
from typing import NamedTuple

from kunak.vault import codec, seal

PATH = "/o"
PAGE = 32  # letters in one answer
MOST_BYTES = 64 * 1024  # of a question
TOLERANCE = 600  # seconds between the clocks


class Question(NamedTuple):
    """``verb``: collect (letters after cursor ``after``), forget (letters ``ids``) or deliver (one reply)."""

    at: int  # seconds since 1970, whole minutes
    once: bytes
    verb: str
    after: int = 0
    ids: tuple[str, ...] = ()
    mailbox: str = ""
    sealed: bytes = b""


class Letter(NamedTuple):
    """One sealed report, and its place in the order of arrival."""

    cursor: int
    id: str
    sealed: bytes


class Answer(NamedTuple):
    """The letters asked for, and whether there are more."""

    letters: tuple[Letter, ...] = ()
    more: bool = False


class _Signed(NamedTuple):
    signature: bytes
    question: bytes


def ask(question: Question, channel_seed: bytes) -> bytes:
    """The question with its signature, as it is sent."""
    spelled = codec.pack(question)
    return codec.pack(_Signed(seal.ed25519_from_seed(channel_seed).sign(_signed(spelled)), spelled))


def heard(received: bytes, channel_public: bytes) -> Question:
    """The question, if the office signed it. Raises Damaged."""
    signed = codec.unpack(received, _Signed)
    seal.verify(channel_public, signed.signature, _signed(signed.question))
    return codec.unpack(signed.question, Question)


def fresh(at: float, verb: str) -> Question:
    """A new question of this minute, to be completed with ``_replace``."""
    return Question(at=int(at) // 60 * 60, once=secrets.token_bytes(16), verb=verb)


def _signed(spelled: bytes) -> bytes:
    return seal.context("office-channel", spelled)

"""What an office and its relay say to each other: questions, each signed by the office's channel key.

All members sign with the same key, so the relay cannot tell them apart; the office is named by its handle,
which is random. A question names its minute and a random number; the relay answers none twice and none that
is more than ten minutes off its clock. Whatever is wrong with a question, the answer is the same as for an
address where nothing is.

On the way a question is four bytes of length, the signed question, then its load, if it has one: the question
gives the load's size and hash, so a relay takes in nothing large from somebody it does not know.
"""

import secrets
from typing import NamedTuple

from kunak.vault import codec, curves, seal

PATH = "/o"
PAGE = 32  # letters in one answer
MOST_BYTES = 64 * 1024  # of a signed question
MOST_LOAD = 1024 * 1024  # bytes that come with one question
MOST_PIECES = 16  # of one commit
ANSWER_BYTES = 256 * 1024  # of blobs in one answer, unless one alone is larger
MOST_BLOBS = 1000  # in one answer
MOST_NAMES = 500  # in one question
TOLERANCE = 600  # seconds between the clocks
RID_BYTES = SHELF_BYTES = TX_BYTES = 16
MOST_ASK = 16 * 1024  # bytes of what a newcomer leaves
DONE, TAKEN, FULL, MISSING = "", "taken", "full", "missing"


class Question(NamedTuple):
    """What is asked, by ``verb``:

    collect: letters after a cursor; the answer's ``head`` counts those that were let go of in the last thirty
    days because nobody took them in. forget: delete letters. deliver: one reply into a mailbox.
    empty: forget what lies in a mailbox.
    commit: the load is (the last piece of) a Commit, ``part`` pieces came before. piece: put one aside.
    fetch: blobs by name. since: blobs after a cursor.
    rekey: the load is new Keys; signed by an admin's key.
    notice: the load is what the office says in public (``kunak.exchange.notice``). noticed: whether that still
    is the notice whose SHA-256 is the first of ``names``; the relay then counts it as said today.
    parts: of the upload whose id is the first of ``names``, those from ``part`` on; the answer's ``head`` is of
    how many. release: forget the uploads ``names``.
    expect: a place for a newcomer; ``sealed`` is the public key that a joining code gives. asked: what the
    newcomer left in the place ``mailbox``. tell: the load is part ``part`` of the answer to be left there.

    A newcomer signs with the code's key and is named by a hash of it:
    ask: the load is left for the office. told: part ``part`` of the answer. leave: the place is not needed.
    """

    at: int  # seconds since 1970, whole minutes
    once: bytes
    verb: str
    after: int = 0
    ids: tuple[str, ...] = ()
    mailbox: str = ""
    sealed: bytes = b""
    shelf: bytes = b""
    names: tuple[bytes, ...] = ()
    tx: bytes = b""
    part: int = 0
    size: int = 0
    digest: bytes = b""


class Letter(NamedTuple):
    """One sealed report, and its place in the order of arrival."""

    cursor: int
    id: str
    sealed: bytes


class Kept(NamedTuple):
    """One sealed blob of an office's shelf, and its place there."""

    cursor: int
    name: bytes
    sealed: bytes


class Heap(NamedTuple):
    """A shelf after a commit: its head, and where the blobs put there lie (0: somebody dropped it since)."""

    shelf: bytes
    head: int
    cursors: tuple[int, ...]


class Answer(NamedTuple):
    """What was asked for; ``once`` is the question's, so that an old answer is not taken for a new one."""

    letters: tuple[Letter, ...] = ()
    more: bool = False
    once: bytes = b""
    said: str = DONE
    blobs: tuple[Kept, ...] = ()
    head: int = 0
    covered: int = 0  # names that the answer covers; the rest is to be asked for again
    anchor: tuple[int, bytes] | None = None  # the last blob at or before ``after``
    heaps: tuple[Heap, ...] = ()


class Put(NamedTuple):
    """One blob to be put. ``replace``: in the place of what lies under that name."""

    shelf: bytes
    name: bytes
    sealed: bytes
    replace: bool = False


class Commit(NamedTuple):
    """What is to be done all or nothing, drops first."""

    put: tuple[Put, ...] = ()
    drop: tuple[tuple[bytes, bytes], ...] = ()


class Keys(NamedTuple):
    """What a relay knows of an office: public keys. ``serial`` grows with each change.

    ``intake``: what people seal to (``curves.intake_public_bytes``); an older one is of X-Wing alone, and then
    only the relay can seal.

    ``lobby``: the shelf that a channel key of before may still read, and nothing else: there a member who
    was away finds the record that gives the newer key.
    """

    serial: int
    channel: bytes
    intake: bytes
    admins: tuple[bytes, ...] = ()
    lobby: bytes = b""


class Signed(NamedTuple):
    """A question as it came, not yet believed."""

    rid: str
    signature: bytes
    question: bytes


def default_rid(channel_public: bytes) -> str:
    """The handle of an office that was founded before handles were random."""
    return seal.digest(channel_public).hex()[: 2 * RID_BYTES]


def is_rid(text: str) -> bool:
    """Whether this has the form of a handle."""
    return len(text) == 2 * RID_BYTES and all(ch in "0123456789abcdef" for ch in text)


def fresh(at: float, verb: str) -> Question:
    """A new question of this minute, to be completed with ``_replace``."""
    return Question(at=int(at) // 60 * 60, once=secrets.token_bytes(16), verb=verb)


def ask(question: Question, seed: bytes, rid: str = "", load: bytes = b"") -> bytes:
    """The question with its signature and its load, as it is sent. Without ``rid``, the default one."""
    if load:
        question = question._replace(size=len(load), digest=seal.digest(load))
    key = seal.ed25519_from_seed(seed)
    rid = rid or default_rid(key.public_key().public_bytes_raw())
    spelled = codec.pack(question)
    signed = codec.pack(Signed(rid, key.sign(_signed(rid, spelled)), spelled))
    return len(signed).to_bytes(4, "big") + signed + load


def received(frame: bytes) -> Signed:
    """The frame, not yet believed. Raises Damaged."""
    return codec.unpack(frame, Signed)


def heard(signed: Signed, *publics: bytes) -> Question:
    """The question, if it is signed by one of these keys. Raises Damaged."""
    for public in publics:
        try:
            seal.verify(public, signed.signature, _signed(signed.rid, signed.question))
        except seal.NotSigned:
            continue
        return codec.unpack(signed.question, Question)
    raise seal.NotSigned()


def check_load(question: Question, load: bytes) -> None:
    """Raise Damaged unless this is the load that the question was signed with."""
    if len(load) != question.size or (load and seal.digest(load) != question.digest):
        raise seal.NotSigned()


def check_commit(commit: Commit) -> None:
    """Raise Damaged for names that no office gives."""
    for shelf, name in (*((put.shelf, put.name) for put in commit.put), *commit.drop):
        if len(shelf) != SHELF_BYTES or not 0 < len(name) <= 64:
            raise codec.NotReadable()


def check_keys(keys: Keys) -> None:
    """Raise Damaged for what are no keys."""
    if any(len(public) != seal.KEY_BYTES for public in (keys.channel, *keys.admins)):
        raise codec.NotReadable()
    if len(keys.lobby) not in (0, SHELF_BYTES):
        raise codec.NotReadable()
    curves.check_intake(keys.intake)


def _signed(rid: str, spelled: bytes) -> bytes:
    return seal.context("office-channel", rid.encode(), spelled)

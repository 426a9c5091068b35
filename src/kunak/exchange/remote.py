"""The relay as a store: an office's own sealed blobs, asked for over HTTP, and believed only as far as it
goes.

Each question may be asked again after a cut, at whatever byte it came: a commit has a random number under
which it is done once, and everything else changes nothing. Answers are held against what this device has seen
before (``kunak.exchange.seen``).
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from threading import RLock

import httpx2

from kunak.exchange import channel
from kunak.exchange.channel import Answer, Commit, Put, Question
from kunak.exchange.line import Line, RelayAnswerDamaged, RelayUnreachable
from kunak.exchange.seen import (
    CONTENT_NAMED,
    RelayCut,
    RelayDropped,
    RelayRepeated,
    RelayRolledBack,
    RelaySwapped,
    Seen,
)
from kunak.vault import codec, seal
from kunak.vault.stores import REPLACEABLE, Blob, Full, Taken, Unsure

__all__ = [
    "MOST_AT_ONCE",
    "CommitTooLarge",
    "RelayCut",
    "RelayDropped",
    "RelayRepeated",
    "RelayRolledBack",
    "RelaySwapped",
    "RemoteStore",
    "shelf_at_relay",
]

MOST_AT_ONCE = channel.MOST_PIECES * channel.MOST_LOAD  # bytes of one commit as it is sent
WAITS = (0.05, 0.2, 0.8, 2.0)  # seconds before asking again


class CommitTooLarge(Full):
    """This is more than the relay takes in one piece (16 MiB); nothing of it was written."""

    code = "relay-commit-too-large"
    hint = "Write it in several steps."


class RemoteStore:
    """A Store at the relay at ``address``, for the office ``rid`` there. See Store for what it promises.

    ``channel_seed`` (32 bytes) signs the questions and changes with the office's epochs. ``space`` (32 bytes
    or more) is a secret of the office that never changes: shelves are named by a hash keyed with it, so the
    relay cannot tell which is which. ``memory`` is what ``memory()`` gave before: what this device has seen
    of the relay. On the shelves ``content_named`` a name is the SHA-256 of the bytes. ``client``, ``now`` and
    ``waits`` are given by tests alone.

    Beside what Store lists it raises the Damaged RelayRolledBack, RelayDropped, RelaySwapped, RelayRepeated
    and RelayCut, all kinds of StoreDamaged; and RelayUnreachable and RelayNotOurs, kinds of NotReached.
    """

    def __init__(
        self,
        address: str,
        *,
        channel_seed: bytes,
        rid: str,
        space: bytes,
        memory: bytes = b"",
        content_named: frozenset[str] = CONTENT_NAMED,
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._line = Line(address, seed=channel_seed, rid=rid, client=client, now=now)
        self._space = space
        self._seen = Seen(seal.derive(space, seal.context("relay/memory")), memory, content_named)
        self._lock = RLock()
        self._waits = tuple(waits)

    def memory(self) -> bytes:
        """What this device has seen of the relay, about 25 bytes a blob; to be kept sealed and given back."""
        with self._lock:
            return self._seen.saved()

    def expect_dropped(self, shelf: str, names: Iterable[bytes]) -> None:
        """A colleague's device has dropped these, as the log says: that they are gone is no lie."""
        with self._lock:
            self._seen.expect_gone(shelf, names)

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        """One transaction at the relay, in as many pieces as it takes. Raises CommitTooLarge above 16 MiB,
        Unsure if the answer never came."""
        put, drop = [*put], [*drop]
        if not put and not drop:
            return
        asked = Commit(
            tuple(Put(self._shelf(b.shelf), b.name, b.sealed, b.shelf in REPLACEABLE) for b in put),
            tuple((self._shelf(shelf), name) for shelf, name in drop),
        )
        spelled = codec.pack(asked)
        if len(spelled) > MOST_AT_ONCE:
            raise CommitTooLarge()
        step = channel.MOST_LOAD
        pieces = [spelled[start : start + step] for start in range(0, len(spelled), step)]
        with self._lock:
            answer = self._committed(secrets.token_bytes(channel.TX_BYTES), pieces, drop)
            for shelf in dict.fromkeys(blob.shelf for blob in put):
                self._note(shelf, [blob for blob in put if blob.shelf == shelf], answer)

    def _committed(self, tx: bytes, pieces: list[bytes], drop: list[tuple[str, bytes]]) -> Answer:
        """Send all pieces, the last as the commit itself; all again if the relay has lost some."""
        for _ in range(1 + len(self._waits)):
            for place, piece in enumerate(pieces[:-1]):
                self._said(self._ask(self._line.fresh("piece")._replace(tx=tx, part=place), piece))
            for shelf, name in drop:  # from here on they may be gone, even if no answer comes
                self._seen.expect_gone(shelf, (name,))
            last = self._line.fresh("commit")._replace(tx=tx, part=len(pieces) - 1)
            try:
                answer = self._ask(last, pieces[-1])
            except RelayUnreachable:
                raise Unsure() from None
            if answer.said != channel.MISSING:
                return self._said(answer)
        raise RelayUnreachable()

    def _note(self, shelf: str, put: list[Blob], answer: Answer) -> None:
        """Remember where it lies. The answer to a commit that was done before, when its first answer was
        lost, does not always say it: then look."""
        for heap in answer.heaps:
            if heap.shelf == self._shelf(shelf):
                blobs = [(blob.name, blob.sealed) for blob in put]
                self._seen.put(shelf, blobs, heap.head, heap.cursors)
                return
        names = {blob.name for blob in put}
        if {name for name, _ in self.fetch(shelf, names)} != names:
            raise RelayDropped()

    def get(self, shelf: str, name: bytes) -> bytes | None:
        """One blob, or None."""
        for _, sealed in self.fetch(shelf, (name,)):
            return sealed
        return None

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(name, sealed) of those that are there."""
        wanted = iter(dict.fromkeys(names))
        while some := tuple(islice(wanted, channel.MOST_NAMES)):
            while some:
                with self._lock:
                    question = self._line.fresh("fetch")._replace(shelf=self._shelf(shelf), names=some)
                    answer = self._ask(question)
                    if not 0 < answer.covered <= len(some):
                        raise RelayCut()
                    self._seen.fetched(shelf, some[: answer.covered], answer)
                some = some[answer.covered :]
                yield from ((blob.name, blob.sealed) for blob in answer.blobs)

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(cursor, name, sealed) of what came after ``cursor``, oldest first."""
        names: set[bytes] = set()
        more = True
        while more:
            with self._lock:
                question = self._line.fresh("since")._replace(shelf=self._shelf(shelf), after=cursor)
                answer = self._ask(question)
                cursor = self._seen.passed(shelf, cursor, answer, names)
            more = answer.more
            yield from answer.blobs

    def close(self) -> None:
        """Close the connection; a later question opens it again."""
        with self._lock:
            self._line.close()

    def _ask(self, question: Question, load: bytes = b"") -> Answer:
        """Ask until an answer comes: the same thing, under a new random number each time."""
        trouble: Exception = RelayUnreachable()
        for wait in (0.0, *self._waits):
            if wait:
                time.sleep(wait)
            again = self._line.fresh(question.verb)
            try:
                answer = self._line.ask(question._replace(at=again.at, once=again.once), load)
            except (RelayUnreachable, RelayAnswerDamaged) as error:
                trouble = error
                continue
            if answer.once != again.once:
                raise RelayRepeated()
            return answer
        raise RelayCut() if isinstance(trouble, RelayAnswerDamaged) else trouble

    @staticmethod
    def _said(answer: Answer) -> Answer:
        if answer.said == channel.TAKEN:
            raise Taken()
        if answer.said == channel.FULL:
            raise Full()
        return answer

    def _shelf(self, shelf: str) -> bytes:
        """The shelf's name at the relay."""
        return shelf_at_relay(self._space, shelf)


def shelf_at_relay(space: bytes, shelf: str) -> bytes:
    """What a shelf of the office of this ``space`` is called at its relay."""
    key = seal.derive(space, seal.context("relay/shelf"))
    return seal.derive(key, seal.context("shelf", shelf.encode()), length=channel.SHELF_BYTES)

"""The office's post: collect what people sent to the relay, deliver replies into their mailboxes."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import httpx2

from kunak.errors import Damaged
from kunak.exchange import channel
from kunak.exchange.line import Line, RelayAnswerDamaged, RelayNotOurs, RelayUnreachable
from kunak.exchange.mailbox import Reply, seal_reply
from kunak.exchange.report import Report, open_report, why_unread
from kunak.vault import codec

__all__ = ["Collected", "Post", "RelayAnswerDamaged", "RelayNotOurs", "RelayUnreachable", "rekey"]

_MOST_PAGES = 1000  # a lying relay cannot keep the office busy for ever


@dataclass(frozen=True)
class Collected:
    """What one collection brought: reports in order of arrival; ids of letters that could not be opened;
    the cursor to go on from; the names under which the relay keeps what was opened; those of the letters that
    could not be opened which are junk, so that the relay may forget them, and of those that a newer Kunak
    wrote; how many letters the relay has let go of in the last thirty days because nobody took them in."""

    reports: tuple[Report, ...]
    damaged: tuple[str, ...]
    cursor: int
    letters: tuple[str, ...] = ()
    junk: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    lapsed: int = 0


class Post:
    """The office's side of the relay. ``intake_seed`` and ``channel_seed`` are its secrets, 32 bytes each;
    ``older_intake_seeds`` open what was sealed before the intake key was changed. A hand whose roles do not
    open letters has no ``intake_seed``, and collects nothing. ``rid`` is the office's handle there (offices
    without one have it from their channel key).

    Use it as a context manager, or call ``close``. A ``client`` given is used as it is (its address too).
    """

    def __init__(
        self,
        address: str,
        *,
        intake_seed: bytes | None,
        channel_seed: bytes,
        rid: str = "",
        older_intake_seeds: Sequence[bytes] = (),
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._line = Line(address, seed=channel_seed, rid=rid, client=client, now=now)
        self._intake_seeds = () if intake_seed is None else (intake_seed, *older_intake_seeds)

    def __enter__(self) -> "Post":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._line.close()
        if self._client is not None:
            self._client.close()

    def collect(self, after: int = 0) -> Collected:
        """All reports that arrived after a cursor (0: all that the relay holds). They stay there until
        ``forget``; the same report can come again and has the same id."""
        reports: dict[str, Report] = {}
        damaged: list[str] = []
        opened: list[str] = []
        unread: dict[str, list[str]] = {"other": [], "newer": [], "junk": []}
        lapsed = 0
        if not self._intake_seeds:
            return Collected((), (), after)
        for _ in range(_MOST_PAGES):
            answer = self._line.ask(self._line.fresh("collect")._replace(after=after))
            lapsed = answer.head
            for letter in answer.letters:
                report = self._opened(letter.sealed)
                if report is None:
                    damaged.append(letter.id)
                    unread[why_unread(letter.sealed, *self._intake_seeds)].append(letter.id)
                else:
                    reports[report.id] = report
                    opened.append(letter.id)
                after = max(after, letter.cursor)
            if not answer.more or not answer.letters:
                break
        return Collected(
            reports=tuple(reports.values()),
            damaged=tuple(damaged),
            cursor=after,
            letters=tuple(opened),
            junk=tuple(unread["junk"]),
            newer=tuple(unread["newer"]),
            lapsed=lapsed,
        )

    def forget(self, ids: Iterable[str]) -> None:
        """Have the relay delete letters that the office has sealed into its own store, and junk."""
        waiting = list(ids)
        for start in range(0, len(waiting), 500):
            part = tuple(waiting[start : start + 500])
            self._line.ask(self._line.fresh("forget")._replace(ids=part))

    def deliver(
        self, *, mailbox: str, reply_key: bytes, reply_secret: bytes, text: str, at: datetime, id: str
    ) -> None:
        """Put one reply into a person's mailbox. Doing it again with the same ``id`` changes nothing.

        ``at`` should be no finer than 15 minutes. Raises ReplyTooLong, RelayUnreachable, RelayNotOurs, and
        NotOpened or ValueError for keys that are none.
        """
        sealed = seal_reply(Reply(id=id, at=at, text=text), mailbox, reply_key, reply_secret)
        self._line.ask(self._line.fresh("deliver")._replace(ids=(id,), mailbox=mailbox, sealed=sealed))

    def empty(self, mailbox: str) -> None:
        """Have the relay forget all replies in a mailbox: others have its code now.

        Raises RelayUnreachable, RelayNotOurs.
        """
        self._line.ask(self._line.fresh("empty")._replace(mailbox=mailbox))

    def parts(self, upload: bytes, begin: int = 0) -> channel.Answer:
        """Some sealed parts of an upload, those from place ``begin`` on that are there (``Kept.cursor`` is the
        place); ``more``: others follow. Raises RelayUnreachable, RelayNotOurs."""
        return self._line.ask(self._line.fresh("parts")._replace(names=(upload,), part=begin))

    def release(self, uploads: Iterable[bytes]) -> None:
        """Have the relay forget uploads that lie here, or that nobody waits for any more."""
        self._line.ask(self._line.fresh("release")._replace(names=tuple(uploads)))

    def _opened(self, sealed: bytes) -> Report | None:
        """The report, by whichever of the office's intake keys opens it."""
        try:
            return open_report(sealed, *self._intake_seeds)
        except Damaged:
            return None


def rekey(
    address: str,
    *,
    rid: str,
    admin_seed: bytes,
    keys: channel.Keys,
    client: httpx2.Client | None = None,
    now: Callable[[], float] = time.time,
) -> None:
    """Have the relay take other keys for the office, signed by an admin's key; the same again changes
    nothing.

    ``keys.serial`` must be greater than at the last change (an epoch's number will do). From then on the
    relay refuses the old channel key and seals what people send to the new intake key. Raises RelayNotOurs if
    the relay knows newer keys or another admin's, RelayUnreachable, RelayAnswerDamaged.
    """
    line = Line(address, seed=admin_seed, rid=rid, client=client, now=now)
    try:
        line.ask(line.fresh("rekey"), codec.pack(keys))
    finally:
        line.close()

"""The office's post: collect what people sent to the relay, deliver replies into their mailboxes."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import httpx2

from kunak.errors import Damaged, Unreachable
from kunak.exchange import channel
from kunak.exchange.mailbox import Reply, seal_reply
from kunak.exchange.report import Report, open_report
from kunak.vault import codec

_MOST_PAGES = 1000  # a lying relay cannot keep the office busy for ever


class RelayUnreachable(Unreachable):
    """The relay does not answer."""

    code = "relay-unreachable"
    hint = "Check that this computer is online and that the relay runs, then try again. Nothing is lost."


class RelayNotOurs(Unreachable):
    """The relay at this address does not know this office."""

    code = "relay-not-ours"
    hint = "Check the relay's address, the office's channel key there, and the clocks of both computers."


class RelayAnswerDamaged(Damaged):
    """The relay's answer cannot be read."""

    code = "relay-answer-damaged"
    hint = "Try again. If it stays so, something between here and the relay changes what it says."


@dataclass(frozen=True)
class Collected:
    """What one collection brought: reports in order of arrival; ids of letters that could not be opened;
    the cursor to go on from."""

    reports: tuple[Report, ...]
    damaged: tuple[str, ...]
    cursor: int


class Post:
    """The office's side of the relay. ``intake_seed`` and ``channel_seed`` are its secrets, 32 bytes each.

    Use it as a context manager, or call ``close``. A ``client`` given is used as it is (its address too).
    """

    def __init__(
        self,
        address: str,
        *,
        intake_seed: bytes,
        channel_seed: bytes,
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client or httpx2.Client(base_url=address, timeout=30, trust_env=False)
        self._intake_seed = intake_seed
        self._channel_seed = channel_seed
        self._now = now

    def __enter__(self) -> "Post":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def collect(self, after: int = 0) -> Collected:
        """All reports that arrived after a cursor (0: all that the relay holds). They stay there until
        ``forget``; the same report can come again and has the same id."""
        reports: dict[str, Report] = {}
        damaged: list[str] = []
        for _ in range(_MOST_PAGES):
            answer = self._ask(channel.fresh(self._now(), "collect")._replace(after=after))
            for letter in answer.letters:
                try:
                    report = open_report(letter.sealed, self._intake_seed)
                except Damaged:
                    damaged.append(letter.id)
                else:
                    reports[report.id] = report
                after = max(after, letter.cursor)
            if not answer.more or not answer.letters:
                break
        return Collected(tuple(reports.values()), tuple(damaged), after)

    def forget(self, ids: Iterable[str]) -> None:
        """Have the relay delete letters that the office has sealed into its own store."""
        waiting = list(ids)
        for start in range(0, len(waiting), 500):
            part = tuple(waiting[start : start + 500])
            self._ask(channel.fresh(self._now(), "forget")._replace(ids=part))

    def deliver(self, *, mailbox: str, reply_key: bytes, text: str, at: datetime, id: str) -> None:
        """Put one reply into a person's mailbox. Doing it again with the same ``id`` changes nothing.

        ``at`` should be no finer than 15 minutes. Raises ReplyTooLong, RelayUnreachable, RelayNotOurs.
        """
        sealed = seal_reply(Reply(id=id, at=at, text=text), mailbox, reply_key)
        self._ask(channel.fresh(self._now(), "deliver")._replace(ids=(id,), mailbox=mailbox, sealed=sealed))

    def _ask(self, question: channel.Question) -> channel.Answer:
        body = channel.ask(question, self._channel_seed)
        try:
            response = self._client.post(channel.PATH, content=body)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise RelayUnreachable() from None
        if response.status_code == 404:
            raise RelayNotOurs()
        if response.status_code != 200:
            raise RelayUnreachable()
        try:
            return codec.unpack(response.content, channel.Answer)
        except Damaged:
            raise RelayAnswerDamaged() from None

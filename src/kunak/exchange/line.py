"""The line to the relay: one signed question, one answer, over HTTP."""

import time
from collections.abc import Callable

import httpx2

from kunak.errors import Damaged
from kunak.exchange import channel
from kunak.exchange.channel import Answer, Question
from kunak.vault import codec
from kunak.vault.stores import NotReached, StoreDamaged

MOST_ANSWER = (
    channel.MOST_PIECES + 1
) * channel.MOST_LOAD  # bytes: one blob can be as large as a whole commit
LONGEST = 300.0  # seconds for one answer, however slowly it drips


class RelayUnreachable(NotReached):
    """The relay does not answer."""

    code = "relay-unreachable"
    hint = "Check that this computer is online and that the relay runs, then try again. Nothing is lost."


class RelayNotOurs(NotReached):
    """The relay at this address does not know this office."""

    code = "relay-not-ours"
    hint = "Check its address and the clocks of both computers. Whoever was removed from the office is refused too."


class RelayAnswerDamaged(StoreDamaged):
    """The relay's answer cannot be read."""

    code = "relay-answer-damaged"
    hint = "Try again. If it stays so, something between here and the relay changes what it says."


class Line:
    """A line to the relay at ``address`` for the office ``rid``. A ``client`` given is used as it is (its
    address too) and left open."""

    def __init__(
        self,
        address: str,
        *,
        seed: bytes,
        rid: str = "",
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._address = address
        self._seed = seed
        self._rid = rid
        self._given = client
        self._own: httpx2.Client | None = None
        self._now = now

    def fresh(self, verb: str) -> Question:
        """A new question of this minute."""
        return channel.fresh(self._now(), verb)

    def ask(self, question: Question, load: bytes = b"") -> Answer:
        """The answer. Raises RelayUnreachable, RelayNotOurs, RelayAnswerDamaged."""
        received = self._sent(channel.ask(question, self._seed, self._rid, load))
        try:
            return codec.unpack(received, Answer)
        except Damaged:
            raise RelayAnswerDamaged() from None

    def close(self) -> None:
        """Close the connection; a later question opens it again."""
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def _sent(self, body: bytes) -> bytes:
        client = self._given or self._own
        if client is None:
            client = self._own = httpx2.Client(base_url=self._address, timeout=30, trust_env=False)
        headers = {"accept-encoding": "identity"}  # nothing that unpacks to more than was sent
        try:
            with client.stream("POST", channel.PATH, content=body, headers=headers) as response:
                if response.status_code == 404:
                    raise RelayNotOurs()
                if response.status_code != 200:
                    raise RelayUnreachable()
                return self._read(response)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise RelayUnreachable() from None

    @staticmethod
    def _read(response: httpx2.Response) -> bytes:
        received, until = bytearray(), time.monotonic() + LONGEST
        for part in response.iter_raw():
            received += part
            if len(received) > MOST_ANSWER:
                raise RelayAnswerDamaged()
            if time.monotonic() > until:
                raise RelayUnreachable()
        return bytes(received)

"""The doorstep: where a newcomer's ask and the office's answer meet at the office's relay.

The newcomer has no key of the office yet. What a joining code gives (``vault.joining.place_of``) gives both
sides a signing key for one place at the relay, which the office has to open first. The relay sees two sealed
things go by; that it is the right newcomer, and the right office, the code alone tells (``vault.joining``).
"""

import time
from collections.abc import Callable

import httpx2

from kunak.exchange import channel
from kunak.exchange.line import Line, RelayNotOurs
from kunak.vault import seal
from kunak.vault.stores import Full, NotReached


class NobodyExpected(NotReached):
    """The relay at this address expects nobody with this joining code."""

    code = "nobody-expected"
    hint = "Check the address and the code with the admin. A code is good for one day and one device."


class AnswerTooLong(Full):
    """The record of this office's members is too long for its relay to pass on."""

    code = "joining-answer-too-long"
    hint = "Join with a folder on a stick instead."


class Doorstep:
    """The newcomer's side. ``place`` is what the joining code gives; ``client`` and ``now`` are for tests."""

    def __init__(
        self,
        address: str,
        place: bytes,
        *,
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._line = Line(address, seed=_seed(place), client=client, now=now)

    def ask(self, asked: bytes) -> None:
        """Leave the ask; a later one replaces it. Raises NobodyExpected, RelayUnreachable."""
        self._said(self._line.fresh("ask"), asked)

    def told(self) -> bytes | None:
        """The answer, or None while there is none. Raises NobodyExpected, RelayUnreachable."""
        parts: list[bytes] = []
        while len(parts) < channel.MOST_PIECES:
            answer = self._said(self._line.fresh("told")._replace(part=len(parts)))
            parts += [letter.sealed for letter in answer.letters]
            if not answer.more or not answer.letters:
                break
        return b"".join(parts) or None

    def leave(self) -> None:
        """Have the place destroyed: it is not needed any more."""
        self._said(self._line.fresh("leave"))

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def _said(self, question: channel.Question, load: bytes = b"") -> channel.Answer:
        try:
            return self._line.ask(question, load)
        except RelayNotOurs:
            raise NobodyExpected() from None


def handle_of(place: bytes) -> str:
    """The name that the relay knows a place by; it tells nothing of the code."""
    return channel.default_rid(seal.ed25519_public_bytes(_seed(place)))


def expect(line: Line, place: bytes) -> None:
    """As the office: open the place for a code, for two days at most. Again changes nothing. Raises Full."""
    public = seal.ed25519_public_bytes(_seed(place))
    if line.ask(line.fresh("expect")._replace(sealed=public)).said == channel.FULL:
        raise Full()


def asked(line: Line, place: bytes) -> bytes | None:
    """As the office: what the newcomer left, or None. Raises RelayNotOurs where no place was opened."""
    answer = line.ask(line.fresh("asked")._replace(mailbox=handle_of(place)))
    return answer.letters[0].sealed if answer.letters else None


def tell(line: Line, place: bytes, answered: bytes) -> None:
    """As the office: leave the answer, its beginning last, so that whoever sees that sees all.

    Raises AnswerTooLong.
    """
    step = channel.MOST_LOAD
    pieces = [answered[start : start + step] for start in range(0, len(answered), step)]
    if len(pieces) > channel.MOST_PIECES:
        raise AnswerTooLong()
    for part, piece in reversed(list(enumerate(pieces))):
        line.ask(line.fresh("tell")._replace(mailbox=handle_of(place), part=part), piece)


def _seed(place: bytes) -> bytes:
    return seal.derive(place, seal.context("relay/guest"))

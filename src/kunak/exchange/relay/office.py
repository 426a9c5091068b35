"""The office's door: one address, three questions, all signed. To anyone else there is nothing here."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.errors import Damaged, KunakError
from kunak.exchange import channel
from kunak.exchange.mailbox import SLOT_BYTES, SLOTS, is_mailbox_id
from kunak.exchange.relay.desk import mailbox_stream
from kunak.exchange.relay.pages import Pages
from kunak.exchange.relay.store import INTAKE, RelayStore
from kunak.exchange.relay.wire import NothingHere, read_body
from kunak.vault import codec

_REMEMBERED = 100_000  # questions of the last minutes
_LONGEST_ID = 64


class OfficeDoor:
    """The handler of one relay's office."""

    def __init__(
        self, store: RelayStore, channel_public: bytes, now: Callable[[], datetime], pages: Pages
    ) -> None:
        self._store = store
        self._channel_public = channel_public
        self._now = now
        self._pages = pages
        self._heard: OrderedDict[bytes, float] = OrderedDict()

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route(channel.PATH, self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """Do what a signed question asks. Unsigned, old or heard before: there is nothing here."""
        try:
            question = self._question(await read_body(request, channel.MOST_BYTES))
            answer = await anyio.to_thread.run_sync(self._do, question)
        except KunakError as error:
            unsaid = error if error.status == 503 else NothingHere()
            return self._pages.wrong("en", unsaid)
        return Response(codec.pack(answer), media_type="application/octet-stream")

    def _question(self, body: bytes) -> channel.Question:
        try:
            question = channel.heard(body, self._channel_public)
        except Damaged:
            raise NothingHere() from None
        now = self._now().timestamp()
        while self._heard and next(iter(self._heard.values())) < now - 3 * channel.TOLERANCE:
            self._heard.popitem(last=False)
        known = question.once in self._heard
        if known or abs(question.at - now) > channel.TOLERANCE or len(self._heard) >= _REMEMBERED:
            raise NothingHere()
        self._heard[question.once] = now
        return question

    def _do(self, question: channel.Question) -> channel.Answer:
        if question.verb == "collect":
            letters = self._store.after(INTAKE, question.after, channel.PAGE + 1)
            return channel.Answer(tuple(letters[: channel.PAGE]), len(letters) > channel.PAGE)
        if question.verb == "forget":
            self._store.forget(INTAKE, question.ids)
            return channel.Answer()
        if question.verb == "deliver" and _is_reply(question):
            stream = mailbox_stream(question.mailbox)
            self._store.keep(stream, question.ids[0], question.sealed, newest=SLOTS)
            return channel.Answer()
        raise NothingHere()


def _is_reply(question: channel.Question) -> bool:
    return (
        is_mailbox_id(question.mailbox)
        and len(question.sealed) == SLOT_BYTES
        and len(question.ids) == 1
        and 0 < len(question.ids[0]) <= _LONGEST_ID
    )

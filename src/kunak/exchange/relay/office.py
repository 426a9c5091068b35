"""The offices' door: one address, a few questions, all signed. To anyone else there is nothing here."""

from collections.abc import Callable
from datetime import datetime

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.errors import Damaged, KunakError
from kunak.exchange import channel
from kunak.exchange.channel import Answer, Keys, Question, Signed
from kunak.exchange.mailbox import SLOT_BYTES, SLOTS, is_mailbox_id
from kunak.exchange.relay.desk import mailbox_stream
from kunak.exchange.relay.offices import Office, Offices
from kunak.exchange.relay.pages import Pages
from kunak.exchange.relay.recent import Recent
from kunak.exchange.relay.shelves import NameTaken, PieceMissing, Shelves
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.tables import RelayFull
from kunak.exchange.relay.wire import NothingHere, Parcel, in_time
from kunak.vault import codec

_LONGEST_ID = 64
_DAY = 86_400
_LOADED = ("commit", "piece", "rekey")  # the questions that have a load


class OfficeDoor:
    """The handler of one relay's offices."""

    def __init__(
        self, store: RelayStore, offices: Offices, now: Callable[[], datetime], pages: Pages
    ) -> None:
        self._store = store
        self._shelves = Shelves(store.tables)
        self._offices = offices
        self._now = now
        self._pages = pages
        self._recent = Recent()
        self._verbs: dict[str, Callable[[Office, Question, bytes], Answer]] = {
            "collect": self._collect,
            "forget": self._forget,
            "deliver": self._deliver,
            "piece": self._piece,
            "commit": self._commit,
            "fetch": self._fetch,
            "since": self._since,
            "rekey": self._rekey,
        }

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route(channel.PATH, self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """Do what a signed question asks. Unsigned, old or heard before: there is nothing here."""
        try:
            parcel = Parcel(request, 4 + channel.MOST_BYTES + channel.MOST_LOAD)
            office, question = await self._question(parcel)
            async with in_time(question.size):
                load = await parcel.take(question.size)
                await parcel.end()
            answer = await anyio.to_thread.run_sync(self._do, office, question, load)
        except KunakError as error:
            unsaid = error if error.status == 503 else NothingHere()
            return self._pages.wrong("en", unsaid)
        return Response(
            codec.pack(answer._replace(once=question.once)), media_type="application/octet-stream"
        )

    async def _question(self, parcel: Parcel) -> tuple[Office, Question]:
        async with in_time(0):
            length = int.from_bytes(await parcel.take(4), "big")
            if length > channel.MOST_BYTES:
                raise NothingHere()
            frame = await parcel.take(length)
        try:
            signed = channel.received(frame)
        except Damaged:
            raise NothingHere() from None
        if not self._offices.serves(signed.rid):
            raise NothingHere()
        office, question = await anyio.to_thread.run_sync(self._believe, signed)
        if not self._recent.is_first(office.rid, question.once, question.at, self._now().timestamp()):
            raise NothingHere()
        return office, question

    def _believe(self, signed: Signed) -> tuple[Office, Question]:
        """Who asks, and what. An admin's key is good for changing keys, the channel's for all else."""
        office = self._offices.now(signed.rid)
        if office is None:
            raise NothingHere()
        try:
            question = channel.heard(signed, office.keys.channel)
            allowed = question.verb != "rekey"
        except Damaged:
            question, allowed = _by_an_admin(signed, office)
        if not allowed:
            raise NothingHere()
        loaded = 0 < question.size <= channel.MOST_LOAD
        if loaded != (question.verb in _LOADED) or (question.size and not loaded):
            raise NothingHere()
        return office, question

    def _do(self, office: Office, question: Question, load: bytes) -> Answer:
        verb = self._verbs.get(question.verb)
        if verb is None:
            raise NothingHere()
        try:
            channel.check_load(question, load)
            return verb(office, question, load)
        except NameTaken:
            return Answer(said=channel.TAKEN)
        except PieceMissing:
            return Answer(said=channel.MISSING)
        except RelayFull:
            if question.verb in _LOADED:
                return Answer(said=channel.FULL)
            raise

    def _collect(self, office: Office, question: Question, _load: bytes) -> Answer:
        letters = self._store.after(office.letters, question.after, channel.PAGE + 1)
        return Answer(tuple(letters[: channel.PAGE]), len(letters) > channel.PAGE)

    def _forget(self, office: Office, question: Question, _load: bytes) -> Answer:
        self._store.forget(office.letters, question.ids)
        return Answer()

    def _deliver(self, _office: Office, question: Question, _load: bytes) -> Answer:
        if not _is_reply(question):
            raise NothingHere()
        stream = mailbox_stream(question.mailbox)
        self._store.keep(stream, question.ids[0], question.sealed, newest=SLOTS)
        return Answer()

    def _piece(self, office: Office, question: Question, load: bytes) -> Answer:
        if len(question.tx) != channel.TX_BYTES or not 0 <= question.part < channel.MOST_PIECES - 1:
            raise NothingHere()
        self._shelves.keep_piece(office.rid, question.tx, question.part, load, self._day())
        return Answer()

    def _commit(self, office: Office, question: Question, load: bytes) -> Answer:
        if len(question.tx) != channel.TX_BYTES or not 0 <= question.part < channel.MOST_PIECES:
            raise NothingHere()
        return Answer(heaps=self._shelves.commit(office.rid, question.tx, question.part, load, self._day()))

    def _fetch(self, office: Office, question: Question, _load: bytes) -> Answer:
        if len(question.shelf) != channel.SHELF_BYTES or len(question.names) > channel.MOST_NAMES:
            raise NothingHere()
        blobs, covered, head = self._shelves.fetch(office.rid, question.shelf, question.names)
        return Answer(blobs=blobs, covered=covered, head=head)

    def _since(self, office: Office, question: Question, _load: bytes) -> Answer:
        if len(question.shelf) != channel.SHELF_BYTES or question.after < 0:
            raise NothingHere()
        page = self._shelves.since(office.rid, question.shelf, question.after)
        return Answer(blobs=page.blobs, more=page.more, head=page.head, anchor=page.anchor)

    def _rekey(self, office: Office, question: Question, load: bytes) -> Answer:
        keys = codec.unpack(load, Keys)
        channel.check_keys(keys)
        if not 0 < len(keys.admins) <= 64 or not self._offices.rekey(office.rid, keys):
            raise NothingHere()
        return Answer()

    def _day(self) -> int:
        return int(self._now().timestamp()) // _DAY


def _by_an_admin(signed: Signed, office: Office) -> tuple[Question, bool]:
    try:
        question = channel.heard(signed, *office.keys.admins)
    except Damaged:
        raise NothingHere() from None
    return question, question.verb == "rekey"


def _is_reply(question: Question) -> bool:
    return (
        is_mailbox_id(question.mailbox)
        and len(question.sealed) == SLOT_BYTES
        and len(question.ids) == 1
        and 0 < len(question.ids[0]) <= _LONGEST_ID
    )

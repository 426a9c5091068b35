"""The offices' door: one address, a few questions, all signed. To anyone else there is nothing here.

Through the same door come newcomers, whom an office has said that it expects (``guests``).
"""

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
from kunak.exchange.relay.guests import Guest, Guests
from kunak.exchange.relay.notices import Notices
from kunak.exchange.relay.offices import Office, Offices
from kunak.exchange.relay.pages import Pages
from kunak.exchange.relay.recent import Recent
from kunak.exchange.relay.room import Room
from kunak.exchange.relay.shelves import NameTaken, PieceMissing, Shelves
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.tables import RelayFull
from kunak.exchange.relay.uploads import Uploads
from kunak.exchange.relay.wire import NothingHere, Parcel, in_time
from kunak.vault import codec

_LONGEST_ID = 64
_DAY = 86_400
_LOADED = ("commit", "piece", "rekey", "tell", "ask", "notice")  # the questions that have a load


class OfficeDoor:
    """The handler of one relay's offices."""

    def __init__(
        self,
        store: RelayStore,
        offices: Offices,
        now: Callable[[], datetime],
        pages: Pages,
        notices: Notices,
        uploads: Uploads,
        room: Room,
    ) -> None:
        self._store = store
        self._uploads = uploads
        self._room = room
        self._shelves = Shelves(store.tables)
        self._guests = Guests(store.tables)
        self._offices = offices
        self._now = now
        self._pages = pages
        self._notices = notices
        self._recent = Recent()
        self._verbs: dict[str, Callable[[Office, Question, bytes], Answer]] = {
            "collect": self._collect,
            "forget": self._forget,
            "deliver": self._deliver,
            "empty": self._empty,
            "piece": self._piece,
            "commit": self._commit,
            "fetch": self._fetch,
            "since": self._since,
            "rekey": self._rekey,
            "notice": self._notice,
            "noticed": self._noticed,
            "parts": lambda _, q, __: self._uploads.parts(q, self._day()),
            "release": lambda _, q, __: self._uploads.release(q),
            "expect": lambda office, q, _: self._guests.expect(office.rid, q.sealed, self._day()),
            "asked": lambda office, q, _: self._guests.asked(office.rid, q.mailbox, self._day()),
            "tell": lambda office, q, load: self._guests.tell(office.rid, q, load, self._day()),
        }
        self._guest_verbs: dict[str, Callable[[Guest, Question, bytes], Answer]] = {
            "ask": lambda guest, _, load: self._guests.ask(guest, load, self._day()),
            "told": lambda guest, q, _: self._guests.told(guest, q.part),
            "leave": lambda guest, _, __: self._guests.leave(guest),
        }

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route(channel.PATH, self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """Do what a signed question asks. Unsigned, old or heard before: there is nothing here."""
        try:
            parcel = Parcel(request, 4 + channel.MOST_BYTES + channel.MOST_LOAD)
            who, question = await self._question(parcel)
            async with in_time(question.size):
                load = await parcel.take(question.size)
                await parcel.end()
            answer = await anyio.to_thread.run_sync(self._do, who, question, load)
        except KunakError as error:
            unsaid = error if error.status == 503 else NothingHere()
            return self._pages.wrong("en", unsaid)
        return Response(
            codec.pack(answer._replace(once=question.once)), media_type="application/octet-stream"
        )

    async def _question(self, parcel: Parcel) -> tuple[Office | Guest, Question]:
        async with in_time(0):
            length = int.from_bytes(await parcel.take(4), "big")
            if length > channel.MOST_BYTES:
                raise NothingHere()
            frame = await parcel.take(length)
        try:
            signed = channel.received(frame)
        except Damaged:
            raise NothingHere() from None
        if not channel.is_rid(signed.rid):
            raise NothingHere()
        believe = self._believe if self._offices.serves(signed.rid) else self._believe_guest
        who, question = await anyio.to_thread.run_sync(believe, signed)
        if not self._recent.is_first(who.rid, question.once, question.at, self._now().timestamp()):
            raise NothingHere()
        return who, question

    def _believe(self, signed: Signed) -> tuple[Office | Guest, Question]:
        """Who asks, and what. An admin's key is good for changing keys, the channel's for all else."""
        office = self._offices.now(signed.rid)
        if office is None:
            raise NothingHere()
        try:
            question = channel.heard(signed, office.keys.channel)
            allowed = question.verb != "rekey"
        except Damaged:
            question, allowed = self._by_another_key(signed, office)
        if not allowed:
            raise NothingHere()
        _check_size(question)
        return office, question

    def _believe_guest(self, signed: Signed) -> tuple[Office | Guest, Question]:
        """The newcomer whom an office expects, and what they ask."""
        guest = self._guests.find(signed.rid, self._day())
        if guest is None:
            raise NothingHere()
        try:
            question = channel.heard(signed, guest.public)
        except Damaged:
            raise NothingHere() from None
        _check_size(question)
        return guest, question

    def _by_another_key(self, signed: Signed, office: Office) -> tuple[Question, bool]:
        """An admin's, or the channel's key of before: that one reads the lobby, and nothing else."""
        try:
            question = channel.heard(signed, *office.keys.admins)
            return question, question.verb == "rekey"
        except Damaged:
            pass
        for former in self._offices.former(office.rid):
            try:
                question = channel.heard(signed, former.channel)
            except Damaged:
                continue
            reads = question.verb in ("since", "fetch")
            return question, reads and bool(former.lobby) and question.shelf == former.lobby
        raise NothingHere()

    def _do(self, who: Office | Guest, question: Question, load: bytes) -> Answer:
        try:
            channel.check_load(question, load)
            if isinstance(who, Guest):
                return self._guest_verb(question)(who, question, load)
            return self._verb(question)(who, question, load)
        except NameTaken:
            return Answer(said=channel.TAKEN)
        except PieceMissing:
            return Answer(said=channel.MISSING)
        except RelayFull:
            if question.verb in (*_LOADED, "expect"):
                return Answer(said=channel.FULL)
            raise

    def _verb(self, question: Question) -> Callable[[Office, Question, bytes], Answer]:
        return self._verbs.get(question.verb) or _nothing_here

    def _guest_verb(self, question: Question) -> Callable[[Guest, Question, bytes], Answer]:
        return self._guest_verbs.get(question.verb) or _nothing_here

    def _collect(self, office: Office, question: Question, _load: bytes) -> Answer:
        lapsed = self._room.lapsed(office.letters, self._day())  # first: what is let go of is not handed out
        letters = self._store.after(office.letters, question.after, channel.PAGE + 1)
        return Answer(tuple(letters[: channel.PAGE]), len(letters) > channel.PAGE, head=lapsed)

    def _forget(self, office: Office, question: Question, _load: bytes) -> Answer:
        self._store.forget(office.letters, question.ids)
        return Answer()

    def _deliver(self, _office: Office, question: Question, _load: bytes) -> Answer:
        if not _is_reply(question):
            raise NothingHere()
        stream = mailbox_stream(question.mailbox)
        self._store.keep(stream, question.ids[0], question.sealed, newest=SLOTS)
        return Answer()

    def _empty(self, _office: Office, question: Question, _load: bytes) -> Answer:
        if not is_mailbox_id(question.mailbox):
            raise NothingHere()
        self._store.forget_stream(mailbox_stream(question.mailbox))
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

    def _notice(self, office: Office, question: Question, load: bytes) -> Answer:
        try:
            self._notices.tell(office.rid, load, self._day())
        except Damaged:
            raise NothingHere() from None
        return Answer()

    def _noticed(self, office: Office, question: Question, _load: bytes) -> Answer:
        still = len(question.names) == 1 and self._notices.still(office.rid, question.names[0], self._day())
        return Answer(said=channel.DONE if still else channel.MISSING)

    def _day(self) -> int:
        return int(self._now().timestamp()) // _DAY


def _check_size(question: Question) -> None:
    """Raise NothingHere where a question has a load and should not, or the other way, or too large a one."""
    loaded = 0 < question.size <= channel.MOST_LOAD
    if loaded != (question.verb in _LOADED) or (question.size and not loaded):
        raise NothingHere()


def _nothing_here(*_: object) -> Answer:
    raise NothingHere()


def _is_reply(question: Question) -> bool:
    return (
        is_mailbox_id(question.mailbox)
        and len(question.sealed) == SLOT_BYTES
        and len(question.ids) == 1
        and 0 < len(question.ids[0]) <= _LONGEST_ID
    )

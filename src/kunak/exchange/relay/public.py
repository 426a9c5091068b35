"""The pages that people see, and the way without script: the first questions, coming back with a code, advice.

A code and the answers so far travel only inside forms. Nothing is put into addresses but the language.
"""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.data.words import LANGUAGES
from kunak.errors import Damaged, KunakError
from kunak.exchange.addresses import AddressList, read, told
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import Reply
from kunak.exchange.notice import day_of
from kunak.exchange.relay import screens
from kunak.exchange.relay.desk import Desk
from kunak.exchange.relay.pages import Pages, language_of
from kunak.exchange.relay.wire import NothingHere, RelayBroken, number, read_form
from kunak.exchange.relay.words import N_
from kunak.intake.form import MAX_TEXT, clean_text
from kunak.language import SECOND, SPOKEN
from kunak.vault.stores.postgres import DatabaseNotReached

Fields = dict[str, tuple[str, ...]]
_PAGE_BYTES = 6000  # of messages, and of what is half written, on one page, as they are written in it
_PIECE = 400  # letters: a long message is shown in paragraphs of this, so that any page has room for one
SAID = {
    "sent": N_("Thank you. We have it."),
    "stopped": N_("We have it: we write nothing more to this code."),
    "deleted": N_("What we wrote to you is deleted here, and we have your wish to delete what you wrote."),
    "empty": N_("There was nothing written to send."),
    "long": N_("The text is too long. Please shorten it. You can write again later with your code."),
}


class PublicPages:
    """The handlers of one relay. ``look`` sees to it that the pages have what the office says in public."""

    def __init__(self, pages: Pages, desk: Desk, look: Callable[[], Awaitable[None]]) -> None:
        self._pages = pages
        self._desk = desk
        self._look = look

    def routes(self) -> list[Route]:
        """Every address of the public side. They are short so that a history tells little."""
        still = {
            "/": "home.html",
            "/h": "hour.html",
            "/a": "advice.html",
            "/t": "traces.html",
            "/p": "phone.html",
            "/g": "rights.html",
            "/d": "hurt.html",
        }
        return [
            *(Route(path, self.guarded(self._still(template))) for path, template in still.items()),
            Route("/r", self.guarded(self.real)),
            Route("/l", self.guarded(self.addresses)),
            Route("/w", self.guarded(self.first_question)),
            Route("/w", self.guarded(self.next_question), methods=["POST"]),
            Route("/s", self.guarded(self.sent_again), methods=["POST"]),
            Route("/c", self.guarded(self.ask_code)),
            Route("/c", self.guarded(self.open_code), methods=["POST"]),
            Route("/m", self.guarded(self.act), methods=["POST"]),
        ]

    async def real(self, request: Request) -> Response:
        """How to find out whether this is the office that it says it is."""
        language, day = language_of(request), self._desk.now()
        notice = self._pages.notice
        spelled = spelled_in(language)
        line = notice.line(day_of(day), spelled)
        known = _list(notice.addresses)
        old = known is not None and day.date() > known.valid_until
        return self._pages.show(
            "real.html", language, line=line, known=known, old=old, told=told, spelled=spelled
        )

    async def addresses(self, request: Request) -> Response:
        """The signed list of addresses, word for word: what a program checks."""
        signed = self._pages.notice.addresses
        if _list(signed) is None:
            raise NothingHere()
        return Response(signed, media_type="text/plain")

    async def first_question(self, request: Request) -> Response:
        """The first screen of questions."""
        return self._screen(0, {}, language_of(request))

    async def next_question(self, request: Request) -> Response:
        """Whatever the buttons of a screen do: on, skip, back, another language, send."""
        fields = await read_form(request)
        language, go = language_of(request, one(fields, "l")), one(fields, "go")
        screen = number(one(fields, "s"), screens.LAST) or 0
        answers, ticket = screens.answers_in(fields), one(fields, "t")
        if go in SPOKEN:
            return self._screen(screen, answers, go, ticket)
        if go == "back":
            return self._screen(self._step(answers, screen, -1), answers, language, ticket)
        if go == "skip" and screen:
            answers = screens.skip(answers, screen)
        wrong = screens.problem(answers, screen)
        if wrong:
            return self._screen(wrong[0], answers, language, ticket, wrong[1])
        if go == "send" and screen == screens.LAST:
            return await self._send(answers, language, ticket)
        return self._screen(self._step(answers, screen, 1), answers, language, ticket)

    def _step(self, answers: screens.Answers, screen: int, by: int) -> int:
        return screens.step(answers, screen, by, surge=self._pages.notice.surge)

    async def sent_again(self, request: Request) -> Response:
        """The code once more, in another language."""
        fields = await read_form(request)
        return self._sent(ReturnCode.read(one(fields, "t")), language_of(request, one(fields, "l")))

    async def ask_code(self, request: Request) -> Response:
        """The place to write a code."""
        return self._pages.show("code.html", language_of(request), sentence="", advice="")

    async def open_code(self, request: Request) -> Response:
        """What waits under a code."""
        fields = await read_form(request)
        return await self._thread(fields, language_of(request, one(fields, "l")))

    async def act(self, request: Request) -> Response:
        """What the buttons of a thread do: send, stop, delete (asked once more), page, another language."""
        fields = await read_form(request)
        language, go = language_of(request, one(fields, "l")), one(fields, "go")
        if go in SPOKEN:
            return await self._thread(fields, go)
        ask, _, chosen = go.partition("-")
        if ask in ("stop", "delete") and chosen != "yes":
            code, once = ReturnCode.read(one(fields, "code")).digits(), secrets.token_hex(8)
            turned = chosen if chosen in SPOKEN else language
            return self._pages.show("sure.html", turned, go=ask, code=code, once=once)
        if ask in ("stop", "delete"):
            code_of, once = ReturnCode.read(one(fields, "code")), one(fields, "once")
            await self._desk.send(ask, code_of, language=language, once=once)
            return await self._thread(fields, language, said="stopped" if ask == "stop" else "deleted")
        if go == "send":
            return await self._write(fields, language)
        return await self._thread(fields, language)

    async def _write(self, fields: Fields, language: str) -> Response:
        text = clean_text("\n".join(fields.get("text", ())))
        if not text or len(text) > MAX_TEXT:
            return await self._thread(fields, language, said="long" if text else "empty")
        code = ReturnCode.read(one(fields, "code"))
        await self._desk.send("message", code, language=language, text=text, once=one(fields, "once"))
        return await self._thread({"code": fields["code"]}, language, said="sent")

    async def _send(self, answers: screens.Answers, language: str, ticket: str) -> Response:
        code = self._code_of(ticket)
        await self._desk.send("request", code, language=language, answers=answers)
        return self._sent(code, language, screens.level(answers))

    def _sent(self, code: ReturnCode, language: str, level: int = screens.LATER) -> Response:
        spelled = spelled_in(language)
        words, digits = code.words(spelled), code.digits()
        return self._pages.show(
            "sent.html", language, words=words, digits=digits, spelled=spelled, levels=(level,)
        )

    def _screen(
        self, screen: int, answers: screens.Answers, language: str, ticket: str = "", problem: str = ""
    ) -> Response:
        """One screen. The last one carries the code to be, so that a send that is tried twice is one."""
        last = screen == screens.LAST
        return self._pages.show(
            "form.html",
            language,
            screen=screen,
            last=last,
            ticket=self._code_of(ticket).digits() if last else "",
            fields=screens.fields(screen, answers, language),
            carried=screens.carried(answers, screen),
            problem=problem,
            unsafe=screen > 0 and answers.get("safe_now", ("yes",)) != ("yes",),
        )

    async def _thread(self, fields: Fields, language: str, said: str = "") -> Response:
        try:
            code = ReturnCode.read(one(fields, "code"))
        except KunakError as error:
            return self._pages.show("code.html", language, **self._pages.sentences(language, error))
        kept = said in ("empty", "long") or one(fields, "go") in SPOKEN
        text = "\n".join(fields.get("text", ()))[:MAX_TEXT] if kept else ""
        parts = pages_of(await self._desk.read(code), _PAGE_BYTES - _written(text))
        asked = one(fields, "page")
        page = number(asked, len(parts)) or len(parts)
        return self._pages.show(
            "thread.html",
            language,
            filled=True,
            said=SAID.get(said, ""),
            messages=parts[page - 1],
            earlier=page - 1 if page > 1 else None,
            code=code.digits(),
            once=secrets.token_hex(8),
            text=text,
        )

    def _code_of(self, ticket: str) -> ReturnCode:
        """The code that a page carries, or a new one if it carries none that is whole."""
        try:
            return ReturnCode.read(ticket)
        except KunakError:
            return self._desk.new_code()

    def _still(self, template: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            return self._pages.show(template, language_of(request))

        return page

    def guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The handler; what goes wrong in it is answered with a page."""

        async def guarded(request: Request) -> Response:
            await self._look()
            try:
                return await handler(request)
            except (Damaged, DatabaseNotReached):  # the store's trouble is not for the person to mend
                return self._pages.wrong(language_of(request), RelayBroken())
            except KunakError as error:
                return self._pages.wrong(language_of(request), error)

        return guarded


def spelled_in(language: str) -> str:
    """The language of the list that a code's words are from, on a page of this language."""
    return language if language in LANGUAGES else SECOND[language]


def one(fields: Fields, name: str) -> str:
    """A field's first value, or nothing."""
    return fields.get(name, ("",))[0]


def _written(text: str) -> int:
    """Bytes that a text takes in a page."""
    return len(text.encode()) + 4 * sum(text.count(ch) for ch in "<>&\"'")


def pages_of(replies: list[Reply], room: int) -> list[list[str]]:
    """The messages in order, cut so that each page has room for its part: at least one piece, at most ``room``
    bytes. The last page is the newest."""
    pieces = [
        reply.text[start : start + _PIECE] for reply in replies for start in range(0, len(reply.text), _PIECE)
    ]
    parts: list[list[str]] = [[]]
    left = room
    for piece in reversed(pieces):
        size = _written(piece) + 40
        if parts[0] and size > left:
            parts.insert(0, [])
            left = room
        parts[0].insert(0, piece)
        left -= size
    return parts


def _list(signed: str) -> AddressList | None:
    """The list of addresses that the office has its relay show, if all of it is as it was signed."""
    with suppress(Damaged):
        return read(signed) if signed else None
    return None

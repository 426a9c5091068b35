"""The edge of the relay: what may come in, how it goes out, and what is said when anything is wrong.

Whatever is not there (an address, a method, a signature) gets one and the same answer. No error is written
down with what was sent: the log gets the name of the error's class at most.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kunak.errors import KunakError, Refused, Unreachable

MOST_FORM = 32 * 1024  # bytes
MOST_FIELDS = 128
SLOWEST = 60.0  # seconds for a body: 32 KiB at 32 kbit/s take nine
SLOWEST_RATE = 4096  # bytes a second, of what an office sends

_log = logging.getLogger("kunak.relay")


class TooMuch(Refused):
    """More was sent than this page takes. Nothing was kept."""

    code = "relay-too-much"
    hint = "Please shorten it. You can write again with your code."
    status = 413


class TooSlow(Refused):
    """It did not arrive: the connection was too slow. Nothing was kept."""

    code = "relay-too-slow"
    hint = "Try again."
    status = 408


class NothingHere(KunakError):
    """There is nothing at this address."""

    code = "relay-nothing-here"
    status = 404


class RelayBroken(Unreachable):
    """Something went wrong here. What you sent did not arrive, and nothing was kept."""

    code = "relay-broken"
    hint = "Please try again in a few minutes."


def number(text: str, most: int) -> int | None:
    """A number of plain digits, or None for what is none or is greater than ``most``."""
    spelled = text if text.isascii() and text.isdecimal() and len(text) <= 20 else ""
    return int(spelled) if spelled and int(spelled) <= most else None


async def read_body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is too large or too slow."""
    if number(request.headers.get("content-length", "0"), most) is None:
        raise TooMuch()
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise TooMuch()
    except TimeoutError:
        raise TooSlow() from None
    return bytes(body)


def check_ours(request: Request, kind: str) -> None:
    """Raise NothingHere unless this site's own page can have sent it, as a body of this kind."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NothingHere()
    if not request.headers.get("content-type", "").startswith(kind):
        raise NothingHere()


async def read_form(request: Request) -> dict[str, tuple[str, ...]]:
    """The fields of a form that this site's own page sent."""
    check_ours(request, "application/x-www-form-urlencoded")
    body = await read_body(request, MOST_FORM)
    try:
        pairs = parse_qsl(body.decode("ascii"), encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # not ASCII, not UTF-8, or too many fields: no page of ours sends that
        raise NothingHere() from None
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields


class Parcel:
    """A body that is read in steps, so that nothing large is taken in before it is known who sends it."""

    def __init__(self, request: Request, most: int) -> None:
        if number(request.headers.get("content-length", "0"), most) is None:
            raise NothingHere()
        self._parts = request.stream()
        self._held = bytearray()

    async def take(self, count: int) -> bytes:
        """The next ``count`` bytes. Raises NothingHere if they do not come."""
        while len(self._held) < count:
            self._held += await anext(self._parts, b"") or _ended()
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    async def end(self) -> None:
        """Raise NothingHere if anything follows."""
        async for part in self._parts:
            self._held += part
            if self._held:
                break
        if self._held:
            raise NothingHere()


@asynccontextmanager
async def in_time(size: int) -> AsyncIterator[None]:
    """Wait for what is sent as long as a slow line takes for ``size`` bytes, no longer. Raises TooSlow."""
    try:
        async with asyncio.timeout(SLOWEST + size / SLOWEST_RATE):
            yield
    except TimeoutError:
        raise TooSlow() from None


def _ended() -> bytes:
    raise NothingHere()


class Edge:
    """The outermost layer: adds the headers of every answer, and lets no error out.

    The app has answered by then, with a sentence; a traceback could quote what a person wrote.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; anything but HTTP is turned away."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return
        except Exception as error:
            _log.error("%s", type(error).__name__)

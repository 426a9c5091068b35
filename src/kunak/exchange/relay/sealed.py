"""The way with script: what a browser sealed comes in, and the slots of a mailbox go out, all as bytes.

The relay can tell neither who writes nor what: it looks at sizes alone. A mailbox is asked for with the token and
the signing key of a code, which give its id; whether there is such a mailbox no answer tells.
"""

import gzip
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.data import read
from kunak.data.words import LANGUAGES
from kunak.exchange.relay.desk import Desk
from kunak.exchange.relay.pages import Pages, language_of
from kunak.exchange.relay.parts import document
from kunak.exchange.relay.public import PublicPages
from kunak.exchange.relay.wire import NothingHere, check_ours, read_body
from kunak.exchange.report import MOST_SEALED
from kunak.vault import curves, seal

ID_BYTES = 16
FETCH, DELETE = 0, 1
_MAILBOX_BYTES = 1 + seal.KEY_BYTES + curves.P256_BYTES
_BYTES = "application/octet-stream"
_SCRIPTS = {"/k.js": "kunak.js", "/a.js": "a.js"}  # the second is asked for by who attaches something


class SealedWay:
    """The handlers of one office's way with script."""

    def __init__(self, pages: Pages, desk: Desk, public: PublicPages) -> None:
        self._pages = pages
        self._desk = desk
        self._guarded = public.guarded

    def routes(self) -> list[Route]:
        """The scripts, the lists of words, the parts of the pages, and the two questions of the script."""
        still = {
            **dict.fromkeys(_SCRIPTS, "text/javascript"),
            **{f"/{language}.txt": "text/plain" for language in LANGUAGES},
        }
        return [
            *(Route(path, self._guarded(_still(path, kind))) for path, kind in still.items()),
            Route("/j", self._guarded(self.parts)),
            Route("/j", self._guarded(self.keep), methods=["POST"]),
            Route("/k", self._guarded(self.mailbox), methods=["POST"]),
        ]

    async def parts(self, request: Request) -> Response:
        """All pages that the script needs, in one document."""
        page = document(self._pages, language_of(request), self._desk.intake()).encode()
        return _packed(request, page, gzip.compress(page, 6, mtime=0), "text/html")

    async def keep(self, request: Request) -> Response:
        """Keep what a browser sealed: sixteen bytes of id, then the sealed report. Once for an id."""
        sent = await _bytes(request, ID_BYTES + MOST_SEALED)
        await self._desk.keep(sent[:ID_BYTES].hex(), sent[ID_BYTES:])
        return Response(b"", media_type=_BYTES)

    async def mailbox(self, request: Request) -> Response:
        """The slots of the mailbox of a token (32 bytes) and a signing key (65), perhaps emptied first."""
        sent = await _bytes(request, _MAILBOX_BYTES)
        if len(sent) != _MAILBOX_BYTES or sent[0] not in (FETCH, DELETE):
            raise NothingHere()
        token, sign_public = sent[1 : 1 + seal.KEY_BYTES], sent[1 + seal.KEY_BYTES :]
        slots = await self._desk.slots(token, sign_public, delete=sent[0] == DELETE)
        return Response(b"".join(slots), media_type=_BYTES)


async def _bytes(request: Request, most: int) -> bytes:
    check_ours(request, _BYTES)
    return await read_body(request, most)


def _still(path: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        plain, packed = _file(path)
        return _packed(request, plain, packed, kind)

    return page


@cache
def _file(path: str) -> tuple[bytes, bytes]:
    """A file that never changes while the relay runs: as it is, and packed."""
    if path in _SCRIPTS:
        plain = files("kunak.exchange.relay").joinpath("static", _SCRIPTS[path]).read_bytes()
    else:
        plain = read(f"words-{path[1:]}")
    return plain, gzip.compress(plain, 9, mtime=0)


def _packed(request: Request, plain: bytes, packed: bytes, kind: str) -> Response:
    """What is the same for everybody may go out packed: its size tells nothing of anyone."""
    asked = [part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")]
    if "gzip" not in asked:
        return Response(plain, media_type=kind)
    return Response(packed, media_type=kind, headers={"content-encoding": "gzip"})

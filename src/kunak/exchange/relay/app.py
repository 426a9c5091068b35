"""The relay put together: the public pages and the offices' door over one store."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kunak.exchange.mailbox import ROUNDS, MailboxKeys
from kunak.exchange.notice import day_of
from kunak.exchange.relay.ahead import Ahead
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.desk import Desk
from kunak.exchange.relay.keys import Enrolment, enrolment
from kunak.exchange.relay.notices import Notices
from kunak.exchange.relay.office import OfficeDoor
from kunak.exchange.relay.offices import Offices
from kunak.exchange.relay.pages import HEADERS, Pages
from kunak.exchange.relay.public import PublicPages
from kunak.exchange.relay.room import Room, Turns
from kunak.exchange.relay.sealed import SealedWay
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.uploads import Uploads, UploadWay
from kunak.exchange.relay.waiting import Line
from kunak.exchange.relay.wire import Edge, NothingHere, RelayBroken


def utc_now() -> datetime:
    """The clock of a real relay."""
    return datetime.now(UTC)


class OtherOffices:
    """The pages of the offices that do not lie at the address itself, made when somebody asks for them."""

    def __init__(self, offices: Offices, make: Callable[[str], list[Route]]) -> None:
        self._offices = offices
        self._make = make
        self._made: dict[str, Router] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the office that the address names."""
        rid = scope["path_params"]["rid"]
        if not self._offices.serves(rid):
            raise HTTPException(404)
        if rid not in self._made:
            self._made[rid] = Router(self._make(rid), redirect_slashes=False)
        await self._made[rid](scope, receive, send)


def build_app(
    folder: Path,
    *,
    intake_public: bytes = b"",
    channel_public: bytes = b"",
    offices: Sequence[Enrolment] = (),
    invented: bool = False,
    rounds: int = ROUNDS,
    ahead: int = 0,
    brake: Brake | None = None,
    now: Callable[[], datetime] = utc_now,
    store: RelayStore | None = None,
    room: Room | None = None,
) -> ASGIApp:
    """The relay as an ASGI app, with its store under ``folder``.

    ``offices`` are those that it serves; the pages of the first lie at ``/``, those of each other at
    ``/handle/``. Instead, a relay of one office may be given its keys: ``intake_public``
    (``curves.intake_public_bytes``) is what reports are sealed to, ``channel_public`` (32 bytes, Ed25519) what
    the office signs with. ``ahead`` is how many codes are made in quiet hours (``kunak.exchange.relay.ahead``).
    ``rounds``, ``brake``, ``now``, ``store`` and ``room`` are given by tests alone. Raises RelayStoreDamaged.
    """
    kept = store or RelayStore(folder)
    named = offices or (enrolment(intake=intake_public, channel=channel_public),)
    enrolled = Offices(kept.tables, named)
    uploads = Uploads(kept.uploads)
    rooms = room or Room(kept)
    pages, notices = Pages(invented=invented), Notices(kept.tables)
    line, waiting = Line(), brake or Brake()
    ready = Ahead(ahead, lambda code: MailboxKeys.of(code, rounds))

    def of_office(rid: str, base: str) -> list[Route]:
        own = Pages(invented=invented, base=base, said=lambda: notices.now(rid, day_of(now())))
        desk = Desk(kept, lambda: enrolled.now(rid), rounds, waiting, now, line, ready, rooms, Turns())
        public = PublicPages(own, desk, lambda: notices.look(rid))
        sealed = (*SealedWay(own, desk, public).routes(), *UploadWay(uploads, public, now).routes())
        return [*public.routes(), *sealed]

    routes: list[BaseRoute] = [
        *of_office(enrolled.first, ""),
        *OfficeDoor(kept, enrolled, now, pages, notices, uploads, rooms).routes(),
        Mount("/{rid}", OtherOffices(enrolled, lambda rid: of_office(rid, f"/{rid}"))),
    ]

    def nothing_here(_request: Request, _error: Exception) -> Response:
        return pages.wrong("en", NothingHere())

    broken = bytes(pages.wrong("en", RelayBroken()).body)

    def something_wrong(_request: Request, _error: Exception) -> Response:
        return Response(broken, 500, media_type="text/html")

    app = Starlette(
        routes=routes, exception_handlers={HTTPException: nothing_here, Exception: something_wrong}
    )
    app.router.redirect_slashes = False
    return Edge(app, HEADERS)

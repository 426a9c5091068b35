"""The relay put together: the public pages and the office's door over one store."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from kunak.exchange.mailbox import ROUNDS
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.desk import Desk
from kunak.exchange.relay.office import OfficeDoor
from kunak.exchange.relay.pages import HEADERS, Pages
from kunak.exchange.relay.public import PublicPages
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.wire import Edge, NothingHere, RelayBroken


def utc_now() -> datetime:
    """The clock of a real relay."""
    return datetime.now(UTC)


def build_app(
    folder: Path,
    *,
    intake_public: bytes,
    channel_public: bytes,
    waiting_hours: int = 2,
    invented: bool = False,
    rounds: int = ROUNDS,
    brake: Brake | None = None,
    now: Callable[[], datetime] = utc_now,
    store: RelayStore | None = None,
) -> ASGIApp:
    """The relay as an ASGI app, with its store under ``folder``.

    ``intake_public`` (1,216 bytes, X-Wing) is what reports are sealed to, ``channel_public`` (32 bytes,
    Ed25519) what the office signs with. ``waiting_hours`` is the honest time until a person reads.
    ``rounds``, ``brake``, ``now`` and ``store`` are given by tests alone. Raises RelayStoreDamaged.
    """
    kept = store or RelayStore(folder)
    pages = Pages(waiting_hours=waiting_hours, invented=invented)
    desk = Desk(kept, intake_public, rounds, brake or Brake(), now)
    routes = [
        *PublicPages(pages, desk).routes(),
        *OfficeDoor(kept, channel_public, now, pages).routes(),
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

"""The worker side put together: pages, guard, static files, and the relay listened to while unlocked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from kunak.web import (
    anyway,
    attachments,
    beds,
    caring,
    cases,
    consents,
    forgetting_pages,
    journeys,
    members,
    members_change,
    newcomers,
    overview,
    papers,
    partner_file,
    passphrases,
    plan,
    queue,
    readings,
    requests,
    same,
    session,
    signboard_pages,
    surge,
    syncing,
    together_pages,
    trust,
    urgency,
    ways,
)
from kunak.web.guard import Guard
from kunak.web.office import LISTEN_EVERY_S, Office
from kunak.web.rendering import HERE
from kunak.web.visit import NoSuchPage, Visit

# Every page module, each with its ROUTES. The first that fits a path answers.
PAGES = (
    beds,
    session,
    passphrases,
    queue,
    newcomers,
    surge,
    same,
    requests,
    trust,
    anyway,
    plan,
    urgency,
    cases,
    caring,
    consents,
    ways,
    journeys,
    overview,
    members,
    members_change,
    together_pages,
    readings,
    forgetting_pages,
    signboard_pages,
    syncing,
    papers,
    partner_file,
    attachments,
)


def build_app(office: Office) -> Starlette:
    """The application for one office."""
    routes: list[BaseRoute] = [route for module in PAGES for route in module.ROUTES]
    routes.append(Mount("/static", StaticFiles(directory=HERE / "static")))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, office=office)],
        exception_handlers={404: _no_such_page, 405: _no_such_page},
        lifespan=_listening,
    )
    app.state.office = office
    return app


async def _no_such_page(request: Request, fault: Exception) -> Response:
    visit = Visit(request, request.app.state.office, problem=NoSuchPage())
    return visit.render("refusal.html")


@asynccontextmanager
async def _listening(app: Starlette) -> AsyncIterator[None]:
    listener = asyncio.create_task(_listen(app.state.office))
    try:
        yield
    finally:
        listener.cancel()


async def _listen(office: Office) -> None:
    while True:
        await asyncio.sleep(LISTEN_EVERY_S)
        await run_in_threadpool(office.listen)

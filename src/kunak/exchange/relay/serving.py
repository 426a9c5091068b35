"""The relay as a process: one listening socket, no request log, no core dump, nothing on screen."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from kunak.errors import Unreachable
from kunak.exchange.relay.app import build_app
from kunak.exchange.relay.hall import Config, Hall
from kunak.exchange.relay.keys import Enrolment
from kunak.exchange.relay.store import RelayStore, private_files
from kunak.vault import forbid_core_dumps
from kunak.vault.forgetful import Forgetting, clear_stack


class AddressTaken(Unreachable):
    """The relay cannot listen on {host}:{port}: something else does, or this computer has no such address."""

    code = "relay-address-taken"
    hint = "Stop the other program, or choose another port."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 takes a free one. Raises AddressTaken."""
    if not 0 <= port <= 65535:
        raise AddressTaken(host=host, port=port)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.create_server((host, port), family=family, backlog=1024)
    except OSError:
        raise AddressTaken(host=host, port=port) from None
    # Inherited by every connection. An answer goes out in two writes, head and body; without this the second
    # waits 40 ms for the other side's acknowledgement of the first.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def serve(
    folder: Path,
    *,
    intake_public: bytes = b"",
    channel_public: bytes = b"",
    offices: Sequence[Enrolment] = (),
    database: str = "",
    host: str = "127.0.0.1",
    port: int = 8430,
    invented: bool = False,
    ahead: int = 0,
    listening: socket.socket | None = None,
) -> None:
    """Run the relay until it is told to end. ``database`` is PostgreSQL's address, instead of a file in
    ``folder``; ``ahead`` is how many codes are made in quiet hours. Raises AddressTaken, RelayStoreDamaged,
    DatabaseNotReached."""
    private_files()
    forbid_core_dumps()  # memory that held a text must not land on disk
    sock = listening or listen(host, port)
    app = build_app(
        folder,
        intake_public=intake_public,
        channel_public=channel_public,
        offices=offices,
        invented=invented,
        ahead=ahead,
        store=RelayStore(folder, database),
    )
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it is told to end
        asyncio.run(_until_told(server(app), sock))


async def _until_told(serving: uvicorn.Server, sock: socket.socket) -> None:
    forgetting = asyncio.create_task(_forget())
    try:
        await serving.serve(sockets=[sock])
    finally:
        forgetting.cancel()


async def _forget() -> None:
    """Pages are made in one go, so none is in the making here."""
    memory = Forgetting()
    while True:
        clear_stack()
        await asyncio.sleep(memory.let_go())


def server(app: ASGIApp) -> uvicorn.Server:
    """The server of an app: it logs no request and names neither itself nor the time."""
    for telling in ("uvicorn.error", "asyncio"):  # of a line that breaks, they would write down the address
        logging.getLogger(telling).setLevel(logging.CRITICAL)
    return uvicorn.Server(Config(app, Hall()))

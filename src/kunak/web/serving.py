"""Running the worker side: one process on the loopback address, ended by locking."""

import asyncio
import os
import socket
import threading
from typing import ClassVar

import uvicorn
from starlette.concurrency import run_in_threadpool

from kunak.errors import Unreachable
from kunak.vault.forgetful import Forgetting, clear_stack
from kunak.web.app import build_app
from kunak.web.office import Office

LOCKED = 75  # EX_TEMPFAIL: "start me again"; the supervisor starts a new, locked process
DESTROYED = 76  # the keys were destroyed: the supervisor overwrites the rest, and ends
LONGEST_ENDING_S = 1.0
ADDRESS = "127.0.0.1"


class PortBusy(Unreachable):
    """Another program is using port {port} of this machine."""

    code: ClassVar[str] = "port-busy"
    hint: ClassVar[str] = (
        "Perhaps Kunak is already running: look at http://127.0.0.1:{port}. Else choose another port."
    )


def serve(office: Office) -> int:
    """Serve until interrupted (returns 0), locked (75) or destroyed (76). Raises PortBusy."""
    listener = _listener(office.settings.port)
    config = uvicorn.Config(
        build_app(office),
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    asyncio.run(_until_locked(server, listener, office))
    if office.destroyed.is_set():
        return DESTROYED
    if office.ended.is_set():
        return LOCKED
    office.end()
    return 0


async def _until_locked(server: uvicorn.Server, listener: socket.socket, office: Office) -> None:
    besides = [asyncio.create_task(one) for one in (_watch(server, office), _forget(office))]
    try:
        await server.serve(sockets=[listener])
    finally:
        for one in besides:
            one.cancel()


async def _watch(server: uvicorn.Server, office: Office) -> None:
    while not office.ended.is_set():
        await asyncio.sleep(0.1)
        if office.is_forsaken():
            await run_in_threadpool(office.end)
    server.should_exit = True
    if office.destroyed.is_set():  # a page still being made must not keep this process alive
        ending = threading.Timer(LONGEST_ENDING_S, os._exit, (DESTROYED,))
        ending.daemon = True
        ending.start()


async def _forget(office: Office) -> None:
    """What pages and errors held that were made and told; while none is in the making."""
    memory = Forgetting()

    def let_go() -> float:
        with office.lock:
            return memory.let_go()

    while True:
        clear_stack()
        await asyncio.sleep(await run_in_threadpool(let_go))


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
    except OSError:
        listener.close()
        raise PortBusy(port=port) from None
    return listener

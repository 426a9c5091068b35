"""Who may keep a connection open, and how long: nobody holds a place here by being slow.

A relay has a number of places, one for each open connection. It knows no addresses, so it cannot give each
sender a share; it looks at what a connection does. Each step has its time. When all places are taken and
somebody new comes, the place is taken from whoever has used it least: first from one who asks nothing at the
moment, then from the one who has been longest at saying what they want. Nobody who waits for an answer loses
their place. So four hundred who send a letter a minute are in nobody's way, and whoever wants to keep others out
must bring ``places`` whole connections in less time than a slow telephone needs for one request.

What is no HTTP at all gets the answer of an address where nothing is.
"""

import asyncio
import resource
from enum import IntEnum
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

PLACES = 2048  # with 64 KiB held of each body that arrives: 130 MB at the worst
HEAD_S = 30.0  # from the first byte, or from the connection, to the end of the head of a request
IDLE_S = 60.0  # between two requests: a new connection costs three seconds where a round trip takes 1.5
LINGER_S = 5.0  # to read on, after the answer, what somebody goes on sending
MOST_HEAD = 16 * 1024  # bytes
_SPARE_FILES = 128  # for the store, the threads and what they open


class Does(IntEnum):
    """What a connection does, those who lose their place first at the head."""

    NOTHING = 0  # between two requests
    GOES_ON = 1  # sends, though the answer is out
    ASKS = 2  # the head of a request is on its way
    SENDS = 3  # its body is
    WAITS = 4  # for the answer


class Hall:
    """The connections of one relay, by what they do, each kind in the order in which they began."""

    def __init__(self, places: int = 0) -> None:
        self.places = places or _places()
        self._by_deed: dict[Does, dict[Connection, None]] = {deed: {} for deed in Does}

    def __len__(self) -> int:
        return sum(map(len, self._by_deed.values()))

    def does(self, connection: "Connection", before: Does | None, now: Does | None) -> None:
        """Note what a connection does now; None is before it came and after it went."""
        if before is not None:
            self._by_deed[before].pop(connection, None)
        if now is not None:
            self._by_deed[now][connection] = None

    def make_room(self) -> bool:
        """Whether there is a place for one more, which another may have to give."""
        if len(self) < self.places:
            return True
        for deed, connections in self._by_deed.items():
            if connections and deed is not Does.WAITS:
                next(iter(connections)).cut()
                return True
        return False


class Config(uvicorn.Config):
    """uvicorn's settings, and the hall of this relay."""

    def __init__(self, app: Any, hall: Hall, **settings: Any) -> None:
        self.hall = hall
        super().__init__(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=int(IDLE_S),
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=MOST_HEAD,
            **settings,
        )


class Connection(H11Protocol):
    """One connection, with a time for each of its steps."""

    config: Config

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _HeadWithBody(h11.SERVER, MOST_HEAD)
        self._hall = config.hall
        self._deed: Does | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._said_all = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there. Where they come from is not looked at again."""
        super().connection_made(transport)
        self.client = None
        if not self._hall.make_room():
            transport.abort()
            return
        self._turn_to(Does.ASKS, HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._turn_to(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._deed is None:
            return
        if self._deed is Does.NOTHING:
            self._turn_to(Does.ASKS, HEAD_S)
        super().data_received(data)
        self._look()

    def eof_received(self) -> bool:  # type: ignore[override]
        """They send nothing more: whether they may wait for the answer."""
        self._said_all = True
        return self._deed is Does.WAITS

    def on_response_complete(self) -> None:
        """An answer went out. What it did not wait for is not held until they ask again."""
        if self.cycle is not None:
            self.cycle.body = bytearray()
        super().on_response_complete()
        self._look()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP: there is nothing here, and the line ends."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # its answer, if one was being made, goes nowhere
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        self.cycle = RequestResponseCycle(
            scope=_nowhere(),  # type: ignore[arg-type]
            conn=self.conn,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            on_response=self.transport.close,
        )
        self.cycle.more_body = False
        task = self.loop.create_task(self.cycle.run_asgi(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def shutdown(self) -> None:
        """The relay ends: only who waits for an answer is waited for."""
        if self._deed in (Does.SENDS, Does.WAITS):
            super().shutdown()
        else:
            self.cut()

    def cut(self) -> None:
        """Take the place away."""
        self._turn_to(None)
        self.transport.abort()

    def _look(self) -> None:
        if self._deed is None or self.cycle is None or self.transport.is_closing():
            return
        if not self.cycle.response_complete:
            self._turn_to(Does.SENDS if self.cycle.more_body else Does.WAITS)
        elif self._said_all:
            self.transport.close()
        elif self.conn.their_state is h11.SEND_BODY:
            self._turn_to(Does.GOES_ON, LINGER_S)
        elif self._deed is not Does.ASKS:
            self._turn_to(Does.NOTHING, IDLE_S)

    def _turn_to(self, deed: Does | None, seconds: float = 0.0) -> None:
        if deed is self._deed:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.cut) if seconds else None
        self._hall.does(self, self._deed, deed)
        self._deed = deed


class _HeadWithBody(h11.Connection):
    """Gives out the head of an answer together with what follows it, to be written at once.

    A relay that is killed between the two would leave somebody with a head alone, which a front passes on: they
    would see neither a code nor that it did not arrive.
    """

    _head = b""

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]  # one for its three
        """The bytes to write now."""
        made = super().send(event)
        if isinstance(event, h11.Response):
            self._head = made or b""
            return b""
        made, self._head = self._head + (made or b""), b""
        return made


def _places() -> int:
    """As many as there may be open files, asking the system for all that it gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = PLACES + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return PLACES if soft == resource.RLIM_INFINITY else max(16, min(PLACES, soft - _SPARE_FILES))


def _nowhere() -> dict[str, Any]:
    """A request for an address at which there is nothing."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": None,
        "client": None,
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "//",
        "raw_path": b"//",
        "query_string": b"",
        "headers": [(b"connection", b"close")],
        "state": {},
    }

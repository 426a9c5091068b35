"""A relay that really runs, on loopback in a thread, ended with the test; and a line that can be cut."""

import contextlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from postgres_server import server_or_skip
from relay_office import CHANNEL_SEED, INTAKE_SEED
from starlette.types import ASGIApp

from kunak.exchange.relay import build_app
from kunak.exchange.relay.keys import Enrolment, enrolment
from kunak.exchange.relay.room import Room
from kunak.exchange.relay.serving import listen, server
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.remote import RemoteStore
from kunak.vault import curves, seal

RID = "0123456789abcdef" * 2
SPACE = bytes(range(100, 132))
ADMIN_SEED = bytes(range(64, 96))


def keys_of(number: int = 0, *, admins: tuple[bytes, ...] = ()) -> Enrolment:
    """One of several invented offices."""
    return enrolment(
        intake=curves.intake_public_bytes(bytes((number,)) + INTAKE_SEED[1:]),
        channel=seal.ed25519_public_bytes(seed_of(number)),
        rid=RID[:-4] + f"{number:04x}",
        admins=admins or (seal.ed25519_public_bytes(ADMIN_SEED),),
    )


def seed_of(number: int) -> bytes:
    return bytes((number,)) + CHANNEL_SEED[1:]


def fresh_database() -> str:
    """The address of empty tables in the PostgreSQL server of this run; skips where there is none."""
    dsn, schema = server_or_skip(), f"relay_{secrets.token_hex(6)}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"{dsn} options=-csearch_path={schema}"


@dataclass
class Running:
    """A relay, where it is reached, and its store."""

    address: str
    port: int
    store: RelayStore
    devices: list[RemoteStore] = field(default_factory=list)

    def remote(self, number: int = 0, **more: object) -> RemoteStore:
        """An office's device. The contract's suite does not name blobs by their content."""
        given: dict = {"waits": (0.01,) * 4, "content_named": frozenset(), **more}
        device = RemoteStore(
            given.pop("address", self.address),
            channel_seed=given.pop("channel_seed", seed_of(number)),
            rid=keys_of(number).rid,
            space=SPACE,
            **given,
        )
        self.devices.append(device)
        return device


@contextmanager
def running(
    folder: Path,
    *,
    database: str = "",
    offices: int = 1,
    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    room: Callable[[RelayStore], Room] = Room,
) -> Iterator[Running]:
    """A relay for some offices, over a store in a file or in a database."""
    enrolled = [keys_of(number) for number in range(offices)]
    with running_with(folder, enrolled, database, wrap, room) as relay:
        yield relay


@contextmanager
def running_with(
    folder: Path,
    offices: Sequence[Enrolment],
    database: str = "",
    wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    room: Callable[[RelayStore], Room] = Room,
) -> Iterator[Running]:
    """A relay for these offices."""
    store = RelayStore(folder, database)
    app = build_app(folder, offices=offices, store=store, room=room(store))
    sock = listen("127.0.0.1", 0)
    serving = server(wrap(app))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    port = sock.getsockname()[1]
    relay = Running(f"http://127.0.0.1:{port}", port, store)
    try:
        yield relay
    finally:
        for device in relay.devices:
            device.close()
        serving.should_exit = True
        thread.join()
        sock.close()
        store.close()


class Cutter:
    """A line to the relay that breaks after some bytes: ``up`` of what is sent, or ``down`` of what is
    answered, counted over the first connection. Later connections are whole."""

    def __init__(self, port: int, *, up: int | None = None, down: int | None = None) -> None:
        self._to = port
        self._left = {"up": up, "down": down}
        self.carried = {"up": 0, "down": 0}
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                broken = self.connections == 1
                for way, source, sink in (("up", near, far), ("down", far, near)):
                    threading.Thread(
                        target=self._carry, args=(way, source, sink, broken), daemon=True
                    ).start()

    def _carry(self, way: str, source: socket.socket, sink: socket.socket, broken: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                left = self._left[way] if broken else None
                if broken:
                    self.carried[way] += len(part)
                if left is not None:
                    self._left[way] = left - len(part)
                    sink.sendall(part[:left])
                    if left < len(part):
                        break
                else:
                    sink.sendall(part)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

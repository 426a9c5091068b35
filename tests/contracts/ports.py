"""Ports for programs that tests start."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """One that the system gives to nobody who asks for any: it stays free until the program starts."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port

"""Lines of HTTP that are none, or hardly: for a relay that really listens."""

import socket
from contextlib import suppress

from hypothesis import strategies as st
from relay_fuzzing import changed

FORM = b"safe_now=yes&go=next&l=en&s=0"
LINES = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /?l=ru HTTP/1.0\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: x\r\nAccept-Language: ru\r\n\r\n",
    b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\n"
    + FORM,
    b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n1d\r\n" + FORM + b"\r\n0\r\n\r\n",
    b"POST /w HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde",
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /t HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


def lines() -> st.SearchStrategy[bytes]:
    """One of them, mostly with some bytes changed."""
    whole = st.sampled_from(LINES)
    return st.one_of(changed(whole), changed(whole), changed(changed(whole)), st.binary(max_size=200), whole)


def heard(port: int, sent: bytes) -> bytes:
    """What is answered to some bytes, after which nothing more is sent."""
    answered = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, suppress(ConnectionError):
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        while part := line.recv(65536):
            answered += part
    return answered


def statuses(answered: bytes) -> list[int]:
    """Of each answer in it."""
    return [int(part[:3]) for part in answered.split(b"HTTP/1.1 ")[1:]]

"""Requests of every kind for every address of a relay, and what each answer must be like.

The addresses are asked of the app itself, so a new one is tried without being named here. Fields are those of the
real forms; values are those, and what breaks programs: nothing, very much, numbers that are too long, letters of
all scripts, bytes that are none. The office's door is asked with questions that are signed by the office's own
key, too: a member's program may send anything.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from relay_office import CHANNEL_SEED, INTAKE_SEED, NIGHT
from relay_running import keys_of, seed_of
from starlette.routing import Mount, Route

from kunak.exchange import channel
from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import SLOT_BYTES, MailboxKeys
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.pages import HEADERS
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.report import seal_in_browser, write_report
from kunak.intake.form import BY_KEY
from kunak.language import SPOKEN
from kunak.vault import codec, curves

METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "")
STEERING = ("l", "s", "t", "go", "code", "text", "once", "page")  # fields that are no question
FORM, BYTES = b"application/x-www-form-urlencoded", b"application/octet-stream"
CODES = [ReturnCode(number) for number in (0, 7, 2**72 - 1)]
KEYS = MailboxKeys.of(CODES[1], 1)
MOST_ANSWER = 300_000  # bytes
BROKEN = (
    "", " ", "0", "-1", "9" * 5000, "٣", "1e9", "\0", "\n", "%", "%00", "ё" * 3000, "<script>", "{{7*7}}", "../..",
    "null", "' OR 1=1", "‮abc", "🧿" * 40, "a" * 20_000, "\ud7ff", "Ӏ", "ﷺ" * 500, "yes-yes", "stop-", "-delete",
)  # fmt: skip
VERBS = (
    "collect", "forget", "deliver", "commit", "piece", "fetch", "since", "rekey", "expect", "asked", "tell", "ask",
    "told", "leave", "notice", "noticed", "", "nothing",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Asked:
    """One request. ``announced`` is its content-length, which may lie; empty: it says nothing."""

    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    parts: tuple[bytes, ...]
    announced: bytes
    cut: bool = False  # whoever sends it goes before the end

    def __repr__(self) -> str:
        """So much that it can be read."""
        body = b"".join(self.parts)
        said = (
            self.method,
            self.path[:80],
            self.query[:200],
            [(n, v[:60]) for n, v in self.headers],
            body[:400],
        )
        return (
            f"{said}, {len(body)} bytes in {len(self.parts)}, announced {self.announced[:40]!r}, {self.cut}"
        )


@dataclass
class Answer:
    """What came back, if anything did."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


class Tried:
    """A relay of two offices, asked without a network."""

    def __init__(self, folder: Path) -> None:
        async def at_once(_: float) -> None:
            return None

        self.store = RelayStore(folder)
        self._loop = asyncio.new_event_loop()
        offices = [keys_of(0), keys_of(1)]
        self.app = build_app(
            folder, offices=offices, rounds=1, brake=Brake(pause=at_once), now=lambda: NIGHT, store=self.store
        )
        self.paths = _paths(self.app) + tuple(f"/{offices[1].rid}{path}" for path in _paths(self.app))
        self.usual = self.ask(Asked("GET", "/there-is-no-such-page", b"", (), (), b"0"))

    def close(self) -> None:
        """Let go of everything."""
        self._loop.close()
        self.store.close()

    def ask(self, asked: Asked) -> Answer:
        """The answer to one request."""
        return self._loop.run_until_complete(self._ask(asked))

    async def _ask(self, asked: Asked) -> Answer:
        answer = Answer()
        coming = [{"type": "http.request", "body": part, "more_body": True} for part in asked.parts]
        if not asked.cut:
            coming.append({"type": "http.request", "body": b"", "more_body": False})

        async def receive() -> Any:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], dict(message["headers"])
            else:
                answer.body += message.get("body", b"")

        length = ((b"content-length", asked.announced),) if asked.announced else ()
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method,
            "path": asked.path, "raw_path": asked.path.encode(errors="replace"), "query_string": asked.query,
            "scheme": "http", "root_path": "", "server": ("relay", 80), "client": None,
            "headers": [*asked.headers, *length],
        }  # fmt: skip
        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return answer

    def wrong_with(self, asked: Asked, answer: Answer) -> str:
        """What is wrong with an answer, or nothing."""
        if asked.cut:  # whatever is said then, nobody hears
            return "a traceback" if b"Traceback" in answer.body else ""
        if not answer.status:
            return "no answer"
        faults = {
            f"status {answer.status}": answer.status >= 500,
            "a traceback": b"Traceback" in answer.body,
            "too large": len(answer.body) > MOST_ANSWER,
            "a 404 of its own": answer.status == 404 and answer.body != self.usual.body,
            "a page at an address where nothing is": answer.status != 404 and not self._is_known(asked.path),
            "a header that is missing": not HEADERS_SENT.issubset(answer.headers.items()),
            "a header that tells": bool(TELLING & set(answer.headers)),
        }
        return ", ".join(fault for fault, found in faults.items() if found)

    def _is_known(self, path: str) -> bool:
        return path in self.paths


def posted(path: str, fields: list[tuple[str, str]]) -> Asked:
    """A form, sent whole."""
    body = _spelled(fields)
    return Asked("POST", path, b"", ((b"content-type", FORM),), (body,), str(len(body)).encode())


HEADERS_SENT = {(name.lower().encode(), value.encode()) for name, value in HEADERS.items()}
TELLING = {b"date", b"server", b"set-cookie", b"x-powered-by", b"location"}


def _paths(app: Any) -> tuple[str, ...]:
    """Every address that the app answers at, for its first office."""
    found = [route.path for route in app._app.routes if isinstance(route, Route)]
    assert len(found) > 10
    assert any(isinstance(route, Mount) for route in app._app.routes)
    return tuple(sorted(set(found)))


@cache
def _fields() -> st.SearchStrategy[list[tuple[str, str]]]:
    known = {key: list(question.options) for key, question in BY_KEY.items() if question.options}
    codes = [code.digits() for code in CODES] + [" ".join(CODES[1].words("ru"))]
    usual = {
        **known,
        "l": list(SPOKEN),
        "s": [str(number) for number in range(10)],
        "t": codes,
        "code": codes,
        "go": [
            "send",
            "next",
            "skip",
            "back",
            "stop",
            "delete",
            "stop-yes",
            "delete-yes",
            "stop-ru",
            *SPOKEN,
        ],
        "page": ["1", "2", "99"],
    }

    def valued(name: str) -> st.SearchStrategy[tuple[str, str]]:
        values = st.sampled_from(usual[name]) if name in usual else st.text(max_size=30)
        return st.tuples(
            st.just(name), st.one_of(values, values, st.sampled_from(BROKEN), st.text(max_size=60))
        )

    each = [valued(name) for name in (*BY_KEY, *STEERING, *STEERING, "x")]
    return st.lists(st.one_of(each), max_size=12)


def _spelled(fields: list[tuple[str, str]]) -> bytes:
    return urlencode(fields, errors="replace").encode()


@cache
def _questions() -> st.SearchStrategy[bytes]:
    """Questions to the office's door: signed by one of the offices, by a stranger, or by nobody."""
    some = st.one_of(
        st.binary(max_size=40), st.sampled_from([b"s" * 16, b"n" * 32, b"x" * 64, bytes(SLOT_BYTES)])
    )
    numbers = st.one_of(st.integers(-1, 20), st.sampled_from([-(2**63), 2**63 - 1, 2**64 - 1]))
    loads = st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda shelf, name, sealed: codec.pack(
                channel.Commit((channel.Put(shelf, name, sealed),), ((shelf, name),))
            ),
            some, some, some,
        ),
        st.builds(
            lambda serial, lobby: codec.pack(keys_of(0).keys._replace(serial=serial, lobby=lobby)),
            numbers, some,
        ),
    )  # fmt: skip

    def spelled(
        verb: str, number: int, some: list[bytes], text: str, load: bytes, signer: int, part: int
    ) -> bytes:
        question = channel.fresh(NIGHT.timestamp(), verb)._replace(
            after=number, ids=(text, some[0].hex()), mailbox=text, sealed=some[1], shelf=some[2],
            names=(some[3], some[0]), tx=some[3], part=part,
        )  # fmt: skip
        seed = (seed_of(0), seed_of(1), CHANNEL_SEED, bytes(range(64, 96)))[signer]
        return channel.ask(question, seed, keys_of(min(signer, 1)).rid, load)

    texts = st.one_of(st.text(max_size=40), st.just("0" * 32), st.sampled_from(BROKEN))
    whole = st.builds(
        spelled, st.sampled_from(VERBS), numbers, st.lists(some, min_size=4, max_size=4), texts, loads,
        st.integers(0, 3), numbers,
    )  # fmt: skip
    return st.one_of(whole, whole, st.binary(max_size=300), changed(whole))


@st.composite
def changed(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Something whole with a few bytes put in, taken out or turned."""
    content = bytearray(draw(whole))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        content[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(content)


@cache
def _sealed() -> st.SearchStrategy[bytes]:
    """What a browser's script sends."""
    report = write_report("request", KEYS, at=NIGHT, language="en", text="…")
    public = curves.intake_public_bytes(INTAKE_SEED)
    whole = [
        bytes.fromhex(report.id) + seal_in_browser(report, KEYS, public, suite) for suite in curves.SUITES
    ]
    whole += [bytes((verb,)) + KEYS.token + KEYS.sign_public for verb in range(3)]
    return st.one_of(st.sampled_from(whole), changed(st.sampled_from(whole)), st.binary(max_size=200))


@cache
def bodies() -> st.SearchStrategy[tuple[bytes, bytes]]:
    """A body, and the kind that it is said to be."""
    return st.one_of(
        st.tuples(_fields().map(_spelled), st.just(FORM)),
        st.tuples(_fields().map(_spelled), st.just(FORM)),
        st.tuples(changed(_fields().map(_spelled)), st.just(FORM)),
        st.tuples(_sealed(), st.just(BYTES)),
        st.tuples(_questions(), st.just(BYTES)),
        st.tuples(st.binary(max_size=300), st.sampled_from([FORM, BYTES, b"", b"text/plain", b"\xff"])),
    )


_QUERIES = st.one_of(st.just(b""), _fields().map(_spelled), st.binary(max_size=30))
_METHODS = st.sampled_from((*("GET", "POST", "POST", "POST") * 8, *METHODS))
_LENGTHS = st.sampled_from(  # mostly the true one
    (*(b"",) * 16, b"0", b"-1", b"x", b"9" * 30, b"9" * 5000, b"99999999", b" ", b"\xb2")
)


@st.composite
def requests(draw: st.DrawFn, paths: tuple[str, ...]) -> Asked:
    """A request for one of the addresses, mostly; or for one where nothing is."""
    path = draw(st.one_of(*(3 * [st.sampled_from(paths)]), _odd_paths(paths)))
    body, kind = draw(bodies())
    method = draw(_METHODS)
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    parts = tuple(body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True))
    length = str(len(body)).encode()
    return Asked(
        method,
        path,
        draw(_QUERIES),
        ((b"content-type", kind), *draw(_headers())),
        parts,
        draw(_LENGTHS) or length,
        draw(st.sampled_from((False, False, False, True))),
    )


@cache
def _odd_paths(paths: tuple[str, ...]) -> st.SearchStrategy[str]:
    ends = st.sampled_from(
        ["/", "//", "/.", "/..", "?", "%00", "\0", " ", ".php", "/../etc/passwd", "ё", "\ud7ff"]
    )
    return st.one_of(
        st.builds(lambda path, end: path.rstrip("/") + end, st.sampled_from(paths), ends).filter(
            lambda p: p not in paths
        ),
        st.text(max_size=20).map(lambda text: "/-" + text),
        st.sampled_from(
            ["", "/" + "a" * 5000, "*", "/" + "0" * 32 + "/w", "//w", "/W", "/favicon.ico", "/robots.txt"]
        ),
    )


@cache
def _headers() -> st.SearchStrategy[tuple[tuple[bytes, bytes], ...]]:
    names = st.sampled_from(
        [b"accept-language", b"accept-encoding", b"sec-fetch-site", b"host", b"range", b"if-none-match", b"cookie",
         b"forwarded", b"x-forwarded-for", b"x-http-method-override", b"expect", b"upgrade", b"content-encoding"]
    )  # fmt: skip
    values = st.one_of(
        st.sampled_from(
            [b"ru-RU,ru;q=0.7", b"gzip, br", b"same-origin", b"cross-site", b"none", b"bytes=0-9", b",;=,"]
        ),
        st.binary(max_size=40),
        st.just(b"a," * 3000),
    )
    return st.lists(st.tuples(names, values), max_size=4).map(tuple)

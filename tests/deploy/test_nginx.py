"""nginx as docs/deploy.md has it, with a real relay behind it: all gets through, nothing is written down."""

import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from ports import free_port
from programs import DEPLOY, NAMES, Nginx, certificate, nginx
from relay_office import code_on, press, write
from relay_process import Burst, relay_process, texts
from relay_running import Running, keys_of, running_with, seed_of
from starlette.types import ASGIApp, Receive, Scope, Send
from test_relay_crowded import HEAD, dripping
from test_relay_in_a_burst import after

from kunak.exchange.post import Post
from kunak.vault.stores import Blob

pytestmark = pytest.mark.slow

AGENT = "canary-agent-7741"
MARKS = {
    "user-agent": AGENT,
    "referer": "https://canary.example/earlier",
    "cookie": "canary=1",
    "x-forwarded-for": "203.0.113.77",
    "forwarded": "for=203.0.113.77",
    "via": "1.1 canary",
    "accept-language": "en",
}
HEARD_AT_MOST = {
    b"host",
    b"accept-encoding",
    b"accept-language",
    b"content-type",
    b"content-length",
    b"transfer-encoding",
    b"sec-fetch-site",
}


@dataclass
class Front:
    """nginx in front of a relay: where each is, and the heads of all requests that the relay heard."""

    relay: Running
    server: Nginx
    trusted: ssl.SSLContext
    https: int
    onion: int
    plain: int
    heads: list[Scope] = field(default_factory=list)

    def browser(self, name: str = NAMES[0], port: int = 0, **more: object) -> httpx2.Client:
        """Somebody's browser, at one of the names."""
        given: dict = {"trust_env": False, "timeout": 60, "headers": MARKS, **more}
        client = httpx2.Client(
            base_url=f"https://127.0.0.1:{port or self.https}", verify=self.trusted, **given
        )
        client.event_hooks = {"request": [lambda request: request.extensions.update(sni_hostname=name)]}
        return client


@dataclass
class Before:
    """nginx before a relay, with a certificate of its own."""

    server: Nginx
    trusted: ssl.SSLContext
    https: int
    onion: int
    plain: int


@contextmanager
def nginx_before(relay_port: int, folder: Path) -> Iterator[Before]:
    https, onion, plain = free_port(), free_port(), free_port()
    (folder / "etc").mkdir()
    trusted = certificate(folder / "etc")
    (folder / "etc" / "not-arrived.html").write_bytes((DEPLOY / "not-arrived.html").read_bytes())
    changes = {
        "127.0.0.1:8430": f"127.0.0.1:{relay_port}",
        "127.0.0.1:8431": f"127.0.0.1:{onion}",
        "        listen [::]:443 ssl default_server;\n": "",
        "        listen [::]:80 default_server;\n": "",
        "listen 443 ": f"listen 127.0.0.1:{https} ",
        "listen 80 ": f"listen 127.0.0.1:{plain} ",
        "/etc/kunak/": f"{folder}/etc/",
        "/run/kunak-nothing": str(folder / "nginx" / "nothing"),
    }
    with nginx("nginx-relay.conf", folder / "nginx", changes, https, onion, plain) as server:
        yield Before(server, trusted, https, onion, plain)


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    heads: list[Scope] = []

    def listening(app: ASGIApp) -> ASGIApp:
        async def listen(scope: Scope, receive: Receive, send: Send) -> None:
            heads.append(scope)
            await app(scope, receive, send)

        return listen

    with (
        running_with(folder / "relay", [keys_of()], wrap=listening) as relay,
        nginx_before(relay.port, folder) as before,
    ):
        yield Front(relay, before.server, before.trusted, before.https, before.onion, before.plain, heads)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Front]:
    with front(tmp_path) as made:
        yield made


def office(at: Front) -> Post:
    return Post(
        at.relay.address,
        intake_seed=bytes((0,)) + bytes(range(1, 32)),
        channel_seed=seed_of(0),
        rid=keys_of().rid,
    )


def headers_of(answer: httpx2.Response) -> dict[str, str]:
    """But for those of one connection."""
    passing = ("connection", "content-length", "transfer-encoding")
    return {name: value for name, value in answer.headers.items() if name not in passing}


def test_a_request_and_its_return_go_through_and_nothing_is_written(at: Front, tmp_path: Path):
    with at.browser() as browser:
        code = code_on(write(browser, text="canary-text-2093"))
        with office(at) as post:
            (report,) = post.collect().reports
            assert report.answers["text"] == ("canary-text-2093",)
        page = browser.post("/c", data={"code": " ".join(code.words("en")), "l": "en"})
        assert page.status_code == 200
        press(browser, page, "send", text="canary-message-8815")
    written = [path for path in (tmp_path / "nginx").rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"nginx.conf", "pid", "said"}
    assert (tmp_path / "nginx" / "said").read_bytes() == b""
    assert at.server.open_files() == {str(tmp_path / "nginx" / "said")}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"canary" not in path.read_bytes(), path


def test_the_relay_hears_nothing_of_who_asks(at: Front):
    with at.browser() as browser:
        browser.get("/", params={"l": "ru"})
        browser.post("/w", data={"s": "0", "safe_now": "yes"}, headers={"sec-fetch-site": "same-origin"})
    assert len(at.heads) == 2
    for head in at.heads:
        heard = dict(head["headers"])
        assert set(heard) <= HEARD_AT_MOST
        assert heard[b"host"] == b"relay"
        assert head["client"] is None
        for told in MARKS.values():
            assert told == "en" or told.encode() not in repr(head).encode()
    assert dict(at.heads[1]["headers"])[b"sec-fetch-site"] == b"same-origin"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/nothing"), ("POST", "/c"), ("TRACE", "/"), ("GET", "/%2e%2e/x")],
)
def test_the_answer_is_the_relays_own_head_and_all(at: Front, method: str, path: str):
    direct = httpx2.request(method, at.relay.address + path, headers=MARKS, trust_env=False)
    with at.browser() as browser:
        answer = browser.request(method, path)
    assert (answer.status_code, answer.content) == (direct.status_code, direct.content)
    assert headers_of(answer) == headers_of(direct)
    assert not {"date", "server", "via", "etag", "last-modified", "set-cookie"} & set(answer.headers)


def test_the_onions_door_is_the_same(at: Front):
    direct = httpx2.get(at.relay.address, headers=MARKS, trust_env=False)
    answer = httpx2.get(f"http://127.0.0.1:{at.onion}/", headers=MARKS, trust_env=False)
    assert (answer.content, headers_of(answer)) == (direct.content, headers_of(direct))


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
        b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /w HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: nonsense\r\n\r\n",
    ],
)
def test_what_is_no_http_meets_nothing_too(at: Front, sent: bytes):
    usual = httpx2.get(f"{at.relay.address}/nothing", trust_env=False)
    with socket.create_connection(("127.0.0.1", at.onion), timeout=20) as line:
        line.sendall(sent)
        heard = b""
        while part := line.recv(65536):
            heard += part
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert body == usual.content


def test_what_is_too_large_is_refused_before_it_is_sent(at: Front):
    with at.browser() as browser:
        answer = browser.post("/w", data={"text": "x" * 200_000})
    assert answer.status_code == 413
    assert "Nothing was kept" in answer.text


def test_an_office_syncs_through_it_with_all_that_it_may_send(at: Front, tmp_path: Path):
    nothing = tmp_path / "nginx" / "nothing"
    before = nothing.stat().st_mtime_ns  # a file that was there for a moment changes it, too
    remote = at.relay.remote(address=f"http://127.0.0.1:{at.onion}")
    remote.commit([Blob("body", bytes([n]) * 32, bytes([n]) * 900_000) for n in range(3)])
    assert {name[0]: len(sealed) for _, name, sealed in remote.since("body")} == {
        n: 900_000 for n in range(3)
    }
    assert nothing.stat().st_mtime_ns == before


def test_when_the_relay_is_gone_people_read_that_it_did_not_arrive(at: Front, tmp_path: Path):
    file = tmp_path / "nginx" / "nginx.conf"
    with at.browser() as browser:
        page = browser.get("/w")
        file.write_text(file.read_text().replace(f":{at.relay.port}", f":{free_port()}"))
        os.kill(at.server.process.pid, signal.SIGHUP)
        for _ in range(100):
            answer = press(browser, page, "next", safe_now="yes")
            if answer.status_code != 200:
                break
            time.sleep(0.1)
    assert answer.status_code == 503
    assert "What you sent did not arrive" in answer.text
    assert "Отправленное не дошло" in answer.text
    assert not {"date", "server", "etag", "last-modified"} & set(answer.headers)


def test_when_the_relay_is_killed_in_a_burst_everybody_sees_a_code_or_reads_that_it_did_not_arrive(
    tmp_path: Path,
):
    with relay_process(tmp_path / "office") as (relay, port), nginx_before(port, tmp_path) as before:
        address = f"http://127.0.0.1:{before.onion}"
        burst = Burst.ready(address, 40)
        burst.send(address, after(10, burst, relay.kill))
        assert 10 <= len(burst.arrived()) < 40
        for sender in burst.others():
            assert (sender.trouble, sender.status) == ("", 503), sender
            assert "What you sent did not arrive" in sender.sentence
        with relay_process(tmp_path / "office", port=port):
            assert set(burst.arrived()) <= set(texts(port))
            burst.send(address)
            assert texts(port) == burst.arrived() == sorted(f"report {number}" for number in range(40))


def test_four_hundred_who_are_slow_starve_nobody_behind_it(at: Front):
    with dripping(at.onion, 400, HEAD):
        for _ in range(10):
            assert httpx2.get(f"http://127.0.0.1:{at.onion}/", trust_env=False, timeout=20).status_code == 200


def test_who_types_the_name_without_https_is_led_there_and_nothing_is_remembered(at: Front):
    answer = httpx2.get(f"http://127.0.0.1:{at.plain}/c?l=ru", headers={"host": NAMES[1]}, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"https://{NAMES[1]}/")
    assert answer.headers["cache-control"] == "no-store"
    with at.browser() as browser:
        assert "strict-transport-security" not in browser.get("/").headers


def test_two_plain_mirrors_pass_on_what_they_cannot_read(at: Front, tmp_path: Path):
    """The same relay under three names; a code from one opens its thread at another."""
    seen = []
    for number, name in enumerate(NAMES[1:]):
        tls, plain = free_port(), free_port()
        changes = {
            "        listen [::]:443;\n": "",
            "        listen [::]:80;\n": "",
            "listen 443;": f"listen 127.0.0.1:{tls};",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "relay.example:443": f"127.0.0.1:{at.https}",
            "relay.example:80": f"127.0.0.1:{at.plain}",
        }
        with nginx("nginx-mirror.conf", tmp_path / f"mirror{number}", changes, tls, plain) as mirror:
            with at.browser(name, tls) as browser:
                code = code_on(write(browser, text=f"canary-text-{name}"))
            with at.browser() as browser:
                page = browser.post("/c", data={"code": code.digits(), "l": "en"})
                assert page.status_code == 200
            seen.append(code.digits())
            said = tmp_path / f"mirror{number}" / "said"
            assert mirror.open_files() == {str(said)}
            assert said.read_bytes() == b""
    with office(at) as post:
        texts = {report.answers["text"][0] for report in post.collect().reports}
    assert texts == {f"canary-text-{name}" for name in NAMES[1:]}
    assert len(set(seen)) == 2

"""The relay as it really runs: a process of its own, looked through after it was killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from relay_office import CHANNEL_SEED, INTAKE_SEED, code_on, press, reply_keys

from kunak.exchange.post import Post
from kunak.exchange.relay import serving
from kunak.exchange.relay.tables import SCHEMA
from kunak.vault import curves, seal

pytestmark = pytest.mark.slow

START = """
import sys
from pathlib import Path
from kunak.exchange.relay import serve
from kunak.exchange.relay.serving import listen

listening = listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
serve(Path(sys.argv[1]), intake_public=bytes.fromhex(sys.argv[2]), channel_public=bytes.fromhex(sys.argv[3]),
      listening=listening)
"""
CANARIES = {
    "safe_now": "not_sure",
    "danger": "within_hours",
    "region": "kabardino_balkaria",
    "contact_channel": "physical_drop",
    "contact_address": "canary-address-8831",
    "text": "canary-text-4417",
}
AGENT = "canary-agent-5520"
LANGUAGE = "ru-RU,ru;q=0.7,canary"


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "relay"
    public = (curves.intake_public_bytes(INTAKE_SEED).hex(), seal.ed25519_public_bytes(CHANNEL_SEED).hex())
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(folder), *public], stdout=subprocess.PIPE, stderr=said
        )
    assert process.stdout is not None
    try:
        yield Running(process, folder, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_from_the_first_question_to_the_reply_and_nothing_readable_is_left(running: Running, tmp_path: Path):
    with httpx2.Client(base_url=running.address, trust_env=False, timeout=30) as browser:
        browser.headers.update({"user-agent": AGENT, "accept-language": LANGUAGE})
        page = press(browser, browser.get("/w"), "next", safe_now=CANARIES["safe_now"])
        page = press(browser, page, "next", danger=CANARIES["danger"])
        page = press(browser, page, "next", region=CANARIES["region"])
        page = press(browser, page, "skip")
        page = press(browser, page, "next", answer_how="contact_me")
        page = press(
            browser,
            page,
            "next",
            contact_channel=CANARIES["contact_channel"],
            contact_address=CANARIES["contact_address"],
        )
        page = press(browser, page, "send", text=CANARIES["text"])
        code = code_on(page)
        office = Post(running.address, intake_seed=INTAKE_SEED, channel_seed=CHANNEL_SEED)
        with office:
            (report,) = office.collect().reports
            assert report.answers["text"] == (CANARIES["text"],)
            office.deliver(
                **reply_keys(report),
                text="canary-reply-9034",
                at=report.received_at,
                id="reply",
            )
            page = browser.post("/c", data={"code": " ".join(code.words("ru")), "l": "ru"})
            assert "canary-reply-9034" in page.text
            press(browser, page, "send", text="canary-message-1276")
            messages = [report.text for report in office.collect().reports]
            assert messages == ["", "canary-message-1276"]
        assert "date" not in page.headers
        assert "server" not in page.headers
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    kept = everything_in(running.folder)
    secrets = [*CANARIES.values(), AGENT, "canary", "127.0.0.1", *code.words("ru"), *code.words("en")]
    secrets += [code.digits(), code.digits().replace(" ", ""), "canary-reply-9034", "canary-message-1276"]
    blob = b"\n".join([*kept.values(), *(name.encode() for name in kept)])
    tables = "\n".join(SCHEMA)  # "guest" and "office" are words of codes, too
    telling = [secret for secret in secrets if len(secret) > 4 and secret not in tables]
    assert [secret for secret in telling if secret.encode() in blob] == []
    for moment in (str(int(time.time()))[:6], time.strftime("%Y-%m", time.gmtime())):
        assert moment.encode() not in blob
    assert report.mailbox.encode() in blob  # or this test looked at nothing
    assert (tmp_path / "said").read_bytes() == b""


def test_the_relays_files_are_for_its_user_alone(running: Running):
    httpx2.get(f"{running.address}/", trust_env=False)
    assert os.stat(running.folder).st_mode & 0o077 == 0
    for path in running.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_it_ends_when_it_is_told_to(running: Running, tmp_path: Path):
    assert httpx2.get(f"{running.address}/", trust_env=False).status_code == 200
    running.process.send_signal(signal.SIGINT)
    running.process.wait(timeout=10)
    assert b"Traceback" not in (tmp_path / "said").read_bytes()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET // HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /w HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20000 + b"\r\n\r\n",
    ],
)
def test_odd_requests_are_turned_away_without_a_word(running: Running, tmp_path: Path, sent: bytes):
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as line:
        line.sendall(sent)
        status = line.recv(100).split(b"\r\n")[0]
    assert status.split(b" ")[1] in (b"404", b"413", b"400", b"431")
    assert httpx2.get(f"{running.address}/", trust_env=False).status_code == 200
    assert (tmp_path / "said").read_bytes() == b""


def test_a_busy_port_is_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(serving.AddressTaken, match=f"cannot listen on 127.0.0.1:{port}"):
            serving.listen("127.0.0.1", port)
    with pytest.raises(serving.AddressTaken):
        serving.listen("127.0.0.1", 999_999)


def test_the_relay_knows_neither_the_workbench_nor_the_cases():
    look = "import sys, kunak.exchange.relay; print(*(m for m in sys.modules if m.startswith('kunak.')))"
    loaded = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "kunak.exchange.relay.app" in loaded
    rooms = {name.split(".")[1] for name in loaded}
    assert rooms <= {"errors", "language", "letters", "data", "vault", "intake", "fold", "exchange"}

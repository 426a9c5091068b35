"""A relay in a process of its own that can be killed, and people who write to it in a burst.

It is the real app over the real store; only keys are stretched little, so that many people without script can write
in a second.
"""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from relay_office import NIGHT, code_on, press
from relay_running import keys_of, seed_of

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.post import Post
from kunak.exchange.relay.keys import enrolments
from kunak.exchange.report import seal_in_browser, write_report

ROUNDS = 10
START = """
import sys
from pathlib import Path
from kunak.exchange.relay import build_app
from kunak.exchange.relay.keys import enrolments
from kunak.exchange.relay.serving import listen, server
from kunak.exchange.relay.store import RelayStore

folder, database, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
listening = listen("127.0.0.1", port)
store = RelayStore(folder / "relay", database)
app = build_app(folder / "relay", offices=enrolments(folder), rounds=int(sys.argv[4]), store=store)
print(listening.getsockname()[1], flush=True)
server(app).run(sockets=[listening])
"""


@contextmanager
def relay_process(
    folder: Path, database: str = "", *, port: int = 0, around: Sequence[str] = ()
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A relay for one office whose keys are put into ``folder``; killed at the end. ``around`` stands before the
    command."""
    (folder / "offices").mkdir(exist_ok=True, parents=True)
    rid, keys = keys_of(0)
    said = {"rid": rid, "intake": keys.intake.hex(), "channel": keys.channel.hex(), "admins": []}
    (folder / "offices" / "0.json").write_text(json.dumps(said))
    assert enrolments(folder)[0].rid == rid
    command = [*around, sys.executable, "-c", START, str(folder), database, str(port), str(ROUNDS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ))
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def office(port: int) -> Post:
    """The office's post at this relay."""
    seed = bytes((0,)) + bytes(range(1, 32))
    return Post(f"http://127.0.0.1:{port}", intake_seed=seed, channel_seed=seed_of(0), rid=keys_of(0).rid)


def texts(port: int) -> list[str]:
    """What the office reads of all that lies there."""
    with office(port) as post:
        collected = post.collect()
    assert collected.damaged == ()
    return sorted(report.answers["text"][0] for report in collected.reports)


@dataclass
class Sender:
    """One person, and what they know: that it arrived (a code was shown), a sentence, or that the line broke."""

    text: str
    by_script: bool
    page: httpx2.Response | None = None  # of a browser without script: the last question, filled in
    sealed: bytes = b""
    arrived: bool = False
    sentence: str = ""
    status: int = 0
    trouble: str = ""

    def get_ready(self, browser: httpx2.Client) -> None:
        """As far as the button Send."""
        if self.by_script:
            keys = MailboxKeys.of(ReturnCode.make(), 1)
            report = write_report(
                "request", keys, at=NIGHT, language="en", answers={"safe_now": ("yes",), "text": (self.text,)}
            )
            self.sealed = bytes.fromhex(report.id) + seal_in_browser(report, keys, keys_of(0).keys.intake)
            return
        self.page = press(browser, browser.get("/w", params={"l": "en"}), "next", safe_now="yes")
        while 'name="text"' not in self.page.text:
            self.page = press(browser, self.page, "skip")

    def send(self, browser: httpx2.Client) -> None:
        """Press the button. It can be pressed again: the page is still there."""
        try:
            answer = self._pressed(browser)
        except (httpx2.HTTPError, http.client.HTTPException, OSError) as trouble:
            self.trouble = type(trouble).__name__
            return
        self.status, self.sentence = answer.status_code, answer.text
        self.arrived = answer.status_code == 200 and (self.by_script or len(code_on(answer).digits()) > 0)

    def _pressed(self, browser: httpx2.Client) -> httpx2.Response:
        if self.by_script:
            return browser.post(
                "/j", content=self.sealed, headers={"content-type": "application/octet-stream"}
            )
        assert self.page is not None
        return press(browser, self.page, "send", text=self.text)


@dataclass
class Burst:
    """Many people who have the button before them."""

    senders: list[Sender] = field(default_factory=list)

    @classmethod
    def ready(cls, address: str, count: int, **client: object) -> "Burst":
        """Half of them with script, half without."""
        burst = cls([Sender(f"report {number}", by_script=bool(number % 2)) for number in range(count)])
        with browser_at(address, **client) as browser:
            for sender in burst.senders:
                sender.get_ready(browser)
        return burst

    def send(self, address: str, meanwhile: Callable[[], None] = lambda: None, **client: object) -> None:
        """All who have not arrived press the button, each over a connection of their own; twelve at a time."""
        waiting = [sender for sender in self.senders if not sender.arrived]
        lock = threading.Lock()

        def one() -> None:
            while True:
                with lock:
                    if not waiting:
                        return
                    sender = waiting.pop(0)
                with browser_at(address, **client) as browser:
                    sender.send(browser)

        threads = [threading.Thread(target=one) for _ in range(12)]
        for thread in threads:
            thread.start()
        meanwhile()
        for thread in threads:
            thread.join()

    def arrived(self) -> list[str]:
        """The texts of those who know that it arrived."""
        return sorted(sender.text for sender in self.senders if sender.arrived)

    def others(self) -> list[Sender]:
        """Those who do not."""
        return [sender for sender in self.senders if not sender.arrived]


def browser_at(address: str, **client: object) -> httpx2.Client:
    """Somebody's browser."""
    given: dict = {"base_url": address, "trust_env": False, "timeout": 60, "verify": False, **client}
    return httpx2.Client(**given)

"""An office that lives: `kunak up` with relay and worker side, and invented people on both sides of it."""

import html
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from canaries import Canaries, files_in
from filling import FOUNDER
from memory import image, processes_with
from searching import Search

from kunak.exchange import ReturnCode
from kunak.exchange.mailbox import MailboxKeys

HERE = Path(__file__).parent
PATIENCE_S = 20.0
_TYPED_FROM = 5000  # the numbers of what is typed, so that they are none of filling.py's


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: object, what: str) -> None:
    """Wait until ``true()``; fail with ``what`` was waited for."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def said_at(port: int, path: str = "/") -> str:
    """The page at an address of this machine, or nothing while none answers."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", path)
        return asking.getresponse().read().decode() or "an empty page"
    except OSError:
        return ""
    finally:
        asking.close()


@dataclass
class Machine:
    """A laptop: a home in which the office lies, a place for temporary files, and what its programs said."""

    folder: Path
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        for each in (self.office, self.temporary, self.home, self.logs):
            each.mkdir(parents=True, exist_ok=True)

    @property
    def office(self) -> Path:
        return self.folder / "office"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def run(self, *arguments: str, log: str, dumps: bool = False) -> subprocess.Popen[bytes]:
        """Start a program here; ``dumps`` lets it leave a core file if it does not forbid that itself."""
        elsewhere = {name: str(self.temporary) for name in ("TMPDIR", "SQLITE_TMPDIR")}
        own = {"HOME": str(self.home), "KUNAK_SEIZED": self.mark, "PYTHONFAULTHANDLER": "1"}
        command = [sys.executable, *arguments]
        if dumps:
            command = ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", *command]
        with (self.logs / log).open("ab") as said:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self.temporary,
                env={**os.environ, **elsewhere, **own},
                start_new_session=True,
            )

    def processes(self) -> dict[int, str]:
        """All processes that live here, orphans too: id and name."""
        return processes_with(f"KUNAK_SEIZED={self.mark}")

    def process(self, name: str) -> int:
        """The one process of that name."""
        (pid,) = (pid for pid, known in self.processes().items() if known == name)
        return pid

    def memory(self, *names: str) -> list[tuple[str, bytes]]:
        """The memory of the processes of these names; of all, if none is named."""
        return [
            region
            for pid, name in self.processes().items()
            if not names or name in names
            for region in image(pid)
        ]

    def files(self) -> list[tuple[str, bytes]]:
        """Every file here."""
        return list(files_in(self.folder))

    def kill(self) -> None:
        """The battery is pulled out."""
        while left := self.processes():
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


class Life:
    """A filled office on a machine, its relay, and what people wrote; with the search for all of it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        told = subprocess.run(
            [sys.executable, str(HERE / "filling.py"), str(machine.office)],
            check=True,
            stdout=subprocess.PIPE,
            cwd=machine.temporary,
        )
        self.told = json.loads(told.stdout)
        self.typed = Canaries(first=_TYPED_FROM)
        self.codes: dict[ReturnCode, MailboxKeys] = {}
        self.port, self.relay_port = free_port(), free_port()
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.open_desk: httpx2.Client | None = None

    def search(self) -> Search:
        """The search for everything that was put into this life until now."""
        keys = {bytes.fromhex(key): (sort, name) for key, (sort, name) in self.told["keys"].items()}
        texts = {}
        for code, own in self.codes.items():
            secret = {"token": own.token, "reply seed": own.reply_seed, "signing seed": own.sign_seed}
            keys |= {key: ("return codes", name) for name, key in secret.items()}
            keys[code.secret] = ("return codes", "the value of a code")
            texts |= dict.fromkeys(_ways_to_write(code), "return codes")
        return Search({**self.told["canaries"], **self.typed.sorts}, texts, keys)

    # The office's machine

    def start(self) -> None:
        """`kunak up`."""
        ports = ("--port", str(self.port), "--relay-port", str(self.relay_port))
        self.supervisor = self.machine.run("-m", "kunak", "up", str(self.machine.office), *ports, log="up")
        until(lambda: said_at(self.port, "/unlock"), "the worker side answers")
        until(lambda: said_at(self.relay_port), "the relay answers")

    def desk(self) -> httpx2.Client:
        """A browser at the desk, not yet inside."""
        origin = f"http://127.0.0.1:{self.port}"
        return httpx2.Client(
            base_url=origin,
            headers={"origin": origin},
            trust_env=False,
            verify=False,
            timeout=30,
            follow_redirects=True,
        )

    def unlock(self, desk: httpx2.Client, who: str = FOUNDER) -> None:
        """A member's passphrase is typed."""
        answer = desk.post("/unlock", data={"passphrase": self.told["passphrases"][who]})
        assert answer.url.path == "/", answer.text

    def lock(self, desk: httpx2.Client) -> None:
        """The desk is locked, and the machine is let to start the door again."""
        before = self.machine.process("kunak.web")
        desk.post("/lock")
        until(lambda: before not in self.machine.processes(), "the process that had the keys has ended")
        until(lambda: said_at(self.port, "/unlock"), "the locked door answers")

    # People outside, without script

    def person(self) -> httpx2.Client:
        """Somebody's browser at the relay."""
        return httpx2.Client(
            base_url=f"http://127.0.0.1:{self.relay_port}", trust_env=False, timeout=30, verify=False
        )

    def first_contact(self, person: httpx2.Client) -> ReturnCode:
        """The first questions, answered and sent; returns the code that the page shows."""
        answers = {
            "safe_now": "not_sure", "danger": "within_hours", "region": "dagestan",
            "answer_how": "contact_me", "contact_channel": "physical_drop",
            "contact_address": self.typed.text("letters"),
            "text": self.typed.text("letters"), "language": "ru",
        }  # fmt: skip
        page = person.post("/w", data={**answers, "s": "7", "l": "ru", "go": "send"})
        shown = re.findall(r'<p class="c">([^<]+)</p>', page.text)
        assert shown, page.text
        code = ReturnCode.read(html.unescape(shown[0]))
        self.codes[code] = MailboxKeys.of(code)
        return code

    def come_back(self, person: httpx2.Client, code: ReturnCode) -> str:
        """The thread under a code, which is typed in words."""
        return person.post("/c", data={"code": " ".join(code.words("ru")), "l": "ru"}).text

    def write_again(self, person: httpx2.Client, code: ReturnCode) -> None:
        """A further message."""
        once = secrets.token_hex(8)
        fields = {"code": code.digits(), "text": self.typed.text("letters"), "once": once, "go": "send"}
        assert person.post("/m", data=fields).status_code == 200

    def answer(self, desk: httpx2.Client) -> None:
        """Look at the queue, which collects; open the newest request; write back; look, which delivers."""
        codes = re.findall(r"/requests/(R-[0-9A-Z-]+)", desk.get("/").text)
        assert codes, "the request did not arrive"
        page = f"/requests/{codes[0]}"
        assert self.typed.texts[1] in desk.get(page).text
        answer = self.typed.text("replies")
        assert desk.post(f"{page}/replies", data={"form": "reply", "text": answer}).status_code == 200
        until(lambda: "✓" in desk.get(page).text, "the answer lies in the mailbox")


def _ways_to_write(code: ReturnCode) -> Sequence[str]:
    """A code as people and pages spell it; separated by spaces, by what forms make of them, or by nothing."""
    spelled = [code.digits(), *(" ".join(code.words(language)) for language in ("en", "ru"))]
    plain = [each.replace(" ", between) for each in spelled for between in (" ", "+", "")]
    return [*plain, str(code.value)]


def copied(folder: Path, to: Path) -> Path:
    """A backup of a folder, as a person makes one: files copied while the program runs."""
    shutil.copytree(folder, to)
    return to

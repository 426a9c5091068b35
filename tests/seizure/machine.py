"""A laptop with its programs, and waiting for them."""

import http.client
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from canaries import files_in
from memory import NotPermitted, image, is_hidden, processes_with

PATIENCE_S = 20.0
MOMENT_S = 8.0  # in which a process lets go of what it no longer needs


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
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

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

    @property
    def environment(self) -> dict[str, str]:
        """In which its programs run: what they leave lies on this machine."""
        elsewhere = {name: str(self.temporary) for name in ("TMPDIR", "SQLITE_TMPDIR")}
        own = {"HOME": str(self.home), "KUNAK_SEIZED": self.mark, "PYTHONFAULTHANDLER": "1"}
        return {**os.environ, **elsewhere, **own}

    def run(self, *arguments: str, log: str, dumps: bool = False) -> subprocess.Popen[bytes]:
        """Start a program here; ``dumps`` lets it leave a core file if it does not forbid that itself."""
        command = [sys.executable, *arguments]
        if dumps:
            command = ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", *command]
        with (self.logs / log).open("ab") as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self.temporary,
                env=self.environment,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def processes(self) -> dict[int, str]:
        """All processes that live here, orphans too: id and name. Raises NotPermitted."""
        found = processes_with(f"KUNAK_SEIZED={self.mark}")
        if any(is_hidden(each.pid) for each in self.started):
            raise NotPermitted("this user may not look at these processes")
        return found

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
        try:
            while left := self.processes():
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.02)
        except NotPermitted:  # then they are asked to end
            for process in self.started:
                process.terminate()
        while self.started:
            self.started.pop().wait()

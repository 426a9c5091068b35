"""Starting an office for real: processes, ports, Ctrl-C, the lock."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from ports import free_port

from kunak.vault import forgetful

pytestmark = pytest.mark.slow

PATIENCE_S = 60


class Running:
    """``kunak …`` in the background, with what it printed."""

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kunak", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.printed = ""

    def until(self, sentence: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if sentence in line:
                return self.printed
        raise AssertionError(f"it ended and never said {sentence!r}:\n{self.printed}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)  # a process left behind would hold it open
        with contextlib.suppress(BlockingIOError):
            self.printed += os.read(self.process.stdout.fileno(), 1 << 16).decode()
        self.process.stdout.close()
        return code


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).status_code < 500
    except httpx2.HTTPError:
        return False


def wait_for(condition: object, sentence: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError(sentence)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str, str, Path]]:
    folder = tmp_path_factory.mktemp("demo") / "office"
    port, relay_port = free_port(), free_port()
    running = Running("demo", str(folder), "--port", str(port), "--relay-port", str(relay_port))
    try:
        running.until("Ctrl-C ends all of it.")
        yield running, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{relay_port}", folder
    finally:
        if running.process.poll() is None:
            running.interrupt()


def test_the_demo_prints_what_is_needed_to_begin(demo: tuple[Running, str, str, Path]) -> None:
    running, worker, relay, _ = demo
    for needed in (worker, relay, "Passphrase", "Return code", "Nobody in it exists", "Try first"):
        assert needed in running.printed
    assert re.search(r"(\d{4} ){5}\d{4}", running.printed)
    assert answers(worker + "/unlock")
    assert "invented" in httpx2.get(relay, trust_env=False).text


def test_a_busy_port_gives_a_sentence_and_no_traceback(demo: tuple[Running, str, str, Path]) -> None:
    port = demo[1].rsplit(":", 1)[1]
    second = Running("demo", str(demo[3]), "--port", port)
    assert second.process.stdout is not None
    printed = second.process.stdout.read()
    second.process.stdout.close()
    assert second.process.wait(PATIENCE_S) == 4
    assert printed.startswith(f"Port {port} of this machine is already in use.")
    assert "Traceback" not in printed


def test_its_processes_were_begun_with_memory_that_is_written_over(
    demo: tuple[Running, str, str, Path],
) -> None:
    """All of that was in their environment: they need not begin again, as they do when started by hand."""
    for address in demo[1:3]:
        process = Path(f"/proc/{_listening_process(address)}")
        assert b"kunak-began-again" not in (process / "cmdline").read_bytes()
        if os.geteuid() == 0 and forgetful.environment() != dict(os.environ):  # they let nobody else look
            assert b"PYTHONMALLOC=malloc" in (process / "environ").read_bytes().split(b"\0")


def test_locking_ends_the_process_that_held_the_keys_and_a_locked_one_stands_up(
    demo: tuple[Running, str, str, Path],
) -> None:
    running, worker, _, _ = demo
    passphrase = re.search(r"Passphrase\s+(.+)", running.printed)
    assert passphrase is not None
    headers = {"Origin": worker, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=worker, headers=headers, trust_env=False, follow_redirects=True, timeout=60
    ) as browser:
        opened = browser.post("/unlock", data={"passphrase": passphrase[1]})
        assert opened.status_code == 200
        assert opened.url.path == "/"
        holder = _listening_process(worker)
        assert browser.post("/lock").status_code == 200
        wait_for(lambda: not Path(f"/proc/{holder}").exists(), "the process that held the keys lives on")
        wait_for(lambda: answers(worker + "/unlock"), "no locked process stood up")
        assert str(browser.get("/").url).endswith("/unlock")


def test_the_second_start_uses_the_office_again_and_ctrl_c_ends_everything(
    demo: tuple[Running, str, str, Path],
) -> None:
    running, worker, relay, folder = demo
    assert running.interrupt() == 0
    assert "Traceback" not in running.printed
    assert not answers(worker + "/unlock")
    assert not answers(relay)
    ports = [address.rsplit(":", 1)[1] for address in (worker, relay)]
    again = Running("demo", str(folder), "--port", ports[0], "--relay-port", ports[1])
    again.until("Ctrl-C ends all of it.")
    assert "Making an invented office" not in again.printed
    assert re.findall(r"(?:\d{4} ){5}\d{4}", again.printed) == re.findall(
        r"(?:\d{4} ){5}\d{4}", running.printed
    )
    assert again.interrupt() == 0
    for moment in ("An invented office is up", "Passphrase"):  # at once, while it is still speaking
        hasty = Running("demo", str(folder), "--port", ports[0], "--relay-port", ports[1])
        hasty.until(moment)
        assert hasty.interrupt() == 0
        assert "Traceback" not in hasty.printed
        assert not answers(worker + "/unlock")
        assert not answers(relay)


def test_a_folder_with_something_else_in_it_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    refused = Running("demo", str(tmp_path), "--port", str(free_port()), "--relay-port", str(free_port()))
    assert refused.process.stdout is not None
    printed = refused.process.stdout.read()
    refused.process.stdout.close()
    assert refused.process.wait(PATIENCE_S) == 2
    assert "not a demo office" in printed
    assert (tmp_path / "diary.txt").read_text() == "mine"


def _listening_process(address: str) -> int:
    """The process that listens on an address of this machine, by what the kernel says."""
    port = int(address.rsplit(":", 1)[1])
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    inode = next(row[9] for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "0A")
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, inode):
            return int(process.name)
    raise AssertionError("nobody listens there")


def _holds(process: Path, inode: str) -> bool:
    try:
        return any(os.readlink(fd) == f"socket:[{inode}]" for fd in (process / "fd").iterdir())
    except OSError:
        return False

"""Starting an office: the worker side and the relay, each a process of its own, watched by this one.

The worker process holds the keys once it is unlocked. Locking ends it; this supervisor, which never holds a
key, starts it again. When the keys were destroyed, on a page or by ``kunak panic``, it ends all processes and
overwrites what is left. Ctrl-C ends both.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import click

from kunak.errors import Unreachable
from kunak.vault import forgetful, wipe
from kunak.vault.lock import swap_in_the_clear
from kunak.workbench import RELAY_KEYS, STORE

LOCKED = 75  # the worker process ended because it was locked: start it again
DESTROYED = 76  # it destroyed the keys: overwrite the rest
LOOPBACK = "127.0.0.1"
PATIENCE_S = 10.0
STOPS = (signal.SIGINT, signal.SIGTERM)
GONE_FOR_SURE = 5  # looks one after another that found no office: a duress passphrase makes a new one at once


class PortTaken(Unreachable):
    """Port {port} of this machine is already in use."""

    code: ClassVar[str] = "port-taken"
    hint: ClassVar[str] = (
        "Perhaps Kunak is running in another terminal. End it there, or choose another port."
    )


class ProcessFailed(Unreachable):
    """The {name} did not start."""

    code: ClassVar[str] = "process-failed"
    hint: ClassVar[str] = "What it printed above says why."


@dataclass
class Process:
    """One of the processes: what it is called, how it is started, where it answers."""

    name: str
    arguments: Sequence[str]
    port: int
    folder: Path | None = None  # of the office whose keys it holds when it is unlocked
    reads: Path | None = None  # a file that it read when it started; if it changes, it must start anew
    running: subprocess.Popen[bytes] | None = None
    began_with: tuple[int, int] | None = None  # that file at the start

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches it through the supervisor alone."""
        self.began_with = _stamp(self.reads)
        command = [sys.executable, "-m", *self.arguments]
        self.running = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, start_new_session=True, env=forgetful.environment()
        )

    def is_stale(self) -> bool:
        """Whether what it read at the start has been replaced since."""
        stamp = _stamp(self.reads)
        return stamp is not None and stamp != self.began_with

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self.running.poll() if self.running else None

    def end(self) -> None:
        """Ask it to end; insist after five seconds."""
        if self.running is None or self.running.poll() is not None:
            return
        self.running.terminate()
        try:
            self.running.wait(5)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()

    def answers(self) -> bool:
        """Whether something listens on its port."""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            return True
        return False


def worker(
    directory: Path, port: int, relay: str | None, *, demo: bool = False, idle_minutes: float = 3
) -> Process:
    """The worker side of an office."""
    options = [*(("--relay", relay) if relay else ()), *(("--demo",) if demo else ())]
    options += ["--idle-seconds", str(idle_minutes * 60)]
    arguments = ("kunak.web", str(directory), "--port", str(port), *options)
    return Process("worker side", arguments, port, folder=directory)


def relay(directory: Path, port: int, *, demo: bool = False, ahead: int | None = None) -> Process:
    """The public side of an office; ``ahead`` is how many codes it makes in quiet hours, if not a few."""
    options = [*(("--demo",) if demo else ()), *(() if ahead is None else ("--ahead", str(ahead)))]
    arguments = ("kunak.exchange.relay", str(directory), "--port", str(port), *options)
    return Process("relay", arguments, port, reads=directory / RELAY_KEYS)


def require_free(*ports: int) -> None:
    """Raise PortTaken if another program listens on one of these ports."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                raise PortTaken(port=port) from None


@contextlib.contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start all, wait until each answers, and end all on leaving, however it is left.

    A Ctrl-C or terminate signal, whenever it comes, leads out of the block and is no error. Raises
    ProcessFailed.
    """
    for number in STOPS:
        signal.signal(number, _interrupt)
    try:
        for process in processes:
            process.start()
        _wait_for_answers(processes)
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number in STOPS:  # a second Ctrl-C must not leave a process behind
            signal.signal(number, signal.SIG_IGN)
        for process in processes:
            process.end()


def watch(*processes: Process) -> None:
    """Start a process again that locked itself, until a signal comes or an office is destroyed.

    Raises ProcessFailed.
    """
    missing = 0
    while True:
        if any(process.ended() == DESTROYED for process in processes) or missing >= GONE_FOR_SURE:
            _finish_destroying(processes)
            return
        for process in processes:
            _see_to(process)
        gone = any(process.folder and not (process.folder / STORE).is_file() for process in processes)
        missing = missing + 1 if gone else 0
        time.sleep(0.1)


def warn_of_swap() -> None:
    """Say it if this machine writes memory to a disk unencrypted."""
    for place in swap_in_the_clear():
        click.echo(
            f"Careful: this machine writes parts of its memory to the disk unencrypted (swap: {place}), keys"
            " perhaps among them. Switch swap off, or encrypt it.",
            err=True,
        )


def _wait_for_answers(processes: Sequence[Process]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    for process in processes:
        while not process.answers():
            if process.ended() is not None or time.monotonic() > deadline:
                raise ProcessFailed(name=process.name)
            time.sleep(0.05)


def _finish_destroying(processes: Sequence[Process]) -> None:
    for process in processes:
        process.end()
    for process in processes:
        if process.folder is not None:
            wipe.destroy_all(process.folder)
    click.echo("The keys were destroyed, and what lay in the folder is overwritten.")


def _stamp(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _see_to(process: Process) -> None:
    ended = process.ended()
    if ended is None and process.is_stale():
        process.end()
        process.start()
    if ended is None:
        return
    if ended != LOCKED:
        raise ProcessFailed(name=process.name)
    process.start()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt

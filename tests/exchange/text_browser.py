"""lynx in a terminal, worked with the keyboard alone: what stands on the screen is all that is known of a page."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROWS, COLUMNS = 120, 100
_BUSY = (
    "Looking up",
    "Making HTTP",
    "Sending HTTP",
    "HTTP request sent",
    "Getting",
    "Reading",
    "transfer complete",
)
_ESCAPE = re.compile(rb"\x1b(?:\[([?0-9;]*)([A-Za-z@`])|[()][A-Za-z0-9]|([=>78DMEHc]))")


def lynx() -> str:
    """Where it lies. Without it the test is skipped; in CI, which installs it, that is a failure."""
    found = shutil.which("lynx")
    if found is None and os.environ.get("KUNAK_PROGRAMS_REQUIRED"):
        pytest.fail("lynx is not installed, and KUNAK_PROGRAMS_REQUIRED says that it must be")
    if found is None:
        pytest.skip("lynx is not installed (Debian has it)")
    return found


class Screen:
    """A terminal of the simplest kind (vt100), as far as lynx uses it."""

    def __init__(self) -> None:
        self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        self._row = self._column = 0
        self._rest = b""

    def text(self) -> str:
        """What stands on it."""
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def show(self, sent: bytes) -> None:
        """Write what was sent to the terminal."""
        sent, at = self._rest + sent, 0
        self._rest = b""
        while at < len(sent):
            if sent[at] == 0x1B:
                match = _ESCAPE.match(sent, at)
                if match is None:
                    if len(sent) - at < 12:
                        self._rest = sent[at:]
                        return
                    at += 1
                    continue
                self._obey(match[2] or b"", [int(one or 0) for one in re.split(rb"[?;]", match[1] or b"")])
                at = match.end()
                continue
            length = 1 if sent[at] < 0x80 else 2 if sent[at] < 0xE0 else 3 if sent[at] < 0xF0 else 4
            if at + length > len(sent):
                self._rest = sent[at:]
                return
            self._put(sent[at : at + length].decode(errors="replace"))
            at += length

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self._column = 0
        elif letter == "\n":
            self._row = min(ROWS - 1, self._row + 1)
        elif letter == "\b":
            self._column = max(0, self._column - 1)
        elif letter >= " ":
            self.rows[self._row][min(self._column, COLUMNS - 1)] = letter
            self._column += 1

    def _obey(self, what: bytes, numbers: list[int]) -> None:
        first = numbers[0] or 1
        if what in (b"H", b"f"):
            self._row, self._column = first - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif what in (b"A", b"B"):
            self._row += first if what == b"B" else -first
        elif what in (b"C", b"D"):
            self._column += first if what == b"C" else -first
        elif what == b"G":
            self._column = first - 1
        elif what == b"d":
            self._row = first - 1
        elif what in (b"J", b"K"):
            self._clear(whole=what == b"J", kind=numbers[0])
        self._row, self._column = max(0, min(ROWS - 1, self._row)), max(0, self._column)

    def _clear(self, *, whole: bool, kind: int) -> None:
        row = self.rows[self._row]
        start, end = (0 if kind else self._column), (self._column if kind == 1 else COLUMNS)
        row[start:end] = [" "] * (min(end, COLUMNS) - start)
        if whole:
            for other in range(0 if kind else self._row + 1, ROWS):
                self.rows[other] = [" "] * COLUMNS


class Lynx:
    """A running lynx with every link and field numbered on the screen."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._screen = Screen()
        self.read()

    def read(self, quiet: float = 0.15, most: float = 40.0) -> str:
        """What stands on the screen once it has been quiet for a while."""
        until = time.monotonic() + most
        while time.monotonic() < until:
            ready, _, _ = select.select([self._terminal], [], [], quiet)
            if not ready:
                break
            with contextlib.suppress(OSError):
                self._screen.show(os.read(self._terminal, 65536))
        return self._screen.text()

    def type(self, keys: str) -> str:
        """Press keys; what stands on the screen then."""
        os.write(self._terminal, keys.encode())
        return self.read()

    def redrawn(self) -> str:
        """The screen, drawn anew."""
        return self.type("\x0c")

    def number_of(self, words: str) -> str:
        """The number of what bears these words. lynx writes [7]words for a link, ([7]value) words for a button, and
        [7]____ for a field, whose label stands before it or above."""
        page, said = self.redrawn(), r"\s+".join(map(re.escape, words.split()))
        found = re.search(
            rf"\[(\d+)\]{said}|\(\[(\d+)\][^)]*\)\s*{said}|{said}[^\[]{{0,40}}\[(\d+)\][_\[]", page
        )
        assert found, f"there is no {words!r} on the page:\n{page.strip()}"
        return next(number for number in found.groups() if number)

    def press(self, words: str) -> str:
        """Go to a link or a button and press it; the page that comes, or this one with a tick more."""
        self.type(self.number_of(words) + "g\r")
        before = self.redrawn()
        page = self.type("\r")
        for _ in range(100):
            if page != before and not any(said in page for said in _BUSY):
                break
            page = self.read()
        return self.redrawn()

    def go_to(self, number: str) -> str:
        """Put the cursor on a link or a field."""
        return self.type(number + "g\r")


@contextlib.contextmanager
def browsing(address: str, home: Path) -> Iterator[Lynx]:
    """lynx at an address, with no cookies, in a home of its own."""
    program, settings = lynx(), home / "lynx.cfg"
    settings.write_text("DEFAULT_KEYPAD_MODE:LINKS_AND_FIELDS_ARE_NUMBERED\nPERSISTENT_COOKIES:FALSE\n")
    command = [
        program, f"-cfg={settings}", "-nopause", "-nocolor", "-term=vt100", "-display_charset=utf-8",
        "-assume_charset=utf-8", "-accept_all_cookies=off", "-cookies=off", "-cache=1", address,
    ]  # fmt: skip
    terminal, inside = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    keep = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt100", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=inside, env=keep, start_new_session=True
    )
    os.close(inside)
    try:
        yield Lynx(terminal)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)

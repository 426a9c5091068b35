"""The relay's real process by itself, for a real browser; and the office's post, whose keys the test knows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kunak.exchange.post import Post
from kunak.exchange.report import Report
from kunak.vault import curves, seal

INTAKE_SEED = bytes(range(32))
CHANNEL_SEED = bytes(range(32, 64))
START = """
import sys
from pathlib import Path
from kunak.exchange.relay import serve
from kunak.exchange.relay.serving import listen

listening = listen("127.0.0.1", int(sys.argv[4]))
print(listening.getsockname()[1], flush=True)
serve(Path(sys.argv[1]), intake_public=bytes.fromhex(sys.argv[2]), channel_public=bytes.fromhex(sys.argv[3]),
      listening=listening)
"""


@dataclass
class Relay:
    """A running relay, and the office's post there."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int
    post: Post

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reports(self) -> tuple[Report, ...]:
        return self.post.collect().reports

    def answer(self, report: Report, text: str, id: str = "r1") -> None:
        """The office writes back."""
        self.post.deliver(
            mailbox=report.mailbox,
            reply_key=report.reply_key,
            reply_secret=report.reply_secret,
            text=text,
            at=report.received_at,
            id=id,
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def start_again(self) -> None:
        self.process = _started(self.folder, self.port)
        assert self.process.stdout is not None
        self.process.stdout.readline()


@contextmanager
def relay_alone(folder: Path, *, intake: bytes = b"") -> Iterator[Relay]:
    """A relay in a process of its own; ``intake`` is the office's public intake key."""
    process = _started(folder, 0, intake)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    post = Post(f"http://127.0.0.1:{port}", intake_seed=INTAKE_SEED, channel_seed=CHANNEL_SEED)
    relay = Relay(folder, process, port, post)
    try:
        yield relay
    finally:
        post.close()
        relay.kill()


def _started(folder: Path, port: int, intake: bytes = b"") -> "subprocess.Popen[bytes]":
    intake = intake or curves.intake_public_bytes(INTAKE_SEED)
    keys = (intake.hex(), seal.ed25519_public_bytes(CHANNEL_SEED).hex())
    return subprocess.Popen(
        [sys.executable, "-c", START, str(folder), *keys, str(port)], stdout=subprocess.PIPE
    )

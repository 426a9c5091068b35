"""Two network namespaces and a bad line between them: what goes through is slowed, delayed and lost by the packet.

The kernel's own shaping (tc netem) is not in every kernel, so the line is a program: each namespace has a tun
device, and whatever one sends waits for its turn on the line, then for half of the round trip, and is lost by
chance. TCP, TLS and the browser are the real ones and feel what they would feel.
"""

import contextlib
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001
QUEUE = 40  # packets that wait on one side; more are dropped, as a cell does
PHONE, SERVER = "10.77.0.2", "10.77.0.1"


@dataclass
class Way:
    """One direction of the line."""

    name: str
    source: int
    sink: int
    bits_per_s: float
    delay_s: float
    loss: float
    chance: random.Random
    carried: int = 0  # bytes that came in
    lost: int = 0  # packets
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    free_at: float = 0.0

    def take(self, packet: bytes, now: float) -> None:
        """Queue a packet, or lose it."""
        self.carried += len(packet)
        if self.chance.random() < self.loss or len(self.waiting) >= QUEUE:
            self.lost += 1
            return
        self.free_at = max(now, self.free_at) + 8 * len(packet) / self.bits_per_s
        self.waiting.append((self.free_at + self.delay_s, packet))

    def give(self, now: float) -> float:
        """Hand over what has arrived; seconds until the next does."""
        while self.waiting and self.waiting[0][0] <= now:
            with contextlib.suppress(OSError):
                os.write(self.sink, self.waiting.popleft()[1])
        return self.waiting[0][0] - now if self.waiting else 1.0


class Line:
    """The line between the namespaces ``phone`` and ``server``."""

    def __init__(self, name: str, bits_per_s: float, round_trip_s: float, loss: float, seed: int) -> None:
        self.phone, self.server = f"{name}-phone", f"{name}-server"
        ends = [_end(self.phone, f"{name}p", PHONE), _end(self.server, f"{name}s", SERVER)]
        chance = random.Random(seed)
        shape = (bits_per_s, round_trip_s / 2, loss, chance)
        self.up, self.down = Way("up", *ends, *shape), Way("down", *ends[::-1], *shape)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def inside(self, end: str) -> list[str]:
        """What stands before a command that is to run at one end."""
        return ["ip", "netns", "exec", end]

    def close(self) -> None:
        """Take it down."""
        self._ended.set()
        self._thread.join()
        for end in (self.up.source, self.up.sink):
            os.close(end)
        for end in (self.phone, self.server):
            subprocess.run(["ip", "netns", "del", end], check=False)

    def _carry(self) -> None:
        ways = {self.up.source: self.up, self.down.source: self.down}
        while not self._ended.is_set():
            now = time.monotonic()
            pause = min(way.give(now) for way in ways.values())
            ready, _, _ = select.select(list(ways), [], [], max(0.0, min(pause, 0.2)))
            for source in ready:
                with contextlib.suppress(OSError):
                    ways[source].take(os.read(source, 65536), time.monotonic())


def _end(space: str, device: str, address: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH", device.encode(), _TUN_WITHOUT_HEADER))
    for command in (
        f"ip netns add {space}",
        f"ip link set {device} netns {space}",
        f"ip netns exec {space} ip link set lo up",
        f"ip netns exec {space} ip addr add {address}/24 dev {device}",
        f"ip netns exec {space} ip link set {device} up",
    ):
        subprocess.run(command.split(), check=True)
    return end


@contextlib.contextmanager
def line(*, bits_per_s: float, round_trip_s: float, loss: float, seed: int) -> Iterator[Line]:
    """A line; it needs root."""
    made = Line(f"k{os.getpid() % 10_000}", bits_per_s, round_trip_s, loss, seed)
    try:
        yield made
    finally:
        made.close()

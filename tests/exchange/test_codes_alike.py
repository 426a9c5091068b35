"""A wrong code, a new one and one with nothing to read, at a relay that runs in a process of its own: the same
answer, the same size, and times that cannot be told apart. Asked in turn, in an order drawn anew each time, so that
whatever else the machine does hits all alike. Looked at twice: by the clock, as whoever asks sees it; and by the
processor's time, which only the relay's machine sees and which tells more where a machine is busy."""

import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import erfc, sqrt
from pathlib import Path

import httpx2
import pytest
from relay_office import CHANNEL_SEED, INTAKE_SEED, NIGHT, ROUNDS, reply_keys

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import SLOTS, MailboxKeys
from kunak.exchange.post import Post
from kunak.exchange.report import seal_in_browser, write_report
from kunak.vault import curves, seal

pytestmark = pytest.mark.slow

# Few rounds, so that half a second of work does not hide a difference of a tenth of a millisecond; and the waits of
# the brake, which are the same for all (test_relay_threads), left out.
START = """
import sys
from pathlib import Path
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.serving import listen, server

async def at_once(_):
    pass

listening = listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
folder, intake, channel, rounds = sys.argv[1:]
app = build_app(Path(folder), intake_public=bytes.fromhex(intake), channel_public=bytes.fromhex(channel),
                rounds=int(rounds), brake=Brake(pause=at_once))
server(app).run(sockets=[listening])
"""
EACH = 100  # times a code of each kind is asked for
BY_CHANCE = 1e-4  # a difference this great comes by chance once in ten thousand times


@dataclass
class Asked:
    """A relay, and codes of each kind."""

    browser: httpx2.Client
    codes: dict[str, list[ReturnCode]]
    process: int

    def clocks(self) -> tuple[float, float]:
        """Seconds: of the clock, and of the processor for the relay."""
        spent = 0
        for thread in Path(f"/proc/{self.process}/task").iterdir():
            spent += int((thread / "schedstat").read_text().split()[0])
        return time.perf_counter(), spent / 1e9


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("relay")
    public = (curves.intake_public_bytes(INTAKE_SEED).hex(), seal.ed25519_public_bytes(CHANNEL_SEED).hex())
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder), *public, str(ROUNDS)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    address = f"http://127.0.0.1:{int(process.stdout.readline())}"
    try:
        with httpx2.Client(base_url=address, trust_env=False, timeout=30) as browser:
            yield Asked(browser, _codes(browser, address), process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _codes(browser: httpx2.Client, address: str) -> dict[str, list[ReturnCode]]:
    codes = {
        kind: [ReturnCode.make() for _ in range(6)] for kind in ("wrong", "new", "nothing to read", "replies")
    }
    for kind in ("new", "nothing to read", "replies"):
        for code in codes[kind]:
            report = write_report("request", MailboxKeys.of(code, ROUNDS), at=NIGHT, language="en")
            _bytes(
                browser,
                "/j",
                bytes.fromhex(report.id)
                + seal_in_browser(
                    report, MailboxKeys.of(code, ROUNDS), curves.intake_public_bytes(INTAKE_SEED)
                ),
            )
    with Post(address, intake_seed=INTAKE_SEED, channel_seed=CHANNEL_SEED) as post:
        written = {
            MailboxKeys.of(code, ROUNDS).mailbox
            for kind in ("nothing to read", "replies")
            for code in codes[kind]
        }
        for report in post.collect().reports:
            if report.mailbox in written:
                for number in range(SLOTS):
                    post.deliver(**reply_keys(report), text="a reply", at=NIGHT, id=str(number))
    for code in codes["nothing to read"]:
        _bytes(browser, "/k", _token(code, verb=1))
    return codes


def _bytes(browser: httpx2.Client, path: str, content: bytes) -> httpx2.Response:
    answer = browser.post(path, content=content, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 200
    return answer


def _token(code: ReturnCode, verb: int = 0) -> bytes:
    keys = MailboxKeys.of(code, ROUNDS)
    return bytes((verb,)) + keys.token + keys.sign_public


def by_form(asked: Asked, code: ReturnCode) -> bytes:
    """What a person without script gets, but for their own code and the number of the page."""
    answer = asked.browser.post("/c", data={"code": code.digits(), "l": "en"})
    assert answer.status_code == 200
    page = answer.content.replace(code.digits().encode(), b"-" * len(code.digits()))
    return re.sub(rb'name="once" value="[0-9a-f]+"', b"", page)


def by_script(asked: Asked, code: ReturnCode) -> bytes:
    """What the script gets, but for the slots themselves, which only the code's keys tell from random."""
    return bytes(len(_bytes(asked.browser, "/k", _token(code)).content))


def times(
    asked: Asked, ask: Callable[[Asked, ReturnCode], bytes], kinds: list[str]
) -> list[dict[str, list[float]]]:
    """Seconds of each asking by both clocks, in an order drawn anew; what was answered must be the same for all."""
    spent: list[dict[str, list[float]]] = [{kind: [] for kind in kinds} for _ in range(2)]
    answers = set()
    for _ in range(EACH):
        for kind in random.sample(kinds, len(kinds)):
            code = ReturnCode.make() if kind == "wrong" else random.choice(asked.codes[kind])
            began = asked.clocks()
            answers.add(ask(asked, code))
            for each, before, after in zip(spent, began, asked.clocks(), strict=True):
                each[kind].append(after - before)
    assert len(answers) == 1
    return spent


def by_chance(one: list[float], other: list[float]) -> float:
    """How often two lists differ this much by chance (Mann and Whitney's test, two-sided, normal for this many)."""
    ranks = {value: rank for rank, value in enumerate(sorted(one + other), 1)}
    n, m = len(one), len(other)
    above = sum(ranks[value] for value in one) - n * (n + 1) / 2
    return erfc(abs(above - n * m / 2) / sqrt(n * m * (n + m + 1) / 12) / sqrt(2))


@pytest.mark.parametrize(
    ("ask", "kinds"),
    [
        (by_form, ["wrong", "new", "nothing to read"]),
        (by_script, ["wrong", "new", "nothing to read", "replies"]),
    ],
    ids=["form", "script"],
)
def test_codes_cannot_be_told_apart(
    asked: Asked, ask: Callable[[Asked, ReturnCode], bytes], kinds: list[str]
):
    told = _told_apart(times(asked, ask, kinds))
    if told:  # once more, on fresh figures: a machine hiccups
        told = _told_apart(times(asked, ask, kinds))
    assert told == []


def _told_apart(spent: list[dict[str, list[float]]]) -> list[str]:
    """Which kinds differ from a wrong code, by which clock, and by how much."""
    told = []
    for clock, by_kind in zip(("clock", "processor"), spent, strict=True):
        for kind, seconds in by_kind.items():
            chance = by_chance(by_kind["wrong"], seconds)
            if chance < BY_CHANCE:
                wrong, other = (1000 * statistics.median(each) for each in (by_kind["wrong"], seconds))
                told.append(f"{kind} by the {clock}: {chance:.0e}, {wrong:.3f} and {other:.3f} ms")
    return told


def test_this_would_see_a_quarter_of_the_work_more(asked: Asked):
    """Or the test above could not fail."""
    _, spent = times(asked, by_script, ["wrong", "new"])
    more = statistics.median(spent["new"]) / 4
    assert by_chance(spent["wrong"], [seconds + more for seconds in spent["new"]]) < BY_CHANCE

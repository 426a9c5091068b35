"""Every address of the relay and every page of the worker side, asked in every way: prints JSON.

    python tests/bench/bench_fuzz_http.py [--relay 20000] [--lines 20000] [--worker 5000] [--seed 1]

Looked for: an answer of the kind “something went wrong here” (5xx), a traceback, a page of its own where nothing
is, a word in a log. schemathesis asks from a description of an interface (OpenAPI), which neither side has: what
they offer is pages with forms, so the addresses are asked of the routes and the forms are read from the pages.
Exits with 1 if anything was found.
"""

import argparse
import contextlib
import json
import logging
import logging.handlers
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "exchange"))
sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from relay_fuzzing import Tried, requests
from relay_lines import heard, lines, statuses
from relay_running import running
from starlette.testclient import TestClient
from web_desk import CHEAP, ORIGIN, OURS, START, THEIRS, Clock, Desk
from worker_fuzzing import World, try_out, world

from kunak.vault import add_member
from kunak.web.app import build_app
from kunak.web.office import Office, Settings
from kunak.workbench import found_office, open_store

AT_ONCE = 2000  # examples of one run of hypothesis, which remembers all that it drew


def runs(examples: int, number: int) -> Iterator[tuple[int, int]]:
    """So many examples in runs of a bounded size: the size and the seed of each."""
    for begin in range(0, examples, AT_ONCE):
        yield min(AT_ONCE, examples - begin), number + begin


def run_of(examples: int, number: int):  # type: ignore[no-untyped-def]
    made = settings(
        max_examples=examples, database=None, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    return lambda function: seed(number)(made(function))


def relay(examples: int, number: int) -> dict[str, object]:
    """The relay's app, asked without a network."""
    came: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place, contextlib.closing(Tried(Path(place) / "relay")) as tried:
        for size, start in runs(examples, number):

            @run_of(size, start)
            @given(requests(tried.paths))
            def one(asked) -> None:  # type: ignore[no-untyped-def]
                answer = tried.ask(asked)
                came[str(answer.status)] += 1
                fault = tried.wrong_with(asked, answer)
                if fault:
                    wrong.setdefault(fault, repr(asked))

            one()
        addresses = len(tried.paths)
    return {"addresses": addresses, "answers": dict(came.most_common()), "wrong": wrong}


def relay_lines(examples: int, number: int) -> dict[str, object]:
    """A relay that listens, given bytes."""
    came: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    told = logging.handlers.BufferingHandler(10**6)
    with tempfile.TemporaryDirectory() as place, running(Path(place) / "relay") as listening:
        for name in ("asyncio", "uvicorn.error", "kunak.relay"):
            logging.getLogger(name).setLevel(logging.ERROR)
            logging.getLogger(name).addHandler(told)
        for size, start in runs(examples, number):

            @run_of(size, start)
            @given(lines())
            def one(sent: bytes) -> None:
                answered = heard(listening.port, sent)
                came.update(map(str, statuses(answered) or ["none"]))
                if any(status >= 500 for status in statuses(answered)) or b"Traceback" in answered:
                    wrong.setdefault(repr(answered[:60]), repr(sent))

            one()
    logged = Counter(record.getMessage() for record in told.buffer)
    return {
        "answers": dict(came.most_common()),
        "wrong": {**wrong, **{f"log: {line}": "" for line in logged}},
    }


def office(place: Path) -> World:
    """An office of two members, with a life behind it."""
    place.mkdir()
    bench = found_office(place, member="heron", passphrase=OURS, at=START, cost=CHEAP)
    add_member(bench.vault, "ibis", THEIRS, START)
    bench.close()
    clock = Clock()
    made = Office(Settings(directory=place, zone=UTC), open_store(place), clock)
    desk = Desk(TestClient(build_app(made), base_url=ORIGIN), made, clock)
    desk.unlock()
    return world(desk)


def worker(examples: int, number: int) -> dict[str, object]:
    """The worker side."""
    came: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    offices = 0
    with tempfile.TemporaryDirectory() as place:
        numbered = iter(range(10**6))
        for size, start in runs(examples, number):
            tried = try_out(lambda: office(Path(place) / str(next(numbered))), size, start)
            came += tried.came
            offices += tried.offices
            for fault, asked in tried.faults:
                wrong.setdefault(f"{fault} {asked.path[:60]}", repr(asked))
    return {"offices": offices, "answers": dict(came.most_common()), "wrong": wrong}


def main() -> int:
    parser = argparse.ArgumentParser()
    for name, default in (("relay", 20_000), ("lines", 20_000), ("worker", 5_000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    said: dict[str, object] = {}
    for name, try_it, examples in (
        ("relay", relay, given.relay),
        ("lines", relay_lines, given.lines),
        ("worker", worker, given.worker),
    ):
        began = time.monotonic()
        if examples:
            said[name] = {"examples": examples, **try_it(examples, given.seed)}
            said[name]["seconds"] = round(time.monotonic() - began, 1)  # type: ignore[index]
    print(json.dumps(said, indent=2, ensure_ascii=False))
    return int(any(part["wrong"] for part in said.values()))  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())

"""``kunak bench intake``: how many people can write at once, measured on this machine, as JSON.

The relay is the real one, in a process of its own; those who write are in two more, each with a connection of
their own; then the office collects what lies there and opens all of it. What was accepted and cannot be read
afterwards is lost. The figures are of a machine that carries all of them together.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import sleep
from typing import Any

import click

from kunak.cli import up
from kunak.cli.bench_intake_senders import Crowd, Heard, send_all
from kunak.cli.bench_vault import machine, timed
from kunak.cli.bench_vault_sync import free_port
from kunak.exchange.link import Link
from kunak.vault import DEFAULT_COST, KdfCost
from kunak.workbench import RELAY_KEYS
from kunak.workbench.founding import found_office, public_keys

__all__ = ["TARGETS", "bench_intake", "measure"]

BURST = 1000
STEADY = (16, 64)
SECONDS = 60.0
_STORE = "KUNAK_RELAY_STORE"  # where the relay's process finds the address of its database
_PER_SECOND = 700  # more than arrive in a second: reports are made before the clock starts
_MEMBER, _WORDS = "heron", "walnut ferry lantern cloud"
TARGETS: dict[str, tuple[str, float]] = {
    "accepted_of_burst": ("at least", 1000),
    "reports_per_s": ("at least", 50),
    "median_ms_at_16": ("at most", 100),
    "lost": ("at most", 0),
    "answers_5xx": ("at most", 0),
    "peak_memory_mb": ("at most", 300),
}


@click.command("intake")
@click.option("--burst", default=BURST, show_default=True, type=click.IntRange(1), help="Senders at once.")
@click.option("--seconds", default=SECONDS, show_default=True, help="Of each steady run.")
@click.option("--way", "ways", multiple=True, type=click.Choice(("script", "form")), help="Only this one.")
@click.option(
    "--ahead", default=BURST, show_default=True, help="Codes that the relay has made before; without script."
)
@click.option("--postgres", default="", help="postgresql://…: measure a relay whose store lies there, too.")
@click.option("--json", "as_json", is_flag=True, help="Kept for symmetry: it prints nothing but JSON.")
def bench_intake(
    burst: int, seconds: float, ways: tuple[str, ...], ahead: int, postgres: str, as_json: bool
) -> None:
    """People who write at once: a burst, then 16 and 64 at a time; with script and without; SQLite, PostgreSQL."""
    told = measure(burst, seconds, ways or ("script", "form"), postgres, ahead=ahead)
    click.echo(json.dumps(told, indent=2))


def measure(
    burst: int,
    seconds: float,
    ways: tuple[str, ...],
    postgres: str = "",
    *,
    ahead: int = 0,
    steady: tuple[int, ...] = STEADY,
    cost: KdfCost = DEFAULT_COST,
) -> dict[str, Any]:
    """All figures; times in milliseconds, memory in MB. Each run has a relay and an office of its own."""
    crowds = ((burst, 0.0), *((some, seconds) for some in steady))
    runs = [
        {"store": store, "way": way, **_run(way, at_once, length, address, ahead, cost)}
        for store, address in (("sqlite", ""), ("postgres", postgres))
        for way in ways
        for at_once, length in crowds
        if store == "sqlite" or postgres
    ]
    return {
        "machine": machine(),
        "targets": {way: _judged([run for run in runs if run["way"] == way], burst) for way in ways},
        "runs": runs,
    }


def _run(way: str, at_once: int, seconds: float, postgres: str, ahead: int, cost: KdfCost) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as kept:
        folder, began = Path(kept), datetime.now(UTC)
        office = found_office(folder / "office", member=_MEMBER, passphrase=_WORDS, at=began, cost=cost)
        (folder / "relay").mkdir()
        (folder / "relay" / RELAY_KEYS).write_bytes((folder / "office" / RELAY_KEYS).read_bytes())
        ahead = ahead if way == "form" else 0
        with _relay(folder / "relay", postgres, ahead) as relay:
            intake = public_keys(office.vault).intake
            prepared, processes = int(seconds * _PER_SECOND), min(2, at_once // 8 + 1)
            crowd = Crowd(way, relay.port, intake, at_once, seconds, prepared, processes)
            heard = send_all(crowd)
            spent = _spent(relay)
            with Link(f"http://{up.LOOPBACK}:{relay.port}").post(office.vault) as post:
                opening, collected = timed(post.collect)
        office.close()
    readable = Counter(report.answers["text"][0] for report in collected.reports)
    return {
        "at_once": at_once,
        "steady": bool(seconds),
        **({"codes_made_ahead": ahead} if way == "form" else {}),
        "seconds": round(heard.ended - heard.began, 1),
        **_heard(heard),
        "readable": sum(readable[text] > 0 for text in heard.accepted),
        "lost": sum(not readable[text] for text in heard.accepted),
        "kept_twice": sum(count - 1 for count in readable.values()),
        "unreadable": len(collected.damaged),
        "collected_and_opened_in_s": round(opening, 2),
        **spent,
    }


@contextmanager
def _relay(folder: Path, postgres: str, ahead: int) -> Iterator[up.Process]:
    before = os.environ.get(_STORE)
    os.environ[_STORE] = postgres
    relay = up.relay(folder, free_port(), ahead=ahead)
    try:
        relay.start()
        while not relay.answers():
            if relay.ended() is not None:
                raise up.ProcessFailed(name=relay.name)
            sleep(0.05)
        if ahead:
            _until_quiet(relay)
        yield relay
    finally:
        relay.end()
        os.environ.pop(_STORE)
        os.environ.update({} if before is None else {_STORE: before})


def _until_quiet(relay: up.Process) -> None:
    """Wait until the relay does nothing: it has made the codes that it was told to make."""
    before = -1.0
    while (now := _spent(relay).get("relay_cpu_s", 0.0)) > before:
        before = now
        sleep(2)


def _heard(heard: Heard) -> dict[str, Any]:
    by_kind = Counter({status: count for status, count in sorted(heard.statuses.items())})
    return {
        "accepted": len(heard.accepted),
        "reports_per_s": round(len(heard.accepted) / (heard.ended - heard.began), 1),
        "answers": dict(by_kind),
        "answers_5xx": sum(count for status, count in by_kind.items() if status.startswith("5")),
        "sending_ms": _figures(heard.sending),
        "whole_visit_ms": _figures(heard.visits),
    }


def _figures(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {"n": len(seconds)}
    in_ms = [1000 * each for each in seconds]
    p95 = quantiles(in_ms, n=20, method="inclusive")[-1]
    return {
        "n": len(in_ms),
        "median": round(median(in_ms), 1),
        "p95": round(p95, 1),
        "max": round(max(in_ms), 1),
    }


def _spent(relay: up.Process) -> dict[str, float]:
    """The most memory that the relay held, and the seconds of the processor that it took; where Linux tells."""
    if relay.running is None or not Path("/proc/self/status").exists():
        return {}
    of = Path(f"/proc/{relay.running.pid}")
    peak = next(line for line in (of / "status").read_text().splitlines() if line.startswith("VmHWM"))
    ticks = (of / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return {
        "relay_peak_memory_mb": round(int(peak.split()[1]) / 1024, 1),
        "relay_cpu_s": round(sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), 1),
    }


def _judged(runs: list[dict[str, Any]], burst: int) -> dict[str, Any]:
    """What was reached over all runs of one way: the worst of each."""
    bursts = [run for run in runs if not run["steady"]]
    at_16 = [run["sending_ms"].get("median", 0.0) for run in runs if run["steady"] and run["at_once"] == 16]
    reached = {
        "accepted_of_burst": min(run["accepted"] for run in bursts),
        "reports_per_s": min(run["reports_per_s"] for run in runs),
        "median_ms_at_16": max(at_16, default=0.0),
        "lost": max(run["lost"] + run["unreadable"] for run in runs),
        "answers_5xx": max(run["answers_5xx"] for run in runs),
        "peak_memory_mb": max(run.get("relay_peak_memory_mb", 0.0) for run in runs),
    }
    limits = {**TARGETS, "accepted_of_burst": ("at least", float(burst))}
    return {name: _held(figure, *limits[name]) for name, figure in reached.items()}


def _held(figure: float, way: str, limit: float) -> dict[str, Any]:
    met = figure <= limit if way == "at most" else figure >= limit
    return {"reached": figure, way.replace(" ", "_"): limit, "met": met}

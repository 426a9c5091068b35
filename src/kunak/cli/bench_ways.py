"""``kunak bench ways``: how fast ways are found, measured on this machine, as JSON."""

import gc
import json
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import click

from kunak import data
from kunak.cli import bench_networkx
from kunak.evacuation.ways.routes import Profile, find_ways
from kunak.evacuation.ways.world import World

ORIGINS = {
    "RU": ("GRV", "MCX", "MRV", "DME", "LED", "SVX"),
    "AZ": ("GYD", "KVD", "AZ:Lankaran"),
    "TJ": ("DYU", "LBD", "KQT"),
    "KG": ("FRU", "OSS", "KG:Bishkek"),
    "UZ": ("TAS", "SKD", "UGC"),
    "BY": ("MSQ", "BY:Gomel", "BY:Brest"),
}
MOST = 200
Timed = tuple[float, int]  # milliseconds, ways found


@click.command("ways")
def bench_ways() -> None:
    """200 profiles (states, papers, lists, origins): load, first answers, further origins, memory."""
    click.echo(json.dumps(measure(), indent=2))


def profiles() -> list[Profile]:
    """The 200 profiles: all states × papers × lists × three origins, then refuge for foreign papers."""
    today = datetime.now(UTC).date()

    def of(state: str, papers: str, lists: str, origin: str, to: str) -> Profile:
        return Profile(
            passports=(state,), papers=papers, lists=lists, origin=origin, to=to, as_of=today
        )  # fmt: skip

    lists = ("clear", "unknown", "listed")
    all_papers = ("foreign", "internal", "none")
    made = [
        of(s, papers, known, origin, "interim")
        for s, origins in ORIGINS.items()
        for papers in all_papers
        for known in lists
        for origin in origins[:3]
    ]
    made += [of(s, "foreign", known, o, "refuge") for s, os in ORIGINS.items() for known in lists for o in os]
    return made[:MOST]


def measure() -> dict[str, Any]:
    """All figures; times in milliseconds, memory in MB."""
    load = []
    for _ in range(5):
        start = perf_counter()
        world = World.from_bytes(data.read("ways.bin"))
        load.append(1000 * (perf_counter() - start))
    first, other, found = _answers(world)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 * 1024 if sys.platform == "darwin" else 1024
    )
    return {
        "profiles": len(profiles()),
        "load_ms": _figures(load),
        "first_answer_of_a_profile_ms": _figures([t for t, _ in first]),
        "first_answer_where_there_are_ways_ms": _figures([t for t, n in first if n]),
        "another_origin_ms": _figures([t for t, _ in other]),
        "another_origin_where_there_are_ways_ms": _figures([t for t, n in other if n]),
        "plans_found": found,
        "memory_mb": round(peak, 1),
        "networkx": bench_networkx.measure(world, profiles()),
    }


def _answers(world: World) -> tuple[list[Timed], list[Timed], dict[str, Any]]:
    """First answers and answers for further origins of the profile just seen. Answers are not kept."""
    first: list[Timed] = []
    other: list[Timed] = []
    fronts: list[int] = []
    for group in _by_all_but_origin(profiles()):
        world.networks.clear()
        for n, profile in enumerate(group):
            gc.collect()
            start = perf_counter()
            answer = find_ways(world, profile)
            took = 1000 * (perf_counter() - start)
            (other if n else first).append((took, answer.found))
            fronts.append(answer.found)
    with_ways = [n for n in fronts if n]
    return first, other, {
        "profiles_with_ways": len(with_ways), "median": median(with_ways), "most": max(with_ways),
        "all": sum(with_ways),
    }  # fmt: skip


def _by_all_but_origin(made: list[Profile]) -> Iterator[list[Profile]]:
    groups: dict[tuple[object, ...], list[Profile]] = {}
    for p in made:
        groups.setdefault((p.passports, p.papers, p.lists, p.to), []).append(p)
    return iter(groups.values())


def _figures(times: list[float]) -> dict[str, float]:
    return {
        "n": len(times),
        "median": round(median(times), 1),
        "p95": round(quantiles(times, n=20, method="inclusive")[-1], 1),
        "max": round(max(times), 1),
    }

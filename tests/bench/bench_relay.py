"""Many invented offices at one relay: a real process, real HTTP, SQLite or PostgreSQL. Prints JSON.

    python tests/bench/bench_relay.py [--offices 1000] [--entries 20] [--store sqlite|postgres] [--seconds 90]

Each office's device puts its entries, one commit each (a segment and a body, as a worker's note is), then a
colleague's device, which has seen nothing, asks for what is new on both shelves and for each body by its
name; then it looks ten times whether there is more, as every open device does every twenty seconds. Devices
work from several processes at once, each with a few threads. When the time is over the rest is left out, and
the number of offices says so. The floor is what the same machine does without the relay's work:
the relay's own 404 for a question that nobody signed.
"""

import argparse
import json
import multiprocessing
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

sys.path.append(str(Path(__file__).parents[1] / "contracts"))

import psycopg
from postgres_server import server

from kunak.exchange.relay.store import RelayStore
from kunak.exchange.relay.tables import SqliteTables
from kunak.exchange.remote import RemoteStore
from kunak.vault import seal
from kunak.vault.stores import Blob

SEGMENT, BODY = 593, 285  # bytes of a worker's note, sealed and padded
PROCESSES, THREADS = 2, 4
LOOKS = 10


def seed_of(number: int) -> bytes:
    return seal.digest(b"bench %d" % number)


def rid_of(number: int) -> str:
    return seed_of(number).hex()[:32]


def enrol(folder: Path, offices: int) -> None:
    (folder / "offices").mkdir()
    intake = seal.x_wing_public_bytes(bytes(32)).hex()  # the same for all: nothing is sent to it here
    for number in range(offices):
        keys = {"rid": rid_of(number), "intake": intake,
                "channel": seal.ed25519_public_bytes(seed_of(number)).hex(), "admins": []}  # fmt: skip
        (folder / "offices" / f"{number:05d}.json").write_text(json.dumps(keys))


def device(client: httpx2.Client, number: int, spent: dict[str, list[float]]) -> RemoteStore:
    made = RemoteStore("", channel_seed=seed_of(number), rid=rid_of(number), space=seed_of(number),
                       client=client)  # fmt: skip
    ask = made._line.ask

    def timed(question, load=b""):  # type: ignore[no-untyped-def]
        begun = time.perf_counter()
        answer = ask(question, load)
        spent.setdefault(question.verb, []).append(time.perf_counter() - begun)
        return answer

    made._line.ask = timed  # type: ignore[method-assign]
    return made


def live(client: httpx2.Client, number: int, entries: int, spent: dict[str, list[float]]) -> None:
    """One office's day: one device writes, another reads."""
    writer = device(client, number, spent)
    names = []
    for _ in range(entries):
        body = secrets.token_bytes(BODY)
        names.append(seal.digest(body))
        segment = Blob("segment", secrets.token_bytes(32), secrets.token_bytes(SEGMENT))
        writer.commit([segment, Blob("body", names[-1], body)])
    reader = device(client, number, spent)
    assert len(list(reader.since("segment"))) == len(list(reader.since("body"))) == entries
    for name in names:
        assert reader.get("body", name) is not None
    end = max(cursor for cursor, _, _ in reader.since("segment"))
    quiet: dict[str, list[float]] = {}
    looking = device(client, number, quiet)
    for _ in range(LOOKS):
        assert not list(looking.since("segment", end))
    spent.setdefault("look", []).extend(quiet["since"])


def worker(
    address: str, numbers: list[int], entries: int, until: float, queue: "multiprocessing.Queue"
) -> None:
    spent: dict[str, list[float]] = {}
    waiting, done = list(reversed(numbers)), []

    def work() -> None:
        with httpx2.Client(base_url=address, trust_env=False, timeout=60, verify=False) as client:
            while waiting and time.time() < until:
                number = waiting.pop()
                live(client, number, entries, spent)
                done.append(number)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put((len(done), spent))


def memory(process: int) -> float:
    """MiB that a process holds now."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def seconds_of_cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_of_database() -> float:
    """CPU seconds of every PostgreSQL process on this machine."""
    found = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if "(postgres)" in stat.read_text():
                found += seconds_of_cpu(int(stat.parent.name))
        except OSError:
            continue
    return found


def wait_until(answers: Callable[[], bool]) -> None:
    for _ in range(600):
        if answers():
            return
        time.sleep(0.05)
    raise SystemExit("the relay does not answer")


def answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/nothing", trust_env=False, verify=False).status_code == 404
    except httpx2.HTTPError:
        return False


def floor(address: str, count: int = 300) -> float:
    """Seconds for a question that nobody signed."""
    spent = []
    with httpx2.Client(base_url=address, trust_env=False, verify=False) as client:
        for _ in range(count):
            begun = time.perf_counter()
            client.post("/o", content=b"\0\0\0\1x")
            spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def fresh_database() -> str:
    schema = f"bench_{secrets.token_hex(4)}"
    dsn = server()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"{dsn} options=-csearch_path={schema}"


def size(folder: Path, database: str) -> dict[str, int]:
    """Bytes of each table with its indexes; of the file, where it is one."""
    store = RelayStore(folder / "relay", database)
    if isinstance(store.tables, SqliteTables):
        store.tables.wipe()
        sizes = {"file": store.path.stat().st_size}
    else:
        rows = store.tables.read(
            lambda ask: ask.rows(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
            )
        )
        sizes = {name: int(count) for name, count in rows if name in ("stream", "blob", "office", "done")}
    store.close()
    return sizes


def run(kind: str, offices: int, entries: int, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), 18430 + secrets.randbelow(1000)
        enrol(folder, offices)
        database = fresh_database() if kind == "postgres" else ""
        environment = {**os.environ, "KUNAK_RELAY_STORE": database}
        relay = subprocess.Popen(
            [sys.executable, "-m", "kunak.exchange.relay", place, "--port", str(port)], env=environment
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(address))
            before, least = size(folder, database), floor(address)
            at_start = memory(relay.pid)
            cpu, database_cpu, begun = seconds_of_cpu(relay.pid), seconds_of_database(), time.time()
            queue: multiprocessing.Queue = multiprocessing.Queue()
            workers = [
                multiprocessing.Process(
                    target=worker,
                    args=(address, list(range(first, offices, PROCESSES)), entries, begun + seconds, queue),
                )
                for first in range(PROCESSES)
            ]
            for each in workers:
                each.start()
            parts = [queue.get() for _ in workers]
            took = time.time() - begun
            for each in workers:
                each.join()
            cpu = seconds_of_cpu(relay.pid) - cpu
            database_cpu = seconds_of_database() - database_cpu
            told = report(parts, took)
            after, done = size(folder, database), max(1, sum(count for count, _ in parts))
            grown = {name: after[name] - before.get(name, 0) for name in after}
            return {
                "store": kind,
                "entries_per_office": entries,
                **told,
                "floor_ms": round(least * 1000, 2),
                "relay_cpu_ms_per_request": round(cpu * 1000 / max(1, int(str(told["requests"]))), 2),
                "database_cpu_ms_per_request": round(
                    database_cpu * 1000 / max(1, int(str(told["requests"]))), 2
                ),
                "bytes_per_office": sum(grown.values()) // done,
                "bytes_per_office_by_table": {name: count // done for name, count in grown.items()},
                "sealed_bytes_per_office": entries * (SEGMENT + BODY),
                "relay_memory_mib": {"start": round(at_start, 1), "end": round(memory(relay.pid), 1)},
            }
        finally:
            relay.terminate()
            relay.wait()


def report(parts: list[tuple[int, dict[str, list[float]]]], took: float) -> dict[str, object]:
    by_verb: dict[str, list[float]] = {}
    for _, spent in parts:
        for verb, times in spent.items():
            by_verb.setdefault(verb, []).extend(times)
    times = [each for some in by_verb.values() for each in some]
    return {
        "offices": sum(count for count, _ in parts),
        "seconds": round(took, 1),
        "requests": len(times),
        "requests_per_second": round(len(times) / took, 1),
        **told(times),
        "by_verb": {verb: {"requests": len(some), **told(some)} for verb, some in sorted(by_verb.items())},
    }


def told(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "median_ms": round(statistics.median(ordered) * 1000, 2),
        "p95_ms": round(ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Many invented offices at one relay.")
    parser.add_argument("--offices", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="postgres")
    given = parser.parse_args()
    print(json.dumps(run(given.store, given.offices, given.entries, given.seconds), indent=1))


if __name__ == "__main__":
    main()

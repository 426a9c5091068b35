"""``kunak bench vault``: how fast a sealed office opens, writes and syncs, measured on this machine, as JSON.

Each figure comes from a process of its own, so that memory is that of the one thing measured. Ratios are against
a floor measured in the same process: bare AES-GCM over the same bodies, decoding and folding of the same entries.
Argon2id, which is slow on purpose, is left out of every time and given apart.
"""

import json
import os
import platform
import resource
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

import click
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kunak import access, casework, evacuation, intake
from kunak.casework import queries
from kunak.cli.bench_vault_life import BEGIN, MEMBERS, life
from kunak.cli.bench_vault_sync import measure_sync
from kunak.fold import Entry, bulk
from kunak.vault import (
    DEFAULT_COST,
    Item,
    KdfCost,
    MemoryStore,
    SqliteStore,
    Vault,
    add_member,
    bodies,
    membership,
    seal,
)
from kunak.vault.codec import decode_body
from kunak.vault.office import load_keystore
from kunak.vault.stores import Blob
from kunak.workbench import KINDS, STORE, Workbench
from kunak.workbench.hearing import body_of

__all__ = ["TARGETS", "bench_vault", "measure"]

RUNS = 3
APPENDED = 300
SYNCED = 10_000
_NOTES_A_DAY = 50
PASSPHRASES = {member: f"{member} walnut ferry lantern cloud" for member in MEMBERS}
LATER = BEGIN + timedelta(days=800)
TARGETS: dict[str, tuple[str, float]] = {
    "cold_unlock_over_floor": ("at most", 3.0),
    "snapshot_unlock_s": ("at most", 0.5),
    "append_median_ms": ("at most", 5.0),
    "sync_sent_per_s": ("at least", 5000.0),
    "sync_received_per_s": ("at least", 5000.0),
    "peak_memory_mb": ("at most", 400.0),
}


@click.command("vault")
@click.option("--entries", default=100_000, show_default=True, type=click.IntRange(100))
@click.option("--json", "as_json", is_flag=True, help="Kept for symmetry: it prints nothing but JSON.")
def bench_vault(entries: int, as_json: bool) -> None:
    """Unlocking (cold, through a snapshot), appending, syncing, memory, for an office of invented people."""
    click.echo(json.dumps(measure(entries), indent=2))


def measure(
    entries: int, *, cost: KdfCost = DEFAULT_COST, runs: int = RUNS, synced: int = SYNCED
) -> dict[str, Any]:
    """All figures; times in seconds or milliseconds, memory in MB."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        office = apart(build, folder, entries, cost)
        cold = [apart(cold_unlock, folder) for _ in range(runs)]
        sealed = apart(seal_once, folder)
        warm = [apart(warm_unlock, folder) for _ in range(runs)]
        appended = apart(append, folder, min(APPENDED, entries))
        syncs = {
            name: apart(measure_sync, folder / name, min(synced, entries), one, cost)
            for name, one in (("as_written", False), ("one_entry_per_segment", True))
        }
    figures = {
        "cold_unlock_over_floor": median(one["over_floor"] for one in cold),
        "snapshot_unlock_s": median(one["unlock_s"] for one in warm),
        "append_median_ms": appended["one_entry_ms"]["median"],
        "sync_sent_per_s": syncs["as_written"]["sent_per_s"],
        "sync_received_per_s": syncs["as_written"]["received_per_s"],
        "peak_memory_mb": max(one["peak_memory_mb"] for one in (*cold, sealed, *warm, appended)),
    }
    return {
        "machine": machine(),
        "office": office,
        "targets": {name: _judged(name, figure) for name, figure in figures.items()},
        "cold_unlock": cold,
        "seal_snapshot": sealed,
        "snapshot_unlock": warm,
        "append": appended,
        "sync": syncs,
    }


def apart(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """What a function says in a fresh process, and the most memory that this process held."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_with_memory, function, *arguments).result()


def _with_memory(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    said = function(*arguments)
    return {"peak_memory_mb": peak_memory_mb(), **said}


def peak_memory_mb() -> float:
    """The most memory that this process ever held, Argon2id's included."""
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb, 1)


def build(folder: Path, entries: int, cost: KdfCost) -> dict[str, Any]:
    """The office: three members on one machine, everything written by ``Vault.write``, one segment for each act."""
    begun, memory = perf_counter(), MemoryStore()
    first = MEMBERS[0]
    vault = Vault.create(memory, member=first, passphrase=PASSPHRASES[first], at=BEGIN, cost=cost)
    for member in MEMBERS[1:]:
        add_member(vault, member, PASSPHRASES[member], BEGIN)
    hands = {member: vault.second(PASSPHRASES[member]) for member in MEMBERS[1:]} | {first: vault}
    for _ in MEMBERS:  # they know each other
        for one, other in permutations(MEMBERS, 2):
            with suppress(membership.VouchNotYours):
                membership.vouch(hands[one], other, BEGIN)
    deeds = life(entries)
    for deed in deeds:
        hands[deed.by].write([item_of(entry) for entry in deed.entries], deed.at)
    segments, dossiers = len(vault.office.log.segments), len(vault.office.log.bodies)
    sizes = sorted(len(body_of(entry)) for deed in deeds for entry in deed.entries)
    for hand in (*(hands[member] for member in MEMBERS[1:]), vault):
        hand.close()
    _copy(memory, folder / STORE)
    return {
        "entries": len(sizes),
        "segments": segments,
        "entries_per_segment": round(len(sizes) / segments, 2),
        "dossiers": dossiers,
        "subjects": len({entry.subject for deed in deeds for entry in deed.entries}),
        "members": len(MEMBERS),
        "body_bytes_median": sizes[len(sizes) // 2],
        "body_bytes_mean": round(sum(sizes) / len(sizes)),
        "store_mb": round((folder / STORE).stat().st_size / 1e6, 1),
        "built_in_s": round(perf_counter() - begun, 1),
    }


def item_of(entry: Entry) -> Item:
    """An entry as it is written, for all members to read."""
    return Item(entry.subject, entry.compartment, body_of(entry), MEMBERS)


def _copy(memory: MemoryStore, path: Path) -> None:
    store = SqliteStore(path)
    for shelf in ("keystore", "epoch", "grant", bodies.SHELF, "segment", "local"):
        batch: list[Blob] = []
        for _, name, sealed in memory.since(shelf):
            batch.append(Blob(shelf, name, sealed))
            if len(batch) == 10_000:
                store.commit(batch)
                batch = []
        store.commit(batch)
    store.close()


def cold_unlock(folder: Path) -> dict[str, Any]:
    """Everything verified, opened, decoded and folded; and the floor under it."""
    store = SqliteStore(folder / STORE)
    argon, unlocked = timed(lambda: load_keystore(store).open(PASSPHRASES[MEMBERS[0]]))
    cpu = process_time()
    log, vault = timed(lambda: Vault.of(store, unlocked))
    hear, opened = timed(lambda: Workbench(vault))
    cpu = process_time() - cpu
    page, _ = timed(lambda: front_page(opened))
    memory = peak_memory_mb()
    cpu_floor = process_time()
    floor, untimed = _floor(vault)
    cpu_floor = process_time() - cpu_floor - untimed
    total = log + hear
    return {
        "unlock_s": round(total, 3),
        "of_that_log_s": round(log, 3),
        "front_page_s": round(page, 3),
        "floor_s": floor,
        "over_floor": round(total / sum(floor.values()), 2),
        "over_floor_in_cpu_time": round(cpu / cpu_floor, 2),
        "argon2id_s": round(argon, 3),
        "peak_memory_mb": memory,
    }


def _floor(vault: Vault) -> tuple[dict[str, float], float]:
    """Bare AES-GCM over the same bodies with keys at hand, then decoding, then folding: nothing else. And the
    seconds of this process that went into getting ready for that."""
    ready = process_time()
    bare = list(_bare(vault))
    ready = process_time() - ready
    with bulk():
        opening, plain = timed(lambda: [aes.decrypt(nonce, sealed, aad) for aes, nonce, sealed, aad in bare])
        again = process_time()
        read = [seal.unpad(one) for one in plain]
        ready += process_time() - again
        decoding, entries = timed(lambda: [decode_body(body, KINDS) for body in read])
        heard = tuple(entry for entry in entries if isinstance(entry, Entry))
        folding, _ = timed(
            lambda: [room.fold(room.EMPTY, heard) for room in (access, intake, casework, evacuation)]
        )
    spent = {"decrypt": round(opening, 3), "decode": round(decoding, 3), "fold": round(folding, 3)}
    return spent, ready


def _bare(vault: Vault) -> Iterator[tuple[AESGCM, bytes, bytes, bytes]]:
    """Of each body: the cipher with its key, nonce, sealed bytes, associated data."""
    office, ring = vault.office, vault.caught_up()
    for segment in office.log.segments:
        skeleton = segment.skeleton
        for place, part in enumerate(skeleton.bodies):
            dossier, sealed = ring.get(part.dossier), office.store.get(bodies.SHELF, part.hash)
            if dossier is not None and sealed is not None:
                key = ring.entry_key(dossier, office.epoch_of(segment))
                aad = bodies._aad(office.id, dossier.id, skeleton.epoch, skeleton.device, skeleton.seq, place)
                start = 1 + seal.NONCE_BYTES
                yield AESGCM(key), sealed[1:start], sealed[start:], seal.SUITE + aad


def seal_once(folder: Path) -> dict[str, Any]:
    """A whole snapshot, sealed for the first time; then one after a day's work, which seals what changed."""
    opened = _open(folder)
    took, done = timed(opened.seal_snapshot)
    for number, case in enumerate(one.code for one in opened.cases if one.is_case):
        if number < _NOTES_A_DAY:
            opened.act(casework.actions.write_note, opened.cases, subject=case, text="a line of a few words")
    again, done_again = timed(opened.seal_snapshot)
    opened.close()
    return {"done": done and done_again, "took_s": round(took, 3), "again_after_a_day_s": round(again, 3)}


def warm_unlock(folder: Path) -> dict[str, Any]:
    """Through a snapshot: ready for any case; then one case; then the front page, for which all are replayed."""
    store = SqliteStore(folder / STORE)
    unlocked = load_keystore(store).open(PASSPHRASES[MEMBERS[0]])
    unlocking, opened = timed(lambda: Workbench(Vault.of(store, unlocked)))
    case, _ = timed(lambda: opened.cases.get("C-000001"))
    page, _ = timed(lambda: front_page(opened))
    return {
        "through_snapshot": opened.vault.office.snapshot is not None,
        "unlock_s": round(unlocking, 3),
        "one_case_ms": round(1000 * case, 2),
        "front_page_s": round(page, 3),
    }


def append(folder: Path, count: int) -> dict[str, Any]:
    """One entry into a file that exists, one into a new file, one by an action of a room; each on the disk."""
    opened = _open(folder)
    case = next(case.code for case in opened.cases if case.is_case)
    vault, given = opened.vault, opened.cases.heard[case][-1]
    body, compartment = body_of(given), given.compartment

    def into_a_new_file() -> None:
        vault.write([Item(f"N-{secrets.token_hex(6)}", "index", body)], LATER)

    def by_an_action() -> None:
        opened.act(casework.actions.write_note, opened.cases, subject=case, text="a line of a few words")

    known = [_ms(lambda: vault.write([Item(case, compartment, body, MEMBERS)], LATER)) for _ in range(count)]
    new = [_ms(into_a_new_file) for _ in range(count)]
    acted = [_ms(by_an_action) for _ in range(count)]
    bare = [_ms(lambda: _synced(folder / "bare", body)) for _ in range(count)]
    opened.vault.close()
    return {
        "one_entry_ms": _figures(known),
        "one_entry_new_file_ms": _figures(new),
        "one_action_ms": _figures(acted),
        "bare_write_and_fsync_ms": _figures(bare),
    }


def _synced(path: Path, body: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(body.ljust(4096))
        os.fsync(file.fileno())


def front_page(opened: Workbench) -> int:
    """What the first page asks of the rooms."""
    rows = queries.queue(opened.requests, opened.cases, LATER)
    levels = {case.code: case.level for case in opened.cases}
    return len(rows) + len(evacuation.queries.on_the_way(opened.journeys, LATER, levels))


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "argon2id": f"{DEFAULT_COST.mib} MiB, {DEFAULT_COST.passes} passes, {DEFAULT_COST.lanes} lanes",
    }


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came out."""
    begun = perf_counter()
    done = do()
    return perf_counter() - begun, done


def _ms(do: Callable[[], Any]) -> float:
    return 1000 * timed(do)[0]


def _open(folder: Path) -> Workbench:
    return Workbench.unlock(SqliteStore(folder / STORE), PASSPHRASES[MEMBERS[0]])


def _figures(times: list[float]) -> dict[str, float]:
    p95 = quantiles(times, n=20, method="inclusive")[-1]
    return {
        "n": len(times),
        "median": round(median(times), 2),
        "p95": round(p95, 2),
        "max": round(max(times), 2),
    }


def _judged(name: str, figure: float) -> dict[str, Any]:
    way, limit = TARGETS[name]
    met = figure <= limit if way == "at most" else figure >= limit
    return {"reached": round(figure, 3), way.replace(" ", "_"): limit, "met": met}

"""Syncing, measured: two devices with stores on the disk, and a relay in a process of its own, over loopback."""

import socket
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from kunak.cli import up
from kunak.cli.bench_vault_life import BEGIN, MEMBERS, Deed, life
from kunak.exchange.link import Link
from kunak.vault import Item, KdfCost, SqliteStore, Vault, joining
from kunak.vault.roles import FOUNDER_ROLES
from kunak.workbench import STORE, Workbench
from kunak.workbench.founding import found_office
from kunak.workbench.hearing import body_of

_FIRST, _SECOND = MEMBERS[:2]
_WORDS = "walnut ferry lantern cloud"


def measure_sync(folder: Path, entries: int, one_per_segment: bool, cost: KdfCost) -> dict[str, Any]:
    """A device sends this many entries to the relay; a colleague's device, which has none of them, takes them."""
    first = found_office(folder / "first", member=_FIRST, passphrase=_WORDS, at=BEGIN, cost=cost)
    second = _joined(first.vault, folder / "second", cost)
    relay = up.relay(folder / "first", free_port())
    relay.start()
    try:
        while not relay.answers():
            sleep(0.05)
        links = (Link(f"http://{up.LOOPBACK}:{relay.port}"), Link(f"http://{up.LOOPBACK}:{relay.port}"))
        for _ in range(2):  # they meet first, so that only entries are measured
            for link, bench in zip(links, (first, second), strict=True):
                link.round(bench)
        deeds = _deeds(entries, one_per_segment)
        for deed in deeds:
            items = [Item(one.subject, one.compartment, body_of(one), MEMBERS[:2]) for one in deed.entries]
            first.vault.write(items, deed.at)
        first.refresh()
        begun = perf_counter()
        sent = links[0].round(first).sent
        between = perf_counter()
        taken = links[1].round(second).received.taken
        ended = perf_counter()
    finally:
        relay.end()
    written = sum(len(deed.entries) for deed in deeds)
    return {
        "entries": written,
        "segments_sent": sent,
        "segments_taken": taken,
        "entries_per_segment": round(written / len(deeds), 2),
        "grants_of_new_files": sum(len(one.skeleton.grants) for one in first.vault.office.log.segments),
        "sent_per_s": round(written / (between - begun)),
        "received_per_s": round(written / (ended - between)),
    }


def _deeds(entries: int, one_per_segment: bool) -> list[Deed]:
    deeds = life(entries, seed=11)
    if one_per_segment:
        return [Deed(deed.at, deed.by, (entry,)) for deed in deeds for entry in deed.entries]
    return deeds


def _joined(admitting: Vault, folder: Path, cost: KdfCost) -> Workbench:
    folder.mkdir(parents=True)
    store = SqliteStore(folder / STORE)
    made = joining.invite(admitting, _SECOND, FOUNDER_ROLES, BEGIN)
    asked = joining.ask(store, _SECOND, made.code, cost)
    _, answered = joining.answer(admitting, asked, BEGIN, cost)
    return Workbench(joining.finish(store, made.code, answered, _WORDS, cost))


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((up.LOOPBACK, 0))
        return int(probe.getsockname()[1])

"""Thefts from the founder's machine while the office works: the relay beside it, the desk open, locked, off."""

import contextlib
import signal
import socket
import sqlite3
import time
from pathlib import Path
from threading import Thread

from canaries import MARKS, files_in
from living import Life, copied
from machine import MOMENT_S, PATIENCE_S, said_at, until
from people import FOUNDER
from ports import free_port
from searching import Taken
from theft import NotHere, Theft

_FROM_OUTSIDE = frozenset({"letters", "replies", "return codes"})


def _relay_in_use(life: Life) -> Taken:
    """Keys are made for a few at a time: whoever waits meanwhile is in memory with what they wrote."""
    person, desk = life.person(), life.desk()
    code = life.first_contact(person)
    desk.mistypes()
    desk.unlock()
    life.answer(desk)
    life.desks[FOUNDER] = desk
    those = [Thread(target=life.first_contact, args=(life.person(),)) for _ in range(4)]
    those += [Thread(target=life.come_back, args=(life.person(), code)) for _ in range(4)]
    for each in those:
        each.start()
    time.sleep(0.3)
    try:
        return life.machine.memory("kunak.exchange.relay")
    finally:
        for each in those:
            each.join()


def _relay_later(life: Life) -> Taken:
    person, code = life.person(), next(iter(life.codes))
    assert life.typed.texts[2] in life.come_back(person, code)
    life.write_again(person, code)
    life.hesitate(person)
    time.sleep(MOMENT_S)
    return life.machine.memory("kunak.exchange.relay")


def _unlocked(life: Life) -> Taken:
    life.desks[FOUNDER].get("/")
    return [*life.machine.memory("kunak.web"), *life.machine.files()]


def _backup(life: Life) -> Taken:
    store = life.machine.office / "office.sqlite"
    copy = copied(life.machine.office, life.machine.folder.parent / "backup")
    to = copy / "made-by-sqlite.db"
    with (
        contextlib.closing(sqlite3.connect(store)) as open_one,
        contextlib.closing(sqlite3.connect(to)) as other,
    ):
        open_one.backup(other)
    return list(files_in(copy))


def _locked(life: Life) -> Taken:
    life.desks[FOUNDER].lock()
    left = set(life.machine.processes().values())
    assert left == {"kunak", "kunak.web", "kunak.exchange.relay"}, left
    return [*life.machine.memory(), *life.machine.files()]


def _off(life: Life) -> Taken:
    life.desk().unlock()
    life.machine.kill()
    return life.machine.files()


def _relay_disk(life: Life) -> Taken:
    return list(files_in(life.machine.office / "relay"))


def _crash(life: Life) -> Taken:
    _a_core_file_can_be_left(life)
    folder, ports = str(life.machine.office), {"kunak.web": free_port(), "kunak.exchange.relay": free_port()}
    life.port, life.relay_port = ports.values()
    running = [
        life.machine.run("-m", module, folder, "--port", str(port), log="crash", dumps=True)
        for module, port in ports.items()
    ]
    until(lambda: all(said_at(port, "/") for port in ports.values()), "both answer")
    desk = life.desk()
    desk.unlock()
    with life.person() as person:
        life.first_contact(person)
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as silent:  # at which a command waits with the keys in its hand
        silent.settimeout(PATIENCE_S)
        nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
        given = ("--relay", nowhere, "--passphrase", desk.passphrase)
        running.append(life.machine.run("-m", "kunak", "sync", folder, *given, log="crash", dumps=True))
        silent.accept()[0].close()
    for process in running:
        process.send_signal(signal.SIGSEGV)
        process.wait(10)
    return life.machine.files()


def _a_core_file_can_be_left(life: Life) -> None:
    """A program that forbids nothing leaves its memory on this disk when it crashes; or NotHere."""
    program = f"import os, signal; text = '{MARKS[0]}'; os.kill(os.getpid(), signal.SIGSEGV)"
    life.machine.run("-c", program, log="core", dumps=True).wait(10)
    dumps = [path for path in life.machine.temporary.iterdir() if MARKS[0].encode() in path.read_bytes()]
    if not dumps:
        raise NotHere("this system leaves no core files where a program can see them")
    for dump in dumps:
        dump.unlink()


def _swap(_life: Life) -> Taken:
    places = [line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()[1:]]
    if not places:
        raise NotHere("the machine that ran the tests has no swap")
    raise NotHere("swap is in use, and holds what other programs wrote before")


AT_WORK = (
    Theft(
        "relay-live",
        "the relay, running, while people write and read without script",
        "the memory of its process",
        "**what people type without script from now on, in the moment before it is sealed** (the page says "
        "so), their return codes when they come back, their network addresses",
        _relay_in_use,
        b"kunak.exchange.relay",
        wavering=_FROM_OUTSIDE,
    ),
    Theft(
        "relay-live-later",
        "the same, a few seconds after the last of them had their answer",
        "the memory of its process",
        "the same, of whoever comes from now on",
        _relay_later,
        b"kunak.exchange.relay",
    ),
    Theft(
        "laptop-unlocked",
        "a worker's laptop, unlocked and open, of the member who founded the office and does everything but "
        "law, documents and numbers",
        "the memory of the worker process, every file",
        "all that this member may read, and what they may do alone",
        _unlocked,
        b"kunak.web",
        whose=FOUNDER,
    ),
    Theft(
        "backup",
        "a backup or a copy of the store, made while the office was open",
        "the copied files, and a copy made by SQLite",
        "the same as a laptop switched off, for as long as the copy lives; a whole older file can be put "
        "back unnoticed (a lost end of the log, or older rows mixed in, is noticed)",
        _backup,
        b"SQLite format 3",
    ),
    Theft(
        "laptop-locked",
        "a worker's laptop, locked",
        "the memory of every process that is left: the supervisor, the locked worker side, the relay that "
        "runs beside it; every file",
        "the same as switched off; that somebody was here since the machine was started",
        _locked,
        b"kunak.web",
    ),
    Theft(
        "laptop-off",
        "a worker's laptop, switched off while it was open",
        "every file: the store with its write-ahead file, temporary files, the home folder, the logs; their "
        "names",
        "that Kunak is used; the size of the store; how many members have slots and how often segments were "
        "written; the relay's address and the relay's public keys",
        _off,
        b"SQLite format 3",
    ),
    Theft(
        "relay-disk",
        "the relay's disk",
        "every file of its folder",
        "sealed blobs with their day and size bucket; how many mailboxes have replies; the office's public "
        "keys",
        _relay_disk,
        b"SQLite format 3",
    ),
    Theft(
        "crash",
        "a crash dump of the worker side, of the relay or of a command",
        "every file, after they were crashed with core files allowed; what they printed",
        "the names of functions in which they crashed",
        _crash,
        b"Segmentation fault",
    ),
    Theft(
        "swap",
        "swap or a hibernation file",
        "–",
        "whatever was swapped out: encrypt it, or have none",
        _swap,
        b"",
    ),
)

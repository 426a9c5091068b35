"""Thefts from places that hold no key: where devices meet, the mail, a server's database, a trustee's drawer."""

import subprocess
import sys

from canaries import files_in
from database import dumped, files_of
from living import HERE, Life
from memory import image
from people import MEETING
from searching import Taken
from theft import NotHere, Theft


def _met(life: Life) -> Taken:
    return [each for each in files_in(life.root / MEETING) if "hub.sqlite" in each[0] or "folder" in each[0]]


def _mailed(life: Life) -> Taken:
    return [each for each in files_in(life.root / MEETING) if "mail" in each[0] or "bundle" in each[0]]


def _database(life: Life) -> Taken:
    if not life.dsn:
        raise NotHere("there is no PostgreSQL here")
    return [("pg_dump", dumped(life.dsn)), *files_of(life.dsn)]


def _with_cards(count: int, ends: str) -> object:
    def stolen(life: Life) -> Taken:
        target = life.root / f"thief-{count}"
        command = [
            sys.executable,
            str(HERE / "heirs.py"),
            str(life.of("duty").office),
            str(target / "office"),
        ]
        with subprocess.Popen(
            [*command, *life.told["cards"][:count]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=life.of("duty").environment,
        ) as thief:
            assert thief.stdin
            assert thief.stdout
            said = thief.stdout.readline().decode()
            assert said.startswith(ends), said
            taken = [*image(thief.pid), *files_in(target)]
            thief.stdin.close()
        return taken

    return stolen


ELSEWHERE = (
    Theft(
        "meeting-place",
        "the place where devices meet: a shared folder, or a store that all reach",
        "every file",
        "how many devices write there, how much and when",
        _met,
        b"SQLite format 3",
    ),
    Theft(
        "mail",
        "a parcel or a bundle in the mail or on a stick",
        "its bytes",
        "that it is of Kunak; its size; the epochs in it: for how many devices they are wrapped",
        _mailed,
        b"kunak",
    ),
    Theft(
        "postgresql",
        "a dump of the PostgreSQL in which a relay and an office's store lie",
        "what `pg_dump` writes; the files of the database and its write-ahead log",
        "the same as the relay's disk; **what was deleted stays in the server's files** for a while, sealed "
        "(below)",
        _database,
        b"PostgreSQL database dump",
    ),
    Theft(
        "trustees-too-few",
        "two of five trustees' cards, where three are needed, with a copy of an office's store",
        "the memory of the process that tries, every file that it leaves",
        "that these are cards of this program",
        _with_cards(2, "refused"),
        b"heirs.py",
    ),
    Theft(
        "trustees-enough",
        "three of five trustees' cards with a copy of an office's store",
        "the memory of the process that takes the office over, every file that it leaves",
        "**this is what the cards are for**: whoever has enough of them and any copy opens what is inherited, "
        "identities and originals too",
        _with_cards(3, "taken over"),
        b"heirs.py",
    ),
)

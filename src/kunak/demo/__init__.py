"""An invented office to click through: everything in it is made up, and every page says so.

It is made by the same actions that workers use and served by the same processes; only the people in it do not
exist. It is made anew when it is older than six hours, because clocks that all ran out teach nothing.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from kunak.demo.doubts import make_doubts
from kunak.demo.journeys import make_journeys
from kunak.demo.life import HERON, OTTER, PASSPHRASES
from kunak.demo.office import Making
from kunak.demo.round_up import make_round_up
from kunak.demo.team import make_team
from kunak.errors import Refused
from kunak.exchange import ReturnCode
from kunak.exchange.inbox import Inbox, note, waiting
from kunak.exchange.link import Link
from kunak.workbench import Workbench

NOTES = "demo.json"  # marks a folder as a demo; holds nothing that is not printed on the terminal
FRESH_FOR = timedelta(hours=6)
EDITION = 4  # raised when the invented life changes

__all__ = ["HERON", "OTTER", "PASSPHRASES", "Notes", "deliver", "make", "still_fresh"]


class NotADemo(Refused):
    """This folder holds something that is not a demo office; nothing was touched."""

    code: ClassVar[str] = "not-a-demo"
    hint: ClassVar[str] = "Name an empty folder, or one that an earlier demo was made in."


@dataclass(frozen=True)
class Notes:
    """What the terminal prints: when the demo was made, and the return code of one invented person."""

    made_at: str  # ISO 8601, UTC
    words: str
    digits: str
    edition: int = EDITION
    surge: bool = False


def still_fresh(directory: Path, now: datetime, *, surge: bool = False) -> Notes | None:
    """The notes of a demo in this folder that can be used again."""
    try:
        notes = Notes(**json.loads((directory / NOTES).read_text()))
        young = now - datetime.fromisoformat(notes.made_at) < FRESH_FOR
    except (OSError, ValueError, TypeError):
        return None
    return notes if young and (notes.edition, notes.surge) == (EDITION, surge) else None


def make(directory: Path, now: datetime, *, surge: bool = False) -> tuple[Workbench, Notes]:
    """Make the invented office in a folder that is empty or holds an older demo; with ``surge``, in the middle
    of a round-up. Raises NotADemo."""
    if directory.exists() and any(directory.iterdir()):
        if not (directory / NOTES).is_file():
            raise NotADemo
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / NOTES).write_text("{}")  # so that a demo cut short can be cleared away
    code = ReturnCode.make()
    making = Making(directory, now, code)
    bench = making.make()
    make_team(making, make_journeys(making))
    if surge:
        make_round_up(making)
    make_doubts(making)
    making.second.close()
    words, digits = " ".join(code.words("en")), code.digits()
    notes = Notes(made_at=now.isoformat(), words=words, digits=digits, surge=surge)
    (directory / NOTES).write_text(json.dumps(asdict(notes)))
    return bench, notes


def deliver(bench: Workbench, relay: str) -> None:
    """Bring the replies of the invented office to the relay, as the office's own post does."""
    with Link(relay).post(bench.vault) as post:
        note(bench, Inbox(post).deliver(waiting(bench)))

"""What a theft is: what was stolen, and how it is carried out with real bytes."""

from collections.abc import Callable
from dataclasses import dataclass

from living import Life
from searching import Taken


class NotHere(Exception):
    """This theft cannot be carried out on this machine; the message says why."""


@dataclass(frozen=True)
class Theft:
    """One theft: its key in found.json, the words of its row, and how it is carried out.

    ``known`` lies in the stolen bytes for certain: if the search does not see it, it looked at nothing.
    ``whose`` machine it is: what is somebody else's alone is told apart from what its owner may read.
    ``wavering`` are sorts whose bytes are left over by chance, so that a run sees only some of them, or none:
    when one is seen, the page counts all of them as learnt, and goes on to do so.
    ``rarely``: much like another one, and slow: only where KUNAK_SEIZURE_REQUIRED=1, and for the page.
    """

    key: str
    stolen: str
    searched: str
    besides: str
    carry_out: Callable[[Life], Taken]
    known: bytes
    whose: str = ""
    wavering: frozenset[str] = frozenset()
    rarely: bool = False

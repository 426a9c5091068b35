"""The world that ways are planned in, as the pages use it: read once, and again when the office's own
services change."""

from functools import cache, lru_cache
from pathlib import Path
from typing import ClassVar

from kunak import data
from kunak.errors import Refused
from kunak.evacuation.ways.services import newest, read_services
from kunak.evacuation.ways.world import World
from kunak.workbench import SERVICES


class ServicesUnreadable(Refused):
    """This office's own list of services cannot be read, so no way is planned without it."""

    code: ClassVar[str] = "services-unreadable"
    hint: ClassVar[str] = (
        "Import it again with `kunak ways import-services`, or take it out of the office's folder."
    )


def world(directory: Path) -> World:
    """The bundled data (about 0.1 s to read) with the services of the office in this folder.

    Raises ServicesUnreadable, or what is wrong with the services.
    """
    own = directory / SERVICES
    return _world(own, own.stat().st_mtime_ns) if own.is_file() else _bundled()


@cache
def _bundled() -> World:
    return World.from_bytes(data.read("ways.bin"))


@lru_cache(maxsize=2)  # what a file said before it changed is let go
def _world(own: Path, _changed: int) -> World:
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ServicesUnreadable from fault
    return World.from_bytes(data.read("ways.bin"), newest(read_services(_bundled(), text)))

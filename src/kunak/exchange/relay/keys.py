"""What a relay is given of its offices: handles and the public halves of keys. Nothing secret.

``relay-keys.json`` in the relay's folder is the simple case, one office. More lie in the folder ``offices``,
one file each, of the same form: ``intake``, ``channel``, and (absent in older ones) ``rid`` and ``admins``,
all in hexadecimal digits.
"""

import json
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from kunak.errors import Damaged, Refused
from kunak.exchange.channel import Keys, check_keys, default_rid, is_rid

KEYS = "relay-keys.json"
OFFICES = "offices"


class RelayKeysMissing(Refused):
    """The office's public keys are not in this folder, or cannot be read."""

    code: ClassVar[str] = "relay-keys-missing"
    hint: ClassVar[str] = "Copy relay-keys.json from the office's folder; it holds nothing secret."


class Enrolment(NamedTuple):
    """An office as a file names it."""

    rid: str
    keys: Keys


def enrolment(*, intake: bytes, channel: bytes, rid: str = "", admins: tuple[bytes, ...] = ()) -> Enrolment:
    """An office by its public keys. Raises Damaged for what are none."""
    keys = Keys(0, channel, intake, admins)
    check_keys(keys)
    return Enrolment(rid or default_rid(channel), keys)


def enrolments(folder: Path) -> tuple[Enrolment, ...]:
    """Every office that is named in this folder, the one of ``relay-keys.json`` first.

    Raises RelayKeysMissing if there is none, or if one cannot be read: a relay that starts without an office
    would tell its members that it does not know them.
    """
    files = [folder / KEYS] if (folder / KEYS).exists() else []
    files += sorted((folder / OFFICES).glob("*.json"))
    found = tuple({office.rid: office for office in reversed([_read(file) for file in files])}.values())[::-1]
    if not found:
        raise RelayKeysMissing()
    return found


def _read(file: Path) -> Enrolment:
    try:
        given: dict[str, Any] = json.loads(file.read_text())
        office = enrolment(
            intake=bytes.fromhex(given["intake"]),
            channel=bytes.fromhex(given["channel"]),
            rid=str(given.get("rid", "")),
            admins=tuple(bytes.fromhex(admin) for admin in given.get("admins", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Damaged):
        raise RelayKeysMissing() from None
    if not is_rid(office.rid):
        raise RelayKeysMissing()
    return office

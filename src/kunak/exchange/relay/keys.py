"""What a relay is given of its office: the public halves of two keys. Nothing secret."""

import json
from pathlib import Path
from typing import ClassVar

from kunak.errors import Refused

KEYS = "relay-keys.json"


class RelayKeysMissing(Refused):
    """The office's public keys are not in this folder, or cannot be read."""

    code: ClassVar[str] = "relay-keys-missing"
    hint: ClassVar[str] = "Copy relay-keys.json from the office's folder; it holds nothing secret."


def public_keys(folder: Path) -> tuple[bytes, bytes]:
    """The intake key and the channel key. Raises RelayKeysMissing."""
    try:
        given = json.loads((folder / KEYS).read_text())
        return bytes.fromhex(given["intake"]), bytes.fromhex(given["channel"])
    except (OSError, ValueError, KeyError, TypeError):
        raise RelayKeysMissing from None

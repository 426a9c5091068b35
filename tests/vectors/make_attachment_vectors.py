"""Writes attachments-v1.json: what Python and the script of the public page must both make and open, for ever.

Run by hand, once for each version; the file is then frozen. Everything in it is invented.
"""

import hashlib
import json
from pathlib import Path

from kunak.exchange.attaching import (
    PART_BYTES,
    Attached,
    parts_for,
    seal_part,
    spell_part,
    spell_there,
)

HERE = Path(__file__).parent
LENGTHS = (1, 5000, PART_BYTES, PART_BYTES + 1, 4 * PART_BYTES + 7)


def content(length: int) -> bytes:
    """Bytes that any program can make again: SHAKE-256 of an empty message."""
    return hashlib.shake_256(b"").digest(length)


def example(number: int, length: int) -> dict[str, object]:
    plain = content(length)
    made = Attached(
        upload=bytes(range(number, number + 16)),
        key=bytes(range(64 + number, 96 + number)),
        parts=parts_for(length),
        size=length,
        sha256=hashlib.sha256(plain).digest(),
        sort="jpg" if number % 2 else "pdf",
        evidence=bool(number % 2),
    )
    posted = [spell_part(made, place, seal_part(made, plain, place)) for place in range(made.parts)]
    return {
        **{name: value.hex() if isinstance(value, bytes) else value for name, value in made._asdict().items()},
        "posted": [
            {"first": p[:64].hex(), "last": p[-16:].hex(), "sha256": hashlib.sha256(p).hexdigest()} for p in posted
        ],
        "there_but_for_the_first": spell_there(range(1, made.parts)).hex(),
    }  # fmt: skip


if __name__ == "__main__":
    made = {
        "about": "Frozen. The plain bytes of each are the first of SHAKE-256 of nothing. Bytes in hex.",
        "part_counts": {str(size): parts_for(size) for size in (1, 65536, 65537, 10**6, 12_582_913, 25_000_000)},
        "attachments": [example(number, length) for number, length in enumerate(LENGTHS)],
    }  # fmt: skip
    (HERE / "attachments-v1.json").write_text(json.dumps(made, indent=1) + "\n")

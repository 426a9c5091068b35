"""Attachments as they are sealed: bound to their place, of few sizes, the same bytes each time; for ever."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from kunak.exchange import attaching
from kunak.exchange.attaching import (
    COUNTS,
    MOST_BYTES,
    PART_BYTES,
    SEALED_BYTES,
    Attached,
    AttachmentSize,
    attach,
    open_parts,
    read_part,
    seal_part,
    spell_part,
    spell_there,
)
from kunak.vault.attachments import AttachmentDamaged
from kunak.vault.codec import NotReadable

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "attachments-v1.json").read_text())
PLAIN = random.Random(5).randbytes(2 * PART_BYTES + 9)


def parts(attached: Attached, plain: bytes) -> list[bytes]:
    return [seal_part(attached, plain, place) for place in range(attached.parts)]


@pytest.mark.parametrize("length", (1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 4 * PART_BYTES + 1))
def test_it_opens_as_it_was_and_all_parts_look_alike(length: int) -> None:
    plain = random.Random(length).randbytes(length)
    made = attach(plain, "jpg")
    sealed = parts(made, plain)
    assert b"".join(open_parts(made, iter(sealed))) == plain
    assert {len(part) for part in sealed} == {SEALED_BYTES}
    assert len(sealed) in COUNTS
    assert sealed == parts(made, plain)


def test_every_part_is_bound_to_its_place_its_upload_and_to_being_the_last() -> None:
    made = attach(PLAIN, "jpg")
    sealed = parts(made, PLAIN)
    other = attach(PLAIN, "jpg")
    flipped = bytes((sealed[0][40] ^ 1,))
    for changed in (
        sealed[::-1], sealed[:-1], [*sealed, sealed[-1]], [sealed[0]] * 3, [], parts(other, PLAIN),
        [sealed[0][:-1], *sealed[1:]], [sealed[0][:40] + flipped + sealed[0][41:], *sealed[1:]],
        parts(made._replace(upload=other.upload), PLAIN), parts(made._replace(key=other.key), PLAIN),
    ):  # fmt: skip
        with pytest.raises(AttachmentDamaged):
            list(open_parts(made, changed))
    for told in (
        made._replace(size=made.size - 1), made._replace(sha256=bytes(32)), made._replace(parts=4),
    ):  # fmt: skip
        with pytest.raises(AttachmentDamaged):
            list(open_parts(told, sealed))


def test_nothing_is_hidden_in_the_filling() -> None:
    made = attach(PLAIN, "jpg")
    more = PLAIN + b"hidden"
    with pytest.raises(AttachmentDamaged):
        list(open_parts(made, parts(made, more)))


def test_what_is_too_large_or_nothing_is_refused_and_the_largest_fits() -> None:
    for plain in (b"", bytes(MOST_BYTES + 1)):
        with pytest.raises(AttachmentSize):
            attach(plain, "jpg")
    assert attach(bytes(MOST_BYTES), "mp4").parts == COUNTS[-1]
    with pytest.raises(ValueError, match="no such type"):
        attach(b"x", "exe")


@pytest.mark.parametrize(
    "changed",
    [
        {"upload": b"short"}, {"key": bytes(31)}, {"sha256": b""}, {"sort": "exe"}, {"size": 0}, {"parts": 4},
        {"size": MOST_BYTES + 1, "parts": COUNTS[-1]}, {"size": -1},
    ],
)  # fmt: skip
def test_what_no_sender_of_ours_says_is_not_believed(changed: dict[str, object]) -> None:
    made = attach(PLAIN, "jpg")
    attaching.check(made)
    with pytest.raises(NotReadable):
        attaching.check(made._replace(**changed))  # type: ignore[arg-type]


def test_a_part_is_read_as_it_was_spelled_and_nothing_else_is() -> None:
    made = attach(PLAIN, "jpg")
    spelled = spell_part(made, 2, seal_part(made, PLAIN, 2))
    assert read_part(spelled)[:3] == (made.upload, 2, 3)
    numbers = [(3, 3), (0, 5), (0, 0), (65535, 384), (384, 384)]
    odd = [spelled[:16] + a.to_bytes(2, "big") + b.to_bytes(2, "big") + spelled[20:] for a, b in numbers]
    for changed in (spelled[:-1], spelled + b"\0", b"", *odd):
        with pytest.raises(NotReadable):
            read_part(changed)


def test_the_frozen_examples_are_made_and_opened_for_ever() -> None:
    assert {size: attaching.parts_for(int(size)) for size in VECTORS["part_counts"]} == VECTORS["part_counts"]
    for one in VECTORS["attachments"]:
        plain = hashlib.shake_256(b"").digest(one["size"])
        made = Attached(
            bytes.fromhex(one["upload"]), bytes.fromhex(one["key"]), one["parts"], one["size"],
            bytes.fromhex(one["sha256"]), one["sort"], one["evidence"],
        )  # fmt: skip
        attaching.check(made)
        sealed = parts(made, plain)
        posted = [spell_part(made, place, part) for place, part in enumerate(sealed)]
        assert [hashlib.sha256(part).hexdigest() for part in posted] == [p["sha256"] for p in one["posted"]]
        assert [part[:64].hex() for part in posted] == [p["first"] for p in one["posted"]]
        assert [part[-16:].hex() for part in posted] == [p["last"] for p in one["posted"]]
        assert spell_there(range(1, made.parts)).hex() == one["there_but_for_the_first"]
        assert attaching.missing(made, spell_there(range(1, made.parts))) == [0]
        assert b"".join(open_parts(made, sealed)) == plain

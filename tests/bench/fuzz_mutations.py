"""Small programs that change bytes as storms, thieves and colleagues do. A program is itself bytes."""

import json
from contextlib import suppress
from random import Random
from typing import Any

import msgspec

from kunak.errors import Damaged
from kunak.vault import codec

# Beginnings of MessagePack values that promise much more than follows, or that are none.
GIANTS = (
    b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x01", b"\xc5\xff\xff", b"\xda\xff\xff",
    b"\x81\xa0" * 3000, b"[" * 3000, b'{"kind":"x","fields":' + b"[" * 3000, b"9" * 5000, b"\x00" * 600,
    b'{"kind":"' + b"\\ud800" * 300 + b'"}', b"kunak\x01\xff\xff\xff\xff",
    b"\x9f", b"\x8f", b"\x90", b"\x80", b"\xc0", b"\xc1", b"\xc4\xff", b"\xc4\x00", b"\xd9\xff",
    b"\xcf" + b"\xff" * 8, b"\xd3\x80" + b"\0" * 7, b"\xcb\x7f\xf8" + b"\0" * 6, b"\xce\xff\xff\xff\xff",
    b"\xdd\x00\xff\xff\xff", b"\xc6\x7f\xff\xff\xff", b"\x91" * 3000, b"\x81" * 1500,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 2, 65536, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), 1.5, float("nan"), "", b"",
    "x", b"x", b"\0" * 8, b"\xff" * 16, b"\0" * 31, b"\0" * 32, b"\0" * 64, b"\x02" * 1216, [], {}, [[]],
    "anna", "boris", "c" * 5000, b"\xff" * 5000, [b"\0" * 32] * 40, [0] * 300,
)  # fmt: skip
TEXTS = (
    b'"', b"\r", b"\n", b"\0", b",", b"\xff\xfe", "٣".encode(), "İ".encode(), "ё".encode(), b"%00", b"1" * 5000,
    b"[" * 2000, b"9999-99-99", b"1e999", b"nan", b"-1", b"&go=send&go=", b"\xed\xa0\x80", b'":{"', b"&s=9&",
)  # fmt: skip
_STEP = 7  # bytes of a program that make one change


def mutated(samples: list[bytes], program: bytes) -> bytes:
    """One of the samples, changed as the program says."""
    held = samples[program[0] % len(samples)]
    for at in range(1, len(program), _STEP):
        held = _change(held, samples, program[at : at + _STEP].ljust(_STEP, b"\0"))
    return held


def _change(held: bytes, samples: list[bytes], step: bytes) -> bytes:
    op, value = step[0] % len(_OPS), step[5] | step[6] << 8
    place = int.from_bytes(step[1:3], "big") * (len(held) + 1) >> 16
    return _OPS[op](held, place, int.from_bytes(step[3:5], "big"), value, samples)


def _flip(held: bytes, at: int, _length: int, value: int, _: list[bytes]) -> bytes:
    return held[:at] + bytes(one ^ (1 << value % 8) for one in held[at : at + 1]) + held[at + 1 :]


def _cut(held: bytes, at: int, _length: int, _value: int, _: list[bytes]) -> bytes:
    return held[:at]


def _delete(held: bytes, at: int, length: int, _value: int, _: list[bytes]) -> bytes:
    return held[:at] + held[at + length % 64 + 1 :]


def _insert(held: bytes, at: int, length: int, value: int, _: list[bytes]) -> bytes:
    return held[:at] + bytes([value & 255]) * (length % 64 + 1) + held[at:]


def _repeat(held: bytes, at: int, length: int, value: int, _: list[bytes]) -> bytes:
    return held[:at] + held[at : at + length % 1024] * (value % 8 + 1) + held[at:]


def _giant(held: bytes, at: int, length: int, value: int, _: list[bytes]) -> bytes:
    giant = GIANTS[value % len(GIANTS)]
    return held[:at] + giant + held[at + (len(giant) if length % 2 else 0) :]


def _swap(held: bytes, at: int, length: int, _value: int, _: list[bytes]) -> bytes:
    size = length % 40 + 1
    return held[:at] + held[at + size : at + 2 * size] + held[at : at + size] + held[at + 2 * size :]


def _splice(held: bytes, at: int, length: int, value: int, samples: list[bytes]) -> bytes:
    other = samples[value % len(samples)]
    return held[:at] + other[length * (len(other) + 1) >> 16 :]


def _text(held: bytes, at: int, length: int, value: int, _: list[bytes]) -> bytes:
    text = TEXTS[value % len(TEXTS)]
    return held[:at] + text + held[at + (len(text) if length % 2 else 0) :]


def _set(held: bytes, at: int, _length: int, value: int, _: list[bytes]) -> bytes:
    return held[:at] + bytes([value & 255]) + held[at + 1 :]


def _node(held: bytes, _at: int, length: int, value: int, _: list[bytes]) -> bytes:
    """Another value in the place of one in the tree that a frame spells."""
    try:
        tree = msgspec.msgpack.decode(held)
        places = list(_places(tree))
        if not places:
            return held
        where, key = places[length % len(places)]
        where[key] = VALUES[value % len(VALUES)]
        return msgspec.msgpack.encode(tree)
    except Exception:  # no frame: another change will do
        return held


def _rebuilt(held: bytes, _at: int, length: int, value: int, _: list[bytes]) -> bytes:
    """One of its parts exchanged, in a frame within a frame or in JSON too, still spelled rightly."""
    return rebuilt(held, Random(length << 16 | value))


def _places(tree: Any) -> Any:
    for key in range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from _places(tree[key])


LEAVES: tuple[Any, ...] = (
    0, 1, -1, 2, 255, 256, (1 << 31) - 1, 1 << 63, (1 << 64) - 1, -(1 << 63), None, True, False, 1.5, float("inf"),
    "", "anna", "identity", "\x00", "я" * 300, b"", b"\x00" * 16, b"\xff" * 32, bytes(range(64)),
    [], [[]], {}, {"a": 1},
)  # fmt: skip


def rebuilt(whole: bytes, chance: Random) -> bytes:
    """A whole thing with one of its parts exchanged, still spelled rightly; as it is, if it has none."""
    for begins in (0, 1):
        try:
            told = codec.unpack(whole[begins:], Any)
        except Damaged:
            continue
        if isinstance(told, list):
            with suppress(OverflowError):  # a number that has no spelling
                return whole[:begins] + codec.pack(_exchanged(told, chance))
    try:
        return json.dumps(_exchanged(json.loads(whole), chance)).encode()
    except (ValueError, TypeError):
        return whole


def _exchanged(told: Any, chance: Random) -> Any:
    if isinstance(told, bytes) and told[:1] >= b"\x90" and chance.random() < 0.8:
        return rebuilt(told, chance)
    if isinstance(told, dict) and told and chance.random() < 0.9:
        key = chance.choice(list(told))
        return {**told, key: _exchanged(told[key], chance)}
    if not isinstance(told, list) or not told or chance.random() < 0.05:
        return _other(told, chance)
    place, parts = chance.randrange(len(told)), list(told)
    match chance.randrange(12):
        case 0:
            parts.insert(place, parts[chance.randrange(len(parts))])
        case 1:
            del parts[place]
        case 2:
            other = chance.randrange(len(parts))
            parts[place], parts[other] = parts[other], parts[place]
        case _:
            parts[place] = _exchanged(parts[place], chance)
    return parts


def _other(told: Any, chance: Random) -> Any:
    """Something else, most often of the same kind."""
    if chance.random() < 0.25:
        return chance.choice(LEAVES)
    if isinstance(told, bytes) and told:
        at = chance.randrange(len(told))
        return chance.choice(
            (chance.randbytes(len(told)), told[:at], told + b"\0", told[:at] + b"\x00" + told[at + 1 :])
        )
    same = [leaf for leaf in LEAVES if type(leaf) is type(told)]
    if type(told) is int:
        same += [told + 1, told - 1, -told, told * 2]
    return chance.choice(same or LEAVES)


_OPS = (
    _flip,
    _cut,
    _delete,
    _insert,
    _repeat,
    _giant,
    _swap,
    _splice,
    _text,
    _set,
    _node,
    _node,
    _node,
    _giant,
    _rebuilt,
    _rebuilt,
    _rebuilt,
)

"""The only place that knows how bytes are spelled: MessagePack for frames, JSON for the bodies of entries.

A frame is an array of plain values; its shape is a NamedTuple of the module that owns it. Bodies are JSON, so
that they can be read decades from now with nothing but a text editor. What was received is what is hashed and
verified: nothing is ever spelled a second time. Whatever bytes come from outside, only ``Damaged`` comes out.
"""

from collections.abc import Hashable, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from kunak.errors import Damaged

T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 1900, 2500  # of a time or a day in an entry
MOST_NUMBER = 1_000_000  # minutes, days, people, EUR
BOUNDS = FIRST_YEAR, LAST_YEAR, MOST_NUMBER

# What msgspec and the constructors of the types it builds can raise over bytes that are not theirs.
_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)


class NotReadable(Damaged):
    """A record is not spelled the way this program spells it."""

    code = "vault-not-readable"
    hint = "The file is damaged, or something else changed it. Open the newest copy that you trust."


def encode_body(entry: object, kind: str) -> bytes:
    """An entry (a dataclass) as JSON: ``{"kind": kind, "fields": {…}}``.

    Raises TypeError or ValueError for an entry that could not be read back, so that none is ever written.
    """
    spelled = _json.encode({"kind": kind, "fields": entry})
    try:
        decode_body(spelled, {kind: type(entry)})
    except NotReadable:
        raise ValueError(f"{kind} holds a value that could not be read back") from None
    return spelled


def decode_body(body: bytes, registry: Mapping[str, type]) -> object | None:
    """The entry that was encoded, built by its kind's class in ``registry``.

    None for a kind that the registry does not know: a newer program wrote it, and it stays where it is.
    Raises Damaged for what is no entry of its kind: a field missing, unknown or of another type, a time
    without a zone, a day or a number that is far from any that people write.
    """
    try:
        outer = _outer.decode(body)
        known = registry.get(outer.kind)
        if known is None:
            return None
        if not _field_names(known).issuperset(_names.decode(outer.fields)):
            raise NotReadable()
        entry: object = _json_decoder(known).decode(outer.fields)
    except _UNREADABLE:
        raise NotReadable() from None  # the cause may quote what was read: it goes no further
    if not _sound(entry):
        raise NotReadable()
    return entry


def spell_again(entry: object) -> bytes:
    """The fields of an entry as JSON, as ``encode_body`` spells them: for what was read from a body."""
    return _json.encode(entry)


def read_again(fields: bytes, kind: type[T]) -> T:
    """An entry from fields that this program spelled with ``spell_again``. Raises Damaged."""
    try:
        entry: T = _json_decoder(cast(Hashable, kind)).decode(fields)
    except _UNREADABLE:
        raise NotReadable() from None
    return entry


def pack(record: tuple[Any, ...]) -> bytes:
    """A NamedTuple, or a tuple of plain values, as a frame."""
    return _frame.encode(record)


def unpack(frame: bytes, shape: type[T]) -> T:
    """The NamedTuple ``shape`` from its frame. Raises Damaged."""
    try:
        record: T = _frame_decoder(cast(Hashable, shape)).decode(frame)
    except _UNREADABLE:
        raise NotReadable() from None
    return record


class _Outer(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    fields: msgspec.Raw


_json = msgspec.json.Encoder()
_outer = msgspec.json.Decoder(_Outer)
_names = msgspec.json.Decoder(dict[str, msgspec.Raw])
_frame = msgspec.msgpack.Encoder()


@cache
def _json_decoder(known: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(Any, known))


@cache
def _frame_decoder(shape: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(cast(Any, shape))


@cache
def _field_names(known: Hashable) -> frozenset[str]:
    return frozenset(field.name for field in fields_of(cast(Any, known)))


def _sound(entry: object) -> bool:
    """Whether every time in an entry has its zone, and every time and number can be reckoned with.

    msgspec alone would let one without a zone pass, and the year 9999, a day after which there is none.
    """
    return all(_is_sound(getattr(entry, name)) for name in _to_look_at(cast(Hashable, type(entry))))


def _is_sound(value: object) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is not None and FIRST_YEAR <= value.year <= LAST_YEAR
    if isinstance(value, date):
        return FIRST_YEAR <= value.year <= LAST_YEAR
    if isinstance(value, int | float):
        return -MOST_NUMBER <= value <= MOST_NUMBER
    if type(value) is tuple:  # an attachment is a named one: its length is a number of another sort
        return all(map(_is_sound, value))
    if isinstance(value, dict):
        return all(map(_is_sound, value.values()))
    return _sound(value) if is_dataclass(value) else True


@cache
def _to_look_at(known: Hashable) -> tuple[str, ...]:
    """The fields that are not made of these plain types alone."""
    types = get_type_hints(cast(Any, known))
    return tuple(field.name for field in fields_of(cast(Any, known)) if not _always_sound(types[field.name]))


def _always_sound(kind: object) -> bool:
    if get_origin(kind) in (tuple, dict, Union, UnionType):
        return all(_always_sound(one) for one in get_args(kind))
    return kind in (str, bool, bytes, NoneType, Ellipsis)

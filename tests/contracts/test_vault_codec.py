"""The codec: what goes in comes out, and of outside bytes only Damaged comes out."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import ClassVar, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.errors import Damaged
from kunak.fold import Entry
from kunak.vault.codec import MOST_NUMBER, NotReadable, decode_body, encode_body, pack, unpack
from kunak.vault.epochs import Document
from kunak.vault.keys import Identity
from kunak.vault.log import Skeleton

AT = datetime(2031, 5, 5, 21, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    name: str
    when: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Told(Entry):
    room: ClassVar[str] = "tests"
    compartment: ClassVar[str] = "work"

    text: str
    number: int = 0
    share: float = 0.5
    yes: bool = False
    day: date | None = None
    parts: tuple[Part, ...] = ()
    words: dict[str, str] | None = None


KINDS = {Told.kind(): Told}


def told(**fields: object) -> Told:
    return Told(**{"id": "i-1", "at": AT, "by": "anna", "subject": "C-1", "text": "т", **fields})  # type: ignore[arg-type]


def said(**changes: object) -> bytes:
    """A body as somebody else's program might spell it."""
    outer = json.loads(encode_body(told(), Told.kind()))
    outer["fields"].update(changes)
    return json.dumps(outer).encode()


def test_an_entry_comes_back_as_it_was() -> None:
    entry = told(day=date(2031, 5, 6), parts=(Part("a", AT), Part("b")), words={"ключ": "значение"})
    assert decode_body(encode_body(entry, Told.kind()), KINDS) == entry


def test_a_body_is_json_that_a_person_can_read() -> None:
    body = encode_body(told(text="плащ"), Told.kind()).decode()
    assert body.startswith('{"kind":"tests.Told","fields":{"id":"i-1","at":"2031-05-05T21:00:00.123456Z"')
    assert '"text":"плащ"' in body


@settings(max_examples=150)
@given(
    st.builds(
        told,
        text=st.text(st.characters(codec="utf-8")),
        number=st.integers(-MOST_NUMBER, MOST_NUMBER),
        share=st.floats(-MOST_NUMBER, MOST_NUMBER),
        words=st.none() | st.dictionaries(st.text(), st.text()),
        at=st.datetimes(datetime(1900, 1, 1), datetime(2500, 12, 31), timezones=st.just(UTC)),
    )
)
def test_any_entry_comes_back(entry: Told) -> None:
    assert decode_body(encode_body(entry, Told.kind()), KINDS) == entry


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    entry = decode_body(said(at="2031-05-06T00:00:00.123456+03:00"), KINDS)
    assert isinstance(entry, Told)
    assert entry.at == AT
    assert entry.at.astimezone(timezone(timedelta(hours=3))).hour == 0


def test_a_kind_that_is_not_known_is_left_alone() -> None:
    assert decode_body(encode_body(told(), "later.Kind"), KINDS) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"kind":"tests.Told"}',
        b'{"kind":7,"fields":{}}',
        b'{"kind":"tests.Told","fields":{}}',
        b'{"kind":"tests.Told","fields":[]}',
        b'{"kind":"tests.Told","fields":{},"more":1}',
        b"[" * 100_000,
        b'{"kind":"tests.Told","fields":' + b"[" * 100_000,
        said(unknown="field"),
        said(number="7"),
        said(text=None),
        said(text=7),
        said(at="2031-05-05T21:00:00"),
        said(at="yesterday"),
        said(parts=[{"name": "a", "when": "2031-05-05T21:00:00"}]),
        said(parts=[{"nome": "a"}]),
        said(day="2031-02-30"),
        said(day="0001-01-01"),
        said(day="9999-12-31"),
        said(at="9999-12-31T23:59:59Z"),
        said(at="1899-12-31T23:59:59Z"),
        said(parts=[{"name": "a", "when": "9999-12-31T23:59:59Z"}]),
        said(number=MOST_NUMBER + 1),
        said(number=-(10**30)),
        said(share=1e308),
        encode_body(told(), Told.kind())[:-1],
        encode_body(told(), Told.kind()) + b"{}",
    ],
)
def test_what_is_no_entry_is_damaged_and_the_error_quotes_nothing(body: bytes) -> None:
    with pytest.raises(NotReadable) as refusal:
        decode_body(body, KINDS)
    assert refusal.value.__context__ is None or refusal.value.__suppress_context__


@pytest.mark.parametrize(
    "entry", [told(share=float("nan")), told(at=datetime(2031, 5, 5)), told(number=10**9)]
)
def test_what_could_not_be_read_back_is_never_written(entry: Told) -> None:
    with pytest.raises(ValueError):
        encode_body(entry, Told.kind())


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_are_an_entry_or_damaged(junk: bytes, start: int, end: int) -> None:
    """Junk put into a body in place of some of it, down to all of it."""
    body = encode_body(told(parts=(Part("a", AT),), words={"a": "b"}), Told.kind())
    with suppress(Damaged):
        assert isinstance(decode_body(body[:start] + junk + body[end:], KINDS), Told | None)


class Pair(NamedTuple):
    number: int
    content: bytes


class Frame(NamedTuple):
    name: str
    pairs: tuple[Pair, ...]


FRAME = Frame("имя", (Pair(1, b"\0"), Pair(2**62, b"")))


def test_a_frame_comes_back_as_it_was() -> None:
    assert unpack(pack(FRAME), Frame) == FRAME


@pytest.mark.parametrize(
    "other",
    [
        ("имя",),
        ("имя", (), 3),
        (b"bytes for text", ()),
        ("имя", ((1,),)),
        ("имя", ((1, "text for bytes"),)),
        ("имя", ((1.5, b""),)),
        ("имя", ((True, b""),)),
        7,
        None,
        {"name": "имя", "pairs": ()},
    ],
)
def test_a_frame_of_another_shape_is_damaged(other: object) -> None:
    with pytest.raises(NotReadable):
        unpack(pack(other), Frame)  # type: ignore[arg-type]


def test_a_frame_cut_or_with_something_behind_it_is_damaged() -> None:
    whole = pack(FRAME)
    for length in range(len(whole)):
        with pytest.raises(NotReadable):
            unpack(whole[:length], Frame)
    with pytest.raises(NotReadable):
        unpack(whole + b"\xc0", Frame)


@settings(max_examples=400)
@given(st.binary(max_size=120), st.sampled_from((Frame, Skeleton, Document, Identity)))
def test_any_bytes_are_a_frame_or_damaged(received: bytes, shape: type) -> None:
    with suppress(Damaged):
        assert isinstance(unpack(received, shape), shape)

"""Every address of the relay, asked in every way: never “something went wrong here”, never a word of the program's
own, and one and the same answer wherever nothing is. (Longer: tests/bench/bench_fuzz_http.py.)"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relay_fuzzing import BROKEN, STEERING, Tried, posted, requests
from relay_lines import LINES, heard, lines, statuses
from relay_running import Running, running

from kunak.intake.form import BY_KEY

pytestmark = pytest.mark.slow

FORMS = ("/w", "/s", "/c", "/m", "/o", "/j", "/k")


def quick(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    relay = Tried(tmp_path_factory.mktemp("relay"))
    yield relay
    relay.close()


@quick(250)
@given(data=st.data())
def test_every_address_answers_whatever_is_asked(tried: Tried, data: st.DataObject):
    asked = data.draw(requests(tried.paths))
    assert tried.wrong_with(asked, tried.ask(asked)) == ""


@pytest.mark.parametrize("path", FORMS)
def test_every_field_takes_whatever_breaks_programs(tried: Tried, path: str):
    usual = [("s", "4"), ("safe_now", "yes"), ("code", "0" * 24), ("go", "next")]
    for value in BROKEN:
        for name in (*STEERING, next(iter(BY_KEY))):
            asked = posted(path, [*((n, v) for n, v in usual if n != name), (name, value)])
            assert tried.wrong_with(asked, tried.ask(asked)) == "", (name, value[:20])
        asked = posted(path, [(name, value) for name in (*STEERING, *BY_KEY)])
        assert tried.wrong_with(asked, tried.ask(asked)) == "", value[:20]


class Told(logging.Handler):
    """Whatever any part of the program would write down."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()} {record.exc_info or ''}")


@pytest.fixture
def told() -> Iterator[Told]:
    """What a relay that keeps quiet would have said."""
    handler, heard_loggers = Told(), [logging.getLogger(name) for name in ("", "asyncio", "uvicorn.error")]
    for logger in heard_loggers:
        logger.addHandler(handler)
    yield handler
    for logger in heard_loggers:
        logger.removeHandler(handler)


@pytest.fixture
def listening(tmp_path: Path, told: Told) -> Iterator[Running]:
    with running(tmp_path) as relay:
        logging.getLogger("asyncio").setLevel(logging.WARNING)  # the relay has them keep quiet
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        yield relay


@quick(250)
@given(sent=lines())
def test_no_line_is_answered_with_a_fault_or_written_down(listening: Running, told: Told, sent: bytes):
    answered = heard(listening.port, sent)
    assert all(status < 500 for status in statuses(answered)), answered[:200]
    assert b"Traceback" not in answered
    assert told.lines == []


@pytest.mark.parametrize("sent", [line for line in LINES if b"HTTP/1." in line])
def test_what_is_no_http_meets_the_same_as_an_address_where_nothing_is(
    listening: Running, told: Told, sent: bytes
):
    closing = b"GET /there-is-no-such-page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    broken = heard(listening.port, sent.replace(b"HTTP/1.1", b"HTTP/1;1").replace(b"HTTP/1.0", b"HTTP"))
    assert head_and_body(broken) == head_and_body(heard(listening.port, closing))
    assert told.lines == []


def head_and_body(answered: bytes) -> tuple[list[bytes], bytes]:
    head, _, body = answered.partition(b"\r\n\r\n")
    return sorted(head.lower().split(b"\r\n")), body

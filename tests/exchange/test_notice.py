"""What an office says in public through its relay: who may say it, how long it is shown, what it may hold."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from link_office import Devices, devices
from relay_office import CHANNEL_SEED, NIGHT, ROUNDS, office, press, write
from relay_running import ADMIN_SEED, Running, fresh_database, keys_of, running, seed_of
from starlette.testclient import TestClient

from kunak import intake
from kunak.casework.triage import provisional
from kunak.errors import Damaged
from kunak.exchange import channel, telling
from kunak.exchange.channel import MISSING
from kunak.exchange.line import Line, RelayNotOurs
from kunak.exchange.notice import (
    LONGEST_HOURS,
    MOST_ADDRESSES,
    MOST_LINE,
    MOST_LINES,
    MOST_NOTICE,
    NOTHING_SAID,
    LineOfDay,
    Notice,
    day_of,
    read,
    spell,
)
from kunak.exchange.relay import build_app, screens
from kunak.exchange.relay.notices import FRESH_S, Notices
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.telling import tell
from kunak.intake.form import BY_KEY, parse
from kunak.vault import codec, seal
from kunak.workbench import relay_id

TODAY = day_of(NIGHT)
SAID = Notice(
    waiting=(1, 2, 24, 72),
    lines=(LineOfDay(TODAY, {"en": "A grey heron waits", "ru": "Серая цапля ждёт"}),),
    addresses="relay.example\nsigned",
)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelayStore]:
    made = RelayStore(tmp_path / "relay", fresh_database() if request.param == "postgres" else "")
    yield made
    made.close()


class Shown:
    """A relay of two offices at some hour, and lines of both."""

    def __init__(self, store: RelayStore) -> None:
        self.at, self.ticks = NIGHT, 0.0
        self.app = build_app(
            Path("unused"), offices=[keys_of(0), keys_of(1)], rounds=ROUNDS, store=store, now=lambda: self.at
        )
        self.browser = TestClient(self.app)

    def line(self, number: int = 0, seed: bytes | None = None) -> Line:
        return Line("", seed=seed or seed_of(number), rid=keys_of(number).rid, client=TestClient(self.app),
                    now=lambda: self.at.timestamp())  # fmt: skip

    def sent(self, **answers: str) -> str:
        page = press(self.browser, self.browser.get("/w"), "next", safe_now="yes")
        page = press(self.browser, page, "next", **answers) if answers else press(self.browser, page, "skip")
        for _ in range(3):
            page = press(self.browser, page, "skip")
        return press(self.browser, page, "send").text


@pytest.fixture
def shown(store: RelayStore) -> Shown:
    return Shown(store)


@pytest.mark.parametrize("danger", ["", *BY_KEY["danger"].options, "unknown"])
@pytest.mark.parametrize("safe_now", ["", *BY_KEY["safe_now"].options, "unknown"])
def test_the_page_promises_for_the_place_that_the_queue_gives(danger: str, safe_now: str) -> None:
    answers = {"danger": (danger,), "safe_now": (safe_now,)}
    assert f"P{screens.level(answers)}" == provisional(danger, safe_now)


UNKNOWN = "We do not know how long it takes at the moment."


def test_a_relay_that_has_heard_nothing_says_that_it_does_not_know(shown: Shown) -> None:
    assert UNKNOWN in shown.sent()
    tell(shown.line(), Notice(cards=True))  # the office itself does not know either
    assert UNKNOWN in shown.sent()


@pytest.mark.parametrize(
    ("danger", "sentence"),
    [
        ("now", "A person will read this within 1 hour."),
        ("within_hours", "A person will read this within 2 hours."),
        ("within_days", "A person will read this within 24 hours."),
        ("no", "A person will read this within 72 hours."),
    ],
)
def test_the_sent_page_says_how_long_for_what_was_ticked(shown: Shown, danger: str, sentence: str) -> None:
    tell(shown.line(), SAID)
    assert sentence in shown.sent(danger=danger)


def test_who_does_not_say_how_urgent_it_is_waits_as_the_queue_has_them(shown: Shown) -> None:
    tell(shown.line(), SAID)
    assert "within 24 hours" in shown.sent()


def test_a_notice_is_shown_today_and_tomorrow_and_then_no_more(shown: Shown) -> None:
    tell(shown.line(), SAID)
    shown.at = NIGHT + timedelta(days=1)
    assert UNKNOWN not in shown.sent()
    shown.at = NIGHT + timedelta(days=2)
    assert UNKNOWN in shown.sent()
    tell(shown.line(), SAID)  # the same again, a few bytes: it counts as said today
    assert UNKNOWN not in shown.sent()


def test_a_later_notice_replaces_the_earlier_one_and_the_other_offices_hear_nothing(shown: Shown) -> None:
    tell(shown.line(0), SAID)
    tell(shown.line(0), SAID._replace(waiting=(5, 5, 5, 5)))
    assert "within 5 hours" in shown.sent()
    tell(shown.line(1), SAID)
    assert "within 5 hours" in shown.sent()


def test_only_the_offices_channel_key_tells_it(shown: Shown) -> None:
    for seed in (seed_of(1), ADMIN_SEED, CHANNEL_SEED[::-1]):
        with pytest.raises(RelayNotOurs):
            tell(shown.line(0, seed), SAID)
    assert UNKNOWN in shown.sent()


def test_a_notice_that_somebody_recorded_and_sends_again_is_not_taken(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, recorded = shown.line(), []
    sent = line._sent
    monkeypatch.setattr(line, "_sent", lambda body: recorded.append(body) or sent(body))
    tell(line, SAID)
    tell(line, SAID._replace(surge=not SAID.surge))
    usual = shown.browser.get("/there-is-no-such-page").content
    known = shown.browser.get("/w").text
    for later in (timedelta(0), timedelta(minutes=5), timedelta(days=1)):
        shown.at = NIGHT + later
        for body in recorded:
            answer = shown.browser.post(channel.PATH, content=body)
            assert (answer.status_code, answer.content) == (404, usual)
    shown.at = NIGHT
    assert shown.browser.get("/w").text == known
    assert still_says(shown.line(), SAID._replace(surge=not SAID.surge))


def still_says(line: Line, notice: Notice) -> bool:
    asked = line.fresh("noticed")._replace(names=(seal.digest(spell(notice)),))
    return line.ask(asked).said == channel.DONE


def test_what_is_told_again_is_not_sent_again(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    line, loads = shown.line(), []
    ask = line.ask
    monkeypatch.setattr(
        line, "ask", lambda question, load=b"": loads.append(len(load)) or ask(question, load)
    )
    tell(line, SAID)
    tell(line, SAID)
    assert loads == [0, len(spell(SAID)), 0]


def test_another_process_of_the_relay_shows_it_within_half_a_minute(store: RelayStore) -> None:
    ticks = [0.0]
    first, second = Notices(store.tables), Notices(store.tables, clock=lambda: ticks[0])
    browser_of_second(second)
    assert second.now("rid", TODAY) == NOTHING_SAID
    first.tell("rid", spell(SAID), TODAY)
    browser_of_second(second)
    assert second.now("rid", TODAY) == NOTHING_SAID
    ticks[0] = FRESH_S
    browser_of_second(second)
    assert second.now("rid", TODAY) == SAID


def browser_of_second(notices: Notices) -> None:
    anyio.run(notices.look, "rid")


def test_pages_come_while_the_store_does_not_answer(tmp_path: Path) -> None:
    relay = office(tmp_path)
    relay.store.close()
    assert relay.browser.get("/").status_code == 200


def notices_that_are_none() -> dict[str, Notice]:
    line = LineOfDay(TODAY, {"en": "x"})
    return {
        "three levels": Notice(waiting=(1, 2, 3)),
        "an hour below none": Notice(waiting=(-1, 2, 3, 4)),
        "more than a month": Notice(waiting=(1, 2, 3, LONGEST_HOURS + 1)),
        "too many days": Notice(lines=(line,) * (MOST_LINES + 1)),
        "a line too long": Notice(lines=(LineOfDay(TODAY, {"en": "x" * (MOST_LINE + 1)}),)),
        "many languages": Notice(lines=(LineOfDay(TODAY, {str(n): "x" for n in range(33)}),)),
        "a line that turns the reading": Notice(lines=(LineOfDay(TODAY, {"en": "a\u202eb"}),)),
        "two lines in one": Notice(lines=(LineOfDay(TODAY, {"en": "a\nb"}),)),
        "a list too long": Notice(addresses="x" * (MOST_ADDRESSES + 1)),
        "a list that hides": Notice(addresses="a\u200bb"),
    }


@pytest.mark.parametrize("case", notices_that_are_none())
def test_a_notice_that_is_none_is_neither_sent_nor_taken(shown: Shown, case: str) -> None:
    made = notices_that_are_none()[case]
    with pytest.raises(Damaged):
        spell(made)
    line = shown.line()
    with pytest.raises(RelayNotOurs):
        line.ask(line.fresh("notice"), codec.pack(made))
    assert UNKNOWN in shown.sent()


def test_what_is_too_large_for_a_notice_is_not_even_read() -> None:
    with pytest.raises(Damaged):
        read(b"\x00" * (MOST_NOTICE + 1))


def test_a_question_about_nothing_is_answered_with_missing(shown: Shown) -> None:
    line = shown.line()
    tell(line, SAID)
    for names in ((), (b"",), (seal.digest(spell(SAID)), b"")):
        assert line.ask(line.fresh("noticed")._replace(names=names)).said == MISSING


def test_a_line_is_said_in_ones_language_or_in_one_that_it_has() -> None:
    assert SAID.line(TODAY, "ru") == "Серая цапля ждёт"
    assert SAID.line(TODAY, "ka") == "A grey heron waits"
    assert SAID.line(TODAY + 1, "ru") == ""


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Devices]:
    with devices(tmp_path / "relay") as made:
        yield made


def test_a_round_tells_the_relay_what_the_office_says(
    linked: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [SAID]
    monkeypatch.setattr("kunak.exchange.link.notice_of", lambda bench, at: said[0])
    relay: Running = linked.relay  # type: ignore[attr-defined]
    heard = Notices(relay.store.tables)
    for notice in (SAID, SAID._replace(surge=True)):
        said[0] = notice
        linked.round()
        assert heard._read(relay_id(linked["anna"].vault)).notice == notice


def test_what_a_round_tells_is_how_long_it_really_took(linked: Devices) -> None:
    bench, actions = linked["anna"], intake.actions
    for number in range(3):
        bench.act(
            actions.receive_request,
            bench.requests,
            subject=f"R-{number}",
            answers=parse({"safe_now": ["yes"], "danger": ["within_hours"]}),
            received_at=linked.clock(),
            by="person",
        )
        linked.clock.later(hours=4)
        bench.act(actions.acknowledge, bench.requests, subject=f"R-{number}")
    linked.round()
    relay: Running = linked.relay  # type: ignore[attr-defined]
    assert Notices(relay.store.tables)._read(relay_id(bench.vault)).notice.waiting == (5, 5, 0, 0)


def test_surge_is_said_while_it_is_on(linked: Devices) -> None:
    bench, relay = linked["anna"], linked.relay  # type: ignore[attr-defined]
    heard, rid = Notices(relay.store.tables), relay_id(bench.vault)
    bench.act(intake.actions.begin_surge, bench.requests, reason="press")
    linked.round()
    assert (heard._read(rid).notice.surge, heard._read(rid).notice.cards) == (True, True)
    bench.act(intake.actions.end_surge, bench.requests, reason="caught_up")
    linked.round()
    assert (heard._read(rid).notice.surge, heard._read(rid).notice.cards) == (False, False)


def test_a_figure_beyond_a_month_is_not_said(linked: Devices) -> None:
    assert telling._promised(LONGEST_HOURS) == LONGEST_HOURS
    assert (telling._promised(LONGEST_HOURS + 1), telling._promised(None)) == (0, 0)


def test_a_hand_that_does_not_see_the_queue_says_nothing(linked: Devices) -> None:
    linked.join("boris", ("numbers",))
    assert telling.notice_of(linked["boris"], linked.clock()) is None
    assert telling.notice_of(linked["anna"], linked.clock()) is not None


def test_pages_stay_small_with_a_notice(shown: Shown) -> None:
    tell(shown.line(), SAID)
    assert len(write(shown.browser).content) < 15_000


def test_running_relays_take_a_notice_over_http(tmp_path: Path) -> None:
    with running(tmp_path / "relay") as relay:
        line = Line(relay.address, seed=seed_of(0), rid=keys_of(0).rid)
        tell(line, SAID)
        line.close()
        assert Notices(relay.store.tables)._read(keys_of(0).rid).notice == SAID

"""Standing in line for keys: in turn, as long as a browser waits, and nobody pushed aside by who tries codes."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from kunak.exchange.relay import waiting
from kunak.exchange.relay.waiting import Line, RelayBusy, Row


def through(story: Callable[[Line, threading.Event], Any], at_once: int = 1) -> Any:
    """What a story comes to, with a line of one place; whoever stands in it waits for the event."""
    go = threading.Event()

    async def told() -> Any:
        try:
            return await story(Line(at_once), go)
        finally:
            go.set()

    return asyncio.run(told())


def held(go: threading.Event, done: list[str], name: str) -> Callable[[], str]:
    def make() -> str:
        assert go.wait(30)
        done.append(name)
        return name

    return make


def standing(line: Line, go: threading.Event, done: list[str], row: Row, name: str) -> "asyncio.Task[str]":
    return asyncio.ensure_future(line.keys(row, held(go, done, name)))


def test_the_rows_take_turns_and_each_keeps_its_order() -> None:
    """A thousand tried codes before a person who writes for the first time: they are the second, or third."""
    done: list[str] = []

    async def story(line: Line, go: threading.Event) -> None:
        tries = [standing(line, go, done, "back", f"try {n}") for n in range(6)]
        await asyncio.sleep(0)
        people = [standing(line, go, done, "new", f"person {n}") for n in range(2)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tries, *people)

    through(story)
    assert done == ["try 0", "person 0", "try 1", "person 1", "try 2", "try 3", "try 4", "try 5"]


def test_only_who_would_wait_longer_than_a_browser_does_is_sent_away_and_at_once() -> None:
    async def story(line: Line, go: threading.Event) -> tuple[int, int]:
        line._each = 0.5
        asked = [standing(line, go, [], "new", str(n)) for n in range(300)]
        await asyncio.sleep(0.01)
        sent_away = [one for one in asked if one.done()]
        for one in sent_away:
            assert isinstance(one.exception(), RelayBusy)
        go.set()
        rest = await asyncio.gather(*(one for one in asked if one not in sent_away))
        return len(rest), len(sent_away)

    served, sent_away = through(story)
    assert served + sent_away == 300
    assert abs(served - waiting.LONGEST_S / 0.5) <= 3


def test_how_long_one_takes_is_learned_from_what_it_took() -> None:
    async def story(line: Line, go: threading.Event) -> float:
        go.set()
        for _ in range(60):
            await line.keys("new", lambda: time.sleep(0.001))
        return line._each

    assert through(story) < 0.1


def test_whoever_goes_leaves_their_place_to_the_next() -> None:
    done: list[str] = []

    async def story(line: Line, go: threading.Event) -> None:
        first, second, third = (
            standing(line, go, done, "new", name) for name in ("first", "second", "third")
        )
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.sleep(0.01)
        go.set()
        await asyncio.gather(first, third)
        assert await asyncio.wait_for(line.keys("back", lambda: "the line goes on"), 10)

    through(story)
    assert done == ["first", "third"]


def test_what_fails_holds_nobody_up() -> None:
    async def story(line: Line, go: threading.Event) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await line.keys("new", lambda: 1 // 0)
        assert await asyncio.wait_for(line.keys("new", lambda: "done"), 10) == "done"

    through(story)


def test_making_keys_gives_way_to_everything_else() -> None:
    """The pages of all others come meanwhile."""

    async def story(line: Line, go: threading.Event) -> int:
        return await line.keys("new", lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    assert through(story) >= min(os.getpriority(os.PRIO_PROCESS, 0) + 5, 19)

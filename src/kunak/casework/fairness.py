"""Fairness towards doors: a flood through one of them buries nobody who came through another.

Inside a level the clocks order the queue. When more than twenty that nobody has read wait at one level from one
channel (a thousand messages on the web), the clocks alone would put whoever telephones, or is named by a
partner, behind them all. Then each channel puts forward five rows in turn, and what members have judged five as
well. Nothing is turned away by itself, nobody has to prove anything, and no puzzle is put: it would shut out the
slow phones.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

R = TypeVar("R")
FLOOD = 20  # rows of one lane at one level, above which lanes take turns
IN_TURN = 5  # rows that each lane puts forward at a time


def in_turn(
    rows: Iterable[R], *, level: Callable[[R], str], lane: Callable[[R], str], judged: str
) -> tuple[R, ...]:
    """The rows, given in the order of level and clocks; where a level is flooded, each lane in its turn.

    The lane ``judged`` is never a flood by itself: a team that has judged much is no attack. It
    depends on the rows alone: two installations with the same rows show the same order.
    """
    given = [(level(row), lane(row), row) for row in rows]
    sizes = Counter((level, lane) for level, lane, _ in given)
    flooded = {level for (level, lane), size in sizes.items() if size > FLOOD and lane != judged}
    ahead: Counter[tuple[str, str]] = Counter()
    placed: list[tuple[str, int, int, R]] = []
    for place, (its_level, its_lane, row) in enumerate(given):
        turn = ahead[its_level, its_lane] // IN_TURN if its_level in flooded else 0
        ahead[its_level, its_lane] += 1
        placed.append((its_level, turn, place, row))
    return tuple(row for *_, row in sorted(placed, key=lambda one: one[:3]))

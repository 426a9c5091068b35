"""Which ways of a front are shown: at most twelve, spread over it.

Always the safest, the fastest, the cheapest and the one with fewest exposures; then, one by one, the way that
lies farthest from those already chosen (the largest least distance, each criterion scaled to the span of the
front). Ties: the first in the order of minutes, cost, risk, exposures.
"""

from collections.abc import Sequence

from kunak.evacuation.ways.search import Way

SHOWN = 12
# criterion first, then what decides between equals
ORDERS = {
    "safest": (2, 3, 0, 1),
    "fastest": (0, 2, 1, 3),
    "cheapest": (1, 2, 0, 3),
    "fewest exposures": (3, 2, 0, 1),
}


def totals_of(way: Way) -> tuple[int, int, int, int]:
    """The four criteria."""
    return way.minutes, way.cost, way.risk, way.exposures


def best(ways: Sequence[Way], tag: str) -> int:
    """The index of the way that a tag names."""
    order = ORDERS[tag]
    return min(range(len(ways)), key=lambda i: (*(totals_of(ways[i])[k] for k in order), i))


def choose(ways: Sequence[Way], shown: int = SHOWN) -> list[int]:
    """Indices of the ways to show, in the order of the front."""
    if len(ways) <= shown:
        return list(range(len(ways)))
    totals = [totals_of(w) for w in ways]
    spans = [max(1, max(column) - min(column)) for column in zip(*totals, strict=True)]
    scaled = [tuple(t / s for t, s in zip(row, spans, strict=True)) for row in totals]
    chosen = list(dict.fromkeys(best(ways, tag) for tag in ORDERS))
    least = [min(_apart(p, scaled[c]) for c in chosen) for p in scaled]
    while len(chosen) < shown:
        farthest = max(range(len(ways)), key=lambda i: (least[i], -i))
        chosen.append(farthest)
        least = [min(d, _apart(p, scaled[farthest])) for d, p in zip(least, scaled, strict=True)]
    return sorted(chosen)


def _apart(p: tuple[float, ...], q: tuple[float, ...]) -> float:
    return sum((a - b) ** 2 for a, b in zip(p, q, strict=True))

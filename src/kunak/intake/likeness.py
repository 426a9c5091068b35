"""Texts that are the same or nearly so: shown as one fold, so that a flood of copies can be looked through.

It compares texts with each other and nothing else: not who wrote, from where, how they write. Nothing is kept of
it, nothing follows from it, and it says nothing about whether a text is true: people also copy what a friend
advised.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice, pairwise
from zlib import crc32

from kunak.letters import alike

LEAST_WORDS = 5  # “help me please” is written by many
SHARED = 0.6  # of the pairs of neighbouring words that either has
MOST_TEXTS = 2000  # the rest is shown as it is
_SKETCH = 64  # pairs by which a text is compared, so that long ones take no longer
_COMMON = 100  # a pair that so many texts have tells nothing of any
_BARE = str.maketrans("", "", '.,;:!?…–—-«»“”"()')


def copies(texts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """For the first of each group of (code, text), the codes of those that are like it, in the order given.

    Who is like nobody is in no group.
    """
    firsts: list[tuple[str, frozenset[str]]] = []
    with_pair: dict[str, list[int]] = defaultdict(list)
    found: dict[str, list[str]] = {}
    for code, text in islice(texts, MOST_TEXTS):
        pairs = _pairs(text)
        if not pairs:
            continue
        first = _like(pairs, firsts, with_pair)
        if first is not None:
            found.setdefault(first, []).append(code)
            continue
        for pair in pairs:
            with_pair[pair].append(len(firsts))
        firsts.append((code, pairs))
    return {code: tuple(others) for code, others in found.items()}


def _like(
    pairs: frozenset[str], firsts: list[tuple[str, frozenset[str]]], with_pair: dict[str, list[int]]
) -> str | None:
    """The first text that shares enough with this one, the most of all."""
    telling = (with_pair[pair] for pair in pairs if len(with_pair.get(pair, ())) <= _COMMON)
    shared = Counter(place for places in telling for place in places)
    for place, common in shared.most_common(1):
        code, others = firsts[place]
        if common / (len(pairs) + len(others) - common) >= SHARED:
            return code
    return None


def _pairs(text: str) -> frozenset[str]:
    words = alike(text.translate(_BARE)).split()
    if len(words) < LEAST_WORDS:
        return frozenset()
    pairs = set(map(" ".join, pairwise(words)))
    return frozenset(sorted(pairs, key=lambda pair: (crc32(pair.encode()), pair))[:_SKETCH])

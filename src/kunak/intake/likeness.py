"""Texts that are the same or nearly so: shown as one fold, so that a flood of copies can be looked through.

It compares texts with each other and nothing else: not who wrote, from where, how they write. Nothing is kept of
it, nothing follows from it, and it says nothing about whether a text is true: people also copy what a friend
advised.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from kunak.letters import alike

LEAST_WORDS = 5  # “help me please” is written by many
SHARED = 0.6  # of the pairs of neighbouring words that either has
_BARE = str.maketrans("", "", '.,;:!?…–—-«»“”"()')


def copies(texts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """For the first of each group of (code, text), the codes of those that are like it, in the order given.

    Who is like nobody is in no group.
    """
    firsts: list[tuple[str, frozenset[str]]] = []
    with_pair: dict[str, list[int]] = defaultdict(list)
    found: dict[str, list[str]] = {}
    for code, text in texts:
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
    shared = Counter(place for pair in pairs for place in with_pair.get(pair, ()))
    for place, common in shared.most_common(1):
        code, others = firsts[place]
        if common / (len(pairs) + len(others) - common) >= SHARED:
            return code
    return None


def _pairs(text: str) -> frozenset[str]:
    words = alike(text.translate(_BARE)).split()
    if len(words) < LEAST_WORDS:
        return frozenset()
    return frozenset(map(" ".join, pairwise(words)))

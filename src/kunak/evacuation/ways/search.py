"""The exact search: all ways of at most so many legs that are not worse in every respect than another.

A network is plain numbers. A label is one way to a node: minutes, cost, risk, exposures, legs, and its state
(which authorities have already had the name, which visas are left). Labels are taken up in the order of their
lower bound; one is dropped only if

* another label at the same node, with no visa less, no authority more already met (so that nothing weighs
  more for it later) and no ride just taken that the other has not, is no worse in all four criteria and in
  legs; or
* its four lower bounds to the target, from one reverse search per criterion, are no better in any respect
  than a way already found.

Both are exact: whatever a dropped label could become, a kept one is at least as good. Of ways equal in all
four criteria one is kept, the same one every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from kunak.evacuation.ways.risk import Contact

INF = 1 << 40
MAX_LEGS = 7
RIDE = 1 << 62  # set in what a label has met while its last step was a ride; no state has this bit


class Edge(NamedTuple):
    """A step between two nodes. ``via``: the node where it really ends (of the target, which of its places).
    ``visa``: the bit it uses up, or 0. Risk is without the contacts'. ``ride``: a road or rail estimated from
    distance; two in a row are no way, since one from end to end is drawn where there is one."""

    to: int
    minutes: int
    cost: int
    risk: int
    exposures: int
    contacts: tuple[Contact, ...]
    visa: int
    mode: str
    via: int
    ride: bool = False


class Way(NamedTuple):
    """A way found: its four totals and its edges in order, and the node each one leaves."""

    minutes: int
    cost: int
    risk: int
    exposures: int
    nodes: tuple[int, ...]
    edges: tuple[Edge, ...]


Bounds = tuple[list[int], list[int], list[int], list[int]]


@dataclass
class Network:
    """Nodes 0..size-1; ``target`` is one of them and has no edges out."""

    size: int
    target: int
    out: dict[int, list[Edge]] = field(default_factory=dict)
    bounds: Bounds | None = None

    def lower_bounds(self) -> Bounds:
        """Four reverse searches from the target, once per network."""
        if self.bounds is None:
            back: dict[int, list[tuple[int, int, int, int, int]]] = {}
            for node, edges in self.out.items():
                for e in _least(edges):
                    back.setdefault(e[0], []).append((node, *e[1:]))
            self.bounds = tuple(_reverse(back, self.size, self.target, k) for k in (1, 2, 3, 4))  # type: ignore[assignment]
        assert self.bounds is not None
        return self.bounds


def least_risk(edge: Edge) -> int:
    """The risk of an edge if no authority had been met: never more than it will weigh."""
    return edge.risk + sum(c.first for c in edge.contacts)


def _least(edges: Sequence[Edge]) -> list[tuple[int, int, int, int, int]]:
    """Per node reached, the least of each criterion: enough for lower bounds, and fewer edges to walk."""
    best: dict[int, tuple[int, int, int, int, int]] = {}
    for e in edges:
        r = e.risk if not e.contacts else least_risk(e)
        b = best.get(e.to)
        if b is None:
            best[e.to] = (e.to, e.minutes, e.cost, r, e.exposures)
        else:
            best[e.to] = (e.to, min(b[1], e.minutes), min(b[2], e.cost), min(b[3], r), min(b[4], e.exposures))
    return list(best.values())


def _reverse(
    back: dict[int, list[tuple[int, int, int, int, int]]], size: int, target: int, k: int
) -> list[int]:
    far = [INF] * size
    far[target] = 0
    heap = [(0, target)]
    while heap:
        d, node = heappop(heap)
        if d > far[node]:
            continue
        for e in back.get(node, ()):
            reached = d + e[k]
            if reached < far[e[0]]:
                far[e[0]] = reached
                heappush(heap, (reached, e[0]))
    return far


def risk_of(edge: Edge, met: int) -> tuple[int, int]:
    """(the edge's risk, the authorities met after it) for a person who has met some already."""
    total = edge.risk
    for c in edge.contacts:
        total += c.alerted if met & c.bit else c.first
        met |= c.bit
    return total, met


class _Label(NamedTuple):
    minutes: int
    cost: int
    risk: int
    exposures: int
    legs: int
    met: int
    left: int  # visas not used up
    node: int
    before: "_Label | None"
    edge: Edge | None


class _Front:
    """The ways found so far, and the question whether something could still beat them."""

    def __init__(self) -> None:
        self.kept: list[_Label] = []

    def beats(self, minutes: int, cost: int, risk: int, exposures: int) -> bool:
        """Some way found is no worse in all four."""
        kept = self.kept
        for i, t in enumerate(kept):
            if t[0] <= minutes and t[1] <= cost and t[2] <= risk and t[3] <= exposures:
                if i:  # what beat one label often beats the next
                    kept[0], kept[i] = t, kept[0]
                return True
        return False

    def add(self, new: _Label) -> None:
        self.kept = [t for t in self.kept if not all(n <= o for n, o in zip(new[:4], t[:4], strict=True))]
        self.kept.append(new)


def front(
    network: Network,
    start: Sequence[Edge],
    *,
    start_node: int,
    visas: int = 0,
    max_legs: int = MAX_LEGS,
    max_minutes: int = INF,
    max_cost: int = INF,
) -> list[Way]:
    """All non-dominated ways from a start, whose first edges are given, to the target.

    ``visas``: bits of the visas held, each good for one entry. Order: by minutes, cost, risk, exposures.
    """
    bounds = network.lower_bounds()
    found = _Front()
    waiting: list[tuple[int, int, _Label]] = []
    labels: dict[int, list[_Label]] = {}
    first = _Label(0, 0, 0, 0, 0, 0, visas, start_node, None, None)
    count = 0
    label: _Label | None = first
    edges: Sequence[Edge] = start
    limits = (max_minutes, max_cost, max_legs)
    while label is not None:
        for edge in edges:
            step = _extend(label, edge, network.target, bounds, found, limits)
            if step is not None and _keep(labels, step[1]):
                count += 1
                heappush(waiting, (step[0], count, step[1]))
        label, edges = _next(waiting, network, bounds, found, labels)
    ways = [_way(t, start_node) for t in found.kept]
    return sorted(ways, key=lambda w: (w[:4], len(w.edges), w.nodes))


def _extend(
    label: _Label, edge: Edge, target: int, bounds: Bounds, found: _Front, limits: tuple[int, int, int]
) -> tuple[int, _Label] | None:
    """The label after an edge and its place in the queue; None if it leads nowhere better."""
    to = edge[0]
    minutes = label[0] + edge[1]
    cost = label[1] + edge[2]
    f0, f1 = minutes + bounds[0][to], cost + bounds[1][to]
    if f0 > limits[0] or f1 > limits[1] or f0 >= INF or (label[4] + 1 >= limits[2] and to != target):
        return None
    left = label[6]
    if edge[6] & ~left:
        return None
    left &= ~edge[6]
    risk, met = label[2] + edge[3], label[5] & ~RIDE
    if edge[9]:
        if label[5] & RIDE:
            return None
        met |= RIDE
    if edge[5]:
        more, met = risk_of(edge, met)
        risk = label[2] + more
    exposures = label[3] + edge[4]
    f2, f3 = risk + bounds[2][to], exposures + bounds[3][to]
    if found.beats(f0, f1, f2, f3):
        return None
    new = _Label(minutes, cost, risk, exposures, label[4] + 1, met, left, to, label, edge)
    if to == target:
        found.add(new)
        return None
    return f0 // 6 + f1 + f2 + 20 * f3, new


def _keep(labels: dict[int, list[_Label]], new: _Label) -> bool:
    """Whether no label at the node is at least as good in everything; drops those that now are not."""
    n0, n1, n2, n3, n4, met, left = new[:7]
    here = labels.get(new[7])
    if here is None:
        labels[new[7]] = [new]
        return True
    for o in here:
        if (
            o[0] <= n0 and o[1] <= n1 and o[2] <= n2 and o[3] <= n3 and o[4] <= n4
            and o[5] & met == o[5] and o[6] & left == left
        ):  # fmt: skip
            return False
    here.append(new)
    return True


def _next(
    waiting: list[tuple[int, int, _Label]],
    network: Network,
    bounds: Bounds,
    found: _Front,
    labels: dict[int, list[_Label]],
) -> tuple[_Label | None, Sequence[Edge]]:
    """The next label that could still lead to something better, with the edges out of it."""
    while waiting:
        label = heappop(waiting)[2]
        to = label[7]
        if not found.beats(
            label[0] + bounds[0][to],
            label[1] + bounds[1][to],
            label[2] + bounds[2][to],
            label[3] + bounds[3][to],
        ):
            return label, network.out.get(to, ())
    return None, ()


def _way(label: _Label, start_node: int) -> Way:
    edges: list[Edge] = []
    at: _Label | None = label
    while at is not None and at.edge is not None:
        edges.append(at.edge)
        at = at.before
    edges.reverse()
    nodes = (start_node, *(e.via for e in edges))
    return Way(label.minutes, label.cost, label.risk, label.exposures, nodes, tuple(edges))

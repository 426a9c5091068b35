"""The search finds exactly the ways that no other beats: compared with trying every walk there is."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.evacuation.ways.choosing import ORDERS, best, choose, totals_of
from kunak.evacuation.ways.risk import Contact
from kunak.evacuation.ways.search import Edge, Network, Way, front, risk_of

NODES, TARGET, LEGS = 6, 5, 5

few = st.integers(0, 4)


@st.composite
def contacts(draw: st.DrawFn) -> tuple[Contact, ...]:
    out = []
    for _ in range(draw(st.integers(0, 2))):
        first = draw(few)
        bit = 1 << draw(st.integers(0, 1))
        out.append(Contact("XX", "exit", first, first + draw(few), bit))
    return tuple(out)


@st.composite
def edges(draw: st.DrawFn) -> tuple[int, Edge]:
    start, end = draw(st.integers(0, NODES - 2)), draw(st.integers(0, NODES - 1))
    met = draw(contacts())
    visa = draw(st.sampled_from([0, 0, 0, 1, 2]))
    ride = draw(st.booleans())
    return start, Edge(end, draw(few), draw(few), draw(few), len(met), met, visa, "car", end, ride)


def every_walk(network: Network, start: int, visas: int) -> set[tuple[int, int, int, int]]:
    """The totals of all walks of at most LEGS steps, then those that no other beats."""
    ends: set[tuple[int, int, int, int]] = set()
    todo = [(start, (0, 0, 0, 0), 0, visas, 0, False)]
    while todo:
        node, totals, met, left, legs, rode = todo.pop()
        if node == TARGET:
            ends.add(totals)
            continue
        for e in network.out.get(node, ()) if legs < LEGS else ():
            if e.visa & ~left or (rode and e.ride):
                continue
            risk, after = risk_of(e, met)
            h, c, r, x = totals
            reached = (h + e.minutes, c + e.cost, r + risk, x + e.exposures)
            todo.append((e.to, reached, after, left & ~e.visa, legs + 1, e.ride))
    return {
        t for t in ends if not any(o != t and all(a <= b for a, b in zip(o, t, strict=True)) for o in ends)
    }


@settings(max_examples=250, deadline=None)
@given(st.lists(edges(), min_size=3, max_size=16), st.sampled_from([0, 1, 3]))
def test_the_front_is_exactly_what_brute_force_finds(drawn: list[tuple[int, Edge]], visas: int) -> None:
    network = Network(NODES, TARGET)
    for start, edge in drawn:
        network.out.setdefault(start, []).append(edge)
    ways = front(network, network.out.get(0, ()), start_node=0, visas=visas, max_legs=LEGS)
    found = [totals_of(w) for w in ways]
    assert set(found) == every_walk(network, 0, visas)
    assert len(found) == len(set(found))
    for way in ways:
        assert way.minutes == sum(e.minutes for e in way.edges)
        assert len(way.edges) <= LEGS
        assert not any(a.ride and b.ride for a, b in pairwise(way.edges))
        assert way.edges[-1].to == TARGET


@settings(max_examples=60, deadline=None)
@given(st.lists(edges(), min_size=4, max_size=16), st.integers(0, 8), st.integers(0, 8))
def test_limits_of_time_and_money_only_take_ways_away(
    drawn: list[tuple[int, Edge]], minutes: int, cost: int
) -> None:
    network = Network(NODES, TARGET)
    for start, edge in drawn:
        network.out.setdefault(start, []).append(edge)
    free = front(network, network.out.get(0, ()), start_node=0, visas=3, max_legs=LEGS)
    held = front(
        network,
        network.out.get(0, ()),
        start_node=0,
        visas=3,
        max_legs=LEGS,
        max_minutes=minutes,
        max_cost=cost,
    )
    expected = {totals_of(w) for w in free if w.minutes <= minutes and w.cost <= cost}
    assert {totals_of(w) for w in held} == expected


totals = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 4))


@given(st.lists(totals, min_size=1, max_size=40, unique=True))
def test_at_most_twelve_are_shown_and_always_the_safest_the_fastest_and_the_cheapest(
    rows: list[tuple[int, int, int, int]],
) -> None:
    ways = [Way(*row, (), ()) for row in sorted(rows)]
    shown = choose(ways)
    assert len(shown) == min(12, len(ways)) == len(set(shown))
    assert {best(ways, tag) for tag in ORDERS} <= set(shown)
    assert choose(ways) == shown


def test_a_second_contact_with_an_alerted_state_weighs_more_never_less() -> None:
    once = Edge(1, 0, 0, 0, 1, (Contact("RU", "exit", 10, 12, 1),), 0, "car", 1)
    assert risk_of(once, 0) == (10, 1)
    assert risk_of(once, 1) == (12, 1)


def drawn_by(*edges_: tuple[int, Edge]) -> Network:
    network = Network(NODES, TARGET)
    for start, edge in edges_:
        network.out.setdefault(start, []).append(edge)
    return network


def test_a_way_that_has_kept_its_visa_is_not_dropped_for_a_better_one_that_used_it() -> None:
    spent, kept = Edge(1, 1, 1, 1, 0, (), 1, "car", 1), Edge(1, 2, 2, 2, 0, (), 0, "car", 1)
    last = Edge(TARGET, 1, 1, 1, 0, (), 1, "flight", TARGET)
    network = drawn_by((0, spent), (0, kept), (1, last))
    ways = front(network, network.out[0], start_node=0, visas=1, max_legs=LEGS)
    assert [totals_of(w) for w in ways] == [(3, 3, 3, 0)]


def test_a_way_with_legs_left_is_not_dropped_for_a_better_one_that_has_none() -> None:
    target = 7

    def step(start: int, end: int, weight: int) -> tuple[int, Edge]:
        return start, Edge(end, weight, weight, weight, 0, (), 0, "flight", end)

    network = Network(8, target)
    quick = (step(0, 1, 1), step(1, 2, 1), step(2, 5, 1))  # three legs to 5
    short = (step(0, 3, 9), step(3, 5, 9))  # two legs to 5, from where two more lead on
    for start, edge in (*quick, *short, step(5, 6, 1), step(6, target, 1)):
        network.out.setdefault(start, []).append(edge)
    ways = front(network, network.out[0], start_node=0, max_legs=4)
    assert [totals_of(w) for w in ways] == [(20, 20, 20, 0)]

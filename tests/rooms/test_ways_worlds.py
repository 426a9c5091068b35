"""On small random worlds, drawn from real airports and crossings, the answer is what brute force finds."""

from array import array
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from ways_world import profile, world

from kunak.evacuation.ways.land import from_origin
from kunak.evacuation.ways.network import draw
from kunak.evacuation.ways.profile import Profile, checked
from kunak.evacuation.ways.routes import find_ways
from kunak.evacuation.ways.search import MAX_LEGS, Edge, risk_of
from kunak.evacuation.ways.world import World

AIRPORTS = ("GRV", "MRV", "DME", "ALA", "TBS", "EVN", "IST", "BEG", "EZE")
CROSSINGS = ("ru-ge-lars", "ge-tr-sarpi", "ge-am-sadakhlo", "ru-kz-kotyaevka")
STATES = ("RU", "KZ", "GE", "AM", "TR", "RS", "AR")
CLASSES = ("90", "90", "60", "visa required", "14", "visa on arrival", "e-visa")
Totals = tuple[int, int, int, int]


@st.composite
def worlds(draw_: st.DrawFn) -> World:
    """The real world with other flights, other visas and few crossings."""
    base = world()
    number = {p.code: i for i, p in enumerate(base.airports)}
    ends = st.tuples(st.sampled_from(AIRPORTS), st.sampled_from(AIRPORTS)).filter(lambda e: e[0] != e[1])
    chosen = sorted(draw_(st.sets(ends, min_size=7, max_size=18)), key=lambda e: _states(base, e))
    counts: dict[tuple[str, str], int] = {}
    flights = array("H")
    for a, b in chosen:
        counts[_states(base, (a, b))] = counts.get(_states(base, (a, b)), 0) + 1
        flights.extend((number[a], number[b], draw_(st.integers(100, 9000))))
    kept = [i for i, c in enumerate(base.crossings) if c.code in CROSSINGS]
    return replace(
        base,
        pairs=[(a, b, n) for (a, b), n in counts.items()],
        flights=flights,
        crossings=[base.crossings[i] for i in kept],
        crossing_rows=[base.crossing_rows[i] for i in kept],
        _matrix=_visas(base, draw_),
        networks={},
    )


def _states(base: World, ends: tuple[str, str]) -> tuple[str, str]:
    return base.place(ends[0]).country, base.place(ends[1]).country


def _visas(base: World, draw_: st.DrawFn) -> bytes:
    matrix, n = bytearray(base._matrix), len(base._states)
    for state in STATES[1:]:
        said = base._classes.index(draw_(st.sampled_from(CLASSES)))
        matrix[2 * n * n + base._states["RU"] * n + base._states[state]] = said
    return bytes(matrix)


def brute(of: World, asked: Profile, *, through_reach: bool) -> set[Totals]:
    """Every way without a place twice, then those that no other beats."""
    sound, origin = checked(of, asked)
    atlas = draw(of, sound, origin, through_reach)
    ends: set[Totals] = set()

    def go(
        edges: list[Edge], seen: frozenset[int], totals: Totals, met: int, left: int, rode: bool = False
    ) -> None:
        for e in edges:
            risk, after = risk_of(e, met)
            h, c, r, x = totals
            reached = (h + e.minutes, c + e.cost, r + risk, x + e.exposures)
            if e.visa & ~left or e.to in seen or (rode and e.ride):
                continue
            if e.to == atlas.network.target:
                ends.add(reached)
            elif len(seen) + 1 < MAX_LEGS:
                onward = atlas.network.out.get(e.to, [])
                go(onward, seen | {e.to}, reached, after, left & ~e.visa, e.ride)

    if atlas.network.out:
        go(from_origin(atlas, origin), frozenset(), (0, 0, 0, 0), 0, (1 << len(sound.visas)) - 1)
    return {
        t for t in ends if not any(o != t and all(a <= b for a, b in zip(o, t, strict=True)) for o in ends)
    }


@settings(max_examples=150, deadline=None)
@given(
    worlds(),
    st.sampled_from(["GRV", "MRV", "RU:Makhachkala"]),
    st.sampled_from(["clear", "unknown", "listed"]),
    st.sampled_from(["interim", "refuge", "TR", "KZ"]),
    st.sampled_from([(), ("TR",), ("AR", "RS")]),
    st.sampled_from([(), ("car",), ("flight",)]),
)
def test_the_answer_is_the_exact_front_of_the_world(
    of: World, origin: str, lists: str, to: str, visas: tuple[str, ...], without: tuple[str, ...]
) -> None:
    asked = profile(origin=origin, lists=lists, to=to, visas=visas, without=without)
    answer = find_ways(of, asked)
    expected = brute(of, asked, through_reach=False) or brute(of, asked, through_reach=True)
    assert answer.found == len(expected)
    shown = {(round(p.hours * 60), p.cost_eur, p.exposures) for p in answer.plans}
    assert shown <= {(h, c, x) for h, c, _, x in expected}
    if len(expected) <= 12:
        assert len(answer.plans) == len(expected)

"""The same networks asked by networkx, one criterion at a time, to have something to compare with."""

from statistics import median
from time import perf_counter
from typing import Any

from kunak.evacuation.ways.land import from_origin
from kunak.evacuation.ways.network import atlas_for
from kunak.evacuation.ways.profile import Profile, checked
from kunak.evacuation.ways.routes import find_ways
from kunak.evacuation.ways.world import World

try:
    import networkx  # type: ignore[import-untyped]
except ImportError:  # only with the test tools; the rest of the measurement stands without
    networkx = None

SAMPLE = 10
ABSENT = "networkx is not installed: install the test tools to compare with it"


def measure(world: World, profiles: list[Profile]) -> dict[str, Any]:
    """The shortest way by hours alone: networkx and the planner's full answer, the network drawn in both."""
    if networkx is None:
        return {"refused": ABSENT}
    build: list[float] = []
    asked: list[float] = []
    ours: list[float] = []
    agree = 0
    chosen = [p for p in profiles if p.papers == "foreign" and find_ways(world, p).found][::7][:SAMPLE]
    for profile in chosen:
        graph, target, build_ms = _graph(world, profile)
        start = perf_counter()
        minutes = networkx.dijkstra_path_length(graph, "start", target, weight="minutes")
        asked.append(1000 * (perf_counter() - start))
        build.append(build_ms)
        start = perf_counter()
        answer = find_ways(world, profile)
        ours.append(1000 * (perf_counter() - start))
        agree += round(min(p.hours for p in answer.plans) * 60) == minutes
    return {
        "queries": len(chosen),
        "graph_ms_median": round(median(build), 1),
        "single_criterion_ms_median": round(median(asked), 1),
        "planner_four_criteria_ms_median": round(median(ours), 1),
        "same_fastest": agree,
    }


def _graph(world: World, profile: Profile) -> tuple[Any, int, float]:
    sound, origin = checked(world, profile)
    atlas = atlas_for(world, sound, origin, through_reach=False)
    started = from_origin(atlas, origin)
    begin = perf_counter()
    graph = networkx.DiGraph()
    for node, edges in (("start", started), *atlas.network.out.items()):
        for e in edges:
            known = graph.get_edge_data(node, e.to)
            if known is None or known["minutes"] > e.minutes:
                graph.add_edge(node, e.to, minutes=e.minutes)
    return graph, atlas.network.target, 1000 * (perf_counter() - begin)

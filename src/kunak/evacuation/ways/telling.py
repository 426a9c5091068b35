"""From a way found to a plan that a person can read: legs, rules, exposures, the worst case."""

from datetime import date

from kunak.evacuation.ways import risk
from kunak.evacuation.ways.answer import Exposure, Leg, Plan, Stay, Why, WorstCase
from kunak.evacuation.ways.atlas import Atlas, Spot
from kunak.evacuation.ways.places import Place, Service
from kunak.evacuation.ways.reach import COULD, authorities
from kunak.evacuation.ways.search import Edge, Way, risk_of
from kunak.evacuation.ways.steps import Step
from kunak.evacuation.ways.words import LayerName, Said, joined, quoted, said

FEED_NOTE = said(
    "Flights as scheduled in June 2014: this shows what planning feels like; it is no timetable."
)
GROUND_NOTE = said("Road and rail hours and fares are figures from distance; no timetable.")
OWN_NOTE = said("Services as the office recorded them.")
SERVICE = "service: "
UNMET = said("no authority of the reach is met on this way")


def tell(atlas: Atlas, way: Way, origin: Place, tags: tuple[str, ...]) -> Plan:
    """The plan of a way."""
    here = Spot(origin, atlas.reach.home, "landside")
    met, parts = 0, dict.fromkeys(risk.PARTS, 0)
    legs: list[Leg] = []
    step = Step()
    for node, edge in zip(way.nodes, way.edges, strict=False):
        there = atlas.spot(edge.via)
        step = _step(atlas, here, there, edge)
        service = atlas.own.get((node, edge.via, edge.mode)) or _own_at_start(atlas, here, edge, node)
        total, met_after = risk_of(edge, met)
        _share(parts, edge, step, total)
        legs.append(_leg(atlas, here, there, edge, step, total, service))
        met, here = met_after, there
    exposures = tuple(e for leg in legs for e in leg.exposures)
    return Plan(
        destination=here.state,
        stay=_stay(step, legs),
        hours=round(way.minutes / 60, 2),
        cost_eur=way.cost,
        risk=risk.figure(way.risk),
        risk_parts=tuple((name, risk.figure(units)) for name, units in parts.items()),
        exposures=way.exposures,
        exposure_list=exposures,
        worst_case=worst_case(exposures),
        legs=tuple(legs),
        stale=_stale(legs),
        tags=tags,
        services_note=_note(legs),
    )


def _own_at_start(atlas: Atlas, here: Spot, edge: Edge, node: int) -> Service | None:
    """The first edge leaves a node of its own: look the service up by the place."""
    if node >= 0:
        return None
    there = atlas.spot(edge.via).place.code
    same = (s for (_, end, mode), s in atlas.own.items() if end == edge.via and mode == edge.mode)
    return next((s for s in same if (s.origin, s.destination) == (here.place.code, there)), None)


def _step(atlas: Atlas, here: Spot, there: Spot, edge: Edge) -> Step:
    if edge.mode == "border":
        row = next(r for r in atlas.world.crossing_rows if r["id"] == here.place.code)
        step = atlas.steps.border(row, here.state, there.state)
    elif atlas.same_area(here.state, there.state):
        step = atlas.steps.inside(here.state, edge.mode)
    elif edge.mode == "flight":
        airside = here.side == "airside"
        step = atlas.steps.flight(
            here.state, there.state, from_airside=airside, enters=there.side != "airside"
        )
    else:
        step = atlas.steps.across(edge.mode, here.state, there.state)
    assert step is not None
    return step


def _share(parts: dict[str, int], edge: Edge, step: Step, total: int) -> None:
    """Whose share of a leg's units is whose; what is left of the edge's own is search and travel."""
    travel = risk.FLIGHT if edge.mode == "flight" else 0
    parts["lists"] += total - edge.risk
    parts["papers"] += step.papers
    parts["place"] += step.place
    parts["travel"] += travel
    parts["search"] += edge.risk - step.papers - step.place - travel


def _leg(
    atlas: Atlas, here: Spot, there: Spot, edge: Edge, step: Step, total: int, service: Service | None
) -> Leg:
    own = service is not None
    feed = edge.mode == "flight" and not own
    return Leg(
        origin=here.place.code,
        destination=there.place.code,
        mode=edge.mode,
        hours=round(edge.minutes / 60, 2),
        cost_eur=edge.cost,
        risk=risk.figure(total),
        why=(*_by_what(atlas, here, there, edge, service), *step.why),
        papers=step.needs,
        arrives=_arrives(atlas, here, there),
        exposures=tuple(_exposure(c.kind, c.state, here.place, there.place) for c in step.contacts),
        feed="2014" if feed else "",
    )


def _arrives(atlas: Atlas, here: Spot, there: Spot) -> str:
    if there.side == "airside":
        return "airside"
    return "inside" if atlas.same_area(here.state, there.state) else "enters"


def _by_what(atlas: Atlas, here: Spot, there: Spot, edge: Edge, service: Service | None) -> tuple[Why, ...]:
    """The service that the leg stands on."""
    if service is not None:
        old = (atlas.profile.as_of - service.date).days > 30
        text = said("runs on days {days} (1 is Monday)", days=service.days)
        return (Why(_service(service.source), "services", service.date, "high", text, old),)
    if edge.mode == "flight":
        day = date.fromisoformat(atlas.world.layers["routes 2014"])
        doubtful = (_reopened(atlas, spot.place.code) for spot in (here, there))
        feed = Why("feed-2014", "routes 2014", day, "low", said("scheduled in June 2014"), True)
        return (feed, *(why for why in doubtful if why is not None))
    if edge.mode == "border":
        return ()
    return (
        Why(
            "by-distance", "planning figures", atlas.profile.as_of, "low", said("no timetable: from distance")
        ),
    )


def _reopened(atlas: Atlas, code: str) -> Why | None:
    row = atlas.book.reopened_airports.get(code)
    if row is None:
        return None
    text = said("reported open again: {reason}", reason=quoted(row["reason"]))
    return atlas.book.why(row, "closures", f"closure-{code}", text)


def _exposure(kind: str, state: str, start: Place, end: Place) -> Exposure:
    where = end if kind in ("entry", "airside") else start
    return Exposure(authorities(state)[kind], state, where.code, COULD[kind], kind)


def worst_case(exposures: tuple[Exposure, ...]) -> WorstCase:
    """Where the way ends for a person on a list: the first contact that reads one. A spot check counts where
    nothing harder follows."""
    firm = next((e for e in exposures if e.kind != "spot"), None) or next(iter(exposures), None)
    if firm is None:
        return WorstCase(False, "", UNMET)
    return WorstCase(True, firm.where, _ends(firm.authority, firm.could))


def _service(source: str) -> Said:
    return said("service: {source}", source=source)


def _ends(authority: str, could: str) -> Said:
    return said("{authority}: could {could}", authority=authority, could=could)


def recognised(text: str) -> str:
    """A plain sentence, as a journey keeps it, as what was told once: an exposure, a worst case, the rule of
    a service. Else itself."""
    if text.startswith(SERVICE):
        return _service(text.removeprefix(SERVICE))
    met = authorities(text[:2])
    ends = (_ends(who, COULD[kind]) for kind, who in met.items())
    return next((known for known in (UNMET, *met.values(), *ends) if known == text), text)


def _stay(step: Step, legs: list[Leg]) -> Stay:
    if step.basis is None:  # arrived inside an area entered before
        return Stay("visa" if any("visa" in p for leg in legs for p in leg.papers) else "area", None)
    return Stay(step.basis.basis, step.basis.days)


def _stale(legs: list[Leg]) -> tuple[str, ...]:
    named = (
        said("{rule}, {layer}, of {day}", rule=w.rule, layer=LayerName(w.layer), day=w.date)
        for leg in legs
        for w in leg.why
        if w.stale
    )
    return tuple(dict.fromkeys(named))


def _note(legs: list[Leg]) -> str:
    notes = []
    if any(leg.feed for leg in legs):
        notes.append(FEED_NOTE)
    if any(w.layer == "services" for leg in legs for w in leg.why):
        notes.append(OWN_NOTE)
    if any(w.layer == "planning figures" for leg in legs for w in leg.why):
        notes.append(GROUND_NOTE)
    return joined(notes)

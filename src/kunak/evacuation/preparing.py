"""What is planned and checked before a journey: the way, the yes, exit risks, the stop-decision, papers.

Every change of something that was checked opens the checks again, so "ready" always means: these very
things were checked, and two people said go.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from kunak.evacuation import entries as e
from kunak.evacuation import facts
from kunak.evacuation.checkins import planned
from kunak.evacuation.ground import (
    BEFORE_TRAVEL,
    find,
    one_of,
    stamp,
)
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import State
from kunak.evacuation.queries import doubtful_routes
from kunak.evacuation.refusals import (
    AlreadyBegun,
    ConsecutiveLegs,
    LegsNotInOrder,
    NoValidYes,
    NoWayYet,
    RouteDoubtful,
    StopDecisionFixed,
)
from kunak.fold import Entry, ids

# States that give each other the persecutor's wanted list (the CSTO base, NEEDS G-16), and its owner.
SHARED_LISTS = frozenset({"RU", "BY", "KZ", "KG", "AM", "TJ"})


def plan_journey(
    state: State,
    *,
    subject: str,
    case: str,
    plan_type: str,
    level: str = "P1",
    legs: int = 0,
    trusted_person: bool = False,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Begin a journey on paper, as a draft. ``level`` is the case's level now; ``trusted_person`` says that
    the safe-contact plan lists someone who may be asked, never who. Raises NotAccepted."""
    one_of(plan_type, facts.PLAN_TYPES)
    one_of(level, facts.LEVELS)
    planned_ = e.JourneyPlanned(
        id=id,
        at=at,
        by=by,
        subject=subject,
        case=case,
        plan_type=plan_type,
        legs=legs,
        level=level,
        trusted_person=trusted_person,
    )
    return (planned_,)


def choose_way(
    state: State, *, subject: str, way: facts.Way, coordinator: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Set the way that was chosen with the person; its check-ins follow from its legs.

    Raises AlreadyBegun, NoWayYet (no legs), LegsNotInOrder, ConsecutiveLegs, RouteDoubtful.
    """
    journey = _before_travel(state, subject)
    _legs_in_order(way)
    _no_two_together(way, coordinator)
    if {leg.route for leg in way.legs} & doubtful_routes(state):
        raise RouteDoubtful
    common, known = stamp(journey, by, at), journey.standing
    crosses = journey.plan_type == "evacuate" or any(leg.mode == "border" for leg in way.legs)
    outline = e.WayOutlined(
        id=f"{id}.1",
        crosses_border=crosses,
        shared_lists_end=crosses and way.destination in SHARED_LISTS,
        stale=len(way.stale),
        replaces=ids(known.outlines),
        **common,
    )
    schedule = tuple(planned(leg) for leg in way.legs)
    chosen: tuple[Entry, ...] = (
        e.WayChosen(id=f"{id}.0", way=way, coordinator=coordinator, replaces=ids(known.ways), **common),
        outline,
        e.CheckInsScheduled(id=f"{id}.2", check_ins=schedule, replaces=ids(known.schedules), **common),
    )
    if journey.recheck_due is not None:
        chosen += (e.RouteRechecked(id=f"{id}.3", verdict="plan_changed", **common),)
    return _reopening(journey, chosen, "way", id)


def keep_way(state: State, *, subject: str, chosen: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Of ways that were chosen apart, the one with this id holds. Raises NoWayYet, and as choose_way does."""
    journey = _before_travel(state, subject)
    kept = next((x for x in journey.standing.ways if x.id == chosen), None)
    if kept is None:
        raise NoWayYet
    return choose_way(state, subject=subject, way=kept.way, coordinator=kept.coordinator, by=by, at=at, id=id)


def schedule_check_ins(
    state: State, *, subject: str, check_ins: tuple[facts.CheckIn, ...], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Set the signs by hand before travel: for a person who stays where they are, or to correct a way's.

    Raises AlreadyBegun, NoWayYet (none given), LegsNotInOrder.
    """
    journey = _before_travel(state, subject)
    _in_order([c.leg for c in check_ins], [c.due for c in check_ins])
    if journey.way is not None and len(check_ins) != len(journey.way.legs):
        raise LegsNotInOrder
    before, common = ids(journey.standing.schedules), stamp(journey, by, at)
    entry = e.CheckInsScheduled(id=f"{id}.0", check_ins=check_ins, replaces=before, **common)
    return _reopening(journey, (entry,), "way", id)


def link_consent(
    state: State, *, subject: str, consent_line: str, consents: Iterable[str], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Link the person's yes. ``consents``: ids of the case's p4 lines that are valid now, as casework says.

    Raises AlreadyBegun, NoValidYes.
    """
    journey = _before_travel(state, subject)
    if consent_line not in tuple(consents):
        raise NoValidYes
    entry = e.ConsentLinked(id=f"{id}.0", line=consent_line, **stamp(journey, by, at))
    return _reopening(journey, (entry,), "consent", id)


def check_exit_risk(
    state: State,
    *,
    subject: str,
    wanted: str,
    missing_person: str,
    exit_stop: str,
    debt: str,
    military_summons: str,
    cameras: str = "unknown",
    minors_consent: str = "not_needed",
    dependants: int = 0,
    medication: str = "not_needed",
    phone: str = "unknown",
    sim_rule_told: bool = False,
    story_rehearsed: bool = False,
    cash_in_hand: bool = False,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Note what was looked up before an exit. Raises AlreadyBegun, NotAccepted."""
    journey = _before_travel(state, subject)
    for indicator in (wanted, missing_person, exit_stop, debt, military_summons):
        one_of(indicator, facts.CHECKED)
    one_of(cameras, facts.CAMERAS)
    one_of(minors_consent, facts.MINORS_CONSENT)
    one_of(medication, facts.MEDICATION)
    one_of(phone, facts.PHONES)
    entry = e.ExitRiskChecked(
        id=f"{id}.0",
        wanted=wanted,
        missing_person=missing_person,
        exit_stop=exit_stop,
        debt=debt,
        military_summons=military_summons,
        cameras=cameras,
        minors_consent=minors_consent,
        dependants=dependants,
        medication=medication,
        phone=phone,
        sim_rule_told=sim_rule_told,
        story_rehearsed=story_rehearsed,
        cash_in_hand=cash_in_hand,
        replaces=ids(journey.standing.exit_risks),
        **stamp(journey, by, at),
    )
    return _reopening(journey, (entry,), "exit_risk", id)


def decide_stop(
    state: State,
    *,
    subject: str,
    choice: str,
    with_name: bool = False,
    after_minutes: int = 120,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Note what the person wants done if they are stopped.

    Free before travel. On the way only quieter, since a no is always heard; once stopped or under control
    nothing, since then it may not be the person who speaks (NEEDS G-13). Raises StopDecisionFixed,
    NotAccepted.
    """
    journey = find(state, subject)
    one_of(choice, facts.STOP_CHOICES)
    begun = journey.state not in BEFORE_TRAVEL or journey.begun_at is not None
    if begun and not _quieter(journey, choice, with_name):
        raise StopDecisionFixed
    before, common = ids(journey.standing.stop_decisions), stamp(journey, by, at)
    entry = e.StopDecisionMade(
        id=f"{id}.0", choice=choice, with_name=with_name, after=after_minutes, replaces=before, **common
    )
    return _reopening(journey, (entry,), "stop_decision", id)


def check_papers(
    state: State,
    *,
    subject: str,
    papers: tuple[facts.Paper, ...],
    enough: bool,
    by: str,
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """Note the papers (identity) and whether they are enough for the chosen way (work).

    Raises AlreadyBegun, NoWayYet, NotAccepted.
    """
    journey = _before_travel(state, subject)
    if not journey.schedule:
        raise NoWayYet
    for paper in papers:
        one_of(paper.kind, facts.PAPER_KINDS)
        one_of(paper.taken_by, facts.TAKEN_BY)
    common, known = stamp(journey, by, at), journey.standing
    about, before = ids(known.outlines), ids(known.papers_enough)
    checked = (
        e.PapersChecked(id=f"{id}.0", papers=papers, replaces=ids(known.papers), **common),
        e.PapersConfirmed(id=f"{id}.1", enough=enough, about=about, replaces=before, **common),
    )
    return _reopening(journey, checked, "papers", id)


def _before_travel(state: State, subject: str) -> Journey:
    journey = find(state, subject)
    if journey.state not in BEFORE_TRAVEL or journey.begun_at is not None:
        raise AlreadyBegun
    return journey


def _reopening(journey: Journey, entries: tuple[Entry, ...], reason: str, id: str) -> tuple[Entry, ...]:
    """The entries, and, where the checks were complete, the entry that opens them again."""
    if journey.state not in ("checked", "ready"):
        return entries
    first = entries[0]
    reopened = e.ChecksReopened(
        id=f"{id}.{len(entries)}", at=first.at, by=first.by, subject=journey.code, reason=reason
    )
    return (*entries, reopened)


def _legs_in_order(way: facts.Way) -> None:
    _in_order([leg.number for leg in way.legs], [leg.check_in_due for leg in way.legs])


def _in_order(numbers: list[int], dues: list[datetime]) -> None:
    if not numbers:
        raise NoWayYet
    if numbers != list(range(1, len(numbers) + 1)) or any(a >= b for a, b in pairwise(dues)):
        raise LegsNotInOrder


def _no_two_together(way: facts.Way, coordinator: str) -> None:
    for first, second in pairwise(way.legs):
        both = _knowing(first) & _knowing(second) - {coordinator, ""}
        if both:
            raise ConsecutiveLegs(first=first.number, second=second.number)


def _knowing(leg: facts.Leg) -> set[str]:
    return {leg.driver, *leg.who_knows}


def _quieter(journey: Journey, choice: str, with_name: bool) -> bool:
    now = journey.stop_decision
    if now is None or journey.stop is not None or journey.under_control is not None:
        return False
    no_louder = facts.STOP_CHOICES.index(choice) <= facts.STOP_CHOICES.index(now.choice)
    return journey.on_the_way and no_louder and (now.with_name or not with_name)

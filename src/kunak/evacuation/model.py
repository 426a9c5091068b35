"""What is known of one journey, and how it follows from what was heard.

State moves only by ``index`` entries, in canonical order. An entry that asks for a move which the state does
not allow (two devices acted without hearing each other) changes nothing and is kept in ``conflicts``, to be
shown: nothing is merged silently, and nothing that says "she set out" is ever lost.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kunak.evacuation import bed_entries, scarce
from kunak.evacuation import entries as e
from kunak.evacuation.journey import Conflict, Doubt, Extension, Journey, Mark, Route, Shutdown, Step
from kunak.evacuation.scarce import Scarce
from kunak.evacuation.standing import doubts, two_people, with_standing
from kunak.fold import Entry, Ledger, batch, fold_by_subject, replace

Asked = bed_entries.BedAskedFor | bed_entries.SeatAskedFor
STATES = (
    "draft",
    "checked",
    "ready",
    "moving",
    "paused",
    "aborted",
    "arrived",
    "confirmed_safe",
    "closed",
)

# From where each kind of entry moves the journey, and to where.
MOVES: Mapping[type[Entry], tuple[frozenset[str], str]] = MappingProxyType(
    {
        e.ChecksCompleted: (frozenset({"draft"}), "checked"),
        e.ChecksReopened: (frozenset({"checked", "ready"}), "draft"),
        e.GoDecided: (frozenset({"checked"}), "ready"),
        e.JourneyStarted: (frozenset({"ready"}), "moving"),
        e.Paused: (frozenset({"moving"}), "paused"),
        e.StoppedAtBorder: (frozenset({"moving", "paused"}), "paused"),
        e.Resumed: (frozenset({"paused"}), "moving"),
        e.Aborted: (frozenset({"draft", "checked", "ready", "moving", "paused"}), "aborted"),
        e.Arrived: (frozenset({"moving"}), "arrived"),
        e.ConfirmedSafe: (frozenset({"arrived", "aborted"}), "confirmed_safe"),
        e.JourneyClosed: (frozenset({"confirmed_safe", "aborted"}), "closed"),
    }
)


@dataclass(frozen=True)
class State(Ledger[Journey]):
    """Every journey by its code; by route code, the routes on which something happened; the beds and seats;
    and, by the code of a case or journey, what was asked for it."""

    routes: Ledger[Route] = field(default_factory=Ledger)
    beds: Ledger[Scarce] = field(default_factory=Ledger)
    asked: Ledger[tuple[Asked, ...]] = field(default_factory=Ledger)


EMPTY = State()
_OF_ROUTES: tuple[type[Entry], ...] = (e.RouteMarkedDoubtful, e.RouteCleared)
_ELSEWHERE = (*_OF_ROUTES, *bed_entries.KINDS)
_OF_JOURNEYS = tuple(kind for kind in e.KINDS if kind not in _ELSEWHERE)


def fold(state: State, entries: Iterable[Entry]) -> State:
    """Hear entries; the same set gives the same state in whatever order and how often it is heard."""
    heard = batch(entries)
    journeys = fold_by_subject(state, heard, kinds=_OF_JOURNEYS, replay=_replay)
    routes = fold_by_subject(state.routes, heard, kinds=_OF_ROUTES, replay=_replay_route)
    beds = fold_by_subject(state.beds, heard, kinds=bed_entries.BED_KINDS, replay=scarce.replay)
    asked = fold_by_subject(state.asked, heard, kinds=bed_entries.ASKED_KINDS, replay=_replay_asked)
    return State(journeys.heard, journeys.known, routes, beds, asked)


def _replay_asked(heard: Sequence[Entry]) -> tuple[Asked, ...]:
    return tuple(x for x in heard if isinstance(x, Asked))


def _replay_route(heard: Sequence[Entry]) -> Route:
    route = Route(heard[0].subject)
    for entry in heard:
        if isinstance(entry, e.RouteMarkedDoubtful):
            route = replace(route, doubtful_since=entry.at, reason=entry.reason)
        elif isinstance(entry, e.RouteCleared) and two_people(entry):
            route = replace(route, doubtful_since=None)
    return route


def _replay(heard: Sequence[Entry]) -> Journey | None:
    founding = next((entry for entry in heard if isinstance(entry, e.JourneyPlanned)), None)
    if founding is None:
        return None
    journey = Journey(
        code=founding.subject,
        case=founding.case,
        plan_type=founding.plan_type,
        expected_legs=founding.legs,
        level=founding.level,
        trusted_person=founding.trusted_person,
        heard=tuple(heard),
        doubts=doubts(heard),
    )
    for entry in heard:
        journey = _hear(journey, entry)
    return with_standing(journey, heard)


def _hear(journey: Journey, entry: Entry) -> Journey:
    if type(entry) in MOVES:
        return _move(journey, entry)
    learn = _LEARN.get(type(entry))
    return learn(journey, entry) if learn else journey


def _move(journey: Journey, entry: Entry) -> Journey:
    from_states, to = MOVES[type(entry)]
    news = _FACTS.get(type(entry), _nothing)(journey, entry)
    if not _possible(journey, entry, from_states) or not _agreed(journey, entry):
        clash = Conflict(id=entry.id, kind=type(entry).__name__, state=journey.state)
        # That the person set out, or was stopped, is true whatever the paper said.
        true_anyway = {k: v for k, v in news.items() if k in ("begun_at", "stop") and v}
        return replace(journey, conflicts=(*journey.conflicts, clash), **true_anyway)
    if isinstance(entry, e.GoDecided) and not entry.go:
        to = "draft"
    return replace(journey, state=to, **news)


def _possible(journey: Journey, entry: Entry, from_states: frozenset[str]) -> bool:
    """Whether the state allows it. Of a go and a no that were decided apart, the no counts."""
    return journey.state in from_states or (_is_no(entry) and journey.state == "ready")


def _is_no(entry: Entry) -> bool:
    return isinstance(entry, e.GoDecided) and not entry.go


def _agreed(journey: Journey, entry: Entry) -> bool:
    """Whether two different people stand behind a go, and behind the safety of somebody who is under control,
    stopped or missing; every other move needs one. Nobody ends a doubt that they had not heard of."""
    if isinstance(entry, e.ConfirmedSafe):
        open_ = {doubt.id for doubt in journey.doubts if doubt.until is None}
        return open_ <= frozenset(entry.seen) and (two_people(entry) or not open_)
    if isinstance(entry, e.Resumed):
        return journey.stop is None or journey.stop.id in entry.seen
    if not isinstance(entry, e.GoDecided):
        return True
    proposal = journey.proposal
    return proposal is not None and proposal.id == entry.proposal and proposal.by != entry.by


def _nothing(journey: Journey, entry: Any) -> dict[str, Any]:
    return {}


_REOPENED: dict[str, Any] = {"proposal": None, "override": None, "overridden": ()}

_FACTS: Mapping[type[Entry], Callable[[Journey, Any], dict[str, Any]]] = MappingProxyType(
    {
        e.ChecksCompleted: lambda j, x: {"overridden": x.overridden},
        e.ChecksReopened: lambda j, x: _REOPENED,
        e.GoDecided: lambda j, x: {} if x.go else _REOPENED,
        e.JourneyStarted: lambda j, x: {"begun_at": j.begun_at or x.at},
        e.Paused: lambda j, x: {"pause": x},
        e.StoppedAtBorder: lambda j, x: {"stop": x, "pause": None},
        e.Resumed: lambda j, x: {"pause": None, "stop": None},
        e.Aborted: lambda j, x: {"aborted_at": x.at, "abort_reason": x.reason, "pause": None},
        e.Arrived: lambda j, x: {"arrived_at": x.arrived_at},
        e.ConfirmedSafe: lambda j, x: {"confirmed_at": x.at, "stop": None, "doubts": _answered(j, x)},
        e.JourneyClosed: lambda j, x: {"closed_at": x.at, "outcome": x.outcome},
    }
)


def _answered(j: Journey, x: e.ConfirmedSafe) -> tuple[Doubt, ...]:
    return tuple(replace(d, until=d.until or x.at) if d.id in x.seen else d for d in j.doubts)


def _learn_mark(j: Journey, x: e.CheckInMarked) -> Journey:
    mark = Mark(id=x.id, leg=x.leg, sign=x.sign, heard_at=x.heard_at, new_due=x.new_due, schedule=j.schedules)
    return replace(j, marks=(*j.marks, mark))


def _learn_step(j: Journey, x: e.CheckInMissed) -> Journey:
    step = Step(leg=x.leg, step=x.step, at=x.at, by=x.by)
    return replace(j, steps=(*j.steps, step))


def _learn_grace(j: Journey, x: e.GraceExtended) -> Journey:
    extension = Extension(leg=x.leg, minutes=x.minutes, schedule=j.schedules)
    return replace(j, extensions=(*j.extensions, extension))


def _learn_shutdown(j: Journey, x: e.ShutdownFlagged) -> Journey:
    return replace(j, shutdowns=(*j.shutdowns, Shutdown(flag=x.flag, legs=x.legs, since=x.since)))


def _learn_lifting(j: Journey, x: e.ShutdownLifted) -> Journey:
    lifted = (
        replace(s, until=x.until if s.until is None else min(s.until, x.until)) if s.flag == x.flag else s
        for s in j.shutdowns
    )
    return replace(j, shutdowns=tuple(lifted))


def _learn_found(j: Journey, x: e.FoundAgain) -> Journey:
    return replace(j, found_at=(*j.found_at, x.at)) if two_people(x) else j


def _learn_override(j: Journey, x: e.ChecksOverridden) -> Journey:
    return replace(j, override=x) if two_people(x) else j


def _learn_recheck(j: Journey, x: e.RecheckDemanded) -> Journey:
    return replace(j, recheck_due=x.due if j.recheck_due is None else min(j.recheck_due, x.due))


_LEARN: Mapping[type[Entry], Callable[[Journey, Any], Journey]] = MappingProxyType(
    {
        e.CheckInsScheduled: lambda j, x: replace(j, schedules=j.schedules + 1),
        e.ConsentLinked: lambda j, x: replace(j, consent=x.line),
        e.ChecksOverridden: _learn_override,
        e.GoNoGoProposed: lambda j, x: replace(j, proposal=x),
        e.CheckInMarked: _learn_mark,
        e.CheckInMissed: _learn_step,
        e.GraceExtended: _learn_grace,
        e.ShutdownFlagged: _learn_shutdown,
        e.ShutdownLifted: _learn_lifting,
        e.FoundAgain: _learn_found,
        e.RecheckDemanded: _learn_recheck,
        e.RouteRechecked: lambda j, x: replace(j, recheck_due=None, rechecked_at=x.at),
    }
)

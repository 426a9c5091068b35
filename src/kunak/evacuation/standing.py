"""What of a journey's checked values stands, and the careful reading of values that were set apart.

Nothing here depends on the order of hearing, nor on whose clock was right: see ``kunak.fold.current``.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from kunak.evacuation import entries as e
from kunak.evacuation import facts
from kunak.evacuation.journey import Doubt, Journey, Standing
from kunak.fold import Entry, current, ids, replace

E = TypeVar("E", bound=Entry)
# Of each answer of the exit check, the one to be careful about first.
_CAREFUL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("wanted", "missing_person", "exit_stop", "debt", "military_summons"),
        ("hit", "not_checked", "checked_by_lawyer"),
    ),
    "cameras": ("on_the_way", "unknown", "avoided"),
    "minors_consent": ("missing", "have", "not_needed"),
    "medication": ("missing", "have_30_days", "not_needed"),
    "phone": ("own", "unknown", "clean", "new", "left_behind"),
}
_TOLD = ("sim_rule_told", "story_rehearsed", "cash_in_hand")
_SAID = (e.CheckInMarked, e.CheckInMissed, e.MissingDecided, e.StoppedAtBorder)  # what ``seen`` may name
_ANSWERS: dict[str, tuple[type[Entry], ...]] = {
    "missing": (e.FoundAgain,),
    "duress": (e.FoundAgain,),
    "stop": (e.Resumed,),
}


def with_standing(journey: Journey, heard: Sequence[Entry]) -> Journey:
    """The journey with all that stands, and what rules act on."""
    standing = Standing(
        ways=_current(heard, e.WayChosen),
        outlines=_current(heard, e.WayOutlined),
        schedules=_schedules(heard),
        exit_risks=_current(heard, e.ExitRiskChecked),
        stop_decisions=_current(heard, e.StopDecisionMade),
        papers=_current(heard, e.PapersChecked),
        papers_enough=_current(heard, e.PapersConfirmed),
        decisions=_decisions(heard),
    )
    way = _under_way(standing.ways)[-1:]
    about = frozenset(ids(standing.outlines))
    enough = [x.enough for x in standing.papers_enough if about <= frozenset(x.about)]
    override = journey.override
    return replace(
        journey,
        standing=standing,
        way=way[0].way if way else None,
        coordinator=way[0].coordinator if way else "",
        outline=_outline(standing.outlines),
        schedule=_schedule(standing.schedules),
        exit_risk=_exit_risk(standing.exit_risks),
        stop_decision=_stop_decision(standing.stop_decisions),
        papers=tuple(dict.fromkeys(paper for x in standing.papers for paper in x.papers)),
        papers_enough=all(enough) if enough else None,
        override=override if override is not None and about <= frozenset(override.about) else None,
    )


def doubts(heard: Sequence[Entry]) -> tuple[Doubt, ...]:
    """Every reason to doubt that the person is free. Only who knew of one answers it."""
    return tuple(
        replace(doubt, until=_answered(doubt, heard)) for entry in heard for doubt in _doubts_of(entry)
    )


def known_signs(journey: Journey) -> tuple[str, ...]:
    """Ids of the signs, steps, decisions and stops that are known: what a new one has ``seen``."""
    return tuple(entry.id for entry in journey.heard if isinstance(entry, _SAID))


def said_apart(journey: Journey) -> tuple[tuple[e.CheckInMarked, e.CheckInMissed | e.MissingDecided], ...]:
    """A sign that came, and a step or a decision as if none had come, by members who did not know of each
    other; until someone who knew both has gone on. A sign of duress is told elsewhere, not here."""
    marks = [x for x in journey.heard if isinstance(x, e.CheckInMarked) and x.sign != "duress"]
    steps = [x for x in journey.heard if isinstance(x, e.CheckInMissed | e.MissingDecided)]
    later = [frozenset(getattr(x, "seen", ())) for x in journey.heard]
    return tuple(
        (mark, step)
        for mark in marks
        for step in steps
        if step.id not in mark.seen
        and mark.id not in step.seen
        and _same_leg(mark, step)
        and not any({mark.id, step.id} <= seen for seen in later)
    )


def two_people(entry: Any) -> bool:
    """Whether an entry names a first member besides the second, who wrote it."""
    return entry.first not in ("", entry.by)


def _same_leg(mark: e.CheckInMarked, step: e.CheckInMissed | e.MissingDecided) -> bool:
    return isinstance(step, e.MissingDecided) or step.leg <= mark.leg


def _doubts_of(entry: Entry) -> Iterable[Doubt]:
    if isinstance(entry, e.MissingDecided) and two_people(entry):
        yield Doubt(id=entry.id, kind="missing", since=entry.at)
    elif isinstance(entry, e.CheckInMarked) and entry.sign == "duress":
        yield Doubt(id=entry.id, kind="duress", since=entry.heard_at)
    elif isinstance(entry, e.StoppedAtBorder):
        yield Doubt(id=entry.id, kind="stop", since=entry.stopped_at)


def _answered(doubt: Doubt, heard: Iterable[Entry]) -> Any:
    answers = (x for x in heard if isinstance(x, _ANSWERS[doubt.kind]) and doubt.id in getattr(x, "seen", ()))
    return min((x.at for x in answers if isinstance(x, e.Resumed) or two_people(x)), default=None)


def _current(heard: Iterable[Entry], kind: type[E]) -> tuple[E, ...]:
    return current(x for x in heard if isinstance(x, kind))


def _schedules(heard: Iterable[Entry]) -> tuple[e.CheckInsScheduled | e.JourneyStarted, ...]:
    """The schedules that stand. A start says which one it set out on, so that none made apart replaces it."""
    set_ = (x for x in heard if isinstance(x, e.CheckInsScheduled | e.JourneyStarted))
    return current(x for x in set_ if isinstance(x, e.CheckInsScheduled) or x.check_ins)


def _under_way(standing: Sequence[Any]) -> Sequence[Any]:
    """Of what stands, what the person is travelling on; all of it before they set out."""
    moving = [x for x in standing if isinstance(x, e.JourneyStarted) or x.under_way]
    return moving or standing


def _schedule(standing: Sequence[e.CheckInsScheduled | e.JourneyStarted]) -> tuple[facts.CheckIn, ...]:
    """Leg by leg the earliest hour and the least grace: a false alarm does less harm than none."""
    legs: dict[int, facts.CheckIn] = {}
    for entry in _under_way(standing):
        for check_in in entry.check_ins:
            before = legs.get(check_in.leg, check_in)
            legs[check_in.leg] = replace(
                check_in,
                due=min(check_in.due, before.due),
                grace=min(check_in.grace, before.grace),
                shutdown_grace=min(check_in.shutdown_grace, before.shutdown_grace),
            )
    return tuple(legs[leg] for leg in sorted(legs))


def _outline(standing: Sequence[e.WayOutlined]) -> e.WayOutlined | None:
    if not standing:
        return None
    return replace(
        standing[-1],
        crosses_border=any(x.crosses_border for x in standing),
        shared_lists_end=any(x.shared_lists_end for x in standing),
        stale=max(x.stale for x in standing),
    )


def _exit_risk(standing: Sequence[e.ExitRiskChecked]) -> e.ExitRiskChecked | None:
    """Answer by answer the worse one."""
    if len(standing) < 2:
        return standing[0] if standing else None
    worse: dict[str, Any] = {
        name: min((getattr(x, name) for x in standing), key=partial(_place, order))
        for name, order in _CAREFUL.items()
    }
    worse |= {name: all(getattr(x, name) for x in standing) for name in _TOLD}
    return replace(standing[-1], dependants=max(x.dependants for x in standing), **worse)


def _stop_decision(standing: Sequence[e.StopDecisionMade]) -> e.StopDecisionMade | None:
    """The quieter choice, without a name unless all say with one, and the longest wait."""
    if not standing:
        return None
    return replace(
        standing[-1],
        choice=min((x.choice for x in standing), key=partial(_place, facts.STOP_CHOICES)),
        with_name=all(x.with_name for x in standing),
        after=max(x.after for x in standing),
    )


def _decisions(heard: Sequence[Entry]) -> tuple[e.GoDecided, ...]:
    decided = [x for x in heard if isinstance(x, e.GoDecided)]
    return tuple(x for x in decided if x.proposal == decided[-1].proposal)


def _place(order: Sequence[str], value: str) -> int:
    return order.index(value) if value in order else -1

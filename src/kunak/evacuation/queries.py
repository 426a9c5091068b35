"""Questions of the state. None of them answers with a place, except ``leg_card`` and ``legs_known_to``,
which give one leg to the one who has to know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kunak.evacuation import entries as e
from kunak.evacuation.checkins import Due as Due
from kunak.evacuation.checkins import Late as Late
from kunak.evacuation.checkins import awaited as awaited
from kunak.evacuation.checkins import late as late
from kunak.evacuation.checkins import passed_leg
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import State
from kunak.evacuation.record import Lesson as Lesson
from kunak.evacuation.record import Moment as Moment
from kunak.evacuation.record import expired as expired
from kunak.evacuation.record import lesson as lesson
from kunak.evacuation.record import place_expires as place_expires
from kunak.evacuation.record import timeline as timeline
from kunak.evacuation.standing import said_apart as said_apart
from kunak.fold import differing

EXIT_INDICATORS = ("wanted", "missing_person", "exit_stop", "debt", "military_summons")
# No two people can go ahead without these. A recheck or a go that is missing is not a check at all.
_NEVER_SKIPPED = frozenset({"way", "settle_way", "consent", "shared_lists_end"})


# Before travel


def missing_checks(journey: Journey, state: State | None = None) -> tuple[str, ...]:
    """Codes of what is still needed for the start, in the order in which to do it.

    way, settle_way (two were chosen apart), consent, shared_lists_end, exit_risk, unchecked_*, hit_*,
    minors_consent, stop_decision, papers (all as long as two people have not overridden them), then recheck,
    complete, go. Empty when it may start, and after. With ``state``, a route that became doubtful unheard by
    the planner is found too.
    """
    if journey.state not in ("draft", "checked", "ready"):
        return ()
    skipped = journey.override.missing if journey.override else ()
    unmet_ = unmet(journey) if journey.state == "draft" else _undone(journey)
    open_ = [c for c in unmet_ if c not in skipped or c in _NEVER_SKIPPED]
    if journey.recheck_due is not None or (state is not None and needs_recheck(state, journey)):
        open_.append("recheck")
    rest = {"draft": ("complete", "go"), "checked": ("go",), "ready": ()}
    return (*open_, *rest[journey.state])


def unmet(journey: Journey) -> tuple[str, ...]:
    """Codes of the checks that are not met, whoever may have overridden them."""
    return (
        *([] if journey.schedule else ["way"]),
        *(["settle_way"] if ways_differ(journey) else []),
        *([] if journey.consent else ["consent"]),
        *(["shared_lists_end"] if _may_be_stuck(journey) else []),
        *_exit_risk(journey.exit_risk),
        *([] if journey.stop_decision else ["stop_decision"]),
        *([] if journey.papers_enough else ["papers"]),
    )


def ways_differ(journey: Journey) -> bool:
    """Whether ways or schedules that members set apart stand beside each other."""
    known = journey.standing
    ways, schedules = differing(known.ways, "way", "coordinator"), differing(known.schedules, "check_ins")
    return bool(ways or schedules or differing(known.outlines, "crosses_border", "shared_lists_end"))


def _undone(journey: Journey) -> tuple[str, ...]:
    """Of checks that were complete, those that something noted apart has undone. What this device may not
    read is not missing: whoever completed the checks could."""
    unread = {"way", "consent", "stop_decision"}
    if journey.exit_risk is None:
        unread |= {"exit_risk", "shared_lists_end"}
    if not journey.standing.papers_enough:
        unread.add("papers")
    return tuple(check for check in unmet(journey) if check not in unread)


def never_skipped(checks: Iterable[str]) -> tuple[str, ...]:
    """Those of the checks that no two people can skip."""
    return tuple(check for check in checks if check in _NEVER_SKIPPED)


def warnings(journey: Journey) -> tuple[str, ...]:
    """What does not stop a start but should be seen before one."""
    found = []
    if journey.outline is not None and journey.outline.stale:
        found.append("stale_rules")
    risk = journey.exit_risk
    if risk is None:
        return tuple(found)
    soft = {
        "cameras": risk.cameras != "avoided",
        "medication": risk.medication == "missing",
        "phone": risk.phone in ("own", "unknown"),
        "sim_rule": not risk.sim_rule_told,
        "story": not risk.story_rehearsed,
        "cash": not risk.cash_in_hand,
    }
    return (*found, *(code for code, open_ in soft.items() if open_))


def _exit_risk(risk: e.ExitRiskChecked | None) -> list[str]:
    if risk is None:
        return ["exit_risk"]
    prefix = {"not_checked": "unchecked", "hit": "hit"}
    answers = {name: str(getattr(risk, name)) for name in EXIT_INDICATORS}
    found = [f"{prefix[answer]}_{name}" for name, answer in answers.items() if answer in prefix]
    return [*found, *(["minors_consent"] if risk.minors_consent == "missing" else [])]


def _may_be_stuck(journey: Journey) -> bool:
    """A person who may be wanted gets into a state that shares the lists, and not out again (NEEDS G-16)."""
    cleared = journey.exit_risk is not None and journey.exit_risk.wanted == "checked_by_lawyer"
    return journey.outline is not None and journey.outline.shared_lists_end and not cleared


# Routes


def doubtful_routes(state: State) -> frozenset[str]:
    """Codes of the routes on which something happened."""
    return frozenset(route.code for route in state.routes if route.doubtful_since is not None)


def needs_recheck(state: State, journey: Journey) -> bool:
    """Whether somebody has to look at this journey's route again: it was asked for, or its way uses a route
    that became doubtful since anybody last looked."""
    if journey.recheck_due is not None:
        return True
    since = (_doubtful_since(state, leg.route) for leg in (journey.way.legs if journey.way else ()))
    seen = journey.rechecked_at
    return any(when is not None and (seen is None or seen < when) for when in since)


def _doubtful_since(state: State, code: str) -> datetime | None:
    route = state.routes.get(code)
    return None if route is None else route.doubtful_since


def plans_on(state: State, route: str) -> tuple[Journey, ...]:
    """Every journey not yet over that has a leg on this route and has that leg still ahead."""
    return tuple(j for j in state if _still_ahead(j, route))


def _still_ahead(journey: Journey, route: str) -> bool:
    if journey.way is None or journey.state in ("aborted", "arrived", "confirmed_safe", "closed"):
        return False
    passed = passed_leg(journey)
    return any(leg.route == route and leg.number > passed for leg in journey.way.legs)


# On the way


def due_check_ins(journey: Journey, now: datetime) -> tuple[Due, ...]:
    """The sign that is due at ``now`` or overdue; empty while it is still ahead."""
    sign = awaited(journey)
    return (sign,) if sign is not None and sign.due <= now else ()


@dataclass(frozen=True, kw_only=True)
class OnTheWay:
    """One row of the board: how far, when the next sign is due, how late, which step. No place."""

    journey: str
    case: str
    state: str
    leg: int
    legs: int
    kind: str
    next_due: datetime | None
    late: Late | None
    recheck_due: datetime | None
    conflict: bool

    @property
    def late_by(self) -> timedelta | None:
        """How long after its due time the sign is missed, once the grace is over."""
        return None if self.late is None else self.late.late_by

    @property
    def ladder_step(self) -> str:
        """The step that is due now, or ""."""
        return "" if self.late is None else self.late.step


def on_the_way(state: State, now: datetime, levels: Mapping[str, str] | None = None) -> tuple[OnTheWay, ...]:
    """Everybody who set out and is not yet confirmed safe, the most urgent first.

    ``levels``: today's level by case code, where it is known.
    """
    rows = [_row(j, now, (levels or {}).get(j.case, "")) for j in state if j.on_the_way]
    return tuple(sorted(rows, key=_urgency))


def _row(journey: Journey, now: datetime, level: str) -> OnTheWay:
    sign = awaited(journey)
    return OnTheWay(
        journey=journey.code,
        case=journey.case,
        state=journey.state,
        leg=min(passed_leg(journey) + 1, max(journey.legs, 1)) if sign is None else sign.leg,
        legs=journey.legs,
        kind="" if sign is None else sign.kind,
        next_due=None if sign is None else sign.due,
        late=late(journey, now, level),
        recheck_due=journey.recheck_due,
        conflict=bool(journey.conflicts),
    )


def _urgency(row: OnTheWay) -> tuple[int, float, str]:
    statuses = ("missing", "under_control", "silent", "late")
    rank = statuses.index(row.late.status) if row.late else len(statuses)
    due = row.late.silent_at if row.late else row.next_due
    return rank, due.timestamp() if due else float("inf"), row.journey


@dataclass(frozen=True, kw_only=True)
class StopStep:
    """A step after an exit stop and when it is due."""

    step: str
    at: datetime


def stop_clock(journey: Journey) -> tuple[StopStep, ...]:
    """After an exit stop: what follows when (NEEDS Sc-6), by the person's own decision. Empty otherwise.

    Nobody tells the family. The publicity step carries the choice made before travel: stop_silent,
    stop_lawyer_only, stop_partner_pressure, stop_public_without_name, stop_public_with_name.
    """
    stop, decision = journey.stop, journey.stop_decision
    if stop is None:
        return ()
    steps = {"cover_answer": 0, "lawyer_dispatched": 15, "lawyer_there": 40, "hand_over_risk": 120}
    rows = [StopStep(step=s, at=stop.stopped_at + timedelta(minutes=m)) for s, m in steps.items()]
    if decision is not None:
        choice = f"stop_{decision.choice}"
        if decision.choice == "public":
            choice += "_with_name" if decision.with_name else "_without_name"
        rows.append(StopStep(step=choice, at=stop.stopped_at + timedelta(minutes=decision.after)))
    return tuple(sorted(rows, key=lambda row: row.at))


# Who may know which leg


@dataclass(frozen=True, kw_only=True)
class LegCard:
    """What the driver of one leg may know, on paper or by voice: no code, no name, no other leg."""

    mode: str
    origin: str
    destination: str
    day: date | None
    day_part: str
    handover_sign: str
    abort_signs: tuple[str, ...]
    fallback_a: str
    fallback_b: str


def leg_card(journey: Journey, n: int) -> LegCard | None:
    """The card of leg ``n``, or None when there is no such leg or the reader may not read places."""
    legs = () if journey.way is None else journey.way.legs
    leg = next((leg for leg in legs if leg.number == n), None)
    if leg is None:
        return None
    return LegCard(
        mode=leg.mode,
        origin=leg.origin_name,
        destination=leg.destination_name,
        day=leg.day,
        day_part=leg.day_part,
        handover_sign=leg.handover_sign,
        abort_signs=leg.abort_signs,
        fallback_a=leg.fallback_a,
        fallback_b=leg.fallback_b,
    )


def legs_known_to(journey: Journey, member: str) -> tuple[int, ...]:
    """The numbers of the legs that a code may know: all for the coordinator, else no two in a row."""
    if journey.way is None:
        return ()
    everything = member == journey.coordinator
    return tuple(
        leg.number for leg in journey.way.legs if everything or member in (leg.driver, *leg.who_knows)
    )

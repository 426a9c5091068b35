"""Questions of the state. None of them answers with a place, except ``leg_card`` and ``legs_known_to``,
which give one leg to the one who has to know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kunak.evacuation import entries as e
from kunak.evacuation.checkins import Due, Late, awaited, late, passed_leg
from kunak.evacuation.model import Journey, State
from kunak.fold import Entry

PLACE_KEPT = timedelta(hours=72)  # after arrival (NEEDS 4.23)
EXIT_INDICATORS = ("wanted", "missing_person", "exit_stop", "debt", "military_summons")
# No two people can go ahead without these. A recheck or a go that is missing is not a check at all.
_NEVER_SKIPPED = frozenset({"way", "consent", "shared_lists_end"})


# Before travel


def missing_checks(journey: Journey) -> tuple[str, ...]:
    """Codes of what is still needed for the start, in the order in which to do it.

    way, consent, shared_lists_end, exit_risk, unchecked_*, hit_*, minors_consent, stop_decision, papers (all
    as long as two people have not overridden them), then recheck, complete, go. Empty when it may start, and
    after.
    """
    if journey.state not in ("draft", "checked", "ready"):
        return ()
    skipped = journey.override.missing if journey.override else ()
    open_ = [] if journey.state != "draft" else [c for c in unmet(journey) if c not in skipped]
    if journey.recheck_due is not None:
        open_.append("recheck")
    rest = {"draft": ("complete", "go"), "checked": ("go",), "ready": ()}
    return (*open_, *rest[journey.state])


def unmet(journey: Journey) -> tuple[str, ...]:
    """Codes of the checks that are not met, whoever may have overridden them."""
    return (
        *([] if journey.schedule else ["way"]),
        *([] if journey.consent else ["consent"]),
        *(["shared_lists_end"] if _may_be_stuck(journey) else []),
        *_exit_risk(journey.exit_risk),
        *([] if journey.stop_decision else ["stop_decision"]),
        *([] if journey.papers_enough else ["papers"]),
    )


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
    return frozenset(route for journey in state for route in journey.doubtful)


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


# After


def place_expires(journey: Journey) -> datetime | None:
    """When the places of this journey are to be forgotten; None while they are still needed.

    72 hours after arrival; of a journey that did not arrive, 72 hours after the abort, or, if it never
    began, after its last planned sign. While two workers hold the person missing, the places are kept, since
    they are where to look, until the journey is closed.
    """
    if journey.missing_since is not None and journey.closed_at is None:
        return None
    ended = journey.arrived_at or journey.aborted_at
    if journey.missing_since is not None:
        ended = journey.closed_at
    if ended is None and journey.begun_at is None and journey.schedule:
        ended = journey.schedule[-1].due
    return None if ended is None else ended + PLACE_KEPT


def expired(journey: Journey, now: datetime) -> bool:
    """Whether the places are to be forgotten now."""
    when = place_expires(journey)
    return when is not None and now >= when


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is kept for learning: no person, no code, no place; the date rounded to the month."""

    legs: int
    days: int
    failures: tuple[str, ...]
    month: date


def lesson(journey: Journey) -> Lesson | None:
    """What may be kept once the journey is closed; None before, or if it never began."""
    if journey.closed_at is None or journey.begun_at is None:
        return None
    end = journey.arrived_at or journey.aborted_at or journey.closed_at
    kinds = {e.StoppedAtBorder: "stopped", e.CheckInMissed: "sign_missed", e.MissingDecided: "missing"}
    failures = {kinds[type(entry)] for entry in journey.heard if type(entry) in kinds}
    if journey.aborted_at is not None:
        failures.add("aborted")
    return Lesson(
        legs=journey.legs,
        days=(end - journey.begun_at).days + 1,
        failures=tuple(sorted(failures)),
        month=end.date().replace(day=1),
    )


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline. ``what`` is the code of what happened; ``detail`` a code, or ""."""

    at: datetime
    what: str
    by: str
    leg: int | None
    detail: str
    compartment: str


def timeline(journey: Journey) -> tuple[Moment, ...]:
    """All that was heard of the journey, oldest first, without any place."""
    return tuple(_moment(entry) for entry in journey.heard)


# Which field of an entry is a code that may stand in a timeline. No free text, no place.
_DETAIL = (
    ("sign", (e.CheckInMarked,)),
    ("step", (e.CheckInMissed,)),
    ("plan_type", (e.JourneyPlanned,)),
    ("verdict", (e.RouteRechecked,)),
    ("outcome", (e.JourneyClosed,)),
    ("how", (e.FoundAgain, e.ConfirmedSafe)),
    ("reason", (e.ChecksReopened, e.Paused, e.Aborted, e.GraceExtended)),
)


def _moment(entry: Entry) -> Moment:
    detail = next((str(getattr(entry, name)) for name, kinds in _DETAIL if isinstance(entry, kinds)), "")
    if isinstance(entry, e.GoDecided):
        detail = "go" if entry.go else "no_go"
    return Moment(
        at=entry.at,
        what=_snake(type(entry).__name__),
        by=entry.by,
        leg=getattr(entry, "leg", None),
        detail=detail,
        compartment=entry.compartment,
    )


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

"""What the page of a journey shows: the next action, the signs, the ladder, the strip, and who may see which
place. Pure questions of the rooms' states at one hour."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from kunak.casework.entries import ConsentGiven
from kunak.casework.model import Case
from kunak.casework.queries import valid_consents
from kunak.evacuation import Journey, State, facts, queries
from kunak.evacuation.actions import OUTCOMES
from kunak.evacuation.checkins import Due, Late, open_check_ins, passed_leg
from kunak.intake.contact import Permission, SafeContactPlan
from kunak.intake.model import Request
from kunak.intake.queries import contact_permission
from kunak.web.drawings.shapes import StripLeg, StripStop
from kunak.web.drawings.strip import journey_strip
from kunak.web.words import tables

Say = Callable[..., str]
When = Callable[[datetime], str]
HELD = ("detained", "charged", "handed_over")


@dataclass(frozen=True, kw_only=True)
class SignRow:
    """The sign at the end of one leg. ``state`` is heard, next, late, ahead or not_heard; no place."""

    leg: int
    state: str
    due: datetime
    grace: int
    heard_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class View:
    """A journey at one hour, as one member sees it."""

    journey: Journey
    case: Case | None
    next: str  # what is to be done now: a code of the table "journey-next"
    missing: tuple[str, ...]
    skippable: bool  # two people may go ahead without what is missing
    warnings: tuple[str, ...]
    consents: tuple[ConsentGiven, ...]  # lines p4 of the case that hold now
    consent_holds: bool
    awaited: Due | None
    late: Late | None
    signs: tuple[SignRow, ...]
    stop_clock: tuple[queries.StopStep, ...]
    cover: Permission | None  # whether a cover message may be written now; None: no channel is listed
    places_gone: bool
    places_until: datetime | None
    legs: tuple[facts.Leg, ...]  # those whose place this member may know
    hidden: int  # how many legs they may not
    recheck: bool
    outcomes: tuple[str, ...]
    doubtful: tuple[str, ...]  # routes of these legs on which something happened
    two_confirm: bool  # safety is confirmed by two
    withheld: bool  # somebody else may be writing for the person: no place stands on this page

    @property
    def doubtful_choices(self) -> list[tuple[str, str]]:
        """The doubtful routes as pairs of a field."""
        return [(route, route) for route in self.doubtful]

    @property
    def leg_choices(self) -> list[tuple[str, str]]:
        """The legs as (code, words) pairs of a field."""
        named = ((leg.number, f"{leg.origin_name} – {leg.destination_name}") for leg in self.legs)
        return [(str(number), f"{number}. {name}") for number, name in named]


def view(
    state: State,
    journey: Journey,
    case: Case | None,
    request: Request | None,
    member: str,
    now: datetime,
    *,
    withheld: bool = False,
) -> View:
    """All that the page needs, in one pass. ``withheld``: no place, to nobody."""
    consents = valid_consents(case, "p4", now) if case else ()
    cover = cover_permission(request, now)
    level = case.level if case else ""
    opens = cover.next_at if cover is not None and not cover.allowed else None
    late = queries.late(journey, now, level, opens)
    missing = queries.missing_checks(journey, state)
    legs, hidden = ((), 0) if withheld else _legs(journey, member, now)
    holds = journey.consent in {line.id for line in consents}
    return View(
        journey=journey,
        case=case,
        next=_next(journey, missing, late, member, holds),
        missing=missing,
        skippable=journey.state == "draft" and _skippable(journey, missing),
        warnings=queries.warnings(journey),
        consents=consents,
        consent_holds=holds,
        awaited=queries.awaited(journey),
        late=late,
        signs=signs(journey, now),
        stop_clock=queries.stop_clock(journey),
        cover=cover,
        places_gone=queries.expired(journey, now),
        places_until=queries.place_expires(journey),
        legs=legs,
        hidden=hidden,
        recheck=queries.needs_recheck(state, journey),
        outcomes=_outcomes(journey),
        doubtful=tuple(sorted(queries.doubtful_routes(state) & {leg.route for leg in legs})),
        two_confirm=bool(journey.under_control or journey.missing_since or journey.stop),
        withheld=withheld,
    )


def quietly(journey: Journey) -> Journey:
    """The journey as if the person's last words had been as agreed.

    Somebody may be looking at the screen when a sign of duress is marked. The page that answers must look
    the same as after any other sign; whoever opens the journey next sees the truth, and so does the board.
    """
    if not any(mark.sign == "duress" for mark in journey.marks):
        return journey
    doubts = tuple(d for d in journey.doubts if d.kind != "duress")
    marks = tuple(replace(m, sign="ok") if m.sign == "duress" else m for m in journey.marks)
    return replace(journey, marks=marks, doubts=doubts)


def signs(journey: Journey, now: datetime) -> tuple[SignRow, ...]:
    """The signs of all legs: which were heard, which one is next, which are still ahead."""
    passed, ahead = passed_leg(journey), {c.leg: c for c in open_check_ins(journey)}
    late = queries.late(journey, now)
    rows = []
    for planned in journey.schedule:
        check_in = ahead.get(planned.leg, planned)
        heard = [m.heard_at for m in journey.marks if m.leg == planned.leg and m.sign == "ok"]
        if planned.leg <= passed:
            state = "heard"
        elif journey.state not in ("moving", "paused"):
            state = "ahead" if journey.begun_at is None else "not_heard"
        elif planned.leg != min(ahead, default=0):
            state = "ahead"
        else:
            state = "late" if late is not None and late.kind == "leg" else "next"
        rows.append(
            SignRow(
                leg=planned.leg,
                state=state,
                due=check_in.due,
                grace=check_in.grace,
                heard_at=max(heard, default=None),
            )
        )
    return tuple(rows)


def cover_permission(request: Request | None, now: datetime) -> Permission | None:
    """Whether the safe-contact plan allows a message now, on any channel that reaches the person."""
    plan: SafeContactPlan | None = request.plan if request else None
    if request is None or plan is None:
        return None
    kinds = [channel.kind for channel in plan.channels if channel.kind != "web_code"]
    found = [contact_permission(request, kind, now) for kind in kinds]
    return next((one for one in found if one.allowed), found[0] if found else None)


def strip(shown: View, now: datetime, say: Say, when: When, *, width: int, prefix: str) -> Markup:
    """The journey's strip. Without the right to the places, legs have their numbers only."""
    journey = shown.journey
    if not journey.schedule:
        return Markup("")
    known = {leg.number: leg for leg in shown.legs}
    stops = [StripStop(_name(known.get(1), say, start=True), "none", "")]
    for row in shown.signs:
        stops.append(StripStop(_name(known.get(row.leg), say, number=row.leg), *_said(row, now, say, when)))
    legs = [StripLeg(_leg_said(known.get(r.leg), r.leg, say), _leg_state(r)) for r in shown.signs]
    return journey_strip(stops, legs, label=say("The journey, leg by leg"), width=width, prefix=prefix)


def _name(leg: facts.Leg | None, say: Say, *, number: int = 0, start: bool = False) -> str:
    if leg is not None:
        name, code = (leg.origin_name, leg.origin) if start else (leg.destination_name, leg.destination)
        name = name.split(" – ")[0]  # this side of a crossing
        return name if len(name) <= 18 else code.split(":")[-1][:18]
    return say("Start") if start else say("End of leg %(leg)s", leg=number)


def _said(row: SignRow, now: datetime, say: Say, when: When) -> tuple[str, str]:
    if row.state == "heard":
        return "done", say("Heard %(when)s", when=when(row.heard_at)) if row.heard_at else say("Passed")
    if row.state == "late":
        minutes = int((now - row.due).total_seconds() // 60)
        late = say("%(min)s min late", min=minutes) if minutes < 120 else say("%(h)s h late", h=minutes // 60)
        return "late", late
    if row.state == "next":
        return "due", say("Due %(when)s", when=when(row.due))
    return "planned", when(row.due)


def _leg_said(leg: facts.Leg | None, number: int, say: Say) -> str:
    if leg is None:
        return say("leg %(leg)s", leg=number)
    mode = say(tables()["mode"].get(leg.mode, leg.mode))
    return say("%(mode)s, %(hours)s h", mode=mode, hours=f"{leg.hours:.1f}")


def _leg_state(row: SignRow) -> str:
    return {"heard": "done", "next": "now", "late": "now"}.get(row.state, "ahead")


def _legs(journey: Journey, member: str, now: datetime) -> tuple[tuple[facts.Leg, ...], int]:
    if journey.way is None or queries.expired(journey, now):
        return (), 0
    known = queries.legs_known_to(journey, member)
    legs = tuple(leg for leg in journey.way.legs if leg.number in known)
    return legs, len(journey.way.legs) - len(legs)


def _skippable(journey: Journey, missing: tuple[str, ...]) -> bool:
    unmet = queries.unmet(journey)
    open_ = [c for c in missing if c in unmet]
    return bool(open_) and not queries.never_skipped(unmet)


def _outcomes(journey: Journey) -> tuple[str, ...]:
    """The ends that are true of this journey; the room refuses any other."""
    if journey.state == "confirmed_safe":
        return ("safe",)
    if journey.state != "aborted":
        return ()
    if journey.begun_at is None:
        return ("never_began",)
    true = {"missing": journey.missing_since is not None, "held": journey.abort_reason in HELD}
    return tuple(o for o in OUTCOMES if true.get(o))


def _next(journey: Journey, missing: tuple[str, ...], late: Late | None, member: str, holds: bool) -> str:
    if journey.state in ("draft", "checked", "ready"):
        return _next_before(journey, missing, member, holds)
    if journey.stop is not None:
        return "stopped"
    if late is not None:
        return late.status
    after = {"aborted": "confirm_safe" if journey.on_the_way else "close", "paused": "paused"}
    on = {"arrived": "confirm_safe", "confirmed_safe": "close", "closed": "nothing"}
    return {**after, **on}.get(journey.state, "await" if open_check_ins(journey) else "arrive")


def _next_before(journey: Journey, missing: tuple[str, ...], member: str, holds: bool) -> str:
    if journey.consent and not holds:
        return "consent_gone"
    if journey.state == "ready":
        return ("recheck" if "recheck" in missing else "fill") if missing else "start"
    if "recheck" in missing:
        return "recheck"
    if journey.state == "checked" and missing[:1] == ("go",):
        if journey.proposal is None:
            return "propose"
        return "decide" if journey.proposal.by != member else "decide_second"
    return "complete" if missing[:1] == ("complete",) else "fill"

"""What members noted while apart, side by side: who said what and when, what counts meanwhile, how to settle.

The page of a case, a request or a journey shows it on top. The next edit of the same thing settles it, since
its author sees all that stands; where one of the values can simply be kept, a button does it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from kunak.casework import Case
from kunak.casework.lists import MOST_WORKERS
from kunak.evacuation import Journey, facts
from kunak.evacuation.queries import EXIT_INDICATORS, said_apart
from kunak.fold import Entry, differing
from kunak.intake.contact import ContactChannel, SafeContactPlan, Window
from kunak.intake.model import Request
from kunak.intake.plans import StandingPlan, differ
from kunak.web.forms import N_
from kunak.web.visit import Visit
from kunak.web.words import tables


@dataclass(frozen=True)
class Said:
    """One of the values: by whom, when, in words; ``keep`` is its id where it can be kept with one tap."""

    at: datetime
    by: str
    text: str
    keep: str = ""


@dataclass(frozen=True)
class Apart:
    """One thing of which several values stand: codes of the tables "apart" and "apart_rule", and the page on
    which the next edit settles it; or the form that keeps one."""

    what: str
    rule: str
    said: tuple[Said, ...]
    settle: str = ""
    keep: str = ""
    about: str = ""


Tell = Callable[[Visit, Any], str]


def of_request(visit: Visit, request: Request | None) -> tuple[Apart, ...]:
    """What was noted apart about how to reach a person and how sure we are of them."""
    return tuple(_of_request(visit, request)) if request is not None else ()


def of_case(visit: Visit, case: Case, base: str) -> tuple[Apart, ...]:
    """What was noted apart about a case, or about a request that is no case yet. ``base`` is its page."""
    return tuple(_of_case(visit, case, base))


def of_journey(visit: Visit, journey: Journey) -> tuple[Apart, ...]:
    """What was noted apart about a journey. Nothing of it tells a place."""
    return tuple(_of_journey(visit, journey))


def plan_rows(visit: Visit, plans: Sequence[StandingPlan]) -> list[tuple[str, list[str]]]:
    """The facts in which plans differ, each with its words in every plan."""
    if not differ(plans):
        return []
    rows = []
    for name in (f.name for f in fields(SafeContactPlan)):
        said = [_plan_fact(visit, name, getattr(one.plan, name)) for one in plans]
        if len(set(said)) > 1:
            rows.append((name, said))
    return rows


def _of_request(visit: Visit, request: Request) -> Iterator[Apart]:
    here = f"/requests/{request.code}"
    if differ(request.plans):
        names = [_word(visit, name, "plan_fact") for name, _ in plan_rows(visit, request.plans)]
        differs = visit.say(N_("differs in: %(facts)s"), facts=", ".join(names))
        said = tuple(Said(one.at, one.by, differs) for one in request.plans)
        yield Apart("plan", "plan", said, settle=f"{here}/plan")
    grades = differing(request.grades, "person_grade", "account_grade")
    yield from _apart(visit, "grades", grades, _grades, f"{here}/confidence")
    yield from _apart(visit, "signs", differing(request.signs, "signs"), _signs, f"{here}/confidence")


def _of_case(visit: Visit, case: Case, base: str) -> Iterator[Apart]:
    levels = differing(case.judgements, "level")
    yield from _apart(visit, "level", levels, lambda v, x: _word(v, x.level, "level"), f"{base}/triage")
    assigned = differing(case.assignments, "workers")
    rule = "too_many" if len(case.workers) > MOST_WORKERS else "workers"
    yield from _apart(visit, "workers", assigned, lambda v, x: ", ".join(x.workers), f"{base}/workers", rule)
    for need, noted in case.needs_said.items():
        for one in _apart(visit, "need", differing(noted, "state"), _need, f"{base}/needs"):
            yield Apart(one.what, one.rule, one.said, one.settle, about=_word(visit, need, "need"))


def _of_journey(visit: Visit, journey: Journey) -> Iterator[Apart]:
    known, before = journey.standing, journey.begun_at is None
    risks = differing(known.exit_risks, *(name for name, _ in _RISK))
    yield from _apart(visit, "exit_risk", risks, _risk, "#exit-risk" if before else "")
    decisions = differing(known.stop_decisions, "choice", "with_name", "after")
    yield from _apart(visit, "stop_decision", decisions, _stop, "#stop-decision" if before else "")
    yield from _apart(visit, "papers", differing(known.papers_enough, "enough"), _enough, "#papers")
    yield from _ways(visit, journey)
    yield from _apart(visit, "go", differing(known.decisions, "go"), _go, "#next")
    for pair in said_apart(journey):
        yield from _apart(visit, "sign", pair, _sign, "#next")


def _ways(visit: Visit, journey: Journey) -> Iterator[Apart]:
    """Ways, for whoever may read them; else the schedules that come with them."""
    known = journey.standing
    ways = differing(known.ways, "way", "coordinator")
    if ways:
        keep = f"/journeys/{journey.code}/keep-way" if journey.begun_at is None else ""
        said = tuple(Said(x.at, x.by, _way(visit, x), x.id if keep else "") for x in ways)
        yield Apart("way", "way", said, keep=keep)
        return
    schedules = differing(known.schedules, "check_ins")
    rule = "way" if journey.begun_at is None else "schedule"
    yield from _apart(visit, "schedule", schedules, _schedule, "#way", rule)


def _apart(
    visit: Visit, what: str, entries: Sequence[Entry], tell: Tell, settle: str, rule: str = ""
) -> Iterator[Apart]:
    if entries:
        said = tuple(Said(x.at, x.by, tell(visit, x)) for x in entries)
        yield Apart(what, rule or what, said, settle=settle)


def _grades(visit: Visit, x: Any) -> str:
    grades = (_word(visit, x.person_grade, "person_grade"), _word(visit, x.account_grade, "account_grade"))
    return " · ".join(grades)


def _signs(visit: Visit, x: Any) -> str:
    return _words(visit, x.signs, "hostile_sign") or visit.say(N_("none"))


def _need(visit: Visit, x: Any) -> str:
    return _word(visit, x.state, "need_state")


_RISK = (
    *((name, "lookup") for name in EXIT_INDICATORS),
    ("cameras", "cameras"),
    ("minors_consent", "minors"),
    ("medication", "medication"),
    ("phone", "phone"),
)


def _risk(visit: Visit, x: Any) -> str:
    names = {"cameras": N_("Cameras on the way"), "minors_consent": N_("Exit consent for minors"),
             "medication": N_("Medication"), "phone": N_("The phone")}  # fmt: skip
    return " · ".join(
        f"{visit.say(names[name]) if name in names else _word(visit, name, 'indicator')}: "
        f"{_word(visit, getattr(x, name), table)}"
        for name, table in _RISK
    )


def _stop(visit: Visit, x: Any) -> str:
    name = visit.say(N_("with the name") if x.with_name else N_("without the name"))
    choice = _word(visit, x.choice, "stop-choice")
    after = visit.say(N_("after %(min)s min"), min=x.after)
    return ", ".join([choice, *([name] if x.choice == "public" else []), after])


def _enough(visit: Visit, x: Any) -> str:
    return visit.say(N_("Yes, compared with every leg") if x.enough else N_("No"))


def _go(visit: Visit, x: Any) -> str:
    return _word(visit, "go" if x.go else "no_go", "go")


def _sign(visit: Visit, x: Any) -> str:
    if hasattr(x, "sign"):
        return f"{_word(visit, x.sign, 'sign')}, {visit.say(N_('leg %(leg)s'), leg=x.leg)}"
    if hasattr(x, "step"):
        return _word(visit, x.step, "ladder")
    return _word(visit, "missing_decided", "journey-event")


def _way(visit: Visit, x: Any) -> str:
    way: facts.Way = x.way
    return visit.say(
        N_("%(legs)s legs, %(hours)s h, coordinator %(member)s"),
        legs=len(way.legs),
        hours=f"{way.hours:.0f}",
        member=x.coordinator,
    )


def _schedule(visit: Visit, x: Any) -> str:
    zone = visit.office.settings.zone
    return ", ".join(c.due.astimezone(zone).strftime("%d.%m. %H:%M") for c in x.check_ins)


def _plan_fact(visit: Visit, name: str, value: object) -> str:
    if name == "channels" and isinstance(value, tuple):
        return "; ".join(_channel(visit, channel) for channel in value) or "–"
    if name in ("windows", "never") and isinstance(value, tuple):
        return "; ".join(_window(visit, window) for window in value) or "–"
    if name == "utc_offset_minutes":
        return "–" if value is None else f"{int(str(value)) / 60:+g} h"
    if isinstance(value, tuple):
        return ", ".join(_word(visit, str(one), name) for one in value) or "–"
    return _word(visit, str(value), name) or "–"


def _channel(visit: Visit, channel: ContactChannel) -> str:
    seen = _word(visit, channel.seen_by, "seen_by")
    return f"{_word(visit, channel.kind, 'channel')} {channel.address} ({seen})"


def _window(visit: Visit, window: Window) -> str:
    hours = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (window.start, window.end))
    days = _words(visit, tuple(str(day) for day in window.days), "weekday")
    return f"{'–'.join(hours)} {days}".strip()


def _word(visit: Visit, code: str, table: str) -> str:
    message = tables().get(table, {}).get(code)
    return visit.say(message) if message else code


def _words(visit: Visit, codes: Sequence[str], table: str) -> str:
    return ", ".join(_word(visit, code, table) for code in codes)

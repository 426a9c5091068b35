"""On the way: signs, the ladder, a stop at a border, pauses, the arrival, and the end."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from kunak import casework
from kunak.casework.model import Case
from kunak.evacuation import Journey, actions, facts
from kunak.evacuation.actions import (
    ABORT_REASONS,
    EXTENSION_REASONS,
    OUTCOMES,
    PAUSE_REASONS,
    SAFE_SIGNS,
)
from kunak.evacuation.checkins import TAKEN_BY_ONE
from kunak.evacuation.ground import find
from kunak.web.journeys_acting import act, form_routes, go_back, together
from kunak.web.visit import Visit


def mark(visit: Visit) -> Response:
    """A sign came. Whatever it was, the page that answers looks the same."""
    form = visit.posted()
    sign = form.one_of("sign", facts.SIGNS)
    leg = form.number("leg", low=1, high=99)
    heard_at = form.moment("heard_at")
    new_due = form.moment("new_due", required=sign == "delayed") if sign == "delayed" else None
    form.check()
    act(visit, actions.mark_check_in, leg=leg, sign=sign, heard_at=heard_at, new_due=new_due)
    if sign == "duress":
        _alarm(visit, "new_information")
    return go_back(visit, "marked")


def grace(visit: Visit) -> Response:
    """More time for the sign that is awaited, within the plan's rule."""
    form = visit.posted()
    minutes = form.number("minutes", low=1, high=24 * 60)
    reason = form.one_of("grace_reason", EXTENSION_REASONS)
    form.check()
    act(visit, actions.extend_grace, minutes=minutes, reason=reason)
    return go_back(visit, "saved")


def step(visit: Visit) -> Response:
    """A step of the ladder was taken."""
    form = visit.posted()
    taken = form.one_of("step", TAKEN_BY_ONE)
    form.check()
    act(visit, actions.take_step, step=taken, level=_level(visit))
    return go_back(visit, "saved")


def alarm(visit: Visit) -> Response:
    """A missed sign on the way is a hard trigger: the case becomes P0."""
    _alarm(visit, "missed_check_in")
    return go_back(visit, "raised")


def missing(visit: Visit) -> Response:
    """Two workers decide that the person is missing."""
    together(visit, actions.decide_missing, level=_level(visit))
    _alarm(visit, "new_information")
    return go_back(visit, "saved")


def found(visit: Visit) -> Response:
    """Two people note that the person was heard of in a way that is hard to force."""
    form = visit.posted()
    how = form.one_of("found_how", SAFE_SIGNS)
    moving = find(visit.bench.journeys, visit.code).state == "moving"
    next_sign = form.moment("found_next", required=moving)
    form.check()
    together(visit, actions.find_again, how=how, next_sign=next_sign)
    return go_back(visit, "saved")


def stopped(visit: Visit) -> Response:
    """Stopped at the border, in one tap: the case becomes P0 and the stop-decision's clock runs."""
    form = visit.posted()
    stopped_at = form.moment("stopped_at")
    form.check()
    act(visit, actions.stop_at_border, stopped_at=stopped_at)
    _alarm(visit, "new_information")
    return go_back(visit, "stopped")


def pause(visit: Visit) -> Response:
    """Pause until an agreed next sign."""
    form = visit.posted()
    reason = form.one_of("pause_reason", PAUSE_REASONS)
    next_sign = form.moment("pause_until", required=True)
    allowed = form.number("pause_grace", low=0, high=24 * 60, default=120)
    form.check()
    act(visit, actions.pause_journey, reason=reason, next_sign=next_sign, grace=allowed)
    return go_back(visit, "saved")


def resume(visit: Visit) -> Response:
    """Go on; the signs that are left move with the next one."""
    form = visit.posted()
    next_sign = form.moment("resume_next", required=True)
    form.check()
    act(visit, actions.resume_journey, next_sign=next_sign)
    return go_back(visit, "saved")


def abort(visit: Visit) -> Response:
    """The journey ends here."""
    form = visit.posted()
    reason = form.one_of("abort_reason", ABORT_REASONS)
    form.check()
    act(visit, actions.abort_journey, reason=reason)
    return go_back(visit, "saved")


def arrive(visit: Visit) -> Response:
    """The person arrived."""
    form = visit.posted()
    arrived_at = form.moment("arrived_at")
    form.check()
    act(visit, actions.record_arrival, arrived_at=arrived_at)
    return go_back(visit, "arrived")


def confirm_safe(visit: Visit) -> Response:
    """The person is safe: the follow-up of the case starts."""
    form = visit.posted()
    how = form.one_of("safe_how", (*SAFE_SIGNS, "agreed_sign"))
    form.check()
    together(visit, actions.confirm_safe, how=how)
    return go_back(visit, "safe")


def close(visit: Visit) -> Response:
    """The end of work on the journey."""
    form = visit.posted()
    outcome = form.one_of("outcome", OUTCOMES)
    form.check()
    act(visit, actions.close_journey, outcome=outcome)
    return go_back(visit, "saved")


def doubt(visit: Visit) -> Response:
    """Something happened on a route of this journey: everyone else on it is looked at again."""
    form = visit.posted()
    way = _journey(visit).way
    routes = {str(leg.number): leg.route for leg in (way.legs if way else ())}
    leg = form.one_of("route_leg", routes)
    reason = form.one_of("doubt_reason", facts.DOUBTS)
    form.check()
    bench = visit.bench
    bench.act(
        actions.mark_route_doubtful,
        bench.journeys,
        route=routes[leg],
        reason=reason,
        happened_on=visit.code,
    )
    return go_back(visit, "demanded")


def clear(visit: Visit) -> Response:
    """Two people hold that a doubtful route of this journey can be used again."""
    form = visit.posted()
    way = _journey(visit).way
    route = form.one_of("clear_route", {leg.route for leg in (way.legs if way else ())})
    reason = form.one_of("clear_reason", facts.CLEARED)
    form.check()
    visit.together(actions.clear_route, visit.bench.journeys, route=route, reason=reason)
    return go_back(visit, "saved")


def _journey(visit: Visit) -> Journey:
    return find(visit.bench.journeys, visit.code)


def _case(visit: Visit) -> Case | None:
    return visit.bench.cases.get(_journey(visit).case)


def _level(visit: Visit) -> str:
    case = _case(visit)
    return case.level if case else ""


def _alarm(visit: Visit, reason: str) -> None:
    """Raise the case to P0. At P0 already it is a new alarm: its clocks start anew."""
    case, bench = _case(visit), visit.bench
    if case is not None:
        bench.act(
            casework.actions.raise_priority,
            bench.cases,
            subject=case.code,
            level="P0",
            reason=reason,
            requests=bench.requests,
        )


def routes(back: Callable[[Visit], Response]) -> list[Route]:
    """The routes of this module; refused forms go back to the journey's page."""
    verbs = {
        "sign": mark,
        "grace": grace,
        "step": step,
        "alarm": alarm,
        "missing": missing,
        "found": found,
        "stopped": stopped,
        "pause": pause,
        "resume": resume,
        "abort": abort,
        "arrived": arrive,
        "safe": confirm_safe,
        "close": close,
        "doubt": doubt,
        "clear": clear,
    }
    return form_routes(verbs, back)

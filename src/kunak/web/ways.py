"""The ways out: one question, all ways that are not worse in every respect than another, and the choice.

With a case at ``/cases/CODE/ways`` a way can be chosen with the person; without one at ``/ways`` there is
only planning. Neither saves the question.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from starlette.responses import Response

from kunak.casework.model import Case
from kunak.casework.queries import find_case, valid_consents
from kunak.errors import KunakError, Refused
from kunak.evacuation import actions
from kunak.evacuation.ways.routes import Answer, find_ways
from kunak.evacuation.ways.words import state_name
from kunak.evacuation.ways.world import World
from kunak.web import ways_data, ways_form, ways_view
from kunak.web.forms import N_, Filling, Form, NotFilled
from kunak.web.readings import opened
from kunak.web.visit import Visit, page, post
from kunak.web.ways_form import Question
from kunak.web.ways_plan import departure_bounds, plan_type, way_of
from kunak.workbench import new_code
from kunak.workbench.gate import WithheldUnderControl

FORM = "ways"
FIRST_DEPARTURE = timedelta(hours=12)  # proposed when a way is chosen; the worker corrects it


class YesNeeded(Refused):
    """The person has not said yes to a travel operation, so no way can be chosen with them yet."""

    code: ClassVar[str] = "travel-yes-needed"
    hint: ClassVar[str] = (
        "Ask the person, note their yes (purpose p4) in the consents of the case, and choose again."
    )


class PlanGone(Refused):
    """This way is no longer among the answers: the question or the data have changed."""

    code: ClassVar[str] = "way-gone"
    hint: ClassVar[str] = "Look at the answers below and choose again."


@dataclass(frozen=True)
class Result:
    """A question and its answer."""

    question: Question
    answer: Answer


def show(visit: Visit) -> Response:
    """The question, empty; or, after a refusal, as it was typed, with its answer where there is one."""
    return _page(visit, _try_again(visit) if visit.problem is not None else None)


def ask(visit: Visit) -> Response:
    """Search, and show what was found. Nothing is saved."""
    return _page(visit, _result(visit, visit.posted()))


def choose(visit: Visit) -> Response:
    """Make a journey of a way that was chosen with the person; not while somebody else may be writing."""
    if visit.bench.gate.control(visit.code).possible:
        raise WithheldUnderControl
    form = visit.posted()
    result = _result(visit, form)
    plan = ways_view.by_key(result.answer, form.raw("plan"))
    departure = form.moment("departure", required=True)
    first, last = departure_bounds(visit.now)
    if departure is not None and not first <= departure <= last:
        form.fault("departure", N_("Between now and 90 days from now."))
    form.check()
    if plan is None or departure is None:
        raise PlanGone
    case = _case(visit)
    consents = valid_consents(case, "p4", visit.now)
    if not consents:
        raise YesNeeded
    bench, journey = visit.bench, new_code("J")
    request = bench.requests.get(case.request)
    safe_contact = request.plan if request is not None else None
    bench.act(
        actions.plan_journey,
        bench.journeys,
        subject=journey,
        case=case.code,
        plan_type=plan_type(_world(visit), plan),
        level=case.level or "P1",
        legs=len(plan.legs),
        trusted_person=safe_contact is not None and "trusted_person" in safe_contact.missed_then,
    )
    bench.act(
        actions.choose_way,
        bench.journeys,
        subject=journey,
        way=way_of(_world(visit), plan, departure),
        coordinator=bench.member,
    )
    bench.act(
        actions.link_consent,
        bench.journeys,
        subject=journey,
        consent_line=consents[-1].id,
        consents=tuple(line.id for line in consents),
    )
    return visit.go(f"/journeys/{journey}", said="planned")


def _world(visit: Visit) -> World:
    return ways_data.world(visit.office.settings.directory)


def _case(visit: Visit) -> Case:
    """The open case of the path. Raises CaseUnknown."""
    return find_case(visit.bench.cases, visit.code)


def _result(visit: Visit, form: Form) -> Result:
    today = visit.now.astimezone(visit.office.settings.zone).date()
    question = ways_form.read_question(form, _world(visit), today)
    return Result(question, find_ways(_world(visit), question.profile))


def _try_again(visit: Visit) -> Result | None:
    try:
        return _result(visit, visit.posted())
    except KunakError:
        return None


def _page(visit: Visit, result: Result | None) -> Response:
    with_case = "code" in visit.request.path_params
    case = _case(visit) if with_case else None
    if case is not None and visit.bench.gate.control(case.code).possible:
        raise WithheldUnderControl
    typed = visit.answers if visit.answers else ways_form.DEFAULTS
    faults = visit.problem.faults if isinstance(visit.problem, NotFilled) else {}
    home = result.question.profile.passports if result else ()
    context: dict[str, Any] = {
        "case": case,
        "here": f"/cases/{case.code}/ways" if case else "/ways",
        "filling": Filling(FORM, typed, faults),
        "world": _world(visit),
        "state_name": state_name,
        "places": ways_form.suggestions(_world(visit), home),
        "result": result,
        "consents": valid_consents(case, "p4", visit.now) if case else (),
        "departure": visit.now + FIRST_DEPARTURE,
        "chosen": visit.posted().raw("plan"),
        "fault": faults.get("departure"),
    }
    if result is not None:
        context.update(_shown(visit, result))
    return visit.render("ways.html", **context)


def _shown(visit: Visit, result: Result) -> dict[str, Any]:
    answer, question = result.answer, result.question
    return {
        "rows": ways_view.rows(_world(visit), answer, question.sort),
        "refused": ways_view.refused(_world(visit), answer.refused),
        "about": ways_view.about_state(_world(visit), answer, question.about) if question.about else None,
        "about_name": state_name(_world(visit), question.about),
        "carried": ways_form.carried(visit.answers),
        "pictures": ways_view.pictures(_world(visit), answer, visit.language),
        "sorts": ways_form.SORTS,
    }


ROUTES = [
    page("/ways", "ways", show),
    post("/ways", "ways-ask", ask, back=show),
    page("/cases/{code}/ways", "case-ways", opened(show)),
    post("/cases/{code}/ways", "case-ways-ask", ask, back=show),
    post("/cases/{code}/ways/choose", "case-ways-choose", choose, back=show),
]

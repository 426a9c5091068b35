"""The reading log: what is noted when a file is opened, canaries, and the alarm when one was touched.

A page of a file notes that it was opened, and for what, before it shows anything (``opened``). Who works on a
file is not asked why; who does not, is. Lists and the queue hold no personal data and are not noted.
"""

from collections.abc import Callable
from typing import NamedTuple

from starlette.responses import Response

from kunak.access import actions, queries
from kunak.access.entries import READINGS
from kunak.access.lists import MOST_OPENINGS
from kunak.intake import actions as intake_actions
from kunak.intake.form import MAX_TEXT, REGIONS, parse
from kunak.vault import roles
from kunak.web.forms import N_
from kunak.web.hands import hands
from kunak.web.places import home
from kunak.web.together_pages import kept_by_two
from kunak.web.visit import NoSuchPage, Page, Visit, page, post
from kunak.web.words import options
from kunak.workbench import Workbench, new_code
from kunak.workbench.reading import TooManyOpened

ASKED = ("handover", "second_opinion", "incident_exposure", "review")  # of who does not work on it


class File(NamedTuple):
    """What a page shows of a person: the code it is kept under, the compartment, and why it is opened."""

    subject: str
    what: str
    purpose: str  # empty: it must be asked


def opened(show: Page, find: "Callable[[Visit], File | None] | None" = None) -> Page:
    """A page that notes what is opened before it shows it; ``find`` tells what that is."""

    def noted(visit: Visit) -> Response:
        file = (find or _file)(visit)
        if file is None:
            return show(visit)
        log = hands(visit).readings
        if not file.purpose and not log.was_noted(file.subject, file.what):
            return visit.render("why.html", file=file, purposes=options(visit.say, "read_purpose", ASKED))
        try:
            log.note(file.subject, file.what, file.purpose or "own_case")
        except TooManyOpened as problem:
            visit.problem = problem
            return visit.render("too_many.html", file=file, back=visit.path)
        return show(visit)

    return noted


def of_journey(visit: Visit) -> File | None:
    """What the page of a journey shows beyond the board: places. Nobody is asked why on the way."""
    journey = visit.bench.journeys.get(visit.code)
    if journey is None or not visit.bench.may_read(visit.code, "place"):
        return None
    case = visit.bench.cases.get(journey.case)
    is_theirs = journey.coordinator == visit.bench.member or (case and visit.bench.member in case.workers)
    return File(visit.code, "place", "own_case" if is_theirs else "second_opinion")


def _file(visit: Visit) -> File | None:
    """The work file of a case or request, if these keys open it."""
    bench, code = visit.bench, visit.code
    if not any(bench.may_read(one, "work") for one in _codes(bench, code)):
        return None
    return File(code, "work", _purpose(bench, code))


def _codes(bench: Workbench, code: str) -> set[str]:
    case = bench.cases.get(code)
    return {code, case.request} - {""} if case is not None else {code}


def _purpose(bench: Workbench, code: str) -> str:
    case = bench.cases.get(code)
    if case is not None and case.workers:
        return "own_case" if bench.member in case.workers else ""
    return "reply" if case is not None and case.level else "triage"


def show(visit: Visit) -> Response:
    """What I opened this shift, the log itself, and for a coordinator the canaries."""
    bench = visit.bench
    log = hands(visit).readings
    is_coordinator = roles.may(bench.vault.me, (roles.COORDINATOR,))
    months = [one for one in kept_by_two(bench) if one.what == "readings"]
    able = [one for one in bench.vault.office.epoch.document.members if roles.may(one, _CARE)]
    return visit.render(
        "readings.html",
        opened=log.opened_this_shift(),
        most=queries.most_openings(bench.access, bench.member, visit.now),
        usual=MOST_OPENINGS,
        months=[(one.subject, one.subject.removeprefix(READINGS), one.mine) for one in months],
        is_coordinator=is_coordinator,
        canaries=[one.subject for one in bench.access if one.is_canary] if is_coordinator else [],
        readers=[(one.code, one.code) for one in able],
        regions=options(visit.say, "region", REGIONS),
    )


def say_why(visit: Visit) -> Response:
    """Note for what somebody else's file is opened, and open it."""
    form = visit.posted()
    purpose = form.one_of("purpose", ASKED)
    form.check()
    hands(visit).readings.note(visit.code, "work", purpose)
    return visit.go(home(visit.bench, visit.code))


def show_why(visit: Visit) -> Response:
    """Ask why; again, where no answer was chosen."""
    file = File(visit.code, "work", "")
    home(visit.bench, visit.code)
    return visit.render("why.html", file=file, purposes=options(visit.say, "read_purpose", ASKED))


def allow_more(visit: Visit) -> Response:
    """A colleague looks at the screen and agrees to ten more this shift."""
    typed = visit.answers.get("second_passphrase", ("",))[0]
    with visit.office.trying():
        hands(visit).readings.allow_more(typed)
    visit.office.stir()
    back = visit.posted().raw("back")
    return visit.go(back if _is_ours(back) else "/readings", said="more-allowed")


def place_canary(visit: Visit) -> Response:
    """Invent a request that has its end already, and mark it: nobody has a reason to open it."""
    form, bench = visit.posted(), visit.bench
    able = [one.code for one in bench.vault.office.epoch.document.members if roles.may(one, _CARE)]
    readers = form.some_of("readers", able, required=True)
    if len(readers) > roles.MOST_NAMED:
        form.fault("readers", N_("At most three."))
    region = form.one_of("region", REGIONS)
    text = form.text("text", limit=MAX_TEXT, required=True)
    form.check()
    if not roles.may(bench.vault.me, (roles.COORDINATOR,)):
        raise NoSuchPage
    code = new_code("R")
    answers = parse({"safe_now": ("yes",), "danger": ("no",), "region": (region,), "text": (text,)})
    facts = {
        "subject": code,
        "answers": answers,
        "received_at": visit.now,
        "readers": readers,
        "channel": "phone",
    }
    bench.act(intake_actions.receive_request, bench.requests, **facts)
    bench.act(actions.place_canary, bench.access, subject=code)
    bench.act(intake_actions.acknowledge, bench.requests, subject=code)
    ending = {"status": "info_given", "reasons": ("advice_only_wanted",)}
    bench.act(intake_actions.close_request, bench.requests, subject=code, **ending)
    return visit.go(f"/readings/canary/{code}")


def show_placed(visit: Visit) -> Response:
    """Its code, once: nothing else tells a coordinator which one it is, if they cannot open it."""
    return visit.render("canary.html", code=visit.code)


def see_alarm(visit: Visit) -> Response:
    """Take an alarm up."""
    bench = visit.bench
    if visit.code not in {one.id for one in queries.alarms(bench.access)}:
        raise NoSuchPage
    bench.act(actions.see_alarm, bench.access, alarm=visit.code)
    return visit.go("/", said="alarm-seen")


def _is_ours(back: str) -> bool:
    return back.startswith("/") and not back.startswith(("//", "/\\")) and back.isascii()


_CARE = (roles.DUTY, roles.CASE_WORKER)

ROUTES = [
    page("/readings", "readings", show),
    post("/readings/more", "readings-more", allow_more, back=show),
    post("/readings/canary", "canary-place", place_canary, back=show),
    page("/readings/canary/{code}", "canary-placed", show_placed),
    page("/readings/why/{code}", "reading-why", show_why),
    post("/readings/why/{code}", "reading-say-why", say_why, back=show_why),
    post("/alarms/{code}/seen", "alarm-seen", see_alarm),
]

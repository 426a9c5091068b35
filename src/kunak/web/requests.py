"""The page of one request: what to do now, the thread with the person, what they told us, how it ends."""

from starlette.responses import Response

from kunak.casework import Case, clocks, queries
from kunak.intake import actions
from kunak.intake.entries import SecondLookAsked
from kunak.intake.form import CHANNELS, NOT_ASKED
from kunak.intake.model import Request
from kunak.web import apart, cases, yours
from kunak.web.places import home, next_page, the_request, told
from kunak.web.readings import opened
from kunak.web.thread import LONGEST_REPLY, thread
from kunak.web.together_pages import kept_of
from kunak.web.visit import Visit, page, post
from kunak.web.words import options


def show(visit: Visit) -> Response:
    """The request; its case's page instead, once it is one."""
    request = the_request(visit)
    opened = queries.case_of_request(visit.bench.cases, request.code)
    if opened is not None:
        return visit.go(f"/cases/{opened.code}") if visit.problem is None else cases.tell(visit, opened)
    case = visit.bench.cases.get(request.code) or Case(code=request.code)
    running = clocks.running(case, request, visit.now)
    level, provisional = clocks.level_now(case, request)
    status = queries.request_status(visit.bench.requests, visit.bench.cases, visit.code)
    return visit.render(
        "request.html",
        case=case,
        running=() if request.ended and not request.unanswered else running,
        level=level,
        provisional=provisional,
        status=status,
        why=queries.explain(case, request),
        next_action=_next(visit, case.code),
        base=f"/requests/{request.code}",
        aparts=(*apart.of_request(visit, request), *apart.of_case(visit, case, f"/requests/{request.code}")),
        next_page=next_page,
        not_yours=yours.of_request(visit.bench, request),
        by_two=kept_of(visit.bench, request.code),
        events=told(queries.timeline((request.code,), visit.bench.requests, visit.bench.cases))[::-1],
        **thread(visit, request, level),
    )


def reply(visit: Visit) -> Response:
    """Write back: an entry first, delivered after."""
    request = actions.find_request(visit.bench.requests, visit.code)
    form = visit.posted()
    channel = form.one_of("channel", CHANNELS, default="web_code")
    text = form.text("text", limit=LONGEST_REPLY, required=True)
    form.check()
    language = request.language if request.language != NOT_ASKED else visit.language
    visit.bench.act(
        actions.write_reply,
        visit.bench.requests,
        subject=visit.code,
        text=text,
        language=language,
        channel=channel,
    )
    visit.office.stir()
    said = "answered" if channel == "web_code" and request.reply_keys else "answer-noted"
    return visit.go(home(visit.bench, visit.code), said=said)


def acknowledge(visit: Visit) -> Response:
    """The person has been told that we have it."""
    visit.bench.act(actions.acknowledge, visit.bench.requests, subject=visit.code)
    return visit.go(home(visit.bench, visit.code), said="acknowledged")


def read(visit: Visit) -> Response:
    """The messages so far need no answer."""
    visit.bench.act(actions.mark_read, visit.bench.requests, subject=visit.code)
    return visit.go(home(visit.bench, visit.code), said="read")


def check_safety(visit: Visit) -> Response:
    """Somebody looked at how the person can be written to safely."""
    visit.bench.act(actions.check_safety, visit.bench.requests, subject=visit.code)
    return visit.go(home(visit.bench, visit.code), said="saved")


def show_end(visit: Visit) -> Response:
    """Choose an end for the request, then its reasons."""
    request = the_request(visit)
    asked = visit.asked("status") or visit.answers.get("status", ("",))[0]
    status = asked if asked in actions.REASONS else ""
    return visit.render(
        "end.html",
        request=request,
        status=status,
        statuses=actions.REASONS,
        reasons=options(visit.say, "reason", actions.REASONS.get(status, ())),
        needs_second=status in actions.NEEDS_SECOND,
    )


def end(visit: Visit) -> Response:
    """Give the request its end, with reasons, and with a second member where it takes two."""
    form = visit.posted()
    status = form.one_of("status", actions.REASONS)
    reasons = form.some_of("reasons", actions.REASONS[status], required=True)
    other = form.text("other", limit=20).upper()
    form.check()
    visit.together(
        actions.close_request,
        visit.bench.requests,
        subject=visit.code,
        status=status,
        reasons=reasons,
        other=other,
    )
    return visit.go(home(visit.bench, visit.code), said="ended")


def reopen(visit: Visit) -> Response:
    """Back in the queue, for anyone, without a reason."""
    visit.bench.act(actions.reopen_request, visit.bench.requests, subject=visit.code)
    return visit.go(home(visit.bench, visit.code), said="reopened")


def show_confidence(visit: Visit) -> Response:
    """How sure we are of the person and of the account, and signs of a hostile contact."""
    request = the_request(visit)
    return visit.render(
        "confidence.html",
        request=request,
        home=home(visit.bench, visit.code),
        person=options(visit.say, "person_grade", actions.PERSON_GRADES),
        account=options(visit.say, "account_grade", actions.ACCOUNT_GRADES),
        signs=options(visit.say, "hostile_sign", actions.HOSTILE_SIGNS),
        before={
            "person_grade": request.person_grade,
            "account_grade": request.account_grade,
            **{f"sign_{sign}": answer for sign, answer in _looked(request).items()},
        },
    )


def confidence(visit: Visit) -> Response:
    """Keep the grades, and of each sign whether it was seen. They decide nothing by themselves."""
    form = visit.posted()
    grades = {
        "person_grade": form.one_of("person_grade", actions.PERSON_GRADES, default="V0"),
        "account_grade": form.one_of("account_grade", actions.ACCOUNT_GRADES, default="A0"),
    }
    looked = {sign: form.one_of(f"sign_{sign}", ("yes", "no"), default="") for sign in actions.HOSTILE_SIGNS}
    form.check()
    before = actions.find_request(visit.bench.requests, visit.code)
    visit.bench.act(actions.note_confidence, visit.bench.requests, subject=visit.code, **grades)
    if looked == _looked(before) and len(before.signs) < 2:
        return visit.go(home(visit.bench, visit.code), said="saved")
    written = visit.bench.act(
        actions.note_hostile_signs,
        visit.bench.requests,
        subject=visit.code,
        signs=[sign for sign, answer in looked.items() if answer == "yes"],
        absent=[sign for sign, answer in looked.items() if answer == "no"],
    )
    asked = any(isinstance(entry, SecondLookAsked) for entry in written)
    return visit.go(home(visit.bench, visit.code), said="signs-asked" if asked else "saved")


def _looked(request: Request) -> dict[str, str]:
    """Of each sign, whether it was seen, looked for and not seen, or not looked for."""
    absent = {sign for one in request.signs for sign in getattr(one, "no", ())}
    return {
        sign: "yes" if sign in request.hostile_signs else "no" if sign in absent else ""
        for sign in actions.HOSTILE_SIGNS
    }


def _next(visit: Visit, code: str) -> str:
    rows = queries.queue(visit.bench.requests, visit.bench.cases, visit.now)
    return next((row.next_action for row in rows if row.code == code), "")


ROUTES = [
    page("/requests/{code}", "request", opened(show), listens=True),
    post("/requests/{code}/replies", "reply", reply, back=show),
    post("/requests/{code}/acknowledge", "acknowledge", acknowledge, back=show),
    post("/requests/{code}/read", "read", read, back=show),
    post("/requests/{code}/safety", "safety", check_safety, back=show),
    page("/requests/{code}/end", "end-form", show_end),
    post("/requests/{code}/end", "end", end, back=show_end),
    post("/requests/{code}/reopen", "reopen", reopen, back=show),
    page("/requests/{code}/confidence", "confidence-form", show_confidence),
    post("/requests/{code}/confidence", "confidence", confidence, back=show_confidence),
]

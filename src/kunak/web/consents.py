"""The consent ledger of a case: giving a line, stopping it with one button, calling back what was told."""

from datetime import UTC, datetime, time

from starlette.responses import Response

from kunak.casework import actions, consent
from kunak.web.forms import Form
from kunak.web.places import the_case
from kunak.web.readings import opened
from kunak.web.visit import Visit, page, post
from kunak.web.words import options


def show(visit: Visit) -> Response:
    """Every line, whether it holds, and a form for a new one."""
    case = the_case(visit)
    return visit.render(
        "consents.html",
        case=case,
        lines=[(x, consent.holds(case, x, visit.now), consent.ends_at(case, x)) for x in case.consents[::-1]],
        stopped_apart={x.id: consent.stopped_apart(case, x) for x in case.consents},
        recalls=consent.recalls(case),
        choices={name: options(visit.say, table, codes) for name, table, codes in _LISTS},
        validity=consent.VALIDITY,
        vital=case.vital,
        one_use=consent.ONE_USE,
        purpose=visit.asked("purpose"),
        control=visit.bench.gate.control(case.code),
        request=visit.bench.requests.get(case.request),
        void=[
            (one, next((x for x in case.consents if x.id == one.line), None)) for one in case.void_withdrawals
        ],
    )


def give(visit: Visit) -> Response:
    """Write one line: one purpose, one named recipient. There is no override."""
    form = visit.posted()
    facts = {
        "purpose": form.one_of("purpose", consent.PURPOSES),
        "organisation": form.text("organisation", limit=120, required=True),
        "role": form.text("role", limit=120, required=True),
        "about": form.text("about", limit=120),
        "scope": form.some_of("scope", consent.SCOPE, required=True),
        "mode": form.one_of("mode", consent.MODES),
        "given_when": form.one_of("given_when", consent.GIVEN_WHEN),
        "understanding": form.one_of("understanding", consent.UNDERSTANDING),
        "conditions": form.text("conditions", limit=300),
        "age_band": form.one_of("age_band", consent.AGE_BANDS, default="adult"),
        "guardian_is_danger": form.yes("guardian_is_danger"),
        "valid_until": _end_of(form),
    }
    form.check()
    visit.together(actions.give_consent, visit.bench.cases, subject=visit.code, **facts)
    return visit.go(f"/cases/{visit.code}/consents", said="given")


def withdraw(visit: Visit) -> Response:
    """Stop: at once, by anyone, with nothing else asked. What comes while somebody may be forcing the person is
    noted as said, and stops nothing (R9)."""
    line, bench = visit.posted().raw("line"), visit.bench
    if bench.gate.control(visit.code).possible:
        bench.act(actions.note_void_withdrawal, bench.cases, subject=visit.code, line=line)
        return visit.go(f"/cases/{visit.code}/consents", said="withdrawal-void")
    bench.act(actions.withdraw_consent, bench.cases, subject=visit.code, line=line)
    return visit.go(f"/cases/{visit.code}/consents", said="withdrawn")


def use(visit: Visit) -> Response:
    """A yes that was good for one use has been used."""
    line = visit.posted().raw("line")
    visit.bench.act(actions.use_consent, visit.bench.cases, subject=visit.code, line=line)
    return visit.go(f"/cases/{visit.code}/consents", said="saved")


def recalled(visit: Visit) -> Response:
    """What the recipient of a stopped line did with what they were told."""
    form = visit.posted()
    outcome = form.one_of("outcome", consent.OUTCOMES)
    form.check()
    visit.bench.act(
        actions.answer_recall,
        visit.bench.cases,
        subject=visit.code,
        line=form.raw("line"),
        outcome=outcome,
    )
    return visit.go(f"/cases/{visit.code}/consents", said="saved")


_LISTS = (
    ("purpose", "purpose", consent.PURPOSES),
    ("scope", "scope", consent.SCOPE),
    ("mode", "consent_mode", consent.MODES),
    ("given_when", "given_when", consent.GIVEN_WHEN),
    ("understanding", "understanding", consent.UNDERSTANDING),
    ("age_band", "age_band", consent.AGE_BANDS),
    ("outcome", "recall_outcome", consent.OUTCOMES),
)


def _end_of(form: Form) -> datetime | None:
    """The end of the chosen day, UTC; None for the longest that the purpose allows."""
    day = form.day("valid_until")
    return datetime.combine(day, time(23, 59), UTC) if day is not None else None


ROUTES = [
    page("/cases/{code}/consents", "consents", opened(show)),
    post("/cases/{code}/consents", "consent-give", give, back=show),
    post("/cases/{code}/consents/withdraw", "consent-withdraw", withdraw, back=show),
    post("/cases/{code}/consents/use", "consent-use", use, back=show),
    post("/cases/{code}/consents/recall", "consent-recall", recalled, back=show),
]

"""The safe-contact plan (F2): how, when and with which words a person may be reached."""

import re

from starlette.responses import Response

from kunak.intake import actions
from kunak.intake.contact import CHOICES, ContactChannel, SafeContactPlan, Window
from kunak.intake.queries import plan_is_old
from kunak.web.apart import plan_rows
from kunak.web.forms import N_, Form
from kunak.web.places import home, the_request
from kunak.web.readings import opened
from kunak.web.visit import Visit, page, post
from kunak.web.words import options

ROWS = 2  # channels, windows and never-windows that the form offers; one more than there are
CODES = ("may_contact", "wrong_person", "call_drops", "leave_message", "check_in")
TEXTS = ("sender_name", "opening_phrase", "challenge_question", "challenge_answer", "safe_word",
         "duress_word", "cover_text")  # fmt: skip
WEEKDAYS = tuple(str(day) for day in range(7))
_HOUR = re.compile("([0-9]{1,2})(?::([0-9]{0,2}))?")


def show(visit: Visit) -> Response:
    """The plan, every field of it."""
    request = the_request(visit)
    plan = request.plan or SafeContactPlan()
    rows = max(ROWS, len(plan.channels) + 1, len(plan.windows) + 1, len(plan.never) + 1)
    return visit.render(
        "plan.html",
        request=request,
        aparts=plan_rows(visit, request.plans),
        plan=request.plan,
        is_old=plan_is_old(request, visit.now),
        home=home(visit.bench, visit.code),
        before=_filled(plan),
        rows=range(min(rows, 8)),
        choices={name: options(visit.say, name, codes) for name, codes in CHOICES.items()},
        weekdays=options(visit.say, "weekday", WEEKDAYS),
        offsets=[("", visit.say("not known")), *_offsets()],
    )


def save(visit: Visit) -> Response:
    """Keep the plan made with the person."""
    form = visit.posted()
    plan = SafeContactPlan(
        **{name: form.one_of(name, CHOICES[name], default=CHOICES[name][0]) for name in CODES},
        **{name: form.text(name, limit=200) for name in TEXTS},
        channels=_channels(form),
        utc_offset_minutes=_offset(form),
        windows=_windows(form, "window"),
        never=_windows(form, "never"),
        never_say=form.lines("never_say"),
        wait_minutes=form.number("wait_minutes", low=0, high=240, default=0),
        may_know_alive=form.lines("may_know_alive"),
        missed_grace_minutes=form.number("missed_grace_minutes", low=0, high=1440, default=30),
        missed_then=form.some_of("missed_then", CHOICES["missed_then"]),
    )
    form.check()
    visit.bench.act(actions.note_plan, visit.bench.requests, subject=visit.code, plan=plan)
    return visit.go(home(visit.bench, visit.code), said="saved")


def confirm(visit: Visit) -> Response:
    """The person said that the plan still holds."""
    visit.bench.act(actions.reconfirm_plan, visit.bench.requests, subject=visit.code)
    return visit.go(home(visit.bench, visit.code), said="saved")


def keep(visit: Visit) -> Response:
    """Of plans that were made apart, the person says which one holds."""
    chosen = visit.posted().raw("chosen")
    visit.bench.act(actions.keep_plan, visit.bench.requests, subject=visit.code, chosen=chosen)
    return visit.go(home(visit.bench, visit.code), said="kept-one")


def _filled(plan: SafeContactPlan) -> dict[str, object]:
    """The plan as values of the form's fields."""
    filled: dict[str, object] = {name: getattr(plan, name) for name in (*CODES, *TEXTS)}
    filled |= {
        "utc_offset_minutes": "" if plan.utc_offset_minutes is None else str(plan.utc_offset_minutes),
        "never_say": "\n".join(plan.never_say),
        "may_know_alive": "\n".join(plan.may_know_alive),
        "wait_minutes": str(plan.wait_minutes),
        "missed_grace_minutes": str(plan.missed_grace_minutes),
        "missed_then": plan.missed_then,
    }
    for place, channel in enumerate(plan.channels):
        filled |= {f"channel_{place}": channel.kind, f"address_{place}": channel.address,
                   f"seen_by_{place}": channel.seen_by}  # fmt: skip
    for name, windows in (("window", plan.windows), ("never", plan.never)):
        for place, window in enumerate(windows):
            filled |= {f"{name}_{place}_from": _clock(window.start), f"{name}_{place}_to": _clock(window.end),
                       f"{name}_{place}_days": tuple(str(day) for day in window.days)}  # fmt: skip
    return filled


def _channels(form: Form) -> tuple[ContactChannel, ...]:
    found = []
    for place in range(8):
        kind = form.one_of(f"channel_{place}", CHOICES["channel"], default="")
        if kind:
            found.append(
                ContactChannel(
                    kind=kind,
                    address=form.text(f"address_{place}", limit=200),
                    seen_by=form.one_of(f"seen_by_{place}", CHOICES["seen_by"], default="unknown"),
                )
            )
    return tuple(found)


def _windows(form: Form, name: str) -> tuple[Window, ...]:
    found = []
    for place in range(8):
        start, end = (_minutes(form, f"{name}_{place}_{edge}") for edge in ("from", "to"))
        if start is None and end is None:
            continue
        if start is None or end is None:
            form.fault(f"{name}_{place}_from", N_("A window needs a start and an end."))
            continue
        days = tuple(int(day) for day in form.some_of(f"{name}_{place}_days", WEEKDAYS))
        found.append(Window(start=start, end=end or 24 * 60, days=days))
    return tuple(found)


def _minutes(form: Form, name: str) -> int | None:
    """Minutes of the day from 18:30; 24:00 is the end of the day."""
    given = form.raw(name)
    if not given:
        return None
    read = _HOUR.fullmatch(given)
    if read and int(read[1]) * 60 + int(read[2] or 0) <= 24 * 60:
        return int(read[1]) * 60 + int(read[2] or 0)
    form.fault(name, N_("Write the hour like 18:30."))
    return None


def _offset(form: Form) -> int | None:
    given = form.one_of("utc_offset_minutes", ("", *(code for code, _ in _offsets())), default="")
    return int(given) if given else None


def _offsets() -> list[tuple[str, str]]:
    return [
        (str(m), f"UTC{'−' if m < 0 else '+'}{abs(m) // 60}:{abs(m) % 60:02d}") for m in range(-720, 841, 30)
    ]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


ROUTES = [
    page("/requests/{code}/plan", "plan", opened(show)),
    post("/requests/{code}/plan", "plan-save", save, back=show),
    post("/requests/{code}/plan/keep", "plan-keep", keep, back=show),
    post("/requests/{code}/plan/confirm", "plan-confirm", confirm, back=show),
]

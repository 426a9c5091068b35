"""Forgetting: shredding what is about somebody, who has acknowledged it, and how long what is kept."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from starlette.responses import Response

from kunak.access import actions, queries
from kunak.access.lists import CHAT_HOURS, SHRED_REASONS
from kunak.errors import KunakError
from kunak.vault import Vault
from kunak.vault.codec import pack, unpack
from kunak.web.places import find
from kunak.web.visit import Visit, page, post
from kunak.web.words import options
from kunak.workbench import Workbench, retention
from kunak.workbench.bench import SecondPersonNeeded
from kunak.workbench.forgetting import shred, shred_person, shredded
from kunak.workbench.founding import device_mark
from kunak.workbench.together import related

_SWEPT = b"web/swept"
_HOUR = timedelta(hours=1)
ALL = "all"
PARTS = ("chat", "contact", "place", "identity", "work")  # what can be shredded by itself


class Swept(NamedTuple):
    """What the last sweep did: (rule, code) pairs that were shredded, and those that wait for a person."""

    at: str  # ISO 8601
    shredded: tuple[tuple[str, str], ...]
    review: tuple[tuple[str, str], ...]

    @property
    def hour(self) -> datetime:
        return datetime.fromisoformat(self.at)


def sweep_now(visit: Visit) -> Swept:
    """Shred what is due, and remember what was done."""
    bench = visit.bench
    done = retention.sweep(bench)
    gone = tuple((one.rule.name, one.subject) for one in done if one.rule.then == retention.SHRED)
    left = tuple((one.rule.name, one.subject) for one in done if one.rule.then != retention.SHRED)
    swept = Swept(visit.now.isoformat(), gone, left)
    bench.vault.keep(_SWEPT, pack(swept))
    if gone:
        visit.office.stir()
    return swept


def sweep_at_unlocking(visit: Visit) -> bool:
    """Sweep; whether anything was shredded. A disk that is full keeps nobody out of the office."""
    with suppress(KunakError):
        return bool(sweep_now(visit).shredded)
    return False


def show_retention(visit: Visit) -> Response:
    """The table, what is due, and what the last sweep did."""
    kept = visit.bench.vault.kept(_SWEPT)
    return visit.render(
        "retention.html",
        table=[(rule, _span(visit, rule.kept)) for rule in retention.rules(visit.bench)],
        chat_hours=[(str(hours), _span(visit, timedelta(hours=hours))) for hours in CHAT_HOURS],
        chat_time=visit.filling("chat-time", {"hours": str(queries.chat_kept(visit.bench.access) // _HOUR)}),
        due=[(one.rule.name, one.subject, one.rule.then) for one in retention.due(visit.bench)],
        swept=None if kept is None else unpack(kept, Swept),
    )


def sweep(visit: Visit) -> Response:
    """Shred what is due, now."""
    return visit.go("/retention", said="swept" if sweep_now(visit).shredded else "nothing-due")


def set_chat_time(visit: Visit) -> Response:
    """How long chats are kept."""
    form = visit.posted()
    hours = form.one_of("hours", map(str, CHAT_HOURS))
    form.check()
    visit.bench.act(actions.set_chat_time, visit.bench.access, hours=int(hours))
    visit.office.stir()
    return visit.go("/retention", said="chat-time-set")


def show_shredded(visit: Visit) -> Response:
    """Every order to destroy, and the devices that have said that they did."""
    orders = shredded(visit.bench)
    marked = [
        (
            one.order,
            [(member, device_mark(device)) for member, device in one.acknowledged.done],
            [(member, device_mark(device)) for member, device in one.acknowledged.awaited],
        )
        for one in orders
    ]
    return visit.render("shredded.html", orders=marked)


def show_shredding(visit: Visit) -> Response:
    """What to destroy, and why."""
    case, _ = find(visit.bench, visit.code)
    return visit.render(
        "shred.html",
        code=visit.code,
        is_case=case.is_case,
        home=visit.path.removesuffix("/shred"),
        action=visit.path,
        codes=sorted(related(visit.bench, visit.code)),
        reasons=options(visit.say, "shred_reason", SHRED_REASONS),
        parts=options(visit.say, "shred_what", (ALL, *PARTS)),
    )


def act(visit: Visit) -> Response:
    """Destroy it here, and have it destroyed everywhere."""
    find(visit.bench, visit.code)
    form = visit.posted()
    what = form.one_of("what", (ALL, *PARTS))
    reason = form.one_of("reason", SHRED_REASONS)
    form.check()
    typed = visit.answers.get("second_passphrase", ("",))[0]
    if typed:
        with visit.office.trying():
            second = visit.bench.second(typed)
        try:
            _shred(visit, what, reason, second)
        finally:
            second.close()
    else:
        _shred(visit, what, reason, None)
    visit.office.stir()
    return visit.go("/shredded", said="shredded")


def _shred(visit: Visit, what: str, reason: str, second: Vault | None) -> None:
    bench = visit.bench
    if what == ALL and second is not None:
        shred_person(bench, visit.code, reason, second)
    elif what == ALL:
        if any(_is_case(bench, code) for code in related(bench, visit.code)):
            raise SecondPersonNeeded
        shred(bench, visit.code, reason)
    else:
        for code in _holding(bench, related(bench, visit.code), what):
            shred(bench, code, reason, (what,), second)


def _holding(bench: Workbench, codes: Iterable[str], what: str) -> list[str]:
    """Of a person's codes, those under which such things are kept, whoever can read them."""
    journeys = {one.code for one in bench.journeys}
    wanted = {"chat": _of_requests, "contact": _of_people}.get(what, _of_all)
    return sorted(code for code in codes if wanted(bench, code, code in journeys))


def _of_requests(bench: Workbench, code: str, is_journey: bool) -> bool:
    return bench.requests.get(code) is not None


def _of_people(bench: Workbench, code: str, is_journey: bool) -> bool:
    return not is_journey


def _of_all(bench: Workbench, code: str, is_journey: bool) -> bool:
    return True


def _is_case(bench: Workbench, code: str) -> bool:
    case = bench.cases.get(code)
    return case is not None and case.is_case


def _span(visit: Visit, kept: timedelta) -> str:
    days = kept.days
    if days == 0:
        return visit.say("at once")
    if days % 365 == 0 and days > 2 * 365:
        return visit.say("%(count)s y", count=days // 365)
    if days % 365 == 0:
        return visit.say("%(count)s mo", count=days // 365 * 12)
    return visit.say("%(count)s d", count=days)


ROUTES = [
    page("/retention", "retention", show_retention),
    post("/retention/sweep", "retention-sweep", sweep, back=show_retention),
    post("/retention/chats", "retention-chats", set_chat_time, back=show_retention),
    page("/shredded", "shredded", show_shredded, listens=True),
    *(
        route
        for room in ("cases", "requests")
        for route in (
            page(f"/{room}/{{code}}/shred", f"{room}-shredding", show_shredding),
            post(f"/{room}/{{code}}/shred", f"{room}-shred", act, back=show_shredding),
        )
    ),
]

"""Surge: the switch, the rota, what people are told of the time, the board, and the look at fairness."""

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from kunak.casework.board import board, fairness
from kunak.casework.triage import LEVELS
from kunak.casework.waiting import waits
from kunak.intake import actions
from kunak.intake.surge import GROUPS, SHIFT, is_over, on_duty, surge
from kunak.web.visit import Visit, page, post
from kunak.web.words import options, tables
from kunak.web.words_surge import ON_NOW, RESTING
from kunak.workbench.surging import may_switch, switch_off, switch_on

WEEK = timedelta(days=7)
_MORNING = 8  # local hour at which the first group begins if nobody says otherwise
# What the values of the fairness table are called: by the table of words of their list.
_WORDS = {"channel": "channel_in", "language": "language", "region": "region"}


def show(visit: Visit) -> Response:
    """How it stands, in figures; and the switch for whoever may turn it."""
    bench, now = visit.bench, visit.now
    stands = surge(bench.requests)
    since = stands.since if stands.since is not None else now - WEEK
    return visit.render(
        "surge.html",
        surge=stands,
        since=since,
        may_switch=may_switch(bench),
        reasons=options(visit.say, "surge_reason", actions.SURGE_REASONS),
        over=options(visit.say, "surge_over", actions.SURGE_OVER),
        hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
        switch=visit.filling("surge", {"rota_from": str(_MORNING)}),
        groups=_groups(visit),
        mine=stands.groups.get(bench.member, 0),
        duty=on_duty(stands, now),
        waits=waits(bench.requests, bench.cases, now),
        board=board(bench.requests, bench.cases, now, since),
        fair=fairness(bench.requests, bench.cases, now, min(since, now - WEEK)),
        levels=LEVELS,
        value_words=_WORDS,
        need_words=lambda need: "first_need" if need in tables()["first_need"] else "need",
    )


def on(visit: Visit) -> Response:
    """Switch it on."""
    form = visit.posted()
    reason = form.one_of("reason", actions.SURGE_REASONS)
    hour = form.one_of("rota_from", [str(hour) for hour in range(24)])
    form.check()
    switch_on(visit.bench, reason, _in_utc(visit, int(hour)))
    visit.office.stir()
    return visit.go("/surge", said="surge-on")


def off(visit: Visit) -> Response:
    """Switch it off."""
    form = visit.posted()
    reason = form.one_of("reason", actions.SURGE_OVER)
    form.check()
    switch_off(visit.bench, reason)
    visit.office.stir()
    return visit.go("/surge", said="surge-off")


def take(visit: Visit) -> Response:
    """Take a group of the rota, or none."""
    form = visit.posted()
    group = form.one_of("group", [str(group) for group in (0, *GROUPS)])
    form.check()
    visit.bench.act(actions.take_group, visit.bench.requests, group=int(group))
    return visit.go("/surge", said="group-taken")


def banner(visit: Visit) -> dict[str, object]:
    """What the queue shows of it: nothing while it is off."""
    stands = surge(visit.bench.requests)
    if not stands.on:
        return {"surge": None}
    return {
        "surge": stands,
        "duty": on_duty(stands, visit.now),
        "mine_is_over": is_over(stands, visit.bench.member, visit.now),
    }


def colleagues(visit: Visit) -> list[tuple[str, str]]:
    """The members as a field offers them: in surge those who are on first, and whoever rests is called so."""
    stands, everybody = surge(visit.bench.requests), visit.bench.vault.members
    if not stands.on:
        return [(member, member) for member in everybody]
    now_on = on_duty(stands, visit.now).members
    resting = {member for member in everybody if is_over(stands, member, visit.now)}
    called = {
        **dict.fromkeys(now_on, visit.say(ON_NOW)),
        **dict.fromkeys(resting, visit.say(RESTING)),
    }
    ordered = sorted(everybody, key=lambda member: (member not in now_on, member in resting))
    return [(member, f"{member} ({called[member]})" if member in called else member) for member in ordered]


def suggested(visit: Visit, known: tuple[str, ...]) -> tuple[str, ...]:
    """Who is chosen beforehand: those who were, else oneself; nobody whose eight hours are over."""
    stands = surge(visit.bench.requests)
    return known or tuple(
        member for member in (visit.bench.member,) if not is_over(stands, member, visit.now)
    )


def _groups(visit: Visit) -> list[tuple[int, tuple[str, ...], datetime]]:
    """Each group, who is in it, and when its hours begin today."""
    stands, now = surge(visit.bench.requests), visit.now
    first = now.replace(hour=stands.rota_from, minute=0, second=0, microsecond=0)
    return [(group, stands.members(group), first + (group - 1) * SHIFT) for group in GROUPS]


def _in_utc(visit: Visit, hour: int) -> int:
    """An hour of this place's clock as UTC has it. (Half hours of a zone are left out.)"""
    local = visit.now.astimezone(visit.office.settings.zone)
    return local.replace(hour=hour, minute=0).astimezone(UTC).hour


ROUTES = [
    page("/surge", "surge", show, listens=True),
    post("/surge/on", "surge-on", on, back=show),
    post("/surge/off", "surge-off", off, back=show),
    post("/surge/group", "surge-group", take, back=show),
]

"""How long what is kept: the table, and what of it is due. NEEDS of the field, starting values to correct.

``sweep`` (at each unlocking, and ``kunak sweep``) shreds what is due and says what it did. What is only to be
reviewed is listed for a person to decide.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from kunak.casework.consent import valid_consents
from kunak.vault.shredding import dossiers_of
from kunak.workbench.bench import Workbench
from kunak.workbench.forgetting import shred

DAY = timedelta(days=1)


class Rule(NamedTuple):
    """One row of the table: what, for how long after which moment, then what happens."""

    name: str
    kept: timedelta
    after: str
    then: str  # "shred" or "review"
    what: tuple[str, ...] = ()  # compartments; none: all


TABLE: tuple[Rule, ...] = (
    Rule("request_not_accepted", 30 * DAY, "its end", "shred"),
    Rule("chat", 3 * DAY, "the last message, once answered", "shred", ("chat",)),
    Rule("contact_plan", 0 * DAY, "closure without a wish to be contacted again", "shred", ("contact",)),
    Rule("places", 3 * DAY, "arrival confirmed", "shred", ("place",)),
    Rule("papers", 30 * DAY, "the journey's end", "shred", ("identity",)),
    Rule("work_file", 365 * DAY, "closure", "review"),
)
BY_NAME = {rule.name: rule for rule in TABLE}


class Due(NamedTuple):
    """Something whose time is over."""

    rule: Rule
    subject: str


def due(bench: Workbench) -> tuple[Due, ...]:
    """All that is due now, as far as this member can see it."""
    now = bench.now()
    found = [*_requests(bench, now), *_cases(bench, now), *_journeys(bench, now)]
    return tuple(one for one in found if one.rule.then == "review" or _has_any(bench, one))


def sweep(bench: Workbench) -> tuple[Due, ...]:
    """Shred what is due; returns what was shredded and what waits for a review."""
    found = due(bench)
    for one in found:
        if one.rule.then == "shred":
            shred(bench, one.subject, "retention", one.rule.what)
    return found


def _requests(bench: Workbench, now: datetime) -> Iterator[Due]:
    accepted = {case.request for case in bench.cases if case.is_case}
    for request in bench.requests:
        rule = BY_NAME["request_not_accepted"]
        if request.ended and request.code not in accepted and now - request.status_at > rule.kept:
            yield Due(rule, request.code)
        last = max((message.at for message in request.messages), default=None)
        if last is not None and not request.unanswered and now - last > BY_NAME["chat"].kept:
            yield Due(BY_NAME["chat"], request.code)


def _cases(bench: Workbench, now: datetime) -> Iterator[Due]:
    for case in bench.cases:
        if case.closed_at is None:
            continue
        if not valid_consents(case, "p16", now) and bench.may_read(case.code, "work"):
            for code in filter(None, (case.code, case.request)):
                yield Due(BY_NAME["contact_plan"], code)
        if now - case.closed_at > BY_NAME["work_file"].kept:
            yield Due(BY_NAME["work_file"], case.code)


def _journeys(bench: Workbench, now: datetime) -> Iterator[Due]:
    for journey in bench.journeys:
        safe, closed = journey.confirmed_at, journey.closed_at
        if safe is not None and now - safe > BY_NAME["places"].kept:
            yield Due(BY_NAME["places"], journey.code)
        if closed is not None and now - closed > BY_NAME["papers"].kept:
            yield Due(BY_NAME["papers"], journey.code)


def _has_any(bench: Workbench, one: Due) -> bool:
    """Whether there is anything left of it that these keys can name."""
    return bool(dossiers_of(bench.vault, one.subject, one.rule.what or None))

"""How long what is kept: the table, and what of it is due. NEEDS of the field, starting values to correct.

``sweep`` (at each unlocking, and ``kunak sweep``) shreds what is due and says what it did. What is only to be
reviewed is listed for a person to decide.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from kunak.access import queries
from kunak.access.entries import READINGS
from kunak.casework.consent import valid_consents
from kunak.intake.queries import warning_list_begun
from kunak.vault.shredding import dossiers_of
from kunak.workbench.bench import Workbench
from kunak.workbench.forgetting import shred

DAY = timedelta(days=1)
SHRED, REVIEW, WITH_FILE, BY_HAND, NOT_KEPT = "shred", "review", "with the work file", "by hand", "not kept"


class Rule(NamedTuple):
    """One row of the table: what, for how long after which moment, then what happens.

    ``then``: SHRED and REVIEW are found by ``due``; WITH_FILE stands inside the work file and goes with it;
    BY_HAND lies where this program does not reach; NOT_KEPT is what no room keeps yet.
    """

    name: str
    kept: timedelta
    after: str
    then: str
    what: tuple[str, ...] = ()  # compartments; none: all


TABLE: tuple[Rule, ...] = (
    Rule("request_not_accepted", 30 * DAY, "its end", SHRED),
    Rule("chat", 3 * DAY, "the last message, once answered", SHRED, ("chat",)),
    Rule("hostile_signs", 365 * DAY, "a request that ended as suspected hostile", SHRED),
    Rule("contact_plan", 0 * DAY, "closure without a wish to be contacted again", SHRED, ("contact",)),
    Rule("places", 3 * DAY, "arrival confirmed", SHRED, ("place",)),
    Rule("bed_stay", 30 * DAY, "departure", WITH_FILE),
    Rule("papers", 30 * DAY, "the journey's end", SHRED, ("identity",)),
    Rule("work_file", 365 * DAY, "closure", REVIEW),
    Rule("evidence", 730 * DAY, "it was given", NOT_KEPT, ("evidence", "originals")),
    Rule("exposed_contacts", 14 * DAY, "its first line", SHRED, ("warning",)),
    Rule("reading_log", 730 * DAY, "the end of its month", SHRED, ("readings",)),
    Rule("backups", 30 * DAY, "they were made", BY_HAND),
    Rule("external_requests", 5 * 365 * DAY, "they came", NOT_KEPT),
)
BY_NAME = {rule.name: rule for rule in TABLE}


class Due(NamedTuple):
    """Something whose time is over."""

    rule: Rule
    subject: str


def rules(bench: Workbench) -> tuple[Rule, ...]:
    """The table as this office has it: how long chats are kept is for the office to set."""
    chat = queries.chat_kept(bench.access)
    return tuple(rule._replace(kept=chat) if rule.name == "chat" else rule for rule in TABLE)


def due(bench: Workbench) -> tuple[Due, ...]:
    """All that is due now, as far as this member can see it."""
    now = bench.now()
    found = [*_requests(bench, now), *_cases(bench, now), *_journeys(bench, now), *_readings(bench, now)]
    return tuple(one for one in found if one.rule.then == REVIEW or _has_any(bench, one))


def sweep(bench: Workbench) -> tuple[Due, ...]:
    """Shred what is due; returns what was shredded and what waits for a review."""
    found = due(bench)
    for one in found:
        if one.rule.then == SHRED:
            shred(bench, one.subject, "retention", one.rule.what)
    return found


def _requests(bench: Workbench, now: datetime) -> Iterator[Due]:
    accepted = {case.request for case in bench.cases if case.is_case}
    chat_kept = queries.chat_kept(bench.access)
    for request in bench.requests:
        rule = BY_NAME["hostile_signs" if request.status == "suspected_hostile" else "request_not_accepted"]
        if request.ended and request.code not in accepted and now - request.status_at > rule.kept:
            yield Due(rule, request.code)
        begun = warning_list_begun(request)
        if begun is not None and now - begun > BY_NAME["exposed_contacts"].kept:
            yield Due(BY_NAME["exposed_contacts"], request.code)
        last = max((message.at for message in request.messages), default=None)
        if last is not None and not request.unanswered and now - last > chat_kept:
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


def _readings(bench: Workbench, now: datetime) -> Iterator[Due]:
    rule = BY_NAME["reading_log"]
    months = {share.subject for share in bench.vault.caught_up().shares.values() if _is_month(share.subject)}
    for month in sorted(months):
        ended = datetime.strptime(month.removeprefix(READINGS), "%Y-%m").replace(tzinfo=UTC) + 31 * DAY
        if now - ended > rule.kept:
            yield Due(rule, month)


def _is_month(subject: str) -> bool:
    return re.fullmatch(READINGS + r"\d{4}-(0[1-9]|1[0-2])", subject) is not None


def _has_any(bench: Workbench, one: Due) -> bool:
    """Whether there is anything left of it that these keys can name."""
    return bool(dossiers_of(bench.vault, one.subject, one.rule.what or None))

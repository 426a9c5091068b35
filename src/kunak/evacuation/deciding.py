"""From draft to the go: what is missing, who goes ahead without it, and the second person's decision.

The person's yes, the way itself and a safe end are never skipped, whoever agrees.
"""

from collections.abc import Iterable
from datetime import datetime

from kunak.evacuation import entries as e
from kunak.evacuation.ground import find, stamp, two_people
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import State
from kunak.evacuation.queries import needs_recheck, never_skipped, unmet
from kunak.evacuation.refusals import (
    ChecksAlreadyComplete,
    ChecksMissing,
    ChecksNotComplete,
    NeverSkipped,
    NoProposal,
    NothingMissing,
    NothingToRecheck,
    NothingToReopen,
    NoValidYes,
    ReasonMissing,
    RecheckFirst,
)
from kunak.fold import Entry, ids


def override_checks(
    state: State, *, subject: str, reason: str, by: str, second: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """Two people go ahead without what is missing, and say why.

    Consent, the way itself and a safe end are never skipped. Raises SecondMemberNeeded, ReasonMissing,
    ChecksAlreadyComplete, NothingMissing, NeverSkipped.
    """
    journey = _draft(state, subject)
    two_people(by, second)
    if not reason.strip():
        raise ReasonMissing
    missing = unmet(journey)
    if not missing:
        raise NothingMissing
    if forbidden := never_skipped(missing):
        raise NeverSkipped(missing=", ".join(forbidden))
    common = {**stamp(journey, second, at), "about": ids(journey.standing.outlines)}
    return (e.ChecksOverridden(id=id, first=by, missing=missing, reason=reason.strip(), **common),)


def complete_checks(
    state: State, *, subject: str, consents: Iterable[str], by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """draft → checked. Raises ChecksAlreadyComplete, ChecksMissing, NoValidYes, RecheckFirst."""
    journey = _draft(state, subject)
    missing = still_missing(state, journey, consents)
    if missing:
        raise ChecksMissing(missing=", ".join(missing))
    return (e.ChecksCompleted(id=id, overridden=unmet(journey), **stamp(journey, by, at)),)


def reopen_checks(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """checked or ready → draft, because somebody doubts. Raises NothingToReopen."""
    journey = find(state, subject)
    if journey.state not in ("checked", "ready"):
        raise NothingToReopen
    return (e.ChecksReopened(id=id, reason="by_hand", **stamp(journey, by, at)),)


def propose_go(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The first of two holds that it can begin. Raises ChecksNotComplete, RecheckFirst."""
    journey = _checked(state, subject)
    return (e.GoNoGoProposed(id=id, **stamp(journey, by, at)),)


def decide_go(
    state: State,
    *,
    subject: str,
    go: bool,
    consents: Iterable[str],
    by: str,
    second: str = "",
    at: datetime,
    id: str,
) -> tuple[Entry, ...]:
    """The second person decides: checked → ready, or back to draft.

    Whoever decides is ``second``, who has typed a passphrase at the first one's machine, or ``by`` at their
    own; it is never the one who proposed. Raises ChecksNotComplete, NoProposal, SecondMemberNeeded,
    NoValidYes, ChecksMissing, RecheckFirst.
    """
    journey = _checked(state, subject)
    if journey.proposal is None:
        raise NoProposal
    decider = second or by
    two_people(journey.proposal.by, decider)
    if go and (missing := still_missing(state, journey, consents)):
        raise ChecksMissing(missing=", ".join(missing))
    return (e.GoDecided(id=id, proposal=journey.proposal.id, go=go, **stamp(journey, decider, at)),)


def recheck_route(state: State, *, subject: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Someone looked at the doubtful route again: it still holds for this plan. Raises NothingToRecheck."""
    journey = find(state, subject)
    if not needs_recheck(state, journey):
        raise NothingToRecheck
    return (e.RouteRechecked(id=id, verdict="still_good", **stamp(journey, by, at)),)


def still_missing(state: State, journey: Journey, consents: Iterable[str]) -> tuple[str, ...]:
    """What is missing and not covered by two people's override. Raises NoValidYes, RecheckFirst.

    There is no way around the person's yes.
    """
    if journey.consent and journey.consent not in tuple(consents):
        raise NoValidYes
    if needs_recheck(state, journey):
        raise RecheckFirst
    skipped = journey.override.missing if journey.override else ()
    missing = unmet(journey)
    return tuple(c for c in missing if c not in skipped or c in never_skipped(missing))


def _draft(state: State, subject: str) -> Journey:
    journey = find(state, subject)
    if journey.state != "draft":
        raise ChecksAlreadyComplete
    return journey


def _checked(state: State, subject: str) -> Journey:
    journey = find(state, subject)
    if journey.state != "checked":
        raise ChecksNotComplete
    if needs_recheck(state, journey):
        raise RecheckFirst
    return journey

"""The office: what belongs to no single case, one line each, and what of it wants somebody now."""

from datetime import datetime

from starlette.responses import Response

from kunak.access import queries
from kunak.access.model import Alarm, Opening
from kunak.intake.surge import surge
from kunak.vault import membership
from kunak.web.visit import Visit, page
from kunak.workbench.forgetting import shredded
from kunak.workbench.rounds import look_again, rounds


def show(visit: Visit) -> Response:
    """Links, with what waits behind each."""
    bench = visit.bench
    last = rounds(bench)
    heard = visit.office.inbox.heard_at if visit.office.inbox else None
    synced = [*(datetime.fromisoformat(one.at) for one in last), *([heard] if heard else [])]
    return visit.render(
        "office.html",
        vouch=len(membership.awaiting_vouch(bench.vault)),
        members=len(bench.vault.members),
        openings=len(openings_waiting(visit)),
        alarms=len(alarms(visit)),
        waiting=sum(look_again(bench).values()),
        unread=sum(bench.unread.values()),
        synced=max(synced, default=None),
        surge_on=surge(bench.requests).on,
        unshredded=sum(bool(one.acknowledged.awaited) for one in shredded(bench)),
    )


def openings_waiting(visit: Visit) -> tuple[Opening, ...]:
    """Requests of colleagues that this member could release."""
    shares = visit.bench.vault.caught_up().shares
    asked = queries.openings_for(visit.bench.access, visit.bench.member)
    return tuple(one for one in asked if any(bytes.fromhex(dossier) in shares for dossier in one.dossiers))


def alarms(visit: Visit) -> tuple[Alarm, ...]:
    """Canaries that were touched. Not on the screen of whoever touched one: somebody may stand behind them."""
    return tuple(one for one in queries.alarms(visit.bench.access) if one.member != visit.bench.member)


ROUTES = [page("/office", "office", show, listens=True)]

"""Syncing: with what and when, what waits here and why, who has been silent, and a bundle for a stick."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from starlette.responses import Response

from kunak.errors import Refused
from kunak.evacuation import beds
from kunak.web import apart
from kunak.web.guard import BUNDLE
from kunak.web.members import NoFileChosen
from kunak.web.visit import Visit, page, post
from kunak.workbench import syncing as by_hand
from kunak.workbench.founding import device_mark
from kunak.workbench.rounds import heard_of, look_again, rounds, two_histories

SILENT_DAYS = 7  # after which a device is said to be silent
_NAME = "notes.bin"  # of a bundle: it says nothing to whoever finds the stick


class BundleCut(Refused):
    """This bundle ends in the middle: what came before the cut was taken in, the rest is missing."""

    code: ClassVar[str] = "bundle-cut"
    hint: ClassVar[str] = "Copy the file again and bring it in once more; nothing comes in twice."


def show(visit: Visit) -> Response:
    """How this device stands with the others."""
    bench = visit.bench
    waiting = look_again(bench)
    silent = [one for one in heard_of(bench) if not one.is_this]
    return visit.render(
        "sync.html",
        rounds=[(one, datetime.fromisoformat(one.at)) for one in rounds(bench)],
        waiting=sorted(waiting.items()),
        split=two_histories(bench),
        unread=sorted((one.member, device_mark(one.device), count) for one, count in bench.unread.items()),
        devices=[(one.member, device_mark(one.device), one.at, _is_silent(visit, one.at)) for one in silent],
        settle=list(_to_settle(visit)),
        placeless=list(_placeless(visit)),
        trouble=visit.office.inbox.trouble if visit.office.inbox else None,
        relay_at=visit.office.inbox.heard_at if visit.office.inbox else None,
    )


def bundle_out(visit: Visit) -> Response:
    """A file with what the others may lack, or with all."""
    made = by_hand.bundle_out(visit.bench, visit.posted().yes("all"))
    named = {"content-disposition": f'attachment; filename="{_NAME}"'}
    return Response(made, media_type="application/octet-stream", headers=named)


def bundle_in(visit: Visit) -> Response:
    """Take in a file that a colleague made."""
    given = visit.files.get("bundle", b"")
    if not given:
        raise NoFileChosen
    taken = by_hand.bundle_in(visit.bench, given)
    if taken.cut:
        raise BundleCut
    visit.office.stir()
    return visit.go("/sync", said="bundle-in")


def _is_silent(visit: Visit, at: datetime | None) -> bool:
    return at is None or (visit.now - at).days >= SILENT_DAYS


def _to_settle(visit: Visit) -> Iterator[tuple[str, str]]:
    """(page, code) of everything of which members who were apart noted different things."""
    bench = visit.bench
    for request in bench.requests:
        if apart.of_request(visit, request):
            yield f"/requests/{request.code}", request.code
    for case in bench.cases:
        base = f"/{'cases' if case.is_case else 'requests'}/{case.code}"
        if apart.of_case(visit, case, base):
            yield base, case.code
    for journey in bench.journeys:
        if apart.of_journey(visit, journey):
            yield f"/journeys/{journey.code}", journey.code


def _placeless(visit: Visit) -> Iterator[str]:
    """Codes of cases whose bed was given to somebody else too, or is gone."""
    state = visit.bench.journeys
    for code in sorted(state.asked.known):
        if visit.bench.cases.get(code) and any(k.lost for k in beds.kept_for(state, code, visit.now)):
            yield code


ROUTES = [
    page("/sync", "sync", show, listens=True),
    post("/sync/out", "bundle-out", bundle_out, back=show),
    post(BUNDLE, "bundle-in", bundle_in, back=show),
]

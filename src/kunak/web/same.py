"""Requests that may be about one person: the pointers of one request, made and taken back on a worker's word."""

from starlette.responses import Response

from kunak.intake import actions
from kunak.intake.pointing import persons, pointed_at_by
from kunak.web.places import the_request
from kunak.web.visit import Visit, page, post


def show(visit: Visit) -> Response:
    """Where it points, what points here, and a field for one more code."""
    request = the_request(visit)
    joined = persons(visit.bench.requests)
    person = joined[request.code]
    return visit.render(
        "same.html",
        request=request,
        pointing_here=pointed_at_by(visit.bench.requests, request.code),
        joined=sorted(code for code, other in joined.items() if other == person and code != request.code),
        filling=visit.filling("same"),
    )


def point(visit: Visit) -> Response:
    """They may be about the same person."""
    form = visit.posted()
    other = form.text("other", limit=20, required=True)
    form.check()
    visit.bench.act(actions.point_to, visit.bench.requests, subject=visit.code, other=other.upper())
    return visit.go(f"/requests/{visit.code}/same", said="pointed")


def take_back(visit: Visit) -> Response:
    """They are not, or it is not sure enough."""
    form = visit.posted()
    other = form.text("other", limit=20, required=True)
    form.check()
    visit.bench.act(actions.take_back, visit.bench.requests, subject=visit.code, other=other)
    return visit.go(f"/requests/{visit.code}/same", said="taken-back")


ROUTES = [
    page("/requests/{code}/same", "same-form", show),
    post("/requests/{code}/same", "same", point, back=show),
    post("/requests/{code}/same/back", "same-back", take_back, back=show),
]

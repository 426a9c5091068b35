"""What a person attached: listed with type and size, never shown; fetched here, and out, by a press alone.

Anyone can write to an office and attach 200 MB each time. So nothing of it comes here before a member who sees the
size asks for it.

A file from outside can be made to harm whoever opens it. So no page renders one: it leaves as a download of no
type, sandboxed, under a name that says nothing.
"""

from starlette.responses import Response

from kunak.exchange.attaching import TYPES
from kunak.exchange.collecting import attachment_of
from kunak.intake.attached import Attached
from kunak.vault.attachments import open_parts
from kunak.web.guard import SANDBOX
from kunak.web.places import home, the_request
from kunak.web.visit import NoSuchPage, Visit, page, post


def show(visit: Visit) -> Response:
    """The attachments of a request, with what to know before one is taken out."""
    request = the_request(visit)
    return visit.render("attachments.html", request=request, home=home(visit.bench, visit.code))


def fetch(visit: Visit) -> Response:
    """Have one attachment fetched from the relay, in the rounds from now on."""
    one = _the_attachment(visit)
    if not one.waits:
        raise NoSuchPage
    visit.office.wanted.add(one.id)
    visit.office.stir()
    return visit.go(f"/requests/{visit.code}/attachments")


def take_out(visit: Visit) -> Response:
    """One attachment, as a download."""
    one = _the_attachment(visit)
    if one.kept is None:
        raise NoSuchPage
    plain = b"".join(open_parts(visit.bench.vault.office.store, attachment_of(one.kept)))
    named = {"content-disposition": f'attachment; filename="{_name(one)}"', **SANDBOX}
    return Response(plain, media_type="application/octet-stream", headers=named)


def _the_attachment(visit: Visit) -> Attached:
    wanted = visit.posted().text("attachment", limit=200, required=True)
    one = next((each for each in the_request(visit).attachments if each.id == wanted), None)
    if one is None:
        raise NoSuchPage
    return one


def _name(one: Attached) -> str:
    """A name that says nothing but the type, by the sender's word."""
    return f"attachment.{one.sort if one.sort in TYPES else 'bin'}"


ROUTES = [
    page("/requests/{code}/attachments", "attachments", show, listens=True),
    post("/requests/{code}/attachments/fetch", "attachment-fetched", fetch, back=show),
    post("/requests/{code}/attachments", "attachment", take_out, back=show),
]

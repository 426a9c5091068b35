"""Paper: the first questions to fill in by hand, and cards with the digits of a return code.

Both come as a PDF that is made in memory. A code that is to stand on a card comes from the page, in the body
of the form, and is kept nowhere.
"""

from starlette.responses import Response

from kunak.exchange.codes import ReturnCode
from kunak.exchange.paper import LANGUAGES, card, form
from kunak.exchange.paper.card import MOST_ADDRESS
from kunak.language import SPOKEN
from kunak.web.visit import Visit, page, post

_NAME = "sheet.pdf"  # it says nothing to whoever finds the file


def show(visit: Visit) -> Response:
    """What can be printed, and in which languages."""
    return visit.render(
        "papers.html",
        languages_on_paper=list(SPOKEN.items()),
        second=[("", visit.say("none")), *SPOKEN.items()],
        most_address=MOST_ADDRESS,
    )


def make_form(visit: Visit) -> Response:
    """The two sheets of the first questions."""
    return _sheet(form(_languages(visit)))


def make_card(visit: Visit) -> Response:
    """Cards to write a code on, or one card with a code."""
    asked = visit.posted()
    address, typed = asked.text("address", limit=MOST_ADDRESS), asked.raw("ticket")
    asked.check()
    code = ReturnCode.read(typed) if typed else None
    return _sheet(card(_languages(visit), address=address, code=code))


def _languages(visit: Visit) -> tuple[str, ...]:
    asked = visit.posted()
    first = asked.one_of("first", LANGUAGES, default=visit.language)
    second = asked.one_of("second", ("", *LANGUAGES), default="")
    asked.check()
    return tuple(language for language in (first, second) if language)


def _sheet(made: bytes) -> Response:
    named = {"content-disposition": f'attachment; filename="{_NAME}"'}
    return Response(made, media_type="application/pdf", headers=named)


ROUTES = [
    page("/papers", "papers", show),
    post("/papers/form", "paper-form", make_form, back=show),
    post("/papers/card", "paper-card", make_card, back=show),
]

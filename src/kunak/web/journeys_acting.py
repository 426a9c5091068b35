"""What every form of a journey's page does: act on this journey, and go back to it."""

from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.routing import Route

from kunak.web.visit import Visit, post

CODE = "/journeys/{code}"


def act(visit: Visit, action: Callable[..., object], **given: object) -> None:
    """One member acts on this journey."""
    visit.bench.act(action, visit.bench.journeys, subject=visit.code, **given)  # type: ignore[arg-type]


def together(visit: Visit, action: Callable[..., object], **given: object) -> None:
    """Two members act on this journey: the second types their passphrase into the form."""
    visit.together(action, visit.bench.journeys, subject=visit.code, **given)  # type: ignore[arg-type]


def go_back(visit: Visit, said: str) -> Response:
    """To the journey's page, which says one sentence."""
    return visit.go(f"/journeys/{visit.code}", said=said)


def form_routes(
    verbs: Mapping[str, Callable[[Visit], Response]], back: Callable[[Visit], Response]
) -> list[Route]:
    """A route for each form; a refused one goes back to the journey's page."""
    return [post(f"{CODE}/{verb}", f"journey-{verb}", act_, back=back) for verb, act_ in verbs.items()]

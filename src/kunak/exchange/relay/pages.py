"""How the relay's pages are made: templates, language, headers, and sizes that do not tell.

Every page carries its style inside and asks for nothing else. The policy allows that one style by its hash,
forms to this address alone, and no script at all.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from kunak.errors import KunakError
from kunak.exchange.relay.wire import NothingHere
from kunak.language import OFFERED, catalogue, choose

STEP = 4096  # bytes: a page about a thread is filled up to a multiple of this
LEAVE = {"en": "https://www.bbc.com/weather", "ru": "https://www.gismeteo.ru/"}


def _template(name: str) -> str:
    return files("kunak.exchange.relay").joinpath("templates", name).read_text(encoding="utf-8")


STYLE = " ".join(_template("style.css").split())
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


class Pages:
    """The pages of one office. ``invented`` says on each that nothing here is real; ``base`` is where they
    lie (nothing for the first office of a relay, ``/handle`` for another)."""

    def __init__(self, *, waiting_hours: int, invented: bool, base: str = "") -> None:
        self._waiting_hours = waiting_hours
        self._invented = invented
        self._base = base

    def make(self, template: str, language: str, **facts: Any) -> str:
        """The page as text."""
        return (
            _environment(language)
            .get_template(template)
            .render(
                language=language,
                others={code: name for code, name in OFFERED.items() if code != language},
                leave=LEAVE.get(language, LEAVE["en"]),
                style=STYLE,
                base=self._base,
                invented=self._invented,
                waiting_hours=self._waiting_hours,
                **facts,
            )
        )

    def show(
        self, template: str, language: str, *, status: int = 200, filled: bool = False, **facts: Any
    ) -> Response:
        """The page as an answer; ``filled`` up to the next size."""
        page = self.make(template, language, **facts).encode()
        if filled:
            page += b"<!--" + b"." * (-(len(page) + 7) % STEP) + b"-->"
        return Response(page, status, media_type="text/html")

    def wrong(self, language: str, error: KunakError) -> Response:
        """What went wrong, as a sentence with what to do. What is not there looks the same in every case."""
        if isinstance(error, NothingHere):
            return self.show("nothing.html", "en", status=404)
        return self.show("wrong.html", language, status=error.status, **self.sentences(language, error))

    def sentences(self, language: str, error: KunakError) -> dict[str, Any]:
        """An error in words: ``sentence`` and ``advice``."""
        say = catalogue(language).gettext
        return {"sentence": error.sentence(say), "advice": error.advice(say)}


def language_of(request: Request, chosen: str = "") -> str:
    """The language chosen on the page, else the browser's first that is offered, else English."""
    chosen = chosen or request.query_params.get("l", "")
    return chosen if chosen in OFFERED else choose(request.headers.get("accept-language", "").split(","))

"""How the relay's pages are made: templates, language, headers, and sizes that do not tell.

Every page carries its style inside and asks for nothing else but one script, which it can do without. The policy
allows that one style by its hash, and forms, script and questions of the script to this address alone.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kunak.errors import KunakError
from kunak.exchange.notice import NOTHING_SAID, Notice
from kunak.exchange.relay.wire import NothingHere
from kunak.language import SPOKEN, Told, choose, counted, direction, told

# Bytes: a page about a thread is filled up to one of these. The last leaves room for headers within 15 KB.
SIZES = (4096, 8192, 12_288, 14_784)
# The weather, in the language of the page or in one that most who read it can read as well.
LEAVE = {
    "en": "https://www.bbc.com/weather",
    "ru": "https://www.gismeteo.ru/",
    **dict.fromkeys(("ce", "ky", "tg"), "https://www.gismeteo.ru/"),
    **{code: f"https://www.accuweather.com/{code}/" for code in ("az", "fa", "fr", "kk", "tr", "uk", "uz")},
}


def _template(name: str) -> str:
    return files("kunak.exchange.relay").joinpath("templates", name).read_text(encoding="utf-8")


STYLE = " ".join(_template("style.css").split())
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; script-src 'self'; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
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
    say, count = _sayers(language)
    environment.install_gettext_callables(say, count, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        language=language,
        direction=direction(language),
        others={code: name for code, name in SPOKEN.items() if code != language},
        leave=LEAVE.get(language, LEAVE["en"]),
        style=STYLE,
        layout="base.html",
        scripted=False,
        tongue=lambda message: _tongue(told(language, message), language),
    )
    return environment


def _sayers(language: str) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """How a page of a language says a sentence, and one about a number of things."""

    def say(message: str) -> str:
        return _marked(told(language, message), language)

    def count(one: str, many: str, number: int) -> str:
        return _marked(counted(language, one, many, number), language)

    return say, count


def _marked(sentence: Told, page: str) -> str:
    """A sentence; marked where it is in another language than the page, so that it is read aloud as what it
    is. (In an attribute, a title or an option write ``|striptags``, and ``{{ tongue(…) }}`` in the tag.)"""
    tongue = _tongue(sentence, page)
    return Markup("<span{}>{}</span>").format(tongue, sentence.text) if tongue else sentence.text


def _tongue(sentence: Told, page: str) -> str:
    """The attributes that say in which language a sentence is; nothing where it is in that of the page."""
    if sentence.language in ("", page):
        return ""
    if direction(sentence.language) == direction(page):
        return Markup(' lang="{}"').format(sentence.language)
    return Markup(' lang="{}" dir="{}"').format(sentence.language, direction(sentence.language))


class Pages:
    """The pages of one office. ``invented`` says on each that nothing here is real; ``base`` is where they
    lie (nothing for the first office of a relay, ``/handle`` for another); ``said`` gives what the office
    says in public at this hour."""

    def __init__(
        self, *, invented: bool, base: str = "", said: Callable[[], Notice] = lambda: NOTHING_SAID
    ) -> None:
        self._invented = invented
        self._base = base
        self._said = said

    @property
    def notice(self) -> Notice:
        """What the office says in public at this hour."""
        return self._said()

    def make(self, template: str, language: str, **facts: Any) -> str:
        """The page as text."""
        return (
            _environment(language)
            .get_template(template)
            .render(
                base=self._base,
                invented=self._invented,
                notice=self.notice,
                **facts,
            )
        )

    def show(
        self, template: str, language: str, *, status: int = 200, filled: bool = False, **facts: Any
    ) -> Response:
        """The page as an answer; ``filled`` up to the next size."""
        page = self.make(template, language, **facts).encode()
        if filled:
            bare = len(page) + len("<!---->")
            page += b"<!--" + b"." * (next((size for size in SIZES if size >= bare), bare) - bare) + b"-->"
        return Response(page, status, media_type="text/html")

    def wrong(self, language: str, error: KunakError) -> Response:
        """What went wrong, as a sentence with what to do. What is not there looks the same in every case."""
        if isinstance(error, NothingHere):
            return self.show("nothing.html", "en", status=404)
        return self.show("wrong.html", language, status=error.status, **self.sentences(language, error))

    def sentences(self, language: str, error: KunakError) -> dict[str, Any]:
        """An error in words: ``sentence`` and ``advice``."""
        say, _count = _sayers(language)
        return {"sentence": error.sentence(say), "advice": error.advice(say)}

    def two(self, language: str, sentence: str, advice: str) -> dict[str, Any]:
        """The same of a sentence that is no error's; ``advice`` may be empty."""
        say, _count = _sayers(language)
        return {"sentence": say(sentence), "advice": say(advice) if advice else ""}


def language_of(request: Request, chosen: str = "") -> str:
    """The language chosen on the page, else the browser's first that is offered, else English."""
    chosen = chosen or request.query_params.get("l", "")
    if chosen in SPOKEN:
        return chosen
    return choose(request.headers.get("accept-language", "").split(","), SPOKEN)

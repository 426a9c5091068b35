"""One visit to one page: what the page functions are given, and how their answers and refusals go back."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from kunak.errors import Damaged, KunakError, Refused
from kunak.fold import Entry
from kunak.language import OFFERED, catalogue, choose
from kunak.vault.forgetful import leaving_nothing
from kunak.web.faults import Stumbled, note_fault
from kunak.web.forms import Answers, Filling, Form, NotFilled
from kunak.web.guard import fields, longest
from kunak.web.office import Office, StillLocked
from kunak.web.rendering import render
from kunak.web.uploads import is_multipart, parts
from kunak.workbench import Action, Workbench


class NoSuchPage(Refused):
    """There is no such page or code here."""

    code: ClassVar[str] = "no-such-page"
    status: ClassVar[int] = 404
    hint: ClassVar[str] = "Go back to the queue. If you typed a code, look at it again letter by letter."


class NotAForm(Refused):
    """This was not sent by a form of this program."""

    code: ClassVar[str] = "not-a-form"
    status: ClassVar[int] = 400
    hint: ClassVar[str] = "Go back, reload the page and send it again."


Page = Callable[["Visit"], Response]
LONGEST_LISTENING_S = 1.5


@dataclass
class Visit:
    """A request to one page, with the office behind it."""

    request: Request
    office: Office
    answers: Answers = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    problem: KunakError | None = None
    kept: bool = False  # show again what was typed although nothing was refused, e.g. for a preview

    @property
    def bench(self) -> Workbench:
        """The unlocked workbench. Raises StillLocked when another tab has just locked it."""
        if self.office.bench is None:
            raise StillLocked
        return self.office.bench

    @property
    def inside(self) -> bool:
        """Whether this browser came in by the passphrase. Another one on this machine learns nothing."""
        return self.office.opened_by(self.request.cookies.get(self.office.cookie_name))

    @property
    def now(self) -> datetime:
        return self.office.now()

    @property
    def code(self) -> str:
        """The ``{code}`` of the path."""
        return str(self.request.path_params["code"])

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def language(self) -> str:
        chosen = self.request.cookies.get("kunak-language", "")
        accepted = self.request.headers.get("accept-language", "").split(",")
        return chosen if chosen in OFFERED else choose(accepted)

    def asked(self, name: str) -> str:
        """A query parameter, or the empty string."""
        return self.request.query_params.get(name, "")

    def say(self, message: str, **facts: object) -> str:
        """A sentence in the visitor's language."""
        return catalogue(self.language).gettext(message) % facts

    def posted(self) -> Form:
        """What was posted, to be questioned."""
        return Form(self.answers, self.office.settings.zone)

    def filling(self, name: str, defaults: Mapping[str, object] | None = None) -> Filling:
        """What the form called ``name`` shows: what was typed if it is to be kept, else ``defaults``."""
        if (self.problem is not None or self.kept) and name in self.answers.get("form", ()):
            typed = {key: value for key, value in self.answers.items() if "passphrase" not in key}
            faults = self.problem.faults if isinstance(self.problem, NotFilled) else {}
            return Filling(name, typed, faults)
        return Filling(name, dict(defaults or {}), {})

    def together(self, action: Action, state: object, /, **facts: Any) -> tuple[Entry, ...]:
        """Run an action that may need two members: with the second one's hand if their passphrase was typed.

        Without it the room is told of no second, and refuses where it wants one.
        """
        typed = self.answers.get("second_passphrase", ("",))[0]
        if not typed:
            return self.bench.act(action, state, second="", **facts)
        with self.office.trying():
            return self.bench.act_with_second(typed, action, state, **facts)

    def render(self, template: str, /, **context: object) -> HTMLResponse:
        """A page; with a problem on it, its HTTP status is the problem's."""
        frame = {"visit": self, "office": self.office, "problem": self.problem, **context}
        text = render(template, self.language, self.now, self.office.settings.zone, frame)
        return HTMLResponse(text, self._status())

    def _status(self) -> int:
        """Of the answer. A damaged file that somebody brought is no fault of this program's."""
        if self.problem is None:
            return 200
        brought = (
            bool(self.files) and isinstance(self.problem, Damaged) and not isinstance(self.problem, Stumbled)
        )
        return Refused.status if brought else self.problem.status

    def go(self, path: str, *, said: str = "") -> RedirectResponse:
        """On to another page after something was done; ``said`` names a sentence to show there."""
        return RedirectResponse(f"{path}?said={said}" if said else path, 303)


def page(path: str, name: str, show: Page, *, listens: bool = False) -> Route:
    """A page that is looked at; one that ``listens`` asks the relay for news first, for a moment at most."""
    return Route(path, _endpoint(show, listens=listens), name=name, methods=["GET"])


def post(path: str, name: str, act: Page, *, back: Page | None = None) -> Route:
    """Something that is done; when it is refused, ``back`` shows why, above what was typed."""
    return Route(path, _endpoint(act, back), name=name, methods=["POST"])


def _endpoint(act: Page, back: Page | None = None, *, listens: bool = False) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        visit = Visit(request, request.app.state.office)
        try:
            if request.method == "POST":
                visit.answers, visit.files = await _answers(request)
        except NotAForm as problem:
            return _refusal(visit, problem)
        if listens:
            await _listen(visit.office)
        return await run_in_threadpool(leaving_nothing, _answer, visit, act, back)

    return endpoint


async def _listen(office: Office) -> None:
    """A round of listening; when the relay is slow it goes on by itself and the page does not wait for it."""
    round_ = asyncio.ensure_future(run_in_threadpool(office.listen))
    await asyncio.wait({round_}, timeout=LONGEST_LISTENING_S)


async def _answers(request: Request) -> tuple[Answers, Mapping[str, bytes]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest(request.url.path):
            raise NotAForm
    try:
        if is_multipart(request.headers):
            return await parts(request.headers, bytes(body))
        return fields(bytes(body)), {}
    except ValueError:  # not ASCII, not UTF-8 beneath, or too many fields
        raise NotAForm from None


def _answer(visit: Visit, act: Page, back: Page | None) -> Response:
    with visit.office.lock:
        try:
            if visit.office.bench is not None:
                visit.office.bench.refresh()  # what colleagues wrote meanwhile: nobody decides on old facts
            return _act_or_show_why(visit, act, back)
        except KunakError as problem:
            return _refusal(visit, problem)
        except Exception as fault:  # a fault of ours: nothing about the case may reach a log or the page
            note_fault(fault)
            return _refusal(visit, Stumbled())


def _act_or_show_why(visit: Visit, act: Page, back: Page | None) -> Response:
    if back is None:
        return act(visit)
    try:
        return act(visit)
    except KunakError as problem:
        visit.problem = problem
        return back(visit)


def _refusal(visit: Visit, problem: KunakError) -> Response:
    visit.problem = problem
    return visit.render("refusal.html")

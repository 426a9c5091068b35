"""What stands before every page of the worker side.

A web page elsewhere can make this browser send requests to 127.0.0.1, and a name it owns can be made to
point here (DNS rebinding). So: the Host must be ours; a request must come from our own page (Sec-Fetch-Site,
and Origin on everything that changes something); the cookie of this launch must come with it. Answers carry
a policy under which nothing is ever loaded from, sent to or framed by anyone else.
"""

from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kunak.exchange.partners.tables import MOST_BYTES
from kunak.web.office import Office

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_POLICY = "Content-Security-Policy"
HEADERS = {
    _POLICY: POLICY,
    # Not no-referrer: under it a browser sends "Origin: null" with our own forms, and the Origin could no
    # longer be checked. same-origin tells others just as little.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Of a file from outside that is taken out: were a browser to show it all the same, it could do nothing.
SANDBOX = {_POLICY: "default-src 'none'; sandbox"}
# Destroying takes no passphrase, locked or open: it must work in a hurry. That the request came from our own
# page is checked as everywhere.
OPEN_PATHS = ("/unlock", "/language", "/panic")
AWAKE = "/awake"  # what the page's script asks for when somebody types
TOO_LATE = "/too-late"
SAFE_METHODS = ("GET", "HEAD")
LONGEST_BODY = 256 * 1024
LONGEST_BUNDLE = 32 * 1024 * 1024  # of what a colleague brings on a stick
LONGEST_PARTNER_FILE = MOST_BYTES + 16 * 1024  # with what a form puts around it
BUNDLE = "/sync/in"
PARTNER_FILE = "/partner-file"
_LONGEST = {BUNDLE: LONGEST_BUNDLE, PARTNER_FILE: LONGEST_PARTNER_FILE}


def longest(path: str) -> int:
    """How much a form sent to this path may weigh."""
    return _LONGEST.get(path, LONGEST_BODY)


def fields(body: bytes) -> dict[str, tuple[str, ...]]:
    """The fields of an urlencoded form. Raises ValueError on anything else."""
    found: dict[str, tuple[str, ...]] = {}
    pairs = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=500
    )
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


class Guard:
    """ASGI middleware: refuse what is not ours, and put the headers on every answer."""

    def __init__(self, app: ASGIApp, office: Office) -> None:
        self.app = app
        self.office = office
        port = office.settings.port
        self.hosts = tuple(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self.origins = tuple(f"http://{host}" for host in self.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                stricter = SANDBOX if headers.get(_POLICY) == SANDBOX[_POLICY] else {}
                for name, value in {**HEADERS, **stricter}.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        if headers.get("host", "") not in self.hosts:
            return PlainTextResponse("Not found", 404)
        if not self._from_our_page(headers, method, path):
            return PlainTextResponse("Refused: this did not come from a page of this program.", 403)
        announced = headers.get("content-length", "0")
        if not announced.isdecimal() or len(announced) > 12 or int(announced) > longest(path):
            return PlainTextResponse("Too much at once.", 413)
        if path in OPEN_PATHS or path.startswith("/static/"):
            return None
        cookie = cookie_parser(headers.get("cookie", "")).get(self.office.cookie_name)
        if self.office.opened_by(cookie):
            if path == AWAKE or headers.get("sec-fetch-dest") in (None, "document"):
                self.office.somebody_is_here()  # a person, not something that a page loads by itself
            return None
        if method in SAFE_METHODS:
            return RedirectResponse("/unlock", 303)
        return self._too_late

    async def _too_late(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A form that came after the lock: not acted upon, only shown again."""
        await self.app({**scope, "path": TOO_LATE}, receive, send)

    def _from_our_page(self, headers: Headers, method: str, path: str) -> bool:
        came, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if method in SAFE_METHODS:
            # A typed address or bookmark says "none". A link elsewhere may lead to the front door only.
            return came in (None, "same-origin", "none") or path in ("/", "/unlock")
        return method == "POST" and came in (None, "same-origin") and origin in self.origins

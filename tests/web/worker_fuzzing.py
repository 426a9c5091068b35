"""Requests of every kind for every page of the worker side, in an office with a life behind it.

Forms are those that stand on its pages at the moment, found by following its links; they are sent with some of
their fields changed, missing, twice, or of what breaks programs. Addresses are those of its routes, with codes that
are there and codes that are not.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from random import Random
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from starlette.routing import Route
from test_web_beds import hold, listed
from ways_walking import moving
from web_desk import ORIGIN, OURS, THEIRS, Desk

from kunak.web.app import PAGES

ROUTES: list[Route] = [route for module in PAGES for route in module.ROUTES]
ENDING = ("/panic", "/lock", "/unlock", "/language", "/awake")  # asked too, but not among the forms
OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
BROKEN = (
    "", " ", "0", "-1", "9" * 5000, "٣", "1e999", "nan", "\0", "\n\n", "%s %(x)s {x}", "я" * 20_000, "<script>",
    "../../etc/passwd", "null", "‮abc", "🧿", "Ӏ", "2031-02-30", "2031-13-01T99:99", "0000-00-00", "9999-12-31",
    "9999-12-31T23:59", "1900-01-01", "25:61", "-00:00", "P9", "office", "person", "everybody", THEIRS,
)  # fmt: skip
SEEDS = (
    "/",
    "/office",
    "/cases",
    "/journeys",
    "/beds",
    "/retention",
    "/shredded",
    "/sync",
    "/requests/new",
    "/ways",
)
MOST_PAGES = 80


@dataclass
class Found:
    """A form on a page: where it goes, and for each field what may be chosen."""

    action: str
    multipart: bool = False
    fields: list[tuple[str, list[str]]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Found] = []
        self._form: Found | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].split("#")[0])
        elif tag == "form" and given.get("method", "").lower() == "post":
            self._form = Found(given.get("action", ""), "multipart" in given.get("enctype", ""))
            self.forms.append(self._form)
        elif (
            self._form is not None and tag in ("input", "select", "textarea", "button") and given.get("name")
        ):
            self._form.fields.append((given["name"], [given["value"]] if "value" in given else []))
        elif self._form is not None and tag == "option" and self._form.fields:
            self._form.fields[-1][1].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


@dataclass
class World:
    """An office to try things in: its codes, the addresses and forms of its pages."""

    desk: Desk
    codes: list[str]
    pages: list[str] = field(default_factory=list)
    forms: list[Found] = field(default_factory=list)

    def look(self) -> None:
        """Follow the links, and see which forms there are."""
        waiting, seen = list(SEEDS), set()
        self.forms = []
        while waiting and len(seen) < MOST_PAGES:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = self.desk.get(path)
            reader = _Reader()
            reader.feed(answer.text)
            waiting += [unescape(link) for link in reader.links]
            here = str(answer.url.path)
            self.forms += [Found(form.action or here, form.multipart, form.fields) for form in reader.forms]
        self.pages = sorted(seen)
        self.forms = [form for form in self.forms if not form.action.startswith(ENDING)]

    def is_over(self) -> bool:
        """Whether the office was locked or destroyed by what was tried."""
        return (
            self.desk.office.ended.is_set()
            or self.desk.office.destroyed.is_set()
            or self.desk.office.bench is None
        )

    def ask(self, asked: "Asked") -> tuple[str, str]:
        """What is wrong with the answer, or nothing; and its status."""
        client = self.desk.client
        headers = {**OWN, **dict(asked.headers)}
        answer = client.request(
            asked.method,
            asked.path,
            content=asked.body or None,
            headers=headers,
            follow_redirects=asked.follow,
        )
        page = answer.text
        faults = {
            f"status {answer.status_code}": answer.status_code >= 500,
            "it stumbled": "stumbled over its own fault" in page,
            "a traceback": "Traceback (most recent" in page,
            "no policy": "default-src 'none'" not in answer.headers.get("content-security-policy", ""),
        }
        return ", ".join(fault for fault, found in faults.items() if found), str(answer.status_code)


def world(desk: Desk) -> World:
    """An office in the middle of its work, when many write: somebody on the way, a bed held, a second member."""
    request = desk.receive(danger="now", text="…")
    case, journey = moving(desk)
    bed = listed(desk)
    hold(desk, case)
    desk.post("/surge/on", form="surge", reason="raids", rota_from="8")
    made = World(desk, [request, case, journey, bed, "C-000001", "R-222222", "nobody", "heron", "ibis"])
    made.look()
    return made


@dataclass(frozen=True, repr=False)
class Asked:
    """One request."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    follow: bool = True

    def __repr__(self) -> str:
        return f"{self.method} {self.path[:200]} {self.body[:600]!r} {self.headers}"


def request(made: World, chance: Random) -> Asked:
    """A form with a change, mostly; a form for another address, an address that somebody types, bytes."""
    return chance.choice((_form, _form, _form, _typed, _raw))(made, chance)


def _form(made: World, chance: Random) -> Asked:
    form = chance.choice(made.forms)
    fields: list[tuple[str, str]] = []
    breaks = chance.randrange(4)  # so many of its fields
    for name, values in form.fields:
        value = chance.choice(values) if values else chance.choice(("a word", "2031-04-12", "12", ""))
        if name in ("passphrase", "second_passphrase") and chance.random() < 0.7:
            value = chance.choice((OURS, THEIRS))
        if breaks and chance.random() < 0.2:
            breaks -= 1
            value = chance.choice((*BROKEN, *made.codes))
        fields += [(name, value)] * chance.choice((0, 1, 1, 1, 1, 1, 1, 1, 1, 2))
    path = form.action if chance.random() < 0.9 else _path(made, chance, "POST")
    if form.multipart and chance.random() < 0.9:
        return _multipart(path, fields, chance)
    kind = ("content-type", "application/x-www-form-urlencoded")
    return Asked("POST", path, urlencode(fields, errors="replace").encode(), (kind,))


def _multipart(path: str, fields: list[tuple[str, str]], chance: Random) -> Asked:
    parts = b""
    for name, value in fields:
        file = '; filename="x.bin"' if chance.random() < 0.5 else ""
        content = chance.randbytes(chance.randrange(200)) if file else value.encode(errors="replace")
        parts += (
            f'--limit\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
            + content
            + b"\r\n"
        )
    ended = parts + (b"--limit--\r\n" if chance.random() < 0.9 else b"")
    return Asked("POST", path, ended, (("content-type", "multipart/form-data; boundary=limit"),))


def _path(made: World, chance: Random, method: str) -> str:
    routes = [route for route in ROUTES if method in (route.methods or ()) and route.path not in ENDING]
    path = chance.choice(routes).path
    told = (*made.codes, "..", "%2e%2e", "ё", "a" * 300, "0", "٣", "%00", "C-000001")

    def filled(match: re.Match[str]) -> str:
        whole = ("0", "1", "7", "9" * 30) if match[0].endswith(":int}") else told
        return chance.choice(whole)

    return re.sub(r"\{[^}]+\}", filled, path)


def _typed(made: World, chance: Random) -> Asked:
    path = chance.choice(made.pages).split("?")[0] if chance.random() < 0.5 else _path(made, chance, "GET")
    names = ("said", "code", "month", "q", "to", "from", "level", "origin", "page", "kind", "l", "what", "x")
    query = [
        (chance.choice(names), chance.choice((*BROKEN, *made.codes))[:2000])
        for _ in range(chance.randrange(3))
    ]
    headers: list[tuple[str, str]] = []
    if chance.random() < 0.3:
        name = chance.choice(
            ("accept-language", "cookie", "range", "if-modified-since", "sec-fetch-dest", "accept")
        )
        headers.append(
            (name, chance.choice(("ru", ";=,", "a" * 5000, "kunak-language=xx", "bytes=5-2", "image")))
        )
    return Asked(
        chance.choice(("GET", "GET", "GET", "HEAD")),
        path + ("?" + urlencode(query, errors="replace") if query else ""),
        b"",
        tuple(headers),
    )


def _raw(made: World, chance: Random) -> Asked:
    body = chance.randbytes(chance.randrange(300))
    kind = chance.choice(
        (
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        )
    )
    return Asked(
        chance.choice(("POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")),
        _path(made, chance, "POST"),
        body,
        (("content-type", kind),),
        follow=False,
    )


@dataclass
class Tried:
    """What came of it: how often each status, and what was wrong."""

    came: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, Asked]] = field(default_factory=list)
    offices: int = 1


def try_out(make: Callable[[], World], examples: int, number: int, look_every: int = 200) -> Tried:
    """Ask so much, of an office that goes on living; where it was locked or destroyed by that, of another one.

    Nothing is asked again: what an office answers follows from all that was asked before.
    """
    tried, made = Tried(), make()

    @seed(number)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def one(data: st.DataObject) -> None:
        nonlocal made
        if made.is_over():
            made, tried.offices = make(), tried.offices + 1
        elif sum(tried.came.values()) % look_every == look_every - 1:
            made.look()
        asked = data.draw(st.integers(0, 2**60).map(lambda chance: request(made, Random(chance))))
        fault, status = made.ask(asked)
        tried.came[status] += 1
        if fault:
            tried.faults.append((fault, asked))

    one()
    return tried

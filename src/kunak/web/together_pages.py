"""Opening together: asking, releasing a colleague's request, looking at what was opened, closing it."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import NamedTuple

from starlette.responses import Response

from kunak.access import queries
from kunak.access.entries import ReadingsNoted
from kunak.access.lists import PURPOSES
from kunak.fold import Entry
from kunak.vault import roles
from kunak.web.hands import hands
from kunak.web.visit import Visit, page, post
from kunak.web.words import options, tables
from kunak.workbench import Workbench
from kunak.workbench.together import related

_LOGGED = 40  # of the log, that the page shows
_SILENT = {field.name for field in fields(Entry)} | {"replaces"}  # of an entry: who and when stand beside it


class Kept(NamedTuple):
    """Something of a code that two must open, of which this member holds half a key."""

    subject: str
    what: str
    mine: bool  # whether their roles may ask for it; else they release it to a colleague


class Told(NamedTuple):
    """One line of what was opened: the name of a field, and what stands in it."""

    field: str
    text: str


class Shown(NamedTuple):
    """One entry of what was opened."""

    entry: Entry
    lines: tuple[Told, ...]


def show(visit: Visit) -> Response:
    """What waits for me, what I asked for, and a new request; the log of all below."""
    together, bench = hands(visit).together, visit.bench
    together.tend()
    mine = queries.openings_of(bench.access, bench.member)
    every = sorted((one for known in bench.access for one in known.openings), key=lambda one: one.asked_at)
    kept = kept_by_two(bench)
    return visit.render(
        "together.html",
        waiting=queries.openings_for(bench.access, bench.member),
        mine=[one for one in mine if one.state in ("asked", "released")],
        log=every[::-1][:_LOGGED],
        things=[(f"{one.subject} {one.what}", _named(visit, one)) for one in kept if one.mine],
        asked=f"{visit.asked('subject')} {visit.asked('what')}",
        only_half=bool(kept) and not any(one.mine for one in kept),
        purposes=options(visit.say, "opening_purpose", PURPOSES),
    )


def ask(visit: Visit) -> Response:
    """Ask colleagues to open something with me."""
    form = visit.posted()
    thing = form.one_of(
        "thing", [f"{one.subject} {one.what}" for one in kept_by_two(visit.bench) if one.mine]
    )
    purpose = form.one_of("purpose", PURPOSES)
    form.check()
    subject, _, what = thing.partition(" ")
    hands(visit).together.ask(subject, what, purpose)
    visit.office.stir()
    return visit.go("/together", said="opening-asked")


def release(visit: Visit) -> Response:
    """Lend my half for this one purpose."""
    hands(visit).together.release(visit.code)
    visit.office.stir()
    return visit.go("/together", said="opening-released")


def refuse(visit: Visit) -> Response:
    """Say no."""
    hands(visit).together.refuse(visit.code)
    visit.office.stir()
    return visit.go("/together", said="opening-refused")


def look(visit: Visit) -> Response:
    """What was opened, and until when."""
    entries, until = hands(visit).together.look(visit.code)
    return visit.render(
        "opened.html",
        opening=queries.find_opening(visit.bench.access, visit.code),
        until=until,
        seconds=max(int((until - visit.now).total_seconds()), 1),
        entries=[Shown(entry, tuple(_lines(visit, entry))) for entry in entries if not _is_log(entry)],
        readings=[
            (one.by, reading) for one in entries if isinstance(one, ReadingsNoted) for reading in one.readings
        ],
    )


def close(visit: Visit) -> Response:
    """Close it before its time."""
    hands(visit).together.close(visit.code)
    visit.office.stir()
    return visit.go("/together", said="opening-closed")


def kept_by_two(bench: Workbench, codes: Iterable[str] | None = None) -> list[Kept]:
    """What two must open, of these codes or of all, as far as this member holds half a key of it."""
    vault = bench.vault
    wanted = None if codes is None else set(codes)
    gone = vault.office.log.shredded
    held = {(one.subject, one.compartment) for one in vault.caught_up().shares.values() if one.id not in gone}
    found = [
        place for place in held if (wanted is None or place[0] in wanted) and place[1] in roles.COMPARTMENTS
    ]
    return [Kept(*place, roles.may(vault.me, roles.rule_of(place[1]).openers)) for place in sorted(found)]


def kept_of(bench: Workbench, code: str) -> list[Kept]:
    """The same, of one person's codes: request, case and journeys."""
    return kept_by_two(bench, related(bench, code))


def _named(visit: Visit, one: Kept) -> str:
    known = tables()["compartment"]
    return f"{one.subject}: {visit.say(known[one.what])}"


def _is_log(entry: Entry) -> bool:
    return isinstance(entry, ReadingsNoted)


def _lines(visit: Visit, entry: Entry) -> Iterator[Told]:
    """The fields of an entry that hold something, in words where there are any."""
    for field in fields(entry):
        value = getattr(entry, field.name)
        if field.name in _SILENT or value in ("", (), None):
            continue
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            yield Told(field.name, _text(visit, field.name, item))


def _text(visit: Visit, name: str, value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        said = [
            (field.name, _text(visit, field.name, getattr(value, field.name)))
            for field in fields(value)
            if getattr(value, field.name) not in ("", (), None)
        ]
        return "; ".join(f"{_word(visit, field, 'opened_field')}: {text}" for field, text in said)
    if isinstance(value, bool):
        return visit.say("yes") if value else visit.say("no")
    if isinstance(value, datetime):
        return f"{value.astimezone(visit.office.settings.zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return _word(visit, str(value), _TABLES.get(name, ""))


_TABLES = {"kind": "paper-kind", "taken_by": "taken-by"}


def _word(visit: Visit, code: str, table: str) -> str:
    message = tables().get(table, {}).get(code)
    return visit.say(message) if message else code


ROUTES = [
    page("/together", "together", show, listens=True),
    post("/together", "opening-ask", ask, back=show),
    page("/together/{code}", "opening", look),
    post("/together/{code}/release", "opening-release", release, back=show),
    post("/together/{code}/refuse", "opening-refuse", refuse, back=show),
    post("/together/{code}/close", "opening-close", close, back=show),
]

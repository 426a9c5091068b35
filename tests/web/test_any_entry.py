"""Whatever a member's own program writes, of the right types and signed: no colleague's page breaks over it."""

import dataclasses
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_web_beds import hold, listed
from ways_walking import moving
from web_desk import START, THEIRS

from kunak.access.entries import OpeningAsked, SubjectShredded
from kunak.casework.entries import PriorityRaised
from kunak.evacuation.bed_entries import SeatsDescribed
from kunak.evacuation.entries import GraceExtended
from kunak.fold import Entry
from kunak.intake.entries import MessageArrived
from kunak.vault import Item
from kunak.vault.codec import MOST_NUMBER, spell_again
from kunak.web.app import PAGES
from kunak.web.words import tables
from kunak.workbench.hearing import KINDS, Witnessed, hash_of

EVERYWHERE = ("/", "/office", "/cases", "/journeys", "/beds", "/retention", "/shredded", "/sync")
SIDEWAYS = timezone(timedelta(hours=23, minutes=59))
MOMENTS = (
    datetime(1900, 1, 1, tzinfo=UTC),
    datetime(1900, 1, 1, tzinfo=SIDEWAYS),
    datetime(2500, 12, 31, 23, 59, tzinfo=UTC),
    START,
    START + timedelta(days=1),
    datetime.min.replace(tzinfo=SIDEWAYS),
    datetime.max.replace(tzinfo=UTC),
)
DAYS = (date(1900, 1, 1), date(2500, 12, 31), START.date(), date.min, date.max)
NUMBERS = (0, 1, 2, -1, 7, 60, 1440, MOST_NUMBER, -MOST_NUMBER, 10**12, -(10**30))
SHARES = (0.0, 1.5, -1.0, 1e6, -1e6, 1e308)
WORDS = (
    "", "\x00", "<b>", "%(x)s {x} %d", "я" * 300, "office", "person", "readings-2031-04", "readings-0000-13",
    "P9", "../../x", "a" * 32, "2031-04-31", "١٢", "²",
)  # fmt: skip
CODED = tuple(sorted({code for table in tables().values() for code in table}))
NUMBERED = count()
BY_HERON = {"at": START, "by": "heron"}


def a_value(annotation: object, known: tuple[str, ...]) -> st.SearchStrategy[typing.Any]:
    plain: dict[object, st.SearchStrategy[object]] = {
        str: st.sampled_from(known) | st.sampled_from(WORDS) | st.sampled_from(CODED),
        int: st.sampled_from(NUMBERS),
        float: st.sampled_from(SHARES),
        bool: st.booleans(),
        datetime: st.sampled_from(MOMENTS),
        date: st.sampled_from(DAYS),
        type(None): st.none(),
    }
    if annotation in plain:
        return plain[annotation]
    if dataclasses.is_dataclass(annotation):
        return a_record(annotation, known)
    if hasattr(annotation, "_fields"):  # a named tuple
        each = [a_value(one, known) for one in typing.get_type_hints(annotation).values()]
        return st.tuples(*each).map(lambda values: annotation(*values))
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple:
        return st.lists(a_value(inner[0], known), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(a_value(inner[0], known), a_value(inner[1], known), max_size=2)
    assert origin in (types.UnionType, typing.Union), annotation
    return st.one_of(*(a_value(one, known) for one in inner))


def a_record(kind: typing.Any, known: tuple[str, ...], **fixed: object) -> st.SearchStrategy[typing.Any]:
    hints = typing.get_type_hints(kind)
    fields = {f.name: a_value(hints[f.name], known) for f in dataclasses.fields(kind) if f.init}
    return st.builds(kind, **{**fields, **{name: st.just(value) for name, value in fixed.items()}})


@dataclasses.dataclass
class Lived:
    """An office in which something of each sort is there, for entries to meet."""

    desk: typing.Any
    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        bench = self.desk.bench
        rooms = (bench.requests, bench.cases, bench.journeys, bench.journeys.beds, bench.journeys.asked)
        self.written = tuple(entry for room in rooms for heard in room.heard.values() for entry in heard)
        self.known = (*self.codes, *(entry.id for entry in self.written))
        routes = [route.path for module in PAGES for route in module.ROUTES if "GET" in (route.methods or ())]
        inside = [path for path in routes if path not in ("/unlock", "/too-late")]
        self.paths = tuple(
            path.replace("{n:int}", "1").replace("{code}", code) for path in inside for code in self.codes
        )

    def entries(self) -> st.SearchStrategy[Entry]:
        """An entry of any kind; or one that was written, with one or two of its facts exchanged."""
        return st.one_of(st.sampled_from(self.written).flatmap(self.near), self.any_kind())

    def any_kind(self) -> st.SearchStrategy[Entry]:
        kinds = [kind for kind in KINDS.values() if kind is not Witnessed]
        about = st.sampled_from((*self.codes, "office", "readings-2031-04"))
        return st.tuples(st.sampled_from(kinds), about).flatmap(
            lambda one: a_record(one[0], self.known, subject=one[1], **BY_HERON)
        )

    def near(self, entry: Entry) -> st.SearchStrategy[Entry]:
        hints = typing.get_type_hints(type(entry))
        names = [field.name for field in dataclasses.fields(entry) if field.name not in ("by", "subject")]
        some = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
        facts = some.flatmap(
            lambda chosen: st.fixed_dictionaries({name: a_value(hints[name], self.known) for name in chosen})
        )
        return facts.map(lambda given: dataclasses.replace(entry, **given))

    def say(self, *entries: Entry) -> None:
        """Seal entries as a program that checks nothing would; where two decide, two stand behind it."""
        items = []
        for entry in entries:
            for name in ("second", "first"):
                if getattr(entry, name, ""):
                    entry = dataclasses.replace(entry, by="heron", **{name: "ibis"})  # type: ignore[arg-type]
            body = b'{"kind":"%s","fields":%s}' % (entry.kind().encode(), spell_again(entry))
            items.append(Item(entry.subject, entry.compartment, body, ("heron", "ibis")))
        self.desk.bench.vault.write(items, self.desk.clock())
        self.desk.bench.vault.read_again()  # what this hand has written it hears like a colleague's
        hashes = tuple(hash_of(item.body) for item in items)
        seen = Witnessed(id=f"w-{next(NUMBERED)}", at=START, by="ibis", subject="office", bodies=hashes)
        ibis = self.desk.bench.vault.second(THEIRS)
        body = b'{"kind":"%s","fields":%s}' % (seen.kind().encode(), spell_again(seen))
        ibis.write([Item("office", "index", body)], self.desk.clock())
        ibis.close()

    def broken(self, paths: typing.Iterable[str]) -> list[str]:
        """Which of these pages the program stumbles over."""
        return [path for path in paths if self.desk.get(path).status_code >= 500]


@pytest.fixture
def lived(desk) -> Lived:
    bed = listed(desk)
    case, journey = moving(desk)
    hold(desk, case)
    return Lived(desk, (desk.bench.cases.get(case).request, case, journey, bed))


@pytest.mark.slow
def test_no_page_breaks_over_any_entry_of_any_kind(lived):
    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(lived.entries(), min_size=1, max_size=4), st.randoms(use_true_random=False))
    def one(entries, chance):
        lived.say(*entries)
        assert lived.broken((*EVERYWHERE, *chance.sample(lived.paths, 20))) == []

    one()
    lived.desk.unlock()  # and the office opens
    assert lived.broken(EVERYWHERE) == []


HEX, NONE = "ab" * 16, "zz"
ASKED = {"subject": "C-1", "what": "identity", "purpose": "drill", "id": "x"}
ORDER = {"subject": "office", "shredded": "C-9", "what": (), "reason": "mistake", "id": "x"}


@pytest.mark.parametrize(
    "entry",
    [
        OpeningAsked(opening=HEX, dossiers=(HEX, NONE), **ASKED, **BY_HERON | {"by": "ibis"}),
        OpeningAsked(opening=NONE, dossiers=(HEX,), **ASKED, **BY_HERON | {"by": "ibis"}),
        SubjectShredded(dossiers=(HEX[:-2],), **ORDER, **BY_HERON),
        SubjectShredded(dossiers=(HEX.upper(),), **ORDER, **BY_HERON),
    ],
)
def test_what_names_no_dossier_is_not_heard(lived, entry):
    ibis = lived.desk.bench.vault.second(THEIRS)
    body = b'{"kind":"%s","fields":%s}' % (entry.kind().encode(), spell_again(entry))
    (ibis if entry.by == "ibis" else lived.desk.bench.vault).write(
        [Item(entry.subject, "index", body)], lived.desk.clock()
    )
    ibis.close()
    lived.desk.bench.start_over()
    known = lived.desk.bench.access.get(entry.subject)
    assert known is not None
    assert (known.openings, known.shreddings) == ((), ())
    assert lived.broken((*EVERYWHERE, "/together")) == []


def test_a_level_that_there_is_not_is_not_heard(lived):
    _, case, *_ = lived.codes
    before = lived.desk.bench.cases.get(case).level
    lived.say(PriorityRaised(id="x", subject=case, level="A0", reason="new_threat", **BY_HERON))
    assert lived.broken((*EVERYWHERE, f"/cases/{case}", f"/cases/{case}/level")) == []
    assert lived.desk.bench.cases.get(case).level == before


def test_seats_do_not_describe_a_bed(lived):
    *_, bed = lived.codes
    lived.say(SeatsDescribed(id="x", subject=bed, route="r", **BY_HERON))
    assert lived.broken(("/beds", f"/beds/{bed}")) == []


@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=SIDEWAYS)])
def test_an_hour_that_nobody_can_reckon_with_is_not_heard(lived, at):
    request, *_ = lived.codes
    lived.say(MessageArrived(id="x", subject=request, danger="now", at=at, by="person"))
    assert lived.broken((*EVERYWHERE, f"/requests/{request}")) == []
    assert lived.desk.bench.requests.get(request).unanswered == ()


def test_a_number_that_nobody_can_reckon_with_is_not_heard(lived):
    *_, journey, _ = lived.codes
    lived.say(GraceExtended(id="x", subject=journey, leg=1, minutes=10**30, reason="no_signal", **BY_HERON))
    assert lived.broken((*EVERYWHERE, f"/journeys/{journey}")) == []
    assert lived.desk.bench.journeys.get(journey).extensions == ()

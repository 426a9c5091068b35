"""Somebody owns the relay for a week, with the script as it is: what they have then, and what it tells.

A hundred people write, most with script, some without; the office answers in the order of its own choice; they come
back, from another device, and write again. The owner keeps a copy of every row that the relay ever stored, with its
day. They are even told on which day somebody first wrote, and have to say which of that day's letters belongs to
somebody who came back. They learn on half of the threads which sign tells most, and try it on the other half.
"""

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from relay_office import CHANNEL_SEED, INTAKE_SEED, ROUNDS, code_on, press, reply_keys, write
from starlette.testclient import TestClient

from kunak.exchange.codes import ReturnCode
from kunak.exchange.mailbox import MailboxKeys
from kunak.exchange.post import Post
from kunak.exchange.relay import build_app
from kunak.exchange.relay.brake import Brake
from kunak.exchange.relay.store import RelayStore
from kunak.exchange.report import seal_in_browser, write_report
from kunak.vault import curves, seal

pytestmark = pytest.mark.slow

PEOPLE, DAYS = 100, 7
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)
INTAKE = curves.intake_public_bytes(INTAKE_SEED)
BYTES = {"content-type": "application/octet-stream"}
HARDLY_EVER = 0.0002


@dataclass(frozen=True)
class Row:
    """A row that the relay stored: its stream, its id, what is sealed in it, its day; and its place among all."""

    stream: str
    id: str
    sealed: bytes
    day: int
    order: int


@dataclass
class Person:
    """One person; what the test knows and the owner wants to know."""

    number: int
    code: ReturnCode
    by_script: bool
    first: Row | None = None  # the letter of the first visit
    again: Row | None = None  # the letter of the return
    answered: Row | None = None  # the reply in the mailbox

    @property
    def keys(self) -> MailboxKeys:
        return MailboxKeys.of(self.code, ROUNDS)


@dataclass
class Week:
    """The relay, and the owner's copies."""

    store: RelayStore
    browser: TestClient
    post: Post
    clock: list[datetime]
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    heads: list[dict[str, int]] = field(
        default_factory=list
    )  # of each midnight: how far each stream has come

    def look(self) -> list[Row]:
        """Copy what is new."""
        day = (self.clock[0] - MONDAY).days
        found = self.store.tables.read(lambda ask: ask.rows("SELECT stream, id, sealed FROM blob"))
        new = [
            Row(stream, id, bytes(sealed), day, len(self.rows) + place)
            for place, (stream, id, sealed) in enumerate(one for one in found if one[:2] not in self.rows)
        ]
        self.rows.update({(row.stream, row.id): row for row in new})
        return new

    def send_by_script(self, person: Person, kind: str, text: str) -> None:
        report = write_report(kind, person.keys, at=self.clock[0], language="en", text=text)
        body = bytes.fromhex(report.id) + seal_in_browser(report, person.keys, INTAKE)
        assert self.browser.post("/j", content=body, headers=BYTES).status_code == 200

    def first_visit(self, person: Person) -> None:
        text = "x" * random.choice((0, 40, 300, 1500))
        if person.by_script:
            self.send_by_script(person, "request", text)
        else:
            person.code = code_on(write(self.browser, text=text))
        (person.first,) = self.look()

    def answer(self, person: Person) -> None:
        for report in self.post.collect().reports:
            if report.mailbox == person.keys.mailbox:
                self.post.deliver(
                    **reply_keys(report), text="We have read it.", at=report.received_at, id="1"
                )
        (person.answered,) = self.look()

    def come_back(self, person: Person) -> None:
        text = "y" * random.choice((10, 40, 300))
        if person.by_script:
            token = b"\0" + person.keys.token + person.keys.sign_public
            assert self.browser.post("/k", content=token, headers=BYTES).status_code == 200
            self.send_by_script(person, "message", text)
        else:
            page = self.browser.post("/c", data={"code": person.code.digits(), "l": "en"})
            press(self.browser, page, "send", text=text)
        (person.again,) = self.look()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Week, list[Person]]]:
    """The week, lived through."""
    folder = tmp_path_factory.mktemp("relay")
    clock = [MONDAY]

    async def at_once(_: float) -> None:
        return None

    store = RelayStore(folder)
    app = build_app(
        folder, intake_public=INTAKE, channel_public=seal.ed25519_public_bytes(CHANNEL_SEED), rounds=ROUNDS,
        brake=Brake(pause=at_once), now=lambda: clock[0], store=store,
    )  # fmt: skip
    browser = TestClient(app)
    post = Post(
        "",
        intake_seed=INTAKE_SEED,
        channel_seed=CHANNEL_SEED,
        client=TestClient(app),
        now=lambda: clock[0].timestamp(),
    )
    week = Week(store, browser, post, clock)
    random.seed(7)
    people = [Person(number, ReturnCode.make(), by_script=number % 4 != 0) for number in range(PEOPLE)]
    for at, _, do, person in sorted(_events(week, people), key=lambda event: event[:2]):
        while clock[0].date() < at.date():
            clock[0] = (clock[0] + timedelta(days=1)).replace(hour=0, minute=0)
            week.heads.append(_heads(store))
        clock[0] = at
        do(person)
    week.heads.append(_heads(store))
    yield week, people
    store.close()


def _events(
    week: Week, people: list[Person]
) -> Iterable[tuple[datetime, int, Callable[[Person], None], Person]]:
    """Somebody writes at an hour of theirs; the office answers after some hours, whoever is most urgent first; and
    they come back one to three days later, at about that hour again."""
    for person in people:
        hour, day = random.gauss(21, 3) % 24, random.randrange(DAYS - 3)
        first = MONDAY + timedelta(days=day, hours=hour)
        answered = first + timedelta(hours=random.choice((0.3, 2, 9, 20)) * random.uniform(0.5, 1.5))
        again = first + timedelta(days=random.randint(1, 3), hours=random.gauss(0, 1))
        yield first, person.number, week.first_visit, person
        yield answered, person.number, week.answer, person
        yield max(again, answered + timedelta(minutes=30)), person.number, week.come_back, person


def _heads(store: RelayStore) -> dict[str, int]:
    return dict(store.tables.read(lambda ask: ask.rows("SELECT id, head FROM stream")))


def test_what_they_have_is_volumes_sizes_in_buckets_and_days(lived: tuple[Week, list[Person]]):
    week, people = lived
    letters = [row for row in week.rows.values() if not row.stream.startswith("m:")]
    replies = [row for row in week.rows.values() if row.stream.startswith("m:")]
    assert len(letters) == 2 * PEOPLE
    assert len(replies) == len({row.stream for row in replies}) == PEOPLE
    sizes = Counter(len(row.sealed) for row in letters)
    assert len(sizes) <= 3
    assert len({len(row.sealed) for row in replies}) == 1
    assert {len(row.id) for row in letters} == {32}
    assert {row.sealed[:1] for row in letters} == {seal.SUITE}, "both ways look alike"
    by_script = {person.first.sealed[:1] for person in people if person.by_script and person.first}
    assert by_script == {
        person.first.sealed[:1] for person in people if not person.by_script and person.first
    }
    per_day = [
        after.get("intake", 0) - before.get("intake", 0)
        for before, after in zip([{}, *week.heads], week.heads, strict=False)
    ]
    assert sum(per_day) == 2 * PEOPLE


def test_no_column_of_the_store_could_hold_more(lived: tuple[Week, list[Person]]):
    week, _ = lived
    columns = week.store.tables.read(
        lambda ask: ask.rows(
            "SELECT m.name || '.' || p.name FROM sqlite_master m, pragma_table_info(m.name) p"
        )
    )
    telling = ("address", "agent", "referrer", "time", "second", "hour", "minute", "language", "ip", "host")
    assert not [name for (name,) in columns if name.split(".")[1] in telling]
    assert len(columns) > 20


# ---- Linking


Sign = Callable[[Row, Person], float]


def _alike(one: bytes, other: bytes) -> float:
    """Bits that agree."""
    both = min(len(one), len(other))
    return -float(bin(int.from_bytes(one[:both], "big") ^ int.from_bytes(other[:both], "big")).count("1"))


def _prefix(one: str, other: str) -> float:
    return float(
        next(
            (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
            min(len(one), len(other)),
        )
    )


def _packed(one: bytes, other: bytes) -> float:
    """How much shorter both are together than apart."""
    return float(len(zlib.compress(one)) + len(zlib.compress(other)) - len(zlib.compress(one + other)))


def _kept(person: Person) -> tuple[Row, Row]:
    assert person.again
    assert person.answered
    return person.again, person.answered


SIGNS: dict[str, Sign] = {
    "the size": lambda first, who: float(len(first.sealed) == len(_kept(who)[0].sealed)),
    "ids that begin alike": lambda first, who: _prefix(first.id, _kept(who)[0].id),
    "ids of which bits agree": lambda first, who: _alike(bytes.fromhex(first.id), bytes.fromhex(_kept(who)[0].id)),
    "an id like the mailbox": lambda first, who: _alike(
        bytes.fromhex(first.id), bytes.fromhex(_kept(who)[1].stream[2:])
    ),
    "an id that begins as the mailbox": lambda first, who: _prefix(first.id, _kept(who)[1].stream[2:]),
    "sealed bits that agree": lambda first, who: _alike(first.sealed[:1400], _kept(who)[0].sealed[:1400]),
    "sealed bits like the reply's": lambda first, who: _alike(first.sealed[:1400], _kept(who)[1].sealed[:1400]),
    "what packs well together": lambda first, who: _packed(first.sealed, _kept(who)[0].sealed),
}  # fmt: skip
WATCHED: dict[str, Sign] = {
    "the last before the answer": lambda first, who: (
        -abs(_kept(who)[1].order - first.order) - 1000.0 * (first.order > _kept(who)[1].order)
    ),
    "the hour of the day": lambda first, who: -abs((_kept(who)[0].order - first.order) % 40 - 20.0),
}


def hits(people: list[Person], signs: dict[str, Sign]) -> int:
    """How many returns are linked rightly by whoever learns on one half which sign to follow, and tries it on the
    other."""
    halves = people[::2], people[1::2]
    found = 0
    for learning, trying in (halves, halves[::-1]):
        best = max(
            ((name, way) for name in signs for way in (1, -1)),
            key=lambda one: _right(learning, people, signs[one[0]], one[1]),
        )
        found += _right(trying, people, signs[best[0]], best[1])
    return found


def _right(some: list[Person], people: list[Person], sign: Sign, way: int) -> int:
    return sum(
        _guess(_candidates(person, people), lambda row, who=person: way * sign(row, who)) is person.first
        for person in some
    )


def _guess(candidates: list[Row], score: Callable[[Row], float]) -> Row:
    """The best; of those that are equally good, one by chance."""
    scores = [(score(row), row) for row in candidates]
    most = max(value for value, _ in scores)
    return random.Random(7).choice([row for value, row in scores if value == most])


def _candidates(person: Person, people: list[Person]) -> list[Row]:
    """The letters of first visits on the day on which this person first wrote: the owner is told the day."""
    assert person.first
    day = person.first.day
    return [other.first for other in people if other.first and other.first.day == day]


def by_chance(people: list[Person], found: int) -> float:
    """How often somebody who guesses links at least so many."""
    drawing = random.Random(11)
    odds = [1 / len(_candidates(person, people)) for person in people]
    many = 20_000
    return sum(sum(drawing.random() < odd for odd in odds) >= found for _ in range(many)) / many


def test_nothing_that_the_relay_keeps_links_a_return_to_a_first_visit(lived: tuple[Week, list[Person]]):
    _, people = lived
    found = hits(people, SIGNS)
    assert by_chance(people, found) > HARDLY_EVER, found


def test_a_sign_that_told_would_be_seen(lived: tuple[Week, list[Person]]):
    """If one byte in a hundred of what is sealed were as in the first letter, the owner would link most."""
    _, people = lived

    def marked(first: Row, who: Person) -> float:
        assert who.first
        return _alike(first.sealed[:1400], who.first.sealed[:14] + _kept(who)[0].sealed[14:1400])

    found = hits(people, {**SIGNS, "a mark": marked})
    assert by_chance(people, found) < HARDLY_EVER


def test_whoever_watches_the_order_of_it_all_as_it_happens_links_some(lived: tuple[Week, list[Person]]):
    """This is not kept, and whoever runs the machine can look: docs/threats.md says so. The office's answer follows
    the letter that it answers."""
    _, people = lived
    found = hits(people, WATCHED)
    assert by_chance(people, found) < HARDLY_EVER
    assert found < PEOPLE / 2

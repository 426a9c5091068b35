"""A whole office: three members, eighty people in 48 hours, two machines on one store, and the power cut."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from bench_office import PASSPHRASES, START, Clock, Desk, all_known, found

from kunak import casework, intake
from kunak.casework.triage import CLOCKS, FACTORS, TRIGGERS
from kunak.fold import Entry
from kunak.intake.form import QUESTIONS, parse
from kunak.vault import SqliteStore
from kunak.workbench import Workbench

PEOPLE = 80
SEEDS = (1, 20)
c, i = casework.actions, intake.actions
ZONES = {
    "heron": UTC, "otter": timezone(timedelta(hours=5)), "wren": timezone(-timedelta(hours=9, minutes=30)),
}  # fmt: skip


@dataclass
class InZone:
    """The same hour as everyone's, as a machine in another zone tells it."""

    clock: Clock
    zone: timezone

    def __call__(self) -> datetime:
        return self.clock().astimezone(self.zone)


@dataclass
class Life:
    """What eighty invented people write and three members do about it, drawn from one seed."""

    path: Path
    seed: int
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.people = 0
        self.stores: list[SqliteStore] = []
        found(self.store())
        self.acknowledged: list[Entry] = []
        self.desks = {member: self.desk(member) for member in PASSPHRASES}

    def store(self) -> SqliteStore:
        """The store as another program opens it."""
        self.stores.append(SqliteStore(self.path))
        return self.stores[-1]

    def desk(self, member: str) -> Desk:
        return Desk(self.store(), member, InZone(self.clock, ZONES[member]))  # type: ignore[arg-type]

    def live(self, people: int = PEOPLE) -> "Life":
        first, self.people = self.people, self.people + people
        for number in range(first, self.people):
            self.clock.later(minutes=self.draw.randint(1, 70))
            self.writes(f"R-{number:03}")
            for _ in range(self.draw.randint(0, 2)):
                self.works(f"R-{self.draw.randint(0, number):03}")
        return self

    def writes(self, code: str) -> None:
        ticked = {
            q.key: [self.draw.choice(q.options)]
            for q in QUESTIONS
            if not q.skippable or (self.draw.random() < 0.5 and q.key != "answer_how")
        }
        desk = self.hand()
        self.keep(
            desk.do(
                i.receive_request, subject=code, answers=parse(ticked), received_at=desk.clock(), by="person",
                mailbox=f"mailbox-{code}", reply_key="00",
            )
        )  # fmt: skip

    def works(self, code: str) -> None:
        """One thing that a member does about a request that their machine knows of."""
        desk, draw = self.hand(), self.draw
        requests = desk.bench.requests
        if requests.get(code) is None:
            return
        case, known = f"C-{code[2:]}", desk.bench.cases.get(code)
        if known is None or not known.level:
            triggers = draw.sample(TRIGGERS, 1) if draw.random() < 0.2 else ()
            factors = {name: draw.randint(0, 3) for name in FACTORS if draw.random() < 0.4}
            facts = {"subject": code, "triggers": triggers, "factors": factors, "requests": requests}
            self.keep(desk.do(c.record_triage, **facts))
        elif desk.bench.cases.get(case) is None:
            self.keep(
                desk.do(c.open_case, subject=case, request=code, workers=list(PASSPHRASES), requests=requests)
            )
        else:
            second = next(member for member in PASSPHRASES if member != desk.member)
            {0: self.answers, 1: self.steps, 2: self.writes_again}.get(draw.randint(0, 3), self.closes)(
                desk, code, case, second
            )

    def answers(self, desk: Desk, code: str, case: str, second: str) -> None:
        self.keep(desk.do(i.write_reply, subject=code, text="We have read it."))

    def steps(self, desk: Desk, code: str, case: str, second: str) -> None:
        self.keep(desk.do(c.take_first_step, subject=case, step="advice_given"))

    def writes_again(self, desk: Desk, code: str, case: str, second: str) -> None:
        danger = self.draw.choice(("now", "within_days", "no"))
        self.keep(desk.do(i.receive_message, subject=code, text="Again.", danger=danger, by="person"))

    def closes(self, desk: Desk, code: str, case: str, second: str) -> None:
        known = desk.bench.cases.get(case)
        if known is not None and known.is_open:
            self.keep(desk.together(second, c.close_case, subject=case, reasons=["goals_met"]))

    def hand(self) -> Desk:
        """Somebody's desk. One time in four it has not heard yet what the others did."""
        desk = self.desks[self.draw.choice(tuple(self.desks))]
        if self.draw.random() < 0.75:
            desk.bench.refresh()
        return desk

    def keep(self, entries: tuple[Entry, ...]) -> None:
        """The action returned, so somebody may rely on it."""
        self.acknowledged += entries

    def end(self) -> None:
        for store in self.stores:
            store.close()


@pytest.fixture(scope="module", params=SEEDS)
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    life = Life(tmp_path_factory.mktemp("office") / "office.sqlite", request.param).live()
    yield life
    life.end()


def queue(bench: Workbench, at: datetime) -> tuple[casework.queries.QueueRow, ...]:
    return casework.queries.queue(bench.requests, bench.cases, at)


def hours_of_a_week() -> list[datetime]:
    return [START + timedelta(hours=h) for h in range(0, 168, 11)]


def test_eighty_people_are_in_no_queue_twice_and_nobody_is_missing(life: Life) -> None:
    bench = life.desk("heron").bench
    rows = queue(bench, life.clock.at)
    assert len(bench.requests) == PEOPLE
    assert len({row.code for row in rows}) == len(rows)
    people = [f"R-{row.code[2:]}" for row in rows]
    assert len(set(people)) == len(people)
    closed = {case.request for case in bench.cases if case.closed_at is not None}
    assert set(people) | closed == {request.code for request in bench.requests}


def test_two_machines_that_heard_the_same_show_the_same_queue_at_every_hour(life: Life) -> None:
    for desk in life.desks.values():
        desk.bench.refresh()
    benches = [desk.bench for desk in life.desks.values()]
    benches.append(life.desk("wren").bench)  # one that was started just now
    for bench in benches[1:]:
        assert all_known(bench) == all_known(benches[0])
        for at in hours_of_a_week():
            assert queue(bench, at) == queue(benches[0], at)


def test_the_order_in_which_a_machine_hears_changes_nothing(life: Life) -> None:
    bench = life.desk("heron").bench
    heard = life.acknowledged * 2
    random.Random(life.seed).shuffle(heard)
    requests, cases = intake.EMPTY, casework.EMPTY
    for n in range(0, len(heard), 37):
        requests, cases = intake.fold(requests, heard[n : n + 37]), casework.fold(cases, heard[n : n + 37])
    assert (requests.known, cases.known) == (bench.requests.known, bench.cases.known)


def test_nobody_waits_behind_someone_less_urgent_at_any_hour(life: Life) -> None:
    bench = life.desk("heron").bench
    for at in hours_of_a_week():
        levels = [row.level for row in queue(bench, at)]
        assert levels == sorted(levels)
    assert set(levels) == {"P0", "P1", "P2", "P3"}


def test_whoever_says_now_or_has_a_trigger_is_p0_until_two_say_otherwise(life: Life) -> None:
    bench = life.desk("heron").bench
    rows = {row.code: row for row in queue(bench, life.clock.at)}
    for request in bench.requests:
        if request.code in rows and rows[request.code].sum is None and request.danger == "now":
            assert rows[request.code].level == "P0"
    seen = 0
    for case in bench.cases:
        if case.triage is not None and case.triage.triggers and case.code in rows:
            assert rows[case.code].level == "P0"
            seen += 1
    assert seen > 3


def test_a_zone_moves_no_clock_and_midnight_neither(life: Life) -> None:
    """Every due is the received instant plus the allowance of F4, whatever the machines' zones say."""
    bench = life.desk("otter").bench
    fresh = [row for row in queue(bench, life.clock.at) if row.kind == "request" and row.sum is None]
    crossed = 0
    for row in fresh:
        for clock in row.clocks:
            if clock.name in CLOCKS[row.level]:
                assert clock.due - row.received_at == CLOCKS[row.level][clock.name]
                crossed += clock.due.astimezone(UTC).date() != row.received_at.astimezone(UTC).date()
    assert len(fresh) > 5
    assert crossed > 3
    in_one_zone = queue(bench, life.clock.at.astimezone(ZONES["wren"]))
    assert in_one_zone == queue(bench, life.clock.at)


def test_after_the_power_is_cut_all_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    """A bench is dropped without a word, again and again; what its actions had returned is in the store."""
    life = Life(tmp_path / "office.sqlite", 7)
    for _ in range(6):
        life.live(people=4)
        victim = life.draw.choice(tuple(PASSPHRASES))
        life.desks[victim] = life.desk(victim)  # the old one is never closed
        bench = life.desks[victim].bench
        heard = {
            entry
            for ledger in (bench.requests, bench.cases)
            for entries in ledger.heard.values()
            for entry in map(hashable, entries)
        }
        assert heard == set(map(hashable, life.acknowledged))
        assert len(heard) > 10
    life.end()


def hashable(entry: Entry) -> tuple[str, str]:
    return entry.id, repr(entry)

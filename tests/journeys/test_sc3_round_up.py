"""Sc-3, a mass round-up: eighty requests in 48 hours, twelve beds, two machines that are often apart."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from bench_network import Benches

from kunak import casework, intake
from kunak.casework.board import KINDS, board, fairness
from kunak.casework.queries import queue
from kunak.casework.triage import FACTORS, LEVELS, TRIGGERS
from kunak.evacuation import beds
from kunak.exchange.telling import notice_of
from kunak.intake import actions
from kunak.intake.making import SecondNeeded
from kunak.intake.pointing import persons
from kunak.intake.surge import on_duty, surge
from kunak.vault import Vault, add_member, membership
from kunak.vault.roles import FOUNDER_ROLES
from kunak.workbench import SecondPersonNeeded, Workbench

DANGERS = ("now", "within_hours", "within_days", "later_or_not_sure", "no", "declined")
DOORS = ("web", "web", "web", "web", "phone", "partner", "paper")
REGIONS = ("chechnya", "ingushetia", "dagestan")
WRENS = "wren's own"
CODES = tuple(f"R-{number:02}" for number in range(80))
JOINED = {"R-11": "R-10", "R-12": "R-11", "R-21": "R-20", "R-31": "R-30", "R-41": "R-40", "R-51": "R-50",
          "R-61": "R-60", "R-71": "R-70", "R-78": "R-10"}  # fmt: skip


class RoundUp:
    """Heron with wren at one machine, otter at another; what came and what was done, drawn by lot."""

    def __init__(self, seed: int) -> None:
        self.lot = Random(seed)
        self.benches = Benches(heron=FOUNDER_ROLES, otter=FOUNDER_ROLES)
        self.clock = self.benches.clock
        heron = self.benches.net.vaults["heron"]
        add_member(heron, "wren", WRENS, self.clock(), roles_held=("duty", "case-worker"))
        self.benches.settle()
        membership.vouch(self.benches.net.vaults["otter"], "wren", self.clock())
        self.benches.settle()
        self.began = self.clock.at

    @property
    def heron(self) -> Workbench:
        return self.benches["heron"]

    @property
    def otter(self) -> Workbench:
        return self.benches["otter"]

    def live(self) -> None:
        """Two days, in which the machines meet four times."""
        self.heron.act(actions.begin_surge, self.heron.requests, reason="raids", rota_from=6)
        self.benches.settle()
        self.heron.act(actions.take_group, self.heron.requests, group=2)
        self.otter.act(actions.take_group, self.otter.requests, group=3)
        for number, code in enumerate(CODES):
            self.clock.later(minutes=self.lot.randrange(20, 52))
            bench = self.lot.choice((self.heron, self.otter))
            self._comes(bench, code)
            if self.lot.random() < 0.6:
                self._triaged(bench, code)
            if number % 20 == 19:
                self.benches.settle()
        for code, other in JOINED.items():
            bench = self.lot.choice((self.heron, self.otter))
            bench.act(actions.point_to, bench.requests, subject=code, other=other)
        self.benches.settle()

    def _comes(self, bench: Workbench, code: str) -> None:
        door = self.lot.choice(DOORS)
        answers = {"safe_now": ["yes"], "danger": [self.lot.choice(DANGERS)], "language": ["ru"],
                   "region": [self.lot.choice(REGIONS)], "needs": ["place_to_sleep"]}  # fmt: skip
        bench.act(
            actions.receive_request,
            bench.requests,
            subject=code,
            answers=intake.form.parse(answers),
            received_at=self.clock(),
            channel=door,
            readers=bench.vault.readers_by_lot(code, "work"),
            by="person" if door == "web" else bench.member,
        )

    def _triaged(self, bench: Workbench, code: str) -> None:
        self.clock.later(minutes=self.lot.randrange(1, 20))
        triggers = [self.lot.choice(TRIGGERS)] if self.lot.random() < 0.12 else []
        bench.act(
            casework.actions.record_triage,
            bench.cases,
            subject=code,
            triggers=triggers,
            factors={name: self.lot.randrange(4) for name in FACTORS},
            requests=bench.requests,
        )

    def declined(self, code: str, second: Vault, reason: str = "no_capacity_now") -> None:
        self.heron.act_together(
            second, actions.close_request, self.heron.requests, subject=code, status="declined",
            reasons=[reason],
        )  # fmt: skip


@pytest.fixture(scope="module", params=range(2))
def lived(request: pytest.FixtureRequest) -> RoundUp:
    made = RoundUp(request.param)
    made.live()
    return made


@pytest.fixture
def wren(lived: RoundUp) -> Iterator[Vault]:
    hand = lived.heron.second(WRENS)
    yield hand
    hand.close()


def both(lived: RoundUp) -> tuple[Workbench, Workbench]:
    return lived.heron, lived.otter


def test_both_machines_show_the_same_queue_in_the_same_order(lived: RoundUp) -> None:
    now = lived.clock.at
    heron, otter = (queue(bench.requests, bench.cases, now) for bench in both(lived))
    assert len(heron) == 80
    assert heron == otter


def test_no_one_in_danger_now_stands_behind_who_can_wait(lived: RoundUp) -> None:
    rows = queue(lived.heron.requests, lived.heron.cases, lived.clock.at)
    levels = [row.level for row in rows]
    assert levels == sorted(levels)
    assert set(levels) == set(LEVELS), "the lot drew all four"


def test_eighty_requests_are_of_seventy_one_persons(lived: RoundUp) -> None:
    for bench in both(lived):
        assert (len(bench.requests), len(set(persons(bench.requests).values()))) == (80, 71)


def test_both_tell_people_the_same_time_and_that_many_write(lived: RoundUp) -> None:
    heron, otter = (notice_of(bench, lived.clock.at) for bench in both(lived))
    assert heron == otter
    assert heron is not None
    assert heron.surge and heron.cards
    assert list(heron.waiting) == sorted(heron.waiting)
    assert all(hours > 0 for hours in heron.waiting)


def test_the_fairness_table_is_made_by_channel_language_and_region(lived: RoundUp) -> None:
    since = lived.began
    heron, otter = (fairness(b.requests, b.cases, lived.clock.at, since) for b in both(lived))
    assert {line.kind for line in heron} == set(KINDS)
    for kind in ("channel", "language"):
        mine = [line for line in heron if line.kind == kind]
        assert mine == [line for line in otter if line.kind == kind]
        assert sum(line.requests for line in mine) == 80


def test_the_board_counts_every_level_and_what_is_not_met(lived: RoundUp) -> None:
    heron, otter = (board(b.requests, b.cases, lived.clock.at, lived.began) for b in both(lived))
    assert heron.levels == otter.levels
    assert (heron.requests, heron.persons) == (80, 71)
    assert sum(line.waiting for line in heron.levels) == 80
    (place,) = [one for one in heron.unmet if one.need == "place_to_sleep"]
    assert place.wanted == heron.known > 0


def test_the_rota_is_known_on_both(lived: RoundUp) -> None:
    night = lived.began.replace(hour=23)
    for bench in both(lived):
        assert on_duty(surge(bench.requests), night).members == ("otter",)


def test_every_decline_has_two_names_and_a_reason(lived: RoundUp, wren: Vault) -> None:
    some = [row.code for row in queue(lived.heron.requests, lived.heron.cases, lived.clock.at)][-6:]
    facts = {"status": "declined", "reasons": ["no_capacity_now"]}
    for bench in both(lived):
        with pytest.raises(SecondNeeded):
            bench.act(actions.close_request, bench.requests, subject=some[0], **facts)
    with pytest.raises(SecondPersonNeeded):
        lived.heron.act(actions.close_request, lived.heron.requests, subject=some[0], second="wren", **facts)
    for code in some:
        lived.declined(code, wren)
    lived.benches.settle()
    for bench in both(lived):
        declined = [request for request in bench.requests if request.status == "declined"]
        assert {request.code for request in declined} == set(some)
        for request in declined:
            heard = bench.requests.heard[request.code]
            (entry,) = [x for x in heard if isinstance(x, intake.entries.Declined)]
            assert (entry.by, entry.second, entry.reasons) == ("heron", "wren", ("no_capacity_now",))


def test_at_the_end_everybody_has_a_next_action_or_an_honest_answer(lived: RoundUp) -> None:
    for bench in both(lived):
        waiting = {row.code: row.next_action for row in queue(bench.requests, bench.cases, lived.clock.at)}
        for code in CODES:
            request = bench.requests.get(code)
            assert request is not None
            assert waiting.get(code) or (request.ended and request.reasons), code


def test_twelve_beds_given_out_by_two_who_were_apart_are_never_twenty_four(lived: RoundUp) -> None:
    facts = {"bed_type": "scattered_flat", "region": "north", "accepts": ["adults"]}
    heron, otter = both(lived)
    heron.act(beds.list_bed, heron.journeys, subject="B-1", capacity=12, **facts)
    lived.benches.settle()
    for bench, cases in ((heron, range(12)), (otter, range(12, 24))):
        for number in cases:
            bench.act(beds.hold_bed, bench.journeys, subject="B-1", case=f"C-{number}")
        with pytest.raises(beds.NoneFree):
            bench.act(beds.hold_bed, bench.journeys, subject="B-1", case="C-99")
    lived.benches.settle()
    later = lived.clock.at + timedelta(minutes=1)
    for bench in both(lived):
        place = beds.find_bed(bench.journeys, "B-1")
        assert sum(claim.takes(later) for claim in place.claims) == 12
        states = [beds.kept_for(bench.journeys, f"C-{n}", later)[0].state for n in range(24)]
        assert sorted(states) == ["displaced"] * 12 + ["held"] * 12, "and whoever lost one is shown"


def test_when_it_is_over_the_public_page_has_eight_questions_again(lived: RoundUp) -> None:
    lived.otter.act(actions.end_surge, lived.otter.requests, reason="calmer_now")
    lived.benches.settle()
    for bench in both(lived):
        said = notice_of(bench, lived.clock.at)
        assert said is not None
        assert not said.surge
        assert [turn.by for turn in surge(bench.requests).turns] == ["heron", "otter"]

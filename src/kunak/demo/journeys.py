"""The invented journeys: planned by the real planner on the day of the demo, begun by the rules."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kunak import casework, data
from kunak.demo.life import JOURNEYS, Travelled
from kunak.demo.office import Making
from kunak.evacuation import actions, facts
from kunak.evacuation.checkins import planned
from kunak.evacuation.ways.answer import Plan
from kunak.evacuation.ways.routes import Profile, find_ways
from kunak.evacuation.ways.world import World
from kunak.web.ways_plan import plan_type, way_of
from kunak.workbench import Action, new_code

CHECKED = "checked_by_lawyer"


def make_journeys(making: Making) -> dict[str, str]:
    """Every journey of ``life.JOURNEYS``, as far as it has come; returns their codes, by their keys."""
    world = World.from_bytes(data.read("ways.bin"))
    codes = {}
    for travelled in JOURNEYS:
        plan = _plan(world, travelled, making.now)
        if plan is not None:
            journey = _Journey(making, world, travelled, plan)
            journey.live()
            codes[travelled.key] = journey.code
    return codes


def _plan(world: World, one: Travelled, now: datetime) -> Plan | None:
    profile = Profile(
        passports=(one.passport,),
        papers=one.papers,
        origin=one.origin,
        lists=one.lists,
        to=one.wanted,
        as_of=now.date(),
    )
    plans = find_ways(world, profile).plans
    safest = [plan for plan in plans if "safest" in plan.tags]
    return next(iter((*safest, *plans)), None)


class _Journey:
    """One invented journey, with the hour of each thing that happened to it."""

    def __init__(self, making: Making, world: World, one: Travelled, plan: Plan) -> None:
        self.making, self.bench, self.one = making, making.first, one
        self.world, self.plan = world, plan
        self.case = making.cases[one.case]
        self.code = new_code("J")
        self.way = way_of(world, plan, self._departure())
        self._ticks = self._prepared()

    def live(self) -> None:
        """From the first plan to where it stands now."""
        consents = self._agree()
        self._prepare(consents)
        if self.one.state == "draft":
            return
        self._do(actions.complete_checks, consents=consents)
        self._do(actions.propose_go)
        self._together(actions.decide_go, go=True, consents=consents)
        self._do(actions.start_journey, consents=consents)
        for leg in self.way.legs[: self.one.signs]:
            self._at(leg.check_in_due, actions.mark_check_in, leg=leg.number)
        if self.one.state == "confirmed_safe":
            self._arrive()

    def _departure(self) -> datetime:
        """Late: a sign and its grace ran out so long ago. Arrived: twelve days ago. Else: in two days."""
        if self.one.late:
            return self._missing(self._missing(None))
        if self.one.state == "confirmed_safe":
            return self.making.ago(12 * 24 * 60)
        return self.making.ago(-2 * 24 * 60)

    def _missing(self, guess: datetime | None) -> datetime:
        """The departure after which the awaited sign is late: its grace is longer by night than by day."""
        begun = guess or self.making.now
        legs = way_of(self.world, self.plan, begun).legs
        awaited = planned(legs[min(self.one.signs, len(legs) - 1)])
        grace = awaited.grace if guess else 30
        return self.making.ago(self.one.late + grace) - (awaited.due - begun)

    def _prepared(self) -> Iterator[datetime]:
        """The hours of the preparations: a minute apart, the last just before the departure."""
        begun = self._departure() if self.one.state != "draft" else self.making.ago(60)
        first = begun - timedelta(minutes=30)
        return (first + timedelta(minutes=minute) for minute in range(30))

    def _do(self, action: Action, **facts_: object) -> None:
        at = next(self._ticks)
        self.bench.act(action, self.bench.journeys, subject=self.code, at=at, **facts_)

    def _together(self, action: Action, **facts_: object) -> None:
        at, second = next(self._ticks), self.making.second
        self.bench.act_together(second, action, self.bench.journeys, subject=self.code, at=at, **facts_)

    def _agree(self) -> tuple[str, ...]:
        (line,) = self.bench.act(
            casework.actions.give_consent,
            self.bench.cases,
            subject=self.case,
            purpose="p4",
            organisation="This office",
            role="movement coordinator",
            scope=("need", "papers"),
            mode="said_and_repeated_back",
            understanding="yes",
            at=next(self._ticks),
        )
        self._do(actions.plan_journey, case=self.case, plan_type=plan_type(self.world, self.plan), level="P1")
        return (line.id,)

    def _prepare(self, consents: tuple[str, ...]) -> None:
        self._do(actions.choose_way, way=self.way, coordinator=self.one.coordinator)
        self._do(actions.link_consent, consent_line=consents[0], consents=consents)
        self._do(actions.decide_stop, choice="lawyer_only")
        if self.one.state == "draft":
            return
        self._do(
            actions.check_exit_risk,
            wanted=CHECKED,
            missing_person=CHECKED,
            exit_stop=CHECKED,
            debt=CHECKED,
            military_summons=CHECKED,
            cameras="avoided",
            phone="clean",
            sim_rule_told=True,
            story_rehearsed=True,
            cash_in_hand=True,
        )
        paper = facts.Paper(kind="foreign_passport", state=self.one.passport)
        self._do(actions.check_papers, papers=(paper,), enough=True)

    def _arrive(self) -> None:
        end = self.way.legs[-1].check_in_due
        for leg in self.way.legs:
            self._at(leg.check_in_due, actions.mark_check_in, leg=leg.number)
        self._at(end + timedelta(minutes=20), actions.record_arrival)
        self._at(end + timedelta(hours=3), actions.confirm_safe, how="agreed_sign")
        self.bench.act(
            casework.actions.do_follow_up,
            self.bench.cases,
            subject=self.case,
            step="7d",
            answers={"safe": "yes", "threats": "no", "sleep": "no", "company": "yes"},
            at=end + timedelta(days=7, hours=4),
        )

    def _at(self, moment: datetime, action: Action, **facts_: object) -> None:
        self.bench.act(action, self.bench.journeys, subject=self.code, at=moment, **facts_)

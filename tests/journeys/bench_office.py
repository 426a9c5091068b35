"""A sealed office with three members who have keys of their own, for whole journeys through the workbench."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evacuation_office import LAWYER_CHECKED, a_leg

from kunak import casework, evacuation, intake
from kunak.evacuation import facts
from kunak.fold import Entry
from kunak.intake.form import parse
from kunak.vault import KdfCost, MemoryStore, Store, Vault, add_member, membership
from kunak.workbench import Workbench

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
PASSPHRASES = {
    "heron": "heron's five random words",
    "otter": "otter's five random words",
    "wren": "wren's five random words",
}
START = datetime(2031, 4, 8, 20, 52, tzinfo=UTC)  # Tuesday, 23:52 in Nalchik
YES = {
    "purpose": "p4", "organisation": "This office", "role": "movement coordinator", "scope": ["papers"],
    "mode": "said_and_repeated_back", "understanding": "yes",
}  # fmt: skip
ROOMS = {"intake": "requests", "casework": "cases", "evacuation": "journeys"}


@dataclass
class Clock:
    """One hour for all machines. It ticks, because two things never happen at quite the same time."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def later(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def found(store: Store, *, at: datetime = START) -> None:
    """An office of three."""
    first, *others = PASSPHRASES
    vault = Vault.create(store, member=first, passphrase=PASSPHRASES[first], at=at, cost=CHEAP)
    for code in others:
        add_member(vault, code, PASSPHRASES[code], at)
    second = vault.second(PASSPHRASES[others[0]])
    for code in membership.awaiting_vouch(second):
        membership.vouch(second, code, at)
    second.close()
    vault.close()


@dataclass
class Desk:
    """One member at one machine. Every action of every room, by its name."""

    store: Store
    member: str = "heron"
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.bench = self.again(self.member)

    def again(self, member: str) -> Workbench:
        """The office unlocked anew, from what is in the store."""
        return Workbench.unlock(self.store, PASSPHRASES[member], self.clock)

    def state(self, action: Callable[..., object]) -> object:
        return getattr(self.bench, ROOMS[action.__module__.split(".")[1]])

    def do(self, action, /, **facts_) -> tuple[Entry, ...]:  # type: ignore[no-untyped-def]
        return self.bench.act(action, self.state(action), **facts_)

    def together(self, second: str, action, /, **facts_) -> tuple[Entry, ...]:  # type: ignore[no-untyped-def]
        return self.bench.act_with_second(PASSPHRASES[second], action, self.state(action), **facts_)

    def receive(self, code: str = "R-1", **ticked: str) -> str:
        answers = parse({"safe_now": ["yes"], **{key: [value] for key, value in ticked.items()}})
        self.do(
            intake.actions.receive_request, subject=code, answers=answers, received_at=self.clock(),
            mailbox=f"mailbox-{code}", reply_key="00", by="person",
        )  # fmt: skip
        return code

    def triage(self, code: str = "R-1", triggers: tuple[str, ...] = (), **factors: int) -> None:
        self.do(
            casework.actions.record_triage, subject=code, triggers=triggers, factors=factors,
            requests=self.bench.requests,
        )  # fmt: skip

    def open(self, code: str = "C-1", request: str = "R-1") -> str:
        self.do(
            casework.actions.open_case, subject=code, request=request, workers=list(PASSPHRASES),
            requests=self.bench.requests,
        )  # fmt: skip
        return code

    def consents(self, case: str = "C-1") -> tuple[str, ...]:
        known = self.bench.cases.get(case)
        assert known is not None
        lines = casework.queries.valid_consents(known, "p4", self.clock())
        return tuple(line.id for line in lines)

    def draft(self, code: str = "J-1", case: str = "C-1", way: facts.Way | None = None, **plan: str) -> None:
        """A journey on paper, with a way and the person's yes; nothing else is checked yet."""
        actions = evacuation.actions
        self.do(actions.plan_journey, subject=code, case=case, **{"plan_type": "evacuate", **plan})
        self.do(actions.choose_way, subject=code, way=way or self.way(), coordinator=self.member)
        self.do(casework.actions.give_consent, subject=case, **YES)
        consents = self.consents(case)
        self.do(actions.link_consent, subject=code, consent_line=consents[-1], consents=consents)

    def way(self, destination: str = "DE", **of_each_leg: object) -> facts.Way:
        """Three legs, a sign every five hours from now."""
        now = self.clock()
        legs = (a_leg(n, check_in_due=now + timedelta(hours=5 * n), **of_each_leg) for n in (1, 2, 3))
        return facts.Way(destination=destination, legs=tuple(legs))

    def check(self, code: str = "J-1", *, wanted: str = "checked_by_lawyer") -> None:
        actions = evacuation.actions
        self.do(actions.check_exit_risk, subject=code, **{**LAWYER_CHECKED, "wanted": wanted})
        self.do(actions.decide_stop, subject=code, choice="public", with_name=False, after_minutes=120)
        paper = facts.Paper(kind="foreign_passport", state="RU")
        self.do(actions.check_papers, subject=code, papers=(paper,), enough=True)

    def propose(self, code: str = "J-1") -> None:
        actions = evacuation.actions
        self.do(actions.complete_checks, subject=code, consents=self.consents())
        self.do(actions.propose_go, subject=code)

    def start(self, code: str = "J-1", second: str = "otter") -> None:
        """From a draft with a way to a person on the way."""
        actions = evacuation.actions
        self.check(code)
        self.propose(code)
        self.together(second, actions.decide_go, subject=code, go=True, consents=self.consents())
        self.do(actions.start_journey, subject=code, consents=self.consents())

    def journey(self, code: str = "J-1") -> evacuation.Journey:
        known = self.bench.journeys.get(code)
        assert known is not None
        return known


def all_known(bench: Workbench) -> tuple[object, ...]:
    """Everything that a bench knows, to be compared."""
    return bench.requests, bench.cases, bench.journeys


def an_office(member: str = "heron", store: Store | None = None) -> Desk:
    """A desk in a new office of three."""
    store = store if store is not None else MemoryStore()
    found(store)
    return Desk(store, member)


def a_case(member: str = "heron") -> Desk:
    """A desk with one open case of level P2."""
    desk = an_office(member)
    desk.receive()
    desk.triage(time_window=2, threat=2)
    desk.open()
    return desk


def on_the_way(member: str = "heron", second: str = "otter") -> Desk:
    """A desk with one person on the way."""
    desk = a_case(member)
    desk.draft()
    desk.start(second=second)
    return desk

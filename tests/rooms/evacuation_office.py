"""An invented office with journeys, for the tests of the evacuation room: its clock is moved by hand."""

from datetime import UTC, datetime, timedelta

from kunak.evacuation import EMPTY, Journey, actions, facts, fold

T0 = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
LAWYER_CHECKED = dict.fromkeys(
    ("wanted", "missing_person", "exit_stop", "debt", "military_summons"), "checked_by_lawyer"
)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def a_leg(n: int, **other) -> facts.Leg:
    """Leg ``n`` of a way whose signs fall due every five hours in the daytime."""
    known = {
        "number": n,
        "origin": f"XX:Origin{n}",
        "destination": f"XX:Goal{n}",
        "origin_name": f"Origin {n}",
        "destination_name": f"Goal {n}",
        "mode": "bus",
        "check_in_due": T0 + hours(5 * n),
        "hours": 3.0,
        "driver": f"driver-{n}",
        "route": f"route-{n}",
        "region": f"region-{n}",
    }
    return facts.Leg(**{**known, **other})


def a_way(legs: int = 3, destination: str = "DE", **of_each_leg) -> facts.Way:
    return facts.Way(destination=destination, legs=tuple(a_leg(n, **of_each_leg) for n in range(1, legs + 1)))


class Office:
    """Members anna and boris; every action is heard at once, and all that was written is kept."""

    def __init__(self) -> None:
        self.state = EMPTY
        self.now = T0 - hours(48)
        self.log = []
        self.consents = {"line-1"}

    def do(self, action, *, at: datetime | None = None, **given):
        """Run an action as anna, now (or ``at``, to which the clock then moves)."""
        self.now = at or self.now
        given = {"by": "anna", "at": self.now, "id": f"id-{len(self.log):04}", **given}
        written = action(self.state, **given)
        self.log += written
        self.state = fold(self.state, written)
        return written

    def journey(self, code: str = "J-1") -> Journey:
        found = self.state.get(code)
        assert found is not None
        return found

    def plan(self, code: str = "J-1", **other) -> None:
        given = {"subject": code, "case": f"C-{code}", "plan_type": "evacuate", **other}
        self.do(actions.plan_journey, **given)

    def way(self, code: str = "J-1", way: facts.Way | None = None) -> None:
        self.do(actions.choose_way, subject=code, way=way or a_way(), coordinator="anna")

    def link(self, code: str = "J-1") -> None:
        self.do(actions.link_consent, subject=code, consent_line="line-1", consents=self.consents)

    def risk(self, code: str = "J-1", **other) -> None:
        self.do(actions.check_exit_risk, subject=code, **{**LAWYER_CHECKED, **other})

    def stop_decision(self, code: str = "J-1", choice: str = "public", **other) -> None:
        self.do(actions.decide_stop, subject=code, choice=choice, **other)

    def papers(self, code: str = "J-1", enough: bool = True) -> None:
        paper = facts.Paper(kind="foreign_passport", state="RU")
        self.do(actions.check_papers, subject=code, papers=(paper,), enough=enough)

    def override(self, code: str = "J-1", by: str = "anna", second: str = "boris") -> None:
        self.do(actions.override_checks, subject=code, reason="They come tonight.", by=by, second=second)

    def complete(self, code: str = "J-1") -> None:
        self.do(actions.complete_checks, subject=code, consents=self.consents)

    def propose(self, code: str = "J-1", by: str = "anna") -> None:
        self.do(actions.propose_go, subject=code, by=by)

    def decide(self, code: str = "J-1", second: str = "boris", go: bool = True) -> None:
        self.do(actions.decide_go, subject=code, go=go, consents=self.consents, second=second)

    def start(self, code: str = "J-1") -> None:
        self.do(actions.start_journey, subject=code, consents=self.consents)

    def drafted(self, code: str = "J-1", way: facts.Way | None = None, **plan) -> "Office":
        """A plan with every check filled."""
        self.plan(code, **plan)
        self.way(code, way)
        self.link(code)
        self.risk(code)
        self.stop_decision(code)
        self.papers(code)
        return self

    def ready(self, code: str = "J-1", way: facts.Way | None = None, **plan) -> "Office":
        self.drafted(code, way, **plan)
        self.complete(code)
        self.propose(code)
        self.decide(code)
        return self

    def moving(self, code: str = "J-1", way: facts.Way | None = None, **plan) -> "Office":
        self.ready(code, way, **plan)
        self.start(code)
        return self

    def sign(self, leg: int, at: datetime, sign: str = "ok", code: str = "J-1", **other) -> None:
        self.do(actions.mark_check_in, at=at, subject=code, leg=leg, sign=sign, **other)

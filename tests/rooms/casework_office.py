"""An invented office for the tests of intake and casework: its clock is moved by hand."""

from datetime import UTC, datetime, timedelta

from kunak import casework, intake

T0 = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # a Monday


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def days(n: float) -> timedelta:
    return timedelta(days=n)


class Office:
    """Members anna, boris and clara; every action is heard at once, and all that was written is kept."""

    def __init__(self) -> None:
        self.requests = intake.EMPTY
        self.cases = casework.EMPTY
        self.now = T0
        self.log = []

    def do(self, action, *, at: datetime | None = None, **given):
        """Run an action of either room as anna, now (or ``at``, to which the clock then moves)."""
        self.now = at or self.now
        state = self.requests if action.__module__.startswith("kunak.intake") else self.cases
        given = {"by": "anna", "at": self.now, "id": f"id-{len(self.log):04}", **given}
        written = action(state, **given)
        self.hear(written)
        return written

    def hear(self, written) -> None:
        self.log += written
        self.requests = intake.fold(self.requests, written)
        self.cases = casework.fold(self.cases, written)

    def receive(self, code: str = "R-1", *, at: datetime | None = None, contact=None, **ticked: str):
        """Someone writes; by default safe to write, and saying nothing of danger."""
        self.now = at or self.now
        answers = intake.form.parse(
            {"safe_now": ["yes"], **(contact or {}), **{key: [value] for key, value in ticked.items()}}
        )
        return self.do(
            intake.actions.receive_request,
            subject=code,
            answers=answers,
            received_at=self.now,
            mailbox=f"mailbox-{code}",
            reply_key="00",
            by="person",
        )

    def triage(self, code: str = "R-1", triggers=(), factors=None, **given):
        return self.do(
            casework.actions.record_triage,
            subject=code,
            triggers=triggers,
            factors=factors or {},
            requests=self.requests,
            **given,
        )

    def open(self, code: str = "C-1", request: str = "R-1", **given):
        return self.do(
            casework.actions.open_case,
            **{
                "subject": code,
                "request": request,
                "workers": ["anna"],
                "requests": self.requests,
                **given,
            },
        )

    def request(self, code: str = "R-1") -> intake.Request:
        found = self.requests.get(code)
        assert found is not None
        return found

    def case(self, code: str = "C-1") -> casework.Case:
        found = self.cases.get(code)
        assert found is not None
        return found

    def queue(self, at: datetime | None = None):
        return casework.queries.queue(self.requests, self.cases, at or self.now)

    def row(self, code: str = "R-1", at: datetime | None = None):
        return next(row for row in self.queue(at) if row.code == code)

    def due(self, clock: str, code: str = "R-1", at: datetime | None = None) -> datetime | None:
        """When a clock of a row is due, or None when it does not run."""
        return next((c.due for c in self.row(code, at).clocks if c.name == clock), None)


def an_office_with_a_case(**ticked: str) -> Office:
    office = Office()
    office.receive(**ticked)
    office.triage(factors={"time_window": 2, "threat": 1})
    office.open()
    return office

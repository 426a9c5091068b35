"""One journey as it is known, and the small facts it is made of. How it comes about: ``model``."""

from dataclasses import dataclass
from datetime import datetime

from kunak.evacuation import entries as e
from kunak.evacuation import facts
from kunak.fold import Entry


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A sign that came, and under which schedule (counted from 0) it came."""

    id: str = ""
    leg: int
    sign: str
    heard_at: datetime
    new_due: datetime | None
    schedule: int


@dataclass(frozen=True, kw_only=True)
class Extension:
    """More grace for one check-in, in minutes."""

    leg: int
    minutes: int
    schedule: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the ladder that was taken."""

    leg: int
    step: str
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class Shutdown:
    """The internet is shut down where some legs' signs fall due; ``until`` is None while it lasts."""

    flag: str
    legs: tuple[int, ...]
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """An entry that asked for a move which the state did not allow."""

    id: str
    kind: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A reason to think that the person is not free: missing, duress or stop. ``until``: when it was answered
    by someone who knew of it."""

    id: str
    kind: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that stands of what was checked: more than one where members edited apart."""

    ways: tuple[e.WayChosen, ...] = ()
    outlines: tuple[e.WayOutlined, ...] = ()
    schedules: tuple[e.CheckInsScheduled | e.JourneyStarted, ...] = ()
    exit_risks: tuple[e.ExitRiskChecked, ...] = ()
    stop_decisions: tuple[e.StopDecisionMade, ...] = ()
    papers: tuple[e.PapersChecked, ...] = ()
    papers_enough: tuple[e.PapersConfirmed, ...] = ()
    decisions: tuple[e.GoDecided, ...] = ()  # on the last proposal that was decided


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One journey. What this device may not read is None or empty.

    ``standing`` holds every value that stands beside another; the fields below it are what rules act on
    meanwhile, the careful reading: the worse finding, the quieter decision, the earlier sign.
    """

    code: str
    case: str
    plan_type: str
    expected_legs: int
    level: str
    trusted_person: bool
    heard: tuple[Entry, ...]
    state: str = "draft"
    standing: Standing = Standing()
    # what was checked
    way: facts.Way | None = None
    coordinator: str = ""
    outline: e.WayOutlined | None = None
    schedule: tuple[facts.CheckIn, ...] = ()
    schedules: int = 0  # how many were heard
    consent: str = ""  # the id of a p4 line
    exit_risk: e.ExitRiskChecked | None = None
    stop_decision: e.StopDecisionMade | None = None
    papers: tuple[facts.Paper, ...] = ()
    papers_enough: bool | None = None
    override: e.ChecksOverridden | None = None
    overridden: tuple[str, ...] = ()
    proposal: e.GoNoGoProposed | None = None
    # what happened on the way
    begun_at: datetime | None = None
    marks: tuple[Mark, ...] = ()
    steps: tuple[Step, ...] = ()
    extensions: tuple[Extension, ...] = ()
    shutdowns: tuple[Shutdown, ...] = ()
    pause: e.Paused | None = None
    stop: e.StoppedAtBorder | None = None
    found_at: tuple[datetime, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    recheck_due: datetime | None = None
    rechecked_at: datetime | None = None
    aborted_at: datetime | None = None
    abort_reason: str = ""
    arrived_at: datetime | None = None
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    conflicts: tuple[Conflict, ...] = ()

    @property
    def legs(self) -> int:
        """How many legs there are: as scheduled, else as expected."""
        return len(self.schedule) or self.expected_legs

    @property
    def on_the_way(self) -> bool:
        """Whether the person set out and nobody has confirmed yet that they are safe."""
        return self.begun_at is not None and self.state not in ("confirmed_safe", "closed")

    @property
    def last_at(self) -> datetime:
        """The time of the latest entry heard."""
        return self.heard[-1].at

    @property
    def missing_since(self) -> datetime | None:
        """Since when two workers hold the person missing, with no answer from anyone who knew of it."""
        return min((d.since for d in self.doubts if d.kind == "missing" and d.until is None), default=None)

    @property
    def under_control(self) -> datetime | None:
        """Since when the person is under control: a duress sign that no finding again has answered.

        Later "ok" signs do not end it: words said under control are not the person's (NEEDS G-13).
        """
        return next((since for since, until in self.duress if until is None), None)

    @property
    def doubted(self) -> bool:
        """Whether the person is under control, stopped or missing as far as we know."""
        return bool(self.under_control or self.missing_since or self.stop)

    @property
    def duress(self) -> tuple[tuple[datetime, datetime | None], ...]:
        """The spans in which nothing the person said counts as safe."""
        spans = ((d.since, d.until) for d in self.doubts if d.kind == "duress")
        return tuple(sorted(spans, key=lambda span: span[0]))

    def spoken_freely(self, heard_at: datetime) -> bool:
        """Whether a sign heard then was not given under control."""
        return not any(
            since <= heard_at and (until is None or heard_at < until) for since, until in self.duress
        )


@dataclass(frozen=True)
class Route:
    """A route on which something happened, and since when; ``doubtful_since`` is None once cleared."""

    code: str
    doubtful_since: datetime | None = None
    reason: str = ""

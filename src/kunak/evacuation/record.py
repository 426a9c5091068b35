"""What stays of a journey and what is forgotten: its timeline, the end of its places, the lesson."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kunak.evacuation import entries as e
from kunak.evacuation.journey import Journey
from kunak.fold import Entry

PLACE_KEPT = timedelta(hours=72)  # after arrival (NEEDS 4.23)


def place_expires(journey: Journey) -> datetime | None:
    """When the places of this journey are to be forgotten; None while they are still needed.

    72 hours after arrival; of a journey that did not arrive, 72 hours after the abort, or, if it never
    began, after its last planned sign. While two workers hold the person missing, the places are kept, since
    they are where to look, until the journey is closed.
    """
    ended = journey.arrived_at or journey.aborted_at
    if journey.missing_since is not None:
        ended = journey.closed_at
    if ended is None and journey.begun_at is None and journey.schedule:
        ended = journey.schedule[-1].due
    return None if ended is None else ended + PLACE_KEPT


def expired(journey: Journey, now: datetime) -> bool:
    """Whether the places are to be forgotten now."""
    when = place_expires(journey)
    return when is not None and now >= when


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is kept for learning: no person, no code, no place; the date rounded to the month."""

    legs: int
    days: int
    failures: tuple[str, ...]
    month: date


def lesson(journey: Journey) -> Lesson | None:
    """What may be kept once the journey is closed; None before, or if it never began."""
    if journey.closed_at is None or journey.begun_at is None:
        return None
    end = journey.arrived_at or journey.aborted_at or journey.closed_at
    kinds = {e.StoppedAtBorder: "stopped", e.CheckInMissed: "sign_missed", e.MissingDecided: "missing"}
    failures = {kinds[type(entry)] for entry in journey.heard if type(entry) in kinds}
    if journey.aborted_at is not None:
        failures.add("aborted")
    return Lesson(
        legs=journey.legs,
        days=(end - journey.begun_at).days + 1,
        failures=tuple(sorted(failures)),
        month=end.date().replace(day=1),
    )


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the timeline. ``what`` is the code of what happened; ``detail`` a code, or ""."""

    at: datetime
    what: str
    by: str
    leg: int | None
    detail: str
    compartment: str


def timeline(journey: Journey) -> tuple[Moment, ...]:
    """All that was heard of the journey, oldest first, without any place."""
    again = (x.id for x in journey.heard if isinstance(x, e.WayChosen) and x.under_way)
    hidden = frozenset(again)  # the way as it was when the person set out: nothing new happened
    return tuple(_moment(entry) for entry in journey.heard if entry.id not in hidden)


# Which field of an entry is a code that may stand in a timeline. No free text, no place.
_DETAIL = (
    ("sign", (e.CheckInMarked,)),
    ("step", (e.CheckInMissed,)),
    ("plan_type", (e.JourneyPlanned,)),
    ("verdict", (e.RouteRechecked,)),
    ("outcome", (e.JourneyClosed,)),
    ("how", (e.FoundAgain, e.ConfirmedSafe)),
    ("reason", (e.ChecksReopened, e.Paused, e.Aborted, e.GraceExtended)),
)


def _moment(entry: Entry) -> Moment:
    detail = next((str(getattr(entry, name)) for name, kinds in _DETAIL if isinstance(entry, kinds)), "")
    if isinstance(entry, e.GoDecided):
        detail = "go" if entry.go else "no_go"
    return Moment(
        at=entry.at,
        what=_snake(type(entry).__name__),
        by=entry.by,
        leg=getattr(entry, "leg", None),
        detail=detail,
        compartment=entry.compartment,
    )


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

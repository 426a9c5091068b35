"""What the drawings are told: plain facts, independent of how the planner or the casework keeps them.

Texts arrive translated; nothing here is looked up. Places are places of a plan, never of a person.
"""

from dataclasses import dataclass, field
from datetime import datetime

ORIGIN, STOP, CROSSING, DESTINATION = "origin", "stop", "crossing", "destination"
FLIGHT = "flight"


@dataclass(frozen=True)
class MapStop:
    """A place on a way. ``kind`` is origin, stop, crossing (of a border) or destination."""

    lat: float
    lon: float
    name: str
    kind: str = STOP


@dataclass(frozen=True)
class MapWay:
    """One way out: one of ``modes`` for each pair of neighbouring ``stops``; "flight" is drawn bowed."""

    number: int  # as in the table beside the map
    label: str
    stops: tuple[MapStop, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True)
class MapWords:
    """The words on a map, in the reader's language."""

    origin: str = "Start"
    destination: str = "Destination"
    crossing: str = "Border crossing"
    flight: str = "By air"
    ground: str = "By land (not the road itself)"
    reach: str = "Reach of the persecutor"
    sharing: str = "Shares wanted lists"
    countries: dict[str, str] = field(default_factory=dict)  # ISO2 → short name; nameless ones stay blank


@dataclass(frozen=True)
class StripStop:
    """A point of a journey with its check-in.

    ``state`` is done, due, late, planned, or none (no check-in).
    """

    name: str
    state: str
    said: str  # e.g. "Checked in 14:05", "Due 18:30", "40 min late"


@dataclass(frozen=True)
class StripLeg:
    """Between two stops. ``state`` is done, now or ahead."""

    said: str  # e.g. "car, 4 h"
    state: str


@dataclass(frozen=True)
class FrontPoint:
    """A way as numbers, the same as in the table's row."""

    number: int
    hours: float
    risk: float  # 0 to 1
    exposures: int
    cost: str  # as written in the table, e.g. "€420"


@dataclass(frozen=True)
class FrontWords:
    """The words on the plot of ways."""

    hours: str = "Hours"
    risk: str = "Risk (a planning figure)"
    exposures: str = "Each spike: one hostile exposure"
    better: str = "better"


@dataclass(frozen=True)
class Happening:
    """Something on a case's time line: an event, or a clock that runs. ``state`` is past, due or late."""

    at: datetime  # aware
    said: str
    state: str


@dataclass(frozen=True)
class TimeWords:
    """The words of the overview of a case's time."""

    now: str = "now"
    hour: str = "1 h"
    day: str = "1 d"
    week: str = "1 wk"
    month: str = "1 mo"
    year: str = "1 y"

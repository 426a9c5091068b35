"""The facts that a journey's entries hold: a chosen way and its legs, check-ins, papers, accepted codes.

They are plain values, not the planner's own classes: a record must stay readable when the planner has
changed.
"""

from dataclasses import dataclass
from datetime import date, datetime

PLAN_TYPES = ("stay_hide", "move_in_town", "relocate", "evacuate")
LEVELS = ("P0", "P1", "P2", "P3")
SIGNS = ("ok", "delayed", "duress")
CHECKED = ("checked_by_lawyer", "not_checked", "hit")
CAMERAS = ("avoided", "on_the_way", "unknown")
MINORS_CONSENT = ("not_needed", "have", "missing")
MEDICATION = ("not_needed", "have_30_days", "missing")
PHONES = ("new", "clean", "left_behind", "own", "unknown")
PAPER_KINDS = ("internal_passport", "foreign_passport", "none")
TAKEN_BY = ("", "police", "family")
DOUBTS = ("stopped", "detained", "turned_back", "silent", "closed", "other")
CLEARED = ("used_without_trouble", "checked_on_site", "lawyer_says", "marked_by_mistake")
STOP_CHOICES = ("silent", "lawyer_only", "partner_pressure", "public")  # from the quietest to the loudest


@dataclass(frozen=True, kw_only=True)
class Why:
    """One rule by which a leg is allowed: which, from which layer, of what date, how sure."""

    rule: str
    layer: str = ""
    dated: date | None = None
    confidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One segment between two check-ins. Hours and EUR are planning figures; risk is 0..1, no probability.

    ``route`` is the code of the route the leg runs on (set of leg types, never with a person); ``region``
    the region whose internet may be shut down. ``grace`` is None for the rule's default.
    """

    number: int  # 1..m
    origin: str
    destination: str
    origin_name: str
    destination_name: str
    mode: str  # flight, rail, bus, car, foot, border
    check_in_due: datetime  # UTC
    hours: float = 0.0
    cost_eur: float = 0.0
    risk: float = 0.0
    why: tuple[Why, ...] = ()
    day: date | None = None  # local; the record keeps days and parts of days, not times
    day_part: str = ""  # night, morning, day, evening
    utc_offset: int = 0  # minutes east of UTC where the check-in falls due
    grace: int | None = None  # minutes
    shutdown_grace: int = 240  # minutes more, if the region's internet is shut down at the time
    abort_signs: tuple[str, ...] = ()
    fallback_a: str = ""
    fallback_b: str = ""
    handover_sign: str = ""
    driver: str = ""  # a code
    who_knows: tuple[str, ...] = ()  # codes
    route: str = ""
    region: str = ""
    exposures: tuple[str, ...] = ()  # contacts with an authority that could stop or hand over the person


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way that was chosen with the person: where it ends, by what right to stay, and its legs."""

    destination: str  # ISO2
    legs: tuple[Leg, ...]
    destination_name: str = ""
    stay_basis: str = ""
    stay_days: int | None = None
    hours: float = 0.0
    cost_eur: float = 0.0
    risk: float = 0.0
    worst_blocked: bool = False  # the worst case, if the person turns out to be on a list
    worst_at: str = ""
    worst_why: str = ""
    stale: tuple[str, ...] = ()  # rules or timetables older than their class may be


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """When a sign is due at the end of a leg, and how long nobody worries. No place."""

    leg: int
    due: datetime  # UTC
    grace: int  # minutes
    shutdown_grace: int = 240  # minutes more while the internet of its region is shut down


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper of the person and who has it."""

    kind: str  # one of PAPER_KINDS
    state: str = ""  # ISO2
    expires: date | None = None
    taken_by: str = ""  # one of TAKEN_BY
    replacement_route: str = ""

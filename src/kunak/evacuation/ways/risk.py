"""Planning figures of risk: units that add up, and the parts they come from.

Risk orders ways; it is not a probability of anything. One unit is a thousandth of −ln(survival), so that the
risks of steps add up as integers and the search over them is exact: risk = 1 − exp(−units / 1000). The
weights below are judgements of the project, written down in docs/ways.md with the incidents that shaped them:
a list status that nobody has checked is planned as if a listing were as likely as not, and a person known to
be listed is planned as listed at every contact.
"""

import math
from typing import NamedTuple

LOW = 0.20  # below this a way may be called low
HIGH = 0.50  # from here on it is called high

LISTED = {"clear": 0.05, "unknown": 0.50, "listed": 1.0}  # how far a listing is planned for
# The share of listed people whom one contact stops, per kind of contact: core (the persecutor's own
# authority) and sharing (a state that reads its wanted lists).
STOPS_CORE = {"ticket": 0.35, "exit": 0.60, "spot": 0.25, "entry": 0.90, "airside": 0.90}
STOPS_SHARING = {"ticket": 0.25, "exit": 0.50, "spot": 0.15, "entry": 0.35, "airside": 0.25}
# Who has been seen by a state's authorities is expected at the next contact with them: of those whom it would
# have let through, so many more are stopped. (Shimovolos v. Russia: the ticket alerted the police.)
ALERTED = 0.20

# Units per hour spent where the persecutor (core) or a sharing state can search for the person.
SEARCH_CORE = {"clear": 0.2, "unknown": 1.5, "listed": 4.0}
SEARCH_SHARING = {"clear": 0.05, "unknown": 0.5, "listed": 2.0}

# Units for what is uncertain in law or place, whoever searches.
ENTRY = {"visa-free": 10, "visa": 10, "visa on arrival": 60, "identity card": 30, "citizenship": 5}
LOW_CONFIDENCE = 20
AIRSIDE = 10
CRIMINALISES_ENTERED = 80
CRIMINALISES_AIRSIDE = 25
TIER_C_ENTERED = 30
TIER_C_AIRSIDE = 8
RESTRICTED_CROSSING = 120
SHORT_STAY_REFUSED = 250  # turned back, one stands before the same exit control a second time
WINTER_CROSSING = 60  # closed for days by snow; waiting before it is waiting within reach
LAND_BORDER = 10
FLIGHT = 8  # a missed connection, a cancelled flight
ROAD_PER_100_KM = 1
SHORT_PASSPORT = 40  # less than six months left
MINOR_AT_EXIT = 30  # consent papers of both parents are asked for

PARTS = ("lists", "search", "papers", "place", "travel")


class Contact(NamedTuple):
    """One contact with an authority of the reach: what it weighs first, and once that state is alerted."""

    state: str
    kind: str
    first: int
    alerted: int  # never less than first
    bit: int  # the state's bit in "what has been exposed"


def units(p: float) -> int:
    """−1000·ln(1 − p), rounded up so that nothing weighs nothing; p below 1."""
    return math.ceil(-1000.0 * math.log1p(-min(p, 0.999)) - 1e-9)


def figure(total: int) -> float:
    """Units as the figure 0..1 that is shown."""
    return round(1.0 - math.exp(-total / 1000.0), 3)


def band(risk: float) -> str:
    """low, medium or high."""
    return "low" if risk < LOW else "medium" if risk < HIGH else "high"


def contact(state: str, kind: str, *, lists: str, core: bool, bit: int) -> Contact:
    """The weight of a contact for a person of this list status."""
    stops = (STOPS_CORE if core else STOPS_SHARING)[kind]
    alerted = stops + (1 - stops) * ALERTED
    return Contact(state, kind, units(LISTED[lists] * stops), units(LISTED[lists] * alerted), bit)


def searching(minutes: int, *, lists: str, core: bool) -> int:
    """Units for being within reach for so long."""
    return math.ceil((SEARCH_CORE if core else SEARCH_SHARING)[lists] * minutes / 60.0)


def waiting(days: int, *, lists: str, core: bool = True) -> float:
    """The figure for staying within reach for some days before leaving, e.g. while a visa is decided.

    The longer it lasts, the likelier a listing and a visit at the door; nobody who is not known to be clear
    waits at a low figure for long.
    """
    return figure(searching(days * 24 * 60, lists=lists, core=core))

"""Places, distances and an office's own services."""

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kunak.errors import Refused

MODES = ("flight", "rail", "bus", "car", "foot", "border")
RIDES = ("flight", "rail", "bus", "car", "foot")  # what a person can do without; a border is no ride


class UnknownPlace(Refused):
    """There is no place “{place}” in the data: a place is an airport (GRV), a crossing (ru-ge-lars) or a town
    (RU:Grozny)."""

    code = "unknown-place"
    hint = "Spell towns as in the list of places: the state's two letters, a colon, the English name."


class Place(NamedTuple):
    """An airport (IATA code), an official crossing (its id) or a town (``ISO2:Name``)."""

    code: str
    kind: str  # airport, crossing, town
    name: str
    country: str  # ISO2; of a crossing, its first side
    lat: float
    lon: float
    beyond: str = ""  # of a crossing, the state on its other side


@dataclass(frozen=True)
class Service:
    """A service that an office knows itself; it replaces what the old feed says of the same three."""

    origin: str
    destination: str
    mode: str
    days: str  # the weekdays on which it runs, Monday = 1: "1234567"
    hours: float
    price: int  # EUR
    source: str
    date: date  # when it was seen to run


def distance(a: Place, b: Place) -> float:
    """Great-circle distance in km (haversine, mean radius 6371 km)."""
    p, q = math.radians(a.lat), math.radians(b.lat)
    east = math.sin(math.radians(b.lon - a.lon) / 2)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * east * east
    return 12742.0 * math.asin(math.sqrt(h))

"""Planning figures for hours and euros where no timetable speaks: from distance alone.

They order ways and are not promises. Hours are kept in minutes, in steps of 15; fares in steps of 5 EUR.
"""

from functools import cache
from math import ceil

DETOUR = 1.3  # road or rail over great circle
DEPART = 120  # minutes from the door of an airport to take-off, controls included
CONNECT = 150  # between two flights, airside
ENTER = 45  # out of the plane and through control
BORDER = 150  # at an official land crossing
BORDER_RESTRICTED = 480  # where it is shut at night, or lets few through
BORDER_WINTER = 360  # on a mountain road in winter
SPEED = {"car": 65, "bus": 50, "rail": 55}  # km/h, stops included
WAIT = {"car": 15, "bus": 60, "rail": 75}  # minutes until it leaves
PER_KM = {"car": 0.22, "bus": 0.05, "rail": 0.06}  # EUR
LEAST = {"car": 10, "bus": 5, "rail": 10}
RAIL_FROM_KM = 150
# where passenger rail is dense enough to plan on without a timetable
RAIL_STATES = frozenset(
    [
        "RU",
        "BY",
        "KZ",
        "UZ",
        "UA",
        "PL",
        "DE",
        "AT",
        "CZ",
        "SK",
        "HU",
        "RO",
        "BG",
        "LT",
        "LV",
        "EE",
        "FI",
        "RS",
        "HR",
        "TR",
    ]
)


def quarter(minutes: float) -> int:
    return ceil(minutes / 15) * 15


def five(euros: float) -> int:
    return ceil(euros / 5) * 5


@cache
def air_minutes(km: int) -> int:
    """Block time: 40 minutes and 780 km/h."""
    return quarter(40 + km / 13)


@cache
def air_fare(km: int) -> int:
    """40 EUR and 8 cents a km, one way, bought late."""
    return five(40 + 0.08 * km)


def ground_minutes(mode: str, km: float) -> int:
    return quarter(WAIT[mode] + 60 * km * DETOUR / SPEED[mode])


def ground_fare(mode: str, km: float) -> int:
    return five(max(LEAST[mode], km * DETOUR * PER_KM[mode]))

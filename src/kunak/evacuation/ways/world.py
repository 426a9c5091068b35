"""The bundled data about ways, read from its one compact file.

``KUNAKWAYS1`` + zlib of: 4 bytes little-endian length n, n bytes of JSON, then the visa matrices (one byte
per pair, an index into ``visa.classes``; states × states, one matrix per date), then the flights as 16-bit
(from, to, km) in the order of ``pairs`` (state, state, how many). ``tools/build_ways.py`` writes it.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from kunak.errors import Damaged
from kunak.evacuation.ways.places import Place, Service, UnknownPlace
from kunak.letters import alike

MAGIC = b"KUNAKWAYS1"
Row = dict[str, str]


class WaysDamaged(Damaged):
    """The file with the data about ways is damaged or of another version; no way is planned from it."""

    code = "ways-damaged"
    hint = "Install Kunak again, or build the file with tools/build_ways.py."


class Country(NamedTuple):
    """A state and what the attribute layer says of it."""

    code: str
    name: str
    capital: str
    lat: float
    lon: float
    tier: str  # A: protection can be asked; B: a stay; C or empty: neither
    criminalises_2018: int
    criminalises_2026: int
    shares_wanted: int  # reads the wanted lists of the CIS states
    notes: str
    borders: list[str]


class Layer(NamedTuple):
    """Which passport index speaks, and for what it says."""

    requirement: str
    layer: str
    date: date
    confidence: str


@dataclass(eq=False, repr=False)  # its contents would fill a terminal
class World:
    """Everything the planner knows. Read only, but for a small memory of networks already drawn."""

    countries: dict[str, Country]
    airports: list[Place]
    crossings: list[Place]
    crossing_rows: list[Row]
    towns: dict[str, Place]
    tables: dict[str, list[Row]]  # overrides, id_rules, closures, incidents, transit, avoid, exclaves
    layers: dict[str, str]  # layer -> ISO date
    groups: dict[str, list[list[str]]]
    pairs: list[tuple[str, str, int]]
    flights: "array[int]"  # from, to, km
    services: tuple[Service, ...] = ()
    _states: dict[str, int] = field(default_factory=dict)
    _classes: list[str] = field(default_factory=list)
    _dates: list[date] = field(default_factory=list)
    _matrix: bytes = b""
    _by_code: dict[str, Place] = field(default_factory=dict)
    _renamed: dict[str, str] = field(default_factory=dict)
    networks: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def from_bytes(cls, data: bytes, services: tuple[Service, ...] = ()) -> "World":
        """Read the file. Raises WaysDamaged if it is not whole."""
        try:
            if data[: len(MAGIC)] != MAGIC:
                raise WaysDamaged
            body = zlib.decompress(data[len(MAGIC) :])
            (size,) = struct.unpack_from("<I", body)
            return cls._read(json.loads(body[4 : 4 + size]), body[4 + size :], services)
        except (zlib.error, struct.error, ValueError, KeyError, IndexError, TypeError) as fault:
            raise WaysDamaged from fault

    @classmethod
    def _read(cls, head: Any, rest: bytes, services: tuple[Service, ...]) -> "World":
        visa = head["visa"]
        cells = len(visa["dates"]) * len(visa["states"]) ** 2
        flights = array("H")
        flights.frombytes(rest[cells:])
        if sys.byteorder == "big":
            flights.byteswap()
        if len(flights) != 3 * sum(p[2] for p in head["pairs"]):
            raise WaysDamaged
        airports = [Place(a[0], "airport", a[1], a[3], a[4], a[5]) for a in head["airports"]]
        crossings = [_crossing(r) for r in head["crossings"]]
        towns = _towns([a[2] for a in head["airports"]], airports, head["crossings"], crossings)
        for state, name, lat, lon in head["capitals"]:
            code = f"{state}:{name}"
            towns.setdefault(code, Place(code, "town", name, state, lat, lon))
        return cls(
            countries={c[0]: Country(*c) for c in head["countries"]},
            airports=airports,
            crossings=crossings,
            crossing_rows=head["crossings"],
            towns=towns,
            tables={
                k: head[k]
                for k in (
                    "overrides",
                    "id_rules",
                    "closures",
                    "incidents",
                    "transit",
                    "avoid",
                    "exclaves",
                )
            },
            layers=head["layers"],
            groups=head["groups"],
            pairs=[(a, b, n) for a, b, n in head["pairs"]],
            flights=flights,
            services=services,
            _states={s: i for i, s in enumerate(visa["states"])},
            _classes=visa["classes"],
            _dates=[date.fromisoformat(d) for d in visa["dates"]],
            _matrix=rest[:cells],
            _by_code={p.code: p for p in (*towns.values(), *crossings, *airports)},
            _renamed=head["renamed"],
        )

    def place(self, code: str) -> Place:
        """The place of a code. Raises UnknownPlace."""
        found = self.known(code)
        if found is None:
            raise UnknownPlace(place=code)
        return found

    def known(self, code: str) -> Place | None:
        """The place of a code, however its letters are written, or None."""
        wanted = code.strip()
        wanted = self._renamed.get(wanted.upper(), wanted)
        return self._by_code.get(wanted) or self._by_code.get(wanted.upper()) or self._folded(wanted)

    def _folded(self, code: str) -> Place | None:
        wanted = alike(code)
        return next((place for place, key, _name in self._keys if key == wanted), None)

    def find(self, text: str, limit: int = 20) -> list[Place]:
        """Places whose code, name or state begins with ``text`` (else holds it), best first. Letters that are
        typed for one another are one."""
        wanted = alike(text)
        ranked = [
            (rank, p.code, p) for p, code, name in self._keys if (rank := _rank(code, name, wanted)) < 4
        ]
        return [p for _, _, p in sorted(ranked)[:limit]]

    @cached_property
    def _keys(self) -> list[tuple[Place, str, str]]:
        """Every place with the keys of its code and its name."""
        return [(place, alike(place.code), alike(place.name)) for place in self._by_code.values()]

    def part(self, place: Place, state: str) -> str:
        """The part of a state that no road or rail inside it joins to the rest; empty for the main one."""
        for name, south, north, west, east in self._boxes.get(state, ()):
            if south <= place.lat <= north and west <= place.lon <= east:
                return name
        return ""

    @cached_property
    def _boxes(self) -> dict[str, list[tuple[str, float, float, float, float]]]:
        boxes: dict[str, list[tuple[str, float, float, float, float]]] = {}
        for r in self.tables["exclaves"]:
            south, north, west, east = (float(r[k]) for k in ("lat_min", "lat_max", "lon_min", "lon_max"))
            boxes.setdefault(r["iso2"], []).append((r["name"], south, north, west, east))
        return boxes

    def country(self, code: str) -> str:
        """The English short name of a state, or its code."""
        return self.countries[code].name if code in self.countries else code

    def states(self) -> Iterable[str]:
        """Every state that issues a passport in the index."""
        return self._states.keys()

    def members(self, group: str, at: date) -> frozenset[str]:
        """Who is in a group (EU, SCHENGEN) on a day. Several, and single states, may be joined by ``|``."""
        return frozenset(m for name in group.split("|") for m in self._group(name, at))

    def _group(self, name: str, at: date) -> list[str]:
        if name not in self.groups:
            return [name]
        return [c for c, since in self.groups[name] if since <= at.isoformat()]

    def requirement(self, passport: str, destination: str, at: date) -> Layer:
        """What the passport index in force on a day says; ``?`` where it says nothing.

        Before 2020 the index of 2019 speaks (it has classes only: the days are those of 2025 where that one
        is visa-free too); then the newest that is not later than the day. The confidence is low where the
        last two indexes differ, else med: a scraped table is never more.
        """
        past = [i for i, d in enumerate(self._dates) if d <= at]
        index = past[-1] if past else 0
        said = self._cell(index, passport, destination)
        before = self._cell(index - 1, passport, destination) if index > 1 else said
        confidence = "med" if before == said else "low"
        if index == 0 and said == "visa free":
            later = self._cell(1, passport, destination)
            said, confidence = (later if later.isdigit() else said), "low"
        day = self._dates[index]
        return Layer(said, f"passport index {day}", day, confidence)

    def _cell(self, index: int, passport: str, destination: str) -> str:
        n = len(self._states)
        row, column = self._states.get(passport), self._states.get(destination)
        if row is None or column is None:
            return "?"
        return self._classes[self._matrix[index * n * n + row * n + column]]


def _crossing(row: Row) -> Place:
    name = f"{row['name_a']} – {row['name_b']}"
    at = float(row["lat"]), float(row["lon"])
    return Place(row["id"], "crossing", name, row["country_a"], *at, row["country_b"])


def _towns(
    cities: list[str], airports: list[Place], rows: list[Row], crossings: list[Place]
) -> dict[str, Place]:
    """Towns from the cities of airports (their mean position) and the names of both sides of crossings."""
    sums: dict[tuple[str, str], list[float]] = {}
    for city, airport in zip(cities, airports, strict=True):
        at = sums.setdefault((airport.country, city), [0.0, 0.0, 0])
        at[0] += airport.lat
        at[1] += airport.lon
        at[2] += 1
    towns = {}
    for (state, city), (lat, lon, n) in sums.items():
        towns[f"{state}:{city}"] = Place(f"{state}:{city}", "town", city, state, lat / n, lon / n)
    for row, at_border in zip(rows, crossings, strict=True):
        for side in "ab":
            state, name = row[f"country_{side}"], row[f"name_{side}"]
            code = f"{state}:{name}"
            towns.setdefault(code, Place(code, "town", name, state, at_border.lat, at_border.lon))
    return towns


def _rank(code: str, name: str, wanted: str) -> int:
    """How well a place answers to what was typed: 0 best, 4 not at all. All three are keys."""
    if code == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if code.startswith(wanted):
        return 2
    return 3 if wanted in name or wanted in code else 4

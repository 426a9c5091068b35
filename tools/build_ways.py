"""Turn the sources about ways into the one compact file that the package ships.

    python tools/build_ways.py SOURCE_DIR [src/kunak/data/ways.bin]

SOURCE_DIR has the folders ``airports``, ``countries``, ``curated`` and ``visa`` and a SOURCES.md. The rows in
``tools/ways_additions`` are laid over the curated ones. Prints what was dropped and why; the same input gives
the same bytes. The format: ``KUNAKWAYS1``, then zlib of (4 bytes length, JSON, raw arrays), see
``kunak.evacuation.ways.world``.
"""

import csv
import json
import math
import re
import struct
import sys
import unicodedata
import zlib
from array import array
from collections import Counter, defaultdict
from pathlib import Path

MAGIC = b"KUNAKWAYS1"
ADDITIONS = Path(__file__).parent / "ways_additions"
INDEXES = ("2019-11-23", "2025-01-12", "2026-02-17")
ROUTES_DATE = "2014-06-30"  # the month of the feed; it says no day

EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
# (state, from): who is inside the area without border control between members, and since when
SCHENGEN = [
    *[
        (c, "2007-12-21")
        for c in [
            "AT",
            "BE",
            "CZ",
            "DE",
            "DK",
            "EE",
            "ES",
            "FI",
            "FR",
            "GR",
            "HU",
            "IS",
            "IT",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "NO",
            "PL",
            "PT",
            "SE",
            "SI",
            "SK",
        ]
    ],
    ("CH", "2008-12-12"),
    ("LI", "2011-12-19"),
    ("HR", "2023-01-01"),
    ("BG", "2025-01-01"),
    ("RO", "2025-01-01"),
]
# OpenFlights country names that its own table of countries does not hold
NAMES = {
    "Congo (Kinshasa)": "CD", "Congo (Brazzaville)": "CG", "Svalbard": "SJ", "Macau": "MO",
    "Saint Kitts and Nevis": "KN", "Kyrgyzstan": "KG", "Saint Lucia": "LC", "Faroe Islands": "FO",
    "Brunei": "BN", "West Bank": "PS", "Burma": "MM", "Saint Vincent and the Grenadines": "VC",
    "Micronesia": "FM", "Virgin Islands": "VI", "Cape Verde": "CV", "Saint Pierre and Miquelon": "PM",
    "Swaziland": "SZ", "East Timor": "TL", "Wallis and Futuna": "WF", "Saint Helena": "SH",
}  # fmt: skip
MOVED_KM = 100.0  # a code whose airport id lies farther than this has been given to another place


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in km (haversine, mean radius 6371.0)."""
    p, q = math.radians(a[0]), math.radians(b[0])
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(h))


def read_airports(source: Path) -> tuple[dict[str, list], dict[str, tuple[float, float]]]:
    """(airports by code, positions by OpenFlights id). Rows without a code are never places: GRV's row is
    a garrison that has none, and the overlay gives the airport instead."""
    with (source / "airports/openflights-countries.dat").open(encoding="utf-8") as file:
        iso = {r[0]: r[1] for r in csv.reader(file)} | NAMES
    by_code: dict[str, list] = {}
    by_id: dict[str, tuple[float, float]] = {}
    with (source / "airports/openflights-airports.dat").open(encoding="utf-8") as file:
        for r in csv.reader(file):
            at = (float(r[6]), float(r[7]))
            by_id[r[0]] = at
            if re.fullmatch("[A-Z0-9]{3}", r[4]) and r[3] in iso and r[12] == "airport":
                by_code[r[4]] = [r[4], r[1].strip(), (r[2] or r[1]).strip(), iso[r[3]], *at]
    for r in rows(source / "curated/airports_overlay.csv"):
        by_code[r["iata"]] = [r["iata"], r["name"], r["name"], r["country"], float(r["lat"]), float(r["lon"])]
    for r in rows(ADDITIONS / "airport_renames.csv"):
        if r["old"] in by_code:
            was = by_code.pop(r["old"])
            by_code[r["new"]] = [r["new"], r["name"], r["city"] or was[2], *was[3:]]
    return by_code, by_id


def read_flights(source: Path, airports: dict, ids: dict) -> tuple[set[tuple[str, str]], Counter]:
    """Directed pairs of codes. The code in the row counts, never the airport id (IST's id is Ataturk)."""
    renamed = {r["old"]: r["new"] for r in rows(ADDITIONS / "airport_renames.csv")}
    kept: set[tuple[str, str]] = set()
    why: Counter[str] = Counter()
    with (source / "airports/openflights-routes.dat").open(encoding="utf-8") as file:
        for r in csv.reader(file):
            why["rows"] += 1
            ends = [(renamed.get(r[2], r[2]), r[3]), (renamed.get(r[4], r[4]), r[5])]
            if r[6] == "Y":
                why["codeshare"] += 1
            elif r[7] != "0":
                why["with stops"] += 1
            elif any(code not in airports for code, _ in ends):
                why["unknown airport code"] += 1
            elif any(i in ids and distance(ids[i], tuple(airports[c][4:6])) > MOVED_KM for c, i in ends):
                why["code now another place"] += 1
            elif ends[0][0] != ends[1][0]:
                kept.add((ends[0][0], ends[1][0]))
    return kept, why


def read_visa(source: Path) -> tuple[list[str], list[str], bytes]:
    """(states, classes, matrices): one byte per pair, an index into classes, one matrix per date."""
    old = {"3": "visa free", "2": "visa on arrival", "1": "e-visa", "0": "visa required", "-1": "-1"}
    tables = []
    for day in INDEXES:
        table = rows(source / f"visa/passport-index-{day}-tidy-iso2.csv")
        if "Code" in table[0]:
            tables.append({(r["Passport"], r["Destination"]): old[r["Code"]] for r in table})
        else:
            tables.append({(r["Passport"], r["Destination"]): r["Requirement"] for r in table})
    states = sorted({p for p, _ in tables[-1]} | {d for _, d in tables[-1]})
    classes = ["?", *sorted({c for t in tables for c in t.values()})]
    number = {c: i for i, c in enumerate(classes)}
    matrix = bytes(number[t.get((p, d), "?")] for t in tables for p in states for d in states)
    return states, classes, matrix


def read_countries(source: Path) -> list[list]:
    attrs = {r["iso2"]: r for r in rows(source / "curated/country_attrs_seed.csv")}
    cca3 = json.loads((source / "countries/mledoze-countries.json").read_text(encoding="utf-8"))
    code = {c["cca3"]: c["cca2"] for c in cca3}
    out = []
    for c in sorted(cca3, key=lambda c: c["cca2"]):
        a = attrs.get(c["cca2"], {})
        out.append([
            c["cca2"], c["name"]["common"], c["capital"][0] if c["capital"] else "", *c["latlng"],
            a.get("tier", ""), *(int(a.get(k) or 0) for k in ("criminalises_2018", "criminalises_2026")),
            int(a.get("cis_wanted_sharing", 0) or 0), a.get("notes") or "",
            sorted(code[b] for b in c["borders"] if b in code),
        ])  # fmt: skip
    return out


def folded(name: str) -> str:
    """A name without accents and case."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


# How OpenFlights spells the town of a capital's airport where accents alone do not explain it
CAPITALS = {
    "UA": "Kiev",
    "TM": "Ashkhabad",
    "EE": "Tallinn-ulemiste International",
    "KR": "Seoul",
    "IN": "Delhi",
}


def capitals(countries: list[list], airports: dict) -> list[list]:
    """(state, capital, lat, lon) for capitals that an airport's town stands for under another spelling."""
    towns = {(a[3], folded(a[2])): a[4:6] for a in airports.values()}
    out = []
    for c in countries:
        at = towns.get((c[0], folded(c[2]))) or towns.get((c[0], folded(CAPITALS.get(c[0], "-"))))
        if c[2] and at:
            out.append([c[0], c[2], round(at[0], 4), round(at[1], 4)])
    return out


def pack(source: Path) -> tuple[bytes, Counter]:
    airports, ids = read_airports(source)
    flights, why = read_flights(source, airports, ids)
    codes = sorted(airports)
    place = {c: i for i, c in enumerate(codes)}
    groups: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for a, b in sorted(flights):
        km = round(distance(tuple(airports[a][4:6]), tuple(airports[b][4:6])))
        groups[airports[a][3], airports[b][3]].append((place[a], place[b], km))
    pairs, ends = [], array("H")
    for (a, b), legs in sorted(groups.items()):
        pairs.append([a, b, len(legs)])
        for leg in legs:
            ends.extend(leg)
    if sys.byteorder == "big":
        ends.byteswap()
    states, classes, matrix = read_visa(source)
    sources = (source / "SOURCES.md").read_text(encoding="utf-8")
    curated = max(d for d in re.findall(r"20\d\d-\d\d-\d\d", sources))
    countries, seed = read_countries(source), source / "curated"
    head = {
        "layers": {
            **{f"passport index {d}": d for d in INDEXES},
            "routes 2014": ROUTES_DATE, "airports": "2019-05-13", "countries": "2026-04-27",
            "overrides": curated, "identity cards": curated, "closures": curated, "crossings": curated,
            "attributes": curated, "incidents": curated, "transit": curated,
        },
        "countries": countries,
        "capitals": capitals(countries, airports),
        "airports": [[*airports[c][:4], *(round(x, 4) for x in airports[c][4:6])] for c in codes],
        "pairs": pairs,
        "visa": {"states": states, "classes": classes, "dates": list(INDEXES)},
        "groups": {"EU": [[c, "2013-07-01"] for c in EU], "SCHENGEN": SCHENGEN},
        "renamed": {r["old"]: r["new"] for r in rows(ADDITIONS / "airport_renames.csv")},
        "crossings": rows(source / "curated/crossings_seed.csv"),
        "overrides": [*rows(seed / "rule_overrides_seed.csv"), *rows(ADDITIONS / "rule_overrides.csv")],
        "id_rules": rows(source / "curated/id_only_rules_seed.csv"),
        "closures": [*rows(seed / "airport_closures_seed.csv"), *rows(ADDITIONS / "airport_closures.csv")],
        "incidents": rows(source / "curated/incidents_seed.csv"),
        "transit": rows(ADDITIONS / "transit_rules.csv"),
        "avoid": rows(ADDITIONS / "avoid.csv"),
        "exclaves": rows(ADDITIONS / "exclaves.csv"),
    }  # fmt: skip
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    body = struct.pack("<I", len(text)) + text + matrix + ends.tobytes()
    why["pairs kept"] = len(flights)
    return MAGIC + zlib.compress(body, 9), why


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: build_ways.py SOURCE_DIR [OUTPUT]")
    target = Path(sys.argv[2] if len(sys.argv) == 3 else "src/kunak/data/ways.bin")
    data, why = pack(Path(sys.argv[1]))
    target.write_bytes(data)
    print(f"{target}: {len(data):,} bytes")
    for reason, n in why.most_common():
        print(f"  {n:7,} {reason}")


if __name__ == "__main__":
    main()

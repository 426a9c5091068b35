"""An office's own services, read from a CSV: origin, destination, mode, days, hours, price, source, date."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from kunak.errors import Refused
from kunak.evacuation.ways.places import Service, UnknownPlace
from kunak.evacuation.ways.world import World

COLUMNS = ("origin", "destination", "mode", "days", "hours", "price", "source", "date")
BY = ("flight", "rail", "bus", "car")


class ServicesRefused(Refused):
    """The services were not taken, because of: {problems}."""

    code = "services-refused"
    hint = "Mend these rows and import the file again; nothing of it has been taken."


class ServicesColumns(Refused):
    """The services need exactly the columns {columns}; this file has {found}."""

    code = "services-columns"
    hint = "Remove other columns: a list of services is no place for anything about persons."


def read_services(world: World, text: str) -> tuple[Service, ...]:
    """All services of a CSV, in its order. Raises a Refused that names every faulty row, or none is taken."""
    lines = _rows(text)
    head = [name.strip().casefold() for name in next(lines, (0, []))[1]]
    if sorted(head) != sorted(COLUMNS):
        raise ServicesColumns(columns=", ".join(COLUMNS), found=", ".join(head) or "none")
    services: list[Service] = []
    problems: list[str] = []
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        service, faults = _service(world, head, cells)
        problems.extend(f"row {number}: {fault}" for fault in faults)
        if service is not None:
            services.append(service)
    if problems:
        raise ServicesRefused(problems="; ".join(problems))
    return tuple(services)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each row. Raises ServicesRefused for one that no reader of CSV takes."""
    lines = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True))
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error:
        raise ServicesRefused(problems=f"row {lines.line_num}: cannot be read as CSV") from None


def write_services(services: Iterable[Service]) -> str:
    """The same services as CSV text, sorted; reading it gives them back."""
    rows = sorted(tuple(_cells(s)) for s in set(services))
    return "".join(f"{','.join(map(_quoted, row))}\n" for row in [COLUMNS, *rows])


def newest(services: Iterable[Service]) -> tuple[Service, ...]:
    """Of the services with one origin, destination and mode, those of the newest day: what the planner uses.

    A file that grows by imports keeps the older ones.
    """
    days: dict[tuple[str, str, str], date] = {}
    known = tuple(dict.fromkeys(services))
    for s in known:
        key = (s.origin, s.destination, s.mode)
        days[key] = max(days.get(key, s.date), s.date)
    return tuple(s for s in known if s.date == days[s.origin, s.destination, s.mode])


def _service(world: World, head: list[str], cells: list[str]) -> tuple[Service | None, list[str]]:
    if len(cells) != len(head):
        return None, [f"has {len(cells)} cells, not {len(head)}"]
    row = {name: cell.strip() for name, cell in zip(head, cells, strict=True)}
    faults: list[str] = []

    def take(name: str, read: Callable[[str], object], accepted: str) -> object:
        try:
            return read(row[name])
        except (ValueError, UnknownPlace):
            faults.append(f"{name} {row[name]!r} is not {accepted}")
            return None

    values = {
        "origin": take("origin", lambda v: world.place(v).code, "a place in the data"),
        "destination": take("destination", lambda v: world.place(v).code, "a place in the data"),
        "mode": take("mode", _mode, f"one of {', '.join(BY)}"),
        "days": take("days", _days, "weekdays such as 135 (1 is Monday)"),
        "hours": take("hours", _hours, "hours above 0 and up to 240"),
        "price": take("price", _price, "whole EUR from 0 to 99999"),
        "source": take("source", _source, "a word on who saw it run"),
        "date": take("date", date.fromisoformat, "a day such as 2026-05-31"),
    }
    if faults:
        return None, faults
    service = Service(**values)  # type: ignore[arg-type]
    return service, _impossible(world, service)


def _impossible(world: World, service: Service) -> list[str]:
    """What no service can be: a flight between no airports, a journey to where it begins."""
    kinds = {world.place(c).kind for c in (service.origin, service.destination)}
    faults = []
    if service.origin == service.destination:
        faults.append("origin and destination are the same")
    if service.mode == "flight" and kinds != {"airport"}:
        faults.append("a flight needs two airports")
    return faults


def _mode(text: str) -> str:
    if text not in BY:
        raise ValueError
    return text


def _days(text: str) -> str:
    days = "".join(sorted(set(text)))
    if not days or set(days) - set("1234567"):
        raise ValueError
    return days


def _hours(text: str) -> float:
    hours = float(text)
    if not 0 < hours <= 240:
        raise ValueError
    return hours


def _price(text: str) -> int:
    price = int(text)
    if not 0 <= price <= 99999:
        raise ValueError
    return price


def _source(text: str) -> str:
    if not text or len(text) > 200:
        raise ValueError
    return text


def _cells(s: Service) -> list[str]:
    return [
        s.origin,
        s.destination,
        s.mode,
        s.days,
        f"{s.hours:g}",
        str(s.price),
        s.source,
        s.date.isoformat(),
    ]


def _quoted(cell: str) -> str:
    plain = not any(mark in cell for mark in ',"\r\n')
    return cell if plain else '"' + cell.replace('"', '""') + '"'

"""Ways out on the command line: ``kunak ways`` and ``kunak ways import-services``."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from kunak import data
from kunak.errors import Refused
from kunak.evacuation.ways.places import RIDES
from kunak.evacuation.ways.profile import LISTS, PAPERS, UnknownChoice
from kunak.evacuation.ways.risk import band
from kunak.evacuation.ways.routes import Answer, Plan, Profile, as_json, find_ways
from kunak.evacuation.ways.services import newest, read_services, write_services
from kunak.evacuation.ways.world import World
from kunak.workbench import SERVICES


class OptionMissing(Refused):
    """The option {option} is missing: it takes {accepted}."""

    code = "option-missing"


class UnknownOption(Refused):
    """There is no option {option} here; accepted are {accepted}."""

    code = "unknown-option"


class OptionUnfit(Refused):
    """The options cannot be read: {problem} See kunak ways --help for what each accepts."""

    code = "option-unfit"


class DayUnfit(Refused):
    """“{value}” is no day for {option}: it takes a day such as 2026-05-31."""

    code = "day-unfit"


class FileUnfit(Refused):
    """The file {name} cannot be read as text in UTF-8."""

    code = "file-unfit"
    hint = "Check its name, and save it as CSV in UTF-8."


class OneSentence(click.Group):
    """A group whose wrong options are one sentence that says what is accepted."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.NoSuchOption as fault:
            accepted = sorted(o for p in self.params for o in p.opts)
            raise UnknownOption(option=fault.option_name, accepted=", ".join(accepted)) from fault
        except click.UsageError as fault:
            raise OptionUnfit(problem=fault.format_message()) from fault

    def invoke(self, ctx: click.Context) -> Any:
        """The same for what follows the group's own options."""
        try:
            return super().invoke(ctx)
        except click.UsageError as fault:
            raise OptionUnfit(problem=fault.format_message()) from fault


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _day(option: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as fault:
        raise DayUnfit(option=option, value=value) from fault


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FileUnfit(name=path.name) from fault


def load_world(services: Path | None = None) -> World:
    """The bundled data, with an office's own services."""
    world = World.from_bytes(data.read("ways.bin"))
    if services is None:
        return world
    own = newest(read_services(world, _text(services)))
    return World.from_bytes(data.read("ways.bin"), own)


@click.group("ways", cls=OneSentence, invoke_without_command=True)
@click.option("--passport", default="", help="States whose papers the person holds, such as RU or RU,IL.")
@click.option("--papers", default="", help="foreign, internal or none.")
@click.option("--from", "origin", default="", help="IATA code, crossing id, or ISO2:Town.")
@click.option("--lists", default="", help="clear (checked), unknown or listed.")
@click.option("--to", default="interim", show_default=True, help="interim, refuge, or a state.")
@click.option("--visa", default="", help="States whose visa or authorisation is held.")
@click.option("--without", default="", help="Modes the person cannot use: " + ", ".join(RIDES) + ".")
@click.option("--as-of", help="Plan for this day; today if not given.")
@click.option("--expiry", help="Last day of the passport.")
@click.option("--latest", help="Last day of arrival.")
@click.option("--cash", type=click.IntRange(0, 1_000_000), help="EUR at hand, for all who travel.")
@click.option("--dependants", type=click.IntRange(0, 20), default=0, help="How many travel along.")
@click.option("--minors", is_flag=True, help="Some of them are under 14.")
@click.option("--persecutor", default="", help="The state searched by; else that of the papers.")
@click.option("--services", type=click.Path(path_type=Path), help="An office's own services.csv.")
@click.option("--json", "plain", is_flag=True, help="The answer as JSON.")
@click.pass_context
def ways(context: click.Context, /, **given: Any) -> None:
    """The ways out that exist for exactly these papers, none worse in every respect than another."""
    if context.invoked_subcommand is not None:
        return
    world = load_world(given["services"])
    answer = find_ways(world, _profile(given))
    if given["plain"]:
        click.echo(json.dumps(as_json(answer), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_table(world, answer)))


def _profile(given: dict[str, Any]) -> Profile:
    needed = {
        "--passport": (given["passport"], "states such as RU"),
        "--papers": (given["papers"], ", ".join(PAPERS)),
        "--from": (given["origin"], "an IATA code, a crossing id or ISO2:Town, such as GRV or RU:Grozny"),
        "--lists": (given["lists"], ", ".join(LISTS)),
    }
    for option, (value, accepted) in needed.items():
        if not value:
            raise OptionMissing(option=option, accepted=accepted)
    for name, choices in (("papers", PAPERS), ("lists", LISTS)):
        if given[name] not in choices:
            raise UnknownChoice(option=f"--{name}", value=given[name], accepted=", ".join(choices))
    return Profile(
        passports=_listed(given["passport"]),
        papers=given["papers"],
        origin=given["origin"],
        lists=given["lists"],
        to=given["to"],
        visas=_listed(given["visa"]),
        without=_listed(given["without"]),
        as_of=_day("--as-of", given["as_of"]) or datetime.now(UTC).date(),
        expiry=_day("--expiry", given["expiry"]),
        latest=_day("--latest", given["latest"]),
        cash_eur=given["cash"],
        dependants=given["dependants"],
        minors=given["minors"],
        persecutor=_listed(given["persecutor"]),
    )


# --- the readable table


def _table(world: World, answer: Answer) -> list[str]:
    lines = [f"{len(answer.plans)} of {answer.found} ways; risk is a planning figure, not a probability."]
    for number, plan in enumerate(answer.plans, start=1):
        lines.extend(_plan_lines(world, number, plan))
    lines.extend(answer.notes)
    if answer.refused:
        lines.extend(["", "Not offered:"])
        lines.extend(_refused_lines(world, answer))
    return lines


def _plan_lines(world: World, number: int, plan: Plan) -> list[str]:
    days = f", {plan.stay.days} days" if plan.stay.days else ""
    tags = f"  [{', '.join(plan.tags)}]" if plan.tags else ""
    parts = ", ".join(f"{name} {value:.2f}" for name, value in plan.risk_parts if value)
    lines = [
        "",
        f"{number}. {world.country(plan.destination)} ({plan.stay.basis}{days}): {plan.hours:g} h, "
        f"{plan.cost_eur} EUR, risk {plan.risk:.2f} {band(plan.risk)} ({parts}), "
        f"{plan.exposures} hostile exposures{tags}",
    ]
    for leg in plan.legs:
        lines.append(
            f"     {leg.mode:7} {leg.origin} → {leg.destination}  {leg.hours:g} h, {leg.cost_eur} EUR"
            f"{_named(world, leg.origin, leg.destination)}"
        )
        lines.extend(f"             needs {need}" for need in leg.papers)
        lines.extend(f"             exposed to {e.authority} at {e.where}" for e in leg.exposures)
        lines.extend(
            f"             why {w.rule} ({w.layer}, {w.date}, {w.confidence}{', stale' if w.stale else ''})"
            for w in leg.why
        )
    if plan.worst_case.blocked:
        lines.append(f"     worst case: ends at {plan.worst_case.at}; {plan.worst_case.why}")
    lines.append(f"     {plan.services_note}")
    return lines


def _named(world: World, *codes: str) -> str:
    """The names of airports and crossings, whose codes do not say them."""
    names = [f"{c}: {world.place(c).name}" for c in codes if world.place(c).kind != "town"]
    return f"  ({'; '.join(names)})" if names else ""


def _refused_lines(world: World, answer: Answer) -> list[str]:
    """One line per reason: the states it holds for."""
    by_reason: dict[str, list[str]] = {}
    for refusal in answer.refused:
        name = "" if refusal.destination == "*" else world.country(refusal.destination)
        by_reason.setdefault(refusal.why, []).append(name)
    ordered = sorted(by_reason.items(), key=lambda item: (len(item[1]), item[1]))
    return [f"  {', '.join(names)}: {why}" if names != [""] else f"  {why}" for why, names in ordered]


# --- own services


@ways.command("import-services")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="The office's folder.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A CSV file of your choice.")
def import_services(file: Path, into: Path | None, out: Path | None) -> None:
    """Take the office's own services from FILE: origin,destination,mode,days,hours,price,source,date.

    What was imported before is kept; of one origin, destination and mode the newest day is planned with.
    """
    if (into is None) == (out is None):
        raise OptionMissing(
            option="--into or --out", accepted="the office's folder, or a file, one of the two"
        )
    target = out or Path(str(into)) / SERVICES
    world = load_world()
    new = read_services(world, _text(file))
    before = read_services(world, _text(target)) if target.exists() else ()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".new")
    draft.write_text(write_services((*before, *new)), encoding="utf-8")
    draft.replace(target)
    click.echo(f"{len(new)} services taken, {len(set(before) | set(new))} in {target.name}.")

"""``kunak surge``: the switch of surge, from a terminal."""

from datetime import timedelta
from pathlib import Path

import click

from kunak.casework.waiting import waits
from kunak.cli.desk import FOLDER, PASSPHRASE, RELAY, linked, opened, say
from kunak.errors import Unreachable
from kunak.intake import actions
from kunak.intake.surge import on_duty
from kunak.intake.surge import surge as stands
from kunak.workbench import Workbench
from kunak.workbench.surging import switch_off, switch_on


@click.group()
def surge() -> None:
    """When many write at once: switch it on or off, or show how it stands."""


@surge.command("on")
@FOLDER
@click.option("--reason", required=True, type=click.Choice(actions.SURGE_REASONS), help="Why.")
@click.option(
    "--rota-from",
    type=click.IntRange(0, 23),
    default=8,
    show_default=True,
    help="The hour (UTC) at which the first of the three groups begins.",
)
@RELAY
@PASSPHRASE
def on(folder: Path, reason: str, rota_from: int, relay: str | None, passphrase: str) -> None:
    """Switch surge on, and tell the relay."""
    with opened(folder, passphrase) as bench:
        switch_on(bench, reason, rota_from)
        _show(bench)
        _tell(bench, relay)


@surge.command("off")
@FOLDER
@click.option("--reason", required=True, type=click.Choice(actions.SURGE_OVER), help="Why it can end.")
@RELAY
@PASSPHRASE
def off(folder: Path, reason: str, relay: str | None, passphrase: str) -> None:
    """Switch surge off, and tell the relay."""
    with opened(folder, passphrase) as bench:
        switch_off(bench, reason)
        _show(bench)
        _tell(bench, relay)


@surge.command("show")
@FOLDER
@PASSPHRASE
def show(folder: Path, passphrase: str) -> None:
    """Show whether it is on, who switched it and why, who is on duty, and what people are told of the time."""
    with opened(folder, passphrase) as bench:
        _show(bench)


def _show(bench: Workbench) -> None:
    now = stands(bench.requests)
    click.echo(say("Surge is on.") if now.on else say("Surge is off."))
    for turn in now.turns:
        word = say("on") if turn.on else say("off")
        click.echo(f"  {turn.at:%Y-%m-%d %H:%M} UTC  {word}  {turn.by}  {turn.reason.replace('_', ' ')}")
    if now.on:
        duty = on_duty(now, bench.now())
        who = ", ".join(duty.members) or say("nobody yet")
        click.echo(say("On now: group {group} until {hour} UTC: {who}", group=duty.group,
                       hour=f"{duty.until:%H:%M}", who=who))  # fmt: skip
    for wait in waits(bench.requests, bench.cases, bench.now()):
        told = "?" if wait.hours is None else str(wait.hours)
        click.echo(
            say(
                "{level}: people are told {hours} h; {count} read by nobody, the oldest waits {oldest} h",
                level=wait.level,
                hours=told,
                count=wait.waiting,
                oldest=-(-wait.oldest // timedelta(hours=1)),
            )
        )


def _tell(bench: Workbench, relay: str | None) -> None:
    """A round, so that the public page says it; if the relay cannot be reached, the next round does it."""
    with linked(bench, relay) as link:
        if link is None:
            click.echo(say("The public page says it after the next round with the relay."))
            return
        try:
            link.round(bench)
            click.echo(say("The relay is told."))
        except Unreachable:
            click.echo(say("The public page says it after the next round with the relay."))

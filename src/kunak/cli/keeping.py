"""Destroying on purpose: ``kunak shred``, ``kunak shredded``, ``kunak sweep``."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from kunak.access import actions, queries
from kunak.access.lists import SHRED_REASONS
from kunak.cli.desk import FOLDER, PASSPHRASE, devices, opened, say, tell_swept
from kunak.vault import roles
from kunak.workbench import Workbench, retention
from kunak.workbench.forgetting import Shredding, shred_person
from kunak.workbench.forgetting import shred as shred_code
from kunak.workbench.forgetting import shredded as orders
from kunak.workbench.together import related


@click.command()
@FOLDER
@click.argument("code")
@click.option("--reason", required=True, type=click.Choice(SHRED_REASONS), help="Why.")
@click.option(
    "--what", multiple=True, type=click.Choice(tuple(roles.COMPARTMENTS)), help="Only this; repeatable."
)
@click.option("--person", is_flag=True, help="Request, case and journeys of the same person too.")
@click.option("--second-passphrase", help="A colleague's, on this machine: a whole case takes two.")
@PASSPHRASE
def shred(
    folder: Path,
    code: str,
    reason: str,
    what: tuple[str, ...],
    person: bool,
    second_passphrase: str | None,
    passphrase: str,
) -> None:
    """Destroy what is about CODE, here now and on every device when it syncs. It cannot be undone."""
    with opened(folder, passphrase) as bench:
        codes = related(bench, code) if person else frozenset((code,))
        _shred(bench, code, reason, what, person, second_passphrase)
        for one in sorted(codes):
            click.echo(say("Destroyed here: {code}.", code=one))
        _tell_orders([one for one in orders(bench) if one.order.shredded in codes])


def _shred(
    bench: Workbench,
    code: str,
    reason: str,
    what: tuple[str, ...],
    person: bool,
    second_passphrase: str | None,
) -> None:
    second = None if second_passphrase is None else bench.second(second_passphrase)
    try:
        if person and second is not None:
            shred_person(bench, code, reason, second)
            return
        for one in sorted(related(bench, code)) if person else (code,):
            shred_code(bench, one, reason, what, second)
    finally:
        if second is not None:
            second.close()


@click.command()
@FOLDER
@PASSPHRASE
def shredded(folder: Path, passphrase: str) -> None:
    """List what was ordered destroyed, and which devices have said that they did."""
    with opened(folder, passphrase) as bench:
        if not orders(bench):
            click.echo(say("Nothing was ordered destroyed."))
        _tell_orders(orders(bench))


@click.command()
@FOLDER
@PASSPHRASE
def sweep(folder: Path, passphrase: str) -> None:
    """Destroy what was kept long enough, and list what a person has to look at."""
    with opened(
        folder, passphrase
    ) as bench:  # which sweeps, as each unlocking does, and says what it destroyed
        tell_swept(retention.sweep(bench))
        _tell_orders([one for one in orders(bench) if one.acknowledged.awaited])
        click.echo(say("Swept."))


@click.command("chat-time")
@FOLDER
@click.argument("hours", required=False, type=int)
@PASSPHRASE
def chat_time(folder: Path, hours: int | None, passphrase: str) -> None:
    """Say how long chats are kept after they were answered, or set it: 24 to 336 HOURS."""
    with opened(folder, passphrase) as bench:
        if hours is not None:
            bench.act(actions.set_chat_time, bench.access, hours=hours)
        kept = queries.chat_kept(bench.access) // timedelta(hours=1)
        click.echo(say("Chats are kept for {hours} hours after they were answered.", hours=kept))


def _tell_orders(told: Sequence[Shredding]) -> None:
    """Who has destroyed what was ordered, and who has not said so yet."""
    for order, acknowledged in told:
        parts = f" ({', '.join(order.what)})" if order.what else ""
        click.echo(f"{order.at:%Y-%m-%d}  {order.shredded}{parts}  {order.reason.replace('_', ' ')}")
        click.echo("  " + say("destroyed on: {devices}", devices=devices(acknowledged.done) or "–"))
        click.echo("  " + say("not yet on: {devices}", devices=devices(acknowledged.awaited) or "–"))

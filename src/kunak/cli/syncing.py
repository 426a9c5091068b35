"""``kunak sync``: one round with the office's other devices, through its relay or a folder."""

from pathlib import Path

import click

from kunak.cli.desk import FOLDER, PASSPHRASE, RELAY, linked, opened, say, tell_received
from kunak.cli.joining import WayNeeded
from kunak.workbench import Workbench
from kunak.workbench.rounds import RELAY as BY_RELAY
from kunak.workbench.rounds import note_round
from kunak.workbench.syncing import sync_with_folder
from kunak.workbench.together import Together


@click.command()
@FOLDER
@RELAY
@click.option(
    "--folder",
    "carried",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A folder that is carried between the machines, or synced by another program.",
)
@click.option(
    "--anew", is_flag=True, help="The relay lost something, or was set up anew: put back all that it lacks."
)
@PASSPHRASE
def sync(folder: Path, relay: str | None, carried: Path | None, anew: bool, passphrase: str) -> None:
    """Exchange with the other devices of the office in FOLDER, both ways."""
    with opened(folder, passphrase) as bench:
        Together(bench).tend()
        if carried is not None:
            _with_folder(bench, carried)
        else:
            _with_relay(bench, relay, anew)


def _with_relay(bench: Workbench, relay: str | None, anew: bool) -> None:
    with linked(bench, relay) as link:
        if link is None:
            raise WayNeeded
        if anew:
            link.set_up_anew(bench.vault)
        done = link.round(bench, anew=anew)
    note_round(bench, BY_RELAY, done.received, done.sent)
    click.echo(say("Sent: {count}.", count=done.sent))
    if anew:
        click.echo(say("Put back of what was lost there: {count}.", count=done.put_back))
    tell_received(bench, done.received)


def _with_folder(bench: Workbench, carried: Path) -> None:
    done = sync_with_folder(bench, carried)
    click.echo(say("This device's own file is written.") if done.wrote else say("Nothing new to tell."))
    tell_received(bench, done.received)
    if done.unread:
        click.echo(
            say(
                "{count} files could not be read to the end: they are of another office, or still being copied.",
                count=done.unread,
            )
        )

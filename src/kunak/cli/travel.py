"""``kunak travel``: cross a border with nothing to open."""

from pathlib import Path

import click

from kunak.language import OFFERED, catalogue
from kunak.vault import travel as packing
from kunak.web.forms import N_
from kunak.workbench import open_store

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
OTHER = click.Path(exists=True, file_okay=False, path_type=Path)

CARD = (
    N_("To whoever examines this computer"),
    N_(
        "I work for an organisation that protects people. Before this journey its files and all keys to them"
        " were destroyed on this computer."
    ),
    N_(
        "I carry no key, no password and no device that opens them, and I know none. I cannot open them, and"
        " nobody can from here."
    ),
    N_(
        "After arrival my colleagues decide together whether I am given access again. They will not decide it"
        " at my request alone, nor while I am held."
    ),
    N_("Forcing me changes nothing: there is nothing here that could be opened."),
    N_("Please let me call my lawyer, and note the time and your name in the record of this examination."),
)


@click.group()
def travel() -> None:
    """Cross a border with nothing to open."""


@travel.command()
@FOLDER
@click.option(
    "--even-unsynced", is_flag=True, help="Also if something was written here that nobody else has."
)
def pack(folder: Path, even_unsynced: bool) -> None:
    """Destroy the office in FOLDER on this machine, keys first. Nothing stays, not even a sealed ticket.

    After arrival the machine joins again as a new device, if the colleagues agree.
    """
    store = open_store(folder)
    if not even_unsynced:
        packing.require_shared(store)
    packing.pack(store, folder)
    click.echo("The keys are destroyed, and what lay in the folder is overwritten and gone.")
    _tell(folder, ())


@travel.command()
@FOLDER
@click.option(
    "--also", type=OTHER, multiple=True, help="Look into this folder too, e.g. your own; repeatable."
)
def verify(folder: Path, also: tuple[Path, ...]) -> None:
    """Look whether anything of the office in FOLDER is left on this machine, file by file."""
    _tell(folder, also)


@travel.command()
@click.option("--language", type=click.Choice(tuple(OFFERED)), default="en", show_default=True)
def card(language: str) -> None:
    """Print a card for officials: that you cannot open anything, and why."""
    say = catalogue(language).gettext
    click.echo("\n\n".join(say(sentence) for sentence in CARD))


def _tell(folder: Path, also: tuple[Path, ...]) -> None:
    """Name what is found, or say that there is nothing. Raises StillThere."""
    found = tuple(packing.look(folder, also))
    for path, kind in found:
        click.echo(f"{path}: {packing.KINDS[kind]}")
    if found:
        raise packing.StillThere(count=len(found))
    places = ", ".join(str(place) for place in (folder, *also, *packing.temporary_folders()))
    click.echo(f"Nothing of this program's data is left in: {places}.")
    click.echo(
        "What this cannot see: copies elsewhere, backups, the browser's history (it may hold addresses such"
        " as 127.0.0.1:8420/cases/…), and what a flash disk keeps of overwritten blocks; that stays sealed,"
        " and the keys to it are gone."
    )

"""``kunak panic``: destroy the keys of an office on this machine, then everything of it."""

from pathlib import Path

import click

from kunak.vault import wipe
from kunak.workbench import open_store


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def panic(folder: Path) -> None:
    """Destroy the office in FOLDER on this machine. Asks nothing, needs no passphrase, cannot be undone.

    The keys go first, in less than a second; then all files of the office are overwritten and unlinked. What
    colleagues have on their machines stays. An office that is running ends by itself.
    """
    store = open_store(folder)
    wipe.destroy_keys(store)
    click.echo("The keys are destroyed: no passphrase opens this office here any more.")
    store.close()
    wipe.destroy_all(folder)
    click.echo("What lay in the folder is overwritten and gone.")

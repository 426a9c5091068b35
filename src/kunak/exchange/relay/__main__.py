"""The relay's own process: ``python -m kunak.exchange.relay FOLDER --port N [--store ADDRESS] [--ahead N]``.

FOLDER holds the public halves of the offices' keys (relay-keys.json, and more in the folder offices); the
relay keeps its sealed blobs in a folder of its own beside them, or in the PostgreSQL database at ADDRESS.
Started and watched by ``kunak up`` or ``kunak relay``.
"""

from kunak.vault.forgetful import begin_again

begin_again()  # before anything is opened

import sys
from pathlib import Path

import click

from kunak.errors import KunakError
from kunak.exchange.relay.keys import enrolments
from kunak.exchange.relay.serving import serve

BLOBS = "relay"
STORE = "KUNAK_RELAY_STORE"  # an address with a password is better here than among the arguments


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--host", default="127.0.0.1")
@click.option("--port", type=click.IntRange(1, 65535), default=8430)
@click.option("--store", default="", envvar=STORE, help="postgresql://… (better in the environment).")
@click.option("--ahead", type=click.IntRange(0, 4096), default=16, help="Codes made in quiet hours.")
@click.option("--demo", is_flag=True)
def main(folder: Path, host: str, port: int, store: str, ahead: int, demo: bool) -> None:
    """Serve the public side of the offices in FOLDER until interrupted."""
    try:
        serve(
            folder / BLOBS,
            offices=enrolments(folder),
            database=store,
            host=host,
            port=port,
            invented=demo,
            ahead=ahead,
        )
        code = 0
    except KunakError as problem:
        click.echo(problem.told(), err=True)
        code = problem.exit_code
    sys.exit(code)


main(prog_name="kunak.exchange.relay")

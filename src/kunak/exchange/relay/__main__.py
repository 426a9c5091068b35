"""The relay's own process: ``python -m kunak.exchange.relay FOLDER --port N [--demo]``.

FOLDER holds the public halves of the office's keys (relay-keys.json); the relay keeps its sealed blobs in a
folder of its own beside them. Started and watched by ``kunak up`` or ``kunak relay``.
"""

import sys
from pathlib import Path

import click

from kunak.errors import KunakError
from kunak.exchange.relay.keys import public_keys
from kunak.exchange.relay.serving import serve

BLOBS = "relay"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--host", default="127.0.0.1")
@click.option("--port", type=click.IntRange(1, 65535), default=8430)
@click.option("--demo", is_flag=True)
def main(folder: Path, host: str, port: int, demo: bool) -> None:
    """Serve the public side of the office in FOLDER until interrupted."""
    try:
        intake, channel = public_keys(folder)
        serve(
            folder / BLOBS,
            intake_public=intake,
            channel_public=channel,
            host=host,
            port=port,
            invented=demo,
        )
        code = 0
    except KunakError as problem:
        click.echo(problem.told(), err=True)
        code = problem.exit_code
    sys.exit(code)


main(prog_name="kunak.exchange.relay")

"""The worker side's own process: ``python -m kunak.web DIR --port N [--relay URL] [--demo]``.

Started and watched by ``kunak up``. Exit code 75: locked, start again; 76: its keys were destroyed.
"""

from kunak.vault.forgetful import begin_again

begin_again()  # before all else is read, which would be read twice

import sys
from pathlib import Path

import click

from kunak.errors import KunakError
from kunak.vault import forbid_core_dumps
from kunak.web.office import IDLE_S, Office, Settings
from kunak.web.serving import serve


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), default=8420)
@click.option("--relay", default=None)
@click.option("--demo", is_flag=True)
@click.option("--idle-seconds", type=float, default=IDLE_S)
def main(directory: Path, port: int, relay: str | None, demo: bool, idle_seconds: float) -> None:
    """Serve the office in DIRECTORY until interrupted or locked."""
    forbid_core_dumps()  # a dump of this process would hold the keys
    try:
        settings = Settings(directory=directory, port=port, relay=relay, demo=demo, idle_s=idle_seconds)
        code = serve(Office.at(settings))
    except KunakError as problem:
        click.echo(problem.told(), err=True)
        code = problem.exit_code
    sys.exit(code)


main(prog_name="kunak.web")

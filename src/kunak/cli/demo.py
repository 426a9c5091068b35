"""``kunak demo``: an invented office, ready to click through."""

from pathlib import Path

import click

from kunak import demo
from kunak.cli import up
from kunak.workbench import utc_now

PORT = click.IntRange(1, 65535)


@click.command(name="demo")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".demo")
@click.option("--port", type=PORT, default=8420, show_default=True, help="Of the worker side, on 127.0.0.1.")
@click.option(
    "--relay-port", type=PORT, default=8430, show_default=True, help="Of the public side, on 127.0.0.1."
)
@click.option("--surge", is_flag=True, help="In the middle of a round-up: eighty requests in two days.")
def command(folder: Path, port: int, relay_port: int, surge: bool) -> None:
    """Start an invented office in FOLDER: nobody in it exists."""
    up.require_free(port, relay_port)
    address = f"http://{up.LOOPBACK}:{relay_port}"
    public = up.relay(folder, relay_port, demo=True)
    worker = up.worker(folder, port, address, demo=True)
    notes = demo.still_fresh(folder, utc_now(), surge=surge)
    bench = None
    if notes is None:
        click.echo("Making an invented office …")
        bench, notes = demo.make(folder, utc_now(), surge=surge)
    with up.running(public):
        if bench is not None:
            demo.deliver(bench, address)
            bench.close()
        with up.running(worker):
            click.echo(WELCOME.format(worker=f"http://{up.LOOPBACK}:{port}", public=address, **_told(notes)))
            up.watch(public, worker)


def _told(notes: demo.Notes) -> dict[str, str]:
    return {
        "passphrase": demo.PASSPHRASES[demo.HERON],
        "second": demo.PASSPHRASES[demo.OTTER],
        "words": notes.words,
        "digits": notes.digits,
    }


WELCOME = """
An invented office is up. Nobody in it exists.

  Worker side   {worker}
  Passphrase    {passphrase}
  A colleague's {second}     (for what two people decide)

  Public side   {public}
  Return code   {words}
                {digits}     (of one invented person)

Try first:
  1. On the public side, answer the questions as an invented person and keep the code you are shown.
  2. On the worker side, unlock; your request stands in the queue. Triage it, write back, open a case.
  3. In the case, choose "Ways out": RU passport, foreign papers, from Grozny, lists unknown.
  4. On the public side, come back with the code and read the reply.

Ctrl-C ends all of it.
"""

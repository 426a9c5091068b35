"""Making and starting an office: ``kunak init``, ``kunak member``, ``kunak up``, ``kunak relay``."""

from pathlib import Path

import click

from kunak.cli import up
from kunak.cli.desk import FOLDER, opened, role_option, say
from kunak.vault import add_member
from kunak.vault.roles import FOUNDER_ROLES
from kunak.workbench import RELAY_KEYS, found_office, founding, open_store, utc_now
from kunak.workbench.founding import fit_code

PORT = click.IntRange(1, 65535)


@click.command()
@FOLDER
@click.option(
    "--member", prompt="Your code in the office (a word, not your name)", help="First member's code."
)
@role_option("What you do; repeatable.", default=FOUNDER_ROLES, show_default=True)
@click.password_option(
    "--passphrase", prompt="Passphrase (five or more random words)", help="Asked for if not given."
)
def init(folder: Path, member: str, held: tuple[str, ...], passphrase: str) -> None:
    """Found an office in FOLDER, with its first member, who is its first admin."""
    bench = found_office(
        folder,
        member=fit_code(member),
        passphrase=passphrase,
        at=utc_now(),
        cost=founding.COST,
        roles_held=held,
    )
    bench.close()
    click.echo(say("The office is founded. If every passphrase is forgotten, nobody can open it again."))
    click.echo(
        say("Some decisions take two people: let the second join on their own machine with `kunak invite`.")
    )


@click.command()
@FOLDER
@click.option("--code", prompt="The new member's code", help="The new member's code.")
@role_option("What they do; repeatable.", default=FOUNDER_ROLES, show_default=True)
@click.password_option(
    "--their-passphrase", prompt="The new member's passphrase (they type it)", help="Asked for if not given."
)
@click.option(
    "--passphrase", prompt="Your own passphrase", hide_input=True, help="A member's. Asked for if not given."
)
def member(folder: Path, code: str, held: tuple[str, ...], their_passphrase: str, passphrase: str) -> None:
    """Add a member who works on this same machine; both are present and type their own passphrase."""
    with opened(folder, passphrase) as bench:
        add_member(bench.vault, fit_code(code), their_passphrase, utc_now(), roles_held=held)
    click.echo(say("Added."))


@click.command(name="up")
@FOLDER
@click.option("--port", type=PORT, default=8420, show_default=True, help="Of the worker side, on 127.0.0.1.")
@click.option(
    "--relay-port", type=PORT, default=8430, show_default=True, help="Of the public side, on 127.0.0.1."
)
@click.option("--relay", default=None, help="Address of a relay that runs elsewhere; none is started here.")
@click.option(
    "--idle-minutes",
    type=click.IntRange(1, 60),
    default=3,
    show_default=True,
    help="Without a sign of anybody for so long, it locks.",
)
def up_command(folder: Path, port: int, relay_port: int, relay: str | None, idle_minutes: int) -> None:
    """Start the office in FOLDER: the worker side, and its relay unless that runs elsewhere."""
    open_store(folder).close()
    here = () if relay or not (folder / RELAY_KEYS).is_file() else (up.relay(folder, relay_port),)
    address = f"http://{up.LOOPBACK}:{relay_port}" if here else relay
    processes = (*here, up.worker(folder, port, address, idle_minutes=idle_minutes))
    up.warn_of_swap()
    up.require_free(*(p.port for p in processes))
    with up.running(*processes):
        click.echo(say("Worker side: {address}", address=f"http://{up.LOOPBACK}:{port}"))
        click.echo(
            say("Public side: {address}", address=address or say("the relay that this device used last"))
        )
        click.echo(say("Ctrl-C ends all of it."))
        up.watch(*processes)


@click.command()
@FOLDER
@click.option("--port", type=PORT, default=8430, show_default=True, help="On 127.0.0.1.")
def relay(folder: Path, port: int) -> None:
    """Start only the relay of the office whose public keys are in FOLDER (relay-keys.json)."""
    process = up.relay(folder, port)
    up.require_free(port)
    with up.running(process):
        click.echo(say("Public side: {address}", address=f"http://{up.LOOPBACK}:{port}"))
        up.watch(process)

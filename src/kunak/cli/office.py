"""Making and starting an office: ``kunak init``, ``kunak member``, ``kunak up``, ``kunak relay``."""

from pathlib import Path
from typing import ClassVar

import click

from kunak.cli import up
from kunak.errors import Refused
from kunak.vault import Vault, add_member
from kunak.workbench import found_office, open_store, utc_now

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
PORT = click.IntRange(1, 65535)


class MemberCodeUnfit(Refused):
    """A member's code is 3 to 20 small letters, digits or hyphens, and begins with a letter."""

    code: ClassVar[str] = "member-code-unfit"
    hint: ClassVar[str] = "Take a word that says nothing about the person, such as heron."


def _code(code: str) -> str:
    fit = code.isascii() and 3 <= len(code) <= 20 and code[0].isalpha() and code == code.lower()
    if not fit or not code.replace("-", "").isalnum():
        raise MemberCodeUnfit
    return code


@click.command()
@FOLDER
@click.option(
    "--member", prompt="Your code in the office (a word, not your name)", help="First member's code."
)
@click.password_option(
    "--passphrase", prompt="Passphrase (five or more random words)", help="Asked for if not given."
)
def init(folder: Path, member: str, passphrase: str) -> None:
    """Found an office in FOLDER, with its first member."""
    found_office(folder, member=_code(member), passphrase=passphrase, at=utc_now()).close()
    click.echo("The office is founded. If every passphrase is forgotten, nobody can open it again.")
    click.echo("Two people are needed for some decisions: add the second with `kunak member`.")


@click.command()
@FOLDER
@click.option("--code", prompt="The new member's code", help="The new member's code.")
@click.password_option(
    "--their-passphrase", prompt="The new member's passphrase (they type it)", help="Asked for if not given."
)
@click.option(
    "--passphrase", prompt="Your own passphrase", hide_input=True, help="A member's. Asked for if not given."
)
def member(folder: Path, code: str, their_passphrase: str, passphrase: str) -> None:
    """Add a member to the office in FOLDER; both are present and type their own passphrase."""
    vault = Vault.unlock(open_store(folder), passphrase=passphrase)
    try:
        add_member(vault, _code(code), their_passphrase, utc_now())
    finally:
        vault.close()
    click.echo("Added.")


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
    here = () if relay else (up.relay(folder, relay_port),)
    address = relay or f"http://{up.LOOPBACK}:{relay_port}"
    processes = (*here, up.worker(folder, port, address, idle_minutes=idle_minutes))
    up.warn_of_swap()
    up.require_free(*(p.port for p in processes))
    with up.running(*processes):
        click.echo(f"Worker side: http://{up.LOOPBACK}:{port}")
        click.echo(f"Public side: {address}")
        click.echo("Ctrl-C ends both.")
        up.watch(*processes)


@click.command()
@FOLDER
@click.option("--port", type=PORT, default=8430, show_default=True, help="On 127.0.0.1.")
def relay(folder: Path, port: int) -> None:
    """Start only the relay of the office whose public keys are in FOLDER (relay-keys.json)."""
    process = up.relay(folder, port)
    up.require_free(port)
    with up.running(process):
        click.echo(f"Public side: http://{up.LOOPBACK}:{port}")
        up.watch(process)

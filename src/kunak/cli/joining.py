"""Coming in: ``kunak invite``, ``kunak join``, ``kunak admit``, ``kunak renew``.

A newcomer's ask and the admin's answer meet at the office's relay, or as two files in a folder that somebody
carries. What makes either safe is the joining code, which the admin says to the newcomer in person.
"""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import click
import segno

from kunak.cli.desk import FOLDER, PASSPHRASE, RELAY, language, linked, opened, role_option, say
from kunak.cli.members import keys_follow
from kunak.errors import Refused
from kunak.exchange.doorstep import Doorstep, handle_of
from kunak.vault import joining as vault_joining
from kunak.vault import membership, trust
from kunak.vault.folder import FolderNotUsable
from kunak.vault.joining import Invitation
from kunak.workbench import Workbench, joining
from kunak.workbench.founding import fit_code

LOOK_EVERY_S = 3.0
CARRIED = click.option(
    "--folder",
    "carried",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder that is carried between the machines, e.g. on a stick.",
)


class WayNeeded(Refused):
    """It is not said how the two machines reach each other."""

    code: ClassVar[str] = "way-needed"
    hint: ClassVar[str] = "Give --relay with the address of the office's relay, or --folder for a stick."


@click.command()
@FOLDER
@click.option("--member", prompt="The new member's code (a word, not a name)", help="Whom the code is for.")
@role_option("What they do; repeatable.")
@click.option("--admin", is_flag=True, help="They may admit and remove others too.")
@RELAY
@PASSPHRASE
def invite(
    folder: Path, member: str, held: tuple[str, ...], admin: bool, relay: str | None, passphrase: str
) -> None:
    """Make a joining code for a new member of the office in FOLDER, or for another device of a member."""
    with opened(folder, passphrase) as bench:
        _invite(bench, fit_code(member), held, relay, admin=admin)


@click.command()
@FOLDER
@click.argument("member")
@RELAY
@PASSPHRASE
def renew(folder: Path, member: str, relay: str | None, passphrase: str) -> None:
    """Make a joining code for a new device of MEMBER: when it joins, their other devices are removed."""
    with opened(folder, passphrase) as bench:
        if bench.vault.office.epoch.member(member) is None:
            raise membership.NoSuchMember
        _invite(bench, member, (), relay, replacing=True)


def _invite(
    bench: Workbench,
    member: str,
    held: tuple[str, ...],
    relay: str | None,
    *,
    admin: bool = False,
    replacing: bool = False,
) -> None:
    made = vault_joining.invite(bench.vault, member, held, bench.now(), admin=admin, replacing=replacing)
    _show(made)
    with linked(bench, relay) as link:
        if link is None:
            click.echo(say("No relay was named: let the newcomer join with --folder, on a stick."))
            return
        link.round(bench)
        link.expect(bench.vault, made)
        click.echo(
            say("The relay expects them until the code ends. Their relay: {address}", address=link.address)
        )


def _show(made: Invitation) -> None:
    spelled = joining.spelled(made.code, language())
    click.echo(
        say("Say this to them in person, or show it. It is good once, for 24 hours, and for nobody else.")
    )
    click.echo("\n  " + " ".join(spelled.words))
    click.echo("  " + " ".join(spelled.digits) + "\n")
    drawn = io.StringIO()
    segno.make_qr(spelled.payload, error="m").terminal(drawn, border=2, compact=True)
    click.echo(drawn.getvalue())
    click.echo(
        say(
            "They type on their own machine: kunak join FOLDER --member {member}. Then you: kunak admit FOLDER.",
            member=made.member,
        )
    )


@click.command()
@FOLDER
@click.option("--member", prompt="Your code in the office (the admin tells you)", help="Your own code.")
@click.option("--code", prompt="The joining code, in words or digits", help="What the admin says to you.")
@click.option("--relay", help="Address of the office's relay.")
@CARRIED
@click.option(
    "--wait",
    type=click.IntRange(0, 1440),
    default=10,
    show_default=True,
    help="Minutes to wait at the relay for the admin. The same command again goes on.",
)
@click.option(
    "--passphrase", help="The one you will open the office with. Asked for when the answer is there."
)
def join(
    folder: Path,
    member: str,
    code: str,
    relay: str | None,
    carried: Path | None,
    wait: int,
    passphrase: str | None,
) -> None:
    """Join an office by a joining code, with a new FOLDER on your own machine."""
    if relay is None and carried is None:
        raise WayNeeded
    secret = joining.read_code(code)
    asked = joining.ask(folder, fit_code(member), secret)
    if relay is not None:
        answered = _at_the_relay(relay, joining.place_of(secret), asked, wait)
    else:
        answered = _in_a_folder(carried or folder, joining.place_of(secret), asked)
    if answered is None:
        click.echo(
            say("There is no answer yet. When the admin has admitted you, type the same command again.")
        )
        return
    joining.finish(folder, secret, answered, passphrase or _new_passphrase()).close()
    if relay is not None:
        _leave(relay, joining.place_of(secret))
    click.echo(say("You belong to the office now. Start it with: kunak up {folder}", folder=folder))
    click.echo(say("Sync before you begin: kunak sync {folder}", folder=folder))


def _new_passphrase() -> str:
    prompt = say("Your passphrase from now on (five or more random words)")
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))


def _at_the_relay(address: str, place: bytes, asked: bytes, wait: int) -> bytes | None:
    door = Doorstep(address, place)
    try:
        answered = door.told()
        if answered is None:
            door.ask(asked)
            click.echo(say("You have asked. Now the admin types: kunak admit FOLDER"))
            answered = _waiting(door.told, wait)
        return answered
    finally:
        door.close()


def _waiting(look: Callable[[], bytes | None], wait: int) -> bytes | None:
    until = time.monotonic() + 60 * wait
    while time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
        found = look()
        if found is not None:
            return found
    return None


def _leave(address: str, place: bytes) -> None:
    door = Doorstep(address, place)
    try:
        door.leave()
    finally:
        door.close()


def _in_a_folder(carried: Path, place: bytes, asked: bytes) -> bytes | None:
    try:
        answer = _file(carried, "answer", place)
        if answer.is_file():
            return answer.read_bytes()
        carried.mkdir(parents=True, exist_ok=True)
        _file(carried, "ask", place).write_bytes(asked)
    except OSError:
        raise FolderNotUsable from None
    click.echo(say("Your ask is in {file}. Give the folder to the admin.", file=_file(carried, "ask", place)))
    return None


@click.command()
@FOLDER
@RELAY
@CARRIED
@PASSPHRASE
def admit(folder: Path, relay: str | None, carried: Path | None, passphrase: str) -> None:
    """Let in who has asked with a joining code of yours, into the office in FOLDER."""
    with opened(folder, passphrase) as bench:
        membership.require_admin(bench.vault)
        if carried is not None:
            admitted = _admit_from(bench, carried)
        else:
            with linked(bench, relay) as link:
                if link is None:
                    raise WayNeeded
                admitted = link.admit(bench)
        for member in admitted:
            click.echo(say("{member} is let in.", member=member))
        if not admitted:
            click.echo(say("Nobody has asked yet with a code that is still good."))
            return
        keys_follow(bench, folder, relay)
        _tell_vouching(bench, admitted)


def _tell_vouching(bench: Workbench, admitted: tuple[str, ...]) -> None:
    vault = bench.vault
    for code in admitted:
        member = vault.office.epoch.member(code)
        if member is not None and not trust.is_vouched(vault.office, member):
            click.echo(
                say(
                    "Until a second member vouches for {member} (kunak vouch), they read the index alone.",
                    member=code,
                )
            )


def _admit_from(bench: Workbench, carried: Path) -> tuple[str, ...]:
    admitted = []
    try:
        for invitation in vault_joining.open_invitations(bench.vault, bench.now()):
            place = joining.place_of(invitation.code)
            ask, answered = _file(carried, "ask", place), joining.untold(bench.vault, invitation)
            if answered is None and ask.is_file():
                _, answered = joining.answer(bench.vault, invitation, ask.read_bytes(), bench.now())
            if answered is not None:
                _file(carried, "answer", place).write_bytes(answered)
                joining.was_told(bench.vault, invitation)
                ask.unlink(missing_ok=True)
                admitted.append(invitation.member)
    except OSError:
        raise FolderNotUsable from None
    return tuple(admitted)


def _file(carried: Path, what: str, place: bytes) -> Path:
    return carried / f"{what}-{handle_of(place)[:8]}.bin"

"""Who belongs: ``kunak members``, ``kunak vouch``, ``kunak roles``, ``kunak remove``."""

from itertools import groupby
from pathlib import Path
from typing import ClassVar

import click

from kunak.cli.desk import FOLDER, PASSPHRASE, RELAY, linked, opened, role_option, say, translate
from kunak.errors import Refused, Unreachable
from kunak.exchange.link import Link
from kunak.vault import membership, roles, trust
from kunak.vault.epochs import Device, Member
from kunak.vault.membership import CouldRead, Removal
from kunak.workbench import RELAY_KEYS, Workbench, write_relay_keys
from kunak.workbench.founding import device_mark
from kunak.workbench.rounds import heard_of, two_histories


class ThisDevice(Refused):
    """This is the device that you work on: it cannot remove itself."""

    code: ClassVar[str] = "this-device"
    hint: ClassVar[str] = "Ask another admin. To make it unreadable now, use `kunak panic FOLDER`."


class WhomToRemove(Refused):
    """Say whom to remove: a member, or one device."""

    code: ClassVar[str] = "whom-to-remove"
    hint: ClassVar[str] = "Give the member's code, or --device with its mark from `kunak members`."


@click.command()
@FOLDER
@PASSPHRASE
def members(folder: Path, passphrase: str) -> None:
    """List the members of the office in FOLDER: roles, devices, who is vouched for."""
    with opened(folder, passphrase) as bench:
        document = bench.vault.office.epoch.document
        for member in document.members:
            if not roles.is_seal(member):
                click.echo(_line(bench, member))
                for heard in heard_of(bench):
                    if heard.member == member.code:
                        when = heard.at.strftime("%Y-%m-%d") if heard.at else say("never")
                        this = " · " + say("this device") if heard.is_this else ""
                        last = say("last heard of: {day}", day=when)
                        click.echo(f"  {device_mark(heard.device)}  {last}{this}")
        _tell_split(bench)


def _tell_split(bench: Workbench) -> None:
    """That two admins have removed each other, and what to do."""
    split = two_histories(bench)
    if split is None:
        return
    click.echo(
        say(
            "This office has two histories: {one} and {other} removed each other before either had heard of it."
            " This machine follows {one}.",
            one=split.follows,
            other=", ".join(split.others),
        )
    )
    if split.thirds:
        click.echo(
            say(
                "An admin whom neither removed settles it for all by syncing: {members}.",
                members=", ".join(split.thirds),
            )
        )
    else:
        click.echo(
            say(
                "Decide together which of the two goes on. Whoever followed the other then joins anew, by a code of"
                " the one who stays."
            )
        )


def _line(bench: Workbench, member: Member) -> str:
    office = bench.vault.office
    words = [member.code, ", ".join(member.roles)]
    if member.admin:
        words.append(say("admin"))
    if not trust.is_vouched(office, member):
        can = trust.vouchable(office, member, bench.member)
        words.append(say("waits for you or another to vouch") if can else say("waits for a second to vouch"))
    return "  ".join(words)


@click.command()
@FOLDER
@click.argument("member", required=False)
@PASSPHRASE
def vouch(folder: Path, member: str | None, passphrase: str) -> None:
    """Say that you know the person behind MEMBER. Without MEMBER: list for whom you could."""
    with opened(folder, passphrase) as bench:
        if member is None:
            waiting = membership.awaiting_vouch(bench.vault)
            click.echo(", ".join(waiting) if waiting else say("Nobody waits for you to vouch for them."))
            return
        membership.vouch(bench.vault, member, bench.now())
        click.echo(say("You vouch for {member}. The others hear of it when you sync.", member=member))


@click.command(name="roles")
@FOLDER
@click.argument("member")
@role_option("Repeatable.", required=True)
@click.option(
    "--admin/--no-admin", default=None, help="Whether they may admit and remove; as before if not given."
)
@RELAY
@PASSPHRASE
def change_roles(
    folder: Path, member: str, held: tuple[str, ...], admin: bool | None, relay: str | None, passphrase: str
) -> None:
    """Give MEMBER other roles. What they lose they can still read as far as it was written before."""
    with opened(folder, passphrase) as bench:
        known = bench.vault.office.epoch.member(member)
        as_before = known is not None and known.admin
        membership.change_member(
            bench.vault, member, bench.now(), roles_held=held, admin=as_before if admin is None else admin
        )
        click.echo(say("Changed: {member} is {roles} now.", member=member, roles=", ".join(held)))
        keys_follow(bench, folder, relay)


@click.command()
@FOLDER
@click.argument("member", required=False)
@click.option("--device", "mark", help="Only this device, by its mark in the list of members.")
@RELAY
@PASSPHRASE
def remove(folder: Path, member: str | None, mark: str | None, relay: str | None, passphrase: str) -> None:
    """Remove MEMBER with all devices, or one device, and list what it could read."""
    if (member is None) == (mark is None):
        raise WhomToRemove
    with opened(folder, passphrase) as bench:
        membership.require_admin(bench.vault)
        if mark is not None:
            removal = _remove_device(bench, _device(bench, mark))
        else:
            removal = _remove_member(bench, member or "")
        click.echo(say("Removed. What is written from now on they cannot open; the relay refuses them."))
        tell_removal(removal)
        keys_follow(bench, folder, relay)


def _remove_member(bench: Workbench, member: str) -> Removal:
    if member == bench.member:
        raise ThisDevice
    return membership.remove_member(bench.vault, member, bench.now())


def _remove_device(bench: Workbench, device: Device) -> Removal:
    if device.id == bench.vault.identity.device:
        raise ThisDevice
    return membership.remove_device(bench.vault, device.id, bench.now())


def _device(bench: Workbench, mark: str) -> Device:
    wanted = mark.replace("-", "").lower()
    found = [one for one in bench.vault.office.epoch.document.devices if one.id.hex().startswith(wanted)]
    if len(found) != 1 or len(wanted) < 8:
        raise membership.NoSuchMember
    return found[0]


def tell_removal(removal: Removal) -> None:
    """What the removed devices could read, by code."""
    marks = ", ".join(device_mark(device) for device in removal.devices)
    click.echo(say("What {devices} could read:", devices=marks))
    for subject, rows in groupby(removal.could_read, key=lambda one: one.subject):
        click.echo(f"  {subject}: {', '.join(_named(one) for one in rows)}")
    if not removal.could_read:
        click.echo("  " + say("nothing that this device can name"))
    if removal.unnamed:
        click.echo(
            "  "
            + say(
                "and {count} files that this device cannot name: a colleague who reads them can.",
                count=removal.unnamed,
            )
        )


def _named(one: CouldRead) -> str:
    return (
        say("{what} (half a key: it opens nothing alone)", what=one.compartment)
        if one.share
        else one.compartment
    )


def keys_follow(bench: Workbench, folder: Path, relay: str | None) -> None:
    """After a change of members: the relay is told, if there is one, and the relay's file written anew.

    In this order: a relay that runs beside the office starts anew when its file changes.
    """
    with linked(bench, relay) as link:
        if link is None:
            click.echo(say("Sync, so that the others hear of it."))
        else:
            _tell_relay(bench, link)
    if (folder / RELAY_KEYS).is_file():
        write_relay_keys(folder, bench.vault)


def _tell_relay(bench: Workbench, link: Link) -> None:
    try:
        link.round(bench)
    except Unreachable as trouble:
        later = say("The relay is told at the next sync.")
        click.echo(f"{trouble.sentence(translate)} {later}", err=True)
    else:
        click.echo(say("The relay is told, and the others hear of it there."))

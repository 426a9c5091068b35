"""What the commands have in common: the language, an office opened with a passphrase, how things are named."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from kunak.exchange.link import Link
from kunak.language import catalogue, choose
from kunak.vault.receiving import Received
from kunak.vault.roles import ROLES
from kunak.web.forms import N_
from kunak.web.opening import open_or_wipe
from kunak.workbench import Workbench, retention, utc_now
from kunak.workbench.founding import device_mark
from kunak.workbench.syncing import note_relay, relay_of

F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
PASSPHRASE = click.option(
    "--passphrase", prompt="Your passphrase", hide_input=True, help="Your own. Asked for if not given."
)
RELAY = click.option("--relay", help="Address of the office's relay. Without it: the one used last.")


def role_option(said: str, **more: Any) -> Callable[[F], F]:
    """``--role``, repeatable: what a member does, so what their keys open."""
    return click.option("--role", "held", multiple=True, type=click.Choice(ROLES), help=said, **more)


WAITS = {
    "clock-ahead": N_(
        "{count} records bear an hour more than a day ahead of this computer's clock. Nothing is lost: they"
        " are taken in once the clocks agree. Compare this computer's date with your colleagues'."
    ),
    "gap": N_(
        "{count} records wait for an earlier one that has not come yet. They are taken in when it does."
    ),
    "unknown-epoch": N_(
        "{count} records are of a time after a change of members that has not come here yet. Sync again, or"
        " ask for a bundle with everything."
    ),
    "incomplete": N_("{count} records came without all that belongs to them. Sync again."),
    "removed-device": N_(
        "{count} records were written on a device after it was removed. They do not count, and are kept aside."
    ),
    "other-history": N_(
        "{count} records contradict what the same device wrote before: it may have been copied, or an old backup"
        " is in use. Tell the office's admin; nothing was overwritten."
    ),
}


def say(sentence: str, **facts: object) -> str:
    """A sentence in the language of this terminal, its facts filled in."""
    return translate(sentence).format(**facts)


def translate(sentence: str) -> str:
    """A sentence in the language of this terminal, its facts not filled in yet."""
    return catalogue(language()).gettext(sentence)


def language() -> str:
    """The language of this terminal, as its environment says."""
    wanted = (os.environ.get(name, "") for name in ("KUNAK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return choose(name.split("_")[0] for name in wanted if name)


def tell(sentence: str, **facts: object) -> None:
    """Say a sentence that was marked with ``N_``."""
    click.echo(say(sentence, **facts))


@contextmanager
def opened(folder: Path, passphrase: str) -> Iterator[Workbench]:
    """The office in a folder. What is due to be destroyed is destroyed first, as at each unlocking."""
    bench = open_or_wipe(folder, passphrase, now=utc_now)
    try:
        tell_swept(retention.sweep(bench), quiet=True)
        yield bench
    finally:
        bench.close()


def tell_swept(done: tuple[retention.Due, ...], *, quiet: bool = False) -> None:
    """What a sweep did; with ``quiet``, only what it destroyed."""
    for one in done:
        if one.rule.then == retention.SHRED:
            click.echo(say("Destroyed, because its time was over: {code} ({rule}).", **_named(one)))
        elif not quiet:
            click.echo(say("To be looked at by a person: {code} ({rule}).", **_named(one)))


def _named(one: retention.Due) -> dict[str, str]:
    return {"code": one.subject, "rule": one.rule.name.replace("_", " ")}


@contextmanager
def linked(bench: Workbench, relay: str | None) -> Iterator[Link | None]:
    """The link to the relay named, or to the one used last; None where there is none."""
    address = relay or relay_of(bench)
    if address is None:
        yield None
        return
    link = Link(address)
    try:
        yield link
        note_relay(bench, address)
    finally:
        link.close()


def tell_received(bench: Workbench, received: Received) -> None:
    """What came, and in a sentence for each reason what waits, was turned away or cannot be read."""
    click.echo(say("Taken in: {count}.", count=received.taken))
    for why, count in sorted(received.waiting.items()):
        tell(WAITS[why], count=count)
    if received.turned_away:
        click.echo(
            say(
                "{count} records were turned away: they are no records of this office, or were changed on the way.",
                count=received.turned_away,
            )
        )
    bench.refresh()
    _tell_unread(bench)


def _tell_unread(bench: Workbench) -> None:
    """Whose records lie here as they were signed and cannot be read."""
    for one, count in sorted(bench.unread.items()):
        tell(
            N_(
                "{count} records of {device} cannot be read, though they lie here just as it signed them. The"
                " program on that machine is damaged, or somebody changed it. Tell an admin, who can remove the"
                " device."
            ),
            count=count,
            device=devices(((one.member, one.device),)),
        )


def devices(pairs: tuple[tuple[str, bytes], ...]) -> str:
    """Devices by member and mark, in one line."""
    return ", ".join(f"{member} {device_mark(device)}" for member, device in pairs)

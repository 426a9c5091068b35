"""``kunak succession``: the office's seal, for the day on which it can no longer act itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from kunak.cli.desk import FOLDER, PASSPHRASE, RELAY, WAITS, opened, role_option, say, tell, translate
from kunak.cli.kit import LANGUAGE, PageNotWritten, read_text, write_page
from kunak.cli.members import keys_follow
from kunak.errors import KunakError, Refused
from kunak.vault import succession as sealing
from kunak.vault import wipe
from kunak.vault.membership import require_admin
from kunak.vault.paper import TrusteeCard
from kunak.vault.restoring import ROLES, Restored, Successor
from kunak.workbench import succession as taking_over
from kunak.workbench import utc_now
from kunak.workbench.founding import fit_code

CARD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def succession() -> None:
    """The office's seal: outside trustees, enough of them together, let others go on."""


@succession.command()
@FOLDER
@click.option("--trustees", type=click.IntRange(2, 255), required=True, help="How many cards there will be.")
@click.option("--needed", type=click.IntRange(2, 255), required=True, help="How many open the seal together.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new folder for the pages, one for each trustee.",
)
@LANGUAGE
@RELAY
@PASSPHRASE
def make(
    folder: Path,
    trustees: int,
    needed: int,
    out: Path,
    wanted: str | None,
    relay: str | None,
    passphrase: str,
) -> None:
    """Make a seal for the office in FOLDER, with a page for each trustee. An earlier seal goes out of use."""
    with opened(folder, passphrase) as bench:
        require_admin(bench.vault)
        dealt = sealing.deal(trustees, needed)
        with _pages(out, dealt.cards, wanted):
            sealing.make(bench.vault, dealt, bench.now())
        keys_follow(bench, folder, relay)
    click.echo(
        say(
            "{count} pages are in {folder}. Print each, give each to its trustee, then destroy the files:"
            " {needed} of them open the seal.",
            count=trustees,
            folder=out,
            needed=needed,
        )
    )
    click.echo(
        say(
            "The seal gets no key until a second member who saw this vouches for it: kunak succession vouch FOLDER."
        )
    )


@succession.command()
@FOLDER
@PASSPHRASE
def vouch(folder: Path, passphrase: str) -> None:
    """Say, as a second member, that the cards went to the trustees and nobody kept a copy. It takes effect then."""
    with opened(folder, passphrase) as bench:
        sealing.vouch(bench.vault, bench.now())
    click.echo(say("You vouch for the seal. It gets its keys now, and from the others when they sync."))


@succession.command()
@FOLDER
@PASSPHRASE
def status(folder: Path, passphrase: str) -> None:
    """Say how it stands with the seal of the office in FOLDER: who made it, and what it would open."""
    with opened(folder, passphrase) as bench:
        standing = sealing.standing(bench.vault)
    click.echo(say("Made by {member}, on {day}.", member=standing.by, day=f"{standing.at:%Y-%m-%d}"))
    if not standing.whole:
        click.echo(say("It is not whole: two admins changed something apart. Make it again, with new cards."))
    if standing.in_force:
        click.echo(say("In force: a second member has vouched for it."))
    elif standing.yours_to_vouch:
        click.echo(say("Not in force: you may vouch for it, with kunak succession vouch FOLDER."))
    else:
        click.echo(say("Not in force: a second member must vouch for it."))
    click.echo(
        say(
            "Of the files that this device can name and a successor needs, it holds the keys of {sealed}, and lacks"
            " those of {lacking}.",
            sealed=standing.sealed,
            lacking=standing.lacking,
        )
    )
    if standing.in_force and standing.lacking:
        click.echo(say("What it lacks it gets when the colleagues who hold the keys open Kunak and sync."))


@succession.command()
@FOLDER
@RELAY
@PASSPHRASE
def end(folder: Path, relay: str | None, passphrase: str) -> None:
    """Take the seal out of the office in FOLDER: its cards open no newer copy."""
    with opened(folder, passphrase) as bench:
        sealing.end(bench.vault, bench.now())
        keys_follow(bench, folder, relay)
    click.echo(say("The seal is taken out. Copies of the store that are older still open with its cards."))


@succession.command()
@click.argument("copy", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--card",
    "files",
    type=CARD_FILE,
    multiple=True,
    help="A text file with a card's words, digits or QR code; repeatable. Else they are asked for.",
)
@click.option("--code", prompt="The successor's code (a word, not a name)", help="Who goes on.")
@click.option("--second-code", help="A second successor: what two must open takes two.")
@click.option(
    "--going-on", multiple=True, help="A member of before who stays; repeatable. All others are removed."
)
@role_option("What they do; repeatable.")
@click.option("--passphrase", help="The successor's. Asked for if not given.")
@click.option("--second-passphrase", help="The second successor's. Asked for if not given.")
def restore(
    copy: Path,
    folder: Path,
    files: tuple[Path, ...],
    code: str,
    second_code: str | None,
    going_on: tuple[str, ...],
    held: tuple[str, ...],
    passphrase: str | None,
    second_passphrase: str | None,
) -> None:
    """Take an office over, with cards, from a COPY of its store (a device's folder or file) into a new FOLDER."""
    cards = [TrusteeCard.read(read_text(file)) for file in files] or _asked()
    named = [(code, passphrase), *([(second_code, second_passphrase)] if second_code else [])]
    successors = [
        Successor(fit_code(each), typed or _passphrase_of(each), held or ROLES) for each, typed in named
    ]
    done = taking_over.take_over(copy, folder, cards, successors, utc_now(), going_on=going_on)
    _tell(done, folder, len(successors))


@contextmanager
def _pages(out: Path, cards: Sequence[TrusteeCard], wanted: str | None) -> Iterator[None]:
    """The pages are written first; if the seal cannot be made, they are destroyed. Raises PageNotWritten."""
    try:
        out.mkdir(mode=0o700)
    except OSError:
        raise PageNotWritten from None
    try:
        for card in cards:
            write_page(out / f"card-{card.share.x}.html", card, wanted)
        yield
    except KunakError:
        wipe.scrub(out)
        raise


def _passphrase_of(code: str) -> str:
    asked = say("The passphrase of {code} from now on (five or more random words)", code=code)
    return str(click.prompt(asked, hide_input=True, confirmation_prompt=True))


def _asked() -> list[TrusteeCard]:
    """The cards, as they are typed one after another, until there are enough and no more come."""
    cards: list[TrusteeCard] = []
    while True:
        enough = bool(cards) and len(set(cards)) >= cards[0].threshold
        asked = say("Card {number}, in words or digits, or what its QR code holds", number=len(cards) + 1)
        if enough:
            typed = str(click.prompt(asked + say(" (Enter: no more)"), default="", show_default=False))
        else:
            typed = str(click.prompt(asked))
        if enough and not typed.strip():
            return cards
        try:
            cards.append(TrusteeCard.read(typed))
        except Refused as unread:
            click.echo(f"{unread.sentence(translate)} {unread.advice(translate)}", err=True)


def _tell(done: Restored, folder: Path, successors: int) -> None:
    click.echo(say("The office is taken over. Start it with: kunak up {folder}", folder=folder))
    if done.removed:
        click.echo(say("Removed, with all their devices: {members}.", members=", ".join(done.removed)))
    click.echo(
        say(
            "Opened: {dossiers} files; {shares} more that two open together; closed for the seal, and so for you:"
            " {closed}.",
            dossiers=done.dossiers,
            shares=done.shares,
            closed=done.closed,
        )
    )
    for why, count in sorted(done.waiting.items()):
        tell(WAITS[why], count=count)
    if done.shares and successors == 1:
        click.echo(
            say(
                "What two must open stays closed as long as you are alone and nobody of before goes on:"
                " restore anew with --second-code."
            )
        )
    click.echo(
        say(
            "The old cards have been out of their holders' hands. Make a new seal now: kunak succession make"
            " {folder}.",
            folder=folder,
        )
    )
    click.echo(say("Set the office's relay up anew with the relay-keys.json in this folder."))

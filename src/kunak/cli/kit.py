"""``kunak kit``: a member's recovery kit on paper, and the way back in with it."""

import os
from pathlib import Path
from typing import Any, ClassVar

import click

from kunak.cli.desk import FOLDER, language, say
from kunak.errors import Refused
from kunak.language import OFFERED, catalogue
from kunak.vault import seal, wipe
from kunak.vault.keys import DuressGiven, Typed
from kunak.vault.office import load_keystore
from kunak.vault.paper import RecoveryKit, TrusteeCard, kit_page
from kunak.web.opening import begin_again
from kunak.workbench import open_store

LANGUAGE = click.option(
    "--language",
    "wanted",
    type=click.Choice(tuple(OFFERED)),
    help="Of the words and the page; without it, that of this terminal.",
)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class PageNotWritten(Refused):
    """The page cannot be written there: something of that name is there already, or the folder is not there."""

    code: ClassVar[str] = "page-not-written"
    hint: ClassVar[str] = (
        "Choose another place, best on a memory that is gone when the computer is switched off."
    )


class _OrMake(click.Group):
    """``kunak kit FOLDER`` is ``kunak kit make FOLDER``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        chosen: Any = args if args and args[0] in self.commands else ["make", *args]
        return super().resolve_command(ctx, chosen)


@click.group(cls=_OrMake)
def kit() -> None:
    """A recovery kit on paper: it opens a member's keys when the passphrase is forgotten."""


@kit.command()
@FOLDER
@click.option("--out", type=NEW_FILE, required=True, help="The page to be printed, as a new file.")
@LANGUAGE
@click.option("--keyfile", type=OLD_FILE, help="Your keyfile, if you use one.")
@click.option(
    "--passphrase", prompt="Your passphrase", hide_input=True, help="Your own. Asked for if not given."
)
def make(folder: Path, out: Path, wanted: str | None, keyfile: Path | None, passphrase: str) -> None:
    """Make your recovery kit for the office in FOLDER, as a page to print. An earlier one goes out of use."""
    store = open_store(folder)
    own = Typed(passphrase, None if keyfile is None else keyfile.read_bytes())
    try:
        keystore = load_keystore(store)
        made = RecoveryKit.new(seal.digest(keystore.open(own).identity.office))
        changed = keystore.with_recovery(own, made.secret)
        write_page(out, made, wanted)
        wipe.replace_keys(store, changed)
    except DuressGiven as given:
        begin_again(folder, store, given).close()
    finally:
        store.close()
    click.echo(
        say("The page is in {file}. Print it, then destroy the file: whoever has it has your keys.", file=out)
    )


@kit.command(name="open")
@FOLDER
@click.option(
    "--kit", "paper", type=OLD_FILE, help="A text file with its words, digits or QR code; else asked for."
)
@click.option("--new-keyfile", type=OLD_FILE, help="Your keyfile from now on, if you want one.")
@click.option("--new-passphrase", help="The one from now on. Asked for if not given.")
def open_command(
    folder: Path, paper: Path | None, new_keyfile: Path | None, new_passphrase: str | None
) -> None:
    """Set a new passphrase in the office in FOLDER with your recovery kit, which stays good."""
    store = open_store(folder)
    try:
        keystore = load_keystore(store)
        asked = say("The recovery kit, in words or digits, or what its QR code holds")
        read = RecoveryKit.read(read_text(paper) if paper else click.prompt(asked))
        keystore.open_recovery(read.secret)
        new = new_passphrase or click.prompt(
            say("Your passphrase from now on (five or more random words)"),
            hide_input=True,
            confirmation_prompt=True,
        )
        keyfile = None if new_keyfile is None else new_keyfile.read_bytes()
        wipe.replace_keys(store, keystore.with_passphrase_recovered(read.secret, new, keyfile))
    finally:
        store.close()
    click.echo(say("Done. The passphrase before opens nothing any more."))


def read_text(path: Path) -> str:
    """What somebody typed or scanned into a file; whatever else it is will not be read as a paper."""
    return path.read_text(encoding="utf-8", errors="replace").strip()


def write_page(path: Path, paper: RecoveryKit | TrusteeCard, wanted: str | None, corner: str = "") -> None:
    """A page to be printed, in a new file that only its owner may read. Raises PageNotWritten."""
    chosen = wanted or language()
    page = kit_page(paper, language=chosen, say=catalogue(chosen).gettext, corner=corner)
    write_new(path, page.encode("utf-8"))


def write_new(path: Path, page: bytes) -> None:
    """A new file that only its owner may read. Raises PageNotWritten."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(page)
    except OSError:
        raise PageNotWritten from None

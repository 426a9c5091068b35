"""``kunak intake-file``: requests that a partner without Kunak hands over in a file."""

import sys
from pathlib import Path

import click

from kunak.cli.desk import FOLDER, PASSPHRASE, opened, say, tell, translate
from kunak.cli.kit import NEW_FILE, OLD_FILE, write_new
from kunak.exchange.partners import Found, Taken, read, take_in
from kunak.exchange.partners.tables import MOST_BYTES
from kunak.exchange.partners.template import BLANKS, MOST_BLANKS, schema, template
from kunak.exchange.partners.xlsform import xlsform
from kunak.vault import seal, wipe
from kunak.web.forms import N_
from kunak.web.words import tables

_UNREAD_ROWS = 2  # exit code when rows were not read
_LEFT_UNREAD = N_("Columns that ask nothing of ours were left unread: {names}")
_NAME_LEFT_OUT = N_("Row {number}: a name was left out, since nothing says how the person can be reached.")
_TELLS = N_(
    "Row {number}: the words seem to tell of {kinds}. They stay the person's words: copy nothing of it into other"
    " fields."
)
_NEVER_READ = N_(
    "Never read: {name} ({kind}). It stands in the file all the same: ask the partner not to collect it, and to"
    " destroy what they have."
)


@click.group(name="intake-file")
def intake_file() -> None:
    """Requests from a partner without Kunak, in a file: what they fill in, and reading it."""


@intake_file.command(name="template")
@click.argument("out", type=NEW_FILE)
@click.option(
    "--as", "kind", type=click.Choice(("json", "schema", "xlsform")), default="json", show_default=True,
    help="A file with blank requests, its schema, or a form for KoBo and ODK.",
)  # fmt: skip
@click.option(
    "--blanks", type=click.IntRange(1, MOST_BLANKS), default=BLANKS, show_default=True,
    help="How many blank requests.",
)  # fmt: skip
def template_command(out: Path, kind: str, blanks: int) -> None:
    """Write what a partner fills in to the new file OUT."""
    made = {"json": lambda: template(blanks), "schema": schema, "xlsform": xlsform}[kind]()
    write_new(out, made)
    click.echo(say("Written. Filled in, it is plain: whoever holds it on the way reads it."))


@intake_file.command()
@click.argument("file", type=OLD_FILE)
def check(file: Path) -> None:
    """Look what of FILE can be read, without an office; nothing that stands in a row is shown."""
    found = read(_content(file))
    click.echo(say("Rows that can be read: {count}.", count=len(found.rows)))
    _tell(found)
    sys.exit(_UNREAD_ROWS if found.bad else 0)


@intake_file.command(name="read")
@FOLDER
@click.argument("file", type=OLD_FILE)
@click.option(
    "--destroy/--keep", default=None, help="Overwrite and unlink FILE afterwards; asked for if not given."
)
@PASSPHRASE
def read_command(folder: Path, file: Path, destroy: bool | None, passphrase: str) -> None:
    """Take the requests in FILE into the office in FOLDER, the most urgent first; each once."""
    content = _content(file)
    found = read(content)
    with opened(folder, passphrase) as bench:
        _tell_taken(take_in(bench, found))
    _tell(found)
    _destroy(file, found, destroy)
    sys.exit(_UNREAD_ROWS if found.bad else 0)


def _content(file: Path) -> bytes:
    """The file, but no more of it than shows that it is too large."""
    with file.open("rb") as held:
        return held.read(MOST_BYTES + 1)


def _tell_taken(taken: Taken) -> None:
    click.echo(say("Taken in: {count}.", count=len(taken.new)))
    for number, code, level in taken.new:
        click.echo(say("{level} {code} (row {number})", level=level, code=code, number=number))
    if taken.known:
        click.echo(say("Here already: {count}.", count=len(taken.known)))
    if taken.destroyed:
        click.echo(say("Destroyed here before, and not taken in again: {count}.", count=taken.destroyed))


def _tell(found: Found) -> None:
    for bad in found.bad:
        urgent = say("Somebody is in danger now: take it down by hand.") + " " if bad.urgent else ""
        why = bad.problem.sentence(translate)
        click.echo(say("Row {number} was not read. {urgent}{why}", number=bad.number, urgent=urgent, why=why))
    for name, kind in found.refused:
        tell(_NEVER_READ, name=name, kind=_kinds(kind))
    for row in found.rows:
        if row.name_left_out:
            tell(_NAME_LEFT_OUT, number=row.number)
        if row.tells:
            tell(_TELLS, number=row.number, kinds=_kinds(*row.tells))
    if found.unread:
        tell(_LEFT_UNREAD, names=", ".join(found.unread))


def _kinds(*kinds: str) -> str:
    return ", ".join(translate(tables()["forbidden_kind"][kind]) for kind in kinds)


def _destroy(file: Path, found: Found, wanted: bool | None) -> None:
    """Destroy the file that was read, if it is to be and nothing in it is lost by that."""
    if found.bad:
        click.echo(say("The file is not destroyed: some rows were not read, and nothing else holds them."))
        return
    if wanted is None and sys.stdin.isatty():
        wanted = click.confirm(say("The file is plain. Overwrite and unlink it now?"), default=True)
    if not wanted or seal.digest(_content(file)) != found.digest:
        click.echo(say("The file is plain and still there: destroy it when nobody needs it."))
        return
    wipe.scrub(file)
    click.echo(say("The file is overwritten and gone from there."))

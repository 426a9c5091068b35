"""``kunak paper``: the first questions and cards with a code, as PDF to print."""

import sys
from pathlib import Path

import click

from kunak.cli.desk import say
from kunak.cli.kit import NEW_FILE, write_new
from kunak.exchange.codes import ReturnCode
from kunak.exchange.paper import card as set_card
from kunak.exchange.paper import form as set_form

_LANGUAGES = click.option(
    "--languages", default="ru,en", show_default=True, help="One, or two that stand beside each other."
)


@click.group()
def paper() -> None:
    """Sheets to print: the first questions, and cards with the digits of a return code."""


@paper.command()
@click.argument("out", type=NEW_FILE)
@_LANGUAGES
def form(out: Path, languages: str) -> None:
    """Write the first questions and the short form of safe contact, two sheets of A4, to the new PDF OUT."""
    _keep(out, set_form(_named(languages)))


@paper.command()
@click.argument("out", type=NEW_FILE)
@_LANGUAGES
@click.option("--address", default="", help="Where people go with the code; without it, a line to write on.")
@click.option(
    "--with-code", is_flag=True, help="One card with a code, asked for or read from standard input."
)
def card(out: Path, languages: str, address: str, with_code: bool) -> None:
    """Write cards of the size of business cards to the new PDF OUT: ten, with boxes for the digits of a code."""
    code = ReturnCode.read(_typed()) if with_code else None
    _keep(out, set_card(_named(languages), address=address, code=code))


def _named(languages: str) -> tuple[str, ...]:
    return tuple(language.strip() for language in languages.split(",") if language.strip())


def _typed() -> str:
    """The code as somebody types it, unseen, or as another program hands it over: never as an argument, which
    other programs of this machine could read."""
    if sys.stdin.isatty():
        return str(click.prompt(say("The code, in words or digits"), hide_input=True))
    return sys.stdin.readline()


def _keep(out: Path, sheet: bytes) -> None:
    write_new(out, sheet)
    click.echo(say("The sheet is in {file}. Print it, then delete the file.", file=out))

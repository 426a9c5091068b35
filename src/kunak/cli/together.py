"""``kunak together``: open what nobody may open alone, from two terminals on two machines."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path

import click

from kunak.access import queries
from kunak.access.actions import OpeningNotKnown
from kunak.access.lists import PURPOSES, READ_PURPOSES
from kunak.access.model import Opening
from kunak.cli.desk import FOLDER, PASSPHRASE, opened, say
from kunak.fold import Entry
from kunak.vault import roles
from kunak.workbench import Workbench
from kunak.workbench.reading import ReadingLog
from kunak.workbench.together import Together

BY_TWO = [name for name in roles.COMPARTMENTS if roles.is_quorum(name)]
OPENING = click.argument("opening")
MARK = 8  # letters of an opening's id that are shown
_SILENT = {field.name for field in fields(Entry)}


@click.group()
def together() -> None:
    """Open what two must open: one asks, a colleague releases, it lasts half an hour."""


@contextmanager
def _hands(folder: Path, passphrase: str, *, tend: bool = True) -> Iterator[tuple[Workbench, Together]]:
    with opened(folder, passphrase) as bench:
        hands = Together(bench)
        if tend:
            hands.tend()
        yield bench, hands


@together.command(name="ask")
@FOLDER
@click.argument("code")
@click.argument("what", type=click.Choice(BY_TWO))
@click.option("--purpose", required=True, type=click.Choice(PURPOSES), help="What it is for.")
@PASSPHRASE
def ask(folder: Path, code: str, what: str, purpose: str, passphrase: str) -> None:
    """Ask a colleague to open WHAT of CODE with you."""
    with _hands(folder, passphrase) as (_, hands):
        opening = hands.ask(code, what, purpose)
        click.echo(
            say(
                "Asked: {opening}. Sync; when a colleague has released it, sync again and look.",
                opening=opening[:MARK],
            )
        )


@together.command(name="list")
@FOLDER
@PASSPHRASE
def list_openings(folder: Path, passphrase: str) -> None:
    """List what colleagues ask you to release, and what you asked for."""
    with _hands(folder, passphrase) as (bench, _):
        waiting = queries.openings_for(bench.access, bench.member)
        mine = queries.openings_of(bench.access, bench.member)
        for one in waiting:
            asks = say("{member} asks", member=one.asked_by)
            click.echo(f"{_line(one)}  {asks}")
        for one in mine:
            click.echo(f"{_line(one)}  {_state(one)}")
        if not waiting and not mine:
            click.echo(say("Nobody asks you for anything, and you asked for nothing."))


def _line(one: Opening) -> str:
    day = one.asked_at.strftime("%Y-%m-%d")
    return f"{one.id[:MARK]}  {day}  {one.subject} {one.what} ({one.purpose.replace('_', ' ')})"


def _state(one: Opening) -> str:
    said = {
        "asked": say("waits for a colleague"),
        "released": say("released by {member}: look", member=one.answered_by),
        "refused": say("refused by {member}", member=one.answered_by),
        "ended": say("over"),
    }
    return said[one.state]


@together.command(name="release")
@FOLDER
@OPENING
@PASSPHRASE
def release(folder: Path, opening: str, passphrase: str) -> None:
    """Lend your half for a colleague's request OPENING: for this purpose, for half an hour."""
    with _hands(folder, passphrase) as (bench, hands):
        found = _find(bench, opening)
        hands.release(found.id)
        click.echo(say("Released to {member}. Sync, so that it reaches them.", member=found.asked_by))


@together.command(name="refuse")
@FOLDER
@OPENING
@PASSPHRASE
def refuse(folder: Path, opening: str, passphrase: str) -> None:
    """Say no to a colleague's request OPENING."""
    with _hands(folder, passphrase) as (bench, hands):
        hands.refuse(_find(bench, opening).id)
        click.echo(say("Refused. Sync, so that they hear of it."))


@together.command(name="look")
@FOLDER
@OPENING
@PASSPHRASE
def look(folder: Path, opening: str, passphrase: str) -> None:
    """Show what OPENING opens. The half hour begins with the first look."""
    with _hands(folder, passphrase, tend=False) as (bench, hands):
        found = _find(bench, opening)
        try:
            entries, until = hands.look(found.id)
        finally:
            hands.tend()
        log = ReadingLog(bench)
        log.note(found.subject, found.what, found.purpose if found.purpose in READ_PURPOSES else "own_case")
        log.flush()
        for entry in entries:
            click.echo(f"{entry.at:%Y-%m-%d}  {entry.by}  {type(entry).__name__}")
            for line in _lines(entry):
                click.echo(f"  {line}")
        hour = until.astimezone().strftime("%H:%M")
        click.echo(
            say("Open until {hour}. Nothing of it was kept on this machine; clear this screen.", hour=hour)
        )


@together.command(name="close")
@FOLDER
@OPENING
@PASSPHRASE
def close(folder: Path, opening: str, passphrase: str) -> None:
    """Close OPENING before its time: what was lent for it is destroyed everywhere."""
    with _hands(folder, passphrase) as (bench, hands):
        hands.close(_find(bench, opening).id)
        click.echo(say("Closed. What was lent for it is destroyed at each device's next sync."))


def _find(bench: Workbench, mark: str) -> Opening:
    """An opening by its id or the beginning of it. Raises OpeningNotKnown."""
    every = [one for known in bench.access for one in known.openings if one.id.startswith(mark.lower())]
    if len(every) != 1 or len(mark) < MARK:
        raise OpeningNotKnown
    return every[0]


def _lines(entry: object) -> Iterator[str]:
    """The fields of an entry that hold something."""
    for field in fields(entry):  # type: ignore[arg-type]
        value = getattr(entry, field.name)
        if field.name in _SILENT or value in ("", (), None):
            continue
        for item in value if isinstance(value, tuple) else (value,):
            told = "; ".join(_lines(item)) if is_dataclass(item) else str(item)
            yield f"{field.name.replace('_', ' ')}: {told}"

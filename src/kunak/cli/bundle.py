"""``kunak bundle out`` and ``in``: one sealed file for a stick, a mail, a drawer."""

import os
from pathlib import Path
from typing import ClassVar

import click

from kunak.cli.desk import FOLDER, PASSPHRASE, opened, say, tell_received
from kunak.errors import Refused, Unreachable
from kunak.workbench.syncing import bundle_in, bundle_out


class BundleThere(Refused):
    """There is a file of this name already; nothing was written."""

    code: ClassVar[str] = "bundle-there"
    hint: ClassVar[str] = "Choose another name, or delete the old file first."


class BundleNotUsable(Unreachable):
    """This file cannot be read or written."""

    code: ClassVar[str] = "bundle-not-usable"
    hint: ClassVar[str] = "Look whether the name is right, and the stick plugged in, not full and not locked."


FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def bundle() -> None:
    """Exchange by a file: sealed, small, readable by the office's devices alone."""


@bundle.command(name="out")
@FOLDER
@FILE
@click.option("--all", "everything", is_flag=True, help="Everything, not only what somebody may lack.")
@PASSPHRASE
def out(folder: Path, file: Path, everything: bool, passphrase: str) -> None:
    """Write a bundle of the office in FOLDER to FILE."""
    with opened(folder, passphrase) as bench:
        made = bundle_out(bench, everything)
    _write(file, made)
    click.echo(say("Written: {size} bytes. Only devices of this office can open it.", size=len(made)))


@bundle.command(name="in")
@FOLDER
@FILE
@PASSPHRASE
def take_in(folder: Path, file: Path, passphrase: str) -> None:
    """Take the bundle FILE into the office in FOLDER. Twice does no harm."""
    try:
        received = file.read_bytes()
    except OSError:
        raise BundleNotUsable from None
    with opened(folder, passphrase) as bench:
        taken = bundle_in(bench, received)
        tell_received(bench, taken.received)
        if taken.cut:
            click.echo(
                say("The file ends in the middle. Copy it again and take it in once more for the rest.")
            )


def _write(file: Path, made: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(made)
            written.flush()
            os.fsync(written.fileno())
    except FileExistsError:
        raise BundleThere from None
    except OSError:
        raise BundleNotUsable from None

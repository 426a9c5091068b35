"""How the office shows that it is itself: ``kunak challenge``, ``kunak address``, ``kunak verify-address``."""

import io
import os
import secrets
from collections.abc import Callable
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import ClassVar

import click
import segno

from kunak.cli.desk import FOLDER, PASSPHRASE, opened, say
from kunak.errors import Refused
from kunak.exchange import addresses, challenge
from kunak.signboard import actions, queries
from kunak.vault import seal
from kunak.workbench import Workbench, signing, utc_now

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
MAYBE_FOLDER = click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
WORDS = click.option("--words", help="The twelve words of the secret, instead of an office's folder.")
MAYBE_PASSPHRASE = click.option("--passphrase", help="A member's. Asked for if a folder is given.")
DAY = click.DateTime(["%Y-%m-%d"])
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{day}</title></head>
<body>
<p>{day}</p>
{lines}
</body></html>
"""


class NoSecretYet(Refused):
    """There is no secret for the line of the day yet."""

    code: ClassVar[str] = "no-challenge-secret"
    hint: ClassVar[str] = (
        "Make one with `kunak challenge new`, or take a partner's with `kunak challenge take`."
    )


class NotWritten(Refused):
    """The file cannot be written there: something of that name is there already, or the folder is not there."""

    code: ClassVar[str] = "signboard-file-not-written"
    hint: ClassVar[str] = "Choose another place or another name."


@click.group(name="challenge")
def challenge_group() -> None:
    """The line of the day, by which people can check that the office is the one that a partner knows."""


@challenge_group.command()
@FOLDER
@PASSPHRASE
def new(folder: Path, passphrase: str) -> None:
    """Make a new secret for the line of the day, in place of the one before, and show it for partners."""
    with opened(folder, passphrase) as bench:
        made = challenge.new_secret()
        bench.act(actions.keep_secret, bench.signboard, secret=made.hex(), made_here=True)
        _show_secret(made)


@challenge_group.command(name="words")
@FOLDER
@PASSPHRASE
def show_words(folder: Path, passphrase: str) -> None:
    """Show the secret again, for one more partner."""
    with opened(folder, passphrase) as bench:
        _show_secret(_kept(bench))


@challenge_group.command()
@FOLDER
@click.option(
    "--words", prompt="The twelve words that the partner gave you", help="What the partner gave you."
)
@PASSPHRASE
def take(folder: Path, words: str, passphrase: str) -> None:
    """Take a partner's secret, so that both show the same line."""
    secret = challenge.read(words)
    with opened(folder, passphrase) as bench:
        bench.act(actions.keep_secret, bench.signboard, secret=secret.hex(), made_here=False)
    click.echo(say("Taken. Today's line is the same on both sides; compare it."))
    _tell_day(secret, utc_now().date())


@challenge_group.command()
@MAYBE_FOLDER
@WORDS
@MAYBE_PASSPHRASE
def today(folder: Path | None, words: str | None, passphrase: str | None) -> None:
    """Print today's line, in each language. The day is that of UTC."""
    _tell_day(_secret(folder, words, passphrase), utc_now().date())


@challenge_group.command()
@MAYBE_FOLDER
@WORDS
@click.option("--month", "wanted", type=click.DateTime(["%Y-%m"]), help="As 2031-05; without it, this month.")
@MAYBE_PASSPHRASE
def month(folder: Path | None, words: str | None, wanted: datetime | None, passphrase: str | None) -> None:
    """Print the lines of a month, for a partner who shows one a day by hand. Keep it as you keep a key."""
    secret = _secret(folder, words, passphrase)
    first = (wanted or utc_now()).date()
    for day, lines in challenge.month(secret, first):
        click.echo(f"{day}  {'  ·  '.join(lines.values())}")


@challenge_group.command()
@MAYBE_FOLDER
@WORDS
@click.option(
    "--out", type=NEW_FILE, required=True, help="The page, as a new file; replaced if this wrote it."
)
@MAYBE_PASSPHRASE
def page(folder: Path | None, words: str | None, out: Path, passphrase: str | None) -> None:
    """Write today's line as a small page without script, to be put on a site that has no program."""
    day = utc_now().date()
    lines = challenge.lines(_secret(folder, words, passphrase), day).items()
    told = "\n".join(f'<p lang="{code}">{escape(line)}</p>' for code, line in lines)
    page_ = PAGE.format(day=day.isoformat(), lines=told)
    _write(out, page_, again=out.is_file() and _is_ours(out), mode=0o644)
    click.echo(say("Written: {file}", file=out))


@click.group()
def address() -> None:
    """The signed list of the office's addresses."""


@address.command(name="key")
@FOLDER
@click.option("--name", default="", help="The name under which the office signs in public; makes the key.")
@PASSPHRASE
def show_key(folder: Path, name: str, passphrase: str) -> None:
    """Show the key with which the office in FOLDER signs. Give it to people in another way than the list."""
    with opened(folder, passphrase) as bench:
        key = signing.signing_key(bench, name)
        click.echo(f"{key.known_as}\n{addresses.told(seal.ed25519_public_bytes(bytes.fromhex(key.seed)))}")


@address.command()
@FOLDER
@click.option("--address", "ours", multiple=True, required=True, help="One address; repeatable.")
@click.option("--retired", multiple=True, help="One that is the office's no more; repeatable.")
@click.option("--until", type=DAY, required=True, help="The last day on which the list is good.")
@click.option("--out", type=NEW_FILE, help="The list as a new file too, for partners to sign.")
@PASSPHRASE
def make(
    folder: Path,
    ours: tuple[str, ...],
    retired: tuple[str, ...],
    until: datetime,
    out: Path | None,
    passphrase: str,
) -> None:
    """Make the list and sign it for the office in FOLDER. Nothing is shown until `kunak address show`."""
    with opened(folder, passphrase) as bench:
        key = signing.signing_key(bench)
        made = addresses.make(ours, retired=retired, made_on=bench.now().date(), valid_until=until.date())
        text = addresses.spell(addresses.sign(made, name=key.known_as, seed=bytes.fromhex(key.seed)))
        signing.keep(bench, text)
        if out is not None:
            _write(out, text)
        click.echo(text)


@address.command(name="sign")
@click.argument("file", type=FILE)
@click.option("--office", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Its folder.")
@click.option("--key-file", type=NEW_FILE, help="A key outside of an office; made there if it is not.")
@click.option("--name", default="", help="The name under which you sign in public.")
@MAYBE_PASSPHRASE
def sign_file(
    file: Path, office: Path | None, key_file: Path | None, name: str, passphrase: str | None
) -> None:
    """Add your signature to the list in FILE: as the office in a folder, or with a key of your own.

    Look first whether every address on it is right: you vouch for all of them.
    """
    known = _read(file)
    if office is not None:
        with opened(office, _asked(passphrase)) as bench:
            key = signing.signing_key(bench, name)
            signed = addresses.sign(known, name=key.known_as, seed=bytes.fromhex(key.seed))
    elif key_file is not None and name:
        signed = addresses.sign(known, name=name, seed=_own_key(key_file))
    else:
        raise signing.NoSigningKey
    _write(file, addresses.spell(signed), again=True)
    click.echo(say("Signed: {file}. Give it back to whoever sent it.", file=file))
    _tell_signers(signed)


@address.command(name="take")
@FOLDER
@click.argument("file", type=FILE)
@PASSPHRASE
def take_list(folder: Path, file: Path, passphrase: str) -> None:
    """Take the signatures that partners have added in FILE, for the list that the office in FOLDER made."""
    known = _read(file)
    with opened(folder, passphrase) as bench:
        joined = addresses.joined(known, _own_list(bench))
        if joined is None:
            raise actions.NoListToShow
        signing.keep(bench, addresses.spell(joined))
        _tell_signers(joined)


@address.command(name="show")
@FOLDER
@click.option("--nothing", is_flag=True, help="Show no list any more.")
@PASSPHRASE
def show_list(folder: Path, nothing: bool, passphrase: str) -> None:
    """Have the relay show the list as it is signed now, from its next round on."""
    with opened(folder, passphrase) as bench:
        (signing.hide if nothing else signing.show)(bench)
        click.echo(
            say("The relay shows it after the next sync.") if not nothing else say("It is shown no more.")
        )


@click.command(name="verify-address")
@click.argument("file", type=FILE)
@click.argument("address")
@click.option("--signer", "signers", multiple=True, help="A key that must have signed: 16 digits or more.")
@click.option("--on", "day", type=DAY, help="As if it were that day; without it, today.")
def verify_address(file: Path, address: str, signers: tuple[str, ...], day: datetime | None) -> None:
    """Say whether ADDRESS is on the signed list in FILE, who signed it, and whether it is in date."""
    known = _read(file)
    _tell_signers(known)
    found = addresses.verify(known, address, on=(day or utc_now()).date(), signers=signers)
    click.echo(
        say("It is theirs: {address}. The list is good until {day}.", address=found, day=known.valid_until)
    )
    if not signers:
        click.echo(
            say("A name proves nothing: compare a key above with one that you know, or give --signer.")
        )


def _show_secret(secret: bytes) -> None:
    click.echo(
        say(
            "Give this to each partner in person. Whoever has it can make the line of every day, and nothing else."
        )
    )
    for code in ("en", "ru"):
        click.echo(f"\n  {' '.join(challenge.spell(secret, code))}")
    drawn = io.StringIO()
    segno.make_qr(" ".join(challenge.spell(secret, "en")), error="m").terminal(drawn, border=2, compact=True)
    click.echo("\n" + drawn.getvalue())
    _tell_day(secret, utc_now().date())


def _tell_day(secret: bytes, day: date) -> None:
    click.echo(say("The line of {day}:", day=day.isoformat()))
    for code, line in challenge.lines(secret, day).items():
        click.echo(f"  {code}  {line}")


def _secret(folder: Path | None, words: str | None, passphrase: str | None) -> bytes:
    if words is not None:
        return challenge.read(words)
    if folder is None:
        raise NoSecretYet
    with opened(folder, _asked(passphrase)) as bench:
        return _kept(bench)


def _asked(passphrase: str | None) -> str:
    return passphrase or str(click.prompt(say("Your passphrase"), hide_input=True))


def _kept(bench: Workbench) -> bytes:
    secret = queries.secret(bench.signboard)
    if secret is None:
        raise NoSecretYet
    return secret


def _own_list(bench: Workbench) -> addresses.AddressList:
    newest = queries.newest_list(bench.signboard)
    if newest is None:
        raise actions.NoListToShow
    return addresses.read(newest.signed)


def _read(file: Path) -> addresses.AddressList:
    return addresses.read(file.read_text(encoding="utf-8", errors="replace"))


def _tell_signers(known: addresses.AddressList) -> None:
    for one in known.signatures:
        click.echo(say("signed by {name}, key {key}", name=one.name, key=addresses.told(one.key)))


def _own_key(file: Path) -> bytes:
    """The key in a file; a new one, readable by its owner alone, where there is none."""
    if not file.exists():
        _write(file, secrets.token_hex(seal.KEY_BYTES) + "\n")
    try:
        seed = bytes.fromhex(file.read_text(encoding="ascii", errors="replace").strip())
    except ValueError:
        raise actions.SecretUnfit from None
    if len(seed) != seal.KEY_BYTES:
        raise actions.SecretUnfit
    return seed


def _is_ours(file: Path) -> bool:
    """Whether a page of an earlier day lies there."""
    return file.read_text(encoding="utf-8", errors="replace").startswith(PAGE.split("{", 1)[0])


def _write(file: Path, text: str, *, again: bool = False, mode: int = 0o600) -> None:
    """Write a file that only its owner may read; ``again``: over what is there. Raises NotWritten."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if again else os.O_EXCL)
    opener: Callable[[str, int], int] = lambda path, _: os.open(path, flags, mode)  # noqa: E731
    try:
        with open(file, "w", encoding="utf-8", opener=opener) as written:
            written.write(text)
    except OSError:
        raise NotWritten from None

"""Where an office lies on this machine, and founding one."""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from kunak.errors import KunakError, Refused
from kunak.vault import DEFAULT_COST, KdfCost, SqliteStore, Vault, curves, seal
from kunak.vault.roles import FOUNDER_ROLES
from kunak.workbench.bench import Workbench

# No vowels, so that no code spells a word; no 0/O or 1/I, so that a code survives being read aloud.
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"

STORE = "office.sqlite"  # sealed through and through
RELAY_KEYS = "relay-keys.json"  # the public halves that the office's relay is given
SERVICES = "services.csv"  # the office's own timetables, if it has imported any: public facts, no case

COST = DEFAULT_COST  # of a new office's passphrases; tests take a cheap one


class NoOfficeHere(Refused):
    """There is no office in this folder."""

    code = "no-office-here"
    hint = "Make one with `kunak init FOLDER`, or name the folder that holds it."


class OfficeHereAlready(Refused):
    """There is an office in this folder already; nothing was changed."""

    code = "office-here-already"
    hint = "Start it with `kunak up FOLDER`, or name another folder."


class MemberCodeUnfit(Refused):
    """A member's code is 3 to 20 small letters, digits or hyphens, and begins with a letter."""

    code = "member-code-unfit"
    hint = "Take a word that says nothing about the person, such as heron."


def fit_code(code: str) -> str:
    """A code that somebody may have. Raises MemberCodeUnfit."""
    fit = code.isascii() and 3 <= len(code) <= 20 and code[0].isalpha() and code == code.lower()
    if not fit or not code.replace("-", "").isalnum():
        raise MemberCodeUnfit
    return code


def open_store(directory: Path) -> SqliteStore:
    """The store of the office in a folder. Raises NoOfficeHere."""
    if not (directory / STORE).is_file():
        raise NoOfficeHere
    return SqliteStore(directory / STORE)


def found_office(
    directory: Path,
    *,
    member: str,
    passphrase: str,
    at: datetime,
    cost: KdfCost = DEFAULT_COST,
    roles_held: Sequence[str] = FOUNDER_ROLES,
) -> Workbench:
    """Found an office in a folder, with its first member. Raises OfficeHereAlready."""
    store = new_store(directory)
    try:
        vault = Vault.create(
            store, member=member, passphrase=passphrase, at=at, cost=cost, roles_held=roles_held
        )
    except KunakError:  # nothing was founded: leave nothing that looks like an office
        discard(directory, store)
        raise
    write_relay_keys(directory, vault)
    return Workbench(vault)


def new_store(directory: Path) -> SqliteStore:
    """A store for an office that is not there yet. Raises OfficeHereAlready."""
    if (directory / STORE).exists():
        raise OfficeHereAlready
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return SqliteStore(directory / STORE)


def discard(directory: Path, store: SqliteStore) -> None:
    """Remove a store in which nothing was founded."""
    store.close()
    for left in directory.glob(f"{STORE}*"):
        left.unlink()


def device_mark(device: bytes) -> str:
    """A short name of a device, the same on every machine, e.g. ``4f1c-09ab-77e2``."""
    return "-".join(device[at : at + 2].hex() for at in range(0, 6, 2))


def write_relay_keys(directory: Path, vault: Vault) -> None:
    """Write what the office's relay is given; again after somebody was removed."""
    (directory / RELAY_KEYS).write_text(json.dumps(relay_keys(vault), indent=1) + "\n")


class PublicKeys(NamedTuple):
    """The public halves: what the office signs with, what people seal to, who may change these."""

    channel: bytes
    intake: bytes
    admins: tuple[bytes, ...]


def public_keys(vault: Vault) -> PublicKeys:
    """What a relay may know of the office now. Raises NotYoursToOpen where one opens no letters and admits
    nobody."""
    members = vault.office.epoch.document.members
    return PublicKeys(
        seal.ed25519_public_bytes(vault.office_secret("channel")),
        curves.intake_public_bytes(vault.intake_seeds()[0]),
        tuple(root for member in members if member.admin for root in member.roots),
    )


def relay_keys(vault: Vault) -> dict[str, object]:
    """The same, with the office's name at the relay, as the relay's file has it."""
    keys = public_keys(vault)
    return {
        "rid": relay_id(vault),
        "intake": keys.intake.hex(),
        "channel": keys.channel.hex(),
        "admins": [root.hex() for root in keys.admins],
    }


def relay_id(vault: Vault) -> str:
    """The random name under which a relay knows this office: it stays when keys change."""
    return seal.digest(seal.context("relay/id", vault.office.id)).hex()[:32]


def utc_now() -> datetime:
    """The hour of this machine, in UTC."""
    return datetime.now(UTC)


def new_code(prefix: str, seed: bytes | None = None) -> str:
    """A random pseudonym, e.g. ``C-7K2M-QX9D``: 38 bits, derived from nothing.

    With a ``seed``, itself random, the same one on each device that takes in the same thing.
    """
    if seed is None:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    else:
        number = int.from_bytes(seal.digest(seal.context("code", prefix.encode(), seed)), "big")
        letters = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"

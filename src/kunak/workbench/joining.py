"""Joining as people do it: the code as it is said, the folder of a newcomer, the answer that must not get lost.

``vault.joining`` holds the keys; this is where codes are spelled, and where a newcomer's folder is made.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kunak.vault import DEFAULT_COST, SqliteStore, Vault, joining, paper, seal
from kunak.vault.joining import Invitation
from kunak.vault.paper import Kind
from kunak.workbench.founding import STORE

COST = DEFAULT_COST  # of guessing a joining code; tests take a cheap one


class SpelledCode(NamedTuple):
    """A joining code as it is said, typed and shown."""

    words: tuple[str, ...]
    digits: tuple[str, ...]
    payload: str  # of its QR code

    def __repr__(self) -> str:  # a traceback must never show it
        return "SpelledCode(…)"


def spelled(code: bytes, language: str) -> SpelledCode:
    """A code in words of a language, digits, and for a QR code."""
    return SpelledCode(
        paper.spell(Kind.JOINING, code, language),
        paper.spell_digits(Kind.JOINING, code),
        paper.qr_payload(Kind.JOINING, code),
    )


def read_code(typed: str) -> bytes:
    """A code as somebody typed or scanned it. Raises what ``paper.read_as`` raises."""
    return paper.read_as(Kind.JOINING, typed)


def place_of(code: bytes) -> bytes:
    """What both sides of a code know, and nobody else: where ask and answer meet."""
    return joining.place_of(code, COST)


def ask(directory: Path, member: str, code: bytes) -> bytes:
    """As the newcomer: make keys in a folder of one's own, and ask. Again with the same code: the same keys.

    Raises OfficeExists.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqliteStore(directory / STORE)
    try:
        return joining.ask(store, member, code, COST)
    finally:
        store.close()


def finish(directory: Path, code: bytes, answered: bytes, passphrase: str) -> Vault:
    """As the newcomer: take the answer. Raises NotAskedHere, JoiningCodeWrong, PassphraseNotUsable, Damaged."""
    if not (directory / STORE).is_file():
        raise joining.NotAskedHere()
    store = SqliteStore(directory / STORE)
    try:
        return joining.finish(store, code, answered, passphrase, COST)
    except BaseException:
        store.close()
        raise


def answer(vault: Vault, invitation: Invitation, asked: bytes, at: datetime) -> tuple[str, bytes]:
    """As the admin: let in who asks; returns the member's code and the answer.

    An ask is answered once, so the answer is kept here, sealed, until ``was_told``. Raises JoiningCodeWrong,
    JoiningCodeUsed, NotAllowedToAdmit.
    """
    member, answered = joining.answer(vault, asked, at, COST)
    vault.keep(_name(invitation), answered)
    return member, answered


def untold(vault: Vault, invitation: Invitation) -> bytes | None:
    """An answer that has perhaps not reached the newcomer: it may be given again."""
    return vault.kept(_name(invitation))


def was_told(vault: Vault, invitation: Invitation) -> None:
    """The answer lies where the newcomer looks for it: it need not be kept."""
    vault.forget(_name(invitation))


def _name(invitation: Invitation) -> bytes:
    return seal.context("joining/answer", seal.digest(invitation.code))

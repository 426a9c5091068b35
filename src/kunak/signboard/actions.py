"""Deciding about the signboard: each action gives entries, or raises Refused.

What is in a list, and whether its signatures are right, is read elsewhere (``kunak.exchange.addresses``): a room
knows no keys.
"""

import re
from datetime import datetime

from kunak.errors import Refused
from kunak.fold import Entry, ids
from kunak.intake.form import MAX_LINE
from kunak.intake.making import Maker, checked_text
from kunak.signboard import entries as e
from kunak.signboard.model import Signboard, State
from kunak.signboard.queries import NOTHING

MOST_LIST = 6000  # letters: the page of the relay that shows it stays small


class SecretUnfit(Refused):
    """This is no secret for the line of the day."""

    code = "secret-unfit"
    hint = "Make one with `kunak challenge new`, or type the words that the partner gave."


class NoListToShow(Refused):
    """There is no such list of addresses."""

    code = "no-list-to-show"
    hint = "Make one and sign it first."


class ListTooLong(Refused):
    """The list of addresses is longer than {most} letters."""

    code = "list-too-long"
    hint = "Leave out addresses that nobody needs any more, or ask fewer partners to sign."


def keep_secret(
    state: State, *, secret: str, made_here: bool, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """What the line of each day is made from now: 32 hexadecimal digits. Raises SecretUnfit."""
    if not re.fullmatch("[0-9a-f]{32}", secret):
        raise SecretUnfit
    made = Maker(id=id, at=at, by=by, subject=e.SIGNBOARD)
    before = ids(_board(state).secrets)
    return (made(e.ChallengeSecretKept, secret=secret, made_here=made_here, replaces=before),)


def keep_signing_key(
    state: State, *, seed: str, known_as: str, by: str, at: datetime, id: str
) -> tuple[Entry, ...]:
    """The key that signs the list from now on, and the public name of who signs. Raises SecretUnfit, TextEmpty."""
    if not re.fullmatch("[0-9a-f]{64}", seed):
        raise SecretUnfit
    made = Maker(id=id, at=at, by=by, subject=e.SIGNBOARD)
    facts = {"seed": seed, "known_as": checked_text(known_as, MAX_LINE)}
    return (made(e.SigningKeyKept, replaces=ids(_board(state).keys), **facts),)


def keep_list(state: State, *, signed: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """The list as it is signed now, in place of all before. What the relay shows stays as it is."""
    if len(signed) > MOST_LIST:
        raise ListTooLong(most=MOST_LIST)
    made = Maker(id=id, at=at, by=by, subject=e.SIGNBOARD)
    return (made(e.AddressesSigned, signed=signed, replaces=ids(_board(state).lists)),)


def show_list(state: State, *, shown: str, by: str, at: datetime, id: str) -> tuple[Entry, ...]:
    """Have the relay show this list (its id), or none (empty). Raises NoListToShow."""
    board = _board(state)
    if shown and shown not in ids(board.every_list):
        raise NoListToShow
    made = Maker(id=id, at=at, by=by, subject=e.SIGNBOARD)
    return (made(e.AddressesShown, shown=shown, replaces=ids(board.shown)),)


def _board(state: State) -> Signboard:
    return state.get(e.SIGNBOARD) or NOTHING

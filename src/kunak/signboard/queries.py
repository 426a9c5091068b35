"""Questions of the signboard."""

from kunak.signboard.entries import SIGNBOARD, AddressesSigned, SigningKeyKept
from kunak.signboard.model import Signboard, State

NOTHING = Signboard()


def board(state: State) -> Signboard:
    """All of it."""
    return state.get(SIGNBOARD) or NOTHING


def secret(state: State) -> bytes | None:
    """What the line of the day is made from; None where there is none, or what was written is no secret."""
    for kept in reversed(board(state).secrets):
        try:
            return bytes.fromhex(kept.secret)
        except ValueError:
            continue
    return None


def signing_key(state: State) -> SigningKeyKept | None:
    """The key that signs for the office; None for whoever does not hold it."""
    keys = board(state).keys
    return keys[-1] if keys else None


def newest_list(state: State) -> AddressesSigned | None:
    """The list as it is signed now, shown or not."""
    lists = board(state).lists
    return lists[-1] if lists else None


def shown_list(state: State) -> str:
    """The list that the relay shows, word for word; nothing where there is none."""
    known = board(state)
    wanted = known.shown[-1].shown if known.shown else ""
    return next((one.signed for one in known.every_list if one.id == wanted), "")

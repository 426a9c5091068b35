"""What a database's five letters mean to a store: one of our errors, a connection that broke, another try."""

from kunak.errors import KunakError
from kunak.vault.stores import Busy, Full, NotReached, StoreDamaged

_ERRORS: dict[str, type[KunakError]] = {  # by SQLSTATE; the longest beginning that fits counts
    "53100": Full,
    "54000": Full,  # a limit of the program, e.g. the size of a table
    "53": Busy,  # out of memory, too many connections
    "55P03": Busy,  # lock_timeout, see patience
    "57014": Busy,  # statement_timeout
    "40": Busy,  # given up for another commit too often
    "25006": NotReached,  # read-only
    "28": NotReached,
    "3D": NotReached,
    "42501": NotReached,
    "58030": NotReached,
    "0A": NotReached,
}


def ours(state: str | None) -> type[KunakError]:
    """The error of ours; what we do not know means that the tables are not what they should be."""
    fits = [beginning for beginning in _ERRORS if (state or "").startswith(beginning)]
    return _ERRORS[max(fits, key=len)] if fits else StoreDamaged


def is_given_up(state: str | None) -> bool:
    """Whether the transaction was given up for another one, and may be done again."""
    return state in ("40001", "40P01")


def is_gone(state: str | None) -> bool:
    """Whether the connection broke, or the server is shutting down or starting."""
    return state is None or state.startswith(("08", "57P"))

"""The signboard: how the office shows that it is itself. Its addresses, signed; a line for each day, shared with
partners. Public, or about to be: nothing here is about anybody.
"""

from kunak.signboard import actions, entries, queries
from kunak.signboard.model import EMPTY, Signboard, State, fold

__all__ = ["EMPTY", "Signboard", "State", "actions", "entries", "fold", "queries"]

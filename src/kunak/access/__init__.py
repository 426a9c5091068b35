"""Who may open what, and who did: openings by two, the reading log, canaries, what was shredded.

The vault holds the keys; this room holds the words about them: requests and releases with their purpose, the
count of what a member has opened in a shift, marks on cases that nobody should touch.
"""

from kunak.access import actions, entries, model, queries
from kunak.access.model import EMPTY, State, fold

__all__ = ["EMPTY", "State", "actions", "entries", "fold", "model", "queries"]

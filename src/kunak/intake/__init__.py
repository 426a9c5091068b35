"""Intake: from the first message to the end of a request, and how a person may be reached safely.

The subject of its entries is the request code. What a request says of urgency is judged in casework.
"""

from kunak.intake import actions, contact, entries, form, queries
from kunak.intake.model import EMPTY, Request, State, fold

__all__ = ["EMPTY", "Request", "State", "actions", "contact", "entries", "fold", "form", "queries"]

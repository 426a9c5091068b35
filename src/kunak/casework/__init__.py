"""Casework: how urgent, who works on it, what the person needs and agreed to, and what comes after.

The subject is the case code. Before there is a case, triage and what follows from it may be noted under the
request code; CaseOpened names the request, and the case then inherits it all.
"""

from kunak.casework import actions, consent, entries, lists, queries, triage
from kunak.casework.model import EMPTY, Case, State, fold

__all__ = ["EMPTY", "Case", "State", "actions", "consent", "entries", "fold", "lists", "queries", "triage"]

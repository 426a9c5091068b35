"""Evacuation: the ways that exist, and the journeys on them, leg by leg, until the person is safe.

A journey is prepared by ``actions`` (draft → checked → ready), watched by ``checkins`` and ``queries``
(moving, paused, aborted, arrived) and forgotten where it tells a place, 72 hours after arrival. The planner
that finds the ways is ``kunak.evacuation.ways``. ``beds`` are the registers of beds and seats.
"""

from kunak.evacuation import actions, beds, checkins, entries, facts, queries
from kunak.evacuation.journey import Journey
from kunak.evacuation.model import EMPTY, State, fold

__all__ = ["EMPTY", "Journey", "State", "actions", "beds", "checkins", "entries", "facts", "fold", "queries"]

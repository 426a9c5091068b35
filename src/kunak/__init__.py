"""Kunak: a workbench for human-rights defenders when a state turns on a group of people.

The map of the house is docs/house.md. Start there.
"""

__version__ = "0.1.0"

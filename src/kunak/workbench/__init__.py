"""The workbench: the one place where keys, store and rooms meet.

It opens the vault, decodes each entry by its kind, lets every room hear it, and runs actions: an action of a
room is a pure function, so the workbench gives it the state, the hour and an id, seals what it returns (each
entry into the dossier of its subject and compartment, all in one segment) and lets the rooms hear that too.
Nothing is heard that was not written first, and nothing that this member's keys do not open.
"""

from kunak.workbench.bench import Action, SecondPersonNeeded, Workbench
from kunak.workbench.founding import (
    RELAY_KEYS,
    SERVICES,
    STORE,
    NoOfficeHere,
    OfficeHereAlready,
    found_office,
    new_code,
    new_store,
    open_store,
    relay_id,
    relay_keys,
    utc_now,
    write_relay_keys,
)
from kunak.workbench.hearing import KINDS, Hearing, Witnessed, two_who_decided

__all__ = [
    "KINDS",
    "RELAY_KEYS",
    "SERVICES",
    "STORE",
    "Action",
    "Hearing",
    "NoOfficeHere",
    "OfficeHereAlready",
    "SecondPersonNeeded",
    "Witnessed",
    "Workbench",
    "found_office",
    "new_code",
    "new_store",
    "open_store",
    "relay_id",
    "relay_keys",
    "two_who_decided",
    "utc_now",
    "write_relay_keys",
]

"""What the codes of closed lists are called on the pages.

Each words module has ``TABLES``: table name -> code -> English words, marked for the catalogue. ``SOURCES``
lists the modules; only the table "said" is shared, every other name is used once. ``options`` gives a list
for a field, in the room's order.
"""

from collections.abc import Callable, Iterable
from functools import cache

from kunak.web import (
    words_apart,
    words_casework,
    words_control,
    words_intake,
    words_office,
    words_surge,
    words_triage,
    words_ways,
)
from kunak.web.forms import N_

SOURCES = (
    words_apart,
    words_intake,
    words_control,
    words_triage,
    words_casework,
    words_ways,
    words_office,
    words_surge,
)

TABLES: dict[str, dict[str, str]] = {
    # Said once, above the page, after something was done.
    "said": {
        "saved": N_("Saved."),
        "acknowledged": N_("Noted: the person knows that we have it."),
        "read": N_("Marked as read."),
        "received": N_("The request is in the queue."),
        "answered": N_("Your answer is written. Below it stands whether it lies in their mailbox yet."),
        "answer-noted": N_("Your answer is noted. Give it to the person on the channel you chose."),
        "triaged": N_("Triage is saved."),
        "raised": N_("The level is raised."),
        "lowered": N_("The level is lowered; two members stand behind it."),
        "ended": N_("The request has its end. Anyone may reopen it."),
        "reopened": N_("Back in the queue."),
        "opened": N_("The case is open."),
        "closed": N_("The case is closed. Closed does not mean safe: the way back in stays open."),
        "given": N_("The consent is noted, for this one purpose and recipient."),
        "withdrawn": N_("Stopped. Nothing more may be told under this consent."),
        "passphrase-changed": N_("Your passphrase is changed. The one before opens nothing any more."),
        "duress-set": N_("It is set. Nothing shows that it is there."),
        "threat-noted": N_("The threat is noted. Does it make this more urgent?"),
    },
}


@cache
def tables() -> dict[str, dict[str, str]]:
    """Every table of every words module."""
    found = dict(TABLES)
    for source in SOURCES:
        for name, table in source.TABLES.items():
            found[name] = {**found.get(name, {}), **table}
    return found


def options(say: Callable[[str], str], table: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """(code, words) pairs for a field."""
    known = tables()[table]
    return [(code, say(known[code]) if code in known else code) for code in codes]

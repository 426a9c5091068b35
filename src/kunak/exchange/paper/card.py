"""A card of the size of a business card: the 24 digits of a return code, and where to go with it.

It looks like any customer's card. Without a code, ten with boxes to write into; with one, a single card, so
that no copy of it lies about.
"""

from collections.abc import Sequence
from typing import Any

from kunak.exchange.codes import ReturnCode
from kunak.exchange.paper import words
from kunak.exchange.paper.setting import checked, said, title, typeset

MOST_ADDRESS = 120  # characters; an onion address has 62
_TO_A_SHEET = 10
_GROUPS = 6


def card(languages: Sequence[str], *, address: str = "", code: ReturnCode | None = None) -> bytes:
    """A sheet of cards as PDF. Without ``address``, a line to write one on.

    Raises TwoLanguages, DocumentsMissing, LettersMissing.
    """
    return typeset("card.typ", cards(checked(languages), address, code))


def cards(languages: Sequence[str], address: str, code: ReturnCode | None) -> dict[str, Any]:
    """What the template shows."""
    clean = " ".join(address.split())[:MOST_ADDRESS]
    return {
        "title": title(languages),
        "label": said(words.CARD, languages),
        "place": said(words.ADDRESS, languages),
        "groups": [""] * _GROUPS if code is None else code.digits().split(),
        "address": clean,
        "small": 10 if len(clean) <= 32 else 7,
        "cards": _TO_A_SHEET if code is None else 1,
    }

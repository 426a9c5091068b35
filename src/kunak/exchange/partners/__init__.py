"""Requests that a partner without Kunak hands over in a file.

``template`` and ``xlsform`` make what the partner fills in: a JSON file with its schema, or a form for KoBo,
ODK and the like. ``reading`` makes of the filled file (JSON, or CSV as such tools export it) rows that are
read and rows that are not, and never quotes what stands in one; ``taking_in`` writes them, each once.
``columns`` knows what a column is about, and which are never read at all.
"""

from kunak.exchange.partners.reading import Found, read
from kunak.exchange.partners.taking_in import Taken, take_in

__all__ = ["Found", "Taken", "read", "take_in"]

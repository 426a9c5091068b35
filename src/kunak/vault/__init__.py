"""The vault: what an office writes, sealed so that the theft of any one thing yields no list.

A ``Vault`` is one member's hand on an office that lies in a ``Store``. It writes ``Item``s (an encoded entry
and the dossier it belongs to) and reads them back ``Opened``, or raises. docs/format.md says what lies on the
disk.
"""

from kunak.vault.bodies import Item, Opened
from kunak.vault.hand import Vault
from kunak.vault.keys import DEFAULT_COST, KdfCost, WrongPassphrase
from kunak.vault.lock import forbid_core_dumps
from kunak.vault.membership import add_member
from kunak.vault.stores import Store
from kunak.vault.stores.memory import MemoryStore
from kunak.vault.stores.sqlite import SqliteStore

__all__ = [
    "DEFAULT_COST",
    "Item",
    "KdfCost",
    "MemoryStore",
    "Opened",
    "SqliteStore",
    "Store",
    "Vault",
    "WrongPassphrase",
    "add_member",
    "forbid_core_dumps",
]

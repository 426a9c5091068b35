"""The office's own hand under its list of addresses: the key that signs, and what is kept and shown of the list."""

import secrets

from kunak.errors import Refused
from kunak.signboard import actions, queries
from kunak.signboard.entries import SigningKeyKept
from kunak.vault import seal
from kunak.vault.roles import may_hold
from kunak.workbench.bench import Workbench


class NoSigningKey(Refused):
    """This office has no key yet with which it signs its list of addresses."""

    code = "no-signing-key"
    hint = "Give the name under which it signs in public: the key is made then."


class CoordinatorsSign(Refused):
    """A coordinator signs for the office: the key lies with them."""

    code = "coordinators-sign"
    hint = "Ask one of them to do it on their own device."


def signing_key(bench: Workbench, known_as: str = "") -> SigningKeyKept:
    """The key that signs for this office; made now, where there is none and a name is given.

    Raises CoordinatorsSign, NoSigningKey.
    """
    if not may_hold(bench.vault.me, SigningKeyKept.compartment):
        raise CoordinatorsSign
    key = queries.signing_key(bench.signboard)
    if key is not None and not known_as:
        return key
    if not known_as:
        raise NoSigningKey
    seed = secrets.token_hex(seal.KEY_BYTES) if key is None else key.seed  # another name, the same key
    bench.act(actions.keep_signing_key, bench.signboard, seed=seed, known_as=known_as)
    return signing_key(bench)


def keep(bench: Workbench, signed: str) -> str:
    """Keep a list as it is signed now; its id. Raises ListTooLong."""
    return bench.act(actions.keep_list, bench.signboard, signed=signed)[0].id


def show(bench: Workbench) -> None:
    """Have the relay show the newest list from its next round on. Raises NoListToShow."""
    newest = queries.newest_list(bench.signboard)
    if newest is None:
        raise actions.NoListToShow
    bench.act(actions.show_list, bench.signboard, shown=newest.id)


def hide(bench: Workbench) -> None:
    """Have the relay show no list."""
    bench.act(actions.show_list, bench.signboard, shown="")

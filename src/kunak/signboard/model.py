"""What is known of the signboard, from the entries that were heard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kunak.fold import Entry, Ledger, current, fold_by_subject
from kunak.signboard import entries as e

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, kw_only=True)
class Signboard:
    """All that stands. More than one of a sort where members changed it apart: the last counts until somebody
    who sees both changes it again."""

    secrets: tuple[e.ChallengeSecretKept, ...] = ()
    keys: tuple[e.SigningKeyKept, ...] = ()
    lists: tuple[e.AddressesSigned, ...] = ()
    every_list: tuple[e.AddressesSigned, ...] = ()
    shown: tuple[e.AddressesShown, ...] = ()


State = Ledger[Signboard]
EMPTY: State = Ledger()


def fold(state: State, entries: Iterable[Entry]) -> State:
    """Hear a batch of entries."""
    return fold_by_subject(state, entries, kinds=e.KINDS, replay=_replay)


def _replay(heard: Sequence[Entry]) -> Signboard:
    return Signboard(
        secrets=_current(heard, e.ChallengeSecretKept),
        keys=_current(heard, e.SigningKeyKept),
        lists=_current(heard, e.AddressesSigned),
        every_list=tuple(x for x in heard if isinstance(x, e.AddressesSigned)),
        shown=_current(heard, e.AddressesShown),
    )


def _current(heard: Iterable[Entry], kind: type[E]) -> tuple[E, ...]:
    return current(x for x in heard if isinstance(x, kind))

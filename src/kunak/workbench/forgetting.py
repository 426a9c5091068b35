"""Shredding: a code's dossiers are destroyed here, and on each device that hears of it.

Nobody can name all dossiers of a code, because nobody can read all of them. So the order to destroy is an
entry that every member hears, and each destroys what their keys can name; the vault tells who has done it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from kunak.access import actions, queries
from kunak.access.entries import SubjectShredded
from kunak.vault import Vault, shredding
from kunak.vault.shredding import Acknowledged
from kunak.workbench.bench import SecondPersonNeeded, Workbench
from kunak.workbench.together import related


class Shredding(NamedTuple):
    """One order to destroy, and how far it has come."""

    order: SubjectShredded
    acknowledged: Acknowledged


def shred(
    bench: Workbench, subject: str, reason: str, what: Sequence[str] = (), second: Vault | None = None
) -> None:
    """Destroy all that is about a code, or some compartments of it. A case takes a second member's hand.

    Raises SecondPersonNeeded, ReasonUnknown, Unreachable.
    """
    case = bench.cases.get(subject)
    if case is not None and case.is_case and not what and second is None:
        raise SecondPersonNeeded
    named = shredding.dossiers_of(bench.vault, subject, what or None)
    facts = {
        "shredded": subject,
        "reason": reason,
        "what": tuple(what),
        "dossiers": tuple(dossier.hex() for dossier in named),
    }
    if second is None:
        bench.act(actions.shred, bench.access, **facts)
    else:
        bench.act_together(second, actions.shred, bench.access, **facts)
    obey(bench)


def shred_person(bench: Workbench, subject: str, reason: str, second: Vault) -> None:
    """Destroy request, case and journeys of one person."""
    for code in sorted(related(bench, subject)):
        shred(bench, code, reason, second=second)


def obey(bench: Workbench) -> bool:
    """Destroy here what an order names and these keys can name. Returns whether there was anything."""
    due: list[bytes] = []
    for order in queries.shreddings(bench.access):
        named = shredding.dossiers_of(bench.vault, order.shredded, order.what or None)
        due += [dossier for dossier in named if dossier not in due and _is_older(bench, dossier, order)]
    if not due:
        return False
    shredding.shred(bench.vault, due, bench.now())
    bench.start_over()
    return True


def shredded(bench: Workbench) -> tuple[Shredding, ...]:
    """All orders, newest first, each with the devices that have acknowledged all of it and those that have not."""
    return tuple(Shredding(one, _acknowledged(bench, one)) for one in queries.shreddings(bench.access))


def _acknowledged(bench: Workbench, order: SubjectShredded) -> Acknowledged:
    each = [shredding.acknowledged(bench.vault, bytes.fromhex(dossier)) for dossier in order.dossiers]
    devices = (device.id for device in bench.vault.office.epoch.document.devices)
    awaited = {device: None for one in each for device in one.awaited}
    done = (_pair(bench, device) for device in devices)
    return Acknowledged(tuple(pair for pair in done if pair not in awaited), tuple(awaited))


def _pair(bench: Workbench, device: bytes) -> tuple[str, bytes]:
    known = bench.vault.office.epoch.device(device)
    return (known.member if known else "", device)


def _is_older(bench: Workbench, dossier: bytes, order: SubjectShredded) -> bool:
    """Whether a dossier was begun before the order: a new chat after an old one was shredded may stay."""
    begun = bench.vault.office.log.begun_at(dossier)
    return not order.what or begun is None or begun <= order.at.timestamp()

"""Handing files on: those who work on a case are the readers of its files, and nobody else is."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from kunak.vault import roles, shredding, trust
from kunak.vault.dossiers import Dossier
from kunak.workbench.bench import Workbench
from kunak.workbench.together import related


class _Placed(NamedTuple):
    """A file that is read by name, and who of the members has no key and should, or has one and should not."""

    dossier: Dossier
    workers: tuple[str, ...]
    lacking: frozenset[str]
    leaving: frozenset[str]


def hand_on(bench: Workbench, subject: str) -> bool:
    """Make those who work on a case readers of its files, as far as these keys open them and roles allow it.

    Returns whether anything was handed on.
    """
    codes = related(bench, subject)
    return _pass_on(bench, lambda one: one.dossier.subject in codes and bool(one.lacking))


def put_right(bench: Workbench) -> bool:
    """The same for all files that these keys open; and whoever works on a case no more is a reader no more."""
    return _pass_on(bench, lambda one: bool(one.lacking or one.leaving))


def _pass_on(bench: Workbench, is_due: Callable[[_Placed], bool]) -> bool:
    due = {
        (one.dossier.subject, one.dossier.compartment): one.workers for one in _placed(bench) if is_due(one)
    }
    for (subject, compartment), workers in due.items():
        shredding.pass_on(bench.vault, subject, compartment, workers, bench.now())
    return bool(due)


def _placed(bench: Workbench) -> Iterator[_Placed]:
    """The files that these keys open and of which a member of today is to work on the case."""
    vault = bench.vault
    ring, office, members = vault.caught_up(), vault.office, set(vault.members)  # the seal is no reader
    holders = trust.holders(office)
    for dossier in ring:
        rule = roles.COMPARTMENTS.get(dossier.compartment)
        if rule is None or rule.sort != "name":
            continue
        workers = bench.readers_of(dossier.subject) or ()
        if not members & set(workers):
            continue
        holding = office.members_holding(dossier.id) & members
        able = {one.code for one in holders if roles.may_hold(one, dossier.compartment)}
        yield _Placed(
            dossier,
            workers,
            frozenset(able & set(workers) - holding),
            frozenset(holding - set(workers)),
        )

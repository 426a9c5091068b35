"""Handing files on: whoever is put to work on a case is given the keys of what was written before."""

from kunak.vault import roles, shredding, trust
from kunak.workbench.bench import Workbench
from kunak.workbench.together import related


def hand_on(bench: Workbench, subject: str) -> bool:
    """Make those who work on a case readers of its files, as far as these keys open them and roles allow it.

    Returns whether anything was handed on.
    """
    due = _lacking(bench, related(bench, subject))
    for code, compartment, workers in due:
        shredding.pass_on(bench.vault, code, compartment, workers, bench.now())
    return bool(due)


def _lacking(bench: Workbench, codes: frozenset[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(code, compartment, workers) of each file of which a worker lacks the key."""
    office = bench.vault.office
    members = {one.code: one for one in trust.holders(office)}
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for dossier in bench.vault.caught_up():
        if dossier.subject not in codes or roles.COMPARTMENTS[dossier.compartment].sort != "name":
            continue
        workers = bench.readers_of(dossier.subject) or ()
        able = {
            one for one in workers if one in members and roles.may_hold(members[one], dossier.compartment)
        }
        if able - office.members_holding(dossier.id):
            found[dossier.subject, dossier.compartment] = workers
    return [(*place, workers) for place, workers in found.items()]

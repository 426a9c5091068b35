"""Shredding: bodies and keys of a dossier are destroyed on every device that hears of it.

The chain still verifies, since segments name bodies by hash. Each device says when it has done it; what has
not said so may hold it still, and is shown. A device that never comes back, a copy on a stick in a drawer
and the remnants on flash storage are out of reach: nobody can promise for them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from kunak.vault import dossiers, roles, trust
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.bodies import Item
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import new_dossier
from kunak.vault.hand import Vault
from kunak.vault.log import SHREDDED, WITHDRAWN, Act


class Acknowledged(NamedTuple):
    """Who has destroyed what was shredded: (member, device) that have said so, and that have not yet."""

    done: tuple[tuple[str, bytes], ...]
    awaited: tuple[tuple[str, bytes], ...]


def dossiers_of(vault: Vault, subject: str, compartments: Iterable[str] | None = None) -> tuple[bytes, ...]:
    """The dossiers about a subject that this hand can name: those it reads, and those it holds a share of."""
    ring = vault.caught_up()
    wanted = None if compartments is None else set(compartments)
    return tuple(
        known.id
        for known in (*ring, *ring.shares.values())
        if known.subject == subject and (wanted is None or known.compartment in wanted)
    )


def shred(vault: Vault, wanted: Sequence[bytes], at: datetime, items: Sequence[Item] = ()) -> None:
    """Destroy these dossiers here and have them destroyed everywhere, in one segment with ``items``."""
    with vault.office.lock:
        ring, log = vault.caught_up(), vault.office.log
        due = [dossier for dossier in wanted if dossier not in log.shredded]
        if not due:
            return
        bodies, grants = log.things_of(due)
        drop = [(BODY_SHELF, name) for name in bodies] + [(GRANT_SHELF, name) for name in grants]
        vault.write(items, at, acts=[Act(SHREDDED, dossier) for dossier in due], drop=drop)
        for dossier in due:
            ring.forget(dossier)
        vault.office.store.commit((ring.blob(),), drop)


def acknowledged(vault: Vault, dossier: bytes) -> Acknowledged:
    """Which devices of today have destroyed a shredded dossier, and which have not said so."""
    gone = vault.office.log.gone.get(dossier, set())
    devices = [(device.member, device.id) for device in vault.office.epoch.document.devices]
    done = tuple(device for device in devices if device[1] in gone)
    return Acknowledged(done, tuple(device for device in devices if device[1] not in gone))


def pass_on(vault: Vault, subject: str, compartment: str, readers: Sequence[str], at: datetime) -> None:
    """Make these members, and no others, the readers of a dossier that is read by name.

    They are granted what was written so far; whoever is not among them any more is told to forget their
    key, and what is written from now on is under another one. Raises NobodyMayRead.
    """
    with vault.office.lock:
        ring, office = vault.caught_up(), vault.office
        chosen = roles.readers(
            compartment, subject, trust.trusted(office, compartment), tuple(readers), vault.member
        )
        known = [one for one in ring if (one.subject, one.compartment) == (subject, compartment)]
        granting: list[dossiers.Granting] = []
        acts: list[Act] = []
        for dossier in known:
            holders = office.log.holders(dossier.id)
            devices = trust.devices(office, chosen, compartment)
            granting += dossiers.grant(office.id, dossier, [d for d in devices if d.id not in holders])
            keeping = {device.id for device in devices}
            acts += [Act(WITHDRAWN, dossier.id, device) for device in sorted(holders - keeping)]
        generation = max((one.generation for one in known), default=-1) + 1
        fresh = new_dossier(subject, compartment, chosen, generation)
        granting += dossiers.grant(office.id, fresh, trust.devices(office, chosen, compartment))
        vault.write((), at, granting=granting, acts=acts)
        if any(given.dossier == fresh.id and given.device == vault.identity.device for given, _ in granting):
            ring.add(fresh)
        vault.caught_up()

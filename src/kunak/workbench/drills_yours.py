"""Drills on a copy of one's own office: what would hold today, were it the worst day. The office is only read.

The copy lies in a folder of its own and is destroyed afterwards; what is tried on it reaches nobody.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kunak.vault import membership, roles, succession
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.log import SEEN, Act
from kunak.vault.succession import NoSeal, Standing
from kunak.vault.sync import StoreRolledBack
from kunak.workbench.bench import Workbench
from kunak.workbench.drills import N_, Check, Exposed, Step, refused
from kunak.workbench.drills_stage import FilePlace
from kunak.workbench.founding import device_mark

Yours = Callable[[Workbench, Path], Iterator[Step]]


def quorum(bench: Workbench, _: Path) -> Iterator[Step]:
    """Whether trustees could restore it."""
    standing = _standing(bench)
    yield Check(N_("The office has a seal."), standing is not None)
    if standing is None:
        return
    yield Check(N_("A second member has vouched for it."), standing.in_force)
    yield Check(
        N_(
            "It holds the keys of what a successor needs, as far as this device can name it; lacking: {count}."
        ),
        standing.lacking == 0,
        {"count": standing.lacking},
    )
    yield Exposed(
        N_(
            "Enough trustees together, with any copy of the store, can open {count} files and what is like them."
        ),
        {"count": standing.sealed},
    )


def device(bench: Workbench, _: Path) -> Iterator[Step]:
    """What each device could read, and what would be lost with this one."""
    vault = bench.vault
    ring, office = vault.caught_up(), vault.office
    own = {vault.identity.device}
    only = sum(office.log.holders(one.id) <= own for one in ring)
    yield Check(
        N_("All that this device reads, another device or the seal can open too; not so: {count} files."),
        only == 0,
        {"count": only},
    )
    admins = [one for one in office.epoch.document.members if one.admin and not roles.is_seal(one)]
    yield Check(N_("If an admin's device is lost, another admin can remove it."), len(admins) > 1)
    for known in office.epoch.document.devices:
        if known.member in vault.members:
            yield _of_device(bench, known.member, known.id)


def _of_device(bench: Workbench, member: str, known: bytes) -> Exposed:
    held = membership.could_read(bench.vault, (known,))
    alone = sum(not one.share for one in held.could_read)
    return Exposed(
        N_(
            "{member} {device}, taken unlocked: {alone} files alone, half of the key to {shared} that two open,"
            " {unnamed} that this device cannot name."
        ),
        {
            "member": member,
            "device": device_mark(known),
            "alone": alone,
            "shared": len(held.could_read) - alone,
            "unnamed": held.unnamed,
        },
    )


def member(bench: Workbench, _: Path) -> Iterator[Step]:
    """Whether two remain who open together, whoever goes."""
    vault = bench.vault
    ring, standing = vault.caught_up(), _standing(bench)
    by_seal = standing is not None and standing.in_force and standing.lacking == 0
    lone = 0
    for held in ring.shares.values():
        holding = vault.office.members_holding(held.id) & set(vault.members)
        inherited = roles.rule_of(held.compartment).inherited
        lone += len(holding) <= roles.THRESHOLD and not (by_seal and inherited)
    yield Check(
        N_(
            "Whoever is removed, two remain, or the seal, who open what two must open; not so: {count} files."
        ),
        lone == 0,
        {"count": lone},
    )
    waiting = [one for one in vault.members if one in membership.awaiting_vouch(vault)]
    yield Check(N_("No member waits for your word that you know them."), not waiting)


def relay(bench: Workbench, aside: Path) -> Iterator[Step]:
    """Whether a relay that is lost could be filled from this device."""
    place, vault = FilePlace(aside / "meeting"), bench.vault
    place.round(bench)
    log = vault.office.log
    named = [name for dossier, names in log.bodies.items() if dossier not in log.shredded for name in names]
    there = {name for name, _ in place.store.fetch(BODY_SHELF, named)}
    lacking = len(set(named) - there) + len(log.segments) - sum(1 for _ in place.store.since("segment"))
    yield Check(
        N_(
            "A new relay can be filled from this device; of what its history names, it lacks {count} records."
        ),
        lacking == 0,
        {"count": lacking},
    )
    yield Exposed(
        N_("Of a relay that was taken: {size} bytes, all sealed; how much is written, and on which days."),
        {"size": len(place.taken())},
    )
    place.lose()


def database(bench: Workbench, aside: Path) -> Iterator[Step]:
    """Whether this device notices an old backup at the place where devices meet."""
    place = FilePlace(aside / "meeting")
    place.round(bench)
    place.back_up()
    bench.vault.write((), bench.now(), acts=[Act(SEEN, b"")])
    place.round(bench)
    place.put_back()
    missed = refused(StoreRolledBack, (place.round(one) for one in (bench,)))
    yield Check(N_("This device notices when an old backup is put back."), missed)
    place.anew(bench)
    there = sum(1 for _ in place.store.since("segment"))
    back = there == len(bench.vault.office.log.segments)
    yield Check(N_("Synced anew by this device, nothing is lacking there."), back)
    place.lose()


def _standing(bench: Workbench) -> Standing | None:
    try:
        return succession.standing(bench.vault)
    except NoSeal:
        return None


YOURS: Mapping[str, Yours] = {
    "quorum": quorum,
    "device": device,
    "member": member,
    "relay": relay,
    "database": database,
}

"""What a hand does for the office each time it catches up, without being asked.

* Colleagues' devices that may read a dossier and have no key yet are granted it: newcomers, second devices.
* What was shredded elsewhere is destroyed here, and that is acknowledged.
* Grants that were withdrawn, and shares lent for an opening that is over, are destroyed.
* A member who may hold shares and has none gets one, made by two who have (``replacing``).
* An admin merges a change of members that was made apart; and where two have removed each other, a third decides.
"""

from collections.abc import Iterator
from datetime import datetime

from kunak.vault import replacing, roles, trust
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import Dossier, Granting, HeldShare, KeyRing, grant, grant_share
from kunak.vault.epochs import Change, Device, Member
from kunak.vault.hand import Vault
from kunak.vault.log import GONE, SEEN, Act
from kunak.vault.office import Office


def tend(vault: Vault, at: datetime) -> bool:
    """Do what is due. Returns whether anything was. Raises Unreachable."""
    with vault.office.lock:
        ring = vault.caught_up()
        lineage = vault.office.lineage
        decides = vault.member in lineage.thirds
        if vault.me.admin and (lineage.sides or decides or _written_in_vain(vault.office)):
            vault.next_epoch(_merging(vault), at)
        granting = [*_keys_due(vault, ring), *_shares_due(vault, ring)]
        acts = [Act(GONE, dossier) for dossier in _unacknowledged(vault)]
        passed_on, ended = replacing.steps(vault, ring)
        granting, acts = granting + passed_on, acts + ended
        drop = list(_dead(vault))
        if not (granting or acts or drop):
            return False
        for dossier in vault.office.log.shredded:
            ring.forget(dossier)
        if granting or acts:
            vault.write((), at, granting=granting, acts=acts, drop=drop)
        if ring.has_changed() or drop:
            vault.office.store.commit((ring.blob(),), drop)
        vault.caught_up()
        return bool(granting or acts)


def acknowledge(vault: Vault, at: datetime) -> None:
    """Let the others see how far this device has come, if it has not written since the newest epoch.

    A segment names what its writer had seen; so others need not send it again.
    """
    last = vault.office.log.last_epoch.get(vault.identity.device)
    if last != vault.office.epoch.tag:
        vault.write((), at, acts=[Act(SEEN, b"")])


def _keys_due(vault: Vault, ring: KeyRing) -> Iterator[Granting]:
    """Keys of what this hand can read, for devices that may read it and cannot yet."""
    for dossier in ring:
        lacking = _lacking(vault, dossier)
        if lacking:
            yield from grant(vault.office.id, dossier, lacking)


def _shares_due(vault: Vault, ring: KeyRing) -> Iterator[Granting]:
    """This member's own shares, for this member's other devices."""
    for held in ring.shares.values():
        mine = trust.devices(vault.office, (vault.member,), held.compartment)
        holders = vault.office.log.holders(held.id)
        lacking = [device for device in mine if device.id not in holders]
        if lacking:
            yield from grant_share(vault.office.id, held, lacking)


def _lacking(vault: Vault, dossier: Dossier | HeldShare) -> list[Device]:
    office, log = vault.office, vault.office.log
    rule = roles.COMPARTMENTS.get(dossier.compartment)
    if rule is None:  # of a newer program
        return []
    holders = log.holders(dossier.id)
    able = [
        one for one in trust.trusted(office, dossier.compartment) if roles.may_hold(one, dossier.compartment)
    ]
    if rule.sort == "name":  # its readers are those who hold it, not those who were first to
        # Nobody does where whoever founded it does not count any more: then those for whom it was founded.
        holding = office.members_holding(dossier.id) or set(dossier.readers[: roles.MOST_NAMED])
        able = [one for one in able if one.code in holding or roles.is_seal(one)]
    return [
        device
        for device in trust.devices(office, [one.code for one in able], dossier.compartment)
        if device.id not in holders and not log.is_withdrawn(dossier.id, device.id)
    ]


def _unacknowledged(vault: Vault) -> list[bytes]:
    log, device = vault.office.log, vault.identity.device
    return [dossier for dossier in log.shredded if device not in log.gone.get(dossier, ())]


def _dead(vault: Vault) -> Iterator[tuple[str, bytes]]:
    """What lies on this machine and must not: bodies and grants of the shredded, withdrawn grants."""
    log, store = vault.office.log, vault.office.store
    bodies, grants = log.dead()
    yield from ((BODY_SHELF, name) for name, _ in store.fetch(BODY_SHELF, bodies))
    yield from ((GRANT_SHELF, name) for name, _ in store.fetch(GRANT_SHELF, grants))


def _written_in_vain(office: Office) -> bool:
    """Whether a colleague followed an admin who was removed, and wrote in an epoch that does not count.

    Whoever was not in it can open that only when a later epoch carries its secrets.
    """
    tags = {epoch.tag for epoch in office.lineage.apart}
    return bool(tags) and any(one.skeleton.epoch in tags for one in office.log.segments)


def _merging(vault: Vault) -> Change:
    """What the sides changed, as far as it is not so yet."""
    lineage, newest = vault.office.lineage, vault.office.epoch
    joining = {}
    for side in lineage.sides:
        for device in side.document.devices:
            member = side.member(device.member)
            if member and newest.device(device.id) is None and device.id not in lineage.cuts:
                joining[device.id] = (member, device)
    return Change(
        joining=tuple(joining.values()),
        leaving=tuple(cut for device, cut in lineage.cuts.items() if device not in newest.cuts),
        members=tuple(_changed_aside(vault.office).values()),
    )


def _changed_aside(office: Office) -> dict[str, Member]:
    """Members to whom a side gave other roles, or other rights, than they had before; unless what leads did too."""
    newest = office.epoch
    changed: dict[str, Member] = {}
    by_hash = {epoch.hash: epoch for epoch in office.lineage.by_tag.values()}
    for side in office.lineage.sides:
        before = by_hash[side.document.before]
        for member in side.document.members:
            old, now = before.member(member.code), changed.get(member.code) or newest.member(member.code)
            if old is None or now is None or (old.roles, old.admin) != (now.roles, now.admin):
                continue
            if (member.roles, member.admin) != (old.roles, old.admin):
                changed[member.code] = now._replace(roles=member.roles, admin=member.admin)
    return changed

"""Who counts: nobody comes to a key by one person's word.

An admin admits members and devices, and changes roles, alone. Were that enough, whoever holds one admin's machine
could admit an invented colleague, or a machine of their own under a colleague's code, and be granted the files of
all. So in an office of two or more

* a root key (each device that joins brings one) counts only when a second hand **vouches** for it: another
  member's, or the same member's on a device that counts already; never that of whoever admitted it;
* a role that an admin gave to themselves counts only when another member vouches for it;
* the office's seal counts only when vouched for, always.

A hand vouches only from a device that counts itself. Until then a newcomer reads the index, which holds nothing
personal, and nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from kunak.vault import epochs, seal
from kunak.vault.epochs import Device, Epoch, Member
from kunak.vault.office import Office
from kunak.vault.roles import is_seal, rule_of


class _Claim(NamedTuple):
    """A root key or a role that signatures gave to a member. ``alone``: there was no second hand."""

    code: str
    what: bytes  # the root key, or the role
    mark: bytes
    signers: frozenset[str]
    alone: bool


class _Standing(NamedTuple):
    """What counts in an office, as far as its log has come."""

    roots: frozenset[tuple[str, bytes]]
    roles: frozenset[tuple[str, str]]
    devices: frozenset[bytes]
    waiting: tuple[_Claim, ...]
    root_of: dict[bytes, tuple[str, bytes]]
    seals: frozenset[str]  # codes that are or were the office's seal


def holders(office: Office) -> tuple[Member, ...]:
    """The members of today who may hold shares or be named, each with the roles that count."""
    return _counting(office, lambda _: False)


def trusted(office: Office, compartment: str) -> tuple[Member, ...]:
    """The members of today who may be granted something of a compartment, each with the roles that count."""
    early = rule_of(compartment).for_newcomers
    return _counting(office, lambda one: early and not is_seal(one))


def devices(office: Office, codes: Iterable[str], compartment: str) -> tuple[Device, ...]:
    """The devices of these members that may be granted something of a compartment."""
    now, early = _standing(office), rule_of(compartment).for_newcomers
    wanted = office.epoch.devices_of(codes)
    return tuple(one for one in wanted if one.id in now.devices or (early and one.member not in now.seals))


def is_vouched(office: Office, member: Member) -> bool:
    """Whether nothing of a member waits for a second hand: no device, no role."""
    return not any(claim.code == member.code for claim in _standing(office).waiting)


def counts(office: Office, device: bytes) -> bool:
    """Whether a device of today counts, so that its hand may vouch."""
    return device in _standing(office).devices


def vouchable(office: Office, member: Member, by: str) -> tuple[bytes, ...]:
    """The acts' marks by which ``by`` may vouch for a member; none where there is nothing for them to vouch for."""
    now = _standing(office)
    return tuple(
        claim.mark
        for claim in now.waiting
        if claim.code == member.code
        and by not in claim.signers
        and not (by == claim.code and _is_role(claim))
        if by != claim.code or any(code == by for code, _ in now.roots)
    )


def _counting(office: Office, also: Callable[[Member], bool]) -> tuple[Member, ...]:
    """The members of today who count, and those besides, each with the roles that count."""
    now = _standing(office)
    codes = {code for code, _ in now.roots}
    return tuple(
        _as_counts(one, now) for one in office.epoch.document.members if one.code in codes or also(one)
    )


def _as_counts(member: Member, now: _Standing) -> Member:
    return member._replace(roles=tuple(role for role in member.roles if (member.code, role) in now.roles))


def _standing(office: Office) -> _Standing:
    at = (
        office.epoch.hash,
        office.times_begun,
        len(office.lineage.by_tag),
        sum(map(len, office.log.vouched_by.values())),
    )
    if office.standing is None or office.standing[0] != at:
        office.standing = at, _find(office)
    found = office.standing[1]
    assert isinstance(found, _Standing)
    return found


def _find(office: Office) -> _Standing:
    history = _history(office)
    seals = frozenset(one.code for epoch in history for one in epoch.document.members if is_seal(one))
    roots, held = list(_roots(history, seals)), list(_roles(history))
    root_of = _root_of_each(office, history)
    counting = {(claim.code, claim.what) for claim in roots if claim.alone}
    while True:  # whoever is vouched for may be the one who vouches for the next
        more = {
            (claim.code, claim.what)
            for claim in roots
            if (claim.code, claim.what) not in counting and _has_second(office, claim, counting, root_of)
        }
        if not more:
            break
        counting |= more
    roles = {
        (claim.code, claim.what.decode())
        for claim in held
        if claim.alone or claim.code not in claim.signers or _has_second(office, claim, counting, root_of)
    }
    here = {device.id for device in office.epoch.document.devices if root_of[device.id] in counting}
    today = {(member.code, root) for member in office.epoch.document.members for root in member.roots}
    own = {(member.code, role) for member in office.epoch.document.members for role in member.roles}
    waiting = [one for one in roots if (one.code, one.what) in today - counting]
    waiting += [one for one in held if (one.code, one.what.decode()) in own - roles]
    return _Standing(
        frozenset(counting & today), frozenset(roles), frozenset(here), tuple(waiting), root_of, seals
    )


def _history(office: Office) -> list[Epoch]:
    """All epochs that count, the first first."""
    counting = office.lineage.counting
    counted = (epoch for epoch in office.lineage.by_tag.values() if epoch.hash in counting)
    return sorted(counted, key=lambda one: (one.number, one.hash))


def _has_second(
    office: Office,
    claim: _Claim,
    counting: set[tuple[str, bytes]],
    root_of: dict[bytes, tuple[str, bytes]],
) -> bool:
    for device in office.log.vouched_by.get(claim.mark, ()):
        root = root_of.get(device)
        if root is None or root not in counting or root[0] in claim.signers:
            continue
        if root[0] != claim.code or (not _is_role(claim) and root[1] != claim.what):
            return True
    return False


def _roots(history: Sequence[Epoch], seals: Collection[str]) -> Iterator[_Claim]:
    """Each root key, with everybody who brought it in."""
    for (code, root), (signers, alone) in _brought(history, lambda one: one.roots).items():
        mark = seal.digest(seal.context("vouch", code.encode(), root))
        yield _Claim(code, root, mark, signers, alone and code not in seals)


def _roles(history: Sequence[Epoch]) -> Iterator[_Claim]:
    """Each role of a member, with everybody who gave it."""
    told = _brought(history, lambda one: [role.encode() for role in one.roles])
    for (code, role), (signers, alone) in told.items():
        mark = seal.digest(seal.context("vouch/role", code.encode(), role))
        yield _Claim(code, role, mark, signers, alone)


def _brought(
    history: Sequence[Epoch], of: Callable[[Member], Iterable[bytes]]
) -> dict[tuple[str, bytes], tuple[frozenset[str], bool]]:
    """What members have, by (code, what): who signed the epochs that brought it in, and whether each was alone.

    An epoch that merges a side brings in nothing: whoever signed the side did. Whose devices are all new does not
    count as somebody who was there: in an office of two, one may give the other a new device.
    """
    by_hash = {epoch.hash: epoch for epoch in history}
    found: dict[tuple[str, bytes], tuple[frozenset[str], bool]] = {}
    for epoch in history:
        names = (epoch.document.before, *(known.hash for known in epochs.earlier(epoch)))
        behind = [by_hash[name] for name in names if name in by_hash]
        old = {(one.code, what) for known in behind for one in known.document.members for what in of(one)}
        alone = _stayed(epoch, behind) < 2
        for place in ((one.code, what) for one in epoch.document.members for what in of(one)):
            if place not in old:
                signers, was_alone = found.get(place, (frozenset(), True))
                found[place] = signers | {epoch.document.signer}, was_alone and alone
    return found


def _stayed(epoch: Epoch, behind: Iterable[Epoch]) -> int:
    """How many people of an epoch were there before, on a device that they still have."""
    known = {root for one in behind for member in one.document.members for root in member.roots}
    return sum(not is_seal(one) and not known.isdisjoint(one.roots) for one in epoch.document.members)


def _root_of_each(office: Office, history: Iterable[Epoch]) -> dict[bytes, tuple[str, bytes]]:
    """Which root key certifies each device that ever belonged. A device keeps its keys for ever."""
    before = office.standing[1] if office.standing else None
    known = dict(before.root_of) if isinstance(before, _Standing) else {}
    for epoch in history:
        for device in epoch.document.devices:
            member = epoch.member(device.member)
            if device.id not in known and member is not None:
                known[device.id] = member.code, epochs.root_of(device, member)
    return known


def _is_role(claim: _Claim) -> bool:
    return len(claim.what) != seal.KEY_BYTES

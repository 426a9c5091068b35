"""A share for a member who has none, made by two who have, without anybody seeing the key.

A dead or absent holder is replaced like this, and a newcomer gets shares of what was written before. Two
holders A and B (the enrolment protocol of ``shares``; A deals for both, since B's part is random to A):

    A ── part (random to B) ──► B          A ── sum of A ──► newcomer
                                B ── sum of B ──────────────► newcomer, who adds the two

Each step is a grant in the log. Who may hold shares is the table in ``roles``, and whom two vouch for (``trust``);
each hand looks for itself, so that one hand alone cannot make holders.
"""

from collections.abc import Iterator
from typing import NamedTuple

from kunak.errors import Damaged, Refused
from kunak.vault import roles, seal, shares, trust
from kunak.vault.codec import pack, unpack
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import Granting, HeldShare, KeyRing, grant_share
from kunak.vault.epochs import Device
from kunak.vault.hand import Vault
from kunak.vault.log import ENDED, PART, SHARE, SUM, Act, Grant
from kunak.vault.office import Office
from kunak.vault.stores import Blob

_LEAST = 256


class _Passed(NamedTuple):
    """A part or a sum, and the share that it is for."""

    value: bytes
    helpers: tuple[int, int]  # places of A and B
    newcomer: str
    x: int
    check: bytes
    subject: str
    compartment: str
    generation: int
    readers: tuple[str, ...]


def steps(vault: Vault, ring: KeyRing) -> tuple[list[Granting], list[Act]]:
    """The steps that are this hand's to take now, and what they end."""
    granting: list[Granting] = []
    ended: list[Act] = []
    for passed_on, done in (*_answers(vault, ring), *_finishes(vault, ring)):
        granting += passed_on
        ended += done
    granting += [made for held in ring.shares.values() for made in _begins(vault, held)]
    return granting, ended


def _begins(vault: Vault, own: HeldShare) -> Iterator[Granting]:
    """As A: for each member who may hold a share of this and has none."""
    office, log = vault.office, vault.office.log
    holding = office.members_holding(own.id)
    helpers = sorted(code for code in holding if _helps(office, own, code))
    if own.id in log.shredded or len(helpers) < roles.THRESHOLD or helpers[0] != vault.member:
        return  # only the first of the holders begins, lest all do
    able = [one.code for one in trust.holders(office) if roles.may_hold(one, own.compartment)]
    under_way = {
        (given.device, given.x)
        for _, given in log.lent.values()
        if given.sort in (PART, SUM) and given.dossier == own.id
    }
    taken = _places(office, own.id) | {x for _, x in under_way}
    for newcomer in (code for code in able if code not in holding):
        devices = trust.devices(office, (newcomer,), own.compartment)
        if any(device.id == there for device in devices for there, _ in under_way):
            continue
        x = _free_place(own.id, newcomer, taken)
        taken.add(x)
        yield from _deal(vault, own, helpers[1], newcomer, x)


def _deal(vault: Vault, own: HeldShare, other: str, newcomer: str, x: int) -> Iterator[Granting]:
    office = vault.office
    other_devices = trust.devices(office, (other,), own.compartment)
    other_x = next(
        given.x
        for device, (_, given) in office.log.granted[own.id].items()
        if device in {known.id for known in other_devices}
    )
    helpers = (own.x, other_x)
    try:
        parts = shares.enrol_split(shares.Share(own.x, own.y), helpers, x)
    except Refused:  # a colleague's program has said of a share that it lies where none can
        return
    passed = _Passed(b"", helpers, newcomer, x, own.check, *own[4:])
    yield from _pass(vault, own.id, PART, passed._replace(value=parts[other_x]), other_devices)
    yield from _pass(
        vault,
        own.id,
        SUM,
        passed._replace(value=parts[own.x]),
        trust.devices(office, (newcomer,), own.compartment),
    )


def _answers(vault: Vault, ring: KeyRing) -> Iterator[tuple[list[Granting], list[Act]]]:
    """As B: to each part that was passed to this device; of several for one share to one at a time.

    Two of A's machines that were apart may have dealt one place to two newcomers: the second of them is dealt for
    again, since two shares of one place are one share.
    """
    office, answered = vault.office, _answered(vault)
    for given, passed in _passed_here(vault, ring, PART):
        own, place = ring.shares.get(given.dossier), (given.dossier, given.x)
        if own is None or own.x != passed.helpers[1]:
            continue
        ended = [Act(ENDED, given.dossier, given.hash)]
        holding = passed.newcomer in office.members_holding(given.dossier)
        if holding or not _may_hold(office, passed.newcomer, own.compartment):
            yield [], ended
        elif answered.get(place, passed.newcomer) != passed.newcomer or given.x in _places(office, own.id):
            yield [], ended + _sums_beside(office, given)
        elif place not in answered:
            answered[place] = passed.newcomer
            yield list(_summed(vault, own, given, passed)), ended


def _answered(vault: Vault) -> dict[tuple[bytes, int], str]:
    """By share and place, the newcomer to whom this member has passed a sum that is not used yet."""
    office = vault.office
    return {
        (given.dossier, given.x): device.member
        for segment, given in office.log.lent.values()
        if given.sort == SUM
        and segment.member == vault.member
        and (device := office.epoch.device(given.device))
    }


def _summed(vault: Vault, own: HeldShare, given: Grant, passed: _Passed) -> Iterator[Granting]:
    mine = shares.times(shares.weight(own.x, passed.helpers, passed.x), own.y)
    summed = passed._replace(value=shares.enrol_combine((mine, passed.value)))
    devices = trust.devices(vault.office, (passed.newcomer,), own.compartment)
    yield from _pass(vault, given.dossier, SUM, summed, devices)


def _sums_beside(office: Office, part: Grant) -> list[Act]:
    """The end of A's sums of the deal that a part is of, so that A deals again."""
    lent = office.log.lent
    return [
        Act(ENDED, one.dossier, one.hash)
        for one in lent[part.hash][0].skeleton.grants
        if one.sort == SUM and (one.dossier, one.x) == (part.dossier, part.x) and one.hash in lent
    ]


def _helps(office: Office, own: HeldShare, code: str) -> bool:
    """Whether a member, no seal, holds a share on a device that counts."""
    there = {device.id for device in trust.devices(office, (code,), own.compartment)}
    return bool(there & office.log.holders(own.id)) and not _is_seal(office, code)


def _is_seal(office: Office, code: str) -> bool:
    member = office.epoch.member(code)
    return member is not None and roles.is_seal(member)


def _may_hold(office: Office, code: str, compartment: str) -> bool:
    return any(one.code == code and roles.may_hold(one, compartment) for one in trust.holders(office))


def _finishes(vault: Vault, ring: KeyRing) -> Iterator[tuple[list[Granting], list[Act]]]:
    """As the newcomer: when the sums of both have come."""
    by_share: dict[tuple[bytes, int, tuple[int, int]], list[tuple[Grant, _Passed]]] = {}
    for given, passed in _passed_here(vault, ring, SUM):
        by_share.setdefault((given.dossier, passed.x, passed.helpers), []).append((given, passed))
    for (dossier, x, _), sums in by_share.items():
        pair = next(((a, b) for a in sums for b in sums if _of_one_deal(vault, a[0], b[0])), None)
        if dossier not in ring.shares and pair is None:
            continue
        ended = [Act(ENDED, dossier, given.hash) for given, _ in sums]
        if dossier in ring.shares or pair is None:
            yield [], ended
            continue
        passed = pair[0][1]
        share = shares.enrol_finish([one.value for _, one in pair], x)
        held = HeldShare(dossier, x, share.y, passed.check, *passed[5:])
        ring.hold(held)
        devices = trust.devices(vault.office, (vault.member,), held.compartment)
        yield list(grant_share(vault.office.id, held, devices)), ended


def _of_one_deal(vault: Vault, first: Grant, second: Grant) -> bool:
    """Whether two sums belong together: B's segment ends the part that stands in A's beside A's sum.

    Two machines of A, or two that were apart, may both have dealt; sums of different deals give a wrong share.
    """
    lent = vault.office.log.lent
    if first.hash not in lent or second.hash not in lent:
        return False
    dealt, answered = lent[first.hash][0].skeleton, lent[second.hash][0].skeleton
    parts = {
        one.hash
        for one in dealt.grants
        if one.sort == PART and (one.dossier, one.x) == (first.dossier, first.x)
    }
    return any(act.sort == ENDED and act.what in parts for act in answered.acts)


def _passed_here(vault: Vault, ring: KeyRing, sort: int) -> Iterator[tuple[Grant, _Passed]]:
    log, identity = vault.office.log, vault.identity
    for _, given in list(log.lent.values()):
        if given.device != identity.device or given.sort != sort or given.dossier in log.shredded:
            continue
        sealed = vault.office.store.get(GRANT_SHELF, given.hash)
        if sealed is None:
            continue
        try:
            plain = ring.unwrapped(
                given, _info(vault.office.id, given.dossier, given.device, sort), sealed, _LEAST
            )
            passed = unpack(plain, _Passed)
        except Damaged:
            continue  # a colleague's machine wrapped nonsense: it opens nothing, and hurts nothing
        if _fits(passed):
            yield given, passed


def _fits(passed: _Passed) -> bool:
    """Whether it is a part or a sum of any share at all."""
    places = {*passed.helpers, passed.x}
    return len(passed.value) == seal.KEY_BYTES and len(places) == 3 and all(map(shares.is_place, places))


def _pass(
    vault: Vault, dossier: bytes, sort: int, passed: _Passed, devices: tuple[Device, ...]
) -> Iterator[Granting]:
    plain = seal.pad(pack(passed), _LEAST)
    for device in devices:
        info = _info(vault.office.id, dossier, device.id, sort)
        sealed = seal.seal_to(seal.load_x_wing_public(device.wrapping), info, plain)
        name = seal.digest(sealed)
        yield Grant(dossier, device.id, sort, passed.x, name), Blob(GRANT_SHELF, name, sealed)


def _places(office: Office, dossier: bytes) -> set[int]:
    """Where the shares lie that are held."""
    return {given.x for _, given in office.log.granted.get(dossier, {}).values() if given.sort == SHARE}


def _free_place(dossier: bytes, member: str, places: set[int]) -> int:
    """A place that two who begin apart will hardly give to two members: it hangs on the member's code. 0: none."""
    first = seal.digest(seal.context("share/place", dossier, member.encode()))[0]
    return next((x for x in ((first + step) % 255 + 1 for step in range(255)) if x not in places), 0)


def _info(office: bytes, dossier: bytes, device: bytes, sort: int) -> bytes:
    return seal.context("part" if sort == PART else "sum", office, dossier, device)

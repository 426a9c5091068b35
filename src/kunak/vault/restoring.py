"""Succession: with enough trustees' cards and any copy of an office's store, others go on where it had to stop.

What is done here happens once, on a machine of the successors:

1. The cards open the seal's keys (``succession``). As its first part, the copy is taken into a new store and
   verified like anything that comes from elsewhere; nothing is written into the copy.
2. One new epoch lets the successors in and, unless somebody goes on, removes all members before them. The
   seal's other part vouches for them, so that they may hold shares.
3. They are granted the keys that the seal inherits. Of what two must open, each gets a share of their own,
   weighed from the seal's two shares at a new place: nobody puts the secret together for that. So it takes two
   successors to open it, as it took two members before.

Then the seal's keys are let go. Its cards have been out of their holders' hands: a new seal is due.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from kunak.errors import Refused
from kunak.vault import epochs, membership, roles, seal, shares, trust
from kunak.vault.dossiers import Granting, HeldShare, KeyRing, grant, grant_share
from kunak.vault.epochs import Change, Cut, Device, Member
from kunak.vault.hand import OfficeExists, Vault
from kunak.vault.keys import DEFAULT_COST, Identity, KdfCost, Keystore, Unlocked, new_identity
from kunak.vault.lineage import Lineage
from kunak.vault.office import EPOCH_SHELF, Office, epoch_blob, is_empty, open_office, tip_name
from kunak.vault.paper import TrusteeCard
from kunak.vault.shares import Share
from kunak.vault.stores import Store
from kunak.vault.succession import CardsOutOfUse, NoSeal, open_heirs, require_newest
from kunak.vault.sync import take_from
from kunak.vault.tending import tend

ROLES = (roles.DUTY, roles.CASE_WORKER, roles.DOCUMENTER, roles.COORDINATOR)  # what they need for all of it
_GRANTS_AT_ONCE = 200


class SuccessorsUnfit(Refused):
    """There must be one successor or two, with codes that no member of the office has had."""

    code = "successors-unfit"
    hint = "Choose other codes: words that say nothing about the persons."


class Successor(NamedTuple):
    """Who goes on."""

    code: str
    passphrase: str
    roles: tuple[str, ...] = ROLES

    def __repr__(self) -> str:  # a traceback must never show it
        return f"Successor({self.code}, …)"


class Restored(NamedTuple):
    """What it came to. ``closed``: dossiers whose keys the seal does not hold, so they stay closed."""

    dossiers: int
    shares: int
    closed: int
    waiting: Mapping[str, int]  # records of the copy that could not be taken, by reason
    removed: tuple[str, ...]


class _Seal(NamedTuple):
    """Both hands of the seal on the new store."""

    first: Vault
    second: Vault


def restore(
    copy: Store,
    cards: Sequence[TrusteeCard],
    store: Store,
    successors: Sequence[Successor],
    at: datetime,
    *,
    going_on: Sequence[str] = (),
    cost: KdfCost = DEFAULT_COST,
) -> Restored:
    """Take the office in ``copy`` over into the empty ``store``. ``going_on``: codes of members who stay.

    Raises OfficeExists, SuccessorsUnfit, PassphraseNotUsable, Damaged, and what ``succession.open_heirs``
    raises. If it raises, nothing that it left in ``store`` is of use.
    """
    if not is_empty(store):
        raise OfficeExists()
    frames = [sealed for _, _, sealed in copy.since(EPOCH_SHELF)]
    keys = [Unlocked(one, secrets.token_bytes(seal.KEY_BYTES)) for one in open_heirs(cards, frames)]
    if len(keys) != roles.THRESHOLD:
        raise NoSeal()
    lineage = _lineage(frames, keys[0].identity)
    keystore, identities = _keystore(lineage, successors, keys[0].identity.office, cost)
    _verify(copy, keys[0], [one for one in frames if epochs.tag_of(one) not in lineage.by_tag])
    hands = _begin(store, lineage, frames, keys)
    received = take_from(hands.first, copy, at)
    for hand in hands:
        tend(hand, at)
    removed = _let_in(hands, identities, successors, keystore, at, going_on)
    given = _hand_on(hands, [one.code for one in successors], at)
    closed = _closed(hands)
    for hand in reversed(hands):
        hand.close()
    store.commit((), [("local", KeyRing.blob_name(one.identity.device)) for one in keys])
    return Restored(*given, closed, received.waiting, removed)


def _lineage(frames: Sequence[bytes], identity: Identity) -> Lineage:
    """The epochs as the seal can open them. Raises CardsOutOfUse where a newer seal is among the others."""
    lineage = Lineage(identity.office)
    opened = set(lineage.hear(frames, identity))
    require_newest(opened, (frame for frame in frames if frame not in opened))
    lineage.require()
    return lineage


def _keystore(
    lineage: Lineage, successors: Sequence[Successor], office: bytes, cost: KdfCost
) -> tuple[Keystore, list[Identity]]:
    once = {member.code for epoch in lineage.leading for member in epoch.document.members}
    codes = {one.code for one in successors}
    if not 1 <= len(codes) == len(successors) <= roles.THRESHOLD or codes & once:
        raise SuccessorsUnfit()
    keystore, identities = Keystore.new(cost), [new_identity(one.code, office) for one in successors]
    for one, identity in zip(successors, identities, strict=True):
        keystore, _ = keystore.with_member(one.passphrase, identity)
    return keystore, identities


def _verify(copy: Store, first: Unlocked, unopened: Sequence[bytes]) -> None:
    """Where the copy is of one device, which noted how far it had come: nothing may be missing from its end, and
    the seal must have been part of the office then."""
    tip = copy.get("local", tip_name(first.identity.office))
    if tip is None:
        return
    if any(epochs.tag_of(frame) == tip[: epochs.TAG_BYTES] for frame in unopened):
        raise CardsOutOfUse()
    open_office(copy, first)


def _begin(store: Store, lineage: Lineage, frames: Sequence[bytes], keys: Sequence[Unlocked]) -> _Seal:
    """The epochs into the new store, and the seal's hands on it."""
    office = Office(store, keys[0].identity.office, ())
    tip = office.tip_of(lineage.newest, (epoch.hash for epoch in lineage.leading), ())
    known = [frame for frame in frames if epochs.tag_of(frame) in lineage.by_tag]
    store.commit((*map(epoch_blob, known), tip))
    first = Vault.of(store, keys[0])
    return _Seal(first, Vault(first.office, keys[1], founder=first))


def _let_in(
    hands: _Seal,
    identities: Sequence[Identity],
    successors: Sequence[Successor],
    keystore: Keystore,
    at: datetime,
    going_on: Sequence[str],
) -> tuple[str, ...]:
    """The epoch of the successors; who was removed by it."""
    first, office = hands.first, hands.first.office
    first.caught_up()
    removed = tuple(code for code in first.members if code not in going_on)
    joining = tuple(
        (
            epochs.member_of(identity, admin=True, roles=roles.require_roles(one.roles)),
            epochs.describe(identity),
        )
        for one, identity in zip(successors, identities, strict=True)
    )
    leaving = tuple(Cut(*office.log.head(device.id)) for device in office.epoch.devices_of(removed))
    first.next_epoch(Change(joining, leaving), at, keystore)
    hands.second.caught_up()
    for code in membership.awaiting_vouch(hands.second):
        if code in {one.code for one in successors} and trust.counts(office, hands.second.identity.device):
            membership.vouch(hands.second, code, at)
    return removed


def _hand_on(hands: _Seal, codes: Sequence[str], at: datetime) -> tuple[int, int]:
    """Grant the successors what the seal holds. Returns how many dossiers, and how many of which shares."""
    first = hands.first
    members = [member for member in first.office.epoch.document.members if member.code in codes]
    given: set[bytes] = set()
    shared: set[bytes] = set()
    _write(first, _keys(hands, members, given), at)
    _write(first, _shares(hands, members, shared), at)
    return len(given), len(shared)


def _write(hand: Vault, granting: Iterator[Granting], at: datetime) -> None:
    while some := list(islice(granting, _GRANTS_AT_ONCE)):
        hand.write((), at, granting=some)


def _keys(hands: _Seal, members: Sequence[Member], given: set[bytes]) -> Iterator[Granting]:
    office = hands.first.office
    known = {one.id: one for hand in hands for one in hand.caught_up()}
    for dossier in known.values():
        devices = _devices(office, members, dossier.compartment, dossier.id)
        if devices:
            given.add(dossier.id)
        yield from grant(office.id, dossier, devices)


def _shares(hands: _Seal, members: Sequence[Member], given: set[bytes]) -> Iterator[Granting]:
    """A share for each successor, at a place of their own on the line through the seal's two."""
    office = hands.first.office
    others = hands.second.caught_up().shares
    for own in hands.first.caught_up().shares.values():
        other = others.get(own.id)
        if other is None:
            continue
        points = (Share(own.x, own.y), Share(other.x, other.y))
        places = {one.x for _, one in office.log.granted[own.id].values()}
        for device in _devices(office, members, own.compartment, own.id):
            x = next(free for free in range(1, shares.MOST_SHARES + 1) if free not in places)
            places.add(x)
            given.add(own.id)
            held = HeldShare(own.id, x, shares.interpolate(points, x), *own[3:])
            yield from grant_share(office.id, held, (device,))


def _devices(office: Office, members: Sequence[Member], compartment: str, dossier: bytes) -> list[Device]:
    if dossier in office.log.shredded:
        return []
    able = [one.code for one in members if roles.may_hold(one, compartment)]
    holders = office.log.holders(dossier)
    return [device for device in trust.devices(office, able, compartment) if device.id not in holders]


def _closed(hands: _Seal) -> int:
    """How many dossiers neither part of the seal holds a key of, nor both a share."""
    log, (first, second) = hands.first.office.log, (hand.caught_up() for hand in hands)
    both = first.shares.keys() & second.shares.keys()
    return sum(
        dossier not in log.shredded
        and dossier not in both
        and not (first.get(dossier) or second.get(dossier))
        for dossier in log.granted
    )

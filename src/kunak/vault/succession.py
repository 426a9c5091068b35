"""The office's seal: its keys, for the day on which it can no longer act itself.

The seal stands in the list of members as two who are no persons, ``seal-1`` and ``seal-2``: two, so that what
two must open can be opened by it. They are granted what a successor needs (``roles``), once a second member has
vouched for them (``trust``). Their own keys lie in the epochs, as **heirs**, sealed under a random secret. The
secret is split among trustees outside, on paper cards; then it and the keys are forgotten. So any copy of the
office's store and enough cards open what the seal inherits; the cards alone, or too few with a copy, nothing.

    deal      a fresh secret and its cards; write the cards first
    make      put the seal of these cards into the office, in the place of the one before
    vouch     as a second member, who was there when the cards were made: the seal takes effect
    end       take the seal out

Whoever makes a new seal puts the old cards out of use: its members are removed, and what was granted to them is
destroyed wherever this office syncs. An older copy of the store still opens with the old cards.

An heir: suite byte, then packed (check, sealed). ``check`` says which secret opens it without telling it;
nothing in it tells whose cards belong to it, or how many there are.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kunak.errors import Refused
from kunak.vault import epochs, membership, roles, seal, shares, trust
from kunak.vault.codec import pack, unpack
from kunak.vault.epochs import Change, Cut, Device, EpochNotValid, Member
from kunak.vault.hand import Vault
from kunak.vault.keys import Identity, new_identity
from kunak.vault.log import COUNTER_BITS, ENDED, SUM, WITHDRAWN, Act
from kunak.vault.office import EPOCH_SHELF
from kunak.vault.paper import SET_BYTES, TrusteeCard
from kunak.vault.shares import SharesTooFew, SomeShareWrong
from kunak.vault.tending import tend

CODES = ("seal-1", "seal-2")
_ABOUT = b"succession"
_LEAST = 512  # padding of an heir's keys, as in the keystore
_ACTS_AT_ONCE = 1000


class SealNeedsTwo(Refused):
    """A seal takes a second member, who vouches for it, and this office has only one."""

    code = "seal-needs-two"
    hint = "Add a second member first: by one person's word alone the seal would be that person's key."


class NoSeal(Refused):
    """This office has no seal."""

    code = "no-seal"
    hint = "An admin makes one with `kunak succession make`, on a quiet day."


class CardsMixed(Refused):
    """Not all of these cards are of one set. Of another set, counted in the order given: {numbers}."""

    code = "cards-mixed"
    hint = "Leave these out. They may be older cards, or of another office."


class CardsDoNotOpen(Refused):
    """These cards do not open this copy of the office."""

    code = "cards-do-not-open"
    hint = (
        "One card is wrong, or all are of another office or of a seal that is not in this copy. Add one card "
        "more: then a wrong one is named. Or take a newer copy."
    )


class CardsOutOfUse(Refused):
    """These cards are out of use: a newer seal has taken the place of theirs."""

    code = "cards-out-of-use"
    hint = "Ask the trustees for the cards of the newest set."


class Dealt(NamedTuple):
    """A fresh secret and the cards that it was split into."""

    secret: bytes
    cards: tuple[TrusteeCard, ...]

    def __repr__(self) -> str:  # a traceback must never show it
        return "Dealt(…)"


class Standing(NamedTuple):
    """How it stands with the seal. Counted is what this hand can name and a successor would need."""

    by: str  # who made it
    at: datetime
    in_force: bool  # a second member has vouched
    whole: bool  # its keys lie in the newest epoch, for its own two devices and no other
    yours_to_vouch: bool
    sealed: int  # dossiers whose keys, or shares of them, the seal holds
    lacking: int


class _Heir(NamedTuple):
    check: bytes
    sealed: bytes


def deal(trustees: int, needed: int) -> Dealt:
    """A secret split among so many trustees, of whom so many are needed. Raises SharesUnfit."""
    secret, set_id = secrets.token_bytes(seal.KEY_BYTES), secrets.token_bytes(SET_BYTES)
    split = shares.split(secret, needed, trustees)
    return Dealt(secret, tuple(TrusteeCard(set_id, needed, share) for share in split))


def make(vault: Vault, dealt: Dealt, at: datetime) -> None:
    """Put the seal of these cards into the office, in the place of the one before.

    It is granted nothing until another member vouches for it. Raises NotAllowedToAdmit, SealNeedsTwo,
    MemberExists.
    """
    membership.require_admin(vault)
    office = vault.office
    if len(vault.members) < roles.THRESHOLD:
        raise SealNeedsTwo()
    if any(code in vault.members for code in CODES):
        raise membership.MemberExists()
    parts = [new_identity(code, office.id) for code in CODES]
    joining = tuple(
        (epochs.member_of(one, admin=True, roles=(roles.SEAL,)), epochs.describe(one)) for one in parts
    )
    change = Change(joining=joining, leaving=_cuts(vault))
    vault.next_epoch(change, at, heirs=tuple(_heir(dealt.secret, one) for one in parts))
    _take_back(vault, at)


def end(vault: Vault, at: datetime) -> None:
    """Take the seal out of the office: its cards open nothing that is written from now on, and no newer copy.

    Raises NotAllowedToAdmit, NoSeal.
    """
    membership.require_admin(vault)
    leaving = _cuts(vault)
    if not leaving:
        raise NoSeal()
    vault.next_epoch(Change(leaving=leaving), at, heirs=())
    _take_back(vault, at)


def vouch(vault: Vault, at: datetime) -> None:
    """Say, as a second member, that the cards went to the trustees and the secret was kept by nobody.

    The seal is granted its keys from now on. Raises NoSeal, VouchNotYours.
    """
    vault.caught_up()
    parts = members_of(vault)
    if not parts:
        raise NoSeal()
    for part in parts:
        membership.vouch(vault, part.code, at)
    tend(vault, at)


def standing(vault: Vault) -> Standing:
    """How it stands with the seal. Raises NoSeal."""
    ring, office = vault.caught_up(), vault.office
    parts = members_of(vault)
    if not parts:
        raise NoSeal()
    made = next(epoch for epoch in office.lineage.leading if _is_in(epoch.member(parts[0].code), parts[0]))
    inherited = [one for one in (*ring, *ring.shares.values()) if roles.rule_of(one.compartment).inherited]
    devices, passed = {device.id for device in devices_of(vault)}, _passed(vault)
    sealed = sum(devices <= office.log.holders(one.id) | passed.get(one.id, set()) for one in inherited)
    return Standing(
        made.document.signer,
        datetime.fromtimestamp((made.document.clock >> COUNTER_BITS) / 1000, UTC),
        all(trust.is_vouched(office, part) for part in parts),
        len(parts) == len(devices) == len(_heirs(vault)) == len(CODES),
        all(trust.vouchable(office, part, vault.member) for part in parts),
        sealed,
        len(inherited) - sealed,
    )


def members_of(vault: Vault) -> tuple[Member, ...]:
    """The members that are parts of the seal."""
    return tuple(one for one in vault.office.epoch.document.members if roles.is_seal(one))


def devices_of(vault: Vault) -> tuple[Device, ...]:
    """Their devices, which lie on no machine."""
    return vault.office.epoch.devices_of(part.code for part in members_of(vault))


def open_heirs(cards: Sequence[TrusteeCard], frames: Iterable[bytes]) -> tuple[Identity, ...]:
    """The keys of the seal, from its cards and the epochs of a copy (their frames, oldest first).

    Raises CardsMixed, SharesTooFew, ShareWrong (which names the wrong ones), CardsDoNotOpen, NoSeal, Damaged.
    """
    by_check: dict[bytes, list[_Heir]] = {}
    for frame in frames:
        for heir in map(_read, epochs.heirs_of(frame)):
            known = by_check.setdefault(heir.check, [])
            known += [heir] if heir not in known else []
    if not by_check:
        raise NoSeal()
    for check, heirs in reversed(by_check.items()):
        secret = _joined(cards, check)
        if secret is not None:
            return tuple(_opened(secret, heir) for heir in heirs)
    raise CardsDoNotOpen()


def require_newest(opened: Iterable[bytes], unopened: Iterable[bytes]) -> None:
    """Return if no epoch that the seal cannot open carries another seal; else raise CardsOutOfUse."""
    ours = {heir for frame in opened for heir in epochs.heirs_of(frame)}
    if any(set(epochs.heirs_of(frame)) - ours for frame in unopened):
        raise CardsOutOfUse()


def require_one_set(cards: Sequence[TrusteeCard]) -> None:
    """Return if all cards are of one set; else raise CardsMixed, which names the others by their order."""
    sets = [(card.set_id, card.threshold) for card in cards]
    most = max(sets, key=sets.count, default=None)
    others = [place for place, one in enumerate(sets, start=1) if one != most]
    if others:
        raise CardsMixed(numbers=", ".join(map(str, others)))


def _joined(cards: Sequence[TrusteeCard], check: bytes) -> bytes | None:
    """The secret, if these are cards to this check."""
    require_one_set(cards)
    if not cards:
        raise SharesTooFew(have=0, need=roles.THRESHOLD)
    try:
        return shares.join_checked([card.share for card in cards], cards[0].threshold, check, _ABOUT)
    except SomeShareWrong:
        return None


def _heir(secret: bytes, identity: Identity) -> bytes:
    check = shares.check_value(secret, _ABOUT)
    sealed = seal.seal(_key(secret), seal.pad(pack(identity), _LEAST), _aad(check))
    return seal.SUITE + pack(_Heir(check, sealed))


def _read(received: bytes) -> _Heir:
    if received[:1] != seal.SUITE:
        raise EpochNotValid()
    return unpack(received[1:], _Heir)


def _opened(secret: bytes, heir: _Heir) -> Identity:
    return unpack(seal.unpad(seal.unseal(_key(secret), heir.sealed, _aad(heir.check)), _LEAST), Identity)


def _key(secret: bytes) -> bytes:
    return seal.derive(secret, seal.context("succession/heir"))


def _aad(check: bytes) -> bytes:
    return seal.context("succession/heir", check)


def _heirs(vault: Vault) -> tuple[bytes, ...]:
    """What the newest epoch carries. Two admins who changed something apart may have left it out."""
    tag = vault.office.epoch.tag
    frames = (sealed for _, _, sealed in vault.office.store.since(EPOCH_SHELF))
    return next((epochs.heirs_of(frame) for frame in frames if epochs.tag_of(frame) == tag), ())


def _is_in(member: Member | None, part: Member) -> bool:
    return member is not None and bool(set(member.roots) & set(part.roots))


def _cuts(vault: Vault) -> tuple[Cut, ...]:
    return tuple(Cut(*vault.office.log.head(device.id)) for device in devices_of(vault))


def _passed(vault: Vault) -> dict[bytes, set[bytes]]:
    """By dossier, the devices to which both sums that make a share were passed: they are added later."""
    passed = Counter(
        (given.dossier, given.device) for _, given in vault.office.log.lent.values() if given.sort == SUM
    )
    found: dict[bytes, set[bytes]] = {}
    for (dossier, device), times in passed.items():
        if times >= roles.THRESHOLD:
            found.setdefault(dossier, set()).add(device)
    return found


def _take_back(vault: Vault, at: datetime) -> None:
    """Have destroyed everywhere what was granted to seals of the past: their cards may lie about."""
    vault.caught_up()
    here = {device.id for device in devices_of(vault)}
    gone = {
        device.id
        for epoch in vault.office.lineage.leading
        for device in epoch.document.devices
        if (member := epoch.member(device.member)) and roles.is_seal(member) and device.id not in here
    }
    acts = list(_taking_back(vault, gone))
    for start in range(0, len(acts), _ACTS_AT_ONCE):
        vault.write((), at, acts=acts[start : start + _ACTS_AT_ONCE])
    tend(vault, at)


def _taking_back(vault: Vault, gone: set[bytes]) -> Iterator[Act]:
    log = vault.office.log
    for dossier, devices in log.granted.items():
        if dossier not in log.shredded:
            yield from (Act(WITHDRAWN, dossier, device) for device in sorted(gone & devices.keys()))
    yield from (
        Act(ENDED, given.dossier, given.hash) for _, given in log.lent.values() if given.device in gone
    )

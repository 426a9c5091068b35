"""Opening what nobody may open alone: one asks, a colleague on their own device releases, it lasts 30 minutes.

The request and the release are entries of the floors above, written with what is done here in one segment. A
release lends the colleague's share for this opening alone; the two shares give the dossiers' keys, which
live in this process's memory until the time is over and are never put into the key ring.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from kunak.errors import Locked, Refused
from kunak.vault import dossiers, roles, trust
from kunak.vault.bodies import Item, Opened, Writer, open_briefly
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.dossiers import Dossier, HeldShare
from kunak.vault.hand import Vault, milliseconds
from kunak.vault.log import COUNTER_BITS, ENDED, RELEASE, Act
from kunak.vault.shares import SharesDoNotFit, SharesTooFew, ShareWrong, SomeShareWrong

LASTS = timedelta(minutes=30)  # from the first look
WAITS = timedelta(hours=24)  # a release that nobody uses
ID_BYTES = 16


class NotYoursToOpenTogether(Locked):
    """Your roles do not open this, not even with a colleague."""

    code = "not-yours-to-open-together"
    hint = "Ask a member whose role it is; you may release it to them."


class NothingToOpen(Refused):
    """There is nothing of this kind that your share opens."""

    code = "nothing-to-open"
    hint = "If you joined lately, your share may still be on its way: let two colleagues open Kunak and sync."


class NotReleased(Locked):
    """No colleague has released this yet."""

    code = "not-released"
    hint = "A colleague must release it on their own device, then sync."


class OpeningOver(Locked):
    """The time for this opening is over."""

    code = "opening-over"
    hint = "Ask again, with a purpose, if you still need it."


def new_opening() -> bytes:
    """A random id for a request."""
    return secrets.token_bytes(ID_BYTES)


def sought(vault: Vault, subject: str, compartment: str) -> tuple[bytes, ...]:
    """The dossiers about a subject that this hand holds a share of.

    Raises NotYoursToOpenTogether, NothingToOpen.
    """
    rule = roles.rule_of(compartment)
    if rule.sort != "quorum" or not roles.may(vault.me, rule.openers):
        raise NotYoursToOpenTogether()
    held = tuple(
        share.id for share in _held(vault) if (share.subject, share.compartment) == (subject, compartment)
    )
    if not held:
        raise NothingToOpen()
    return held


def release(
    vault: Vault,
    opening: bytes,
    wanted: Sequence[bytes],
    member: str,
    items: Sequence[Item],
    at: datetime,
) -> None:
    """Lend this member's shares of these dossiers to a colleague's devices, in one segment with ``items``.

    Raises NothingToOpen; NotYoursToOpenTogether where the colleague's roles do not open them.
    """
    held = [share for share in _held(vault) if share.id in set(wanted)]
    asking = next((known for known in trust.holders(vault.office) if known.code == member), None)
    if not held:
        raise NothingToOpen()
    if asking is None or not all(
        roles.may(asking, roles.rule_of(share.compartment).openers) for share in held
    ):
        raise NotYoursToOpenTogether()
    lent = [
        made
        for share in held
        for made in dossiers.release(
            vault.office.id, share, opening, trust.devices(vault.office, (member,), share.compartment)
        )
    ]
    vault.write(items, at, granting=lent)


class Openings:
    """What one hand has open at the moment."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._open: dict[bytes, tuple[datetime, dict[bytes, Dossier]]] = {}
        self.unread: dict[bytes, Writer] = {}  # what was signed, lies here and does not open, by its place

    def read(self, opening: bytes, wanted: Sequence[bytes], at: datetime) -> Iterator[Opened]:
        """All entries of the dossiers of one opening. Raises NotReleased, OpeningOver, Damaged."""
        until, keys = self._open.get(opening) or self._begin(opening, wanted, at)
        if at >= until:
            self.end(opening, at)
            raise OpeningOver()
        self._open[opening] = until, keys
        yield from open_briefly(self._vault.office, keys, self.unread)

    def until(self, opening: bytes) -> datetime | None:
        """When an opening that was begun is over."""
        return self._open[opening][0] if opening in self._open else None

    def end(self, opening: bytes, at: datetime) -> None:
        """Forget the keys, and have what was lent destroyed everywhere."""
        _, keys = self._open.pop(opening, (at, {}))
        _end(self._vault, [given for given in _lent_here(self._vault) if given[0] in keys], at)

    def end_all(self, at: datetime) -> None:
        """End each opening whose time is over, and releases that nobody used."""
        for opening, (until, _) in list(self._open.items()):
            if at >= until:
                self.end(opening, at)
        oldest = milliseconds(at - WAITS) << COUNTER_BITS
        in_use = {dossier for _, keys in self._open.values() for dossier in keys}
        over = [given for given in _lent_here(self._vault, oldest) if given[0] not in in_use]
        _end(self._vault, over, at)

    def _begin(
        self, opening: bytes, wanted: Sequence[bytes], at: datetime
    ) -> tuple[datetime, dict[bytes, Dossier]]:
        own = self._vault.caught_up().shares
        keys: dict[bytes, Dossier] = {}
        wrong: ShareWrong | None = None
        for lent in self._lent(opening, frozenset(wanted) & own.keys()):
            try:
                keys.setdefault(lent.id, dossiers.joined(own[lent.id], lent))
            except ShareWrong as found:  # another colleague may have lent a right one
                wrong = found
            except (SharesDoNotFit, SharesTooFew):  # it says that it lies where one's own does
                wrong = wrong or SomeShareWrong()
        if not keys:
            raise wrong or NotReleased()
        return at + LASTS, keys

    def _lent(self, opening: bytes, wanted: Collection[bytes]) -> Iterator[HeldShare]:
        """The shares that colleagues have lent to this device for this opening, and no other."""
        vault = self._vault
        ring = vault.caught_up()
        for segment, given in list(vault.office.log.lent.values()):
            mine = given.sort == RELEASE and given.device == vault.identity.device
            if not mine or given.dossier not in wanted or segment.member == vault.member:
                continue
            sealed = vault.office.store.get(GRANT_SHELF, given.hash)
            if sealed is None:
                continue
            lent = ring.open_release(given, opening, sealed)
            if lent is not None:  # else it was lent for another opening of the same
                yield lent


def _held(vault: Vault) -> list[HeldShare]:
    log = vault.office.log
    return [share for share in vault.caught_up().shares.values() if share.id not in log.shredded]


def _lent_here(vault: Vault, before_clock: int | None = None) -> list[tuple[bytes, bytes]]:
    """(dossier, hash) of what was lent to this device; only what is older, if a clock is given."""
    return [
        (given.dossier, given.hash)
        for segment, given in vault.office.log.lent.values()
        if given.sort == RELEASE and given.device == vault.identity.device
        if before_clock is None or segment.skeleton.clock < before_clock
    ]


def _end(vault: Vault, lent: Sequence[tuple[bytes, bytes]], at: datetime) -> None:
    acts = [Act(ENDED, dossier, name) for dossier, name in lent]
    drop = [(GRANT_SHELF, name) for _, name in lent]
    if acts:
        vault.write((), at, acts=acts, drop=drop)

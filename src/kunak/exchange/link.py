"""The link between one hand on an office and the office's relay: rounds of syncing, letters, newcomers.

Keys are asked of the vault each time, because they change when somebody is removed. Then an admin's device
tells the relay the new ones before anything else; a device that was away, whose key the relay does not take
any more, reads in the lobby (the shelf of epochs, ``channel.Keys``) who belongs now, and goes on with the
newer key.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress

import httpx2

from kunak.errors import Unreachable
from kunak.exchange import doorstep
from kunak.exchange.channel import Keys
from kunak.exchange.line import Line, RelayNotOurs
from kunak.exchange.notice import NOTHING_SAID, Notice
from kunak.exchange.post import Post, rekey
from kunak.exchange.remote import RemoteStore, shelf_at_relay
from kunak.exchange.telling import notice_of, tell
from kunak.vault import Vault, joining, roles, seal
from kunak.vault.bodies import SHELF as BODY_SHELF
from kunak.vault.codec import pack
from kunak.vault.dossiers import SHELF as GRANT_SHELF
from kunak.vault.hand import secret_of
from kunak.vault.joining import Invitation
from kunak.vault.office import EPOCH_SHELF
from kunak.vault.receiving import receive
from kunak.vault.roles import OPENS_LETTERS
from kunak.vault.stores import Blob
from kunak.vault.sync import Synced, sync, sync_anew
from kunak.workbench import Workbench, relay_id
from kunak.workbench import joining as newcomers
from kunak.workbench.founding import public_keys
from kunak.workbench.joining import place_of
from kunak.workbench.tending import tend

PATIENCE_S = 15.0
TELL_AGAIN_S = 600.0
_TIMES = b"relay/times"  # how often the relay at an address was set up anew
_SEEN = b"relay/seen"
_TOLD = b"relay/told"


class Link:
    """One hand's way to the relay at ``address``. ``client`` and ``now`` are given by tests alone."""

    def __init__(
        self,
        address: str,
        *,
        client: httpx2.Client | None = None,
        now: Callable[[], float] = time.time,
        patience: float = PATIENCE_S,
    ) -> None:
        self.address = address
        self._client = client or httpx2.Client(base_url=address, timeout=patience, trust_env=False)
        self._now = now
        self._told, self._told_at = NOTHING_SAID, float("-inf")

    def round(
        self,
        bench: Workbench,
        holding: Callable[[], AbstractContextManager[object]] = nullcontext,
        *,
        anew: bool = False,
    ) -> Synced:
        """One round with the office's other devices, and what follows from it. ``anew``: all that the relay has
        lost is put there again, also what belongs to records that lie there still.

        The workbench is touched only inside ``holding``, which is never held while the network is waited for:
        pages go on meanwhile. Raises Unreachable, Damaged.
        """
        with holding():
            tend(bench)
        self.tell_keys(bench.vault)
        asked_with = bench.vault.office_secret("channel")
        try:
            done = self._sync(bench, anew)
        except RelayNotOurs:
            self._look_into_the_lobby(bench)
            if bench.vault.office_secret("channel") == asked_with:
                raise
            with holding():
                bench.refresh()
                tend(bench)
            self.tell_keys(bench.vault)
            done = self._sync(bench, anew)
        with holding():
            bench.refresh()
            tend(bench)
            said = notice_of(bench, bench.now())
        self._tell(bench.vault, said)
        return done

    def post(self, vault: Vault) -> Post:
        """The post with the keys of now. A hand whose roles do not open letters collects none."""
        seeds = vault.intake_seeds() if roles.may(vault.me, OPENS_LETTERS) else ()
        return Post(
            self.address,
            intake_seed=seeds[0] if seeds else None,
            older_intake_seeds=seeds[1:],
            channel_seed=vault.office_secret("channel"),
            rid=relay_id(vault),
            client=self._client,
            now=self._now,
        )

    def tell_keys(self, vault: Vault) -> None:
        """As an admin: have the relay take the keys of now, if they are not those it was told last.

        A relay that does not take them does not take the new channel key either: the round that follows says
        so. Raises RelayUnreachable.
        """
        if not vault.me.admin:
            return
        keys = _keys(vault)
        mark, place = seal.digest(pack(keys._replace(serial=0))), _purpose(_TOLD, self._place(vault))
        if vault.kept(place) == mark:
            return
        with suppress(RelayNotOurs):
            rekey(
                self.address,
                rid=relay_id(vault),
                admin_seed=vault.identity.root,
                keys=keys,
                client=self._client,
                now=self._now,
            )
            vault.keep(place, mark)

    def _tell(self, vault: Vault, said: Notice | None) -> None:
        """Tell the relay what it may say in public, where that has changed or some minutes have passed: a
        colleague's device may have told it otherwise. What fails is done again by the next round."""
        due = self._now() - self._told_at >= TELL_AGAIN_S
        if said is None or (said == self._told and not due):
            return
        with suppress(Unreachable):  # a relay of before, which knows no notices, is one of these too
            tell(self._line(vault), said)
            self._told, self._told_at = said, self._now()

    def set_up_anew(self, vault: Vault) -> None:
        """The relay at this address lost everything and was set up anew: what was known of it is forgotten."""
        times = int.from_bytes(vault.kept(self._times()) or b"", "big") + 1
        vault.keep(self._times(), times.to_bytes(4, "big"))

    def expect(self, vault: Vault, invitation: Invitation) -> None:
        """Open a place for a newcomer. Raises Unreachable."""
        doorstep.expect(self._line(vault), place_of(invitation.code))

    def admit(self, bench: Workbench) -> tuple[str, ...]:
        """Answer the newcomers who have asked; returns who was let in. Raises Unreachable, Refused."""
        admitted = []
        vault = bench.vault
        for invitation in joining.open_invitations(vault, bench.now()):
            answered = newcomers.untold(vault, invitation)
            if answered is None and not invitation.used:
                asked = self._asked(vault, invitation)
                if asked is not None:
                    _, answered = newcomers.answer(vault, invitation, asked, bench.now())
            if answered is not None:
                self.tell_keys(vault)
                doorstep.tell(self._line(vault), place_of(invitation.code), answered)
                newcomers.was_told(vault, invitation)
                admitted.append(invitation.member)
        return tuple(admitted)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _sync(self, bench: Workbench, anew: bool = False) -> Synced:
        vault, place = bench.vault, self._place(bench.vault)
        remote = self._remote(vault, vault.office_secret("channel"))
        for shelf, names in _dropped(vault):
            remote.expect_dropped(shelf, names)
        try:
            return (sync_anew if anew else sync)(vault, remote, place, bench.now())
        finally:
            self._remember(vault, remote)

    def _look_into_the_lobby(self, bench: Workbench) -> None:
        """Hear who belongs now, behind the first of the channel keys known here that the relay still takes."""
        vault = bench.vault
        for seed in _channel_seeds(vault):
            remote = self._remote(vault, seed)
            try:
                found = [Blob(EPOCH_SHELF, name, sealed) for _, name, sealed in remote.since(EPOCH_SHELF)]
            except RelayNotOurs:
                continue
            receive(vault, found, bench.now())
            self._remember(vault, remote)
            return

    def _remote(self, vault: Vault, channel_seed: bytes) -> RemoteStore:
        return RemoteStore(
            self.address,
            channel_seed=channel_seed,
            rid=relay_id(vault),
            space=space_of(vault),
            memory=vault.kept(_purpose(_SEEN, self._place(vault))) or b"",
            client=self._client,
            now=self._now,
        )

    def _remember(self, vault: Vault, remote: RemoteStore) -> None:
        place, memory = _purpose(_SEEN, self._place(vault)), remote.memory()
        if vault.kept(place) != memory:
            vault.keep(place, memory)

    def _line(self, vault: Vault) -> Line:
        seed = vault.office_secret("channel")
        return Line(self.address, seed=seed, rid=relay_id(vault), client=self._client, now=self._now)

    def _asked(self, vault: Vault, invitation: Invitation) -> bytes | None:
        with suppress(RelayNotOurs):  # a code that was made for a folder: no place was opened here
            return doorstep.asked(self._line(vault), place_of(invitation.code))
        return None

    def _place(self, vault: Vault) -> bytes:
        return seal.context("relay/place", self.address.encode(), vault.kept(self._times()) or b"")

    def _times(self) -> bytes:
        return _purpose(_TIMES, self.address.encode())


def space_of(vault: Vault) -> bytes:
    """The secret of the office that never changes, by which its shelves at the relay are named."""
    return seal.derive(vault.office.id, seal.context("relay/space"))


def _keys(vault: Vault) -> Keys:
    told = public_keys(vault)
    return Keys(
        vault.office.epoch.number,
        told.channel,
        told.intake,
        told.admins,
        shelf_at_relay(space_of(vault), EPOCH_SHELF),
    )


def _channel_seeds(vault: Vault) -> Iterator[bytes]:
    """The office's channel keys that this device knows, the newest first."""
    office = vault.office
    known = sorted(office.lineage.by_tag.values(), key=lambda epoch: epoch.number, reverse=True)
    yield from dict.fromkeys(secret_of(office.id, one.secrets.office, "channel") for one in known)


def _dropped(vault: Vault) -> Iterator[tuple[str, list[bytes]]]:
    """What the log says that any device may have dropped there."""
    bodies, grants = vault.office.log.dead()
    yield from ((BODY_SHELF, bodies), (GRANT_SHELF, grants))


def _purpose(use: bytes, place: bytes) -> bytes:
    return seal.context("relay/kept", use, place)

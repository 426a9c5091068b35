"""An office on several devices, each with a store of its own, that only exchange through what they sync with."""

from collections.abc import Sequence
from datetime import datetime

from vault_office import AT, CHEAP

from kunak.vault import MemoryStore, Store, Vault, joining
from kunak.vault.log import Grant, Part
from kunak.vault.roles import FOUNDER_ROLES
from kunak.vault.stores import Blob
from kunak.vault.sync import Synced, sync

HUB = b"the relay"


class Network:
    """Devices by name, and one place where they meet."""

    def __init__(
        self, hub: Store | None = None, *, founder: str = "anna", roles_held: tuple[str, ...] = FOUNDER_ROLES
    ) -> None:
        self.hub = hub or MemoryStore()
        self.stores: dict[str, Store] = {founder: MemoryStore()}
        self.vaults: dict[str, Vault] = {
            founder: Vault.create(
                self.stores[founder],
                member=founder,
                passphrase=f"{founder}'s own",
                at=AT,
                cost=CHEAP,
                roles_held=roles_held,
            )
        }

    def __getitem__(self, device: str) -> Vault:
        return self.vaults[device]

    def join(
        self,
        device: str,
        roles: tuple[str, ...] = FOUNDER_ROLES,
        *,
        member: str = "",
        by: str = "anna",
        at: datetime = AT,
        admin: bool = False,
        replacing: bool = False,
    ) -> Vault:
        """A device joins by a code, with a store of its own."""
        admitting, store = self[by], MemoryStore()
        made = joining.invite(admitting, member or device, roles, at, admin=admin, replacing=replacing)
        asked = joining.ask(store, member or device, made.code, CHEAP)
        _, answered = joining.answer(admitting, asked, at, CHEAP)
        self.stores[device] = store
        self.vaults[device] = joining.finish(store, made.code, answered, f"{device}'s own", CHEAP)
        return self.vaults[device]

    def sync(self, *devices: str, at: datetime = AT) -> list[Synced]:
        """One round of each with the place where they meet."""
        return [sync(self[device], self.hub, HUB, at) for device in devices]

    def settle(self, *, at: datetime = AT) -> None:
        """Rounds of all, until nothing is sent any more."""
        for _ in range(10):
            if not any(one.sent for one in self.sync(*self.vaults, at=at)):
                return
        raise AssertionError("they never come to rest")

    def bodies(self, device: str) -> list[bytes]:
        """What a device reads."""
        return [opened.body for opened in self[device].read()]


def planted(
    vault: Vault, *, parts: Sequence[Part] = (), grants: Sequence[Grant] = (), blobs: Sequence[Blob] = ()
) -> None:
    """Write a segment as no program of ours would."""
    office = vault.office
    segment, blob = office.log.compose(
        vault.identity, office.epoch, office.log.clock + 1, bodies=tuple(parts), grants=tuple(grants)
    )
    office.store.commit((*blobs, blob, office.tip(segment)))
    office.wrote(segment, blob)

"""An invented office whose devices only meet at a relay that really runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay_running import running_with
from vault_office import CHEAP

from kunak.exchange.link import Link
from kunak.exchange.relay.keys import enrolment
from kunak.vault import MemoryStore, Vault, joining
from kunak.vault.roles import FOUNDER_ROLES
from kunak.workbench import Workbench, relay_id
from kunak.workbench.founding import public_keys

BEGIN = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)


class Clock:
    """The hour of the test, which ticks."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


class Devices:
    """Members by name, each with a workbench and a link of their own."""

    def __init__(self, address: str, founder: Vault, clock: Clock) -> None:
        self.address, self.clock = address, clock
        self.benches = {founder.member: Workbench(founder, clock)}
        self.links = {founder.member: Link(address)}

    def __getitem__(self, member: str) -> Workbench:
        return self.benches[member]

    def round(self, *members: str) -> None:
        for member in members or tuple(self.benches):
            self.links[member].round(self.benches[member])

    def settle(self) -> None:
        """Rounds of all until nothing is sent any more."""
        for _ in range(10):
            if not any(self.links[one].round(bench).sent for one, bench in self.benches.items()):
                return
        raise AssertionError("they never come to rest")

    def join(self, member: str, roles: tuple[str, ...] = FOUNDER_ROLES, *, admin: bool = False) -> None:
        """A member joins by a code, ask and answer passed by hand."""
        (by, first), store = next(iter(self.benches.items())), MemoryStore()
        made = joining.invite(first.vault, member, roles, self.clock(), admin=admin)
        asked = joining.ask(store, member, made.code, CHEAP)
        _, answered = joining.answer(first.vault, asked, self.clock(), CHEAP)
        vault = joining.finish(store, made.code, answered, f"{member}'s own words", CHEAP)
        self.add(member, vault)
        self.round(by)

    def add(self, member: str, vault: Vault) -> None:
        self.benches[member] = Workbench(vault, self.clock)
        self.links[member] = Link(self.address)

    def close(self) -> None:
        for link in self.links.values():
            link.close()


def founded(store: MemoryStore | None = None, member: str = "anna") -> Vault:
    return Vault.create(
        store or MemoryStore(), member=member, passphrase="anna's own words", at=BEGIN, cost=CHEAP
    )


@contextmanager
def devices(folder: Path) -> Iterator[Devices]:
    """An office of anna's, and its relay."""
    anna = founded()
    keys = public_keys(anna)
    enrolled = enrolment(intake=keys.intake, channel=keys.channel, rid=relay_id(anna), admins=keys.admins)
    with running_with(folder, [enrolled]) as relay:
        made = Devices(relay.address, anna, Clock())
        made.relay = relay  # type: ignore[attr-defined]
        yield made
        made.close()

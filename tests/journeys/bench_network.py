"""Workbenches of several members, each on a device of its own, that meet in one place."""

from collections.abc import Iterator
from typing import Any

from bench_office import Clock
from vault_network import HUB, Network

from kunak import intake
from kunak.vault import Item, membership
from kunak.workbench import Workbench
from kunak.workbench.tending import sync_with


class Benches:
    """An office; the first member founds it, the others join by codes and are vouched for."""

    def __init__(self, **members: tuple[str, ...]) -> None:
        first, *others = members
        self.clock = Clock()
        self.net = Network(founder=first, roles_held=members[first])
        self._benches: dict[str, Workbench] = {}
        for member in others:
            self.net.join(member, members[member], by=first, at=self.clock())
        for member in members:
            self._benches[member] = Workbench(self.net.vaults[member], self.clock)
        self.settle()
        for member in others[1:]:
            membership.vouch(self.net.vaults[others[0]], member, self.clock())
        self.settle()

    def __getitem__(self, member: str) -> Workbench:
        return self._benches[member]

    def __iter__(self) -> Iterator[Workbench]:
        return iter(self._benches.values())

    def write(self, member: str, *items: Item) -> None:
        """Write items as they are."""
        self[member].vault.write(items, self.clock())

    def receive(self, member: str, code: str, **facts: Any) -> None:
        """A request comes in on a member's device."""
        bench = self[member]
        bench.act(
            intake.actions.receive_request,
            bench.requests,
            subject=code,
            answers=intake.form.Answers(safe_now="yes", language="en", text="hello"),
            received_at=self.clock(),
            readers=bench.vault.readers_by_lot(code, "work"),
            by="person",
            **facts,
        )

    def settle(self) -> None:
        """Rounds of all until nothing is sent."""
        for _ in range(10):
            if not any(sync_with(bench, self.net.hub, HUB).sent for bench in self):
                return
        raise AssertionError("they never come to rest")

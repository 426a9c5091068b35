"""The network of one profile with all that is needed to tell its edges.

Nodes: for each airport its landside and its airside; for each crossing its two approaches and the two places
just beyond it; the towns of an office's own services; the target, into which every entry to an aimed-at state
leads. A landside node means: lawfully in that state.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from kunak.evacuation.ways import risk
from kunak.evacuation.ways.aims import Aims
from kunak.evacuation.ways.places import Place, Service
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.reach import Reach
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.search import Edge, Network
from kunak.evacuation.ways.steps import Step, Steps
from kunak.evacuation.ways.world import World


class Spot(NamedTuple):
    """What a node is: a place, the state one is in there, and on which side of its border."""

    place: Place
    state: str
    side: str  # landside, airside, approach, beyond


@dataclass
class Atlas:
    """One profile's network, the rules that drew it, and the names of its nodes."""

    world: World
    profile: Profile
    book: Rulebook
    reach: Reach
    steps: Steps
    aims: Aims
    allowed: frozenset[str]  # states that may be entered or connected in
    network: Network
    towns: list[Place] = field(default_factory=list)  # of own services; where roads through an area end
    served: dict[str, list[int]] = field(default_factory=dict)  # state -> airports that have a service
    own: dict[tuple[int, int, str], Service] = field(default_factory=dict)  # edges that an own service made

    def spot(self, node: int) -> Spot:
        """What a node is. The target is none."""
        n = 2 * len(self.world.airports)
        if node < n:
            place = self.world.airports[node >> 1]
            return Spot(place, place.country, "airside" if node & 1 else "landside")
        k, role = divmod(node - n, 4)
        if k >= len(self.world.crossings):
            town = self.towns[node - self.first_town()]
            return Spot(town, town.country, "landside")
        crossing, row = self.world.crossings[k], self.world.crossing_rows[k]
        if role < 2:
            return Spot(crossing, (crossing.country, crossing.beyond)[role], "approach")
        side = "ab"[role - 2]
        state = row[f"country_{side}"]
        return Spot(self.world.place(f"{state}:{row[f'name_{side}']}"), state, "beyond")

    def crossing_node(self, k: int, role: int) -> int:
        """Role 0, 1: the approach from side a, b; 2, 3: just inside a, b."""
        return 2 * len(self.world.airports) + 4 * k + role

    def first_town(self) -> int:
        return self.crossing_node(len(self.world.crossings), 0)

    def may(self, state: str) -> bool:
        return state in self.allowed

    def same_area(self, a: str, b: str) -> bool:
        """No border control between them for who is lawfully in."""
        return a == b or (a in self.book.schengen and b in self.book.schengen)

    def lawful(self, state: str) -> bool:
        return any(self.book.entry(state, self.reach.home, how).allowed for how in ("air", "land"))

    def standing(self, state: str, airside: bool) -> bool:
        """Whether the person can be landside or airside in a state, and go on from there."""
        if airside:
            return state != self.reach.home and self.book.transit(state).allowed
        if state == self.reach.home:
            return True
        if state in self.aims.states:
            return False  # the way has ended there
        return state in self.book.card_states if self.profile.papers == "internal" else self.lawful(state)

    def edge(self, to: int, enters: bool, minutes: int, fare: int, step: Step, mode: str) -> Edge:
        """An edge; into the target if it enters a state that is aimed at."""
        heads = 1 + self.profile.dependants
        end = self.network.target if enters and self.spot(to).state in self.aims.states else to
        return Edge(
            end, minutes, heads * (fare + step.fee), step.papers + step.place, len(step.contacts),
            step.contacts, step.visa, mode, to,
        )  # fmt: skip

    def search_units(self, state: str, minutes: int) -> int:
        """Units for minutes spent on the ground or in the air of a state of the reach."""
        if state not in self.reach.core and state not in self.reach.sharing:
            return 0
        return risk.searching(minutes, lists=self.profile.lists, core=state in self.reach.core)

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The aimed-at states that some chain of steps enters, however long."""
        out, target = self.network.out, self.network.target
        todo = [n for n in out if self.spot(n).state == self.reach.home and self.spot(n).side != "airside"]
        seen, ends = set(todo), set()
        while todo:
            for e in out.get(todo.pop(), ()):
                if e.to == target:
                    ends.add(e.via)
                elif e.to not in seen:
                    seen.add(e.to)
                    todo.append(e.to)
        return frozenset(self.spot(n).state for n in ends)

    def add(self, node: int, edge: Edge) -> None:
        self.network.out.setdefault(node, []).append(edge)

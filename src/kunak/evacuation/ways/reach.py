"""Whose hand reaches where: the persecutor's own state, and the states that read its wanted lists."""

from functools import cached_property

from kunak.evacuation.ways.places import Place
from kunak.evacuation.ways.profile import Profile
from kunak.evacuation.ways.risk import Contact, contact
from kunak.evacuation.ways.rules import Rulebook
from kunak.evacuation.ways.words import Said, said
from kunak.evacuation.ways.world import World


class Reach:
    """The reach of the persecutor of one profile.

    ``core``: the persecutor's states and, where the journey begins in a state that reads their lists, that
    state. ``sharing``: states that read the same wanted lists, if the persecutor's are shared. Those of
    them that are no place for a stay (not of tier A or B) hand over: they are the persecutor's territory in
    effect. Nobody named as persecutor: the state of origin where its papers are held, else the first named.
    """

    def __init__(self, world: World, profile: Profile, origin: Place, book: Rulebook) -> None:
        self.world, self.profile, self.book = world, profile, book
        self.home = origin.country
        own = (self.home,) if self.home in profile.passports else profile.passports[:1]
        persecutors = profile.persecutor or own
        shared = any(self._shares(p) for p in persecutors)
        self.sharing = frozenset(c for c in world.countries if shared and self._shares(c))
        self.core = frozenset(persecutors) | ({self.home} & self.sharing)
        self._bits = {c: 1 << i for i, c in enumerate(sorted(self.core | self.sharing))}

    def _shares(self, state: str) -> bool:
        return bool(self.world.countries[state].shares_wanted)

    @cached_property
    def territory(self) -> frozenset[str]:
        """Core and handing-over states: no way leads through them where it can be avoided."""
        handing = {c for c in self.sharing if self.world.countries[c].tier not in ("A", "B")}
        return self.core | handing

    def reaches(self, state: str) -> bool:
        return state in self._bits

    def contact(self, state: str, kind: str) -> Contact:
        core = state in self.core
        return contact(state, kind, lists=self.profile.lists, core=core, bit=self._bits[state])

    def leaving(self, state: str, mode: str, spot: bool) -> list[Contact]:
        """The contacts on the way out of a state: a recorded ticket, then its exit control."""
        if state not in self._bits:
            return []
        ticket = self.ticket(state, mode)
        return [*ticket, self.contact(state, "spot" if spot else "exit")]

    def ticket(self, state: str, mode: str) -> list[Contact]:
        if state in self._bits and self.book.recorded(state, mode):
            return [self.contact(state, "ticket")]
        return []

    def arriving(self, state: str, enters: bool, spot: bool) -> list[Contact]:
        if state not in self._bits or (spot and enters):
            return []
        return [self.contact(state, "entry" if enters else "airside")]


COULD = {
    "ticket": said("alert the police at the purchase and wait at the departure"),
    "exit": said("stop the person, hold them and call those who search"),
    "spot": said("check the name against the wanted list at the roadside"),
    "entry": said("arrest on the shared wanted list and hand over"),
    "airside": said("arrest on the shared wanted list during the connection"),
}


def authorities(state: str) -> dict[str, Said]:
    """Who is met in a state, by the kind of the contact."""
    return {
        "ticket": said("{state} ticket record", state=state),
        "exit": said("{state} exit control", state=state),
        "spot": said("{state} spot check", state=state),
        "entry": said("{state} entry control", state=state),
        "airside": said("{state} airport police, airside", state=state),
    }

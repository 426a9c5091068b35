"""The office of the thefts: who belongs, what they do, and a machine for each."""

from pathlib import Path

from canaries import Canaries

from kunak.errors import KunakError
from kunak.vault import KdfCost, SqliteStore, Vault, joining, membership
from kunak.vault.roles import CASE_WORKER, COORDINATOR, DUTY, FOUNDER_ROLES, LAWYER, MOVEMENT, ROLES
from kunak.vault.stores import Store
from kunak.vault.sync import sync
from kunak.workbench import STORE, found_office, utc_now

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
FOUNDER, LEAVER, AFTERWARDS, MEETING = "founder", "leaver", "leaver-afterwards", "meeting"
MORE = {"duty-2": (DUTY,), "case-worker-2": (CASE_WORKER, COORDINATOR), LEAVER: (DUTY, MOVEMENT)}
HELD: dict[str, tuple[str, ...]] = {FOUNDER: FOUNDER_ROLES, **{role: (role,) for role in ROLES}, **MORE}
WHO = tuple(HELD)
CARE = (FOUNDER, DUTY, CASE_WORKER, "duty-2", "case-worker-2", LEAVER)  # who can be named to a case
HUB = "hub.sqlite"
ASKING, RELEASING = CASE_WORKER, LAWYER  # who open an identity together


def laptop(place: Path, who: str) -> Path:
    """The office's folder on somebody's machine."""
    return place / who / "office"


class Office:
    """An office of eleven, each on a device with a store of its own; they meet in one file."""

    def __init__(self, place: Path, canaries: Canaries) -> None:
        self.place = place
        self.codes = {who: canaries.text("member codes") for who in WHO}
        self.passphrases = {who: f"{canaries.text('passphrases')} keeps bees" for who in WHO}
        (place / MEETING).mkdir(parents=True)
        self.hub: Store = SqliteStore(place / MEETING / HUB)
        bench = found_office(
            laptop(place, FOUNDER),
            member=self.codes[FOUNDER],
            passphrase=self.passphrases[FOUNDER],
            at=utc_now(),
            cost=CHEAP,
        )
        self.vaults = {FOUNDER: bench.vault}
        self.stores = {FOUNDER: bench.vault.office.store}
        for who in WHO[1:]:
            self._join(who)
        self.settle()
        for who in WHO[2:]:
            membership.vouch(self[WHO[1]], self.codes[who], utc_now())

    def __getitem__(self, who: str) -> Vault:
        return self.vaults[who]

    def settle(self, but: str = "") -> None:
        """Rounds of all but one, until nothing is sent any more."""
        for _ in range(10):
            devices = [who for who in self.vaults if who != but]
            if not any([sync(self[who], self.hub, b"the hub", utc_now()).sent for who in devices]):
                return
        raise AssertionError("they never come to rest")

    def fetch_as_removed(self, store: Store) -> None:
        """A device that was removed does what it can with all that lies where the others meet."""
        vault = Vault.unlock(store, passphrase=self.passphrases[LEAVER])
        try:
            sync(vault, self.hub, b"the hub", utc_now())
        except KunakError:
            pass
        finally:
            vault.close()

    def _join(self, who: str) -> None:
        place = laptop(self.place, who)
        place.mkdir(parents=True)
        store = SqliteStore(place / STORE)
        made = joining.invite(self[FOUNDER], self.codes[who], HELD[who], utc_now())
        asked = joining.ask(store, self.codes[who], made.code, CHEAP)
        _, answered = joining.answer(self[FOUNDER], asked, utc_now(), CHEAP)
        self.stores[who] = store
        self.vaults[who] = joining.finish(store, made.code, answered, self.passphrases[who], CHEAP)

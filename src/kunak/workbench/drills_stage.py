"""Where drills are rehearsed: an invented office, each device with a file of its own, and a place to meet."""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kunak.vault import Item, KdfCost, SqliteStore, Store, Vault, joining, membership, openings
from kunak.vault.roles import CASE_WORKER, COORDINATOR, DOCUMENTER, DUTY, FOUNDER_ROLES, LAWYER
from kunak.vault.sync import sync_anew
from kunak.workbench.bench import Workbench
from kunak.workbench.founding import utc_now
from kunak.workbench.tending import sync_with

COST = KdfCost(mib=64, passes=3, lanes=4)  # the least that is allowed: nobody real is behind it
HUB = b"where a rehearsal meets"
HERON, OTTER, CRANE = "heron", "otter", "crane"
ROLES = {
    HERON: FOUNDER_ROLES,
    OTTER: (DUTY, CASE_WORKER, DOCUMENTER, COORDINATOR),
    CRANE: (LAWYER, DOCUMENTER),
}
COMPARTMENTS = ("index", "work", "contact", "identity", "evidence", "originals", "place", "staff")


class Place(Protocol):
    """Where the devices of an office meet: a relay, a database, a file."""

    def round(self, bench: Workbench) -> int:
        """One round of a device with it; how much was sent. Raises what ``sync`` raises."""
        ...

    def anew(self, bench: Workbench) -> None:
        """A round of a device that forgets what it knew of the place."""
        ...

    def lose(self) -> None:
        """All that lies there is gone; at the same address stands an empty one."""
        ...

    def taken(self) -> bytes:
        """All bytes that whoever takes it has."""
        ...


class Database(Place, Protocol):
    """A place of which backups are made."""

    def back_up(self) -> None:
        """Keep its state of now."""
        ...

    def put_back(self) -> None:
        """Put that state in the place of what is there."""
        ...


class StorePlace:
    """A place that is a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def round(self, bench: Workbench) -> int:
        return sync_with(bench, self.store, HUB).sent

    def anew(self, bench: Workbench) -> None:
        sync_anew(bench.vault, self.store, HUB, bench.now())


class FilePlace(StorePlace):
    """One file."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteStore(path))
        self._path = path

    def lose(self) -> None:
        self._close()
        for left in self._path.parent.glob(f"{self._path.name}*"):
            left.unlink()

    def taken(self) -> bytes:
        return b"".join(path.read_bytes() for path in self._path.parent.glob(f"{self._path.name}*"))

    def back_up(self) -> None:
        self._close()
        shutil.copyfile(self._path, self._path.parent / "backup")

    def put_back(self) -> None:
        self.lose()
        shutil.copyfile(self._path.parent / "backup", self._path)

    def _close(self) -> None:
        if isinstance(self.store, SqliteStore):
            self.store.close()


class Stage:
    """An invented office of three, with a device each; what they write bears a mark that can be searched for."""

    def __init__(
        self,
        folder: Path,
        place: Callable[[Workbench], Place] | Database | None = None,
        now: Callable[[], datetime] = utc_now,
        cost: KdfCost = COST,
    ) -> None:
        self.folder, self.now, self.cost = folder, now, cost
        self.mark = secrets.token_hex(12)
        self.benches: dict[str, Workbench] = {}
        vault = Vault.create(
            self._store(HERON),
            member=HERON,
            passphrase=self.passphrase(HERON),
            at=now(),
            cost=cost,
            roles_held=ROLES[HERON],
        )
        self.benches[HERON] = Workbench(vault, now)
        self.database: Database = (
            FilePlace(folder / "meeting.sqlite") if place is None or callable(place) else place
        )
        self.place: Place = place(self[HERON]) if callable(place) else self.database
        self.join(OTTER, OTTER, admin=True)
        self.join(CRANE, CRANE)
        self.settle()
        membership.vouch(self[OTTER].vault, CRANE, now())
        self.settle()

    def __getitem__(self, device: str) -> Workbench:
        return self.benches[device]

    @staticmethod
    def passphrase(device: str) -> str:
        return f"{device} rehearses with nobody real"

    def join(self, device: str, member: str, *, admin: bool = False, replacing: bool = False) -> Workbench:
        """A device comes in by a code, on heron's word."""
        admitting, store, now = self[HERON].vault, self._store(device), self.now
        made = joining.invite(admitting, member, ROLES[member], now(), admin=admin, replacing=replacing)
        asked = joining.ask(store, member, made.code, self.cost)
        _, answered = joining.answer(admitting, asked, now(), self.cost)
        vault = joining.finish(store, made.code, answered, self.passphrase(device), self.cost)
        self.benches[device] = Workbench(vault, now)
        return self.benches[device]

    def write(self, device: str, subject: str, compartments: Sequence[str] = COMPARTMENTS) -> None:
        """What is written about an invented person."""
        items = [Item(subject, what, self.body(subject, what)) for what in compartments]
        self[device].vault.write(items, self.now())

    def body(self, subject: str, what: str) -> bytes:
        """An entry that no room knows: each leaves it alone."""
        spelled = {"kind": "rehearsed", "fields": {"said": f"{self.mark} {what} of {subject}"}}
        return json.dumps(spelled).encode()

    def reads(self, device: str) -> set[bytes]:
        """All that a device reads alone."""
        return {one.body for one in self[device].vault.read()}

    def sync(self, *devices: str) -> int:
        """A round of each device with the place; how much was sent."""
        return sum(self.place.round(self[device]) for device in devices)

    def settle(self) -> None:
        """Rounds of all, until nothing is sent any more."""
        for _ in range(12):
            if not self.sync(*self.benches):
                return

    def file(self, device: str) -> Path:
        """The file of a device's store."""
        return self.folder / f"{device}.sqlite"

    def taken(self, device: str) -> bytes:
        """All bytes that whoever takes a device has."""
        return b"".join(path.read_bytes() for path in self.folder.glob(f"{device}.sqlite*"))

    def tells(self, taken: bytes) -> bool:
        """Whether anything that was written, or a member's code, can be read in these bytes."""
        plain = [self.mark.encode(), self.mark.encode().hex().encode(), *(code.encode() for code in ROLES)]
        return any(one in taken for one in plain)

    def close(self) -> None:
        """Let go of all keys."""
        for bench in self.benches.values():
            bench.close()

    def _store(self, device: str) -> SqliteStore:
        return SqliteStore(self.file(device))


def opened_by_two(
    asking: Vault, releasing: Vault, subject: str, at: datetime, what: str, meanwhile: Callable[[], None]
) -> Iterator[bytes]:
    """What two open together: one asks, the other releases; ``meanwhile`` carries it from one to the other."""
    wanted, opening = openings.sought(asking, subject, what), openings.new_opening()
    openings.release(releasing, opening, wanted, asking.member, (), at)
    meanwhile()
    yield from (one.body for one in openings.Openings(asking).read(opening, wanted, at))


def opened_by_one(asking: Vault, subject: str, what: str, at: datetime) -> Iterator[bytes]:
    """What one tries to open alone."""
    wanted = openings.sought(asking, subject, what)
    yield from (one.body for one in openings.Openings(asking).read(openings.new_opening(), wanted, at))

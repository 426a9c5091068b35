"""A random life of an office on several devices: who writes, who meets whom, what is cut, who comes and goes.

One seed gives one schedule, ids and keys included (only HPKE takes its chance elsewhere), so that a failure can
be repeated. At the end all who belong meet until nothing is sent any more, and ``Schedule.check`` looks whether
they came to the same office.
"""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from vault_network import HUB, Network
from vault_office import AT

from kunak.errors import KunakError, Locked
from kunak.vault import Item, Store, Vault, folder, membership, openings, parcel, roles, shredding, trust
from kunak.vault.log import KEY
from kunak.vault.stores import Blob, NotReached, Unsure
from kunak.vault.sync import sync

SUBJECTS = ("C-1", "C-2", "J-1")
MOST_DEVICES = 6
ROLE_SETS = (
    roles.FOUNDER_ROLES,
    ("duty", "lawyer"),
    ("case-worker", "documenter"),
    ("movement",),
    ("documenter", "lawyer"),
    ("coordinator", "numbers"),
)
HARMLESS = (KunakError,)


@contextmanager
def chance_from(seed: int) -> Iterator[Random]:
    """Chance, that of keys and ids included, from one seed."""
    chance = Random(seed)
    keys, token_bytes, urandom = Random(seed + 1), secrets.token_bytes, os.urandom
    secrets.token_bytes = lambda nbytes=None: keys.randbytes(nbytes or 32)
    os.urandom = keys.randbytes
    try:
        yield chance
    finally:
        secrets.token_bytes, os.urandom = token_bytes, urandom


class Tripping:
    """A store whose next calls may fail: before anything is done, after all of it, or in the middle."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls_left: int | None = None
        self.late = False  # a commit that fails was done

    def _trips(self) -> bool:
        if self.calls_left is None:
            return False
        self.calls_left -= 1
        return self.calls_left < 0

    def commit(self, put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        if self._trips():
            if self.late:
                self.store.commit(put, drop)
                raise Unsure()
            raise NotReached()
        self.store.commit(put, drop)

    def get(self, shelf: str, name: bytes) -> bytes | None:
        if self._trips():
            raise NotReached()
        return self.store.get(shelf, name)

    def fetch(self, shelf: str, names: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for found in self.store.fetch(shelf, names):
            if self._trips():
                raise NotReached()
            yield found

    def since(self, shelf: str, cursor: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        for found in self.store.since(shelf, cursor):
            if self._trips():
                raise NotReached()
            yield found

    def close(self) -> None:
        self.store.close()


class Note(NamedTuple):
    """Something that was written, and where."""

    device: str
    seq: int
    body: bytes


class Schedule:
    """A network and what happens in it. ``told`` says in words what was done, for whoever repeats it."""

    def __init__(self, chance: Random, place: Path) -> None:
        self.chance, self.folder = chance, place
        self.net = Network()
        self.hub = Tripping(self.net.hub)
        self.own: dict[str, Tripping] = {}
        self.hour = AT
        self.skews: dict[str, timedelta] = {}
        self.notes: list[Note] = []
        self.parcels: list[bytes] = []
        self.away: dict[str, datetime] = {}
        self.removed: set[str] = set()  # devices that were removed by somebody
        self.told: list[str] = []
        self.opened = 0  # dossiers that two opened together at the end
        self.refused: Counter[str] = Counter()
        self._settle_in("anna")
        for _ in range(chance.randint(1, 3)):
            self.join(admin=chance.random() < 0.4)

    def _settle_in(self, device: str) -> None:
        self.own[device] = Tripping(self.net.stores[device])
        self.skews[device] = timedelta(minutes=self.chance.randint(-300, 300))
        self._reopen(device)

    def _reopen(self, device: str) -> None:
        self.net.vaults[device] = Vault.unlock(self.own[device], passphrase=f"{device}'s own")

    def at(self, device: str) -> datetime:
        """The hour on a device's own clock."""
        return self.hour + self.skews[device]

    def run(self, steps: int) -> None:
        """So many steps. Refusals and cuts are part of life; whatever else is raised comes out."""
        acts: dict[Callable[[], None], int] = {
            self.write: 30, self.meet: 22, self.cut: 10, self.through_folder: 8, self.carry: 10,
            self.deliver: 10, self.power_cut: 5, self.restart: 4, self.rest: 4, self.go_away: 2,
            self.shred: 3, self.pass_on: 3, self.vouch: 6, self.change: 5,
        }  # fmt: skip
        for _ in range(steps):
            self.hour += timedelta(minutes=self.chance.randint(1, 240))
            (act,) = self.chance.choices(list(acts), weights=list(acts.values()))
            try:
                act()
            except HARMLESS as refused:
                self.refused[refused.code] += 1
                self.told.append(f"  refused: {refused.code}")
                if refused.status == 500:
                    raise
            finally:
                self.hub.calls_left = None
                for store in self.own.values():
                    store.calls_left = None

    def _someone(self) -> str:
        here = [one for one in self.net.vaults if self.away.get(one, self.hour) <= self.hour]
        return self.chance.choice(here or list(self.net.vaults))

    def _tell(self, *words: object) -> None:
        self.told.append(" ".join(map(str, words)))

    # What happens

    def write(self) -> None:
        """One entry or several."""
        device = self._someone()
        vault = self.net[device]
        items = []
        for _ in range(self.chance.choice((1, 1, 1, 4))):
            body = f"note {len(self.notes) + len(items)} of {device}".encode()
            compartment = self.chance.choice(list(roles.COMPARTMENTS))
            items.append(Item(self.chance.choice(SUBJECTS), compartment, body))
        wrong = timedelta(days=self.chance.choice((0,) * 12 + (3, -30)))
        self._tell(device, "writes", [one[:2] for one in items], "clock wrong by", wrong)
        try:
            vault.write(items, self.at(device) + wrong)
        finally:
            with self._patient(device):
                self._note(device, vault, items)

    @contextmanager
    def _patient(self, device: str) -> Iterator[None]:
        left, self.own[device].calls_left = self.own[device].calls_left, None
        yield
        self.own[device].calls_left = left

    def _note(self, device: str, vault: Vault, items: Sequence[Item]) -> None:
        vault.caught_up()
        head = vault.office.log.head(vault.identity.device)
        segment = next((one for one in reversed(vault.office.log.segments) if one.hash == head.hash), None)
        written = {note.seq for note in self.notes if note.device == device}
        if segment and len(segment.skeleton.bodies) >= len(items) and head.seq not in written:
            self.notes += [Note(device, head.seq, one.body) for one in items]

    def meet(self) -> None:
        """A round with the hub."""
        device = self._someone()
        self._tell(device, "meets the hub")
        sync(self.net[device], self.hub, HUB, self.at(device))

    def cut(self) -> None:
        """A round with the hub that is cut off somewhere, perhaps after the hub has done what was asked."""
        device = self._someone()
        self.hub.calls_left, self.hub.late = self.chance.randint(0, 25), self.chance.random() < 0.5
        self._tell(device, "meets the hub, cut after", self.hub.calls_left, "late" if self.hub.late else "")
        sync(self.net[device], self.hub, HUB, self.at(device))

    def power_cut(self) -> None:
        """A device's own disk fails in the middle of a round or a writing; most are then started anew."""
        device = self._someone()
        store = self.own[device]
        store.calls_left, store.late = self.chance.randint(0, 40), self.chance.random() < 0.5
        self._tell(device, "'s disk fails after", store.calls_left, "late" if store.late else "")
        try:
            sync(self.net[device], self.hub, HUB, self.at(device))
        finally:
            store.calls_left = None
            if self.chance.random() < 0.6:
                self._reopen(device)

    def restart(self) -> None:
        """A device is locked and unlocked."""
        device = self._someone()
        self._tell(device, "starts anew")
        self.net[device].close()
        self._reopen(device)

    def through_folder(self) -> None:
        """A round with a folder that is carried about."""
        device = self._someone()
        self._tell(device, "exchanges through the folder")
        folder.exchange(self.net[device], self.folder, self.at(device))

    def carry(self) -> None:
        """Somebody makes a parcel."""
        device = self._someone()
        self._tell(device, "makes parcel", len(self.parcels))
        self.parcels.append(parcel.write(self.net[device]))

    def deliver(self) -> None:
        """A parcel comes: late, twice, or cut."""
        if not self.parcels:
            return
        device, which = self._someone(), self.chance.randrange(len(self.parcels))
        content = self.parcels[which]
        if self.chance.random() < 0.3:
            content = content[: self.chance.randint(6, len(content))]
        self._tell(device, "reads parcel", which, "up to", len(content))
        try:
            parcel.read(self.net[device], content, self.at(device))
        except (parcel.NotAParcel, parcel.ParcelOfAnotherOffice) as refused:
            self.refused[refused.code] += 1

    def rest(self) -> None:
        """A day passes."""
        self.hour += timedelta(days=self.chance.randint(1, 2))

    def go_away(self) -> None:
        """A device is offline for a week."""
        device = self._someone()
        self._tell(device, "is away for a week")
        self.away[device] = self.hour + timedelta(days=7)

    def shred(self) -> None:
        """What a device can name of a subject is shredded."""
        device = self._someone()
        subject = self.chance.choice(SUBJECTS)
        compartment = self.chance.choice(list(roles.COMPARTMENTS))
        vault = self.net[device]
        due = shredding.dossiers_of(vault, subject, (compartment,))
        self._tell(device, "shreds", subject, compartment, len(due))
        shredding.shred(vault, due, self.at(device))

    def pass_on(self) -> None:
        """Others become the readers of a work file."""
        device = self._someone()
        vault = self.net[device]
        named = self.chance.sample(vault.members, min(len(vault.members), self.chance.randint(1, 3)))
        subject = self.chance.choice(SUBJECTS)
        self._tell(device, "passes on", subject, named)
        shredding.pass_on(vault, subject, "work", named, self.at(device))

    def vouch(self) -> None:
        """Somebody says that they know a newcomer."""
        device = self._someone()
        waiting = membership.awaiting_vouch(self.net[device])
        if not trust.counts(self.net[device].office, self.net[device].identity.device):
            return
        if waiting:
            self._tell(device, "vouches for", waiting[0])
            membership.vouch(self.net[device], waiting[0], self.at(device))

    def change(self) -> None:
        """An admin changes who belongs, also one who is apart, and one who was removed and does not know."""
        device = self.chance.choice([one for one in self.net.vaults if self._is_admin(one)])
        for _ in range(self.chance.choice((1, 1, 2))):
            self.chance.choice((self.join, self.join, self.remove, self.rename))(by=device)

    def _is_admin(self, device: str) -> bool:
        vault = self.net[device]
        me = vault.office.epoch.member(vault.member)
        return me is not None and me.admin

    def join(self, by: str = "anna", *, admin: bool = False) -> None:
        """A newcomer, or a second device of a member."""
        if len(self.net.vaults) >= MOST_DEVICES:
            return
        device = f"device {len(self.own)}"
        vault = self.net[by]
        second = self.chance.random() < 0.3 and vault.members
        member = self.chance.choice(vault.members) if second else device
        held = self.chance.choice(ROLE_SETS)
        self._tell(by, "lets", device, "join as", member, held, "admin" if admin else "")
        self.net.join(device, held, member=member, by=by, at=self.at(by), admin=admin)
        self._settle_in(device)

    def remove(self, by: str = "anna") -> None:
        """A member is removed; their device goes on as if nothing were."""
        office, me = self.net[by].office, self.net[by].member
        others = [one for one in self.net[by].members if one != me]
        if by in self.removed:  # two admins who remove each other split the office, for good
            others = [one for one in others if not office.epoch.member(one).admin]
        if others:
            gone = self.chance.choice(others)
            self._tell(by, "removes", gone)
            membership.remove_member(self.net[by], gone, self.at(by))
            self.removed |= {one for one in self.net.vaults if self.net[one].identity.member == gone}

    def rename(self, by: str = "anna") -> None:
        """A member gets other roles."""
        code = self.chance.choice(self.net[by].members)
        held = self.chance.choice(ROLE_SETS)
        self._tell(by, "gives", code, held)
        admin = self.net[by].office.epoch.member(code).admin
        membership.change_member(self.net[by], code, self.at(by), roles_held=held, admin=admin)

    # What must hold at the end

    def settle(self) -> list[str]:
        """All meet until nothing is sent any more. Returns the devices that belong."""
        self.hour += timedelta(days=30)
        for _ in range(12):
            if not any([self._round(one) for one in self.net.vaults]):
                break
        else:
            raise AssertionError("they never come to rest")
        left = next(one for one in self.net.vaults if one not in self.removed and self._is_admin(one))
        newest = self.net[left].office.epoch
        return [one for one in self.net.vaults if newest.device(self.net[one].identity.device)]

    def _round(self, device: str) -> int:
        try:
            return sync(self.net[device], self.hub, HUB, self.hour).sent
        except Locked:
            assert device in self.removed  # it has heard of it
            return 0

    def check(self) -> None:
        """They came to the same office; nothing was lost; what was shredded is nowhere; chains verify."""
        living = self.settle()
        vaults = [self.net[one] for one in living]
        for vault in vaults:
            vault.caught_up()
        first = vaults[0].office
        assert {one.office.epoch.hash for one in vaults} == {first.epoch.hash}
        assert all(set(one.office.log.heads()) == set(first.log.heads()) for one in vaults)
        self._same_grants(vaults)
        self._nothing_lost(living)
        self._shredded_nowhere(living)
        self._readable(living)
        self._waiting_for_a_reason(living)

    def _same_grants(self, vaults: Sequence[Vault]) -> None:
        logs = [one.office.log for one in vaults]
        assert all(one.granted == logs[0].granted for one in logs)
        assert all(one.shredded == logs[0].shredded for one in logs)
        assert all(set(one.lent) == set(logs[0].lent) for one in logs)
        assert all(set(one.dead_grants) == set(logs[0].dead_grants) for one in logs)
        assert all(one.vouched_by == logs[0].vouched_by for one in logs)
        assert all(one.gone == logs[0].gone for one in logs)

    def _nothing_lost(self, living: Sequence[str]) -> None:
        office = self.net[living[0]].office
        for note in self.notes:
            device = self.net[note.device].identity.device
            if note.seq > office.log.head(device).seq:
                counts = office.epoch.device(device) is None
                assert counts, ("a note of one who belongs did not arrive", note)
                continue
            place = office.log.head_at(device, note.seq)
            segment = next(one for one in office.log.segments if one.hash == place.hash)
            kept = [one for one in segment.skeleton.bodies if one.dossier not in office.log.shredded]
            names = {part.hash for part in kept}
            # Not the hub: whoever was removed could still drop from this one, which knows no keys.
            for store in (self.net.stores[one] for one in living):
                assert {name for name, _ in store.fetch("body", names)} == names, ("lost", note)

    def _shredded_nowhere(self, living: Sequence[str]) -> None:
        log = self.net[living[0]].office.log
        bodies = {name for dossier in log.shredded for name in log.bodies.get(dossier, ())}
        grants = {name for dossier in log.shredded for name in log.wrapped.get(dossier, ())}
        grants |= set(log.dead_grants)
        for store in (*(self.net.stores[one] for one in living), self.net.hub):
            assert not list(store.fetch("body", bodies))
            assert not list(store.fetch("grant", grants))
            waiting = b"".join(sealed for _, _, sealed in store.since("waiting"))
            assert not any(name in waiting for name in bodies | grants)

    def _readable(self, living: Sequence[str]) -> None:
        """Each reads what its keys open, no more and no less, also when it starts anew."""
        for device in living:
            log, vault = self.net[device].office.log, self.net[device]
            me = vault.identity.device
            mine = {
                dossier
                for dossier, given in log.granted.items()
                if me in given and given[me][1].sort == KEY and dossier not in log.shredded
            }
            expected = Counter(
                name for one in log.segments for part in one.skeleton.bodies for name in [part.hash]
                if part.dossier in mine
            )  # fmt: skip
            read = sorted(one.body for one in vault.read())
            assert len(read) == sum(expected.values()), device
            again = Vault.unlock(self.net.stores[device], passphrase=f"{device}'s own")
            assert sorted(one.body for one in again.read()) == read
            self._granted_to_all(vault, mine)

    def _granted_to_all(self, vault: Vault, mine: Iterable[bytes]) -> None:
        """Whoever may read by role what this hand reads can read it too."""
        office, ring = vault.office, vault.caught_up()
        for dossier in mine:
            known = ring.get(dossier)
            assert known is not None
            if roles.COMPARTMENTS[known.compartment].sort != "role":
                continue
            able = trust.trusted(office, known.compartment)
            codes = [one.code for one in able if roles.may_hold(one, known.compartment)]
            for device in trust.devices(office, codes, known.compartment):
                there = device.id in office.log.holders(dossier)
                assert there or office.log.is_withdrawn(dossier, device.id), known[2:4]

    def _waiting_for_a_reason(self, living: Sequence[str]) -> None:
        for device in living:
            received = sync(self.net[device], self.hub, HUB, self.hour).received
            of_removed = {"removed-device", "unknown-epoch", "gap"} if self.removed else set()
            assert set(received.waiting) <= of_removed, received
            assert not received.turned_away

    def open_together(self) -> int:
        """What two who belong can open together, they can. Returns how many dossiers were tried."""
        tried = 0
        living = self.settle()
        for one in living:
            for other in living:
                tried += self._opened_by(one, other)
        return tried

    def _opened_by(self, one: str, other: str) -> int:
        asking, releasing = self.net[one], self.net[other]
        if asking.member == releasing.member:
            return 0
        held = {share.id: share for share in asking.caught_up().shares.values()}
        theirs = releasing.caught_up().shares
        tried = 0
        for dossier, share in held.items():
            openers = roles.COMPARTMENTS[share.compartment].openers
            if dossier not in theirs or not roles.may(asking.me, openers):
                continue
            if asking.me not in trust.holders(releasing.office):
                continue
            tried += self._open(asking, releasing, dossier)
        return tried

    def _open(self, asking: Vault, releasing: Vault, dossier: bytes) -> int:
        opening = openings.new_opening()
        openings.release(releasing, opening, (dossier,), asking.member, (), self.hour)
        sync(releasing, self.hub, HUB, self.hour)
        sync(asking, self.hub, HUB, self.hour)
        mine = openings.Openings(asking)
        read = list(mine.read(opening, (dossier,), self.hour))
        assert len(read) == len(asking.office.log.bodies.get(dossier, ()))
        mine.end(opening, self.hour)
        return 1

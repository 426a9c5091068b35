"""An unlocking that goes on from a snapshot shows what a full reading shows, and nothing shredded stays in one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from bench_network import Benches
from bench_office import PASSPHRASES, Clock, found
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_network import HUB

from kunak import casework, intake
from kunak.fold import Awaited
from kunak.vault import (
    MemoryStore,
    SqliteStore,
    Store,
    bodies,
    folded,
    membership,
    shredding,
    snapshots,
    wipe,
)
from kunak.vault.log import SHELF, blob_name
from kunak.vault.office import EPOCH_SHELF, RolledBack, load_keystore
from kunak.vault.receiving import receive
from kunak.vault.roles import FOUNDER_ROLES
from kunak.vault.stores import Blob, Full
from kunak.workbench import Workbench
from kunak.workbench import snapshots as packed
from kunak.workbench.forgetting import shred
from kunak.workbench.tending import sync_with

SECRET = "the lantern is under the walnut tree"


class Life(Benches):
    """An office on several devices whose members come and go through the door."""

    def own(self, member: str) -> str:
        return f"{member}'s own"

    def again(self, member: str) -> Workbench:
        """Lock and unlock a device."""
        self[member].close()
        return self.unlock(member)

    def unlock(self, member: str) -> Workbench:
        bench = Workbench.unlock(self.net.stores[member], self.own(member), self.clock)
        self._benches[member], self.net.vaults[member] = bench, bench.vault
        return bench

    def sealed(self, member: str) -> Workbench:
        """A device that was locked and unlocked with a snapshot sealed in between."""
        assert self[member].seal_snapshot()
        bench = self.again(member)
        assert through_snapshot(bench)
        return bench

    def read_in_full(self, member: str) -> Workbench:
        """The same device from a copy of its store that holds no snapshot."""
        copy = copied(self.net.stores[member])
        copy.commit((), snapshots.places(self[member].vault.office))
        bench = Workbench.unlock(copy, self.own(member), self.clock)
        assert not through_snapshot(bench)
        return bench


def copied(store: MemoryStore) -> MemoryStore:
    copy = MemoryStore()
    copy._shelves = {shelf: dict(blobs) for shelf, blobs in store._shelves.items()}
    copy._cursor = store._cursor
    return copy


def through_snapshot(bench: Workbench) -> bool:
    return bench.vault.office.snapshot is not None


def known(bench: Workbench) -> tuple[object, ...]:
    """All that a bench shows and all that its log says."""
    log = {name: value for name, value in vars(bench.vault.office.log).items() if name != "segments"}
    segments = {segment.hash for segment in bench.vault.office.log.segments}
    ring = bench.vault.caught_up().ids()
    return bench.access, bench.requests, bench.cases, bench.journeys, log, segments, ring


def a_life() -> Life:
    return Life(heron=FOUNDER_ROLES, otter=FOUNDER_ROLES)


def a_case(life: Life, member: str, number: int, workers: tuple[str, ...] = ("heron", "otter")) -> str:
    """A request that becomes a case, with a note in it."""
    bench, request, case = life[member], f"R-{number}", f"C-{number}"
    life.receive(member, request)
    actions = casework.actions
    bench.act(
        actions.record_triage, bench.cases, subject=request, triggers=(), factors={"threat": 2},
        requests=bench.requests,
    )  # fmt: skip
    bench.act(
        actions.open_case, bench.cases, subject=case, request=request, workers=workers,
        requests=bench.requests,
    )  # fmt: skip
    note(bench, case, SECRET)
    return case


def note(bench: Workbench, case: str, text: str) -> None:
    bench.act(casework.actions.write_note, bench.cases, subject=case, text=text)


# A random life


def _receives(life: Life, chance: Random, member: str) -> None:
    life.receive(member, f"R-{chance.getrandbits(40)}")


def _works(life: Life, chance: Random, member: str) -> None:
    a_case(life, member, chance.getrandbits(40), (member,))


def _notes(life: Life, chance: Random, member: str) -> None:
    cases = [case.code for case in life[member].cases if case.is_case]
    if cases:
        note(life[member], chance.choice(cases), f"{chance.random()}")


def _meets(life: Life, chance: Random, member: str) -> None:
    sync_with(life[member], life.net.hub, HUB)


def _seals(life: Life, chance: Random, member: str) -> None:
    life[member].seal_snapshot()


def _leaves_and_comes(life: Life, chance: Random, member: str) -> None:
    whole = known(life.read_in_full(member))
    assert known(life.again(member)) == whole


def _is_cut_off(life: Life, chance: Random, member: str) -> None:
    """The process ends without locking."""
    assert known(life.unlock(member)) == known(life.read_in_full(member))


def _shreds(life: Life, chance: Random, member: str) -> None:
    requests = [request.code for request in life[member].requests]
    if requests:
        shred(life[member], chance.choice(requests), "retention")


def _passes_on(life: Life, chance: Random, member: str) -> None:
    bench = life[member]
    files = [one for one in bench.vault.caught_up() if one.compartment == "work"]
    if files:
        one, readers = chance.choice(files), chance.sample(["heron", "otter"], chance.randint(1, 2))
        shredding.pass_on(bench.vault, one.subject, "work", readers, life.clock())


def _changes_roles(life: Life, chance: Random, member: str) -> None:
    held = chance.choice([FOUNDER_ROLES, ("duty", "lawyer"), ("movement",)])
    membership.change_member(life["heron"].vault, "otter", life.clock(), roles_held=held, admin=False)


def _joins(life: Life, chance: Random, member: str) -> None:
    if "wren" not in life.net.vaults:
        life.net.join("wren", FOUNDER_ROLES, by="heron", at=life.clock())
        life._benches["wren"] = Workbench(life.net.vaults["wren"], life.clock)


DEEDS: tuple[Callable[[Life, Random, str], None], ...] = (
    _receives, _works, _works, _notes, _notes, _meets, _meets, _meets, _seals, _seals, _leaves_and_comes,
    _leaves_and_comes, _is_cut_off, _shreds, _passes_on, _changes_roles, _joins,
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_happened_in_between_a_snapshot_shows_what_a_full_reading_shows(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(folded, "SLICE", 4)  # as if it were an office of many years
        patched.setattr(bodies, "_MANY", 0)
        live(Random(seed), a_life())


def live(chance: Random, life: Life) -> None:
    for _ in range(30):
        member = chance.choice(sorted(life._benches))
        chance.choice(DEEDS)(life, chance, member)
    for member in sorted(life._benches):
        _leaves_and_comes(life, chance, member)
        life[member].seal_snapshot()
        _leaves_and_comes(life, chance, member)


# What is in a snapshot, and what is not any more


def parts_of(store: Store, bench: Workbench) -> dict[bytes, bytes]:
    """All sealed parts that lie in a store where a snapshot of somebody in this office may lie."""
    return dict(store.fetch("local", [name for _, name in snapshots.places(bench.vault.office)]))


def opened(store: Store, bench: Workbench) -> bytes:
    """Everything that a thief with the keys of this device finds in its snapshot."""
    unlocked = load_keystore(store).open(f"{bench.member}'s own")
    kept = snapshots._head(store, unlocked)
    found = {} if kept is None else dict(snapshots._parts(store, unlocked, kept, kept.marks))
    return b"".join(found.values())


def test_after_an_unlocking_subjects_stay_packed_until_somebody_asks() -> None:
    life = a_life()
    first, second = a_case(life, "heron", 1), a_case(life, "heron", 2)
    bench = life.sealed("heron")
    assert isinstance(bench.cases.known, Awaited)
    assert (
        bench.cases.get(first) and first not in bench.cases.known._left and second in bench.cases.known._left
    )
    note(bench, first, "one more")
    assert [x.text for x in bench.cases.get(first).notes] == [SECRET, "one more"]
    assert second in bench.cases.known._left
    bench.act(
        casework.actions.raise_priority, bench.cases, subject="R-2", level="P0", reason="judgement",
        requests=bench.requests,
    )  # fmt: skip
    assert bench.cases.get(second).level == "P0"  # a case hears what is noted under its request
    assert {case.code for case in bench.cases} == {"R-1", "R-2", first, second}


def test_a_key_that_came_after_the_snapshot_opens_what_was_written_before_it() -> None:
    life = a_life()
    case = a_case(life, "heron", 1, ("heron",))
    life.settle()
    assert not life.sealed("otter").cases.get(case).notes
    shredding.pass_on(life["heron"].vault, case, "work", ["heron", "otter"], life.clock())
    life["heron"].act(
        casework.actions.assign_workers, life["heron"].cases, subject=case, workers=["heron", "otter"]
    )
    life.settle()
    assert [note.text for note in life["otter"].cases.get(case).notes] == [SECRET]
    again = life.again("otter")
    assert through_snapshot(again) and [note.text for note in again.cases.get(case).notes] == [SECRET]


def test_shredding_leaves_nothing_in_any_snapshot() -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    life.settle()
    for member in ("heron", "otter"):
        assert SECRET.encode() in opened(life.net.stores[member], life.sealed(member))
    shred(life["heron"], case, "person_asked", ("work",))
    assert not parts_of(life.net.stores["heron"], life["heron"])
    life.settle()
    for member in ("heron", "otter"):
        assert not parts_of(life.net.stores[member], life[member])
        assert life[member].seal_snapshot()
        assert SECRET.encode() not in opened(life.net.stores[member], life[member])
        whole = known(life.read_in_full(member))
        assert known(life.again(member)) == whole and through_snapshot(life[member])


def test_whoever_loses_a_key_loses_the_snapshot() -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    life.settle()
    life.sealed("otter")
    heron = life["heron"]
    heron.act(casework.actions.assign_workers, heron.cases, subject=case, workers=["heron"])
    sync_with(life["heron"], life.net.hub, HUB)
    sync_with(life["otter"], life.net.hub, HUB)
    assert not parts_of(life.net.stores["otter"], life["otter"])
    assert not life["otter"].cases.get(case).notes
    assert life["otter"].seal_snapshot()
    assert SECRET.encode() not in opened(life.net.stores["otter"], life["otter"])
    assert not life.again("otter").cases.get(case).notes


def test_on_a_shared_machine_the_snapshots_of_all_are_destroyed_and_their_bytes_with_them(
    tmp_path: Path,
) -> None:
    store = SqliteStore(tmp_path / "office.sqlite")
    found(store)
    clock = Clock()
    benches = {member: Workbench.unlock(store, PASSPHRASES[member], clock) for member in ("heron", "otter")}
    heron = benches["heron"]
    a_request(heron)
    for bench in benches.values():
        assert bench.seal_snapshot()
    sealed = parts_of(store, heron)
    assert len(sealed) > 2 * snapshots.MOST_PARTS
    shred(heron, "R-1", "mistake")
    assert not parts_of(store, heron)
    store.close()
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(one[1:200] in left for one in sealed.values())


def test_panic_destroys_it_too(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.sqlite")
    found(store)
    bench = Workbench.unlock(store, PASSPHRASES["heron"], Clock())
    a_request(bench)
    assert bench.seal_snapshot()
    sealed = parts_of(store, bench)
    wipe.destroy_keys(SqliteStore(store.path))
    assert sealed and not parts_of(store, bench)
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(one[1:200] in left for one in sealed.values())


def a_request(bench: Workbench) -> None:
    bench.act(
        intake.actions.receive_request, bench.requests, subject="R-1",
        answers=intake.form.Answers(safe_now="yes", language="en", text=SECRET), received_at=bench.now(),
        readers=("heron", "otter"), by="person",
    )  # fmt: skip


def test_what_does_not_count_any_more_leaves_the_snapshot() -> None:
    life = Life(heron=FOUNDER_ROLES, otter=FOUNDER_ROLES, wren=FOUNDER_ROLES)
    membership.change_member(life["heron"].vault, "otter", life.clock(), roles_held=FOUNDER_ROLES, admin=True)
    life.settle()
    case = a_case(life, "wren", 1, ("heron", "wren"))  # otter has not heard of it
    for member in ("wren", "heron"):
        sync_with(life[member], life.net.hub, HUB)
    assert SECRET.encode() in opened(life.net.stores["heron"], life.sealed("heron"))
    membership.remove_member(life["otter"].vault, "wren", life.clock())
    apart = life.net.stores["otter"]
    life["heron"].vault.caught_up()
    epochs = [Blob(EPOCH_SHELF, name, sealed) for _, name, sealed in apart.since(EPOCH_SHELF)]
    receive(life["heron"].vault, epochs, life.clock())
    assert not parts_of(life.net.stores["heron"], life["heron"])
    life["heron"].refresh()
    assert life["heron"].cases.get(case) is None
    assert life["heron"].seal_snapshot()
    assert SECRET.encode() not in opened(life.net.stores["heron"], life["heron"])
    assert life.sealed("heron").cases.get(case) is None


def test_segments_that_another_program_has_sealed_since_are_read_from_their_shelf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folded, "SLICE", 2)
    life = a_life()
    a_case(life, "heron", 1)
    bench = life.sealed("heron")
    life.net.stores["heron"].commit((), snapshots.places(bench.vault.office))
    whole = known(life.read_in_full("heron"))
    assert known(bench) == whole


# One that does not count


def test_one_that_was_changed_by_a_byte_is_destroyed_and_everything_read_from_the_log() -> None:
    life = a_life()
    a_case(life, "heron", 1)
    life.sealed("heron")
    whole, store = known(life.read_in_full("heron")), life.net.stores["heron"]
    life["heron"].close()
    for name, sealed in parts_of(store, life["heron"]).items():
        changed = copied(store)
        changed.commit((Blob("local", name, sealed[:-1] + bytes([sealed[-1] ^ 1])),))
        assert known(Workbench.unlock(changed, life.own("heron"), life.clock)) == whole


def test_parts_of_an_older_one_do_not_pass_for_those_of_a_newer(tmp_path: Path) -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    life.sealed("heron")
    store = life.net.stores["heron"]
    older = parts_of(store, life["heron"])
    note(life["heron"], case, "newer")
    life.sealed("heron")
    whole = known(life.read_in_full("heron"))
    life["heron"].close()
    newer = parts_of(store, life["heron"])
    for name in older:
        if older[name] != newer[name]:
            mixed = copied(store)
            mixed.commit((Blob("local", name, older[name]),))
            assert known(Workbench.unlock(mixed, life.own("heron"), life.clock)) == whole
    store.commit(
        [Blob("local", name, sealed) for name, sealed in older.items()]
    )  # all of it: only old, not wrong
    assert known(life.unlock("heron")) == whole and through_snapshot(life["heron"])


def test_another_program_does_not_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    life.sealed("heron")
    whole = known(life.read_in_full("heron"))
    monkeypatch.setattr(packed, "schema", lambda: bytes(32))
    bench = life.again("heron")
    assert known(bench) == whole
    assert bench.seal_snapshot()
    assert [note.text for note in life.again("heron").cases.get(case).notes] == [SECRET]


def test_what_is_missing_from_the_store_is_missed_with_a_snapshot_as_without() -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    bench = life.sealed("heron")
    note(bench, case, "the last")
    bench.close()
    head = bench.vault.office.log.heads()[0]
    for lost in (0, 1):  # what the snapshot does not hold; the segment at which it ended
        life.net.stores["heron"].commit(
            (), [(SHELF, blob_name(bench.vault.office.id, head.device, head.seq - lost))]
        )
        with pytest.raises(RolledBack):
            life.unlock("heron")


def test_where_it_cannot_be_written_nothing_is_lost() -> None:
    life = a_life()
    case = a_case(life, "heron", 1)
    bench, store = life.sealed("heron"), life.net.stores["heron"]
    note(bench, case, "newer")

    def full(put: Sequence[Blob], drop: Sequence[tuple[str, bytes]] = ()) -> None:
        raise Full

    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(store, "commit", full)
        assert not bench.seal_snapshot()
    assert bench.seal_snapshot()
    whole = known(life.read_in_full("heron"))
    assert known(life.again("heron")) == whole and through_snapshot(life["heron"])

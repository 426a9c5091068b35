"""The vault's door, over every store: who writes, who reads, and what lasts."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from vault_office import (
    ANNA,
    AT,
    BORIS,
    CHEAP,
    FILLED,
    STORES,
    bodies,
    fill,
    found,
)

from kunak.errors import Damaged, Locked
from kunak.vault import Item, KdfCost, MemoryStore, Opened, Store, Vault, WrongPassphrase, add_member, stretch
from kunak.vault.codec import pack
from kunak.vault.hand import IsLocked, OfficeExists
from kunak.vault.keys import Keystore, PassphraseNotUsable, Weakened
from kunak.vault.membership import MemberExists, NotAllowedToAdmit
from kunak.vault.office import KEYSTORE, NoOffice
from kunak.vault.roles import NobodyMayRead, QuorumTooSmall
from kunak.vault.stores import Blob, Full, Taken
from kunak.vault.stretch import MemoryLacking


@pytest.fixture(params=STORES.values(), ids=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made: Store = request.param(tmp_path)
    request.addfinalizer(made.close)
    return made


def index(body: bytes, subject: str = "C-1") -> Item:
    return Item(subject, "index", body)


def vault_device(store: Store) -> bytes:
    """The device of whoever works here."""
    return Vault.unlock(store, passphrase=ANNA).identity.device


def test_what_was_written_is_read_after_unlocking(store: Store) -> None:
    vault = found(store)
    vault.write([index(b"one"), Item("C-1", "contact", b"two")], AT)
    vault.close()
    opened = list(Vault.unlock(store, passphrase=ANNA).read())
    here = vault_device(store)
    assert opened == [
        Opened("C-1", "index", "anna", b"one", here),
        Opened("C-1", "contact", "anna", b"two", here),
    ]


@pytest.mark.parametrize("body", [b"", b"\x80", b"\0\0\0", b"x" * 100_000])
def test_any_body_comes_back_as_it_was(store: Store, body: bytes) -> None:
    found(store).write([index(body)], AT)
    assert bodies(Vault.unlock(store, passphrase=ANNA)) == [body]


def test_another_passphrase_opens_nothing(store: Store) -> None:
    found(store)
    with pytest.raises(WrongPassphrase) as refusal:
        Vault.unlock(store, passphrase=ANNA + " ")
    assert isinstance(refusal.value, Locked)


def test_a_passphrase_opens_however_its_letters_are_composed(store: Store) -> None:
    Vault.create(store, member="anna", passphrase="жёлтый дом", at=AT, cost=CHEAP)
    assert Vault.unlock(store, passphrase="жёлтый дом").member == "anna"


def test_a_store_holds_one_office(store: Store) -> None:
    with pytest.raises(NoOffice):
        Vault.unlock(store, passphrase=ANNA)
    found(store)
    with pytest.raises(OfficeExists):
        found(store)


def test_each_member_opens_the_office_with_their_own_passphrase(store: Store) -> None:
    vault = found(store)
    fill(vault)
    vault.close()
    boris = Vault.unlock(store, passphrase=BORIS)
    assert (boris.member, boris.members) == ("boris", ("anna", "boris"))
    assert bodies(boris) == [b for b in FILLED if b not in (b"two", b"five", b"six")]  # named for anna alone
    assert bodies(Vault.unlock(store, passphrase=ANNA)) == FILLED


def test_an_entry_tells_whose_key_signed_it(store: Store) -> None:
    vault = found(store)
    add_member(vault, "boris", BORIS, AT)
    vault.second(BORIS).write([index(b"by boris")], AT)
    vault.write([index(b"by anna")], AT)
    assert [(o.member, o.body) for o in vault.read()] == [("boris", b"by boris"), ("anna", b"by anna")]


def test_read_new_gives_what_others_wrote_since(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    boris = Vault.unlock(store, passphrase=BORIS)
    anna.write([index(b"one")], AT)
    assert [o.body for o in boris.read_new()] == [b"one"]
    assert list(boris.read_new()) == []
    boris.write([index(b"two")], AT)
    assert list(boris.read_new()) == []
    assert [o.body for o in anna.read_new()] == [b"two"]
    assert bodies(anna) == bodies(boris) == [b"one", b"two"]
    assert list(anna.read_new()) == []


def test_what_a_second_hand_writes_is_news_unless_it_is_known(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    boris = anna.second(BORIS)
    boris.write([index(b"known already")], AT)
    anna.skip_new()
    assert list(anna.read_new()) == []
    boris.write([index(b"news")], AT)
    assert [o.body for o in anna.read_new()] == [b"news"]


def test_reading_that_was_broken_off_starts_again(store: Store) -> None:
    vault = found(store)
    vault.write([index(b"one"), index(b"two")], AT)
    again = Vault.unlock(store, passphrase=ANNA)
    assert next(again.read_new()).body == b"one"
    assert [o.body for o in again.read_new()] == [b"one", b"two"]


def test_a_new_dossier_is_granted_to_its_readers_alone(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    anna.write([Item("C-1", "contact", b"not for boris", ("anna",)), Item("C-1", "work", b"for both")], AT)
    anna.write([Item("C-2", "work", b"not even for anna", ("boris",))], AT)
    assert bodies(anna) == [b"not for boris", b"for both"]
    assert bodies(Vault.unlock(store, passphrase=BORIS)) == [b"for both", b"not even for anna"]


def test_a_member_who_joins_can_read_what_was_before(store: Store) -> None:
    anna = found(store)
    anna.write([index(b"before")], AT)
    add_member(anna, "boris", BORIS, AT)
    anna.write([index(b"after")], AT)
    assert bodies(anna.second(BORIS)) == [b"before", b"after"]


def test_who_joins_later_reads_through_all_epochs(store: Store) -> None:
    anna = found(store)
    for i in range(4):
        anna.write([index(b"%d" % i)], AT)
        add_member(anna, f"m-{i}", f"passphrase {i}", AT)
    for i in range(4):
        assert bodies(Vault.unlock(store, passphrase=f"passphrase {i}")) == [b"0", b"1", b"2", b"3"]


def test_an_office_open_elsewhere_learns_of_a_new_member(store: Store) -> None:
    anna = found(store)
    elsewhere = Vault.unlock(store, passphrase=ANNA)
    add_member(anna, "boris", BORIS, AT)
    anna.second(BORIS).write([index(b"hello")], AT)
    assert [o.body for o in elsewhere.read_new()] == [b"hello"]
    assert elsewhere.members == ("anna", "boris")


def test_only_who_may_admit_admits_and_codes_are_unique(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    with pytest.raises(NotAllowedToAdmit):
        add_member(anna.second(BORIS), "vera", "vera grows roses", AT)
    with pytest.raises(MemberExists):
        add_member(anna, "boris", "vera grows roses", AT)
    assert anna.members == ("anna", "boris")


@pytest.mark.parametrize("passphrase", [ANNA, "seven77", ""])
def test_a_passphrase_says_who_you_are(store: Store, passphrase: str) -> None:
    anna = found(store)
    with pytest.raises(PassphraseNotUsable):
        add_member(anna, "boris", passphrase, AT)
    assert anna.members == ("anna",)
    assert Vault.unlock(store, passphrase=ANNA).members == ("anna",)


def test_a_second_hand_needs_a_passphrase_that_opens(store: Store) -> None:
    anna = found(store)
    with pytest.raises(WrongPassphrase):
        anna.second(BORIS)


def test_office_secrets_are_the_same_for_all_members_and_differ_by_purpose(store: Store) -> None:
    anna = found(store)
    before = anna.intake_seeds()[0]
    add_member(anna, "boris", BORIS, AT)
    boris = anna.second(BORIS)
    assert boris.intake_seeds()[0] == before == anna.intake_seeds()[0]
    assert len({before, boris.office_secret("channel"), found(MemoryStore()).intake_seeds()[0]}) == 3
    assert len(before) == 32


def test_a_closed_hand_is_locked(store: Store) -> None:
    anna = found(store)
    anna.close()
    for question in (lambda: anna.member, lambda: list(anna.read()), lambda: anna.write([index(b"x")], AT)):
        with pytest.raises(IsLocked):
            question()


def test_closing_a_second_hand_leaves_the_first_open(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    anna.second(BORIS).close()
    anna.write([index(b"one")], AT)
    assert bodies(anna) == [b"one"]


def test_the_order_is_that_of_writing_even_if_a_clock_goes_backwards(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    boris = Vault.unlock(store, passphrase=BORIS)
    for i, hand in enumerate((anna, boris, anna, boris, boris, anna)):
        hand.write([index(b"%d" % i)], AT - timedelta(days=i))
    assert bodies(anna) == bodies(boris) == [b"%d" % i for i in range(6)]


def test_two_programs_with_the_same_hand_both_write_and_neither_is_lost(store: Store) -> None:
    one = found(store)
    other = Vault.unlock(store, passphrase=ANNA)
    for i in range(5):
        one.write([index(b"one %d" % i)], AT)
        other.write([index(b"other %d" % i)], AT)
    assert len(bodies(Vault.unlock(store, passphrase=ANNA))) == 10


def test_threads_of_several_hands_write_at_once_and_nothing_is_lost(store: Store) -> None:
    anna = found(store)
    add_member(anna, "boris", BORIS, AT)
    hands = [anna, anna.second(BORIS), Vault.unlock(store, passphrase=ANNA)]
    lost: list[bytes] = []

    def work(who: int) -> None:
        for i in range(8):
            body = b"%d-%d" % (who, i)
            try:
                hands[who].write([index(body)], AT)
            except Taken:
                lost.append(body)  # said so: the user does it again

    threads = [threading.Thread(target=work, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {b"%d-%d" % (who, i) for who in range(3) for i in range(8)} - set(lost)
    assert sorted(bodies(Vault.unlock(store, passphrase=BORIS))) == sorted(expected)


def test_writing_nothing_writes_nothing(store: Store) -> None:
    vault = found(store)
    before = [list(store.since(shelf)) for shelf in ("segment", "body", "local")]
    vault.write([], AT)
    assert [list(store.since(shelf)) for shelf in ("segment", "body", "local")] == before


def test_a_time_without_a_zone_and_an_unknown_compartment_are_mistakes_of_the_program(store: Store) -> None:
    vault = found(store)
    with pytest.raises(ValueError, match="zone"):
        vault.write([index(b"x")], datetime(2031, 5, 5))
    with pytest.raises(ValueError, match="compartment"):
        vault.write([Item("C-1", "religion", b"x")], AT)
    with pytest.raises(NobodyMayRead):
        vault.write([Item("C-1", "evidence", b"x")], AT)
    with pytest.raises(QuorumTooSmall):
        vault.write([Item("C-1", "identity", b"x")], AT)
    assert bodies(vault) == []


# Faults under the whole vault.


class Breaks(MemoryStore):
    """Fails at a chosen commit, before or after it has been done."""

    def __init__(self) -> None:
        super().__init__()
        self.fails: list[str] = []

    def commit(self, put, drop=()) -> None:  # type: ignore[no-untyped-def]
        how = self.fails.pop(0) if self.fails else ""
        if how == "full":
            raise Full()
        super().commit(put, drop)
        if how == "died after":
            raise KeyboardInterrupt


def test_a_full_disk_loses_only_what_was_refused_and_writing_goes_on_later() -> None:
    store = Breaks()
    vault = found(store)
    vault.write([index(b"one")], AT)
    store.fails = ["full"]
    with pytest.raises(Full):
        vault.write([index(b"two"), Item("C-9", "place", b"two")], AT)
    assert bodies(vault) == [b"one"]
    vault.write([index(b"three"), Item("C-9", "place", b"four")], AT)
    assert bodies(Vault.unlock(store, passphrase=ANNA)) == [b"one", b"three", b"four"]


def test_a_member_is_admitted_wholly_or_not_at_all() -> None:
    store = Breaks()
    vault = found(store)
    vault.write([index(b"one")], AT)
    store.fails = ["full"]
    with pytest.raises(Full):
        add_member(vault, "boris", BORIS, AT)
    assert vault.members == ("anna",)
    with pytest.raises(WrongPassphrase):
        Vault.unlock(store, passphrase=BORIS)
    add_member(vault, "boris", BORIS, AT)
    assert bodies(Vault.unlock(store, passphrase=BORIS)) == [b"one"]


def test_a_program_that_dies_before_it_hears_back_leaves_a_whole_office() -> None:
    store = Breaks()
    vault = found(store)
    store.fails = ["died after"]
    with pytest.raises(KeyboardInterrupt):
        vault.write([index(b"written")], AT)
    again = Vault.unlock(store, passphrase=ANNA)
    again.write([index(b"and on")], AT)
    assert bodies(again) == [b"written", b"and on"]
    vault.write([index(b"and the first too")], AT)
    assert bodies(vault) == [b"written", b"and on", b"and the first too"]


def test_a_disk_that_is_full_at_locking_does_not_keep_anyone_from_locking() -> None:
    store = Breaks()
    vault = found(store)
    vault.write([index(b"one")], AT)
    store.fails = ["full"]
    vault.close()
    assert bodies(Vault.unlock(store, passphrase=ANNA)) == [b"one"]


# The cost of a passphrase.


def test_the_floor_is_64_mib_3_passes_4_lanes_unless_a_test_waives_it() -> None:
    assert KdfCost() == KdfCost(256, 3, 4)
    for weak in (KdfCost(mib=63), KdfCost(passes=2), KdfCost(lanes=3), KdfCost(mib=1, passes=1, lanes=1)):
        with pytest.raises(ValueError, match="floor"):
            Vault.create(MemoryStore(), member="anna", passphrase=ANNA, at=AT, cost=weak)
    assert Keystore.new(KdfCost(64, 3, 4)).to_bytes()


@pytest.mark.parametrize(
    "cost", [KdfCost(0, 3, 4), KdfCost(1 << 20, 3, 4), KdfCost(256, 1 << 20, 4), KdfCost(256, 3, 1 << 20)]
)
def test_a_keystore_that_asks_for_more_than_a_machine_can_do_is_damaged(cost: KdfCost) -> None:
    with pytest.raises(Damaged):
        Keystore.load(rewritten(cost))


HUNGRY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from kunak.errors import KunakError
from kunak.vault import stretch
from kunak.vault.keys import Keystore
stretch._free_mib = lambda: stretch.MOST_MIB  # a machine that does not tell
try:
    Keystore.load(bytes.fromhex(sys.stdin.read())).open("anna keeps bees")
except KunakError as refused:
    print(refused.code)
"""


def test_a_keystore_that_asks_for_more_memory_than_there_is_says_so() -> None:
    asked = rewritten(KdfCost(8192, 3, 4)).hex()
    told = subprocess.run(
        [sys.executable, "-c", HUNGRY], input=asked, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "memory-lacking"


def test_memory_that_a_system_only_promises_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "meminfo"
    small.write_text("MemTotal:        4028440 kB\nMemAvailable:     900000 kB\n")
    monkeypatch.setattr(stretch, "_MEMORY", small)
    with pytest.raises(MemoryLacking) as refused:
        Keystore.load(rewritten(KdfCost(1024, 3, 4))).open(ANNA)
    assert "1024 MiB" in refused.value.sentence()
    assert "somebody may have changed the file" in refused.value.advice()
    with pytest.raises(WrongPassphrase):  # what an office asks for is tried in any case
        Keystore.load(rewritten(KdfCost(64, 3, 4))).open(ANNA)


def test_a_keystore_with_weakened_parameters_is_refused_by_name_before_a_passphrase_is_tried() -> None:
    for weak in (KdfCost(8, 3, 4), KdfCost(256, 1, 4), KdfCost(256, 3, 1)):
        with pytest.raises(Weakened):
            Keystore.load(rewritten(weak))


def test_weakening_with_a_waiver_written_in_opens_nothing() -> None:
    store = MemoryStore()
    Vault.create(store, member="anna", passphrase=ANNA, at=AT, cost=KdfCost(64, 3, 4))
    weak = KdfCost(1, 1, 1, floor_waived_for_tests=True)
    store.commit([Blob(*KEYSTORE, rewritten(weak, store.get(*KEYSTORE)))])
    with pytest.raises(WrongPassphrase):
        Vault.unlock(store, passphrase=ANNA)


def rewritten(cost: KdfCost, keystore: bytes | None = None) -> bytes:
    """A keystore whose parameters somebody who knows the format has changed, its check made right again."""
    from_bytes = Keystore.load(keystore or Keystore.new(KdfCost(64, 3, 4)).to_bytes())
    frame, header = from_bytes._frame, from_bytes._header
    changed = header._replace(
        mib=cost.mib, passes=cost.passes, lanes=cost.lanes, floor_waived_for_tests=cost.floor_waived_for_tests
    )
    from_bytes._frame = frame._replace(header=pack(changed))
    return from_bytes.to_bytes()

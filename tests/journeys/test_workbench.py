"""The workbench: entries are sealed, heard again after a restart, and nobody writes in another's name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kunak import casework, intake
from kunak.errors import Locked
from kunak.fold import Entry
from kunak.intake import actions
from kunak.intake.form import parse
from kunak.vault import Item, KdfCost, MemoryStore, Vault, add_member
from kunak.vault.codec import encode_body
from kunak.vault.keys import PassphraseNotUsable
from kunak.vault.seal import digest
from kunak.workbench import (
    NoOfficeHere,
    OfficeHereAlready,
    SecondPersonNeeded,
    Witnessed,
    Workbench,
    found_office,
    new_code,
    open_store,
)

CHEAP = KdfCost(mib=1, passes=1, lanes=1, floor_waived_for_tests=True)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERON, OTTER = "heron's five random words", "otter's five random words"


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    vault = Vault.create(store, member="heron", passphrase=HERON, at=NOON, cost=CHEAP)
    add_member(vault, "otter", OTTER, NOON)
    vault.close()
    return store


def unlocked(store: MemoryStore, passphrase: str = HERON) -> Workbench:
    return Workbench.unlock(store, passphrase, lambda: NOON + timedelta(hours=1))


def request(bench: Workbench) -> str:
    code = new_code("R")
    answers = parse({"safe_now": ["yes"], "danger": ["within_days"]})
    bench.act(actions.receive_request, bench.requests, subject=code, answers=answers, received_at=NOON)
    return code


def decline(bench: Workbench, code: str, passphrase: str) -> tuple[Entry, ...]:
    facts = {"subject": code, "status": "declined", "reasons": ("outside_mandate",)}
    return bench.act_with_second(passphrase, actions.close_request, bench.requests, **facts)


def test_what_was_written_is_heard_again_by_another_member_after_a_restart(store: MemoryStore) -> None:
    first = unlocked(store)
    code = request(first)
    first.close()
    again = unlocked(store, OTTER)
    assert again.member == "otter"
    assert again.requests.get(code) == first.requests.get(code)


def test_a_decision_of_two_carries_both_keys_and_survives_a_restart(store: MemoryStore) -> None:
    bench = unlocked(store)
    code = request(bench)
    decline(bench, code, OTTER)
    for passphrase in (HERON, OTTER):
        declined = unlocked(store, passphrase).requests.get(code)
        assert declined is not None
        assert declined.status == "declined"


def test_ones_own_passphrase_does_not_make_two(store: MemoryStore) -> None:
    bench = unlocked(store)
    code = request(bench)
    with pytest.raises(SecondPersonNeeded):
        decline(bench, code, HERON)
    with pytest.raises(Locked):
        decline(bench, code, "neither of them")
    facts = {"subject": code, "status": "declined", "reasons": ("outside_mandate",), "second": "otter"}
    with pytest.raises(SecondPersonNeeded):
        bench.act(actions.close_request, bench.requests, **facts)
    after = unlocked(store).requests.get(code)
    assert after is not None
    assert after.status == "new"


def forged(subject: str, by: str, second: str = "") -> intake.entries.Declined | intake.entries.SafetyChecked:
    common = {"id": f"forged-{by}-{second}", "at": NOON, "by": by, "subject": subject}
    if second:
        return intake.entries.Declined(**common, reasons=("outside_mandate",), second=second)
    return intake.entries.SafetyChecked(**common)


def slip_in(store: MemoryStore, passphrase: str, *entries: Entry) -> None:
    """Write past the workbench, as a member with a changed program could."""
    vault = Vault.unlock(store, passphrase=passphrase)
    vault.write([Item(e.subject, e.compartment, encode_body(e, e.kind())) for e in entries], at=NOON)
    vault.close()


def test_nobody_writes_in_anothers_name(store: MemoryStore) -> None:
    code = request(unlocked(store))
    slip_in(store, OTTER, forged(code, by="heron"))
    heard = unlocked(store).requests.get(code)
    assert heard is not None
    assert heard.status == "new"


@pytest.mark.parametrize("author", ["heron", "otter"])
def test_one_member_alone_cannot_claim_that_two_decided(store: MemoryStore, author: str) -> None:
    code = request(unlocked(store))
    other = {"heron": "otter", "otter": "heron"}[author]
    passphrase = {"heron": HERON, "otter": OTTER}[author]
    one, two = forged(code, by=author, second=other), forged(code, by=other, second=author)
    bodies = tuple(digest(encode_body(e, e.kind())).hex() for e in (one, two))
    witness = Witnessed(id="w", at=NOON, by=other, subject=code, bodies=bodies)
    slip_in(store, passphrase, one, two, witness)
    heard = unlocked(store).requests.get(code)
    assert heard is not None
    assert heard.status == "new"


def test_a_folder_without_an_office_says_so_and_an_office_is_not_founded_twice(tmp_path: Path) -> None:
    with pytest.raises(NoOfficeHere, match="no office"):
        open_store(tmp_path)
    facts = {"member": "heron", "passphrase": HERON, "at": NOON, "cost": CHEAP}
    found_office(tmp_path, **facts).close()
    with pytest.raises(OfficeHereAlready):
        found_office(tmp_path, **facts)
    assert Workbench.unlock(open_store(tmp_path), HERON).cases == casework.EMPTY


def test_a_refused_founding_leaves_nothing_behind(tmp_path: Path) -> None:
    facts = {"member": "heron", "at": NOON, "cost": CHEAP}
    with pytest.raises(PassphraseNotUsable):
        found_office(tmp_path, passphrase="short", **facts)
    assert list(tmp_path.iterdir()) == []
    found_office(tmp_path, passphrase=HERON, **facts).close()

"""The keystore: passphrases, keyfiles, recovery kits and duress, kept alike among decoys."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_office import ANNA, BORIS, CHEAP

from kunak.errors import Damaged, Locked
from kunak.vault import seal
from kunak.vault.keys import (
    DuressGiven,
    Identity,
    Keystore,
    KeystoreDamaged,
    PassphraseNotUsable,
    RecoveryNotOpened,
    Typed,
    WrongPassphrase,
    new_identity,
)

OFFICE, OTHER_OFFICE = bytes(range(32)), bytes(32)
KIT, OTHER_KIT = b"k" * 32, b"K" * 32
ROCKS, NEW = "anna counts rocks", "anna paints doors"
STONE = b"a keyfile: any bytes at all"


def founded() -> tuple[Keystore, Identity]:
    """Anna's keystore, after a trip through its bytes."""
    anna = new_identity("anna", OFFICE)
    keystore, unlocked = Keystore.new(CHEAP).with_member(ANNA, anna)
    assert unlocked.identity == anna
    return again(keystore), anna


def again(keystore: Keystore) -> Keystore:
    """The same keystore, read from its bytes."""
    return Keystore.load(keystore.to_bytes())


def opens(keystore: Keystore, *passphrases: str) -> list[bool]:
    """Whether each of these opens it."""

    def one(passphrase: str) -> bool:
        try:
            again(keystore).open(passphrase)
        except WrongPassphrase:
            return False
        return True

    return [one(passphrase) for passphrase in passphrases]


def test_each_member_opens_their_own_identity_and_local_key() -> None:
    keystore, anna = founded()
    boris = new_identity("boris", OFFICE)
    both, _ = keystore.with_member(BORIS, boris)
    assert again(both).open(ANNA).identity == anna
    assert again(both).open(BORIS).identity == boris
    assert both.open(ANNA).local_key == keystore.open(ANNA).local_key != both.open(BORIS).local_key


def test_a_changed_passphrase_opens_the_same_and_the_old_one_nothing() -> None:
    keystore, _ = founded()
    changed = keystore.with_passphrase_changed(ANNA, NEW)
    assert opens(changed, ANNA, NEW) == [False, True]
    assert again(changed).open(NEW) == keystore.open(ANNA)
    assert keystore.to_bytes() != changed.to_bytes()


@pytest.mark.parametrize("unfit", ["short", BORIS, ANNA])
def test_a_passphrase_must_be_long_and_open_nothing_yet(unfit: str) -> None:
    keystore, _ = founded()
    both, _ = keystore.with_member(BORIS, new_identity("boris", OFFICE))
    for attempt in (
        lambda: both.with_passphrase_changed(ANNA, unfit),
        lambda: both.with_duress(ANNA, unfit),
        lambda: both.with_member(unfit, new_identity("vera", OFFICE)),
    ):
        with pytest.raises(PassphraseNotUsable):
            attempt()


def test_the_wrong_old_passphrase_changes_nothing() -> None:
    keystore, _ = founded()
    for attempt in (
        lambda: keystore.with_passphrase_changed(BORIS, NEW),
        lambda: keystore.with_recovery(BORIS, KIT),
        lambda: keystore.with_duress(BORIS, ROCKS),
        lambda: keystore.with_identity(BORIS, new_identity("anna", OFFICE)),
        lambda: keystore.without_duress(ANNA),
    ):
        with pytest.raises(WrongPassphrase):
            attempt()


# Keyfiles.


def test_a_keyfile_and_a_passphrase_open_only_together() -> None:
    anna = new_identity("anna", OFFICE)
    keystore, _ = Keystore.new(CHEAP).with_member(ANNA, anna, STONE)
    assert again(keystore).open(ANNA, STONE).identity == anna
    assert opens(keystore, ANNA, Typed(ANNA, STONE + b"."), Typed(BORIS, STONE)) == [False, False, False]


def test_a_keyfile_goes_along_with_the_passphrase_as_typed() -> None:
    keystore, anna = founded()
    changed = keystore.with_passphrase_changed(ANNA, Typed(NEW, STONE))
    assert again(changed).open(Typed(NEW, STONE)).identity == anna
    assert opens(changed, NEW, ANNA) == [False, False]
    back = changed.with_passphrase_changed(NEW, ANNA, keyfile=STONE)
    assert opens(back, ANNA, Typed(NEW, STONE)) == [True, False]


def test_a_keyfile_chosen_needlessly_does_no_harm() -> None:
    keystore, anna = founded()
    assert keystore.open(ANNA, STONE).identity == anna


# Recovery.


def test_a_recovery_kit_opens_and_sets_a_new_passphrase() -> None:
    keystore, anna = founded()
    with_kit = again(keystore.with_recovery(ANNA, KIT))
    assert with_kit.open_recovery(KIT) == keystore.open(ANNA)
    recovered = again(with_kit.with_passphrase_recovered(KIT, NEW))
    assert opens(recovered, ANNA, NEW) == [False, True]
    assert recovered.open_recovery(KIT).identity == anna


def test_a_newer_kit_ends_the_one_before() -> None:
    keystore, anna = founded()
    newer = again(keystore.with_recovery(ANNA, KIT).with_recovery(ANNA, OTHER_KIT))
    assert newer.open_recovery(OTHER_KIT).identity == anna
    with pytest.raises(RecoveryNotOpened):
        newer.open_recovery(KIT)


def test_a_kit_outlives_a_change_of_passphrase_but_is_no_passphrase() -> None:
    keystore, anna = founded()
    changed = again(keystore.with_recovery(ANNA, KIT).with_passphrase_changed(ANNA, NEW))
    assert changed.open_recovery(KIT).identity == anna
    assert opens(changed, KIT.decode()) == [False]


def test_a_recovery_secret_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        founded()[0].open_recovery(b"short")


# Duress.


def test_a_duress_passphrase_is_told_from_a_wrong_one_only_by_the_program() -> None:
    keystore, anna = founded()
    careful = again(keystore.with_duress(ANNA, ROCKS))
    assert careful.open(ANNA).identity == anna
    with pytest.raises(DuressGiven) as given:
        careful.open(ROCKS)
    assert (given.value.member, given.value.passphrase) == ("anna", ROCKS)
    assert (given.value.told(), type(given.value).status) == (
        WrongPassphrase().told(),
        WrongPassphrase.status,
    )
    with pytest.raises(DuressGiven):
        careful.open(ROCKS, STONE)


def test_the_empty_office_needs_no_second_stretching() -> None:
    careful = founded()[0].with_duress(ANNA, ROCKS)
    with pytest.raises(DuressGiven) as given:
        careful.open(ROCKS)
    empty, _ = Keystore.new(given.value.cost).with_member(ROCKS, new_identity("anna", OTHER_OFFICE))
    assert again(empty).open(ROCKS).identity.office == OTHER_OFFICE
    assert opens(empty, ANNA) == [False]
    assert "rocks" not in repr(given.value.cost)


def test_a_duress_passphrase_can_be_made_harmless() -> None:
    keystore, _ = founded()
    careful = keystore.with_duress(ANNA, ROCKS).with_duress(ANNA, NEW)
    one_left = again(careful.without_duress(ROCKS))
    with pytest.raises(WrongPassphrase) as refused:
        one_left.open(ROCKS)
    assert not isinstance(refused.value, DuressGiven)
    with pytest.raises(DuressGiven):
        one_left.open(NEW)


def test_duress_instead_of_the_old_passphrase_is_heard_too() -> None:
    careful = founded()[0].with_duress(ANNA, ROCKS)
    with pytest.raises(DuressGiven):
        careful.with_passphrase_changed(ROCKS, NEW)


# Renewal and removal.


def test_a_renewed_device_keeps_passphrase_and_kit() -> None:
    keystore, _ = founded()
    renewed = new_identity("anna", OFFICE)
    after = again(keystore.with_recovery(ANNA, KIT).with_identity(ANNA, renewed))
    assert after.open(ANNA).identity == after.open_recovery(KIT).identity == renewed
    assert after.open(ANNA).local_key == keystore.open(ANNA).local_key
    with pytest.raises(ValueError, match="another"):
        keystore.with_identity(ANNA, new_identity("boris", OFFICE))


def test_a_removed_member_opens_nothing_and_the_others_as_before() -> None:
    keystore, _ = founded()
    both, _ = keystore.with_recovery(ANNA, KIT).with_member(BORIS, new_identity("boris", OFFICE))
    left = again(both.without_identity(OFFICE, "anna"))
    assert opens(left, ANNA, BORIS) == [False, True]
    with pytest.raises(RecoveryNotOpened):
        left.open_recovery(KIT)
    assert counts(left) == counts(both)
    assert left.without_identity(OTHER_OFFICE, "boris").open(BORIS)


def test_a_member_admitted_again_begins_anew() -> None:
    keystore, _ = founded()
    fresh = new_identity("anna", OFFICE)
    back, _ = keystore.with_recovery(ANNA, KIT).with_member(NEW, fresh)
    assert opens(back, ANNA, NEW) == [False, True]
    assert back.open(NEW).identity == fresh
    with pytest.raises(RecoveryNotOpened):
        back.open_recovery(KIT)


def test_a_slot_whose_record_is_gone_says_that_the_file_is_damaged() -> None:
    keystore, _ = founded()
    keystore._frame = keystore._frame._replace(records=())
    with pytest.raises(KeystoreDamaged):
        keystore.open(ANNA)


# What the file tells.


def counts(keystore: Keystore) -> tuple[int, int]:
    return len(keystore._frame.slots), len(keystore._frame.records)


def test_all_slots_are_alike_and_come_by_fours() -> None:
    keystore, _ = founded()
    full = keystore.with_recovery(ANNA, KIT).with_duress(ANNA, ROCKS)
    full, _ = full.with_member(BORIS, new_identity("a-member-with-a-long", OFFICE))
    for shelf in (full._frame.slots, full._frame.records):
        assert len(shelf) % 4 == 0
        assert len({(len(slot.id), len(slot.sealed), slot.sealed[:1]) for slot in shelf}) == 1
        assert len({slot.id for slot in shelf}) == len(shelf)
    spelled = full.to_bytes()
    assert not any(word in spelled for word in (b"anna", b"duress", b"recovery", OFFICE, KIT))


def test_changing_is_not_adding() -> None:
    keystore, _ = founded()
    before = keystore.with_recovery(ANNA, KIT)
    after = before.with_passphrase_changed(ANNA, NEW).with_recovery(NEW, OTHER_KIT)
    assert counts(before) == counts(after)


def test_a_member_who_opens_sees_no_slot_of_duress() -> None:
    """Of all slots, a colleague who knows the office finds those of members, and no more."""
    careful = founded()[0].with_recovery(ANNA, KIT).with_duress(ANNA, ROCKS)
    rid = careful.without_identity(OFFICE, "anna")
    kept = set(careful._frame.slots) & set(rid._frame.slots)
    assert len(kept) == len(careful._frame.slots) - 2
    with pytest.raises(DuressGiven):
        rid.open(ROCKS)


class Model:
    """Who has which passphrase, which kit is the newest, which duress words are set."""

    def __init__(self) -> None:
        self.keystore, _ = founded()
        self.passphrase, self.kit, self.duress, self.boris = ANNA, b"", list[str](), False

    def change(self, n: int) -> None:
        self.keystore = self.keystore.with_passphrase_changed(self.passphrase, f"passphrase number {n}")
        self.passphrase = f"passphrase number {n}"

    def print_kit(self, n: int) -> None:
        self.kit = bytes([n]) * 32
        self.keystore = self.keystore.with_recovery(self.passphrase, self.kit)

    def set_duress(self, n: int) -> None:
        self.duress.append(f"duress number {n}")
        self.keystore = self.keystore.with_duress(self.passphrase, self.duress[-1])

    def admit(self, n: int) -> None:
        if not self.boris:
            self.keystore, _ = self.keystore.with_member(BORIS, new_identity("boris", OFFICE))
            self.boris = True

    def remove(self, n: int) -> None:
        self.keystore, self.boris = self.keystore.without_identity(OFFICE, "boris"), False

    def renew(self, n: int) -> None:
        self.keystore = self.keystore.with_identity(self.passphrase, new_identity("anna", OFFICE))


STEPS = (Model.change, Model.print_kit, Model.set_duress, Model.admit, Model.remove, Model.renew)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=8))
def test_whatever_is_done_in_whatever_order_what_should_open_opens(steps: list[Callable[..., None]]) -> None:
    model = Model()
    for n, step in enumerate(steps):
        step(model, n)
    keystore = again(model.keystore)
    assert keystore.open(model.passphrase).identity.member == "anna"
    assert opens(keystore, BORIS) == [model.boris]
    assert model.passphrase == ANNA or opens(keystore, ANNA) == [False]
    assert not model.kit or keystore.open_recovery(model.kit).identity.member == "anna"
    for word in model.duress:
        with pytest.raises(DuressGiven):
            keystore.open(word)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_no_changed_byte_opens_as_something_else(where: float, change: int) -> None:
    """Also when whoever changed it made the closing hash right again."""
    keystore, anna = founded()
    body = bytearray(keystore.with_recovery(ANNA, KIT).to_bytes()[:-32])
    body[1 + int(where * (len(body) - 1))] ^= change
    try:
        opened = Keystore.load(bytes(body) + seal.digest(bytes(body))).open(ANNA)
    except (Locked, Damaged):
        return
    assert opened.identity == anna


# What was written once opens for ever.

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "keystore-v1.json").read_text(encoding="utf-8")
)


def test_a_keystore_written_in_version_1_opens_by_every_sort_of_slot() -> None:
    keystore = Keystore.load(bytes.fromhex(FROZEN["keystore"]))
    for case in FROZEN["opened"]:
        if "recovery" in case:
            unlocked = keystore.open_recovery(bytes.fromhex(case["recovery"]))
        else:
            keyfile = bytes.fromhex(case["keyfile"]) if "keyfile" in case else None
            unlocked = keystore.open(case["passphrase"], keyfile)
        found = {**unlocked.identity._asdict(), "local_key": unlocked.local_key}
        assert {k: v.hex() if isinstance(v, bytes) else v for k, v in found.items()} == case["gives"]
    with pytest.raises(DuressGiven) as given:
        keystore.open(FROZEN["duress"]["passphrase"])
    assert given.value.member == FROZEN["duress"]["member"]

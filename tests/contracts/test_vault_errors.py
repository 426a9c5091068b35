"""Errors of the vault that a user can meet, each provoked in a store: the sentence, and what to do."""

import pytest
from vault_office import ANNA, AT, BORIS, fill, found

from kunak.errors import KunakError
from kunak.vault import Item, MemoryStore, Vault, add_member
from kunak.vault.bodies import SHELF as BODIES
from kunak.vault.bodies import BodyMissing
from kunak.vault.dossiers import SHELF as GRANTS
from kunak.vault.dossiers import GrantNotValid
from kunak.vault.keys import new_identity
from kunak.vault.office import KEYSTORE, NotAMember, load_keystore
from kunak.vault.stores import Blob


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    fill(found(store))
    return store


def lose(store: MemoryStore, shelf: str) -> None:
    """Take everything from one shelf, as a copy that was not finished would."""
    store.commit((), drop=[(shelf, name) for _, name, _ in store.since(shelf)])


def reads(error: KunakError, sentence: str, advice: str) -> None:
    assert sentence in error.sentence()
    assert advice in error.advice()


def test_a_record_that_is_listed_and_not_there_is_named_missing(store: MemoryStore) -> None:
    lose(store, BODIES)
    vault = Vault.unlock(store, passphrase=ANNA)
    with pytest.raises(BodyMissing) as refused:
        list(vault.read())
    reads(refused.value, "it is not there, or is another one", "Open the newest copy that you trust")


def test_a_lost_record_of_who_may_read_is_not_passed_over() -> None:
    store = MemoryStore()
    anna = found(store)
    anna.write([Item("C-1", "index", b"one")], AT)
    add_member(anna, "boris", BORIS, AT)
    lose(store, GRANTS)
    vault = Vault.unlock(store, passphrase=BORIS)
    with pytest.raises(GrantNotValid) as refused:
        list(vault.read())
    reads(refused.value, "does not hold together", "Compare it with a colleague's")


def test_a_passphrase_of_someone_who_never_joined_opens_nothing(store: MemoryStore) -> None:
    anna = Vault.unlock(store, passphrase=ANNA)
    stranger = new_identity("vera", anna.office.id)
    keystore, _ = load_keystore(store).with_member("vera grows roses", stranger)
    store.commit((Blob(*KEYSTORE, keystore.to_bytes()),))
    with pytest.raises(NotAMember) as refused:
        anna.second("vera grows roses")
    reads(refused.value, "no member of this office", "Ask the member who founded")
    assert refused.value.status == 403

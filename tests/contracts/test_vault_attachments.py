"""Attachments: large things in sealed parts, which travel, open and are shredded with their dossier."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from vault_network import Network
from vault_office import AT

from kunak.vault import Item, MemoryStore, Vault, attachments, parcel, shredding, sync
from kunak.vault.attachments import PART_BYTES, Attachment, AttachmentDamaged, open_parts, seal_parts
from kunak.vault.stores import Blob

LENGTHS = (0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES)


def write(vault: Vault, plain: bytes) -> Attachment:
    """An entry with an attachment, whose keys are in the entry's body."""
    made, parts = seal_parts([plain])
    vault.write([Item("C-1", "evidence", made.key + b"".join(made.parts), parts=parts)], AT)
    return made


@pytest.mark.parametrize("length", LENGTHS)
def test_it_opens_as_it_was_and_its_size_is_hidden_up_to_a_bucket(length: int) -> None:
    plain, store = secrets.token_bytes(length), MemoryStore()
    made, parts = seal_parts(plain[n : n + 1000] for n in range(0, length, 1000))
    store.commit(parts)
    assert b"".join(open_parts(store, made)) == plain
    assert made.length == length
    assert all(plain[:200] not in part.sealed for part in parts if length > 16)


def test_every_part_is_bound_to_its_place_and_to_being_the_last() -> None:
    plain = bytes(3 * PART_BYTES)
    made, parts = seal_parts([plain])
    store = MemoryStore()
    store.commit(parts)
    names = made.parts
    for changed in (names[::-1], names[:-1], names + names[-1:], names[:1] * 3, ()):
        with pytest.raises(AttachmentDamaged):
            list(open_parts(store, made._replace(parts=changed)))
    with pytest.raises(AttachmentDamaged):
        list(open_parts(store, made._replace(key=bytes(32))))
    with pytest.raises(AttachmentDamaged):
        list(open_parts(MemoryStore(), made))


class _Counting(MemoryStore):
    """Refuses a commit that a relay would find too large, and notes what came."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[list[str]] = []

    def commit(self, put: Iterable[Blob], drop: Sequence[tuple[str, bytes]] = (), **more: Any) -> None:
        blobs = list(put)
        assert sum(len(blob.sealed) for blob in blobs) < 2 * sync.MOST_BYTES
        self.commits.append([blob.shelf for blob in blobs])
        super().commit(blobs, drop, **more)


def test_it_goes_through_a_hub_in_small_commits_its_segment_last() -> None:
    hub = _Counting()
    net = Network(hub, roles_held=("duty", "documenter", "coordinator"))
    net.join("boris", ("duty", "documenter"))
    net.settle()
    hub.commits.clear()
    plain = secrets.token_bytes(20 * PART_BYTES)
    made = write(net["anna"], plain)
    net.sync("anna", "boris")
    assert len(hub.commits) > 5
    assert ["segment" in commit for commit in hub.commits if "body" in commit].index(True) >= 5
    assert b"".join(open_parts(net.stores["boris"], made)) == plain


def test_a_cut_while_it_goes_leaves_nothing_half_believed_and_goes_on_next_time() -> None:
    net = Network(roles_held=("duty", "documenter", "coordinator"))
    net.join("boris", ("duty", "documenter"))
    net.settle()
    plain = secrets.token_bytes(20 * PART_BYTES)
    made = write(net["anna"], plain)
    whole = net.hub.commit
    for cut_at in range(4):
        left = cut_at

        def commit(*given: Any, **more: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise ConnectionError
            whole(*given, **more)

        net.hub.commit = commit  # type: ignore[method-assign]
        with pytest.raises(ConnectionError):
            net.sync("anna")
        net.hub.commit = whole  # type: ignore[method-assign]
        net.sync("boris")
        assert len(net.bodies("boris")) == 0
    net.settle()
    assert b"".join(open_parts(net.stores["boris"], made)) == plain


def test_it_travels_in_a_parcel() -> None:
    net = Network(roles_held=("duty", "documenter", "coordinator"))
    net.join("boris", ("duty", "documenter"))
    net.settle()
    plain = secrets.token_bytes(3 * PART_BYTES)
    made = write(net["anna"], plain)
    parcel.read(net["boris"], parcel.write(net["anna"]), AT)
    assert b"".join(open_parts(net.stores["boris"], made)) == plain


def test_it_is_shredded_everywhere_with_its_dossier() -> None:
    net = Network(roles_held=("duty", "documenter", "coordinator"))
    net.join("boris", ("duty", "documenter"))
    made = write(net["anna"], secrets.token_bytes(3 * PART_BYTES))
    net.settle()
    shredding.shred(net["anna"], shredding.dossiers_of(net["anna"], "C-1"), AT)
    net.settle()
    for store in (*net.stores.values(), net.hub):
        assert not dict(store.fetch(attachments.SHELF, made.parts))

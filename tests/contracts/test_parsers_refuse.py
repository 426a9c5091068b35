"""What a fuzzer found: bytes over which a reader raised something else than one of the four families."""

from pathlib import Path

import pytest
from vault_office import AT, CHEAP, fill, found

from kunak.data import read
from kunak.evacuation.ways.services import COLUMNS, ServicesRefused, read_services
from kunak.evacuation.ways.world import World
from kunak.vault import MemoryStore, SqliteStore, Vault, epochs, parcel, seal
from kunak.vault.codec import NotReadable, pack, unpack
from kunak.vault.epochs import EpochNotValid
from kunak.vault.keys import Keystore, KeystoreDamaged
from kunak.vault.parcel import NotAParcel
from kunak.vault.stores import Blob, StoreDamaged
from kunak.vault.stretch import Header
from kunak.workbench.snapshots import Heard


@pytest.fixture
def anna() -> Vault:
    vault = found(MemoryStore())
    fill(vault)
    return vault


@pytest.mark.parametrize("changed", [{"number": -1}, {"number": 1 << 63}, {"clock": -1}, {"clock": 1 << 63}])
def test_an_epoch_of_a_number_or_an_hour_that_none_has_is_not_valid(
    anna: Vault, changed: dict[str, int]
) -> None:
    office, identity = anna.office, anna.identity
    spelled = pack(office.epoch.document._replace(**changed))
    signature = seal.ed25519_from_seed(identity.root).sign(seal.context("epoch", spelled))
    signed = pack(epochs._Signed(spelled, signature))
    secrets = office.epoch.secrets
    sealed = seal.seal(epochs._document_key(secrets), seal.pad(signed), epochs._document_aad(office.id))
    (frame,) = (one for _, _, one in office.store.since("epoch") if epochs.tag_of(one) == office.epoch.tag)
    made = seal.SUITE + pack(unpack(frame[1:], epochs._Frame)._replace(sealed=sealed))
    with pytest.raises(EpochNotValid):
        epochs.open_document(made, office.id, secrets)


def chunk_of(anna: Vault) -> parcel._Chunk:
    epoch, piece = last_piece(anna)
    return unpack(
        seal.unpad(seal.unseal(parcel._key(epoch), piece[8:], parcel._aad(anna.office))), parcel._Chunk
    )


def last_piece(anna: Vault) -> tuple[epochs.Epoch, bytes]:
    pieces, _ = parcel._pieces(parcel.write(anna, {}))
    return anna.office.lineage.by_tag[pieces[-1][:8]], pieces[-1]


def with_first(anna: Vault, **changed: object) -> bytes:
    """A parcel in which the first segment of a chunk is another one."""
    epoch, chunk = last_piece(anna)[0], chunk_of(anna)
    first = chunk.segments[0]._replace(**changed)  # type: ignore[arg-type]
    other = pack(chunk._replace(segments=(first, *chunk.segments[1:])))
    told = pack(parcel._Epochs(()))
    sealed = epoch.tag + seal.seal(parcel._key(epoch), seal.pad(other), parcel._aad(anna.office))
    return b"".join([parcel.MAGIC, *(len(one).to_bytes(4, "big") + one for one in (told, sealed))])


@pytest.mark.parametrize("seq", [-1, 0, 1 << 63])
def test_a_segment_in_a_parcel_that_no_chain_has_is_refused(anna: Vault, seq: int) -> None:
    with pytest.raises(NotAParcel):
        parcel.read(anna, with_first(anna, seq=seq), AT)


def test_a_segment_in_a_parcel_with_too_few_or_too_many_lengths_is_refused(anna: Vault) -> None:
    bodies = ((0, 0, b"", bytes(32)),)
    for lengths in ((), (1, 2)):
        with pytest.raises(NotAParcel):
            parcel.read(anna, with_first(anna, bodies=bodies, lengths=lengths), AT)


def test_a_cell_of_services_that_is_too_long_is_refused_by_its_row() -> None:
    world, head = World.from_bytes(read("ways.bin")), ",".join(COLUMNS)
    for text, row in ((head + "x" * 140_000, 1), (f'{head}\nTBS,"{"x" * 140_000}', 2)):
        with pytest.raises(ServicesRefused) as refusal:
            read_services(world, text)
        assert f"row {row}" in refusal.value.sentence()
        assert len(refusal.value.sentence()) < 200


@pytest.mark.parametrize("number", [-1, 1 << 16])
def test_a_kept_entry_of_a_kind_that_no_program_numbers_is_damaged(number: int) -> None:
    with pytest.raises(NotReadable):
        Heard().take(pack((("C-1", (0, number), pack(())),)))


def test_a_file_of_sqlite_whose_schema_is_no_text_is_damaged(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "office.db")
    store.commit([Blob("body", b"name", b"sealed")])
    store.close()
    content = store.path.read_bytes()
    for at in (content.index(b"tableshelfshelf") + 5, content.index(b"tableblobblob") + 5):
        store.path.write_bytes(content[:at] + b"\xff\xfe" + content[at + 2 :])
        with pytest.raises(StoreDamaged):
            store.get("body", b"name")
        store.close()


@pytest.mark.parametrize("salt", [b"", b"short", b"s" * 17])
def test_a_keystore_with_a_salt_of_another_length_is_damaged(salt: bytes) -> None:
    frame = Keystore.new(CHEAP)._frame
    header = unpack(frame.header, Header)._replace(salt=salt)
    body = seal.SUITE + pack(frame._replace(header=pack(header)))
    with pytest.raises(KeystoreDamaged):
        Keystore.load(body + seal.digest(body))

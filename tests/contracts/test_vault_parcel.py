"""A parcel on a stick brings what others lack, small, and a cut one brings what it can."""

from datetime import timedelta

import pytest
from vault_network import Network
from vault_office import AT

from kunak.vault import Item, parcel
from kunak.vault.parcel import NotAParcel, ParcelOfAnotherOffice
from kunak.vault.stores import Blob


def apart() -> Network:
    """Two devices that have met, and the first goes on alone."""
    net = Network()
    net.join("boris")
    net["anna"].write([Item(f"C-{n}", "index", b"opened") for n in range(8)], AT)
    net.settle()
    net["boris"].write([Item("C-1", "index", b"by boris")], AT)  # says what he has seen
    net.settle()
    return net


def note(number: int) -> bytes:
    text = f"call again in the morning, number {number}"
    told = f'"id":"{number:024x}","at":"2031-05-05T21:00:00Z","by":"anna","subject":"C-7K2M-QX9D"'
    return f'{{"kind":"casework.NoteWritten","fields":{{{told},"text":"{text}"}}}}'.encode()


def test_fifty_updates_take_no_more_than_20_kb() -> None:
    net = apart()
    for number in range(50):
        net["anna"].write([Item(f"C-{number % 8}", "index", note(number))], AT + timedelta(minutes=number))
    made = parcel.write(net["anna"])
    assert len(made) <= 20_000, len(made)
    taken = parcel.read(net["boris"], made, AT)
    assert (taken.received.taken, taken.cut) == (50, False)
    assert net.bodies("boris") == net.bodies("anna")


def test_a_parcel_may_come_twice_late_or_in_parts() -> None:
    net = apart()
    parcels = []
    for number in range(6):
        before = {head.device: head.seq for head in net["anna"].office.log.heads()}
        net["anna"].write([Item("C-1", "index", note(number))], AT)
        parcels.append(parcel.write(net["anna"], before))
    for place in (3, 0, 3, 5, 1, 4, 2):
        parcel.read(net["boris"], parcels[place], AT)
    assert net.bodies("boris") == net.bodies("anna")


def test_a_file_cut_at_any_byte_brings_whole_chunks_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "CHUNK_BYTES", 600)
    net = apart()
    for number in range(6):
        net["anna"].write([Item("C-1", "index", note(number))], AT)
    made = parcel.write(net["anna"])
    heard = 0
    for length in range(len(parcel.MAGIC) + 1, len(made), 97):
        try:
            taken = parcel.read(net["boris"], made[:length], AT)
        except NotAParcel:
            continue
        heard += taken.received.taken
        assert taken.cut or length == len(made)
    heard += parcel.read(net["boris"], made, AT).received.taken
    assert heard == 6
    assert net.bodies("boris") == net.bodies("anna")


def test_what_is_no_parcel_and_what_is_of_others_is_refused_by_name() -> None:
    net, other = apart(), apart()
    other["anna"].write([Item("C-1", "index", note(1))], AT)
    for bad in (b"", b"PK\x03\x04", parcel.MAGIC, parcel.MAGIC + b"\xff" * 40):
        with pytest.raises(NotAParcel):
            parcel.read(net["anna"], bad, AT)
    with pytest.raises(ParcelOfAnotherOffice):
        parcel.read(net["anna"], parcel.write(other["anna"], {}), AT)


def test_a_frame_that_another_program_spelled_otherwise_goes_whole() -> None:
    net = apart()
    net["anna"].write([Item("C-1", "index", b"mine")], AT)
    segment = net["anna"].office.log.segments[-1]
    chunk = parcel._chunk(net["anna"].office, list(parcel.with_things(net["anna"], [segment])))
    assert chunk.segments[0].frame == b""
    whole = chunk.segments[0]._replace(frame=b"\x92\xc4\x01a\xc4\x01b")
    assert parcel._frame(whole, chunk.ids, net["anna"].office.epoch, {}) == whole.frame


def test_nothing_of_a_parcel_is_readable_without_the_office() -> None:
    net = apart()
    net["anna"].write([Item("C-ZIMORODOK", "index", b"zimorodok")], AT)
    made = parcel.write(net["anna"])
    assert b"zimorodok" not in made.lower()
    assert isinstance(Blob("body", b"x", made), Blob)

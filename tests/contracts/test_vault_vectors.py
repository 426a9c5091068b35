"""What was sealed once opens for ever: the frozen file of version 1 (tests/vectors/vault-v1.json)."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kunak.errors import Damaged
from kunak.vault import MemoryStore, Opened, Vault, attachments, codec, joining, openings, seal
from kunak.vault.attachments import Attachment
from kunak.vault.keys import KdfCost
from kunak.vault.log import PART, SUM
from kunak.vault.stores import Blob
from kunak.vault.stretch import Header, stretch
from kunak.vault.tending import tend

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "vault-v1.json").read_text(encoding="utf-8")
)
AT = datetime(2031, 5, 5, 21, 0, tzinfo=UTC)
ANNA, BORIS, CAROL = "anna keeps bees", "boris mends nets", "carol paints doors"


def of(name: str) -> dict[str, Any]:
    """A vector, its text from hexadecimal to bytes."""
    return {
        k: bytes.fromhex(v) if isinstance(v, str) else v for k, v in FROZEN[name].items() if k != "purpose"
    }


def test_contexts_keys_and_padding_are_made_as_they_were() -> None:
    assert seal.context("test", *map(bytes.fromhex, FROZEN["context"]["parts"])) == of("context")["is"]
    derive, pad = of("derive"), of("pad")
    assert seal.derive(derive["key"], derive["info"], salt=derive["salt"]) == derive["is"]
    assert seal.pad(pad["plain"], pad["least"]) == pad["is"]
    assert [[length, seal.padme(length)] for length, _ in FROZEN["padme"]] == FROZEN["padme"]


def test_a_passphrase_is_stretched_as_it_was() -> None:
    known = FROZEN["stretch"]
    *cost, salt = known["header"]
    header = Header(*cost, bytes.fromhex(salt.removeprefix("hex:")))
    assert stretch(header, known["typed"].encode()).hex() == known["is"]


def test_what_was_sealed_and_signed_opens_and_verifies() -> None:
    sealed, to, signed = of("seal"), of("seal_to"), of("ed25519")
    assert seal.unseal(sealed["key"], sealed["sealed"], sealed["aad"]) == sealed["plain"]
    assert seal.x_wing_public_bytes(to["seed"]) == to["public"]
    assert seal.open_with(seal.x_wing_from_seed(to["seed"]), to["info"], to["sealed"]) == to["plain"]
    assert seal.ed25519_public_bytes(signed["seed"]) == signed["public"]
    seal.verify(signed["public"], signed["signature"], signed["message"])


# Each sealed thing by itself, as docs/format.md says that it opens


def context_of(given: dict[str, Any] | None) -> bytes:
    return seal.context(given["purpose"], *map(bytes.fromhex, given["parts"])) if given else b""


def opened(thing: dict[str, Any], sealed: bytes) -> bytes:
    if thing["how"] == "hpke":
        key = seal.x_wing_from_seed(bytes.fromhex(thing["seed"]))
        plain = seal.open_with(key, context_of(thing["info"]), sealed)
    else:
        plain = seal.unseal(bytes.fromhex(thing["key"]["is"]), sealed, context_of(thing["aad"]))
    return plain if thing["least"] is None else seal.unpad(plain, thing["least"])


def told(value: Any) -> Any:
    """A value of a frame, as the file has it."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    return [told(one) for one in value] if isinstance(value, tuple | list) else value


@pytest.mark.parametrize(
    "thing", [*FROZEN["sealed"], *FROZEN["joining"]["sealed"]], ids=lambda thing: thing["what"]
)
def test_each_sealed_thing_opens_to_what_it_was_and_not_when_changed(thing: dict[str, Any]) -> None:
    sealed = bytes.fromhex(thing["sealed"])
    plain = opened(thing, sealed)
    if "frame" in thing:
        assert told(codec.unpack(plain, tuple)) == thing["frame"]
    elif "plain" in thing:
        assert plain.hex() == thing["plain"]
    else:
        assert seal.digest(plain).hex() == thing["sha256"]
    with pytest.raises(Damaged):
        opened(thing, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Damaged):
        opened(thing, b"\2" + sealed[1:])  # another suite


def test_the_keys_of_sealed_things_follow_from_other_secrets_as_they_did() -> None:
    keys = [thing["key"] for thing in (*FROZEN["sealed"], *FROZEN["joining"]["sealed"]) if "key" in thing]
    made = [key for key in keys if "from" in key]
    assert len(made) >= 8
    for key in made:
        secret, salt = bytes.fromhex(key["from"]), bytes.fromhex(key["salt"])
        assert seal.derive(secret, context_of(key["info"]), salt=salt).hex() == key["is"]


def test_a_joining_code_is_stretched_and_says_where_to_meet_as_it_did() -> None:
    known = FROZEN["joining"]
    code, salt = bytes.fromhex(known["code"]), bytes.fromhex(known["salt"])
    assert stretch(Header(*known["cost"], False, salt), code).hex() == known["stretched"]
    assert joining.place_of(code, KdfCost(*known["cost"])).hex() == known["place"]


def test_a_joining_that_was_begun_ends_in_an_office() -> None:
    known = {thing["what"]: bytes.fromhex(thing["sealed"]) for thing in FROZEN["joining"]["sealed"]}
    store = MemoryStore()
    store.commit([Blob("local", b"joining", known["joining: kept"])])
    cost, code = KdfCost(*FROZEN["joining"]["cost"]), bytes.fromhex(FROZEN["joining"]["code"])
    dora = joining.finish(store, code, known["joining: answer"], "dora reads maps", cost)
    assert (dora.member, dora.members) == ("dora", ("eric", "dora"))


# The whole office


@pytest.fixture
def office() -> MemoryStore:
    store = MemoryStore()
    store.commit(
        [Blob(shelf, bytes.fromhex(name), bytes.fromhex(sealed)) for shelf, name, sealed in FROZEN["office"]]
    )
    return store


@pytest.fixture
def anna(office: MemoryStore) -> Iterator[Vault]:
    vault = Vault.unlock(office, passphrase=ANNA)
    yield vault
    vault.close()


FOR_THE_DUTY_TEAM = [("C-1", "index", "anna", b'{"kind":"a"}'), ("C-1", "index", "boris", b"by boris")]


def read_of(opened: Iterable[Opened]) -> list[tuple[str, str, str, bytes]]:
    """What was opened, but for the device that signed it."""
    return [one[:4] for one in opened]


def test_an_office_written_in_version_1_opens_for_each_member(anna: Vault) -> None:
    assert read_of(one for one in anna.read() if one.compartment == "index") == FOR_THE_DUTY_TEAM
    boris, carol = anna.second(BORIS), anna.second(CAROL)
    assert read_of(boris.read()) == [*FOR_THE_DUTY_TEAM, ("J-1", "place", "boris", b"x" * 300)]
    assert ("C-1", "contact", "anna", "лампа".encode()) in read_of(anna.read())
    assert {one.compartment for one in carol.read()} == {"index", "evidence"}
    assert anna.members == ("anna", "boris", "carol")
    assert anna.intake_seeds()[0].hex() == FROZEN["office_secret"]["intake"]
    assert anna.office_secret("channel").hex() == FROZEN["office_secret"]["channel"]
    assert anna.kept(b"an example") == b"kept here alone"


def test_what_two_open_together_and_an_attachment_open(anna: Vault, office: MemoryStore) -> None:
    wanted, opening = openings.sought(anna, "C-2", "identity"), bytes.fromhex(FROZEN["opening"])
    together = read_of(openings.Openings(anna).read(opening, wanted, AT))
    assert together == [("C-2", "identity", "anna", b"for two together")]
    (entry,) = [one.body for one in anna.read() if one.compartment == "evidence"]
    attachment = codec.unpack(entry, Attachment)
    assert b"".join(attachments.open_parts(office, attachment)) == b"an attachment"


def test_a_share_that_was_on_its_way_arrives(anna: Vault) -> None:
    """Carol's share was begun by anna; boris and carol do their part."""
    boris, carol = anna.second(BORIS), anna.second(CAROL)
    assert {given.sort for _, given in anna.office.log.lent.values()} >= {PART, SUM}
    for hand in (boris, carol):
        tend(hand, AT)
    assert openings.sought(carol, "C-2", "identity") == openings.sought(anna, "C-2", "identity")

"""The signed list of addresses: read as it was signed or not at all; who signed it; what only looks like it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kunak.exchange import addresses
from kunak.exchange.addresses import (
    MOST_SIGNERS,
    AddressesUnfit,
    AddressList,
    AddressListDamaged,
    AddressListForged,
    AddressListOld,
    AddressNearlyListed,
    AddressNotListed,
    AddressRetired,
    SignerMissing,
    SignerUnfit,
)
from kunak.vault import seal

MADE, UNTIL = date(2031, 5, 5), date(2031, 8, 3)
SEEDS = {"Office of the Quince": bytes(32), "Group Linden": bytes(range(32)), "Фонд Река": b"\x07" * 32}
KEYS = {name: seal.ed25519_public_bytes(seed).hex() for name, seed in SEEDS.items()}
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40)


def a_list(*signers: str, retired: tuple[str, ...] = ("https://old.example/",)) -> AddressList:
    known = addresses.make(
        ["https://write.example/", "http://abcdefgh234567.onion/", "messenger: quince"],
        retired=retired, made_on=MADE, valid_until=UNTIL,
    )  # fmt: skip
    for name in signers or SEEDS:
        known = addresses.sign(known, name=name, seed=SEEDS[name])
    return known


TEXT = addresses.spell(a_list())
FROZEN = """\
Addresses of one office, signed by those who know it
Format: kunak-addresses/1
Made on: 2031-05-05
Valid until: 2031-08-03

You reach them at:
- https://write.example/
- http://abcdefgh234567.onion/
- messenger: quince

Theirs no more:
- https://old.example/

Signed by:
- Group Linden
  key: ed25519 03a107bf f3ce10be 1d70dd18 e74bc099 67e4d630 9ba50d5f 1ddc8664 125531b8
  signature: LPfr6bfO6pZ+/e1JbVM0juZXc2jvLM5E4kKEyHnLXwOHXbYZp8VS3kCdEeCSlkrwLdLu/dmnO/B3F9YY/BTCBQ==
"""


def test_a_list_of_today_can_be_read_for_ever() -> None:
    assert addresses.spell(a_list("Group Linden")) == FROZEN
    assert addresses.read(FROZEN) == a_list("Group Linden")


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw reads the tables of Unicode
@given(
    st.lists(LINES, min_size=1, max_size=6, unique=True),
    st.lists(LINES, max_size=3, unique=True),
    st.lists(LINES, max_size=4, unique=True),
)
def test_what_is_written_is_what_is_read(ours: list[str], retired: list[str], names: list[str]) -> None:
    try:
        known = addresses.make(ours, retired=retired, made_on=MADE, valid_until=UNTIL)
        for n, name in enumerate(names):
            known = addresses.sign(known, name=name, seed=bytes([n]) * 32)
    except AddressesUnfit:
        assume(False)
    assert addresses.read(addresses.spell(known)) == known


def mangled(text: str) -> list[str]:
    """As mails, pages and clipboards leave it."""
    lines = text.splitlines()
    return [
        text.replace("\n", "\r\n"),
        "\ufeff" + text,
        "\n\n".join(lines),
        "\n".join(line for line in lines if line),
        "\n".join(f"{line}   " for line in lines),
        "\n".join(line.strip() for line in lines),
        "\n".join(f"> {line}"[2:] for line in lines) + "\n\n\n",
    ]


@pytest.mark.parametrize("text", mangled(TEXT))
def test_a_mail_that_changes_spaces_and_line_ends_does_no_harm(text: str) -> None:
    assert addresses.read(text) == a_list()


@settings(max_examples=300, derandomize=True)
@given(st.data())
def test_no_letter_can_be_changed_added_or_left_out(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))
    letter = data.draw(st.sampled_from([*set(TEXT), "а", "е", "\u200b", "\u202e", ""]))
    changed = TEXT[:place] + letter + TEXT[place + data.draw(st.integers(0, 1)) :]
    try:
        known = addresses.read(changed)
    except (AddressListDamaged, AddressListForged):
        return
    assert known == a_list(), "only what is no part of it: a space at an end, an empty line"


def without(name: str) -> str:
    """The list with one signature cut out of it."""
    known = a_list()
    return addresses.spell(replace(known, signatures=tuple(x for x in known.signatures if x.name != name)))


def test_a_signature_can_be_cut_out_and_is_missed_by_whoever_asks_for_it() -> None:
    known = addresses.read(without("Group Linden"))
    assert addresses.verify(known, "messenger: quince", on=MADE)
    with pytest.raises(SignerMissing):
        addresses.verify(known, "messenger: quince", on=MADE, signers=[KEYS["Group Linden"]])


def test_a_signature_under_another_list_or_another_name_does_not_fit() -> None:
    other = addresses.sign(
        addresses.make(["https://trap.example/"], made_on=MADE, valid_until=UNTIL),
        name="Group Linden", seed=SEEDS["Group Linden"],
    )  # fmt: skip
    (stolen,) = other.signatures
    with pytest.raises(AddressListForged, match="Group Linden"):
        addresses.read(addresses.spell(replace(a_list(), signatures=(stolen,))))
    renamed = addresses.spell(a_list("Group Linden")).replace("Group Linden", "Group Birch")
    with pytest.raises(AddressListForged, match="Group Birch"):
        addresses.read(renamed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        TEXT.replace("kunak-addresses/1", "kunak-addresses/2"),
        TEXT.replace("2031-08-03", "03.08.2031"),
        TEXT.replace("Made on", "Made by"),
        TEXT.split("Signed by:")[0],
        TEXT.replace("ed25519", "rsa"),
        TEXT.replace("signature: ", "signature: !"),
        TEXT + "- one more\n",
        TEXT.replace("- https://write.example/", ""),
        TEXT * 20,
        "\x00" * 100,
    ],
)
def test_what_is_no_list_is_not_read(text: str) -> None:
    with pytest.raises((AddressListDamaged, AddressListForged)):
        addresses.read(text)


@given(st.text(max_size=400))
def test_nothing_that_somebody_sends_breaks_the_reading(text: str) -> None:
    for whole in (text, TEXT[:120] + text, TEXT + text):
        try:
            addresses.read(whole)
        except (AddressListDamaged, AddressListForged):
            continue


def test_the_same_key_twice_is_no_two_signers() -> None:
    known = a_list("Group Linden")
    again = addresses.sign(known, name="Another name", seed=SEEDS["Group Linden"])
    assert [one.name for one in again.signatures] == ["Another name"]
    twice = addresses.spell(replace(known, signatures=(*known.signatures, *again.signatures)))
    with pytest.raises(AddressListDamaged):
        addresses.read(twice)


def test_partners_sign_apart_and_all_signatures_come_together() -> None:
    first, second = (
        a_list("Office of the Quince", "Group Linden"),
        a_list("Office of the Quince", "Фонд Река"),
    )
    both = addresses.joined(first, second)
    assert both is not None
    assert {one.name for one in both.signatures} == set(SEEDS)
    assert addresses.read(addresses.spell(both)) == both
    assert addresses.joined(first, a_list(retired=())) is None


def test_there_are_not_more_signers_than_a_page_shows() -> None:
    known = a_list("Group Linden")
    for n in range(1, MOST_SIGNERS):
        known = addresses.sign(known, name=f"Group {n}", seed=bytes([n + 10]) * 32)
    with pytest.raises(AddressesUnfit):
        addresses.sign(known, name="One too many", seed=b"\x63" * 32)


@pytest.mark.parametrize(
    "wrong",
    [
        {"addresses": []},
        {"addresses": [" "]},
        {"addresses": ["x" * 201]},
        {"addresses": ["https://a.example/\u202e"]},
        {"addresses": ["https://a\u200bb.example/"]},
        {"addresses": [f"https://{n}.example/" for n in range(41)]},
        {"valid_until": MADE},
        {"valid_until": MADE - timedelta(days=1)},
        {"retired": ["HTTPS://WRITE.example"]},
    ],
)
def test_a_list_that_would_mislead_is_not_made(wrong: dict[str, object]) -> None:
    given_ = {"addresses": ["https://write.example/"], "made_on": MADE, "valid_until": UNTIL, **wrong}
    with pytest.raises(AddressesUnfit):
        addresses.make(given_.pop("addresses"), **given_)


# Is this address theirs?


@pytest.mark.parametrize(
    "typed",
    [
        "https://write.example/",
        "https://write.example",
        "HTTPS://Write.Example",
        "write.example",
        " write.example/ ",
        "Messenger:  Quince",
        "http://abcdefgh234567.onion",
    ],
)
def test_an_address_is_known_as_people_type_it(typed: str) -> None:
    assert addresses.verify(a_list(), typed, on=MADE) in a_list().addresses


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("https://wrıte.example/", AddressNearlyListed),
        ("https://writе.example/", AddressNearlyListed),  # a Cyrillic letter
        ("https://write.example.trap.net/", AddressNotListed),
        ("http://write.example/", AddressNearlyListed),
        ("https://write.example/en", AddressNearlyListed),
        ("https://elsewhere.net", AddressNotListed),
        ("", AddressNotListed),
        ("https://old.example", AddressRetired),
    ],
)
def test_what_only_looks_like_it_is_not_it(typed: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        addresses.verify(a_list(), typed, on=MADE)


def test_a_list_is_good_on_its_last_day_and_not_after_it() -> None:
    assert addresses.verify(a_list(), "messenger: quince", on=UNTIL)
    with pytest.raises(AddressListOld, match="2031-08-03"):
        addresses.verify(a_list(), "messenger: quince", on=UNTIL + timedelta(days=1))


def test_a_signer_is_named_by_their_key_and_never_by_their_name() -> None:
    known, key = a_list(), KEYS["Фонд Река"]
    spaced = " ".join(key[at : at + 8] for at in range(0, 64, 8))
    for wanted in (key, key[:16].upper(), f"ed25519 {spaced}"):
        assert addresses.verify(known, "messenger: quince", on=MADE, signers=[wanted])
    for unfit in ("Фонд Река", key[:15], "", "z" * 64):
        with pytest.raises(SignerUnfit):
            addresses.verify(known, "messenger: quince", on=MADE, signers=[unfit])
    with pytest.raises(SignerMissing):
        addresses.verify(known, "messenger: quince", on=MADE, signers=[key, "00" * 32])


def test_a_list_that_nobody_signed_says_nothing() -> None:
    bare = addresses.make(["https://write.example/"], made_on=MADE, valid_until=UNTIL)
    with pytest.raises(SignerMissing):
        addresses.verify(bare, "write.example", on=MADE)

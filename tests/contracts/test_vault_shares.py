"""Sharing a secret: any k of n shares give it back, fewer say nothing, and a wrong one does not pass."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from hmac import new as hmac
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kunak.vault import shares
from kunak.vault.shares import (
    PlaceNotFree,
    Share,
    SharesDoNotFit,
    SharesTooFew,
    SharesUnfit,
    ShareWrong,
    SomeShareWrong,
)

FROZEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "shares-v1.json").read_text(encoding="utf-8")
)
ABOUT = b"C-1 identity"
secrets_ = st.binary(min_size=1, max_size=40)
places = st.integers(1, 255)
quick = settings(max_examples=60, deadline=None)


def points(pairs: list[tuple[int, str]]) -> list[Share]:
    return [Share(x, bytes.fromhex(y)) for x, y in pairs]


def spoiled(share: Share) -> Share:
    return Share(share.x, bytes([share.y[0] ^ 1]) + share.y[1:])


# The field


def test_the_field_is_that_of_slip_39() -> None:
    exp, log = shares.tables()
    assert exp.hex() == FROZEN["slip39"]["exp"]
    assert log.hex() == FROZEN["slip39"]["log"]


def test_products_are_those_of_the_aes_standard() -> None:
    assert shares.multiply(0x57, 0x83) == 0xC1  # FIPS 197, 4.2
    assert shares.multiply(0x57, 0x13) == 0xFE  # FIPS 197, 4.2.1
    assert shares.multiply(0x53, 0xCA) == 1


def test_every_product_is_the_one_of_long_multiplication() -> None:
    for a in range(256):
        row, doubled = bytes(256), a
        for bit in range(8):
            row = bytes(old ^ (doubled if b >> bit & 1 else 0) for b, old in enumerate(row))
            doubled = doubled << 1 ^ (0x11B if doubled & 0x80 else 0)
        assert shares.times(a, bytes(range(256))) == row


def test_everything_but_nothing_has_an_inverse() -> None:
    assert all(shares.multiply(one, shares.inverse(one)) == 1 for one in range(1, 256))
    with pytest.raises(ZeroDivisionError):
        shares.inverse(0)


@pytest.mark.parametrize("case", FROZEN["slip39"]["interpolations"], ids=lambda case: str(case["at"]))
def test_interpolation_gives_what_the_reference_implementation_gives(case: dict[str, Any]) -> None:
    assert shares.interpolate(points(case["points"]), case["at"]).hex() == case["is"]


def test_a_published_vector_of_slip_39_holds_its_own_digest() -> None:
    vector = FROZEN["slip39"]["vector_4"]
    secret, digest = (shares.interpolate(points(vector["points"]), at) for at in (255, 254))
    assert (secret.hex(), digest.hex()) == (vector["secret"], vector["digest"])
    assert digest[:4] == hmac(digest[4:], secret, "sha256").digest()[:4]


# Frozen


@pytest.mark.parametrize("case", FROZEN["splits"], ids=lambda case: f"{case['threshold']} needed")
def test_shares_are_made_and_joined_as_they_were(case: dict[str, Any]) -> None:
    polynomial = [bytes.fromhex(part) for part in (case["secret"], *case["coefficients"])]
    held, threshold = points(case["shares"]), case["threshold"]
    assert [Share(x, shares.value_at(polynomial, x)) for x, _ in held] == held
    check, about = bytes.fromhex(case["check"]), bytes.fromhex(case["about"])
    for some in combinations(held, threshold):
        assert shares.join_checked(some, threshold, check, about).hex() == case["secret"]
    assert shares.check_value(polynomial[0], about) == check


@pytest.mark.parametrize("case", FROZEN["enrolments"], ids=lambda case: f"{len(case['helpers'])} helpers")
def test_a_newcomer_is_enrolled_as_it_was(case: dict[str, Any]) -> None:
    helpers = points(case["helpers"])
    xs, new_x = [one.x for one in helpers], case["new"][0]
    assert [shares.weight(x, xs, new_x) for x in xs] == case["weights"]
    passed = {(x, to): bytes.fromhex(part) for x, to, part in case["parts"]}
    for weight, one in zip(case["weights"], helpers, strict=True):
        given_out = [passed[one.x, to] for to in xs]
        assert shares.parts_of(shares.times(weight, one.y), given_out[:-1]) == given_out
    sums = [shares.enrol_combine([passed[x, to] for x in xs]) for to in xs]
    assert [one.hex() for one in sums] == case["sums"]
    assert shares.enrol_finish(sums, new_x) == points([case["new"]])[0]
    assert shares.join([*helpers[1:], points([case["new"]])[0]], len(xs)).hex() == case["secret"]


# Splitting and joining


@given(secrets_, st.data())
@quick
def test_any_k_of_n_shares_give_the_secret_back(secret: bytes, data: st.DataObject) -> None:
    xs = data.draw(st.lists(places, min_size=2, max_size=9, unique=True))
    threshold = data.draw(st.integers(2, len(xs)))
    held = shares.split_at(secret, threshold, xs)
    some = data.draw(st.permutations(held)).copy()[: data.draw(st.integers(threshold, len(xs)))]
    assert [share.x for share in held] == xs
    assert shares.join(some, threshold) == secret


def test_all_255_places_can_be_given_out() -> None:
    held = shares.split(b"s" * 32, 200, 255)
    assert [share.x for share in held] == list(range(1, 256))
    assert shares.join(held[55:], 200) == b"s" * 32


def test_fewer_shares_than_needed_go_with_every_secret_alike() -> None:
    """One byte, all polynomials: whatever the secret, one share of two, or two of three, take every value."""
    two, three = Counter(), Counter()
    for secret in range(256):
        for a in range(256):
            two[secret, shares.value_at([bytes([secret]), bytes([a])], 7)] += 1
    assert len(two) == 256 * 256
    assert set(two.values()) == {1}
    for secret in (0, 1, 255):
        for a, b in ((a, b) for a in range(256) for b in range(256)):
            seen = tuple(secret ^ shares.multiply(x, a ^ shares.multiply(x, b)) for x in (1, 9))
            three[secret, seen] += 1
    assert len(three) == 3 * 256 * 256


def test_a_secret_is_never_split_twice_alike() -> None:
    assert len({shares.split(b"s" * 32, 2, 2) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "threshold, xs", [(1, [1, 2]), (3, [1, 2]), (2, [0, 1]), (2, [1, 1, 2]), (2, [1, 256]), (2, []), (0, [])]
)
def test_what_would_be_no_sharing_is_refused(threshold: int, xs: list[int]) -> None:
    with pytest.raises(SharesUnfit) as refused:
        shares.split_at(b"s", threshold, xs)
    assert f"like that: {threshold} of {len(xs)}." in refused.value.sentence()


def test_too_few_shares_say_how_many_it_takes() -> None:
    one, two, _ = shares.split(b"s" * 32, 3, 3)
    with pytest.raises(SharesTooFew, match="there are 2, and it takes 3"):
        shares.join([one, two], 3)
    with pytest.raises(SharesTooFew, match="there are 2, and it takes 3"):
        shares.join([one, two, one], 3)  # the same paper read twice
    with pytest.raises(SharesTooFew):
        shares.join([], 2)
    with pytest.raises(SharesUnfit):
        shares.join([one], 1)


@pytest.mark.parametrize(
    "held",
    [
        [Share(1, b"aa"), Share(1, b"ab"), Share(2, b"bb")],
        [Share(1, b"aa"), Share(2, b"b")],
        [Share(0, b"aa"), Share(2, b"bb")],
        [Share(256, b"aa"), Share(2, b"bb")],
        [Share(-1, b"aa"), Share(2, b"bb")],
    ],
    ids=["one place twice", "two lengths", "the place of the secret", "beyond the field", "before the field"],
)
def test_shares_that_cannot_be_of_one_secret_are_refused(held: list[Share]) -> None:
    with pytest.raises(SharesDoNotFit):
        shares.join(held, 2)
    with pytest.raises(SharesDoNotFit):
        shares.join_checked(held, 2, b"", ABOUT)


def test_a_share_too_many_that_does_not_fit_is_refused_even_without_a_check() -> None:
    held = shares.split(b"s" * 32, 2, 3)
    with pytest.raises(SharesDoNotFit):
        shares.join([*held[:2], spoiled(held[2])], 2)


# A wrong share


@given(st.binary(min_size=16, max_size=32), st.data())
@quick
def test_a_wrong_share_among_just_enough_is_noticed(secret: bytes, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, 5))
    held = list(shares.split(secret, threshold, threshold))
    check = shares.check_value(secret, ABOUT)
    assert shares.join_checked(held, threshold, check, ABOUT) == secret
    place, byte = data.draw(st.integers(0, threshold - 1)), data.draw(st.integers(0, len(secret) - 1))
    y = bytearray(held[place].y)
    y[byte] ^= data.draw(st.integers(1, 255))
    held[place] = Share(held[place].x, bytes(y))
    with pytest.raises(SomeShareWrong, match="cannot be told"):
        shares.join_checked(held, threshold, check, ABOUT)


def test_with_more_shares_the_wrong_ones_are_named_and_the_rest_go_on() -> None:
    secret = b"s" * 32
    held, check = list(shares.split(secret, 3, 6)), shares.check_value(secret, ABOUT)
    held[1], held[4] = spoiled(held[1]), spoiled(held[4])
    with pytest.raises(ShareWrong) as wrong:
        shares.join_checked(held, 3, check, ABOUT)
    assert wrong.value.facts == {"numbers": "2, 5"}
    assert type(wrong.value) is ShareWrong
    assert shares.join_checked([held[place] for place in (0, 2, 3, 5)], 3, check, ABOUT) == secret


def test_a_check_holds_for_its_own_purpose_and_secret_only() -> None:
    secret = b"s" * 32
    held = shares.split(secret, 2, 3)
    for check, about in (
        (shares.check_value(secret, b"C-2 identity"), ABOUT),
        (shares.check_value(b"t" * 32, ABOUT), ABOUT),
        (b"", ABOUT),
    ):
        with pytest.raises(SomeShareWrong):
            shares.join_checked(held, 2, check, about)
    assert shares.check_value(b"bc", b"a") != shares.check_value(b"c", b"ab")
    assert secret not in shares.check_value(secret, ABOUT)


def test_a_share_shows_itself_in_no_traceback() -> None:
    assert repr(Share(3, b"secret")) == "Share(x=3, …)"


# A new holder


def enrolled(helpers: list[Share], new_x: int) -> Share:
    """All that passes between the helpers and the newcomer."""
    xs = [helper.x for helper in helpers]
    given_out = {helper.x: shares.enrol_split(helper, xs, new_x) for helper in helpers}
    sums = [shares.enrol_combine([given_out[giver][taker] for giver in xs]) for taker in xs]
    return shares.enrol_finish(sums, new_x)


@given(st.binary(min_size=16, max_size=32), st.data())
@quick
def test_a_new_share_goes_with_any_of_the_old_ones(secret: bytes, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, 4))
    xs = data.draw(st.lists(places, min_size=threshold + 1, max_size=7, unique=True))
    *old_xs, new_x = xs
    held = shares.split_at(secret, threshold, old_xs)
    helpers = data.draw(st.permutations(held)).copy()[: data.draw(st.integers(threshold, len(held)))]
    newcomer, check = enrolled(helpers, new_x), shares.check_value(secret, ABOUT)
    assert newcomer.x == new_x
    for others in combinations(held, threshold - 1):
        assert shares.join_checked([newcomer, *others], threshold, check, ABOUT) == secret


def test_a_lost_share_is_made_again_by_the_others() -> None:
    held = shares.split(b"s" * 32, 2, 3)
    assert enrolled(list(held[:2]), 3) == held[2]


@pytest.mark.parametrize("place", [0, -1, 256, 1, 2])
def test_helpers_never_make_the_secret_itself_or_a_share_that_one_of_them_has(place: int) -> None:
    held = shares.split(b"s" * 32, 2, 3)
    with pytest.raises(PlaceNotFree, match=f"for place {place}"):
        shares.enrol_split(held[0], [1, 2], place)


def test_a_newcomer_never_finishes_at_the_place_of_the_secret() -> None:
    with pytest.raises(PlaceNotFree):
        shares.enrol_finish([b"a", b"b"], 0)


@pytest.mark.parametrize("helpers", [[1], [2, 3], [1, 1], [0, 1], [1, 300], []])
def test_helpers_that_are_no_helpers_are_refused(helpers: list[int]) -> None:
    with pytest.raises(SharesUnfit):
        shares.enrol_split(Share(1, b"y"), helpers, 9)


@pytest.mark.parametrize("vectors", [[], [b"a", b"bb"]])
def test_parts_that_do_not_belong_together_are_refused(vectors: list[bytes]) -> None:
    with pytest.raises(SharesDoNotFit):
        shares.enrol_combine(vectors)
    with pytest.raises(SharesDoNotFit):
        shares.enrol_finish(vectors, 4)


def test_a_helper_who_lies_is_noticed_when_the_new_share_is_used() -> None:
    secret = b"s" * 32
    held = shares.split(secret, 2, 2)
    newcomer = enrolled([held[0], spoiled(held[1])], 3)
    with pytest.raises(SomeShareWrong):
        shares.join_checked([held[0], newcomer], 2, shares.check_value(secret, ABOUT), ABOUT)


def all_bytes() -> Iterator[bytes]:
    return (bytes([one]) for one in range(256))


def test_what_one_helper_sees_is_every_value_once_whatever_the_other_helpers_share() -> None:
    """One byte, all chances: the part that comes from another helper says nothing of that helper's share."""
    for weighed in all_bytes():
        for place in (0, 1):
            seen = {shares.parts_of(weighed, [chance])[place] for chance in all_bytes()}
            assert len(seen) == 256


def test_with_one_part_missing_the_others_go_with_every_share() -> None:
    """Three helpers, one byte: any two of three parts take every pair of values, each exactly once."""
    for weighed in (b"\0", b"\x01", b"\xa7"):
        made = [shares.parts_of(weighed, [a, b]) for a in all_bytes() for b in all_bytes()]
        for missing in range(3):
            assert len({tuple(parts[:missing] + parts[missing + 1 :]) for parts in made}) == 256 * 256


def test_what_the_newcomer_sees_depends_on_its_own_share_alone() -> None:
    """Two helpers, one byte: other shares with the same sum send the same sums, each as often."""

    def seen(first: bytes, second: bytes) -> Counter[tuple[bytes, bytes]]:
        ours, theirs = ([shares.parts_of(v, [r]) for r in all_bytes()] for v in (first, second))
        pairs = ((a, b) for a in ours for b in theirs)
        return Counter((shares.add(a[0], b[0]), shares.add(a[1], b[1])) for a, b in pairs)

    of_one = seen(b"\x05", b"\x0f")
    assert of_one == seen(b"\x00", b"\x0a") == seen(b"\xff", b"\xf5")
    assert len(of_one) == 256
    assert set(of_one.values()) == {256}


def test_parts_are_given_out_by_chance() -> None:
    given_out = [shares.enrol_split(Share(1, b"y" * 32), [1, 2], 3) for _ in range(50)]
    for helper in (1, 2):
        assert len({parts[helper] for parts in given_out}) == 50
    assert len({sha256(shares.add(parts[1], parts[2])).digest() for parts in given_out}) == 1

"""Sharing a secret: any k of n shares give it back, k - 1 say nothing about it.

Shamir's scheme over GF(256), byte by byte, in the field of SLIP-39 and AES (polynomial 0x11B, generator 3).
A share is a point (x, y) of a random polynomial of degree k - 1 whose value at x = 0 is the secret.

    split            the secret becomes n shares
    join             k shares become the secret; further ones must fit
    join_checked     the same, held against a check that is kept beside the shares: a wrong share is noticed
    enrol_…          k holders give a newcomer a share of the same secret, which nobody puts together for it

A share alone cannot show that it is wrong, so whoever shares a secret keeps its ``check_value`` beside the
sealed thing. It is a plain hash: safe for a random secret of 16 bytes or more, not for a passphrase.

Enrolment follows Nojoumian, Stinson and Grainger, "Unconditionally secure social secret sharing scheme" (IET
Information Security, 2010). Every helper weighs its share for the new place, cuts the product into random
parts that add up to it, and gives one part to every helper; each adds what it was given and hands the sum to
the newcomer. A helper sees random parts; the newcomer, random sums that add up to its share. It takes as many
helpers as joining takes shares, and whoever is enrolled at enough places holds the secret: a new share is
given out with the consent that opening takes. Two helpers who put together all parts they saw have their own
two shares and nothing more.

The tables are read at places that depend on the secret, so the time taken is not constant, and this is not
claimed. It is borne because sharing happens a few times a year, on a member's own device, and answers nobody
from outside; whoever can time the caches of that device can read its memory too (docs/threats.md).
"""

import secrets
from collections.abc import Sequence
from functools import cache, reduce
from hmac import compare_digest
from itertools import combinations, islice
from typing import NamedTuple

from kunak.errors import Damaged, Refused
from kunak.vault import seal

MOST_SHARES = 255
_MOST_TRIES = 4096  # subsets looked at to tell which share is wrong


class SharesUnfit(Refused):
    """A secret cannot be shared like that: {threshold} of {count}."""

    code = "shares-unfit"
    hint = "At least two shares must be needed, and not more than there are; there can be 255 at most."


class SharesTooFew(Refused):
    """These shares do not suffice: there are {have}, and it takes {need}."""

    code = "shares-too-few"
    hint = "Ask another holder for a share. The same share twice counts once."


class PlaceNotFree(Refused):
    """No share can be made for place {place}."""

    code = "share-place-not-free"
    hint = "A new share takes a number from 1 to 255 that none of the helpers has."


class SharesDoNotFit(Damaged):
    """These shares are not shares of one secret."""

    code = "shares-do-not-fit"
    hint = "Look whether a share of another set, or an old one, lies among them."


class ShareWrong(Damaged):
    """These shares are wrong, by their numbers: {numbers}. The others fit together."""

    code = "share-wrong"
    hint = "Leave these out and go on with the others. Then ask why they are wrong, and have them replaced."


class SomeShareWrong(ShareWrong):
    """At least one of these shares is wrong; which one cannot be told from these."""

    code = "share-wrong-somewhere"
    hint = "Add a share of another holder, or read them again: with more shares the wrong one can be told."


class Share(NamedTuple):
    """One point of the polynomial: its place (1 to 255) and its value, as long as the secret."""

    x: int
    y: bytes

    def __repr__(self) -> str:  # a traceback must never show it
        return f"Share(x={self.x}, …)"


def split(secret: bytes, threshold: int, count: int) -> tuple[Share, ...]:
    """Shares 1 to ``count``, of which any ``threshold`` give the secret back. Raises SharesUnfit."""
    return split_at(secret, threshold, range(1, count + 1))


def split_at(secret: bytes, threshold: int, xs: Sequence[int]) -> tuple[Share, ...]:
    """One share for each place in ``xs``. Raises SharesUnfit."""
    places = set(xs)
    if not 2 <= threshold <= len(xs) <= MOST_SHARES or len(places) != len(xs) or not _are_places(places):
        raise SharesUnfit(threshold=threshold, count=len(xs))
    chance = [secrets.token_bytes(len(secret)) for _ in range(threshold - 1)]
    return tuple(Share(x, value_at([secret, *chance], x)) for x in xs)


def value_at(polynomial: Sequence[bytes], x: int) -> bytes:
    """The value at ``x`` of the polynomial with these coefficients; the first is the one of x**0."""
    return reduce(lambda value, coefficient: add(times(x, value), coefficient), reversed(polynomial))


def join(shares: Sequence[Share], threshold: int) -> bytes:
    """The secret. Shares beyond the threshold must fit the others. Raises SharesTooFew, SharesDoNotFit."""
    usable = _usable(shares, threshold)
    if _misfits(usable[:threshold], usable):
        raise SharesDoNotFit()
    return interpolate(usable[:threshold], 0)


def check_value(secret: bytes, about: bytes) -> bytes:
    """32 bytes that say which random secret this is without telling it; ``about`` says what it is for."""
    return seal.digest(seal.context("share/check", about, secret))


def join_checked(shares: Sequence[Share], threshold: int, check: bytes, about: bytes) -> bytes:
    """The secret whose ``check_value`` is ``check``.

    Raises SharesTooFew, SharesDoNotFit; ShareWrong, which names the wrong ones (``facts["numbers"]``), where
    enough right ones are there to tell; SomeShareWrong where they are not.
    """
    usable = _usable(shares, threshold)
    for some in islice(combinations(usable, threshold), _MOST_TRIES):
        secret = interpolate(some, 0)
        if not compare_digest(check_value(secret, about), check):
            continue
        wrong = _misfits(some, usable)
        if wrong:
            raise ShareWrong(numbers=", ".join(map(str, wrong)))
        return secret
    raise SomeShareWrong()


def enrol_split(own: Share, helpers_x: Sequence[int], new_x: int) -> dict[int, bytes]:
    """What a helper gives to each helper, itself included, by their places; needed once, then forgotten.

    ``helpers_x``: the places of all helpers, as many as the threshold. Raises PlaceNotFree; above all for
    place 0, where the secret itself lies. Raises SharesUnfit for helpers that are none.
    """
    helpers = set(helpers_x)
    if not _are_places({new_x}) or new_x in helpers:
        raise PlaceNotFree(place=new_x)
    if len(helpers) < 2 or len(helpers) != len(helpers_x) or own.x not in helpers or not _are_places(helpers):
        raise SharesUnfit(threshold=len(helpers_x), count=len(helpers))
    weighed = times(weight(own.x, helpers_x, new_x), own.y)
    chance = [secrets.token_bytes(len(own.y)) for _ in helpers_x[1:]]
    return dict(zip(helpers_x, parts_of(weighed, chance), strict=True))


def parts_of(value: bytes, chance: Sequence[bytes]) -> list[bytes]:
    """The value as one part more than there are random ones; all together add up to it."""
    return [*chance, reduce(add, chance, value)]


def enrol_combine(parts: Sequence[bytes]) -> bytes:
    """The sum of the parts that a helper was given, one by every helper: what it hands to the newcomer."""
    return _sum(parts)


def enrol_finish(sums: Sequence[bytes], new_x: int) -> Share:
    """The newcomer's share, from the sums of all helpers. Raises SharesDoNotFit, PlaceNotFree.

    A helper who lied gives a wrong share; ``join_checked`` notices it, nothing before does.
    """
    if not _are_places({new_x}):
        raise PlaceNotFree(place=new_x)
    return Share(new_x, _sum(sums))


def interpolate(points: Sequence[Share], at: int) -> bytes:
    """The value at ``at`` of the polynomial of least degree through these points (Lagrange)."""
    xs = [point.x for point in points]
    return reduce(add, (times(weight(x, xs, at), y) for x, y in points))


def weight(x: int, xs: Sequence[int], at: int) -> int:
    """Lagrange's basis polynomial of ``x`` among ``xs``, at ``at``."""
    others = [other for other in xs if other != x]
    above = reduce(multiply, (at ^ other for other in others), 1)
    below = reduce(multiply, (x ^ other for other in others), 1)
    return multiply(above, inverse(below))


def add(one: bytes, other: bytes) -> bytes:
    """Sum of two vectors over GF(256), which is also their difference."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def times(scalar: int, vector: bytes) -> bytes:
    """Every byte of a vector, multiplied in GF(256)."""
    return vector.translate(_row(scalar))


def multiply(one: int, other: int) -> int:
    """Product in GF(256)."""
    exp, log = tables()
    return exp[(log[one] + log[other]) % 255] if one and other else 0


def inverse(one: int) -> int:
    """What gives 1 when multiplied with ``one``, which must not be 0."""
    exp, log = tables()
    if one == 0:
        raise ZeroDivisionError("0 has no inverse")
    return exp[-log[one] % 255]


@cache
def tables() -> tuple[bytes, bytes]:
    """Powers of the generator 3, and their logarithms (of 0 there is none; it reads 0), as in SLIP-39."""
    exp, log = bytearray(255), bytearray(256)
    power = 1
    for place in range(255):
        exp[place], log[power] = power, place
        power ^= power << 1
        if power & 0x100:
            power ^= 0x11B
    return bytes(exp), bytes(log)


@cache
def _row(scalar: int) -> bytes:
    return bytes(multiply(scalar, other) for other in range(256))


def is_place(x: int) -> bool:
    """Whether a share can lie there."""
    return 1 <= x <= MOST_SHARES


def _are_places(xs: set[int]) -> bool:
    return all(map(is_place, xs))


def _usable(shares: Sequence[Share], threshold: int) -> list[Share]:
    """The shares, each once, if they can be shares of one secret and are enough."""
    if threshold < 2:
        raise SharesUnfit(threshold=threshold, count=len(shares))
    once = list(dict.fromkeys(shares))
    places, lengths = {share.x for share in once}, {len(share.y) for share in once}
    if len(places) != len(once) or len(lengths) > 1 or not _are_places(places):
        raise SharesDoNotFit()
    if len(once) < threshold:
        raise SharesTooFew(have=len(once), need=threshold)
    return once


def _misfits(some: Sequence[Share], among: Sequence[Share]) -> list[int]:
    """The places of the shares that do not lie on the polynomial of ``some``."""
    return sorted(share.x for share in among if share not in some and interpolate(some, share.x) != share.y)


def _sum(vectors: Sequence[bytes]) -> bytes:
    if not vectors or len({len(vector) for vector in vectors}) != 1:
        raise SharesDoNotFit()
    return reduce(add, vectors)

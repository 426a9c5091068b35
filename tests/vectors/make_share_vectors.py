"""Writes shares-v1.json: how secrets are shared and spelled, to be read for ever, by other programs too.

Run by hand, once for each version of the format; the file is then frozen. All bytes are in hexadecimal. What
stands under "slip39" was not made by this program: the tables and interpolations are those of the reference
implementation (PyPI shamir-mnemonic 0.3.0); the points of "vector_4" are the two mnemonics of the fourth of
SLIP-39's published vectors, its "secret" what they share (x = 255), its "digest" the share at x = 254.
"""

import json
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

from kunak.vault import shares, spelling

TARGET = Path(__file__).with_name("shares-v1.json")

SLIP39: dict[str, Any] = {
    "exp": (
        "0103050f113355ff1a2e7296a1f813355fe13848d87395a4f702060a1e2266aae5345ce43759eb266abed97090abe631"
        "53f5040c143c44cc4fd168b8d36eb2cd4cd467a9e03b4dd762a6f10818287888839eb9d06bbddc7f8198b3ce49db769a"
        "b5c457f9103050f00b1d2769bbd661a3fe192b7d8792adec2f7193aee92060a0fb163a4ed26db7c25de73256fa153f41"
        "c35ee23d47c940c05bed2c749cbfda759fbad564acef2a7e829dbcdf7a8e89809bb6c158e82365afea256fb1c843c554"
        "fc1f2163a5f407091b2d7799b0cb46ca45cf4ade798b8691a8e33e42c651f30e12365aee297b8d8c8f8a8594a7f20d17"
        "394bdd7c8497a2fd1c246cb4c752f6"
    ),
    "log": (
        "0000190132021ac64bc71b6833eedf036404e00e348d81ef4c7108c8f8691cc17dc21db5f9b9276a4de4a6729ac90978"
        "652f8a05210fe12412f082453593da8e968fdbbd36d0ce94135cd2f14046833866ddfd30bf068b62b325e29822889110"
        "7e6e48c3a3b61e423a6b2854fa853dba2b790a159b9f5eca4ed4ace5f373a757af58a850f4ead6744faee9d5e7e6ade8"
        "2cd7757aeb160bf559cb5fb09ca951a07f0cf66f17c449ecd8431f2da4767bb7ccbb3e5afb60b1863b52a16caa55299d"
        "97b2879061bedcfcbc95cfcd373f5bd15339843c41a26d47142a9e5d56f2d3ab441192d923202e89b47cb8267799e3a5"
        "674aeddec531fe180d638c80c0f77007"
    ),
    "interpolations": [
        {"points": [[1, "d29d5370"], [2, "36790ecd"]], "at": 0, "is": "8ec1911b"},
        {
            "points": [[7, "c1c182347e493ab3459e688de9f986ac"], [200, "e5d43afc929499f6d20657fafef7c402"]],
            "at": 255,
            "is": "fdda2fc9bfaf8612b0d945d899f322c9",
        },
        {
            "points": [[1, "226f76b55acb4970"], [2, "88820462180e5c89"], [3, "5426d2ca50f244fb"]],
            "at": 0,
            "is": "fecba01d12375102",
        },
        {
            "points": [
                [5, "750073e19f562780272ac97a45da283d30255906690816c9d576804dc72d8643"],
                [255, "c813847829dd7a67a6a3262a4109fd4fc969c797d95cb53de2eb5c0ad9c8b3b3"],
                [17, "a7a2f70a89c3845c2df38e53316428ad9df59ed401153303264a60d9bfd1c86d"],
            ],
            "at": 254,
            "is": "44f963c8e56004887ad8c04cd8cfa92ec10396b486551328e1535bd76d18b778",
        },
        {
            "points": [
                [9, "f6469e0d31"],
                [8, "28ece152a0"],
                [7, "6a4fcb02b3"],
                [6, "82c912e885"],
                [5, "26f7550870"],
            ],
            "at": 100,
            "is": "216f24b9f3",
        },
        {"points": [[1, "1c49f2"], [2, "814bb6"], [3, "aaf01d"], [4, "6d0562"]], "at": 3, "is": "aaf01d"},
    ],
    "vector_4": {
        "points": [[0, "06ab48fef4bedc8ce58baeef0a73f76e"], [2, "08fb14b66e692e25dfe2edf53289ed62"]],
        "secret": "cdc017fddc829e791b1371780be0605a",
        "digest": "cae839d99164e7a006aadd75179d6d5c",
    },
}


def bytes_of(name: str, length: int) -> bytes:
    """Bytes that look random and can be made again."""
    blocks = (sha256(f"{name} {block}".encode()).digest() for block in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def split(name: str, length: int, threshold: int, xs: list[int]) -> dict[str, Any]:
    """A secret, the coefficients of x, x**2, …, and its shares."""
    polynomial = [bytes_of(f"{name} {place}", length) for place in range(threshold)]
    about = bytes_of(f"{name} about", 16)
    return {
        "secret": polynomial[0].hex(),
        "threshold": threshold,
        "coefficients": [coefficient.hex() for coefficient in polynomial[1:]],
        "shares": [[x, shares.value_at(polynomial, x).hex()] for x in xs],
        "about": about.hex(),
        "check": shares.check_value(polynomial[0], about).hex(),
    }


def enrolment(name: str, helpers: list[int], new: int) -> dict[str, Any]:
    """Every number that is passed when so many helpers enrol a newcomer."""
    held = split(name, 32, len(helpers), [*helpers, new])
    parts: dict[int, dict[int, bytes]] = {}
    for x, y in held["shares"][:-1]:
        weighed = shares.times(shares.weight(x, helpers, new), bytes.fromhex(y))
        chance = [bytes_of(f"{name} part {x} {place}", 32) for place in helpers[1:]]
        parts[x] = dict(zip(helpers, shares.parts_of(weighed, chance), strict=True))
    sums = [shares.enrol_combine([parts[x][to] for x in helpers]) for to in helpers]
    return {
        "secret": held["secret"],
        "helpers": held["shares"][:-1],
        "weights": [shares.weight(x, helpers, new) for x in helpers],
        "parts": [[x, to, part.hex()] for x in helpers for to, part in parts[x].items()],
        "sums": [one.hex() for one in sums],
        "new": held["shares"][-1],
    }


def paper(kind: spelling.Kind) -> dict[str, Any]:
    """A secret in all its spellings."""
    secret = bytes_of(kind.name, spelling.BYTES[kind])
    return {
        "kind": int(kind),
        "secret": secret.hex(),
        "en": " ".join(spelling.spell(kind, secret, "en")),
        "ru": " ".join(spelling.spell(kind, secret, "ru")),
        "digits": " ".join(spelling.spell_digits(kind, secret)),
        "qr": spelling.qr_payload(kind, secret),
    }


def vectors() -> dict[str, Any]:
    """All of the file."""
    return {
        "about": "Frozen. Field GF(256) with polynomial 0x11B; bytes in hexadecimal; shares as [x, y].",
        "slip39": SLIP39,
        "splits": [
            split("two of three", 32, 2, [1, 2, 3]),
            split("three of five", 32, 3, [1, 2, 3, 4, 5]),
            split("far apart", 16, 4, [1, 16, 200, 254, 255]),
            split("one byte", 1, 2, [1, 2]),
        ],
        "enrolments": [enrolment("two helpers", [1, 2], 4), enrolment("three helpers", [2, 5, 7], 255)],
        "papers": [paper(kind) for kind in spelling.Kind],
    }


if __name__ == "__main__":
    for case in vectors()["splits"]:  # nothing is frozen that does not work
        points = [shares.Share(x, bytes.fromhex(y)) for x, y in case["shares"]]
        for some in combinations(points, case["threshold"]):
            assert shares.join(some, case["threshold"]).hex() == case["secret"]
    TARGET.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

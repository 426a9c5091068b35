"""The line of the day: the same for all who hold the secret, another each day, and words that can be said."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kunak.data.words import LANGUAGES, word_list
from kunak.exchange import challenge
from kunak.exchange.challenge import ChallengeWordsNotRight

DAY = date(2031, 5, 5)
SECRETS = st.binary(min_size=16, max_size=16)
DAYS = st.dates(date(2000, 1, 1), date(2200, 1, 1))


@pytest.mark.parametrize(
    ("secret", "day", "lines"),
    [
        (
            bytes(16),
            DAY,
            {"en": "squealing curvature undertone reappear", "ru": "сьерра доверие хиппи разлука"},
        ),
        (
            bytes(range(16)),
            date(2031, 5, 6),
            {"en": "during ominous mouse uranium", "ru": "инженер период ощупь чулок"},
        ),
    ],
)
def test_the_line_is_the_same_in_every_program_for_ever(
    secret: bytes, day: date, lines: dict[str, str]
) -> None:
    assert challenge.lines(secret, day) == lines


@given(SECRETS, DAYS)
def test_it_is_four_words_of_the_list_at_the_same_places_in_each_language(secret: bytes, day: date) -> None:
    said = challenge.lines(secret, day)
    places = [[word_list(code).index(word) for word in line.split(" ")] for code, line in said.items()]
    assert set(said) == set(LANGUAGES)
    assert all(len(one) == 4 and one == places[0] for one in places)


@given(SECRETS, DAYS)
def test_another_day_or_another_secret_has_another_line(secret: bytes, day: date) -> None:
    other = bytes((secret[0] ^ 1, *secret[1:]))
    said = {
        challenge.line(one, when, "en") for one in (secret, other) for when in (day, day + timedelta(days=1))
    }
    assert len(said) == 4


def test_a_month_is_every_day_of_it_and_no_other() -> None:
    for first, days in ((date(2032, 2, 17), 29), (date(2031, 2, 1), 28), (date(2031, 12, 31), 31)):
        month = list(challenge.month(bytes(16), first))
        assert [day.day for day, _ in month] == list(range(1, days + 1))
        assert {(day.year, day.month) for day, _ in month} == {(first.year, first.month)}
        assert all(lines == challenge.lines(bytes(16), day) for day, lines in month)


@given(SECRETS, st.sampled_from(LANGUAGES))
@example(bytes(16), "en")
@example(b"\xff" * 16, "ru")
def test_the_secret_comes_back_from_its_twelve_words(secret: bytes, language: str) -> None:
    words = challenge.spell(secret, language)
    assert len(words) == 12
    assert challenge.read(" ".join(words)) == secret
    assert (
        challenge.read("\n".join(f"{n}. {word.upper()}" for n, word in enumerate(words, start=1))) == secret
    )


@settings(derandomize=True)  # one in 65,536 would pass by chance
@given(SECRETS, st.integers(0, 10), st.sampled_from(LANGUAGES))
def test_two_words_that_changed_places_are_noticed(secret: bytes, place: int, language: str) -> None:
    words = list(challenge.spell(secret, language))
    assume(words[place] != words[place + 1])
    words[place], words[place + 1] = words[place + 1], words[place]
    with pytest.raises(ChallengeWordsNotRight):
        challenge.read(" ".join(words))


@pytest.mark.parametrize(
    "typed", ["", "river", " ".join(["river"] * 11), "1234 5678", " ".join(["xxqxx"] * 12)]
)
def test_what_is_no_secret_is_refused(typed: str) -> None:
    with pytest.raises(ChallengeWordsNotRight):
        challenge.read(typed)


def test_a_wrong_word_is_noticed_but_for_one_in_65536() -> None:
    words = list(challenge.spell(bytes(16), "en"))
    refused = 0
    for other in word_list("en")[:200]:
        try:
            challenge.read(" ".join([other, *words[1:]]))
        except ChallengeWordsNotRight:
            refused += 1
    assert refused >= 199

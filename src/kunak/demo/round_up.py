"""An invented round-up: eighty requests in two days, a flood of copies among them, and surge switched on.

Nobody in it exists. It is drawn by lot from a fixed seed, so that everybody sees the same one.
"""

from random import Random

from kunak.demo.life import HERON, OTTER, STORK, Invented
from kunak.demo.office import Making
from kunak.intake import actions

SINCE_H = 48
_COPY = "They came to our village at night and took three men. Write to me where your house is, I must come"
_TEXTS = (
    "My cousin did not come back from work. His phone is off.",
    "They were at our door and asked for my brother. I am at a friend's now.",
    "I was let go this morning. They told me to bring money on Monday.",
    "My family says I must come home and explain. I do not know what to do.",
    "How can I get my passport back from a place where I cannot go?",
    "He has a wound on his leg and we are afraid to call anyone.",
    "",
    "",
)
_DANGERS = ("now", "within_hours", "within_days", "later_or_not_sure", "no")
_REGIONS = ("chechnya", "ingushetia", "dagestan")
_NEEDS = ("place_to_sleep", "lawyer", "leave", "doctor", "someone_to_talk_to")
_TRIGGERS = ("held_or_taken_now", "persecutor_on_the_way", "untreated_injury")


def make_round_up(making: Making) -> None:
    """Live through it, and leave the office in the middle of it."""
    making.live(_requests())
    first = making.first
    first.act(
        actions.begin_surge,
        first.requests,
        reason="raids",
        rota_from=(making.now.hour - 2) % 24,
        at=making.ago((SINCE_H - 1) * 60),
    )
    first.act(actions.take_group, first.requests, group=1, at=making.ago(90))
    codes = [making.requests[f"round-up-{number}"] for number in range(0, 12, 2)]
    for code, other in zip(codes[1:], codes, strict=False):
        first.act(actions.point_to, first.requests, subject=code, other=other, at=making.ago(80))


def _requests() -> list[Invented]:
    lot = Random(7)  # noqa: S311 (nobody is to be surprised)
    return [_one(lot, number) for number in range(63)] + [_copied(lot, number) for number in range(17)]


def _one(lot: Random, number: int) -> Invented:
    age = lot.randrange(20, SINCE_H * 60)
    danger = lot.choices(_DANGERS, (1, 3, 4, 3, 2))[0]
    read = max(5, age - lot.randrange(15, 400))
    is_read = lot.random() < (0.8 if age > 600 else 0.3)
    is_trigger = is_read and lot.random() < 0.1
    return Invented(
        key=f"round-up-{number}",
        age=age,
        danger=danger,
        who=lot.choices(("me", "someone_who_knows", "someone_who_does_not_know"), (5, 2, 1))[0],
        region=lot.choice(_REGIONS),
        needs=tuple(lot.sample(_NEEDS, 2)),
        language=lot.choices(("ru", "ce", "en"), (8, 2, 1))[0],
        channel=lot.choices(("web", "phone", "partner"), (8, 1, 1))[0],
        text=lot.choice(_TEXTS),
        acknowledged=read if is_read else None,
        triaged=read - 2 if is_read else None,
        triggers=(lot.choice(_TRIGGERS),) if is_trigger else (),
        factors={"time_window": lot.randrange(4), "threat": lot.randrange(4), "reach": lot.randrange(3)},
        case=read - 3 if is_trigger else None,
        workers=(lot.choice((HERON, OTTER, STORK)),),
        first_step=read - 4 if is_trigger else None,
    )


def _copied(lot: Random, number: int) -> Invented:
    return Invented(
        key=f"copy-{number}",
        age=lot.randrange(30, 500),
        danger="within_days",
        region="prefer_not",
        needs=("place_to_sleep",),
        text=f"{_COPY}{'!' * (number % 3)} {number if number % 2 else ''}".strip(),
    )

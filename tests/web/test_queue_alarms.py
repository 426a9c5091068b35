"""The front page shows whose sign is missing on the way: a hard trigger, which waits behind nobody."""

from ways_walking import moving, planned, the


def test_a_missed_sign_stands_above_the_queue_until_it_is_answered(desk) -> None:
    _, journey = moving(desk)
    assert journey not in desk.text("/")
    grace = the(desk, journey).schedule[0]
    desk.clock.at = grace.due
    assert journey not in desk.text("/")
    desk.clock.later(minutes=grace.grace + 1)
    page = desk.text("/")
    assert page.index(journey) < page.index("P2")
    assert "late" in page.split(journey)[1][:300]
    desk.post(f"/journeys/{journey}/sign", form="sign", leg="1", sign="ok")
    assert journey not in desk.text("/")


def test_who_is_stopped_is_on_the_front_page_at_once(desk) -> None:
    case, journey = moving(desk)
    desk.clock.later(hours=1)
    desk.post(f"/journeys/{journey}/stopped", form="stopped")
    page = desk.text("/")
    assert page.index(journey) < page.rindex(case)
    assert desk.bench.cases.get(case).level == "P0"


def test_what_is_only_planned_raises_no_alarm(desk) -> None:
    _, journey = planned(desk)
    desk.clock.later(days=30)
    assert journey not in desk.text("/")
